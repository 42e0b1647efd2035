"""Closings and emergencies of a facility, as recorded documents: they end holds sooner; no day of theirs is excluded.

recorded ──▶ running holds of that agency are shortened ──▶ holds that would begin while it lasts are as short
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from tenprint.clock import from_text, to_text
from tenprint.errors import UsageError
from tenprint.ids import CaseId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.refer.participation.sources import EVIDENCE
from tenprint.workflow.adoption import append_to_programme
from tenprint.workflow.casework import shorten_hold
from tenprint.workflow.house import House
from tenprint.workflow.journal import tell_log

log = structlog.get_logger()

KINDS: Final = ("special_closing", "emergency", "court_closure", "evacuation")
"""What can be recorded. None of them excludes a day from a count. Source: 8 CFR 287.7(d) names no such exception."""


TASK: Final = "closing_failed"
"""Kind of the operator's task: a hold could not be shortened; see the log for the case, and tell its supervisor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Holds of an agency end by ``ends_at``; those that would begin before ``until`` too. until: None while it goes on."""

    id: str
    ori: str
    ends_at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of closings. looked: cases looked at; failed: those in which it failed, to be tried again at the next tick."""

    looked: int
    failed: int = 0


def record_closing(
    house: House, *, ori: str, ends_at: datetime, until: datetime | None, kind: str, document: str, source: str,
    evidence: str, reason: str, by: Actor,
) -> Applied:  # fmt: skip
    """Record it, and shorten every running hold of the agency; returns how many cases were looked at, and in how many it failed.

    document: a code that names it; source: where it can be read. Raises NotPermitted; UsageError for an instant without a
    zone, an end before it begins, or unknown words; nothing is recorded then.
    """
    role = require(by, "custody", ori=ori)
    if ends_at.tzinfo is None or (until is not None and (until.tzinfo is None or until <= ends_at)):
        raise UsageError("ends-at and until need their UTC offset, and until lies after ends-at; nothing was recorded")
    if kind not in KINDS or evidence not in EVIDENCE:
        raise UsageError(f"kind: {', '.join(KINDS)}; evidence: {', '.join(EVIDENCE)}. Nothing was recorded.")
    if not reason.strip() or not source.strip() or not document.strip() or " " in document:
        raise UsageError("a closing has a document (a code), a source and a reason in words; nothing was recorded")
    closing = Closing(id=fresh(), ori=ori, ends_at=ends_at, until=until)
    event = Event(
        type=events.CLOSING_RECORDED,
        effective_at=house.clock.now(),
        public={"closing": closing.id, "ori": ori, "ends_at": to_text(ends_at), "kind": kind, "document": document,
                "until": None if until is None else to_text(until), "source": source, "evidence": evidence},
        private={"reason": reason},
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        append_to_programme(house, work, event, by=by, role=role)
    tell_log(house)
    return apply_closings(house, [closing])


def apply_closings(house: House, closings: Sequence[Closing] | None = None) -> Applied:
    """Shorten the running holds that recorded closings concern; returns how many cases were looked at. Safe to repeat.

    One that fails keeps no other from being shortened: it is counted, an operator's task stands until none fails, and the next tick
    tries it again.
    """
    with house.store.reader() as reader:
        given = recorded_closings(house, reader, at=house.clock.now()) if closings is None else closings
        waiting = [t for t in reader.tasks.list() if t.kind == "hold_ends"] if given else []
        held = [(task.case_id, reader.submissions.get(task.submission or "")) for task in waiting]
    looked = failed = 0
    for case, row in held:
        for closing in given:
            if case is not None and row is not None and row.cri == closing.ori:
                done = _shortened(house, CaseId(case), closing)
                looked, failed = looked + done, failed + (not done)
    _tell_operator(house, failed)
    return Applied(looked, failed)


def _shortened(house: House, case: CaseId, closing: Closing) -> bool:
    try:
        shorten_hold(house, case, expires=closing.ends_at, document=closing.id)
    except Exception as error:
        # Whatever is wrong with one case must not lengthen the holds of all others, nor stop their clocks.
        log.warning("closing failed", case=case, closing=closing.id, error=type(error).__name__)
        return False
    return True


def _tell_operator(house: House, failed: int) -> None:
    """One open task while a closing fails anywhere; done once none does."""
    with house.store.reader() as reader:
        told = [task for task in reader.tasks.list(role="operator") if task.kind == TASK]
    if bool(told) == bool(failed):
        return
    with house.store.unit_of_work() as work:
        if failed:
            work.tasks.add(kind=TASK, role="operator", raised_at=house.clock.now())
        for task in told:
            work.tasks.done(task.id, at=house.clock.now())


def recorded_closings(house: House, reader: Reader, *, at: datetime) -> list[Closing]:
    """Every closing that lasts at an instant."""
    found = []
    for event in reader.stream(events.PROGRAMME, house.programme.id):
        if event.type == events.CLOSING_RECORDED:
            facts = event.public
            until = None if facts["until"] is None else from_text(str(facts["until"]))
            if until is None or until > at:
                found.append(
                    Closing(
                        id=str(facts["closing"]),
                        ori=str(facts["ori"]),
                        ends_at=from_text(str(facts["ends_at"])),
                        until=until,
                    )
                )
    return found
