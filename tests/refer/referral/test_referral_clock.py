"""Detainer, release clock and claims: everything that can hold a person, and everything that ends it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from referral_desk import (
    A2017,
    NEEDS_PERSON,
    PERMITTED,
    REFUSED,
    REQUIRED,
    START,
    Desk,
    eligible,
    on_i247a,
)

from tenprint.clock import to_text
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.forms import FORMS, OFFICER_CLASSES
from tenprint.refer.referral.instants import read, spell
from tenprint.refer.referral.tasks import open_kinds


# -- issuing ----------------------------------------------------------------------------------------------------------
def test_a_detainer_needs_each_step_before_it() -> None:
    """Domain 3.4 G1, G2, G4, G5: identity, status, an officer's decision, an authorised class."""
    assert Desk().opened().refused(c.IssueDetainer, "field-officer") == "IDENTITY_NOT_ESTABLISHED"
    assert Desk().queried().refused(c.IssueDetainer, "field-officer") == "NO_STATUS_RESPONSE"
    assert Desk().answered().refused(c.IssueDetainer, "field-officer") == "NO_DISPOSITION"
    assert Desk().decided().refused(c.IssueDetainer, "field-officer", officer_class="clerk") == "OFFICER_CLASS"
    for officer_class in OFFICER_CLASSES:
        Desk().decided().do(c.IssueDetainer, "field-officer", officer_class=officer_class)


@pytest.mark.parametrize(
    ("permission", "code"),
    [(None, "NO_RULE_IN_FORCE"), (REFUSED, "POLICY_REFUSES"), (PERMITTED, ""), (REQUIRED, ""), (NEEDS_PERSON, "")],
)
def test_the_answer_of_the_rules_bounds_the_officer(permission, code) -> None:
    """Design decision 6: refused refuses, silence is no yes; the other answers leave the act to the named person, who gives a reason."""
    answer = Desk().decided().give(c.IssueDetainer, "field-officer", permission=permission)

    assert (answer.code if isinstance(answer, c.Refused) else "") == code


@pytest.mark.parametrize(
    ("form", "last_day_before", "first_day", "last_day", "first_day_after"),
    [
        ("I-247 (08/10)", (2010, 7, 31), (2010, 8, 1), (2011, 12, 31), (2012, 1, 1)),
        ("I-247 (12/11)", (2011, 11, 30), (2011, 12, 1), (2012, 12, 31), (2013, 1, 1)),
        ("I-247 (12/12)", (2012, 11, 30), (2012, 12, 1), (2015, 7, 31), (2015, 8, 1)),
        ("I-247D", (2015, 4, 30), (2015, 5, 1), (2017, 4, 1), (2017, 4, 2)),
        ("I-247N", (2015, 4, 30), (2015, 5, 1), (2017, 4, 1), (2017, 4, 2)),
        ("I-247X", (2015, 4, 30), (2015, 5, 1), (2017, 4, 1), (2017, 4, 2)),
        ("I-247A", (2017, 4, 1), (2017, 4, 2), (2026, 1, 1), None),
    ],
)  # fmt: skip
def test_a_form_is_issued_in_its_time_only(form, last_day_before, first_day, last_day, first_day_after) -> None:
    """Domain 3.2, both edges of every edition; until is the first day not in use."""
    facts = {
        "form": form,
        "boxes": tuple(sorted(FORMS[form].must_tick or FORMS[form].boxes)),
        "warrant": "administrative",
    }

    def on(day: tuple[int, int, int]) -> Desk:
        return Desk(datetime(*day, 16, 0, tzinfo=UTC)).decided()

    assert on(last_day_before).refused(c.IssueDetainer, "field-officer", **facts) == "FORM_NOT_IN_USE"
    on(first_day).do(c.IssueDetainer, "field-officer", **facts)
    on(last_day).do(c.IssueDetainer, "field-officer", **facts)
    if first_day_after:
        assert on(first_day_after).refused(c.IssueDetainer, "field-officer", **facts) == "FORM_NOT_IN_USE"


def test_the_day_at_the_place_says_which_form_is_in_use() -> None:
    """It is New Year's Eve in the west while UTC has the new year: the edition of the old year is still in use, its successor too."""
    desk = Desk(datetime(2012, 1, 1, 4, 0, tzinfo=UTC)).decided()
    facts = {"form": "I-247 (08/10)", "boxes": tuple(sorted(FORMS["I-247 (08/10)"].boxes)), "warrant": "administrative"}

    assert desk.refused(c.IssueDetainer, "field-officer", day=date(2012, 1, 1), **facts) == "FORM_NOT_IN_USE"
    desk.do(c.IssueDetainer, "field-officer", day=date(2011, 12, 31), **facts)


