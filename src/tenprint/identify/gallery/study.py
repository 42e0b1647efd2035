"""The key of a study folder: a notebook's gallery is its own issuer, and says so (design decision 1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tenprint.errors import GalleryCorrupt
from tenprint.identify.gallery import durable
from tenprint.ids import fresh_salt

STUDY_KEY: Final = "study.key"
"""The folder's Ed25519 seed, 32 bytes, readable by its owner only. Whoever has the folder can search it: it holds no
real person.
"""


@dataclass(frozen=True, slots=True)
class StudyKey:
    """Signs for a study folder, as repository and as issuer."""

    seed: bytes

    @classmethod
    def kept_in(cls, root: Path) -> StudyKey:
        """The folder's key, made on the first call. Raises GalleryCorrupt when the file is not a key."""
        path = root / STUDY_KEY
        (root / durable.LOCK).touch(mode=0o600)
        with durable.locked(root, exclusive=True):
            if not path.exists():
                durable.replace_file(path, fresh_salt())
            seed = path.read_bytes()
        if len(seed) != 32:
            raise GalleryCorrupt(
                f"{path} holds {len(seed)} bytes; a key is 32. Nothing was opened. Make another study folder."
            )
        return cls(seed)

    @property
    def name(self) -> str:
        """``study``."""
        return "study"

    @property
    def public_key(self) -> bytes:
        """The raw 32-byte public key."""
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes(*raw)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of ``message``."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
