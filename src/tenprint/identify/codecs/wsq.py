"""WSQ, gray-scale fingerprint compression (IAFIS-IC-0110 V3): what nearly every print's record holds.

The work is done in native/wsq, from the public specification. Sizes are checked here, before anything is allocated.
Restart markers are passed over. Filters of an even length, which the specification allows and none of NIST's reference
files has, are refused by name.
"""

from __future__ import annotations

import numpy as np

from tenprint.errors import ImageUnreadable
from tenprint.identify import _native
from tenprint.identify.codecs.limits import check_size
from tenprint.model.prints import GreyImage, Pixels

BITRATE = 0.75
"""Target of the encoder's bit allocation in bits a pixel; files come out near 15:1. Source: EBTS, Appendix F profile
of WSQ (average ratio 15:1) and the rate in the comments of NIST's reference files.
"""

BITRATES = (0.05, 8.0)
"""Lowest and highest bitrate that is encoded. Set by: below, no subband keeps a bin; 8 is the uncompressed image."""

LEAST_SIDE = 96
"""Fewest pixels on a side that are encoded. Set by: up to 80, lines of the coarsest subbands are shorter than a filter
reaches, and readers in the field differ in what they mirror there (measured against NBIS: equal from 83 pixels on).
"""


def wsq_size(data: bytes) -> tuple[int, int]:
    """Width and height that the frame header gives, checked against the limits; nothing is decoded.

    Raises ImageUnreadable, or ImageTooLarge.
    """
    try:
        width, height = _native.wsq_frame(data)
    except ValueError as error:
        raise _refused(error) from None
    check_size(width, height)
    return width, height


def decode_wsq(data: bytes) -> Pixels:
    """The pixels (height, width) uint8 of a WSQ file. Bytes after its end marker are ignored.

    Raises ImageUnreadable, or ImageTooLarge before any allocation. Memory: about five bytes a pixel.
    """
    width, height = wsq_size(data)
    try:
        return _native.wsq_decode(data, width, height)
    except ValueError as error:
        raise _refused(error) from None


def encode_wsq(image: GreyImage, *, bitrate: float = BITRATE) -> bytes:
    """The image as a WSQ file with a NIST_COM comment that gives its size, resolution and bitrate. Lossy.

    bitrate:  target in bits a pixel, 0.05 to 8; 0.75 gives about 15:1 on rolled prints, the rate of the field.
    Raises:   ImageUnreadable for less than 96 pixels on a side, ImageTooLarge, ValueError for another bitrate.
    """
    height, width = image.pixels.shape
    check_size(width, height)
    if min(width, height) < LEAST_SIDE:
        raise ImageUnreadable(
            f"image of {width}×{height} pixels; WSQ needs {LEAST_SIDE} on each side [set by this build: readers differ below]. "
            "It was not encoded. Keep it uncompressed or as PNG."
        )
    if not BITRATES[0] <= bitrate <= BITRATES[1]:
        raise ValueError(f"bitrate {bitrate}; allowed: {BITRATES[0]} to {BITRATES[1]} bits a pixel")
    return _native.wsq_encode(np.ascontiguousarray(image.pixels), bitrate, _comment(image, bitrate))


def _comment(image: GreyImage, bitrate: float) -> str:
    height, width = image.pixels.shape
    facts = {
        "PIX_WIDTH": width,
        "PIX_HEIGHT": height,
        "PIX_DEPTH": 8,
        "PPI": round(image.ppi.value),
        "LOSSY": 1,
        "COLORSPACE": "GRAY",
        "COMPRESSION": "WSQ",
        "WSQ_BITRATE": f"{bitrate:.6f}",
    }
    lines = [f"NIST_COM {len(facts) + 1}", *(f"{name} {fact}" for name, fact in facts.items())]
    return "\n".join(lines)


def _refused(error: ValueError) -> ImageUnreadable:
    return ImageUnreadable(f"WSQ that can't be decoded: {error}. It was not decoded. Send the image again.")
