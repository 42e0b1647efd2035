"""Where in a slap there are ridges: contrast that swings as fast as ridges do, in patches as broad as a finger.

Paper, smudges, punched holes and shadows swing slower, a scanner's noise faster; text, lines and handwriting are narrow.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.model.prints import Pixels

CELL_PX: Final = 8
"""Side of the squares that are told apart, pixels at 500 ppi. Set by: a quarter of the tolerance of a box's short side (32)."""

STEP: Final = 2
"""Pixels at 500 ppi averaged to one, on each side, before anything is measured. Set by: ridges keep four to five pixels."""

SWING: Final = (0.85, 3.2)
"""Least and most mean square difference of neighbouring pixels, both directions together, over variance, of a patch of ridges.

Source: a wave of 4.5 pixels has 1.7; a lone pen stroke of 3 pixels under 1; uncorrelated noise 4. Set by: composed slaps.
"""

LEAST_DEVIATION: Final = 4.0
"""Standard deviation of grey levels below which no patch is ridges, after averaging. Set by: faint ink of the reference cards."""

LEAST_SHARE: Final = 0.22
"""Or this share of the deviation that the better patches of ridges have, if more. Set by: composed slaps."""

BROAD: Final = 7
"""Side of the window in cells of which most must be ridges. Set by: 56 px, more than text is high, less than half a finger."""

MOST: Final = 0.55
"""That share of the window. Set by: a straight edge of a finger has just over half."""

GAP: Final = 0.3
"""Deviation along a gap over that around it, at most. Set by: composed slaps with creases of 14 to 50 px."""

Mask: TypeAlias = NDArray[np.bool_]
Field: TypeAlias = NDArray[np.float32]


def reduced(pixels: Pixels, factor: int) -> Field:
    """The mean of every ``factor`` × ``factor`` square; rows and columns left over at the right and bottom are left out."""
    rows, columns = pixels.shape[0] // factor, pixels.shape[1] // factor
    cut = pixels[: rows * factor, : columns * factor]
    down = np.zeros((rows, columns * factor), np.uint16)
    for n in range(factor):
        down += cut[n::factor]
    across = np.zeros((rows, columns), np.uint16)
    for n in range(factor):
        across += down[:, n::factor]
    return across.astype(np.float32) / np.float32(factor * factor)


def ridge_cells(small: Field) -> tuple[Mask, Field]:
    """From an image at 250 ppi, per cell of 8 px at 500 ppi: whether it is of a broad patch of ridges, and its own deviation."""
    across, down = np.diff(small, axis=1, append=small[:, -1:]), np.diff(small, axis=0, append=small[-1:])
    level, square = _cells(small), _cells(small * small)
    own = np.sqrt(np.maximum(square - level * level, 0))
    mean = _smooth(level)
    variance = np.maximum(_smooth(square) - mean * mean, 0)
    motion = _smooth(_cells(across * across + down * down))
    swing = motion / np.maximum(variance, np.float32(1e-3))
    deviation = np.sqrt(variance)
    like = (swing > SWING[0]) & (swing < SWING[1])
    fair = like & (deviation > LEAST_DEVIATION)
    usual = float(np.percentile(deviation[fair], 80)) if fair.any() else 0.0
    raw = like & (deviation > max(LEAST_DEVIATION, LEAST_SHARE * usual)) & ~_gaps(own, deviation)
    broad = _share(raw, BROAD) > MOST
    kept = _share(broad, 5) > 0.01  # two cells around a broad patch, so that its rim comes back
    return kept & raw, own


def steps(small: Field) -> Field:
    """How much each pixel differs from the next ones to its right and below, grey levels, both together."""
    across, down = np.diff(small, axis=1, append=small[:, -1:]), np.diff(small, axis=0, append=small[-1:])
    return np.asarray(np.abs(across) + np.abs(down), dtype=np.float32)


def _gaps(own: Field, deviation: Field) -> Mask:
    """Cells on a line of five, in one of four directions, that are white beside what is around: creases, and gaps of fingers."""
    around = np.pad(own, 2, mode="edge")
    rows, columns = own.shape
    least = np.full_like(own, np.inf)
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        line = np.zeros_like(own)
        for n in range(-2, 3):
            line += around[2 + n * down : 2 + n * down + rows, 2 + n * right : 2 + n * right + columns]
        np.minimum(least, line / 5, out=least)
    return np.asarray(least < GAP * _smooth(deviation), dtype=np.bool_)


def _cells(values: Field) -> Field:
    """The mean of every cell."""
    side = CELL_PX // STEP
    rows, columns = values.shape[0] // side, values.shape[1] // side
    cut = values[: rows * side, : columns * side]
    return np.asarray(cut.reshape(rows, side, columns, side).mean(axis=(1, 3)), dtype=np.float32)


def _smooth(cells: Field) -> Field:
    """Weighted 1, 2, 1 across and down: a window of about 20 px, two ridges."""
    padded = np.pad(cells, 1, mode="edge")
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return np.asarray((across[:-2] + 2 * across[1:-1] + across[2:]) / 16, dtype=np.float32)


def _share(marked: Mask, side: int) -> Field:
    """The share of marked cells in the window around each cell; outside the picture counts as unmarked."""
    half = side // 2
    total = np.pad(marked.astype(np.int32), ((half + 1, half), (half + 1, half))).cumsum(axis=0).cumsum(axis=1)
    found = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    return np.asarray(found / np.float32(side * side), dtype=np.float32)
