"""Charts as shapes that a template draws: bars with their numbers, and hatching where a number is not shown.

Nothing is left to the browser: no script, no fonts, the same picture on paper. The numbers stand in the table beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.workflow.views.publications import Cell, Line, Publication

ROW: Final = 48
"""Height of one bar with its name above it, in units of the drawing."""

NAME: Final = 20
"""Height of the name's line."""

WIDTH: Final = 460
"""Width of the drawing; it scales with the page, and a phone shows it at three quarters."""

NUMBERS: Final = 84
"""Width that the numbers take at the end of the bars."""

FOOT: Final = 22
"""Height of the scale below the bars."""

MOST_BARS: Final = 12
"""Bars in a chart of places: the largest. Set by: what can be read on a phone; the table has all."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. width: of the part that is certain; open_x, open_width: of the part that the rows leave open (hatched).

    shown: the number, a range, or the mark. level: name of its colour.
    """

    label: str
    y: int
    width: float
    open_x: float
    open_width: float
    shown: str
    level: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing. name: its key in the catalogue; ticks: (x, number) of the scale."""

    name: str
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]
    width: int = WIDTH


def charts_of(published: Publication, labels: dict[str, str]) -> tuple[Chart, ...]:
    """The charts of a month: the path from submission to removal, matches by level, removals by level, and by place.

    labels: column or place -> what it is called.
    """
    nation = published.nation
    path = ("submissions", "immigration_searches", "matches", "arrests", "removals_and_returns")
    matches = ("matches_level_1", "matches_level_2_3", "matches_other")
    removals = (
        "removals_level_1",
        "removals_level_2",
        "removals_level_3",
        "removals_no_known_conviction",
        "removals_other",
    )
    found = [
        _chart("path", [(labels[c], nation.cells[c], "flow") for c in path if c in labels]),
        _chart(
            "matches", [(labels[c], nation.cells[c], f"level-{n}") for n, c in enumerate(matches, 1) if c in labels]
        ),
        _chart(
            "removals", [(labels[c], nation.cells[c], f"level-{n}") for n, c in enumerate(removals, 1) if c in labels]
        ),
    ]
    places = _largest(published.lines)
    if places:
        found.append(_chart("places", [(line.name, line.cells["submissions"], "flow") for line in places]))
    return tuple(found)


def _largest(lines: Sequence[Line]) -> list[Line]:
    shown = [line for line in lines if line.kind == "place" and line.cells["submissions"].value is not None]
    return sorted(shown, key=lambda line: (-(line.cells["submissions"].value or 0), line.name))[:MOST_BARS]


def _chart(name: str, rows: Sequence[tuple[str, Cell, str]]) -> Chart:
    top = max([1, *(_end(cell) for _, cell, _ in rows)])
    scale = (WIDTH - NUMBERS) / top
    bars = tuple(_bar(label, cell, level, number, scale) for number, (label, cell, level) in enumerate(rows))
    ticks = tuple((tick * scale, tick) for tick in _ticks(top))
    return Chart(name, len(rows) * ROW + FOOT, bars, ticks)


def _bar(label: str, cell: Cell, level: str, number: int, scale: float) -> Bar:
    y = number * ROW + NAME
    if cell.value is not None:
        return Bar(label, y, cell.value * scale, 0.0, 0.0, f"{cell.value:,}", level)
    low, high = cell.at_least or 0, cell.at_most
    if high is None:
        return Bar(label, y, 0.0, 0.0, 60.0, cell.mark, level)
    return Bar(label, y, low * scale, low * scale, max(2.0, (high - low) * scale), f"{low:,}–{high:,}", level)


def _end(cell: Cell) -> int:
    return cell.value if cell.value is not None else cell.at_most or 0


def _ticks(top: int) -> tuple[int, ...]:
    """Three or four round numbers up to the top."""
    power = 10 ** (len(str(top)) - 1)
    step = next(s for s in (power // 5, power // 2, power, 2 * power, 5 * power) if s and top / s <= 4.5)
    return tuple(range(0, top + 1, step))
