"""The register of facilities: where a person is held, and by whose clock that facility's days begin and end.

A facility that is listed without a known time zone has none: nobody can say when a hold there ends, so nobody is held
there on a detainer alone. A booking agency without a facility of its own in the register is in its county's time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.jurisdictions import ORI
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, sheets


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A facility for a stretch of days. ori: of the agency that holds there. timezone: tz database name, None: unknown.

    A facility that changes its zone has one row for each, whose days don't overlap.
    """

    id: str
    name: str
    ori: str
    county: str
    state: str
    timezone: str | None
    in_force: InForce
    source: Source
    evidence: str

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone in which its days begin and end; None when it is not known."""
        return None if self.timezone is None else ZoneInfo(self.timezone)

    def day_of(self, at: datetime) -> date:
        """The facility's own day at an instant; that of UTC while its zone is not known."""
        return at.astimezone(self.zone or UTC).date()


class Facilities:
    """The facilities of a programme, found by the ORI of the agency that holds there."""

    def __init__(self, rows: Sequence[Facility] = ()) -> None:
        """Raises RuleInvalid where two rows of one facility overlap, or one agency has two facilities at a time."""
        found: dict[str, tuple[Facility, ...]] = {}
        for row in rows:
            for other in found.get(row.ori, ()):
                if _overlap(row.in_force, other.in_force):
                    raise RuleInvalid(
                        f"{row.id} and {other.id} both stand for {row.ori} {row.in_force}; nothing was loaded. "
                        "An agency holds in one facility at a time; end one row before the next begins."
                    )
            found[row.ori] = (*found.get(row.ori, ()), row)
        self._by_ori = found

    @classmethod
    def load(cls, path: Path) -> Facilities:
        """From a file with the one key ``facilities``; a programme without the file has none listed. Raises RuleInvalid."""
        return cls([_read(sheet) for sheet in sheets(path, key="facilities")]) if path.is_file() else cls()

    def all(self) -> tuple[Facility, ...]:
        """Every row, by ORI."""
        return tuple(row for ori in sorted(self._by_ori) for row in self._by_ori[ori])

    def lists(self, ori: str) -> bool:
        """Whether the register speaks of that agency at all; then only its rows count, not the county's zone."""
        return ori in self._by_ori

    def at(self, ori: str, instant: datetime) -> Facility | None:
        """The facility of an agency at an aware instant, by the facility's own day; None when no row holds then."""
        return next((row for row in self._by_ori.get(ori, ()) if row.day_of(instant) in row.in_force), None)


def _overlap(a: InForce, b: InForce) -> bool:
    return (b.until is None or a.since < b.until) and (a.until is None or b.since < a.until)


def _read(sheet: Sheet) -> Facility:
    if "timezone" not in sheet.keys():  # noqa: SIM118 - Sheet is no mapping; an unknown zone must be written, as null
        raise sheet.wrong("timezone", None, "a name of the tz database, or null while it is not known")
    source = Source.read(sheet.table("source"))
    facility = Facility(
        id=sheet.text("id"),
        name=sheet.text("name"),
        ori=sheet.text("ori"),
        county=sheet.text("county"),
        state=sheet.text("state"),
        timezone=sheet.text_or_none("timezone"),
        in_force=InForce.read(sheet.table("in_force")),
        source=source,
        evidence=evidence_of(sheet, source),
    )
    sheet.finish()
    if not ORI.match(facility.ori) or facility.ori[:2] != facility.state:
        raise sheet.wrong("ori", facility.ori, "nine characters, the state's two letters first")
    try:
        facility.zone  # noqa: B018 - read for its error: a wrong zone must fail at load, not when somebody is held
    except (ZoneInfoNotFoundError, ValueError) as refused:
        raise sheet.wrong("timezone", facility.timezone, "a name of the tz database, or null") from refused
    return facility
