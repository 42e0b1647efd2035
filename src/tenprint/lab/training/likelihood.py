"""From points to bounded evidence: isotonic likelihood ratios, and the tails of sums of fingers."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Steps = list[tuple[int, int]]
"""A rising step function: (from so many points, so many hundredths of a decade of evidence)."""


def isotonic(genuine: Sequence[int], impostor: Sequence[int]) -> list[tuple[int, int, int]]:
    """Pool adjacent violators: (from points, mates, non-mates) in blocks whose share of mates rises strictly.

    Source: Ayer et al., Ann. Math. Stat. 26 (1955); as a calibration of likelihood ratios: Brümmer & du Preez, CSL 20
    (2006).
    """
    counts: dict[int, list[int]] = {}
    for column, scores in enumerate((genuine, impostor)):
        for points in scores:
            counts.setdefault(points, [0, 0])[column] += 1
    blocks: list[tuple[int, int, int]] = []
    for points in sorted(counts):
        mates_here, others_here = counts[points]
        block = (points, mates_here, others_here)
        while blocks and _share(blocks[-1]) >= _share(block):
            start, mates, others = blocks.pop()
            block = (start, mates + block[1], others + block[2])
        blocks.append(block)
    return blocks


def _share(block: tuple[int, int, int]) -> Fraction:
    return Fraction(block[1], block[1] + block[2])


def evidence_steps(genuine: Sequence[int], impostor: Sequence[int], *, floor: int, cap: int) -> Steps:
    """log10 likelihood ratio of each isotonic block in hundredths, kept between ``floor`` and ``cap``, from 0 points
    up.
    """
    steps: Steps = []
    for start, mates, others in isotonic(genuine, impostor):
        if mates == 0:
            level = floor
        elif others == 0:
            level = cap
        else:
            ratio = mates * len(impostor) / (others * len(genuine))
            level = min(cap, max(floor, math.floor(100 * math.log10(ratio))))
        if not steps:
            steps.append((0, level))
        elif level > steps[-1][1]:
            steps.append((start, level))
    return steps


def evidence_of(steps: Steps, points: int) -> int:
    """The evidence of so many points."""
    return steps[bisect_right(steps, (points, math.inf)) - 1][1]


def careful_mass(steps: Steps, impostors: Sequence[Sequence[int]], *, inflation: float) -> NDArray[np.float64]:
    """The distribution of one non-mated finger's evidence, floor to cap, made pessimistic on purpose.

    impostors:  points of non-mated fingers, one sequence a data set. For each level the share at or above it is that of
                the worst set, times ``inflation``, at most 1: prints of another kind have heavier tails than those at
                hand.
    Returns:    (cap - floor + 1,) probabilities; index 0 is the floor.
    """
    floor, cap = steps[0][1], steps[-1][1]
    above = np.zeros(cap - floor + 2)
    for scores in impostors:
        levels = np.array([evidence_of(steps, points) for points in scores])
        for level in range(floor + 1, cap + 1):
            above[level - floor] = max(above[level - floor], float((levels >= level).mean()))
    above = np.minimum(above * inflation, 1.0)
    above[0] = 1.0
    return above[:-1] - above[1:]


def tails(mass: NDArray[np.float64], fingers: int) -> NDArray[np.float64]:
    """P(sum of ``fingers`` independent draws >= fingers * floor + n) for each n."""
    total = np.ones(1)
    for _ in range(fingers):
        total = np.convolve(total, mass)
    return np.cumsum(total[::-1])[::-1]
