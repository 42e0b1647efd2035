"""Cells that hang together get one number, by runs of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def labelled(marked: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """A number for every marked cell, the same for cells that touch on a side, 0 for the others; and how many numbers."""
    rows, columns = marked.shape
    edges = np.diff(np.pad(marked.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    row_of, starts = np.nonzero(edges == 1)
    _, ends = np.nonzero(edges == -1)
    parent = list(range(len(starts)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first = np.searchsorted(row_of, np.arange(rows + 1)).tolist()
    begin, end = starts.tolist(), ends.tolist()
    for row in range(1, rows):
        above, below = first[row - 1], first[row]
        while above < first[row] and below < first[row + 1]:
            if begin[above] < end[below] and begin[below] < end[above]:
                parent[root(below)] = root(above)
            if end[above] < end[below]:
                above += 1
            else:
                below += 1
    roots = np.array([root(n) for n in range(len(parent))], dtype=np.int64)
    _, numbers = np.unique(roots, return_inverse=True)
    labels = np.zeros((rows, columns + 1), dtype=np.int64)
    np.add.at(labels, (row_of, starts), numbers + 1)
    np.add.at(labels, (row_of, ends), -(numbers + 1))
    return labels.cumsum(axis=1)[:, :columns], int(numbers.max(initial=-1)) + 1
