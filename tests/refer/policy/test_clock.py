"""The release clock, by the second, in the facility's time zone."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import NoRuleInForce, RuleInvalid, UsageError
from tenprint.refer.policy import clock
from tenprint.refer.policy.clock import (
    ClockRule,
    counted_seconds,
    earliest_expiry,
    expiry,
    federal_holidays,
    read_clocks,
)
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope

BOOK = Programme.load(programme_root()).rules
CLOCKS = {rule.id: rule for rule in BOOK.clocks}
CFR, PLAIN, LUNN = CLOCKS["clock/8cfr287.7d/1"], CLOCKS["clock/plain-48/1"], CLOCKS["clock/us-ma-lunn/1"]
EASTERN = ZoneInfo("America/New_York")
HOLD_SECONDS = 48 * 3600


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("number", "rule", "start", "end"),
    [
        (1, CFR, "2011-06-06 10:00", "2011-06-08 10:00"),
        (2, CFR, "2011-06-09 10:00", "2011-06-13 10:00"),
        (3, CFR, "2011-06-10 18:00", "2011-06-14 18:00"),
        (4, CFR, "2011-06-11 12:00", "2011-06-15 00:00"),
        (5, CFR, "2011-07-01 16:00", "2011-07-06 16:00"),
        (6, CFR, "2011-11-23 12:00", "2011-11-28 12:00"),
        (7, PLAIN, "2011-06-10 18:00", "2011-06-12 18:00"),
        (8, PLAIN, "2011-03-12 12:00", "2011-03-14 13:00"),
        (9, CFR, "2011-11-06 00:30", "2011-11-09 00:00"),
        (10, LUNN, "2017-07-25 09:30", "2017-07-25 09:30"),
    ],
)
def test_the_ten_golden_cases(number: int, rule: ClockRule, start: str, end: str) -> None:
    """Domain 3.3: the ten cases, wall time in America/New_York."""
    assert wall(end).astimezone(UTC) == expiry(rule, wall(start), EASTERN).astimezone(UTC), number


def test_the_instant_matters_and_not_the_zone_it_is_written_in() -> None:
    """A start in UTC ends at the same instant; the facility's zone decides which seconds are a Saturday's."""
    start = wall("2011-06-10 22:00")

    assert expiry(CFR, start, EASTERN) == expiry(CFR, start.astimezone(UTC), EASTERN)
    assert expiry(CFR, start, EASTERN) != expiry(CFR, start, ZoneInfo("UTC"))


def test_a_start_without_a_time_zone_is_refused() -> None:
    """Whose midnight? Nothing is computed."""
    with pytest.raises(UsageError, match="no time zone"):
        expiry(CFR, datetime(2011, 6, 6, 10), EASTERN)


def test_the_federal_holidays_of_2011() -> None:
    """Domain 3.3: the ten days, Christmas observed on the 26th; New Year's Day of 2011 was a Saturday, observed the day before."""
    working = {day for day in federal_holidays(2011) if day.weekday() < 5}

    assert {
        date(2011, m, d) for m, d in ((1, 17), (2, 21), (5, 30), (7, 4), (9, 5), (10, 10), (11, 11), (11, 24), (12, 26))
    } == working
    assert date(2010, 12, 31) in federal_holidays(2010)


STARTS = st.datetimes(datetime(2006, 9, 1), datetime(2030, 1, 1)).map(
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)
ZONES = st.sampled_from(
    [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "Pacific/Honolulu",
        "America/Phoenix",
    ]
).map(ZoneInfo)
ANY_CLOCK = st.sampled_from(list(BOOK.clocks))


@given(ANY_CLOCK, STARTS, ZONES)
def test_exactly_the_counted_seconds_and_not_one_more(rule: ClockRule, start: datetime, zone: ZoneInfo) -> None:
    """At expiry the counted seconds are the rule's hours; a second earlier they are one less."""
    end = expiry(rule, start, zone)

    assert rule.max_counted_hours * 3600 == counted_seconds(rule, start, end, zone)
    if rule.max_counted_hours:
        assert rule.max_counted_hours * 3600 - 1 == counted_seconds(rule, start, end - timedelta(seconds=1), zone)


@given(ANY_CLOCK, STARTS, ZONES, st.integers(0, 10 * 24 * 3600))
def test_who_could_go_earlier_goes_no_later(rule: ClockRule, start: datetime, zone: ZoneInfo, later_s: int) -> None:
    """Expiry never decreases as the start moves on: no arrangement of the start buys an earlier person a longer hold."""
    assert expiry(rule, start, zone) <= expiry(rule, start + timedelta(seconds=later_s), zone)


@given(STARTS, ZONES)
def test_no_hold_ends_before_its_hours_or_after_a_week(start: datetime, zone: ZoneInfo) -> None:
    """48 elapsed hours at least; at most two days off and a holiday or two lie between."""
    elapsed = expiry(CFR, start, zone).astimezone(UTC) - start

    assert timedelta(hours=48) <= elapsed <= timedelta(days=7)


