"""Where somebody is held: whose days count, and what happens while nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cards import BOSTON, LOS_ANGELES
from casestory import NEW_YORK, Story, local

from tenprint.errors import NoRuleInForce, NotPermitted, RulesConflict, UsageError
from tenprint.model import events
from tenprint.refer.participation.facilities import Facilities, Facility
from tenprint.refer.participation.sources import InForce, Source
from tenprint.workflow import closings, deciding, holding
from tenprint.workflow.views.overdue import overdue_releases, summary

HARTFORD = "CT0020000"


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def registered(story: Story, zone: str | None, *, ori: str = LOS_ANGELES, until: date | None = None) -> None:
    row = Facility(
        id="made-up-jail", name="made up", ori=ori, county="Los Angeles", state="CA", timezone=zone,
        in_force=InForce(date(2006, 9, 1), until), source=Source("made up", None, None), evidence="recalled_not_verified",
    )  # fmt: skip
    story.house.programme.rules._facilities = Facilities([row])


@pytest.mark.parametrize(("zone", "until"), [(None, None), ("America/Los_Angeles", date(2010, 1, 1))])
def test_in_a_facility_whose_zone_is_unknown_nobody_is_held_and_a_person_is_told(
    story: Story, zone: str | None, until: date | None
) -> None:
    """Nobody can say when its days begin and end: release is due at once, and a supervisor sees to the register."""
    registered(story, zone, until=until)
    story.detained()
    assert story.answer().refused is None
    assert story.eligible().refused is None

    assert events.HOLD_BEGUN not in story.types()
    due = story.last(events.RELEASE_DUE)
    assert ("zone_unknown", story.house.clock.now()) == (due.public["reason"], due.effective_at)
    assert ("custodian", "supervisor") == (story.tasks()["release"], story.tasks()["clock_missing"])


def test_the_facilitys_own_days_count_and_stand_on_the_hold(story: Story) -> None:
    """Held on Guam's Saturday morning, which is still Friday in the county: not a second of that Saturday counts."""
    registered(story, "Pacific/Guam")
    story.detained()
    assert story.answer().refused is None
    saturday = datetime(2011, 6, 10, 20, 0, tzinfo=UTC)  # 11 June 06:00 in Guam
    story.at(saturday)
    assert story.eligible().refused is None

    begun = story.last(events.HOLD_BEGUN).public
    assert ("Pacific/Guam", "made-up-jail") == (begun["time_zone"], begun["facility"])
    assert datetime(2011, 6, 14, 14, 0, tzinfo=UTC) == story.state().running_hold.expires  # Wed 15 June 00:00 in Guam


def test_a_state_that_allows_no_hold_wins_over_every_clock(story: Story) -> None:
    """Domain 3.3 case 10 and 10.8: Lunn; from its own day on a hold has no length."""
    story.programme.use_profile("historical")
    story.at(local(NEW_YORK, 2017, 7, 25, 9))
    issue = {"boxes": ("final_order",), "warrant": "administrative"}
    story.detained("I-247A", issue=issue, ori=BOSTON)
    answered = story.answer()
    assert answered.refused is not None, "the place's law refuses to honour it"
    story.later(minutes=5)
    assert story.eligible().refused is None

    assert events.HOLD_BEGUN not in story.types()
    assert story.house.clock.now() == story.last(events.RELEASE_DUE).effective_at
    assert timedelta(0) == story.house.clock.now() - story.state().release_due_at


def honoured_in_hartford(
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    *,
    asserted: tuple[str, ...] = ("order.final=yes",),
    as_of: date = date(2014, 6, 1),
) -> datetime:
    """Honoured on Friday 6 June 2014 under Connecticut's rules since the officer asserts a final order; returns the
    instant of eligibility. No booking of Connecticut passes the gate: the place is put in after the booking.
    """
    story.programme.use_profile("historical")
    story.at(local(NEW_YORK, 2014, 6, 6, 9))
    story.booked_and_found()
    boxes = ("reason_to_believe_removable", "removal_order")
    responded = {"status": "EWI", "as_of": as_of}  # as of 2010 nobody could rely on it any more
    for done in (
        story.query(),
        story.respond(**responded),
        story.dispose(),
        story.issue("I-247 (12/12)", boxes=boxes),
        story.serve(),
    ):
        assert done.refused is None, done.refused
    place = story.house.programme.jurisdictions.of(HARTFORD)
    for room in (deciding, holding):
        monkeypatch.setattr(room, "place_of", lambda *_: (place, HARTFORD))
    assert story.answer(asserted=[*asserted, "facility.honours_detainers=yes"]).refused is None
    story.later(minutes=5)
    return story.house.clock.now()


