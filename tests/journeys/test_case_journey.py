"""A case the whole way: from two examiners to an outcome, under the rules of its own day and place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cards import BOSTON, LOS_ANGELES
from casestory import CHICAGO, NEW_YORK, REASON, Story, local, utc

from tenprint.account.statistics.columns import measure_of
from tenprint.errors import FactInvalid, NoRuleInForce, NotFound, NotPermitted, UsageError
from tenprint.ids import CaseId, ClaimId, DetainerId
from tenprint.model import events
from tenprint.workflow import auditing, closing, desk, people
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


# -- identity ---------------------------------------------------------------------------------------------------------
def test_two_independent_examiners_establish_identity_and_one_never_does(story: Story) -> None:
    """Domain 3.4 G1, design decision 9."""
    story.enrol()
    story.book()
    assert story.conclude(0).refused is None
    assert events.IDENTITY_ESTABLISHED not in story.types()
    assert "IDENTITY_NOT_ESTABLISHED" == story.query().refused.code
    assert "EXAMINER_CONCLUDED" == story.conclude(0).refused.code

    assert story.conclude(1).refused is None
    assert story.person == story.last(events.IDENTITY_ESTABLISHED).private["person"]
    assert {"status_query": "status-specialist"} == {k: r for k, r in story.tasks().items() if k != "examine"}


def test_the_second_examiner_does_not_see_what_the_first_concluded(story: Story) -> None:
    """Design decision 9: independent. Whoever concluded, and the auditor, see all of it; nobody is shown a score."""
    story.enrol()
    story.book()
    story.conclude(0)

    def line(by):
        shown = desk.show_case(story.house, story.case(), by=by)
        return shown, next(x for x in shown["timeline"] if x["event"] == events.CONCLUSION_RECORDED)

    shown, hidden = line(story.examiners[1])
    assert not {"conclusion", "examiner"} & set(hidden)
    assert {"rank", "person", "zone", "fingers_compared"} == set(shown["candidates"][0])
    assert (
        "SOURCE_IDENTIFICATION"
        == line(story.examiners[0])[1]["conclusion"]
        == line(story.staff["auditor"])[1]["conclusion"]
    )


def test_a_disagreement_is_a_dispute_that_a_supervisor_resolves(story: Story) -> None:
    """Domain 1.9: conclusions differ; only a supervisor's own conclusion settles it, and no sooner."""
    story.enrol()
    story.book()
    supervisor = story.staff["supervisor"]
    assert "NOTHING_TO_RESOLVE" == story.conclude(by=supervisor).refused.code
    story.conclude(0)
    story.conclude(1, "SOURCE_EXCLUSION")
    assert "disputed" == desk.stage(story.house, story.case())
    assert "IDENTITY_DISPUTED" == story.query().refused.code
    assert "NEEDS_SUPERVISOR_EXAMINER" == story.conclude(2).refused.code
    assert "supervisor-examiner" == story.tasks()["resolve_dispute"]

    assert story.conclude(by=supervisor).refused is None
    assert 2 == story.last(events.IDENTITY_ESTABLISHED).public["examiners"]
    assert "resolve_dispute" not in story.tasks()


def test_whoever_is_examiner_and_supervisor_concludes_as_an_examiner_first(story: Story) -> None:
    """Domain 3.4 G1: the roles of one person are told apart by what the case needs."""
    both = people.grant(
        story.house,
        kind="person",
        label="both",
        roles=["examiner", "supervisor"],
        oris=["*"],
        by=story.programme.operator,
    )
    story.enrol()
    story.book()

    assert story.conclude(by=both.actor).refused is None
    assert "examiner" == story.last(events.CONCLUSION_RECORDED).role


def test_two_exclusions_refute_and_the_case_is_closed_without_any_query(story: Story) -> None:
    """Domain 1.9: doubt ends as not identified."""
    story.enrol()
    story.book()
    story.conclude(0, "SOURCE_EXCLUSION")
    story.conclude(1, "INCONCLUSIVE")

    assert "refuted" == desk.stage(story.house, story.case())
    assert "IDENTITY_NOT_ESTABLISHED" == story.query().refused.code
    assert desk.close(story.house, story.case(), **REASON, by=story.staff["supervisor"]).refused is None
    assert {} == story.tasks()


