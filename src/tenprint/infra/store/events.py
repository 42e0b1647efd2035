"""The event table: append in order, read back, and open what was committed to.

The log's entry of an event is 0x01 || SHA-256(s1 || public half) || SHA-256(s2 || private half) (design decision 4).
s1 is in the row; s2 and the private half are one sealed object under the encounter's key, destroyed with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Select, func, insert, select
from sqlalchemy.engine import Row

from tenprint.errors import KeyDestroyed, KeySealed, NotFound, ObjectDamaged, StoreError, StreamMoved, UsageError
from tenprint.ids import SALT_BYTES, ActorId, EventId, KeyId, ObjectId, fresh, fresh_salt
from tenprint.infra.store.tables import EVENT, OUTBOX, ROW_ENTRY
from tenprint.model import canonical
from tenprint.model.events import CATALOGUE, Event, Recorded, private_half, recorded_public_half
from tenprint.model.protocols import SealedTogether, Sealer

EVENT_ENTRY: Final = b"\x01"
"""First byte of an event's entry in the log. Source: design decision 4."""

PAGE: Final = 500
"""Events read at once. Set by: bounds memory; any value gives the same events."""

Opening: TypeAlias = "tuple[bytes, bytes, bytes | tuple[bytes, bytes]]"
"""(s1, public half, (s2, private half)); once expunged, (s1, public half, h2)."""


def entry(h1: bytes, h2: bytes) -> bytes:
    """The log's 65-byte entry of an event, from the hashes of its halves."""
    return EVENT_ENTRY + h1 + h2


def commitment(salt: bytes, half: bytes) -> bytes:
    """SHA-256 over salt and half, 32 bytes."""
    return hashlib.sha256(salt + half).digest()


class EventReads:
    """What may be asked of the events."""

    def __init__(self, connection: Connection, sealer: Sealer | SealedTogether) -> None:
        self._connection = connection
        self._sealer = sealer

    def version(self, stream: str, stream_id: str) -> int:
        """Version of the last event of a stream; 0 when there is none."""
        query = select(func.max(EVENT.c.version)).where(EVENT.c.stream == stream, EVENT.c.stream_id == stream_id)
        return self._connection.execute(query).scalar_one() or 0

    def last_position(self) -> int:
        """Position of the last event of all; 0 when there is none."""
        return self._connection.execute(select(func.max(EVENT.c.position))).scalar_one() or 0

    def last_recorded_at(self) -> datetime | None:
        """When the newest event was recorded; None where there is none."""
        query = select(EVENT.c.recorded_at).order_by(EVENT.c.position.desc()).limit(1)
        found: datetime | None = self._connection.execute(query).scalar_one_or_none()
        return found

    def first_of(self, stream: str, stream_ids: Collection[str]) -> Mapping[str, Recorded]:
        """Stream id -> its first event, private half not asked for; absent where there is no such stream."""
        query = select(EVENT).where(
            EVENT.c.stream == stream, EVENT.c.stream_id.in_(sorted(stream_ids)), EVENT.c.version == 1
        )
        return {row.stream_id: recorded_from(row) for row in self._connection.execute(query)}

    def stream(self, stream: str, stream_id: str, *, private: bool = False) -> list[Recorded]:
        """The events of one stream in order; empty for one that is not there."""
        query = select(EVENT).where(EVENT.c.stream == stream, EVENT.c.stream_id == stream_id).order_by(EVENT.c.version)
        return [self._recorded(row, private=private) for row in self._connection.execute(query).all()]

    def events(
        self,
        *,
        after: int = 0,
        types: Collection[str] | None = None,
        stream: str | None = None,
        recorded_before: datetime | None = None,
        without_row: bool = False,
        limit: int | None = None,
        private: bool = False,
    ) -> Iterator[Recorded]:
        """Events in order of commit, read page by page. without_row: only those that no month's close has taken."""
        query: Select[Any] = select(EVENT)
        if types is not None:
            query = query.where(EVENT.c.type.in_(sorted(types)))
        if stream is not None:
            query = query.where(EVENT.c.stream == stream)
        if recorded_before is not None:
            query = query.where(EVENT.c.recorded_at < recorded_before)
        if without_row:
            query = query.where(~select(1).where(ROW_ENTRY.c.event_position == EVENT.c.position).exists())
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self._connection.execute(
                query.where(EVENT.c.position > after).order_by(EVENT.c.position).limit(size)
            ).all()
            for row in page:
                yield self._recorded(row, private=private)
            if len(page) < size:
                return
            after = page[-1].position
            left = None if left is None else left - size

    def event(self, event_id: str, *, private: bool = False) -> Recorded:
        """One event. Raises NotFound."""
        return self._recorded(self._row(event_id), private=private)

    def opening(self, event_id: str) -> Opening:
        """What opens an event's entry to an auditor. Raises NotFound, or what the vault raises for a lost object."""
        row = self._row(event_id)
        public = recorded_public_half(self._recorded(row, private=False))
        try:
            return row.s1, public, self.unseal(row.key_id, row.private_object)
        except (KeyDestroyed, KeySealed):
            return row.s1, public, row.h2

    def public_opening(self, event_id: str) -> tuple[bytes, bytes, bytes]:
        """(s1, public half, h2): opens the public half of an event's entry and nothing else. Raises NotFound."""
        row = self._row(event_id)
        return row.s1, recorded_public_half(self._recorded(row, private=False)), row.h2

    def unseal(self, key_id: str, private_object: str) -> tuple[bytes, bytes]:
        """(s2, private half) of a sealed object. Raises KeyDestroyed once expunged."""
        content = self._sealer.open(KeyId(key_id), ObjectId(private_object))
        if len(content) < SALT_BYTES:
            raise ObjectDamaged(
                f"object {private_object} is too short for a salt and a private half; nothing of it was used"
            )
        return content[:SALT_BYTES], content[SALT_BYTES:]

    def _row(self, event_id: str) -> Row[Any]:
        row = self._connection.execute(select(EVENT).where(EVENT.c.event_id == event_id)).one_or_none()
        if row is None:
            raise NotFound(f"no event {event_id}")
        return row

    def _recorded(self, row: Row[Any], *, private: bool) -> Recorded:
        recorded = recorded_from(row)
        if not private:
            return recorded
        try:
            _, half = self.unseal(row.key_id, row.private_object)
        except KeyDestroyed:
            return replace(recorded, expunged=True)
        except KeySealed:
            return replace(recorded, sealed=True)
        return replace(recorded, private=_private_facts(half, recorded))


