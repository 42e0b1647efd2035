"""After an expungement no byte of the person is left, whenever the process is killed; all others are held (design section 6)."""

from __future__ import annotations

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
    everything_in,
    kill_at_step,
    make,
    person,
    reopen,
    template,
)

from tenprint.errors import PersonUnknown
from tenprint.identify.gallery.gallery import ExpungeReceipt, Gallery, fsck
from tenprint.ids import EncounterId, KeyId


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
