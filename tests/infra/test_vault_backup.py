"""Key backups: sealed under a wrapping key that is replaced and destroyed every 30 days."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from infra_place import Place

from tenprint.errors import KeyMissing, ObjectDamaged, StoreError, UsageError
from tenprint.ids import KeyId
from tenprint.infra.vault import backup
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing

JUNE_7 = datetime(2011, 6, 7, 16, tzinfo=UTC)


@pytest.fixture
def keys(place: Place) -> Path:
    KeyRing(place.root / "keys").signer("log", create=True)
    place.key("encounter-1")
    place.key("encounter-2")
    place.vault.destroy_key(place.key("expunged-1"))
    return place.root / "keys"


def test_a_key_backup_opens_under_its_wrapping_key_and_brings_every_key_back(keys: Path, tmp_path: Path) -> None:
    """Encounter keys, signing keys and the list of destroyed ones come back as they were; nothing else is inside."""
    wrapping, sealed, count = backup.seal_keys(keys, at=JUNE_7)
    files = backup.open_keys(sealed, keys / "wrapping" / "2011-06-07.key")

    assert {"encounter-1", "encounter-2", "destroyed.log", "signing/log.key"} == set(files)
    assert 3 == count
    assert date(2011, 7, 7) == wrapping.retires_on
    backup.write_keys(files, tmp_path / "again")
    vault = FileVault(tmp_path / "objects", tmp_path / "again")
    assert vault.is_destroyed(KeyId("expunged-1"))
    assert KeyRing(keys).signer("log").public_key == KeyRing(tmp_path / "again").signer("log").public_key


def test_no_key_stands_readable_in_its_backup(keys: Path) -> None:
    """Design decision 13: key backups are wrapped; neither a key nor the wrapping key is in the bytes."""
    wrapping, sealed, _ = backup.seal_keys(keys, at=JUNE_7)

    assert (keys / "encounter-1").read_bytes() not in sealed
    assert b"encounter-1" not in sealed
    assert wrapping.secret not in sealed
    assert wrapping.secret.hex() not in repr(wrapping)
    assert all(not name.startswith("wrapping") for name in backup.open_keys(sealed, keys / "wrapping"))


def test_no_key_backup_older_than_the_retired_wrapping_key_can_be_opened(keys: Path) -> None:
    """Design decision 13: the wrapping key is replaced and destroyed after 30 days, and with it every backup under it."""
    _, old, _ = backup.seal_keys(keys, at=JUNE_7)
    secret = (keys / "wrapping" / "2011-06-07.key").read_bytes()

    assert () == backup.rotate(keys, today=date(2011, 7, 6))
    assert backup.open_keys(old, keys / "wrapping")
    assert (date(2011, 6, 7),) == backup.rotate(keys, today=date(2011, 7, 7))
    with pytest.raises(KeyMissing, match="can't be opened by anyone"):
        backup.open_keys(old, keys / "wrapping")
    assert all(secret not in path.read_bytes() for path in keys.rglob("*") if path.is_file())
    _, new, _ = backup.seal_keys(keys, at=JUNE_7 + timedelta(days=30))
    assert backup.open_keys(new, keys / "wrapping")


def test_the_wrapping_key_is_replaced_on_use_even_when_nobody_called_the_ticker(keys: Path) -> None:
    """A machine that slept for months must not seal under a key that should be gone."""
    first, _, _ = backup.seal_keys(keys, at=JUNE_7)
    second, _, _ = backup.seal_keys(keys, at=JUNE_7 + timedelta(days=90))

    assert first.id != second.id
    assert ["2011-09-05.key"] == [path.name for path in (keys / "wrapping").iterdir()]


def test_nothing_is_made_by_the_ticker_before_the_first_key_backup(keys: Path) -> None:
    """Without a key backup there is nothing to wrap, and no copy outlives the day of an expungement."""
    assert () == backup.rotate(keys, today=JUNE_7.date())
    assert backup.wrapping_key(keys) is None
    assert JUNE_7.date() == backup.unreadable_after(keys, at=JUNE_7)


def test_a_wrapping_key_of_the_future_is_replaced_at_once(keys: Path) -> None:
    """A clock that was wrong must not give a key a longer life than 30 days."""
    backup.seal_keys(keys, at=JUNE_7 + timedelta(days=3650))

    assert 1 == len(backup.rotate(keys, today=JUNE_7.date()))


@settings(deadline=None, max_examples=40)
@given(made=st.integers(0, 400), later=st.integers(0, 400))
def test_no_copy_of_a_destroyed_key_can_be_read_thirty_days_later(
    made: int, later: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """For every day of making and of expunging, the receipt's date is at most 30 days away, and true."""
    keys = tmp_path_factory.mktemp("keys")
    at = JUNE_7 + timedelta(days=made + later)
    _, sealed, _ = backup.seal_keys(keys, at=JUNE_7 + timedelta(days=made))
    promised = backup.unreadable_after(keys, at=at)

    assert at.date() <= promised <= at.date() + timedelta(days=30)
    backup.rotate(keys, today=promised)
    with pytest.raises(KeyMissing):
        backup.open_keys(sealed, keys / "wrapping")


@settings(deadline=None, max_examples=40)
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_a_changed_or_cut_key_backup_is_never_believed(
    at: int, flip: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """AES-GCM over the whole file: any byte changed, any cut, is a named error."""
    keys = tmp_path_factory.mktemp("keys")
    FileVault(keys / "objects", keys).create_key(KeyId("encounter-1"))
    _, sealed, _ = backup.seal_keys(keys, at=JUNE_7)
    place = at % len(sealed)
    changed = sealed[:place] + bytes([sealed[place] ^ flip]) + sealed[place + 1 :]

    for wrong in (changed, sealed[:place]):
        with pytest.raises((ObjectDamaged, KeyMissing)):
            backup.open_keys(wrong, keys / "wrapping")


def test_no_encounter_takes_the_name_of_the_wrapping_folder(place: Place) -> None:
    """keys/wrapping is a folder; a key of that name could not be told from it."""
    with pytest.raises(UsageError):
        place.key("wrapping")


def test_keys_are_never_restored_over_others(keys: Path) -> None:
    """A restore makes a new folder: it replaces no key that is in use."""
    _, sealed, _ = backup.seal_keys(keys, at=JUNE_7)

    with pytest.raises(UsageError, match="new folder"):
        backup.write_keys(backup.open_keys(sealed, keys / "wrapping"), keys)


def test_a_snapshot_is_the_database_as_committed_at_one_moment(place: Place) -> None:
    """Committed events are in it, an open unit of work is not; it is one file, readable by its owner only."""
    done = place.one()
    with place.store.unit_of_work() as work:
        work.settings.set("open", "yes")
        place.store.snapshot(place.root / "copy.db")

    copy = sqlite3.connect(place.root / "copy.db")
    try:
        assert [(done.id,)] == copy.execute("SELECT event_id FROM event").fetchall()
        assert [] == copy.execute("SELECT * FROM setting WHERE key = 'open'").fetchall()
        assert "ok" == copy.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        copy.close()
    assert 0o600 == (place.root / "copy.db").stat().st_mode & 0o777
    with pytest.raises(StoreError, match="no snapshot"):
        place.store.snapshot(place.root / "copy.db")
