"""PNG (ISO/IEC 15948), grey with 8 bits a pixel: what a print's record may hold. Everything else is refused by name.

The chunks are walked here, so that sizes and checksums hold before a decoder sees a byte, and no ancillary chunk
reaches it.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, PngImagePlugin

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.limits import check_size
from tenprint.model.prints import GreyImage, Pixels

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""First eight bytes of every PNG. Source: ISO/IEC 15948, 5.2."""

COLOUR_TYPES = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGB with alpha"}
"""Names of the colour type byte. Source: ISO/IEC 15948, table 11.1."""

ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, column step and row step of the seven interlace passes. Source: ISO/IEC 15948, 8.2."""


@dataclass(frozen=True, slots=True)
class PngHeader:
    """IHDR: width and height in pixels, bits per sample, colour type (0, 2, 3, 4, 6), interlaced or not."""

    width: int
    height: int
    depth: int
    colour: int
    interlaced: bool

    @property
    def filtered_bytes(self) -> int:
        """Length of the decompressed stream of a grey 8-bit image: a filter byte before each row of each pass."""
        if not self.interlaced:
            return self.height * (self.width + 1)
        total = 0
        for column, row, columns, rows in ADAM7:
            across, down = -(-(self.width - column) // columns), -(-(self.height - row) // rows)
            total += down * (across + 1) if across > 0 and down > 0 else 0
        return total


def decode_png(data: bytes) -> Pixels:
    """The pixels of a grey 8-bit PNG. Raises ImageUnreadable, or ImageTooLarge before any allocation."""
    header, compressed = _walk(data)
    if (header.colour, header.depth) != (0, 8):
        colour = COLOUR_TYPES.get(header.colour, f"colour type {header.colour}")
        raise ImageUnreadable(
            f"PNG with {header.depth} bits per sample, {colour}; allowed: 8 bits, grey [ANSI/NIST-ITL, "
            "friction ridge images]. It was not decoded. Send the scan as 8-bit grey."
        )
    _check_stream(compressed, header.filtered_bytes)
    clean = PNG_SIGNATURE + _chunk(b"IHDR", data[16:29]) + _chunk(b"IDAT", compressed) + _chunk(b"IEND", b"")
    try:
        with PngImagePlugin.PngImageFile(io.BytesIO(clean)) as picture:
            picture.load()
            pixels = np.array(picture, dtype=np.uint8)
    except Exception as error:  # whatever a decoder says about hostile bytes, they are not a PNG
        raise ImageUnreadable(f"PNG that can't be decoded ({error}). Send the image again.") from None
    if pixels.shape != (header.height, header.width):
        raise ImageUnreadable(
            f"PNG of {header.width}×{header.height} pixels decoded to shape {pixels.shape}. It was not used."
        )
    return pixels


def encode_png(image: GreyImage) -> bytes:
    """The image as an 8-bit grey PNG that notes its resolution (pHYs). Lossless: `decode_png` gives the same pixels."""
    check_size(image.pixels.shape[1], image.pixels.shape[0])
    out = io.BytesIO()
    Image.fromarray(image.pixels).save(out, format="PNG", dpi=(image.ppi.value, image.ppi.value))
    return out.getvalue()


def png_header(data: bytes) -> PngHeader:
    """The header of a PNG, sizes checked. Raises ImageUnreadable or ImageTooLarge."""
    if len(data) < 33 or not data.startswith(PNG_SIGNATURE) or data[8:16] != b"\x00\x00\x00\rIHDR":
        raise ImageUnreadable(
            f"{len(data)} bytes that do not begin as a PNG. They were not decoded. Check the compression named."
        )
    width, height, depth, colour, method, filtering, interlace = struct.unpack(">IIBBBBB", data[16:29])
    check_size(width, height)
    if (method, filtering) != (0, 0) or interlace > 1:
        raise ImageUnreadable("PNG with an unknown compression, filter or interlace method. It was not decoded.")
    return PngHeader(width, height, depth, colour, bool(interlace))


def _walk(data: bytes) -> tuple[PngHeader, bytes]:
    """The header and the joined IDAT chunks, checksums verified, up to IEND."""
    header = png_header(data)
    parts: list[bytes] = []
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        check = data[at + 8 + length : at + 12 + length]
        if len(check) < 4:
            break
        if zlib.crc32(kind + body) != int.from_bytes(check, "big"):
            raise ImageUnreadable(
                f"PNG chunk {kind!r} at byte {at} has a wrong checksum. It was not decoded. Send it again."
            )
        if kind == b"IEND":
            return header, b"".join(parts)
        if kind == b"IDAT":
            parts.append(body)
        at += 12 + length
    raise ImageUnreadable(
        f"PNG that ends at byte {len(data)} without its IEND chunk. It was not decoded. Send it again."
    )


def _check_stream(compressed: bytes, expected: int) -> None:
    """Raises ImageUnreadable unless the stream decompresses to ``expected`` bytes; never makes more than one byte
    over.
    """
    inflater = zlib.decompressobj()
    try:
        found = len(inflater.decompress(compressed, expected + 1))
    except zlib.error as error:
        raise ImageUnreadable(
            f"PNG whose pixel stream is damaged ({error}). It was not decoded. Send it again."
        ) from None
    if found != expected or not inflater.eof:
        more = "fewer" if found < expected else "more"
        raise ImageUnreadable(f"PNG with {more} pixel bytes than its header claims ({expected}). It was not decoded.")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
