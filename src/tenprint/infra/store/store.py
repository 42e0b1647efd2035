"""The front door: open the store, read at one moment, or write one unit of work.

States of a unit of work, named by what is lost if power fails now: *open* (all of it), *sealed* (all of it; its private
halves, one file, become orphans that the vault's `fsck` names), *committed* (nothing: SQLite's log is synced before commit
returns). However many events it holds, it costs one flush of the private halves and one of the database.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tenprint.errors import StoreError, UsageError
from tenprint.ids import ActorId, EventId, KeyId
from tenprint.infra.store.actors import ActorReads, Actors
from tenprint.infra.store.authorities import Authorities, AuthorityReads
from tenprint.infra.store.cases import CaseReads, Cases
from tenprint.infra.store.engine import open_engine, open_to_read
from tenprint.infra.store.enrolments import EnrolmentReads, Enrolments
from tenprint.infra.store.events import Act, Addition, EventReads, EventWrites, Opening
from tenprint.infra.store.fsck import faults, referenced_objects
from tenprint.infra.store.outbox import Outbox, OutboxReads
from tenprint.infra.store.rows import RowReads, Rows
from tenprint.infra.store.settings import SettingReads, Settings
from tenprint.infra.store.submissions import SubmissionReads, Submissions
from tenprint.infra.store.tasks import TaskReads, Tasks
from tenprint.infra.store.timers import TimerReads, Timers
from tenprint.model.events import Event, Recorded
from tenprint.model.protocols import Sealer


class Reader:
    """Everything that may be read, as it was at one moment. Made by `Store.reader`; not shared between threads."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._events = EventReads(connection, sealer)

    def stream(self, stream: str, stream_id: str, *, private: bool = False) -> list[Recorded]:
        """The events of one stream in order; empty for one that is not there.

        private opens the private halves too: where the key was destroyed, ``private`` is None and ``expunged`` is True.
        """
        return self._events.stream(stream, stream_id, private=private)

    def first_of(self, stream: str, stream_ids: Collection[str]) -> Mapping[str, Recorded]:
        """Stream id -> its first event; absent where there is no such stream."""
        return self._events.first_of(stream, stream_ids)

    def version(self, stream: str, stream_id: str) -> int:
        """Version of the last event of a stream; 0 when there is none."""
        return self._events.version(stream, stream_id)

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
        """Events in order of commit, after position ``after``. without_row: only those that no close has taken."""
        return self._events.events(
            after=after,
            types=types,
            stream=stream,
            recorded_before=recorded_before,
            without_row=without_row,
            limit=limit,
            private=private,
        )

    def last_recorded_at(self) -> datetime | None:
        """When the newest event was recorded; None where there is none."""
        return self._events.last_recorded_at()

    def event(self, event_id: EventId, *, private: bool = False) -> Recorded:
        """One event by its id. Raises NotFound."""
        return self._events.event(event_id, private=private)

    def opening(self, event_id: EventId) -> Opening:
        """For an auditor: (s1, public half, (s2, private half)), or (s1, public half, h2) once expunged."""
        return self._events.opening(event_id)

    def public_opening(self, event_id: EventId) -> tuple[bytes, bytes, bytes]:
        """(s1, public half, h2) of an event's entry: what may be shown without its private half. Raises NotFound."""
        return self._events.public_opening(event_id)

    @property
    def submissions(self) -> SubmissionReads:
        """The submissions and their states."""
        return SubmissionReads(self._connection)

    @property
    def authorities(self) -> AuthorityReads:
        """The search authorities."""
        return AuthorityReads(self._connection)

    @property
    def cases(self) -> CaseReads:
        """The case files."""
        return CaseReads(self._connection)

    @property
    def tasks(self) -> TaskReads:
        """The tasks."""
        return TaskReads(self._connection)

    @property
    def timers(self) -> TimerReads:
        """The timers."""
        return TimerReads(self._connection)

    @property
    def outbox(self) -> OutboxReads:
        """The entries for the log."""
        return OutboxReads(self._connection)

    @property
    def rows(self) -> RowReads:
        """The rows of the months' releases."""
        return RowReads(self._connection)

    @property
    def actors(self) -> ActorReads:
        """The actors."""
        return ActorReads(self._connection)

    @property
    def enrolments(self) -> EnrolmentReads:
        """The enrolments."""
        return EnrolmentReads(self._connection)

    @property
    def settings(self) -> SettingReads:
        """The settings."""
        return SettingReads(self._connection)


