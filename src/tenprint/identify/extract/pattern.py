"""Which pattern a print shows: a loop and the side that it opens to, a whorl, or nothing that is sure.

Singular points are found by the Poincaré index of the smoothed direction of ridges (Kawagoe and Tojo 1984; Bazen and Gerez 2002):
around a core the direction turns by half a turn, around a delta by half a turn backwards. The side of a loop is where the ridges run
that leave its core. About a millisecond of a core a print; the same measures give the same pattern. It is no examiner's classification.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.extract.quality_measures import Measures

Flow: TypeAlias = NDArray[np.complex128]
"""A direction for each cell, doubled so that half a turn is none: ``r e^(2it)``, r 0 none to 1 sure; (rows, columns)."""

Place: TypeAlias = tuple[float, float]
"""Row and column, in cells of 16 pixels."""


class Pattern(StrEnum):
    """What a print shows. A left loop opens to the left edge of the image. unsure: an arch, or nothing that can be told."""

    LEFT_LOOP = "left_loop"
    RIGHT_LOOP = "right_loop"
    WHORL = "whorl"
    UNSURE = "unsure"


NEIGHBOURS: Final = 0.6
"""Share of the 5×5 cells around that must show ridges where a singular point is believed. Set by: a core itself is a cell of little
coherence; 0.5 to 0.8 differ by a few prints of 398 (MINEX III validation set, as all figures here)."""

SAME_PLACE: Final = 2.3
"""Cells between a core and a delta below which the two are taken for a fault of the flow, and dropped. Set by: 1.6 to 3.2 were tried;
below 2 pores and cracks count, above 3 tented arches and small loops go."""

LEG: Final = 3.2
"""Radius around a core, in cells, in which the direction of its leg is read. Set by: 2.6 mm, five ridges."""

LEAST_AGREEMENT: Final = 0.7
"""Least length of the mean of the leg's directions, 0 to 1. Set by: cores of clear prints have 0.8 and more."""

DOWNWARD: Final = 0.5
"""Sine of the least slope of a leg that runs down (a loop, the upper core of a whorl) or up (its lower core). Set by: 30°, as prints lean
in slaps."""

STEP: Final = 0.5
"""Step along the ridges, in cells. Set by: the flow is smoothed over three cells."""

STEPS: Final = 80
"""Most steps. Set by: 40 cells are 33 mm, more than a finger is wide."""

LEAST_FLOW: Final = 0.05
"""Length of the smoothed flow below which ridges are not followed any further. Set by: bare ground has 0."""

KINK: Final = math.radians(60)
"""Turn within a step at which the following stops. Set by: ridges do not bend so; two flows meet there."""

BESIDE: Final = 0.8
"""Cells to both sides of the core from which ridges are followed too; all three must tell one side. Set by: of 143 sure loops on
other fingers than the index one opens to the thumb's side then, and that one does; from the core alone two of 149, one of them wrong."""

LEAST_WAY: Final = 5.0
"""Cells from the core that a followed ridge has to get. Set by: 4 mm; 3 and 5 mm differ by a few prints."""

LEAST_SLANT: Final = 0.3
"""Part of that way that must be sideways, 0 to 1: 17° from straight down. Set by: a tented arch runs straight down, and prints lean."""

ACROSS: Final = 0.8
"""Cells by which a delta that is seen must lie on the side that the loop does not open to. Set by: under the core it is a tented arch's."""


@dataclass(frozen=True, slots=True)
class SingularPoints:
    """Where ridges turn back (cores) and where three flows meet (deltas), as far as they are on the print."""

    cores: tuple[Place, ...]
    deltas: tuple[Place, ...]


def pattern_of(measures: Measures) -> Pattern:
    """The pattern of one upright print. Where anything speaks against it, `Pattern.UNSURE`: nothing may be concluded then."""
    flow = _flow(measures)
    points = _singular_points(flow, measures.ridges)
    legs = [(core, leg) for core in points.cores if (leg := _leg(flow, core)) is not None]
    down = [(core, leg) for core, leg in legs if math.sin(leg) < -DOWNWARD]
    if down and any(math.sin(leg) > DOWNWARD for _, leg in legs):
        return Pattern.WHORL
    if len(points.cores) != 1 or len(down) != 1 or len(points.deltas) > 1:
        return Pattern.UNSURE
    core, leg = down[0]
    side = _side(flow, core, leg)
    if not side or any((column - core[1]) * side > -ACROSS for _, column in points.deltas):
        return Pattern.UNSURE
    return Pattern.RIGHT_LOOP if side > 0 else Pattern.LEFT_LOOP


