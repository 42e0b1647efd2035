"""The month's table, from rolled-up rows only, so that a stranger who opens the rows computes the same cells.

A cell is an exact count only if no rolled-up row could belong to it beside those that do; else it is marked. Places
with fewer than
eleven submissions show no cell, and zero is not told from suppressed there. Zero searches while a gate is closed is
always shown: it
speaks of the agency, not of a person.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from tenprint.account.statistics.columns import ANY, NOT_APPLICABLE, ROW_VERSION, K, Row, order_of
from tenprint.account.statistics.measures import AT_MOST, SUMS, Measure, declared_measures
from tenprint.account.statistics.predicates import All, Beside, Condition, one_of
from tenprint.account.statistics.rates import describe, in_words
from tenprint.errors import ReleaseInvalid

SUPPRESSED: Final = "S"
"""Mark of a cell that is not shown. Source: CSV on the Web practice, missing values marked ``S``."""

NOT_ZERO: Final = "not zero"
"""Mark of searches while a gate was closed that were not zero, and too few to count in public."""

NATION: Final = "nation"
"""Key of the row over all places."""

SEARCHES: Final = "immigration_searches"
"""The column that a closed gate speaks of."""

CountBy = Literal["event", "cohort"]
"""``event``: events of this close, by when they happened; ``cohort``: events that go back to submissions of the month.
Rates use cohorts.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A jurisdiction of the programme: its key, as rows name it, its state, and the name that people use."""

    key: str
    state: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFacts:
    """What a table needs beside rows. All of it is public, printed on the table, and taken from there by whoever
    recomputes it.

    month: ``2011-06``. policy: the one policy under which levels are shown; evidence: its evidence mark. places: all
    jurisdictions of
    the programme, shown or not. closed_gates: place key -> immigration searches made for it while its gate was closed
    all month; a
    stranger can't recompute that number. columns: keys of the columns that the table declares, in its order; None: all
    of this version. A release keeps the columns of the day on which it was made.
    """

    month: str
    count_by: CountBy = "event"
    policy: str
    evidence: str
    places: tuple[Place, ...]
    closed_gates: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None

    def measures(self) -> tuple[Measure, ...]:
        """The table's columns (see `declared_measures`). Raises ReleaseInvalid."""
        return declared_measures(self.policy, self.columns)


@dataclass(frozen=True, slots=True)
class Cell:
    """One number: the exact count, or None with the mark that stands in its place. at_least, at_most: what the rows
    leave open; only
    the nation's row shows them.
    """

    value: int | None
    mark: str = ""
    at_least: int | None = None
    at_most: int | None = None

    def __str__(self) -> str:
        return self.mark if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class Line:
    """One place's cells by column key. small: fewer than eleven submissions, or their number is not known; no cell is
    shown.
    """

    key: str
    state: str
    name: str
    small: bool
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Identity:
    """A sum that was checked: holds is None where suppressed parts leave it open."""

    place: str
    says: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """The table: its facts, how many rows it stands on, the nation first, then states, then places; the identities
    checked on it. order: columns of its rows in the order in which these were rolled up.
    """

    facts: TableFacts
    rows: int
    lines: tuple[Line, ...]
    identities: tuple[Identity, ...]
    order: tuple[str, ...]

    def line(self, key: str) -> Line:
        """One place's line: ``nation``, ``state/MA`` or a place's key. Raises ReleaseInvalid for another."""
        for line in self.lines:
            if line.key == key:
                return line
        raise ReleaseInvalid(f"the table of {self.facts.month} has no line {key!r}")


def month_table(rows: Sequence[Row], facts: TableFacts, *, earlier: Sequence[Sequence[Row]] = ()) -> Table:
    """The table of ``facts.month`` from the rolled-up rows of its close.

    earlier (or later): rolled-up rows of further closes, for a cohort's table. Raises ReleaseInvalid when an identity
    fails, when a place
    repeats, or when rows contradict a closed gate. Same rows in any order, same table.
    """
    closes = [_Close(close, facts) for close in (rows, *earlier)]
    lines = [_line(closes, facts, key=NATION, state="", name="United States", where=All(()), bounds=True)]
    states = sorted({place.state for place in facts.places})
    lines += [_line(closes, facts, key=f"state/{s}", state=s, name=s, where=one_of("state", s)) for s in states]
    keys = [place.key for place in facts.places]
    if len(set(keys)) != len(keys):
        raise ReleaseInvalid(
            f"a place stands twice in the table: {sorted(k for k, n in Counter(keys).items() if n > 1)}"
        )
    for place in sorted(facts.places, key=lambda p: (p.state, p.key)):
        where = All((one_of("state", place.state), one_of("jurisdiction", place.key)))
        lines.append(_line(closes, facts, key=place.key, state=place.state, name=place.name, where=where))
    found = identities(lines, facts)
    broken = [f"{i.place}: {i.says}" for i in found if i.holds is False]
    if broken:
        raise ReleaseInvalid(
            f"the table of {facts.month} contradicts itself: {'; '.join(broken)}. It was not published"
        )
    version = max((row.version for row in rows), default=ROW_VERSION)
    return Table(facts, sum(len(close.rows) for close in closes), tuple(lines), tuple(found), order_of(version))


