"""Contradictions among the rules of a question, found before a case meets them, each with facts, a day and a place.

Two rules are searched if they answer one question, overlap in time and place, and can contradict: a refusal against a permission
or a duty in one tier, a duty against a refusal (or a permission that does not hold) in another. What is reported
was answered by the engine itself, with every rule of the question, by RulesConflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Final

from tenprint.errors import NoRuleInForce, RulesConflict
from tenprint.model.facts import FactValue
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.answers import Answer, answer
from tenprint.refer.policy.assignments import Wanted, assignments
from tenprint.refer.policy.conditions import ALWAYS, Condition
from tenprint.refer.policy.rules import Rule, Scope
from tenprint.refer.policy.words import facts_in_words

MOST_SOLUTIONS: Final = 200
"""Combinations of facts tried on the whole book for one pair of rules on one day. Set by: one suffices as a counterexample; bounds
the time. Where more are left than this, nothing is called sound: `NotSearched`."""

ONE_DAY: Final = timedelta(days=1)
"""From the last day in force to the first day not in force. Source: design decision 5."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Facts, a day and a place for which the rules contradict each other, or why none was found. said: the engine's words."""

    one: Rule
    other: Rule
    facts: Mapping[str, FactValue]
    day: date
    place: Scope
    said: str

    def __str__(self) -> str:
        facts = facts_in_words(self.facts)
        return (
            f"{self.one.path}: {self.one.id} and {self.other.id} ({self.other.path.name}) contradict each other. Found: {facts}, on "
            f"{self.day}, at {self.place}: {self.said} Allowed: one answer for the same facts, day and place. "
            "Next: change the condition, dates or scope of one of them, or make one needs_person."
        )


@dataclass(frozen=True, slots=True)
class NotSearched:
    """A pair of rules with more combinations of values than are searched: whether they contradict each other is not known."""

    one: Rule
    other: Rule

    def __str__(self) -> str:
        return (
            f"{self.one.path}: {self.one.id} and {self.other.id} ({self.other.path.name}): too many combinations to search for a "
            f"conflict; only their cases and {MOST_SOLUTIONS} others were tried. Allowed: rules of which it can be said that they never "
            "contradict each other. Next: split the longer condition into rules of their own."
        )


def conflicts(rules: Sequence[Rule]) -> Iterator[Counterexample | NotSearched]:
    """One counterexample for each pair of rules that can contradict each other; pairs that could not be searched are named."""
    for one, other in combinations(rules, 2):
        wanted = _contradiction(one, other)
        place = joint_place(one.scope, other.scope)
        days = common_days(one.in_force, other.in_force, [r.in_force for r in rules if r.question == one.question])
        if wanted is None or place is None or not days:
            continue
        asked = [rule for rule in rules if rule.question == one.question]
        found = _tried(one, other, wanted, asked=asked, days=days, place=place)
        if found is not None:
            yield found


def _tried(
    one: Rule, other: Rule, wanted: Wanted, *, asked: Sequence[Rule], days: Sequence[date], place: Scope
) -> Counterexample | NotSearched | None:
    """The first facts for which the whole book contradicts itself; None only if every combination was tried and none does.

    Where a third rule only leaves the answer open because its own facts are absent, they are searched for as well.
    """
    by_id = {rule.id: rule for rule in asked}
    used_up = False
    for day in days:
        silent = _must_be_silent(one, other, [rule for rule in asked if day in rule.in_force], place=place)
        aim = [*wanted, *((condition, False) for condition in silent)]
        for tried, facts in enumerate(assignments(aim, fixed=settled(place))):
            if facts is None or tried == MOST_SOLUTIONS:
                used_up = True
                break
            said = _asked(asked, facts, day=day, place=place)
            if isinstance(said, Answer):
                still = [(by_id[seen.rule].when, False) for seen in said.trace if seen.outcome == "unknown"]
                facts = next(assignments([*aim, *still], fixed=settled(place)), None) or facts  # noqa: PLW2901
                said = _asked(asked, facts, day=day, place=place)
            if isinstance(said, RulesConflict):
                return Counterexample(one, other, facts, day, place, str(said))
    return NotSearched(one, other) if used_up else None


def _must_be_silent(one: Rule, other: Rule, in_force: Sequence[Rule], *, place: Scope) -> list[Condition]:
    """The conditions of third rules of the day that must be false, or else the two don't meet: a person is asked, or asked first.

    Two of one tier contradict each other whatever else is said there. A duty, and a permission that does not hold, are only
    said where no rule of their tier asks a person; and a default only where no other rule speaks.
    """
    here = [r for r in in_force if r is not one and r is not other and r.scope.covers(place)[0] is True]
    special = [r for r in here if one.default and not r.default]
    # A permission speaks whether or not it holds; beside it no default is ever asked.
    found = [ALWAYS if r.answer == "permitted" else r.when for r in special]
    if one.scope.tier == other.scope.tier:
        return found
    tiers = {r.scope.tier for r in (one, other) if r.answer in ("required", "permitted")}
    asks = [r for r in here if r.default == one.default and r.answer == "needs_person" and r.scope.tier in tiers]
    return [*found, *(r.when for r in asks)]


def _asked(
    asked: Sequence[Rule], facts: Mapping[str, FactValue], *, day: date, place: Scope
) -> Answer | RulesConflict | None:
    try:
        return answer(asked[0].question, asked, facts, on=day, place=place)
    except RulesConflict as conflict:
        return conflict
    except NoRuleInForce:
        return None


def _contradiction(one: Rule, other: Rule) -> Wanted | None:
    """The truths under which the two contradict each other; None when they can't."""
    if one.question != other.question or one.default != other.default:
        return None
    kinds = {one.answer, other.answer}
    same_tier = one.scope.tier == other.scope.tier
    if kinds == {"refused", "required"} or (same_tier and kinds == {"refused", "permitted"}):
        return (one.when, True), (other.when, True)
    if not same_tier and kinds == {"permitted", "required"}:
        return (one.when, one.answer == "required"), (other.when, other.answer == "required")
    return None


def joint_place(one: Scope, other: Scope) -> Scope | None:
    """A place that lies in both scopes, or None."""
    joint = one
    for part in ("programme", "state", "county", "facility"):
        mine, theirs = getattr(one, part), getattr(other, part)
        if mine is not None and theirs is not None and mine != theirs:
            return None
        joint = replace(joint, **{part: mine if mine is not None else theirs})
    mine, theirs = one.ori or "", other.ori or ""
    if not (mine.startswith(theirs) or theirs.startswith(mine)):
        return None
    longer = max(mine, theirs, key=len)
    return replace(joint, ori=longer.ljust(9, "0") if longer else None)


def common_days(one: InForce, other: InForce, all_spans: Sequence[InForce]) -> list[date]:
    """The first and last day on which both are in force, and every day between on which a rule begins or ends; empty if none."""
    first = max(one.since, other.since)
    ends = [span.until for span in (one, other) if span.until is not None]
    last = min(ends) - ONE_DAY if ends else None
    edges = {day for span in all_spans for day in (span.since, span.until) if day is not None}
    days = {first, *edges} | ({last} if last else set())
    return sorted(day for day in days if day in one and day in other)


def settled(place: Scope) -> dict[str, FactValue]:
    """The facts that a place settles by itself."""
    found: dict[str, FactValue] = {}
    if place.state is not None:
        found["jurisdiction.state"] = place.state
    if place.county is not None:
        found["jurisdiction.county"] = place.county
    return found
