"""What is kept, for how long, and that what is gone is gone: RET=Y, RET=N, the review period, expungement."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from casestory import FINGERS, Story
from pictures import a_booking, rings

from tenprint.errors import KeyDestroyed, NotFound, NotPermitted, ObjectMissing, UsageError
from tenprint.exchange.answers import read_answer
from tenprint.identify.gallery.gallery import ExpungeReceipt
from tenprint.ids import KeyId, ObjectId, PersonId
from tenprint.infra.store.enrolments import Enrolments
from tenprint.model import events
from tenprint.workflow import auditing, desk, enrolment, intake, steps, worker
from tenprint.workflow.answering import answer_of, state_of
from tenprint.workflow.casework import case_state
from tenprint.workflow.enrolment import EXPUNGED_LIST, enroll_images, expunge_person


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def people_in(story: Story) -> dict[str, list[PersonId]]:
    return {name: gallery.persons() for name, gallery in story.house.galleries.items()}


def prints_of(story: Story) -> list[ObjectId]:
    return [ObjectId(name) for name in (story.row().payload_object, story.row().templates_object) if name]


def expunge(story: Story, person: PersonId, repository: str = "criminal", **changes):
    return expunge_person(
        story.house, person, repository, **({"reason": "court_order", "by": story.staff["repository-owner"]} | changes)
    )


def test_a_retained_booking_is_found_by_the_next_one_and_never_enters_immigration(story: Story) -> None:
    """Design decision 8: RET=Y enrols in criminal only; two examiners' identification joins both under one person."""
    first = story.book(retain=True, tcn="FIRST000000001")
    (person,) = people_in(story)["criminal"]
    assert [] == people_in(story)["immigration"]
    assert person != first.id, "a person's id says nothing about the booking"
    story.book(retain=True, tcn="SECOND00000001")
    assert "searched" == story.row().state
    story.identify("criminal")

    assert ("closed", "SRE") == (story.row().state, story.row().answer_kind)
    assert {"criminal": [person], "immigration": []} == people_in(story)
    with story.house.store.reader() as reader:
        assert {first.id, story.submission} == {r.encounter for r in reader.enrolments.for_person(person)}
    story.book(seed=9, retain=True, tcn="OTHER000000001")
    assert 2 == len(people_in(story)["criminal"])


def test_what_is_not_retained_is_destroyed_when_its_verification_closes(story: Story) -> None:
    """Design decision 8: images and templates go with an event; what happened stays."""
    story.enrol()
    story.book(retain=False)
    kept = prints_of(story)
    assert ("answered", 2) == (story.row().state, len(kept)), "an examiner must still look"
    story.identify()

    assert ("closed", []) == (story.row().state, prints_of(story))
    for name in kept:
        with pytest.raises(ObjectMissing):
            story.house.vault.open(KeyId(story.row().key_id), name)
        assert not list((story.house.root / "objects").rglob(name[2:]))
    assert (
        "answered_not_retained" == next(e for e in story.told() if e.type == events.PAYLOAD_DESTROYED).public["reason"]
    )
    assert {"criminal": [], "immigration": [story.person]} == people_in(story)
    assert story.query().refused is None, "the case goes on"
    assert [] == auditing.fsck(story.house)


@pytest.mark.parametrize(
    "stuck", ["searched", "answered", "held-answered", "received", "gated", "extracted", "held-gated", "held-extracted"]
)
def test_at_the_end_of_the_period_prints_are_destroyed_wherever_the_booking_stands(
    story: Story, stuck: str, monkeypatch
) -> None:
    """Design decision 8: at the latest then, whether or not a case follows. Nobody concluded is no N: ERRT."""
    bare = stuck.removeprefix("held-")
    story.enrol(repository="immigration" if bare == "answered" else "criminal")
    if bare in {"searched", "answered"}:
        story.book()
    else:
        nothing = {**steps.STEPS, bare: lambda *_: False}
        monkeypatch.setattr(steps, "STEPS", nothing)
        monkeypatch.setattr(worker, "pass_waiting", lambda _: 0)
        story.submission = intake.take_in(
            story.house, a_booking("STUCK000000001"), by=story.programme.agency.actor
        ).submission
        story.work()
    assert bare == story.row().state
    with story.house.store.unit_of_work() as work:
        work.submissions.set(story.submission, state=stuck)
    kept = prints_of(story)
    assert kept
    story.programme.clock.set(story.row().received_at + story.house.programme.review_period)
    story.tick()

    assert ("closed", []) == (story.row().state, prints_of(story))
    assert not [name for name in kept if list((story.house.root / "objects").rglob(name[2:]))]
    answer = answer_of(story.house, story.submission, by=story.programme.agency.actor)[1]
    assert ("SRE" if bare == "answered" else "ERRT") == read_answer(answer).kind
    assert 1 == sum(e.type == events.ANSWER_ISSUED for e in story.told())
    for total in auditing.accounts(story.house)["authorities"].values():
        assert 0 == total["open"]
    assert [] == auditing.fsck(story.house)


