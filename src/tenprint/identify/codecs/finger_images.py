"""Finger image records of any edition: told apart, read, written, and made of one image file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tenprint.errors import ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs import incits_381_2004, iso_19794_4_2005, iso_19794_4_2011
from tenprint.identify.codecs.finger_image_record import PER_CM, PER_INCH, UNREPORTED, FingerImage, FingerImageRecord
from tenprint.identify.codecs.iso_19794_2_2011 import UNKNOWN_CAPTURE
from tenprint.identify.codecs.templates import UNKNOWN_VENDOR
from tenprint.units import GRID_PPI, Ppi

BEGINNING = b"FIR\x00"
"""First bytes of every edition. Source: NIST BIOMDI, JMRTD, MOSIP bio-utils."""

SETTLED_LEVELS = {500: 30, 1000: 40}
"""Image acquisition level by class of resolution, that of a scan whose quality nobody vouches for. Source: JMRTD (table 1);
that 31 and 41 promise more of the scanner is recalled, not verified.
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """How one edition is read and written. modern: each image has its own resolution and compression, and an impression may
    be unknown.
    """

    read: Callable[[bytes], FingerImageRecord]
    write: Callable[[FingerImageRecord], bytes]
    modern: bool


EDITIONS = {
    iso_19794_4_2005.EDITION: Edition(iso_19794_4_2005.read, iso_19794_4_2005.write, False),
    iso_19794_4_2011.EDITION: Edition(iso_19794_4_2011.read, iso_19794_4_2011.write, True),
    incits_381_2004.EDITION: Edition(incits_381_2004.read, incits_381_2004.write, False),
}
"""Every edition that is read and written, by name."""

UNKNOWN_IMPRESSION = 29
"""Impression that nobody stated, in editions that can say so. Source: MOSIP bio-utils (ISO/IEC 19794-4:2011, table 10)."""


def read_finger_images(data: bytes) -> FingerImageRecord:
    """The record, whatever its edition. Two editions begin alike: the one that holds to the last byte is meant.

    Raises: ImageUnreadable where none holds (with what each found), or where two do; ImageTooLarge where the only one that
    could hold claims too large an image.
    """
    found: list[FingerImageRecord] = []
    faults: list[ImageUnreadable | ImageTooLarge] = []
    for edition in EDITIONS.values():
        try:
            found.append(edition.read(data))
        except (ImageUnreadable, ImageTooLarge) as fault:
            if ", magic:" not in str(fault):
                faults.append(fault)
    if len(found) == 1:
        return found[0]
    if found:
        names = " and as ".join(record.edition for record in found)
        raise ImageUnreadable(f"a record that is valid as {names}. It was not read. Name the edition.")
    large = [fault for fault in faults if isinstance(fault, ImageTooLarge)]
    if large:
        raise large[0]
    raise ImageUnreadable(
        " ".join(str(fault) for fault in faults) or f"{len(data)} bytes that begin as no finger image record. Not read."
    )


def write_finger_images(record: FingerImageRecord) -> bytes:
    """The bytes of the record in its own edition. Raises ImageUnreadable where the edition can't hold it, ImageTooLarge."""
    return _edition(record.edition).write(record)


def record_of(
    data: bytes,
    *,
    edition: str,
    compression: str,
    size: tuple[int, int],
    ppi: Ppi,
    position: int,
    impression: int | None,
) -> FingerImageRecord:
    """One image as a record. data: as ``compression`` (a name of `records.DECODED`) has it, never compressed again.

    size:       width and height, pixels.  impression: a code of the edition; None is unknown.
    Raises:     ImageUnreadable for an unknown edition, or where it can't say what is asked.
    """
    target = _edition(edition)
    if impression is None and not target.modern:
        raise ImageUnreadable(
            f"{edition}: an impression that is not known; allowed: {sorted(iso_19794_4_2005.IMPRESSIONS)} [NIST BIOMDI]. "
            "Nothing was written. State the impression, or take iso-19794-4-2011."
        )
    units, rate = _rate(ppi)
    image = FingerImage(
        position, 0 if target.modern else 1, UNKNOWN_IMPRESSION if impression is None else impression,
        () if target.modern else UNREPORTED, *size, units, (rate, rate), (rate, rate), 8,
        "JP2" if compression == "JP2L" and not target.modern else compression, data,
        capture=UNKNOWN_CAPTURE if target.modern else b"",
    )  # fmt: skip
    product = (UNKNOWN_VENDOR, 0) if edition == incits_381_2004.EDITION else None
    return FingerImageRecord(edition, (image,), product, level=0 if target.modern else _level(ppi, edition))


def _rate(ppi: Ppi) -> tuple[int, int]:
    """Unit and rate that come nearest: whole pixels per inch, unless per centimetre is nearer."""
    inch, centimetre = round(ppi.value), round(ppi.value / 2.54)
    error = abs(Ppi.from_pixels_per_cm(centimetre).value - ppi.value)
    return (PER_CM, centimetre) if error < abs(inch - ppi.value) else (PER_INCH, inch)


def _level(ppi: Ppi, edition: str) -> int:
    for resolution, level in SETTLED_LEVELS.items():
        if abs(ppi.value - resolution) <= 0.01 * resolution:
            return level
    raise ImageUnreadable(
        f"{edition}: a scan of {ppi.value:g} ppi; allowed: {GRID_PPI} or {2 * GRID_PPI}, which have an image acquisition level. "
        "Nothing was written. Bring it to 500 ppi, or take iso-19794-4-2011."
    )


def _edition(name: str) -> Edition:
    if name not in EDITIONS:
        raise ImageUnreadable(f"edition {name!r}; allowed: {', '.join(EDITIONS)}. Nothing was done.")
    return EDITIONS[name]
