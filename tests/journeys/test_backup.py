"""Backups and the restore drill: keys apart from data, caught up with the checkpoint, expungements carried out again."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tenprint.clock import SetClock
from tenprint.errors import CheckpointInvalid, KeyMissing, LedgerForked, NotPermitted, ObjectDamaged, UsageError
from tenprint.ids import KeyId
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, TenprintTemplate, in_order
from tenprint.wiring import open_house
from tenprint.workflow import auditing, backup, journal, restoring, ticker
from tenprint.workflow.enrolment import Enrolled, enroll_template, expunge_person
from tenprint.workflow.house import CRIMINAL, House


def somebody(seed: int) -> TenprintTemplate:
    """Ten fingers drawn at random: nobody's."""
    draw = np.random.default_rng(seed)
    fingers = []
    for position in range(1, 11):
        points = np.zeros(40, MINUTIA)
        points["x"], points["y"] = draw.integers(20, 480, 40), draw.integers(20, 480, 40)
        points["theta"], points["kind"], points["quality"] = draw.integers(0, 65536, 40), 1, draw.integers(60, 100, 40)
        fingers.append(FingerTemplate(position, Minutiae(in_order(points), 500, 500), 80, "drawn-1/00"))
    return TenprintTemplate(tuple(fingers))


@dataclass
class Drill:
    """A house with enrolled people, and the three places that a restore draws on."""

    programme: Any  # the fixture of conftest
    place: Path
    owner: object

    @property
    def house(self) -> House:
        return self.programme.house

    def enroll(self, seed: int) -> Enrolled:
        return enroll_template(self.house, somebody(seed), CRIMINAL, by=self.owner)  # type: ignore[arg-type]

    def back_up(self) -> None:
        backup.back_up_data(self.house, self.place / "data-place", by=self.programme.operator)
        backup.back_up_keys(self.house, self.place / "key-place", by=self.programme.operator)
        shutil.copytree(self.house.root / "keys" / "wrapping", self.place / "wrapping", dirs_exist_ok=True)

    def mirror(self) -> None:
        """What an outsider holds: the log's public files and the list of expungements."""
        journal.publish(self.house, force=True)
        shutil.rmtree(self.place / "mirror", ignore_errors=True)
        shutil.copytree(self.house.root / "ledger", self.place / "mirror", ignore=shutil.ignore_patterns("unpublished"))
        listing = self.house.root / "expunged.jsonl"
        (self.place / "expunged.jsonl").write_bytes(listing.read_bytes() if listing.exists() else b"")

    @property
    def data_backup(self) -> Path:
        return max((self.place / "data-place").iterdir())

    def restore(self, **changes: object) -> dict[str, object]:
        parts: dict[str, object] = {
            "data": self.data_backup, "keys": self.place / "key-place", "wrapping": self.place / "wrapping",
            "checkpoint": self.place / "mirror" / "checkpoint", "expunged": self.place / "expunged.jsonl", "open_at": opened, **changes,
        }  # fmt: skip
        return restoring.restore(self.place / "restored", **parts)  # type: ignore[arg-type]


def opened(root: Path) -> House:
    return open_house(root, clock=SetClock(datetime(2011, 6, 9, 16, tzinfo=UTC)))


@pytest.fixture
def drill(programme: Any, tmp_path: Path) -> Drill:
    return Drill(programme, tmp_path, programme.staff("repository-owner"))


def leftovers(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.name.startswith((".restored", "restored"))]


def test_a_house_comes_back_whole_from_its_two_backups(drill: Drill) -> None:
    """Every event, person and key is there, doctor finds nothing, and the log goes on where it ended."""
    people = [drill.enroll(seed).person for seed in (1, 2)]
    drill.back_up()
    drill.mirror()
    done = drill.restore()

    assert (0, 0) == (done["expunged_again"], done["entries_without_event"])
    house = opened(drill.place / "restored")
    try:
        assert sorted(people) == house.galleries[CRIMINAL].persons()
        assert [] == auditing.fsck(house)
        before = journal.publish(house, force=True)
        enroll_template(house, somebody(3), CRIMINAL, by=drill.owner)  # type: ignore[arg-type]
        assert before != journal.publish(house, force=True)
    finally:
        house.close()


