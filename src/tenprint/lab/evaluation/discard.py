"""Does a quality predict errors? Error-versus-discard: the worst prints are put aside, and fewer mates may be missed.

A genuine pair's quality is the lesser of its two prints'. The threshold is set so that a given share of all genuine pairs
is missed; then pairs are discarded from the worst up, and the share missed among the rest is told. A quality that knows
nothing leaves it as it was. Source: ISO/IEC 29794-1 (error versus discard characteristic).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError
from tenprint.lab.evaluation.fvc import FvcSet, fvc_pairs, score_set
from tenprint.lab.evaluation.persons import Cards
from tenprint.lab.evaluation.templates import PrintFile, extract_files
from tenprint.model.prints import FingerTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi

MISSED: Final = (0.10, 0.05, 0.02)
"""Shares of genuine pairs that are missed before anything is discarded."""

DISCARDED: Final = (0.0, 0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30)
"""Shares of genuine pairs put aside, the worst first."""

MEASURES: Final[Mapping[str, Callable[[FingerTemplate], float]]] = {
    "quality": lambda finger: finger.quality,
    "minutiae": lambda finger: len(finger.minutiae),
    "sum_of_qualities": lambda finger: sum(int(q) for q in finger.minutiae.points["quality"]),
}
"""What is compared: the finger's quality, and two plain counts that it has to beat."""


@dataclass(frozen=True, slots=True)
class JudgedPairs:
    """Genuine pairs. scores: (n,), NaN where a print gave no template; qualities: for each measure (n,), higher better."""

    scores: NDArray[np.float64]
    qualities: Mapping[str, NDArray[np.float64]]


def curve(quality: NDArray[np.float64], scores: NDArray[np.float64], *, missed: float) -> list[float]:
    """The share missed among what is left after each of `DISCARDED`. Pairs of equal quality go in the order given."""
    if not len(scores):
        raise UsageError(
            "no genuine pair; error versus discard needs two impressions of a finger. Nothing was computed."
        )
    told = np.nan_to_num(scores, nan=-1.0)
    wrong = told < np.quantile(told, missed)
    order = np.argsort(quality, kind="stable")
    return [float(wrong[order[int(share * len(order)) :]].mean()) for share in DISCARDED]


def judged(sets: Mapping[str, JudgedPairs]) -> dict[str, Any]:
    """For each set and all together, each measure, and what nobody can beat (``ideal``): the curves."""

    def of(pairs: JudgedPairs) -> dict[str, Any]:
        known = {**pairs.qualities, "ideal": np.nan_to_num(pairs.scores, nan=-1.0)}
        return {
            name: {f"{missed:g}": curve(values, pairs.scores, missed=missed) for missed in MISSED}
            for name, values in known.items()
        } | {"pairs": len(pairs.scores)}  # fmt: skip

    together = JudgedPairs(
        np.concatenate([one.scores for one in sets.values()]),
        {name: np.concatenate([one.qualities[name] for one in sets.values()]) for name in MEASURES},
    )
    return {"discarded": list(DISCARDED), "sets": {name: of(one) for name, one in sets.items()}, "pooled": of(together)}


def cards_as_set(cards: Cards, ppi: Ppi) -> FvcSet:
    """Ink cards as a verification set: each finger of a person is a finger with two impressions. Halves are of persons."""
    files = {
        (1000 * position + int(person), impression): path
        for impression, card in ((1, cards.enrolled), (2, cards.searched))
        for person, fingers in card.items()
        for position, path in fingers.items()
    }
    return FvcSet("cards", files, ppi)


def evaluate_discard(
    sets: Sequence[FvcSet],
    extractor: Extractor,
    matcher: Any,
    *,
    half: str,
    workers: int,
    advance: Callable[[], None],
) -> tuple[dict[str, Any], dict[str, str]]:
    """The report, and the files without a template. half: ``odd`` or ``even`` fingers, or ``all``; what was fitted on one
    half is reported on the other.
    """
    wanted = {"odd": (1,), "even": (0,), "all": (0, 1)}[half]
    found: dict[str, JudgedPairs] = {}
    failures: dict[str, str] = {}
    for one in sets:
        files = {key: path for key, path in one.files.items() if key[0] % 2 in wanted}
        part = FvcSet(one.name, files, one.ppi)
        templates, failed = extract_files(
            [PrintFile(path, one.ppi, 1) for path in files.values()], extractor, workers=workers, advance=advance
        )
        failures |= {str(path): why for path, why in failed.items()}
        pairs = fvc_pairs(files).genuine
        scores = np.array(score_set(part, templates, matcher).genuine, dtype=np.float64)
        worth = {
            name: {key: float(measure(templates[path])) if path in templates else -1.0 for key, path in files.items()}
            for name, measure in MEASURES.items()
        }
        qualities = {
            name: np.array([min(values[a], values[b]) for a, b in pairs], dtype=np.float64)
            for name, values in worth.items()
        }
        found[one.name] = JudgedPairs(scores, qualities)
    return judged(found) | {"half": half}, failures
