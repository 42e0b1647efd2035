"""Show what was searched, and that nothing was: counts that close, proofs that a stranger checks, faults that are named."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cards import BOSTON, CAMBRIDGE, LOS_ANGELES
from casestory import Story
from pictures import a_booking

from tenprint.account.claims import search_bundle
from tenprint.account.claims.search_list import Question, told_from
from tenprint.account.statistics.statement import open_statement, sign_statement
from tenprint.errors import NotPermitted, ReleaseInvalid, TenprintError, UsageError
from tenprint.ids import EventId, SubmissionId, fresh
from tenprint.infra.access.table import Actor
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.prints import TenprintTemplate
from tenprint.workflow import intake, journal, searches, steps
from tenprint.workflow.authorities import sign_authority
from tenprint.workflow.house import STATISTICS_KEY
from tenprint.workflow.views.verification import trusted_keys

JUNE = {"first": date(2011, 6, 1), "last": date(2011, 6, 30)}


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def asked(story: Story, kind: str, name: str, *, by: Actor | None = None, **days: date) -> searches.Searches:
    question = searches.question_for(story.house, kind, name, **{**JUNE, **days})
    return searches.searches(story.house, question, by=by or story.staff["auditor"])


def written(story: Story, folder: Path, kind: str, name: str) -> dict[str, bytes]:
    question = searches.question_for(story.house, kind, name, **JUNE)
    searches.export_searches(story.house, question, folder, by=story.staff["auditor"])
    return {name: bytes.fromhex(key) for name, key in trusted_keys(story.house)["keys"].items()}


def keys_file(story: Story, path: Path) -> Path:
    path.write_text(json.dumps(trusted_keys(story.house)))
    return path


def published(story: Story) -> None:
    journal.publish(story.house, force=True)


def test_middlesex_in_june_2011_nothing_was_searched_in_immigration_and_a_stranger_can_check_it(
    story: Story, tmp_path: Path
) -> None:
    """Domain 4.3, test 7: Middlesex was not active before 15 May 2012: three bookings, three refusals, no authority, no search."""
    story.enrol()
    for number in range(3):
        story.book(ori=CAMBRIDGE, tcn=f"CAMBRIDGE{number:05d}")
    story.book(ori=LOS_ANGELES, tcn="ELSEWHERE00001")
    published(story)

    folder = tmp_path / "middlesex"
    written(story, folder, "county", "Middlesex, MA")
    report = searches.verify(folder, keys=keys_file(story, tmp_path / "keys.json"))

    immigration, criminal = report["counts"]["immigration"], report["counts"]["criminal"]
    assert (3, 0, 3, 0, 0) == tuple(immigration[k] for k in ("received", "permitted", "refused", "issued", "searched"))
    assert [{"answer": "refused", "reason": "not_active", "count": 3}] == immigration["reasons"]
    assert (3, 3, 3) == tuple(criminal[k] for k in ("permitted", "spent", "searched"))
    assert "0 were searched" in report["says"][1]
    assert ("caller", 3, 0) == (
        report["keys_from"],
        report["authorities"],
        report["repositories"]["immigration"]["searched"],
    )
    assert 1 == report["repositories"]["immigration"]["log_entries"] // 2, "Los Angeles was searched, and is not shown"
    assert {"all": 1, "listed": 0, "elsewhere": 1, "other_purposes": 0, "unattributed": 0} == report["repositories"][
        "immigration"
    ]["authorities"]
    assert any("copy" in said for said in report["can_not_check"])
    assert any("receipts" in said for said in report["can_not_check"])


def test_the_list_names_each_transaction_decision_and_search_with_its_log_entry(story: Story) -> None:
    """Part of the promise: every line says why, on which documents, under which authority, at which index of the log."""
    story.enrol()
    story.book(ori=LOS_ANGELES)
    published(story)

    found = asked(story, "ori", LOS_ANGELES)

    by_repository = {line["repository"]: line for line in found.lines}
    assert {"criminal", "immigration"} == set(by_repository)
    immigration = by_repository["immigration"]
    assert ("permitted", "active_moa", "moa", "spent") == tuple(
        immigration[k] for k in ("answer", "reason", "basis", "state")
    )
    assert ["activation/ca/los-angeles", "consent/ca/signed"] == immigration["rules"]
    assert immigration["authority"]
    assert len(immigration["indices"]) == 5
    with story.house.log() as log:
        for entry in found.entries:
            assert log.entry(entry.index)[0:1] == b"\x01"


def test_the_public_halves_only_are_opened(story: Story) -> None:
    """Design decision 3.4: no control number, no file, no candidate list, no name of staff."""
    story.enrol()
    story.book(ori=LOS_ANGELES, tcn="SECRETTCN00001")
    published(story)

    found = asked(story, "state", "CA")

    shown = b"".join(entry.public for entry in found.entries)
    assert b"SECRETTCN" not in shown
    assert b"candidate_list" not in shown
    assert b"payload" not in shown


def test_what_no_published_checkpoint_covers_is_counted_and_comes_after_the_next_one(story: Story) -> None:
    """A list is as of a checkpoint; what can't be proved yet is said, not left out."""
    with pytest.raises(UsageError, match="no checkpoint is published"):
        asked(story, "ori", BOSTON)
    published(story)
    story.book(ori=BOSTON)

    before = asked(story, "ori", BOSTON)
    assert (1, 0, []) == (
        before.predicate["awaiting_publication"],
        before.predicate["counts"]["criminal"]["received"],
        list(before.lines),
    )
    published(story)
    after = asked(story, "ori", BOSTON)
    assert (0, 1) == (after.predicate["awaiting_publication"], after.predicate["counts"]["criminal"]["received"])