def test_an_identification_in_the_criminal_repository_triggers_nothing_about_immigration(story: Story) -> None:
    """Domain 1.9: a status query only in immigration; the booking is answered I and goes no further."""
    story.enrol(repository="criminal")
    story.book()
    story.identify("criminal")
    refused = desk.query(story.house, story.case("criminal"), attention="D. S.", offense=None, in_custody=True,
                         by=story.staff["status-specialist"]).refused  # fmt: skip

    assert "CRIMINAL_MATCH_NEVER_TRIGGERS" == refused.code
    assert ("closed", "SRE") == (story.row().state, story.row().answer_kind)
    assert "I" == next(e for e in story.told() if e.type == events.ANSWER_ISSUED).public["srf"]


def test_repositories_that_disagree_end_what_rests_on_the_identity(story: Story) -> None:
    """Domain 1.9: a conflict puts a settled identity in dispute and ends a hold at once."""
    story.held()
    story.later(minutes=5)
    done = desk.raise_conflict(story.house, story.case(), reason="another name", by=story.staff["supervisor"])

    assert done.refused is None
    assert "identity_disputed" == story.last(events.RELEASE_DUE).public["reason"]
    assert not story.state().in_effect(story.state().detainers[0])


# -- status, charges, levels ------------------------------------------------------------------------------------------
def test_a_query_without_a_coded_charge_says_0399_and_that_it_is_a_default(story: Story) -> None:
    """Domain 1.5, OFF: a default is flagged, and a coded charge is sent as coded."""
    story.booked_and_found()
    assert story.query().refused is None

    sent = story.last(events.STATUS_QUERY_SENT)
    assert ("defaulted", "0399") == (sent.public["offense_code_source"], sent.private["query"]["offense_code"])
    assert "QUERY_SENT" == story.query().refused.code
    with pytest.raises(NotPermitted):
        story.query(by=story.staff["field-officer"])


def test_a_level_1_charge_needs_a_second_look_by_another_person(story: Story) -> None:
    """Domain 3.4 G3; level of charge and of conviction stand side by side, each with its basis."""
    story.booked_and_found()
    one, two = story.staff["charge-officer"], story.programme.staff("charge-officer")

    def code(by, ncic="1299"):
        return desk.code_charge(story.house, story.case(), charge="1", ncic=ncic, reason="text of the booking", severity="felony",
                                max_penalty_days=3650, by=by)  # fmt: skip

    def level(basis):
        return desk.evaluate_level(
            story.house, story.case(), policy="morton-2011", basis=basis, stage="match", aggravated_felony=None, by=one
        )

    assert "awaited" == code(one).events[0].public["second_look"]
    assert "SECOND_LOOK_BY_SAME_PERSON" == code(one).refused.code
    assert "agreed" == code(two).events[0].public["second_look"]
    assert "second_look" not in story.tasks()
    story.query()
    assert "1299" == story.last(events.STATUS_QUERY_SENT).private["query"]["offense_code"]

    assert "2" == level("charge").events[0].public["level"]
    assert "needs_person" == level("conviction").events[0].public["level"], "unknown is not none"
    history = desk.record_history(story.house, story.case(), known="yes", source="rap_sheet", as_of=date(2011, 6, 1), reason="record",
                                  convictions=("1299:felony:3650:400", "2399:felony:800"), corrects=None, by=one)  # fmt: skip
    assert history.refused is None
    assert "1" == level("conviction").events[0].public["level"]
    shown = desk.show_case(story.house, story.case(), by=story.staff["field-officer"])["levels"]
    assert [("charge", "2"), ("conviction", "needs_person"), ("conviction", "1")] == [
        (x["basis"], x["level"]) for x in shown
    ]


def test_two_felony_charges_can_become_level_1_and_then_the_second_is_looked_at_twice(story: Story) -> None:
    """Memorandum of 2 March 2011, two felonies are Level 1; domain 3.4 G3 asks a second look for whatever makes it."""
    story.booked_and_found()
    one, two = story.staff["charge-officer"], story.programme.staff("charge-officer")

    def code(charge, by):
        return desk.code_charge(story.house, story.case(), charge=charge, ncic="2399", reason="text", severity="felony", max_penalty_days=800,
                                by=by).events[0].public["second_look"]  # fmt: skip

    def level():
        return desk.evaluate_level(
            story.house,
            story.case(),
            policy="morton-2011",
            basis="charge",
            stage="match",
            aggravated_felony=None,
            by=one,
        )

    assert "none" == code("1", one)
    assert "awaited" == code("2", one)
    assert "SECOND_LOOK_AWAITED" == level().refused.code
    assert "agreed" == code("2", two)
    assert "1" == level().events[0].public["level"]


