"""Every draw of this room: a generator for one purpose, from a seed and a path of numbers, the same on every run."""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

import numpy as np

from tenprint.errors import UsageError

Draws: TypeAlias = np.random.Generator
"""A source of numbers that a seed decides wholly."""


class Purpose(IntEnum):
    """What a stream of numbers is for; each has its own, so that drawing more of one changes nothing else."""

    ATTRIBUTES = 1
    NAME = 2
    PATTERNS = 3
    SKIN = 4
    FINGER = 5
    IMPRESSION = 6
    CONDITION = 7
    CREASES = 8
    SLAP = 9


LARGEST = 2**32 - 1
"""Largest seed or number taken: one word of numpy's seed sequence, so that no two paths fall together."""


def draws(seed: int, purpose: Purpose, *path: int) -> Draws:
    """The stream of ``purpose`` at ``path`` (person, finger, impression).

    Raises: UsageError for a seed or number below 0 or above `LARGEST`.
    """
    if not all(0 <= number <= LARGEST for number in (seed, *path)):
        raise UsageError(f"seed {seed}, numbers {path}; allowed: 0 to {LARGEST}. Nothing was drawn.")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(purpose), *path))))
