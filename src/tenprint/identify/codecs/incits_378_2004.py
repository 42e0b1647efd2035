"""INCITS 378-2004, finger minutiae format for data interchange: as ISO/IEC 19794-2:2005, with a product identifier, angles of
two degrees, and a length of two bytes (or of six for long records).
"""

from __future__ import annotations

import struct

from tenprint.identify.codecs.iso_19794_2_2005 import MAGIC, common_body, common_views, compliance
from tenprint.identify.codecs.minutiae_record import Cursor, MinutiaeRecord, checked, stated_length

EDITION = "incits-378-2004"
"""The name of this edition."""

STEPS = 180
"""Angle steps a turn, two degrees each. Source: INCITS 378-2004, 6.5.1. Files with angles up to 255 exist (they took the ISO
unit); they are read as they stand, and refused where an angle is understood.
"""


ZERO_PADDED = b"FMR\x00020\x00"
"""The same with a zero instead of the space, as some writers have it; read, and written back so."""


def read(data: bytes) -> MinutiaeRecord:
    """The record. Raises TemplateInvalid with the byte at fault."""
    cursor = Cursor(data, EDITION)
    if cursor.take(8, "magic") not in (MAGIC, ZERO_PADDED):
        cursor.at = 0
        raise cursor.fault("magic", repr(data[:8]), repr(MAGIC))
    long = data[8:10] == b"\x00\x00"
    cursor.take(2 if long else 0, "length of the record")
    stated = stated_length(cursor, 4 if long else 2)
    product = (cursor.number(2, "product vendor", least=1), cursor.number(2, "product type"))
    equipment = cursor.number(2, "capture equipment")
    return MinutiaeRecord(
        EDITION, common_views(cursor), product, *compliance(cursor, equipment), stated, data.startswith(ZERO_PADDED)
    )


def write(record: MinutiaeRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises TemplateInvalid."""

    def build() -> bytes:
        if record.product is None:
            raise ValueError("a product identifier is mandatory")
        body = struct.pack(">HH", *record.product) + common_body(record)
        magic = ZERO_PADDED if record.zero_padded else MAGIC
        size = len(body) + 10
        if size < 0x10000:
            return magic + struct.pack(">H", record.stated_length or size) + body
        return magic + struct.pack(">HI", 0, record.stated_length or size + 4) + body

    return checked(build, read, record)
