"""Connected patches of cells: found by runs of rows, holes filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.extract.labels import labelled
from tenprint.identify.slaps.foreground import Field, Mask

HOLE_CELLS = 320
"""Largest hole in a finger that is filled, cells. Set by: the punched hole of a card, 8 mm across, has 300."""

LEAST_CELLS = 90
"""Smallest patch that is kept, cells. Set by: a third of the smallest little finger that is cut off by an edge."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Cells that hang together. x, y: columns and rows of the cells; weight: their deviation, grey levels; edges: whether they
    reach the picture's left, top, right and bottom.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    weight: Field
    edges: tuple[bool, bool, bool, bool]


def patches(marked: Mask, deviation: Field) -> list[Patch]:
    """The patches of at least `LEAST_CELLS`, the largest first, their holes filled."""
    filled = marked | _holes(marked)
    labels, count = labelled(filled)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    order = [n for n in np.argsort(-sizes[1:], kind="stable") + 1 if sizes[n] >= LEAST_CELLS]
    found = []
    for n in order:
        y, x = np.nonzero(labels == n)
        edges = (x.min() < 2, y.min() < 2, x.max() > marked.shape[1] - 3, y.max() > marked.shape[0] - 3)
        found.append(Patch(x.astype(np.int64), y.astype(np.int64), deviation[y, x], edges))
    return found


def _holes(marked: Mask) -> Mask:
    """Cells of small unmarked lots that do not reach the picture's edge."""
    labels, count = labelled(~marked)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    small = sizes <= HOLE_CELLS
    small[0] = False
    small[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = False
    return np.asarray(small[labels], dtype=np.bool_)
