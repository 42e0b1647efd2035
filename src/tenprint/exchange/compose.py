"""Writing bookings: for rehearsals, tests and agencies without a system of their own. What is written passes the check.

The facts are handed in; nothing is made up here, and an image is bytes that somebody else compressed.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.errors import UsageError
from tenprint.exchange.check import check, require_booking
from tenprint.exchange.dates import digits_of
from tenprint.exchange.itl import list_content, read, write
from tenprint.exchange.records import IMAGE_HEADER, NO_POSITION, Field, Record, Transaction
from tenprint.exchange.relations import COMPRESSIONS
from tenprint.exchange.submission import ChargeText, CourtSegment

VERSION: Final = "0400"
"""The ITL version that bookings are written in. Source: EBTS 9.1, 1.002."""

MM_PER_INCH: Final = 25.4
"""Source: international inch."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CardImage:
    """One image of a card. position: FGP; impression: IMP (1 rolled, 0 plain, live-scan); width, height in pixels;
    ppi: resolution; compression: NONE, WSQ20, JPEGB, JPEGL, JP2, JP2L or PNG; data: the compressed bytes.
    """

    position: int
    impression: int
    width: int
    height: int
    ppi: int
    compression: str
    data: bytes


def compose_booking(
    *,
    tot: str,
    ori: str,
    dai: str,
    cri: str | Sequence[str],
    tcn: str,
    date: date,
    retain: bool,
    name: str,
    birth_date: date | str,
    birth_place: str,
    sex: str,
    race: str,
    height: str,
    weight: str,
    eyes: str,
    hair: str,
    arrest_date: date,
    charges: Sequence[ChargeText],
    images: Sequence[CardImage],
    missing: Sequence[tuple[int, str]] = (),
    as_type: int = 14,
    court: Sequence[CourtSegment] = (),
    treat_as_adult: bool = False,
    extra: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of one CAR or CNA. extra: further fields by tag (``{"2.021": "MX", "1.006": "2"}``), subfields by RS.

    missing: (finger 1-10, XX or UP); as_type: 14 or 4 for the image records; birth_date: a date, or 00000000.
    Raises UsageError for an as_type that is neither, or a tag given twice; ExchangeError for an invalid booking.
    """
    if as_type not in {4, 14}:
        raise UsageError(f"images are written as Type-4 or Type-14, not Type-{as_type}; nothing was written")
    two = {
        2: ("00",), 5: ("Y" if retain else "N",), 18: (name,), 20: (birth_place,),
        22: (birth_date if isinstance(birth_date, str) else digits_of(birth_date),), 24: (sex,), 25: (race,),
        27: (height,),
        29: (weight,), 31: (eyes,), 32: (hair,), 45: (digits_of(arrest_date),),
        47: tuple((digits_of(c.offense_date) if c.offense_date else "", c.literal) for c in charges),
        51: tuple((digits_of(c.date) if c.date else "", c.literal, c.provision) for c in court),
        73: (cri,) if isinstance(cri, str) else tuple(cri), 84: tuple((f"{p:02d}", reason) for p, reason in missing),
        87: ("Y",) if treat_as_adult else (),
    }  # fmt: skip
    ppmm = f"{images[0].ppi / MM_PER_INCH:05.2f}" if images and as_type == 4 else "00.00"
    one = {
        2: (VERSION,), 4: (tot,), 5: (digits_of(date),), 7: (dai,), 8: (ori,), 9: (tcn,), 11: (ppmm,), 12: (ppmm,),
    }  # fmt: skip
    fields = {1: _fields(1, one), 2: _fields(2, two)}
    for tag, text in (extra or {}).items():
        _add(fields, tag, text)
    records = [Record(2, (Field.of(2, 1, "0"), *(fields[2][n] for n in sorted(fields[2]))))]
    for idc, image in enumerate(images, 1):
        records.append(_binary(image, idc) if as_type == 4 else _tagged(image, idc, source=ori, day=date))
    fields[1][3] = list_content(tuple(records))
    header = Record(1, (Field.of(1, 1, "0"), *(fields[1][n] for n in sorted(fields[1]))))
    written = write(Transaction((header, *records)))
    transaction = read(written)
    require_booking(transaction)
    check(transaction)
    return written


def _fields(record_type: int, facts: Mapping[int, Sequence[tuple[str, ...] | str]]) -> dict[int, Field]:
    return {number: Field.of(record_type, number, *subfields) for number, subfields in facts.items() if subfields}


def _add(fields: dict[int, dict[int, Field]], tag: str, text: str) -> None:
    record_type, _, number = tag.partition(".")
    if record_type not in {"1", "2"} or not number.isdigit():
        raise UsageError(f"{tag!r} is no tag of a Type-1 or Type-2 record; nothing was written")
    if int(number) in fields[int(record_type)] or int(number) in {1, 3}:
        raise UsageError(f"{tag} is written from the other arguments; nothing was written")
    fields[int(record_type)][int(number)] = Field.of(int(record_type), int(number), text)


def _binary(image: CardImage, idc: int) -> Record:
    codes = {name: code for code, name in COMPRESSIONS.items()}
    if image.compression not in codes:
        raise UsageError(f"{image.compression!r} is no compression that a Type-4 record can name; nothing was written")
    positions = bytes([image.position] + [NO_POSITION] * 5)
    try:
        header = IMAGE_HEADER.pack(
            IMAGE_HEADER.size + len(image.data),
            idc,
            image.impression,
            positions,
            0,
            image.width,
            image.height,
            codes[image.compression],
        )
    except struct.error as error:
        raise UsageError(
            f"the image of position {image.position} does not fit a Type-4 header ({error}); nothing was written"
        ) from None
    return Record(4, raw=header + image.data)


def _tagged(image: CardImage, idc: int, *, source: str, day: date) -> Record:
    texts = {
        1: "0", 2: f"{idc:02d}", 3: str(image.impression), 4: source, 5: digits_of(day), 6: str(image.width),
        7: str(image.height),
        8: "1", 9: str(image.ppi), 10: str(image.ppi), 11: image.compression, 12: "8", 13: str(image.position),
    }  # fmt: skip
    fields = [Field.of(14, number, text) for number, text in texts.items()]
    return Record(14, (*fields, Field("14.999", 999, image.data)))
