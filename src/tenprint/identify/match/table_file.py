"""The integer tables and parameters that decide a score, read from one versioned file whose hash is part of the
version.

The file is made by `tenprint.lab.training.tables` and committed; nothing here computes an exponential or an angle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import TemplateInvalid

SCALARS = (
    "min_quality", "max_minutiae", "omega", "reach", "min_valid", "min_minutiae", "mu_psi", "min_both", "max_turn",
    "repeats", "relaxations",
)  # fmt: skip
"""The integers of a tables file, in the order in which the native kernel takes them."""

ARRAYS = ("sine", "cells", "spatial", "directional", "root", "arctan", "stretch", "twist", "swing", "pairs")
"""The arrays of a tables file, in the order in which the native kernel takes them."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What one matcher version computes with; every array is int64, one-dimensional but for ``cells``.

    scalars:      thresholds, named in `SCALARS`; lengths in sixteenths of a pixel, ``reach`` in their squares.
    sine:         1024 steps a turn, 32768 = 1.
    cells:        (52, 2) cell centres before rotation, sixteenths of a pixel times 1.
    spatial:      Gaussian by squared distance in quarter square pixels, 2**20 = 1.
    directional:  Gaussian mass of direction section k (6) by difference of directions (256), 2**14 = 1.
    root:         square root of 0 to 312, 4096 = 1.
    arctan:       binary angle of the ratio 0 to 1024 over 1024.
    stretch:      sigmoid by quarter pixels; twist, swing: sigmoids by 1/1024 turn; 32768 = 1.
    pairs:        number of pairs averaged, by the smaller count of cylinders.
    bits:         bit positions 0 to 51, for packing cells into words.
    """

    version: str
    scalars: Mapping[str, int]
    sine: NDArray[np.int64]
    cells: NDArray[np.int64]
    spatial: NDArray[np.int64]
    directional: NDArray[np.int64]
    root: NDArray[np.int64]
    arctan: NDArray[np.int64]
    stretch: NDArray[np.int64]
    twist: NDArray[np.int64]
    swing: NDArray[np.int64]
    pairs: NDArray[np.int64]
    bits: NDArray[np.uint64]


def parse(text: bytes) -> Tables:
    """Read a tables file. Raises TemplateInvalid if a part is missing or the file is not of this kind."""
    content = json.loads(text)
    missing = [name for name in SCALARS if name not in content.get("scalars", {})]
    missing += [name for name in ARRAYS if name not in content.get("tables", {})]
    if missing:
        raise TemplateInvalid(
            f"the matcher's tables lack {', '.join(missing)}; nothing can be compared. Reinstall tenprint."
        )
    arrays = {name: np.array(content["tables"][name], dtype=np.int64) for name in ARRAYS}
    arrays["cells"] = arrays["cells"].reshape(-1, 2)
    for array in arrays.values():
        array.flags.writeable = False
    scalars = {name: int(content["scalars"][name]) for name in SCALARS}
    version = f"{content['name']}/{hashlib.sha256(text).hexdigest()[:12]}"
    return Tables(version=version, scalars=scalars, bits=np.arange(len(arrays["cells"]), dtype=np.uint64), **arrays)


def load(name: str) -> Tables:
    """The tables of the matcher called ``name``, as installed with the package."""
    folder = resources.files("tenprint.identify.match") / "tables"
    return parse((folder / f"{name}.json").read_bytes())
