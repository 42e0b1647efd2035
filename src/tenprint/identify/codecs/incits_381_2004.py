"""INCITS 381-2004: laid out as ISO/IEC 19794-4:2005, but for a product identifier before the capture device, and its compliance.

Verified against a public implementation (NIST BIOMDI); quality as in `iso_19794_4_2005`, recalled.
No reference file was at hand: files made here were read only here.
"""

from __future__ import annotations

import struct

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.finger_image_record import FingerImageRecord, ImageCursor
from tenprint.identify.codecs.iso_19794_4_2005 import MAGIC, common, common_body
from tenprint.identify.codecs.minutiae_record import checked

EDITION = "incits-381-2004"
"""The name of this edition."""

LEVELS = frozenset((10, 20, 30, 31, 40, 41))
"""Image acquisition levels. Source: NIST BIOMDI, validator of INCITS 381-2004."""


def read(data: bytes) -> FingerImageRecord:
    """The record. Raises ImageUnreadable or ImageTooLarge with the byte at fault."""
    cursor = ImageCursor(data, EDITION)
    cursor.magic(MAGIC)
    cursor.length(6)
    product = (cursor.number(2, "product vendor", least=1), cursor.number(2, "product type"))
    equipment = cursor.number(2, "capture device and compliance")
    level, images = common(cursor, levels=LEVELS)
    return FingerImageRecord(EDITION, images, product, equipment >> 12, equipment & 0xFFF, level)


def write(record: FingerImageRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises ImageUnreadable, ImageTooLarge."""

    def build() -> bytes:
        if record.product is None:
            raise ValueError("a product identifier is mandatory")
        body = struct.pack(">HHH", *record.product, record.compliance << 12 | record.device) + common_body(record)
        return MAGIC + (14 + len(body)).to_bytes(6, "big") + body

    return checked(build, read, record, refusal=ImageUnreadable)
