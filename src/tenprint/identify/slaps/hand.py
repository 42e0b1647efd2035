"""How a hand lies in a slap: its turn, and which patch, or which part of a patch, is which finger's.

Every turn of a coarse grid is tried. At each, patches below others are middle phalanges or palm, and left out; the rest is
cut into as many fingers as the record lets expect, where that costs least: cuts want valleys, fingers want a finger's
width, upright sides and ink. The turn that costs least is taken and refined by the fingers' own directions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.slaps.foreground import Field
from tenprint.identify.slaps.patches import Patch

TURNS_DEG: Final = tuple(range(-45, 46, 9))
"""Turns of the hand that are tried, degrees clockwise. Source: ±45 degrees; refined afterwards by up to 8."""

WIDTH_CELLS: Final = 34.0
"""Usual width of a finger's plain print, cells of 8 px. Set by: 270 px, 14 mm, the middle of composed slaps."""

WIDTH_SPREAD: Final = 0.33
"""Spread of the logarithm of that width. Set by: little fingers of 190 px and thumbs of 400 px are usual."""

FEWEST_CELLS: Final = 12
"""Narrowest part that is a finger, cells. Set by: 96 px, half of a little finger."""

FEWEST_TOUCHING: Final = 17
"""Least mean width of fingers that touch, cells. Set by: 136 px, a child's finger; less is tried in vain and costs time."""

ASIDE: Final = 0.5
"""Share of a patch's width under another patch from which it is below it."""

FINGER_CELLS: Final = 420.0
"""Cells from which a patch is a whole finger's worth of ink. Set by: the smaller little fingers."""

SHORT: Final = 1.15
"""Length over width below which a finger costs more, unless the picture cuts it. Set by: plain prints of whole fingertips."""

LEAN, ALONE = (0.4, 0.12), (0.8, 0.35)
"""Share of the measured lean from the direction of all that is believed, and most of it, radians: of a finger of a hand, and of a
thumb. Set by: fingers of a hand lean by few degrees, and a round print's lean is measured no better.
"""

BIG_CELLS: Final = 1000.0
"""Cells of a big finger; a patch of several times as many is several fingers. Set by: 290 × 420 px, an ellipse in it."""

DROP: Final = {2: 18.0, 3: 0.0, 4: 6.0, 5: 30.0, 7: 18.0, 8: 0.0, 9: 6.0, 10: 30.0, 1: 0.0, 6: 0.0}
"""How far each tip lies below the middle finger's, cells of 8 px along the hand. Set by: round figures from hands."""

TIPS_DEG: Final = 9.0
"""Spread of the hand's turn as its tips' drops tell it, degrees. Set by: 5 on composed slaps, whose drops are all of one table."""

TIPS_MOST: Final = 3.0
"""Most that a reading costs for where its tips lie. Set by: less than a finger that is lost or cut wrongly."""

TOLD: Final = (0.5, 0.25)
"""Share that is believed of what the tips, and of what the fingers' own directions say of the hand's turn. Set by: composed slaps
of prints of two FVC sets and of inked prints: error of the turn 3.6 degrees, with either alone 5.0 (root mean square).
"""

LOST: Final = 6.0
"""Cost of a finger that is expected and not found. Set by: more than any cut costs that is worth trying."""

LEFT_OUT: Final = 4.0
"""Cost of a patch that looks like a whole finger and is left out. Set by: composed slaps, with `LOST` above it."""

