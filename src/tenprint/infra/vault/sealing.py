"""The byte layout of a sealed payload, AES-256-GCM.

    offset  bytes  what
    0       4      "TPv1", kept as an object of its own, or "TPb1", stored by the caller
    4       32     SHA-256 of the key's id: which key, without naming the encounter
    36      12     nonce, random
    48      n+16   ciphertext and the 16-byte authentication tag

Authenticated besides the payload: the 48 header bytes and, for an object, its id, so that no two can be exchanged.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenprint.errors import ObjectDamaged
from tenprint.ids import KeyId, fresh_salt

KEY_BYTES: Final = 32
"""Length of an encounter's key, bytes. Source: AES-256, FIPS 197."""

NONCE_BYTES: Final = 12
"""Length of a nonce, bytes. Source: NIST SP 800-38D section 5.2.1.1 (96 bits)."""

HEADER_BYTES: Final = 4 + 32 + NONCE_BYTES
"""Bytes before the ciphertext. Source: the layout above."""

TAG_BYTES: Final = 16
"""Length of the authentication tag, bytes. Source: NIST SP 800-38D section 5.2.1.2 (128 bits)."""

OBJECT: Final = b"TPv1"
"""First bytes of an object with a file of its own."""

LOOSE: Final = b"TPb1"
"""First bytes of a ciphertext that its caller stores."""


def key_mark(key: KeyId) -> bytes:
    """What a header says of its key: SHA-256 of the id, 32 bytes."""
    return hashlib.sha256(b"tenprint key\n" + key.encode("utf-8")).digest()


def encrypt(secret: bytes, payload: bytes, *, kind: bytes, key: KeyId, bound_to: str = "") -> bytes:
    """Header and ciphertext of ``payload`` under the 32-byte ``secret``."""
    header = kind + key_mark(key) + fresh_salt()[:NONCE_BYTES]
    return header + AESGCM(secret).encrypt(header[-NONCE_BYTES:], payload, header + bound_to.encode("ascii"))


def decrypt(secret: bytes, sealed: bytes, *, kind: bytes, key: KeyId, bound_to: str = "") -> bytes:
    """The payload. Raises ObjectDamaged when header, key or any byte is not the one that was sealed."""
    what = f"object {bound_to}" if bound_to else "a sealed block"
    fault = damage_of(sealed, kind=kind)
    if fault:
        raise ObjectDamaged(
            f"{what} {fault}; nothing of it was read. Restore it from a backup, or run `tenprint doctor --fsck`."
        )
    header = sealed[:HEADER_BYTES]
    if header[4:36] != key_mark(key):
        raise ObjectDamaged(f"{what} is sealed under another key than the one given; nothing of it was read")
    try:
        return AESGCM(secret).decrypt(header[-NONCE_BYTES:], sealed[HEADER_BYTES:], header + bound_to.encode("ascii"))
    except InvalidTag:
        raise ObjectDamaged(
            f"{what} does not authenticate under its key: it was changed, exchanged or cut; nothing of it was read. "
            "Restore it from a backup, or run `tenprint doctor --fsck`."
        ) from None


def damage_of(sealed: bytes, *, kind: bytes) -> str:
    """What can be seen to be wrong without the key; empty when nothing is."""
    if len(sealed) < HEADER_BYTES + TAG_BYTES:
        return f"has {len(sealed)} bytes; at least {HEADER_BYTES + TAG_BYTES} are needed"
    if sealed[:4] != kind:
        return f"begins with {sealed[:4]!r}; {kind!r} is expected"
    return ""
