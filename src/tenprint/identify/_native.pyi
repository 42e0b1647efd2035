# The native core, compiled from native/; what each function does is said in its docstring there and in match/kernel.py.

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

def compiler() -> str: ...
def variant() -> str: ...

class Mcc:
    def __init__(self, scalars: Sequence[int], arrays: Sequence[Sequence[int]]) -> None: ...
    def prepare(self, points: NDArray[np.int64]) -> NDArray[np.uint64]: ...
    def compare(self, a: NDArray[np.uint64], b: NDArray[np.uint64]) -> int: ...
    def search(
        self,
        probe: Sequence[NDArray[np.uint64] | None],
        candidates: Sequence[Sequence[NDArray[np.uint64] | None]],
        threads: int,
    ) -> NDArray[np.int64]: ...
