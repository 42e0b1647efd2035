"""The gate, through the front door: who is searched where, why, and that every authority is accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from cards import BOSTON, CAMBRIDGE, LOS_ANGELES, booking
from casestory import NEW_YORK, Story, local
from pictures import a_booking

from tenprint.errors import NotPermitted, RulesConflict, UsageError
from tenprint.exchange.answers import read_answer
from tenprint.exchange.compose import CardImage
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.gallery.gallery import Gallery
from tenprint.infra.store.outbox import Outbox
from tenprint.infra.vault.files import FileVault
from tenprint.model import events
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi
from tenprint.workflow import adoption, auditing, desk, gating, intake, steps, worker
from tenprint.workflow import participation as documents
from tenprint.workflow.answering import answer_of, state_of
from tenprint.workflow.views import places


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def gates(story: Story) -> dict[str, tuple[str, bool, str, str | None]]:
    """Repository -> answer, searched, reason, basis, as the events tell."""
    return {str(e.public["repository"]): (e.public["answer"], e.public["searched"], e.public["reason"], e.public["basis"])
            for e in story.told() if e.type == events.GATE_DECIDED}  # type: ignore[misc]  # fmt: skip


def searched(story: Story) -> set[str]:
    return {str(e.public["repository"]) for e in story.told() if e.type == events.SEARCH_COMPLETED}


@pytest.mark.parametrize(
    ("profile", "ori", "answer"),
    [
        ("consent", BOSTON, ("refused", False, "no_consent", None)),
        ("historical", BOSTON, ("permitted", True, "active_pilot", "pilot")),
        ("consent", CAMBRIDGE, ("refused", False, "not_active", None)),
        ("historical", CAMBRIDGE, ("refused", False, "not_active", None)),
        ("consent", LOS_ANGELES, ("permitted", True, "active_moa", "moa")),
        ("historical", LOS_ANGELES, ("permitted", True, "active_moa", "moa")),
    ],
)
def test_june_2011_boston_middlesex_and_los_angeles(
    story: Story, profile: str, ori: str, answer: tuple[object, ...]
) -> None:
    """Design decision 10: under `consent` a pilot opens nothing; Boston was a pilot, Middlesex was not active, LA had a memorandum."""
    if profile != "consent":
        story.programme.use_profile(profile)
    story.enrol()
    story.book(ori=ori)

    assert answer == gates(story)["immigration"]
    assert ("permitted", True, "criminal_repository", None) == gates(story)["criminal"]
    assert {"criminal"} | ({"immigration"} if answer[1] else set()) == searched(story)
    shown = {
        g["repository"]: g for g in state_of(story.house, story.submission, by=story.programme.agency.actor)["gate"]
    }
    assert (answer[1], answer[2]) == (shown["immigration"]["searched"], shown["immigration"]["reason"])
    decided = next(e for e in story.told() if e.type == events.GATE_DECIDED and e.public["repository"] == "immigration")
    assert (profile, "2011-06-07") == (decided.public["profile"], decided.public["on"])
    assert decided.public["rules"], "the documents it rests on"
    for name, total in auditing.accounts(story.house)["authorities"].items():
        assert total["issued"] == total["spent"] + total["voided"] + total["open"], name
        assert (total["spent"], total["open"]) == (1 if name in searched(story) else 0, 0)


def test_the_profile_changes_only_by_two_named_people(story: Story) -> None:
    """Design decision 10: whoever proposes can't approve; an examiner, and the operator, can do neither."""
    house, one, two = (
        story.house,
        story.programme.staff("programme-authority"),
        story.programme.staff("programme-authority"),
    )
    for nobody in (story.examiners[0], story.programme.operator, story.staff["supervisor"]):
        with pytest.raises(NotPermitted):
            adoption.propose_profile(house, "historical", reason="x", by=nobody)
        with pytest.raises(NotPermitted):
            adoption.approve_profile(house, by=nobody)
    with pytest.raises(UsageError, match="no profile"):
        adoption.propose_profile(house, "all", reason="x", by=one)
    with pytest.raises(UsageError, match="no open proposal"):
        adoption.approve_profile(house, by=two)
    adoption.propose_profile(house, "historical", reason="history", by=one)
    assert "consent" == adoption.profile_in_use(house)
    with pytest.raises(NotPermitted, match="two named people"):
        adoption.approve_profile(house, by=one)

    assert "historical" == adoption.approve_profile(house, by=two) == adoption.profile_in_use(house)
    with pytest.raises(UsageError, match="no open proposal"):
        adoption.approve_profile(house, by=two)
    with house.store.reader() as reader:
        changed = [e for e in reader.stream(events.PROGRAMME, house.programme.id) if e.type == events.PROFILE_CHANGED]
    assert [(one.id, two.id)] == [(e.public["proposed_by"], e.public["approved_by"]) for e in changed]


