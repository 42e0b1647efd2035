"""The search authority: without one, no gallery is searched (design decision 1).

It is for one repository, for one reason, signed by another party than the repository's, and used once.
Issued = spent + voided + open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenprint.clock import from_text, to_text
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


def to_document(authority: SearchAuthority) -> bytes:
    """The authority as canonical bytes, signature included."""
    return canonical.encode(
        {
            "id": authority.id, "repository": authority.repository, "purpose": authority.purpose, "issuer": authority.issuer,
            "issued_at": to_text(authority.issued_at), "submission": authority.submission, "gate_decision": authority.gate_decision,
            "reason": authority.reason, "signature": authority.signature,
        }
    )  # fmt: skip


def from_document(document: bytes) -> SearchAuthority:
    """The inverse of `to_document`. Raises ValueError on anything else."""
    fields = canonical.decode(document)
    if not isinstance(fields, dict):
        raise ValueError("not a search authority")  # noqa: TRY004 - of what was read, not of what was passed
    signature = fields["signature"]
    return SearchAuthority(
        id=AuthorityId(str(fields["id"])), repository=str(fields["repository"]), purpose=str(fields["purpose"]),
        issuer=str(fields["issuer"]), issued_at=from_text(str(fields["issued_at"])),
        submission=SubmissionId(str(fields["submission"])) if fields["submission"] is not None else None,
        gate_decision=EventId(str(fields["gate_decision"])) if fields["gate_decision"] is not None else None,
        reason=str(fields["reason"]), signature=signature if isinstance(signature, bytes) else b"",
    )  # fmt: skip
