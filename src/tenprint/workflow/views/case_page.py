"""One case for its desk: candidates, clocks, levels, detainers, and the timeline with the rule beside each decision.

An examiner who may still conclude does not see what another concluded: the two must not know of each other's notes.
Scores are shown only to who has concluded, or once identity is settled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final

from tenprint.errors import NotFound
from tenprint.ids import CaseId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Recorded
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.tasks import open_kinds
from tenprint.workflow.casework import stage_of
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of
from tenprint.workflow.sealed import refuse_if_sealed
from tenprint.workflow.views.board import GateLine, gate_lines
from tenprint.workflow.views.case_record import RecordState, StatementLine, record_state, statement_lines
from tenprint.workflow.views.citations import Citation, citations, cited, span_cited
from tenprint.workflow.views.offers import (
    Offer,
    boxes_on,
    forms_on,
    may_conclude,
    offers,
    policies_on,
    priority_policies_on,
    words_on,
)
from tenprint.workflow.views.overdue import RELEASES
from tenprint.workflow.views.owed import NoticeLine, notices_of
from tenprint.workflow.views.prints import candidates_of, may_see_prints

READS_REASONS: Final = frozenset(
    {"status-specialist", "charge-officer", "field-officer", "supervisor", "auditor", "examiner"}
)
"""Roles that read the words behind a decision; the agencies that hold the person read its codes and rules."""

NOT_SHOWN: Final = frozenset(
    {"rules", "calendar", "evidence", "policy_evidence", "inputs_hash", "examiner", "coder", "task", "claim", "detainer",
     "submission", "supersedes"}
)  # fmt: skip
"""Facts that stand elsewhere on the page, or are random ids."""

REASON_FACTS: Final = ("reasons", "reason", "text", "specialist_note", "supervisor_reason", "note", "source")
"""Private facts that say why, in a person's words."""

