"""The release clock in every zone and on every kind of day, against a counter that ticks off one second after another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays as library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.facilities import Facilities
from tenprint.refer.policy.clock import ClockRule, expiry, fitting, read_clocks, soonest
from tenprint.refer.policy.holidays import read_calendar
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope

BOOK = Programme.load(programme_root()).rules
CLOCKS = {rule.id: rule for rule in BOOK.clocks}
CFR, PLAIN = CLOCKS["clock/8cfr287.7d/1"], CLOCKS["clock/plain-48/1"]


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("says", "zone", "rule", "start", "end"),
    [
        ("summer time begins on an excluded Sunday", "America/New_York", CFR, "2011-03-11T12:00", "2011-03-15T12:00"),
        ("summer time begins, every second counted", "America/New_York", PLAIN, "2011-03-12T12:00", "2011-03-14T13:00"),
        ("summer time ends, every second counted", "America/New_York", PLAIN, "2011-11-05T12:00", "2011-11-07T11:00"),
        ("summer time ends on an excluded Sunday", "America/New_York", CFR, "2011-11-04T12:00", "2011-11-08T12:00"),
        ("Arizona keeps no summer time", "America/Phoenix", PLAIN, "2011-03-12T12:00", "2011-03-14T12:00"),
        ("the Navajo Nation in Arizona does", "America/Denver", PLAIN, "2011-03-12T12:00", "2011-03-14T13:00"),
        ("Hawaii keeps none", "Pacific/Honolulu", PLAIN, "2011-11-05T12:00", "2011-11-07T12:00"),
        ("Puerto Rico keeps none", "America/Puerto_Rico", PLAIN, "2011-03-12T12:00", "2011-03-14T12:00"),
        ("Guam's Monday is Washington's Sunday", "Pacific/Guam", CFR, "2011-06-13T08:00", "2011-06-15T08:00"),
        ("Guam's Saturday begins on Washington's Friday", "Pacific/Guam", CFR, "2011-06-10T18:00", "2011-06-14T18:00"),
        ("a zone that went to Eastern time for good", "America/Indiana/Winamac", PLAIN, "2007-03-10T12:00",
         "2007-03-12T14:00"),
        ("Independence Day on a Sunday: the Monday too", "America/New_York", CFR, "2010-07-02T16:00", "2010-07-07T16:00"),
        ("Christmas on a Saturday: the Friday too", "America/New_York", CFR, "2010-12-23T12:00", "2010-12-28T12:00"),
        ("New Year's Day on a Saturday: 31 December too", "America/New_York", CFR, "2010-12-30T12:00",
         "2011-01-04T12:00"),
        ("New Year's Day on a Sunday: 2 January too", "America/New_York", CFR, "2011-12-30T12:00", "2012-01-04T12:00"),
        ("New Year's Day inside the week", "America/New_York", CFR, "2013-12-31T12:00", "2014-01-03T12:00"),
        ("19 June was no holiday before 2021", "America/New_York", CFR, "2019-06-18T12:00", "2019-06-20T12:00"),
        ("19 June is one since", "America/New_York", CFR, "2023-06-16T12:00", "2023-06-21T12:00"),
        ("the last second before a Saturday", "America/New_York", CFR, "2011-06-10T23:59:59", "2011-06-14T23:59:59"),
        ("the first second of a Saturday", "America/New_York", CFR, "2011-06-11T00:00:00", "2011-06-15T00:00:00"),
    ],
)  # fmt: skip
def test_every_kind_of_day_and_zone(says: str, zone: str, rule: ClockRule, start: str, end: str) -> None:
    """8 CFR 287.7(d), domain 3.3: counted in the facility's own days, whatever summer time does to their length."""
    assert at(end, zone).astimezone(UTC) == expiry(rule, at(start, zone), ZoneInfo(zone)).astimezone(UTC), says


