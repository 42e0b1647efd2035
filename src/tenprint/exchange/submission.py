"""A booking: what one CAR or CNA says, as a noun that the other wings understand. Images stay bytes.

Source: EBTS 9.1, Type-1 and Type-2 fields of CAR and CNA; ANSI/NIST-ITL 1 for the image records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from tenprint.errors import FieldMissing, Where
from tenprint.exchange.check import findings, require_booking
from tenprint.exchange.dates import day_of
from tenprint.exchange.itl import LIMITS, Limits, read
from tenprint.exchange.records import Record, Transaction, number_of
from tenprint.exchange.relations import COMPRESSIONS, impression_of, position_of

Day: TypeAlias = date
"""A calendar day; named apart, because two nouns here have a field called ``date``."""

ADULT_AGE: Final = 18
"""Age from which a person is an adult, years. Source: dossier 1.9, juvenile: under 18 at the date of arrest."""

LOWEST_PRIORITY: Final = 9
"""The priority of a transaction that names none. Source: EBTS 9.1, 1.006 PRY."""


@dataclass(frozen=True, slots=True)
class ChargeText:
    """One arrest segment. literal: free text of the charge, never a code; offense_date: None where none is given."""

    offense_date: date | None
    literal: str


@dataclass(frozen=True, slots=True)
class CourtSegment:
    """One court segment: date of disposition (None where none is given), offence and sentence as free text."""

    date: Day | None
    literal: str
    provision: str


@dataclass(frozen=True, slots=True)
class MissingFinger:
    """A finger without a print. position: 1-10; reason: XX amputated, UP unable to print."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class FingerBox:
    """Where a record says that a finger lies (14.021 SEG). position: FGP code; the sides are pixels from the left and top."""

    position: int
    left: int
    right: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True, eq=False)
class ImageRecord:
    """One print image as it was sent. position: FGP code; width, height: claims, in pixels; bits: of a pixel.

    pixels_per_mm: None when the record declares no resolution; data: the compressed bytes, pointed at;
    compression: NONE, WSQ20, JPEGB, JPEGL, JP2, JP2L or PNG; boxes: of fingers, as claimed, whatever they are worth.
    """

    record_type: int
    record_index: int
    idc: int
    position: int
    impression: int
    width: int
    height: int
    pixels_per_mm: float | None
    compression: str
    bits: int
    data: bytes | memoryview
    boxes: tuple[FingerBox, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Booking:
    """One checked CAR or CNA. cri[0] is the booking station; ori is who submitted, often for it.

    birth_dates holds a text where the date is unknown; priority is 9 where none is named (the edition says so); all
    other absent fields are None or empty. Whether the person is a juvenile is a question of the day: `juvenile_on`.
    """

    tot: str
    ori: str
    dai: str
    tcn: str
    tcr: str | None
    date: Day
    priority: int
    version: str
    cri: tuple[str, ...]
    retain: bool
    name: str
    aliases: tuple[str, ...]
    birth_dates: tuple[Day | str, ...]
    birth_place: str
    citizenship: tuple[str, ...]
    sex: str
    race: str
    height: str
    weight: str
    eyes: str
    hair: str
    arrest_date: Day
    charges: tuple[ChargeText, ...]
    court: tuple[CourtSegment, ...]
    treat_as_adult: bool
    fbi_numbers: tuple[str, ...]
    sid: str | None
    mnu: tuple[str, ...]
    oca: str | None
    missing: tuple[MissingFinger, ...]
    images: tuple[ImageRecord, ...]
    warnings: tuple[str, ...]

    @property
    def wants_answer(self) -> bool:
        """CAR is answered, CNA is not."""
        return self.tot == "CAR"

    @property
    def a_number(self) -> str | None:
        """The alien registration number among 2.017 MNU (code AR), without its code; None when there is none."""
        return next((m[3:] for m in self.mnu if m[:3].upper() == "AR-"), None)


def read_booking(data: bytes, *, limits: Limits = LIMITS) -> Booking:
    """Read, admit and check one booking, in this order: a civil transaction is refused as such, whatever else it lacks.

    Raises ExchangeError: those of `itl.read`, of `check.require_booking`, then the first fault of `check.check`.
    """
    transaction = read(data, limits=limits)
    require_booking(transaction)
    faults, warnings = findings(transaction)
    if faults:
        raise faults[0]
    return _booking(transaction, warnings)


def juvenile_on(booking: Booking, day: date) -> bool | None:
    """Was the person under 18 on that day, and not to be treated as an adult (2.087 TAA)? None: not known.

    None when no date of birth can be used, lies after the day, or when several lie on both sides of eighteen years.
    """
    if booking.treat_as_adult:
        return False
    answers = {_under_age(born, day) for born in booking.birth_dates if isinstance(born, date)}
    return answers.pop() if len(answers) == 1 else None


def _under_age(born: date, day: date) -> bool | None:
    if born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) < ADULT_AGE


