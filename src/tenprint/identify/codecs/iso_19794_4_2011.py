"""ISO/IEC 19794-4:2011, finger image records: each representation has its date, device, qualities, resolution and compression.

Verified against two public implementations (MOSIP bio-utils, the package iso19794): the layout and all codes. Recalled, not
verified: that ones stand for a date that is not known, as in ISO/IEC 19794-2:2011; iso19794 0.1.0 refuses them. Extended data
are carried, not understood. No reference file was at hand; files that iso19794 0.1.0 writes are read.
"""

from __future__ import annotations

import struct

from tenprint.errors import ImageUnreadable
from tenprint.identify.codecs.finger_image_record import (
    POSITIONS,
    FingerImage,
    FingerImageRecord,
    ImageCursor,
)
from tenprint.identify.codecs.iso_19794_2_2011 import UNKNOWN_CAPTURE, captured
from tenprint.identify.codecs.minutiae_record import QualityNote, checked

EDITION = "iso-19794-4-2011"
"""The name of this edition."""

MAGIC = b"FIR\x00020\x00"
"""Format identifier and version. Source: MOSIP bio-utils (table 3)."""

ALL_POSITIONS = POSITIONS | frozenset(range(40, 51))
"""Two and three fingers at once have codes 40 to 50. Source: MOSIP bio-utils (tables 6 to 8)."""

IMPRESSIONS = frozenset((*range(16), 24, 28, 29))
"""Impression codes; 28 other, 29 unknown. Source: MOSIP bio-utils (table 10)."""

COMPRESSIONS = {0: "NONE", 1: "PACKED", 2: "WSQ20", 3: "JPEGB", 4: "JP2", 5: "JP2L", 6: "PNG"}
"""Compression by code. Source: MOSIP bio-utils (table 9)."""

TECHNOLOGIES = 19
"""Largest code of a capture device technology. Source: MOSIP bio-utils (table 4)."""

LEAST = 42
"""Shortest representation: 37 bytes of header, 4 of the length of the data, a byte. Source: MOSIP bio-utils."""


def read(data: bytes) -> FingerImageRecord:
    """The record. Raises ImageUnreadable or ImageTooLarge with the byte at fault."""
    cursor = ImageCursor(data, EDITION)
    cursor.magic(MAGIC)
    cursor.length(4)
    count = cursor.number(2, "number of representations", least=1, most=max(1, len(data) // LEAST))
    certified = bool(cursor.number(1, "certification flag", most=1))
    positions = cursor.number(1, "number of positions", least=1)
    images = [_image(cursor, certified=certified) for _ in range(count)]
    if len({image.position for image in images}) != positions:
        cursor.at = 15
        raise cursor.fault("number of positions", str(positions), str(len({image.position for image in images})))
    return FingerImageRecord(EDITION, cursor.end(images))


def write(record: FingerImageRecord) -> bytes:
    """The bytes of the record; what `read` gives for them is equal. Raises ImageUnreadable, ImageTooLarge."""

    def build() -> bytes:
        certified = any(image.certificates is not None for image in record.images)
        positions = len({image.position for image in record.images})
        body = struct.pack(">HBB", len(record.images), certified, positions)
        body += b"".join(_packed(image) for image in record.images)
        return MAGIC + struct.pack(">I", 12 + len(body)) + body

    return checked(build, read, record, refusal=ImageUnreadable)


def _image(cursor: ImageCursor, *, certified: bool) -> FingerImage:
    start = cursor.at
    length = cursor.number(4, "length of the representation", least=LEAST, most=len(cursor.data) - start)
    capture = captured(cursor, technologies=TECHNOLOGIES)
    notes = tuple(
        QualityNote(cursor.quality("quality", modern=True), cursor.number(2, "vendor of quality"), cursor.number(2, "algorithm of quality"))
        for _ in range(cursor.number(1, "number of quality blocks"))
    )  # fmt: skip
    certificates = cursor.take(3 * cursor.number(1, "number of certificates"), "certificates") if certified else None
    position = cursor.one_of(ALL_POSITIONS, 1, "finger or palm position")
    number = cursor.number(1, "representation number", most=15)
    scale = cursor.rates()
    bits = cursor.number(1, "bits per pixel", least=1, most=16)
    compression = COMPRESSIONS[cursor.one_of(COMPRESSIONS, 1, "compression")]
    impression = cursor.one_of(IMPRESSIONS, 1, "impression")
    width, height = cursor.size()
    room = start + length - cursor.at - 4
    data = cursor.take(cursor.number(4, "length of the image data", least=1, most=max(1, room)), "image data")
    left = start + length - cursor.at
    if left < 0:
        raise cursor.fault("end of the representation", f"{cursor.at - start} bytes", f"{length} bytes")
    extended = cursor.take(left, "extended data")
    return FingerImage(position, number, impression, notes, width, height, *scale, bits, compression, data, 1, extended,
                       capture, certificates)  # fmt: skip


def _packed(image: FingerImage) -> bytes:
    body = (image.capture or UNKNOWN_CAPTURE) + bytes([len(image.qualities)])
    body += b"".join(struct.pack(">BHH", note.score, note.vendor, note.algorithm) for note in image.qualities)
    if image.certificates is not None:
        body += bytes([len(image.certificates) // 3]) + image.certificates
    code = {name: code for code, name in COMPRESSIONS.items()}[image.compression]
    body += struct.pack(
        ">BBBHHHHBBBHHI", image.position, image.view, image.units, *image.scan, *image.rate, image.bits, code,
        image.impression, image.width, image.height, len(image.data),
    )  # fmt: skip
    body += image.data + image.extended
    return struct.pack(">I", 4 + len(body)) + body
