"""ISO/IEC 19794-2:2011, finger minutiae record format: each representation has its length, date, device and qualities."""

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

EDITION = "iso-19794-2-2011"
"""The name of this edition."""

MAGIC = b"FMR\x00030\x00"
"""Format identifier and version; INCITS 378-2009 begins alike. Source: ISO/IEC 19794-2:2011, table 1."""

STEPS = 256
"""Angle steps a turn, 1.40625 degrees each. Source: ISO/IEC 19794-2:2011, minutia angle."""

UNKNOWN_CAPTURE = b"\xff" * 9 + b"\x00" * 5
"""No date or time, unknown technology, vendor and device. Source: ISO/IEC 19794-1:2011, capture date and time."""

DATE_LIMITS = ((0, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59), (0, 999))
"""Year to millisecond; all ones means not known. Source: ISO/IEC 19794-1:2011, capture date and time."""

DATE = struct.Struct(">HBBBBBH")
"""Year, month, day, hour, minute, second, millisecond. Source: as `DATE_LIMITS`."""


def read(data: bytes) -> MinutiaeRecord:
    """The record. Raises TemplateInvalid with the byte at fault."""
    cursor = Cursor(data, EDITION)
    if cursor.take(8, "magic") != MAGIC:
        cursor.at = 0
        raise cursor.fault("magic", repr(data[:8]), repr(MAGIC))
    stated = stated_length(cursor)
    count = cursor.number(2, "number of representations", least=1, most=176)
    certified = bool(cursor.number(1, "device certification flag", most=1))
    views = [_view(cursor, certified=certified) for _ in range(count)]
    return MinutiaeRecord(EDITION, distinct_views(cursor, views), stated_length=stated)


def write(record: MinutiaeRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises TemplateInvalid."""

    def build() -> bytes:
        certified = any(view.certificates is not None for view in record.views)
        body = struct.pack(">HB", len(record.views), certified) + b"".join(_packed(view) for view in record.views)
        return MAGIC + struct.pack(">I", record.stated_length or 12 + len(body)) + body

    return checked(build, read, record)


def _view(cursor: Cursor, *, certified: bool) -> FingerView:
    start = cursor.at
    length = cursor.number(4, "length of the representation", least=34, most=len(cursor.data) - start)
    capture = captured(cursor, technologies=20)
    notes = tuple(
        QualityNote(cursor.quality("quality", modern=True), cursor.number(2, "vendor of quality"), cursor.number(2, "algorithm of quality"))
        for _ in range(cursor.number(1, "number of quality blocks"))
    )  # fmt: skip
    certificates = cursor.take(3 * cursor.number(1, "number of certificates"), "certificates") if certified else None
    position = cursor.number(1, "finger position", most=10)
    number = cursor.number(1, "representation number", most=15)
    across, down = resolution(cursor), resolution(cursor)
    impression = cursor.number(1, "impression", most=29)
    width, height = (cursor.number(2, name, least=1, most=0x4000) for name in ("image width", "image height"))
    shape = cursor.number(1, "minutia field length and ridge ending type")
    if shape not in (0x50, 0x51, 0x60, 0x61):
        cursor.at -= 1
        raise cursor.fault("minutia field length and ridge ending type", f"{shape:#04x}", "0x50, 0x51, 0x60, 0x61")
    six = shape >= 0x60
    points = tuple(
        minutia(cursor, width=width, height=height, steps=STEPS, modern=True, with_quality=six)
        for _ in range(cursor.number(1, "number of minutiae"))
    )
    extended = cursor.take(cursor.number(2, "length of extended data"), "extended data")
    if cursor.at != start + length:
        raise cursor.fault("end of the representation", f"{cursor.at - start} bytes", f"{length} bytes")
    return FingerView(position, number, impression, notes, width, height, across, down, points, extended, capture,
                      certificates, shape & 1, six)  # fmt: skip


def captured(cursor: Cursor, *, technologies: int) -> bytes:
    """Date, time and device, 14 bytes; ISO/IEC 19794-4:2011 has them too. technologies: largest code of a technology."""
    stamp = cursor.take(DATE.size, "date and time")
    for value, (least, most), size in zip(DATE.unpack(stamp), DATE_LIMITS, (2, 1, 1, 1, 1, 1, 2), strict=True):
        if value != (1 << 8 * size) - 1 and not least <= value <= most:
            cursor.at -= DATE.size
            raise cursor.fault("date and time", stamp.hex(), "a date, or ones where not known")
    technology = bytes([cursor.number(1, "capture device technology", most=technologies)])
    return stamp + technology + cursor.take(4, "capture device vendor and type")


def _packed(view: FingerView) -> bytes:
    body = (view.capture or UNKNOWN_CAPTURE) + bytes([len(view.qualities)])
    body += b"".join(struct.pack(">BHH", note.score, note.vendor, note.algorithm) for note in view.qualities)
    if view.certificates is not None:
        body += bytes([len(view.certificates) // 3]) + view.certificates
    body += struct.pack(
        ">BBHHBHHBB", view.position, view.view, view.ppcm_x, view.ppcm_y, view.impression, view.width, view.height,
        (0x60 if view.six else 0x50) | view.ending, len(view.minutiae),
    )  # fmt: skip
    body += packed(view.minutiae, modern=True, with_quality=view.six)
    body += struct.pack(">H", len(view.extended)) + view.extended
    return struct.pack(">I", 4 + len(body)) + body
