"""One finger on the 500 ppi grid on which all minutiae live."""

from __future__ import annotations

from tenprint.errors import ExtractionFailed
from tenprint.identify.codecs.resolution import to_500
from tenprint.model.prints import GreyImage, Pixels
from tenprint.units import GRID_PPI

LARGEST_FINGER_PIXELS = 1_500_000
"""Most pixels at 500 ppi that are taken for one finger: 6×6 cm. A larger image is a card or a slap, not a finger.

Set by: memory; the network takes about 1.5 kB a pixel, so 2.2 GB here. A rolled finger has 0.6 million (EBTS Appendix
F).
"""

LARGEST_SIDE_PX = 8000
"""Longest side of one finger's image, pixels at 500 ppi. Set by: 40 cm; positions are 16-bit numbers (template v1)."""


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
    """The image at 500 ppi: (rows, columns) uint8, as `tenprint.identify.codecs.resolution.to_500` makes it.

    Raises: ResolutionUnusable below 250 ppi, or where no pixel would be left.
    """
    return to_500(image).pixels
