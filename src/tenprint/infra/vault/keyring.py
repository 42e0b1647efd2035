"""The signing keys of this house: Ed25519, one file each, under keys/signing/."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tenprint.errors import KeyMissing, UsageError
from tenprint.infra.vault import durable

SEED_BYTES: Final = 32
"""Length of an Ed25519 private key, bytes. Source: RFC 8032 section 5.1.5."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}(/[a-z0-9][a-z0-9_-]{0,39}){0,2}")
_ENDING: Final = ".key"


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A `Signer` that holds its private key in memory. Its repr shows the name only."""

    name: str
    _private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """The raw 32-byte Ed25519 public key."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of ``message``."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"KeySigner({self.name!r})"


class KeyRing:
    """Signing keys by name (``gate``, ``log``, ``repository/immigration``), 0600, made only when asked to."""

    def __init__(self, keys: Path) -> None:
        self._folder = keys / "signing"
        durable.make_folder(self._folder)
        self._signers: dict[str, KeySigner] = {}

    def signer(self, name: str, *, create: bool = False) -> KeySigner:
        """The signer of that name; with ``create`` it is made if it is not there.

        Raises KeyMissing when it is not there, UsageError on a malformed name.
        """
        known = self._signers.get(name)
        if known is not None:
            return known
        path = self._path(name)
        if create and not path.exists():
            durable.make_folder(path.parent)
            seed = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
            durable.write_new(path, seed)  # if another process was faster, its key is the one read below
        signer = KeySigner(name, Ed25519PrivateKey.from_private_bytes(_seed(path, name)))
        self._signers[name] = signer
        return signer

    def public_keys(self) -> dict[str, bytes]:
        """Name -> raw 32-byte public key, of every key on the ring, in order of name."""
        names = (
            p.relative_to(self._folder).as_posix().removesuffix(_ENDING) for p in self._folder.rglob(f"*{_ENDING}")
        )
        return {name: self.signer(name).public_key for name in sorted(names)}

    def verify(self, name: str, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is that key's over ``message``. Raises KeyMissing for a name not on the ring."""
        return verify_with(self.signer(name).public_key, message, signature)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"signing key name {name[:80]!r}; allowed: one to three parts of [a-z0-9_-], joined by '/'"
            )
        return self._folder / f"{name}{_ENDING}"


def verify_with(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` over ``message`` is by the holder of the raw 32-byte ``public_key``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _seed(path: Path, name: str) -> bytes:
    try:
        seed = path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing(
            f"there is no signing key {name!r}; nothing was signed. Create it first, or restore the key backup."
        ) from None
    if len(seed) != SEED_BYTES:
        raise KeyMissing(f"signing key {name!r} has {len(seed)} bytes instead of {SEED_BYTES}; restore the key backup")
    return seed
