"""ISO/IEC 19794-4:2005, finger image records: ``FIR``, version ``010``; resolution and compression stand once, for all images.

Verified against two public implementations (NIST BIOMDI, JMRTD): the layout, positions, impressions and compression codes.
Recalled, not verified: that quality may be 254 or 255. No reference file was at hand: files made here were read only here.
"""

from __future__ import annotations

import struct
from collections import Counter

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.finger_image_record import (
    POSITIONS,
    FingerImage,
    FingerImageRecord,
    ImageCursor,
    note_of,
)
from tenprint.identify.codecs.minutiae_record import checked

EDITION = "iso-19794-4-2005"
"""The name of this edition."""

MAGIC = b"FIR\x00010\x00"
"""Format identifier and version; INCITS 381-2004 begins alike. Source: NIST BIOMDI, JMRTD (7.1, table 2)."""

LEVELS = frozenset((10, 20, 30, 31, 35, 40, 41))
"""Image acquisition levels. Source: NIST BIOMDI, validator of ISO/IEC 19794-4."""

IMPRESSIONS = frozenset((0, 1, 2, 3, 7, 8, 9))
"""Impression codes: live-scan plain and rolled, the same not live, latent, swipe, contactless. Source: NIST BIOMDI, JMRTD."""

COMPRESSIONS = {0: "NONE", 1: "PACKED", 2: "WSQ20", 3: "JPEGB", 4: "JP2", 5: "PNG"}
"""Compression by code; one code stands for both JPEG 2000 transforms. Source: NIST BIOMDI, JMRTD (7.1.13, table 3)."""

VIEW = 14
"""Bytes of the header of one image. Source: NIST BIOMDI, JMRTD."""


def read(data: bytes) -> FingerImageRecord:
    """The record. Raises ImageUnreadable or ImageTooLarge with the byte at fault."""
    cursor = ImageCursor(data, EDITION)
    cursor.magic(MAGIC)
    cursor.length(6)
    device = cursor.number(2, "capture device with four reserved bits", most=0xFFF)
    level, images = common(cursor, levels=LEVELS)
    return FingerImageRecord(EDITION, images, device=device, level=level)


def write(record: FingerImageRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises ImageUnreadable, ImageTooLarge."""

    def build() -> bytes:
        body = struct.pack(">H", record.device) + common_body(record)
        return MAGIC + (14 + len(body)).to_bytes(6, "big") + body

    return checked(build, read, record, refusal=ImageUnreadable)


def common(cursor: ImageCursor, *, levels: frozenset[int]) -> tuple[int, tuple[FingerImage, ...]]:
    """Level, and the images: all that follows the capture device; INCITS 381-2004 is equal from here on."""
    level = cursor.one_of(levels, 2, "image acquisition level")
    count = cursor.number(1, "number of images", least=1)
    units, scan, rate = cursor.rates()
    bits = cursor.number(1, "bits per pixel", least=1, most=16)
    compression = COMPRESSIONS[cursor.one_of(COMPRESSIONS, 1, "compression")]
    cursor.number(2, "reserved bytes", most=0)
    images = [_image(cursor, (units, scan, rate), bits=bits, compression=compression) for _ in range(count)]
    found = Counter(image.position for image in images)
    for image in images:
        if found[image.position] != image.views:
            raise cursor.fault(
                f"images of finger position {image.position}",
                str(found[image.position]),
                f"{image.views}, the count stated",
            )
    return level, cursor.end(images)


def common_body(record: FingerImageRecord) -> bytes:
    """The bytes that `common` reads. Raises ValueError where the images do not share what stands once."""
    shared = {(i.units, i.scan, i.rate, i.bits, i.compression) for i in record.images}
    if len(shared) != 1:
        raise ValueError("images of one resolution, depth and compression are needed")
    ((units, scan, rate, bits, compression),) = shared
    code = {name: code for code, name in COMPRESSIONS.items()}[compression]
    head = struct.pack(">HBBHHHHBBH", record.level, len(record.images), units, *scan, *rate, bits, code, 0)
    return head + b"".join(_packed(image) for image in record.images)


def _image(
    cursor: ImageCursor, scale: tuple[int, tuple[int, int], tuple[int, int]], *, bits: int, compression: str
) -> FingerImage:
    length = cursor.number(4, "length of the image", least=VIEW + 1, most=len(cursor.data) - cursor.at)
    position = cursor.one_of(POSITIONS, 1, "finger or palm position")
    views = cursor.number(1, "count of views", least=1)
    number = cursor.number(1, "view number", least=1, most=views)
    note = note_of(cursor)
    impression = cursor.one_of(IMPRESSIONS, 1, "impression")
    width, height = cursor.size()
    cursor.number(1, "reserved byte", most=0)
    data = cursor.take(length - VIEW, "image data")
    return FingerImage(position, number, impression, (note,), width, height, *scale, bits, compression, data, views)


def _packed(image: FingerImage) -> bytes:
    (note,) = image.qualities
    return struct.pack(
        ">IBBBBBHHB", VIEW + len(image.data), image.position, image.views, image.view, note.score, image.impression,
        image.width, image.height, 0,
    ) + image.data  # fmt: skip
