"""CDEL, the request to delete the record of one arrest, and its answer CDELR.

The type's name stands in the list of EBTS 10; the FBI's field table for it was not at hand. So this room reads the header as for
every transaction and asks of Type-2 only what is needed to name one arrest beyond doubt: the controlling agency, the control
number of the booking (1.010 TCR) and the date of arrest (2.045 DOA). Evidence mark of this layout: recalled_not_verified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from tenprint.errors import FieldInvalid, FieldMissing, TransactionNotAuthorized, Where
from tenprint.exchange.answers import NO_IMAGES, VERSION
from tenprint.exchange.dates import day_of, digits_of
from tenprint.exchange.header import AGENCY, CONTROL
from tenprint.exchange.itl import LIMITS, Limits, list_content, read, write
from tenprint.exchange.records import Field, Record, Transaction

Day: TypeAlias = date
"""A calendar day; named apart, because a request has a field called ``date``."""

REQUEST: Final = "CDEL"
"""Type of transaction of a request. Source: list of EBTS 10, data management."""

ANSWER: Final = "CDELR"
"""Type of transaction of its answer. Source: list of EBTS 10, data management."""

SOURCE: Final = "EBTS 10, list of types of transaction; layout recalled_not_verified"
"""What the refusals of this room cite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One request. tcr: control number of the booking whose arrest is to be deleted; cri: who controls the arrest.

    arrest_date: 2.045 DOA, which must be the booking's own. ori, dai, tcn, date: of the request itself.
    """

    ori: str
    dai: str
    tcn: str
    tcr: str
    cri: str
    date: Day
    arrest_date: Day


def read_deletion(data: bytes, *, limits: Limits = LIMITS) -> Deletion:
    """Read one CDEL. Raises ExchangeError naming record and field; a file that names no single arrest is refused whole."""
    transaction = read(data, limits=limits)
    one, found = transaction.header, transaction.first(2)
    if transaction.tot != REQUEST:
        raise TransactionNotAuthorized(
            f"{transaction.tot} is no request of deletion", where=Where(1, 0, 4), allowed=REQUEST
        )
    if found is None:
        raise FieldMissing("a request of deletion has a Type-2 record", where=Where(2, 1, 1), source=SOURCE)
    index, two = found
    return Deletion(
        ori=_formed(one, 0, 8, AGENCY, "an agency's ORI"),
        dai=_formed(one, 0, 7, AGENCY, "an agency's ORI"),
        tcn=_formed(one, 0, 9, CONTROL, "a control number"),
        tcr=_formed(one, 0, 10, CONTROL, "the control number of the booking"),
        cri=_formed(two, index, 73, AGENCY, "the controlling agency's ORI"),
        date=_day(one, 0, 5),
        arrest_date=_day(two, index, 45),
    )


def write_deletion(*, ori: str, dai: str, tcn: str, tcr: str, cri: str, day: date, arrest_date: date) -> bytes:
    """The bytes of one CDEL, for agencies without a system of their own and for tests. Raises ExchangeError if it is not sound."""
    written = _write(REQUEST, to=dai, by=ori, tcn=tcn, tcr=tcr, day=day,
                     fields=(Field.of(2, 45, digits_of(arrest_date)), Field.of(2, 73, cri)))  # fmt: skip
    read_deletion(written)
    return written


def write_answer(request: Deletion, *, tcn: str, day: date, message: str) -> bytes:
    """The CDELR to a request: one message (2.060) of at most 300 characters, without person data."""
    return _write(ANSWER, to=request.ori, by=request.dai, tcn=tcn, tcr=request.tcn, day=day,
                  fields=(Field.of(2, 60, message[:300]), Field.of(2, 73, request.cri)))  # fmt: skip


def _write(tot: str, *, to: str, by: str, tcn: str, tcr: str, day: date, fields: tuple[Field, ...]) -> bytes:
    two = Record(2, (Field.of(2, 1, "0"), Field.of(2, 2, "00"), *fields))
    texts = {1: "0", 2: VERSION, 4: tot, 5: digits_of(day), 7: to, 8: by, 9: tcn, 10: tcr, 11: NO_IMAGES, 12: NO_IMAGES}
    head = {number: Field.of(1, number, text) for number, text in texts.items()} | {3: list_content((two,))}
    return write(Transaction((Record(1, tuple(head[number] for number in sorted(head))), two)))


def _formed(record: Record, index: int, number: int, form: re.Pattern[str], what: str) -> str:
    text = record.text(number)
    where = Where(record.type, index, number, record.offset)
    if text is None:
        raise FieldMissing(f"a request of deletion needs {what}", where=where, source=SOURCE)
    first = text.split("\x1e")[0]
    if not form.fullmatch(first):
        raise FieldInvalid(f"{first[:40]!r} is not {what}", where=where, allowed=what, source=SOURCE)
    return first


def _day(record: Record, index: int, number: int) -> date:
    text = record.text(number)
    where = Where(record.type, index, number, record.offset)
    if text is None:
        raise FieldMissing("a request of deletion needs this date", where=where, source=SOURCE)
    found = day_of(text)
    if found is None:
        raise FieldInvalid(f"{text[:40]!r} is no date", where=where, allowed="CCYYMMDD", source=SOURCE)
    return found
