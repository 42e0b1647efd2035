"""Enrolment, search and the order of candidates, through the front door."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from gallery_room import (
    AT,
    EMPTY,
    REPOSITORY,
    MemorySealer,
    SameMinutiae,
    authority,
    enrol,
    everything_in,
    person,
    reopen,
    template,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import GalleryCorrupt, GalleryError, KeyDestroyed, TemplateInvalid, UsageError
from tenprint.identify.gallery.candidates import Candidate, CandidateList
from tenprint.identify.gallery.framed_log import FramedLog, framed
from tenprint.identify.gallery.gallery import Gallery, fsck
from tenprint.identify.gallery.records import MAGIC, from_body, to_body
from tenprint.ids import AuthorityId, EncounterId, KeyId, PersonId


def test_the_same_prints_come_first_and_strong(gallery: Gallery) -> None:
    """Rank 1 is the highest score, with zone and score of each finger (design decision 9)."""
    for number in range(5):
        enrol(gallery, number)

    found = gallery.search(template(3), authority(), at=AT)

    first = found.candidates[0]
    assert (person(3), 1, 120, "strong", {1: 60, 2: 60}, 2) == (
        first.person, first.rank, first.score, first.zone, dict(first.fingers), first.common,
    )  # fmt: skip
    assert (
        found.zone,
        found.searched,
        found.complete,
        len(found.candidates),
        found.repository,
    ) == ("strong", 5, True, 5, "criminal")


def test_equal_scores_stand_in_the_order_of_person_ids_and_the_list_is_cut_at_its_limit(gallery: Gallery) -> None:
    """Same gallery, same probe: same list, whatever the order of enrolment."""
    for number in (4, 1, 3, 0, 2):
        enrol(gallery, number, seed=7)

    found = gallery.search(template(7), authority(), at=AT, limit=3)

    assert [person(0), person(1), person(2)] == [c.person for c in found.candidates]
    assert [c.rank for c in found.candidates] == [1, 2, 3]
    assert found.searched == 5


def test_a_person_is_listed_once_by_the_best_encounter(gallery: Gallery) -> None:
    """Several encounters of one person are one candidate."""
    enrol(gallery, 1, encounter=0, seed=50)
    best = enrol(gallery, 1, encounter=1, seed=51)
    enrol(gallery, 2)

    found = gallery.search(template(51), authority(), at=AT)

    assert [(person(1), best), (person(2), found.candidates[1].encounter)] == [
        (c.person, c.encounter) for c in found.candidates
    ]
    assert (len(gallery), found.searched) == (2, 3)


def test_an_empty_gallery_is_searched_and_says_so(gallery: Gallery) -> None:
    """No candidate among nobody is a complete answer, with its authority spent."""
    found = gallery.search(template(1), authority(), at=AT)

    assert (
        found.complete,
        found.searched,
        found.candidates,
        found.zone,
        len(gallery.spent()),
    ) == (True, 0, (), "none", 1)


@pytest.mark.parametrize("probe", [EMPTY, template(1, positions=(9, 10))], ids=["no minutiae", "no finger in common"])
def test_a_probe_that_compares_with_nothing_is_incomplete_and_not_no_match(gallery: Gallery, probe: object) -> None:
    """Error, no match, match and incomplete are four different results (design section 5, Search)."""
    enrol(gallery, 1)

    found = gallery.search(probe, authority(), at=AT)  # type: ignore[arg-type]

    assert (found.complete, found.candidates, gallery.spent()[0].complete) == (False, (), False)


def test_enrolling_the_same_encounter_again_changes_nothing(gallery: Gallery, folder: Path) -> None:
    """A retry after a crash is harmless; the same encounter under another name is not."""
    name = enrol(gallery, 1)
    before = (gallery.generation, (folder / "records.log").read_bytes())
    enrol(gallery, 1)

    assert before == (gallery.generation, (folder / "records.log").read_bytes())
    assert gallery.has_encounter(name)
    assert not gallery.has_encounter(EncounterId("another"))
    with pytest.raises(GalleryError, match="another person"):
        gallery.enroll(person(2), name, template(1), key=KeyId(name))


def test_a_template_without_minutiae_or_from_another_extractor_is_not_enrolled(gallery: Gallery) -> None:
    """Minutiae of two extractors are never compared; the first enrolment fixes the family."""
    with pytest.raises(TemplateInvalid, match="no finger has minutiae"):
        gallery.enroll(person(1), EncounterId("e"), EMPTY, key=KeyId("k"))
    enrol(gallery, 1)
    other = template(2, extractor="other-5/00")
    with pytest.raises(TemplateInvalid, match="other-5"):
        gallery.enroll(person(2), EncounterId("e"), other, key=KeyId("k"))
    with pytest.raises(TemplateInvalid, match="other-5"):
        gallery.search(other, authority(), at=AT)

    assert ([person(1)], []) == (gallery.persons(), gallery.spent())


def test_a_destroyed_key_means_expunged_at_loading_and_at_answering(folder: Path) -> None:
    """Expunging is not an error anywhere (design decision 3); a key destroyed while the gallery is open counts at once."""
    sealer = MemorySealer()
    gallery = reopen(folder, sealer=sealer)
    gone, later = enrol(gallery, 1), enrol(gallery, 2)
    enrol(gallery, 3)
    gallery.close()
    sealer.destroy_key(KeyId(gone))

    again = reopen(folder, sealer=sealer)
    assert [person(2), person(3)] == again.persons()
    sealer.destroy_key(KeyId(later))
    found = again.search(template(2), authority(), at=AT)
    assert [person(3)] == [c.person for c in found.candidates]
    assert not again.has_encounter(gone)
    with pytest.raises(KeyDestroyed):
        again.enroll(person(9), EncounterId("new"), template(9), key=KeyId(gone))
    again.close()


def test_no_minutia_is_on_disk_in_the_clear(gallery: Gallery, folder: Path) -> None:
    """Templates are sealed before they touch the disk (design decision 3)."""
    enrol(gallery, 1)
    gallery.search(template(1), authority(), at=AT)
    on_disk = everything_in(folder)
    clear = template(1).to_bytes()

    assert [at for at in range(len(clear) - 8) if clear[at : at + 8] in on_disk] == []


def test_what_is_sealed_for_one_person_can_not_be_put_under_another(folder: Path) -> None:
    """The sealed payload names repository, person and encounter; another name on the outside is damage."""
    gallery = reopen(folder)
    enrol(gallery, 1)
    gallery.close()
    log = FramedLog(folder / "records.log", MAGIC)
    (frame,) = log.frames()

    forged = dataclasses.replace(from_body(frame.body, at=0), person=person(2))  # type: ignore[call-arg]
    content = (folder / "records.log").read_bytes()
    (folder / "records.log").write_bytes(content[: frame.start] + framed(to_body(forged)))

    with pytest.raises(GalleryCorrupt, match="belongs to another person"):
        reopen(folder)


def test_two_open_instances_see_each_other_and_generations_grow(gallery: Gallery, folder: Path) -> None:
    """Server and command line may hold the folder at once: each operation first reads the other's tail."""
    other = reopen(folder)
    seen = [gallery.generation]
    enrol(other, 1)
    seen.append(gallery.generation)
    enrol(gallery, 2)
    seen.append(other.generation)
    gallery.expunge(person(1))
    seen.append(other.generation)

    assert seen == [0, 1, 2, 3]
    assert [person(2)] == [c.person for c in other.search(template(1), authority(), at=AT).candidates]
    assert [person(2)] == other.persons()
    other.close()
    assert fsck(folder, public_key=REPOSITORY.public_key) == []


