"""Numbers as they are said: always with both counts, an interval that has a name, and words that can't flatter."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

CONFIDENCE: Final = 0.95
"""Coverage of every interval shown. Source: Clopper and Pearson 1934; convention."""

_STEPS: Final = 200
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its counts and its Clopper-Pearson interval (95 %). value, low and high in [0, 1]."""

    events: int
    trials: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        interval = f"{percent(self.low)} to {percent(self.high)}, 95 %"
        return f"{self.events:,} of {self.trials:,} ({percent(self.value)}; {interval})"


def observed_rate(events: int, trials: int) -> Rate:
    """``events`` of ``trials`` with the exact two-sided interval of Clopper and Pearson.

    Raises ValueError unless 0 <= events <= trials and trials >= 1: a rate without a denominator is no rate. Trials are
    taken as
    independent; where one person counts several times the interval is too narrow.
    """
    if trials < 1 or not 0 <= events <= trials:
        raise ValueError(f"{events} of {trials} is no rate: 0 <= events <= trials, and at least one trial")
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if events == 0 else _quantile(tail, events, trials - events + 1)
    high = 1.0 if events == trials else _quantile(1 - tail, events + 1, trials - events)
    return Rate(events, trials, events / trials, low, high)


def percent(value: float, *, digits: int = 1) -> str:
    """A share in [0, 1] as ``52.0 %``."""
    return f"{100 * value:.{digits}f} %"


def describe(part: int, whole: int, what: str) -> str:
    """A share as a page prints it, with its denominator: ``183 of 352 (52.0 %) no known conviction``. Raises ValueError
    as `observed_rate`.
    """
    rate = observed_rate(part, whole)
    return f"{part:,} of {whole:,} ({percent(rate.value)}) {what}"


ABOUT = 0.15
"""How far a share may lie from 1 in n, relative, to be called "about 1 in n". Set by: 27 in 100 is said to be about 1 in 4 (8 % off);
41 in 100 is not about 1 in 3."""


def in_words(part: int, whole: int) -> str:
    """A share in plain words: none, about 1 in n, less than half, half, more than half, all. Raises ValueError as
    `observed_rate`.

    "More than half" and "less than half" are exact statements about the counts; "about 1 in n" is the nearest such
    share, if it is near; else a share under a half is only that.
    """
    share = observed_rate(part, whole).value
    if part == 0:
        return "none"
    if part == whole:
        return "all"
    if 2 * part == whole:
        return "half"
    if share > 1 / 2:
        return "more than half"
    nearest = min(range(2, max(3, math.ceil(1 / share) + 1)), key=lambda n: abs(share - 1 / n))
    near = abs(share * nearest - 1) <= ABOUT
    return f"about 1 in {nearest:,}" if near and nearest > 2 else "less than half"


def _quantile(probability: float, a: int, b: int) -> float:
    """The x with I_x(a, b) = probability, by bisection: the regularised incomplete beta grows with x."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if _beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    ahead, behind, total = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1)), 0.0
    total = behind
    for m in range(1, 100_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            behind = 1 / _away_from_zero(1 + term * behind)
            ahead = _away_from_zero(1 + term / ahead)
            total *= ahead * behind
        if abs(ahead * behind - 1) < 1e-15:
            break
    return front * total


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
