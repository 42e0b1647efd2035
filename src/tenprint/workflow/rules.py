"""Checking a programme's rules as whoever must sign them would."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from tenprint.clock import SystemClock
from tenprint.errors import UsageError
from tenprint.refer.policy.check import Examined, all_cases, examine
from tenprint.refer.policy.differences import answered_differently, between, changes
from tenprint.refer.policy.programme import Programme, programme_root

FIRST_ZONE: Final = timedelta(hours=14)
"""How far the first time zone of the earth is ahead of UTC. Set by: Kiritimati, UTC+14; a day that has begun there has begun."""

WRITTEN_ON: Final = date(2026, 11, 26)
"""A day that has come: on it the shipped programme's sources were last read. A machine whose clock says an earlier one is behind,
and its clock is no reason to refuse what ships. Set by: the latest ``read_on`` that ships, which a test holds it to.
"""


def check(folder: Path | None) -> Examined:
    """Every fault and warning of a programme's folder in words, by the machine's day. None: the programme that ships with tenprint."""
    today = (SystemClock().now() + FIRST_ZONE).date()
    return examine(folder or programme_root(), today=max(today, WRITTEN_ON))


def diff(before: Path, after: Path) -> dict[str, Any]:
    """What two editions of a programme say differently, in words, and the cases of either that come out otherwise.

    Raises RuleInvalid or RulesConflict for a folder that can't be loaded.
    """
    old, new = Programme.load(before), Programme.load(after)
    cases = [*all_cases(before), *all_cases(after)]
    found = [{"id": x.id, "change": x.kind, "says": list(x.lines)} for x in changes(old.rules, new.rules)]
    if old.profile != new.profile:
        found.append({"id": "profile", "change": "changed", "says": [f"was {old.profile}; is {new.profile}"]})
    return {
        "before": old.hash,
        "after": new.hash,
        "changes": found,
        "cases": [
            {"case": x.case, "asks": x.asks, "before": x.before, "after": x.after}
            for x in answered_differently(old.rules, new.rules, cases)
        ],
        "cases_run": len(cases),
    }


def diff_rules(before: Path | None, after: Path | None, one: str, other: str) -> dict[str, Any]:
    """What one rule says otherwise than another, perhaps of another folder. None: the shipped programme. Raises UsageError."""
    found = []
    for folder, name in ((before, one), (after, other)):
        rules = {rule.id: rule for rule in Programme.load(folder or programme_root()).rules.rules}
        if name not in rules:
            raise UsageError(f"no rule {name!r}; allowed: {', '.join(sorted(rules))}. Nothing was compared.")
        found.append(rules[name])
    return {"before": one, "after": other, "changes": [{"id": other, "change": "changed", "says": between(*found)}]}