class _Close:
    """The rows of one close, counted once per combination and sorted under their measure."""

    def __init__(self, rows: Sequence[Row], facts: TableFacts) -> None:
        self.rows = rows
        self.beside = Beside(rows)
        self.combinations: list[tuple[Row, int]] = []
        self._under: dict[str, list[tuple[Row, int, bool]]] = {}
        for row, count in sorted(Counter(rows).items(), key=lambda item: item[0].to_bytes()):
            if facts.count_by == "event" or one_of("cohort_month", facts.month).holds(row, self.beside) is not False:
                self.combinations.append((row, count))

    def under(self, measure: Measure) -> list[tuple[Row, int, bool]]:
        """Combinations that do, or may, fulfil a column's condition: row, events, whether it is certain. Made once per
        column.
        """
        found = self._under.get(measure.key)
        if found is None:
            judged = ((row, count, measure.condition.holds(row, self.beside)) for row, count in self.combinations)
            found = [(row, count, holds is True) for row, count, holds in judged if holds is not False]
            self._under[measure.key] = found
        return found

    def count(self, measure: Measure, where: Condition) -> tuple[int, int]:
        """Events that certainly belong to the column and the place, and those that may."""
        certain = possible = 0
        for row, count, sure in self.under(measure):
            holds = where.holds(row, self.beside)
            if holds is True and sure:
                certain += count
            elif holds is not False:
                possible += count
        return certain, possible


def _line(
    closes: Sequence[_Close],
    facts: TableFacts,
    *,
    key: str,
    state: str,
    name: str,
    where: Condition,
    bounds: bool = False,
) -> Line:
    month: tuple[Condition, ...] = (one_of("cohort_month", facts.month),) if facts.count_by == "cohort" else ()
    cells: dict[str, Cell] = {}
    for measure in facts.measures():
        counts = [close.count(measure, All((where, *month))) for close in closes]
        certain, possible = sum(c for c, _ in counts), sum(p for _, p in counts)
        limits = (certain, certain + possible) if bounds else (None, None)
        cells[measure.key] = Cell(None, SUPPRESSED, *limits) if possible else Cell(certain, "", *limits)
    submissions = cells["submissions"].value
    small = key != NATION and (submissions is None or submissions < K)
    if small:
        cells = {column: Cell(None, SUPPRESSED) for column in cells}
    if key in facts.closed_gates:
        cells[SEARCHES] = _closed_gate(closes, facts, key=key, where=where)
    return Line(key, state, name, small, cells)


def _closed_gate(closes: Sequence[_Close], facts: TableFacts, *, key: str, where: Condition) -> Cell:
    searches = facts.closed_gates[key]
    measure = next(m for m in facts.measures() if m.key == SEARCHES)
    seen = sum(close.count(measure, where)[0] for close in closes)
    if seen > searches:
        raise ReleaseInvalid(
            f"{key}: {searches} searches were stated while its gate was closed, but at least {seen} stand in the rows"
        )
    if searches == 0:
        return Cell(0)
    return Cell(searches) if searches >= K else Cell(None, NOT_ZERO)


def identities(lines: Sequence[Line], facts: TableFacts) -> list[Identity]:
    """Every sum of the table: within each place, over the states and places, and per cohort what can't exceed what."""
    found = []
    for line in lines:
        for rule in SUMS:
            if not {rule.total, *rule.parts} <= set(line.cells):
                continue  # a column came after this table was made
            says = f"{rule.total} = {' + '.join(rule.parts)}"
            found.append(
                Identity(
                    line.key, says, _adds_up(line.cells[rule.total], [line.cells[p] for p in rule.parts], whole=True)
                )
            )
        if facts.count_by == "cohort":
            for less, more in (pair for pair in AT_MOST if set(pair) <= set(line.cells)):
                a, b = line.cells[less].value, line.cells[more].value
                found.append(Identity(line.key, f"{less} <= {more}", None if a is None or b is None else a <= b))
    nation = lines[0]
    states = [line for line in lines if line.key.startswith("state/")]
    for column, cell in nation.cells.items():
        shown = [line.cells[column] for line in states]
        found.append(Identity(NATION, f"{column}: nation >= sum of states", _adds_up(cell, shown, whole=False)))
        for state in states:
            within = [line.cells[column] for line in lines if line.state == state.state and line is not state]
            says = f"{column}: state >= sum of its places"
            found.append(Identity(state.key, says, _adds_up(state.cells[column], within, whole=False)))
    return found