FEDERAL = library.country_holidays("US", years=range(2006, 2031), observed=True)
ZONES = st.sampled_from(
    ["America/New_York", "America/Denver", "America/Phoenix", "Pacific/Guam", "Pacific/Honolulu", "America/Puerto_Rico",
     "America/Anchorage", "America/Indiana/Winamac", "Pacific/Pago_Pago"]
).map(ZoneInfo)  # fmt: skip
STARTS = st.datetimes(datetime(2007, 1, 1), datetime(2029, 12, 1)).map(
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)
TURNS = st.sampled_from([date(2007, 3, 11), date(2011, 3, 13), date(2011, 11, 6), date(2011, 12, 31), date(2012, 7, 4)])
NEAR_A_TURN = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds),
    TURNS,
    st.integers(-3 * 86_400, 2 * 86_400),
)


def ticked(rule: ClockRule, start: datetime, zone: ZoneInfo) -> datetime:
    """The slow way: look at the wall of the facility at each second, and tick off those that count."""
    left, now = rule.max_counted_hours * 3600, start
    while left:
        wall = now.astimezone(zone).date()
        free = (wall.weekday() == 5 and "saturday" in rule.exclude) or (
            wall.weekday() == 6 and "sunday" in rule.exclude
        )
        if not (free or ("federal_holiday" in rule.exclude and wall in FEDERAL)):
            left -= 1
        now += timedelta(seconds=1)
    return now


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from(
        [replace(CFR, max_counted_hours=26), replace(CFR, max_counted_hours=5), replace(PLAIN, max_counted_hours=3)]
    ),
    st.one_of(STARTS, NEAR_A_TURN),
    ZONES,
)
def test_it_agrees_with_a_counter_of_single_seconds(rule: ClockRule, start: datetime, zone: ZoneInfo) -> None:
    """The end is the instant after the last counted second; start and end are whole seconds here."""
    assert ticked(rule, start, zone) == expiry(rule, start, zone).astimezone(UTC)


@given(st.one_of(STARTS, NEAR_A_TURN), ZONES, st.integers(0, 48), st.integers(0, 48))
def test_a_shorter_rule_never_ends_later(start: datetime, zone: ZoneInfo, hours: int, more: int) -> None:
    """Fewer hours, or fewer excluded days, can only bring the end nearer."""
    shorter, longer = (replace(CFR, max_counted_hours=n) for n in sorted((hours, more)))
    assert expiry(shorter, start, zone) <= expiry(longer, start, zone)
    for kept in ((), ("saturday",), ("saturday", "sunday")):
        assert expiry(replace(longer, exclude=kept), start, zone) <= expiry(longer, start, zone)


@given(st.one_of(STARTS, NEAR_A_TURN), ZONES, st.sampled_from([None, "MA", "CA", "NY", "IL"]),
       st.sampled_from(["I-247 (08/10)", "I-247D", "I-247A"]))  # fmt: skip
def test_of_all_clocks_that_fit_the_one_that_ends_soonest_governs(
    start: datetime, zone: ZoneInfo, state: str | None, form: str
) -> None:
    """Domain 3.3: in doubt the shorter result, on the instant itself and not by the look of the rule."""
    place = Scope(state=state)
    rule, end = soonest(BOOK.clocks, start=start, tz=zone, form=form, place=place)
    fit = fitting(BOOK.clocks, on=start.astimezone(zone).date(), form=form, place=place)

    assert end == min(expiry(one, start, zone) for one in fit) == expiry(rule, start, zone)


def test_fewer_hours_that_skip_days_do_not_beat_more_hours_that_run_through() -> None:
    """24 counted hours from Friday evening end on Monday; 48 plain hours end on Sunday."""
    skipping = replace(CFR, id="clock/made-up/1", max_counted_hours=24)
    start, zone = at("2018-06-08T18:00", "America/New_York"), ZoneInfo("America/New_York")
    rule, end = soonest([skipping, PLAIN], start=start, tz=zone, form="I-247A", place=Scope(state="NY"))

    assert ("clock/plain-48/1", at("2018-06-10T18:00", "America/New_York")) == (rule.id, end)


