"""Checking the store against itself, the vault and the log. Nothing is repaired: a person reads what is wrong."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, String, column, func, select, table, text, type_coerce
from sqlalchemy.engine import Row

from tenprint.clock import from_text
from tenprint.errors import InfraError, KeyDestroyed, KeySealed, TenprintError
from tenprint.infra.store import guards
from tenprint.infra.store.events import PAGE, EventReads, commitment, entry, recorded_from
from tenprint.infra.store.tables import AUTHORITY, CASE_FILE, ENROLMENT, EVENT, OUTBOX, ROW_ENTRY, SUBMISSION, Instant
from tenprint.model import events as names
from tenprint.model.canonical import Value
from tenprint.model.events import CATALOGUE, recorded_public_half
from tenprint.model.protocols import Sealer

ROW_ENTRY_KIND: Final = b"\x02"
"""First byte of a row's entry in the log. Source: design decision 4."""

_OBJECT_ID: Final = re.compile(r"[0-9a-f]{32}")

LedgerLeaf = Callable[[int], bytes]
"""The log's entry at an index; raises TenprintError or LookupError when there is none."""


def faults(connection: Connection, sealer: Sealer, ledger_leaf: LedgerLeaf | None) -> list[str]:
    """See `Store.fsck`."""
    return [
        *_database(connection),
        *_events(connection, sealer),
        *_outbox(connection, ledger_leaf),
        *_rows(connection, ledger_leaf),
        *_work(connection),
        *_authorities(connection),
    ]


def _database(connection: Connection) -> Iterator[str]:
    for (line,) in connection.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            yield f"the database file is damaged: {line}"
    for row in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"{row[0]} row {row[1]} refers to a {row[2]} that is not there"
    for guard in guards.missing(connection):
        yield f"the guard {guard} is missing or changed: history could be rewritten"


def _pages(connection: Connection) -> Iterator[Row[Any]]:
    """Every event row, with its instants as the text that is there: a damaged one is named, not stumbled over."""
    columns = [type_coerce(c, String).label(c.name) if isinstance(c.type, Instant) else c for c in EVENT.c]
    after = 0
    while True:
        query = select(*columns).where(EVENT.c.position > after).order_by(EVENT.c.position).limit(PAGE)
        page = connection.execute(query).all()
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].position


def _events(connection: Connection, sealer: Sealer) -> Iterator[str]:
    reads = EventReads(connection, sealer)
    versions: Counter[tuple[str, str]] = Counter()
    expected = 1
    for row in _pages(connection):
        where = f"event {row.event_id} (position {row.position})"
        if row.position != expected:
            yield f"positions {expected} to {row.position - 1} are missing: events were deleted"
        expected = row.position + 1
        stream = row.stream, row.stream_id
        versions[stream] += 1
        if row.version != versions[stream]:
            yield f"{where}: version {row.version} of {row.stream} {row.stream_id}, expected {versions[stream]}"
            versions[stream] = row.version
        kind = CATALOGUE.get(row.type)
        if kind is None or kind.stream != row.stream:
            yield f"{where}: type {row.type} is not one of stream {row.stream}"
        yield from _halves(reads, row, where)


def _halves(reads: EventReads, row: Row[Any], where: str) -> Iterator[str]:
    try:
        effective_at, recorded_at = from_text(row.effective_at), from_text(row.recorded_at)
        public = recorded_public_half(replace(recorded_from(row), effective_at=effective_at, recorded_at=recorded_at))
    except (TypeError, ValueError) as error:
        yield f"{where}: its public half can't be read: {error}"
    else:
        if commitment(_raw(row.s1), public) != row.h1:
            yield f"{where}: its public half is not the one that was committed to"
    try:
        s2, private = reads.unseal(row.key_id, row.private_object)
    except (KeyDestroyed, KeySealed):
        return
    except InfraError as error:
        yield f"{where}: its private half is not expunged, but can't be opened: {error}"
        return
    if commitment(s2, private) != row.h2:
        yield f"{where}: its private half is not the one that was committed to"


def _outbox(connection: Connection, ledger_leaf: LedgerLeaf | None) -> Iterator[str]:
    joined = EVENT.outerjoin(OUTBOX, OUTBOX.c.position == EVENT.c.position)
    query = select(EVENT.c.position, EVENT.c.h1, EVENT.c.h2, OUTBOX.c.leaf, OUTBOX.c.leaf_index).select_from(joined)
    for row in connection.execute(query.order_by(EVENT.c.position)):
        if row.leaf is None:
            yield f"event at position {row.position} has no entry for the log"
            continue
        if row.leaf != entry(_raw(row.h1), _raw(row.h2)):
            yield f"the entry of the event at position {row.position} is not made of its hashes"
        if row.leaf_index is not None and ledger_leaf is not None:
            yield from _in_log(
                ledger_leaf, row.leaf_index, row.leaf, f"the entry of the event at position {row.position}"
            )


