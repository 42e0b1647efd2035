"""Retention: requests to seal, unseal or delete a booking's record, and the rules that require it after a dismissal or acquittal.

disposition ──▶ rules of the place ──▶ required, or a person is needed ──▶ request ──▶ supervisor decides ──▶ owner carries out
CDEL, court's order, the person ───────────────────────────────────────────┘                                     └──▶ answer
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog

from tenprint.clock import to_text
from tenprint.errors import NoRuleInForce, NotFound, NotPermitted, RulesConflict
from tenprint.ids import KeyId, TaskId, fresh
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.store import Reader, UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.model.facts import FactValue
from tenprint.refer.policy.answers import Answer
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import retention as r
from tenprint.refer.referral.fold import replay
from tenprint.workflow.deciding import permission, scope_of, stated
from tenprint.workflow.erasing import (
    booking_at_rest,
    cases_of,
    delete_booking,
    receipt_digest,
    seal_booking,
    unseal_booking,
)
from tenprint.workflow.house import CRIMINAL, SYSTEM, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.owing import task_due
from tenprint.workflow.participation import day_at, history_of

log = structlog.get_logger()

ASK_AGAIN: Final = timedelta(days=30)
"""How often a rule that is not yet met is asked again. Set by: the programme; a rule's time is given in months or years."""

QUESTIONS: Final = {"delete": "must_delete_record", "seal": "must_seal_record"}
"""Act -> the question asked of the rules after a disposition in the person's favour."""

VIEW: Final = f"view_retention:{CRIMINAL}"
"""Action of the table of access: bookings are kept in the criminal repository, so its owner sees what they must carry out."""

MAY_DELETE: Final = "may_delete_record"
"""Question asked when an agency or the person asks for deletion."""

Together = Callable[[UnitOfWork, str], None]
"""What else is written in a request's own unit of work, given its id."""


def ask_rules(
    house: House, row: Submission, question: str, values: dict[str, FactValue], *, at: datetime
) -> Answer | None:
    """The rules of the booking's place, or None where none is in force or two disagree: then a person is needed."""
    place = history_of(house).jurisdiction(row.cri)
    day = day_at(place, at)
    facts = stated(values, source="the booking's history", on=day, by="tenprint")
    try:
        return house.programme.rules.ask(question, facts, on=day, scope=scope_of(house, place, row.cri))
    except NoRuleInForce:  # ordinary: few places have a law of deletion; the request records that none answered
        return None
    except RulesConflict:
        log.warning("no answer of the rules", question=question, why="RulesConflict")
        return None


