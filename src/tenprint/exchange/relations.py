"""What one field alone can't show: real dates, dates in order, names, sizes, fingers seen twice or not at all.

Source: EBTS 9.1, the fields named at each check; ANSI/NIST-ITL 1 for Type-4 headers and image sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from tenprint.errors import ExchangeError, FieldInvalid, FieldMissing, FieldsInconsistent, Where
from tenprint.exchange.dates import UNKNOWN_BIRTH, day_of
from tenprint.exchange.edition import BOOKING, TransactionKind
from tenprint.exchange.records import Record, Transaction, number_of

Told = ExchangeError | str
"""A fault, or a warning as a text."""

MAX_SIDE: Final = 65535
"""Largest width or height that a record can claim, pixels. Source: ANSI/NIST-ITL 1, HLL and VLL."""

COMPRESSIONS: Final = {0: "NONE", 1: "WSQ20", 2: "JPEGB", 3: "JPEGL", 4: "JP2", 5: "JP2L", 6: "PNG"}
"""Binary GCA codes by name. Source: ANSI/NIST-ITL 1, compression algorithm codes."""

IMPRESSIONS: Final = frozenset(range(30)) - {9, 16, 17, 18, 19}
"""Impression types. Source: ANSI/NIST-ITL 1-2007, impression codes 0 to 29."""

BINARY_POSITIONS: Final = frozenset(range(15))
"""Positions that a Type-4 record may show. Source: ANSI/NIST-ITL 1-2007, friction ridge positions 0 to 14."""

SLAP_FINGERS: Final = {11: (1,), 12: (6,), 13: (2, 3, 4, 5), 14: (7, 8, 9, 10), 15: (1, 6)}
"""Fingers that a plain impression shows. Source: ANSI/NIST-ITL 1, friction ridge positions."""

PLAIN_IMPRESSIONS: Final = frozenset({0, 2, 20, 22, 24, 26})
"""Impression codes that are plain, not rolled. Source: ANSI/NIST-ITL 1-2007, impression codes."""

FORWARD: Final = timedelta(days=1)
"""How far a date may lie after 1.005 DAT, for time zones. Source: EBTS 9.1, 2.045, 2.047, 2.051, 2.054."""

_NAME: Final = re.compile(
    r"(?:&|[^\W\d_])(?:[ -]?[^\W\d_])*,[^\W\d_](?:[ -]?[^\W\d_])*(?:, ?[^\W\d_](?:[ -]?[^\W\d_])*)*"
)
_MNU: Final = re.compile(r"[A-Za-z]{2}-[!-~]{1,12}")
_HEIGHT: Final = re.compile(r"([0-9])([0-9]{2})|N[0-9]{2}")
_GMT: Final = re.compile(r"([0-9]{8})([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z")

_DAYS: Final = ((1, 5, 0), (2, 38, 0), (2, 45, 0), (2, 47, 0), (2, 51, 0), (2, 54, 0), (14, 5, 0))
_NOT_LATER: Final = (
    (45, "date of arrest"),
    (47, "date of offence"),
    (51, "date of court disposition"),
    (54, "start of custody"),
)


def examine(transaction: Transaction, kind: TransactionKind) -> Iterator[Told]:
    """Every fault and warning that lies between fields or in the meaning of one."""
    yield from _real_days(transaction)
    yield from _order_of_days(transaction)
    yield from _person(transaction)
    yield from _custody(transaction)
    for index, record in transaction.of_type(14):
        yield from _tagged_image(record, index)
    yield from _fingers(transaction, kind)


def position_of(record: Record) -> int | None:
    """The first finger position of a Type-4 or Type-14 record, or None when it has none that is a number."""
    if record.type == 4:
        header = record.image_header
        return header.positions[0] if header is not None and header.positions else None
    subfields = record.subfields(13)
    return number_of(subfields[0][0]) if subfields else None


def impression_of(record: Record) -> int | None:
    """The impression code of a Type-4 or Type-14 record, or None when it has none that is a number."""
    header = record.image_header
    if record.type == 4:
        return header.impression if header is not None else None
    return number_of(record.text(3))


def binary_image_faults(record: Record, index: int) -> list[ExchangeError]:
    """The faults of one Type-4 record: a header outside its codes, a size of nothing, or no image."""
    source = "ANSI/NIST-ITL 1, Type-4 record"
    header = record.image_header
    if header is None:
        return [
            FieldMissing(
                "the record is shorter than its header", where=Where(4, index, 1, record.offset), source=source
            )
        ]
    found: list[ExchangeError] = []

    def unless(holds: bool, field: int, byte: int, what: str, allowed: str) -> None:
        if not holds:
            found.append(
                FieldInvalid(what, where=Where(4, index, field, record.offset + byte), allowed=allowed, source=source)
            )

    unless(header.impression in IMPRESSIONS, 3, 5, f"impression code {header.impression}", "0 to 8, 10 to 15, 20 to 29")
    first = header.positions[0] if header.positions else None
    unless(first in BINARY_POSITIONS, 4, 6, f"finger position {first}", "0 to 14")
    unless(header.resolution_code in {0, 1}, 5, 12, f"resolution code {header.resolution_code}", "0 or 1")
    unless(header.width > 0, 6, 13, "a line of 0 pixels", f"1 to {MAX_SIDE}")
    unless(header.height > 0, 7, 15, "0 lines", f"1 to {MAX_SIDE}")
    unless(header.compression_code in COMPRESSIONS, 8, 17, f"compression code {header.compression_code}", "0 to 6")
    if not len(header.image):
        found.append(
            FieldMissing("the record holds no image", where=Where(4, index, 9, record.offset + 18), source=source)
        )
    return found


def _where(record: Record, index: int, number: int) -> Where:
    field = record.field(number)
    return Where(record.type, index, number, field.offset if field else record.offset)


def _real_days(transaction: Transaction) -> Iterator[Told]:
    for record_type, number, item in _DAYS:
        for index, record in transaction.of_type(record_type):
            for subfield in record.subfields(number):
                text = subfield[item]
                if text and day_of(text) is None:
                    yield FieldInvalid(
                        "the date is no real day",
                        where=_where(record, index, number),
                        allowed="CCYYMMDD",
                        source="EBTS 9.1, dates",
                    )
    for index, record in transaction.of_type(2):
        for text, *_ in record.subfields(22):
            if text != UNKNOWN_BIRTH and day_of(text) is None:
                yield FieldInvalid(
                    "a date of birth is no real day",
                    where=_where(record, index, 22),
                    allowed=f"CCYYMMDD, or {UNKNOWN_BIRTH} when unknown",
                    source="EBTS 9.1, 2.022",
                )
    gmt = transaction.header.text(14)
    match = _GMT.fullmatch(gmt) if gmt else None
    if gmt and (match is None or day_of(match[1]) is None):
        yield FieldInvalid(
            "the time is no real instant",
            where=_where(transaction.header, 0, 14),
            allowed="CCYYMMDDhhmmssZ",
            source="EBTS 9.1, 1.014",
        )


def _order_of_days(transaction: Transaction) -> Iterator[Told]:
    sent = day_of(transaction.header.text(5))
    if sent is None or sent == date.max:
        return
    for index, record in transaction.of_type(2):
        for number, name in _NOT_LATER:
            days = [d for d in (day_of(s[0]) for s in record.subfields(number)) if d is not None]
            if days and max(days) > sent + FORWARD:
                yield FieldsInconsistent(
                    f"a {name} lies after the date of submission (1.005 DAT)",
                    where=_where(record, index, number),
                    allowed="at most one day later, for time zones",
                    source=f"EBTS 9.1, 2.{number:03d}",
                )
        born = [d for d in (day_of(s[0]) for s in record.subfields(22)) if d is not None]
        if born and max(born) > sent + FORWARD:
            yield FieldsInconsistent(
                "a date of birth lies after the date of submission (1.005 DAT)",
                where=_where(record, index, 22),
                source="EBTS 9.1, 2.022",
            )
        arrest, custody = day_of(record.text(45)), day_of(record.text(54))
        if arrest and custody and custody < arrest:
            yield FieldsInconsistent(
                "custody starts before the arrest (2.045 DOA)",
                where=_where(record, index, 54),
                source="EBTS 9.1, 2.054",
            )


def _person(transaction: Transaction) -> Iterator[Told]:
    for index, record in transaction.of_type(2):
        for number in (18, 19):
            for name, *_ in record.subfields(number):
                if not _NAME.fullmatch(name):
                    yield FieldInvalid(
                        "a name has another form",
                        where=_where(record, index, number),
                        allowed="SURNAME,GIVEN NAMES in letters, with hyphens and blanks between them",
                        source=f"EBTS 9.1, 2.{number:03d}",
                    )
        for number_text, *_ in record.subfields(17):
            if not _MNU.fullmatch(number_text):
                yield FieldInvalid(
                    "a number has another form",
                    where=_where(record, index, 17),
                    allowed="two letters, hyphen, number without blanks",
                    source="EBTS 9.1, 2.017",
                )
        yield from _build(record, index)
        for cri in record.subfields(73)[:1]:
            if len(cri[0]) != 9:
                yield f"2.073 CRI has {len(cri[0])} characters; a controlling agency's identifier has 9"
        for literal, where in [(s[1], 47) for s in record.subfields(47) if len(s) == 2]:
            if literal.startswith(" "):
                yield FieldInvalid(
                    "an offence literal starts with a blank",
                    where=_where(record, index, where),
                    source="EBTS 9.1, 2.047",
                )


def _build(record: Record, index: int) -> Iterator[Told]:
    height, weight = record.text(27), record.text(29)
    if height is not None:
        form = _HEIGHT.fullmatch(height)
        if form is None or (form[2] is not None and int(form[2]) > 11):
            yield FieldInvalid(
                "the height has another form",
                where=_where(record, index, 27),
                allowed="feet and two digits of inches (00 to 11), or N and inches",
                source="EBTS 9.1, 2.027",
            )
        elif form[1] is not None and height != "000" and not "400" <= height <= "711":
            yield "2.027 HGT lies outside 400 to 711: the edition takes it as the nearest of these"
    pounds = number_of(weight)
    if pounds is not None and pounds > 499:
        yield "2.029 WGT lies above 499: the edition takes it as 499"
    if pounds is not None and 0 < pounds < 50:
        yield FieldInvalid(
            "the weight is below 050",
            where=_where(record, index, 29),
            allowed="050 to 499, or 000",
            source="EBTS 9.1, 2.029",
        )


def _custody(transaction: Transaction) -> Iterator[Told]:
    for index, record in transaction.of_type(2):
        given = {number for number in (54, 55) if record.text(number)}
        if not given:
            continue
        for number, name in ((54, "SSD"), (55, "SLE"), (9, "OCA")):
            if record.text(number) is None:
                yield FieldMissing(
                    f"custody is stated, but {name} is absent",
                    where=_where(record, index, number),
                    source="EBTS 9.1, 2.054",
                )


def _tagged_image(record: Record, index: int) -> Iterator[Told]:
    for number, name in ((6, "HLL"), (7, "VLL")):
        size = number_of(record.text(number))
        if size is not None and not 1 <= size <= MAX_SIDE:
            yield FieldInvalid(
                f"{name} is {size}",
                where=_where(record, index, number),
                allowed=f"1 to {MAX_SIDE}",
                source=f"ANSI/NIST-ITL 1, 14.{number:03d}",
            )
    unit, across, down = (number_of(record.text(n)) for n in (8, 9, 10))
    if unit in {1, 2} and across != down:
        yield FieldsInconsistent(
            f"{across} pixels across and {down} down per unit of length",
            where=_where(record, index, 10),
            allowed="square pixels",
            source="ANSI/NIST-ITL 1, 14.009 and 14.010",
        )


def _fingers(transaction: Transaction, kind: TransactionKind) -> Iterator[Told]:
    if kind.group != BOOKING:
        return
    seen: dict[tuple[int, bool], int] = {}
    shown: set[int] = set()
    for index, record in transaction.of_type(4, 14):
        position, impression = position_of(record), impression_of(record)
        if position is None or impression is None:
            continue
        shown |= set(SLAP_FINGERS.get(position, (position,)))
        key = (position, impression in PLAIN_IMPRESSIONS)
        if position not in {0, 19} and key in seen:
            yield FieldsInconsistent(
                f"finger position {position:02d} was already shown by record {seen[key] + 1} of the file",
                where=Where(record.type, index, 4 if record.type == 4 else 13, record.offset),
                allowed="each position once on a card",
                source="EBTS 9.1, friction ridge positions of a ten-print card",
            )
        seen.setdefault(key, index)
    two = transaction.first(2)
    told = {number_of(s[0]) for s in two[1].subfields(84)} if two else set()
    told |= {number_of(s[0]) for _, r in transaction.of_type(14) for s in r.subfields(18)}
    unaccounted = sorted(set(range(1, 11)) - shown - {n for n in told if n is not None})
    if unaccounted:
        yield "no image of and no word (2.084 AMP) on fingers " + ", ".join(f"{n:02d}" for n in unaccounted)
    for position in sorted({n for n in told if n is not None} & {p for p, plain in seen if not plain}):
        yield f"finger {position:02d} is shown although 2.084 AMP calls it missing"
