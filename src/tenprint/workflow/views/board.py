"""The intake board: how far submissions are, what the gate said of each, and what waits for whom. No person is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tenprint.errors import NotPermitted
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.refer.participation.gate import REASONS
from tenprint.workflow.house import House
from tenprint.workflow.steps import STEPS
from tenprint.workflow.views.citations import Citation, citations, cited
from tenprint.workflow.views.overdue import OverdueLine, overdue_lines

NEWEST = 40
"""Submissions shown. Set by: about two screens; the counts above them cover all."""

MOST_CASES = 100
"""Open cases shown, oldest first. Set by: the reads that one page may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLine:
    """What the gate said of one repository. searched: whether it said so; says: the reason as a sentence."""

    repository: str
    answer: str
    searched: bool
    reason: str
    says: str
    basis: str | None
    evidence: str | None
    documents: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionLine:
    """One submission without its person."""

    id: str
    received_at: datetime
    state: str
    tot: str
    place: str | None
    answer: str | None
    error: str | None
    error_field: str | None
    gates: tuple[GateLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One open case without its person."""

    id: str
    repository: str
    place: str | None
    stage: str
    zone: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One open task. overdue: by the programme's clock; mine: its role is one of the viewer's."""

    kind: str
    role: str
    due: datetime | None
    overdue: bool
    case: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one person may see. counts, newest: None without leave to view the work; tasks, cases: None without cases.

    overdue: who is held although release is due. profile: the participation profile in use. now: the programme's time.
    """

    now: datetime
    profile: str
    counts: tuple[tuple[str, int], ...] | None
    newest: tuple[SubmissionLine, ...] | None
    tasks: tuple[tuple[str, tuple[TaskLine, ...]], ...] | None
    cases: tuple[CaseLine, ...] | None
    overdue: tuple[OverdueLine, ...] | None


def board(house: House, *, by: Actor, profile: str) -> Board:
    """The board for one person. Raises nothing for lack of leave: the part is None, and the page says so."""
    now = house.clock.now()
    with house.store.reader() as reader:
        works = may(by, "view_work")
        sees = may(by, "view_case")
        return Board(
            now=now,
            profile=profile,
            counts=_counts(reader) if works else None,
            newest=_newest(house, reader) if works else None,
            tasks=_tasks(reader, by, now) if sees else None,
            cases=_cases(reader, by) if sees else None,
            overdue=overdue_lines(house, reader, by=by) if sees else None,
        )


def may(by: Actor, action: str, *, ori: str | None = None) -> bool:
    """Whether the table of access lets this person; the same question as `require`, as a value."""
    try:
        require(by, action, ori=ori)
    except NotPermitted:
        return False
    return True


def _counts(reader: Reader) -> tuple[tuple[str, int], ...]:
    found = dict(reader.submissions.count_by_state())
    always = [*STEPS, "closed", "refused"]
    return tuple((state, found.get(state, 0)) for state in [*always, *sorted(set(found) - set(always))])


def _newest(house: House, reader: Reader) -> tuple[SubmissionLine, ...]:
    known = citations(house)
    rows = reader.submissions.list(limit=NEWEST)
    return tuple(_line(row, _gates(reader.stream(events.SUBMISSION, row.id), known)) for row in rows)


def gate_lines(house: House, stream: Sequence[Recorded]) -> tuple[GateLine, ...]:
    """What the gate said of each repository in a submission's stream."""
    return _gates(stream, citations(house))


def _gates(stream: Sequence[Recorded], known: Mapping[str, Citation]) -> tuple[GateLine, ...]:
    return tuple(_gate(event, known) for event in stream if event.type == events.GATE_DECIDED)


def _line(row: Submission, gates: tuple[GateLine, ...]) -> SubmissionLine:
    return SubmissionLine(
        id=row.id, received_at=row.received_at, state=row.state, tot=row.tot, place=row.jurisdiction, answer=row.answer_kind,
        error=row.error_code, error_field=row.error_field, gates=gates,
    )  # fmt: skip


def _gate(event: Recorded, known: Mapping[str, Citation]) -> GateLine:
    facts = event.public
    reason = str(facts["reason"])
    rules = facts.get("rules")
    ids = [str(rule) for rule in rules] if isinstance(rules, list | tuple) else []
    return GateLine(
        repository=str(facts["repository"]), answer=str(facts["answer"]), searched=facts["searched"] is True, reason=reason,
        says=REASONS.get(reason, reason), basis=None if facts["basis"] is None else str(facts["basis"]),
        evidence=None if facts["evidence"] is None else str(facts["evidence"]),
        documents=cited(known, ids),
    )  # fmt: skip


def _tasks(reader: Reader, by: Actor, now: datetime) -> tuple[tuple[str, tuple[TaskLine, ...]], ...]:
    grouped: dict[str, list[TaskLine]] = {}
    for task in reader.tasks.list():
        row = reader.submissions.get(task.submission) if task.submission else None
        if not may(by, "view_case", ori=row.cri if row else None):
            continue
        overdue = task.due is not None and task.due < now
        line = TaskLine(kind=task.kind, role=task.role, due=task.due, overdue=overdue, case=task.case_id,
                        place=row.jurisdiction if row else None)  # fmt: skip
        grouped.setdefault(task.role, []).append(line)
    own_first = sorted(grouped, key=lambda role: (role not in by.roles, role))
    return tuple((role, tuple(grouped[role])) for role in own_first)


def _cases(reader: Reader, by: Actor) -> tuple[CaseLine, ...]:
    lines = []
    for file in reader.cases.list(open_only=True):
        row = reader.submissions.get(file.submission)
        if may(by, "view_case", ori=row.cri if row else None):
            lines.append(CaseLine(id=file.id, repository=file.repository, place=file.jurisdiction, stage=file.stage, zone=file.zone,
                                  opened_at=file.opened_at))  # fmt: skip
        if len(lines) == MOST_CASES:
            break
    return tuple(lines)
