"""The outbox: every event's entry for the log, written in the event's own transaction, taken by the log in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from tenprint.errors import StoreError
from tenprint.infra.store.mapping import many, one
from tenprint.infra.store.tables import EVENT, OUTBOX


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One entry. leaf: 65 bytes, 0x01 and the two hashes (design decision 4). leaf_index: from 0; None until taken."""

    position: int
    leaf: bytes
    leaf_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCounts:
    """How many entries wait for the log, and how many it has."""

    pending: int
    logged: int


class OutboxReads:
    """What may be asked of the outbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pending(self, limit: int | None = None) -> Sequence[OutboxRow]:
        """Entries that the log does not have yet, in order of commit."""
        query = select(OUTBOX).where(OUTBOX.c.leaf_index.is_(None)).order_by(OUTBOX.c.position).limit(limit)
        return many(self._connection, query, OutboxRow)

    def of_event(self, event_id: str) -> OutboxRow | None:
        """The entry of one event, or None for an unknown event."""
        query = select(OUTBOX).join(EVENT, EVENT.c.position == OUTBOX.c.position).where(EVENT.c.event_id == event_id)
        return one(self._connection, query, OutboxRow)

    def of_stream(self, stream: str, stream_id: str) -> Mapping[str, int | None]:
        """Event id -> index in the log (None until taken), of every event of one stream."""
        query = (
            select(EVENT.c.event_id, OUTBOX.c.leaf_index)
            .join(OUTBOX, EVENT.c.position == OUTBOX.c.position)
            .where(EVENT.c.stream == stream, EVENT.c.stream_id == stream_id)
        )
        return dict(self._connection.execute(query).all())

    def at_index(self, leaf_index: int) -> OutboxRow | None:
        """The event entry that stands at an index of the log, or None (a row entry stands there, or nothing)."""
        return one(self._connection, select(OUTBOX).where(OUTBOX.c.leaf_index == leaf_index), OutboxRow)

    def logged(self) -> int:
        """How many entries the log has taken."""
        return self.counts().logged

    def counts(self) -> OutboxCounts:
        """Pending and logged entries."""
        # Positions leave no gap and each has its entry (fsck checks both): only what is pending has to be counted.
        last = self._connection.execute(select(func.coalesce(func.max(OUTBOX.c.position), 0))).scalar_one()
        waiting = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.leaf_index.is_(None))
        pending = self._connection.execute(waiting).scalar_one()
        return OutboxCounts(pending=pending, logged=last - pending)


class Outbox(OutboxReads):
    """The outbox inside a unit of work."""

    def add(self, position: int, leaf: bytes) -> None:
        """Keep an event's entry; `UnitOfWork.append` does it for every event."""
        self._connection.execute(insert(OUTBOX).values(position=position, leaf=leaf))

    def taken(self, position: int, leaf_index: int) -> None:
        """The log has the entry at ``leaf_index``; the same again is no error. Raises StoreError on another index."""
        free = update(OUTBOX).where(OUTBOX.c.position == position, OUTBOX.c.leaf_index.is_(None))
        if self._connection.execute(free.values(leaf_index=leaf_index)).rowcount == 1:
            return
        row = one(self._connection, select(OUTBOX).where(OUTBOX.c.position == position), OutboxRow)
        if row is None or row.leaf_index != leaf_index:
            raise StoreError(
                f"the entry of event {position} is "
                f"{'unknown' if row is None else f'already at index {row.leaf_index}'}; "
                f"index {leaf_index} was not recorded. Run `tenprint doctor --fsck`."
            )
