"""The only reader of time. Everything else is handed an instant.

Two clocks run in tenprint: the *programme's* clock, by which bookings, rules and release clocks are judged (a
rehearsal sets it to June 2011), and *real* time, by which checkpoints are signed. Instants are aware datetimes in UTC.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol


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


MOVE_TOLERANCE: Final = timedelta(seconds=60)
"""How far the wall clock may part from the machine's steady count before it counts as moved. Set by: corrections of time
servers are of seconds; a minute is the least that a person would enter by hand.
"""


def uptime() -> float:
    """Seconds since this machine started, sleep included; nobody can set it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str:
    """A name for this run of the machine's kernel, so that two processes know whether they share one count; else empty."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip() if path.exists() else ""


@dataclass(frozen=True, slots=True)
class Move:
    """The wall clock was moved. at: the steady instant at which it was seen; seconds: how far, negative if back."""

    at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a process knew of time: the machine's run and count (seconds), the wall clock and the steady instant then.

    floor: no instant before it is ever told.
    """

    boot: str
    count: float
    wall: datetime
    steady: datetime
    floor: datetime


class SteadyClock:
    """Real time that never runs back and never runs slow: the later of the wall clock and the machine's own count.

    A wall clock set back therefore delays nothing. One set forward is believed (whoever is held goes sooner, never
    later). Every move is kept for `moves`, so that it can be recorded before anything follows from it.
    """

    def __init__(
        self,
        anchor: Anchor | None = None,
        *,
        wall: Callable[[], datetime] | None = None,
        count: Callable[[], float] = uptime,
        boot: str | None = None,
    ) -> None:
        """anchor: what an earlier process of this machine knew; after another start of the machine it is a floor."""
        self._wall = wall or SystemClock().now
        self._count = count
        self._boot = boot_id() if boot is None else boot
        self._lock = threading.Lock()
        self._moves: list[Move] = []
        first, mark = self._wall(), count()
        if anchor is None:
            anchor = Anchor(self._boot, mark, first, first, first)
        elif not self._boot or anchor.boot != self._boot:
            # Nobody counted while the machine was off: only that time has not run back is known.
            before = max(anchor.steady, anchor.floor)
            anchor = Anchor(self._boot, mark, max(first, before), before, before)
        self._known = anchor
        self._told = anchor.floor
        self.now()

    def now(self) -> datetime:
        """The present instant, in UTC; no earlier than any that was told before."""
        with self._lock:
            wall, count, known = self._wall(), self._count(), self._known
            passed = timedelta(seconds=max(0.0, count - known.count))
            steady = max(wall, known.steady + passed)
            moved = wall - known.wall - passed
            is_move = abs(moved) > MOVE_TOLERANCE
            if is_move:
                self._moves.append(Move(max(steady, known.floor), round(moved.total_seconds())))
            # Without a move the wall's reference stays, so that many small steps count together.
            seen = wall if is_move else known.wall + passed
            self._known = Anchor(self._boot, count, seen, steady, known.floor)
            self._told = max(steady, known.floor, self._told)
            return self._told

    def moves(self) -> tuple[Move, ...]:
        """Every move of the wall clock seen and not yet recorded; told again until `recorded` says so."""
        with self._lock:
            return tuple(self._moves)

    def recorded(self, moves: Sequence[Move]) -> None:
        """These moves are kept for good: they are told no more. Those seen since stay."""
        with self._lock:
            for move in moves:
                if move in self._moves:
                    self._moves.remove(move)

    def anchor(self) -> Anchor:
        """What to keep for the next process."""
        self.now()
        with self._lock:
            return self._known

    def accepted(self) -> Anchor:
        """What to know once a person has found the wall clock right; nothing changes before `heed`.

        The steady instant stands still until the wall clock has caught up with it: still never back, never late.
        """
        told = self.now()
        with self._lock:
            wall = self._wall()
            return Anchor(self._boot, self._count(), wall, wall, told)

    def heed(self, anchor: Anchor) -> None:
        """Go on from an accepted anchor of this run of the machine, taken here or by another process; never back.

        Raises ValueError for one of another run.
        """
        if anchor.boot != self._boot:
            raise ValueError("an anchor of another run of the machine shares no count with this one")
        self.now()  # moves up to here are seen
        with self._lock:
            self._known = anchor


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
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_text(text: str) -> datetime:
    """The inverse of `to_text`; also reads ISO 8601 with an explicit offset. Raises ValueError without one."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at.astimezone(UTC)
