"""Killed at any byte of any write, a folder opens and has lost nothing acknowledged (design section 6)."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gallery_room import (
    AT,
    REPOSITORY,
    MemorySealer,
    SameMinutiae,
    authority,
    enrol,
    everything_in,
    make,
    person,
    reopen,
    template,
)

from tenprint.errors import AuthorityRefused, GalleryBusy, GalleryCorrupt, GalleryError, PersonUnknown
from tenprint.identify.gallery import durable
from tenprint.identify.gallery.gallery import ExpungeReceipt, Gallery, fsck
from tenprint.identify.gallery.records import subject_of
from tenprint.ids import EncounterId, KeyId, PersonId

HERE = Path(__file__).resolve().parent


def copies(folder: Path, tmp_path: Path) -> Callable[[], Path]:
    def copy() -> Path:
        again = tmp_path / "copy"
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(folder, again)
        return again

    return copy


def test_an_enrolment_torn_at_every_byte_leaves_all_before_it(folder: Path, swift: Path) -> None:
    """A torn tail is dropped by its checksum; the next enrolment lands where it was, and the folder is sound again."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    before = (folder / "records.log").stat().st_size
    gallery.close()
    gallery = reopen(folder)
    enrol(gallery, 2)
    after = (folder / "records.log").stat().st_size
    copy = copies(folder, swift)

    torn, whole = copy(), (folder / "records.log").read_bytes()
    for cut in range(before, after):
        (torn / "records.log").write_bytes(whole[:cut])
        assert (cut > before) == bool(fsck(torn))
        again = reopen(torn)
        assert ([person(1)], 1, []) == (again.persons(), again.generation, fsck(torn))
        if cut % 16 == 0 or cut in {before, after - 1}:
            enrol(again, 3)
            assert ([person(1), person(3)], 2) == (again.persons(), again.generation)
            again.close()
            assert fsck(torn, public_key=REPOSITORY.public_key) == []
            torn = copy()


def test_a_search_torn_at_every_byte_of_its_log_entry_was_never_answered(folder: Path, swift: Path) -> None:
    """The entry is durable before the answer, so a torn entry stands for no answer: the same authority may try again."""
    gallery = reopen(folder)
    gallery.search(template(1), authority(), at=AT)
    before = (folder / "authorities.log").stat().st_size
    right = authority()
    gallery.search(template(1), right, at=AT)
    after = (folder / "authorities.log").stat().st_size
    copy = copies(folder, swift)

    torn, whole = copy(), (folder / "authorities.log").read_bytes()
    for cut in range(before, after):
        (torn / "authorities.log").write_bytes(whole[:cut])
        again = reopen(torn)
        assert (again.attempts(right.id), fsck(torn)) == (0, [])
        if cut % 64 == 0 or cut in {before, after - 1}:
            assert again.search(template(1), right, at=AT).attempt == 1
            assert len(again.spent()) == 2
            again.close()
            assert fsck(torn) == []
            torn = copy()


def test_blocks_that_power_loss_left_empty_are_a_torn_tail(folder: Path) -> None:
    """A file that grew without its bytes being written ends in zeros; no record does."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    with (folder / "records.log").open("ab") as file:
        file.write(bytes(5000))

    assert [person(1)] == gallery.persons()
    enrol(gallery, 2)
    assert fsck(folder) == []


def test_a_flipped_byte_anywhere_is_found_and_never_taken_for_a_torn_tail(folder: Path) -> None:
    """Damage of acknowledged bytes is loud: fsck names it and the folder does not open; nothing is truncated."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    enrol(gallery, 2)
    gallery.search(template(1), authority(), at=AT)
    gallery.close()
    for name in ("manifest.json", "records.log", "authorities.log"):
        path = folder / name
        whole = path.read_bytes()
        for at in {*range(0, len(whole), 11), *range(40), *range(len(whole) - 40, len(whole))}:
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :])
            assert fsck(folder) != [], (name, at)
        for at in (0, len(whole) // 2, len(whole) - 1):
            damaged = whole[:at] + bytes([whole[at] ^ 0x04]) + whole[at + 1 :]
            path.write_bytes(damaged)
            with pytest.raises(GalleryCorrupt):
                reopen(folder)
            assert damaged == path.read_bytes()
        path.write_bytes(whole)

    assert fsck(folder) == []


def test_a_flipped_byte_of_a_study_key_is_found(tmp_path: Path) -> None:
    """Every file of the folder is checked, the key of a study folder too."""
    Gallery.study(tmp_path / "mine", sealer=MemorySealer(), matcher=SameMinutiae()).close()
    path = tmp_path / "mine" / "study.key"
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])

    assert any("study.key" in problem for problem in fsck(tmp_path / "mine"))


