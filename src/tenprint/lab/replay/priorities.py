"""A priority policy over columns: its classes are conditions, so they are asked like rules; the most serious counts.

A priority is no level. It stands beside what was recorded under its own policy's name, and sorts persons, not offences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import FactInvalid, NoRuleInForce
from tenprint.lab.replay.answers import blocks
from tenprint.lab.replay.cases import RecordedCase
from tenprint.lab.replay.columns import CaseColumns, Coded, narrow
from tenprint.lab.replay.kleene import FALSE, TRUE, UNKNOWN, Block, Tables, Truth
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.levels import BASES, STAGES
from tenprint.refer.policy.priorities import PRIORITY_VALUES
from tenprint.refer.policy.priority_policies import NO_CONVICTION, STATUS, PriorityClass, PriorityPolicy

VALUES: Final = (*PRIORITY_VALUES, "no_rule", "not_allowed")
"""The priorities, and the two ways to get none: the policy is not in force on that day; or it gives none at this stage on
this basis, or from facts that contradict each other.
"""

NONE: Final = VALUES.index("none")
LISTED: Final = VALUES.index("listed")
NEEDS_PERSON: Final = VALUES.index("needs_person")
NO_POLICY: Final = VALUES.index("no_rule")
NOT_ALLOWED: Final = VALUES.index("not_allowed")

UNRANKED: Final = 4
"""A class without a rank, after the three ranks there are."""

Values: TypeAlias = "NDArray[np.int8]"


@dataclass(frozen=True, slots=True, eq=False)
class PriorityColumns:
    """One priority a case. value: index into `VALUES`, shape (n,). missing: fact -> the cases that need a person for want
    of it.
    """

    value: Values
    missing: Mapping[str, NDArray[np.bool_]]


def always_in_force(policy: PriorityPolicy) -> PriorityPolicy:
    """The policy as though it had held on every day."""
    return replace(policy, in_force=InForce(date.min))


def priorities(policy: PriorityPolicy, cases: CaseColumns, *, as_if_in_force: bool) -> PriorityColumns:
    """The priority of every case, equal to `PriorityPolicy.evaluate` case by case; as_if_in_force: as on every day."""
    if as_if_in_force:
        policy = always_in_force(policy)
    settled, contradict = _settled(cases)
    tables = Tables(settled)
    value = np.empty(len(cases), dtype=np.int8)
    missing: dict[str, NDArray[np.bool_]] = {}
    for rows in blocks(len(cases)):
        part = settled.part(rows)
        found, absent = _of_block(policy, Block(part, tables))
        found[~_allowed(policy, part) | contradict[rows]] = NOT_ALLOWED
        found[~_in_force(policy, part)] = NO_POLICY
        value[rows] = found
        for fact, where in absent.items():
            missing.setdefault(fact, np.zeros(len(cases), dtype=np.bool_))[rows] = where & (found == NEEDS_PERSON)
    return PriorityColumns(value, {fact: where for fact, where in sorted(missing.items()) if where.any()})


def priority_of(policy: PriorityPolicy, case: RecordedCase) -> tuple[str, tuple[str, ...]]:
    """The priority of one case by the single-case engine, as a name of `VALUES`, and the facts missing."""
    try:
        found = policy.evaluate(case.facts, basis=case.basis, on=case.day, stage=case.stage)
    except NoRuleInForce:
        return "no_rule", ()
    except FactInvalid:
        return "not_allowed", ()
    return found.value, found.missing


def _settled(cases: CaseColumns) -> tuple[CaseColumns, NDArray[np.bool_]]:
    """The cases with what follows where no conviction is known to be none; and where facts contradict that."""
    known = cases.facts.get("conviction.known")
    contradict = np.zeros(len(cases), dtype=np.bool_)
    if known is None or "none" not in known.values:
        return cases, contradict
    nothing = known.codes == known.values.index("none")
    facts = dict(cases.facts)
    for name, value in NO_CONVICTION.items():
        column = facts.get(name) or Coded(np.zeros(len(cases), dtype=np.uint8), ())
        unknown = column.codes == len(column.values)
        values = column.values if value in column.values else (*column.values, value)
        code = values.index(value)
        codes = np.where(unknown, len(values), column.codes.astype(np.int32))
        contradict |= nothing & ~unknown & (codes != code)
        codes[nothing & unknown] = code
        facts[name] = Coded(narrow(codes, len(values)), values)
    return replace(cases, facts=facts), contradict


def _of_block(policy: PriorityPolicy, block: Block) -> tuple[Values, dict[str, NDArray[np.bool_]]]:
    n = len(block.columns)
    if policy.kind == "discretion":
        return np.full(n, NEEDS_PERSON, dtype=np.int8), {}
    weighed = [(one, _weight(one, block)) for one in policy.classes]
    applies = np.zeros(n, dtype=np.bool_)
    best = np.full(n, UNRANKED + 1, dtype=np.int8)
    for one, weight in weighed:
        here = weight == TRUE
        applies |= here
        if one.rank is not None:
            np.minimum(best, np.where(here, np.int8(one.rank), best), out=best)
    value = np.full(n, NEEDS_PERSON if policy.otherwise == "needs_person" else NONE, dtype=np.int8)
    value[applies] = LISTED
    for rank in (1, 2, 3):
        value[best == rank] = VALUES.index(str(rank))
    missing: dict[str, NDArray[np.bool_]] = {}
    matters = np.zeros(n, dtype=np.bool_)
    for one, weight in weighed:
        matter = (weight == UNKNOWN) & (~applies | ((one.rank or UNRANKED) < best) & (best <= 3))
        matters |= matter
        for condition in (one.when, one.asks_when):
            if condition is not None:
                _note(missing, block.missing(condition), matter)
    value[matters] = NEEDS_PERSON
    if policy.requires is not None:
        needed = block.truth(policy.requires)
        _note(missing, block.missing(policy.requires), value != NONE)
        value[(needed == UNKNOWN) & (value != NONE)] = NEEDS_PERSON
        value[needed == FALSE] = NONE
    return value, missing


def _weight(one: PriorityClass, block: Block) -> Truth:
    """Whether a class applies, where its basis counts; `FALSE` where it does not count at all."""
    weight = block.truth(one.when)
    if one.asks_when is not None:
        doubt = block.truth(one.asks_when)
        weight = np.where((weight == TRUE) | (doubt == FALSE), weight, np.int8(UNKNOWN))
    if STATUS in one.rests_on:
        return weight
    counts = np.array([basis in one.rests_on for basis in BASES], dtype=np.bool_)[block.columns.basis]
    return np.where(counts, weight, np.int8(FALSE))


def _note(
    missing: dict[str, NDArray[np.bool_]], more: Mapping[str, NDArray[np.bool_]], where: NDArray[np.bool_]
) -> None:
    for fact, absent in more.items():
        missing[fact] = missing.get(fact, False) | (absent & where)


def _allowed(policy: PriorityPolicy, cases: CaseColumns) -> NDArray[np.bool_]:
    table = np.array([[basis in policy.bases.get(stage, ()) for stage in STAGES] for basis in BASES], dtype=np.bool_)
    allowed: NDArray[np.bool_] = table[cases.basis, cases.stage]
    return allowed


def _in_force(policy: PriorityPolicy, cases: CaseColumns) -> NDArray[np.bool_]:
    found = cases.days >= policy.in_force.since.toordinal()
    if policy.in_force.until is not None:
        found &= cases.days < policy.in_force.until.toordinal()
    return found
