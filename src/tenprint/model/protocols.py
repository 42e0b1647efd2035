"""The seams between wings. Whoever composes the house (`wiring`) decides what stands behind each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tenprint.ids import KeyId, ObjectId
    from tenprint.model.prints import GreyImage, Minutiae


class Signer(Protocol):
    """Holds one Ed25519 private key and a name for it."""

    @property
    def name(self) -> str:
        """The key's name, as others list it: ``gate``, ``repository/immigration``, ``log``."""
        ...

    @property
    def public_key(self) -> bytes:
        """The raw 32-byte Ed25519 public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature of ``message``."""
        ...


class Sealer(Protocol):
    """Encrypts payloads under a key per encounter, and can destroy that key (design decision 3)."""

    def create_key(self, key: KeyId) -> None:
        """Make the key if it does not exist. Raises KeyDestroyed if it was destroyed: an id is never used twice."""
        ...

    def seal(self, key: KeyId, payload: bytes) -> ObjectId:
        """Encrypt ``payload`` and keep it durably; returns its random id. Raises KeyDestroyed."""
        ...

    def open(self, key: KeyId, object_id: ObjectId) -> bytes:
        """The payload. Raises KeyDestroyed (expunged), ObjectMissing or ObjectDamaged."""
        ...

    def seal_bytes(self, key: KeyId, payload: bytes) -> bytes:
        """Encrypt without keeping: for whoever stores the ciphertext in a file of its own. Raises KeyDestroyed."""
        ...

    def open_bytes(self, key: KeyId, sealed: bytes) -> bytes:
        """The inverse of `seal_bytes`. Raises KeyDestroyed or ObjectDamaged."""
        ...

    def together(self) -> SealedTogether:
        """Seal several objects, of any keys, with one flush."""
        ...

    def destroy_object(self, object_id: ObjectId) -> None:
        """Overwrite and remove one sealed object (its key lives on). No error if it is gone already."""
        ...

    def destroy_key(self, key: KeyId) -> None:
        """Destroy the key: all it sealed is unreadable for ever. Idempotent; remembered."""
        ...

    def is_held_back(self, key: KeyId) -> bool:
        """Whether the key is held back under a court's order (the record is sealed): it opens nothing for anyone else."""
        ...

    def is_destroyed(self, key: KeyId) -> bool:
        """True once `destroy_key` has happened."""
        ...


class SealedTogether(Protocol):
    """Objects that are sealed one by one and kept with one flush (group commit)."""

    def seal(self, key: KeyId, payload: bytes) -> ObjectId:
        """Encrypt ``payload``; kept only by `keep`. Raises KeyDestroyed."""
        ...

    def open(self, key: KeyId, object_id: ObjectId) -> bytes:
        """The payload, kept already or not. Raises as `Sealer.open`."""
        ...

    def keep(self) -> None:
        """Write everything sealed here, durably, all or nothing."""
        ...


class Extractor(Protocol):
    """Finds minutiae in a grey image. Compared with tolerance, never bit for bit."""

    @property
    def name(self) -> str:
        """Short name, as the command line takes it: ``leader``, ``mindtct`` or ``leader-onnx``."""
        ...

    @property
    def version(self) -> str:
        """Name, version and hash of what decides the result; templates carry it."""
        ...

    def extract(self, image: GreyImage) -> Minutiae:
        """Minutiae of one finger on the 500 ppi grid. Raises ExtractionFailed or ResolutionUnusable."""
        ...
