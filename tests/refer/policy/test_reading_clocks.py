"""Clocks as files: what is read, and what is refused with where, found and allowed; and what is said where none is in force."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tenprint.errors import NoRuleInForce, RuleInvalid, UsageError
from tenprint.refer.policy.clock import (
    ClockRule,
    counted_seconds,
    earliest_expiry,
    expiry,
    fitting,
    read_clocks,
    soonest,
)
from tenprint.refer.policy.programme import programme_root
from tenprint.refer.policy.rules import Scope

SHIPPED = programme_root() / "clocks" / "release.yaml"
CLOCK = """clocks:
  - id: clock/made-up/2
    calendar: made-up
    max_counted_hours: 48
    exclude: [sunday]
    forms: [I-247]
    scope: {state: MA}
    in_force: {from: 2011-01-01, until: 2012-01-01}
    source: {title: made up, href: null, read_on: null}
    evidence: recalled_not_verified
    why: for a test
"""


def read_text(tmp_path: Path, text: str) -> tuple[ClockRule, ...]:
    folder = tmp_path / "clocks"
    folder.mkdir(exist_ok=True)
    (folder / "made-up.yaml").write_text(text)
    return read_clocks(folder / "made-up.yaml")


def clocks(tmp_path: Path, *changes: tuple[str, str]) -> list[ClockRule]:
    """The made-up clock, once with each change."""
    found = []
    for number, (old, new) in enumerate(changes):
        assert old in CLOCK
        (one,) = read_text(tmp_path, CLOCK.replace(old, new).replace("made-up/2", f"made-up/{number + 1}"))
        found.append(one)
    return found


def test_a_clock_is_read_whole(tmp_path: Path) -> None:
    """8 CFR 287.7(d) as data: every part of the file is what the clock holds."""
    (one,) = read_text(tmp_path, CLOCK)

    assert (one.id, one.calendar, one.max_counted_hours, one.exclude, one.forms) == (
        "clock/made-up/2",
        "made-up",
        48,
        ("sunday",),
        ("I-247",),
    )
    assert (one.scope, one.in_force.since, one.in_force.until) == (
        Scope(state="MA"),
        date(2011, 1, 1),
        date(2012, 1, 1),
    )
    assert (one.source.title, one.evidence, one.why) == ("made up", "recalled_not_verified", "for a test")
    assert (one.path, one.holidays) == (tmp_path / "clocks" / "made-up.yaml", None)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: clock/made-up/2", "id: made-up", "clocks[0]: id is 'made-up'; allowed: topic/version, such as clock/8cfr287.7d/1; nothing was loaded"),
        ("max_counted_hours: 48", "max_counted_hours: 49", "clocks[0]: 49 hours; allowed: at most 48 [8 CFR 287.7(d)]; nothing was loaded"),
        ("exclude: [sunday]", "exclude: [friday]",
         "clocks[0]: exclude is ('friday',); allowed: saturday, sunday, federal_holiday, calendar_holiday; nothing was loaded"),
        ("exclude: [sunday]", "exclude: [calendar_holiday]",
         "clocks[0]: holiday_calendar is nothing; allowed: a calendar of the programme's holidays/, and calendar_holiday among exclude;"),
        ("why: for a test", "why: for a test\n    renewable: true", "clocks[0]: unknown keys renewable"),
        ("clocks:", "more: 1\nclocks:", "made-up.yaml: unknown keys more"),
    ],
)  # fmt: skip
def test_a_clock_that_breaks_the_language_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    """House rule 5, 8 CFR 287.7(d): at most 48 hours; a key that could lengthen a hold is unknown."""
    assert old in CLOCK
    with pytest.raises(RuleInvalid) as refused:
        read_text(tmp_path, CLOCK.replace(old, new))
    assert says in str(refused.value)
    assert "made-up.yaml" in str(refused.value)


def test_a_calendar_without_its_exclusion_is_refused(tmp_path: Path) -> None:
    """A calendar that is named and counts nothing out would look like law and be none."""
    (tmp_path / "holidays").mkdir()
    shipped = programme_root() / "holidays" / "us-ma-legal.yaml"
    (tmp_path / "holidays" / shipped.name).write_text(shipped.read_text())
    named = CLOCK.replace("why: for a test", "why: for a test\n    holiday_calendar: us-ma-legal")

    with pytest.raises(RuleInvalid) as refused:
        read_text(tmp_path, named)
    assert (
        "holiday_calendar is 'us-ma-legal'; allowed: a calendar of the programme's holidays/, and calendar_holiday"
        in str(refused.value)
    )
    (one,) = read_text(tmp_path, named.replace("[sunday]", "[calendar_holiday]"))
    assert one.holidays is not None


def test_a_file_without_a_clock_is_refused(tmp_path: Path) -> None:
    """It would look like law in force."""
    with pytest.raises(RuleInvalid) as refused:
        read_text(tmp_path, "clocks: []\n")
    assert (
        "made-up.yaml: clocks is nothing; allowed: at least one clock; a file without one looks like law in force and is none;"
        in str(refused.value)
    )


def test_where_no_clock_is_in_force_that_is_said_with_what_there_is(tmp_path: Path) -> None:
    """Design decision 6: absence of a rule is NoRuleInForce, and names when the others hold; nobody may be held on it."""
    found = clocks(tmp_path, ("why: for", "why: for"), ("max_counted_hours: 48", "max_counted_hours: 24"))
    place = Scope(state="MA")

    with pytest.raises(NoRuleInForce) as silence:
        fitting(found, on=date(2012, 1, 1), form="I-247 (12/11)", place=place)
    spans = ", ".join(
        f"clock/made-up/{n} in force from 2011-01-01 until 2012-01-01 (that day no longer)" for n in (1, 2)
    )
    assert (
        str(silence.value)
        == f"clock for I-247 (12/11) on 2012-01-01 (state MA): none is in force ({spans}); nobody may be held on it"
    )
    with pytest.raises(NoRuleInForce, match=r"\(no clock names this form\); nobody may be held on it"):
        fitting(found, on=date(2011, 6, 6), form="I-247A", place=place)
    with pytest.raises(NoRuleInForce, match="no clock names this form"):
        fitting(found, on=date(2011, 6, 6), form="I-247 (12/11)", place=Scope(state="NY"))
    with pytest.raises(NoRuleInForce, match=r"^no clock rule was given; nobody may be held on it$"):
        earliest_expiry([], datetime(2011, 6, 6, tzinfo=UTC), UTC)


def test_the_clocks_that_fit_stand_the_tightest_first(tmp_path: Path) -> None:
    """Fewer hours, then fewer days left out, then the id; a place that is not known to be elsewhere counts."""
    found = clocks(
        tmp_path,
        ("[sunday]", "[sunday, saturday]"),
        ("[sunday]", "[]"),
        ("max_counted_hours: 48", "max_counted_hours: 24"),
        ("why: for", "why: for"),
    )
    for place in (Scope(state="MA"), Scope()):
        fits = fitting(found, on=date(2011, 6, 6), form="I-247 (12/11)", place=place)
        assert [clock.id for clock in fits] == [f"clock/made-up/{n}" for n in (3, 2, 4, 1)]
    same = clocks(tmp_path, ("why: for", "why: for"), ("why: for", "why: for"))
    assert [c.id for c in fitting(same[::-1], on=date(2011, 6, 6), form="I-247", place=Scope(state="MA"))] == [
        "clock/made-up/1",
        "clock/made-up/2",
    ]


def test_of_several_ends_the_earliest_and_of_equals_the_tightest(tmp_path: Path) -> None:
    """In doubt the shorter: the person must be released at the first end."""
    plain, skips, short = clocks(
        tmp_path, ("[sunday]", "[]"), ("why: for", "why: for"), ("max_counted_hours: 48", "max_counted_hours: 24")
    )
    zone, monday = ZoneInfo("America/New_York"), datetime(2011, 6, 6, 10, tzinfo=ZoneInfo("America/New_York"))
    saturday = monday - timedelta(days=2)

    assert (
        earliest_expiry([skips, plain], saturday, zone)
        == expiry(plain, saturday, zone)
        == saturday + timedelta(hours=48)
    )
    assert expiry(skips, saturday, zone) == saturday + timedelta(hours=72)
    given = {"tz": zone, "form": "I-247 (12/11)", "place": Scope(state="MA")}
    assert soonest([skips, plain], start=monday, **given) == (plain, monday + timedelta(hours=48))  # type: ignore[arg-type]
    assert soonest([skips, plain, short], start=monday, **given) == (short, monday + timedelta(hours=24))  # type: ignore[arg-type]


def test_counted_seconds_are_those_between_the_two_instants(tmp_path: Path) -> None:
    """By the second, in the facility's own zone; none before the start or after the end."""
    (skips,) = clocks(tmp_path, ("why: for", "why: for"))
    zone = ZoneInfo("America/New_York")
    saturday = datetime(2011, 6, 4, 22, tzinfo=zone)

    assert counted_seconds(skips, saturday, saturday + timedelta(hours=1), zone) == 3600
    assert counted_seconds(skips, saturday, saturday + timedelta(hours=27), zone) == 3 * 3600
    assert counted_seconds(skips, saturday, saturday, zone) == 0
    assert counted_seconds(skips, saturday, saturday - timedelta(hours=1), zone) == 0