def test_a_second_look_that_differs_is_settled_by_a_supervisor(story: Story) -> None:
    """Domain 3.4 G3: until then the first code stands and no Level 1 is recorded."""
    story.booked_and_found()
    one, two = story.staff["charge-officer"], story.programme.staff("charge-officer")
    facts = {"charge": "1", "reason": "text", "severity": "felony", "max_penalty_days": 900}
    desk.code_charge(story.house, story.case(), ncic="1299", by=one, **facts)
    assert (
        "differs"
        == desk.code_charge(story.house, story.case(), ncic="2399", by=two, **facts).events[0].public["second_look"]
    )
    assert "supervisor" == story.tasks()["resolve_charge"]
    assert "1299" == story.state().charges[0].ncic

    done = desk.code_charge(story.house, story.case(), ncic="2399", by=story.staff["supervisor"], **facts)
    assert "resolved" == done.events[0].public["second_look"]
    assert "resolve_charge" not in story.tasks()


@pytest.mark.parametrize(
    ("policy", "first_wrong", "last_right"),
    [
        ("sc-sop-2009", local(NEW_YORK, 2010, 6, 30, 0, 1), local(NEW_YORK, 2010, 6, 29, 23, 59)),
        ("morton-2011", local(NEW_YORK, 2011, 3, 1, 23, 59), local(NEW_YORK, 2011, 3, 2, 0, 1)),
    ],
)
def test_a_policy_gives_levels_on_its_own_days_only_by_the_places_own_calendar(
    boston: Story, policy, first_wrong, last_right
) -> None:
    """Design decision 5: the day is that of the place; at 23:59 in Boston it is the next day in UTC already."""
    boston.at(utc(2010, 5, 3, 12))
    boston.booked_and_found(ori=BOSTON)

    def level():
        return desk.evaluate_level(boston.house, boston.case(), policy=policy, basis="conviction", stage="match", aggravated_felony=None,
                                   by=boston.staff["charge-officer"])  # fmt: skip

    boston.at(min(first_wrong, last_right))
    if first_wrong < last_right:
        with pytest.raises(NoRuleInForce):
            level()
    else:
        assert last_right.date().isoformat() == level().events[0].public["on"]
    boston.at(max(first_wrong, last_right))
    if first_wrong > last_right:
        with pytest.raises(NoRuleInForce):
            level()
    else:
        assert last_right.date().isoformat() == level().events[0].public["on"]


def test_a_conviction_that_can_not_be_read_is_refused_whole(story: Story) -> None:
    """Unknown is never a default: a misspelt severity is no missing one."""
    story.booked_and_found()
    for text in ("1299:felon", "1299:felony:400:30:9", "12", "1299:felony:many"):
        with pytest.raises(UsageError, match="is no conviction"):
            desk.record_history(story.house, story.case(), known="yes", source="rap_sheet", as_of=date(2011, 6, 1), reason="record",
                                convictions=(text,), corrects=None, by=story.staff["charge-officer"])  # fmt: skip
    assert events.HISTORY_RECORDED not in story.types()


