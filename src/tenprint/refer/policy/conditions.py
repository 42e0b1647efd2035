"""Conditions over facts, in three-valued logic: true, false, or unknown because a fact is absent.

A closed set of operators (design decision 4.5). ``all`` is false as soon as one part is false and unknown if one part
is unknown; ``any`` and ``not`` likewise (Kleene). Only ``known`` and ``unknown`` ask whether a fact is present at all;
so more facts can turn unknown into true or false, but never true into false, unless a rule uses one of these two on
purpose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeAlias

from tenprint.errors import FactInvalid
from tenprint.model.facts import GLOSSARY, Fact, FactValue, check
from tenprint.refer.participation.strict_yaml import Content, Sheet

OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "equals": ("bool", "int", "str", "date"),
    "in": ("int", "str", "date"),
    "not_in": ("int", "str", "date"),
    "at_least": ("int", "date"),
    "at_most": ("int", "date"),
    "more_than": ("int", "date"),
    "less_than": ("int", "date"),
    "contains": ("set",),
    "in_ranges": ("str",),
    "known": ("bool", "int", "str", "date", "set"),
    "unknown": ("bool", "int", "str", "date", "set"),
}
"""Every operator, with the kinds of fact it applies to. ``contains``: the set holds at least one of the texts listed.
``in_ranges``: a four-digit code lies in one of the ranges, both ends included. A new operator needs an ADR and
tests.
"""

_RANGE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?\Z")

Operand: TypeAlias = "FactValue | tuple[FactValue, ...]"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition comes to. truth: None is unknown. because: facts that decided it; missing: facts it would
    need.
    """

    truth: bool | None
    because: frozenset[str] = field(default_factory=frozenset)
    missing: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class FactIs:
    """One fact compared by one operator with one operand."""

    fact: str
    operator: str
    operand: Operand

    def find(self, facts: Mapping[str, FactValue]) -> Finding:
        """True or false of a fact that is there; unknown of one that is not (but ``known`` and ``unknown`` always
        tell).
        """
        name = frozenset([self.fact])
        if self.operator in ("known", "unknown"):
            return Finding((self.fact in facts) == (self.operator == "known"), because=name)
        if self.fact not in facts:
            return Finding(None, missing=name)
        return Finding(_compare(facts[self.fact], self.operator, self.operand), because=name)

    @property
    def names(self) -> frozenset[str]:
        """The facts it names."""
        return frozenset([self.fact])


@dataclass(frozen=True, slots=True)
class Group:
    """``all``, ``any`` or ``not`` of some conditions; ``not`` has exactly one."""

    kind: str
    parts: tuple[Condition, ...]

    def find(self, facts: Mapping[str, FactValue]) -> Finding:
        """Kleene's logic over the parts; because names the parts that decided, missing what could still decide."""
        findings = [part.find(facts) for part in self.parts]
        if self.kind == "not":
            only = findings[0]
            return Finding(None if only.truth is None else not only.truth, only.because, only.missing)
        decisive = self.kind == "any"
        deciding = [f for f in findings if f.truth is decisive]
        if deciding:
            return Finding(decisive, because=frozenset().union(*(f.because for f in deciding)))
        open_parts = [f for f in findings if f.truth is None]
        if open_parts:
            return Finding(None, missing=frozenset().union(*(f.missing for f in open_parts)))
        return Finding(not decisive, because=frozenset().union(*(f.because for f in findings)))

    @property
    def names(self) -> frozenset[str]:
        """The facts that its parts name."""
        return frozenset().union(*(part.names for part in self.parts))


Condition: TypeAlias = "FactIs | Group"

ALWAYS: Final = Group("all", ())
"""The condition of a rule without ``when``: true whatever the facts."""