class UnitOfWork(Reader):
    """One transaction: all of it is recorded, or nothing. Made by `Store.unit_of_work`; not shared between threads."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        super().__init__(connection, sealer)
        self._appends = EventWrites(connection, sealer)
        self._events = self._appends  # also reads what is sealed here and not kept yet

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
        """Append events to one stream, each with its outbox entry; returns them as recorded, private facts included.

        expected: version that the decision was made on, None for any. key: seals the private halves; it exists
        already.
        Raises StreamMoved when the stream is at another version, KeyDestroyed, KeyMissing; UsageError for a type of
        another stream.
        """
        return self._appends.append(
            stream,
            stream_id,
            events,
            expected=expected,
            actor=actor,
            role=role,
            purpose=purpose,
            recorded_at=recorded_at,
            key=key,
        )

    def append_each(self, stream: str, additions: Sequence[Addition], act: Act) -> list[Recorded]:
        """Append to several streams of one kind in one write, whatever versions they are at; as `append` otherwise."""
        return self._appends.append_each(stream, additions, act)

    def keep_sealed(self) -> None:
        """Make the private halves of all events of this unit of work durable, with one flush, before the commit."""
        self._appends.keep_sealed()

    @property
    def submissions(self) -> Submissions:
        """The submissions and their states."""
        return Submissions(self._connection)

    @property
    def authorities(self) -> Authorities:
        """The search authorities."""
        return Authorities(self._connection)

    @property
    def cases(self) -> Cases:
        """The case files."""
        return Cases(self._connection)

    @property
    def tasks(self) -> Tasks:
        """The tasks."""
        return Tasks(self._connection)

    @property
    def timers(self) -> Timers:
        """The timers."""
        return Timers(self._connection)

    @property
    def outbox(self) -> Outbox:
        """The entries for the log."""
        return Outbox(self._connection)

    @property
    def rows(self) -> Rows:
        """The rows of the months' releases."""
        return Rows(self._connection)

    @property
    def actors(self) -> Actors:
        """The actors."""
        return Actors(self._connection)

    @property
    def enrolments(self) -> Enrolments:
        """The enrolments."""
        return Enrolments(self._connection)

    @property
    def settings(self) -> Settings:
        """The settings."""
        return Settings(self._connection)


class Store:
    """The database of one installation, for several threads and processes on one machine. Made by `Store.open`."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer
        self._writing = threading.local()

    @classmethod
    def open(cls, url: str, *, sealer: Sealer) -> Store:
        """Open ``sqlite:////absolute/path``; makes or migrates the database first.

        Raises UsageError for another kind of URL, StoreError for a database that can't be used.
        """
        with _speaking():
            return cls(open_engine(url), sealer)

    @classmethod
    def open_to_read(cls, path: Path, *, sealer: Sealer) -> Store:
        """Open a database file that is there already, so that nothing can be written to it.

        Raises StoreError when there is none, it is at another migration, or whenever somebody tries to write.
        """
        with _speaking():
            return cls(open_to_read(path), sealer)

    def close(self) -> None:
        """Close every connection. The store can't be used afterwards."""
        self._engine.dispose()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Read at one moment: what others commit meanwhile is not seen."""
        with _speaking(), self._engine.begin() as connection:
            yield Reader(connection, self._sealer)

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        """Write: committed when the block ends, rolled back when it raises. One writer at a time; others wait.

        Raises UsageError when this thread is inside another unit of work (it would wait for itself).
        """
        if getattr(self._writing, "now", False):
            raise UsageError(
                "this thread is inside a unit of work already; hand that one over instead of opening another"
            )
        self._writing.now = True
        try:
            with _speaking(), self._engine.connect().execution_options(writes=True) as connection:
                transaction = connection.begin()
                work = UnitOfWork(connection, self._sealer)
                try:
                    yield work
                    work.keep_sealed()
                except BaseException:
                    transaction.rollback()
                    raise
                # If commit itself fails, it is not known whether it happened: sealed objects stay for `fsck`.
                transaction.commit()
        finally:
            self._writing.now = False

    def fsck(self, ledger_leaf: Callable[[int], bytes] | None = None) -> list[str]:
        """What is wrong in the store, one sentence each; empty when all holds.

        ledger_leaf: the log's entry at an index, to compare with what the store says stands there. Every hash is
        recomputed, private halves are opened unless expunged; streams, outbox, rows and work tables are compared.
        """
        with _speaking(), self._engine.begin() as connection:
            return faults(connection, self._sealer, ledger_leaf)

    def snapshot(self, path: Path) -> None:
        """Copy the database as it stands at one moment to a new file, 0600 and durable: everything committed, nothing else.

        Readers and writers go on meanwhile. Raises StoreError when ``path`` is there already or can't be written.
        """
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise StoreError(f"{path} can't be made ({error.strerror}); no snapshot was written") from None
        raw = self._engine.raw_connection()
        target = sqlite3.connect(path)
        try:
            source = raw.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise StoreError("a snapshot is made of SQLite only; use the other database's own backup")
            source.backup(target)
            # One file, no write-ahead log beside it: whoever copies the file has all of it.
            target.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error as error:
            raise StoreError(f"the snapshot failed: {error} ({path})") from error
        finally:
            target.close()
            raw.close()
        with path.open("rb") as file:
            os.fsync(file.fileno())

    def referenced_objects(self) -> set[str]:
        """Ids of all objects that an event, its private half or a row refers to: for `FileVault.fsck`."""
        with _speaking(), self._engine.begin() as connection:
            return referenced_objects(connection, self._sealer)


@contextmanager
def _speaking() -> Iterator[None]:
    """The database's own errors as ours, without the parameters (they hold facts)."""
    try:
        yield
    except SQLAlchemyError as error:
        told = getattr(error, "orig", None) or type(error).__name__
        raise StoreError(f"the database refused: {told}. Nothing of this unit of work was recorded.") from error
