"""Conditions and facts as plain sentences, for whoever must sign them and does not read YAML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.policy.conditions import ALWAYS, Condition, FactIs
from tenprint.refer.policy.rules import Rule

COMPARED: Final[Mapping[str, str]] = {
    "equals": "is {}", "in": "is {}", "not_in": "is not {}", "at_least": "is at least {}", "at_most": "is at most {}",
    "more_than": "is more than {}", "less_than": "is less than {}", "contains": "holds {}", "in_ranges": "lies in {}",
    "known": "is known", "unknown": "is not known",
}  # fmt: skip
"""Operator -> how it reads; the operand takes the place of the braces."""


def in_words(value: FactValue) -> str:
    """A fact's value as a person reads it: yes, no, a number, a day, texts."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "none" if not value else " and ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def facts_in_words(facts: Mapping[str, FactValue]) -> str:
    """Facts as one phrase, in the order given."""
    return ", ".join(f"{name} = {in_words(value)}" for name, value in facts.items()) or "no fact at all"


def condition_in_words(condition: Condition) -> str:
    """A condition as one phrase; groups inside groups stand in brackets."""
    if condition == ALWAYS:
        return "always"
    if isinstance(condition, FactIs):
        operand = condition.operand
        unit = GLOSSARY[condition.fact].unit
        told = " or ".join(in_words(item) for item in operand) if isinstance(operand, tuple) else in_words(operand)
        compared = COMPARED[condition.operator].format(told)
        counted = bool(unit) and condition.operator not in ("known", "unknown")
        return f"{condition.fact} {compared}" + (f" {unit}" if counted else "")
    parts = [condition_in_words(part) for part in condition.parts]
    if condition.kind == "not":
        return f"not ({parts[0]})"
    joint = " and " if condition.kind == "all" else " or "
    return joint.join(
        part if isinstance(one, FactIs) else f"({part})" for one, part in zip(condition.parts, parts, strict=True)
    )


def rule_in_words(rule: Rule) -> dict[str, str]:
    """What a rule says, part by part: who is covered, from when, under what condition, with what effect, and on what it rests."""
    effect = rule.answer.replace("_", " ")
    effect += f", {rule.role} looks" if rule.role else ""
    effect += f", at most {rule.max_hold_hours} hours" if rule.max_hold_hours is not None else ""
    effect += "; refused where the condition does not hold" if rule.answer == "permitted" else ""
    effect += "; only where no other rule answers" if rule.default else ""
    return {
        "question": rule.question,
        "covered": str(rule.scope),
        "in force": str(rule.in_force),
        "condition": condition_in_words(rule.when),
        "effect": effect,
        "source": str(rule.source),
        "evidence": rule.evidence,
        "why": rule.why,
    }
