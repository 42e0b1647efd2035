"""The database's own guards: history is append-only for every program, not only for this one.

One set of triggers per database dialect; a dialect without guards is not opened. A guard can't stop who may drop it:
`fsck` compares what is installed with what is written here, and the log holds every entry besides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, text

_EVENT_IN_PLACE: Final = """
CREATE TRIGGER event_appends_in_place BEFORE INSERT ON event
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM event)
  OR NEW.version IS NOT (SELECT coalesce(max(version), 0) + 1 FROM event
                         WHERE stream = NEW.stream AND stream_id = NEW.stream_id)
  OR EXISTS (SELECT 1 FROM event WHERE event_id = NEW.event_id)
BEGIN SELECT RAISE(ABORT, 'event: positions and versions leave no gap, and an event is written once'); END
"""

SQLITE: Final[Mapping[str, str]] = {
    "event_appends_in_place": _EVENT_IN_PLACE.strip(),
    "event_refuses_update": (
        "CREATE TRIGGER event_refuses_update BEFORE UPDATE ON event\n"
        "BEGIN SELECT RAISE(ABORT, 'event: what happened is never changed'); END"
    ),
    "event_refuses_delete": (
        "CREATE TRIGGER event_refuses_delete BEFORE DELETE ON event\n"
        "BEGIN SELECT RAISE(ABORT, 'event: what happened is never deleted'); END"
    ),
    # REPLACE deletes without firing delete triggers, hence the guards on insertion.
    "outbox_appends_once": (
        "CREATE TRIGGER outbox_appends_once BEFORE INSERT ON outbox\n"
        "WHEN EXISTS (SELECT 1 FROM outbox WHERE position = NEW.position\n"
        "             OR (NEW.leaf_index IS NOT NULL AND leaf_index = NEW.leaf_index))\n"
        "BEGIN SELECT RAISE(ABORT, 'outbox: an entry is written once'); END"
    ),
    "outbox_sets_index_once": (
        "CREATE TRIGGER outbox_sets_index_once BEFORE UPDATE ON outbox\n"
        "WHEN OLD.leaf_index IS NOT NULL OR NEW.position IS NOT OLD.position OR NEW.leaf IS NOT OLD.leaf\n"
        "BEGIN SELECT RAISE(ABORT, 'outbox: only a missing index is set, once'); END"
    ),
    "outbox_refuses_delete": (
        "CREATE TRIGGER outbox_refuses_delete BEFORE DELETE ON outbox\n"
        "BEGIN SELECT RAISE(ABORT, 'outbox: an entry is never deleted'); END"
    ),
    "row_entry_appends_once": (
        "CREATE TRIGGER row_entry_appends_once BEFORE INSERT ON row_entry\n"
        "WHEN EXISTS (SELECT 1 FROM row_entry\n"
        "             WHERE event_position = NEW.event_position OR leaf_hash = NEW.leaf_hash\n"
        "             OR (NEW.leaf_index IS NOT NULL AND leaf_index = NEW.leaf_index))\n"
        "BEGIN SELECT RAISE(ABORT, 'row_entry: an event has one row'); END"
    ),
    "row_entry_sets_index_once": (
        "CREATE TRIGGER row_entry_sets_index_once BEFORE UPDATE ON row_entry\n"
        "WHEN OLD.leaf_index IS NOT NULL OR NEW.event_position IS NOT OLD.event_position\n"
        "  OR NEW.month IS NOT OLD.month OR NEW.row IS NOT OLD.row\n"
        "  OR NEW.salt IS NOT OLD.salt OR NEW.leaf_hash IS NOT OLD.leaf_hash\n"
        "BEGIN SELECT RAISE(ABORT, 'row_entry: only a missing index is set, once'); END"
    ),
    "row_entry_refuses_delete": (
        "CREATE TRIGGER row_entry_refuses_delete BEFORE DELETE ON row_entry\n"
        "BEGIN SELECT RAISE(ABORT, 'row_entry: a row is never deleted'); END"
    ),
}
"""Trigger name -> statement, for SQLite."""

GUARDS: Final[Mapping[str, Mapping[str, str]]] = {"sqlite": SQLITE}
"""Dialect -> its guards."""


def install(connection: Connection) -> None:
    """Put every guard of the connection's dialect in place, over earlier editions of itself."""
    for name, statement in GUARDS[connection.dialect.name].items():
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.exec_driver_sql(statement)


def missing(connection: Connection) -> list[str]:
    """Names of guards that are not in place, or not as written here."""
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    there: dict[str, str] = dict(connection.execute(query).all())
    return [name for name, statement in GUARDS[connection.dialect.name].items() if there.get(name) != statement]