def test_a_recorded_document_closes_the_gate_from_its_first_day_on_by_the_places_calendar(story: Story) -> None:
    """Participation is dated documents: the evening before, at the place, the gate is still open though UTC is a day ahead."""
    story.programme.use_profile("historical")
    facts = {
        "record": "activation", "scope": "ori:MA013", "status": "DEACTIVATED", "basis": None, "in_force_from": "2011-06-20",
        "in_force_until": None, "authority_claimed": "none stated", "claimed_by": "the commissioner", "document": "a letter",
        "source": "the letter itself", "evidence": "secondary",
    }  # fmt: skip
    with pytest.raises(NotPermitted):
        documents.record_document(story.house, facts, by=story.programme.operator)
    with pytest.raises(UsageError, match="can't be read"):
        documents.record_document(
            story.house, facts | {"in_force_from": "June"}, by=story.programme.staff("programme-authority")
        )
    documents.record_document(story.house, facts, by=story.programme.staff("programme-authority"))
    with pytest.raises(RulesConflict):
        documents.record_document(
            story.house, facts | {"status": "ACTIVE"}, by=story.programme.staff("programme-authority")
        )
    refused = documents.record_document(story.house, facts | {"record": "consent", "scope": "state:MA", "status": "TERMINATED"},
                                        by=story.programme.staff("programme-authority"))  # fmt: skip
    assert ("REFUSED", "TERMINATED", ("NEGOTIATING",)) == (refused.state, refused.event, refused.allowed)

    story.at(local(NEW_YORK, 2011, 6, 19, 23, 30))
    story.book(ori=BOSTON, tcn="DAYBEFORE00001")
    assert ("permitted", True) == gates(story)["immigration"][:2]
    story.at(local(NEW_YORK, 2011, 6, 20, 0, 30))
    story.book(ori=BOSTON, tcn="FIRSTDAY000001")
    assert ("refused", False, "not_active", None) == gates(story)["immigration"]
    assert {"criminal"} == searched(story)


@pytest.mark.parametrize("one_by_one", [True, False])
@pytest.mark.parametrize("changed", ["document", "profile"])
def test_what_is_recorded_just_before_the_gate_decides_holds(
    story: Story, monkeypatch, changed: str, one_by_one: bool
) -> None:
    """A document, or another profile, recorded before the decision's own unit of work began decides it."""
    story.programme.use_profile("historical")
    story.submission = intake.take_in(
        story.house, a_booking("RACE0000000001", ori=BOSTON), by=story.agency(BOSTON)
    ).submission
    row, store = story.row(), type(story.house.store)
    facts = {
        "record": "activation", "scope": "ori:MA013", "status": "DEACTIVATED", "basis": None, "in_force_from": "2011-06-01",
        "in_force_until": None, "authority_claimed": "none stated", "claimed_by": "the commissioner", "document": "a letter",
        "source": "the letter itself", "evidence": "secondary",
    }  # fmt: skip
    real = store.unit_of_work

    def late(self):
        monkeypatch.setattr(store, "unit_of_work", real)
        if changed == "document":
            documents.record_document(story.house, facts, by=story.programme.staff("programme-authority"))
        else:
            story.programme.use_profile("consent")
        return real(self)

    monkeypatch.setattr(store, "unit_of_work", late)
    if one_by_one:
        gating.pass_gate(story.house, row)
    else:
        assert 1 == gating.pass_waiting(story.house)
    assert gates(story)["immigration"][:2] == ("refused", False)