def test_an_instant_without_a_zone_is_refused_by_name(tmp_path: Path) -> None:
    """House rule 5: nothing is computed from a wall clock that nobody can place."""
    (one,) = clocks(tmp_path, ("why: for", "why: for"))
    naive = datetime(2011, 6, 6, 10)

    with pytest.raises(
        UsageError,
        match=r"^clock clock/made-up/1: start 2011-06-06 10:00:00 has no time zone; nothing was computed\. Give an aware instant\.$",
    ):
        expiry(one, naive, UTC)
    with pytest.raises(
        UsageError,
        match=r"^start 2011-06-06 10:00:00 has no time zone; nothing was computed\. Give an aware instant\.$",
    ):
        soonest([one], start=naive, tz=UTC, form="I-247", place=Scope())


def test_a_clock_at_the_end_of_the_calendar_ends_nowhere_and_says_so(tmp_path: Path) -> None:
    """A hold whose end can't be computed is refused, never open."""
    (one,) = clocks(tmp_path, ("why: for", "why: for"))
    with pytest.raises(
        UsageError,
        match=r"^clock clock/made-up/1 from 9999-12-30 00:00:00\+00:00: no end within the calendar; nothing was computed$",
    ):
        expiry(one, datetime(9999, 12, 30, tzinfo=UTC), UTC)


def test_the_shipped_file_has_its_clocks() -> None:
    """Domain 3.3: the regulation's clock first."""
    first = read_clocks(SHIPPED)[0]
    assert (first.id, first.exclude, first.evidence) == (
        "clock/8cfr287.7d/1",
        ("saturday", "sunday", "federal_holiday"),
        "primary_transcription",
    )
