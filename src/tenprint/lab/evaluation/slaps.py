"""How often a segmenter finds the fingers of slaps whose boxes are known, by the tolerance of NIST's SlapSeg."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.grid import to_grid
from tenprint.lab.evaluation.fvc import FILE_NAME, read_set
from tenprint.lab.evaluation.persons import read_cards
from tenprint.model.prints import FingerSegment, GreyImage
from tenprint.units import GRID_PPI, Ppi, radians

LOWEST = (0.02, 0.05, 0.1, 0.2)
"""Shares of the fingers found, those of lowest confidence, of which the wrong ones are counted."""

SHORT_PX, LONG_PX = 32, 64
"""Most that a box may be off at its left and right, and at tip and base, pixels at 500 ppi. Source: NIST SlapSeg."""


class KnownFinger(Protocol):
    """Where a finger lies. box: left, top, right, bottom of its ink; corners: (4, 2), from tip left round; at 500 ppi."""

    @property
    def position(self) -> int:
        """1 to 10."""
        ...

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """Upright, right and bottom excluded; None where it is not known."""
        ...

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """In the finger's own direction."""
        ...

    @property
    def turn_deg(self) -> float:
        """Its lean, clockwise."""
        ...


class KnownSlap(Protocol):
    """A slap and what it shows. told: what was done to it, in words to count by."""

    @property
    def image(self) -> GreyImage:
        """The picture, of any resolution."""
        ...

    @property
    def position(self) -> int:
        """13, 14 or 15."""
        ...

    @property
    def missing(self) -> frozenset[int]:
        """Fingers that its record calls missing."""
        ...

    @property
    def truth(self) -> Sequence[KnownFinger]:
        """The fingers that must be found."""
        ...

    @property
    def told(self) -> frozenset[str]:
        """Empty for a plain slap."""
        ...


class Segmenter(Protocol):
    """What is measured."""

    def __call__(self, image: GreyImage, fgp: int, /, *, missing: Collection[int]) -> Sequence[FingerSegment]:
        """The fingers found in an image of that position, none of them one called missing."""
        ...


