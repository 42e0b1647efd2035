"""Where in an image anything could be a print: what lies outside costs the network time and gives nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tenprint.model.prints import Pixels

CELL_PX = 16
"""Side of the squares whose contrast is looked at, and the margin left around the box, pixels at 500 ppi.

Set by: nearly two ridge periods, so that a cell of a print always holds both ridge and valley.
"""

LEAST_CONTRAST = 5.0
"""Standard deviation of grey levels above which a cell may hold ridges.

Set by: no minutia of quality 45 or more of 638 research prints (three FVC B sets, MINEX III) lies outside the box.
"""

CONTRAST_SHARE = 0.1
"""Or this share of the contrast that the best tenth of the cells reach, if more. Set by: as `LEAST_CONTRAST`."""

LEAST_NEIGHBOURS = 4
"""Cells with contrast among the nine of a 3×3 square, itself included, from which a cell counts.

Set by: as `LEAST_CONTRAST`; specks of dust have fewer.
"""

MULTIPLE_PX = 32
"""The box grows to a multiple of this where the image has room, so that real pixels stand where padding would.

Source: the network's input is padded to it.
"""


def printed_area(pixels: Pixels) -> tuple[slice, slice]:
    """Rows and columns of the smallest box that holds every cell with ridge-like contrast, with a margin of 16 px.

    Deliberately loose: nothing inside the box is blanked, and a faint or blank image is taken whole. Cropping to it
    changes about one minutia in a hundred, because the network is not shift-invariant.
    """
    rows, columns = pixels.shape
    marked = _marked(pixels)
    if not marked.any():
        return slice(0, rows), slice(0, columns)
    return _span(np.flatnonzero(marked.any(axis=1)), rows), _span(np.flatnonzero(marked.any(axis=0)), columns)


def _marked(pixels: Pixels) -> NDArray[np.bool_]:
    """For each 16×16 cell whether it and its neighbours have contrast; the last of a row is filled up with its edge."""
    rows, columns = pixels.shape
    filled = np.pad(pixels, ((0, -rows % CELL_PX), (0, -columns % CELL_PX)), mode="edge")
    cells = filled.reshape(filled.shape[0] // CELL_PX, CELL_PX, filled.shape[1] // CELL_PX, CELL_PX)
    contrast = cells.std(axis=(1, 3))
    strong: NDArray[np.bool_] = contrast > max(LEAST_CONTRAST, CONTRAST_SHARE * float(np.percentile(contrast, 90)))
    around = np.pad(strong.astype(np.int64), 1)
    down, across = strong.shape
    count = np.zeros_like(strong, dtype=np.int64)
    for i in range(3):
        for j in range(3):
            count += around[i : i + down, j : j + across]
    enough: NDArray[np.bool_] = count >= LEAST_NEIGHBOURS
    return strong & enough


def _span(cells: NDArray[np.intp], length: int) -> slice:
    """From the first to the last marked cell, with margin, within the image; a multiple of 32 where there is room."""
    start = max(0, int(cells[0]) * CELL_PX - CELL_PX)
    stop = min(length, (int(cells[-1]) + 1) * CELL_PX + CELL_PX)
    missing = -(stop - start) % MULTIPLE_PX
    later = min(missing, length - stop)
    return slice(max(0, start - (missing - later)), stop + later)
