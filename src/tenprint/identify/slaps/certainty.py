"""How likely a finger's place is right, by what wrong places have in common."""

from __future__ import annotations

import math
from typing import Final

from tenprint.identify.slaps.fingers import Place

USUAL_FORM: Final = 1.45
"""Length over width of a fingertip's box in the middle. Set by: composed slaps; doubt grows with the distance from it."""

ALWAYS, FORM, LEFT_OUT, COST = -6.2, 8.8, 0.19, 1.8
"""Logarithm of the odds of a wrong place of usual form with nothing left out, in a hand that costs nothing; and what is added to it for
each unit of the logarithm of its form over `USUAL_FORM`, for each hundredth of the finger's cells that is left out of its place, and
for each unit that the reading of the hand costs a finger.

Set by: logistic regression on 1,252 fingers (40 of them wrong) of slaps composed of two FVC sets and of inked prints of 13 persons. On
1,870 other fingers, of two other FVC sets and 12 other persons, 14 of 48 wrong places were among the 92 of lowest confidence. Where a
finger touches its neighbour, or the picture's edge cuts it, a place is not wrong more often.
"""

MOST: Final = (0.6, 10.0, 2.0)
"""Most of the form's logarithm, of the hundredths left out, and of the cost that count. Set by: beyond it the regression saw too few."""


def chance_right(place: Place, cost: float) -> float:
    """0 to 1. cost: of the hand's reading, for each of its fingers."""
    form = min(MOST[0], abs(math.log(place.length / place.width / USUAL_FORM)))
    odds = ALWAYS + FORM * form + LEFT_OUT * min(MOST[1], 100 * place.left_out) + COST * min(MOST[2], cost)
    return 1 / (1 + math.exp(odds))
