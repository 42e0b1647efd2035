"""Who sent it and what it is called: read from any bytes at all, so that even a broken file can be refused by name.

Never raises. What can't be read, or could not stand in an answer, is None: a refusal then goes to whoever handed it in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tenprint.exchange.submission import Booking

LOOKED_AT: Final = 64 * 1024
"""How far into the file the Type-1 and Type-2 records are looked for, bytes. Set by: both are text, of a few
kilobytes."""

AGENCY: Final = re.compile(r"[A-Za-z0-9]{9}")
"""An agency's identifier. Source: EBTS 9.1, 1.008 ORI."""

CONTROL: Final = re.compile(r"[ -~]{10,40}")
"""A control number. Source: EBTS 9.1, 1.009 TCN."""

_TOT: Final = re.compile(r"[A-Za-z]{1,16}")
_FIELD: Final = re.compile(rb"(?:^|\x1d)([12])\.0{0,6}([0-9]{1,4}):([^\x1c\x1d]{0,2000})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What an answer is addressed with. ori: 1.008; dai: 1.007; tcn: 1.009; tot: 1.004; cri: the first of 2.073;
    version: 1.002.
    """

    ori: str | None = None
    dai: str | None = None
    tcn: str | None = None
    tot: str | None = None
    cri: str | None = None
    version: str | None = None

    @classmethod
    def of(cls, booking: Booking) -> Header:
        """The header of a booking that was read whole."""
        return cls(
            ori=booking.ori,
            dai=booking.dai,
            tcn=booking.tcn,
            tot=booking.tot,
            cri=booking.cri[0] if booking.cri else None,
            version=booking.version,
        )


def read_header(data: bytes) -> Header:
    """The best that can be said of a file that may be broken: only values of the right form, from its first 64 KiB.

    The first record must call itself Type-1: bytes that merely contain a tag somewhere name nobody.
    """
    start = bytes(data[:LOOKED_AT])
    if not re.match(rb"1\.0{0,6}1:", start):
        return Header()
    found: dict[tuple[int, int], str] = {}
    # Only the first two records, and each only by its own tags: nobody can plant a sender in image bytes.
    for record_type, record in enumerate(start.split(b"\x1c", 2)[:2], 1):
        for match in _FIELD.finditer(record):
            if int(match[1]) == record_type:
                found.setdefault((record_type, int(match[2])), match[3].decode("ascii", "replace"))
    return Header(
        ori=_formed(AGENCY, found.get((1, 8))),
        dai=_formed(AGENCY, found.get((1, 7))),
        tcn=_formed(CONTROL, found.get((1, 9))),
        tot=_formed(_TOT, found.get((1, 4))),
        cri=_formed(AGENCY, found.get((2, 73), "").split("\x1e")[0]),
        version=_formed(re.compile(r"[0-9]{4}"), found.get((1, 2))),
    )


def _formed(form: re.Pattern[str], text: str | None) -> str | None:
    return text if text is not None and form.fullmatch(text) else None