SAME_MATTER: Final = {"hold": "hold_ends", "release": "release", "claim": "resolve_claim"}
"""Clock -> the task that says the same; it is not shown twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLine:
    """One candidate. score: None until this viewer has concluded, or identity is settled."""

    person: str
    rank: int
    zone: str
    fingers: int
    score: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockLine:
    """One running clock. kind: hold, claim, release or a task's kind; left_s: seconds left, negative when overdue."""

    kind: str
    role: str | None
    due: datetime
    left_s: int
    rules: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of the timeline. task: what was asked for, of TaskRaised. hidden: another examiner's conclusion, to one who may still conclude.

    times, since: how often the same alert was told in a row, and when first; the entry is the last of them.
    """

    at: datetime
    recorded_at: datetime
    type: str
    task: str | None
    role: str
    mine: bool
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    rules: tuple[Citation, ...]
    evidence: str | None
    hidden: bool
    expunged: bool
    times: int = 1
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityLine:
    """What an officer said under one policy. classes: code and the policy's own words; rules: the policy with its source."""

    policy: str
    policy_version: str
    kind: str
    basis: str
    stage: str
    value: str
    on: str
    evidence: str
    classes: tuple[tuple[str, str], ...]
    rules: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Everything that one person may see of one case. candidates: None when the list can't be read by anybody any more.

    zone_name: the time zone of the place. sees_prints: what the viewer's roles allow. waits_for: clocks that no role of the viewer must
    heed, with the role that must; a release that is due is among the clocks of everybody.
    """

    id: str
    stage: str
    repository: str
    place: str
    zone: str | None
    zone_name: str
    tz: tzinfo | None
    identity: str
    conclusions: int
    blind: bool
    sees_prints: bool
    candidates: tuple[CandidateLine, ...] | None
    status: str | None
    status_as_of: str | None
    clocks: tuple[ClockLine, ...]
    levels: tuple[Mapping[str, str], ...]
    priorities: tuple[PriorityLine, ...]
    detainers: tuple[Mapping[str, str | bool | None], ...]
    open_claims: tuple[str, ...]
    open_detainer: str | None
    gates: tuple[GateLine, ...]
    timeline: tuple[Entry, ...]
    offers: tuple[Offer, ...]
    forms: tuple[str, ...]
    boxes: tuple[str, ...]
    policies: tuple[str, ...]
    priority_policies: tuple[str, ...]
    words: tuple[str, ...]
    now: datetime
    in_custody: bool
    closed: bool
    notices: tuple[NoticeLine, ...]
    statements: tuple[StatementLine, ...]
    record: RecordState
    waits_for: tuple[ClockLine, ...]


def case_page(house: House, case: CaseId, *, by: Actor) -> CasePage:
    """The page's content. Raises NotFound, NotPermitted (no role, or another agency's case)."""
    require(by, "view_case")
    with house.store.reader() as reader:
        file = reader.cases.get(case)
        row = reader.submissions.get(file.submission) if file else None
        if file is None or row is None:
            raise NotFound(f"no case {case}; nothing was shown")
        require(by, "view_case", ori=row.cri)
        refuse_if_sealed(house, file)
        stream = reader.stream(events.CASE, case, private=True)
        gates = gate_lines(house, reader.stream(events.SUBMISSION, row.id))
        record = record_state(reader, row, citations(house), by=by)
    return _page(house, file, row, stream, gates, record, by=by)


def _page(
    house: House, file: CaseFile, row: Submission, stream: Sequence[Recorded], gates: tuple[GateLine, ...], record: RecordState, *,
    by: Actor,
) -> CasePage:  # fmt: skip
    state, now = replay(stream), house.clock.now()
    known = citations(house)
    place = history_of(house).jurisdiction(row.cri)
    blind = may_conclude(by, state)
    day = now.astimezone(place.zone).date() if place else now.date()
    waiting = state.open_detainer
    clocks = _clocks(house, state, now, stream, known)
    return CasePage(
        id=file.id, stage=stage_of(state), repository=file.repository, place=file.jurisdiction or "", zone=file.zone,
        zone_name=place.timezone if place else "UTC", tz=place.zone if place else None, identity=state.identity,
        conclusions=len(state.conclusions), blind=blind, sees_prints=may_see_prints(by),
        candidates=_candidates(house, file, state, by=by) if may_see_prints(by) else (),
        status=state.finding.status if state.finding else None,
        status_as_of=state.finding.as_of.isoformat() if state.finding and state.finding.as_of else None,
        clocks=clocks, levels=_levels(stream), priorities=_priorities(house, stream, known), detainers=_detainers(state),
        open_claims=tuple(claim.id for claim in state.claims if claim.upheld is None),
        open_detainer=waiting.id if waiting else None, gates=gates,
        timeline=_timeline(stream, known, by=by, blind=blind),
        offers=offers(by, state, ori=row.cri), forms=forms_on(house, day), boxes=boxes_on(house, day), policies=policies_on(house, day),
        priority_policies=priority_policies_on(house, day), words=words_on(house, day), now=now,
        in_custody=state.in_custody, closed=state.closed, notices=notices_of(house, CaseId(file.id), by=by),
        statements=statement_lines(state, stream, details=bool(READS_REASONS & set(by.roles))), record=record,
        waits_for=tuple(clock for clock in clocks if clock.role and clock.role not in by.roles),
    )  # fmt: skip


def _candidates(house: House, file: CaseFile, state: CaseState, *, by: Actor) -> tuple[CandidateLine, ...] | None:
    found = candidates_of(house, file)
    if found is None:
        return None
    settled = state.identity in {"established", "refuted"}
    told = settled or any(one.examiner == by.id for one in state.conclusions)
    return tuple(
        CandidateLine(person=x.person, rank=x.rank, zone=x.zone, fingers=x.common, score=x.score if told else None)
        for x in found
    )


def _clocks(
    house: House, state: CaseState, now: datetime, stream: Sequence[Recorded], known: Mapping[str, Citation]
) -> tuple[ClockLine, ...]:
    found = []
    hold = state.running_hold
    if hold is not None:
        begun = next((e for e in reversed(stream) if e.type == events.HOLD_BEGUN), None)
        ids = [hold.calendar, *_ids(begun.public.get("rules") if begun else None)]
        found.append(_clock("hold", None, hold.expires, now, cited(known, ids)))
    if state.release_due_at is not None and state.in_custody:
        found.append(_clock("release", RELEASES, state.release_due_at, now, ()))
    if state.open_claim is not None:
        found.append(_clock("claim", "supervisor", state.open_claim.due, now, ()))
    shown = {SAME_MATTER[clock.kind] for clock in found}
    waiting = frozenset[str]() if state.closed else open_kinds(state) - shown
    latest = {task.kind: task for task in state.tasks if task.kind in waiting}
    found += [
        _clock(
            task.kind,
            task.role,
            task.due,
            now,
            span_cited(house, known, task.kind, raised_at=task.raised_at, due=task.due),
        )
        for task in latest.values()
    ]
    return tuple(sorted(found, key=lambda clock: clock.due))


def _clock(kind: str, role: str | None, due: datetime, now: datetime, rules: tuple[Citation, ...]) -> ClockLine:
    return ClockLine(kind=kind, role=role, due=due, left_s=round((due - now).total_seconds()), rules=rules)


def _levels(stream: Sequence[Recorded]) -> tuple[Mapping[str, str], ...]:
    """Every level ever given, side by side: never compared, never overwritten."""
    return tuple(
        {
            name: str(e.public.get(name) or "")
            for name in ("policy", "policy_version", "basis", "stage", "level", "on", "evidence")
        }
        for e in stream
        if e.type == events.LEVEL_EVALUATED
    )


def _priorities(house: House, stream: Sequence[Recorded], known: Mapping[str, Citation]) -> tuple[PriorityLine, ...]:
    """What officers said under policies of priorities, side by side, each class in the policy's own words."""
    book = {(p.id, p.version): p for p in house.programme.rules.priority_policies}
    found = []
    for event in stream:
        if event.type != events.PRIORITY_DECIDED:
            continue
        named = ("policy", "policy_version", "basis", "stage", "value", "on", "evidence")
        facts = {name: str(event.public[name]) for name in named} | {"kind": str(event.public["policy_kind"])}
        policy = book.get((facts["policy"], facts["policy_version"]))
        says = {} if policy is None else {**{x.code: x.says for x in policy.classes}, **dict(policy.factors)}
        classes = tuple((code, says.get(code, "")) for code in _ids(event.public["classes"]))
        cites = cited(known, [f"{facts['policy']}/{facts['policy_version']}"])
        found.append(PriorityLine(**facts, classes=classes, rules=cites))
    return tuple(found)


