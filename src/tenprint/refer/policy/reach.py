"""Rules that can never speak: a condition that nothing meets, a place that no booking comes from, a default that is never looked at.

They decide nothing, so they are warnings; but whoever wrote them thought that they would.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from tenprint.refer.participation.jurisdictions import Jurisdictions
from tenprint.refer.policy.assignments import assignments
from tenprint.refer.policy.conditions import ALWAYS
from tenprint.refer.policy.conflicts import settled
from tenprint.refer.policy.rules import Rule

PARTS: Final = ("programme", "state", "county", "ori", "facility")
"""The parts of a scope, the widest first."""


def unreachable(rules: Sequence[Rule], *, programme: str, places: Jurisdictions) -> Iterator[str]:
    """One warning for each reason for which a rule can never speak: file, rule, found, what to do next."""
    states = {place.state for place in places.all()}
    counties = {(place.state, place.county) for place in places.all()}
    for rule in rules:
        here = f"{rule.path}: {rule.id}"
        if _never(rule):
            yield f"{here}: no facts meet its condition. Next: correct the condition, or drop the rule."
        scope = rule.scope
        if scope.programme not in (None, programme):
            yield f"{here}: its scope is programme {scope.programme}; this one is {programme}. Next: correct the scope."
        if scope.county is not None and (scope.state, scope.county) not in counties:
            yield f"{here}: no place of jurisdictions.yaml is {scope.county}, {scope.state}. Next: correct the scope, or add the place."
        elif scope.state is not None and scope.state not in states:
            yield f"{here}: no place of jurisdictions.yaml lies in {scope.state}. Next: correct the scope, or add the place."
        if rule.default:
            yield from _behind(rule, rules)


def _never(rule: Rule) -> bool:
    """Whether no facts at all meet the condition; a search that gave up has not shown it."""
    return not list(islice(assignments([(rule.when, True)], fixed=settled(rule.scope)), 1))


def _behind(default: Rule, rules: Sequence[Rule]) -> Iterator[str]:
    """A default is looked at only where nothing else speaks; a rule without a condition always speaks."""
    for rule in rules:
        always = rule.question == default.question and not rule.default and rule.when == ALWAYS
        if always and _wider(rule, default) and _longer(rule, default):
            yield (
                f"{default.path}: {default.id} is a default, and {rule.id} always speaks where and while it is in force. "
                "Next: give that rule a condition, or drop the default."
            )


def _wider(rule: Rule, default: Rule) -> bool:
    pairs = [(getattr(rule.scope, part), getattr(default.scope, part)) for part in PARTS]
    return all(wide is None or wide == narrow for wide, narrow in pairs)


def _longer(rule: Rule, default: Rule) -> bool:
    starts = rule.in_force.since <= default.in_force.since
    return starts and (
        rule.in_force.until is None
        or (default.in_force.until is not None and default.in_force.until <= rule.in_force.until)
    )
