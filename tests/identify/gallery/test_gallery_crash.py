"""Killed at any byte of any write, a folder opens and has lost nothing acknowledged (design section 6)."""

from __future__ import annotations

import os
import resource
import signal
from pathlib import Path

import pytest
from gallery_room import (
    AT,
    REPOSITORY,
    MemorySealer,
    SameMinutiae,
    authority,
    copies,
    enrol,
    kill_at_step,
    make,
    person,
    reopen,
    template,
)

from tenprint.errors import GalleryBusy, GalleryCorrupt, GalleryError
from tenprint.identify.gallery import durable
from tenprint.identify.gallery.gallery import Gallery, fsck


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
