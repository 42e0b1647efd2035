"""Timers: what falls due without anybody's doing. Setting one twice is the same as once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from tenprint.ids import fresh
from tenprint.infra.store.mapping import many, to_columns
from tenprint.infra.store.tables import TIMER


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One timer. kind: ``retention``, ``hold_expiry``, ``claim_due``, ``publish`` … state: open or done."""

    id: str
    kind: str
    subject_stream: str
    subject_id: str
    due_at: datetime
    state: str


class TimerReads:
    """What may be asked of the timers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def due(self, now: datetime, *, limit: int | None = None) -> Sequence[Timer]:
        """Open timers whose time has come, the earliest first."""
        query = select(TIMER).where(TIMER.c.state == "open", TIMER.c.due_at <= now)
        return many(self._connection, query.order_by(TIMER.c.due_at, TIMER.c.id).limit(limit), Timer)

    def for_subject(self, subject_stream: str, subject_id: str, *, open_only: bool = True) -> Sequence[Timer]:
        """The timers of one stream, the earliest first."""
        query = select(TIMER).where(TIMER.c.subject_stream == subject_stream, TIMER.c.subject_id == subject_id)
        if open_only:
            query = query.where(TIMER.c.state == "open")
        return many(self._connection, query.order_by(TIMER.c.due_at, TIMER.c.id), Timer)

    def next_due(self) -> datetime | None:
        """When the earliest open timer falls due, or None."""
        query = select(TIMER.c.due_at).where(TIMER.c.state == "open").order_by(TIMER.c.due_at).limit(1)
        due: datetime | None = self._connection.execute(query).scalar_one_or_none()
        return due


class Timers(TimerReads):
    """The timers inside a unit of work."""

    def add(self, *, kind: str, subject_stream: str, subject_id: str, due_at: datetime) -> str:
        """Set a timer; returns its id. The same kind, subject and due time again gives the timer that is there."""
        same = select(TIMER.c.id).where(
            TIMER.c.kind == kind,
            TIMER.c.subject_stream == subject_stream,
            TIMER.c.subject_id == subject_id,
            TIMER.c.due_at == due_at,
        )
        existing: str | None = self._connection.execute(same).scalar_one_or_none()
        if existing is not None:
            return existing
        row = Timer(
            id=fresh(), kind=kind, subject_stream=subject_stream, subject_id=subject_id, due_at=due_at, state="open"
        )
        self._connection.execute(insert(TIMER).values(to_columns(row)))
        return row.id

    def done(self, timer: str) -> bool:
        """Mark an open timer as done; False when it is not open (any more)."""
        still_open = update(TIMER).where(TIMER.c.id == timer, TIMER.c.state == "open")
        return self._connection.execute(still_open.values(state="done")).rowcount == 1

    def done_for(self, subject_stream: str, subject_id: str, *, kind: str | None = None) -> int:
        """Mark a subject's open timers, or those of one kind, as done; returns how many."""
        still_open = update(TIMER).where(
            TIMER.c.subject_stream == subject_stream, TIMER.c.subject_id == subject_id, TIMER.c.state == "open"
        )
        if kind is not None:
            still_open = still_open.where(TIMER.c.kind == kind)
        return self._connection.execute(still_open.values(state="done")).rowcount
