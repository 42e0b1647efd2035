"""The event table: append-only, one commit with its log entry, and expungement that is never an error (design 3.2-3.4)."""

from __future__ import annotations

import hashlib
import sqlite3
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from infra_place import NOON, Place, received

from tenprint.errors import KeyDestroyed, KeyMissing, NotFound, ObjectMissing, StoreError, StreamMoved, UsageError
from tenprint.ids import EventId, KeyId, ObjectId, fresh
from tenprint.infra.store.store import Store
from tenprint.infra.vault.files import FileVault
from tenprint.model import canonical, events
from tenprint.model.events import Event, private_half, public_half

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(public=FACTS, private=st.one_of(FACTS, st.binary(max_size=30)))
def test_any_event_reads_back_as_it_was_appended(place: Place, public: object, private: object) -> None:
    """Design decision 3: the public half is in the row, the private half under the key, both exactly as decided."""
    stream_id = fresh()
    event = received(private={"tcn": private}, images=public)
    with place.store.unit_of_work() as work:
        (told,) = place.append(work, stream_id, [event], key=place.key(stream_id), expected=0)
    with place.store.reader() as reader:
        (whole,) = reader.stream(events.SUBMISSION, stream_id, private=True)
        (open_half,) = reader.stream(events.SUBMISSION, stream_id)

    assert canonical.encode(dict(event.public)) == canonical.encode(dict(whole.public))
    assert canonical.encode(dict(event.private)) == canonical.encode(dict(whole.private or {}))
    assert open_half.private is None
    assert not open_half.expunged
    assert (told.id, told.position, told.version, told.recorded_at) == (whole.id, whole.position, whole.version, NOON)


def test_the_entry_for_the_log_is_made_of_both_halves(place: Place) -> None:
    """Design decision 4: 0x01, H(s1 || public), H(s2 || private); recomputed here from the model's own bytes."""
    event = received()
    stream_id = fresh()
    with place.store.unit_of_work() as work:
        (told,) = place.append(work, stream_id, [event], key=place.key(stream_id))
    with place.store.reader() as reader:
        s1, public, private = reader.opening(told.id)
        row = reader.outbox.of_event(told.id)
    assert isinstance(private, tuple)
    s2, half = private
    expected = public_half(
        event,
        event_id=told.id,
        stream_id=stream_id,
        recorded_at=NOON,
        actor=told.actor,
        role="system",
        purpose="booking",
    )

    assert row is not None
    assert public == expected
    assert half == private_half(event, event_id=told.id)
    assert row.leaf == b"\x01" + hashlib.sha256(s1 + public).digest() + hashlib.sha256(s2 + half).digest()
    assert (len(s1), len(s2), len(row.leaf)) == (32, 32, 65)


def test_expunging_shows_expunged_and_leaves_the_public_half_provable(place: Place) -> None:
    """Design decisions 3 and 4: the private half and s2 are gone, h2 and s1 still open the entry."""
    told = place.one()
    place.vault.destroy_key(KeyId(told.stream_id))
    with place.store.reader() as reader:
        (seen,) = reader.stream(events.SUBMISSION, told.stream_id, private=True)
        (listed,) = list(reader.events(private=True))
        s1, public, h2 = reader.opening(told.id)
        row = reader.outbox.of_event(told.id)

    assert (None, True) == (seen.private, seen.expunged) == (listed.private, listed.expunged)
    assert seen.public == told.public
    assert row is not None
    assert row.leaf == b"\x01" + hashlib.sha256(s1 + public).digest() + h2  # type: ignore[operator]
    assert place.store.fsck() == []