@pytest.mark.parametrize("birth", [date(1994, 3, 1), "00000000"])
def test_a_juvenile_or_somebody_of_unknown_age_is_not_searched_in_immigration(story: Story, birth: date | str) -> None:
    """Domain 1.9: a supervisor is asked; nothing is searched meanwhile, and the criminal answer goes out."""
    story.enrol()
    story.book(birth_date=birth)

    assert ("needs_person", False, "juvenile_review", None) == gates(story)["immigration"]
    assert {"criminal"} == searched(story)
    assert {"gate/juvenile_review": "supervisor"} == story.tasks()
    assert "SRE" == story.row().answer_kind


def blank(tcn: str) -> bytes:
    picture = encode_png(GreyImage(np.full((256, 256), 128, np.uint8), Ppi(500)))
    return booking(
        [CardImage(position=2, impression=1, width=256, height=256, ppi=500, compression="PNG", data=picture)], tcn=tcn
    )


def test_images_that_show_nothing_are_answered_l0008_and_their_authorities_voided(story: Story) -> None:
    """EFTS Appendix M, L0008: nothing was searched, so no authority was spent, and none stays open."""
    receipt = intake.take_in(story.house, blank("BLANK000000001"), by=story.programme.agency.actor)
    story.submission = receipt.submission
    story.work()

    assert ("closed", "ERRT", "L0008") == (story.row().state, story.row().answer_kind, story.row().error_code)
    answered = read_answer(answer_of(story.house, story.submission, by=story.programme.agency.actor)[1])
    assert "L0008" == answered.code
    assert (
        "Finger 02: no minutiae were found. The image shows no friction ridges. Capture the finger again"
        in " ".join(answered.messages)
    )
    assert set() == searched(story)
    assert 2 == sum(e.type == events.AUTHORITY_VOIDED for e in story.told())
    for total in auditing.accounts(story.house)["authorities"].values():
        assert {"issued": 1, "spent": 0, "voided": 1, "open": 0} == {
            k: total[k] for k in ("issued", "spent", "voided", "open")
        }
    assert [] == auditing.fsck(story.house)


# -- killed at any point ---------------------------------------------------------------------------------------------
class PowerLost(BaseException):
    """Nothing in the house catches it, as nothing catches a power cut."""


POINTS = {
    "before the search is spent": (steps, "_search_one", "before"),
    "after the gallery wrote its log, before the commit": ("gallery", "search", "after"),
    "after the commit, before the authority is settled": ("gallery", "settle", "before"),
    "after both searches": (steps, "_search_one", "after"),
    "before the answer is recorded": (steps, "issue", "before"),
    "before anything is destroyed": (steps, "destroy_payload", "before"),
    "after the prints are destroyed, before that is recorded": ("vault", "destroy_object", "after"),
    "after the gallery enrolled, before the commit": ("gallery", "enroll", "after"),
    "while the log is told": ("outbox", "taken", "before"),
}


@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("point", POINTS)
def test_power_lost_at_any_point_loses_nothing_and_does_nothing_twice(
    story: Story, monkeypatch, point: str, retain: bool
) -> None:
    """Design section 6: each step is cut at this point once, then done again: one answer, one search, all sums close."""
    where, name, when = POINTS[point]
    owner = {"gallery": Gallery, "vault": FileVault, "outbox": Outbox}.get(where, where)
    real, cut = getattr(owner, name), []

    def cutting(*given, **named):
        if not cut and when == "before":
            cut.append(point)
            raise PowerLost
        done = real(*given, **named)
        if not cut:
            cut.append(point)
            raise PowerLost
        return done

    with monkeypatch.context() as patched:
        receipt = intake.take_in(
            story.house, a_booking("CUT00000000001", retain=retain), by=story.programme.agency.actor
        )
        story.submission = receipt.submission
        patched.setattr(owner, name, cutting)
        for _ in range(3):
            try:
                story.work()
            except PowerLost:
                continue
    with story.house.store.unit_of_work() as work:
        work.submissions.release(story.submission)
    story.work()

    assert cut or name in ({"destroy_payload", "destroy_object"} if retain else {"enroll"}), (
        "the point was never reached"
    )
    assert "closed" == story.row().state
    told = [e.type for e in story.told()]
    assert 1 == told.count(events.ANSWER_ISSUED)
    assert 2 == told.count(events.SEARCH_COMPLETED) == told.count(events.AUTHORITY_SPENT)
    assert (1 if retain else 0) == len(story.house.galleries["criminal"])
    for gallery in story.house.galleries.values():
        entries = gallery.entries()
        assert {e.authority for e in entries if e.kind == "settled"} == {e.authority for e in entries}, (
            "no retry can come"
        )
    assert [] == [p for p in auditing.fsck(story.house) if "orphan" not in p]
    auditing.fsck(story.house, sweep=True)
    assert [] == auditing.fsck(story.house)


