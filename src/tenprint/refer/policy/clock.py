"""The release clock: how long a hold on a detainer alone may last, and the instant at which it is over.

8 CFR 287.7(d): at most 48 hours, Saturdays, Sundays and holidays excluded, from when the person would otherwise be
released. Nothing here pauses, restarts or lengthens a clock. The regulation does not say whether an excluded day counts
by the day or by the second; the reading is by the second, in the facility's own time zone, and in doubt the shorter
result holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from tenprint.errors import NoRuleInForce, RuleInvalid, UsageError
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read
from tenprint.refer.policy.holidays import HolidayCalendar, federal_holidays, read_calendar
from tenprint.refer.policy.rules import LONGEST_HOLD_HOURS, RULE_ID, Scope

EXCLUSIONS: Final = ("saturday", "sunday", "federal_holiday", "calendar_holiday")
"""The days a calendar may leave out of its count. Source: 8 CFR 287.7(d); a calendar's own holidays only where a clock
names that calendar.
"""

HOLIDAYS: Final = "holidays"
"""Folder of a programme with its calendars of holidays, beside ``clocks/``."""

_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """One clock. max_counted_hours: 0 to 48. exclude: days of which no second counts, see `EXCLUSIONS`, by local time.

    forms: families of forms it belongs to ("I-247A"), empty for any. scope: where. calendar: a short name for events.
    holidays: the calendar whose days ``calendar_holiday`` leaves out.
    """

    id: str
    calendar: str
    max_counted_hours: int
    exclude: tuple[str, ...]
    forms: tuple[str, ...]
    scope: Scope
    in_force: InForce
    source: Source
    evidence: str
    why: str
    path: Path
    holidays: HolidayCalendar | None = None

    @property
    def tightness(self) -> tuple[int, int]:
        """Sorts the tightest first: fewer counted hours, then fewer excluded days."""
        return self.max_counted_hours, len(self.exclude)


def expiry(rule: ClockRule, start: datetime, tz: tzinfo) -> datetime:
    """The instant at which a hold that begins at ``start`` is over, in ``tz``: the person must be released then.

    start: aware; when the person would otherwise be released, never the booking or the detainer's receipt.
    tz: the facility's time zone, in which its days begin and end. The earliest instant at which the counted seconds
    since ``start`` reach the rule's hours; for a rule of 0 hours, ``start`` itself. Raises UsageError for a naive
    ``start``.
    """
    left = timedelta(hours=rule.max_counted_hours)
    for begin, end in _counted(rule, start, tz):
        if left <= end - begin:
            return (begin + left if left else start).astimezone(tz)
        left -= end - begin
    raise UsageError(f"clock {rule.id} from {start}: no end within the calendar; nothing was computed")


def earliest_expiry(rules: Iterable[ClockRule], start: datetime, tz: tzinfo) -> datetime:
    """The earliest end of several clocks: in doubt the shorter. Raises NoRuleInForce when there is none."""
    ends = [expiry(rule, start, tz) for rule in rules]
    if not ends:
        raise NoRuleInForce("no clock rule was given; nobody may be held on it")
    return min(ends)


def counted_seconds(rule: ClockRule, start: datetime, end: datetime, tz: tzinfo) -> float:
    """Seconds of ``start`` to ``end`` that the rule counts; 0.0 when ``end`` is not after ``start``."""
    total = timedelta(0)
    for begin, stop in _counted(rule, start, tz):
        if begin >= end:
            break
        total += min(stop, end.astimezone(UTC)) - begin
    return total.total_seconds()


def _counted(rule: ClockRule, start: datetime, tz: tzinfo) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of counted time from ``start`` on, in UTC, one local day after the other."""
    if start.tzinfo is None:
        raise UsageError(
            f"clock {rule.id}: start {start} has no time zone; nothing was computed. Give an aware instant."
        )
    begin = start.astimezone(UTC)
    day = start.astimezone(tz).date()
    while day < date.max - timedelta(days=1):
        following = day + timedelta(days=1)
        end = datetime(following.year, following.month, following.day, tzinfo=tz).astimezone(UTC)
        if end > begin:
            if not _excluded(rule, day):
                yield begin, end
            begin = end
        day = following


