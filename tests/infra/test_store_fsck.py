"""Tampering with the file is named: `fsck` recomputes every hash and compares the store with the log (design section 6)."""

from __future__ import annotations

import hashlib
import sqlite3

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from infra_place import NOON, Place, received
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from tenprint.errors import LedgerCorrupt, StoreError, UsageError
from tenprint.ids import fresh
from tenprint.infra.store import engine, guards
from tenprint.infra.store.authorities import AuthorityRow
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.rows import RowEntry
from tenprint.infra.store.store import Store
from tenprint.infra.store.tables import METADATA
from tenprint.infra.vault.files import FileVault
from tenprint.model import events
from tenprint.model.events import Event


def tamper(place: Place, *statements: str) -> None:
    """As somebody would who owns the file: drop the guards, change, put the guards back."""
    raw = place.raw()
    for name in guards.SQLITE:
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        raw.execute(statement)
    for statement in guards.SQLITE.values():
        raw.execute(statement)
    raw.commit()
    raw.close()


def three(place: Place) -> None:
    key = place.key("a" * 32)
    with place.store.unit_of_work() as work:
        place.append(work, key, [received(), received(), received()], key=key)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE event SET public = '{\"ori\":\"MA0000000\"}' WHERE position = 2", "position 2): its public half is not the one"),
        ("UPDATE event SET public = 'nonsense' WHERE position = 2", "position 2): its public half can't be read"),
        ("UPDATE event SET effective_at = '2010-01-01T00:00:00.000000Z' WHERE position = 3", "position 3): its public half is not the one"),
        ("UPDATE event SET recorded_at = 'yesterday' WHERE position = 3", "position 3): its public half can't be read"),
        ("UPDATE event SET actor = 'somebody else' WHERE position = 1", "position 1): its public half is not the one"),
        ("UPDATE event SET h2 = zeroblob(32) WHERE position = 1", "position 1): its private half is not the one"),
        ("UPDATE event SET h1 = zeroblob(32) WHERE position = 1", "position 1 is not made of its hashes"),
        ("UPDATE event SET private_object = (SELECT private_object FROM event WHERE position = 1) WHERE position = 2",
         "position 2): its private half is not the one"),
        ("UPDATE event SET key_id = 'nobody' WHERE position = 2", "is not expunged, but can't be opened"),
        ("DELETE FROM event WHERE position = 2", "positions 2 to 2 are missing"),
        ("UPDATE event SET version = 9 WHERE position = 3", "version 9 of submission"),
        ("UPDATE event SET type = 'Invented' WHERE position = 3", "type Invented is not one of stream submission"),
        ("DELETE FROM outbox WHERE position = 3", "event at position 3 has no entry for the log"),
        ("UPDATE outbox SET leaf = zeroblob(65) WHERE position = 2", "position 2 is not made of its hashes"),
    ],
)  # fmt: skip
def test_whatever_is_changed_in_the_file_is_named(place: Place, statement: str, named: str) -> None:
    """Each fault says which event and what of it; the intact store says nothing."""
    three(place)
    assert place.store.fsck() == []
    tamper(place, statement)

    assert any(named in line for line in place.store.fsck())


def test_a_guard_that_was_dropped_or_changed_is_named(place: Place) -> None:
    """Whoever owns the file can drop a trigger: that is seen."""
    raw = place.raw()
    raw.execute("DROP TRIGGER event_refuses_delete")
    raw.execute("DROP TRIGGER event_refuses_update")
    raw.execute("CREATE TRIGGER event_refuses_update BEFORE UPDATE ON event WHEN 0 BEGIN SELECT 1; END")
    raw.close()

    assert {"event_refuses_delete", "event_refuses_update"} == {line.split()[2] for line in place.store.fsck()}


def test_the_log_and_the_store_are_compared_entry_by_entry(place: Place) -> None:
    """An entry in the log under the index that the store was told, for events and for rows."""
    three(place)
    row, salt = b"2011-06|MA", bytes(32)
    entry = RowEntry(
        event_position=1, month="2011-06", row=row, salt=salt, leaf_hash=hashlib.sha256(salt + row).digest()
    )
    with place.store.unit_of_work() as work:
        log = [pending.leaf for pending in work.outbox.pending()] + [b"\x02" + entry.leaf_hash]
        for index, pending in enumerate(work.outbox.pending()):
            work.outbox.taken(pending.position, index)
        work.rows.add_many([entry])
        work.rows.logged_at(1, 3)

    def broken(index: int) -> bytes:
        raise LedgerCorrupt(f"entry {index} is damaged")

    assert place.store.fsck(log.__getitem__) == []
    assert len(place.store.fsck([log[0], b"\x01" + bytes(64), *log[2:]].__getitem__)) == 1
    assert len(place.store.fsck(log[:3].__getitem__)) == 1
    assert len(place.store.fsck(broken)) == 4
    tamper(place, "UPDATE row_entry SET row = 'other'")
    assert place.store.fsck(log.__getitem__) == [
        "the row of the event at position 1 is not the one that was committed to"
    ]


