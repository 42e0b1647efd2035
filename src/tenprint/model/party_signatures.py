"""What the parties to a participation document sign: one text that a person can read, and how a signature over it is made.

The text is the message: who reads it has read every byte that is signed. It names the log and the draft, so that a signature
over it can't be passed off as one on another document or another house's. All parties sign the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

FIRST_LINE: Final = "tenprint participation document, for the signatures of its parties, v1"
"""What the text begins with, so that no other signature can be passed off as one."""

NAMESPACE: Final = "tenprint-participation"
"""Namespace of an OpenSSH signature. Source: PROTOCOL.sshsig asks for one, so that a signature made for another purpose fails."""

INSIDE: Final = "inside"
"""Made with a key that the house keeps: it proves what the house did."""

OUTSIDE: Final = "outside"
"""Made elsewhere, with a key that the party alone holds."""

RAW: Final = "ed25519"
"""Form of a signature over the text itself (RFC 8032), as `openssl pkeyutl -sign -rawin` makes it."""

SSHSIG: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "sshsig-sha256": hashlib.sha256, "sshsig-sha512": hashlib.sha512,
}  # fmt: skip
"""Forms of an OpenSSH signature -> the hash of the text that it is over. Source: PROTOCOL.sshsig section 3."""

FORMS: Final = (RAW, *SSHSIG)
"""Every form in which a party may sign."""

LINES: Final = (
    "log", "draft", "record", "scope", "status", "basis", "in_force_from", "in_force_until", "document", "bytes_sha256",
    "claimed_by", "authority_claimed", "source", "evidence", "clauses", "parties",
)  # fmt: skip
"""The facts of a document that its parties sign, in the order of the text. ``in_force_until`` is the first day not in force."""

_SPKI_HEAD: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo. Source: RFC 8410 section 4."""


def signed_text(facts: Mapping[str, Any]) -> bytes:
    """The bytes that every party signs: UTF-8, one line a fact as ``name: JSON value``, a list's items on a line each.

    facts: of a draft or of the document recorded from it. No two different sets of facts give the same bytes. Raises KeyError for a
    fact that is missing.
    """
    lines = [FIRST_LINE]
    for name in LINES:
        value = facts[name]
        items = [value] if value is None or isinstance(value, str) else [*value]
        lines += [f"{name}: {json.dumps(item, ensure_ascii=False)}" for item in items]
    return ("\n".join(lines) + "\n").encode("utf-8")


def message(form: str, text: bytes) -> bytes:
    """What the 64-byte Ed25519 signature of a form is over. Raises KeyError for a form that is not in `FORMS`."""
    if form == RAW:
        return text
    parts = (NAMESPACE.encode(), b"", form.removeprefix("sshsig-").encode(), SSHSIG[form](text).digest())
    return b"SSHSIG" + b"".join(ssh_string(part) for part in parts)


def ssh_string(part: bytes) -> bytes:
    """A string of the SSH wire format: its length in four bytes, then itself. Source: RFC 4251 section 5."""
    return struct.pack(">I", len(part)) + part


def key_document(public_key: bytes) -> bytes:
    """A raw 32-byte public key as SubjectPublicKeyInfo, DER (RFC 8410)."""
    return _SPKI_HEAD + public_key


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of the key as SubjectPublicKeyInfo, hexadecimal: `openssl pkey -pubin -outform DER | openssl dgst -sha256` says the same."""
    return hashlib.sha256(key_document(public_key)).hexdigest()


def unreadable(texts: Sequence[str]) -> str | None:
    """The first text that a person can't read as it stands (a line break, a control or an invisible character), or None."""
    return next((text for text in texts if not text.isprintable()), None)