def test_a_data_backup_holds_no_key_no_hot_state_and_no_list_of_expungements(drill: Drill) -> None:
    """Design decision 13: keys are never in the same backup as what they open; hot tiers are never backed up."""
    drill.enroll(1)
    drill.back_up()
    top = {path.name for path in drill.data_backup.iterdir()}
    content = b"".join(path.read_bytes() for path in drill.data_backup.rglob("*") if path.is_file())

    assert {"tenprint.db", "objects", "ledger", "gallery", "backup.json", "contents.sha256"} <= top
    assert top.isdisjoint({"keys", "expunged.jsonl", "workers"})
    assert {"records.log", "manifest.json", "authorities.log"} == {
        p.name for p in (drill.data_backup / "gallery" / CRIMINAL).iterdir()
    }
    for key in (drill.house.root / "keys").rglob("*"):
        if key.is_file() and key.name not in {".lock", "destroyed.log"}:
            assert key.read_bytes() not in content, key.name


def test_keys_and_data_are_refused_in_one_folder_and_inside_the_house(drill: Drill) -> None:
    """Whoever takes one backup away must not have taken both."""
    operator, house = drill.programme.operator, drill.house
    backup.back_up_data(house, drill.place / "a", by=operator)
    backup.back_up_keys(house, drill.place / "b", by=operator)

    with pytest.raises(UsageError, match="same backup"):
        backup.back_up_keys(house, drill.place / "a", by=operator)
    with pytest.raises(UsageError, match="same backup"):
        backup.back_up_data(house, drill.place / "b", by=operator)
    for one in (backup.back_up_keys, backup.back_up_data):
        with pytest.raises(UsageError, match="inside the data directory"):
            one(house, house.root / "backups", by=operator)
        with pytest.raises(NotPermitted):
            one(house, drill.place / "c", by=drill.programme.staff("examiner"))


def test_who_was_expunged_after_the_backup_is_expunged_again_before_anything_is_served(drill: Drill) -> None:
    """Design decision 13: a restore replays the list of expungements; a key that comes back in a key backup is destroyed."""
    gone, stays = drill.enroll(1), drill.enroll(2)
    drill.back_up()
    expunge_person(drill.house, gone.person, CRIMINAL, reason="court_order", by=drill.owner)  # type: ignore[arg-type]
    drill.mirror()
    done = drill.restore(mirror=drill.place / "mirror")

    assert 1 == done["expunged_again"]
    house = opened(drill.place / "restored")
    try:
        assert [stays.person] == house.galleries[CRIMINAL].persons()
        assert house.vault.is_destroyed(KeyId(gone.encounter))
        assert not (house.root / "keys" / gone.encounter).exists()
        assert gone.encounter.encode() not in (house.root / "gallery" / CRIMINAL / "records.log").read_bytes()
        with house.store.reader() as reader:
            assert [] == list(reader.enrolments.for_person(gone.person))
        assert [] == auditing.fsck(house)
        assert (drill.place / "expunged.jsonl").read_bytes() == (house.root / "expunged.jsonl").read_bytes()
    finally:
        house.close()


def test_a_list_older_than_the_backup_is_refused(drill: Drill) -> None:
    """An empty or old list would bring people back in silence."""
    gone = drill.enroll(1)
    expunge_person(drill.house, gone.person, CRIMINAL, reason="court_order", by=drill.owner)  # type: ignore[arg-type]
    drill.back_up()
    drill.mirror()
    (drill.place / "old.jsonl").write_text("")
    (drill.place / "half.jsonl").write_text('{"person": "a", "repository"')

    with pytest.raises(UsageError, match="not the current one"):
        drill.restore(expunged=drill.place / "old.jsonl")
    with pytest.raises(UsageError, match="line 1"):
        drill.restore(expunged=drill.place / "half.jsonl")
    assert [] == leftovers(drill.place)


