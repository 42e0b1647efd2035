"""Where in an image anything could be a print: what lies outside costs the network time and gives nothing."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.extract.labels import labelled
from tenprint.model.prints import Pixels

Cells: TypeAlias = NDArray[np.bool_]
"""A mark for each 16×16 cell, (rows, columns); the last of a row or column is filled up with the image's edge."""

CELL_PX = 16
"""Side of the squares whose contrast is looked at, and the margin left around the box, pixels at 500 ppi.

Set by: nearly two ridge periods, so that a cell of a print always holds both ridge and valley.
"""

LEAST_CONTRAST = 5.0
"""Standard deviation of grey levels above which a cell may hold ridges.

Set by: none of 28,926 minutiae of quality 45 or more of 718 research prints (four FVC B sets, MINEX III) lies outside the box.
"""

CONTRAST_SHARE = 0.1
"""Or this share of the contrast that the best tenth of the cells reach, if more. Set by: as `LEAST_CONTRAST`."""

LEAST_NEIGHBOURS = 4
"""Cells with contrast among the nine of a 3×3 square, itself included, from which a cell counts.

Set by: as `LEAST_CONTRAST`; specks of dust have fewer.
"""

SWING = (0.6, 3.6)
"""Least and most mean square difference of neighbouring pixels at 250 ppi, across and down together, over a cell's variance, for ridges.

Source: a wave of 4.5 pixels has 1.7, one of 2.5 (a small child) 3.6, a lone pen stroke of 3 pixels under 1, uncorrelated noise 4.
Set by: as `LEAST_CONTRAST`.
"""

LEAST_DEVIATION = 4.0
"""Standard deviation of grey levels of a cell of ridges at 250 ppi. Set by: `LEAST_CONTRAST`, less what the mean of four pixels takes."""

STRONG_SHARE = 0.25
"""Deviation of a cell of ridges over that which the best fifth of such cells reach, at least.

Set by: as `LEAST_CONTRAST`; at 0.2 the grain of a card's paper counts as ridges.
"""

BROAD_CELLS = 5
"""Side of the square of cells of which `BROAD_SHARE` must be ridges. Source: 80 px, more than printed text and lines are wide."""

BROAD_SHARE = 0.6
"""That share. Set by: as `LEAST_CONTRAST`; at 0.7 minutiae of inked prints are lost."""

LEAST_PATCH = 0.15
"""Size of a patch of ridges over that of the largest, from which it belongs to the print.

Set by: as `LEAST_CONTRAST`; a neighbour of which a corner shows is smaller, a print in two parts is not.
"""

SMALLEST_CELLS = 24
"""Cells of the largest patch below which nothing is told apart. Set by: the middle of a print of 120 pixels, 6 mm, has 25."""

RIM_CELLS = 3
"""Cells with contrast so near to a patch belong to it: a print's rim has few neighbours.

Set by: as `LEAST_CONTRAST`; with 2 five minutiae lie outside.
"""

MULTIPLE_PX = 32
"""The box grows to a multiple of this where the image has room, so that real pixels stand where padding would.

Source: the network's input is padded to it.
"""


def printed_area(pixels: Pixels) -> tuple[slice, slice]:
    """Rows and columns of the smallest box around the patches of ridges that are broad enough to be the print, with their
    rim and a margin of 16 px. On a card's form the text, lines, writing and corners of other prints around it stay outside.

    Deliberately loose: nothing inside the box is blanked. Without such a patch the box holds every cell with contrast, and
    a blank image is taken whole. Cropping to it changes about one minutia in a hundred, because the network is not
    shift-invariant.
    """
    rows, columns = pixels.shape
    filled = np.pad(pixels, ((0, -rows % CELL_PX), (0, -columns % CELL_PX)), mode="edge")
    marked = _marked(filled)
    if not marked.any():
        return slice(0, rows), slice(0, columns)
    ridges = _ridges(filled, marked)
    if ridges.any():
        marked = ridges | (marked & (_share(ridges, 2 * RIM_CELLS + 1) > 0))
    return _span(np.flatnonzero(marked.any(axis=1)), rows), _span(np.flatnonzero(marked.any(axis=0)), columns)


def _ridges(filled: Pixels, marked: Cells) -> Cells:
    """The marked cells of the broad patches that swing as fast as ridges do, and of those the large patches; none if all are small."""
    full = filled.astype(np.float32)
    half = (full[::2, ::2] + full[1::2, ::2] + full[::2, 1::2] + full[1::2, 1::2]) / np.float32(4)
    across, down = np.diff(half, axis=1, append=half[:, -1:]), np.diff(half, axis=0, append=half[-1:])
    variance = _cells(half, CELL_PX // 2).var(axis=(1, 3))
    swing = _cells(across * across + down * down, CELL_PX // 2).mean(axis=(1, 3)) / np.maximum(
        variance, np.float32(1e-3)
    )
    deviation = np.sqrt(variance)
    like: Cells = marked & (swing > SWING[0]) & (swing < SWING[1]) & (deviation > LEAST_DEVIATION)
    if not like.any():
        return like
    like &= deviation > STRONG_SHARE * np.percentile(deviation[like], 80)
    labels, count = labelled(like & (_share(like, BROAD_CELLS) > BROAD_SHARE))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sizes[0] = 0
    if sizes.max() < SMALLEST_CELLS:
        return np.zeros_like(like)
    large = sizes >= LEAST_PATCH * sizes.max()
    return np.asarray(large[labels], dtype=np.bool_)


def _cells(values: NDArray[np.generic], side: int) -> NDArray[np.generic]:
    """(cell rows, side, cell columns, side) of an image whose sides are multiples of ``side``."""
    rows, columns = values.shape
    return values.reshape(rows // side, side, columns // side, side)


def _share(marked: Cells, side: int) -> NDArray[np.float64]:
    """The share of marked cells in the square around each cell; outside the image counts as unmarked."""
    half = side // 2
    total = np.pad(marked.astype(np.int64), ((half + 1, half), (half + 1, half))).cumsum(axis=0).cumsum(axis=1)
    found = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    return np.asarray(found / (side * side), dtype=np.float64)


def _marked(filled: Pixels) -> Cells:
    """For each 16×16 cell whether it and its neighbours have contrast."""
    contrast = _cells(filled, CELL_PX).std(axis=(1, 3))
    strong: Cells = contrast > max(LEAST_CONTRAST, CONTRAST_SHARE * float(np.percentile(contrast, 90)))
    return np.asarray(strong & (_share(strong, 3) * 9 > LEAST_NEIGHBOURS - 0.5), dtype=np.bool_)


def _span(cells: NDArray[np.intp], length: int) -> slice:
    """From the first to the last marked cell, with margin, within the image; a multiple of 32 where there is room."""
    start = max(0, int(cells[0]) * CELL_PX - CELL_PX)
    stop = min(length, (int(cells[-1]) + 1) * CELL_PX + CELL_PX)
    missing = -(stop - start) % MULTIPLE_PX
    later = min(missing, length - stop)
    return slice(max(0, start - (missing - later)), stop + later)