def _rows(connection: Connection, ledger_leaf: LedgerLeaf | None) -> Iterator[str]:
    for row in connection.execute(select(ROW_ENTRY).order_by(ROW_ENTRY.c.event_position)):
        what = f"the row of the event at position {row.event_position}"
        if hashlib.sha256(_raw(row.salt) + _raw(row.row)).digest() != row.leaf_hash:
            yield f"{what} is not the one that was committed to"
        if row.leaf_index is not None and ledger_leaf is not None:
            yield from _in_log(ledger_leaf, row.leaf_index, ROW_ENTRY_KIND + _raw(row.leaf_hash), what)
    shared = select(OUTBOX.c.leaf_index).join(ROW_ENTRY, ROW_ENTRY.c.leaf_index == OUTBOX.c.leaf_index)
    for (index,) in connection.execute(shared):
        yield f"index {index} of the log is claimed by an event and by a row"


def _raw(value: bytes | str) -> bytes:
    """The bytes of a column that should hold bytes; SQLite also takes a text there when somebody writes one."""
    return value.encode("utf-8") if isinstance(value, str) else value


def _in_log(ledger_leaf: LedgerLeaf, index: int, content: bytes, what: str) -> Iterator[str]:
    try:
        found = ledger_leaf(index)
    except (TenprintError, LookupError, ValueError) as error:
        yield f"{what} should be at index {index} of the log: {error}"
        return
    if found != content:
        yield f"{what} is not what the log holds at index {index}"


def _work(connection: Connection) -> Iterator[str]:
    """Every row of a work table speaks of a stream that exists."""
    of = {
        names.SUBMISSION: [SUBMISSION.c.id, AUTHORITY.c.submission, CASE_FILE.c.submission, ENROLMENT.c.submission],
        names.CASE: [CASE_FILE.c.id],
    }
    for stream, columns in of.items():
        known = select(1).where(EVENT.c.stream == stream)
        for referring in columns:
            query = (
                select(referring)
                .distinct()
                .where(referring.is_not(None), ~known.where(EVENT.c.stream_id == referring).exists())
            )
            for (name,) in connection.execute(query.order_by(referring)):
                yield f"{referring.table.name}.{referring.name} {name}: no events of {stream} {name}"
    timers = table("timer", column("id"), column("subject_stream"), column("subject_id"))
    subject = select(1).where(EVENT.c.stream == timers.c.subject_stream, EVENT.c.stream_id == timers.c.subject_id)
    for row in connection.execute(
        select(timers).where(timers.c.subject_stream.in_([names.SUBMISSION, names.CASE]), ~subject.exists())
    ):
        yield f"timer {row.id}: no events of {row.subject_stream} {row.subject_id}"


def _authorities(connection: Connection) -> Iterator[str]:
    """The table of authorities and the events that issued and closed them tell the same."""
    closing = {names.AUTHORITY_ISSUED: "open", names.AUTHORITY_SPENT: "spent", names.AUTHORITY_VOIDED: "voided"}
    told: dict[str, str] = {}
    query = select(EVENT.c.position, EVENT.c.type, EVENT.c.public).where(EVENT.c.type.in_(sorted(closing)))
    for row in connection.execute(query.order_by(EVENT.c.position)):
        try:
            authority = str(json.loads(row.public)["authority"])
        except (ValueError, KeyError, TypeError):
            yield f"the event at position {row.position} names no authority"
            continue
        if row.type == names.AUTHORITY_ISSUED and authority in told:
            yield f"authority {authority} was issued twice (position {row.position})"
        elif row.type != names.AUTHORITY_ISSUED and told.get(authority) != "open":
            was = told.get(authority, "not issued")
            yield f"authority {authority} was {closing[row.type]} at position {row.position}, when it was {was}"
        told[authority] = closing[row.type]
    kept = dict(
        connection.execute(select(AUTHORITY.c.id, AUTHORITY.c.state).where(AUTHORITY.c.submission.is_not(None))).all()
    )
    for authority in sorted(set(told) | set(kept)):
        says, is_ = told.get(authority, "not issued"), kept.get(authority)
        if is_ is not None and is_ != says:
            yield f"authority {authority} is {is_} in its table, but {says} by its events"
    count = connection.execute(select(func.count()).select_from(AUTHORITY)).scalar_one()
    if count < len(told):
        yield f"{len(told)} authorities were issued, but only {count} are in their table"


def referenced_objects(connection: Connection, sealer: Sealer) -> set[str]:
    """See `Store.referenced_objects`. A text that looks like an object id counts as one: none in use is missed."""
    reads = EventReads(connection, sealer)
    found: set[str] = set()
    for row in _pages(connection):
        found.add(row.private_object)
    for recorded in reads.events(private=True):
        found.update(_object_ids(recorded.private))
    objects = (SUBMISSION.c.payload_object, SUBMISSION.c.templates_object, SUBMISSION.c.answer_object)
    for named in connection.execute(select(*objects)):
        found.update(name for name in named if name)
    return found


def _object_ids(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        if _OBJECT_ID.fullmatch(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _object_ids(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _object_ids(item)
