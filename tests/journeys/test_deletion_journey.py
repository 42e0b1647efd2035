"""What becomes of a record after its charges ended: sealed, unsealed, deleted; asked by a rule, an agency, or a court."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest
from casestory import NEW_YORK, Story, local
from recordstory import ALBANY, FREDERICK, SECRETS, asked, coded, ended, everything, granted, requests, retained

from tenprint.errors import KeyDestroyed, KeySealed, NotPermitted, ObjectMissing, UsageError
from tenprint.exchange.submission import ChargeText
from tenprint.identify.gallery.gallery import ExpungeReceipt
from tenprint.ids import EncounterId, KeyId, ObjectId, PersonId
from tenprint.model import events
from tenprint.workflow import (
    auditing,
    charges,
    closing,
    desk,
    enrolment,
    erasing,
    history,
    restoring,
    retention,
)
from tenprint.workflow.answering import answer_of, state_of
from tenprint.workflow.sealed import read_sealed
from tenprint.workflow.views.board import board
from tenprint.workflow.views.case_page import case_page


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def test_a_dismissal_leads_to_deletion_and_nothing_private_is_readable_afterwards(story: Story) -> None:
    """Domain 1.9, design decisions 3 and 13: store, objects, keys and gallery; the log verifies, the month's rows stay."""
    retained(story)
    coded(story)
    row, case = story.row(), story.case("criminal")
    secret = (story.house.root / "keys" / row.key_id).read_bytes()
    others = story.house.galleries["criminal"].persons()
    story.at(local(NEW_YORK, 2011, 7, 2, 12))
    closing.close_month(story.house, "2011-06", by=story.programme.operator)
    with story.house.store.reader() as reader:
        rows = [(entry.leaf_hash, entry.row) for entry in reader.rows.for_month("2011-06")]
    ended(story)
    (made,) = requests(story)
    assert ("seal", "rule", "undecided") == (made["act"], made["origin"], made["stands"])
    assert "retention_decision" in story.tasks()

    receipt = granted(story, asked(story)["request"])
    gallery = ExpungeReceipt.from_bytes(base64.b64decode(receipt["gallery_receipt"]))
    assert gallery.verifies(story.house.keys.signer("repository-criminal").public_key)
    assert gallery.is_for(PersonId(row.id))
    assert (1, 1) == (receipt["encounters"], receipt["keys"])
    assert len(receipt["objects_sha256"]) == receipt["objects"] > 1
    told = [e for e in _retention(story) if e.type == events.RETENTION_EXECUTED]
    assert [receipt["receipt_sha256"]] == [e.public["receipt_sha256"] for e in told]

    assert story.house.vault.is_destroyed(KeyId(row.key_id))
    assert others == story.house.galleries["criminal"].persons(), (
        "the person's other encounter stays: another agency's record"
    )
    assert not story.house.galleries["criminal"].has_encounter(EncounterId(row.id))
    for name in (row.payload_object, row.templates_object):
        with pytest.raises((KeyDestroyed, ObjectMissing)):
            story.house.vault.open(KeyId(row.key_id), ObjectId(name))
    for path, content in everything(story):
        assert not any(part in content for part in (*SECRETS, secret)), path
    assert {True} == {e.expunged for e in story.tale("criminal")}, "also who asked, and why, went with it"
    assert {True} == {e.expunged for e in _retention(story) if e.type != events.RETENTION_EXECUTED}
    assert "expunged" == state_of(story.house, row.id, by=story.programme.agency.actor)["state"]
    assert "expunged" == desk.show_case(story.house, case, by=story.staff["supervisor"])["candidates"]
    with story.house.store.reader() as reader:
        assert rows == [(entry.leaf_hash, entry.row) for entry in reader.rows.for_month("2011-06")]
    assert [] == auditing.fsck(story.house)
    auditing.verify_log(story.house)
    assert [] == retention.listing(story.house, by=story.staff["auditor"]), (
        "the rule's own request is left without a record"
    )
    assert "retention_decision" not in story.tasks()
    assert (
        "EXECUTED"
        == retention.execute(story.house, told[0].stream_id, by=story.programme.staff("repository-owner"))["refused"]
    )


