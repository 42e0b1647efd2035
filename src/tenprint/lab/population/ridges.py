"""The skin of one finger: ridges grown along the flow until minutiae are where they have to be.

A field of noise is filtered again and again by a Gabor filter that follows the direction at every place. Ridges join, and
where the flow spreads, or two growths meet out of step, an ending or a bifurcation stays: nobody places a minutia.
Growth runs at 250 ppi, a ridge being four to five pixels wide there, and is brought to 500 ppi exactly, by its spectrum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.population.chance import Draws, Purpose, draws
from tenprint.lab.population.flow import Grid, directions
from tenprint.lab.population.patterns import Pattern

ROWS, COLUMNS = 576, 416
"""Size of a finger's skin, pixels at 500 ppi: an impression sees a part. Set by: 29 by 21 mm, a rolled print's size."""

CENTRE = (260.0, 208.0)
"""Row and column of the middle of the pattern."""

ORIENTATIONS = 16
"""Filters of the bank; between two neighbours the answer is interpolated. Set by: 8 leaves kinks, 24 looks the same."""

STEPS = 9
"""Rounds of growth. Set by: minutiae disappear with every round; this leaves as many as real prints have."""

ALONG, ACROSS = 0.9, 0.6
"""Filter's Gaussian spread along and across the ridge, ridge periods. Set by: as `STEPS`."""

GAIN = 1.5
"""Slope of the squashing after every round, for a field of unit variance."""

PERIOD = (9.0, 0.3, 0.2)
"""Ridge period, pixels at 500 ppi: mean, standard deviation of persons, of fingers of a person. Source: 0.46 mm is the
textbook's mean ridge period of adults (9 pixels); spreads set by looking.
"""

PERIOD_LIMITS = (8.2, 9.8)
"""Shortest and longest ridge period of a finger as it is grown, pixels."""

CACHED = 32
"""Fingers kept after their growth, about 1 MB each, since several impressions of one are usual."""


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """One finger. height: (ROWS, COLUMNS) float32, ridge above 0 and valley below, about -1 to 1; period: pixels."""

    height: NDArray[np.float32]
    period: float


@lru_cache(maxsize=CACHED)
def skin(seed: int, number: int, finger: int, pattern: Pattern) -> Skin:
    """The skin of finger 1 to 10 of a person, with that pattern. It must not be written to: it is shared."""
    person = draws(seed, Purpose.SKIN, number)
    chance = draws(seed, Purpose.FINGER, number, finger)
    mean, between, within = PERIOD
    period = float(np.clip(mean + person.normal(0, between) + chance.normal(0, within), *PERIOD_LIMITS))
    row, column = np.mgrid[0 : ROWS // 2, 0 : COLUMNS // 2].astype(np.float64)
    flow = directions(pattern, 2 * column - CENTRE[1], CENTRE[0] - 2 * row, chance)
    height = np.tanh(GAIN * doubled(grown(flow, period / 2, chance))).astype(np.float32)
    height.flags.writeable = False
    return Skin(height, period)


def grown(flow: Grid, period: float, chance: Draws) -> NDArray[np.float32]:
    """Ridges along ``flow`` (radians, y up), ``period`` pixels of the same grid apart, from noise; shape of ``flow``, unit
    variance.
    """
    rows, columns = flow.shape
    bank = _bank(rows, columns, period)
    place = np.mod(flow, math.pi) / math.pi * ORIENTATIONS
    lower = np.floor(place).astype(np.intp)
    share = (place - lower).astype(np.float32)
    lower %= ORIENTATIONS
    upper = (lower + 1) % ORIENTATIONS
    at_row, at_column = np.indices(flow.shape)
    field = chance.standard_normal(flow.shape, dtype=np.float32)
    for step in range(STEPS):
        # Squashed between the rounds only: its overtones would be too short for this grid and come back as saw teeth.
        field = np.tanh(GAIN * field) if step else field
        answers = np.fft.irfft2(bank * np.fft.rfft2(field), s=flow.shape, axes=(1, 2))
        mixed = (1 - share) * answers[lower, at_row, at_column] + share * answers[upper, at_row, at_column]
        field = (mixed / np.sqrt(np.mean(mixed * mixed))).astype(np.float32)
    return field


def doubled(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twice the rows and columns (both even) by padding the spectrum: exact for what is slower than two pixels."""
    rows, columns = field.shape
    small = np.fft.rfft2(field)
    large = np.zeros((2 * rows, columns + 1), small.dtype)
    half, low = columns // 2, rows // 2
    large[:low, :half] = small[:low, :half]
    large[-low:, :half] = small[-low:, :half]
    return np.fft.irfft2(large, s=(2 * rows, 2 * columns)).astype(np.float32) * np.float32(4)


def _bank(rows: int, columns: int, period: float) -> NDArray[np.float32]:
    """Transforms of the Gabor filters, (ORIENTATIONS, rows, columns // 2 + 1)."""
    right, up = np.fft.rfftfreq(columns)[None, :], -np.fft.fftfreq(rows)[:, None]  # cycles a pixel
    turn = (math.pi / ORIENTATIONS * np.arange(ORIENTATIONS))[:, None, None]
    along = right * np.cos(turn) + up * np.sin(turn)
    across = up * np.cos(turn) - right * np.sin(turn)
    narrow, wide = (-2 * (math.pi * period * spread) ** 2 for spread in (ALONG, ACROSS))
    two_lobes = np.exp(wide * (across - 1 / period) ** 2) + np.exp(wide * (across + 1 / period) ** 2)
    bank: NDArray[np.float32] = (two_lobes * np.exp(narrow * along**2)).astype(np.float32)
    return bank