@dataclass(slots=True)
class Tally:
    """Fingers asked for, found under their own position, with a right box in their own direction; and of those whose upright box is
    known (``boxed``), with a right one.
    """

    asked: int = 0
    found: int = 0
    right: int = 0
    boxed: int = 0
    upright: int = 0

    def add(self, other: Tally) -> None:
        """Count the other one's fingers too."""
        self.asked += other.asked
        self.found += other.found
        self.right += other.right
        self.boxed += other.boxed
        self.upright += other.upright

    def report(self) -> dict[str, float | int | None]:
        """Counts and shares of those asked for; shares are None where nothing was asked for."""

        def share(count: int) -> float | None:
            return count / self.asked if self.asked else None

        return {
            "fingers": self.asked, "found": self.found, "position_right": self.right, "upright_right": self.upright,
            "found_share": share(self.found), "position_right_share": share(self.right),
            "upright_right_share": self.upright / self.boxed if self.boxed else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One slap: its tally, the fingers that are there and were not asked for or named otherwise, errors of turn, milliseconds, and
    the confidence of each finger found, with whether its place is right.
    """

    tally: Tally
    extra: int
    lean_deg: tuple[float, ...]
    ms: float
    placed: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, slots=True)
class Prints:
    """Single prints by card, or a pool of which nobody says the fingers. boxed: a person cut them out, so that the picture is the
    box. name: of the set; says: what they are.
    """

    name: str
    says: str
    boxed: bool
    cards: tuple[Mapping[int, GreyImage], ...] = ()
    pool: tuple[GreyImage, ...] = ()


def read_prints(folder: Path) -> Prints:
    """The prints of a folder of a001_02.png (positions known), or of <finger>_<impression>.tif (dealt out to cards of ten).

    Raises UsageError when it holds neither.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Nothing was evaluated.")
    if any(FILE_NAME.fullmatch(path.name) for path in folder.iterdir()):
        one = read_set(folder, name=folder.name)
        pool = tuple(_on_grid(read_image_file(one.files[key], one.ppi)) for key in sorted(one.files))
        return Prints(folder.name, "single prints, dealt out", boxed=False, pool=pool)
    cards = read_cards(folder)
    read = tuple(
        {position: read_image_file(path, Ppi(GRID_PPI)) for position, path in fingers.items()}
        for side in (cards.enrolled, cards.searched)
        for _, fingers in sorted(side.items())
    )
    return Prints(folder.name, "single prints, cut out by people", boxed=True, cards=read)


def _on_grid(image: GreyImage) -> GreyImage:
    return GreyImage(to_grid(image), Ppi(GRID_PPI))


def judge(slap: KnownSlap, segmenter: Segmenter) -> Judged:
    """Segment one slap and compare with its truth."""
    began = thread_time()
    found = {one.position: one for one in segmenter(slap.image, slap.position, missing=slap.missing)}
    took = (thread_time() - began) * 1e3
    tally = Tally()
    lean: list[float] = []
    placed: list[tuple[int, bool]] = []
    scale = slap.image.ppi.value / GRID_PPI
    for truth in slap.truth:
        tally.asked += 1
        tally.boxed += truth.box is not None
        one = found.get(truth.position)
        if one is None:
            continue
        tally.found += 1
        fits = position_right(one, truth, scale=scale)
        tally.right += fits
        if truth.box is not None:
            tally.upright += _within(np.array(one.box) / scale, np.array(truth.box, dtype=np.float64))
        lean.append(abs((math.degrees(radians(one.rotation)) - truth.turn_deg + 180) % 360 - 180))
        placed.append((one.confidence, fits))
    extra = len(set(found) - {truth.position for truth in slap.truth})
    return Judged(tally, extra, tuple(lean), took, tuple(placed))


def position_right(found: FingerSegment, truth: KnownFinger, *, scale: float) -> bool:
    """Is each side within tolerance, in the finger's true direction? Sides are compared at their middles."""
    return _within(
        _sides(np.array(found.corners) / scale, truth.turn_deg), _sides(np.array(truth.corners), truth.turn_deg)
    )


def _sides(corners: NDArray[np.float64], turn_deg: float) -> NDArray[np.float64]:
    """Left, top, right, bottom of a rectangle in a frame turned clockwise, from tip left round to base left."""
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    top, right, bottom, left = (corners + np.roll(corners, -1, axis=0)) / 2
    return np.array([cos * left[0] + sin * left[1], cos * top[1] - sin * top[0],
                     cos * right[0] + sin * right[1], cos * bottom[1] - sin * bottom[0]])  # fmt: skip


def _within(found: NDArray[np.float64], truth: NDArray[np.float64]) -> bool:
    return bool(np.all(np.abs(found - truth) <= (SHORT_PX, LONG_PX, SHORT_PX, LONG_PX)))


def evaluate_slaps(
    slaps: Iterable[KnownSlap], segmenter: Segmenter, *, sure: int, advance: Callable[[], None]
) -> dict[str, Any]:
    """Counts and shares over all slaps, and apart for each thing that was done to some. advance: called after each slap.

    position_right: left and right within 32 px, tip and base within 64 px, under the finger's own position and in its own
    direction; upright_right: the same of the upright boxes. all_right: slaps of which every finger is. doubted: fingers below
    the confidence from which a place is used unseen (``sure``), wrong and right ones. wrong_by_confidence: of the fingers found,
    those in a wrong place, and how many of them are among those of lowest confidence.
    """
    total = Tally()
    apart: dict[str, Tally] = {}
    lean: list[float] = []
    ms: list[float] = []
    placed: list[tuple[int, bool]] = []
    extra = all_right = number = 0
    for slap in slaps:
        one = judge(slap, segmenter)
        number += 1
        total.add(one.tally)
        for name in sorted(slap.told) or ["plain"]:
            apart.setdefault(name, Tally()).add(one.tally)
        lean += one.lean_deg
        ms.append(one.ms)
        extra += one.extra
        placed += one.placed
        all_right += one.tally.right == one.tally.asked
        advance()
    wrong = sum(confidence < sure and not fits for confidence, fits in placed)
    right = sum(confidence < sure and fits for confidence, fits in placed)
    return {
        "slaps": number, **total.report(), "all_right": all_right, "extra": extra,
        "doubted": {"wrong": wrong, "right": right, "wrong_unnoticed": total.asked - total.right - wrong},
        "wrong_by_confidence": _by_confidence(placed),
        "lean_error_deg": {"p50": _quantile(lean, 0.5), "p95": _quantile(lean, 0.95)},
        "ms_per_slap_core": {"p50": _quantile(ms, 0.5), "p95": _quantile(ms, 0.95)},
        "by": {name: tally.report() for name, tally in sorted(apart.items())},
        "tolerance_px": {"left_right": SHORT_PX, "tip_base": LONG_PX},
    }  # fmt: skip


def _by_confidence(placed: Sequence[tuple[int, bool]]) -> dict[str, Any]:
    """How many wrong places are among the fingers of lowest confidence; of equal confidence the right ones first."""
    ordered = sorted(placed, key=lambda pair: (pair[0], not pair[1]))
    lowest = {}
    for share in LOWEST:
        part = ordered[: round(share * len(ordered))]
        lowest[f"{share:g}"] = {"fingers": len(part), "wrong": sum(not fits for _, fits in part)}
    return {"fingers": len(ordered), "wrong": sum(not fits for _, fits in ordered), "lowest": lowest}


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 1) if values else None