# -- detainer and clock -----------------------------------------------------------------------------------------------
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
    """8 CFR 287.7(a): a request. The facility's own policy is a fact that its officer asserts, kept with the reason."""
    story.detained()
    assert "POLICY_REFUSES" == story.answer(asserted=["facility.honours_detainers=no"]).refused.code
    assert story.answer().refused is None
    assert "facility.honours_detainers=yes" in story.last(events.DETAINER_ANSWERED).private["reason"]
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
    desk.record_history(story.house, story.case(), known="yes", source="court", as_of=date(2012, 1, 16), reason="judgment",
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


def test_an_instant_without_its_offset_starts_no_clock(story: Story) -> None:
    """Clocks are read in the facility's zone: an instant must say which one it is."""
    story.detained()
    with pytest.raises(UsageError, match="UTC offset"):
        story.eligible(datetime(2011, 6, 7, 9))
    assert events.RELEASE_ELIGIBLE not in story.types()


# -- who may ------------------------------------------------------------------------------------------------------------
def test_a_jail_officer_sees_and_answers_the_cases_of_their_own_place_only(story: Story) -> None:
    """Table of access: view_case and answer_detainer reach the actor's own ORIs."""
    story.detained()
    stranger, own = story.programme.staff("jail-officer", BOSTON), story.programme.staff("jail-officer", LOS_ANGELES)
    with pytest.raises(NotPermitted, match="not one of theirs"):
        story.answer(by=stranger)
    with pytest.raises(NotPermitted, match="not one of theirs"):
        desk.show_case(story.house, story.case(), by=stranger)

    assert (
        []
        == desk.cases(story.house, by=stranger, open_only=True, repository=None)
        == desk.tasks(story.house, by=stranger)
    )
    assert 1 == len(desk.cases(story.house, by=own, open_only=True, repository=None))
    assert desk.tasks(story.house, by=own)
    assert story.answer(by=own).refused is None


def test_each_act_belongs_to_its_role(story: Story) -> None:
    """Domain 3.4: the examiner does not decide, the officer does not conclude, the operator decides nothing."""
    story.detained()
    wrong = {
        "examiner": lambda by: story.dispose(by=by), "field-officer": lambda by: story.answer(by=by),
        "jail-officer": lambda by: story.issue(by=by), "custodian": lambda by: story.respond(by=by),
        "auditor": lambda by: desk.claim(story.house, story.case(), evidence="", by=by),
    }  # fmt: skip
    for role, act in wrong.items():
        with pytest.raises(NotPermitted):
            act(story.programme.staff(role))
    for act in (*wrong.values(), lambda by: desk.show_case(story.house, story.case(), by=by)):
        with pytest.raises(NotPermitted):
            act(story.programme.operator)


# -- branches and the end -----------------------------------------------------------------------------------------------
def test_a_cna_gets_no_answer_but_that_is_recorded(story: Story) -> None:
    """EBTS 9.1: CNA, no answer necessary; the case goes on all the same."""
    story.enrol()
    story.book(tot="CNA")
    answered = next(e for e in story.told() if e.type == events.ANSWER_ISSUED)

    assert ("none", None) == (answered.public["kind"], story.row().answer_object)
    assert "examination" == desk.stage(story.house, story.case())


def test_a_case_goes_to_its_outcome_is_closed_and_is_counted_under_its_measures(story: Story) -> None:
    """The whole way; the rows of the month's close say what happened, level by level."""
    story.held()
    officer, coder = story.staff["field-officer"], story.staff["charge-officer"]
    desk.record_history(story.house, story.case(), known="none", source="rap_sheet", as_of=date(2011, 6, 7), reason="searched", convictions=(),
                        corrects=None, by=coder)  # fmt: skip
    desk.evaluate_level(
        story.house,
        story.case(),
        policy="morton-2011",
        basis="conviction",
        stage="removal",
        aggravated_felony=None,
        by=coder,
    )
    desk.lift_detainer(story.house, story.case(), story.detainer, **REASON, by=officer)
    assert "RELEASE_DUE" == desk.close(story.house, story.case(), **REASON, by=officer).refused.code
    assert story.released().refused is None
    outcome = desk.record_outcome(
        story.house, story.case(), outcome="removal", conviction_known="none", reason="order", by=officer
    )
    assert ("morton-2011", "none", "conviction") == tuple(
        outcome.events[0].public[k] for k in ("policy", "level", "basis")
    )
    assert desk.close(story.house, story.case(), **REASON, by=officer).refused is None
    assert ("closed", {}) == (desk.stage(story.house, story.case()), story.tasks())
    assert "CLOSED" == story.dispose("no_action").refused.code

    story.at(datetime(2011, 7, 2, tzinfo=UTC))
    closing.close_month(story.house, "2011-06", by=story.programme.operator)
    with story.house.store.reader() as reader:
        told = [*story.told(), *story.tale()]
        rows = reader.rows.for_month("2011-06")
        waiting = set(reader.rows.positions_without())
    measures = {measure_of(event.type, event.public) for event in told}
    assert {"submission", "match", "detainer-issued", "detainer-lifted", "removal"} <= measures, measures
    assert all((event.position in waiting) or rows for event in told), "each is in a row, or waits for the next close"
    assert [] == auditing.fsck(story.house)


def test_a_case_that_nobody_knows_is_an_error_not_an_empty_one(story: Story) -> None:
    """Absence is a named error."""
    nobody = CaseId("0" * 32)
    with pytest.raises(NotFound):
        desk.show_case(story.house, nobody, by=story.staff["auditor"])
    with pytest.raises(NotFound):
        desk.serve_detainer(story.house, nobody, DetainerId("x"), language="es", by=story.staff["jail-officer"])
