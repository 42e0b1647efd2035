"""Facts under which conditions come out as wanted: searched over the values at which a condition can change its mind.

For each fact the conditions name, these values stand for all others: a closed list whole; both truth values; each number or day
named, the one before and the one after; each text or code range named, its ends, and one that nobody names; no text of a set,
each, each two, and all. With the fact's absence that is every cell that the operators can tell apart, except sets that need
three texts at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import combinations
from typing import Final

from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.policy.conditions import Condition, FactIs

MOST_STEPS: Final = 20_000
"""Partial assignments looked at before a search gives up. Set by: far beyond any condition of a real rule; bounds hostile files."""

OTHER: Final = "something-else"
"""A text that no rule names."""

Wanted = Sequence[tuple[Condition, bool]]
"""Conditions, each with the truth that is wanted of it."""


def assignments(
    wanted: Wanted, *, fixed: Mapping[str, FactValue] | None = None
) -> Iterator[dict[str, FactValue] | None]:
    """Facts under which every condition has the wanted truth, in a fixed order; None, last, when the search gave up.

    fixed: facts that the place already settles. It gives up after `MOST_STEPS` steps.
    """
    leaves = [leaf for condition, _ in wanted for leaf in _leaves(condition)]
    given = dict(fixed or {})
    names = sorted({leaf.fact for leaf in leaves})
    values = {
        name: [given[name]] if name in given else [*_values(name, [leaf for leaf in leaves if leaf.fact == name]), None]
        for name in names
    }
    steps = 0

    def search(at: int, assigned: dict[str, FactValue | None]) -> Iterator[dict[str, FactValue] | None]:
        nonlocal steps
        steps += 1
        if steps > MOST_STEPS:
            if steps == MOST_STEPS + 1:
                yield None
            return
        truths = [(truth(condition, assigned), want) for condition, want in wanted]
        if any(found is not None and found is not want for found, want in truths):
            return
        if all(found is want for found, want in truths):
            yield {name: value for name, value in assigned.items() if value is not None}
            return
        if at < len(names):
            for value in values[names[at]]:
                yield from search(at + 1, {**assigned, names[at]: value})

    yield from search(0, {})


def truth(condition: Condition, assigned: Mapping[str, FactValue | None]) -> bool | None:
    """What a condition comes to while some facts are still open: not in ``assigned`` is open, None is absent for good."""
    if isinstance(condition, FactIs):
        if condition.fact not in assigned:
            return None
        value = assigned[condition.fact]
        return condition.find({} if value is None else {condition.fact: value}).truth
    parts = [truth(part, assigned) for part in condition.parts]
    if condition.kind == "not":
        return None if parts[0] is None else not parts[0]
    decisive = condition.kind == "any"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def _leaves(condition: Condition) -> Iterator[FactIs]:
    if isinstance(condition, FactIs):
        yield condition
        return
    for part in condition.parts:
        yield from _leaves(part)


def _values(name: str, leaves: Sequence[FactIs]) -> Iterable[FactValue]:
    """The values of one fact that stand for all."""
    fact = GLOSSARY[name]
    if fact.kind == "bool":
        return (True, False)
    named = [item for leaf in leaves if leaf.operator not in ("known", "unknown") for item in _named(leaf)]
    if fact.kind == "set":
        return _sets([str(item) for item in named])
    if fact.choices:
        return fact.choices
    if fact.kind == "int":
        return _unique(number + step for number in named if isinstance(number, int) for step in (0, -1, 1)) or (1,)
    if fact.kind == "date":
        days = [day for day in named if isinstance(day, date)]
        return _unique(day + timedelta(days=step) for day in days for step in (0, -1, 1)) or (date(2011, 1, 1),)
    codes = [code for leaf in leaves if leaf.operator == "in_ranges" for code in _ends(leaf)]
    texts = [
        str(item) for leaf in leaves if leaf.operator not in ("known", "unknown", "in_ranges") for item in _named(leaf)
    ]
    return _unique([*codes, *texts, OTHER])


def _named(leaf: FactIs) -> Sequence[FactValue]:
    return leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)


def _sets(texts: Sequence[str]) -> Sequence[FactValue]:
    once = sorted(set(texts))
    pairs = [tuple(pair) for pair in combinations(once, 2)]
    return _unique([(), *((text,) for text in once), *pairs, tuple(once)])


def _ends(leaf: FactIs) -> Iterator[str]:
    """The first and last code of each range, and their neighbours."""
    for span in _named(leaf):
        first, _, last = str(span).partition("-")
        for code in (int(first), int(last or first), int(first) - 1, int(last or first) + 1):
            if 0 <= code <= 9999:  # codes have four digits
                yield f"{code:04d}"


def _unique(values: Iterable[FactValue]) -> Sequence[FactValue]:
    return tuple(dict.fromkeys(values))
