"""Holidays of a jurisdiction: dated data with a source, or the federal ones that a library knows.

A clock names the calendar that it goes by; a day that no named calendar holds is counted, since in doubt a hold is the
shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

import holidays

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read

WEEKDAYS: Final[Mapping[str, int]] = {
    name: at for at, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}
"""Day of the week -> its number, as `datetime.date.weekday` counts."""

_SATURDAY, _SUNDAY = 5, 6
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """One holiday of a calendar: a day of the year, or the nth weekday of a month (5: the last).

    observed: on a Saturday it is kept the Friday before too, on a Sunday the Monday after.
    in_force: the days for which it holds.
    """

    name: str
    month: int
    day: int | None
    weekday: int | None
    nth: int | None
    observed: bool
    in_force: InForce

    def in_year(self, year: int) -> frozenset[date]:
        """The days of that year's holiday, its observed day included; empty while it is not in force."""
        own = self._own_day(year)
        if own is None or own not in self.in_force:
            return frozenset()
        shift = {_SATURDAY: -_ONE_DAY, _SUNDAY: _ONE_DAY}.get(own.weekday()) if self.observed else None
        return frozenset({own} if shift is None else {own, own + shift})

    def _own_day(self, year: int) -> date | None:
        if self.day is not None:
            try:
                return date(year, self.month, self.day)
            except ValueError:  # 29 February
                return None
        first = date(year, self.month, 1)
        found = first + timedelta(days=((self.weekday or 0) - first.weekday()) % 7 + 7 * ((self.nth or 1) - 1))
        return found if found.month == self.month else found - timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayCalendar:
    """The holidays of one jurisdiction. federal: the federal ones are among them."""

    id: str
    title: str
    federal: bool
    days: tuple[Holiday, ...]
    source: Source
    evidence: str
    why: str

    def __contains__(self, day: date) -> bool:
        return (self.federal and day in federal_holidays(day.year)) or day in self._own(day)

    def _own(self, day: date) -> frozenset[date]:
        years = (day.year - 1, day.year, day.year + 1)  # 31 December may be the observed day of the next year's first
        return frozenset(found for holiday in self.days for year in years for found in holiday.in_year(year))


@lru_cache(maxsize=256)
def federal_holidays(year: int) -> frozenset[date]:
    """The federal holidays of a year, with the days on which they are observed. Source: 5 USC 6103, by the ``holidays``
    package.
    """
    # 31 December may be the observed New Year's Day of the next year
    found = holidays.country_holidays("US", years=(year, year + 1), observed=True)
    return frozenset(day for day in found if day.year == year)


def read_calendar(folder: Path, name: str) -> HolidayCalendar:
    """The calendar ``name`` of a programme's folder of holidays. Raises RuleInvalid; one that is not there is a fault."""
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise RuleInvalid(f"{path}: no such calendar of holidays; nothing was loaded. Add it with its source.")
    sheet = Sheet(read(path), str(path))
    source = Source.read(sheet.table("source"))
    calendar = HolidayCalendar(
        id=sheet.text("id", choices=(name,)),
        title=sheet.text("title"),
        federal=sheet.flag("federal", absent=False),
        days=tuple(_holiday(table) for table in sheet.tables("days")),
        source=source,
        evidence=evidence_of(sheet, source),
        why=sheet.text("why"),
    )
    sheet.finish()
    return calendar


def _holiday(sheet: Sheet) -> Holiday:
    by_day = sheet.has("day")
    holiday = Holiday(
        name=sheet.text("name"),
        month=sheet.whole("month", at_least=1),
        day=sheet.whole("day", at_least=1) if by_day else None,
        weekday=None if by_day else WEEKDAYS[sheet.text("weekday", choices=WEEKDAYS)],
        nth=None if by_day else sheet.whole("nth", at_least=1),
        observed=sheet.flag("observed", absent=False),
        in_force=InForce.read(sheet.table("in_force")),
    )
    sheet.finish()
    if holiday.month > 12 or (holiday.nth or 1) > 5:
        raise sheet.wrong("month or nth", (holiday.month, holiday.nth), "a month to 12, the nth to 5 (the last)")
    if holiday.day is not None:
        try:
            date(2000, holiday.month, holiday.day)  # a leap year: every day that can be
        except ValueError as refused:
            raise sheet.wrong("day", holiday.day, "a day of that month") from refused
    return holiday
