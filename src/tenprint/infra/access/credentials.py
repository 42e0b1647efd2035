"""Credentials of agencies and people: random tokens of which only a digest is ever stored.

A token has 256 random bits (`ids.fresh_secret`), so a plain SHA-256 is enough: no word list holds it.
"""

from __future__ import annotations

import hashlib
import hmac


def credential_digest(token: str) -> str:
    """What is stored of a token: SHA-256 with a prefix of its own, 64 hexadecimal digits."""
    return hashlib.sha256(b"tenprint credential\n" + token.encode("utf-8", "surrogatepass")).hexdigest()


def matches(token: str, digest: str | None) -> bool:
    """Whether ``token`` is the one behind ``digest``, in a time that does not depend on where they differ."""
    return hmac.compare_digest(credential_digest(token).encode("ascii"), (digest or "").encode("utf-8"))
