"""Detainers, holds and claims: by the form and rules of the day, to the second in the facility's own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cards import BOSTON, LOS_ANGELES
from casestory import CHICAGO, NEW_YORK, REASON, Story, local, utc

from tenprint.errors import FactInvalid, NotPermitted, UsageError
from tenprint.ids import ClaimId
from tenprint.model import events
from tenprint.workflow import charges, deciding, desk, holding, people
from tenprint.workflow.deciding import parse_facts

COOK = "IL0160000"
GOLDEN_START = local(NEW_YORK, 2011, 6, 9, 10)
GOLDEN_END = local(NEW_YORK, 2011, 6, 13, 10)


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


@pytest.fixture
def boston(story: Story) -> Story:
    """Boston in June 2011, when only the profile `historical` opens immigration there."""
    story.programme.use_profile("historical")
    return story


def test_golden_case_2_runs_from_thursday_ten_to_monday_ten_in_the_facilitys_time(boston: Story) -> None:
    """Domain 3.3, golden case 2: Thu 14 h + Fri 24 h + Mon 10 h; expiry is recorded at its instant, also after downtime."""
    boston.at(GOLDEN_START - timedelta(hours=3))
    boston.detained(ori=BOSTON)
    assert boston.answer().refused is None
    boston.at(GOLDEN_START)
    assert boston.eligible().refused is None
    hold = boston.state().running_hold
    assert (GOLDEN_START, GOLDEN_END) == (hold.starts, hold.expires)
    assert "hold" == desk.stage(boston.house, boston.case())

    boston.at(GOLDEN_END - timedelta(seconds=1))
    assert 0 == boston.tick()
    boston.at(GOLDEN_END + timedelta(hours=5))  # the programme was down in between
    assert boston.tick() >= 1
    expired, due = boston.last(events.DETAINER_EXPIRED), boston.last(events.RELEASE_DUE)
    assert GOLDEN_END == expired.effective_at == due.effective_at
    assert GOLDEN_END + timedelta(hours=5) == expired.recorded_at
    assert ("system", "hold_expired") == (expired.role, due.public["reason"])
    assert "release_due" == desk.stage(boston.house, boston.case())
    count = len(boston.tale())
    boston.tick()
    assert 1 == boston.types().count(events.DETAINER_EXPIRED), "once, however often the clock is looked at"
    assert {"release": "custodian", "release_overdue": "supervisor"} == boston.tasks(), count

    boston.later(seconds=30)
    assert boston.released().refused is None
    assert 5 * 3600 + 30 == boston.last(events.PERSON_RELEASED).public["overdue_seconds"]
    assert {} == boston.tasks()


def test_a_release_that_is_overdue_reaches_a_supervisor_by_the_clock_alone(story: Story) -> None:
    """Domain 3.3: nothing else needs to happen in the case for it."""
    story.detained()
    assert story.answer("decline").refused is None
    assert story.eligible().refused is None
    assert "detainer_declined" != story.last(events.RELEASE_DUE).public["reason"]
    assert "release_overdue" not in story.tasks()
    story.later(hours=1)
    story.tick()

    assert "supervisor" == story.tasks()["release_overdue"]


def test_whoever_acts_after_the_end_of_a_hold_finds_it_expired_by_the_system(story: Story) -> None:
    """Design decision 2: the expiry has its own instant and its own actor, whoever notices it."""
    story.held()
    end = story.state().running_hold.expires
    story.at(end + timedelta(minutes=20))
    assert story.released().refused is None

    expired, released = story.last(events.DETAINER_EXPIRED), story.last(events.PERSON_RELEASED)
    assert (end, "system", "custodian") == (expired.effective_at, expired.role, released.role)
    assert 20 * 60 == released.public["overdue_seconds"]


def test_the_edition_in_use_is_that_of_the_places_own_day(story: Story) -> None:
    """Domain 3.2: at eight in the evening of 31 December in Los Angeles UTC has another year, and other forms."""
    story.at(local(ZoneInfo("America/Los_Angeles"), 2011, 12, 31, 20))
    story.booked_and_found()
    for done in (story.query(), story.respond(), story.dispose(), story.issue("I-247 (08/10)")):
        assert done.refused is None, done.refused


def test_the_rules_in_force_and_the_form_of_the_day_stand_on_the_detainer(story: Story) -> None:
    """Domain 3.2: a form of another time is refused with those in use; no level, no status, no detainer by default."""
    story.booked_and_found()
    story.query()
    assert "NO_STATUS_RESPONSE" == story.dispose().refused.code
    assert story.respond().refused is None
    assert story.dispose().refused is None
    refused = story.issue("I-247A").refused
    assert ("FORM_NOT_IN_USE", True) == (refused.code, "I-247 (08/10)" in refused.why)
    assert story.issue().refused is None

    issued = story.last(events.DETAINER_ISSUED).public
    assert ("I-247 (08/10)", "needs_person", True) == (issued["form"], issued["permitted"], issued["requests_hold"])
    assert issued["rules"]
    assert "SUPERSEDES_WHAT" == story.issue().refused.code


def test_a_person_can_not_assert_what_the_case_knows_otherwise(story: Story) -> None:
    """Design decision 6: asserted facts stand beside those of the case, never above them."""
    story.booked_and_found()
    story.query()
    story.respond()
    story.dispose()
    for fact in ("identity.examiners=9", "status.value=USC", "claim.citizenship_open=yes", "person.juvenile=yes"):
        with pytest.raises(FactInvalid, match="the case itself holds"):
            story.issue(asserted=[fact])
    with pytest.raises(FactInvalid, match="no fact of the glossary"):
        parse_facts(["jail.is_nice=yes"])
    assert events.DETAINER_ISSUED not in story.types()


def test_a_facility_that_does_not_honour_detainers_may_not_hold(story: Story) -> None:
    """8 CFR 287.7(a): a request. The facility's own policy is a fact that its officer asserts, kept beside the reason."""
    story.detained()
    assert "POLICY_REFUSES" == story.answer(asserted=["facility.honours_detainers=no"]).refused.code
    assert story.answer().refused is None
    answered = story.last(events.DETAINER_ANSWERED).private
    assert (["facility.honours_detainers=yes"], "as the test says") == (list(answered["facts"]), answered["reason"])
    assert "permitted" == story.last(events.DETAINER_ANSWERED).public["permitted"]


