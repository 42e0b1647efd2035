"""A single print before it is laid into a slap: where its ink is, which part of it is the fingertip, and how it leans."""

from __future__ import annotations

import math
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.model.prints import Pixels

FINGERTIP: Final = 1.6
"""Length over width at which a single print is cut: what it shows below its crease is left out, since nobody has marked where that is.

Set by: boxed fingers of two inked cards of 25 persons have 1.5 in the middle.
"""

LEAN_DEG: Final = 30
"""Most that a single print leans in its own picture, degrees to both sides. Set by: of 320 prints of four FVC sets one leans more."""

SMALLER: Final = 0.97
"""Area of the smallest rectangle around a print over that of the upright one from which its direction is that rectangle's. Set by: less
is the roughness of the rim of a round print.
"""

Mask: TypeAlias = NDArray[np.bool_]


def ink_mask(pixels: Pixels) -> Mask:
    """Where a single print has ink: squares of 8 px with contrast, the largest connected lot of them, without holes."""
    rows, columns = pixels.shape
    filled = np.pad(pixels, ((0, -rows % 8), (0, -columns % 8)), mode="edge").astype(np.float32)
    cells = filled.reshape(filled.shape[0] // 8, 8, filled.shape[1] // 8, 8).std(axis=(1, 3))
    strong = cells > max(12.0, 0.3 * float(np.percentile(cells, 90)))
    around = np.pad(strong.astype(np.int64), 1)
    count = sum(around[i : i + strong.shape[0], j : j + strong.shape[1]] for i in range(3) for j in range(3))
    strong = _largest(np.asarray(count) >= 5)
    strong = _spanned(strong) & _spanned(strong.T).T
    return np.asarray(np.kron(strong, np.ones((8, 8), bool))[:rows, :columns], dtype=np.bool_)


def fingertip(mask: Mask) -> tuple[Mask, float]:
    """The ink of a single print down to `FINGERTIP` of its width, and how far it leans in its picture, radians clockwise."""
    y, x = np.nonzero(mask ^ _shrunk(mask))
    leans = sorted(range(-LEAN_DEG, LEAN_DEG + 1), key=abs)
    areas = []
    for lean in leans:
        u, v = in_own_frame(x, y, math.radians(lean))
        areas.append(float(np.ptp(u) + 1) * float(np.ptp(v) + 1))
    best = int(np.argmin(areas))
    turn = math.radians(leans[best]) if areas[best] < SMALLER * areas[0] else 0.0
    y, x = np.nonzero(mask)
    u, v = in_own_frame(x, y, turn)
    wide = float(np.percentile(np.bincount((v - v.min()).astype(np.int64)), 90))
    keep = v <= v.min() + FINGERTIP * wide
    tip = np.zeros_like(mask)
    tip[y[keep], x[keep]] = True
    return tip, turn


def _shrunk(mask: Mask) -> Mask:
    """Without the outermost pixels."""
    p = np.pad(mask, 1)
    return np.asarray(p[1:-1, 1:-1] & p[:-2, 1:-1] & p[2:, 1:-1] & p[1:-1, :-2] & p[1:-1, 2:], dtype=np.bool_)


def in_own_frame(x: NDArray[Any], y: NDArray[Any], turn: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Across, and along from tip to base, in a direction turned clockwise."""
    cos, sin = math.cos(turn), math.sin(turn)
    return cos * x + sin * y, cos * y - sin * x


def _spanned(marked: Mask) -> Mask:
    """Every row marked from its first to its last mark."""
    forward, backward = np.maximum.accumulate(marked, axis=1), np.maximum.accumulate(marked[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(forward & backward, dtype=np.bool_)


def _largest(marked: Mask) -> Mask:
    """The largest four-connected lot of marked cells."""
    labels = np.where(marked, np.arange(1, marked.size + 1).reshape(marked.shape), 0)
    while True:
        grown = np.pad(labels, 1)
        best = np.maximum.reduce(
            [grown[1:-1, 1:-1], grown[:-2, 1:-1], grown[2:, 1:-1], grown[1:-1, :-2], grown[1:-1, 2:]]
        )
        best = np.where(marked, best, 0)
        if np.array_equal(best, labels):
            break
        labels = best
    if not labels.any():
        return marked
    values, counts = np.unique(labels[labels > 0], return_counts=True)
    return np.asarray(labels == values[np.argmax(counts)], dtype=np.bool_)


def extent(mask: Mask) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is marked; right and bottom excluded."""
    y, x = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(x[0]), int(y[0]), int(x[-1]) + 1, int(y[-1]) + 1
