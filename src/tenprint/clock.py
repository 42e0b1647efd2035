"""The only reader of time. Everything else is handed an instant.

Two clocks run in tenprint: the *programme's* clock, by which bookings, rules and release clocks are judged (a
rehearsal sets it to June 2011), and *real* time, by which checkpoints are signed. Instants are aware datetimes in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        """The machine's present instant, in UTC."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it is set: for rehearsals and tests. Not shared between processes."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime; this one has no time zone")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move to ``at``, forwards or backwards."""
        self._at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move forwards by ``by``."""
        self._at += by


class OffsetClock:
    """Real time moved by a fixed offset, so that a served rehearsal runs in another month."""

    def __init__(self, starts_at: datetime) -> None:
        self._offset = starts_at.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """Real time plus the offset."""
        return datetime.now(UTC) + self._offset


def to_text(at: datetime) -> str:
    """One spelling of an instant everywhere: ``2011-06-07T14:03:09.123456Z``. Raises ValueError on a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The inverse of `to_text`; also reads ISO 8601 with an explicit offset. Raises ValueError without one."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at.astimezone(UTC)