def _excluded(rule: ClockRule, day: date) -> bool:
    if day.weekday() == _SATURDAY and "saturday" in rule.exclude:
        return True
    if day.weekday() == _SUNDAY and "sunday" in rule.exclude:
        return True
    if "federal_holiday" in rule.exclude and day in federal_holidays(day.year):
        return True
    return "calendar_holiday" in rule.exclude and rule.holidays is not None and day in rule.holidays


def fitting(rules: Sequence[ClockRule], *, on: date, form: str, place: Scope) -> tuple[ClockRule, ...]:
    """Every clock in force for a form's edition at a place on a day, the tightest first. Raises NoRuleInForce.

    form: family and, after a space, edition: "I-247 (12/11)". A clock whose place is not known to be elsewhere counts,
    since the tighter clock must win in doubt.
    """
    family = form.split(" ", 1)[0]
    named = [
        rule for rule in rules if (not rule.forms or family in rule.forms) and rule.scope.covers(place)[0] is not False
    ]
    found = [rule for rule in named if on in rule.in_force]
    if not found:
        listed = ", ".join(f"{rule.id} in force {rule.in_force}" for rule in named) or "no clock names this form"
        raise NoRuleInForce(
            f"clock for {form} on {on} ({place}): none is in force ({listed}); nobody may be held on it"
        )
    return tuple(sorted(found, key=lambda rule: (*rule.tightness, rule.id)))


def chosen(rules: Sequence[ClockRule], *, on: date, form: str, place: Scope) -> ClockRule:
    """The tightest clock for a form's edition at a place on a day (see `fitting`). Raises NoRuleInForce."""
    return fitting(rules, on=on, form=form, place=place)[0]


def soonest(
    rules: Sequence[ClockRule], *, start: datetime, tz: tzinfo, form: str, place: Scope
) -> tuple[ClockRule, datetime]:
    """The clock by which a hold from ``start`` ends soonest, and that end, in ``tz``; of equals the tightest.

    The rules are those of the facility's own day on which the hold begins; later changes of a rule move no end. Raises
    NoRuleInForce, and UsageError for a naive ``start``.
    """
    if start.tzinfo is None:
        raise UsageError(f"start {start} has no time zone; nothing was computed. Give an aware instant.")
    found = fitting(rules, on=start.astimezone(tz).date(), form=form, place=place)
    ends = [(expiry(rule, start, tz), rule) for rule in found]
    end, rule = min(ends, key=lambda one: one[0])
    return rule, end


def read_clocks(path: Path) -> tuple[ClockRule, ...]:
    """The clocks of one file, a table with the one key ``clocks``. Raises RuleInvalid; a key such as ``renewable`` is
    unknown.
    """
    top = Sheet(read(path), str(path))
    clocks = tuple(_read(sheet, path) for sheet in top.tables("clocks"))
    top.finish()
    if not clocks:
        raise top.wrong("clocks", None, "at least one clock; a file without one looks like law in force and is none")
    return clocks


def _read(sheet: Sheet, path: Path) -> ClockRule:
    source = Source.read(sheet.table("source"))
    named = sheet.text_or_none("holiday_calendar")
    clock = ClockRule(
        id=sheet.text("id"),
        calendar=sheet.text("calendar"),
        max_counted_hours=sheet.whole("max_counted_hours"),
        exclude=sheet.texts("exclude"),
        forms=sheet.texts("forms"),
        scope=Scope.read(sheet.table("scope")),
        in_force=InForce.read(sheet.table("in_force")),
        source=source,
        evidence=evidence_of(sheet, source),
        why=sheet.text("why"),
        path=path,
        holidays=None if named is None else read_calendar(path.parent.parent / HOLIDAYS, named),
    )
    sheet.finish()
    if not RULE_ID.match(clock.id):
        raise sheet.wrong("id", clock.id, "topic/version, such as clock/8cfr287.7d/1")
    if clock.max_counted_hours > LONGEST_HOLD_HOURS:
        raise RuleInvalid(
            f"{sheet.where}: {clock.max_counted_hours} hours; "
            f"allowed: at most {LONGEST_HOLD_HOURS} [8 CFR 287.7(d)]; nothing was loaded"
        )
    if not set(clock.exclude) <= set(EXCLUSIONS):
        raise sheet.wrong("exclude", clock.exclude, ", ".join(EXCLUSIONS))
    if ("calendar_holiday" in clock.exclude) != (clock.holidays is not None):
        raise sheet.wrong(
            "holiday_calendar", named, "a calendar of the programme's holidays/, and calendar_holiday among exclude"
        )
    return clock