def test_a_log_behind_the_published_checkpoint_may_not_serve_until_a_mirror_fills_it(drill: Drill) -> None:
    """Design decision 13: refused with the number that is missing; with a mirror it catches up, and says what has no event."""
    drill.enroll(1)
    drill.back_up()
    drill.enroll(2)
    drill.enroll(3)
    drill.mirror()

    with pytest.raises(LedgerForked, match=r": 2 are missing.*--mirror"):
        drill.restore()
    assert [] == leftovers(drill.place)
    done = drill.restore(mirror=drill.place / "mirror")
    assert 2 == done["entries_without_event"]
    house = opened(drill.place / "restored")
    try:
        shown = (drill.place / "mirror" / "checkpoint").read_text().splitlines()
        with house.log() as log:
            assert int(shown[1]) <= log.size
        enroll_template(house, somebody(4), CRIMINAL, by=drill.owner)  # type: ignore[arg-type]
        assert [] == auditing.fsck(house)
        journal.publish(house, force=True)
    finally:
        house.close()


def test_an_event_that_was_logged_just_after_the_backup_is_found_again_in_the_mirror(drill: Drill) -> None:
    """Recorded before the snapshot, logged after it: its entry is matched, not counted as lost, and not logged twice."""
    drill.enroll(1)
    told = journal.tell_log
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tenprint.workflow.enrolment.tell_log", lambda house: 0)
        patch.setattr("tenprint.workflow.backup.publish", lambda house: None)
        drill.enroll(2)
        drill.back_up()
    assert 1 == told(drill.house)
    drill.mirror()
    done = drill.restore(mirror=drill.place / "mirror")

    assert 0 == done["entries_without_event"]
    house = opened(drill.place / "restored")
    try:
        with house.log() as log, drill.house.log() as first:
            assert first.root_hash == log.root_hash
        assert [] == auditing.fsck(house)
    finally:
        house.close()


def test_another_log_is_never_taken_for_the_restored_one(drill: Drill, tmp_path: Path) -> None:
    """A checkpoint of another key, and a mirror of another log, are refused by name."""
    drill.back_up()
    drill.mirror()
    note = (drill.place / "mirror" / "checkpoint").read_text()
    (drill.place / "forged").write_text(note.replace("\n", "0\n", 2).replace("0\n", "\n", 1))
    other = open_house(tmp_path / "other", clock=drill.programme.clock)
    try:
        enroll_template(other, somebody(9), CRIMINAL, by=drill.owner)  # type: ignore[arg-type]
        journal.publish(other, force=True)
        shutil.copytree(other.root / "ledger", tmp_path / "other-mirror", ignore=shutil.ignore_patterns("unpublished"))
    finally:
        other.close()

    with pytest.raises(CheckpointInvalid):
        drill.restore(checkpoint=drill.place / "forged")
    with pytest.raises(CheckpointInvalid):
        drill.restore(checkpoint=tmp_path / "other-mirror" / "checkpoint")
    with pytest.raises(CheckpointInvalid):
        drill.restore(mirror=tmp_path / "other-mirror")
    assert [] == leftovers(drill.place)


def test_a_mirror_that_parted_from_the_backup_is_refused(drill: Drill) -> None:
    """The same key signed two logs: whoever holds both has the proof, and neither is served."""
    drill.enroll(1)
    twin = drill.place / "twin"
    shutil.copytree(drill.house.root, twin)
    drill.enroll(2)
    drill.back_up()
    drill.mirror()
    house = opened(twin)
    try:
        for seed in (3, 4, 5):
            enroll_template(house, somebody(seed), CRIMINAL, by=drill.owner)  # type: ignore[arg-type]
        note = journal.publish(house, force=True)
        (drill.place / "parted").write_text(note or "")
        shutil.copytree(twin / "ledger", drill.place / "parted-mirror", ignore=shutil.ignore_patterns("unpublished"))
    finally:
        house.close()

    with pytest.raises(LedgerForked, match="two logs"):
        drill.restore(checkpoint=drill.place / "parted", mirror=drill.place / "parted-mirror")
    assert [] == leftovers(drill.place)


