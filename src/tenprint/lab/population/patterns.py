"""Which pattern a finger has: class shares by finger, alike on the fingers of one person."""

from __future__ import annotations

from enum import StrEnum
from itertools import accumulate
from statistics import NormalDist
from typing import Final

from tenprint.lab.population.chance import Draws


class Pattern(StrEnum):
    """A class of ridge flow. A left loop opens to the left edge of the image."""

    ARCH = "arch"
    TENTED_ARCH = "tented arch"
    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"
    DOUBLE_LOOP = "double loop"


SHARES: Final = {
    "thumb": (0.03, 0.01, 0.01, 0.53, 0.30, 0.12),
    "index": (0.07, 0.06, 0.18, 0.37, 0.26, 0.06),
    "middle": (0.05, 0.03, 0.02, 0.72, 0.15, 0.03),
    "ring": (0.015, 0.01, 0.01, 0.525, 0.41, 0.03),
    "little": (0.01, 0.01, 0.005, 0.845, 0.11, 0.02),
}
"""Finger -> shares of arch, tented arch, radial loop, ulnar loop, whorl, double loop.

Set by: round figures in the order of the published counts (whorls on thumb and ring finger, radial loops on the index,
ulnar loops on the little finger); together about 6 % arches, 64 % loops, 30 % whorls, as the FBI's tallies have it.
"""

KINSHIP = 0.45
"""Correlation of pattern intensity between two fingers of a person, 0 to 1. Set by: fingers of a hand resemble each
other; the figure is a choice, no count was fitted.
"""

NAMES: Final = ("thumb", "index", "middle", "ring", "little")
"""Fingers of a hand in the order of positions 1 to 5 and 6 to 10."""


def drawn_patterns(chance: Draws) -> tuple[Pattern, ...]:
    """The classes of positions 1 to 10. One hidden number a person pushes all fingers towards arches or whorls."""
    shared = chance.standard_normal()
    own = chance.standard_normal(10)
    found = []
    for index in range(10):
        place = NormalDist().cdf(float(KINSHIP**0.5 * shared + (1 - KINSHIP) ** 0.5 * own[index]))
        bounds = list(accumulate(SHARES[NAMES[index % 5]]))
        order = next((n for n, bound in enumerate(bounds[:-1]) if place < bound), len(bounds) - 1)
        found.append(_class(order, right_hand=index < 5))
    return tuple(found)


def _class(order: int, *, right_hand: bool) -> Pattern:
    """On a right hand's print the little finger is to the right, so a loop that opens there is ulnar."""
    radial, ulnar = (Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP) if right_hand else (Pattern.RIGHT_LOOP, Pattern.LEFT_LOOP)
    return (Pattern.ARCH, Pattern.TENTED_ARCH, radial, ulnar, Pattern.WHORL, Pattern.DOUBLE_LOOP)[order]