def test_a_form_is_filled_as_its_edition_asks() -> None:
    """Domain 3.2: boxes, warrant and the conditional option belong to editions."""
    desk = Desk(A2017).decided()
    facts = {"form": "I-247A", "boxes": ("final_order",), "warrant": "administrative"}

    assert desk.refused(c.IssueDetainer, "field-officer", **{**facts, "warrant": "none"}) == "WARRANT_REQUIRED"
    assert desk.refused(c.IssueDetainer, "field-officer", **{**facts, "boxes": ()}) == "BASIS_BOXES"
    assert desk.refused(c.IssueDetainer, "field-officer", **{**facts, "boxes": ("felony",)}) == "BASIS_BOXES"
    assert desk.refused(c.IssueDetainer, "field-officer", **facts, conditional=True) == "NOT_CONDITIONAL"
    in_2013 = Desk(datetime(2013, 6, 3, 15, 0, tzinfo=UTC)).decided()
    assert in_2013.refused(c.IssueDetainer, "field-officer", form="I-247 (12/12)", boxes=("felony",)) == "BASIS_BOXES"


def test_one_detainer_is_open_at_a_time_and_a_new_one_names_the_old() -> None:
    """Domain 3.2: supersedes or cancels previous detainer."""
    desk = Desk().issued()

    assert desk.refused(c.IssueDetainer, "field-officer", detainer="d2") == "SUPERSEDES_WHAT"
    assert desk.refused(c.IssueDetainer, "field-officer", supersedes="d1") == "DETAINER_EXISTS"
    desk.do(c.IssueDetainer, "field-officer", detainer="d2", supersedes="d1")
    assert desk.of("DetainerLifted")[0].public["reason_code"] == "superseded"
    assert desk.state.open_detainer.id == "d2"


# -- serving and answering --------------------------------------------------------------------------------------------
def test_an_unserved_i247a_is_not_in_effect_and_no_clock_starts() -> None:
    """Domain 10.17: I-247A not served: in_effect=false, clock cannot start."""
    desk = eligible(on_i247a())

    assert desk.of("HoldBegun") == []
    assert desk.of("ReleaseDue")[0].public == {"reason": "not_served", "detainer": "d1"}
    assert desk.of("ReleaseDue")[0].effective_at == desk.now


def test_a_served_i247a_is_in_effect() -> None:
    """Domain 3.2: served, it takes effect; served after the person became releasable, it does not reach back."""
    desk = on_i247a()
    assert desk.do(c.ServeDetainer, "jail-officer")[0].public["in_effect"] is True
    assert desk.refused(c.ServeDetainer, "jail-officer") == "SERVED"
    assert len(eligible(desk).of("HoldBegun")) == 1

    late = on_i247a()
    since = late.now
    late.wait(hours=1).do(c.ServeDetainer, "jail-officer")
    eligible(late, eligible_at=since, expires=since + timedelta(hours=48))
    assert [e.public["reason"] for e in late.of("ReleaseDue")] == ["not_served"]


def test_an_early_edition_holds_without_service() -> None:
    """Domain 3.2: the edition of 08/10 knew no duty to serve; what it did is shown as it was."""
    desk = Desk().issued()
    desk.do(c.AnswerDetainer, "jail-officer")

    assert len(eligible(desk).of("HoldBegun")) == 1


@pytest.mark.parametrize(
    ("permission", "code"),
    [(None, "NO_RULE_IN_FORCE"), (REFUSED, "POLICY_REFUSES"), (PERMITTED, ""), (REQUIRED, ""), (NEEDS_PERSON, "")],
)
def test_a_hold_refused_by_law_can_not_be_honoured(permission, code) -> None:
    """Domain 3.4 G6, 10.8-10: honour is impossible where the rules refuse, and where no rule answers."""
    answer = Desk().issued().give(c.AnswerDetainer, "jail-officer", permission=permission)

    assert (answer.code if isinstance(answer, c.Refused) else "") == code


