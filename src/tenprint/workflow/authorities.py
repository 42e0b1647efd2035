"""Signing search authorities with the gate's key, and keeping them until they are spent or voided."""

from __future__ import annotations

from dataclasses import replace

from tenprint.ids import AuthorityId, EventId, SubmissionId, fresh
from tenprint.model.authority import BOOKING, SearchAuthority
from tenprint.workflow.house import GATE_KEY, House


def sign_authority(house: House, submission: SubmissionId, gate_decision: EventId, repository: str) -> SearchAuthority:
    """A fresh authority for one repository, from one gate decision, signed by the gate's key."""
    unsigned = SearchAuthority(
        id=AuthorityId(fresh()), repository=repository, purpose=BOOKING, issuer=GATE_KEY, issued_at=house.clock.now(),
        submission=submission, gate_decision=gate_decision,
    )  # fmt: skip
    return replace(unsigned, signature=house.keys.signer(GATE_KEY).sign(unsigned.signed_bytes()))
