"""A month's release as a page shows it: the table in readable parts, charts' numbers, denominators in words, the files."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tenprint.account.statistics.rates import in_words, observed_rate, percent
from tenprint.account.statistics.release import FILES, STATEMENT
from tenprint.errors import NotFound, ReleaseInvalid
from tenprint.workflow.house import House
from tenprint.workflow.releasing import releases

MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
"""How a month is written in an address."""

MEDIA: Final[Mapping[str, str]] = {
    ".csv": "text/csv; charset=utf-8", ".json": "application/json", ".jsonl": "application/x-ndjson", "": "text/plain; charset=utf-8",
}  # fmt: skip
"""Ending of a released file -> its media type."""

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "gate": ("submissions", "persons", "episodes", "submissions_refused", "immigration_searches", "not_searched", "not_searched_not_active",
             "not_searched_no_consent", "not_searched_transaction", "not_searched_juvenile", "not_searched_other"),
    "matches": ("submissions", "search_no_match", "search_errors", "examiner_refuted", "matches", "matches_level_1",
                "matches_level_2_3", "matches_other", "us_citizens"),
    "detainers": ("matches", "detainers_issued", "detainers_declined", "detainers_lifted", "detainers_expired"),
    "releases": ("releases_overdue", "released_late", "released_late_under_1h", "released_late_under_6h", "released_late_under_24h",
                 "released_late_24h_or_more"),
    "arrests": ("matches", "arrests", "arrests_level_1", "arrests_level_2", "arrests_level_3", "arrests_no_known_conviction", "arrests_other"),
    "removals": ("matches", "removals_and_returns", "removals", "returns", "removals_level_1", "removals_level_2", "removals_level_3",
                 "removals_no_known_conviction", "removals_other"),
    "dispositions": ("dispositions", "dispositions_convicted", "dispositions_acquitted", "dispositions_dismissed", "dispositions_not_prosecuted",
                     "dispositions_vacated", "dispositions_deferred", "dispositions_corrected"),
}  # fmt: skip
"""The table in parts that fit a page: part -> columns, each beside the column that it is a part of."""

SHARES: Final = (
    ("immigration_searches", "submissions"),
    ("not_searched", "submissions"),
    ("matches", "immigration_searches"),
    ("matches_level_1", "matches"),
    ("us_citizens", "matches"),
    ("removals_no_known_conviction", "removals_and_returns"),
    ("removals_level_1", "removals_and_returns"),
)
"""(part, whole): shares said in words on the page, always with both counts."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One number or its mark. at_least, at_most: what the rows leave open, in the nation's row only."""

    value: int | None
    mark: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One place. kind: nation, state or place."""

    key: str
    kind: str
    name: str
    state: str
    small: bool
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Share:
    """part of whole, in words and numbers; words is None where either is not shown."""

    part: str
    whole: str
    counts: tuple[int, int] | None
    words: str | None
    percent: str | None


@dataclass(frozen=True, slots=True)
class ReleasedFile:
    """One file for download: name, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One month's release. lines: those with at least one shown cell; small: names of the places that show none.

    closed: places whose gate stayed shut all month, with the searches made all the same (0, or a mark).
    """

    month: str
    vintage: str
    profile: str
    policy: str
    evidence: str
    programme: str
    count_by: str
    rows: int
    k: int
    log_size: int
    code_version: str
    corrections: str
    rule: str
    can: tuple[str, ...]
    can_not: tuple[str, ...]
    columns: Mapping[str, str]
    dictionary: Mapping[str, Mapping[str, str]]
    nation: Line
    lines: tuple[Line, ...]
    small: tuple[str, ...]
    closed: tuple[tuple[str, str], ...]
    shares: tuple[Share, ...]
    identities: tuple[int, int]
    files: tuple[ReleasedFile, ...]
    previous: str | None

    def parts(self) -> dict[str, tuple[str, ...]]:
        """The table in parts that fit a page, with the columns that this release has; no part without its own columns."""
        found = {part: tuple(c for c in columns if c in self.columns) for part, columns in PARTS.items()}
        return {part: columns for part, columns in found.items() if len(columns) > 1}


def months(house: House) -> list[dict[str, Any]]:
    """The published releases, newest first: month, vintage, rows, policy and profile."""
    found = []
    for one in reversed(releases(house)):
        predicate = _predicate(Path(one["path"]))
        found.append(
            {name: predicate[name] for name in ("month", "vintage", "rows", "policy", "policy_evidence", "profile")}
        )
    return found


def publication(house: House, month: str) -> Publication:
    """One month's release, as published. Raises NotFound; ReleaseInvalid when its files can't be read."""
    folder = _folder(house, month)
    try:
        predicate = _predicate(folder)
        table = json.loads((folder / "table.json").read_bytes())
        words = json.loads((folder / "dictionary.json").read_bytes())
        lines = [_line(line) for line in table["lines"]]
        closed = {key: lines_key.cells["immigration_searches"] for key in table["closed_gates"]
                  for lines_key in lines if lines_key.key == key}  # fmt: skip
        return Publication(
            month=month, vintage=predicate["vintage"], profile=predicate["profile"], policy=predicate["policy"],
            evidence=predicate["policy_evidence"], programme=predicate["programme"], count_by=predicate["count_by"], rows=predicate["rows"],
            k=predicate["suppression"]["k"], log_size=predicate["log"]["size"], code_version=predicate["code_version"],
            corrections=predicate["corrections"], rule=predicate["suppression"]["rule"], can=tuple(predicate["a_stranger_can_recompute"]),
            can_not=tuple(predicate["a_stranger_can_not_recompute"]), columns={c["key"]: c["says"] for c in table["columns"]},
            dictionary={name: words[name] for name in ("row_columns", "row_values", "marks")}, nation=lines[0],
            lines=tuple(line for line in lines[1:] if not line.small),
            small=tuple(line.name for line in lines if line.small and line.kind == "place"),
            closed=tuple((key, "0" if cell.value == 0 else cell.mark or str(cell.value)) for key, cell in sorted(closed.items())),
            shares=tuple(_share(lines[0], part, whole) for part, whole in SHARES if {part, whole} <= set(lines[0].cells)),
            identities=(len(table["identities"]), sum(i["holds"] is None for i in table["identities"])), files=_files(folder),
            previous=predicate["previous"]["month"] if predicate["previous"] else None,
        )  # fmt: skip
    except (KeyError, TypeError, IndexError, ValueError, OSError) as error:
        raise ReleaseInvalid(
            f"the release of {month} can't be read ({error!r}); verify it: tenprint stats verify"
        ) from error


def released_file(house: House, month: str, name: str) -> tuple[bytes, str]:
    """One released file, byte for byte, and its media type. Raises NotFound for any other name."""
    if name not in {*FILES, STATEMENT}:
        raise NotFound(f"a release has no file {name!r}")
    return (_folder(house, month) / name).read_bytes(), MEDIA.get(Path(name).suffix, MEDIA[""])


def _folder(house: House, month: str) -> Path:
    folder = house.releases_root / month
    if not MONTH.fullmatch(month) or not (folder / STATEMENT).is_file():
        raise NotFound(f"no release of {month if MONTH.fullmatch(month) else 'that month'} was published")
    return folder


def _predicate(folder: Path) -> dict[str, Any]:
    envelope = json.loads((folder / STATEMENT).read_bytes())
    return dict(json.loads(base64.b64decode(envelope["payload"]))["predicate"])


def _line(line: Mapping[str, Any]) -> Line:
    key = str(line["key"])
    kind = "nation" if key == "nation" else "state" if key.startswith("state/") else "place"
    cells = {
        name: Cell(c["value"], c.get("mark", ""), c.get("at_least"), c.get("at_most"))
        for name, c in line["cells"].items()
    }
    return Line(key=key, kind=kind, name=line["name"], state=line["state"], small=line["small"], cells=cells)


def _share(line: Line, part: str, whole: str) -> Share:
    some, all_ = line.cells[part].value, line.cells[whole].value
    if some is None or all_ is None or all_ == 0 or some > all_:
        return Share(part, whole, None, None, None)
    return Share(part, whole, (some, all_), in_words(some, all_), percent(observed_rate(some, all_).value))


def _files(folder: Path) -> tuple[ReleasedFile, ...]:
    names: Sequence[str] = (STATEMENT, *FILES)
    contents = {name: (folder / name).read_bytes() for name in names}
    return tuple(ReleasedFile(name, len(c), hashlib.sha256(c).hexdigest()) for name, c in contents.items())