def test_a_duty_opens_a_task_and_holds_nobody() -> None:
    """Design decision 6: required never acts; declining it is recorded, with a task for a named person."""
    desk = Desk().issued()
    desk.do(c.AnswerDetainer, "jail-officer", answer="decline", permission=REQUIRED)

    assert "required_action" in open_kinds(desk.state)
    assert eligible(desk).of("HoldBegun") == []
    assert desk.of("ReleaseDue")[0].public["reason"] == "not_honoured"


def test_a_request_for_notice_can_not_be_honoured_as_a_hold() -> None:
    """Domain 3.2: I-247N asks no hold."""
    desk = Desk(datetime(2015, 9, 1, 15, 0, tzinfo=UTC)).decided()
    desk.do(c.IssueDetainer, "field-officer", form="I-247N", boxes=("suspected_priority",))

    assert desk.refused(c.AnswerDetainer, "jail-officer") == "NO_HOLD_REQUESTED"
    desk.do(c.AnswerDetainer, "jail-officer", answer="notify_only")
    assert eligible(desk).of("ReleaseDue")[0].public["reason"] == "no_hold_requested"


def test_notice_is_refused_where_the_rules_refuse_notice() -> None:
    """Domain 3.7, must_not_notify: a question of its own beside the hold."""
    desk = Desk().issued()

    assert (
        desk.refused(c.AnswerDetainer, "jail-officer", answer="notify_only", notification=REFUSED) == "POLICY_REFUSES"
    )
    desk.do(c.AnswerDetainer, "jail-officer", answer="notify_only", permission=REFUSED, notification=PERMITTED)


def test_a_conditional_detainer_waits_for_a_conviction_of_the_present_charge() -> None:
    """Domain 3.2, 12/11: operative only upon conviction."""

    def conditional() -> Desk:
        desk = Desk(datetime(2012, 6, 4, 15, 0, tzinfo=UTC)).decided()
        desk.do(c.IssueDetainer, "field-officer", form="I-247 (12/11)", conditional=True)
        desk.do(c.AnswerDetainer, "jail-officer")
        return desk

    assert eligible(conditional()).of("ReleaseDue")[0].public["reason"] == "not_in_effect"
    earlier = conditional()
    earlier.do(c.RecordHistory, "charge-officer")
    assert eligible(earlier).of("HoldBegun") == []
    convicted = conditional()
    convicted.do(c.RecordHistory, "charge-officer", present_charge=True)
    assert len(eligible(convicted).of("HoldBegun")) == 1


# -- the clock --------------------------------------------------------------------------------------------------------
def test_the_hold_expires_at_its_instant_though_the_tick_comes_later() -> None:
    """Domain 3.3, 10.18: DetainerExpired at 48:00:00, effective at the instant, recorded when the tick comes."""
    desk = Desk().held()
    began = desk.now

    assert desk.wait(hours=48, seconds=-1).do(c.Tick, "system") == []
    desk.wait(hours=3).do(c.Tick, "system")  # at 50:59:59

    end = began + timedelta(hours=48)
    assert [(e.type, e.effective_at) for e in desk.events[-6:-1]] == [
        ("DetainerExpired", end), ("ReleaseDue", end), ("TaskRaised", end),
        ("ReleaseOverdue", end + timedelta(hours=1)), ("ReleaseOverdue", end + timedelta(hours=2)),
    ]  # fmt: skip
    assert {"release", "release_overdue"} <= open_kinds(desk.state)
    assert desk.do(c.Tick, "system") == []


def test_at_the_very_second_the_hold_is_over() -> None:
    """Domain 3.3: at 48:00:00 the person must be released: a transfer is refused, a lift finds nothing open."""
    desk = Desk().held().wait(hours=48)

    assert desk.refused(c.TransferCustody, "custodian") == "RELEASE_DUE"
    assert desk.refused(c.LiftDetainer, "field-officer") == "DETAINER_NOT_OPEN"
    Desk().held().wait(hours=48, seconds=-1).do(c.TransferCustody, "custodian")


def test_any_act_after_the_end_records_the_expiry_first() -> None:
    """Domain 3.3: release at 49 h is recorded with the expiry before it and 3,600 seconds overdue."""
    desk = Desk().held().wait(hours=49)
    desk.do(c.RecordRelease, "custodian")

    assert desk.types()[-4:] == ["DetainerExpired", "ReleaseDue", "TaskRaised", "PersonReleased"]
    assert desk.events[-1].public == {"overdue_seconds": 3600}