def test_a_search_whose_result_was_lost_is_told_as_spent_when_it_is_given_up(story: Story, monkeypatch) -> None:
    """Design decision 1: an authority that was used is never called voided."""

    class PowerLost(BaseException):
        pass

    gallery = story.house.galleries["criminal"]
    real = type(gallery).search

    def cut(self, *given, **named):
        real(self, *given, **named)
        raise PowerLost

    story.submission = intake.take_in(
        story.house, a_booking("LOST0000000001"), by=story.programme.agency.actor
    ).submission
    with monkeypatch.context() as patched:
        patched.setattr(type(gallery), "search", cut)
        with pytest.raises(PowerLost):
            story.work()
    story.programme.clock.set(story.row().received_at + story.house.programme.review_period)
    story.tick()

    totals = auditing.accounts(story.house)["authorities"]
    assert 1 == sum(t["spent"] for t in totals.values()) == sum(t["voided"] for t in totals.values())
    assert "ERRT" == story.row().answer_kind
    assert [] == auditing.fsck(story.house)


def test_an_expunged_person_is_gone_and_only_that_they_were_is_left(story: Story) -> None:
    """Design decisions 3 and 13: gallery, keys, list, events, receipt; nothing is an error afterwards, and the log verifies."""
    booked = story.book(retain=True, tcn="FIRST000000001").id
    (first,) = people_in(story)["criminal"]
    story.book(retain=False, tcn="SECOND00000001")
    story.identify("criminal")
    second, sealed, case = story.row(), {}, story.case("criminal")
    with story.house.store.reader() as reader:
        one = reader.submissions.get(booked)
    for row in (one, second):
        sealed[row.key_id] = (story.house.root / "keys" / row.key_id).read_bytes()
    template = story.house.vault.open(KeyId(one.key_id), ObjectId(one.templates_object))
    minutiae = [template[at : at + 24] for at in range(64, len(template) - 24, 64)]
    assert minutiae
    before = auditing.verify_log(story.house)["size"]
    receipt = expunge(story, first)

    assert {"criminal": [], "immigration": []} == people_in(story)
    assert (1, 2) == (receipt["encounters"], receipt["bookings"])
    for key in sealed:
        assert story.house.vault.is_destroyed(KeyId(key))
    for found in (booked, second.id):
        with story.house.store.reader() as reader:
            assert {True} == {e.expunged for e in reader.stream(events.SUBMISSION, found, private=True)}
    assert "expunged" == state_of(story.house, story.submission, by=story.programme.agency.actor)["state"]
    with pytest.raises(KeyDestroyed):
        answer_of(story.house, story.submission, by=story.programme.agency.actor)
    assert {"expunged"} == {
        line["stage"] for line in desk.cases(story.house, by=story.staff["auditor"], open_only=False, repository=None)
    }
    shown = desk.show_case(story.house, case, by=story.staff["supervisor"])
    assert "expunged" == shown["candidates"]
    assert {True} == {line["expunged"] for line in shown["timeline"]}
    assert "EXPUNGED" == desk.raise_conflict(story.house, case, reason="x", by=story.staff["supervisor"]).refused.code

    signed = ExpungeReceipt.from_bytes(base64.b64decode(receipt["gallery_receipt"]))
    owner = story.house.keys.signer("repository-criminal").public_key
    assert signed.verifies(owner)
    assert signed.is_for(first)
    assert not signed.verifies(story.house.keys.signer("gate").public_key)
    listed = (story.house.root / EXPUNGED_LIST).read_text()
    assert 1 == listed.count("\n")
    assert all(key in listed for key in sealed)
    for path, content in everything(story.house.root):
        assert not any(part in content for part in minutiae), path
        assert not any(secret in content for secret in sealed.values()), path
        assert first.encode() not in content or path.name in {EXPUNGED_LIST, "tenprint.db", "tenprint.db-wal"}, path
        assert b"SHOPLIFTING" not in content, path
        assert b"SAMPLE,PERSON" not in content, path
    assert [] == auditing.fsck(story.house)
    assert auditing.verify_log(story.house)["size"] > before
    with pytest.raises(NotFound):
        expunge(story, first)
    story.book(tcn="THIRD000000001")
    assert "closed" == story.row().state, "nobody is found any more"


