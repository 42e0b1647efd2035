"""Resolution: images brought to 500 ppi, and claims of resolution held against the ridges themselves.

Nothing else in the house resamples a print. A claim is never corrected by guess: it is doubted, with what was measured.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.errors import ResolutionUnusable
from tenprint.identify.codecs.spectra import oriented_periods
from tenprint.model.prints import GreyImage, Pixels
from tenprint.units import GRID_PPI, MM_PER_INCH, Ppi

HALVING_SIGMA_PX = 0.8475
"""Standard deviation of the low-pass filter before 1000 ppi is halved, in pixels of the 1000 ppi image.

Source: NISTIR 7839 (taken up by NIST SP 500-289), which compares ways of down-sampling prints and recommends this
Gaussian with a radius of four pixels.
"""

HALVING_RADIUS_PX = 4
"""Reach of that filter to either side, pixels at 1000 ppi. Source: NISTIR 7839."""

LOWEST_PPI = 250.0
"""Coarsest scan that is enlarged to the grid, pixels per inch.

Set by: sampling. A ridge period is about 9 px at 500 ppi and down to 5 px in children; below 250 ppi the finest ridges
have fewer than 2.5 samples a period and can't be told from noise.
"""

LEAST_WINDOWS = 5
"""Fewest windows with ridges before a period is told. Set by: smudges and letters of cards fill up to three."""

LEAST_PART = 1 / 3
"""Least part of the windows looked at that must show ridges. Set by: white and smoothed noise reach 1 in 40."""

WIDEST_SPREAD = 0.30
"""Widest spread of the periods, the difference of quartiles of their logarithms. Set by: of 300 research prints of five
sources 259 get a period; a mixture of ridges and their doubles gets none.
"""

FINGER_MM = (0.28, 0.75)
"""Shortest and longest mean ridge period of one finger that is believed, millimetres.

Set by: adults have 0.46 mm in the mean; 300 research prints of five sources, whose resolution is known, lie between
0.30 and 0.62. A scan twice as coarse as claimed shows 0.15 to 0.31, one twice as fine 0.60 to 1.24: a finger at an end
of these is not caught alone.
"""

CARD_MM = (0.33, 0.66)
"""As `FINGER_MM`, for the median of three or more fingers of a card. Set by: half-way, by ratio, between the mean of
adults and its half and its double.
"""

CARD_FINGERS = 3
"""Fewest fingers with a period before their median is judged. Set by: one outlier of three does not move it far."""


def to_500(image: GreyImage) -> GreyImage:
    """The image at 500 ppi.

    Class-500 images (within 1 %) come back as they are. 1000 ppi (within 1 %) is halved after the Gaussian of NISTIR
    7839; anything else goes through an anti-aliased Lanczos filter whose support grows with the reduction.
    Raises: ResolutionUnusable below 250 ppi, or where no pixel would be left.
    """
    if image.ppi.is_class_500:
        return image
    rows, columns = image.pixels.shape
    scale = GRID_PPI / image.ppi.value
    new_rows, new_columns = round(rows * scale), round(columns * scale)
    if image.ppi.value < LOWEST_PPI:
        raise ResolutionUnusable(
            f"image scanned at {image.ppi.value:g} ppi; allowed: {LOWEST_PPI:g} ppi or more (500 is the class "
            "resolution of ANSI/NIST-ITL). It was not used. Scan the finger again at 500 or 1000 ppi."
        )
    if not new_rows or not new_columns:
        raise ResolutionUnusable(
            f"an image of {columns}×{rows} pixels at {image.ppi.value:g} ppi is nothing at {GRID_PPI} "
            "ppi. It was not used. Check the declared resolution."
        )
    if abs(image.ppi.value - 2 * GRID_PPI) <= 0.01 * 2 * GRID_PPI:
        return GreyImage(_halved(image.pixels), Ppi(GRID_PPI))
    resized = Image.fromarray(image.pixels).resize((new_columns, new_rows), Image.Resampling.LANCZOS)
    return GreyImage(np.asarray(resized, dtype=np.uint8), Ppi(GRID_PPI))


MEASURED_AT_ONCE = 2
"""Fingers of a card measured at the same time. Set by: the smallest supported machine has two cores; the transforms let go of
Python's lock.
"""


def ridge_period(image: GreyImage) -> float | None:
    """Pixels from ridge to ridge, whatever resolution the image claims; None when unsure.

    The median over windows whose spectrum has one oriented peak, looked for at the scan's own scale, at half of it and
    at twice of it. Unsure: under 96 pixels on a side at each scale, few windows with ridges, or periods that disagree.
    """
    for scale, pixels in ((1.0, image.pixels), (2.0, _binned(image.pixels)), (0.5, _doubled(image.pixels))):
        period = _agreed(oriented_periods(pixels))
        if period is not None:
            return scale * period
    return None


def finger_doubt(image: GreyImage) -> str | None:
    """Why the claimed resolution of one finger is not believed, one sentence; None when it fits or can't be judged."""
    period = ridge_period(image)
    return None if period is None else _doubt(period / image.ppi.value * MM_PER_INCH, FINGER_MM, "its")