def test_a_hold_is_never_longer_than_the_permission_on_which_the_detainer_was_honoured(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connecticut Public Act 13-155 permits 48 hours; the weekend that 8 CFR 287.7(d) leaves out adds nothing to them."""
    start = honoured_in_hartford(story, monkeypatch)
    assert story.eligible().refused is None
    assert start + timedelta(hours=48) == story.state().running_hold.expires
    assert "may-hold/us-ct-13-155/1" in story.last(events.HOLD_BEGUN).public["rules"]


@pytest.mark.parametrize("as_of", [date(2014, 6, 1), date(2011, 6, 5)], ids=["known", "stale"])
def test_where_the_rules_leave_it_to_a_person_the_places_limit_bounds_the_hold(
    story: Story, monkeypatch: pytest.MonkeyPatch, as_of: date
) -> None:
    """None of Connecticut's seven factors is known: a person decides, and still nobody is held beyond 48 elapsed hours, where the
    weekend would have made them 96; a supervisor looks at it.
    """
    start = honoured_in_hartford(story, monkeypatch, asserted=(), as_of=as_of)
    assert "needs_person" == story.last(events.DETAINER_ANSWERED).public["permitted"]
    assert story.eligible().refused is None
    assert start + timedelta(hours=48) == story.state().running_hold.expires
    assert "supervisor" == story.tasks()["review_hold"]
    story.later(hours=48)
    story.tick()
    assert start + timedelta(hours=48) == story.last(events.RELEASE_DUE).effective_at
    assert "review_hold" not in story.tasks()


def test_a_permission_asks_no_supervisor_to_look(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that permits in so many words is no doubt."""
    honoured_in_hartford(story, monkeypatch)
    assert story.eligible().refused is None
    assert "review_hold" not in story.tasks()


@pytest.mark.parametrize("silence", [NoRuleInForce, RulesConflict])
def test_where_the_rules_are_silent_at_the_start_nobody_is_held_and_a_person_is_told(
    story: Story, monkeypatch: pytest.MonkeyPatch, silence: type[Exception]
) -> None:
    """Silence is not a yes, and neither are two rules that disagree: release is due at once."""
    start = honoured_in_hartford(story, monkeypatch)
    rules = story.house.programme.rules

    def silent(*_: object, **__: object) -> None:
        raise silence("made up")

    monkeypatch.setattr(rules, "ask", silent)
    assert story.eligible().refused is None
    assert events.HOLD_BEGUN not in story.types()
    due = story.last(events.RELEASE_DUE)
    assert ("no_hold_rule", start) == (due.public["reason"], due.effective_at)
    assert ("custodian", "supervisor") == (story.tasks()["release"], story.tasks()["clock_missing"])


def test_everybody_past_the_instant_of_release_is_listed_until_the_release_is_recorded(story: Story) -> None:
    """Counted and shown by facility, with the seconds and the reason; told again each hour; to nobody who may see no case."""
    story.held()
    end = story.state().running_hold.expires
    jail = story.programme.staff("jail-officer", LOS_ANGELES)
    story.at(end - timedelta(seconds=1))
    story.tick()
    assert () == overdue_releases(story.house, by=jail)

    story.at(end + timedelta(hours=2, seconds=5))
    story.tick()
    (line,) = overdue_releases(story.house, by=jail)
    assert (str(story.case()), LOS_ANGELES, "us-ca-los-angeles-irc") == (line.case, line.ori, line.facility)
    assert ("hold_expired", end, 7205, 2) == (line.reason, line.due, line.overdue_s, line.alerts)
    assert {"us-ca-los-angeles-irc": {"persons": 1, "overdue_s": 7205}} == summary([line])
    assert (line,) == overdue_releases(story.house, by=story.staff["auditor"])
    assert () == overdue_releases(story.house, by=story.programme.staff("jail-officer", BOSTON))
    with pytest.raises(NotPermitted):
        overdue_releases(story.house, by=story.programme.operator)

    story.later(minutes=55)
    story.tick()
    assert 3 == len([kind for kind in story.types() if kind == events.RELEASE_OVERDUE]) + 1
    story.later(minutes=5)
    story.tick()
    assert 3 == story.types().count(events.RELEASE_OVERDUE)
    assert story.released().refused is None
    assert () == overdue_releases(story.house, by=jail)
    story.later(hours=5)
    story.tick()
    assert 3 == story.types().count(events.RELEASE_OVERDUE)


def test_a_citizens_overdue_release_is_listed_too(story: Story) -> None:
    """Domain 1.9: whatever else the case shows, somebody who should be free is on the list."""
    story.held()
    story.later(hours=1)
    assert story.respond("USC").refused is None
    story.later(minutes=30)

    (line,) = overdue_releases(story.house, by=story.staff["supervisor"])
    assert ("us_citizen", 1800, 0) == (line.reason, line.overdue_s, line.alerts)


def closed(story: Story, ends_at: datetime, *, by: str = "custodian", **changes: Any) -> int:
    facts: dict[str, Any] = {"ori": LOS_ANGELES, "until": None, "kind": "emergency", "document": "order/1", "source": "the county's order",
                             "evidence": "primary", "reason": "the building must be left"}  # fmt: skip
    done = closings.record_closing(story.house, ends_at=ends_at, by=story.staff[by], **(facts | changes))
    assert 0 == done.failed
    return done.looked


def test_a_closing_ends_holds_sooner_and_never_later(story: Story) -> None:
    """An emergency excludes no day and gives nobody more time; holds of other agencies go on."""
    story.held()
    end = story.state().running_hold.expires
    assert 0 == closed(story, end - timedelta(hours=40), ori=BOSTON)
    assert 1 == closed(story, end + timedelta(hours=40))
    assert end == story.state().running_hold.expires
    assert events.HOLD_SHORTENED not in story.types()

    sooner = end - timedelta(hours=20)
    assert 1 == closed(story, sooner)
    assert sooner == story.state().running_hold.expires
    assert 1 == closed(story, end - timedelta(hours=1))
    assert sooner == story.state().running_hold.expires, "a later closing lengthens nothing"
    story.at(sooner)
    story.tick()
    assert sooner == story.last(events.DETAINER_EXPIRED).effective_at


def test_a_recorded_closing_shortens_a_hold_while_the_server_runs(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that recorded it died before it shortened anything: the next tick does, nobody waits for a restart."""
    story.held()
    sooner = story.state().running_hold.expires - timedelta(hours=20)
    with monkeypatch.context() as died:
        died.setattr(closings, "apply_closings", lambda *_: closings.Applied(0))
        closed(story, sooner)
    story.tick()
    assert sooner == story.state().running_hold.expires
    story.tick()
    assert 1 == story.types().count(events.HOLD_SHORTENED), "once is enough"
    story.at(sooner)
    story.tick()
    assert sooner == story.last(events.DETAINER_EXPIRED).effective_at


def test_a_closing_that_fails_in_one_case_stops_no_other_and_is_tried_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with one case: the clocks of all others go on, it is counted, and an operator sees it until it is done."""
    story.held()
    end = story.state().running_hold.expires
    real = closings.shorten_hold

    def failing(*_: Any, **__: Any) -> None:
        raise ValueError("an error nobody planned for")

    monkeypatch.setattr(closings, "shorten_hold", failing)
    done = closings.record_closing(
        story.house, ori=LOS_ANGELES, ends_at=end - timedelta(hours=20), until=None, kind="emergency", document="order/1",
        source="the county's order", evidence="primary", reason="the building must be left", by=story.staff["custodian"],
    )  # fmt: skip
    assert (0, 1) == (done.looked, done.failed)
    assert "operator" == story.tasks()["closing_failed"]
    story.at(end)
    assert 1 <= story.tick(), "the timer of the hold is handled all the same"
    assert end == story.last(events.DETAINER_EXPIRED).effective_at

    monkeypatch.setattr(closings, "shorten_hold", real)
    story.tick()
    assert "closing_failed" not in story.tasks()
    with monkeypatch.context() as unreadable:
        unreadable.setattr(closings, "recorded_closings", failing)
        story.later(hours=1)
        assert 1 <= story.tick(), "closings that can't be read stop no clock"


def test_a_closing_that_already_passed_ends_a_hold_at_once(story: Story) -> None:
    """Nobody can be released in the past: the hold is over now."""
    story.held()
    story.later(hours=2)
    assert 1 == closed(story, story.house.clock.now() - timedelta(hours=1))
    assert story.state().running_hold is None
    assert story.house.clock.now() == story.last(events.RELEASE_DUE).effective_at


def test_a_hold_that_begins_during_a_closing_is_as_short(story: Story) -> None:
    """Recorded before: the new hold's end is the closing's; once it is over the clock counts as always."""
    story.detained()
    assert story.answer().refused is None
    now = story.house.clock.now()
    closed(story, now + timedelta(hours=3), until=now + timedelta(days=2))
    assert story.eligible().refused is None
    assert now + timedelta(hours=3) == story.state().running_hold.expires


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "snow"},
        {"evidence": "sure"},
        {"reason": " "},
        {"document": "two words"},
        {"until": datetime(2011, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_closing_that_says_too_little_is_refused(story: Story, changes: dict[str, Any]) -> None:
    """Nothing is half recorded."""
    story.held()
    with pytest.raises(UsageError, match=r"[Nn]othing was recorded"):
        closed(story, story.house.clock.now(), **changes)
    assert story.state().running_hold is not None


def test_only_those_who_hold_or_receive_may_record_a_closing(story: Story) -> None:
    """The table of access: custody, for the own agency."""
    with pytest.raises(NotPermitted):
        closed(story, story.house.clock.now(), by="auditor")
