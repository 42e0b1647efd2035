"""The profile *fast*: the LEADER network on the print at 400 ppi. Two thirds of the work, at a measured loss of accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.identify.extract import weights
from tenprint.identify.extract.area import printed_area
from tenprint.identify.extract.grid import finger_pixels
from tenprint.identify.extract.leader import KEEP_QUALITY, LeaderExtractor, points_of
from tenprint.model.prints import GreyImage, Minutiae, Pixels, in_order

SCALE: Final = 0.8
"""Pixels that the network sees for one at 500 ppi. Set by: below it one minutia in six is another one."""

FAST_FAMILY: Final = "leader-fast-1"
"""Family of these templates: their minutiae differ by more than rounding, so they are not mixed with `leader-1` in a gallery."""

CONFIDENCE_AT_FULL: Final = (
    (0.0, 0.0), (0.053, 0.1), (0.128, 0.2), (0.219, 0.3), (0.305, 0.4), (0.397, 0.5), (0.507, 0.6), (0.629, 0.7), (0.758, 0.8),
    (0.883, 0.9), (1.0, 1.0),
)  # fmt: skip
"""Confidence at 400 ppi, and the confidence at 500 ppi that as many minutiae reach.

Set by: 140 prints (half the impressions of two FVC B sets, ink cards); without it thresholds and qualities would mean something else.
"""


SMALL, FULL = (np.array(side) for side in zip(*CONFIDENCE_AT_FULL, strict=True))


class LeaderFastExtractor:
    """Finds minutiae as `LeaderExtractor` does, at 400 ppi; positions and qualities are given as at 500 ppi.

    weights_path, kind: as of `LeaderExtractor`. Raises: as it does.
    """

    def __init__(self, weights_path: Path | None = None, *, kind: str = "auto") -> None:
        self._full = LeaderExtractor(weights_path, kind=kind)

    @property
    def name(self) -> str:
        """``leader-fast``."""
        return "leader-fast"

    @property
    def version(self) -> str:
        """Family, the first 16 hex digits of the network's SHA-256, and the loops that ran it."""
        return f"{FAST_FAMILY}/{weights.LEADER_SHA256[:16]}/{self._full.kind}"

    def extract(self, image: GreyImage) -> Minutiae:
        """Minutiae of quality 30 or more, at most 255, on the 500 ppi grid; none for a blank image.

        Raises: ExtractionFailed, ResolutionUnusable as `LeaderExtractor.extract`.
        """
        pixels = finger_pixels(image)
        rows, columns = pixels.shape
        area = printed_area(pixels)
        found = self._full.find(_smaller(pixels[area]), least=_least())
        x, y = _at_full(found[:, 0], area[1]), _at_full(found[:, 1], area[0])
        confidence = np.interp(found[:, 2], SMALL, FULL).astype(np.float32)
        return Minutiae(in_order(points_of(x, y, confidence, found[:, 3], found[:, 4])), columns, rows)


def _smaller(pixels: Pixels) -> Pixels:
    rows, columns = (max(1, round(side * SCALE)) for side in pixels.shape)
    return np.ascontiguousarray(
        Image.fromarray(pixels).resize((columns, rows), Image.Resampling.LANCZOS), dtype=np.uint8
    )


def _at_full(place: NDArray[np.float32], within: slice) -> NDArray[np.int64]:
    """Pixel centres of the small image as the nearest pixels of the whole one."""
    full: NDArray[np.int64] = np.floor((place.astype(np.float64) + 0.5) / SCALE).astype(np.int64)
    inside: NDArray[np.int64] = np.minimum(full, within.stop - within.start - 1) + within.start
    return inside


def _least() -> float:
    """The confidence that means the least quality kept."""
    return float(np.interp(KEEP_QUALITY / 100, FULL, SMALL))
