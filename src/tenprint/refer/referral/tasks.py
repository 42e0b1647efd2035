"""Required acts with their due times, and the two shared consequences: a hold ends, a detainer falls.

A task names a role and a time; it never acts. How long it may wait is dated data, with its source or as the programme's own choice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.instants import spell
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.statements import UNCODED


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of task. open_while: the case still waits for it."""

    role: str
    open_while: Callable[[CaseState], bool]


def _waits_for_examiners(state: CaseState) -> bool:
    return state.identity in {"none", "disputed"} and sum(not c.resolves for c in state.conclusions) < 2


def _release_pending(state: CaseState) -> bool:
    return state.in_custody and state.release_due_at is not None


def _claim_open(state: CaseState) -> bool:
    return state.open_claim is not None


def _not_closed(state: CaseState) -> bool:
    return not state.closed


def _uncoded(state: CaseState) -> Iterator[bool]:
    """Literal text of a standing statement that nobody has coded."""
    return (s.speaks and (s.outcome == UNCODED or s.kind == "rap_sheet") for s in state.statements)


def _notice_open(by: str) -> Callable[[CaseState], bool]:
    return lambda state: any(n.by == by and n.given_at is None for n in state.notices)


AT_ONCE: Final = timedelta(0)
"""Of a task without a span: it is late from its first second, so that nobody overlooks it."""

NOTICE_TASKS: Final[Mapping[str, str]] = {
    roles.JAIL_OFFICER: "notice_by_jail",
    roles.FIELD_OFFICER: "notice_by_field_office",
    roles.SUPERVISOR: "notice_by_supervisor",
}
"""Who owes a notice -> the kind of its task. Source: `tenprint.refer.policy.notices.BY`."""

DUTIES: Final[Mapping[str, Duty]] = {
    "examine": Duty(roles.EXAMINER, _waits_for_examiners),
    "second_examination": Duty(roles.EXAMINER, _waits_for_examiners),
    "resolve_dispute": Duty(roles.SUPERVISOR_EXAMINER, lambda s: s.identity == "disputed"),
    "status_query": Duty(roles.STATUS_SPECIALIST, lambda s: s.queried_at is None and s.identity == "established"),
    "status_response": Duty(roles.STATUS_SPECIALIST, lambda s: s.finding is None),
    "decide_disposition": Duty(roles.FIELD_OFFICER, lambda s: s.disposition is None and not s.citizen),
    "citizen_stop": Duty(roles.SUPERVISOR, _not_closed),
    "second_look": Duty(roles.CHARGE_OFFICER, lambda s: any(c.second_look == "awaited" for c in s.charges)),
    "resolve_charge": Duty(roles.SUPERVISOR, lambda s: any(c.second_look == "differs" for c in s.charges)),
    "code_history": Duty(roles.CHARGE_OFFICER, lambda s: any(_uncoded(s))),
    "history_changed": Duty(roles.FIELD_OFFICER, lambda s: s.history_unreviewed),
    "serve_detainer": Duty(
        roles.JAIL_OFFICER,
        lambda s: s.open_detainer is not None and s.open_detainer.served_at is None,
    ),
    "answer_detainer": Duty(
        roles.JAIL_OFFICER,
        lambda s: s.open_detainer is not None and s.open_detainer.answer is None,
    ),
    "required_action": Duty(
        roles.JAIL_OFFICER,
        lambda s: s.open_detainer is not None and s.open_detainer.answer != "honour",
    ),
    "hold_ends": Duty(roles.CUSTODIAN, lambda s: s.running_hold is not None),
    "review_hold": Duty(roles.SUPERVISOR, lambda s: s.running_hold is not None),
    "release": Duty(roles.CUSTODIAN, _release_pending),
    "release_overdue": Duty(roles.SUPERVISOR, _release_pending),
    "resolve_claim": Duty(roles.SUPERVISOR, _claim_open),
    "claim_overdue": Duty(roles.SUPERVISOR, _claim_open),
    **{kind: Duty(role, _notice_open(role)) for role, kind in NOTICE_TASKS.items()},
    "clock_missing": Duty(roles.SUPERVISOR, _not_closed),
    "review_protected": Duty(roles.SUPERVISOR, lambda s: s.open_detainer is not None and not s.closed),
}
"""Kind -> duty. How long it may wait is data (`refer.policy.spans`), which the case's state carries for the day of the act."""


def raise_task(state: CaseState, kind: str, *, at: datetime, why: str, due: datetime | None = None) -> Event:
    """TaskRaised of one of `DUTIES`. why: a code, never words about the person. due: an instant of its own; else the span of the day counts
    (``state.spans``), and without one the task is due at once.

    The id is drawn from the case and the task's ordinal, so that deciding twice gives the same event.
    """
    duty = DUTIES[kind]
    seed = f"{state.submission}/{state.repository}/{kind}/{len(state.tasks)}"
    return Event(
        type=e.TASK_RAISED,
        effective_at=at,
        public={
            "task": hashlib.sha256(seed.encode()).hexdigest()[:32],
            "kind": kind,
            "role": duty.role,
            "due": spell(due if due is not None else at + state.spans.get(kind, AT_ONCE)),
            "why": why,
        },
    )


def open_kinds(state: CaseState) -> frozenset[str]:
    """The kinds of task raised in this case whose matter still waits."""
    return frozenset(task.kind for task in state.tasks if DUTIES[task.kind].open_while(state))


def end_hold(state: CaseState, *, at: datetime, reason: str) -> list[Event]:
    """ReleaseDue and its task if a hold is running; else nothing.
    Nothing else holds the person, so release is due at once.
    """
    hold = state.running_hold
    return [] if hold is None else release_now(state, at=at, reason=reason, detainer=hold.detainer)


def release_now(state: CaseState, *, at: datetime, reason: str, detainer: str | None) -> list[Event]:
    """ReleaseDue at ``at`` and the custodian's task, due at the same instant."""
    due = Event(type=e.RELEASE_DUE, effective_at=at, public={"reason": reason, "detainer": detainer})
    return [due, raise_task(state, "release", at=at, why=reason)]


def lift_open(
    state: CaseState, *, at: datetime, reason_code: str, automatic: bool = True, reason: str = ""
) -> list[Event]:
    """The open detainer falls, and with it a hold that rests on it.
    Automatic only in favour of liberty [domain 3.4 G8].
    """
    detainer = state.open_detainer
    if detainer is None:
        return end_hold(state, at=at, reason=reason_code)
    lifted = Event(
        type=e.DETAINER_LIFTED,
        effective_at=at,
        public={"detainer": detainer.id, "reason_code": reason_code, "automatic": automatic},
        private={"reason": reason} if reason else {},
    )
    return [lifted, *end_hold(state, at=at, reason=reason_code)]


def stop_for_citizen(state: CaseState, *, at: datetime) -> list[Event]:
    """What follows at once when a person is found to be a US citizen:
    every detainer falls, a supervisor is told [domain 1.9].
    """
    return [
        *lift_open(state, at=at, reason_code="us_citizen"),
        raise_task(state, "citizen_stop", at=at, why="us_citizen"),
    ]
