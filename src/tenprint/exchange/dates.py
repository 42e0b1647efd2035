"""Dates as EBTS writes them: eight digits, CCYYMMDD, and nothing that is no day."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

UNKNOWN_BIRTH: Final = "00000000"
"""A wholly unknown date of birth. Source: EBTS 9.1, 2.022 (part of a date is not allowed)."""

_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)


def day_of(text: str | None) -> date | None:
    """The day that eight digits CCYYMMDD name, or None for anything else (also for the 30th of February)."""
    if text is None or not _DATE.fullmatch(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def digits_of(day: date) -> str:
    """CCYYMMDD, also before the year 1000."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"
