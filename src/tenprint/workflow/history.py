"""Criminal history at the desk: statements, corrections, findings, and the levels that are evaluated again by appending.

statement ──▶ event ──▶ each level given so far is evaluated again on what is known now (appended, marked with its cause)
                 └────▶ the officer's task: look at it, tell the person
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import FactInvalid, NoRuleInForce
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import UnitOfWork
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Recorded
from tenprint.refer.policy.levels import AggravatedFelonyFinding
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.casework import Acted, Follow, act, case_file, controlling_ori
from tenprint.workflow.deciding import level_of, place_of
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.offences import all_charges_ended, offences_of, with_mapping
from tenprint.workflow.participation import day_at
from tenprint.workflow.retention import review_dispositions
from tenprint.workflow.sealed import refuse_if_sealed


def state_history(
    house: House, case: CaseId, *, kind: str, source: str, as_of: date, reason: str, by: Actor, outcome: str | None = None,
    charge: str | None = None, about: int | None = None, item: Mapping[str, Value] | None = None, corrects: int | None = None,
) -> Acted:  # fmt: skip
    """One arrest, charge, disposition or sentence as one source says it; levels given so far are evaluated again.

    item: its details; a ``word`` in it is a class of the level policy in force, by which the acting person reads the source's own words.
    Raises UsageError for a word of none.
    """
    done = act(house, case, kind=s.StateHistory, by=by, make=lambda who, at, _: s.StateHistory(
        by=who, at=at, day=day_at(place_of(house, case)[0], at), kind=kind, source=source, as_of=as_of,  # type: ignore[arg-type]
        asserter=who.role, reason=reason, outcome=outcome, charge=charge, about=about, corrects=corrects,
        item=with_mapping(house.programme.rules, item or {}, on=day_at(place_of(house, case)[0], at))),
        follow=evaluated_again(house, case))  # fmt: skip
    if done.refused is None and outcome in s.FAVOURABLE:
        _review_now(house, case_file(house, case).submission)
    return done


def _review_now(house: House, submission: str) -> None:
    """Ask the rules of the place at once; whatever keeps it from being done, the timer set with the statement is tried again."""
    with house.store.reader() as reader:
        waiting = [t for t in reader.timers.for_subject(events.SUBMISSION, submission) if t.kind == "retention_review"]
    review_dispositions(house, submission)
    with house.store.unit_of_work() as work:
        for timer in waiting:
            work.timers.done(timer.id)


def find_aggravated_felony(
    house: House, case: CaseId, *, found: bool, clause: str, reason: str, statement: int | None = None, by: Actor
) -> Acted:
    """A named person's conclusion under one clause of INA 101(a)(43); never drawn from a code."""
    return act(house, case, kind=s.FindAggravatedFelony, by=by, make=lambda who, at, _: s.FindAggravatedFelony(
        by=who, at=at, found=found, clause=clause, reason=reason, statement=statement), follow=evaluated_again(house, case))  # fmt: skip


def withdraw_finding(house: House, case: CaseId, *, finding: int, reason: str, by: Actor) -> Acted:
    """A finding no longer stands."""
    return act(house, case, kind=s.WithdrawFinding, by=by, make=lambda who, at, _: s.WithdrawFinding(
        by=who, at=at, finding=finding, reason=reason), follow=evaluated_again(house, case))  # fmt: skip


def review_change(
    house: House, case: CaseId, *, person_told: bool, language: str | None, reason: str, by: Actor
) -> Acted:
    """An officer looked at what a changed history changes; person_told: in which language the person, or counsel, was told."""
    return act(house, case, kind=s.ReviewHistoryChange, by=by, make=lambda who, at, _: s.ReviewHistoryChange(
        by=who, at=at, person_told=person_told, language=language, reason=reason))  # fmt: skip


def evaluate_level(house: House, case: CaseId, *, policy: str, basis: str, stage: str, by: Actor) -> Acted:
    """Evaluate and append a level from what is on record, with the finding about an aggravated felony that stands."""
    return act(house, case, kind=c.RecordLevel, by=by,
               make=lambda who, at, _: _level(house, case, stream_of(house, case), who, at, policy=policy, basis=basis, stage=stage,
                                               after=None))  # fmt: skip


def _level(
    house: House, case: CaseId, stream: Sequence[Recorded], who: c.Actor, at: datetime, *, policy: str, basis: str, stage: str,
    after: str | None,
) -> c.RecordLevel:  # fmt: skip
    state = replay(stream)
    today = day_at(place_of(house, case)[0], at)
    on = today if after is None else house.programme.rules.latest_day_of(policy, today)
    level = level_of(house, policy, offences_of(stream, basis), basis=basis, on=on, stage=stage,
                     aggravated_felony=_finding(stream, state), conviction_known=state.conviction_known,
                     charges_ended=basis == "charge" and all_charges_ended(stream))  # fmt: skip
    return c.RecordLevel(by=who, at=at, policy=level.policy, policy_version=level.version, basis=level.basis, stage=level.stage,
                         level=level.level, evidence=level.evidence, inputs_hash=level.inputs_hash,
                         reasons=level.reasons if on == today else (*level.reasons, POLICY_ENDED),
                         on=level.evaluated_on, conviction_known=state.conviction_known, after=after)  # type: ignore[arg-type]  # fmt: skip