class EventWrites(EventReads):
    """The events inside a unit of work. Their private halves are kept together, with one flush, by `keep_sealed`."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._together = sealer.together()
        super().__init__(connection, self._together)
        self._last_position: int | None = None  # this is the only writer: what it wrote last stays last

    def keep_sealed(self) -> None:
        """Make the private halves durable: called before the transaction commits, so that none is missing after it."""
        self._together.keep()

    def append(
        self,
        stream: str,
        stream_id: str,
        events: Sequence[Event],
        *,
        expected: int | None,
        actor: ActorId,
        role: str,
        purpose: str,
        recorded_at: datetime,
        key: KeyId,
    ) -> list[Recorded]:
        """See `UnitOfWork.append`."""
        version = self.version(stream, stream_id)
        if expected is not None and expected != version:
            raise StreamMoved(
                f"{stream} {stream_id} is at version {version}, not {expected}: somebody else wrote first. "
                "Nothing was recorded; load it again and decide again."
            )
        act = Act(actor=actor, role=role, purpose=purpose, recorded_at=recorded_at)
        return self._append(stream, [Addition(stream_id, events, key)], act, versions={stream_id: version})

    def append_each(self, stream: str, additions: Sequence[Addition], act: Act) -> list[Recorded]:
        """See `UnitOfWork.append_each`."""
        names = [addition.stream_id for addition in additions]
        query = (
            select(EVENT.c.stream_id, func.max(EVENT.c.version))
            .where(EVENT.c.stream == stream, EVENT.c.stream_id.in_(names))
            .group_by(EVENT.c.stream_id)
        )
        versions: dict[str, int] = dict(self._connection.execute(query).all())
        return self._append(stream, additions, act, versions=versions)

    def _append(
        self, stream: str, additions: Sequence[Addition], act: Act, *, versions: Mapping[str, int]
    ) -> list[Recorded]:
        position = self.last_position() if self._last_position is None else self._last_position
        appended, rows, leaves = [], [], []
        for addition in additions:
            _refuse_incomplete(stream, addition, act)
            version = versions.get(addition.stream_id, 0)
            ids = addition.ids or [EventId(fresh()) for _ in addition.events]
            for event, event_id in zip(addition.events, ids, strict=True):
                position, version = position + 1, version + 1
                recorded = _recorded_as(
                    event, event_id, stream, addition.stream_id, act, position=position, version=version
                )
                row, leaf = self._row_of(recorded, private_half(event, event_id=event_id), key=addition.key)
                rows.append(row)
                leaves.append(leaf)
                appended.append(replace(recorded, private=dict(event.private)))
        if rows:
            self._connection.execute(insert(EVENT), rows)
            self._connection.execute(insert(OUTBOX), leaves)
        self._last_position = position
        return appended

    def _row_of(self, recorded: Recorded, private: bytes, *, key: KeyId) -> tuple[dict[str, Any], dict[str, Any]]:
        """The event's row and its outbox row; the private half is sealed."""
        s1, s2 = fresh_salt(), fresh_salt()
        h1, h2 = commitment(s1, recorded_public_half(recorded)), commitment(s2, private)
        row = {name: getattr(recorded, name) for name in _IN_THE_ROW}
        row |= {"event_id": recorded.id, "public": _to_json(recorded), "s1": s1, "h1": h1, "h2": h2, "key_id": key}
        row["private_object"] = self._together.seal(key, s2 + private)
        return row, {"position": recorded.position, "leaf": entry(h1, h2)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who appends, in which role, for what, and when it is recorded."""

    actor: ActorId
    role: str
    purpose: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Addition:
    """Events to append to one stream. key: seals the private halves. ids: drawn beforehand where one event names another."""

    stream_id: str
    events: Sequence[Event]
    key: KeyId
    ids: Sequence[EventId] | None = None


def _refuse_incomplete(stream: str, addition: Addition, act: Act) -> None:
    if not (addition.stream_id and act.actor and act.role and act.purpose):
        raise UsageError("an event needs a stream id, an actor, a role and a purpose; nothing was recorded")
    for event in addition.events:
        if CATALOGUE[event.type].stream != stream:
            raise UsageError(
                f"{event.type} belongs to stream {CATALOGUE[event.type].stream}, not {stream}; nothing was recorded"
            )


def _recorded_as(event: Event, event_id: EventId, stream: str, stream_id: str, act: Act, *, position: int, version: int
                 ) -> Recorded:  # fmt: skip
    return Recorded(
        position=position,
        id=event_id,
        stream=stream,
        stream_id=stream_id,
        version=version,
        type=event.type,
        schema_version=CATALOGUE[event.type].version,
        effective_at=event.effective_at,
        recorded_at=act.recorded_at,
        actor=act.actor,
        role=act.role,
        purpose=act.purpose,
        public=dict(event.public),
    )


_IN_THE_ROW: Final = (
    "position", "stream", "stream_id", "version", "type", "schema_version", "effective_at", "recorded_at", "actor", "role", "purpose",
)  # fmt: skip
"""Fields of an event that stand in its row as they are."""


def recorded_from(row: Row[Any]) -> Recorded:
    """A row of the event table as an event, its private half not asked for."""
    return Recorded(
        position=row.position,
        id=EventId(row.event_id),
        stream=row.stream,
        stream_id=row.stream_id,
        version=row.version,
        type=row.type,
        schema_version=row.schema_version,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        actor=ActorId(row.actor),
        role=row.role,
        purpose=row.purpose,
        public=json.loads(row.public),
    )


def _to_json(recorded: Recorded) -> str:
    """The public facts as text that reads back as exactly the same facts. Raises StoreError for facts that can't."""
    try:
        text = json.dumps(dict(recorded.public), sort_keys=True, separators=(",", ":"), default=_as_plain)
    except TypeError as error:
        raise StoreError(
            f"{recorded.type}: a public fact can't be kept as text ({error}); nothing was recorded"
        ) from None
    if all(map(_reads_back, recorded.public.values())):
        return text
    if canonical.encode(json.loads(text)) != canonical.encode(dict(recorded.public)):
        raise StoreError(f"{recorded.type}: a public fact would read back as another value; nothing was recorded")
    return text


def _reads_back(value: object) -> bool:
    """True for what JSON is known to give back as it was: texts, whole numbers, yes and no, nothing, and lists of texts."""
    if type(value) is list:
        return all(type(item) is str for item in value)
    return value is None or type(value) in (str, int, bool)


def _as_plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return list(value)
    raise TypeError(f"{type(value).__name__} is for the private half")


def _private_facts(half: bytes, recorded: Recorded) -> Mapping[str, canonical.Value]:
    try:
        content = canonical.decode(half)
    except ValueError as error:
        raise ObjectDamaged(f"the private half of event {recorded.id} can't be read: {error}") from None
    if (
        not isinstance(content, dict)
        or content.get("event") != recorded.id
        or not isinstance(content.get("facts"), dict)
    ):
        raise ObjectDamaged(
            f"the private half of event {recorded.id} belongs to something else; nothing of it was used"
        )
    facts: Mapping[str, canonical.Value] = content["facts"]
    return facts
