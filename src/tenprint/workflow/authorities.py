"""Signing search authorities with the gate's key, and keeping them until they are spent or voided."""

from __future__ import annotations

from dataclasses import replace

from tenprint.clock import from_text, to_text
from tenprint.ids import AuthorityId, EventId, SubmissionId, fresh
from tenprint.model import canonical
from tenprint.model.authority import BOOKING, SearchAuthority
from tenprint.workflow.house import GATE_KEY, House


def sign_authority(house: House, submission: SubmissionId, gate_decision: EventId, repository: str) -> SearchAuthority:
    """A fresh authority for one repository, from one gate decision, signed by the gate's key."""
    unsigned = SearchAuthority(
        id=AuthorityId(fresh()), repository=repository, purpose=BOOKING, issuer=GATE_KEY, issued_at=house.clock.now(),
        submission=submission, gate_decision=gate_decision,
    )  # fmt: skip
    return replace(unsigned, signature=house.keys.signer(GATE_KEY).sign(unsigned.signed_bytes()))


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
