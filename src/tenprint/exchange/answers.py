"""The answers of the repository: SRE (findings) and ERRT (refusal), written and read back. Each passes the check of
its edition.

Source: EBTS 9.1, SRE and ERRT; message codes of EFTS Appendix M, table M-1.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from tenprint.errors import TenprintError, TransactionNotAuthorized, UsageError, Where
from tenprint.exchange.check import check, kind_of
from tenprint.exchange.dates import day_of, digits_of
from tenprint.exchange.header import Header
from tenprint.exchange.itl import list_content, read, write
from tenprint.exchange.records import Field, Record, Transaction
from tenprint.exchange.submission import Booking

Day: TypeAlias = date
"""A calendar day; named apart, because `Answer` has a field called ``date``."""

VERSION: Final = "0400"
"""The ITL version that answers are written in. Source: EBTS 9.1, 1.002."""

NO_IMAGES: Final = "00.00"
"""1.011 and 1.012 of a transaction without binary images. Source: EBTS 9.1, 1.011."""

UTF_8: Final = ("003", "UTF-8", "")
"""The directory entry that an answer with letters beyond ASCII needs. Source: ANSI/NIST-ITL 1-2007, 1.015 DCS."""

MESSAGE_LENGTH: Final = 300
"""Longest message, characters. Source: EBTS 9.1, 2.060 MSG."""

MESSAGES: Final = 11
"""Most messages. Source: EBTS 9.1, 2.060 MSG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An SRE or ERRT as read. srf: I or N in an SRE, None in an ERRT; messages: of an ERRT; tcr: the request's TCN."""

    kind: str
    tcn: str
    tcr: str | None
    ori: str
    dai: str
    date: Day
    srf: str | None
    name: str | None
    cri: tuple[str, ...]
    messages: tuple[str, ...]
    fbi_number: str | None
    sid: str | None
    rap_sheet: str | None

    @property
    def code(self) -> str | None:
        """The message code that an ERRT starts with, such as ``E0001``; None in an SRE."""
        return self.messages[0].split(" ", 1)[0] if self.messages else None


def sre(
    booking: Booking,
    *,
    srf: Literal["I", "N"],
    tcn: str,
    date: date,
    fbi_number: str | None = None,
    sid: str | None = None,
    rap_sheet: str | None = None,
) -> bytes:
    """Submission results: I (identification) or N (none), to the sender of the booking; agencies change places.

    Raises ExchangeError when a given value does not fit its field (TCN 10 to 40 characters, rap sheet at most 200 000).
    """
    fields = [
        Field.of(2, 2, "00"),
        *([Field.of(2, 9, booking.oca)] if booking.oca else []),
        *([Field.of(2, 14, fbi_number)] if fbi_number else []),
        *([Field.of(2, 15, sid)] if sid else []),
        Field.of(2, 18, booking.name),
        Field.of(2, 59, srf),
        Field.of(2, 73, *booking.cri),
        *([Field.of(2, 75, rap_sheet)] if rap_sheet else []),
        *([Field.of(2, 87, "Y")] if booking.treat_as_adult else []),
    ]
    return _transaction("SRE", to=booking.ori, by=booking.dai, tcn=tcn, tcr=booking.tcn, day=date, fields=fields)


def errt(header: Header | Booking, error: TenprintError, *, tcn: str, date: date, own_ori: str) -> bytes:
    """A refusal with its code, field and reason, to whoever sent the transaction.

    Where the header names no sender the answer is addressed to ``own_ori``; where it names no TCN it refers to none.
    """
    told = Header.of(header) if isinstance(header, Booking) else header
    fields = [
        Field.of(2, 2, "00"),
        Field.of(2, 60, *messages_of(error)),
        *([Field.of(2, 73, told.cri)] if told.cri else []),
    ]
    return _transaction("ERRT", to=told.ori or own_ori, by=own_ori, tcn=tcn, tcr=told.tcn, day=date, fields=fields)


def messages_of(error: TenprintError) -> tuple[str, ...]:
    """An error as 1 to 11 messages of at most 300 characters: code, field where one is at fault, then the sentence."""
    where = getattr(error, "where", None)
    tag = where.tag if isinstance(where, Where) else None
    words = " ".join(str(error).encode("ascii", "replace").decode("ascii").split())
    plain = "".join(c if " " <= c <= "~" else "?" for c in words)
    text = " ".join(part for part in (error.code, tag, plain) if part)
    lines = textwrap.wrap(text, MESSAGE_LENGTH, break_on_hyphens=False) or [error.code]
    return tuple(lines[:MESSAGES])


def read_answer(data: bytes) -> Answer:
    """Read and check an SRE or ERRT. Raises ExchangeError; TransactionNotAuthorized for any other transaction type."""
    transaction = read(data)
    kind = kind_of(transaction)
    if kind.tot not in {"SRE", "ERRT"}:
        raise TransactionNotAuthorized(
            f"{kind.tot} is no answer to a booking", where=Where(1, 0, 4), allowed="SRE or ERRT"
        )
    check(transaction)
    one = transaction.header
    two = next(record for _, record in transaction.of_type(2))
    day = day_of(one.text(5))
    assert day is not None, "checked above"
    return Answer(
        kind=kind.tot, tcn=one.text(9) or "", tcr=one.text(10), ori=one.text(8) or "", dai=one.text(7) or "", date=day,
        srf=two.text(59), name=two.text(18), cri=tuple(s[0] for s in two.subfields(73)),
        messages=tuple(s[0] for s in two.subfields(60)),
        fbi_number=two.text(14), sid=two.text(15), rap_sheet=two.text(75),
    )  # fmt: skip


def _transaction(tot: str, *, to: str, by: str, tcn: str, tcr: str | None, day: Day, fields: Sequence[Field]) -> bytes:
    for field in fields:
        if any(ord(c) < 32 and c not in "\t\n\r\x1e\x1f" for c in field.text):
            raise UsageError(f"a control character in {field.tag} of an answer; nothing was written")
    two = Record(2, (Field.of(2, 1, "0"), *fields))
    head = [
        Field.of(1, 1, "0"),
        Field.of(1, 2, VERSION),
        list_content((two,)),
        Field.of(1, 4, tot),
        Field.of(1, 5, digits_of(day)),
        Field.of(1, 7, to),
        Field.of(1, 8, by),
        Field.of(1, 9, tcn),
        *([Field.of(1, 10, tcr)] if tcr else []),
        Field.of(1, 11, NO_IMAGES),
        Field.of(1, 12, NO_IMAGES),
        *([Field.of(1, 15, UTF_8)] if any(not field.text.isascii() for field in fields) else []),
    ]
    written = write(Transaction((Record(1, tuple(head)), two)))
    check(read(written))
    return written
