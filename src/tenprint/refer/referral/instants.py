"""Instants as event facts spell them, so that a folded case compares the same times that the log commits to."""

from __future__ import annotations

from datetime import UTC, datetime


def spell(at: datetime) -> str:
    """``2011-06-07T14:03:09.123456Z``, the spelling of `tenprint.clock.to_text` (a test holds them equal);
    aware instants only.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read(text: str) -> datetime:
    """The inverse of `spell`: an aware instant in UTC. Raises ValueError without an offset."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return at.astimezone(UTC)