@pytest.mark.parametrize("spoil", ["change", "remove", "add", "keys"])
def test_a_spoiled_data_backup_is_refused_by_name(drill: Drill, spoil: str) -> None:
    """Every file is compared with the list; keys beside what they open are refused as such."""
    drill.enroll(1)
    drill.back_up()
    drill.mirror()
    victim = next(path for path in sorted((drill.data_backup / "objects").rglob("*")) if path.is_file())
    acts: dict[str, Callable[[], object]] = {
        "change": lambda: victim.write_bytes(victim.read_bytes()[:-1] + b"\0\0"),
        "remove": victim.unlink,
        "add": lambda: (drill.data_backup / "objects" / "more").write_bytes(b"x"),
        "keys": lambda: shutil.copytree(drill.house.root / "keys", drill.data_backup / "keys"),
    }
    acts[spoil]()

    with pytest.raises(UsageError if spoil == "keys" else ObjectDamaged, match="Nothing was restored"):
        drill.restore()


def test_a_key_backup_older_than_the_data_is_refused(drill: Drill) -> None:
    """Objects whose key nobody has would be lost in silence."""
    backup.back_up_keys(drill.house, drill.place / "key-place", by=drill.programme.operator)
    shutil.copytree(drill.house.root / "keys" / "wrapping", drill.place / "wrapping")
    drill.enroll(1)
    backup.back_up_data(drill.house, drill.place / "data-place", by=drill.programme.operator)
    drill.mirror()

    with pytest.raises(KeyMissing, match="after the data backup"):
        drill.restore()
    assert [] == leftovers(drill.place)


def test_after_thirty_days_a_key_backup_restores_nothing(drill: Drill) -> None:
    """The round of the ticker destroys the wrapping key; the receipt named that day."""
    gone = drill.enroll(1)
    drill.back_up()
    shutil.rmtree(drill.place / "wrapping")
    drill.programme.clock.advance(timedelta(days=12))
    receipt = expunge_person(drill.house, gone.person, CRIMINAL, reason="court_order", by=drill.owner)  # type: ignore[arg-type]
    drill.mirror()
    drill.programme.clock.advance(timedelta(days=18))
    ticker.tick(drill.house)

    assert "2011-07-07" == receipt["no_copy_readable_after"]
    assert ["2011-07-07.key"] == [path.name for path in (drill.house.root / "keys" / "wrapping").iterdir()]
    with pytest.raises(KeyMissing, match="can't be opened by anyone"):
        drill.restore(wrapping=drill.house.root / "keys" / "wrapping")


def test_without_a_key_backup_the_receipt_names_the_day_itself(drill: Drill) -> None:
    """No copy of a key was made, so none outlives the expungement."""
    gone = drill.enroll(1)
    receipt = expunge_person(drill.house, gone.person, CRIMINAL, reason="court_order", by=drill.owner)  # type: ignore[arg-type]

    assert "2011-06-07" == receipt["no_copy_readable_after"]


def test_a_restore_never_touches_what_is_there(drill: Drill) -> None:
    """A restore makes a new data directory."""
    drill.back_up()
    drill.mirror()
    (drill.place / "restored").mkdir()

    with pytest.raises(UsageError, match="there already"):
        drill.restore()


def test_what_is_recorded_while_a_backup_runs_is_whole_in_it_or_not_at_all(drill: Drill) -> None:
    """A backup beside a working house restores to a state that doctor finds sound."""
    stop = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        seed = 100
        while not stop.is_set():
            try:
                drill.enroll(seed)
            except BaseException as error:
                failed.append(error)
                return
            seed += 1

    writer = threading.Thread(target=work)
    writer.start()
    time.sleep(0.2)
    try:
        backup.back_up_data(drill.house, drill.place / "data-place", by=drill.programme.operator)
    finally:
        stop.set()
        writer.join()
    backup.back_up_keys(drill.house, drill.place / "key-place", by=drill.programme.operator)
    shutil.copytree(drill.house.root / "keys" / "wrapping", drill.place / "wrapping")
    drill.mirror()
    drill.restore(mirror=drill.place / "mirror")

    assert [] == failed
    house = opened(drill.place / "restored")
    try:
        auditing.fsck(
            house, sweep=True
        )  # an enrolment in hand at that moment is as after a crash: enrolled, not yet told
    finally:
        house.close()
    house = opened(drill.place / "restored")
    try:
        assert [] == auditing.fsck(house)
        assert json.loads((drill.data_backup / "backup.json").read_text())["ledger_entries"] > 0
    finally:
        house.close()