def test_an_empty_period_is_a_statement_with_proofs_too(story: Story, tmp_path: Path) -> None:
    """Zero is said, signed by the operator and by each repository, under the same checkpoint."""
    published(story)
    folder = tmp_path / "none"
    written(story, folder, "ori", "MA009")

    report = searches.verify(folder, keys=keys_file(story, tmp_path / "keys.json"))

    assert (0, 0) == (report["entries_opened"], report["counts"]["immigration"]["searched"])
    assert 0 == report["repositories"]["immigration"]["log_entries"]


def test_an_undecided_and_an_open_one_are_told_apart(story: Story) -> None:
    """received = decided + undecided; issued = spent + voided + open, in every state that the work may be in."""
    agency = story.programme.agency.actor
    intake.take_in(story.house, a_booking("UNDECIDED00001", ori=LOS_ANGELES), by=agency)
    receipt = intake.take_in(story.house, a_booking("OPEN0000000001", ori=LOS_ANGELES), by=agency)
    with story.house.store.reader() as reader:
        row = reader.submissions.get(receipt.submission)
    assert row is not None
    steps.pass_gate(story.house, row)
    refused = intake.take_in(story.house, b"no transaction at all", by=agency)
    assert "refused" == refused.state
    published(story)

    counts = asked(story, "ori", LOS_ANGELES).predicate["counts"]["immigration"]

    assert (2, 1, 1) == (counts["received"], counts["undecided"], counts["open"])
    assert all(identity["left"] == identity["right"] for identity in counts["identities"])


def test_days_are_those_of_the_place(story: Story) -> None:
    """A booking at 23:30 in Boston on 30 June is of June there, though UTC is in July."""
    story.at(story.house.clock.now().replace(month=7, day=1, hour=3, minute=30))
    story.book(ori=BOSTON, tcn="LATEEVENING001")
    published(story)

    assert 1 == asked(story, "county", "Suffolk, MA").predicate["counts"]["criminal"]["received"]
    july = {"first": date(2011, 7, 1), "last": date(2011, 7, 31)}
    assert 0 == asked(story, "county", "Suffolk, MA", **july).predicate["counts"]["criminal"]["received"]


