"""Counts for the public: no line of a table stands for 1 to 10 cases, and none can be had as a difference of lines.

As in the month's release: lines are partitioned column by column; a value with fewer than eleven cases is merged with the
other small ones into ``*``, and while these are too few together, the next smallest joins them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from tenprint.account.statistics.columns import ANY, K

Counts = Mapping[tuple[str, ...], int]
"""Values of a table's columns -> how many cases."""


def merge_small(counts: Counts, k: int = K) -> dict[tuple[str, ...], int]:
    """The counts with small values merged, in the order of the columns; {} when there are fewer than ``k`` cases at all.

    Every remaining count is at least ``k``, and the sum is that of all cases. Equal counts give equal results.
    """
    if sum(counts.values()) < k:
        return {}
    width = len(next(iter(counts)))
    groups: list[tuple[tuple[str, ...], dict[tuple[str, ...], int]]] = [((), dict(counts))]
    for depth in range(width):
        groups = [
            ((*kept, value), part) for kept, group in groups for value, part in _parted(group, depth, k).items()
        ]  # fmt: skip
    return {values: sum(group.values()) for values, group in sorted(groups)}


def _parted(group: Counts, depth: int, k: int) -> dict[str, dict[tuple[str, ...], int]]:
    """The lines of a group by their value in one column, small values together under ``*``."""
    totals: Counter[str] = Counter()
    for values, count in group.items():
        totals[values[depth]] += count
    merged = {value for value, count in totals.items() if count < k}
    rest = sorted((v for v in totals if v not in merged), key=lambda v: (totals[v], v), reverse=True)
    while merged and sum(totals[value] for value in merged) < k:
        merged.add(rest.pop())
    parts: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for values, count in group.items():
        value = values[depth]
        parts[ANY if value in merged else value][values] = count
    return parts
