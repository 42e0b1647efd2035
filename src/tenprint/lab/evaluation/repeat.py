"""What a minutia's quality means: the share found again in the same print, scanned a little worse.

Every image is turned by ten degrees and given grain; a minutia counts as found again when one lies where it must lie
then, pointing the same way. That is no proof that it is on the finger, only that the extractor sees it again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.errors import IdentifyError, UsageError
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.grid import finger_pixels
from tenprint.lab.evaluation.fvc import FvcSet
from tenprint.model.prints import GreyImage, Minutiae, Pixels
from tenprint.model.protocols import Extractor
from tenprint.units import GRID_PPI, TURN, Ppi

TURNED: Final = 10.0
"""Degrees counter-clockwise. Set by: what a person puts a finger down differently, and no multiple of a pixel grid's."""

GRAIN: Final = 8.0
"""Standard deviation of the grain added, grey levels. Set by: twice what scanners of 500 ppi may have (EBTS Appendix F)."""

NEAR_PX, NEAR_DEGREES = 8.0, 25.0
"""A minutia is found again within so many pixels and degrees. Set by: a ridge period, and the matcher's own tolerance."""

BANDS: Final = ((30, 40), (40, 50), (50, 60), (60, 70), (70, 80), (80, 90), (90, 101))
"""Qualities that are told together, the last excluded."""


def found_again(first: Minutiae, second: Minutiae) -> NDArray[np.bool_]:
    """For each minutia of ``first`` whether ``second``, of the same image turned by `TURNED`, has it; (n,)."""
    turn = math.radians(TURNED)
    x, y = first.points["x"] - (first.width - 1) / 2, first.points["y"] - (first.height - 1) / 2
    at_x = x * math.cos(turn) + y * math.sin(turn) + (second.width - 1) / 2
    at_y = y * math.cos(turn) - x * math.sin(turn) + (second.height - 1) / 2
    far = np.hypot(at_x[:, None] - second.points["x"], at_y[:, None] - second.points["y"])
    aside = first.points["theta"].astype(np.int64)[:, None] + round(TURNED / 360 * TURN) - second.points["theta"]
    degrees = np.abs((aside + TURN // 2) % TURN - TURN // 2) * 360 / TURN
    again: NDArray[np.bool_] = ((far <= NEAR_PX) & (degrees <= NEAR_DEGREES)).any(axis=1)
    return again


def worse(pixels: Pixels, seed: int) -> Pixels:
    """The image turned about its middle on a larger sheet of its own median grey, with grain; the same seed, the same grain."""
    turned = Image.fromarray(pixels).rotate(
        TURNED, Image.Resampling.BICUBIC, expand=True, fillcolor=int(np.median(pixels))
    )
    return np.clip(
        np.rint(np.asarray(turned, dtype=np.float64) + _grain(turned.height, turned.width, seed)), 0, 255
    ).astype(np.uint8)


def _grain(rows: int, columns: int, seed: int) -> NDArray[np.float64]:
    """Nearly normal numbers of standard deviation `GRAIN`, (rows, columns): sums of four hashed counters (SplitMix64)."""
    count = np.arange(4 * rows * columns, dtype=np.uint64) + np.uint64(seed) * np.uint64(2**40)
    mixed = (count + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53
    total: NDArray[np.float64] = (uniform.reshape(4, rows, columns).sum(axis=0) - 2.0) * (3.0**0.5 * GRAIN)
    return total


def evaluate_repeat(
    sets: Sequence[FvcSet], extractor: Extractor, *, every: int, advance: Callable[[], None]
) -> dict[str, Any]:
    """For each band of quality how many minutiae there are and which share is found again. every: take each n-th print.

    Raises UsageError where none can be extracted.
    """
    qualities: list[NDArray[np.int64]] = []
    again: list[NDArray[np.bool_]] = []
    failures = 0
    for one in sets:
        for number, (_, path) in enumerate(sorted(one.files.items())[::every]):
            try:
                pixels = finger_pixels(read_image_file(path, one.ppi))
                first = extractor.extract(GreyImage(pixels, Ppi(GRID_PPI)))
                second = extractor.extract(GreyImage(worse(pixels, number), Ppi(GRID_PPI)))
            except IdentifyError:
                failures += 1
                continue
            finally:
                advance()
            qualities.append(first.points["quality"].astype(np.int64))
            again.append(found_again(first, second))
    if not again:
        raise UsageError(f"none of {failures} prints could be extracted; nothing was evaluated")
    return {
        "bands": bands(np.concatenate(qualities), np.concatenate(again)),
        "prints": len(again),
        "failures": failures,
    }


def bands(qualities: NDArray[np.int64], again: NDArray[np.bool_]) -> list[Mapping[str, float | int | None]]:
    """One row for each of `BANDS`: from, to (included), minutiae, share found again (None for none)."""
    rows: list[Mapping[str, float | int | None]] = []
    for low, high in BANDS:
        inside = (qualities >= low) & (qualities < high)
        count = int(np.count_nonzero(inside))
        share = float(again[inside].mean()) if count else None
        rows.append({"from": low, "to": high - 1, "minutiae": count, "found_again": share})
    return rows