def test_a_release_in_time_recorded_late_is_not_overdue() -> None:
    """Design decision 2: two times per event: when it happened counts, when it was recorded is shown."""
    desk = Desk().held()
    since = desk.now
    desk.wait(hours=50).do(c.Tick, "system")
    assert (
        desk.refused(c.RecordRelease, "custodian", released_at=since - timedelta(hours=1)) == "RELEASED_BEFORE_ELIGIBLE"
    )
    assert desk.refused(c.RecordRelease, "custodian", released_at=desk.now + timedelta(hours=1)) == "TIME_AHEAD"
    desk.do(c.RecordRelease, "custodian", released_at=since + timedelta(hours=47))

    assert desk.events[-1].public == {"overdue_seconds": 0}


@pytest.mark.parametrize("passed", [0, 10, 48, 60])
def test_a_second_detainer_restarts_nothing(passed: int) -> None:
    """Domain 10.18: a second detainer does not restart a clock that has begun or run out."""
    desk = Desk().held().wait(hours=passed)
    assert desk.refused(c.IssueDetainer, "field-officer", detainer="d2", supersedes="d1") == "CLOCK_SPENT"
    if passed >= 48:
        desk.do(c.Tick, "system")
    assert desk.refused(c.IssueDetainer, "field-officer", detainer="d2") == "CLOCK_SPENT"
    assert (
        desk.refused(c.MarkReleaseEligible, "custodian", expires=desk.now + timedelta(hours=48), calendar="x")
        == "CLOCK_STARTED"
    )


def test_no_rule_no_calendar_no_hold() -> None:
    """Design decision 6, domain 10.8: without a clock rule, and with a hold of no length, release is due at once."""
    assert eligible(Desk().honoured(), expires=None).of("ReleaseDue")[0].public["reason"] == "no_clock_rule"
    assert eligible(Desk().honoured(), calendar=None).of("ReleaseDue")[0].public["reason"] == "no_clock_rule"
    assert eligible(Desk().honoured(), expires=START).of("ReleaseDue")[0].public["reason"] == "hold_of_no_length"
    assert eligible(Desk().decided()).of("ReleaseDue")[0].public["reason"] == "no_detainer"


def test_an_impossible_end_is_refused() -> None:
    """Domain 3.3: no calendar stretches 48 counted hours beyond eight days, and none ends before it starts."""
    desk = Desk().honoured()

    for hours in (-1, 24 * 8 + 1):
        assert (
            desk.refused(c.MarkReleaseEligible, "custodian", expires=START + timedelta(hours=hours), calendar="x")
            == "EXPIRY_IMPOSSIBLE"
        )
    assert desk.refused(c.MarkReleaseEligible, "custodian", eligible_at=START + timedelta(hours=1)) == "TIME_AHEAD"
    assert desk.refused(c.MarkReleaseEligible, "custodian", why="because") == "WHY_UNKNOWN"


def test_eligibility_recorded_after_the_end_expires_in_the_same_breath() -> None:
    """Domain 3.3: the clock runs from the world's instant; a late entry gives no further hour."""
    desk = Desk().honoured().wait(hours=72)
    eligible(desk, eligible_at=START, expires=START + timedelta(hours=48))

    assert [e.effective_at - START for e in desk.of("DetainerExpired")] == [timedelta(hours=48)]
    assert desk.state.release_due_at == START + timedelta(hours=48)


def test_an_answer_after_the_clock_started_begins_no_hold() -> None:
    """Domain 3.3: what did not stand when the person became releasable does not hold them."""
    desk = eligible(Desk().issued())

    assert desk.of("ReleaseDue")[0].public["reason"] == "not_honoured"
    assert desk.refused(c.AnswerDetainer, "jail-officer") == "CLOCK_SPENT"
    late = Desk().issued().wait(hours=2)
    late.do(c.AnswerDetainer, "jail-officer")
    assert eligible(late, eligible_at=START, expires=START + timedelta(hours=48)).of("HoldBegun") == []


