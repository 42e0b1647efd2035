"""INCITS 378-2009 and its Amendment 1: each view has its own size, resolution and origin of quality; angles of two degrees."""

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

EDITION = "incits-378-2009"
"""The name of this edition."""

AMENDED = "incits-378-2009-am1"
"""The name of the edition with Amendment 1: version ``035``, else laid out alike."""

MAGICS = {EDITION: b"FMR\x00030\x00", AMENDED: b"FMR\x00035\x00"}
"""Format identifier and version by edition. Source: INCITS 378-2009 and its Amendment 1, 7.4."""

STEPS = 180
"""Angle steps a turn, two degrees each. Source: INCITS 378-2009, minutia angle."""

IMPRESSIONS = 29
"""Largest impression code. Source: ANSI/NIST-ITL 1-2007, table of impression types, which the edition refers to."""


def read(data: bytes) -> MinutiaeRecord:
    """The record of either edition. Raises TemplateInvalid with the byte at fault."""
    edition = AMENDED if data.startswith(MAGICS[AMENDED]) else EDITION
    cursor = Cursor(data, edition)
    if cursor.take(8, "magic") != MAGICS[edition]:
        cursor.at = 0
        raise cursor.fault("magic", repr(data[:8]), " or ".join(repr(magic) for magic in MAGICS.values()))
    stated = stated_length(cursor)
    product = (cursor.number(2, "product vendor", least=1), cursor.number(2, "product type"))
    compliant = cursor.number(1, "device compliance")
    if compliant & 0x7F:
        cursor.at -= 1
        raise cursor.fault("device compliance", f"{compliant:#04x}", "no reserved bit (0x7f)")
    device = cursor.number(2, "capture device")
    count = cursor.number(1, "number of views", most=176)
    cursor.number(1, "reserved byte", most=0)
    views = [_view(cursor) for _ in range(count)]
    return MinutiaeRecord(edition, distinct_views(cursor, views), product, bool(compliant), device, stated)


def write(record: MinutiaeRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises TemplateInvalid."""

    def build() -> bytes:
        if record.product is None:
            raise ValueError("a product identifier is mandatory")
        body = struct.pack(">HHBHBB", *record.product, record.compliant << 7, record.device, len(record.views), 0)
        body += b"".join(_packed(view) for view in record.views)
        return MAGICS[record.edition] + struct.pack(">I", record.stated_length or 12 + len(body)) + body

    return checked(build, read, record)


def _view(cursor: Cursor) -> FingerView:
    position = cursor.number(1, "finger position", most=10)
    number = cursor.number(1, "view number", most=15)
    impression = cursor.number(1, "impression", most=IMPRESSIONS)
    note = QualityNote(
        cursor.quality("finger quality", modern=True), cursor.number(2, "vendor of quality"), cursor.number(2, "algorithm of quality")
    )  # fmt: skip
    width, height = (cursor.number(2, name, least=1, most=0x4000) for name in ("image width", "image height"))
    across, down = resolution(cursor), resolution(cursor)
    points = tuple(
        minutia(cursor, width=width, height=height, steps=STEPS, modern=True)
        for _ in range(cursor.number(1, "number of minutiae"))
    )
    extended = cursor.take(cursor.number(2, "length of extended data"), "extended data")
    return FingerView(position, number, impression, (note,), width, height, across, down, points, extended)


def _packed(view: FingerView) -> bytes:
    (note,) = view.qualities
    head = struct.pack(
        ">BBBBHHHHHHB", view.position, view.view, view.impression, note.score, note.vendor, note.algorithm, view.width,
        view.height, view.ppcm_x, view.ppcm_y, len(view.minutiae),
    )  # fmt: skip
    return head + packed(view.minutiae, modern=True) + struct.pack(">H", len(view.extended)) + view.extended