def _flow(measures: Measures) -> Flow:
    """Direction times coherence, each cell with its neighbours, weights 1, 2, 1 down and across."""
    turned = np.exp(2j * measures.orientation.astype(np.float64))
    padded = np.pad(np.where(measures.inked, measures.coherence * turned, 0), 1)
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    smoothed: Flow = (across[:-2] + 2 * across[1:-1] + across[2:]) / 16
    return smoothed


def _singular_points(flow: Flow, ridges: NDArray[np.bool_]) -> SingularPoints:
    angle = np.angle(flow)
    corners = (angle[:-1, :-1], angle[1:, :-1], angle[1:, 1:], angle[:-1, 1:])  # counter-clockwise with y up
    turn = sum(_wrapped(after - before) for before, after in zip(corners, (*corners[1:], corners[0]), strict=True))
    inside = _inside(ridges)
    believed = inside[:-1, :-1] & inside[1:, :-1] & inside[1:, 1:] & inside[:-1, 1:]
    index = np.where(believed, np.rint(np.asarray(turn) / (2 * math.pi)), 0)
    cores: list[Place] = [(row + 0.5, column + 0.5) for row, column in np.argwhere(index > 0).tolist()]
    deltas: list[Place] = [(row + 0.5, column + 0.5) for row, column in np.argwhere(index < 0).tolist()]
    while pairs := [(math.dist(core, delta), core, delta) for core in cores for delta in deltas]:
        apart, core, delta = min(pairs)
        if apart > SAME_PLACE:
            break
        cores.remove(core)
        deltas.remove(delta)
    return SingularPoints(tuple(cores), tuple(deltas))


def _wrapped(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same turn between -pi and pi."""
    wrapped: NDArray[np.float64] = (turn + math.pi) % (2 * math.pi) - math.pi
    return wrapped


def _inside(ridges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells with ridges around them, whether or not they show any: a core itself often shows no one direction."""
    padded = np.pad(ridges.astype(np.int8), 2)
    down, across = ridges.shape
    rows = sum(padded[i : i + down] for i in range(5))
    count = sum(np.asarray(rows)[:, j : j + across] for j in range(5))
    return np.asarray(np.asarray(count) >= 25 * NEIGHBOURS)


def _leg(flow: Flow, core: Place) -> float | None:
    """Radians, y up, in which ridges run straight away from a core, where flow and bearing agree; None where they agree nowhere."""
    top, left = max(0, int(core[0] - LEG)), max(0, int(core[1] - LEG))
    part = flow[top : int(core[0] + LEG) + 2, left : int(core[1] + LEG) + 2]
    rows, columns = np.indices(part.shape)
    up, right = core[0] - (rows + top), columns + left - core[1]
    size = np.abs(part)
    near = (np.hypot(right, up) <= LEG) & (size > 0)
    turned = part[near] / size[near] * np.exp(-1j * np.arctan2(up, right)[near])
    mean = complex(turned.mean()) if near.any() else 0j
    return math.atan2(mean.imag, mean.real) if abs(mean) >= LEAST_AGREEMENT else None


def _side(flow: Flow, core: Place, leg: float) -> int:
    """The side of the image that ridges run to which leave the core: -1 left, 1 right; 0 where they do not agree."""
    sides = {
        _end(flow, (core[0] - shift * math.cos(leg), core[1] - shift * math.sin(leg)), leg)
        for shift in (-BESIDE, 0, BESIDE)
    }
    return sides.pop() if len(sides) == 1 else 0


def _end(flow: Flow, start: Place, leg: float) -> int:
    """Follow the ridges from a place; -1 or 1 for the side where that ends, 0 where it ends too near, too straight or above."""
    rows, columns = flow.shape
    heading = leg
    row, column = start[0] - math.sin(leg), start[1] + math.cos(leg)
    for _ in range(STEPS):
        y, x = round(row), round(column)
        if not (0 <= y < rows and 0 <= x < columns) or abs(flow[y, x]) < LEAST_FLOW:
            break
        there = math.atan2(flow[y, x].imag, flow[y, x].real) / 2
        turn = (there - heading + math.pi / 2) % math.pi - math.pi / 2
        if abs(turn) > KINK:
            break
        heading += turn
        row, column = row - STEP * math.sin(heading), column + STEP * math.cos(heading)
    right, up = column - start[1], start[0] - row
    far = math.hypot(right, up)
    if far < LEAST_WAY or abs(right) < LEAST_SLANT * far or up > far / 2:
        return 0
    return 1 if right > 0 else -1