def test_records_cut_back_behind_the_checkpoint_are_missed(folder: Path) -> None:
    """A whole record that is gone checks by itself; the manifest's checkpoint knows that there were more."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    end = (folder / "records.log").stat().st_size
    enrol(gallery, 2)
    gallery.close()
    os.truncate(folder / "records.log", end)

    assert any("missing" in problem for problem in fsck(folder))
    with pytest.raises(GalleryCorrupt, match="missing"):
        reopen(folder)


def test_a_record_that_vanishes_under_an_open_gallery_is_corruption(gallery: Gallery, folder: Path) -> None:
    """What was read before is never silently forgotten."""
    enrol(gallery, 1)
    whole = (folder / "records.log").read_bytes()
    os.truncate(folder / "records.log", len(whole) - 30)
    with pytest.raises(GalleryCorrupt, match="missing"):
        gallery.search(template(1), authority(), at=AT)
    (folder / "records.log").write_bytes(whole)


def test_strange_files_and_folders_that_are_no_gallery_are_named(folder: Path, tmp_path: Path) -> None:
    """Fsck answers in words, also for what is not a gallery."""
    (folder / "notes.txt").write_text("x")
    (folder / "lock").write_text("x")

    assert len(fsck(folder)) == 2
    assert fsck(tmp_path) != []
    with pytest.raises(GalleryError):
        reopen(tmp_path)


def test_a_disk_that_refuses_leaves_the_file_as_it_was(folder: Path) -> None:
    """A full disk is an error in words, nothing is acknowledged, and the next write works (here: a limit on file size)."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    before = (folder / "records.log").read_bytes()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, len(before) + 100))
        try:
            enrol(gallery, 2)
        except GalleryError as error:
            os._exit(0 if "Nothing was acknowledged" in str(error) and len(gallery) == 1 else 4)
        os._exit(3)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert before == (folder / "records.log").read_bytes()
    enrol(gallery, 2)
    assert fsck(folder) == []


