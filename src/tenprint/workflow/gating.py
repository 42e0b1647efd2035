"""The gate's step: one decision for each repository, one authority for each that may be searched; many submissions at once.

Group commit: the decisions of up to `GROUP` waiting submissions share one transaction and one flush of the private halves.
Each is still its own event, in order of receipt; a crash loses none or all of a group, and the group is then decided again.
What an agency was promised is the entry of its receipt, which was committed before: nothing of that changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog

from tenprint.ids import EventId, KeyId, SubmissionId, fresh
from tenprint.infra.store.authorities import AuthorityRow
from tenprint.infra.store.events import Act, Addition
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.authority import BOOKING, SearchAuthority, to_document
from tenprint.model.canonical import Value
from tenprint.model.events import Event
from tenprint.refer.participation.gate import GateDecision, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.workflow.adoption import profile_in_use
from tenprint.workflow.authorities import sign_authority
from tenprint.workflow.house import GATE_KEY, SYSTEM, House
from tenprint.workflow.participation import day_at, history_of

log = structlog.get_logger()

GROUP: Final = 64
"""Submissions decided in one transaction. Set by: at about 2 ms each the database is held for an eighth of a second, far
below the gate's target of one second; `tenprint bench policy` measures it."""

RECEIVED: Final = "received"
"""State of a submission that waits for the gate."""


def pass_gate(house: House, row: Submission) -> bool:
    """Ask for each repository whether it may be searched; record every answer; issue one authority for each that may."""
    history_of(house)  # read and verified before the database is held
    with house.store.unit_of_work() as work:
        now = work.submissions.get(row.id)
        if now is not None and now.state == row.state:
            _decide(house, work, [row])
    return True


def pass_waiting(house: House) -> int:
    """Decide every submission that waits for the gate and that nobody holds, in groups; returns how many.

    A group that fails is left as it was: its submissions are then decided one by one, where a failure is counted.
    """
    done = 0
    while True:
        try:
            passed = _pass_group(house)
        except Exception as error:  # of one submission: it must not keep the others from being decided one by one
            log.warning("gate group failed", error=type(error).__name__)
            return done
        done += passed
        if passed < GROUP:
            return done


def _pass_group(house: House) -> int:
    history_of(house)  # read and verified before the database is held
    with house.store.unit_of_work() as work:
        rows = work.submissions.free(RECEIVED, now=house.real_clock.now(), limit=GROUP)
        if rows:
            _decide(house, work, rows)
    return len(rows)


@dataclass(slots=True)
class _Passed:
    """What the gate gives for one submission: events with their ids, authorities, and what a person must look at."""

    events: list[tuple[EventId, Event]]
    authorities: list[AuthorityRow]
    asked: list[str]


def _decide(house: House, work: UnitOfWork, rows: Sequence[Submission]) -> None:
    """Every decision and authority of some submissions, in order of receipt, as one write.

    The documents and the profile are those of this unit of work: read again if one was recorded since they were last read.
    """
    history, profile = history_of(house, work), profile_in_use(house, work)
    received = work.first_of(events.SUBMISSION, [row.id for row in rows])
    at = house.clock.now()
    passed = [_pass(house, row, received[row.id].public["juvenile"], history=history, profile=profile) for row in rows]
    additions = [
        Addition(
            row.id, [event for _, event in one.events], KeyId(row.key_id), [event_id for event_id, _ in one.events]
        )
        for row, one in zip(rows, passed, strict=True)
    ]
    work.append_each(
        events.SUBMISSION, additions, Act(actor=SYSTEM.id, role="system", purpose="booking", recorded_at=at)
    )
    work.authorities.add(*(authority for one in passed for authority in one.authorities))
    for row, one in zip(rows, passed, strict=True):
        for reason in one.asked:
            work.tasks.add(kind=f"gate/{reason}", role="supervisor", submission=row.id, raised_at=at)
    work.submissions.move([row.id for row in rows], state="gated", updated_at=at)


def _pass(house: House, row: Submission, juvenile: Value, *, history: ParticipationHistory, profile: str) -> _Passed:
    on = day_at(history.jurisdiction(row.cri), row.received_at)
    known = juvenile if isinstance(juvenile, bool) else None
    passed = _Passed([], [], [])
    for name in house.programme.repositories:
        decision = decide_gate(
            history=history, profile=profile, tot=row.tot, cri=row.cri, on=on, repository=name, juvenile=known
        )
        decided = EventId(fresh())
        passed.events.append((decided, _gate_event(house, row, decision, on=on)))
        if decision.searched:
            authority = sign_authority(house, SubmissionId(row.id), decided, name)
            passed.events.append((EventId(fresh()), _issued(authority)))
            passed.authorities.append(
                AuthorityRow(id=authority.id, submission=row.id, repository=authority.repository, state="open",
                             document=to_document(authority), issued_at=authority.issued_at)
            )  # fmt: skip
        elif decision.answer == "needs_person":
            passed.asked.append(decision.reason)
    return passed


def _issued(authority: SearchAuthority) -> Event:
    return Event(
        type=events.AUTHORITY_ISSUED, effective_at=authority.issued_at,
        public={"authority": authority.id, "repository": authority.repository, "purpose": BOOKING, "issuer": GATE_KEY},
    )  # fmt: skip


def _gate_event(house: House, row: Submission, decision: GateDecision, *, on: date) -> Event:
    return Event(
        type=events.GATE_DECIDED,
        effective_at=house.clock.now(),
        public={
            "repository": decision.repository, "answer": decision.answer, "searched": decision.searched, "reason": decision.reason,
            "basis": decision.basis, "profile": decision.profile, "rules": list(decision.rules), "jurisdiction": row.jurisdiction,
            "state": row.state_code, "cri": row.cri, "on": on.isoformat(), "evidence": decision.evidence,
        },
    )  # fmt: skip
