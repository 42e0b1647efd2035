"""What parties owe under memoranda: when it falls due, what shows that it was done, and what is overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from tenprint.errors import UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.refer.participation.memoranda import Due, Memorandum, dues, load_memoranda
from tenprint.refer.participation.sources import EVIDENCE
from tenprint.workflow.house import House
from tenprint.workflow.participation import day_at, history_of
from tenprint.workflow.signed_documents import PARTICIPATION_KEY, require_signature, sign_facts

STREAM_ID: Final = "obligations"
"""All fulfilments are one stream."""

FILE: Final = "memoranda.yaml"
"""The programme's file of clauses and obligations."""


def memoranda(house: House) -> Sequence[Memorandum]:
    """Every memorandum of the programme with its clauses and obligations."""
    return load_memoranda(house.programme.root / FILE, house.programme.history)


def obligations(house: House, *, on: date | None = None, state: str | None = None) -> dict[str, Any]:
    """The dates on which something fell or falls due, with what came of each, and how many are overdue.

    on: when None, today at each obligation's own place by the programme's clock (see `today_in`); the answer's "on" is the latest of
    these days. Raises StoreError when a recorded fulfilment's signature does not hold.
    """
    states = {
        one.state for memorandum in memoranda(house) for one in memorandum.obligations if state in (None, one.state)
    }
    days = {name: on or today_in(house, name) for name in states}
    found = [
        due for day in sorted({*days.values()}) for due in _dues(house, day) if days.get(due.obligation.state) == day
    ]
    found.sort(key=lambda one: (one.due, one.obligation.id))
    counts = Counter(due.status for due in found)
    latest = on or max(days.values(), default=house.clock.now().date())
    return {
        "on": latest.isoformat(), "counts": {status: counts[status] for status in ("fulfilled", "overdue", "coming")},
        "obligations": [_row(due) for due in found],
    }  # fmt: skip


def today_in(house: House, state: str) -> date:
    """Today in a state by the programme's clock; where it has several time zones, the day that is not over anywhere in it.

    That of UTC where no place of the state is known.
    """
    at = house.clock.now()
    places = house.programme.history.jurisdictions.all()
    return min((day_at(place, at) for place in places if place.state == state), default=at.date())


def fulfil(
    house: House,
    obligation: str,
    *,
    due: date,
    document: str,
    source: str,
    evidence: str,
    by: Actor,
    content: bytes | None = None,
) -> Recorded:
    """Record the document that shows what was owed to have been delivered, signed by the recording party's key.

    Raises NotPermitted; UsageError for an obligation or date that is not due yet or at all, is fulfilled already, or has no words.
    What is owed is looked up in the same transaction as it is recorded.
    """
    role = require(by, "record_participation")
    if not document or not source or evidence not in EVIDENCE:
        raise UsageError(
            f"a fulfilment needs the document's words, its source and an evidence mark of {', '.join(EVIDENCE)}; nothing was recorded"
        )
    house.vault.create_key(PARTICIPATION_KEY)
    with house.store.unit_of_work() as work:
        at = house.clock.now()
        told = work.stream(events.PARTICIPATION, STREAM_ID)
        state = _owed(house, work, told, obligation, due=due, at=at)
        event = _fulfilment(house, obligation, state=state, due=due, document=document, source=source, evidence=evidence,
                            content=content, by=by, at=at)  # fmt: skip
        (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=len(told), actor=by.id, role=role,
                                  purpose="participation", recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    return recorded


def _owed(house: House, work: Reader, told: Sequence[Recorded], obligation: str, *, due: date, at: datetime) -> str:
    """The state to which it is owed. Raises UsageError where it is not owed on that date, not due yet, or fulfilled."""
    history = history_of(house, work)
    known = dues(memoranda(house), history, on=max(due, at.date()), fulfilled=_pairs(house, told))
    owed = {(one.obligation.id, one.due): one for one in known}
    one = owed.get((obligation, due))
    if one is None:
        dates = ", ".join(sorted(f"{name} {day}" for name, day in owed)) or "none"
        raise UsageError(f"nothing is due of {obligation} on {due}; due: {dates}; nothing was recorded")
    state = one.obligation.state
    today = today_in(house, state)
    if due > today:
        raise UsageError(
            f"{obligation} is due on {due}, and it is {today} in {state}: nothing that is not due can be fulfilled; nothing was recorded"
        )
    if one.status == "fulfilled":
        raise UsageError(f"{obligation} of {due} is recorded as fulfilled already; nothing was recorded")
    return state


def _fulfilment(
    house: House, obligation: str, *, state: str, due: date, document: str, source: str, evidence: str, content: bytes | None,
    by: Actor, at: datetime,
) -> Event:  # fmt: skip
    facts = {"obligation": obligation, "state": state, "due": due.isoformat(), "document": document, "source": source,
             "evidence": evidence}  # fmt: skip
    signed = sign_facts(house.keys, events.OBLIGATION_FULFILLED, facts, content, by=by)
    sealed = None if content is None else house.vault.seal(PARTICIPATION_KEY, content)
    return Event(
        type=events.OBLIGATION_FULFILLED, effective_at=at, public=signed, private={"content": sealed} if sealed else {}
    )


def _dues(house: House, on: date) -> Sequence[Due]:
    return dues(memoranda(house), history_of(house), on=on, fulfilled=_fulfilled(house))


def _fulfilled(house: House) -> list[tuple[str, date]]:
    with house.store.reader() as reader:
        recorded = reader.stream(events.PARTICIPATION, STREAM_ID)
    return _pairs(house, recorded)


def _pairs(house: House, recorded: Sequence[Recorded]) -> list[tuple[str, date]]:
    """(obligation, due) of every fulfilment, each signature verified."""
    for event in recorded:
        require_signature(house.keys, event)
    return [(str(e.public["obligation"]), date.fromisoformat(str(e.public["due"]))) for e in recorded]


def _row(due: Due) -> dict[str, Any]:
    owed = due.obligation
    return {
        "obligation": owed.id, "state": owed.state, "party": owed.party, "artefact": owed.artefact, "due": due.due.isoformat(),
        "status": due.status, "overdue_days": due.overdue_days, "source": str(owed.source), "title": owed.source.title, "href": owed.source.href,
        "evidence": owed.evidence,
    }  # fmt: skip