def _retention(story: Story):
    with story.house.store.reader() as reader:
        return [e for e in reader.events(private=True) if e.stream == events.RETENTION]


@pytest.mark.parametrize("step", ["close_bookings", "expunge_encounter", "destroy_key", "list_expunged", "executed"])
def test_a_deletion_cut_anywhere_is_finished_by_the_same_command(story: Story, monkeypatch, step: str) -> None:
    """Each part is idempotent: what was done stays done, and it is told once."""

    class PowerLost(BaseException):
        pass

    retained(story)
    name = asked(story)["request"]
    retention.decide(story.house, name, granted=True, reason_code="law", reason="x", by=story.staff["supervisor"])
    owner = {"expunge_encounter": type(story.house.galleries["criminal"]), "destroy_key": type(story.house.vault),
             "executed": retention.r}.get(step, erasing)  # fmt: skip
    real = getattr(owner, step)

    def cut(*given, **named):
        real(*given, **named)
        raise PowerLost

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, cut)
        with pytest.raises(PowerLost):
            retention.execute(story.house, name, by=story.staff["repository-owner"])
    receipt = retention.execute(story.house, name, by=story.staff["repository-owner"])
    assert 1 == receipt["encounters"]
    assert 1 == sum(e.type == events.RETENTION_EXECUTED for e in _retention(story))
    assert 1 == sum(e.type == events.SUBMISSION_EXPUNGED for e in story.told())
    assert not story.house.galleries["criminal"].has_encounter(EncounterId(story.submission))
    auditing.fsck(story.house, sweep=True)
    assert [] == auditing.fsck(story.house)
    assert 0 == restoring.replay_expunged(
        story.house, restoring.read_expunged(story.house.root / enrolment.EXPUNGED_LIST)
    )


def test_a_restore_deletes_again_what_was_deleted_and_leaves_the_persons_other_booking(story: Story) -> None:
    """Design decision 13: the list of expungements names the one booking; a house that still holds it deletes it again."""
    retained(story)
    row = story.row()
    listed = story.house.root / "list.jsonl"
    person = story.house.galleries["criminal"].person_of(EncounterId(row.id))
    line = {"person": person, "encounter": row.id, "repository": "criminal", "keys": [row.key_id], "at": "x"}
    listed.write_text(json.dumps(line) + "\n")
    before = len(story.house.galleries["criminal"].encounters())
    assert 1 == restoring.replay_expunged(story.house, restoring.read_expunged(listed))

    assert before - 1 == len(story.house.galleries["criminal"].encounters())
    assert story.house.vault.is_destroyed(KeyId(row.key_id))
    assert 0 == restoring.replay_expunged(story.house, restoring.read_expunged(listed))
    listed.unlink()
    assert [] == auditing.fsck(story.house)


