"""What another way to find minutiae costs in accuracy: extractors beside a reference, on the same prints with the same matcher."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.match.mcc import Matcher
from tenprint.lab.evaluation.fvc import ANY_POSITION, FvcSet, score_set
from tenprint.lab.evaluation.metrics import Metrics, verification_metrics
from tenprint.lab.evaluation.persons import Cards
from tenprint.lab.evaluation.templates import PrintFile, extract_files
from tenprint.model.prints import FingerTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import TURN, Ppi

ALIKE_PX: Final = 4
"""Two minutiae of one image agree within so many pixels. Set by: half a ridge period at 500 ppi."""

ALIKE_DEGREES: Final = 12.0
"""And within this angle. Set by: half of the coarsest direction step that minutia formats keep is smaller."""

RATES: Final = ("eer", "fmr100", "fmr1000", "zerofmr")
"""What is reported of each set of scores, fractions 0 to 1, as `verification_metrics` defines them."""


def evaluate_extraction(
    sets: Sequence[FvcSet],
    cards: Cards | None,
    extractors: Mapping[str, Extractor],
    *,
    ppi: Ppi,
    workers: int,
    advance: Callable[[], None],
) -> dict[str, Any]:
    """Error rates of every extractor, and its agreement with the first one, the reference.

    sets:     verification sets, pooled under one threshold: all genuine pairs, all pairs of two fingers.
    cards:    ink cards of ``ppi``; a finger of card b against the same finger of every card a.
    Returns:  ``reference``, and for each extractor ``scanned`` and ``ink`` (rates as fractions, ``missed_fmr1000`` genuine pairs),
              ``failures``, and but for the reference ``points_over_reference`` (percentage points; negative is better),
              ``pairs_over_reference`` (ink pairs missed at FMR 0.1 %, more than the reference's) and ``agreement``.
    """
    reference, *_ = extractors
    files = [PrintFile(path, one.ppi, ANY_POSITION) for one in sets for path in one.files.values()]
    if cards is not None:
        both = (cards.enrolled, cards.searched)
        files += [PrintFile(path, ppi, n) for card in both for one in card.values() for n, path in one.items()]
    found: dict[str, Any] = {}
    first: Mapping[Path, FingerTemplate] = {}
    for name, extractor in extractors.items():
        templates, failures = extract_files(files, extractor, workers=workers, advance=advance)
        report: dict[str, Any] = {"version": extractor.version, "failures": len(failures)}
        if sets:
            report["scanned"] = _scanned(sets, templates)
        if cards is not None:
            report["ink"] = _inked(cards, templates)
        if name == reference:
            first = templates
        else:
            report |= _beside(report, found[reference])
            report["agreement"] = agreement(templates, first)
        found[name] = report
    return {"reference": reference, "extractors": found}


def agreement(some: Mapping[Path, FingerTemplate], others: Mapping[Path, FingerTemplate]) -> float:
    """Share of all minutiae of both sides that have a partner within 4 pixels and 12 degrees, each used once; 1.0 is alike.

    A print that only one side has counts with all its minutiae.
    """
    paired = count = 0
    for path in some.keys() | others.keys():
        one, other = (side[path].minutiae.points if path in side else () for side in (some, others))
        count += len(one) + len(other)
        if len(one) and len(other):
            paired += 2 * _partners(np.asarray(one), np.asarray(other))
    return round(paired / count, 4) if count else 1.0


def _partners(one: NDArray[np.void], other: NDArray[np.void]) -> int:
    """How many minutiae of one have a partner of their own in the other: the nearest pairs first."""
    apart = np.hypot(
        one["x"][:, None].astype(np.float64) - other["x"], one["y"][:, None].astype(np.float64) - other["y"]
    )
    turn = np.abs(one["theta"][:, None].astype(np.int64) - other["theta"].astype(np.int64)) % TURN
    degrees = np.minimum(turn, TURN - turn) * (360.0 / TURN)
    left, right = np.nonzero((apart <= ALIKE_PX) & (degrees <= ALIKE_DEGREES))
    used: tuple[set[int], set[int]] = (set(), set())
    for n in np.argsort(apart[left, right], kind="stable"):
        if left[n] not in used[0] and right[n] not in used[1]:
            used[0].add(int(left[n]))
            used[1].add(int(right[n]))
    return len(used[0])


def _scanned(sets: Sequence[FvcSet], templates: Mapping[Path, FingerTemplate]) -> dict[str, Any]:
    matcher = Matcher()
    scores = [score_set(one, templates, matcher) for one in sets]
    return _rates(_joined(one.genuine for one in scores), _joined(one.dense for one in scores))


def _inked(cards: Cards, templates: Mapping[Path, FingerTemplate]) -> dict[str, Any]:
    matcher = Matcher()
    genuine: list[float] = []
    impostor: list[float] = []
    prepared = {path: matcher.prepare_finger(template) for path, template in templates.items()}
    for person, fingers in sorted(cards.searched.items()):
        for position, path in sorted(fingers.items()):
            mates = [other for other in sorted(cards.enrolled) if position in cards.enrolled[other]]
            at = [cards.enrolled[other][position] for other in mates]
            usable = [file for file in at if file in prepared]
            scores = dict.fromkeys(at, float("nan"))
            if path in prepared and usable:
                points = matcher.compare_many(prepared[path], [prepared[file] for file in usable])
                scores |= {file: float(score) for file, score in zip(usable, points, strict=True)}
            for other, file in zip(mates, at, strict=True):
                (genuine if other == person else impostor).append(scores[file])
    return _rates(np.array(genuine), np.array(impostor))


def _rates(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> dict[str, Any]:
    metrics: Metrics = verification_metrics(genuine, impostor)
    missed = round(float(metrics["fmr1000"] or 0.0) * len(genuine))
    return {rate: metrics[rate] for rate in RATES} | {
        "n_genuine": len(genuine), "n_impostor": len(impostor), "missed_fmr1000": missed,
    }  # fmt: skip


def _beside(one: Mapping[str, Any], reference: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "scanned" in one:
        found["points_over_reference"] = {
            rate: round(100 * (one["scanned"][rate] - reference["scanned"][rate]), 3) for rate in RATES
        }
    if "ink" in one:
        found["pairs_over_reference"] = one["ink"]["missed_fmr1000"] - reference["ink"]["missed_fmr1000"]
    return found


def _joined(parts: Iterable[Sequence[float]]) -> NDArray[np.float64]:
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
