"""No search without authority; each used once; every use in a log that shows when it was touched (design decision 1)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from gallery_room import AT, GATE, REPOSITORY, Key, MemorySealer, SameMinutiae, authority, enrol, make, reopen, template

from tenprint.errors import AuthorityRefused, GalleryCorrupt, GalleryError, UsageError
from tenprint.identify.gallery import manifest
from tenprint.identify.gallery.authority_log import MAGIC, Entry
from tenprint.identify.gallery.candidates import content_hash
from tenprint.identify.gallery.framed_log import FramedLog
from tenprint.identify.gallery.gallery import Gallery, fsck
from tenprint.ids import AuthorityId
from tenprint.model.authority import SearchAuthority

REFUSED: dict[str, Callable[[], SearchAuthority | None]] = {
    "none given": lambda: None,
    "unsigned": lambda: dataclasses.replace(authority(), signature=b""),
    "signed by the repository itself": lambda: authority(key=REPOSITORY),
    "issuer that the manifest does not name": lambda: authority(issuer="somebody", key=Key("somebody")),
    "another repository": lambda: authority("immigration"),
    "changed after signing": lambda: dataclasses.replace(authority(), id=AuthorityId("0" * 32)),
    "study purpose in a served folder": lambda: authority(
        purpose="study", submission=None, gate_decision=None, reason="a study"
    ),
    "booking without submission": lambda: authority(submission=None),
    "booking without gate decision": lambda: authority(gate_decision=None),
    "named purpose without a logged reason": lambda: authority(purpose="audit", submission=None, gate_decision=None),
    "no purpose": lambda: authority(purpose="", reason="because"),
    "naive time": lambda: dataclasses.replace(authority(), issued_at=AT.replace(tzinfo=None)),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_search_is_refused_without_a_right_authority(gallery: Gallery, why: str) -> None:
    """Nothing is searched and nothing is spent."""
    enrol(gallery, 1)
    with pytest.raises(AuthorityRefused, match="Nothing was searched"):
        gallery.search(template(1), REFUSED[why](), at=AT)

    assert gallery.entries() == []


def test_a_named_purpose_with_its_logged_reason_opens_the_folder(gallery: Gallery) -> None:
    """An authority comes from a submission with its gate decision, or from a named, logged purpose."""
    found = gallery.search(
        template(1),
        authority(purpose="audit", submission=None, gate_decision=None, reason="yearly audit, order 7"),
        at=AT,
    )

    assert found.attempt == 1


def test_each_authority_is_used_once_and_a_retry_is_a_counted_attempt(gallery: Gallery) -> None:
    """The identical probe may be tried again until the result is recorded; every attempt is logged."""
    enrol(gallery, 1)
    right = authority()

    first, second = (gallery.search(template(1), right, at=AT) for _ in range(2))
    assert (1, 2, first.candidates) == (first.attempt, second.attempt, second.candidates)
    with pytest.raises(AuthorityRefused, match="another probe"):
        gallery.search(template(2), right, at=AT)
    gallery.settle(right.id, at=AT)
    gallery.settle(right.id, at=AT)
    with pytest.raises(AuthorityRefused, match="result is recorded"):
        gallery.search(template(1), right, at=AT)

    assert gallery.attempts(right.id) == 2
    assert [entry.kind for entry in gallery.entries()] == ["attempt", "attempt", "settled"]


def test_one_id_signed_over_two_texts_is_one_authority_only(gallery: Gallery) -> None:
    """An issuer that signs an id twice gets one search for it."""
    right = authority()
    gallery.search(template(1), right, at=AT)
    twin = authority(id=right.id, reason="other text")

    with pytest.raises(AuthorityRefused, match="signed twice"):
        gallery.search(template(1), twin, at=AT)


def test_nothing_is_settled_that_was_not_searched(gallery: Gallery) -> None:
    """Settling is the end of a search, never a way to void an authority."""
    with pytest.raises(AuthorityRefused, match="never spent"):
        gallery.settle(AuthorityId("0" * 32), at=AT)


def test_authorities_issued_are_authorities_spent_by_the_log_alone(gallery: Gallery, folder: Path) -> None:
    """issued = spent + voided + open; retries do not count; the count survives a restart."""
    issued = [authority() for _ in range(5)]
    for number, right in enumerate(issued[:4]):
        for _ in range(number + 1):
            gallery.search(template(1), right, at=AT)
    gallery.close()

    spent = reopen(folder).spent()
    assert {a.id for a in issued[:4]} == {entry.authority for entry in spent if entry.attempt == 1}
    assert len(spent) == 10


def test_the_log_entry_and_the_candidate_list_name_each_other(gallery: Gallery) -> None:
    """log_hash is the entry's hash; the entry holds the hash of the list's content."""
    enrol(gallery, 1)
    found = gallery.search(template(1), authority(), at=AT)
    (entry,) = gallery.spent()

    assert (found.log_hash, 1, found.generation, AT) == (entry.hash, entry.results, entry.generation, entry.at)
    assert content_hash(found) == entry.result


def test_the_authority_is_spent_before_the_answer_even_if_nobody_receives_it(folder: Path) -> None:
    """Another process sees the spent authority as soon as the search returned."""
    one, other = reopen(folder), reopen(folder)
    right = authority()
    one.search(template(1), right, at=AT)

    assert other.attempts(right.id) == 1
    with pytest.raises(AuthorityRefused):
        other.search(template(2), right, at=AT)


def forged_log(folder: Path, forge: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write the authorities log anew with its frames changed and all checksums right."""
    log = FramedLog(folder / "authorities.log", MAGIC)
    log.create(bodies=forge([frame.body for frame in log.frames()]))