def test_new_york_seals_after_a_dismissal_and_only_a_court_reader_reads_it(story: Story) -> None:
    """CPL 160.50: required, which acts by nobody; sealed is not expunged, and an order opens it again."""
    story.at(local(NEW_YORK, 2011, 6, 7, 12))
    retained(story, ALBANY)
    coded(story)
    ended(story)
    (made,) = requests(story)
    assert ("required", "must-seal-record/us-ny-160-50/1") == (made["answer"], made["rules"][-1])
    assert "closed" == story.row().state, "required never acts by itself"
    assert "DECIDED_BY_WHO_ASKED" != granted(story, made["request"]).get("refused")

    row, case, house = story.row(), story.case("criminal"), story.house
    assert {(True, False)} == {(e.sealed, e.expunged) for e in story.tale("criminal")}
    (line,) = (
        one for one in board(house, by=story.staff["auditor"], profile="historical").newest or () if one.id == row.id
    )
    assert ("sealed", None, None, ()) == (line.state, line.place, line.answer, line.gates)
    shown = state_of(house, row.id, by=story.agency(ALBANY))
    assert ("sealed", None, []) == (shown["state"], shown["answer"], shown["gate"])
    for read_it in (
        lambda: desk.show_case(house, case, by=story.staff["supervisor"]),
        lambda: history.show_history(house, case, by=story.staff["supervisor"]),
        lambda: case_page(house, case, by=story.staff["supervisor"]),
        lambda: answer_of(house, row.id, by=story.agency(ALBANY)),
        lambda: house.vault.open(KeyId(row.key_id), ObjectId(row.payload_object)),
    ):
        with pytest.raises(KeySealed):
            read_it()
    assert "SEALED" == desk.raise_conflict(house, case, reason="x", by=story.staff["supervisor"]).refused.code
    assert ["sealed"] == [
        x["stage"] for x in desk.cases(house, by=story.staff["auditor"], open_only=False, repository="criminal")
    ]
    assert not house.galleries["criminal"].has_encounter(EncounterId(row.id)), "no search finds its prints"
    assert [] == auditing.fsck(house)

    reader = story.programme.staff("court-reader")
    with pytest.raises(NotPermitted):
        read_sealed(house, row.id, order="docket-1", reason="x", by=story.staff["supervisor"])
    with pytest.raises(UsageError):
        read_sealed(house, row.id, order="", reason="x", by=reader)
    seen = read_sealed(house, row.id, order="docket-1", reason="the judge asked", by=reader)
    assert any("item" in line for line in seen["cases"][0]["timeline"])
    assert 1 == sum(e.type == events.SEALED_RECORD_READ for e in story.told())
    with pytest.raises(KeySealed):
        house.vault.open(KeyId(row.key_id), ObjectId(row.payload_object))

    assert "ORDER_MISSING" == asked(story, "unseal", origin="person", order=None)["refused"]
    granted(story, asked(story, "unseal")["request"])
    assert {False} == {e.sealed for e in story.tale("criminal")}
    assert house.galleries["criminal"].has_encounter(EncounterId(row.id))
    assert [] == auditing.fsck(house)


@pytest.mark.parametrize("step", ["hold_back", "refresh_sealed"])
def test_a_sealing_cut_anywhere_is_finished_by_the_same_command(story: Story, monkeypatch, step: str) -> None:
    """The event is recorded once; until the key is held back the request stays open."""

    class PowerLost(BaseException):
        pass

    retained(story)
    name = asked(story, "seal")["request"]
    retention.decide(story.house, name, granted=True, reason_code="law", reason="x", by=story.staff["supervisor"])
    owner = type(story.house.vault) if step == "hold_back" else type(story.house.galleries["criminal"])

    def cut(*_, **__):
        raise PowerLost

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, cut)
        with pytest.raises(PowerLost):
            retention.execute(story.house, name, by=story.staff["repository-owner"])
    assert "refused" not in retention.execute(story.house, name, by=story.staff["repository-owner"])
    assert 1 == sum(e.type == events.RECORD_SEALED for e in story.told())
    assert story.house.vault.is_held_back(KeyId(story.row().key_id))
    assert [] == auditing.fsck(story.house)


def test_a_restore_seals_again_what_was_sealed(story: Story) -> None:
    """Design decision 13: a key backup from before the sealing brings the key back; the list takes it away again."""
    retained(story)
    key = KeyId(story.row().key_id)
    granted(story, asked(story, "seal")["request"])
    story.house.vault.give_back(key)  # as an older key backup would
    listed = restoring.read_expunged(story.house.root / enrolment.EXPUNGED_LIST)
    assert 0 == restoring.replay_expunged(story.house, listed)
    assert story.house.vault.is_held_back(key)
    granted(story, asked(story, "unseal")["request"])
    restoring.replay_expunged(story.house, restoring.read_expunged(story.house.root / enrolment.EXPUNGED_LIST))
    assert not story.house.vault.is_held_back(key)
    assert [] == auditing.fsck(story.house)