def _finding(stream: Sequence[Recorded], state: CaseState) -> AggravatedFelonyFinding | None:
    stands = state.aggravated_felony
    made = [e for e in stream if e.type == events.AGGRAVATED_FELONY_FOUND]
    if stands is None:
        return None
    return AggravatedFelonyFinding(
        found=stands.found, statute=f"INA 101(a)(43)({stands.clause})", found_by=made[stands.number - 1].actor
    )


POLICY_ENDED: Final = "The policy has ended; this is what it says, on its last day, of what is known now."
"""Reason of a level that was evaluated again after its policy ended. Source: the branch table's last row (domain 1.9)."""

CHANGES = {
    events.HISTORY_RECORDED: ("record", "record"),
    events.HISTORY_STATED: ("statement", "statement"),
    events.AGGRAVATED_FELONY_FOUND: ("finding", "finding"),
    events.AGGRAVATED_FELONY_WITHDRAWN: ("finding-withdrawn", "finding"),
}
"""Events after which levels are evaluated again: the word that names the change, and the public fact with its number."""


def evaluated_again(house: House, case: CaseId) -> Follow:
    """Evaluates again every level given so far if a change of history is recorded, in the transaction that records the change.

    The levels are appended, each marked with the change that caused it, at the stage it was given for: what was found at match
    stays what was found at match. A policy that has ended is asked as of its last day, which stands beside the level: what it said
    on a charge must not outlive the charge. A
    disposition in the person's favour sets the timer at which the rules of the place are asked.
    """

    def follow(work: UnitOfWork, stream: Sequence[Recorded], new: Sequence[Recorded], at: datetime) -> list[c.Command]:
        causes = [event for event in new if event.type in CHANGES]
        if not causes:
            return []
        cause = causes[-1]
        if cause.public.get("outcome") in s.FAVOURABLE:
            work.timers.add(
                kind="retention_review",
                subject_stream=events.SUBMISSION,
                subject_id=str(replay(stream).submission),
                due_at=at,
            )
        word, fact = CHANGES[cause.type]
        found: list[c.Command] = []
        for policy, basis, stage in _given(replay(stream)):
            try:
                found.append(_level(house, case, stream, c.Actor(SYSTEM.id, "system"), at, policy=policy, basis=basis, stage=stage,
                                    after=f"{word}-{cause.public[fact]!s}"))  # fmt: skip
            except (NoRuleInForce, FactInvalid):
                continue
        return found

    return follow


def _given(state: CaseState) -> list[tuple[str, str, str]]:
    return list(dict.fromkeys((level.policy, level.basis, level.stage) for level in state.levels))


def stream_of(house: House, case: CaseId) -> Sequence[Recorded]:
    """The case's events; read inside a write transaction they are those that it decides on, since nobody else can write then."""
    with house.store.reader() as reader:
        return reader.stream(events.CASE, case, private=True)


def show_history(house: House, case: CaseId, *, by: Actor) -> dict[str, Any]:
    """The case's history for its desk: records, statements, findings, and levels as they were given, with what changed them."""
    require(by, "view_case")
    file = case_file(house, case)
    require(by, "view_case", ori=controlling_ori(house, file))
    refuse_if_sealed(house, file)
    stream = stream_of(house, case)
    state = replay(stream)
    return {
        "case": case,
        "conviction_known": state.conviction_known,
        "rests_on": list(state.conviction_basis),
        "records": [{"record": h.number, "known": h.known, "convictions": h.convictions, "source": h.source, "as_of": h.as_of,
                     "corrected": h.corrected} for h in state.histories],
        "statements": [_shown(one, event) for one, event in
                       zip(state.statements, (e for e in stream if e.type == events.HISTORY_STATED), strict=True)],
        "findings": [{"finding": f.number, "found": f.found, "statute": f"INA 101(a)(43)({f.clause})", "withdrawn": f.withdrawn}
                     for f in state.findings],
        "levels": [{"policy": x.policy, "version": x.policy_version, "basis": x.basis, "stage": x.stage, "level": x.level,
                    "on": x.on, "conviction_known": x.conviction_known, "after": x.after} for x in state.levels],
        "waits_for_review": state.history_unreviewed,
    }  # fmt: skip


def _shown(one: s.Statement, event: Recorded) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "statement": one.number, "kind": one.kind, "outcome": one.outcome or None, "charge": one.charge or None,
        "about": one.about or None, "source": one.source, "as_of": one.as_of, "asserter": event.public.get("asserter"),
        "recorded": to_text(event.recorded_at), "fault": event.public.get("fault"), "corrects": event.public.get("corrects"),
        "corrected": one.corrected,
    }  # fmt: skip
    return facts | {"item": "expunged" if event.expunged else dict(one.item)}
