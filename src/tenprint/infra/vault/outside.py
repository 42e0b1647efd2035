"""Keys and signatures that were made outside this house, as ordinary tools write them: OpenSSL and OpenSSH."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
    load_ssh_public_key,
)

from tenprint.errors import UsageError
from tenprint.model.party_signatures import NAMESPACE, RAW, SSHSIG

MOST_BYTES: Final = 16 * 1024
"""Largest file read as a key or a signature, bytes. Set by: an OpenSSH signature of an Ed25519 key has about 300."""

SIGNATURE_BYTES: Final = 64
"""Length of an Ed25519 signature, bytes. Source: RFC 8032 section 5.1.6."""

_SSH_ARMOUR: Final = re.compile(rb"\s*-----BEGIN SSH SIGNATURE-----\s(.+?)-----END SSH SIGNATURE-----\s*\Z", re.DOTALL)
_KIND: Final = b"ssh-ed25519"


def read_public_key(content: bytes) -> bytes:
    """The raw 32-byte Ed25519 public key of a PEM file (`openssl pkey -pubout`) or an OpenSSH line (``ssh-ed25519 AAAA… name``).

    Raises UsageError for anything else; for a private key it says that it must be handed to nobody.
    """
    if b"PRIVATE KEY" in content[:MOST_BYTES]:
        raise UsageError(
            "this is a private key: keep it to yourself, and give the public one (openssl pkey -in KEY -pubout); nothing was read of it"
        )
    try:
        load = load_ssh_public_key if content.lstrip().startswith(_KIND) else load_pem_public_key
        key = load(content.strip() + b"\n") if len(content) <= MOST_BYTES else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(
            "no Ed25519 public key; allowed: a PEM file (openssl pkey -in KEY -pubout) or a line 'ssh-ed25519 AAAA…'; nothing was done"
        )
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_signature(content: bytes) -> tuple[str, bytes]:
    """(form, 64-byte Ed25519 signature) of a detached signature: 64 raw bytes, their base64, or an OpenSSH signature.

    form: see `model.party_signatures.FORMS`. Raises UsageError for anything else, and for an OpenSSH signature of another namespace.
    """
    if len(content) == SIGNATURE_BYTES:
        return RAW, content
    armour = _SSH_ARMOUR.match(content) if len(content) <= MOST_BYTES else None
    if armour is not None:
        return _sshsig(_unbase64(armour[1]))
    signature = _unbase64(content) if len(content) <= MOST_BYTES else b""
    if len(signature) != SIGNATURE_BYTES:
        raise _no_signature(f"{len(content)} bytes")
    return RAW, signature


def _sshsig(blob: bytes) -> tuple[str, bytes]:
    """Source: OpenSSH PROTOCOL.sshsig: magic, version 1, key, namespace, reserved, hash, signature."""
    if blob[:6] != b"SSHSIG" or blob[6:10] != struct.pack(">I", 1):
        raise _no_signature("an OpenSSH signature of another version")
    parts = [*_strings(blob[10:])]
    if len(parts) != 5:
        raise _no_signature("an OpenSSH signature that is cut short, or has more than it may")
    _, namespace, _, hashed, inner = parts
    if namespace != NAMESPACE.encode():
        raise _no_signature(f"an OpenSSH signature for {namespace[:40]!r}; sign with -n {NAMESPACE}")
    form, signature = f"sshsig-{hashed.decode('ascii', 'replace')}", [*_strings(inner)]
    if form not in SSHSIG or len(signature) != 2 or signature[0] != _KIND or len(signature[1]) != SIGNATURE_BYTES:
        raise _no_signature("an OpenSSH signature by a key that is not ssh-ed25519")
    return form, signature[1]


def _strings(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            raise _no_signature("an OpenSSH signature that is cut short")
        (length,) = struct.unpack(">I", data[at : at + 4])
        if at + 4 + length > len(data):
            raise _no_signature("an OpenSSH signature that is cut short")
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def _unbase64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _no_signature(found: str) -> UsageError:
    return UsageError(
        f"no signature that can be read: {found}. Allowed: the 64 bytes of openssl pkeyutl -sign -rawin, their base64, or what "
        f"ssh-keygen -Y sign -n {NAMESPACE} writes; nothing was recorded"
    )