def test_a_sealed_record_can_still_be_deleted_by_a_courts_order(story: Story) -> None:
    """Sealed is not the end: a later order deletes it, and then nobody reads it."""
    retained(story)
    granted(story, asked(story, "seal")["request"])
    granted(story, asked(story)["request"])

    assert story.house.vault.is_destroyed(KeyId(story.row().key_id))
    assert not story.house.vault.is_held_back(KeyId(story.row().key_id))
    assert [] == auditing.fsck(story.house)


def test_maryland_deletes_three_years_after_the_disposition_and_not_before(story: Story) -> None:
    """Md. Crim. Proc. 10-105.1(a): a rule that is not yet met is asked again by the clock, and then waits for a person."""
    story.at(local(NEW_YORK, 2022, 1, 4, 12))
    retained(story, FREDERICK)
    coded(story)
    ended(story, "acquitted")
    assert [] == requests(story)
    for _ in range(36):
        story.later(days=30)
        story.tick()
    assert [] == requests(story), "1,080 days"
    story.later(days=30)
    story.tick()
    (made,) = requests(story)
    assert ("delete", "required") == (made["act"], made["answer"])


def two_charges(story: Story) -> None:
    """A booking in Maryland with two charges."""
    day = date(2022, 1, 4)
    story.at(local(NEW_YORK, 2022, 1, 4, 12))
    story.enrol(repository="criminal")
    story.book(ori=FREDERICK, by=story.agency(FREDERICK), retain=True, tcn="FIRST000000001",
               charges=[ChargeText(day, "SHOPLIFTING"), ChargeText(day, "TRESPASS")])  # fmt: skip
    story.identify("criminal")
    for charge, ncic in (("1", "2303"), ("2", "5707")):
        done = charges.code_charge(story.house, story.case("criminal"), charge=charge, ncic=ncic, reason="text", severity="misdemeanor",
                                max_penalty_days=180, by=story.staff["charge-officer"])  # fmt: skip
        assert done.refused is None


def ended_as(story: Story, charge: str, outcome: str, on: date) -> None:
    done = history.state_history(story.house, story.case("criminal"), kind="disposition", outcome=outcome, charge=charge, source="court",
                                 as_of=on, reason="the court's record", by=story.staff["charge-officer"])  # fmt: skip
    assert done.refused is None


def facts_of(story: Story) -> dict:
    return retention.disposition_facts(story.house, story.row(), at=story.house.clock.now())


@pytest.mark.parametrize("outcomes", [("vacated", "acquitted"), ("acquitted", "vacated")])
def test_two_charges_that_ended_differently_have_no_one_outcome(story: Story, outcomes: tuple[str, str]) -> None:
    """Md. Crim. Proc. 10-105.1(a) names each charge's outcome; a vacated one beside an acquittal is read by a person, in any order."""
    two_charges(story)
    story.later(days=40)
    ended_as(story, "1", outcomes[0], date(2022, 1, 10))
    assert "disposition.outcome" not in facts_of(story), "the other charge is open"
    ended_as(story, "2", outcomes[1], date(2022, 2, 3))
    story.later(days=3 * 366)
    story.tick()

    facts = facts_of(story)
    day = story.house.clock.now().astimezone(NEW_YORK).date()
    assert {"disposition.all_charges_ended", "disposition.age_days"} == set(facts)
    assert (True, (day - date(2022, 2, 3)).days) == (
        facts["disposition.all_charges_ended"],
        facts["disposition.age_days"],
    )
    (made,) = requests(story)
    assert ("delete", "needs_person") == (made["act"], made["answer"])
    (told,) = [e for e in _retention(story) if e.type == events.RETENTION_REQUESTED]
    assert "the charges ended differently" in str(told.private)


