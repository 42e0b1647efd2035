"""JPEG (ISO/IEC 10918-1), grey with 8 bits a pixel: JPEGB with the discrete cosine transform, JPEGL without loss.

The markers are walked here first, so that size, depth and channels hold before a decoder (libjpeg-turbo, which Pillow
brings, or our own for JPEGL) sees a byte.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import JpegImagePlugin

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.jpeg_lossless import decode_lossless
from tenprint.identify.codecs.limits import check_size
from tenprint.model.prints import Pixels

FRAMES = {0xC0: "baseline", 0xC1: "extended sequential", 0xC2: "progressive", 0xC3: "lossless"}
"""Frame markers that are decoded. Source: ISO/IEC 10918-1, table B.1; hierarchical and arithmetic frames are not."""

OTHER_FRAMES = frozenset({0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
"""Frame markers that are refused by name. Source: ISO/IEC 10918-1, table B.1."""

MOST_SCANS = 64
"""Most scans of one image. Set by: time; each scan of a progressive image passes over all of it, encoders make ten."""

STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length. Source: ISO/IEC 10918-1, B.1.1.3."""


@dataclass(frozen=True, slots=True)
class JpegFrame:
    """The frame header. process: a value of `FRAMES`; depth: bits of a sample; components: 1 is grey."""

    process: str
    depth: int
    width: int
    height: int
    components: int


def jpeg_frame(data: bytes) -> JpegFrame:
    """The frame header of a JPEG, sizes checked; nothing is decoded. Raises ImageUnreadable or ImageTooLarge."""
    if not data.startswith(b"\xff\xd8\xff"):
        raise ImageUnreadable(
            f"{len(data)} bytes that do not begin as a JPEG. They were not decoded. Check the compression named."
        )
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise ImageUnreadable(f"JPEG without a marker at byte {at}. It was not decoded. Send the image again.")
        kind = data[at + 1]
        if kind == 0xFF or kind in STANDALONE:
            at += 1 if kind == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if kind in FRAMES or kind in OTHER_FRAMES:
            return _frame(data, at, length)
        if kind in (0xD9, 0xDA) or length < 2:
            break
        at += 2 + length
    raise ImageUnreadable(f"JPEG without a frame header up to byte {at}. It was not decoded. Send the image again.")


def _frame(data: bytes, at: int, length: int) -> JpegFrame:
    if length < 11 or at + 2 + length > len(data):
        raise ImageUnreadable(f"JPEG whose frame header at byte {at} is cut. It was not decoded. Send the image again.")
    process = FRAMES.get(data[at + 1])
    depth, height, width, components = struct.unpack_from(">BHHB", data, at + 4)
    if process is None:
        raise ImageUnreadable(
            f"JPEG frame of kind SOF{data[at + 1] - 0xC0} at byte {at}; allowed: {', '.join(FRAMES.values())} "
            "[ISO/IEC 10918-1, table B.1]. It was not decoded. Send the image as WSQ, PNG or JPEG 2000."
        )
    if height == 0:
        raise ImageUnreadable("JPEG that tells its height only at its end (DNL). It was not decoded. Send it again.")
    check_size(width, height)
    return JpegFrame(process, depth, width, height, components)


def decode_jpeg(data: bytes) -> Pixels:
    """The pixels (rows, columns) uint8 of a grey 8-bit JPEG, with or without loss.

    Colour is refused, never converted: which weights a sender used to make colour of a print is not known.
    Raises ImageUnreadable, or ImageTooLarge before any allocation.
    """
    frame = jpeg_frame(data)
    if (frame.components, frame.depth) != (1, 8):
        raise ImageUnreadable(
            f"JPEG with {frame.components} components of {frame.depth} bits; allowed: 1 of 8, grey [ANSI/NIST-ITL, "
            "friction ridge images]. It was not decoded. Send the scan as 8-bit grey."
        )
    scans = data.count(b"\xff\xda")
    if scans > MOST_SCANS:
        raise ImageUnreadable(
            f"JPEG with {scans} scans; allowed: {MOST_SCANS} [set by this build]. It was not decoded."
        )
    if b"\xff\xd9" not in data[-64:]:
        raise ImageUnreadable("JPEG without its end marker (EOI). It was not decoded. Send the image again.")
    if frame.process == "lossless":
        return decode_lossless(data, width=frame.width, height=frame.height)
    try:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as picture:
            if picture.mode != "L" or picture.size != (frame.width, frame.height):
                raise ImageUnreadable("JPEG with two frame headers that differ. It was not decoded.")
            picture.load()
            return np.array(picture, dtype=np.uint8)
    except ImageUnreadable:
        raise
    except Exception as error:  # whatever a decoder says about hostile bytes, they are not a JPEG
        raise ImageUnreadable(f"JPEG that can't be decoded ({error}). Send the image again.") from None
