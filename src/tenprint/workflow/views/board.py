"""The intake board: how far submissions are, what the gate said of each, and what waits for whom. No person is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tenprint.errors import NotPermitted
from tenprint.ids import KeyId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.refer.participation.gate import REASONS
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of
from tenprint.workflow.retention import VIEW
from tenprint.workflow.steps import STEPS
from tenprint.workflow.views.citations import Citation, citations, cited, span_cited
from tenprint.workflow.views.overdue import OverdueLine, overdue_lines

SHORT = 5
"""Lines of each part of the overview, and tasks of one role. Set by: all of it on three screens of a phone; the headings count all."""

PAGE = 25
"""Lines on a page of one part. Set by: a page of 300 kB with what the gate said of each submission."""

PARTS = ("tasks", "cases", "submissions")
"""The parts of the board that can be opened alone, page by page."""

OF_REQUESTS = ("retention_decision", "retention_execution")
"""Kinds of tasks that are about a request and not about a case; their ids are the request's (`retention.execution_task`)."""

OF_CARDS = "card/"
"""How kinds of tasks begin that are about a card and not about a case."""

OWN = "own"
"""Value of the filter by role: only the viewer's own roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the viewer asks for. role: one role, ``own``, or empty for all; place: a place's name, or empty; late: only overdue tasks.

    kind: one kind of task, or empty. part: one of `PARTS` alone, page by page (from 1), or empty for the overview.
    """

    role: str = ""
    place: str = ""
    late: bool = False
    kind: str = ""
    part: str = ""
    page: int = 1

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.role or self.place or self.late or self.kind)

    @property
    def size(self) -> int:
        """Lines shown of each part."""
        return PAGE if self.part else SHORT

    def page_of(self, count: int) -> int:
        """The page that is shown of so many lines: the one asked for, or the nearest that there is."""
        return max(1, min(self.page, -(-count // self.size))) if self.part else 1

    def slice_of(self, count: int) -> slice:
        """Which of so many lines are shown."""
        first = (self.page_of(count) - 1) * self.size
        return slice(first, first + self.size)


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
    tz: tzinfo | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """One open task. raised_at: since when it waits; left_s: seconds until due, negative when overdue; tz: the place's zone.

    request: the request to seal or delete that it is about, of whoever sees such requests; card: the submission whose card is in doubt, of
    whoever sees prints. rules: why it is due then, of a task with a span.
    """

    kind: str
    role: str
    raised_at: datetime
    due: datetime | None
    left_s: int | None
    case: str | None
    place: str | None
    tz: tzinfo | None
    request: str | None = None
    card: str | None = None
    rules: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCount:
    """One kind of task under the filter by role and place: how many wait, and how many of them are overdue."""

    kind: str
    role: str
    mine: bool
    count: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for one role. count, late: all that the filter leaves, and how many of them are overdue; tasks: the first of them."""

    role: str
    count: int
    late: int
    tasks: tuple[TaskLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one person may see. counts, newest: None without leave to view the work; tasks, cases: None without cases.

    overdue: who is held although release is due. profile: the participation profile in use. now: the programme's time.
    open_cases, submissions: how many there are (of cases: that fit the filter). kinds: what waits, by kind: the viewer's and the overdue
    first. line, open_tasks: the tasks of all roles together and their count, where that part is opened alone. page, pages: of the
    part that is. roles, places: what the filter can choose from.
    """

    now: datetime
    profile: str
    counts: tuple[tuple[str, int], ...] | None
    newest: tuple[SubmissionLine, ...] | None
    tasks: tuple[Queue, ...] | None
    cases: tuple[CaseLine, ...] | None
    open_cases: int
    submissions: int
    kinds: tuple[KindCount, ...]
    line: tuple[TaskLine, ...]
    open_tasks: int
    page: int
    pages: int
    overdue: tuple[OverdueLine, ...] | None
    wanted: Wanted
    roles: tuple[str, ...]
    places: tuple[str, ...]


def board(house: House, *, by: Actor, profile: str, wanted: Wanted = Wanted()) -> Board:
    """The board for one person. Raises nothing for lack of leave: the part is None, and the page says so."""
    now = house.clock.now()
    with house.store.reader() as reader:
        works, sees = may(by, "view_work"), may(by, "view_case")
        lines = _lines(house, reader, by, now) if sees else []
        everywhere = _cases(house, reader, by) if sees else []
        cases = [case for case in everywhere if wanted.place in {"", case.place}]
        fitting = [line for line in lines if _fits(line, by, wanted)]
        ordered = sorted((x for x in fitting if wanted.kind in {"", x.kind}), key=lambda x: x.role not in by.roles)
        submissions = sum(reader.submissions.count_by_state().values()) if works else 0
        count = {"tasks": len(ordered), "cases": len(cases), "submissions": submissions}.get(wanted.part, 0)
        return Board(
            now=now,
            profile=profile,
            counts=_counts(reader) if works else None,
            newest=_newest(house, reader, wanted.slice_of(submissions)) if works else None,
            tasks=_queues(ordered, by) if sees else None,
            line=tuple(ordered[wanted.slice_of(len(ordered))]) if wanted.part == "tasks" else (),
            open_tasks=len(ordered),
            kinds=_kinds(fitting, by),
            cases=tuple(cases[wanted.slice_of(len(cases))]) if sees else None,
            open_cases=len(cases),
            submissions=submissions,
            page=wanted.page_of(count),
            pages=max(1, -(-count // wanted.size)),
            overdue=overdue_lines(house, reader, by=by) if sees else None,
            wanted=wanted,
            roles=tuple(sorted({line.role for line in lines})),
            places=tuple(sorted({p for p in (*(x.place for x in lines), *(x.place for x in everywhere)) if p})),
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


def _newest(house: House, reader: Reader, which: slice) -> tuple[SubmissionLine, ...]:
    known = citations(house)
    rows = reader.submissions.list(limit=which.stop - which.start, offset=which.start)
    return tuple(
        _sealed_line(row)
        if house.vault.is_held_back(KeyId(row.key_id))
        else _line(row, _gates(reader.stream(events.SUBMISSION, row.id), known))
        for row in rows
    )


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


def _sealed_line(row: Submission) -> SubmissionLine:
    """A sealed booking: that it came, and no more (ADR 0013)."""
    return SubmissionLine(id=row.id, received_at=row.received_at, state="sealed", tot=row.tot, place=None, answer=None,
                          error=None, error_field=None, gates=())  # fmt: skip


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


def _lines(house: House, reader: Reader, by: Actor, now: datetime) -> list[TaskLine]:
    """Every open task that this person may see, by due time."""
    history, known = history_of(house), citations(house)
    sees_prints = may(by, "conclude") or may(by, "resolve_identity")
    rows: dict[str, Submission | None] = {}
    found = []
    for task in reader.tasks.list():
        if task.submission and task.submission not in rows:
            rows[task.submission] = reader.submissions.get(task.submission)
        row = rows.get(task.submission) if task.submission else None
        if not may(by, "view_case", ori=row.cri if row else None):
            continue
        place = history.jurisdiction(row.cri) if row else None
        found.append(TaskLine(
            kind=task.kind, role=task.role, raised_at=task.raised_at, due=task.due,
            left_s=round((task.due - now).total_seconds()) if task.due else None, case=task.case_id,
            place=row.jurisdiction if row else None, tz=place.zone if place else None,
            request=task.id.removesuffix("-x") if task.kind in OF_REQUESTS and may(by, VIEW, ori=row.cri if row else None) else None,
            rules=span_cited(house, known, task.kind, raised_at=task.raised_at, due=task.due),
            card=task.submission if task.kind.startswith(OF_CARDS) and sees_prints else None,
        ))  # fmt: skip
    return found


def _late(line: TaskLine) -> bool:
    return line.left_s is not None and line.left_s < 0


def _fits(line: TaskLine, by: Actor, wanted: Wanted) -> bool:
    of_role = wanted.role in {"", line.role} or (wanted.role == OWN and line.role in by.roles)
    return of_role and wanted.place in {"", line.place} and (_late(line) or not wanted.late)


def _kinds(lines: Sequence[TaskLine], by: Actor) -> tuple[KindCount, ...]:
    """The viewer's own kinds first, then those with the most overdue."""
    grouped: dict[tuple[str, str], list[TaskLine]] = {}
    for line in lines:
        grouped.setdefault((line.kind, line.role), []).append(line)
    found = [
        KindCount(kind=kind, role=role, mine=role in by.roles, count=len(group), late=sum(map(_late, group)))
        for (kind, role), group in grouped.items()
    ]
    return tuple(sorted(found, key=lambda x: (not x.mine, -x.late, -x.count, x.kind)))


def _queues(lines: Sequence[TaskLine], by: Actor) -> tuple[Queue, ...]:
    """The tasks that are wanted, by role: the viewer's own roles first."""
    grouped: dict[str, list[TaskLine]] = {}
    for line in lines:
        grouped.setdefault(line.role, []).append(line)
    own_first = sorted(grouped, key=lambda role: (role not in by.roles, role))
    return tuple(
        Queue(
            role=role, count=len(grouped[role]), tasks=tuple(grouped[role][:SHORT]), late=sum(map(_late, grouped[role]))
        )
        for role in own_first
    )


def _cases(house: House, reader: Reader, by: Actor) -> list[CaseLine]:
    history = history_of(house)
    lines = []
    for file in reader.cases.list(open_only=True):
        row = reader.submissions.get(file.submission)
        if row is not None and may(by, "view_case", ori=row.cri):
            place = history.jurisdiction(row.cri)
            lines.append(CaseLine(id=file.id, repository=file.repository, place=file.jurisdiction, stage=file.stage, zone=file.zone,
                                  opened_at=file.opened_at, tz=place.zone if place else None))  # fmt: skip
    return lines