def request(
    house: House, submission: str, *, act: str, origin: str, reason: str, by: Actor, order: str | None = None,
    together: Together | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Ask for a booking's record to be sealed, unsealed or deleted; nothing is done yet. An agency asks for its own arrests only.

    together: what is recorded with the request or not at all.
    Raises NotFound, NotPermitted, UsageError while the booking is worked on. A refusal of the rules is in the result.
    """
    row = booking_at_rest(house, submission)
    role = require(by, "request_retention", ori=row.cri)
    if origin == "agency" and not in_scope(by, row.cri):
        raise NotPermitted(f"{by.label} does not own the arrest: its controlling agency is another. Nothing was asked.")
    at = house.clock.now()
    answer = None
    if act == "delete":
        values: dict[str, FactValue] = {
            "record.owner_request": origin == "agency",
            "record.court_order": origin == "order",
        }
        answer = ask_rules(house, row, MAY_DELETE, {**disposition_facts(house, row, at=at), **values}, at=at)
    return _ask(house, row, act=act, origin=origin, reason=reason, by=by, role=role, order=order, answer=answer,
                question=MAY_DELETE if act == "delete" else "", at=at, together=together)  # fmt: skip


def _ask(
    house: House, row: Submission, *, act: str, origin: str, reason: str, by: Actor, role: str, order: str | None,
    answer: Answer | None, question: str, at: datetime, together: Together | None = None,
) -> dict[str, Any]:  # fmt: skip
    due = task_due(house, "retention_decision", at)
    asked = r.request(act=act, submission=row.id, origin=origin, ori=row.cri, answer=permission(answer), question=question,
                      order=order, due=to_text(due), reason=reason, at=at)  # fmt: skip
    if isinstance(asked, c.Refused):
        return _refused(asked)
    name = fresh()
    with house.vault.under_order(KeyId(row.key_id)), house.store.unit_of_work() as work:
        _append(work, name, asked, key=row.key_id, by=by, role=role, at=at, version=0)
        work.tasks.add(
            kind="retention_decision", role="supervisor", submission=row.id, raised_at=at, due=due, task=TaskId(name)
        )
        if together is not None:
            together(work, name)
    tell_log(house)
    return {"request": name, "act": act, "submission": row.id, "answer": answer.kind if answer else "no rule in force",
            "rules": list(answer.rules) if answer else [], "citation": answer.citation if answer else None,
            "evidence": answer.evidence if answer else None, "due": to_text(due)}  # fmt: skip


def decide(house: House, name: str, *, granted: bool, reason_code: str, reason: str, by: Actor) -> dict[str, Any]:
    """A supervisor who did not ask grants or refuses. Raises NotFound, NotPermitted."""
    role = require(by, "decide_retention")
    at = house.clock.now()
    with house.store.reader() as reader:
        stream, row = _request(reader, name)
    state = r.replay_request(stream)
    said = r.decide(state, by=c.Actor(by.id, role), granted=granted, reason_code=reason_code, reason=reason, at=at)
    if isinstance(said, c.Refused):
        return _refused(said)
    with house.vault.under_order(KeyId(row.key_id)), house.store.unit_of_work() as work:
        _append(work, name, said, key=row.key_id, by=by, role=role, at=at, version=len(stream))
        work.tasks.done(name, at=at)
        if granted:
            work.tasks.add(kind="retention_execution", role="repository-owner", submission=row.id, raised_at=at,
                           due=task_due(house, "retention_execution", at), task=TaskId(execution_task(name)))  # fmt: skip
    tell_log(house)
    return {"request": name, "act": state.act, "granted": granted, "submission": row.id}


def execute(house: House, name: str, *, by: Actor) -> dict[str, Any]:
    """The repository's owner carries out what another person granted; returns the receipt. After a crash, again: it goes on.

    Raises NotFound, NotPermitted, UsageError while a detainer is open or the booking is worked on.
    """
    role = require(by, f"expunge:{CRIMINAL}")
    at = house.clock.now()
    with house.store.reader() as reader:
        stream, row = _request(reader, name)
    state = r.replay_request(stream)
    refused = r.may_execute(state, by=c.Actor(by.id, role))
    if refused is not None:
        return _refused(refused)
    if state.act == "delete":
        receipt = delete_booking(house, row.id, reason=f"request_{state.origin}", by=by, role=role, at=at)
    else:
        act = seal_booking if state.act == "seal" else unseal_booking
        receipt = act(house, row.id, request=name, by=by, role=role, at=at)
    receipt = {"request": name, **receipt}
    key = KeyId(f"retention-{name}")
    house.vault.create_key(key)
    done = r.executed(state, at=at, receipt={
        "receipt_sha256": receipt_digest(receipt), "objects": receipt["objects"], "keys": receipt["keys"],
        "encounters": receipt["encounters"], "gallery_generation": receipt["gallery_generation"],
        "unreadable_after": receipt.get("no_copy_readable_after")})  # fmt: skip
    with house.store.unit_of_work() as work:
        _append(work, name, done, key=key, by=by, role=role, at=at, version=len(stream))
        work.tasks.done(execution_task(name), at=at)
        if state.act == "delete":  # nothing is left to decide of this booking
            for task in work.tasks.list(submission=row.id):
                work.tasks.done(task.id, at=at)
        work.timers.done_for(events.SUBMISSION, row.id)
    tell_log(house)
    return {**receipt, "receipt_sha256": receipt_digest(receipt)}


def listing(house: House, *, by: Actor, open_only: bool = True) -> list[dict[str, Any]]:
    """Requests with what the rules said, where they stand, and when they are due; ids and places, no persons."""
    require(by, VIEW)
    found = []
    with house.store.reader() as reader:
        asked = list(reader.events(types=[events.RETENTION_REQUESTED]))
        for event in asked:
            if "*" not in by.oris and "agency" in by.roles and not in_scope(by, str(event.public["ori"])):
                continue
            state = r.replay_request(reader.stream(events.RETENTION, event.stream_id))
            row = reader.submissions.get(str(event.public["submission"]))
            gone = row is None or row.state == "expunged"
            if open_only and (state.executed or state.granted is False or gone):
                continue
            found.append(_line(event, state))
    return found


def _line(event: Recorded, state: r.RetentionState) -> dict[str, Any]:
    facts = {
        name: event.public.get(name)
        for name in ("act", "submission", "origin", "ori", "answer", "rules", "evidence", "due")
    }
    stands = "carried_out" if state.executed else {None: "undecided", True: "granted", False: "refused"}[state.granted]
    return {"request": event.stream_id, **facts, "stands": stands}


def review_dispositions(house: House, submission: str) -> list[dict[str, Any]]:
    """Ask the rules of the place after a disposition in the person's favour; a rule not yet met is asked again later.

    What an agency, a court or the person asked before and was refused is no answer to what the law requires. While such a
    request is under way the rules wait.
    Raises nothing for a booking still worked on: it is asked again. Returns the requests that were made.
    """
    at = house.clock.now()
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
        before = [
            r.replay_request(reader.stream(events.RETENTION, e.stream_id))
            for e in reader.events(types=[events.RETENTION_REQUESTED])
            if e.public["submission"] == submission
        ]
    if row is None or row.state == "expunged":
        return []
    if any(asked.origin == "rule" for asked in before):  # a person was asked by the law itself
        return []
    if house.vault.is_held_back(
        KeyId(row.key_id)
    ):  # nothing of it is read while it is sealed; the law is still to be asked
        _review_later(house, submission, at=at)
        return []
    if any(asked.granted is not False and not asked.executed for asked in before):
        # Another's request is under way; should it come to nothing, the law is still to be asked.
        _review_later(house, submission, at=at)
        return []
    facts = disposition_facts(house, row, at=at)
    if facts.get("disposition.all_charges_ended") is not True:
        return []
    for act, question in QUESTIONS.items():
        answer = ask_rules(house, row, question, facts, at=at)
        if answer is not None and answer.kind in {"required", "needs_person", "permitted"}:
            reason = "the rules were asked after a disposition"
            if "disposition.outcome" not in facts:
                reason += "; the charges ended differently, so a person reads what the law says of them together"
            return [_ask(house, row, act=act, origin="rule", reason=reason, by=SYSTEM,
                         role="system", order=None, answer=answer, question=question, at=at)]  # fmt: skip
        if answer is not None:  # not yet, as the place's own rule says
            break
    _review_later(house, submission, at=at)
    return []


def _review_later(house: House, submission: str, *, at: datetime) -> None:
    with house.store.unit_of_work() as work:
        work.timers.add(
            kind="retention_review", subject_stream=events.SUBMISSION, subject_id=submission, due_at=at + ASK_AGAIN
        )


def disposition_facts(house: House, row: Submission, *, at: datetime) -> dict[str, FactValue]:
    """What the booking's cases say of its charges' end: outcome, age in days, and whether all ended; absent where not known.

    The outcome is known only when every charge has one that stands and all are the same: a statute that speaks of "the charge"
    says nothing of charges that ended differently, and then a person reads it. The age is counted from the last of them.
    """
    day = day_at(history_of(house).jurisdiction(row.cri), at)
    for case in cases_of(house, row.id):
        with house.store.reader() as reader:
            state = replay(reader.stream(events.CASE, case, private=True))
        ended = [s for s in state.statements if s.kind == "disposition" and s.charge and s.speaks]
        if ended and state.charges:
            last = max(ended, key=lambda s: s.as_of)
            facts: dict[str, FactValue] = {
                "disposition.age_days": max(0, (day - date.fromisoformat(last.as_of)).days),
                "disposition.all_charges_ended": {x.id for x in state.charges} <= state.ended_charges,
            }
            stands = {s.charge: s.outcome for s in ended}
            outcomes = set(stands.values())
            if {x.id for x in state.charges} <= set(stands) and len(outcomes) == 1:
                facts["disposition.outcome"] = outcomes.pop()
            return facts
    return {}


def _request(reader: Reader, name: str) -> tuple[Sequence[Recorded], Submission]:
    stream = reader.stream(events.RETENTION, name)
    row = reader.submissions.get(str(stream[0].public["submission"])) if stream else None
    if row is None:
        raise NotFound(f"no request {name}; nothing was done. See `tenprint retention list`.")
    return stream, row


def _append(
    work: UnitOfWork, name: str, event: Event, *, key: str, by: Actor, role: str, at: datetime, version: int
) -> None:
    work.append(events.RETENTION, name, [event], expected=version, actor=by.id, role=role, purpose="redress", recorded_at=at,
                key=KeyId(key))  # fmt: skip


def execution_task(name: str) -> str:
    """Id of the task to carry a request out; the task to decide it has the request's own id."""
    return f"{name}-x"[:64]


def _refused(refused: c.Refused) -> dict[str, Any]:
    return {"refused": refused.code, "why": refused.why, "rule": refused.rule}