def test_a_folder_held_by_another_process_is_busy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting ends with an error that says what to do; reading side by side needs no waiting."""
    gallery = reopen(folder)
    monkeypatch.setattr(durable, "LOCK_TRIES", 3)
    with durable.locked(folder, exclusive=False):
        assert len(gallery) == 0
        with pytest.raises(GalleryBusy, match="Nothing was read or written"):
            enrol(gallery, 1)
    enrol(gallery, 1)


# -- expungement ------------------------------------------------------------------------------------------------------


def test_after_an_expungement_no_byte_of_the_person_is_in_any_file(gallery: Gallery, folder: Path) -> None:
    """Byte-grep of every file for ids and sealed bytes after the receipt (matching 4.5, acceptance test)."""
    sealed = []

    class Watching(MemorySealer):
        def seal_bytes(self, key: KeyId, payload: bytes) -> bytes:
            sealed.append(super().seal_bytes(key, payload))
            return sealed[-1]

    matcher = SameMinutiae()
    watched = reopen(folder, sealer=Watching(), matcher=matcher)
    encounters = [enrol(watched, 1, encounter=n, seed=60 + n) for n in range(3)]
    others = [enrol(watched, n) for n in (2, 3)]
    watched.search(template(60), authority(), at=AT)
    hot = matcher.prepared[:3]
    receipt = watched.expunge(person(1))
    on_disk = everything_in(folder)

    assert [e for e in encounters if e.encode() in on_disk] == []
    assert person(1).encode() not in on_disk
    assert [s for s in sealed[:3] for at in range(0, len(s) - 8, 8) if s[at : at + 8] in on_disk] == []
    assert all(o.encode() in on_disk for o in others)
    assert all(prepared.wiped for prepared in hot)
    assert (receipt.encounters, receipt.generation, receipt.is_for(person(1))) == (3, 6, True)
    assert receipt.verifies(REPOSITORY.public_key)
    assert receipt == ExpungeReceipt.from_bytes(receipt.to_bytes())
    assert [person(2), person(3)] == [c.person for c in watched.search(template(60), authority(), at=AT).candidates]
    assert fsck(folder) == []


def test_the_old_bytes_are_overwritten_where_they_lay(gallery: Gallery, folder: Path) -> None:
    """Who holds the old file open reads zeros: its blocks were overwritten before they were given back."""
    enrol(gallery, 1)
    enrol(gallery, 2)
    with (folder / "records.log").open("rb", buffering=0) as old:
        size = len(old.read())
        gallery.expunge(person(1))
        old.seek(0)
        left = old.read()

    assert (left.count(0), len(left) > size) == (len(left), True)


def test_an_expungement_again_gives_the_receipt_again_and_the_id_is_never_used_again(
    gallery: Gallery, folder: Path
) -> None:
    """Orders are idempotent over crashes; an id of an expunged person stays empty (matching 4.5)."""
    enrol(gallery, 1)
    enrol(gallery, 2)
    first = gallery.expunge(person(1))
    gallery.close()
    again = reopen(folder)

    assert first == again.expunge(person(1))
    with pytest.raises(PersonUnknown, match="never used again"):
        enrol(again, 1)
    with pytest.raises(PersonUnknown, match="is not here"):
        again.expunge(person(9))
    assert (again.generation, len(again)) == (3, 1)
    again.close()


def test_one_encounter_is_removed_and_the_persons_others_stay(gallery: Gallery, folder: Path) -> None:
    """ADR 0013: an arrest is deleted, not the person; no byte of it is left, it is never enrolled again, the receipt repeats."""
    first, second = enrol(gallery, 1, encounter=1, seed=61), enrol(gallery, 1, encounter=2, seed=62)
    receipt = gallery.expunge_encounter(first)
    gallery.close()
    again = reopen(folder)

    assert {second: person(1)} == again.encounters()
    assert first.encode() not in everything_in(folder)
    assert (1, True) == (receipt.encounters, receipt.verifies(REPOSITORY.public_key))
    assert receipt == again.expunge_encounter(first)
    with pytest.raises(PersonUnknown, match="never used again"):
        enrol(again, 1, encounter=1, seed=61)
    with pytest.raises(PersonUnknown, match="is not here"):
        again.expunge_encounter(EncounterId("nobody"))
    assert [] == fsck(folder)
    again.close()


def test_removing_one_encounter_killed_at_each_step_is_not_begun_or_is_finished_by_the_next_opening(
    swift: Path,
) -> None:
    """As for a person: whoever opens the folder next finishes it, and the other encounter is never lost."""
    step, died = 0, True
    while died:
        folder = make(swift / f"step-{step}")
        opened = reopen(folder)
        first, second = enrol(opened, 1, encounter=1, seed=61), enrol(opened, 1, encounter=2, seed=62)
        opened.close()

        def work(where: Path = folder, which: EncounterId = first) -> None:
            reopen(where).expunge_encounter(which)

        died = kill_at_step(step, work)
        again = reopen(folder)
        assert second in again.encounters()
        again.expunge_encounter(first)
        assert {second} == set(again.encounters())
        again.close()
        assert [] == fsck(folder)
        step += 1
    assert step > 5


def kill_at_step(step: int, work: Callable[[], None]) -> bool:
    """Run ``work`` in a child that dies before its ``step``-th change of the disk; True when it died, False when it finished."""
    child = os.fork()
    if child == 0:
        left = step

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **kwargs: object) -> object:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return call

        for name in ("pwrite", "fsync", "link", "unlink", "replace", "rename", "ftruncate"):
            setattr(os, name, dying(getattr(os, name)))
        try:
            work()
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_an_expungement_killed_at_each_step_is_not_begun_or_is_finished_by_the_next_opening(
    folder: Path, swift: Path
) -> None:
    """Never half: either the person is still held, or no byte of theirs is left; all others are held either way."""
    gallery = reopen(folder)
    for number in (1, 2, 3):
        enrol(gallery, number)
    gallery.close()
    copy = copies(folder, swift)
    step, outcomes = 0, []
    while True:
        at = copy()

        def expunge(root: Path = at) -> None:
            reopen(root).expunge(person(2))

        died = kill_at_step(step, expunge)
        again = reopen(at)
        gone = person(2) not in again.persons()
        outcomes.append(gone)
        assert [person(1), person(3)] == [p for p in again.persons() if p != person(2)]
        assert {p.name for p in at.iterdir()} == {"manifest.json", "records.log", "authorities.log", "lock"}
        assert gone == (person(2).encode() not in everything_in(at))
        assert again.expunge(person(2)).encounters == 1
        again.close()
        assert fsck(at) == []
        if not died:
            break
        step += 1

    assert sorted(outcomes) == outcomes
    assert {False, True} == set(outcomes)
    assert step > 12


def test_making_a_folder_and_first_writes_killed_at_each_step_can_be_done_again(swift: Path) -> None:
    """Founding, opening, enrolling, searching and closing in one go, killed before each change of the disk."""
    right = authority()

    def all_of_it(root: Path) -> None:
        if not (root / "manifest.json").exists():
            make(root)
        gallery = reopen(root)
        enrol(gallery, 1)
        if gallery.attempts(right.id) == 0:
            gallery.search(template(1), right, at=AT)
        gallery.settle(right.id, at=AT)
        gallery.close()

    step = 0
    while kill_at_step(step, lambda: all_of_it(root)) if (root := swift / str(step)) else False:
        all_of_it(root)
        assert fsck(root) == []
        gallery = reopen(root)
        assert ([person(1)], 1, 1) == (gallery.persons(), gallery.generation, len(gallery.spent()))
        gallery.close()
        step += 1

    assert step > 15


# -- several processes ------------------------------------------------------------------------------------------------

LOOP = """
import sys
sys.path.insert(0, {here!r})
from pathlib import Path
from gallery_room import enrol, reopen
gallery = reopen(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    enrol(gallery, number)
    print(number, flush=True)
"""


def loop(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    """A process that has the folder open and enrols when it is told to; see `begin`."""
    child = subprocess.Popen(
        [sys.executable, "-c", LOOP.format(here=str(HERE)), str(folder), str(first), str(last)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    return child


def begin(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


@pytest.mark.parametrize("acknowledged", [1, 7, 23])
def test_kill_9_during_enrolments_loses_nothing_acknowledged(folder: Path, acknowledged: int) -> None:
    """What a killed process had printed after `enroll` returned is found again; at most one more is there."""
    with loop(folder, 0, 100_000) as child:
        begin(child)
        assert child.stdout is not None
        printed = [int(child.stdout.readline()) for _ in range(acknowledged)]
        time.sleep(0.003 * acknowledged)
        child.kill()
        printed += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    gallery = reopen(folder)
    held = gallery.persons()
    gallery.close()

    assert [person(n) for n in printed] == held[: len(printed)]
    assert len(held) - len(printed) in {0, 1}
    assert fsck(folder) == []


def test_two_processes_enrol_at_the_same_time(gallery: Gallery, folder: Path) -> None:
    """Each takes the lock in turn; all are held, each generation once, and an open third instance sees them."""
    with loop(folder, 0, 25) as one, loop(folder, 100, 125) as two:
        begin(one)
        begin(two)
        one.communicate()
        two.communicate()
    assert [one.returncode, two.returncode] == [0, 0]

    assert [person(n) for n in (*range(25), *range(100, 125))] == gallery.persons()
    assert gallery.generation == 50
    assert fsck(folder) == []


def test_one_authority_in_two_places_is_answered_for_one_probe_only(folder: Path) -> None:
    """The entry is checked again under the exclusive lock: whoever comes second with another probe is refused."""
    gallery = reopen(folder)
    right = authority()

    class Slow(SameMinutiae):
        """While it compares, another process spends the same authority on another probe."""

        def search(self, probe: object, held: object) -> list[object]:
            other = reopen(folder)
            other.search(template(2), right, at=AT)
            return super().search(probe, held)  # type: ignore[arg-type, return-value]

    enrol(gallery, 1)
    with pytest.raises(AuthorityRefused, match="another probe"):
        reopen(folder, matcher=Slow()).search(template(1), right, at=AT)

    assert len(gallery.spent()) == 1


def test_who_is_expunged_while_a_search_runs_is_not_in_its_list(folder: Path) -> None:
    """The list is checked again before it is returned (matching 4.5: re-check before returning)."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    enrol(gallery, 2)

    class Slow(SameMinutiae):
        """While it compares, another process expunges the best candidate."""

        def search(self, probe: object, held: object) -> list[object]:
            reopen(folder).expunge(person(1))
            return super().search(probe, held)  # type: ignore[arg-type, return-value]

    found = reopen(folder, matcher=Slow()).search(template(1), authority(), at=AT)

    assert [person(2)] == [c.person for c in found.candidates]


def test_threads_share_one_gallery(gallery: Gallery, folder: Path) -> None:
    """Searches run side by side while others enrol and expunge; the count of authorities is exact at the end."""
    from concurrent.futures import ThreadPoolExecutor

    for number in range(8):
        enrol(gallery, number)

    def one(number: int) -> None:
        gallery.search(template(number % 8), authority(), at=AT)
        enrol(gallery, 100 + number)
        if number % 4 == 0:
            gallery.expunge(person(100 + number))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(24)))

    assert (len(gallery.spent()), len(gallery)) == (24, 8 + 18)
    assert gallery.generation == 8 + 24 + 6
    assert fsck(folder) == []


def test_the_digest_of_a_person_depends_on_repository_and_id() -> None:
    """Receipts of two repositories can't be joined by whoever has not the person's id."""
    one, other = PersonId("a"), PersonId("b")

    assert len({subject_of("x", one), subject_of("y", one), subject_of("x", other)}) == 3
