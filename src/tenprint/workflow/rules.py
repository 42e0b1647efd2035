"""Checking a programme's rules as whoever must sign them would."""

from __future__ import annotations

from pathlib import Path

from tenprint.refer.policy.check import check_rules
from tenprint.refer.policy.programme import programme_root


def check(folder: Path | None) -> list[str]:
    """Every fault of a programme's folder in words; empty when it is sound. None: the programme that ships with tenprint."""
    return list(check_rules(folder or programme_root()))