def _booking(transaction: Transaction, warnings: tuple[str, ...]) -> Booking:
    one = transaction.header
    index, two = transaction.first(2) or (1, Record(2))
    ask = _Asker(one, two, index)
    born = [s[0] for s in two.subfields(22)]
    return Booking(
        tot=ask.header(4), ori=ask.header(8), dai=ask.header(7), tcn=ask.header(9), tcr=one.text(10),
        date=ask.day(one, 5), priority=number_of(one.text(6)) or LOWEST_PRIORITY, version=ask.header(2),
        cri=_each(two, 73), retain=ask.fact(5) == "Y", name=ask.fact(18), aliases=_each(two, 19),
        birth_dates=tuple(day_of(text) or text for text in born), birth_place=ask.fact(20), citizenship=_each(two, 21),
        sex=ask.fact(24), race=ask.fact(25), height=ask.fact(27), weight=ask.fact(29), eyes=ask.fact(31),
        hair=ask.fact(32),
        arrest_date=ask.day(two, 45),
        charges=tuple(ChargeText(day_of(s[0]), s[1]) for s in two.subfields(47)),
        court=tuple(CourtSegment(day_of(s[0]), s[1], s[2]) for s in two.subfields(51)),
        treat_as_adult=two.text(87) == "Y", fbi_numbers=_each(two, 14), sid=two.text(15), mnu=_each(two, 17),
        oca=two.text(9),
        missing=missing_of(transaction), images=images_of(transaction), warnings=warnings,
    )  # fmt: skip


class _Asker:
    """Asks for fields that the check has found present; should the rules ever change, absence stays a named error."""

    def __init__(self, one: Record, two: Record, index: int) -> None:
        self.one, self.two, self.index = one, two, index

    def _text(self, record: Record, number: int) -> str:
        text = record.text(number)
        if text is None:
            raise FieldMissing(
                "a booking needs this field",
                where=Where(record.type, self.index if record.type == 2 else 0, number, record.offset),
            )
        return text

    def header(self, number: int) -> str:
        return self._text(self.one, number)

    def fact(self, number: int) -> str:
        return self._text(self.two, number)

    def day(self, record: Record, number: int) -> date:
        found = day_of(self._text(record, number))
        if found is None:
            raise FieldMissing(
                "a booking needs a real date here",
                where=Where(record.type, self.index if record.type == 2 else 0, number, record.offset),
            )
        return found


def _each(record: Record, number: int) -> tuple[str, ...]:
    return tuple(s[0] for s in record.subfields(number) if s[0])


def missing_of(transaction: Transaction) -> tuple[MissingFinger, ...]:
    """Missing fingers of the card (2.084) and of single images (14.018); each finger once, the card's word first."""
    told: dict[int, MissingFinger] = {}
    two = transaction.first(2)
    subfields = [
        *(two[1].subfields(84) if two else ()),
        *(s for _, r in transaction.of_type(14) for s in r.subfields(18)),
    ]
    for subfield in subfields:
        position = number_of(subfield[0])
        if position is not None and len(subfield) == 2:
            told.setdefault(position, MissingFinger(position, subfield[1]))
    return tuple(told[position] for position in sorted(told))


def images_of(transaction: Transaction) -> tuple[ImageRecord, ...]:
    """Every Type-4 and Type-14 image whose record can be understood, in file order; undecoded."""
    found = (
        _binary_image(transaction, record, index) if record.type == 4 else _tagged_image(record, index)
        for index, record in transaction.of_type(4, 14)
    )
    return tuple(image for image in found if image is not None)


def _binary_image(transaction: Transaction, record: Record, index: int) -> ImageRecord | None:
    header = record.image_header
    position = position_of(record)
    if header is None or position is None or header.compression_code not in COMPRESSIONS:
        return None
    resolution = transaction.header.text(11 if header.resolution_code == 1 else 12)
    return ImageRecord(
        record_type=4, record_index=index, idc=header.idc, position=position, impression=header.impression,
        width=header.width,
        height=header.height, pixels_per_mm=_pixels_per_mm(resolution),
        compression=COMPRESSIONS[header.compression_code], bits=8,
        data=header.image,
    )  # fmt: skip


def _pixels_per_mm(text: str | None) -> float | None:
    """1.011 or 1.012 as a number; None when absent, unreadable or 00.00, which means that no resolution is stated."""
    try:
        value = float(text) if text else 0.0
    except ValueError:
        return None
    return value if 0.0 < value < 1000.0 else None


def _tagged_image(record: Record, index: int) -> ImageRecord | None:
    position, impression, idc = position_of(record), impression_of(record), record.idc
    width, height, bits = (number_of(record.text(n)) for n in (6, 7, 12))
    image, compression = record.field(999), record.text(11)
    if position is None or impression is None or idc is None or width is None or height is None or bits is None:
        return None
    if image is None or compression is None:
        return None
    unit, across = number_of(record.text(8)), number_of(record.text(9))
    per_mm = {1: 25.4, 2: 10.0}.get(unit or 0)
    return ImageRecord(
        record_type=14, record_index=index, idc=idc, position=position, impression=impression, width=width,
        height=height,
        pixels_per_mm=across / per_mm if across and per_mm else None, compression=compression, bits=bits,
        data=image.value, boxes=_boxes(record),
    )  # fmt: skip


def _boxes(record: Record) -> tuple[FingerBox, ...]:
    """Boxes of 14.021 SEG that are five numbers; others say nothing."""
    numbers = [[number_of(item) for item in subfield] for subfield in record.subfields(21)]
    return tuple(
        FingerBox(*(n for n in five if n is not None)) for five in numbers if len(five) == 5 and None not in five
    )
