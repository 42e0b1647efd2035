"""The two kernels behind one seam: the reference that defines the scores, and the native one that must equal it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from tenprint.identify import _native
from tenprint.identify.match import reference
from tenprint.identify.match.reference import Code, Ints
from tenprint.identify.match.table_file import ARRAYS, SCALARS, Tables


class Kernel(Protocol):
    """Cylinders and points of single fingers; no state besides the tables, safe on any thread."""

    def prepare(self, points: Ints) -> Code:
        """The cylinders (m, 8) uint64 of minutiae (n, 3) int64: x, y, theta, each 0 to 65535; n at most 255."""
        ...

    def compare(self, a: Code, b: Code) -> int:
        """Points of two fingers, 0 to 10000."""
        ...

    def search(self, probe: Sequence[Code | None], candidates: Sequence[Sequence[Code | None]], threads: int) -> Ints:
        """Points (candidates, places) of each place against the same place; -1 where either has None."""
        ...


class ReferenceKernel:
    """`reference`, as a kernel; one thread, whatever is asked."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def prepare(self, points: Ints) -> Code:
        """See `Kernel.prepare`."""
        return reference.cylinders(points, self._tables)

    def compare(self, a: Code, b: Code) -> int:
        """See `Kernel.compare`."""
        return reference.score(a, b, self._tables)

    def search(self, probe: Sequence[Code | None], candidates: Sequence[Sequence[Code | None]], threads: int) -> Ints:
        """See `Kernel.search`."""
        del threads
        rows = [
            [-1 if a is None or b is None else self.compare(a, b) for a, b in zip(probe, candidate, strict=True)]
            for candidate in candidates
        ]
        return np.array(rows, dtype=np.int64).reshape(len(candidates), len(probe))


def native(tables: Tables) -> Kernel:
    """The C++ kernel over the same tables. Raises ValueError if they have sizes that it does not take."""
    scalars = [tables.scalars[name] for name in SCALARS]
    arrays: list[list[int]] = [getattr(tables, name).ravel().tolist() for name in ARRAYS]
    return _native.Mcc(scalars, arrays)
