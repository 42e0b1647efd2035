"""Decodes the image of one print record, given what the record claims about it."""

from __future__ import annotations

import numpy as np

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.jpeg import decode_jpeg, jpeg_frame
from tenprint.identify.codecs.jpeg2000 import decode_jpeg2000, jpeg2000_size
from tenprint.identify.codecs.limits import check_size
from tenprint.identify.codecs.png import decode_png, png_header
from tenprint.identify.codecs.wsq import decode_wsq, wsq_size
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

DECODED = ("NONE", "WSQ20", "JPEGB", "JPEGL", "JP2", "JP2L", "PNG")
"""Compression algorithms, all of which are decoded. Source: ANSI/NIST-ITL 1-2011, field 14.011 (CGA); the same names stand
for the numbers of GCA in binary records. JPEGB and JPEGL differ in the frame that the stream itself names, JP2 and JP2L
in its transform: the stream is believed.
"""


def decode(data: bytes, *, compression: str, width: int, height: int, bits: int, ppi: Ppi) -> GreyImage:
    """The image of one print record.

    data:         the bytes of field 999 (or of the binary record after its header).
    compression:  as ANSI/NIST-ITL names it: one of `DECODED`.
    width, height, bits:  what the record claims (HLL, VLL, BPX); the image must be exactly that. bits must be 8.
    Returns:      (height, width) uint8 with ``ppi``. A resolution noted inside the image is ignored: the record's counts.
    Raises:       ImageTooLarge before any allocation, ImageUnreadable.
    """
    if compression not in DECODED:
        raise ImageUnreadable(
            f"compression {compression[:16]!r}; allowed: {', '.join(DECODED)} [ANSI/NIST-ITL 1-2011, 14.011]. "
            "The image was not decoded. Correct the field."
        )
    check_size(width, height)
    if bits != 8:
        raise ImageUnreadable(
            f"image of {bits} bits per pixel; allowed: 8 [ANSI/NIST-ITL, friction ridge images]. It was not decoded. "
            "Send the scan as 8-bit grey."
        )
    if compression == "NONE":
        return _raw(data, width, height, ppi)
    if compression == "WSQ20":
        _agree("WSQ", wsq_size(data), (width, height))
        return GreyImage(decode_wsq(data), ppi)
    if compression in ("JPEGB", "JPEGL"):
        frame = jpeg_frame(data)
        _agree("JPEG", (frame.width, frame.height), (width, height))
        return GreyImage(decode_jpeg(data), ppi)
    if compression in ("JP2", "JP2L"):
        size = jpeg2000_size(data)
        _agree("JPEG 2000", (size.width, size.height), (width, height))
        return GreyImage(decode_jpeg2000(data), ppi)
    header = png_header(data)
    _agree("PNG", (header.width, header.height), (width, height))
    return GreyImage(decode_png(data), ppi)


def _agree(kind: str, found: tuple[int, int], claimed: tuple[int, int]) -> None:
    if found != claimed:
        raise ImageUnreadable(
            f"the record claims {claimed[0]}×{claimed[1]} pixels but its {kind} has "
            f"{found[0]}×{found[1]}. It was not decoded. Correct HLL and VLL."
        )


def _raw(data: bytes, width: int, height: int, ppi: Ppi) -> GreyImage:
    if len(data) != width * height:
        raise ImageUnreadable(
            f"uncompressed image of {len(data)} bytes; allowed: {width * height}, which is {width}×{height} "
            "pixels of 8 bits. It was not decoded. Correct HLL and VLL, or send the image again."
        )
    return GreyImage(np.frombuffer(data, dtype=np.uint8).reshape(height, width).copy(), ppi)