WRONG_CUT: Final = 4.0
"""Cost of a cut through full ink; through a valley it falls with the square of its depth."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A finger's cells: x, y in the picture; weight: their deviation; tilt: from the hand's direction, radians clockwise; cut:
    parts of its patch are another finger's.
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    weight: Field
    tilt: float
    cut: bool


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """Pieces from left to right; turn: radians clockwise; cost: of the whole reading, lower is better."""

    pieces: tuple[Piece, ...]
    turn: float
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class _Turned:
    """A patch in the hand's frame. u, v: cells across, and along from tip to base; like: 0 to 1, a whole finger."""

    patch: Patch
    u: Field
    v: Field
    like: float


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Cells of a patch that are read as one finger. among: how many fingers the patch is read as."""

    of: _Turned
    inside: NDArray[np.bool_]
    tilt: float
    among: int


def read_hand(found: Sequence[Patch], fingers: Sequence[int]) -> Hand:
    """The cheapest reading of the patches as those fingers (one to four, from left to right), or as fewer where there are not so many."""
    best = min((_at(found, math.radians(turn), fingers) for turn in TURNS_DEG), key=lambda reading: reading[0])
    for _ in range(2):
        own = _off(best[1], fingers)
        if abs(own) < math.radians(1.5):
            break
        again = _at(found, best[2] + max(-0.15, min(0.15, own)), fingers)
        if again[0] > best[0] + 0.5:
            break
        best = again
    cost, parts, turn = best
    pieces = sorted(_settled(parts, LEAN if len(fingers) > 2 else ALONE), key=lambda pair: pair[0])
    return Hand(tuple(piece for _, piece in pieces), turn, cost)


def _off(parts: Sequence[_Part], fingers: Sequence[int]) -> float:
    """How far a reading's turn seems off, radians clockwise, by its fingers' directions and by where their tips lie."""
    if not parts:
        return 0.0
    tilt = float(np.mean([part.tilt for part in parts]))
    tips = _tips(parts, fingers)
    return tilt if tips is None else TOLD[0] * tips + TOLD[1] * tilt


def _tips(parts: Sequence[_Part], fingers: Sequence[int]) -> float | None:
    """The same by the tips alone: how the line along them slopes, their usual drops taken off; None without two, or with one lost."""
    if len(parts) != len(fingers) or len(parts) < 2:
        return None
    spots = sorted(
        (float(part.of.u[part.inside].mean()), float(np.percentile(part.of.v[part.inside], 2))) for part in parts
    )
    across = np.array([u for u, _ in spots])
    down = np.array([v for _, v in spots]) - np.array([DROP[finger] for finger in fingers])
    across -= across.mean()
    return math.atan(float(across @ down) / max(float(across @ across), 1e-6))


_Reading = tuple[float, list[_Part], float]


def _at(found: Sequence[Patch], turn: float, fingers: Sequence[int]) -> _Reading:
    """Cost, parts and turn of the cheapest reading at one turn."""
    cos, sin = np.float32(math.cos(turn)), np.float32(math.sin(turn))
    expected = len(fingers)
    usual = max((float(patch.weight.mean()) for patch in found if len(patch.x) > FINGER_CELLS / 2), default=1.0)
    turned = []
    for patch in found:
        x, y = patch.x.astype(np.float32), patch.y.astype(np.float32)
        u, v = cos * x + sin * y, cos * y - sin * x
        turned.append(_Turned(patch, u, v, _likeness(u, v) * min(1.0, float(patch.weight.mean()) / (0.5 * usual))))
    reached: dict[int, tuple[float, list[_Part]]] = {0: (0.0, [])}
    for one in _uppermost(turned):
        options: dict[int, tuple[float, list[_Part]]] = {
            0: (LEFT_OUT * one.like * max(1.0, len(one.u) / BIG_CELLS), [])
        }
        for form, more in [(one, 0.0), *_without_ends(one)]:
            for count in range(1, expected + 1):
                option = _cut(form, count)
                if option is not None and (count not in options or option[0] + more < options[count][0]):
                    options[count] = (option[0] + more, option[1])
        after: dict[int, tuple[float, list[_Part]]] = {}
        for have, (cost, parts) in reached.items():
            for count, (more, new) in options.items():
                total = have + count
                if total <= expected and (total not in after or cost + more < after[total][0]):
                    after[total] = (cost + more, parts + new)
        reached = after
    number, (cost, parts) = min(reached.items(), key=lambda item: item[1][0] + LOST * (expected - item[0]))
    tips = _tips(parts, fingers) or 0.0
    cost += min(TIPS_MOST, 0.5 * (tips / math.radians(TIPS_DEG)) ** 2)
    return cost + LOST * (expected - number), parts, turn


def _uppermost(turned: list[_Turned]) -> list[_Turned]:
    """Without patches that lie below another one that looks like a finger."""
    kept: list[_Turned] = []
    joined: dict[int, _Turned] = {}
    for one in turned:
        left, right, top = float(one.u.min()), float(one.u.max()), float(np.percentile(one.v, 5))
        for other in turned:
            if other is one or other.like < 0.6 or other.v.min() > top:
                continue
            under = (other.u > left) & (other.u < right)
            if under.sum() < 0.4 * min(len(one.u), len(other.u)):
                continue
            shared = min(right, float(other.u.max())) - max(left, float(other.u.min()))
            if shared > ASIDE * (right - left) and float(np.percentile(other.v[under], 90)) <= top + 4:
                if _continues(other, one):
                    joined[id(other)] = _joined(joined.get(id(other), other), one)
                break
        else:
            kept.append(one)
    return [joined.get(id(one), one) for one in kept]


def _continues(upper: _Turned, lower: _Turned) -> bool:
    """A finger that a scar or crease cuts in two: what is above is too short for a fingertip, and what is below follows at once."""
    wide, high = float(upper.u.max() - upper.u.min()), float(upper.v.max() - upper.v.min())
    gap = float(np.percentile(lower.v, 5)) - float(np.percentile(upper.v, 95))
    return wide < 1.5 * WIDTH_CELLS and high < 0.95 * wide and gap < 6 and float(np.ptp(lower.u)) > 0.6 * wide


def _joined(upper: _Turned, lower: _Turned) -> _Turned:
    one, two = upper.patch, lower.patch
    edges = (one.edges[0] or two.edges[0], one.edges[1], one.edges[2] or two.edges[2], two.edges[3])
    patch = Patch(
        np.concatenate([one.x, two.x]), np.concatenate([one.y, two.y]), np.concatenate([one.weight, two.weight]), edges
    )
    return _Turned(patch, np.concatenate([upper.u, lower.u]), np.concatenate([upper.v, lower.v]), upper.like)


def _likeness(u: Field, v: Field) -> float:
    """0 not at all to 1 a whole finger: enough ink, as compact as a finger, and not much wider than long."""
    wide, high = float(u.max() - u.min()) + 1, float(v.max() - v.min()) + 1
    solid = len(u) / (wide * high)
    narrow = min(1.0, max(0.0, (min(wide, high) - 8) / 12))
    flat = min(1.0, max(0.0, high / wide / 0.7 - 0.3)) if wide < 1.3 * WIDTH_CELLS else min(1.0, high / 24)
    return min(1.0, len(u) / FINGER_CELLS) * narrow * flat * min(1.0, max(0.0, (solid - 0.3) / 0.3))


def _without_ends(one: _Turned) -> list[tuple[_Turned, float]]:
    """The patch without what another finger, cut off by the picture's left or right edge, has left there; and what that costs."""
    found = []
    for at_edge, side in ((one.patch.edges[0], 1), (one.patch.edges[2], -1)):
        if not at_edge:
            continue
        column = np.floor(side * one.u - (side * one.u).min()).astype(np.int64)
        profile = np.bincount(column, weights=one.patch.weight.astype(np.float64))
        last = min(len(profile) - FEWEST_CELLS, round(0.45 * len(profile)))
        if last <= 4:
            continue
        valley = 3 + int(np.argmin(profile[3:last]))
        peak = min(profile[:valley].max(), profile[valley:].max())
        keep = column >= valley
        if profile[valley] > 0.65 * peak or keep.sum() < 100:
            continue
        old = one.patch
        patch = Patch(
            old.x[keep],
            old.y[keep],
            old.weight[keep],
            (side < 0 and old.edges[0], old.edges[1], side > 0 and old.edges[2], old.edges[3]),
        )
        like = min(1.0, float((~keep).sum()) / FINGER_CELLS)
        cost = WRONG_CUT * (profile[valley] / max(peak, 1e-6)) ** 2 + 0.5 * LEFT_OUT * like
        found.append((_Turned(patch, one.u[keep], one.v[keep], one.like), float(cost)))
    return found