FORGERIES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "an entry removed": lambda bodies: [*bodies[:1], *bodies[2:]],
    "the first entry removed": lambda bodies: bodies[1:],
    "the last entry removed": lambda bodies: bodies[:-1],
    "two entries exchanged": lambda bodies: [bodies[1], bodies[0], *bodies[2:]],
    "an entry repeated": lambda bodies: [*bodies, bodies[-1]],
    "a number changed": lambda bodies: [*bodies[:-1], bodies[-1].replace(b"2011-06-06", b"2012-06-06")],
    "a signature changed": lambda bodies: [*bodies[:-1], bodies[-1][:-1] + bytes([bodies[-1][-1] ^ 1])],
    "a signature changed inside": lambda bodies: [bodies[0][:-1] + bytes([bodies[0][-1] ^ 1]), *bodies[1:]],
    "the whole log emptied": lambda _: [],
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_log_that_was_touched_is_found_by_fsck_and_by_spent(folder: Path, what: str) -> None:
    """Chain, signatures and the manifest's checkpoint show every change, though all checksums were made right again."""
    gallery = reopen(folder)
    for _ in range(3):
        gallery.search(template(1), authority(), at=AT)
    gallery.close()
    whole = (folder / "authorities.log").read_bytes()
    gallery = reopen(folder)
    assert fsck(folder) == []
    forged_log(folder, FORGERIES[what])
    assert whole != (folder / "authorities.log").read_bytes()

    assert fsck(folder) != []
    with pytest.raises(GalleryCorrupt):
        gallery.spent()


def test_an_entry_without_a_right_grant_is_found_though_the_repository_signed_it(folder: Path) -> None:
    """A repository that searches without the gate convicts itself: each entry holds the issuer's signature."""
    gallery = reopen(folder)
    gallery.search(template(1), authority(), at=AT)
    right = gallery.spent()[0]
    with gallery._folder.writing():
        gallery._folder.log.append(
            Entry(sequence=0, kind="attempt", authority=AuthorityId("f" * 32), attempt=1, at=AT, probe="00", issuer="gate",
                  grant=right.grant, grant_signature=right.grant_signature),
            REPOSITORY,
        )  # fmt: skip

    assert any("without an authority" in problem for problem in fsck(folder))


def test_a_log_from_another_folder_does_not_fit(tmp_path: Path) -> None:
    """The first entry chains to the repository's name and key."""
    one = make(tmp_path / "one")
    other = tmp_path / "other"
    Gallery.create(other, repository="immigration", kind="served", issuers={"gate": GATE.public_key}, signer=REPOSITORY)
    gallery = reopen(one)
    gallery.search(template(1), authority(), at=AT)
    gallery.close()
    (other / "authorities.log").write_bytes((one / "authorities.log").read_bytes())

    with pytest.raises(GalleryCorrupt, match="chain is broken"):
        reopen(other)


