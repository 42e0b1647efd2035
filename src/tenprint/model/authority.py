"""The search authority: without one, no gallery is searched (design decision 1).

It is for one repository, for one reason, signed by another party than the repository's, and used once.
Issued = spent + voided + open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenprint.clock import to_text
from tenprint.ids import AuthorityId, EventId, SubmissionId
from tenprint.model import canonical

BOOKING: Final = "booking"
"""Purpose of an authority that comes from a submission and its gate decision."""

STUDY: Final = "study"
"""Purpose of a folder that issues its own authorities; it can't be attached to a served repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAuthority:
    """Leave to search one repository once.

    issuer:    name of the key that signed (the gate's), as the repository's manifest lists it.
    submission, gate_decision: where it comes from; both None only for a named, logged purpose other than ``booking``.
    reason:    for such a purpose, the text that was logged.
    signature: Ed25519 over `signed_bytes`, 64 bytes.
    """

    id: AuthorityId
    repository: str
    purpose: str
    issuer: str
    issued_at: datetime
    submission: SubmissionId | None = None
    gate_decision: EventId | None = None
    reason: str = ""
    signature: bytes = b""

    def signed_bytes(self) -> bytes:
        """What the issuer signs: every field but the signature, in canonical form."""
        return b"tenprint search authority v1\n" + canonical.encode(
            {
                "id": self.id,
                "repository": self.repository,
                "purpose": self.purpose,
                "issuer": self.issuer,
                "issued_at": to_text(self.issued_at),
                "submission": self.submission,
                "gate_decision": self.gate_decision,
                "reason": self.reason,
            }
        )