def card_doubt(images: Mapping[int, GreyImage]) -> tuple[int | None, str] | None:
    """Why the claimed resolutions of a card's fingers, by position, are not believed; None when they fit or can't be judged.

    Returns: the position of the first finger that is doubted alone, or None where the median of three or more is; and one
    sentence.
    """
    with ThreadPoolExecutor(max_workers=MEASURED_AT_ONCE, thread_name_prefix="ridges") as pool:
        periods = dict(zip(images, pool.map(ridge_period, images.values()), strict=True))
    found = {
        position: period / images[position].ppi.value * MM_PER_INCH
        for position, period in periods.items()
        if period is not None
    }
    for position, millimetres in found.items():
        doubt = _doubt(millimetres, FINGER_MM, "its")
        if doubt is not None:
            return position, doubt
    if len(found) < CARD_FINGERS:
        return None
    doubt = _doubt(statistics.median(found.values()), CARD_MM, f"the median of {len(found)} fingers'")
    return None if doubt is None else (None, doubt)


def _doubt(millimetres: float, allowed: tuple[float, float], whose: str) -> str | None:
    least, most = allowed
    if least <= millimetres <= most:
        return None
    fits = "a finer scan than claimed" if millimetres > most else "a coarser scan than claimed"
    return (
        f"at the claimed resolution {whose} ridges lie {millimetres:.2f} mm apart; allowed: {least:.2f} to {most:.2f} mm "
        f"[ridges of fingers]. The image looks like {fits}"
    )


def _agreed(found: tuple[NDArray[np.float32], int]) -> float | None:
    periods, looked_at = found
    if len(periods) < LEAST_WINDOWS or len(periods) < LEAST_PART * looked_at:
        return None
    low, high = np.percentile(np.log(periods), [25, 75])
    return float(np.median(periods)) if high - low <= WIDEST_SPREAD else None


def _binned(pixels: Pixels) -> Pixels:
    """Half the size, each pixel the mean of four; good enough to measure on, never to extract from."""
    rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
    fours = pixels[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2).astype(np.uint16)
    means: Pixels = (fours.sum(axis=(1, 3), dtype=np.uint16) // 4).astype(np.uint8)
    return means


def _doubled(pixels: Pixels) -> Pixels:
    """Twice the size; a scan of over a megapixel is not coarse for one finger, so only its middle is looked at."""
    middle = pixels[_middle(pixels.shape[0]), _middle(pixels.shape[1])]
    if not middle.size:
        return pixels
    size = (2 * middle.shape[1], 2 * middle.shape[0])
    return np.asarray(Image.fromarray(np.ascontiguousarray(middle)).resize(size, Image.Resampling.BICUBIC), np.uint8)


def _middle(length: int, most: int = 512) -> slice:
    start = max(0, (length - most) // 2)
    return slice(start, start + most)


def _halved(pixels: Pixels) -> Pixels:
    offsets = np.arange(-HALVING_RADIUS_PX, HALVING_RADIUS_PX + 1)
    taps = np.exp(-0.5 * (offsets / HALVING_SIGMA_PX) ** 2)
    kernel = (taps / taps.sum()).astype(np.float32)
    smooth = _along_rows(_along_rows(pixels.astype(np.float32), kernel).T, kernel).T
    rows, columns = (pixels.shape[0] // 2) * 2, (pixels.shape[1] // 2) * 2
    if not rows or not columns:
        raise ResolutionUnusable("a 1000 ppi image of one row or column can't be halved. It was not used.")
    return np.clip(np.rint(smooth[0:rows:2, 0:columns:2]), 0, 255).astype(np.uint8)


def _along_rows(image: NDArray[np.float32], kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each column filtered by ``kernel``, the edge rows repeated outwards; same shape."""
    padded = np.pad(image, ((HALVING_RADIUS_PX, HALVING_RADIUS_PX), (0, 0)), mode="edge")
    result = np.zeros_like(image)
    for step, weight in enumerate(kernel):
        result += weight * padded[step : step + image.shape[0]]
    return result
