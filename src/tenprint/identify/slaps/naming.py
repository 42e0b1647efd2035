"""Which finger is which: by order from left to right; where some were not found, by the shape of the hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from tenprint.identify.slaps.fingers import Place
from tenprint.identify.slaps.hand import DROP

PITCH: Final = 42.0
"""Usual distance of neighbouring fingers' middles, cells. Set by: fingers of 270 px and gaps of 20 to 110 px."""

SPREAD: Final = (10.0, 12.0)
"""Spread of a tip's drop, and of a distance between neighbours, cells. Set by: composed slaps."""


def named(
    places: Sequence[Place], expected: Sequence[int], shown: Sequence[int], turn: float
) -> tuple[list[int], list[str]]:
    """Positions of the places, which are from left to right, and codes of what is doubtful about all of them.

    As many as expected: by order, nothing else. Fewer: the choice that fits drops of tips and distances best, and always
    ``fewer_than_expected``.
    """
    if len(places) == len(expected):
        return list(expected), []
    cos, sin = math.cos(turn), math.sin(turn)
    tips, middles = [], []
    for one in places:
        (x0, y0), (x1, y1) = one.corners[0], one.corners[1]
        tips.append(cos * (y0 + y1) / 2 - sin * (x0 + x1) / 2)
        centre = np.mean(np.array(one.corners), axis=0)
        middles.append(cos * centre[0] + sin * centre[1])
    best: tuple[float, tuple[int, ...]] = (math.inf, ())
    for choice in combinations(expected, len(places)):
        drops = np.array(tips) - np.array([DROP[finger] for finger in choice])
        cost = float(np.sum((drops - drops.mean()) ** 2)) / SPREAD[0] ** 2
        order = [list(shown).index(finger) for finger in choice]
        steps = np.diff(middles) - PITCH * np.diff(order)
        cost += float(np.sum(steps**2)) / SPREAD[1] ** 2
        if cost < best[0]:
            best = (cost, choice)
    return list(best[1]), ["fewer_than_expected"]
