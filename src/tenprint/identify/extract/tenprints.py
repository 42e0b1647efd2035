"""One encounter's images become one ten-print template, the fingers side by side on several cores."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from tenprint.errors import IdentifyError
from tenprint.model.prints import FINGERS, FingerTemplate, GreyImage, Minutiae, TenprintTemplate
from tenprint.model.protocols import Extractor

FULL_EVIDENCE = 5600
"""Sum of the qualities of a finger's minutiae from which its quality is 100.

Set by: the upper tenth of 398 ink-card prints (MINEX III validation set, 25 persons) lies at 5580. NIST's own labels of
those prints follow it: median 1730 for poor, 2960 fair, 3460 good, 4190 very good, 5000 excellent.
"""


def finger_quality(minutiae: Minutiae) -> int:
    """How much a finger has to compare, 0 nothing to 100: the measure named *tenprint-quality*.

    The sum of its minutiae's qualities as a share of `FULL_EVIDENCE`, rounded half up, at most 100. It counts area and
    clarity at once, orders one extractor's fingers only, and is not NFIQ 2.
    """
    total = sum(int(quality) for quality in minutiae.points["quality"])
    return min(100, (200 * total + FULL_EVIDENCE) // (2 * FULL_EVIDENCE))


def finger_template(position: int, image: GreyImage, extractor: Extractor) -> FingerTemplate:
    """The template of one finger. Raises ExtractionFailed, ResolutionUnusable; ValueError if ``position`` is not 1 to
    10.
    """
    if position not in FINGERS:
        raise ValueError(f"finger position {position}; expected 1 to 10")
    minutiae = extractor.extract(image)
    return FingerTemplate(position, minutiae, finger_quality(minutiae), extractor.version)


def extract_tenprint(
    images: Mapping[int, GreyImage], extractor: Extractor, *, workers: int
) -> tuple[TenprintTemplate, dict[int, str]]:
    """The templates of one encounter, ascending by position, and for every finger that gave none the reason.

    images:   by position, 1 to 10. workers: fingers extracted at the same time, at least 1.
    Returns:  every position of ``images`` is in exactly one of the two. A finger without a single minutia is a failure,
    not an
              empty template: a missing finger is no evidence, never a contradiction.
    """
    failures: dict[int, str] = {}
    found: list[FingerTemplate] = []
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(images))), thread_name_prefix="extract") as pool:
        waiting = {
            position: pool.submit(finger_template, position, images[position], extractor) for position in sorted(images)
        }
        for position, future in waiting.items():
            try:
                template = future.result()
            except IdentifyError as error:
                failures[position] = str(error)
                continue
            if len(template.minutiae):
                found.append(template)
            else:
                failures[position] = "no minutiae were found"
    return TenprintTemplate(tuple(found)), failures