def read_condition(sheet: Sheet) -> Condition:
    """A condition from ``{all|any|not: …}`` or ``{fact: name, operator: operand, unit: …}``.

    Raises RuleInvalid for anything outside the closed set, a fact outside the glossary, or an operand of the wrong
    kind.
    """
    keys = sheet.keys()
    if len(keys) == 1 and keys[0] in ("all", "any"):
        parts = tuple(read_condition(part) for part in sheet.tables(keys[0]))
        if not parts:
            raise sheet.wrong(keys[0], [], "at least one condition")
        return Group(keys[0], parts)
    if keys == ("not",):
        return Group("not", (read_condition(sheet.table("not")),))
    name = sheet.text("fact")
    fact = GLOSSARY.get(name)
    if fact is None:
        raise sheet.wrong("fact", name, "a fact of the glossary (model/facts.py)")
    unit = sheet.text_or_none("unit")
    if unit is not None and unit != fact.unit:
        raise sheet.wrong("unit", unit, fact.unit or "no unit for this fact")
    operators = [key for key in keys if key not in ("fact", "unit")]
    if len(operators) != 1 or operators[0] not in OPERATORS:
        raise sheet.wrong("operator", ", ".join(operators) or None, f"exactly one of {', '.join(OPERATORS)}")
    operator = operators[0]
    if fact.kind not in OPERATORS[operator]:
        raise sheet.wrong(operator, name, f"facts of kind {', '.join(OPERATORS[operator])}; {name} is {fact.kind}")
    condition = FactIs(name, operator, _operand(sheet, operator, fact))
    sheet.finish()
    return condition


def read_value(sheet: Sheet, name: str, found: Content) -> FactValue:
    """One fact's value from a file, checked against the glossary; a list becomes a set of texts. Raises RuleInvalid."""
    value: object = tuple(found) if isinstance(found, list) else found
    try:
        checked: dict[str, FactValue] = {name: value}  # type: ignore[dict-item]
        check(checked)
    except FactInvalid as refused:
        raise sheet.wrong(name, found, f"what the glossary says ({refused})") from refused
    return checked[name]


def _operand(sheet: Sheet, operator: str, fact: Fact) -> Operand:
    found = sheet.value(operator)
    if operator in ("known", "unknown"):
        if found is not True:
            raise sheet.wrong(operator, found, "true")
        return True
    if operator == "in_ranges":
        ranges = sheet.texts(operator)
        if not ranges or not all((m := _RANGE.match(r)) and (m[2] is None or m[1] <= m[2]) for r in ranges):
            raise sheet.wrong(operator, found, 'ranges of four-digit codes, such as ["0901-0999", "6300"]')
        return ranges
    if operator == "contains":
        texts = sheet.texts(operator)
        if not texts:
            raise sheet.wrong(operator, found, "a list of texts")
        return texts
    if operator in ("in", "not_in"):
        if not isinstance(found, list) or not found:
            raise sheet.wrong(operator, found, "a list of values")
        return tuple(read_value(sheet, fact.name, item) for item in found)
    if found is None:
        raise sheet.wrong(operator, found, f"a value of kind {fact.kind}")
    return read_value(sheet, fact.name, found)


def _compare(value: FactValue, operator: str, operand: Operand) -> bool:
    if operator == "equals":
        return value == operand
    if operator in ("in", "not_in"):
        return (isinstance(operand, tuple) and value in operand) == (operator == "in")
    if operator == "contains":
        return isinstance(value, tuple) and isinstance(operand, tuple) and any(text in value for text in operand)
    if operator == "in_ranges":
        return isinstance(operand, tuple) and any(_in_range(str(value), str(span)) for span in operand)
    if isinstance(value, date) and isinstance(operand, date):
        return _ordered(value.toordinal(), operator, operand.toordinal())
    if isinstance(value, int) and isinstance(operand, int):
        return _ordered(value, operator, operand)
    raise FactInvalid(f"{value!r} {operator} {operand!r}: not of one kind; nothing was decided")


def _ordered(value: int, operator: str, bound: int) -> bool:
    if operator == "at_least":
        return value >= bound
    if operator == "at_most":
        return value <= bound
    if operator == "more_than":
        return value > bound
    return value < bound


def _in_range(code: str, span: str) -> bool:
    found = _RANGE.match(span)
    return found is not None and len(code) == 4 and found[1] <= code <= (found[2] or found[1])
