"""The Type-9 records of a file: how many minutiae each says there are, and one of them as a finger minutiae record.

The standard fields measure from the lower left corner of an image that they don't describe; its size and scale are taken
from the image record with the same IDC, and never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tenprint.errors import TemplateInvalid, UsageError
from tenprint.exchange.records import BINARY_IMAGE_TYPES, Record, Transaction, number_of
from tenprint.identify.codecs import incits_378_2009, type_9_m1, type_9_standard
from tenprint.identify.codecs.minutiae_record import MinutiaeRecord
from tenprint.identify.codecs.templates import UNKNOWN_VENDOR
from tenprint.identify.codecs.type_9 import Fields

IMAGE_TYPES: Final = (*sorted(BINARY_IMAGE_TYPES), 13, 14, 15)
"""Records that a Type-9 record may belong to. Source: ANSI/NIST-ITL 1, Type-9 record."""

MM_PER_CM: Final = 10.0
CM_PER_INCH: Final = 2.54
"""Source: international inch."""

NOT_READ: Final = "its minutiae are in fields that are not read (not 9.012, and not 9.137); they are kept as they are"
"""Said of the blocks of vendors, of IAFIS and of the Extended Feature Set."""

LEFT_OUT: Final = {
    type_9_m1.EDITION: ("ridge counts, cores and deltas", "fields of Type-9 alone"),
    type_9_standard.EDITION: (
        "ridge counts, cores and deltas", "qualities on the sender's own scale", "positions and angles rounded",
        "fields of Type-9 alone",
    ),
}  # fmt: skip
"""What no finger minutiae record holds of an edition, as it is said to the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutiaeSeen:
    """What one Type-9 record says. record: its place in the file, from 1; edition, minutiae: None where it was not read, and
    ``fault`` says why; positions: finger positions 0 to 10.
    """

    record: int
    idc: int | None
    edition: str | None = None
    positions: tuple[int, ...] = ()
    minutiae: int | None = None
    fault: str | None = None


def minutiae_seen(transaction: Transaction) -> tuple[MinutiaeSeen, ...]:
    """Every Type-9 record of a file, in order; one that can't be read has its fault. Raises nothing."""
    return tuple(_seen(record, index + 1) for index, record in transaction.of_type(9))


def finger_record(transaction: Transaction, *, number: int | None = None) -> tuple[MinutiaeRecord, str]:
    """One Type-9 record as INCITS 378-2009, which loses no more than fields of Type-9 alone; and the edition that it came in.

    number: of the record in the file, from 1; None for the only Type-9 record. Raises UsageError where it names none or there
    are several, TemplateInvalid for fields that are wrong, or not read.
    """
    found = {index + 1: record for index, record in transaction.of_type(9)}
    if number is None and len(found) != 1:
        raise UsageError(f"{_list_of(found)}. Nothing was done. Name one with --record.")
    number = next(iter(found)) if number is None else number
    if number not in found:
        raise UsageError(f"record {number} is none of Type-9; {_list_of(found)}. Nothing was done.")
    record = found[number]
    fields = fields_of(record)
    if _has(record, type_9_m1.FMD):
        m1 = type_9_m1.read(fields, record=number)
        device = number_of(m1.equipment[1]) if len(m1.equipment) > 1 else None
        return _incits(m1, device or 0), type_9_m1.EDITION
    if not _has(record, type_9_standard.MRC):
        raise TemplateInvalid(f"record {number}: {NOT_READ}. Nothing was converted.")
    standard = type_9_standard.read(fields, record=number)
    width, height, ppcm = _image(transaction, standard.idc, number)
    view = type_9_standard.view_of(standard, record=number, width=width, height=height, ppcm=ppcm)
    return MinutiaeRecord(incits_378_2009.EDITION, (view,), (UNKNOWN_VENDOR, 0)), type_9_standard.EDITION


def fields_of(record: Record) -> Fields:
    """A tagged record's fields as the codecs take them: without 9.001 LEN, which is computed at each writing."""
    return tuple((field.number, bytes(field.value)) for field in record.fields if field.number != 1)


def _incits(m1: type_9_m1.M1Record, device: int) -> MinutiaeRecord:
    return MinutiaeRecord(
        incits_378_2009.EDITION, (m1.view,), (UNKNOWN_VENDOR, 0), compliant=m1.compliant, device=device
    )  # fmt: skip


def _seen(record: Record, number: int) -> MinutiaeSeen:
    fields = fields_of(record)
    try:
        if _has(record, type_9_m1.FMD):
            view = type_9_m1.read(fields, record=number).view
            return MinutiaeSeen(
                record=number, idc=record.idc, edition=type_9_m1.EDITION, positions=(view.position,),
                minutiae=len(view.minutiae),
            )  # fmt: skip
        if _has(record, type_9_standard.MRC):
            found = type_9_standard.read(fields, record=number)
            return MinutiaeSeen(
                record=number, idc=record.idc, edition=type_9_standard.EDITION, positions=found.positions,
                minutiae=len(found.minutiae),
            )  # fmt: skip
    except TemplateInvalid as error:
        return MinutiaeSeen(record=number, idc=record.idc, fault=str(error))
    return MinutiaeSeen(record=number, idc=record.idc, fault=f"record {number}: {NOT_READ}")


def _has(record: Record, number: int) -> bool:
    return record.field(number) is not None


def _list_of(found: dict[int, Record]) -> str:
    return f"the file has Type-9 records {', '.join(map(str, found))}" if found else "the file has no Type-9 record"


def _image(transaction: Transaction, idc: int, number: int) -> tuple[int, int, float]:
    """Width and height in pixels and pixels per centimetre of the one image with that IDC. Raises TemplateInvalid."""
    sizes = [_size(transaction, record) for _, record in transaction.of_type(*IMAGE_TYPES) if record.idc == idc]
    if len(sizes) != 1 or sizes[0] is None:
        found = "an image record without size or scale" if len(sizes) == 1 else f"{len(sizes)} image records"
        raise TemplateInvalid(
            f"record {number}: {found} with IDC {idc}; allowed: one that states its size and scale, for 9.012 measures from "
            "the lower left corner of that image. Nothing was converted. Send the image with the minutiae."
        )
    return sizes[0]


def _size(transaction: Transaction, record: Record) -> tuple[int, int, float] | None:
    header = record.image_header
    if header is not None:
        text = transaction.header.text(11 if header.resolution_code == 1 else 12) or ""
        per_mm = float(text) if text.replace(".", "", 1).isdecimal() else 0.0
        return _usable(header.width, header.height, per_mm * MM_PER_CM)
    width, height, unit, across, down = (number_of(record.text(n)) or 0 for n in (6, 7, 8, 9, 10))
    if across != down:
        return None
    return _usable(width, height, {1: across / CM_PER_INCH, 2: float(across)}.get(unit, 0.0))


def _usable(width: int, height: int, ppcm: float) -> tuple[int, int, float] | None:
    """None unless each is there and the scale is one that templates hold, 40 to 1574 pixels per centimetre."""
    most = 0x4000
    return (width, height, ppcm) if 0 < width <= most and 0 < height <= most and 40 <= ppcm <= 1574 else None