def test_lifting_a_detainer_ends_its_hold_at_once(story: Story) -> None:
    """Domain 3.4 G8; a custodian lifts on a court's order only."""
    story.held()
    story.later(minutes=10)
    refused = desk.lift_detainer(
        story.house, story.case(), story.detainer, **REASON, by=story.staff["custodian"]
    ).refused
    assert "ROLE_MAY_NOT" == refused.code
    done = desk.lift_detainer(
        story.house,
        story.case(),
        story.detainer,
        reason_code="court_order",
        reason="order 12",
        by=story.staff["custodian"],
    )

    assert done.refused is None
    assert [events.DETAINER_LIFTED, events.RELEASE_DUE] == [e.type for e in done.events][:2]
    assert story.state().running_hold is None
    assert story.released().refused is None
    assert 0 == story.last(events.PERSON_RELEASED).public["overdue_seconds"]


def test_a_status_of_citizen_lifts_the_detainer_and_stops_the_case_for_good(story: Story) -> None:
    """Domain 1.9: IAR = USC; nothing restarts it."""
    story.held()
    story.later(minutes=10)
    assert story.respond("USC").refused is None

    assert story.last(events.DETAINER_LIFTED).public["automatic"]
    assert "us_citizen" == story.last(events.RELEASE_DUE).public["reason"]
    assert "citizen" == desk.stage(story.house, story.case())
    assert "CITIZEN_STOP" == story.respond().refused.code == story.dispose().refused.code == story.issue().refused.code


