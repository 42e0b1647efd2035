"""The release clock: it starts once, runs to a stated instant, and can only end sooner [domain 3.3, 3.4 G7;
design decision 7].
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import (
    MarkReleaseEligible,
    RecordOutcome,
    RecordRelease,
    Refused,
    ShortenHold,
    Tick,
    TransferCustody,
)
from tenprint.refer.referral.fold import evolve
from tenprint.refer.referral.instants import spell
from tenprint.refer.referral.state import CaseState, Detainer
from tenprint.refer.referral.status import ready
from tenprint.refer.referral.tasks import raise_task, release_now, stop_for_citizen

WHY_ELIGIBLE: Final = frozenset({
    "bail_posted", "own_recognizance", "charges_dismissed", "charges_declined", "acquittal", "sentence_complete",
    "court_order", "other",
})  # fmt: skip
"""What makes a person otherwise releasable. Source: domain 3.3, start."""

OUTCOMES: Final = frozenset({
    "removal", "return", "relief", "terminated", "released", "usc_found", "died", "other", "booked_into_detention",
    "declined_by_agency", "not_subject_to_removal", "no_longer_in_custody",
})  # fmt: skip
"""What came of a case. Source: domain 1.2 t14 and 3.8; removal (an order) and return (voluntary) stay apart."""

MISSING: Final = frozenset({"no_clock_rule", "no_hold_rule", "zone_unknown"})
"""Why a hold that everything else allows has no clock or no permission: nobody is held, and a person is told. Source: domain 3.3; what is
not known never holds anyone.
"""

LONGEST_SPAN: Final = timedelta(days=8)
"""No calendar stretches 48 counted hours further; a later expiry is a slip. Source: domain 3.3:
two days counted, at most six between.
"""

ALERT_EVERY: Final = timedelta(hours=1)
"""From release due to a supervisor's task, and between alerts until the person is released. Set by: the programme's
target; it delays nothing, release is due at once.
"""


def mark_eligible(state: CaseState, command: MarkReleaseEligible) -> list[Event] | Refused:
    """ReleaseEligible, then a hold to a stated instant or, wherever anything is missing, release due at once."""
    since = command.eligible_at or command.at
    if state.eligible_at is not None or state.release_due_at is not None:
        return Refused("CLOCK_STARTED", "The release clock has started; nothing starts it again.", "domain 3.4 G7")
    if not state.in_custody:
        return Refused("NOT_IN_CUSTODY", "The person is released or transferred.", "domain 3.3")
    if command.why not in WHY_ELIGIBLE:
        return Refused("WHY_UNKNOWN", f"Allowed: {', '.join(sorted(WHY_ELIGIBLE))}.", "domain 3.3")
    if since > command.at:
        return Refused("TIME_AHEAD", "The person can't have become releasable after this act.", "design decision 2")
    expires = command.expires
    if expires is not None and not since <= expires <= since + LONGEST_SPAN:
        return Refused(
            "EXPIRY_IMPOSSIBLE",
            "The hold's end lies before its start or further than any calendar takes it.",
            "domain 3.3",
        )
    eligible = Event(
        type=e.RELEASE_ELIGIBLE,
        effective_at=since,
        public={"why": command.why},
        private={"note": command.note} if command.note else {},
    )
    found = state.open_detainer
    reason = _no_hold(state, found, command, since)
    if reason is not None or found is None or expires is None:
        due = release_now(state, at=since, reason=reason or "no_detainer", detainer=found.id if found else None)
        if reason not in MISSING:
            return [eligible, *due]
        for event in due:  # the next task's id is drawn from how many there are
            state = evolve(state, event)
        return [eligible, *due, raise_task(state, "clock_missing", at=command.at, why=reason)]
    begun = Event(
        type=e.HOLD_BEGUN,
        effective_at=since,
        public={
            "detainer": found.id,
            "calendar": command.calendar,
            "starts": spell(since),
            "expires": spell(expires),
            "rules": list(command.rules),
            "time_zone": command.zone,
            "facility": command.facility,
        },
    )
    events = [eligible, begun, raise_task(state, "hold_ends", at=since, why="hold_begun", due=expires)]
    for event in events:
        state = evolve(state, event)
    if command.review:
        events.append(raise_task(state, "review_hold", at=command.at, why="rules_ask_a_person"))
        state = evolve(state, events[-1])
    return [*events, *expire(state, command.at)]


def _no_hold(state: CaseState, found: Detainer | None, command: MarkReleaseEligible, since: datetime) -> str | None:
    """Why nobody is held, or None. Everything must have stood when the person became releasable, not afterwards."""
    if state.citizen:
        return "us_citizen"
    if found is None:
        return "no_detainer"
    if state.open_claim is not None:
        return "citizenship_claim"
    if state.identity != "established":
        return "identity_disputed"
    if not found.requests_hold:
        return "no_hold_requested"
    if found.serve_to_take_effect and (found.served_at is None or found.served_at > since):
        return "not_served"
    if not state.in_effect(found) or found.issued_at > since:
        return "not_in_effect"
    if found.answer != "honour" or found.answered_at is None or found.answered_at > since:
        return "not_honoured"
    if command.expires is None or command.calendar is None:
        return command.missing if command.missing in MISSING else "no_clock_rule"
    if command.expires == since:
        return "hold_of_no_length"
    return None


def expire(state: CaseState, at: datetime) -> list[Event]:
    """DetainerExpired and ReleaseDue, both effective at the expiry instant, if that instant has come; else nothing."""
    hold = state.running_hold
    if hold is None or at < hold.expires:
        return []
    expired = Event(
        type=e.DETAINER_EXPIRED,
        effective_at=hold.expires,
        public={"detainer": hold.detainer, "calendar": hold.calendar},
    )
    return [expired, *release_now(state, at=hold.expires, reason="hold_expired", detainer=hold.detainer)]


def shorten(state: CaseState, command: ShortenHold) -> list[Event] | Refused:
    """HoldShortened, and the expiry where that instant has come; nothing where the hold ends sooner anyway.

    There is no event that makes a hold longer, and the fold of this one takes the sooner of the two ends.
    """
    hold = state.running_hold
    ends = max(command.expires, command.at)  # nobody can be released in the past
    if hold is None or ends >= hold.expires:
        return []
    shortened = Event(
        type=e.HOLD_SHORTENED,
        effective_at=command.at,
        public={"detainer": hold.detainer, "expires": spell(ends), "document": command.document},
    )
    return [shortened, *expire(evolve(state, shortened), command.at)]


def tick(state: CaseState, command: Tick) -> list[Event] | Refused:
    """What time alone makes due: an overdue claim once, an overdue release each hour until the person is released.
    An expired hold is dealt with before any command.
    """
    raised = {task.kind for task in state.tasks}
    events: list[Event] = []
    claim = state.open_claim
    if claim is not None and command.at >= claim.due:
        told = any(task.kind == "claim_overdue" and task.raised_at >= claim.raised_at for task in state.tasks)
        if not told:
            events.append(raise_task(state, "claim_overdue", at=command.at, why="claim_past_due"))
    if state.in_custody and state.release_due_at is not None:
        events += _hours_overdue(state, state.release_due_at, command.at)
        for event in events:
            state = evolve(state, event)
        if state.overdue_hours and "release_overdue" not in raised:
            events.append(raise_task(state, "release_overdue", at=command.at, why="not_released"))
    return events


def _hours_overdue(state: CaseState, due: datetime, at: datetime) -> list[Event]:
    """One event for each full hour past ``due`` that was not told yet, at its own instant, also after downtime."""
    hold = state.hold
    passed = max(0, (at - due) // ALERT_EVERY)
    return [
        Event(
            type=e.RELEASE_OVERDUE,
            effective_at=due + hours * ALERT_EVERY,
            public={
                "hours": hours,
                "reason": state.release_due_why,
                "detainer": None if hold is None else hold.detainer,
            },
        )
        for hours in range(state.overdue_hours + 1, passed + 1)
    ]


def next_alert(state: CaseState) -> datetime | None:
    """When the next alert about an overdue release is due; None while nobody is kept past it."""
    if state.release_due_at is None or not state.in_custody:
        return None
    return state.release_due_at + (state.overdue_hours + 1) * ALERT_EVERY


def record_release(state: CaseState, command: RecordRelease) -> list[Event] | Refused:
    """PersonReleased, with the seconds past the instant when release was due (0 if never late)."""
    when = command.released_at or command.at
    if not state.in_custody:
        return Refused("NOT_IN_CUSTODY", "The person is released or transferred already.", "domain 3.3")
    if when > command.at:
        return Refused("TIME_AHEAD", "A release is recorded after it happened.", "design decision 2")
    if state.eligible_at is not None and when < state.eligible_at:
        return Refused(
            "RELEASED_BEFORE_ELIGIBLE", "The release lies before the person became releasable.", "domain 3.3"
        )
    due = state.release_due_at
    overdue = 0 if due is None else max(0, int((when - due).total_seconds()))
    note = {"note": command.note} if command.note else {}
    return [Event(type=e.PERSON_RELEASED, effective_at=when, public={"overdue_seconds": overdue}, private=note)]


def transfer(state: CaseState, command: TransferCustody) -> list[Event] | Refused:
    """CustodyTransferred while a hold runs; at and after its end the person must be released instead."""
    giving, receiving = command.giving, command.receiving
    if not state.in_custody:
        return Refused("NOT_IN_CUSTODY", "The person is released or transferred already.", "domain 3.4 G9")
    hold = state.running_hold
    if hold is None:
        why = "Release is due: the person must be released." if state.release_due_at else "No hold is running."
        return Refused(
            "RELEASE_DUE" if state.release_due_at else "NO_HOLD", f"{why} Custody was not transferred.", "domain 3.3"
        )
    refused = ready(state)
    if refused is not None:
        return refused
    if (
        giving.role not in {roles.CUSTODIAN, roles.JAIL_OFFICER}
        or receiving.role != roles.FIELD_OFFICER
        or giving.id == receiving.id
    ):
        return Refused(
            "TWO_SIDES",
            "A custodian or jail officer gives and another person, a field officer, receives.",
            "domain 3.4 G9",
        )
    if command.by not in (giving, receiving):
        return Refused("TWO_SIDES", "The command comes from one of the two who sign.", "domain 3.4 G9")
    return [
        Event(
            type=e.CUSTODY_TRANSFERRED,
            effective_at=command.at,
            public={
                "detainer": hold.detainer,
                "giving_role": giving.role,
                "receiving_role": receiving.role,
                "held_seconds": int((command.at - hold.starts).total_seconds()),
            },
            private={"signatures": {"giving": giving.id, "receiving": receiving.id, "at": spell(command.at)}},
        )
    ]


def record_outcome(state: CaseState, command: RecordOutcome) -> list[Event] | Refused:
    """OutcomeRecorded; a citizen found stops the case at once."""
    if command.outcome not in OUTCOMES or command.conviction_known not in {"yes", "none", "unknown"}:
        return Refused(
            "OUTCOME_UNKNOWN",
            f"Allowed: {', '.join(sorted(OUTCOMES))}; convictions yes, none or unknown.",
            "domain 3.8",
        )
    recorded = Event(
        type=e.OUTCOME_RECORDED,
        effective_at=command.at,
        public={
            "outcome": command.outcome,
            "conviction_known": command.conviction_known,
            "policy": command.policy,
            "level": command.level,
            "basis": command.basis,
        },
        private={"note": command.reason},
    )
    if command.outcome == "usc_found" and not state.citizen:
        return [recorded, *stop_for_citizen(state, at=command.at)]
    return [recorded]