def _cut(one: _Turned, count: int) -> tuple[float, list[_Part]] | None:
    """The cheapest cut into ``count`` fingers side by side; None where the patch is too narrow for them."""
    start = one.u.min()
    column = np.floor(one.u - start).astype(np.int64)
    wide = int(column.max()) + 1
    if wide < (FEWEST_CELLS if count == 1 else FEWEST_TOUCHING) * count:
        return None
    profile = softened(np.bincount(column, weights=one.patch.weight.astype(np.float64), minlength=wide))
    edges, cost = _cheapest(profile, count)
    if edges is None:
        return None
    parts = []
    for left, right in pairwise(edges):
        inside = (column >= left) & (column < right)
        cells = int(inside.sum())
        if cells < 60:
            return None
        tilt = tilt_of(one.u[inside], one.v[inside])
        if not any(one.patch.edges):
            cost += 0.5 * (max(0.0, math.log(SHORT * (right - left) / (float(np.ptp(one.v[inside])) + 1))) / 0.15) ** 2
        cost += (tilt / 0.21) ** 2 * 0.5 + 1.5 * (1 - min(1.0, cells / FINGER_CELLS))
        parts.append(_Part(one, inside, tilt, count))
    return cost + 2.0 * count * (1 - one.like), parts


def _cheapest(profile: NDArray[np.float64], count: int) -> tuple[list[int] | None, float]:
    """Where to cut: at valleys of the profile or, in case it has none, at equal parts. Edges from left to right, and the cost."""
    wide = len(profile)
    chosen = _places(profile, count)
    places = np.array(chosen, dtype=np.int64).reshape(len(chosen), count - 1)
    edges = np.concatenate([np.zeros((len(places), 1), np.int64), places, np.full((len(places), 1), wide)], axis=1)
    widths = np.diff(edges, axis=1)
    cost = 0.5 * np.sum((np.log(np.maximum(widths, 1) / WIDTH_CELLS) / WIDTH_SPREAD) ** 2, axis=1)
    cost[widths.min(axis=1) < FEWEST_CELLS] = np.inf
    if count > 1:
        highest = np.maximum.accumulate(np.where(np.triu(np.ones((wide, wide), bool)), profile[None, :], 0), axis=1)
        peaks = highest[edges[:, :-1], edges[:, 1:] - 1]
        lower = np.maximum(np.minimum(peaks[:, :-1], peaks[:, 1:]), 1e-6)
        cost += WRONG_CUT * np.sum((profile[places] / lower) ** 2, axis=1)
    best = int(np.argmin(cost))
    return (edges[best].tolist(), float(cost[best])) if math.isfinite(cost[best]) else (None, math.inf)


