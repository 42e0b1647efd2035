"""What can be measured of one print before any minutia is looked for: where ridges are, how clear, how dark, how thick.

Every number is of the 500 ppi grid and needs about 10 ms; the same pixels give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.extract.area import CELL_PX, LEAST_CONTRAST
from tenprint.model.prints import Pixels
from tenprint.units import GRID_PPI

Cells: TypeAlias = NDArray[np.float32]
"""A value for each 16×16 cell, (rows, columns); the last of a row or column is filled up with the image's edge."""

RIDGE_COHERENCE = 0.30
"""Least coherence of a cell that shows ridges, 0 no direction to 1 one direction.

Set by: white noise stays below 0.16 in 999 of 1000 cells, noise blurred to the width of ridges (Gaussian of 3 px) below
0.30 in 95 of 100; dry and faint research prints (FVC 2002 DB3, MINEX III) have a median of 0.37 to 0.43.
"""

RIDGE_CONTRAST = 7.0
"""Least standard deviation of grey levels in a cell that shows ridges. Set by: the faintest ink prints of MINEX III."""

CELL_MM2 = (CELL_PX * 25.4 / GRID_PPI) ** 2
"""Area of a cell, mm²: 0.66."""

SAMPLE_PX = 2
"""Every second row and column stand for a cell where its black and white are looked for: 64 of 256 pixels.

Set by: a quarter of the time, the same shares within 0.01 on research prints.
"""

PASSED_OVER = 3
"""Of those 64 the darkest and lightest that are passed over, so that a speck is not a cell's black or white.

Set by: one in twenty, as percentiles of grey levels are usually cut.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Maps of cells, and what follows from them for the whole print.

    contrast: standard deviation of grey levels. coherence: 0 to 1. orientation: of the ridges, radians from 0 to pi,
    counter-clockwise from +x with y up. grey: mean. dark: share of pixels darker than halfway between the cell's black
    and white. ridges: cells that show ridges. inked: cells that show anything.
    """

    contrast: Cells
    coherence: Cells
    orientation: Cells
    grey: Cells
    dark: Cells
    ridges: NDArray[np.bool_]
    inked: NDArray[np.bool_]

    @property
    def area_mm2(self) -> float:
        """Area with ridges, mm²."""
        return float(np.count_nonzero(self.ridges)) * CELL_MM2

    @property
    def clarity(self) -> float:
        """Share of the inked cells that show ridges, 0 to 1; 0 for a blank image."""
        inked = int(np.count_nonzero(self.inked))
        return np.count_nonzero(self.ridges & self.inked) / inked if inked else 0.0

    def over_ridges(self, cells: Cells) -> float:
        """Mean of a map over the cells that show ridges; 0 where there is none."""
        return float(cells[self.ridges].astype(np.float64).mean()) if self.ridges.any() else 0.0


STROKE: Final = 0.84
"""Length of a drawn stroke, a part of a cell's side. Set by: neighbours don't touch."""


def strokes(measures: Measures) -> Iterator[tuple[float, float, float, float]]:
    """A line along the ridges in every cell that shows them, to draw: x1, y1, x2, y2 in pixels at 500 ppi."""
    half = STROKE * CELL_PX / 2
    for row, column in zip(*measures.ridges.nonzero(), strict=True):
        turn = float(measures.orientation[row, column])
        x, y = (column + 0.5) * CELL_PX, (row + 0.5) * CELL_PX
        across, up = half * math.cos(turn), half * math.sin(turn)
        yield x - across, y + up, x + across, y - up


def measure(pixels: Pixels) -> Measures:
    """The measures of an image on the 500 ppi grid, (rows, columns) uint8 with at least one pixel."""
    grey = pixels.astype(np.float32)
    cells = _cells(grey)
    contrast = cells.std(axis=-1)
    orientation, coherence = _flow(grey)
    sample = _cells(grey[::SAMPLE_PX, ::SAMPLE_PX], CELL_PX // SAMPLE_PX)
    ordered = np.partition(sample, (PASSED_OVER, -1 - PASSED_OVER), axis=-1)
    middle = (ordered[..., PASSED_OVER] + ordered[..., -1 - PASSED_OVER]) / 2
    inked = contrast > LEAST_CONTRAST
    ridges = _settled((contrast > RIDGE_CONTRAST) & (coherence > RIDGE_COHERENCE))
    return Measures(
        contrast=contrast,
        coherence=coherence,
        orientation=orientation,
        grey=cells.mean(axis=-1),
        dark=(sample < middle[..., None]).mean(axis=-1, dtype=np.float32),
        ridges=ridges,
        inked=_settled(inked) | ridges,
    )


def _cells(values: NDArray[np.float32], side: int = CELL_PX) -> NDArray[np.float32]:
    """(cell rows, cell columns, side * side) of an image."""
    rows, columns = values.shape
    filled = np.pad(values, ((0, -rows % side), (0, -columns % side)), mode="edge")
    down, across = filled.shape[0] // side, filled.shape[1] // side
    split = filled.reshape(down, side, across, side).transpose(0, 2, 1, 3)
    return np.ascontiguousarray(split).reshape(down, across, side * side)


def _flow(grey: NDArray[np.float32]) -> tuple[Cells, Cells]:
    """Orientation of the ridges and its coherence, from squared gradients (Kass and Witkin 1987) over 3×3 cells."""
    padded = np.pad(_softened(grey), 1, mode="edge")
    right = padded[1:-1, 2:] - padded[1:-1, :-2]
    up = padded[:-2, 1:-1] - padded[2:, 1:-1]
    across = _around(_cells(right * right - up * up).sum(axis=-1))
    both = _around(_cells(2 * right * up).sum(axis=-1))
    energy = _around(_cells(right * right + up * up).sum(axis=-1))
    strength = np.sqrt(across * across + both * both)
    coherence = np.where(energy > 0, strength / np.maximum(energy, 1), 0).astype(np.float32)
    orientation = np.mod(np.arctan2(both, across) / 2 + np.pi / 2, np.pi).astype(np.float32)
    return orientation, coherence


def _softened(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each pixel as the mean of 3×3: the grain of paper and scanner goes, ridges of 5 px and more stay."""
    padded = np.pad(grey, 1, mode="edge")
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    mean: NDArray[np.float32] = (across[:-2] + across[1:-1] + across[2:]) / 9
    return mean


def _around(values: Cells) -> Cells:
    """Each cell with its neighbours, weights 1, 2, 1 down and across."""
    padded = np.pad(values, 1)
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    total: Cells = across[:-2] + 2 * across[1:-1] + across[2:]
    return total


def _settled(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Marked by the majority of the 3×3 cells around: specks go, pinholes close."""
    padded = np.pad(marked.astype(np.int8), 1)
    down, across = marked.shape
    count = sum(padded[i : i + down, j : j + across] for i in range(3) for j in range(3))
    return np.asarray(count >= 5)
