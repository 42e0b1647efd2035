"""Whether a rolled-up row belongs to a cell: yes, no, or nobody can tell.

A ``*`` stands for one of the merged values of its column. Since a value is wholly named or wholly merged among rows
that agree in all
earlier columns, a ``*`` can't be a value that is named beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tenprint.account.statistics.columns import ANY, ORDER, Row


class Beside:
    """Which values are named beside a row's ``*``: made once from all rows of one close."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._named: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for row in set(rows):
            values = tuple(row.value(column) for column in ORDER)
            for depth in range(len(ORDER)):
                if values[depth] != ANY:
                    self._named[values[:depth]].add(values[depth])

    def named(self, row: Row, column: str) -> set[str]:
        """Values of ``column`` that are named among the rows that agree with ``row`` in all earlier columns."""
        depth = ORDER.index(column)
        return self._named.get(tuple(row.value(earlier) for earlier in ORDER[:depth]), set())


class Condition(Protocol):
    """A statement about the event behind a row."""

    def holds(self, row: Row, beside: Beside) -> bool | None:
        """True or False where the row decides it, None where it could be either."""
        ...


@dataclass(frozen=True, slots=True)
class Is:
    """The column has one of these values."""

    column: str
    values: frozenset[str]

    def holds(self, row: Row, beside: Beside) -> bool | None:
        """See `Condition`."""
        found = row.value(self.column)
        if found != ANY:
            return found in self.values
        return None if self.values - beside.named(row, self.column) else False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; with no parts, always."""

    parts: tuple[Condition, ...]

    def holds(self, row: Row, beside: Beside) -> bool | None:
        """See `Condition`."""
        verdict: bool | None = True
        for part in self.parts:
            found = part.holds(row, beside)
            if found is False:
                return False
            if found is None:
                verdict = None
        return verdict


@dataclass(frozen=True, slots=True)
class Neither:
    """No part holds."""

    parts: tuple[Condition, ...]

    def holds(self, row: Row, beside: Beside) -> bool | None:
        """See `Condition`."""
        verdict: bool | None = True
        for part in self.parts:
            found = part.holds(row, beside)
            if found is True:
                return False
            if found is None:
                verdict = None
        return verdict


def one_of(column: str, *values: str) -> Is:
    """The column has one of ``values``."""
    return Is(column, frozenset(values))