def test_two_workers_at_one_search_record_it_once(story: Story, monkeypatch) -> None:
    """A lease may run out while its worker lives: the slower one's result is dropped, and its sealed list with it."""
    story.enrol()
    receipt = intake.take_in(story.house, a_booking("TWICE000000001"), by=story.programme.agency.actor)
    story.submission = receipt.submission
    real, between = Gallery.search, []

    def slow(gallery, *given, **named):
        found = real(gallery, *given, **named)
        if not between:
            between.append(gallery.repository)
            steps.search(story.house, story.row())  # the other worker does the whole step meanwhile
        return found

    monkeypatch.setattr(Gallery, "search", slow)
    story.work()

    told = [e.type for e in story.told()]
    assert 2 == told.count(events.SEARCH_COMPLETED) == told.count(events.AUTHORITY_SPENT)
    assert "examination" == desk.stage(story.house, story.case())
    assert [] == auditing.fsck(story.house)


def test_one_bad_submission_does_not_stop_the_work_on_the_others(story: Story, monkeypatch) -> None:
    """Whatever its error is; after some attempts it is set aside for the operator, who puts it back."""
    story.book(tcn="BAD00000000001")
    bad = story.submission
    with story.house.store.unit_of_work() as work:
        work.submissions.set(bad, state="gated")
    real = steps.STEPS["gated"]

    def failing(house, row):
        if row.id == bad:
            raise ValueError("an error nobody planned for")
        return real(house, row)

    monkeypatch.setattr(steps, "STEPS", {**steps.STEPS, "gated": failing})
    story.book(tcn="GOOD0000000001")
    assert "closed" == story.row().state
    for _ in range(worker.MAX_ATTEMPTS):
        story.work()
    story.submission = bad
    assert "held-gated" == story.row().state
    assert {"failed/gated/ValueError": "operator"} == story.tasks()
    with pytest.raises(NotPermitted):
        worker.resume_held(story.house, bad, by=story.examiners[0])
    worker.resume_held(story.house, bad, by=story.programme.operator)
    assert ("gated", {}) == (story.row().state, story.tasks())


def test_where_no_day_is_given_each_place_has_its_own(story: Story) -> None:
    """Middlesex is active from 15 May 2012 by its own calendar: not in the evening of the 14th, when UTC has the 15th."""
    story.programme.use_profile("historical")

    def middlesex() -> tuple[date, date, date, bool]:
        table = places.participation(story.house)
        (line,) = [line for line in table.lines if line.name == "Middlesex, MA"]
        return table.on, table.until, documents.today_at(story.house, CAMBRIDGE), line.reason == "not_active"

    eve, day = date(2012, 5, 14), date(2012, 5, 15)
    story.at(datetime(2012, 5, 15, 2, tzinfo=UTC))
    assert (eve, eve, eve, True) == middlesex()
    story.at(datetime(2012, 5, 15, 5, tzinfo=UTC))
    assert (eve, day, day, False) == middlesex()
    assert eve == documents.today_at(story.house, LOS_ANGELES)
    assert day == documents.today_at(story.house, "ZZ0000000"), "where the place is not known it is that of UTC"
