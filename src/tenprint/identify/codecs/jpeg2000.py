"""JPEG 2000 (ISO/IEC 15444-1), grey with 8 bits a pixel: JP2 with loss, JP2L without.

Boxes and the SIZ marker are read here first; only the bare codestream goes to the decoder (OpenJPEG, which Pillow
brings), so that no palette, colour profile or metadata box reaches it.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image, Jpeg2KImagePlugin

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.limits import check_size
from tenprint.model.prints import GreyImage, Pixels

JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
"""First twelve bytes of every JP2 file. Source: ISO/IEC 15444-1, I.5.1."""

CODESTREAM = b"\xff\x4f\xff\x51"
"""SOC then SIZ: how every codestream begins. Source: ISO/IEC 15444-1, A.4 and A.5."""

SIZ = struct.Struct(">HHIIIIIIIIH")
"""Lsiz, Rsiz, the image's and the tile's extent and origin, components. Source: ISO/IEC 15444-1, table A.9."""

MOST_TILES = 4096
"""Most tiles of one image. Set by: time and memory; the field's profile has one [NIST SP 500-289]."""

RATIO = 10.0
"""Compression of the lossy encoder, one to this. Source: NIST SP 500-289, 1000 ppi friction ridge images."""


@dataclass(frozen=True, slots=True)
class CodestreamSize:
    """What SIZ says. width, height: of the image, pixels; depth: bits of a sample; components: 1 is grey."""

    width: int
    height: int
    depth: int
    signed: bool
    components: int


def jpeg2000_size(data: bytes) -> CodestreamSize:
    """What the SIZ marker of a JP2 file or bare codestream says, sizes checked; nothing is decoded.

    Raises ImageUnreadable or ImageTooLarge.
    """
    return _size(_codestream(data))


def decode_jpeg2000(data: bytes) -> Pixels:
    """The pixels (rows, columns) uint8 of a grey 8-bit JP2 file or codestream, with or without loss.

    Colour is refused, never converted. Raises ImageUnreadable, or ImageTooLarge before any allocation.
    """
    stream = _codestream(data)
    size = _size(stream)
    if (size.components, size.depth, size.signed) != (1, 8, False):
        sign = "signed " if size.signed else ""
        raise ImageUnreadable(
            f"JPEG 2000 with {size.components} components of {size.depth} {sign}bits; allowed: 1 of 8, grey "
            "[ANSI/NIST-ITL, friction ridge images]. It was not decoded. Send the scan as 8-bit grey."
        )
    if not stream.endswith(b"\xff\xd9"):
        raise ImageUnreadable("JPEG 2000 without its end marker (EOC). It was not decoded. Send the image again.")
    try:
        with Jpeg2KImagePlugin.Jpeg2KImageFile(io.BytesIO(stream)) as picture:
            if picture.mode != "L" or picture.size != (size.width, size.height):
                raise ImageUnreadable("JPEG 2000 that two readers understand differently. It was not decoded.")
            picture.load()
            return np.array(picture, dtype=np.uint8)
    except ImageUnreadable:
        raise
    except Exception as error:  # whatever a decoder says about hostile bytes, they are not JPEG 2000
        raise ImageUnreadable(f"JPEG 2000 that can't be decoded ({error}). Send the image again.") from None


def encode_jpeg2000(image: GreyImage, *, lossless: bool) -> bytes:
    """The image as a JP2 file: with the reversible 5/3 transform (JP2L), or the 9/7 one at 1:10 (JP2).

    Raises ImageTooLarge, ImageUnreadable.
    """
    check_size(image.pixels.shape[1], image.pixels.shape[0])
    out = io.BytesIO()
    picture = Image.fromarray(image.pixels)
    if lossless:
        picture.save(out, format="JPEG2000", irreversible=False)
    else:
        picture.save(out, format="JPEG2000", irreversible=True, quality_mode="rates", quality_layers=[RATIO])
    return out.getvalue()


def _codestream(data: bytes) -> bytes:
    """The contiguous codestream: of a JP2 file the body of its first ``jp2c`` box."""
    if data.startswith(CODESTREAM):
        return data
    if not data.startswith(JP2_SIGNATURE):
        raise ImageUnreadable(
            f"{len(data)} bytes that do not begin as JPEG 2000. They were not decoded. Check the compression named."
        )
    at = 0
    while at + 8 <= len(data):
        length, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if length == 1:
            length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif length == 0:
            length = len(data) - at
        if length < head or at + length > len(data):
            raise ImageUnreadable(
                f"JPEG 2000 box {kind!r} at byte {at} of {length} bytes in a file of {len(data)}. It was not decoded. "
                "Send the image again."
            )
        if kind == b"jp2h" and b"pclr" in data[at : at + length]:
            raise ImageUnreadable("JPEG 2000 with a palette; allowed: 8-bit grey [ANSI/NIST-ITL]. It was not decoded.")
        if kind == b"jp2c":
            return data[at + head : at + length]
        at += length
    raise ImageUnreadable("JPEG 2000 file without a codestream (jp2c). It was not decoded. Send the image again.")


def _size(stream: bytes) -> CodestreamSize:
    if not stream.startswith(CODESTREAM) or len(stream) < 4 + SIZ.size + 3:
        raise ImageUnreadable("JPEG 2000 whose codestream does not begin with SOC and SIZ. It was not decoded.")
    length, _, right, bottom, left, top, across, down, tile_left, tile_top, components = SIZ.unpack_from(stream, 4)
    if length != SIZ.size + 3 * components or right <= left or bottom <= top or not across or not down:
        raise ImageUnreadable("JPEG 2000 whose SIZ marker contradicts itself. It was not decoded. Send it again.")
    check_size(right - left, bottom - top)
    check_size(min(right, across), min(bottom, down))
    tiles = -(-(right - min(tile_left, right)) // across) * -(-(bottom - min(tile_top, bottom)) // down)
    if tiles > MOST_TILES:
        raise ImageUnreadable(f"JPEG 2000 with {tiles} tiles; allowed: {MOST_TILES} [set by this build]. Not decoded.")
    depth, step_across, step_down = stream[4 + SIZ.size : 4 + SIZ.size + 3]
    if components == 1 and (step_across, step_down) != (1, 1):
        raise ImageUnreadable("JPEG 2000 with subsampled pixels; allowed: every pixel. It was not decoded.")
    return CodestreamSize(right - left, bottom - top, (depth & 0x7F) + 1, bool(depth & 0x80), components)