def test_rows_of_work_that_speak_of_nothing_are_named(place: Place) -> None:
    """A projection is checked against the streams; authorities against the events that issued and closed them."""
    key = place.key()
    issued = Event(
        type=events.AUTHORITY_ISSUED, effective_at=NOON, public={"authority": "a1", "repository": "criminal"}
    )
    spent = Event(type=events.AUTHORITY_SPENT, effective_at=NOON, public={"authority": "a1", "repository": "criminal"})
    row = AuthorityRow(id="a1", submission=key, repository="criminal", state="open", document=b"", issued_at=NOON)
    with place.store.unit_of_work() as work:
        place.append(work, key, [issued, spent], key=key)
        work.authorities.add(row)
        work.cases.add(
            CaseFile(
                id="c1",
                submission="s9",
                repository="criminal",
                jurisdiction=None,
                key_id=key,
                stage="new",
                opened_at=NOON,
                updated_at=NOON,
            )
        )
        work.timers.add(kind="retention", subject_stream=events.SUBMISSION, subject_id="s8", due_at=NOON)
    found = place.store.fsck()

    assert len(found) == 4
    assert "case_file.submission s9: no events of submission s9" in found
    assert "case_file.id c1: no events of case c1" in found
    assert "authority a1 is open in its table, but spent by its events" in found
    assert any("submission s8" in line and line.startswith("timer") for line in found)
    with place.store.unit_of_work() as work:
        place.append(work, key, [spent, issued], key=key)
    assert any("was spent at position 3, when it was spent" in line for line in place.store.fsck())
    assert any("was issued twice" in line for line in place.store.fsck())


def test_every_object_in_use_is_known_as_referenced(place: Place) -> None:
    """Orphans are what neither an event, nor a private half, nor a row refers to."""
    key = place.key()
    payload, orphan = place.vault.seal(key, b"card"), place.vault.seal(key, b"left by a crash")
    with place.store.unit_of_work() as work:
        place.append(work, key, [received(private={"tcn": "T", "payload": payload})], key=key)

    assert [orphan] == place.vault.orphans(place.store.referenced_objects())


def test_the_migrations_make_exactly_the_tables(place: Place) -> None:
    """One chain, run whole at opening; what it makes is what the code speaks of, guards included."""
    found = engine.open_engine(place.url)
    with found.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == engine.HEAD
        assert guards.missing(connection) == []
        assert tuple(
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ) == ("wal", 2, 1, 1)
    found.dispose()
    scripts = ScriptDirectory(str(engine.__file__).replace("engine.py", "migrations"))
    assert scripts.get_current_head() == engine.HEAD


def test_the_tables_are_portable() -> None:
    """Design section 4, row 2: PostgreSQL follows by URL; every table and index compiles for it today."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        assert all(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)


def test_a_database_that_can_not_be_used_is_refused_by_name(place: Place) -> None:
    """Newer than the program, no database at all, another dialect, no file: each says what to do, and nothing is changed."""
    vault = FileVault(place.root / "objects", place.root / "keys")
    (place.root / "text.db").write_bytes(b"no database, but a long enough text " * 40)
    raw = sqlite3.connect(place.root / "newer.db")
    raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
    raw.execute("INSERT INTO alembic_version VALUES ('9999')")
    raw.commit()
    raw.close()
    for url, error, says in [
        (f"sqlite:///{place.root}/newer.db", StoreError, "migration 9999; this program knows 0001"),
        (f"sqlite:///{place.root}/text.db", StoreError, "no database"),
        (f"sqlite:///{place.root}/none/x.db", StoreError, "can't be opened"),
        ("sqlite://", UsageError, "kept in a file"),
        ("mysql://host/x", UsageError, "supported: sqlite"),
        ("what", UsageError, "can't be read"),
    ]:
        with pytest.raises(error, match=says):
            Store.open(url, sealer=vault)


def test_no_fact_appears_in_an_error_of_the_database(place: Place) -> None:
    """Design section 8: no personal data in logs; a refused statement names its rule, not its parameters."""
    row = AuthorityRow(
        id=fresh(), submission=None, repository="criminal", state="open", document=b"", issued_at=NOON, reason="SECRET"
    )
    with place.store.unit_of_work() as work:
        work.authorities.add(row)
    with pytest.raises(StoreError) as caught, place.store.unit_of_work() as work:
        work.authorities.add(row)

    assert "SECRET" not in str(caught.value) + str(caught.value.__cause__)
    assert "UNIQUE" in str(caught.value)
