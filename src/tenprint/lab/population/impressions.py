"""One touch of one finger: where it lies, how the skin stretches, how hard it presses, and what the picture loses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError
from tenprint.lab.population.chance import Draws, Purpose, draws
from tenprint.lab.population.flow import Grid
from tenprint.lab.population.people import SyntheticPerson
from tenprint.lab.population.ridges import CENTRE, COLUMNS, ROWS, skin
from tenprint.model.prints import FINGERS, GreyImage
from tenprint.units import GRID_PPI, Ppi

HEIGHT, WIDTH = 416, 320
"""Rows and columns of every image at 500 ppi. Set by: a plain impression of 13 by 18 mm with its white margin."""

CONDITION_SHARES: Final = (0.35, 0.25, 0.40)
"""Shares of an impression's quality that come from the person, the finger and the touch; they add up to 1. Set by: a
person's fingers share their condition (correlation 0.35), one finger's impressions more (0.6).
"""
Smooth: TypeAlias = NDArray[np.float32]
"""A value for each pixel of the image, single precision."""


@dataclass(frozen=True, slots=True)
class Touch:
    """How a finger met the glass.

    quality:   0 worst to 1 best. turn: radians. shift: pixels right and down of the image.
    centre:    place of the finger that is in the middle of the contact, pixels right and up of the pattern's middle.
    axes:      half width and half height of the contact, pixels. wetness: below 0 thin ridges, above 0 thick ones.
    """

    quality: float
    turn: float
    shift: tuple[float, float]
    centre: tuple[float, float]
    axes: tuple[float, float]
    wetness: float


def impression(person: SyntheticPerson, finger: int, *, number: int = 0, quality: float | None = None) -> GreyImage:
    """Impression ``number`` (0 or more) of finger 1 to 10: `HEIGHT` × `WIDTH` at 500 ppi, white around the contact.

    quality:  0 worst to 1 best; None draws it, alike for one finger's and one person's impressions.
    The same arguments give the same pixels on one machine; another machine's transforms may round differently.

    Raises: UsageError for a finger, number or quality outside these.
    """
    if finger not in FINGERS or number < 0 or not (quality is None or 0 <= quality <= 1):
        raise UsageError(
            f"finger {finger}, impression {number}, quality {quality}; allowed: finger 1 to 10, impression 0 or more, "
            "quality 0 to 1 or none. Nothing was drawn."
        )
    ridges = skin(person.seed, person.number, finger, person.patterns[finger - 1])
    chance = draws(person.seed, Purpose.IMPRESSION, person.number, finger, number)
    usual = _quality(person, finger, chance)  # drawn in any case, so that a quality asked for changes nothing else
    touch = _touch(chance, usual if quality is None else quality)
    row, column, depth = _places(touch, chance)
    relief = _sampled(ridges.height, row, column)
    creases = _creases(draws(person.seed, Purpose.CREASES, person.number, finger), row, column)
    return GreyImage(_printed(relief, depth, creases, touch, chance), Ppi(GRID_PPI))


def _quality(person: SyntheticPerson, finger: int, chance: Draws) -> float:
    """Between 0 and 1, uniform over many people: three normal draws through their distribution function."""
    sources = (
        draws(person.seed, Purpose.CONDITION, person.number),
        draws(person.seed, Purpose.CONDITION, person.number, finger),
        chance,
    )
    total = sum(
        math.sqrt(share) * source.standard_normal() for share, source in zip(CONDITION_SHARES, sources, strict=True)
    )
    return 0.5 * (1 + math.erf(float(total) / math.sqrt(2)))


def _touch(chance: Draws, quality: float) -> Touch:
    """A poor touch is smaller, more turned and farther off the middle than a good one."""
    poor = 1 - quality
    width = chance.uniform(100, 142) * (1 - 0.3 * poor**2)
    return Touch(
        quality=quality,
        turn=math.radians(float(np.clip(chance.normal(0, 6 + 8 * poor), -35, 35))),
        shift=(float(chance.normal(0, 6)), float(chance.normal(0, 8))),
        centre=(float(chance.normal(0, 9 + 18 * poor)), float(chance.normal(0, 14 + 28 * poor))),
        axes=(width, width * chance.uniform(1.2, 1.42)),
        wetness=float(chance.normal(0, 0.16 + 0.16 * poor)),
    )


def _places(touch: Touch, chance: Draws) -> tuple[Grid, Grid, Grid]:
    """For every pixel the row and column of the skin seen there, and its depth in the contact: 1 in the middle, 0 at the
    edge, below 0 outside.
    """
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    right -= WIDTH / 2 + touch.shift[0]
    down -= HEIGHT / 2 + touch.shift[1]
    radius = (np.abs(right / touch.axes[0]) ** 2.4 + np.abs(down / touch.axes[1]) ** 2.4) ** (1 / 2.4)
    wobble = _waves(right, down, chance, amount=3, length=150.0, height=0.015)
    depth = 1 - radius - wobble
    # The skin sticks in the middle and is dragged and twisted round it (Cappelli, Maio and Maltoni 2001).
    loose = 0.5 * (1 - np.cos(math.pi * np.clip((radius - 0.25) / 0.9, 0, 1)))
    strength = 1.4 - 0.8 * touch.quality
    twist = touch.turn + loose * math.radians(chance.normal(0, 3.0)) * strength
    pull_right, pull_up = chance.normal(0, 5.0, 2) * strength
    cos, sin = np.cos(twist), np.sin(twist)
    x = touch.centre[0] + cos * right - sin * down + pull_right * loose
    y = -touch.centre[1] + sin * right + cos * down + pull_up * loose
    x = x + _waves(right, down, chance, amount=3, length=170.0, height=1.3 * strength)
    y = y + _waves(right, down, chance, amount=3, length=170.0, height=1.3 * strength)
    return y + CENTRE[0], x + CENTRE[1], depth


def _waves(right: Grid, down: Grid, chance: Draws, *, amount: int, length: float, height: float) -> Grid:
    """A sum of slow waves, each of that height, about ``length`` pixels long, in any direction."""
    total = np.zeros_like(right)
    for _ in range(amount):
        turn, phase = chance.uniform(0, 2 * math.pi, 2)
        wave = 2 * math.pi / (length * chance.uniform(0.8, 1.6))
        total += height * np.sin(wave * (right * math.cos(turn) + down * math.sin(turn)) + phase)
    return total


def _sampled(height: NDArray[np.float32], row: Grid, column: Grid) -> Smooth:
    """The skin at those places, between pixels linearly; beyond the skin its border goes on."""
    row, column = np.clip(row, 0, ROWS - 1.001), np.clip(column, 0, COLUMNS - 1.001)
    top, left = row.astype(np.intp), column.astype(np.intp)
    below, after = (row - top).astype(np.float32), (column - left).astype(np.float32)
    upper = (1 - after) * height[top, left] + after * height[top, left + 1]
    lower = (1 - after) * height[top + 1, left] + after * height[top + 1, left + 1]
    return (1 - below) * upper + below * lower


def _creases(chance: Draws, row: Grid, column: Grid) -> Grid:
    """White lines of the finger itself, 0 none to 1 white: they are on every impression at the same place."""
    total = np.zeros_like(row)
    for _ in range(int(chance.poisson(0.8))):
        turn, bend = chance.uniform(0, math.pi), chance.normal(0, 0.0012)
        up, right = chance.normal(0, 90), chance.normal(0, 70)
        length, width = chance.uniform(25, 90), chance.uniform(0.8, 1.6)
        x, y = column - CENTRE[1] - right, row - CENTRE[0] + up
        along = x * math.cos(turn) + y * math.sin(turn)
        off = y * math.cos(turn) - x * math.sin(turn) - bend * along**2
        total += np.exp(-((off / width) ** 2)) / (1 + np.exp((np.abs(along) - length) / 6))
    return np.clip(total, 0, 1)


def _printed(relief: Smooth, depth: Grid, creases: Grid, touch: Touch, chance: Draws) -> NDArray[np.uint8]:
    """Grey levels from relief: where skin touches it is dark, more or less so by pressure, moisture and the glass."""
    poor = 1 - touch.quality
    patches = _noise(chance, cell=26.0)
    grain = _noise(chance, cell=3.0)
    pressed = np.clip(depth / 0.12, 0, 1)
    level = touch.wetness + 0.02 + (0.16 + 0.34 * poor**2) * patches - 0.55 * (1 - pressed)
    level += (0.16 + 0.65 * poor**3) * grain - 1.8 * creases
    ink = 1 / (1 + np.exp(-(4.0 + 3.0 * touch.quality) * (relief + level)))
    fading = np.clip(1.0 + 0.25 * poor * _noise(chance, cell=60.0), 0.3, 1.3)
    contrast = (150 + 60 * touch.quality) * fading
    inside = np.clip(depth / 0.03 + 0.5, 0, 1)
    speckle = chance.standard_normal(relief.shape, dtype=np.float32)
    grey = 253 - inside * (contrast * ink + 5 + 6 * poor + (4 + 7 * poor) * speckle)
    grey = np.where(inside > 0, grey, 255)
    return np.clip(np.rint(_softened(grey)), 0, 255).astype(np.uint8)


def _noise(chance: Draws, *, cell: float) -> Grid:
    """Smooth noise of about unit variance, ``cell`` pixels from bump to bump, over the image."""
    rows, columns = math.ceil(HEIGHT / cell) + 3, math.ceil(WIDTH / cell) + 3
    coarse = chance.standard_normal((rows, columns))
    return 1.5 * _spline(HEIGHT, rows, cell) @ coarse @ _spline(WIDTH, columns, cell).T


def _spline(size: int, points: int, cell: float) -> Grid:
    """Weights of cubic B-spline control points, (size, points), for places a pixel apart."""
    distance = np.abs(np.arange(size)[:, None] / cell + 1 - np.arange(points)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    return np.where(distance < 1, near, far)


def _softened(grey: Grid) -> Grid:
    """A little blur, as every lens and roller makes: weights 1, 4, 1 across and down."""
    padded = np.pad(grey, 1, mode="edge")
    across = (padded[:, :-2] + 4 * padded[:, 1:-1] + padded[:, 2:]) / 6
    return (across[:-2] + 4 * across[1:-1] + across[2:]) / 6
