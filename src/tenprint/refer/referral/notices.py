"""Notices due and given, and what the person concerned may ask to be looked at again [domain 1.10, 3.2, 3.5].

What is owed follows from what happened and from the rules of that day; it is given by an act of a named person. Nothing
here holds, releases or delays anybody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.policy.notices import NoticeRule
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import AskRedress, GiveNotice, Refused
from tenprint.refer.referral.fold import evolve
from tenprint.refer.referral.instants import spell
from tenprint.refer.referral.state import CaseState, Notice
from tenprint.refer.referral.tasks import NOTICE_TASKS, raise_task

ASKED: Final = frozenset({"identity", "level", "hold"})
"""What may be asked to be looked at again; citizenship has a claim of its own. Source: domain 3.5 (a), (c), (d)."""

OUTCOMES: Final = frozenset({
    "told", "upheld", "corrected", "not_upheld", "nta_issued", "custody_continues", "released_no_nta", "not_possible",
})  # fmt: skip
"""How a notice was given or a reply ended; ``not_possible`` needs its reason in words. Set by: the programme."""

CHARGES_ENDED: Final = frozenset({"charges_dismissed", "charges_declined", "acquittal"})
"""Reasons of release after which no charge stands. Source: domain 1.9, last row."""

Owed = Callable[[str, datetime, str | None], Sequence[NoticeRule]]
"""(what happened, when, form of the detainer) -> the rules that make something due."""


def fall_due(state: CaseState, new: Sequence[Event], owed: Owed) -> list[Event]:
    """NoticeDue with its task for everything that ``new`` makes due; and the form's copy is given by serving it.

    state: the case before ``new``. Pure: the same case, events and rules give the same ids.
    """
    found: list[Event] = []
    for event in new:
        state = evolve(state, event)
        if event.type == e.DETAINER_SERVED:
            found += _served(state, event)
        for trigger in _triggers(state, event):
            for rule in owed(trigger, event.effective_at, _form(state)):
                if rule.on != "claim_raised":  # a claim has its own event, clock and task
                    found += _due(state, event.effective_at, rule)
                    for one in found[-2:]:
                        state = evolve(state, one)
    return found


def _triggers(state: CaseState, event: Event) -> tuple[str, ...]:
    match event.type:
        case e.DETAINER_ISSUED:
            return ("detainer_issued",)
        case e.RELEASE_ELIGIBLE:
            last = state.detainers[-1] if state.detainers else None
            agrees = last is not None and last.answer in {"honour", "notify_only"}
            ended = ("charges_ended",) if event.public["why"] in CHARGES_ENDED else ()
            return (*(("release_eligible",) if agrees else ()), *ended)
        case e.CUSTODY_TRANSFERRED:
            return ("custody_transferred",)
        case e.REDRESS_ASKED:
            return (f"asked_{event.public['matter']!s}",)
        case _:
            return ()


def _form(state: CaseState) -> str | None:
    return state.detainers[-1].form if state.detainers else None


def _due(state: CaseState, at: datetime, rule: NoticeRule) -> list[Event]:
    seed = f"{state.submission}/{state.repository}/{rule.what}/{len(state.notices)}"
    due = at + rule.within
    event = Event(
        type=e.NOTICE_DUE,
        effective_at=at,
        public={
            "notice": hashlib.sha256(seed.encode()).hexdigest()[:32],
            "what": rule.what,
            "to": rule.to,
            "owed_by": rule.by,
            "due": spell(due),
            "rules": [rule.id],
            "evidence": rule.evidence,
        },
    )
    return [event, raise_task(evolve(state, event), NOTICE_TASKS[rule.by], at=at, why=rule.what, due=due)]


def _served(state: CaseState, event: Event) -> list[Event]:
    copy = next((n for n in state.notices if n.what == "form_copy" and n.given_at is None), None)
    if copy is None:
        return []
    return [_given(copy, event.effective_at, language=str(event.public["language"]), outcome="told", note="")]


def give(state: CaseState, command: GiveNotice) -> list[Event] | Refused:
    """NoticeGiven, with the seconds past its due time (0 if never late)."""
    found = next((n for n in state.notices if n.id == command.notice), None)
    if found is None or found.given_at is not None:
        return Refused("NOTICE_NOT_OPEN", "No notice of that id is open.", "domain 3.5")
    if command.by.role not in {found.by, roles.SUPERVISOR}:
        return Refused(
            "ROLE_MAY_NOT", f"This notice is owed by {found.by}; a supervisor may give it too.", "domain 3.5"
        )
    if command.outcome not in OUTCOMES:
        return Refused("OUTCOME_UNKNOWN", f"Allowed: {', '.join(sorted(OUTCOMES))}.", "domain 3.5")
    if command.outcome == "not_possible" and not command.note.strip():
        return Refused("REASON_MISSING", "Say in words why it was not possible.", "domain 3.5")
    return [_given(found, command.at, language=command.language, outcome=command.outcome, note=command.note)]


def _given(notice: Notice, at: datetime, *, language: str | None, outcome: str, note: str) -> Event:
    return Event(
        type=e.NOTICE_GIVEN,
        effective_at=at,
        public={
            "notice": notice.id,
            "what": notice.what,
            "to": notice.to,
            "language": language,
            "outcome": outcome,
            "late_seconds": max(0, int((at - notice.due).total_seconds())),
        },
        private={"note": note} if note else {},
    )


def ask(state: CaseState, command: AskRedress) -> list[Event] | Refused:
    """RedressAsked: anyone may ask for the person; what is open already is not asked twice."""
    if command.about not in ASKED:
        return Refused(
            "ASKED_UNKNOWN",
            f"Allowed: {', '.join(sorted(ASKED))}; a claim of citizenship has its own act.",
            "domain 3.5",
        )
    if any(n.what == f"reply_{command.about}" and n.given_at is None for n in state.notices):
        return Refused("ASKED_ALREADY", "It is being looked at; its clock is not started again.", "domain 3.5")
    return [
        Event(
            type=e.REDRESS_ASKED,
            effective_at=command.at,
            public={"matter": command.about},
            private={"reason": command.reason},
        )
    ]
