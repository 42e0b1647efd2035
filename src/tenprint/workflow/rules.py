"""Checking a programme's rules as whoever must sign them would."""

from __future__ import annotations

from pathlib import Path

from tenprint.refer.policy.check import Examined, examine
from tenprint.refer.policy.programme import programme_root


def check(folder: Path | None) -> Examined:
    """Every fault and warning of a programme's folder in words. None: the programme that ships with tenprint."""
    return examine(folder or programme_root())
