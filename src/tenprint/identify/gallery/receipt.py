"""The receipt for an expungement: what was overwritten where, signed by the repository."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from tenprint.identify.gallery.fields import field, read_map
from tenprint.identify.gallery.manifest import verified
from tenprint.identify.gallery.records import subject_of
from tenprint.ids import PersonId
from tenprint.model import canonical
from tenprint.model.protocols import Signer

DOMAIN: Final = b"tenprint expungement receipt v1\n"
"""What the receipt's signature begins with."""

ERASED: Final = ("records.log: overwritten and compacted", "memory of this process: dropped")
"""What the gallery answers for. Keys, backups, and the memory of other processes until their next operation are not
its own.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpungeReceipt:
    """What a gallery did when it was told to expunge a person.

    subject:    `records.subject_of` the person: whoever has the person's random id can check it, nobody else learns
                anything.
    encounters: how many enrolled encounters were overwritten. generation: of the gallery with the decision.
    what:       what was erased, in words. public_key: the repository's; signature: 64 bytes over `signed_bytes`.
    """

    repository: str
    subject: str
    encounters: int
    generation: int
    what: tuple[str, ...]
    public_key: bytes
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """What the repository signs."""
        return DOMAIN + canonical.encode(
            {
                "repository": self.repository,
                "subject": self.subject,
                "encounters": self.encounters,
                "generation": self.generation,
                "what": list(self.what),
                "public_key": self.public_key,
            }
        )

    def is_for(self, person: PersonId) -> bool:
        """Whether this receipt speaks of that person."""
        return self.subject == subject_of(self.repository, person)

    def verifies(self, public_key: bytes) -> bool:
        """Whether the repository with this key signed it."""
        return public_key == self.public_key and verified(public_key, self.signature, self.signed_bytes())

    def to_bytes(self) -> bytes:
        """Canonical bytes, signature included."""
        return canonical.encode({"said": self.signed_bytes()[len(DOMAIN) :], "signature": self.signature})

    @classmethod
    def from_bytes(cls, content: bytes) -> ExpungeReceipt:
        """The inverse of `to_bytes`. Raises ValueError. The signature is not verified here."""
        outer = read_map(content)
        found = read_map(field(outer, "said", bytes))
        return cls(
            repository=field(found, "repository", str),
            subject=field(found, "subject", str),
            encounters=field(found, "encounters", int),
            generation=field(found, "generation", int),
            what=tuple(str(line) for line in field(found, "what", list)),
            public_key=field(found, "public_key", bytes),
            signature=field(outer, "signature", bytes),
        )


def signed(receipt: ExpungeReceipt, signer: Signer) -> ExpungeReceipt:
    """The receipt with the repository's signature."""
    return replace(receipt, signature=signer.sign(receipt.signed_bytes()))
