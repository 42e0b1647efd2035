"""Brings an image to the 500 ppi grid on which all minutiae live. Nothing else in the house resamples a print."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.errors import ExtractionFailed, ResolutionUnusable
from tenprint.model.prints import GreyImage, Pixels
from tenprint.units import GRID_PPI, Ppi

HALVING_SIGMA_PX = 0.8475
"""Standard deviation of the low-pass filter before 1000 ppi is halved, in pixels of the 1000 ppi image.

Source: NISTIR 7839, which compares ways of down-sampling prints and recommends this Gaussian with a radius of four
pixels.
"""

HALVING_RADIUS_PX = 4
"""Reach of that filter to either side, pixels at 1000 ppi. Source: NISTIR 7839."""

LARGEST_FINGER_PIXELS = 1_500_000
"""Most pixels at 500 ppi that are taken for one finger: 6×6 cm. A larger image is a card or a slap, not a finger.

Set by: memory; the network takes about 1.5 kB a pixel, so 2.2 GB here. A rolled finger has 0.6 million (EBTS Appendix
F).
"""

LARGEST_SIDE_PX = 8000
"""Longest side of one finger's image, pixels at 500 ppi. Set by: 40 cm; positions are 16-bit numbers (template v1)."""

LOWEST_PPI = 250.0
"""Coarsest scan that is enlarged to the grid, pixels per inch.

Set by: sampling. A ridge period is about 9 px at 500 ppi and down to 5 px in children; below 250 ppi the finest ridges
have fewer than 2.5 samples a period and can't be told from noise.
"""


def finger_pixels(image: GreyImage) -> Pixels:
    """`to_grid`, for an image that can be one finger.

    Raises: ExtractionFailed on no pixels, over 1.5 million or over 8000 on a side at 500 ppi; ResolutionUnusable.
    """
    rows, columns = image.pixels.shape
    scale = GRID_PPI / image.ppi.value
    too_long = max(rows, columns) * scale > LARGEST_SIDE_PX
    if not rows or not columns or too_long or rows * columns * scale**2 > LARGEST_FINGER_PIXELS:
        raise ExtractionFailed(
            f"an image of {columns}×{rows} pixels at {image.ppi.value:g} ppi; allowed for one finger: 1 to "
            f"{LARGEST_FINGER_PIXELS:,} pixels and {LARGEST_SIDE_PX} on a side, at {GRID_PPI} ppi. No minutiae were "
            "extracted. Cut the card into single fingers."
        )
    return to_grid(image)


def to_grid(image: GreyImage) -> Pixels:
    """The image at 500 ppi: (rows, columns) uint8.

    Class-500 images (within 1 %) come back as they are. 1000 ppi (within 1 %) is halved after the Gaussian of NISTIR
    7839; anything else goes through an anti-aliased Lanczos filter whose support grows with the reduction.
    Raises: ResolutionUnusable below 250 ppi, or where no pixel would be left.
    """
    if image.ppi.is_class_500:
        return image.pixels
    rows, columns = image.pixels.shape
    scale = GRID_PPI / image.ppi.value
    new_rows, new_columns = round(rows * scale), round(columns * scale)
    if image.ppi.value < LOWEST_PPI:
        raise ResolutionUnusable(
            f"image scanned at {image.ppi.value:g} ppi; allowed: {LOWEST_PPI:g} ppi or more (500 is the class "
            "resolution of ANSI/NIST-ITL). No minutiae were extracted. Scan the finger again at 500 or 1000 ppi."
        )
    if not new_rows or not new_columns:
        raise ResolutionUnusable(
            f"an image of {columns}×{rows} pixels at {image.ppi.value:g} ppi is nothing at {GRID_PPI} "
            "ppi. No minutiae were extracted. Check the declared resolution."
        )
    if _is_double(image.ppi):
        return _halved(image.pixels)
    resized = Image.fromarray(image.pixels).resize((new_columns, new_rows), Image.Resampling.LANCZOS)
    return np.asarray(resized, dtype=np.uint8)


def _is_double(ppi: Ppi) -> bool:
    return abs(ppi.value - 2 * GRID_PPI) <= 0.01 * 2 * GRID_PPI


def _halved(pixels: Pixels) -> Pixels:
    offsets = np.arange(-HALVING_RADIUS_PX, HALVING_RADIUS_PX + 1)
    taps = np.exp(-0.5 * (offsets / HALVING_SIGMA_PX) ** 2)
    kernel = (taps / taps.sum()).astype(np.float32)
    smooth = _along_rows(_along_rows(pixels.astype(np.float32), kernel).T, kernel).T
    rows, columns = (pixels.shape[0] // 2) * 2, (pixels.shape[1] // 2) * 2
    if not rows or not columns:
        raise ResolutionUnusable("a 1000 ppi image of one row or column can't be halved. No minutiae were extracted.")
    return np.clip(np.rint(smooth[0:rows:2, 0:columns:2]), 0, 255).astype(np.uint8)


def _along_rows(image: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column filtered by ``kernel``, the edge rows repeated outwards; same shape."""
    padded = np.pad(image, ((HALVING_RADIUS_PX, HALVING_RADIUS_PX), (0, 0)), mode="edge")
    result = np.zeros_like(image)
    for step, weight in enumerate(kernel):
        result += weight * padded[step : step + image.shape[0]]
    return result