def test_an_agency_sees_its_own_and_an_auditor_all(story: Story) -> None:
    """The permission table: nobody else, and no county that may hold others' agencies."""
    published(story)
    agency = story.programme.agency.actor

    asked(story, "ori", BOSTON, by=agency)
    for kind, name in (("ori", "MA013"), ("ori", "NY0300000"), ("county", "Suffolk, MA"), ("state", "MA")):
        with pytest.raises(NotPermitted):
            asked(story, kind, name, by=agency)
    for nobody in (
        story.examiners[0],
        story.programme.operator,
        story.staff["field-officer"],
        story.staff["supervisor"],
    ):
        with pytest.raises(NotPermitted):
            asked(story, "ori", BOSTON, by=nobody)
    with pytest.raises(UsageError, match="no county"):
        asked(story, "county", "Nowhere, MA")


@pytest.fixture
def bundle(story: Story, tmp_path: Path) -> tuple[Path, Path]:
    story.enrol()
    story.book(ori=LOS_ANGELES)
    published(story)
    folder = tmp_path / "la"
    written(story, folder, "ori", LOS_ANGELES)
    return folder, keys_file(story, tmp_path / "keys.json")


def test_any_changed_byte_is_named(bundle: tuple[Path, Path], tmp_path: Path, extent) -> None:
    """Tampering with one byte makes the check fail and name the file; so does a file taken out or put in."""
    folder, keys = bundle
    places = [(path.name, at) for path in sorted(folder.iterdir()) for at in range(path.stat().st_size)]
    draw = random.Random(extent.seed)
    for name, at in draw.sample(places, 60):
        copy = tmp_path / "changed"
        shutil.copytree(folder, copy)
        content = bytearray((copy / name).read_bytes())
        content[at] ^= 1 << draw.randrange(8)
        (copy / name).write_bytes(content)
        with pytest.raises(TenprintError, match=name.replace(".", r"\.") if name != "statement.json" else "statement"):
            searches.verify(copy, keys=keys)
        shutil.rmtree(copy)
    for name in sorted(path.name for path in folder.iterdir()):
        copy = tmp_path / "lacking"
        shutil.copytree(folder, copy)
        (copy / name).unlink()
        with pytest.raises(ReleaseInvalid, match=name.replace(".", r"\.")):
            searches.verify(copy, keys=keys)
        shutil.rmtree(copy)
    (folder / "more.txt").write_text("more")
    with pytest.raises(ReleaseInvalid, match=r"more\.txt"):
        searches.verify(folder, keys=keys)


def forged(story: Story, folder: Path, what: str, found: searches.Searches) -> None:
    """A folder that the operator itself signs, in full command of every key but the honest course."""
    entries, authorities, repositories = list(found.entries), list(found.authorities), dict(found.repositories)
    types = [told_from(entry.index, entry.public).type for entry in entries]
    if what == "a search left out":
        entries = [
            e for e, t in zip(entries, types, strict=True) if t not in (events.AUTHORITY_SPENT, events.SEARCH_COMPLETED)
        ]
    if what == "a whole transaction but its receipt left out":
        entries = [e for e, t in zip(entries, types, strict=True) if t == events.SUBMISSION_RECEIVED]
        authorities = []
    if what == "a permission left out":
        entries = [e for e, t in zip(entries, types, strict=True) if t != events.GATE_DECIDED]
    if what == "an invented refusal":
        public = entries[1].public.replace(b"permitted", b"refused!!")
        entries[1] = replace(entries[1], public=public)
    if what == "an authority not shown":
        authorities = authorities[1:]
    question = Question.from_dict(found.predicate["question"])
    predicate = {**found.predicate, **search_bundle.predicate_of(question, [told_from(e.index, e.public) for e in entries],
                                                                 sorted(repositories))}  # fmt: skip
    if what == "another count":
        predicate["counts"]["immigration"]["searched"] = 0
    contents = search_bundle.BundleContents(predicate=predicate, entries=entries, authorities=authorities, repositories=repositories,
                                            checkpoint=found.note, keys={})  # fmt: skip
    search_bundle.write_bundle(folder, contents, signer=story.house.keys.signer(STATISTICS_KEY))


