"""A case the whole way: from two examiners to an outcome, under the rules of its own day and place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from cards import BOSTON, LOS_ANGELES
from casestory import NEW_YORK, REASON, Story, local, utc

from tenprint.account.statistics.columns import measure_of
from tenprint.errors import NoRuleInForce, NotFound, NotPermitted, UsageError
from tenprint.ids import CaseId, DetainerId
from tenprint.model import events
from tenprint.workflow import auditing, charges, closing, desk, people
from tenprint.workflow.history import evaluate_level

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
        return charges.code_charge(story.house, story.case(), charge="1", ncic=ncic, reason="text of the booking", severity="felony",
                                max_penalty_days=3650, by=by)  # fmt: skip

    def level(basis):
        return evaluate_level(story.house, story.case(), policy="morton-2011", basis=basis, stage="match", by=one)

    assert "awaited" == code(one).events[0].public["second_look"]
    assert "SECOND_LOOK_BY_SAME_PERSON" == code(one).refused.code
    assert "agreed" == code(two).events[0].public["second_look"]
    assert "second_look" not in story.tasks()
    story.query()
    assert "1299" == story.last(events.STATUS_QUERY_SENT).private["query"]["offense_code"]

    assert "2" == level("charge").events[0].public["level"]
    assert "needs_person" == level("conviction").events[0].public["level"], "unknown is not none"
    history = charges.record_history(story.house, story.case(), known="yes", source="rap_sheet", as_of=date(2011, 6, 1), reason="record",
                                  convictions=("1299:felony:3650:400", "2399:felony:800"), corrects=None, by=one)  # fmt: skip
    assert history.refused is None
    assert () == level("conviction").events, "it was evaluated again by the record itself; the same inputs add nothing"
    shown = desk.show_case(story.house, story.case(), by=story.staff["field-officer"])["levels"]
    assert [
        ("charge", "2", None), ("conviction", "needs_person", None), ("charge", "2", "record-1"), ("conviction", "1", "record-1"),
    ] == [(x["basis"], x["level"], x["after"]) for x in shown]  # fmt: skip


def test_two_felony_charges_can_become_level_1_and_then_the_second_is_looked_at_twice(story: Story) -> None:
    """Memorandum of 2 March 2011, two felonies are Level 1; domain 3.4 G3 asks a second look for whatever makes it."""
    story.booked_and_found()
    one, two = story.staff["charge-officer"], story.programme.staff("charge-officer")

    def code(charge, by):
        return charges.code_charge(story.house, story.case(), charge=charge, ncic="2399", reason="text", severity="felony", max_penalty_days=800,
                                by=by).events[0].public["second_look"]  # fmt: skip

    def level():
        return evaluate_level(
            story.house,
            story.case(),
            policy="morton-2011",
            basis="charge",
            stage="match",
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
    less = facts | {"severity": "misdemeanor", "max_penalty_days": 100}
    charges.code_charge(story.house, story.case(), ncic="1299", by=one, **facts)
    assert (
        "differs"
        == charges.code_charge(story.house, story.case(), ncic="2399", by=two, **less).events[0].public["second_look"]
    )
    assert "supervisor" == story.tasks()["resolve_charge"]
    assert "1299" == story.state().charges[0].ncic
    level = evaluate_level(story.house, story.case(), policy="morton-2011", basis="charge", stage="match", by=one)
    assert "2" == level.events[0].public["level"], "the first code stands: one felony"

    done = charges.code_charge(story.house, story.case(), ncic="2399", by=story.staff["supervisor"], **facts)
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
        return evaluate_level(boston.house, boston.case(), policy=policy, basis="conviction", stage="match",
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
        with pytest.raises(UsageError, match="is no coded offence"):
            charges.record_history(story.house, story.case(), known="yes", source="rap_sheet", as_of=date(2011, 6, 1), reason="record",
                                convictions=(text,), corrects=None, by=story.staff["charge-officer"])  # fmt: skip
    assert events.HISTORY_RECORDED not in story.types()


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
    charges.record_history(story.house, story.case(), known="none", source="rap_sheet", as_of=date(2011, 6, 7), reason="searched", convictions=(),
                        corrects=None, by=coder)  # fmt: skip
    evaluate_level(
        story.house,
        story.case(),
        policy="morton-2011",
        basis="conviction",
        stage="removal",
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
        in_rows = [
            e for e in reader.events(recorded_before=datetime(2011, 7, 1, tzinfo=UTC)) if e.position not in waiting
        ]
    measures = {measure_of(event.type, event.public) for event in told}
    assert {"submission", "match", "detainer-issued", "detainer-lifted", "removal"} <= measures, measures
    assert len(rows) == len(in_rows), "each is in one row, or waits for the next close"
    assert len(waiting) + len(rows) >= len(told)
    assert [] == auditing.fsck(story.house)


def test_a_case_that_nobody_knows_is_an_error_not_an_empty_one(story: Story) -> None:
    """Absence is a named error."""
    nobody = CaseId("0" * 32)
    with pytest.raises(NotFound):
        desk.show_case(story.house, nobody, by=story.staff["auditor"])
    with pytest.raises(NotFound):
        desk.serve_detainer(story.house, nobody, DetainerId("x"), language="es", by=story.staff["jail-officer"])
