"""Mirror images on one card: a rolled print against the plain ones, and loops that open to the thumb.

A template is mirrored without its image. That two prints are mirror images does not say which of them is the mirrored one; the
direction of loops may.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from tenprint.identify.extract.loop_direction import evidence_of, strongest_doubt, together
from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.findings import CERTAIN, MIRROR_IMAGE, WHOLE_HAND, Finding
from tenprint.model.prints import FingerTemplate, Minutiae, TenprintTemplate, in_order
from tenprint.units import TURN

REVERSED: Final = {1: 6, 2: 5, 3: 4, 4: 3, 5: 2, 6: 1, 7: 10, 8: 9, 9: 8, 10: 7}
"""Finger -> the one whose place it takes in a mirrored slap: four fingers in reversed order, thumbs exchanged."""

TELLS: Final = 139
"""Evidence of loops, hundredths of a decade, from which they decide which of two prints is the mirrored one. Set by: one finger other than
an index finger, since that there are mirror images is known already."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of a card's rolled and plain prints, by position."""

    rolled: Mapping[int, Pattern] = field(default_factory=dict)
    plain: Mapping[int, Pattern] = field(default_factory=dict)


def mirror(finger: FingerTemplate) -> FingerTemplate:
    """The template of the mirrored image: x from the other edge, each direction its supplement. Twice gives the same again."""
    points = finger.minutiae.points.copy()
    points["x"] = finger.minutiae.width - 1 - points["x"].astype(np.int64)
    points["theta"] = (TURN // 2 - points["theta"].astype(np.int64)) % TURN
    return replace(finger, minutiae=Minutiae(in_order(points), finger.minutiae.width, finger.minutiae.height))


def mirrored_between(
    rolled: TenprintTemplate, plain: TenprintTemplate, matcher: Matcher, *, unexplained: Collection[int], patterns: Patterns
) -> list[Finding]:  # fmt: skip
    """Rolled prints that are mirror images of plain ones. unexplained: rolled fingers that no plain print confirms."""
    there = [matcher.prepare_finger(finger) for finger in plain.fingers]
    alike: dict[tuple[int, int], int] = {}
    for finger in rolled.fingers:
        if finger.position in unexplained:
            for place, points in zip(there, matcher.compare_many(mirror(finger), there), strict=True):
                expected = {finger.position, REVERSED[finger.position]}
                if points >= (MIRROR_IMAGE if place.position in expected else CERTAIN):
                    alike[finger.position, place.position] = points
    slap = {pair: points for pair, points in alike.items() if pair[1] == REVERSED[pair[0]]}
    found = []
    if len(slap) >= WHOLE_HAND:
        fingers = tuple(sorted(one for one, _ in slap))
        told = _which(fingers, tuple(sorted(other for _, other in slap)), patterns)
        best = max(slap.values())
        found.append(Finding("hand_mirrored", fingers, best, certain=best >= CERTAIN, mirrored=told))
        alike = {pair: points for pair, points in alike.items() if pair not in slap}
    alike = {pair: points for pair, points in alike.items() if points >= CERTAIN or pair not in slap}
    for (one, other), points in sorted(alike.items()):
        if one == other:
            told = _which((one,), (one,), patterns)
            found.append(Finding("mirrored", (one,), points, certain=points >= CERTAIN, mirrored=told))
        else:
            found.append(Finding("mirrored_elsewhere", (one, other), points, certain=False))
    return found


def loops_to_the_thumb(patterns: Patterns) -> list[Finding]:
    """At most one finding: that the loops of a card, or of one hand, open to the thumb's side. Mirrored images and the other hand's look
    alike, so that it says both.
    """
    doubt = strongest_doubt(together(patterns.rolled, patterns.plain))
    if doubt is None:
        return []
    return [Finding("mirrored_or_other_hand", doubt.to_the_thumb, doubt.points, certain=False, evidence=doubt.fingers)]


def _which(rolled: Collection[int], plain: Collection[int], patterns: Patterns) -> str:
    """Which kind of print is mirrored, by its loops: rolled, plain, or empty where they do not tell.

    rolled, plain: the positions under which mirror images of each other were found.
    """
    of_rolled = evidence_of({f: p for f, p in patterns.rolled.items() if f in rolled}).points
    of_plain = evidence_of({f: p for f, p in patterns.plain.items() if f in plain}).points
    if abs(of_rolled - of_plain) < TELLS:
        return ""
    return "rolled" if of_rolled > of_plain else "plain"
