"""ISO/IEC 19794-2:2005, finger minutiae record format: ``FMR``, version `` 20``, length in four bytes."""

from __future__ import annotations

import struct

from tenprint.identify.codecs.minutiae_record import (
    Cursor,
    FingerView,
    MinutiaeRecord,
    QualityNote,
    checked,
    distinct_views,
    minutia,
    packed,
    resolution,
    stated_length,
)

EDITION = "iso-19794-2-2005"
"""The name of this edition."""

MAGIC = b"FMR\x00 20\x00"
"""Format identifier and version. Source: ISO/IEC 19794-2:2005, 8.3."""

STEPS = 256
"""Angle steps a turn, 1.40625 degrees each. Source: ISO/IEC 19794-2:2005, 8.5.2."""


def read(data: bytes) -> MinutiaeRecord:
    """The record. Raises TemplateInvalid with the byte at fault."""
    cursor = Cursor(data, EDITION)
    if cursor.take(8, "magic") != MAGIC:
        cursor.at = 0
        raise cursor.fault("magic", repr(data[:8]), repr(MAGIC))
    stated = stated_length(cursor)
    equipment = cursor.number(2, "capture equipment")
    return MinutiaeRecord(EDITION, common_views(cursor), None, *compliance(cursor, equipment), stated)


def write(record: MinutiaeRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises TemplateInvalid."""

    def build() -> bytes:
        body = common_body(record)
        return MAGIC + struct.pack(">I", record.stated_length or 12 + len(body)) + body

    return checked(build, read, record)


def compliance(cursor: Cursor, equipment: int) -> tuple[bool, int]:
    """Appendix F bit and device number of the two bytes of capture equipment; the other three bits are reserved."""
    if equipment & 0x7000:
        cursor.at -= 2
        raise cursor.fault("capture equipment", f"{equipment:#06x}", "no reserved bit (0x7000)")
    return bool(equipment & 0x8000), equipment & 0xFFF


def common_views(cursor: Cursor) -> tuple[FingerView, ...]:
    """All that follows the capture equipment; INCITS 378-2004 is equal from here on, but for its angles."""
    width, height = (cursor.number(2, name, least=1, most=0x4000) for name in ("image width", "image height"))
    across, down = resolution(cursor), resolution(cursor)
    count = cursor.number(1, "number of views", least=1, most=176)
    cursor.number(1, "reserved byte", most=0)
    views = []
    for _ in range(count):
        position = cursor.number(1, "finger position", most=10)
        both = cursor.number(1, "view number and impression")
        if both & 0xF > 9:
            cursor.at -= 1
            raise cursor.fault("impression", str(both & 0xF), "0 to 9")
        quality = cursor.number(1, "finger quality", most=100)
        points = tuple(
            minutia(cursor, width=width, height=height, steps=STEPS, modern=False)
            for _ in range(cursor.number(1, "number of minutiae"))
        )
        extended = cursor.take(cursor.number(2, "length of extended data"), "extended data")
        views.append(
            FingerView(position, both >> 4, both & 0xF, (QualityNote(quality),), width, height, across, down, points, extended)
        )  # fmt: skip
    return distinct_views(cursor, views)


def common_body(record: MinutiaeRecord) -> bytes:
    """All from the capture equipment on. Raises ValueError for views of different size or resolution."""
    sizes = {(view.width, view.height, view.ppcm_x, view.ppcm_y) for view in record.views}
    if len(sizes) != 1:
        raise ValueError(f"one size and resolution for all views; found {len(sizes)}")
    out = struct.pack(">HHHHHBB", record.compliant << 15 | record.device, *sizes.pop(), len(record.views), 0)
    for view in record.views:
        (note,) = view.qualities
        out += struct.pack(
            ">BBBB", view.position, view.view << 4 | view.impression, note.score, len(view.minutiae)
        ) + packed(view.minutiae, modern=False)
        out += struct.pack(">H", len(view.extended)) + view.extended
    return out
