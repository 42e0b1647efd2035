"""To which side of the hand loops open, how rare the other side is, and what a card's loops say of mirrored images.

An ulnar loop opens to the little finger, a radial one to the thumb. A mirrored print shows the one as the other, and so does a print
of the other hand: the loops of a card can't tell these two apart. They are evidence only where a pattern is sure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.extract.quality_reasons import NOTED, Reason
from tenprint.model.prints import FINGERS

INDEX_FINGERS: Final = (2, 7)
"""The fingers on which radial loops are common. Source: Galton, Finger Prints (1892), chapter VIII."""

LOOPS_PER_HUNDRED: Final = {1: 53, 2: 53, 3: 78, 4: 53, 5: 86, 6: 65, 7: 55, 8: 76, 9: 66, 10: 90}
"""Loops among a hundred prints of each finger. Source: Galton, Finger Prints (1892), table I of chapter VIII: 5,000 digits of 500 persons."""

RADIAL_DIGITS: Final = 0.054
"""Share of all digits that show a radial loop. Source: Holt, The Genetics of Dermal Ridges (1968), as quoted in teaching texts: arches
5.0, radial loops 5.4, whorls 26.1 %."""

RADIAL_INDEX: Final = 0.1865
"""Share of right index fingers that show a radial loop. Source: the FBI's count of 17,951,192 men, as quoted by A. J. Washington
(dermatoglyphics.com). Galton has 0.21 on either hand."""

RADIAL_INDEX_LOOPS: Final = 0.39
"""Share of the index fingers' loops that are radial. Source: Galton (1892), chapter VIII: 21 of 53 right, 21 of 55 left."""

RADIAL_OTHER_LOOPS: Final = 0.03
"""Share of the other eight fingers' loops that are radial. Set by: what the sources leave for them, since none gives each finger: of a
hundred persons' digits 54 are radial, 37 of them index fingers by the FBI's count, which leaves 17 on the 567 loops of the other eight
(`LOOPS_PER_HUNDRED`); 12 by Galton's, 0.02. The larger one is taken, so that a radial loop is less of an alarm. Measured on the MINEX
III validation set: 1 of 143."""

WRONG_SIDE: Final = 0.01
"""Share of sure loops whose side is found wrong. Set by: none of 57 fingers with a sure loop on both cards of a person is told for both
sides (MINEX III validation set), which leaves room for 0.026 a print (95 in 100 confidence); with that, one card in 3,000 as declared would
be doubted instead of one in 8,000, were fingers independent."""

DOUBTED: Final = 400
"""Evidence from which a card is doubted, hundredths of a decade. Set by: three fingers other than the index that open to the thumb's side
and no sure one that doesn't. By Markov's inequality at most one card in 10,000 as declared reaches it in each of `SETS`, were fingers
independent; they are not quite, so that it is measured (docs/measurements/evaluate-mirrored.json)."""

SETS: Final = {"card": FINGERS, "right hand": FINGERS[:5], "left hand": FINGERS[5:]}
"""What is asked of one card: all of it, or one hand, since a slap and a hand can be exchanged by itself."""

TO_THE_THUMB: Final = Reason(
    "loop_to_the_thumb",
    NOTED,
    "The loop opens to the thumb's side, as about 3 in 100 loops of this finger do.",
    "Check that the image is not mirrored and that it is the finger that was declared.",
)
"""Advice beside one print, which can't be doubted alone. It is not recorded."""


@dataclass(frozen=True, slots=True)
class LoopEvidence:
    """For mirrored images, or the other hand, against the fingers as declared. points: hundredths of a decade of likelihood ratio;
    fingers: points of each that has a sure loop, positive where it opens to the thumb.
    """

    points: int
    fingers: Mapping[int, int]

    @property
    def to_the_thumb(self) -> tuple[int, ...]:
        """The fingers whose loops open to the thumb's side, ascending."""
        return tuple(sorted(finger for finger, points in self.fingers.items() if points > 0))


def opens_to_the_thumb(position: int, pattern: Pattern) -> bool | None:
    """Whether the loop of that finger (1 to 10) opens to the thumb's side; None where there is no sure loop.

    On a right hand's print the thumb is to the left.
    """
    if pattern not in {Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP}:
        return None
    return (pattern is Pattern.LEFT_LOOP) == (position <= 5)


def advice_on(position: int, pattern: Pattern) -> Reason | None:
    """`TO_THE_THUMB`, for a finger on which that is rare."""
    return TO_THE_THUMB if position not in INDEX_FINGERS and opens_to_the_thumb(position, pattern) else None


def evidence_of(patterns: Mapping[int, Pattern]) -> LoopEvidence:
    """What the loops of these positions say together. Patterns that are not sure say nothing."""
    fingers = {}
    for position, pattern in sorted(patterns.items()):
        to_thumb = opens_to_the_thumb(position, pattern)
        if to_thumb is not None:
            fingers[position] = weight_of(position) if to_thumb else -weight_of(position)
    return LoopEvidence(sum(fingers.values()), fingers)


def weight_of(position: int) -> int:
    """What one radial loop of that finger weighs, hundredths of a decade: mirrored, it would be an ulnar one."""
    radial = RADIAL_INDEX_LOOPS if position in INDEX_FINGERS else RADIAL_OTHER_LOOPS
    seen = radial * (1 - WRONG_SIDE) + (1 - radial) * WRONG_SIDE
    return round(100 * math.log10((1 - seen) / seen))


def strongest_doubt(patterns: Mapping[int, Pattern]) -> LoopEvidence | None:
    """The strongest evidence of `SETS`, where it passes `DOUBTED`; else None. The whole card goes before a hand of equal weight."""
    found = [evidence_of({f: p for f, p in patterns.items() if f in fingers}) for fingers in SETS.values()]
    strongest = max(found, key=lambda one: one.points)
    return strongest if strongest.points >= DOUBTED else None


def together(rolled: Mapping[int, Pattern], plain: Mapping[int, Pattern]) -> dict[int, Pattern]:
    """One pattern a finger, from its rolled and its plain print: the sure one of the two; unsure where they contradict each other."""
    joined = {}
    for position in sorted({*rolled, *plain}):
        told = {prints.get(position, Pattern.UNSURE) for prints in (rolled, plain)} - {Pattern.UNSURE}
        joined[position] = told.pop() if len(told) == 1 else Pattern.UNSURE
    return joined
