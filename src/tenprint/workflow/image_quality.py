"""Which fingers of an encounter are used, what is wrong with the others, and the words in which that is answered.

Counts and codes go into the public half of events; which finger, and why, stays private.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from tenprint.errors import ExtractionFailed
from tenprint.exchange.image_rejects import LOW_QUALITY
from tenprint.identify.extract.quality_reasons import REASONS, is_unfit
from tenprint.model.prints import FingerTemplate, TenprintTemplate

MIN_MINUTIAE: Final = 8
"""A finger with fewer minutiae is no evidence. Source: the worst false matches come from templates of 7 to 9 minutiae."""


def is_usable(finger: FingerTemplate) -> bool:
    """Whether a finger may be searched and enrolled: enough minutiae, and an image that shows one finger's ridges."""
    return len(finger.minutiae) >= MIN_MINUTIAE and not is_unfit(finger.reasons)


def usable_fingers(template: TenprintTemplate) -> TenprintTemplate:
    """The fingers that are searched and enrolled."""
    return TenprintTemplate(tuple(finger for finger in template.fingers if is_usable(finger)))


def reason_counts(template: TenprintTemplate) -> dict[str, int]:
    """How many fingers have each reason, used or not; for the public half of an event."""
    return dict(sorted(Counter(code for finger in template.fingers for code in finger.reasons).items()))


def reasons_by_finger(template: TenprintTemplate) -> dict[str, list[str]]:
    """The reasons of each finger that has any, by two-digit position; for the private half of an event."""
    return {f"{finger.position:02d}": list(finger.reasons) for finger in template.fingers if finger.reasons}


def refusal(template: TenprintTemplate, failures: Mapping[int, str]) -> ExtractionFailed:
    """The refusal of an encounter without a usable finger: the sentence of L0008, and for each finger what to do better.

    failures: fingers without any template, by position, with the sentence that says why.
    """
    said = dict(failures) | {finger.position: _says(finger) for finger in template.fingers if not is_usable(finger)}
    fingers = " ".join(f"Finger {position:02d}: {said[position]}" for position in sorted(said))
    return ExtractionFailed(f"{LOW_QUALITY.text} No finger can be searched, and nothing was. {fingers}".strip())


def _says(finger: FingerTemplate) -> str:
    known = [REASONS[code] for code in finger.reasons if code in REASONS]
    if not known:
        return f"{len(finger.minutiae)} minutiae, of {MIN_MINUTIAE} that are needed."
    return f"{known[0].says} {known[0].action}"