def test_a_lost_private_half_is_not_taken_for_an_expunged_one(place: Place) -> None:
    """Expunged means that the key was destroyed on purpose; anything else missing is a fault."""
    told = place.one()
    with place.raw() as raw:
        (name,) = raw.execute("SELECT private_object FROM event").fetchone()
    raw.close()
    place.vault.destroy_object(ObjectId(name))

    with place.store.reader() as reader, pytest.raises(ObjectMissing):
        reader.stream(events.SUBMISSION, told.stream_id, private=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET public = '{}'",
        "UPDATE event SET position = position + 1",
        "DELETE FROM event",
        "REPLACE INTO event SELECT * FROM event",
        (
            "INSERT INTO event SELECT position + 5, 'x', stream, stream_id, version + 1, type, schema_version, effective_at, recorded_at,"
            " actor, role, purpose, public, s1, h1, h2, key_id, private_object FROM event"
        ),
        (
            "INSERT INTO event SELECT position + 1, 'x', stream, stream_id, version + 2, type, schema_version, effective_at, recorded_at,"
            " actor, role, purpose, public, s1, h1, h2, key_id, private_object FROM event"
        ),
        "UPDATE outbox SET leaf = x'00'",
        "UPDATE outbox SET leaf_index = 7",
        "DELETE FROM outbox",
        "REPLACE INTO outbox SELECT * FROM outbox",
    ],
)
def test_the_database_itself_refuses_to_rewrite_history(place: Place, statement: str) -> None:
    """Design decision 3: event tables refuse UPDATE and DELETE by trigger, for any program that opens the file."""
    told = place.one()
    with place.store.unit_of_work() as work:
        work.outbox.taken(told.position, 0)
    raw = place.raw()

    with pytest.raises(sqlite3.IntegrityError, match=r"never|no gap|once"):
        raw.execute(statement)
    raw.close()
    with place.store.reader() as reader:
        assert [told.id] == [e.id for e in reader.events()]


def test_a_stream_that_moved_refuses_the_decision(place: Place) -> None:
    """Optimistic concurrency: load it again and decide again; nothing of the second decision is kept."""
    told = place.one()
    key = KeyId(told.stream_id)
    with pytest.raises(StreamMoved, match="version 1, not 0"), place.store.unit_of_work() as work:
        place.append(work, told.stream_id, [received()], key=key, expected=0)
    with place.store.unit_of_work() as work:
        both = place.append(work, told.stream_id, [received(), received()], key=key, expected=1)
        assert work.version(events.SUBMISSION, told.stream_id) == 3

    assert [(e.position, e.version) for e in both] == [(2, 2), (3, 3)]


def test_a_unit_of_work_that_fails_leaves_nothing_behind(place: Place) -> None:
    """One transaction: event, outbox, rows; and the objects that were sealed for it are destroyed."""
    key = place.key()

    def fail() -> None:
        with place.store.unit_of_work() as work:
            place.append(work, key, [received(), received()], key=key)
            work.settings.set("x", "y")
            assert list(place.vault.objects()) == [], "what is sealed is kept at the end, all together"
            assert all(e.private for e in work.stream(events.SUBMISSION, key, private=True)), "and can be read before"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with place.store.reader() as reader:
        assert list(reader.events()) == []
        assert reader.outbox.counts().pending == 0
        assert reader.settings.get("x") is None

    assert list(place.vault.objects()) == []


def test_events_are_appended_only_with_all_they_need(place: Place) -> None:
    """Actor, role, purpose and key are arguments of every append; a type has one stream; private bytes stay private."""
    key = place.key()
    gone = place.key()
    place.vault.destroy_key(gone)
    secret = Event(type=events.SUBMISSION_RECEIVED, effective_at=NOON, public={"ori": b"\x00"})
    cases = [
        (UsageError, events.CASE, key, received()),
        (KeyDestroyed, events.SUBMISSION, gone, received()),
        (KeyMissing, events.SUBMISSION, KeyId(fresh()), received()),
        (StoreError, events.SUBMISSION, key, secret),
    ]
    for error, stream, under, event in cases:
        with pytest.raises(error), place.store.unit_of_work() as work:
            place.append(work, "s", [event], key=under, stream=stream)
    with pytest.raises(UsageError), place.store.unit_of_work() as work:
        place.append(work, "", [received()], key=key)

    assert place.store.fsck() == []


