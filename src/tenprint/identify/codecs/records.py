"""Decodes the image of one print record, given what the record claims about it."""

from __future__ import annotations

import numpy as np

from tenprint.errors import CompressionNotSupported, ImageUnreadable
from tenprint.identify.codecs.limits import check_size
from tenprint.identify.codecs.png import decode_png, png_header
from tenprint.identify.codecs.wsq import decode_wsq, wsq_size
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

DECODED = ("NONE", "WSQ20", "PNG")
"""Compression algorithms that are decoded. Source: names of ANSI/NIST-ITL 1-2011, field 14.011 (CGA)."""

KNOWN = ("JPEGB", "JPEGL", "JP2", "JP2L")
"""Compression algorithms of the standard that this build can't decode. Source: as `DECODED`."""


def decode(data: bytes, *, compression: str, width: int, height: int, bits: int, ppi: Ppi) -> GreyImage:
    """The image of one print record.

    data:         the bytes of field 999 (or of the binary record after its header).
    compression:  as ANSI/NIST-ITL names it: NONE, WSQ20, PNG; other names of the standard are known and refused.
    width, height, bits:  what the record claims (HLL, VLL, BPX); the image must be exactly that. bits must be 8.
    Returns:      (height, width) uint8 with ``ppi``. A resolution noted inside a PNG or WSQ is ignored: the record's counts.
    Raises:       ImageTooLarge before any allocation, CompressionNotSupported, ImageUnreadable.
    """
    if compression in KNOWN:
        raise CompressionNotSupported(
            f"image compressed with {compression}; this build decodes {', '.join(DECODED)}. It was not decoded. "
            "Send the image as WSQ, as PNG or uncompressed."
        )
    if compression not in DECODED:
        raise ImageUnreadable(
            f"compression {compression[:16]!r}; allowed: {', '.join(DECODED + KNOWN)} [ANSI/NIST-ITL 1-2011, 14.011]. "
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