def test_the_rule_of_the_day_on_which_a_hold_begins_governs_it_to_its_end() -> None:
    """Lunn came on a Monday: a hold begun on the Sunday before ends by the older rule, one begun that day at once."""
    zone = ZoneInfo("America/New_York")
    ask = {"tz": zone, "form": "I-247A", "scope": Scope(state="MA", county="Suffolk")}
    before = BOOK.hold_ends(at("2017-07-23T23:59:59", "America/New_York"), **ask)
    after = BOOK.hold_ends(at("2017-07-24T00:00:00", "America/New_York"), **ask)

    assert ("clock/plain-48/1", at("2017-07-25T23:59:59", "America/New_York")) == (before[0].id, before[1])
    assert ("clock/us-ma-lunn/1", at("2017-07-24T00:00:00", "America/New_York")) == (after[0].id, after[1])


# -- calendars of a jurisdiction --------------------------------------------------------------------------------------
def test_a_state_calendar_has_its_own_days_beside_the_federal_ones() -> None:
    """Patriots' Day is the third Monday of April in Massachusetts, and no federal holiday."""
    calendar = read_calendar(programme_root() / "holidays", "us-ma-legal")

    assert date(2011, 4, 18) in calendar
    assert date(2011, 7, 4) in calendar
    assert date(2011, 4, 19) not in calendar
    assert date(2011, 4, 18) not in FEDERAL


CLOCK = """clocks:
  - {id: clock/made-up/1, calendar: made-up, max_counted_hours: 48, exclude: [%s], %s forms: [], scope: {}, in_force: {from: 2011-01-01, until: null},
     source: {title: made up, href: null, read_on: null}, evidence: recalled_not_verified, why: for a test}
"""
CALENDAR = """id: made-up
title: made up
federal: false
source: {title: made up, href: null, read_on: null}
evidence: recalled_not_verified
why: for a test
days:
  - {name: Founders' Day, month: 6, day: 8, observed: true, in_force: {from: 2011-01-01, until: 2012-01-01}}
  - {name: Last Monday, month: 6, weekday: monday, nth: 5, observed: false, in_force: {from: 2011-01-01, until: null}}
%s"""


def programme(tmp_path: Path, *, exclude: str, named: str, more: str = "") -> Path:
    (tmp_path / "clocks").mkdir(exist_ok=True)
    (tmp_path / "holidays").mkdir(exist_ok=True)
    (tmp_path / "holidays" / "made-up.yaml").write_text(CALENDAR % more)
    (tmp_path / "clocks" / "c.yaml").write_text(CLOCK % (exclude, named))
    return tmp_path / "clocks" / "c.yaml"


def test_a_clock_counts_by_the_calendar_that_it_names(tmp_path: Path) -> None:
    """A local holiday is excluded only by a rule that says so, only while the holiday is in force, on Friday for a Saturday."""
    (rule,) = read_clocks(programme(tmp_path, exclude="calendar_holiday", named="holiday_calendar: made-up,"))
    zone = "America/New_York"

    def end(text: str) -> datetime:
        return expiry(rule, at(text, zone), ZoneInfo(zone))

    assert at("2011-06-10T12:00", zone) == end("2011-06-07T12:00")
    assert at("2012-06-09T12:00", zone) == end("2012-06-07T12:00"), "no longer in force in 2012"
    assert at("2011-06-29T12:00", zone) == end("2011-06-26T12:00"), "the last Monday, 27 June"
    assert at("2011-07-06T12:00", zone) == end("2011-07-04T12:00"), "a federal holiday that it does not name"


@pytest.mark.parametrize(
    ("exclude", "named", "more", "says"),
    [
        ("calendar_holiday", "", "", "a calendar of the programme"),
        ("saturday", "holiday_calendar: made-up,", "", "calendar_holiday among exclude"),
        ("calendar_holiday", "holiday_calendar: elsewhere,", "", "no such calendar"),
        ("calendar_holiday", "holiday_calendar: made-up,",
         "  - {name: x, month: 2, day: 30, observed: false, in_force: {from: 2011-01-01, until: null}}\n", "a day of that month"),
        ("calendar_holiday", "holiday_calendar: made-up,",
         "  - {name: x, month: 13, weekday: monday, nth: 1, in_force: {from: 2011-01-01, until: null}}\n", "a month to 12"),
    ],
)  # fmt: skip
def test_a_calendar_that_is_not_there_or_can_not_be_is_refused(
    tmp_path: Path, exclude: str, named: str, more: str, says: str
) -> None:
    """Bad input: nothing is half loaded, and the error names file, found and allowed."""
    with pytest.raises(RuleInvalid, match=says):
        read_clocks(programme(tmp_path, exclude=exclude, named=named, more=more))


