"""From a finger's cells to its place: what hangs on at its sides is trimmed, a middle phalanx cut off at the crease."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.slaps.hand import Piece, softened

LONG: Final = 1.3
"""Length over width from which a crease is looked for. Set by: the tips of boxed fingers on NIST's card reach 1.3 to 1.7."""

LONGEST: Final = 2.1
"""Length over width that no fingertip exceeds; without a crease it is cut at `USUAL`."""

USUAL: Final = 1.6
"""Length over width of a fingertip with its crease. Set by: boxed fingers of two inked cards of 25 persons (median 1.5)."""

CREASE: Final = 0.45
"""Ink of a crease's row over that of the rows on both sides, at most. Set by: composed slaps with middle phalanges."""

END: Final = 0.25
"""Ink of a row over the usual, from which on the fingertip has ended, whatever follows. Set by: as `CREASE`."""

BELOW_CELLS: Final = 3.0
"""How far below its crease, and half as far below its last ink, a fingertip's box ends, cells. Set by: people box fingers 10 to
25 px below their ink, and some with the skin below the crease.
"""

RIM: Final = 0.1
"""Share of the usual ink that an outer row (or column) must have to be the finger's. Set by: tight on composed slaps of ink."""

MARGIN_CELLS: Final = 0.75
"""Added on every side, cells. Set by: 6 px; people box fingers about 20 px outside their ink, machines on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """box: left, top, right, bottom in cells of the picture; corners: in cells; turn: radians clockwise; reasons: codes."""

    box: tuple[float, float, float, float]
    corners: tuple[tuple[float, float], ...]
    turn: float
    length: float
    width: float
    reasons: tuple[str, ...]


def place(piece: Piece, turn: float) -> Place:
    """The place of a piece, in its own direction: ``turn`` of the hand and its own tilt."""
    own = turn + piece.tilt
    cos, sin = math.cos(own), math.sin(own)
    u, v = cos * piece.x + sin * piece.y, cos * piece.y - sin * piece.x
    reasons: list[str] = []
    keep = np.ones(len(u), np.bool_)
    for _ in range(2):  # the first cut changes what is usual
        low, high = _trimmed(v[keep], piece.weight[keep])
        keep &= (v >= low) & (v <= high)
        left, right = _trimmed(u[keep], piece.weight[keep])
        keep &= (u >= left) & (u <= right)
    base = _base(piece.weight[keep], v[keep], right - left + 1, reasons)
    keep &= v <= base
    left, right = _trimmed(u[keep], piece.weight[keep])
    keep &= (u >= left) & (u <= right)
    u, v, x, y = u[keep], v[keep], piece.x[keep], piece.y[keep]
    m = MARGIN_CELLS
    ends = (float(u.min()) - m, float(v.min()) - m, float(u.max()) + 1 + m, float(v.max()) + 1 + m + BELOW_CELLS / 2)
    corners = tuple(
        (cos * a - sin * b, sin * a + cos * b)
        for a, b in ((ends[0], ends[1]), (ends[2], ends[1]), (ends[2], ends[3]), (ends[0], ends[3]))
    )
    box = (float(x.min()) - m, float(y.min()) - m, float(x.max()) + 1 + m, float(y.max()) + 1 + m)
    return Place(box, corners, own, ends[3] - ends[1], ends[2] - ends[0], tuple(reasons))


def _trimmed(along: NDArray[np.float64], weight: NDArray[np.float32]) -> tuple[float, float]:
    """From where to where the rows (or columns) have as much ink as a finger's."""
    start = float(along.min())
    ink = np.bincount(np.floor(along - start).astype(np.int64), weights=weight.astype(np.float64))
    full = np.flatnonzero(ink >= RIM * np.percentile(ink, 75))
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
        return start + first + float(faint[0]) + BELOW_CELLS
    if length > LONG * width and last > first:
        found = first + int(np.argmin(ink[first:last]))
        above, below = float(np.median(ink[:found])), float(ink[found:].max())
        if ink[found] < CREASE * min(above, below):
            return start + found + BELOW_CELLS
    if length > LONGEST * width:
        reasons.append("no_crease")
        return start + USUAL * width
    return start + length