def test_a_claim_of_citizenship_ends_a_running_hold_and_stops_no_other_clock(story: Story) -> None:
    """Design decision 7: its own, shorter clock; a claim not upheld restarts no hold."""
    story.held()
    story.later(hours=1)
    claimed = desk.claim(story.house, story.case(), evidence="born in El Paso", by=story.staff["jail-officer"])
    assert claimed.refused is None
    assert "citizenship_claim" == story.last(events.RELEASE_DUE).public["reason"]
    assert story.state().running_hold is None
    assert not story.state().in_effect(story.state().detainers[0])
    assert (
        "CITIZENSHIP_CLAIM_OPEN"
        == desk.claim(story.house, story.case(), evidence="", by=story.staff["supervisor"]).refused.code
    )
    story.later(hours=25)
    story.tick()
    assert "supervisor" == story.tasks()["claim_overdue"]

    claim = ClaimId(story.state().claims[0].id)
    done = desk.resolve_claim(
        story.house, story.case(), claim, upheld=False, reason="looked into", by=story.staff["supervisor"]
    )
    assert done.refused is None
    assert story.state().running_hold is None
    assert {"release", "release_overdue"} == set(story.tasks())


def test_the_agency_that_booked_a_person_may_speak_for_them(story: Story) -> None:
    """Design 5, Claim at any time: the agency's key raises a claim in its own cases, and in no other's."""
    story.booked_and_found()
    with pytest.raises(NotPermitted, match="not one of theirs"):
        desk.claim(story.house, story.case(), evidence="", by=story.agency(COOK))

    assert desk.claim(story.house, story.case(), evidence="", by=story.programme.agency.actor).refused is None
    assert "agency" == story.last(events.CITIZENSHIP_CLAIMED).role


def test_a_protected_person_needs_a_named_supervisors_written_reason(story: Story) -> None:
    """ICE memorandum 10076.1 of 17 June 2011, domain 3.6."""
    story.at(utc(2011, 6, 20, 16))
    story.booked_and_found()
    story.query()
    story.respond()
    story.dispose()
    desk.protect(
        story.house,
        story.case(),
        asserted_by="counsel",
        verified=False,
        source="a police report",
        by=story.staff["supervisor"],
    )
    assert "PROTECTED_PERSON" == story.issue().refused.code
    assert "PROTECTED_PERSON" == story.issue(supervisor=story.staff["supervisor"]).refused.code
    with pytest.raises(NotPermitted):
        story.issue(supervisor=story.staff["field-officer"], supervisor_reason="because")
    assert story.issue(supervisor=story.staff["supervisor"], supervisor_reason="special circumstances").refused is None

    assert story.staff["supervisor"].id == story.last(events.DETAINER_ISSUED).private["supervisor"]


def test_a_conditional_detainer_waits_for_the_conviction_of_the_present_charge(story: Story) -> None:
    """Form I-247 (12/11), operative only upon conviction."""
    story.at(utc(2012, 1, 17, 18))
    story.detained("I-247 (12/11)", issue={"conditional": True})
    assert not story.state().in_effect(story.state().detainers[0])
    charges.record_history(story.house, story.case(), known="yes", source="court", as_of=date(2012, 1, 16), reason="judgment",
                        convictions=("2399:felony:800",), corrects=None, present_charge=True, by=story.staff["charge-officer"])  # fmt: skip

    assert story.state().in_effect(story.state().detainers[0])