@given(STARTS, ZONES)
def test_the_plain_clock_is_never_the_longer(start: datetime, zone: ZoneInfo) -> None:
    """In doubt the shorter: the plain clock counts every second, through every change of summer time."""
    assert expiry(PLAIN, start, zone).astimezone(UTC) == start + timedelta(hours=48) <= expiry(CFR, start, zone)
    assert earliest_expiry([CFR, PLAIN], start, zone) == expiry(PLAIN, start, zone)


@pytest.mark.parametrize(
    ("on", "form", "scope", "expected"),
    [
        ("2011-06-06", "I-247 (08/10)", Scope(state="MA", county="Suffolk"), "clock/8cfr287.7d/1"),
        ("2017-07-23", "I-247A", Scope(state="MA", county="Suffolk"), "clock/plain-48/1"),
        ("2017-07-24", "I-247A", Scope(state="MA", county="Suffolk"), "clock/us-ma-lunn/1"),
        ("2017-07-24", "I-247A", Scope(state="NY", county="Albany"), "clock/plain-48/1"),
        ("2017-07-24", "I-247A", Scope(), "clock/us-ma-lunn/1"),
        ("2011-10-18", "I-247 (08/10)", Scope(state="CA", county="Santa Clara"), "clock/us-ca-santa-clara/1"),
        ("2016-06-06", "I-247N", Scope(state="NY", county="Albany"), "clock/notification-only/1"),
        ("2016-06-06", "I-247X", Scope(state="NY", county="Albany"), "clock/voluntary-transfer/1"),
        ("2017-12-31", "I-247A", Scope(state="CA", county="Los Angeles"), "clock/plain-48/1"),
        ("2018-01-01", "I-247A", Scope(state="CA", county="Los Angeles"), "clock/us-ca-values/1"),
        ("2018-01-01", "I-247A", Scope(state="CA", county="Santa Clara"), "clock/us-ca-values/1"),
    ],
)
def test_the_tightest_clock_in_force_is_taken(on: str, form: str, scope: Scope, expected: str) -> None:
    """Domain 3.3 and 3.7: form edition, place and day choose; a place that is not known may be the strictest one."""
    assert expected == BOOK.calendar(on=date.fromisoformat(on), form=form, scope=scope).id


def test_without_a_clock_nobody_can_be_held() -> None:
    """No rule is no hold."""
    with pytest.raises(NoRuleInForce, match="nobody may be held"):
        BOOK.calendar(on=date(2006, 8, 31), form="I-247", scope=Scope(state="NY"))
    with pytest.raises(NoRuleInForce):
        earliest_expiry([], wall("2011-06-06 10:00"), EASTERN)


def test_nothing_pauses_restarts_or_lengthens_a_clock() -> None:
    """Gate G7: nobody extends a hold. No such function exists, and none of the functions takes such an argument."""
    functions = {name: f for name, f in vars(clock).items() if inspect.isfunction(f) and f.__module__ == clock.__name__}
    words = ("pause", "resum", "renew", "extend", "extension", "restart", "reset", "suspend")
    named = [
        name
        for name, f in functions.items()
        for text in (name, *inspect.signature(f).parameters)
        if any(w in text.lower() for w in words)
    ]

    assert named == []
    assert {"expiry", "earliest_expiry", "counted_seconds", "chosen"} <= set(functions)


CLOCK_FILE = """clocks:
  - {id: clock/made-up/1, calendar: made-up, max_counted_hours: %s, exclude: [%s], forms: [], scope: {}, in_force: {from: 2011-01-01, until: null},
     source: {title: made up, href: null, read_on: null}, evidence: recalled_not_verified, why: for a test%s}
"""


@pytest.mark.parametrize(
    ("hours", "exclude", "extra", "says"),
    [
        (49, "", "", "at most 48"),
        (48, "tuesday", "", "federal_holiday"),
        (48, "", ", renewable: true", "unknown keys renewable"),
        (-1, "", "", "at least 0"),
    ],
)
def test_a_clock_that_could_hold_longer_is_refused(
    tmp_path: Path, hours: int, exclude: str, extra: str, says: str
) -> None:
    """8 CFR 287.7(d), "not to exceed 48 hours": no file can say more, and no file can make a clock renewable."""
    (tmp_path / "c.yaml").write_text(CLOCK_FILE % (hours, exclude, extra))

    with pytest.raises(RuleInvalid, match=says):
        read_clocks(tmp_path / "c.yaml")
    (tmp_path / "c.yaml").write_text(CLOCK_FILE % (48, "saturday", ""))
    assert read_clocks(tmp_path / "c.yaml")[0].max_counted_hours == 48