def test_two_charges_that_ended_alike_are_deleted_from_the_last_one_on(story: Story) -> None:
    """Three years run from the last disposition, whichever charge it ends."""
    two_charges(story)
    story.later(days=400)
    ended_as(story, "1", "acquitted", date(2023, 2, 3))
    ended_as(story, "2", "acquitted", date(2022, 1, 10))

    facts = facts_of(story)
    day = story.house.clock.now().astimezone(NEW_YORK).date()
    assert {
        "disposition.outcome": "acquitted",
        "disposition.all_charges_ended": True,
        "disposition.age_days": (day - date(2023, 2, 3)).days,
    } == facts


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_refused_request_of_an_agency_keeps_no_law_from_being_asked(story: Story, refused_first: bool) -> None:
    """CPL 160.50: an agency's CDEL refused while charges are pending is no answer to the statute after the acquittal."""
    story.at(local(NEW_YORK, 2011, 6, 7, 12))
    retained(story, ALBANY)
    coded(story)
    name = asked(story, origin="agency", order=None, by=story.agency(ALBANY))["request"]

    def refuse() -> None:
        retention.decide(
            story.house, name, granted=False, reason_code="pending", reason="x", by=story.staff["supervisor"]
        )

    if refused_first:
        refuse()
        story.later(days=90)
    ended(story, "acquitted")
    if not refused_first:  # it is under way: the law is asked again by the clock, and not before it came to nothing
        story.later(days=30)
        story.tick()
        assert [name] == [made["request"] for made in requests(story)]
        refuse()
        story.later(days=30)
        story.tick()
    (made,) = [made for made in requests(story) if made["request"] != name]
    assert ("seal", "rule", "required", "undecided") == (made["act"], made["origin"], made["answer"], made["stands"])
    assert "retention_decision" in story.tasks()
    retention.decide(
        story.house, made["request"], granted=False, reason_code="law", reason="x", by=story.staff["supervisor"]
    )
    assert [] == retention.review_dispositions(story.house, story.submission), "a person answered the law's own request"


def test_three_people_are_needed_and_a_refusal_is_counted(story: Story) -> None:
    """Design decision 6: asked, decided, carried out; nobody does two of them, and a rule's refusal yields to a court only."""
    retained(story)
    both = story.programme.staff("supervisor")
    name = asked(story, by=both)["request"]
    assert (
        "DECIDED_BY_WHO_ASKED"
        == retention.decide(story.house, name, granted=True, reason_code="x", reason="x", by=both)["refused"]
    )
    assert "NOT_GRANTED" == retention.execute(story.house, name, by=story.staff["repository-owner"])["refused"]
    with pytest.raises(NotPermitted):
        retention.decide(story.house, name, granted=True, reason_code="x", reason="x", by=story.staff["charge-officer"])
    said = retention.decide(
        story.house, name, granted=False, reason_code="other_charge_open", reason="x", by=story.staff["supervisor"]
    )
    assert said["granted"] is False
    assert "NOT_GRANTED" == retention.execute(story.house, name, by=story.staff["repository-owner"])["refused"]
    other = asked(story, origin="person", order=None)
    assert "refused" == other["answer"], "nobody's request alone deletes a record"
    said = retention.decide(
        story.house, other["request"], granted=True, reason_code="x", reason="x", by=story.staff["supervisor"]
    )
    assert "RULE_REFUSES" == said["refused"]


def test_nothing_is_deleted_or_sealed_while_a_detainer_is_open(story: Story) -> None:
    """Design decision 7: nobody's hold loses its record while it runs."""
    story.held()
    story.work()
    for act in ("delete", "seal"):
        name = asked(story, act)["request"]
        retention.decide(story.house, name, granted=True, reason_code="law", reason="x", by=story.staff["supervisor"])
        with pytest.raises(UsageError, match="a detainer of this person is open"):
            retention.execute(story.house, name, by=story.staff["repository-owner"])
    assert story.state().running_hold is not None
