"""Made-up fingers for the matcher's tests: points drawn by Hypothesis, never a real person's."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tenprint.identify.match.mcc import Matcher
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae

Row = tuple[int, int, int, int]


def finger(rows: Sequence[Row], position: int = 2) -> FingerTemplate:
    points = np.array([(x, y, theta, 1, quality) for x, y, theta, quality in rows], dtype=MINUTIA)
    return FingerTemplate(position, Minutiae(points, 65535, 65535), 50, "made-up")


def drawn(seed: int, count: int = 36) -> list[Row]:
    """A plausible finger: minutiae at least 9 px apart in 260 x 340 px, directions that turn slowly over the area."""
    rng = random.Random(seed)
    rows: list[Row] = []
    while len(rows) < count:
        x, y = rng.randrange(100, 360), rng.randrange(100, 440)
        if all((x - u) ** 2 + (y - v) ** 2 >= 81 for u, v, _, _ in rows):
            theta = (x * 60 + y * 35 + seed * 7919 + rng.randrange(2) * 32768 + rng.randrange(-2500, 2500)) % 65536
            rows.append((x, y, theta, rng.randrange(50, 101)))
    return rows


def disturbed(rows: Sequence[Row], seed: int) -> list[Row]:
    """The same finger once more: each point moved by up to 2 px and 5 degrees, an eighth lost."""
    rng = random.Random(seed)
    kept = [row for row in rows if rng.randrange(8)]
    return [
        (x + rng.randrange(-2, 3), y + rng.randrange(-2, 3), (t + rng.randrange(-900, 900)) % 65536, q)
        for x, y, t, q in kept
    ]


@pytest.fixture(scope="session")
def make() -> Callable[..., FingerTemplate]:
    return finger


@pytest.fixture(scope="session")
def draw() -> Callable[..., list[Row]]:
    return drawn


@pytest.fixture(scope="session")
def disturb() -> Callable[..., list[Row]]:
    return disturbed


@pytest.fixture(scope="session")
def native() -> Matcher:
    return Matcher()


@pytest.fixture(scope="session")
def plain() -> Matcher:
    return Matcher(kernel="reference")