def test_a_reader_sees_one_moment_and_pages_through_everything(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed meanwhile is not seen; filters and limits hold across pages."""
    monkeypatch.setattr("tenprint.infra.store.events.PAGE", 3)
    key = place.key()
    sent = Event(type=events.PAYLOAD_DESTROYED, effective_at=NOON, public={"what": "images", "reason": "x"})
    with place.store.unit_of_work() as work:
        place.append(work, key, [received(), sent] * 5, key=key)
    with place.store.reader() as reader:
        assert len(list(reader.events())) == 10
        place.one()
        assert list(range(1, 11)) == [e.position for e in reader.events()]
        assert [e.position for e in reader.events(after=4, types=[events.PAYLOAD_DESTROYED], limit=2)] == [6, 8]
        assert [e.position for e in reader.events(limit=4)] == [1, 2, 3, 4]
        assert list(reader.events(stream=events.CASE)) == []
        assert list(reader.events(recorded_before=NOON)) == []
        assert len(list(reader.events(recorded_before=NOON + timedelta(seconds=1)))) == 10
        with pytest.raises(NotFound):
            reader.event(EventId("none"))


def test_a_thread_can_not_wait_for_itself(place: Place) -> None:
    """A unit of work inside another one would wait for ever: it is refused at once."""
    with (
        place.store.unit_of_work(),
        pytest.raises(UsageError, match="inside a unit of work"),
        place.store.unit_of_work(),
    ):
        pass


def test_writers_in_many_threads_lose_nothing(place: Place) -> None:
    """One writer at a time, no lost update: versions and positions leave no gap."""
    key = place.key()

    def write() -> None:
        for _ in range(5):
            with place.store.unit_of_work() as work:
                place.append(work, key, [received()], key=key)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with place.store.reader() as reader:
        assert list(range(1, 21)) == [e.version for e in reader.stream(events.SUBMISSION, key)]
    assert place.store.fsck() == []


WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from tenprint.ids import ActorId, KeyId, fresh
    from tenprint.infra.store.store import Store
    from tenprint.infra.vault.files import FileVault
    from tenprint.model import events
    from tenprint.model.events import Event
    root, at = Path(sys.argv[1]), datetime(2011, 6, 6, tzinfo=UTC)
    vault = FileVault(root / "objects", root / "keys")
    store = Store.open(f"sqlite:///{root / 'tenprint.db'}", sealer=vault)
    key = KeyId(fresh())
    vault.create_key(key)
    event = Event(type=events.SUBMISSION_RECEIVED, effective_at=at, private={"tcn": "T"})
    print("ready", flush=True)
    for round in range(int(sys.argv[2])):
        with store.unit_of_work() as work:
            told = work.append(events.SUBMISSION, key, [event, event], expected=None, actor=ActorId("a"), role="agency",
                               purpose="booking", recorded_at=at, key=key)
            work.settings.set("last", told[-1].id)
        print(told[-1].id, flush=True)
"""


def writer(root: Path, rounds: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(root), str(rounds)], stdout=subprocess.PIPE, text=True
    )


def test_a_killed_process_loses_nothing_that_it_reported(tmp_path: Path) -> None:
    """Design section 6: kill -9 while appending; the reopened store is whole and holds all that was acknowledged."""
    acknowledged = []
    for enough in (2, 5, 9):
        with writer(tmp_path, 10_000) as child:
            assert child.stdout is not None
            lines = [child.stdout.readline().strip() for _ in range(enough)]
            child.kill()
            lines += child.stdout.read().splitlines()
        acknowledged += [line for line in lines if len(line) == 32]
    vault = FileVault(tmp_path / "objects", tmp_path / "keys")
    store = Store.open(f"sqlite:///{tmp_path / 'tenprint.db'}", sealer=vault)
    with store.reader() as reader:
        kept = [e.id for e in reader.events(private=True) if e.private == {"tcn": "T"}]
        assert set(acknowledged) <= set(kept)
        assert len(kept) % 2 == 0
        assert reader.settings.get("last") == kept[-1]
        assert len(kept) == reader.outbox.counts().pending
    assert store.fsck() == []
    assert all("orphan" in line or "half written" in line for line in vault.fsck(store.referenced_objects()))
    store.close()


def test_several_processes_write_one_store(tmp_path: Path) -> None:
    """Server and commands at once, on a database that neither had made yet."""
    children = [writer(tmp_path, 6) for _ in range(3)]
    for child in children:
        child.communicate(timeout=60)
        assert child.returncode == 0
    store = Store.open(
        f"sqlite:///{tmp_path / 'tenprint.db'}", sealer=FileVault(tmp_path / "objects", tmp_path / "keys")
    )

    assert store.fsck() == []
    with store.reader() as reader:
        assert len(list(reader.events())) == 36
    store.close()
