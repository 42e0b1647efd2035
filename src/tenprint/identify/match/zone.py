"""What points mean: evidence of one finger, and the zones of ten, from one versioned file with its provenance.

The file is made by `tenprint.lab.training.zones` and committed. Zones are for an examiner: no zone is a conclusion.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from tenprint.errors import TemplateInvalid

Zone = Literal["strong", "review", "none"]

SUPPORTING_FINGERS = 3
"""Fingers that must each support a candidate before its zone may be ``strong``. Source: design decision 9 and matching
study, section 2.
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Evidence and zones of one matcher version.

    starts, evidence:  a finger with at least ``starts[n]`` points (ascending) has ``evidence[n]``, hundredths of a
                       decade of likelihood ratio, bounded on both sides so that no decision rests on one finger.
    support:           evidence from which a finger counts as supporting.
    review, strong:    least fused score for the zone, by number of fingers compared (index 0 to 10).
    provenance:        data sets, extractor, date and measured figures, as written by the training.
    """

    version: str
    matcher: str
    starts: tuple[int, ...]
    evidence: tuple[int, ...]
    support: int
    review: tuple[int, ...]
    strong: tuple[int, ...]
    provenance: Mapping[str, Any]

    def evidence_of(self, points: int) -> int:
        """The bounded evidence, hundredths of a decade, of one finger's points (0 to 10000)."""
        return self.evidence[max(bisect_right(self.starts, points) - 1, 0)]

    def fuse(self, points: Iterable[int]) -> tuple[int, int]:
        """(fused score, supporting fingers) of the fingers compared: the sum of their evidence, not below 0.

        A finger that was not compared is not in ``points`` and so neither adds nor takes away.
        """
        evidence = [self.evidence_of(each) for each in points]
        return max(0, sum(evidence)), sum(1 for each in evidence if each >= self.support)

    def zone(self, score: int, *, compared: int, supporting: int) -> Zone:
        """The zone of a fused score over ``compared`` fingers (0 to 10), ``supporting`` of which support it."""
        if supporting >= SUPPORTING_FINGERS and score >= self.strong[compared]:
            return "strong"
        return "review" if score >= self.review[compared] else "none"


def parse(text: bytes) -> Calibration:
    """Read a calibration file. Raises TemplateInvalid if it is not sound: curves must rise and cover 0 to 10
    fingers.
    """
    content = json.loads(text)
    steps = content["evidence"]
    starts, evidence = tuple(int(s) for s, _ in steps), tuple(int(e) for _, e in steps)
    review, strong = tuple(map(int, content["review"])), tuple(map(int, content["strong"]))
    sound = (
        bool(starts)
        and starts[0] == 0
        and list(starts) == sorted(set(starts))
        and list(evidence) == sorted(evidence)
        and len(review) == len(strong) == 11
        and all(low > evidence[-1] and high >= low for low, high in zip(review, strong, strict=True))
    )
    if not sound:
        raise TemplateInvalid(
            "the matcher's calibration is not sound: evidence must rise from 0 points, and review must be out of one "
            "finger's reach for 0 to 10 fingers; nothing was compared. Reinstall tenprint or train again."
        )
    return Calibration(
        version=hashlib.sha256(text).hexdigest()[:12],
        matcher=str(content["matcher"]),
        starts=starts,
        evidence=evidence,
        support=int(content["support"]),
        review=review,
        strong=strong,
        provenance=content["provenance"],
    )


def load(name: str) -> Calibration:
    """The calibration of the matcher called ``name``, as installed with the package."""
    folder = resources.files("tenprint.identify.match") / "calibration"
    return parse((folder / f"{name}.json").read_bytes())