def _detainers(state: CaseState) -> tuple[Mapping[str, str | bool | None], ...]:
    return tuple(
        {"id": d.id, "form": d.form, "in_effect": state.in_effect(d), "served": d.served_at is not None, "answer": d.answer,
         "ended": d.ended, "warrant": d.warrant}
        for d in state.detainers
    )  # fmt: skip


def _timeline(
    stream: Sequence[Recorded], known: Mapping[str, Citation], *, by: Actor, blind: bool
) -> tuple[Entry, ...]:
    """Newest first. Hourly alerts that follow each other are one entry: hundreds of them would bury what people did."""
    found: list[Entry] = []
    for event in reversed(stream):
        entry = _entry(event, known, by=by, blind=blind)
        if found and event.type == found[-1].type == events.RELEASE_OVERDUE:
            found[-1] = replace(found[-1], times=found[-1].times + 1, since=entry.at)
        else:
            found.append(entry)
    return tuple(found)


def _entry(event: Recorded, known: Mapping[str, Citation], *, by: Actor, blind: bool) -> Entry:
    hidden = blind and event.type == events.CONCLUSION_RECORDED and event.actor != by.id
    facts = {} if hidden else event.public
    task = str(facts["kind"]) if event.type == events.TASK_RAISED else None
    shown = tuple(
        (name, _text(value))
        for name, value in facts.items()
        if name not in NOT_SHOWN and not (task and name == "kind") and value not in (None, "", [])
    )
    reads = not hidden and bool(READS_REASONS & set(by.roles))
    said = [(event.private or {}).get(name) for name in REASON_FACTS] if reads else []
    evidence = facts.get("evidence")
    return Entry(
        at=event.effective_at, recorded_at=event.recorded_at, type=event.type, task=task, role=event.role, mine=event.actor == by.id, facts=shown,
        reasons=tuple(str(text) for text in said if text), rules=cited(known, [] if hidden else _rules(facts)),
        evidence=str(evidence) if isinstance(evidence, str) and evidence else None, hidden=hidden, expunged=event.expunged,
    )  # fmt: skip


def _rules(facts: Mapping[str, Value]) -> list[str]:
    """The ids of what decided: rules and documents, the clock, the level policy."""
    policy = facts.get("policy")
    return [*_ids(facts.get("rules")), *_ids(facts.get("calendar")), *([str(policy)] if policy else [])]


def _ids(value: Value) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