def test_in_massachusetts_nobody_is_held_from_24_july_2017(boston: Story) -> None:
    """Lunn v. Commonwealth: 0 h, golden case 10; a detainer honoured the day before gives no hold either."""
    boston.at(local(NEW_YORK, 2017, 7, 23, 12))
    boston.booked_and_found(ori=BOSTON)
    for done in (boston.query(), boston.respond(), boston.dispose()):
        assert done.refused is None
    assert "WARRANT_REQUIRED" == boston.issue("I-247A", boxes=("final_order",)).refused.code
    assert boston.issue("I-247A", boxes=("final_order",), warrant="administrative").refused is None
    assert boston.serve().refused is None
    assert boston.answer().refused is None, "the day before, the facility's own policy decided"
    boston.at(local(NEW_YORK, 2017, 7, 24, 0, 30))
    refused = boston.answer().refused
    assert ("POLICY_REFUSES", True) == (refused.code, "may-hold/us-ma-lunn/1" in refused.rule)
    assert boston.eligible().refused is None

    assert events.HOLD_BEGUN not in boston.types()
    assert local(NEW_YORK, 2017, 7, 24, 0, 30) == boston.last(events.RELEASE_DUE).effective_at
    assert "hold_of_no_length" == boston.last(events.RELEASE_DUE).public["reason"]


def test_cook_county_declines_without_an_agreement_on_costs(story: Story) -> None:
    """Cook County Ordinance 11-O-73, in force since 7 September 2011."""
    story.programme.use_profile("historical")
    story.at(local(CHICAGO, 2014, 12, 1, 9))
    story.detained("I-247 (12/12)", ori=COOK, by=story.agency(COOK), issue={"boxes": ("reason_to_believe_removable",)})
    facts = ["facility.honours_detainers=yes", "agreement.cost_reimbursed=no"]
    assert "may-hold/us-il-cook/1" in story.answer(asserted=facts).refused.rule
    assert story.answer("decline", asserted=facts).refused is None
    assert story.eligible().refused is None

    assert events.HOLD_BEGUN not in story.types()
    assert "not_honoured" == story.last(events.RELEASE_DUE).public["reason"]


def test_custody_passes_between_two_sides_who_are_both_there(story: Story) -> None:
    """Domain 3.4 G9: custodian and field officer sign; neither signs for the other, nor for another place."""
    story.held()
    story.later(hours=2)
    grant = lambda role, *oris: people.grant(  # noqa: E731
        story.house, kind="person", label=role, roles=[role], oris=list(oris) or ["*"], by=story.programme.operator)  # fmt: skip
    officer = story.staff["field-officer"]
    with pytest.raises(NotPermitted, match="needs a custodian"):
        desk.transfer(story.house, story.case(), other_key=grant("field-officer").token, by=officer)
    with pytest.raises(NotPermitted, match="not one of theirs"):
        desk.transfer(story.house, story.case(), other_key=grant("custodian", COOK).token, by=officer)
    done = desk.transfer(story.house, story.case(), other_key=grant("custodian", LOS_ANGELES).token, by=officer)

    assert done.refused is None
    assert 7200 == done.events[0].public["held_seconds"]
    assert "NOT_IN_CUSTODY" == story.released().refused.code


def test_rules_that_refuse_a_hold_on_the_day_it_would_begin_leave_it_no_length(story: Story, monkeypatch) -> None:
    """In doubt the shorter: a detainer honoured while the rules allowed it holds nobody once they refuse, whatever the calendar says."""
    story.detained()
    assert story.answer().refused is None
    real = deciding.ask_again

    def refusing(*given, **named):
        answer = real(*given, **named)
        return replace(answer, kind="refused") if given[2] == deciding.MAY_HOLD else answer

    monkeypatch.setattr(holding, "ask_again", refusing)
    assert story.eligible().refused is None

    assert events.HOLD_BEGUN not in story.types()
    assert "hold_of_no_length" == story.last(events.RELEASE_DUE).public["reason"]


def test_an_instant_without_its_offset_starts_no_clock(story: Story) -> None:
    """Clocks are read in the facility's zone: an instant must say which one it is."""
    story.detained()
    with pytest.raises(UsageError, match="UTC offset"):
        story.eligible(datetime(2011, 6, 7, 9))
    assert events.RELEASE_ELIGIBLE not in story.types()