def test_another_matcher_takes_the_folder_over_and_the_old_one_must_open_it_again(
    gallery: Gallery, folder: Path
) -> None:
    """At any time one matcher serves a repository: two with different scores never answer side by side."""
    newer = reopen(folder, matcher=SameMinutiae("same-minutiae-2"))

    assert newer.search(template(1), authority(), at=AT).matcher == "same-minutiae-2"
    with pytest.raises(GalleryError, match="same-minutiae-2"):
        gallery.search(template(1), authority(), at=AT)
    newer.close()
    reopen(folder).close()
    assert len(gallery) == 0


def test_a_closed_gallery_answers_nothing_and_a_limit_below_one_is_refused(gallery: Gallery) -> None:
    """Usage errors spend no authority."""
    with pytest.raises(UsageError):
        gallery.search(template(1), authority(), at=AT, limit=0)
    assert gallery.spent() == []
    gallery.close()
    gallery.close()
    with pytest.raises(GalleryError, match="closed"):
        gallery.search(template(1), authority(), at=AT)


lists = st.builds(
    CandidateList,
    repository=st.text(), authority=st.builds(AuthorityId, st.text()), generation=st.integers(0), matcher=st.text(),
    searched=st.integers(0), complete=st.booleans(), log_hash=st.text(), attempt=st.integers(1),
    candidates=st.lists(
        st.builds(
            Candidate, person=st.builds(PersonId, st.text()), encounter=st.builds(EncounterId, st.text()), rank=st.integers(1),
            score=st.integers(), zone=st.sampled_from(["none", "review", "strong"]), common=st.integers(0, 10),
            fingers=st.dictionaries(st.integers(1, 10), st.integers()),
        ), max_size=4,
    ).map(tuple),
)  # fmt: skip


@given(lists)
@settings(max_examples=60, deadline=None)
def test_a_candidate_list_survives_its_bytes(found: CandidateList) -> None:
    """to_bytes and from_bytes are inverses; the bytes are canonical."""
    assert found == CandidateList.from_bytes(found.to_bytes())
    assert found.to_bytes() == CandidateList.from_bytes(found.to_bytes()).to_bytes()


@given(lists, st.data())
@settings(max_examples=60, deadline=None)
def test_a_candidate_list_cut_short_is_refused(found: CandidateList, data: st.DataObject) -> None:
    """Damaged bytes are a ValueError, never another list."""
    whole = found.to_bytes()
    with pytest.raises(ValueError):
        CandidateList.from_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