# -- the register of facilities ---------------------------------------------------------------------------------------
FACILITY = (
    "  - {id: %s, name: made up, ori: %s, county: Made Up, state: %s, timezone: %s, in_force: {from: %s, until: %s},\n"
    "     source: {title: made up, href: null, read_on: null}, evidence: recalled_not_verified}\n"
)


def register(tmp_path: Path, *rows: tuple[str, ...]) -> Facilities:
    path = tmp_path / "facilities.yaml"
    path.write_text("facilities:\n" + "".join(FACILITY % row for row in rows))
    return Facilities.load(path)


def test_a_facility_that_changes_its_zone_is_in_each_by_its_own_day(tmp_path: Path) -> None:
    """A row for each stretch of days; the facility's own midnight divides them."""
    found = register(
        tmp_path,
        ("one", "IN0660000", "IN", "America/Chicago", "2006-04-02", "2007-03-11"),
        ("one", "IN0660000", "IN", "America/New_York", "2007-03-11", "null"),
    )

    assert found.lists("IN0660000")
    before = found.at("IN0660000", datetime(2007, 3, 11, 4, 59, tzinfo=UTC))
    after = found.at("IN0660000", datetime(2007, 3, 11, 6, 0, tzinfo=UTC))
    assert ("America/Chicago", "America/New_York") == (before.timezone, after.timezone)
    assert found.at("IN0660000", datetime(2006, 4, 1, 12, tzinfo=UTC)) is None
    assert not found.lists("IN0670000")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("a", "IN0660000", "IN", "America/Nowhere", "2006-01-01", "null")], "a name of the tz database"),
        ([("a", "IN066", "IN", "null", "2006-01-01", "null")], "nine characters"),
        ([("a", "OH0660000", "IN", "null", "2006-01-01", "null")], "the state's two letters first"),
        (
            [
                ("a", "IN0660000", "IN", "null", "2006-01-01", "null"),
                ("b", "IN0660000", "IN", "null", "2010-01-01", "null"),
            ],
            "both stand for",
        ),
    ],
)
def test_a_register_that_contradicts_itself_is_refused(tmp_path: Path, rows: list[tuple[str, ...]], says: str) -> None:
    """One agency holds in one facility at a time; a zone is known by name or written as unknown."""
    with pytest.raises(RuleInvalid, match=says):
        register(tmp_path, *rows)


def test_a_zone_must_be_written_even_when_it_is_unknown(tmp_path: Path) -> None:
    """Forgetting it must not look like not knowing it."""
    path = tmp_path / "facilities.yaml"
    row = FACILITY % ("a", "IN0660000", "IN", "null", "2006-01-01", "null")
    path.write_text("facilities:\n" + row)
    assert Facilities.load(path).all()[0].zone is None
    path.write_text("facilities:\n" + row.replace(" timezone: null,", ""))
    with pytest.raises(RuleInvalid, match="or null while it is not known"):
        Facilities.load(path)


def test_the_shipped_register_agrees_with_the_places() -> None:
    """Each listed facility lies in its ORI's county; the ORIs are illustrative, as the places' prefixes are."""
    for row in BOOK.facilities.all():
        place = BOOK.history.jurisdictions.of(row.ori)
        assert place is not None
        assert (place.county, place.state) == (row.county, row.state)


def test_the_page_that_explains_the_clock_says_what_the_clock_says() -> None:
    """Every row of the table of golden cases in docs/explanation is computed."""
    page = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "the-release-clock.md"
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in page.read_text().splitlines() if "/" in line
    ]
    cases = [row for row in rows if len(row) == 5 and row[2].startswith("clock/")]

    assert len(cases) >= 14
    for says, zone, rule, start, end in cases:
        found = expiry(CLOCKS[rule], at(start, zone), ZoneInfo(zone)).astimezone(UTC)
        assert at(end, zone).astimezone(UTC) == found, says