def everything(root: Path) -> list[tuple[Path, bytes]]:
    return [(path.relative_to(root), path.read_bytes()) for path in sorted(root.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("step", ["close_bookings", "expunge", "destroy_key", "list_expunged", "tell_log"])
def test_an_expungement_cut_anywhere_is_finished_by_the_same_command(story: Story, monkeypatch, step: str) -> None:
    """Each part is idempotent: what was done stays done, and the person is told of once."""

    class PowerLost(BaseException):
        pass

    story.book(retain=True)
    (person,) = people_in(story)["criminal"]
    owner = {"expunge": type(story.house.galleries["criminal"]), "destroy_key": type(story.house.vault)}.get(
        step, enrolment
    )
    real = getattr(owner, step)

    def cut(*given, **named):
        if step != "tell_log":
            real(*given, **named)
        raise PowerLost

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, cut)
        with pytest.raises(PowerLost):
            expunge(story, person)
    if step == "tell_log":  # all was recorded; the log is told at the next occasion
        with pytest.raises(NotFound):
            expunge(story, person)
    else:
        expunge(story, person)
    assert {"criminal": [], "immigration": []} == people_in(story)
    assert 1 == sum(e.type == events.SUBMISSION_EXPUNGED for e in story.told())
    with story.house.store.reader() as reader:
        assert 1 == sum(1 for _ in reader.events(types=[events.PERSON_EXPUNGED]))
    auditing.fsck(story.house, sweep=True)
    assert [] == auditing.fsck(story.house)


def test_nobody_is_expunged_while_a_detainer_on_them_is_open(story: Story) -> None:
    """Design decision 7: the record of a hold must not go while it runs; once it is lifted and the release recorded, it may."""
    story.held()
    with pytest.raises(UsageError, match="a detainer of this person is open"):
        expunge(story, story.person, "immigration")
    assert [story.person] == people_in(story)["immigration"]
    desk.lift_detainer(
        story.house,
        story.case(),
        story.detainer,
        reason_code="court_order",
        reason="order",
        by=story.staff["field-officer"],
    )
    with pytest.raises(UsageError, match="a release is due"):
        expunge(story, story.person, "immigration")
    story.released()
    expunge(story, story.person, "immigration")

    assert {"criminal": [], "immigration": []} == people_in(story)
    assert case_state(story.house, story.case()).released_at is not None
    assert [] == auditing.fsck(story.house)


def test_only_its_owner_expunges_and_enrols_with_a_code_as_the_reason(story: Story) -> None:
    """Table of access: the owner of one repository is not the owner of another; a public reason is never words about a person."""
    person = story.enrol(repository="criminal")
    other = story.programme.staff("repository-owner:immigration")
    for nobody in (other, story.programme.operator, story.staff["supervisor"]):
        with pytest.raises(NotPermitted):
            expunge(story, person, by=nobody)
        with pytest.raises(NotPermitted):
            enroll_images(story.house, {}, "criminal", by=nobody)
    with pytest.raises(UsageError, match="must be a code"):
        expunge(story, person, reason="Mr Sample asked")
    with pytest.raises(NotFound):
        expunge(story, person, "immigration")
    with pytest.raises(NotFound, match="nobody was enrolled"):
        enroll_images(story.house, {finger: rings(22) for finger in FINGERS}, "criminal", person=PersonId("nobody"),
                      by=story.staff["repository-owner"])  # fmt: skip
    expunge(story, person, by=story.programme.staff("repository-owner:criminal"))
    assert {"criminal": [], "immigration": []} == people_in(story)


def test_an_enrolment_cut_before_its_event_is_found_by_the_doctor_and_swept(story: Story, monkeypatch) -> None:
    """Nobody stays findable whom no event tells of."""

    class PowerLost(BaseException):
        pass

    def cut(*_, **__):
        raise PowerLost

    with monkeypatch.context() as patched:
        patched.setattr(Enrolments, "add", cut)
        with pytest.raises(PowerLost):
            story.enrol()
    assert 1 == len(people_in(story)["immigration"])
    assert any("no event tells of it" in problem for problem in auditing.fsck(story.house))
    auditing.fsck(story.house, sweep=True)

    assert [] == people_in(story)["immigration"]
    assert [] == auditing.fsck(story.house)
