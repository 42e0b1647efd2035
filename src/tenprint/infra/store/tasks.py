"""Tasks: what a named role must look at, by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from tenprint.ids import TaskId, fresh
from tenprint.infra.store.mapping import many, one, to_columns
from tenprint.infra.store.tables import TASK


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. state: open or done; due: None when no time was set."""

    id: str
    case_id: str | None
    submission: str | None
    kind: str
    role: str
    due: datetime | None
    state: str
    raised_at: datetime
    done_at: datetime | None = None


class TaskReads:
    """What may be asked of the tasks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, task: str) -> Task | None:
        """The row, or None."""
        return one(self._connection, select(TASK).where(TASK.c.id == task), Task)

    def list(
        self,
        *,
        open_only: bool = True,
        role: str | None = None,
        case_id: str | None = None,
        submission: str | None = None,
        overdue_at: datetime | None = None,
    ) -> Sequence[Task]:
        """Tasks by due time, those without one last, then in order of raising."""
        query = select(TASK).order_by(TASK.c.due.is_(None), TASK.c.due, TASK.c.raised_at, TASK.c.id)
        if open_only:
            query = query.where(TASK.c.state == "open")
        if role is not None:
            query = query.where(TASK.c.role == role)
        if case_id is not None:
            query = query.where(TASK.c.case_id == case_id)
        if submission is not None:
            query = query.where(TASK.c.submission == submission)
        if overdue_at is not None:
            query = query.where(TASK.c.due <= overdue_at)
        return many(self._connection, query, Task)


class Tasks(TaskReads):
    """The tasks inside a unit of work."""

    def add(
        self,
        *,
        kind: str,
        role: str,
        raised_at: datetime,
        case_id: str | None = None,
        submission: str | None = None,
        due: datetime | None = None,
        task: TaskId | None = None,
    ) -> TaskId:
        """Raise a task; returns its id, ``task`` if one was given (the id that its event carries)."""
        name = task or TaskId(fresh())
        row = Task(
            id=name,
            case_id=case_id,
            submission=submission,
            kind=kind,
            role=role,
            due=due,
            state="open",
            raised_at=raised_at,
        )
        self._connection.execute(insert(TASK).values(to_columns(row)))
        return name

    def done(self, task: str, *, at: datetime) -> bool:
        """Mark an open task as done; False when it is not open (any more)."""
        still_open = update(TASK).where(TASK.c.id == task, TASK.c.state == "open")
        return self._connection.execute(still_open.values(state="done", done_at=at)).rowcount == 1

    def done_for_case(self, case_id: str, *, at: datetime, kind: str | None = None) -> int:
        """Mark a case's open tasks, or those of one kind, as done; returns how many."""
        still_open = update(TASK).where(TASK.c.case_id == case_id, TASK.c.state == "open")
        if kind is not None:
            still_open = still_open.where(TASK.c.kind == kind)
        return self._connection.execute(still_open.values(state="done", done_at=at)).rowcount