@pytest.mark.parametrize(
    ("kind", "role", "facts", "reason"),
    [
        (c.LiftDetainer, "field-officer", {}, "discretion"), (c.LiftDetainer, "custodian", {"reason_code": "court_order"}, "court_order"),
        (c.AnswerDetainer, "jail-officer", {"answer": "decline"}, "detainer_declined"),
    ],
)  # fmt: skip
def test_what_ends_a_hold_early(kind, role, facts, reason) -> None:
    """Domain 3.3, end = earliest of: lift, court order, the agency's own refusal."""
    desk = Desk().held().wait(hours=5)
    desk.do(kind, role, **facts)

    assert (desk.of("ReleaseDue")[0].public["reason"], desk.of("ReleaseDue")[0].effective_at) == (reason, desk.now)
    assert {e.type for e in desk.wait(hours=60).do(c.Tick, "system")} == {"ReleaseOverdue", "TaskRaised"}
    assert desk.of("DetainerExpired") == []


@pytest.mark.parametrize("gaps", [[1] * 5, [5], [0.5] * 10, [3.25, 1.75]])
def test_each_full_hour_past_the_release_is_told_once_at_its_own_instant(gaps: list[float]) -> None:
    """However often the clock is looked at, also after downtime: one alert an hour until the person is released."""
    desk = Desk().held().wait(hours=48)
    end = desk.now
    for hours in gaps:
        desk.wait(hours=hours).do(c.Tick, "system")

    told = [(e.public["hours"], e.public["reason"], e.effective_at) for e in desk.of("ReleaseOverdue")]
    assert told == [(n, "hold_expired", end + timedelta(hours=n)) for n in range(1, 6)]
    assert [e.public["kind"] for e in desk.of("TaskRaised")].count("release_overdue") == 1
    desk.do(c.RecordRelease, "custodian")
    assert desk.wait(hours=9).do(c.Tick, "system") == []
    assert "release_overdue" not in open_kinds(desk.state)


def test_a_custodian_lifts_on_a_courts_order_only() -> None:
    """Domain 3.4 G8."""
    assert Desk().held().refused(c.LiftDetainer, "custodian") == "ROLE_MAY_NOT"


def test_a_transfer_is_signed_by_two_persons_of_two_sides() -> None:
    """Domain 3.4 G9: both sign; before the clock starts, and after it ends, there is nothing to transfer on."""
    desk = Desk().held().wait(hours=2)
    jail, field = c.Actor("custodian-1", "custodian"), c.Actor("field-officer-1", "field-officer")

    assert desk.refused(c.TransferCustody, "custodian", receiving=c.Actor("k2", "custodian")) == "TWO_SIDES"
    assert desk.refused(c.TransferCustody, "custodian", receiving=c.Actor(jail.id, "field-officer")) == "TWO_SIDES"
    assert desk.refused(c.TransferCustody, "custodian", 2) == "TWO_SIDES"
    assert Desk().honoured().refused(c.TransferCustody, "custodian") == "NO_HOLD"
    assert eligible(Desk().decided()).refused(c.TransferCustody, "custodian") == "RELEASE_DUE"
    desk.do(c.TransferCustody, "field-officer", giving=jail, receiving=field)
    assert desk.events[-1].public["held_seconds"] == 7200
    assert desk.wait(hours=72).do(c.Tick, "system") == []
    assert desk.refused(c.RecordRelease, "custodian") == "NOT_IN_CUSTODY"
    desk.do(c.CloseCase, "field-officer")


def test_instants_are_spelled_as_the_log_spells_them() -> None:
    """Model.events: one spelling of an instant everywhere."""
    at = datetime(2011, 6, 7, 10, 3, 9, 123456, tzinfo=UTC)

    assert spell(at) == to_text(at)
    assert read(spell(at)) == at
    with pytest.raises(ValueError, match="time zone"):
        spell(datetime(2011, 6, 7))
    with pytest.raises(ValueError, match="time zone"):
        read("2011-06-07T10:03:09")


def test_a_detainer_has_no_force_while_its_identity_is_in_doubt() -> None:
    """Domain 1.9: disagreeing identities; the clock then starts into a release."""
    desk = Desk().honoured()
    desk.do(c.RaiseIdentityConflict, "supervisor")

    assert not desk.state.in_effect(desk.state.open_detainer)
    assert eligible(desk).of("ReleaseDue")[0].public["reason"] == "identity_disputed"


def test_the_hold_is_over_with_the_event_that_ends_it() -> None:
    """Folding up to any one event already shows what that event ended: nobody is shown as held in between."""
    desk = Desk().held().wait(hours=1)
    before = len(desk.events)
    desk.do(c.LiftDetainer, "field-officer")

    assert desk.events[before].type == "DetainerLifted"
    assert replay(desk.events[: before + 1]).running_hold is None
