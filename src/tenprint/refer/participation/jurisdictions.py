"""Which place an originating agency identifier belongs to.

An ORI has nine characters: two letters for the state, three digits for the county, four for the agency (EBTS 1.008,
2.073). A prefix that is not listed is an unknown place, never the nearest one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import EVIDENCE
from tenprint.refer.participation.strict_yaml import Sheet, sheets

ORI: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{7}\Z")
"""Shape of an ORI: nine characters, a state code first. Source: EBTS 9.1, 1.008 ORI and 2.073 CRI."""

_PREFIX: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    """A county (or a city that counts as one). ori_prefix: five characters; timezone: tz database name; evidence: of
    the prefix.
    """

    name: str
    county: str
    state: str
    timezone: str
    ori_prefix: str
    evidence: str

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which its days begin and end."""
        return ZoneInfo(self.timezone)


class Jurisdictions:
    """The places of a programme, found by the first five characters of an ORI."""

    def __init__(self, places: Sequence[Jurisdiction]) -> None:
        by_prefix: dict[str, Jurisdiction] = {}
        for place in places:
            if not _PREFIX.match(place.ori_prefix) or place.ori_prefix[:2] != place.state:
                raise RuleInvalid(
                    f"{place.name}: ORI prefix {place.ori_prefix!r}; allowed: the state's two letters and three more"
                )
            if place.ori_prefix in by_prefix:
                raise RuleInvalid(
                    f"ORI prefix {place.ori_prefix} stands for both {by_prefix[place.ori_prefix].name} and {place.name}"
                )
            by_prefix[place.ori_prefix] = place
        self._by_prefix: Mapping[str, Jurisdiction] = by_prefix

    @classmethod
    def load(cls, path: Path) -> Jurisdictions:
        """From a file with one key, ``jurisdictions``. Raises RuleInvalid naming the entry."""
        return cls([_read(sheet) for sheet in sheets(path, key="jurisdictions")])

    def of(self, ori: str) -> Jurisdiction | None:
        """The place of an ORI, or None when the ORI is malformed or its prefix is not listed."""
        return self._by_prefix.get(ori[:5]) if ORI.match(ori) else None

    def all(self) -> tuple[Jurisdiction, ...]:
        """Every listed place, by prefix."""
        return tuple(self._by_prefix[prefix] for prefix in sorted(self._by_prefix))


def _read(sheet: Sheet) -> Jurisdiction:
    place = Jurisdiction(
        name=sheet.text("name"),
        county=sheet.text("county"),
        state=sheet.text("state"),
        timezone=sheet.text("timezone"),
        ori_prefix=sheet.text("ori_prefix"),
        evidence=sheet.text("evidence", choices=EVIDENCE),
    )
    sheet.finish()
    try:
        place.zone  # noqa: B018 - read for its error: a wrong zone must fail at load, not when somebody is held
    except (ZoneInfoNotFoundError, ValueError) as refused:
        raise sheet.wrong("timezone", place.timezone, "a name of the tz database") from refused
    return place