@pytest.mark.parametrize(
    ("what", "match"),
    [
        ("a search left out", ""),
        ("a whole transaction but its receipt left out", "which no opened entry issued"),
        ("a permission left out", "do not close|rests on no permission"),
        ("an invented refusal", r"entries\.jsonl: line 2"),
        ("an authority not shown", "are not shown"),
        ("another count", "says counts"),
    ],
)
def test_what_the_operator_leaves_out_or_invents_is_found(story: Story, tmp_path: Path, what: str, match: str) -> None:
    """The operator signs the folder; the gate's authorities, the repository's own word and the log's proofs contradict it."""
    story.enrol()
    story.book(ori=LOS_ANGELES)
    published(story)
    folder = tmp_path / "forged"
    forged(story, folder, what, asked(story, "ori", LOS_ANGELES))
    keys = keys_file(story, tmp_path / "keys.json")
    if what == "a search left out":
        report = searches.verify(folder, keys=keys)
        assert 1 == report["repositories"]["immigration"]["begun_not_recorded"], "the repository's own word shows it"
        assert any("immigration: its own log holds 1 searches" in note for note in report["notes"])
        return

    with pytest.raises(ReleaseInvalid, match=match):
        searches.verify(folder, keys=keys)


def test_a_receipt_that_the_agency_holds_shows_what_was_left_out(story: Story, tmp_path: Path) -> None:
    """Completeness rests on receipts: a promise whose entry is not in the list is named."""
    receipt = intake.take_in(story.house, a_booking("HELD0000000001", ori=LOS_ANGELES), by=story.programme.agency.actor)
    published(story)
    folder, keys = tmp_path / "la", keys_file(story, tmp_path / "keys.json")
    written(story, folder, "ori", LOS_ANGELES)
    (tmp_path / "held.json").write_text(json.dumps({"promise": receipt.promise}))
    elsewhere = tmp_path / "boston"
    written(story, elsewhere, "ori", BOSTON)

    assert 1 == searches.verify(folder, keys=keys, promises=[tmp_path / "held.json"])["promises"]
    with pytest.raises(ReleaseInvalid, match="its entry is not in the list"):
        searches.verify(elsewhere, keys=keys, promises=[tmp_path / "held.json"])


def test_an_expunged_transaction_stays_in_the_list(story: Story, tmp_path: Path) -> None:
    """Its private half is gone; that it was received and searched can still be shown."""
    story.book(ori=LOS_ANGELES)
    story.house.vault.destroy_key(story.row().key_id)
    published(story)
    written(story, tmp_path / "la", "ori", LOS_ANGELES)

    report = searches.verify(tmp_path / "la", keys=keys_file(story, tmp_path / "keys.json"))
    assert 1 == report["counts"]["immigration"]["searched"]


def test_a_stranger_checks_with_the_command_alone(bundle: tuple[Path, Path], tmp_path: Path) -> None:
    """No data directory is made or needed."""
    folder, keys = bundle
    tenprint = Path(sys.executable).with_name("tenprint")
    done = subprocess.run([tenprint, "participation", "verify", folder, "--keys", keys], capture_output=True, text=True, check=False,
                          cwd=tmp_path, env={})  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "The list holds." in done.stdout
    assert "What this can't show" in done.stdout
    assert not (tmp_path / "tenprint-data").exists()


