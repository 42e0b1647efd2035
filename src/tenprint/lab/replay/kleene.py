"""Conditions over columns, in the same three-valued logic as for one case: -1 false, 0 unknown, 1 true.

With these three numbers ``all`` is the least of its parts, ``any`` the greatest, and ``not`` the negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.replay.columns import CaseColumns, Coded, Codes
from tenprint.refer.policy.conditions import Condition, FactIs

FALSE: Final = -1
UNKNOWN: Final = 0
TRUE: Final = 1

Truth: TypeAlias = "NDArray[np.int8]"


def as_number(truth: bool | None) -> int:
    """True, false or unknown of the single-case engine as its number here."""
    return UNKNOWN if truth is None else TRUE if truth else FALSE


def looked_up(table: Truth, codes: Codes) -> Truth:
    """``table[codes]``; narrow codes are translated as bytes, which is several times faster than an index of 8 bytes."""
    if codes.dtype == np.uint8:
        whole = np.zeros(256, dtype=np.int8)
        whole[: len(table)] = table
        return np.frombuffer(codes.tobytes().translate(whole.tobytes()), dtype=np.int8)
    found: Truth = table[codes]
    return found


@dataclass(slots=True)
class Tables:
    """What each comparison comes to on each value of its column: made once for all blocks of one set of columns."""

    columns: CaseColumns
    _tables: dict[FactIs, Truth] = field(default_factory=dict)

    def of(self, leaf: FactIs) -> Truth:
        """The comparison on every value that occurs, and on "not known", asked of the single-case engine."""
        table = self._tables.get(leaf)
        if table is None:
            column = self.columns.facts.get(leaf.fact)
            known = [leaf.find({leaf.fact: value}).truth for value in (column.values if column else ())]
            table = np.array([as_number(truth) for truth in (*known, leaf.find({}).truth)], dtype=np.int8)
            self._tables[leaf] = table
        return table


@dataclass(slots=True)
class Block:
    """Some consecutive cases while rules are asked about them; what one rule looked up the next one finds ready."""

    columns: CaseColumns
    tables: Tables
    _truths: dict[FactIs, Truth] = field(default_factory=dict)

    def truth(self, condition: Condition) -> Truth:
        """(n,) of `FALSE`, `UNKNOWN`, `TRUE`. Not to be written to."""
        if isinstance(condition, FactIs):
            return self._leaf(condition)
        if condition.kind == "not":
            return -self.truth(condition.parts[0])
        parts = [self.truth(part) for part in condition.parts]
        if not parts:
            return np.full(len(self.columns), TRUE if condition.kind == "all" else FALSE, dtype=np.int8)
        combine = np.minimum if condition.kind == "all" else np.maximum
        found = parts[0]
        for part in parts[1:]:
            found = combine(found, part)
        return found

    def missing(self, condition: Condition) -> dict[str, NDArray[np.bool_]]:
        """Fact -> where the condition is unknown for want of it; the same facts that `Finding.missing` names."""
        open_here = self.truth(condition) == UNKNOWN
        if isinstance(condition, FactIs):
            return {condition.fact: open_here}
        found: dict[str, NDArray[np.bool_]] = {}
        for part in condition.parts:
            for fact, where in self.missing(part).items():
                found[fact] = found.get(fact, False) | (where & open_here)
        return found

    def _leaf(self, leaf: FactIs) -> Truth:
        found = self._truths.get(leaf)
        if found is None:
            table, column = self.tables.of(leaf), self.columns.facts.get(leaf.fact)
            found = self._column(table, column)
            self._truths[leaf] = found
        return found

    def _column(self, table: Truth, column: Coded | None) -> Truth:
        if column is None:
            return np.full(len(self.columns), table[-1], dtype=np.int8)
        return looked_up(table, column.codes)