def _places(profile: NDArray[np.float64], count: int) -> list[tuple[int, ...]]:
    if count == 1:
        return [()]
    inner = profile[1:-1]
    valleys = np.flatnonzero((inner <= profile[:-2]) & (inner < profile[2:])) + 1
    valleys = valleys[(valleys >= FEWEST_CELLS) & (valleys < len(profile) - FEWEST_CELLS)]
    deepest = valleys[np.argsort(profile[valleys], kind="stable")][:8].tolist()
    equal = [round(len(profile) * n / count) for n in range(1, count)]
    return [*combinations(sorted({*deepest, *equal}), count - 1)]


def _settled(parts: Sequence[_Part], believed: tuple[float, float]) -> list[tuple[float, Piece]]:
    """The pieces with their middle across the hand. In a patch of several fingers each cell goes to the finger whose shape it
    fits best, since fingers are round and the cuts were straight.
    """
    pieces = []
    for one in {id(part.of): part.of for part in parts}.values():
        mine = [part for part in parts if part.of is one]
        insides = [part.inside for part in mine]
        if len(mine) > 1:
            insides = _by_shape(one, insides)
        for inside in insides:
            tilt = max(-believed[1], min(believed[1], believed[0] * tilt_of(one.u[inside], one.v[inside])))
            piece = Piece(one.patch.x[inside], one.patch.y[inside], one.patch.weight[inside], tilt, len(mine) > 1)
            pieces.append((float(one.u[inside].mean()), piece))
    return pieces


def _by_shape(one: _Turned, insides: list[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Cells by the nearest finger, each an ellipse with its own middle and spread; three rounds."""
    cells = np.stack([one.u, one.v]).astype(np.float64)
    start = insides
    for _ in range(3):
        far = []
        for inside in insides:
            middle = cells[:, inside].mean(axis=1)
            spread = np.cov(cells[:, inside]) + np.eye(2)
            offset = cells - middle[:, None]
            far.append(
                np.einsum("in,ij,jn->n", offset, np.linalg.inv(spread), offset) + 0.5 * math.log(np.linalg.det(spread))
            )
        nearest = np.argmin(np.stack(far), axis=0)
        insides = [nearest == n for n in range(len(insides))]
        if min(int(inside.sum()) for inside in insides) < 60:
            return start
    return insides


def softened(values: NDArray[Any]) -> NDArray[np.float64]:
    """Weighted 1, 2, 1 along the line; the ends go on."""
    padded = np.pad(values.astype(np.float64), 1, mode="edge")
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4, dtype=np.float64)


def tilt_of(u: Field, v: Field) -> float:
    """How far a finger leans from the hand's direction, radians clockwise, by the middles of its rows; at most 0.35."""
    row = np.floor(v - v.min()).astype(np.int64)
    count = np.bincount(row).astype(np.float64)
    middle = np.bincount(row, weights=u.astype(np.float64)) / np.maximum(count, 1)
    at = np.flatnonzero(count >= 0.6 * np.sort(count)[int(0.9 * (len(count) - 1))])
    if len(at) < 8:
        return 0.0
    keep = at[len(at) // 10 : len(at) - len(at) // 10]
    weight = count[keep]
    across = keep - np.sum(weight * keep) / np.sum(weight)
    slope = float(np.sum(weight * across * middle[keep]) / np.sum(weight * across * across))
    return max(-0.35, min(0.35, -math.atan(slope)))
