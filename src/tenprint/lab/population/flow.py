"""The direction of ridges: loops and deltas as zeros and poles, corrected, and bent round the fingertip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.population.chance import Draws
from tenprint.lab.population.patterns import Pattern

Grid: TypeAlias = NDArray[np.float64]
"""A value for each place of a grid."""

Place: TypeAlias = tuple[float, float]
"""Pixels at 500 ppi from the middle of the pattern: to the right, and up."""

KNOTS = 8
"""Pieces of the correction of one singular point's angle. Source: Vizcaya and Gerhardt 1996 use eight."""

CORRECTION = 0.06
"""Standard deviation of a knot's shift, radians. Set by: looking; more makes corners, less makes all loops alike."""

RIPPLES = ((4, 0.06, 180.0), (6, 0.06, 70.0))
"""Waves on the direction: how many, height of each in radians, spread of their lengths in pixels. Set by: looking, and by
the impostors' scores: without the short ones, fingers of one pattern have their minutiae at the same places.
"""


BENT = (4, 10.0, 220.0)
"""Waves that bend the plan of the flow: how many, height of each in pixels, spread of their lengths in pixels. Set by: the
scores of impostors of one pattern, which are too much alike on one plan.
"""

CLOSING = (32.0, 110.0, 0.85)
"""Radius at which a whorl's spiral is measured, reach of its removal, both in pixels; share taken out. Set by: looking."""


@dataclass(frozen=True, slots=True)
class Singularities:
    """Where ridges turn back (loops) and where three flows meet (deltas)."""

    loops: tuple[Place, ...]
    deltas: tuple[Place, ...]

    def leg(self, loop: Place) -> float:
        """The direction, radians, in which ridges run straight away from that loop: where flow and angle agree."""
        others = [place for place in self.loops if place != loop]
        return sum(_bearing(place, loop) for place in others) - sum(_bearing(place, loop) for place in self.deltas)


def _bearing(start: Place, end: Place) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])


def singularities(pattern: Pattern, chance: Draws) -> Singularities:
    """The singular points of one finger; an arch has none."""
    sway, rise = float(chance.normal(0, 8)), float(chance.normal(0, 10))
    match pattern:
        case Pattern.ARCH:
            return Singularities((), ())
        case Pattern.TENTED_ARCH:
            loop = (sway, rise - 25)
            return Singularities((loop,), ((sway + chance.normal(0, 6), loop[1] - chance.uniform(45, 75)),))
        case Pattern.LEFT_LOOP | Pattern.RIGHT_LOOP:
            side = 1 if pattern is Pattern.LEFT_LOOP else -1
            delta = (sway + side * chance.uniform(55, 115), rise - chance.uniform(75, 135))
            return Singularities(((sway, rise),), (delta,))
        case Pattern.WHORL:
            half, lean = chance.uniform(8, 30), chance.normal(0, 6)
        case Pattern.DOUBLE_LOOP:
            half, lean = chance.uniform(20, 36), chance.uniform(18, 34) * chance.choice([-1, 1])
    low = -chance.uniform(85, 135)
    left = (sway - chance.uniform(75, 125), low + chance.normal(0, 18))
    right = (sway + chance.uniform(75, 125), low + chance.normal(0, 18))
    loops = ((sway + lean, rise + half), (sway - lean, rise - half))
    return Singularities(loops, (left, right))


def directions(pattern: Pattern, x: Grid, y: Grid, chance: Draws) -> Grid:
    """Ridge direction in radians, counter-clockwise with y up, modulo pi, at places ``x``, ``y`` (pixels, y up)."""
    points = singularities(pattern, chance)
    bend_right, bend_up = _waves(x, y, chance, BENT), _waves(x, y, chance, BENT)
    wide = math.exp(chance.normal(0, 0.08))
    plain_x, plain_y = x, y
    x, y = x / wide + bend_right, y * wide + bend_up
    found = np.zeros_like(x)
    round_core = pattern in {Pattern.WHORL, Pattern.DOUBLE_LOOP}
    for right, up in points.loops:
        leg = points.leg((right, up))
        pinch = chance.uniform(0.1, 0.45) if round_core else chance.uniform(0.45, 0.75)
        angle = np.arctan2(y - up, x - right)
        found += 0.5 * (_corrected(angle, chance) - pinch * np.sin(angle - leg))
    for right, up in points.deltas:
        found -= 0.5 * _corrected(np.arctan2(y - up, x - right), chance)
    middle = chance.normal(0, 10)
    found += _arch(x - middle, y, chance) if pattern is Pattern.ARCH else 0.0
    start, width = (-40.0, 40.0) if pattern is Pattern.ARCH else (90.0, 45.0)
    found -= _fingertip(x - middle, y, chance, start=start, width=width)
    for ripple in RIPPLES:
        found += _waves(plain_x, plain_y, chance, ripple)
    return _closed(found, x, y, points) if round_core else found


def _closed(flow: Grid, x: Grid, y: Grid, points: Singularities) -> Grid:
    """A whorl's flow with most of its spiral taken out: round two loops any turn of the flow makes circles run inwards, and
    a tight spiral would have to end a ridge at every step.
    """
    right, up = np.mean(points.loops, axis=0)
    radius = np.hypot(x - right, y - up)
    ring = np.abs(radius - CLOSING[0]) < 10
    off = flow[ring] - np.arctan2(y[ring] - up, x[ring] - right) - math.pi / 2
    spiral = float(np.angle(np.mean(np.exp(2j * off)))) / 2  # a direction is the same after half a turn
    closed: Grid = flow - CLOSING[2] * spiral * np.exp(-((radius / CLOSING[1]) ** 2))
    return closed


def _waves(x: Grid, y: Grid, chance: Draws, waves: tuple[int, float, float]) -> Grid:
    """A sum of waves in any direction: how many, the height of each, the spread of their lengths in pixels."""
    count, height, length = waves
    total = np.zeros_like(x)
    for _ in range(count):
        across, along = chance.normal(0, 1 / length, 2)
        total += height * np.sin(2 * math.pi * (across * x + along * y + chance.uniform()))
    return total


def _corrected(angle: Grid, chance: Draws) -> Grid:
    """The angle about a singular point, bent piecewise linearly; it still turns once in a turn."""
    knots = np.linspace(-math.pi, math.pi, KNOTS + 1)
    shift = chance.normal(0, CORRECTION, KNOTS)
    bent: Grid = np.interp(angle, knots, knots + np.append(shift, shift[0]))
    return bent


def _arch(x: Grid, y: Grid, chance: Draws) -> Grid:
    """The slope of a hill of ridges, highest at about the middle of the finger."""
    height, spread, top = chance.uniform(60, 120), chance.uniform(50, 80), chance.uniform(-25, 30)
    hill = height * np.exp(-(((y - top) / 150.0) ** 2) - x**2 / (2 * spread**2))
    slope: Grid = -hill * x / spread**2
    return np.arctan(slope)


def _fingertip(x: Grid, y: Grid, chance: Draws, *, start: float, width: float) -> Grid:
    """How far ridges sink towards both sides, radians: nothing at the crease, more and more towards the tip."""
    steep = math.radians(chance.uniform(22, 41))
    height = 1 / (1 + np.exp(-(y + start) / width))
    sunk: Grid = steep * height * (1 + 0.4 * np.clip(y / 200 - 0.2, -0.4, 1.0)) * np.tanh(x / 90.0)
    return sunk
