"""Rolling rows up until every combination of all columns stands for at least eleven events.

Hierarchical: the rows are partitioned by the columns of `ORDER`, one after the other. Where a value has fewer than k
rows it is merged
with the other small ones into ``*``; while that group itself is too small, the smallest remaining value joins it
(complementary
suppression), so that no total minus its published parts leaves a group of 1 to 10. A value is wholly named or wholly
merged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from tenprint.account.statistics.columns import ANY, ORDER, OTHER_EVENT, K, Row

SPARE: Final = {"measure": OTHER_EVENT}
"""Per column, the value that joins a merged group first: it hides small measures, and no table column counts it.

Set by: it is large in every month, so one join is enough and no counted measure is lost to complementary suppression.
"""


def roll_up(rows: Sequence[Row], k: int = K) -> list[Row]:
    """The rolled-up form of each row, in the order given; [] when there are fewer than ``k`` rows.

    An empty result for rows that are not means: nothing may be released, all of them are deferred to the next close.
    Equal input gives
    equal output, in any order. Raises ValueError for a row that is rolled up already, or k below 1. Cost: O(rows x
    columns).
    """
    if k < 1:
        raise ValueError("k counts events, at least 1")
    for row in rows:
        if ANY in row.as_dict().values():
            raise ValueError(f"a row is rolled up once, from what was counted: {row}")
    if len(rows) < k:
        return []
    rolled = list(rows)
    nodes: list[tuple[int, list[int]]] = [(0, list(range(len(rows))))]
    while nodes:
        depth, members = nodes.pop()
        if depth == len(ORDER):
            continue
        column = ORDER[depth]
        groups: dict[str, list[int]] = defaultdict(list)
        for index in members:
            groups[rows[index].value(column)].append(index)
        merged = _merged({value: len(group) for value, group in groups.items()}, column, k)
        together = [index for value in sorted(merged) for index in groups.pop(value)]
        for index in together:
            rolled[index] = rolled[index].generalised(column)
        nodes += [(depth + 1, group) for group in [*groups.values(), together] if group]
    return rolled


def _merged(counts: dict[str, int], column: str, k: int) -> set[str]:
    """The values that become ``*``: all below k, then the spare value, then the smallest, until at least k rows are
    together.
    """
    merged = {value for value, count in counts.items() if count < k}
    total = sum(counts[value] for value in merged)
    spare = SPARE.get(column)
    rest = sorted(
        (value for value in counts if value not in merged), key=lambda value: (value != spare, counts[value], value)
    )
    while merged and total < k:
        chosen = rest.pop(0)
        merged.add(chosen)
        total += counts[chosen]
    return merged


def smallest_combination(rows: Sequence[Row]) -> tuple[int, Row | None]:
    """The rarest combination of all columns and how often it occurs; (0, None) without rows. A release must show at
    least `K`.
    """
    counts: dict[Row, int] = defaultdict(int)
    for row in rows:
        counts[row] += 1
    if not counts:
        return 0, None
    rarest = min(counts, key=lambda row: (counts[row], row.to_bytes()))
    return counts[rarest], rarest