def _adds_up(total: Cell, parts: Sequence[Cell], *, whole: bool) -> bool | None:
    """Whether the shown parts fit the total. whole: they are all there is, so that with none suppressed they must reach
    it.
    """
    if total.value is None:
        return None
    shown = sum(part.value or 0 for part in parts)
    if shown > total.value:
        return False
    if any(part.value is None for part in parts):
        return None
    return shown == total.value if whole else True


def headlines(table: Table, place: str) -> list[str]:
    """What a page says of a place's removals: each share with both counts, as-of month, counting and policy; or that it
    is not shown.
    """
    facts, line = table.facts, table.line(place)
    how = "by month of event" if facts.count_by == "event" else "by cohort of submission"
    whole = line.cells["removals_and_returns"].value
    said = []
    for column, what in (
        ("removals_no_known_conviction", "no known conviction"),
        ("removals_level_1", f"Level 1 ({facts.policy})"),
    ):
        part = line.cells[column].value
        if whole is None or part is None or whole == 0:
            said.append(f"{line.name}, {facts.month}: removals and returns with {what}: not shown")
            continue
        share = describe(part, whole, what)
        said.append(f"{line.name}, {facts.month}, {how}: {in_words(part, whole)}: {share} [{facts.evidence}]")
    return said


def to_document(table: Table) -> dict[str, Any]:
    """The table as JSON-ready content; `facts_of` reads its facts back."""
    facts = table.facts
    return {
        "table": "tenprint/month-table/1",
        "month": facts.month,
        "count_by": facts.count_by,
        "policy": facts.policy,
        "policy_evidence": facts.evidence,
        "k": K,
        "rows": table.rows,
        "roll_up_order": list(table.order),
        "values": {"generalised": ANY, "does not apply": NOT_APPLICABLE},
        "marks": {
            SUPPRESSED: "not shown; zero is not told from suppressed",
            NOT_ZERO: "more than zero, too few to count in public",
        },
        "places": [{"key": p.key, "state": p.state, "name": p.name} for p in facts.places],
        "closed_gates": dict(sorted(facts.closed_gates.items())),
        "columns": [{"key": m.key, "says": m.says} for m in facts.measures()],
        "lines": [
            {
                "key": line.key,
                "state": line.state,
                "name": line.name,
                "small": line.small,
                "cells": {column: _cell_document(cell) for column, cell in line.cells.items()},
            }
            for line in table.lines
        ],
        "identities": [{"place": i.place, "says": i.says, "holds": i.holds} for i in table.identities],
    }


def _cell_document(cell: Cell) -> dict[str, Any]:
    document: dict[str, Any] = {"value": cell.value}
    if cell.mark:
        document["mark"] = cell.mark
    if cell.at_least is not None:
        document["at_least"], document["at_most"] = cell.at_least, cell.at_most
    return document


def facts_of(document: Mapping[str, Any]) -> TableFacts:
    """The facts that a table document states: what a stranger starts from. Raises ReleaseInvalid when they can't be
    read.
    """
    try:
        count_by: CountBy = "cohort" if document["count_by"] == "cohort" else "event"
        return TableFacts(
            month=str(document["month"]),
            count_by=count_by,
            policy=str(document["policy"]),
            evidence=str(document["policy_evidence"]),
            places=tuple(Place(key=p["key"], state=p["state"], name=p["name"]) for p in document["places"]),
            closed_gates={str(key): int(count) for key, count in document["closed_gates"].items()},
            columns=tuple(str(column["key"]) for column in document["columns"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseInvalid(f"the table's facts can't be read ({error!r})") from error


def to_csv(table: Table) -> str:
    """The same cells as CSV, marks in place of numbers not shown; one line per place, CRLF as RFC 4180 has it."""
    out = io.StringIO()
    writer = csv.writer(out)
    keys = [measure.key for measure in table.facts.measures()]
    writer.writerow(["month", "count_by", "policy", "place", "state", "name", *keys])
    for line in table.lines:
        cells = [str(line.cells[key]) for key in keys]
        writer.writerow(
            [table.facts.month, table.facts.count_by, table.facts.policy, line.key, line.state, line.name, *cells]
        )
    return out.getvalue()
