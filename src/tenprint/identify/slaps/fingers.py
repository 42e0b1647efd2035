"""From a finger's cells to its place: what hangs on at its sides is trimmed, a middle phalanx cut off at the crease."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.slaps.foreground import CELL_PX, STEP, Field
from tenprint.identify.slaps.hand import Piece, softened

LONG: Final = 1.3
"""Length over width from which a crease is looked for. Set by: the tips of boxed fingers on NIST's card reach 1.3 to 1.7."""

LONGEST: Final = 2.1
"""Length over width that no fingertip exceeds; without a crease it is cut at `UNCREASED`."""

UNCREASED: Final = 1.85
"""Length over width at which a longer finger without a crease is cut. Set by: above the 1.5 of boxed fingers, since a crease that was
there would mostly have been seen; right where the truth is 1.6 to 2.1 of a finger 270 px wide. With 1.6 four of 192 inked fingers were
cut too short, with 1.85 two.
"""

CREASE: Final = 0.45
"""Ink of a crease's row over that of the rows on both sides, at most. Set by: composed slaps with middle phalanges."""

END: Final = 0.25
"""Ink of a row over the usual, from which on the fingertip has ended, whatever follows. Set by: as `CREASE`."""

SLIT: Final = 0.3
"""Grey steps between neighbours along a crease over those of the finger above and of what follows below, at most. Set by: creases
of 14 to 50 px before middle phalanges have 0.01 to 0.3, and 95 in 100 fingertips have no line across them of less than 0.4.
"""

ASIDE: Final = 0.15
"""Share of the width at each side that a slit is not looked for in. Set by: a finger's ends are round."""

AFTER: Final = 10
"""Rows of ridged skin that must follow a slit, rows of 2 px. Set by: 20 px, two ridges."""

SLANTS: Final = tuple(math.radians(degrees) for degrees in range(-12, 13, 3))
"""Directions in which a crease may run, radians from square across the finger. Set by: twice the middle error of a finger's own
direction on the worst of four FVC sets (6 degrees).
"""

SKIN_CELLS: Final = 17.0
"""Most that is skin below the crease rather than a middle phalanx, cells. Set by: 136 px, 7 mm; prints of single fingers that go on
below their crease do so for 90 to 130 px, and middle phalanges are 20 mm long.
"""

BELOW_SLIT_CELLS: Final = 14.0
"""The same below a slit that is whiter than a crease, cells. Set by: 112 px, of which half is within the tolerance of 64."""

BELOW_CELLS: Final = 3.0
"""How far below its crease, and half as far below its last ink, a fingertip's box ends, cells. Set by: people box fingers 10 to
25 px below their ink, and some with the skin below the crease.
"""

RIM: Final = 0.1
"""Share of the usual ink that an outer row (or column) must have to be the finger's. Set by: tight on composed slaps of ink."""

RIM_BESIDE: Final = 0.25
"""The same for a finger that was cut out of a patch of several: cells of its neighbour's rim that were taken for its own are few in a
column. Set by: of 660 fingers of composed slaps 95.8 % were in their place with 0.1, 97.1 % with 0.25, 96.4 % with 0.55.
"""

MARGIN_CELLS: Final = 1.0
"""Added on every side, cells. Set by: 8 px; people box fingers 20 to 45 px outside their ink, machines on it, and both are right within 32."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """box: left, top, right, bottom in cells of the picture; corners: in cells; turn: radians clockwise; left_out: share of the
    piece's cells that do not lie in it; reasons: codes.
    """

    box: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...]
    turn: float
    length: float
    width: float
    left_out: float
    reasons: tuple[str, ...]


def place(piece: Piece, turn: float, steps: Field) -> Place:
    """The place of a piece, in its own direction: ``turn`` of the hand and its own tilt.

    steps: how much neighbouring pixels differ, of the picture at 250 ppi.
    """
    own = turn + piece.tilt
    cos, sin = math.cos(own), math.sin(own)
    u, v = cos * piece.x + sin * piece.y, cos * piece.y - sin * piece.x
    reasons: list[str] = []
    beside = RIM_BESIDE if piece.cut else RIM
    keep = np.ones(len(u), np.bool_)
    for _ in range(2):  # the first cut changes what is usual
        low, high = _trimmed(v[keep], piece.weight[keep], RIM)
        keep &= (v >= low) & (v <= high)
        left, right = _trimmed(u[keep], piece.weight[keep], beside)
        keep &= (u >= left) & (u <= right)
    slit = _slit(steps, own, (left, float(v[keep].min()), right + 1, float(v[keep].max()) + 1))
    if slit is not None:
        start = float(v[keep].min())
        rest = float(v[keep].max()) + 1 - slit
        keep &= v <= (_end(slit - start, slit - start + rest) + start if rest <= BELOW_SLIT_CELLS else slit)
    base = _base(piece.weight[keep], v[keep], right - left + 1, reasons)
    keep &= v <= base
    left, right = _trimmed(u[keep], piece.weight[keep], beside)
    keep &= (u >= left) & (u <= right)
    u, v, x, y = u[keep], v[keep], piece.x[keep], piece.y[keep]
    m = MARGIN_CELLS
    ends = (float(u.min()) - m, float(v.min()) - m, float(u.max()) + 1 + m, float(v.max()) + 1 + m + BELOW_CELLS / 2)
    corners = tuple(
        (cos * a - sin * b, sin * a + cos * b)
        for a, b in ((ends[0], ends[1]), (ends[2], ends[1]), (ends[2], ends[3]), (ends[0], ends[3]))
    )
    box = (float(x.min()) - m, float(y.min()) - m, float(x.max()) + 1 + m, float(y.max()) + 1 + m)
    return Place(box, corners, own, ends[3] - ends[1], ends[2] - ends[0], 1 - float(keep.mean()), tuple(reasons))


def _trimmed(along: NDArray[np.float64], weight: NDArray[np.float32], rim: float) -> tuple[float, float]:
    """From where to where the rows (or columns) have as much ink as a finger's."""
    start = float(along.min())
    ink = np.bincount(np.floor(along - start).astype(np.int64), weights=weight.astype(np.float64))
    full = np.flatnonzero(ink >= rim * np.percentile(ink, 75))
    return start + float(full[0]), start + float(full[-1]) + 1


