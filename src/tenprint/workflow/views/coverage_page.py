"""What "active" covers, for the public: agencies that are switched on and that send, and counts as the month's release shows them.

The submissions are those of the month's release, never counted again: two counts that differ by what was refused would tell a
small number by their difference. What agencies report stands only where the release shows the place's submissions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenprint.errors import NotFound
from tenprint.refer.participation.coverage import PublishedCount
from tenprint.workflow.coverage import coverage, published_counts
from tenprint.workflow.house import House
from tenprint.workflow.views.publications import months, publication


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageLine:
    """One place with at least one agency on record, in one month.

    sent: agencies that sent; submissions: as released; made, kept: as reported by ``reported`` agencies. None where not shown.
    """

    place: str
    agencies: int
    active: int
    reported: int
    sent: int | None
    submissions: int | None
    made: int | None
    kept: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NffLine:
    """Whether a state is in the National Fingerprint File on the month's last day, and how well that is known."""

    state: str
    standing: str
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePage:
    """Coverage of one released month; month is empty, and lines too, before any release. counts: published elsewhere, by day.

    without: names of the places for which no agency is on record.
    """

    month: str
    months: tuple[str, ...]
    lines: tuple[CoverageLine, ...]
    without: tuple[str, ...]
    nff: tuple[NffLine, ...]
    counts: Sequence[PublishedCount]


def coverage_page(house: House, *, month: str = "") -> CoveragePage:
    """The coverage of a released month, the latest when none is given. Raises NotFound for a month without a release."""
    released = tuple(one["month"] for one in months(house))
    counts = published_counts(house)
    chosen = month or (released[0] if released else "")
    if not chosen:
        return CoveragePage(month="", months=(), lines=(), without=(), nff=(), counts=counts)
    if chosen not in released:
        raise NotFound(f"no release of {chosen[:10]!r}; coverage is told of released months only")
    released_cells = {line.key: line.cells["submissions"].value for line in publication(house, chosen).lines}
    rows = sorted(coverage(house, chosen), key=lambda row: (_state(row), row["jurisdiction"]))
    nff = {_state(row): NffLine(state=_state(row), standing=row["nff"], evidence=row["nff_evidence"]) for row in rows}
    lines = [_line(row, submissions=released_cells.get(row["jurisdiction"])) for row in rows if row["agencies"]]
    return CoveragePage(
        month=chosen, months=released, lines=tuple(lines), nff=tuple(nff.values()), counts=counts,
        without=tuple(row["jurisdiction"] for row in rows if not row["agencies"]),
    )  # fmt: skip


def _state(row: dict[str, Any]) -> str:
    return str(row["jurisdiction"]).rpartition(", ")[2]


def _line(row: dict[str, Any], *, submissions: int | None) -> CoverageLine:
    shown = submissions is not None
    return CoverageLine(
        place=row["jurisdiction"], agencies=row["agencies"], active=row["agencies_active"],
        reported=row["agencies_that_reported"], sent=row["agencies_that_sent"] if shown else None, submissions=submissions,
        made=_count(row["bookings_made"], shown), kept=_count(row["not_forwarded"], shown),
    )  # fmt: skip


def _count(value: int | str, shown: bool) -> int | None:
    """The count where it may stand here; `coverage` has words for what is withheld or was not reported."""
    return value if shown and isinstance(value, int) else None
