"""Verification error rates from similarity scores, by the definitions of FVC and ISO/IEC 19795-1.

A comparison is accepted at threshold t when its score is at least t. FMR(t) is the share of impostor comparisons
accepted, FNMR(t) the share of genuine comparisons not accepted. The thresholds tried are the scores that occur, and one
above all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError

Scores: TypeAlias = Sequence[float] | NDArray[np.float64]

Metrics: TypeAlias = dict[str, float | int | None]

OPERATING_POINTS = (("fmr100", 1e-2), ("fmr1000", 1e-3), ("fmr10000", 1e-4), ("zerofmr", 0.0))
"""Names of the FNMR values reported, with the FMR each allows. Source: FVC2000 and later (FMR100, FMR1000, ZeroFMR)."""

RATE_TOLERANCE = 1e-15
"""Slack in "FMR is at most x", so that 0.01 as a fraction of counts is not above 0.01. Set by: rounding of one
division.
"""


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """FMR and FNMR, fractions 0 to 1, at every threshold; ascending, the last threshold is +inf. All of shape (n,)."""

    thresholds: NDArray[np.float64]
    fmr: NDArray[np.float64]
    fnmr: NDArray[np.float64]


def error_curve(genuine: Scores, impostor: Scores) -> ErrorCurve:
    """The curve of two sets of scores. NaN, a pair that could not be compared, counts as never accepted.

    Raises: UsageError when either set is empty.
    """
    mates, others = _ascending(genuine), _ascending(impostor)
    if not len(mates) or not len(others):
        raise UsageError(
            f"{len(mates)} genuine and {len(others)} impostor comparisons; error rates need at least one of each. "
            "Nothing was computed. Give two fingers and two impressions of one of them at least."
        )
    seen = np.unique(np.concatenate([mates, others]))
    thresholds = np.append(seen[np.isfinite(seen)], np.inf)
    below = np.searchsorted(mates, thresholds, side="left")
    above = len(others) - np.searchsorted(others, thresholds, side="left")
    return ErrorCurve(thresholds, above / len(others), below / len(mates))


def verification_metrics(genuine: Scores, impostor: Scores) -> Metrics:
    """Error rates as fractions, and the thresholds at which they hold.

    eer, eer_low, eer_high, eer_threshold:  FVC's definition. Between the last threshold with FNMR <= FMR and the first
    with
        FNMR >= FMR, the one with the smaller sum of both rates brackets the EER; the EER is the middle of that bracket.
    fmr100, fmr1000, fmr10000, zerofmr:     lowest FNMR with FMR at most 1 %, 0.1 %, 0.01 %, 0; each with
    ``_threshold``.
    zerofnmr:                               lowest FMR with FNMR 0; 1.0 if there is none.
    n_genuine, n_impostor:                  comparisons counted. A threshold of +inf (accept nothing) is None.
    Raises: UsageError as `error_curve`.
    """
    curve = error_curve(genuine, impostor)
    result: Metrics = {"n_genuine": len(genuine), "n_impostor": len(impostor)}
    result |= _equal_error(curve)
    for name, allowed in OPERATING_POINTS:
        # FMR falls and FNMR grows with the threshold: the first threshold allowed has the lowest FNMR.
        first = int(np.argmax(curve.fmr <= allowed + RATE_TOLERANCE))
        result[name] = float(curve.fnmr[first])
        result[f"{name}_threshold"] = _finite(curve.thresholds[first])
    complete = np.flatnonzero(curve.fnmr == 0.0)
    result["zerofnmr"] = float(curve.fmr[complete[-1]]) if len(complete) else 1.0
    return result


def _equal_error(curve: ErrorCurve) -> Metrics:
    right = int(np.argmax(curve.fnmr >= curve.fmr))  # +inf always qualifies
    not_above = np.flatnonzero(curve.fnmr <= curve.fmr)
    left = int(not_above[-1]) if len(not_above) else right
    chosen = left if curve.fnmr[left] + curve.fmr[left] <= curve.fnmr[right] + curve.fmr[right] else right
    pair = sorted((float(curve.fnmr[chosen]), float(curve.fmr[chosen])))
    return {
        "eer": (pair[0] + pair[1]) / 2,
        "eer_low": pair[0],
        "eer_high": pair[1],
        "eer_threshold": _finite(curve.thresholds[chosen]),
    }


def _ascending(scores: Scores) -> NDArray[np.float64]:
    values = np.array(scores, dtype=np.float64).ravel()
    values[np.isnan(values)] = -np.inf
    values.sort()
    return values


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
