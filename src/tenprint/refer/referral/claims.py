"""Claims of citizenship and flags of protection:
anyone may raise them, and they only ever stop things [domain 3.5, 3.6].
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral.commands import ClaimCitizenship, FlagProtected, Refused, ResolveClaim
from tenprint.refer.referral.instants import spell
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.tasks import end_hold, raise_task, stop_for_citizen

LONGEST_CLAIM: Final = timedelta(hours=48)
"""A claim's clock is shorter than a hold's. Source: design decision 7;
48 h is the hold's own length (8 CFR 287.7(d)).
"""


def claim(state: CaseState, command: ClaimCitizenship) -> list[Event] | Refused:
    """CitizenshipClaimed with its own clock. A hold that rests on a detainer alone ends at once;
    no other clock stops.
    """
    if state.citizen:
        return Refused(
            "CITIZEN_STOP", "The case is stopped as a citizen's already: there is nothing left to stop.", "domain 1.9"
        )
    if state.open_claim is not None:
        return Refused(
            "CITIZENSHIP_CLAIM_OPEN", "A claim is open already; its clock is not started again.", "design decision 7"
        )
    if any(known.id == command.claim for known in state.claims):
        return Refused("CLAIM_EXISTS", "A claim of that id exists.", "ids are random and used once")
    if command.due.tzinfo is None or not command.at < command.due < command.at + LONGEST_CLAIM:
        return Refused(
            "CLAIM_CLOCK", "A claim is due after it is raised and in less than 48 hours.", "design decision 7"
        )
    claimed = Event(
        type=e.CITIZENSHIP_CLAIMED,
        effective_at=command.at,
        public={"claim": command.claim, "due": spell(command.due)},
        private={"evidence": command.evidence} if command.evidence else {},
    )
    task = raise_task(state, "resolve_claim", at=command.at, why="citizenship_claimed", due=command.due)
    return [claimed, task, *end_hold(state, at=command.at, reason="citizenship_claim")]


def resolve(state: CaseState, command: ResolveClaim) -> list[Event] | Refused:
    """CitizenshipResolved. Upheld stops the case as a citizen's; a claim not upheld restarts no hold."""
    is_open = state.open_claim
    if is_open is None or is_open.id != command.claim:
        return Refused("CLAIM_NOT_OPEN", "No claim of that id is open.", "design decision 7")
    resolved = Event(
        type=e.CITIZENSHIP_RESOLVED,
        effective_at=command.at,
        public={"claim": command.claim, "upheld": command.upheld},
        private={"reason": command.reason},
    )
    return [resolved, *stop_for_citizen(state, at=command.at)] if command.upheld else [resolved]


def flag_protected(state: CaseState, command: FlagProtected) -> list[Event] | Refused:
    """ProtectedPersonFlagged. It blocks issuing without a supervisor's reason;
    an open detainer goes to a supervisor.
    """
    flagged = Event(
        type=e.PROTECTED_PERSON_FLAGGED,
        effective_at=command.at,
        public={"asserted_by": command.asserted_by, "verified": command.verified},
        private={"source": command.source},
    )
    if state.open_detainer is None:
        return [flagged]
    return [flagged, raise_task(state, "review_protected", at=command.at, why="protected_person")]
