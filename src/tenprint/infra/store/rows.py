"""Row entries: the columns that a month's release opens, committed to when the month closes (design decision 4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from tenprint.errors import StoreError
from tenprint.infra.store.mapping import many, one, to_columns
from tenprint.infra.store.tables import EVENT, ROW_ENTRY


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEntry:
    """One event's row. month: the release, ``2011-06``. leaf_hash: SHA-256(salt || row). leaf_index: from 0."""

    event_position: int
    month: str
    row: bytes
    salt: bytes
    leaf_hash: bytes
    leaf_index: int | None = None


class RowReads:
    """What may be asked of the row entries."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def for_month(self, month: str) -> Sequence[RowEntry]:
        """The rows of one release, in order of hash, as the log has them."""
        query = select(ROW_ENTRY).where(ROW_ENTRY.c.month == month).order_by(ROW_ENTRY.c.leaf_hash)
        return many(self._connection, query, RowEntry)

    def of_position(self, event_position: int) -> RowEntry | None:
        """The row of one event, or None while it waits for a close."""
        return one(self._connection, select(ROW_ENTRY).where(ROW_ENTRY.c.event_position == event_position), RowEntry)

    def unlogged(self) -> Sequence[RowEntry]:
        """Rows that the log does not have yet, in order of hash."""
        query = (
            select(ROW_ENTRY).where(ROW_ENTRY.c.leaf_index.is_(None)).order_by(ROW_ENTRY.c.month, ROW_ENTRY.c.leaf_hash)
        )
        return many(self._connection, query, RowEntry)

    def logged(self) -> int:
        """How many rows the log has taken."""
        return self._connection.execute(select(func.count(ROW_ENTRY.c.leaf_index))).scalar_one()

    def months(self) -> Sequence[str]:
        """Months that have rows, in order."""
        return tuple(
            self._connection.execute(select(ROW_ENTRY.c.month).distinct().order_by(ROW_ENTRY.c.month)).scalars()
        )

    def positions_without(self, *, recorded_before: datetime | None = None, limit: int | None = None) -> Sequence[int]:
        """Positions of events that no close has taken yet, in order; late events are among them."""
        query = (
            select(EVENT.c.position)
            .outerjoin(ROW_ENTRY, ROW_ENTRY.c.event_position == EVENT.c.position)
            .where(ROW_ENTRY.c.event_position.is_(None))
            .order_by(EVENT.c.position)
            .limit(limit)
        )
        if recorded_before is not None:
            query = query.where(EVENT.c.recorded_at < recorded_before)
        return tuple(self._connection.execute(query).scalars())


class Rows(RowReads):
    """The row entries inside a unit of work."""

    def add_many(self, rows: Iterable[RowEntry]) -> int:
        """Keep a close's rows; returns how many. An event that has a row already is refused with StoreError."""
        values = [to_columns(row) for row in rows]
        if values:
            self._connection.execute(insert(ROW_ENTRY), values)
        return len(values)

    def logged_at(self, event_position: int, leaf_index: int) -> None:
        """The log has the row at ``leaf_index``; the same again is no error. Raises StoreError on another index."""
        free = update(ROW_ENTRY).where(ROW_ENTRY.c.event_position == event_position, ROW_ENTRY.c.leaf_index.is_(None))
        if self._connection.execute(free.values(leaf_index=leaf_index)).rowcount == 1:
            return
        row = self.of_position(event_position)
        if row is None or row.leaf_index != leaf_index:
            raise StoreError(
                f"the row of event {event_position} is "
                f"{'unknown' if row is None else f'already at index {row.leaf_index}'}; "
                f"index {leaf_index} was not recorded. Run `tenprint doctor --fsck`."
            )