def test_a_served_folder_is_founded_on_another_partys_key(tmp_path: Path) -> None:
    """The repository never signs its own authorities; a name, a kind and an issuer are needed."""
    right = {"repository": "criminal", "kind": "served", "issuers": {"gate": GATE.public_key}, "signer": REPOSITORY}
    for wrong in (
        {"issuers": {"gate": REPOSITORY.public_key}},
        {"issuers": {}},
        {"issuers": {"gate": b"short"}},
        {"kind": "open"},
        {"repository": ""},
        {"repository": "study/mine"},
    ):
        with pytest.raises(UsageError, match="No gallery was made"):
            Gallery.create(tmp_path / "g", **{**right, **wrong})  # type: ignore[arg-type]
    assert not (tmp_path / "g").exists()
    Gallery.create(tmp_path / "g", **right)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="already"):
        Gallery.create(tmp_path / "g", **right)  # type: ignore[arg-type]


def test_a_study_folder_is_its_own_issuer_and_never_serves(tmp_path: Path) -> None:
    """Purpose study, in study folders only; neither opened as served nor opened by booking authorities."""
    root, sealer = tmp_path / "mine", MemorySealer()
    study = Gallery.study(root, sealer=sealer, matcher=SameMinutiae())
    enrol(study, 1)
    found = study.search(template(1), study.study_authority("threshold study", at=AT), at=AT)

    assert (found.repository, found.zone) == ("study/mine", "strong")
    with pytest.raises(AuthorityRefused):
        study.search(template(1), authority("study/mine"), at=AT)
    booking = dataclasses.replace(
        study.study_authority("x", at=AT), purpose="booking", submission="s", gate_decision="d"
    )
    booking = dataclasses.replace(booking, signature=study._folder.signer.sign(booking.signed_bytes()))
    with pytest.raises(AuthorityRefused, match="study folders"):
        study.search(template(1), booking, at=AT)
    study.close()
    with pytest.raises(GalleryError, match="study folder"):
        Gallery.open(root, sealer=sealer, signer=REPOSITORY, matcher=SameMinutiae())
    again = Gallery.study(root, sealer=sealer, matcher=SameMinutiae())
    assert len(again) == 1
    again.close()
    assert fsck(root) == []


def test_a_served_folder_issues_no_authority_to_itself_and_is_not_opened_as_study(
    gallery: Gallery, folder: Path
) -> None:
    """Study is a kind of folder, not a way in."""
    with pytest.raises(AuthorityRefused, match="asked to issue"):
        gallery.study_authority("let me in", at=AT)
    with pytest.raises(GalleryError):
        Gallery.study(folder, sealer=MemorySealer(), matcher=SameMinutiae())
    assert fsck(folder) == []


@pytest.mark.parametrize(
    "change", [{"kind": "study"}, {"issuers": {"gate": "AAAA"}}, {"repository": "other"}, {"generation": 7}]
)
def test_a_manifest_that_was_edited_is_not_opened(folder: Path, change: dict[str, object]) -> None:
    """Kind and issuers can't be edited: the repository's key signed them."""
    stated = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**stated, **change}, indent=2, sort_keys=True) + "\n")

    with pytest.raises(GalleryCorrupt):
        reopen(folder)
    assert fsck(folder) != []


def test_a_manifest_has_one_spelling(folder: Path) -> None:
    """The same content in other bytes was not written by us: every byte of the file is accounted for."""
    stated = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(stated))

    with pytest.raises(GalleryCorrupt, match="not those that were signed"):
        reopen(folder)


def test_nothing_in_the_code_changes_what_a_folder_was_made_as(gallery: Gallery) -> None:
    """A study folder can never accept another list of issuers."""
    stated = manifest.read(manifest.load(gallery.root))
    for fixed in ("issuers", "kind", "repository", "public_key"):
        with pytest.raises(ValueError, match="never changes"):
            stated.with_changes(**{fixed: getattr(stated, fixed)})


def test_a_folder_opens_only_with_its_repositorys_key(folder: Path) -> None:
    """Another party's signer neither opens the folder nor passes fsck."""
    with pytest.raises(GalleryError, match="another key"):
        Gallery.open(folder, sealer=MemorySealer(), signer=GATE, matcher=SameMinutiae())
    assert fsck(folder, public_key=GATE.public_key) != []
    assert fsck(folder, public_key=REPOSITORY.public_key) == []