def _base(weight: NDArray[np.float32], v: NDArray[np.float64], width: float, reasons: list[str]) -> float:
    """The last row of the fingertip, counted along v."""
    start = float(v.min())
    row = np.floor(v - start).astype(np.int64)
    ink = softened(np.bincount(row, weights=weight.astype(np.float64)))
    length = len(ink)
    usual = float(np.median(ink[: max(8, round(width))]))
    first, last = round(0.8 * width), min(length - 3, round(LONGEST * width))
    faint = np.flatnonzero(ink[first:] < END * usual)
    if len(faint) and first + faint[0] < length - 3:
        return start + _end(first + int(faint[0]), length)
    if length > LONG * width and last > first:
        found = first + int(np.argmin(ink[first:last]))
        above, below = float(np.median(ink[:found])), float(ink[found:].max())
        if ink[found] < CREASE * min(above, below):
            return start + _end(found, length)
    if length > LONGEST * width:
        reasons.append("no_crease")
        return start + _end(round(UNCREASED * width), length)
    return start + length


def _end(crease: float, length: float) -> float:
    """Where a box ends that holds a crease: just below it; half-way down what follows where that is skin and no middle phalanx, since
    some people box it and others do not.
    """
    rest = length - crease
    if rest <= SKIN_CELLS:
        return max(crease + rest / 2 - MARGIN_CELLS - BELOW_CELLS / 2, float(crease))
    return crease + BELOW_CELLS


def _slit(steps: Field, turn: float, around: tuple[float, float, float, float]) -> float | None:
    """The row, in cells along the finger, of a white slit right across it, below which there is ridged skin again; None without one.

    around: left, top, right, bottom in the finger's direction, cells. Rows are half a pixel of `STEP` apart finer than cells, so that
    a slit of 14 px that runs across them at a slant is seen.
    """
    left, top, right, bottom = around
    width, length = right - left, bottom - top
    fine = CELL_PX // STEP
    first, last = round(0.8 * width * fine), min(round(length * fine) - AFTER, round(LONGEST * width * fine))
    if last <= first:
        return None
    across = np.arange(left + ASIDE * width, right - ASIDE * width, 1 / fine)
    along = np.arange(top, bottom, 1 / fine)
    cos, sin = math.cos(turn), math.sin(turn)
    least, found = SLIT, None
    for slant in SLANTS:
        v = along[:, None] + math.tan(slant) * (across - (left + right) / 2)
        x = ((cos * across - sin * v + 0.5) * fine).astype(np.int64)
        y = ((sin * across + cos * v + 0.5) * fine).astype(np.int64)
        inside = (x >= 0) & (y >= 0) & (x < steps.shape[1]) & (y < steps.shape[0])
        rows = (steps[np.where(inside, y, 0), np.where(inside, x, 0)] * inside).sum(axis=1) / np.maximum(
            inside.sum(axis=1), 1
        )
        rows = _mean_of(rows, 5)
        usual = float(np.median(rows[: round(width * fine)]))
        after = np.maximum.accumulate(_mean_of(rows, AFTER)[::-1])[::-1]
        below = after[first + AFTER // 2 : last + AFTER // 2]
        ratio = rows[first:last] / np.maximum(np.minimum(usual, below), 1e-6)
        ratio[below < END * usual] = math.inf
        lowest = int(np.argmin(ratio))
        if ratio[lowest] < least:
            least, found = float(ratio[lowest]), top + (first + lowest) / fine
    return found


def _mean_of(values: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """The mean of that many neighbours; the ends go on."""
    before = number // 2
    total = np.cumsum(np.pad(values, (before + 1, number - 1 - before), mode="edge"))
    return np.asarray((total[number:] - total[:-number]) / number, dtype=np.float64)