def test_a_search_recorded_but_never_made_is_found(story: Story, tmp_path: Path) -> None:
    """The store says spent; the repository's own log does not hold it."""
    receipt = intake.take_in(story.house, a_booking("NEVER000000001", ori=LOS_ANGELES), by=story.programme.agency.actor)
    story.submission = receipt.submission
    steps.pass_gate(story.house, story.row())
    with story.house.store.unit_of_work() as work:
        (one, _) = work.authorities.for_submission(receipt.submission)
        spent = Event(type=events.AUTHORITY_SPENT, effective_at=story.house.clock.now() + timedelta(seconds=1),
                      public={"authority": one.id, "repository": one.repository, "repository_log_hash": "00" * 32, "attempts": 1})  # fmt: skip
        done = Event(type=events.SEARCH_COMPLETED, effective_at=story.house.clock.now() + timedelta(seconds=1),
                     public={"repository": one.repository, "authority": one.id, "result": "no_match", "zone": "none", "candidates": 0,
                             "matcher": "none", "gallery_generation": 0}, private={"candidate_list": None, "error": None})  # fmt: skip
        steps._append(work, story.house, story.row(), [spent, done])
    published(story)
    written(story, tmp_path / "la", "ori", LOS_ANGELES)

    with pytest.raises(ReleaseInvalid, match="recorded as spent; the repository's log does not hold it"):
        searches.verify(tmp_path / "la", keys=keys_file(story, tmp_path / "keys.json"))


def test_a_search_of_a_transaction_that_is_not_stored_is_counted_and_told(story: Story, tmp_path: Path) -> None:
    """Its authority names a transaction of which no row is here: nobody can say whose it was, so no list passes it over."""
    story.book(ori=LOS_ANGELES)
    lost = sign_authority(story.house, SubmissionId(fresh()), EventId(fresh()), "immigration")
    story.house.galleries["immigration"].search(TenprintTemplate(()), lost, at=story.house.clock.now())
    published(story)
    keys = keys_file(story, tmp_path / "keys.json")
    written(story, tmp_path / "la", "ori", LOS_ANGELES)

    report = searches.verify(tmp_path / "la", keys=keys)
    immigration = report["repositories"]["immigration"]["authorities"]
    assert {"all": 2, "listed": 1, "elsewhere": 0, "other_purposes": 0, "unattributed": 1} == immigration
    assert ["immigration: was searched under 1 authorities of transactions that are not stored"] == [
        note.partition(";")[0] for note in report["notes"]
    ]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"unattributed": 0}, r"repository-immigration\.json: the sums do not close"),
        ({"all": 1, "listed": 0}, r"repository-immigration\.json: the sums do not close"),
        ({"unattributed": -1, "elsewhere": 2}, "authorities are counted as all and by listed, elsewhere"),
    ],
)
def test_a_repositorys_count_that_does_not_close_is_found(
    story: Story, tmp_path: Path, change: dict[str, int], match: str
) -> None:
    """The repository signs it, and its own sums contradict it."""
    story.book(ori=LOS_ANGELES)
    lost = sign_authority(story.house, SubmissionId(fresh()), EventId(fresh()), "immigration")
    story.house.galleries["immigration"].search(TenprintTemplate(()), lost, at=story.house.clock.now())
    published(story)
    found = asked(story, "ori", LOS_ANGELES)
    kind, keys = search_bundle.REPOSITORY_KIND, keys_file(story, tmp_path / "keys.json")
    trusted = {name: bytes.fromhex(key) for name, key in trusted_keys(story.house)["keys"].items()}
    _, said, signer = open_statement(found.repositories["immigration"], keys=trusted, kind=kind)
    said["authorities"] |= change
    told = sign_statement({}, said, signer=story.house.keys.signer(signer), kind=kind)
    forged(story, tmp_path / "forged", "", replace(found, repositories={**found.repositories, "immigration": told}))
    with pytest.raises(ReleaseInvalid, match=match):
        searches.verify(tmp_path / "forged", keys=keys)

    said.pop("authorities")
    told = sign_statement({}, said, signer=story.house.keys.signer(signer), kind=kind)
    forged(story, tmp_path / "earlier", "", replace(found, repositories={**found.repositories, "immigration": told}))
    assert any(
        "immigration: does not say under whose" in note
        for note in searches.verify(tmp_path / "earlier", keys=keys)["notes"]
    )
