"""One encounter's images become one ten-print template, the fingers side by side on several cores."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tenprint.errors import IdentifyError
from tenprint.identify.extract.grid import finger_pixels
from tenprint.identify.extract.pattern import Pattern, pattern_of
from tenprint.identify.extract.quality_measures import Measures, measure
from tenprint.identify.extract.quality_reasons import REASONS, is_inverted, reasons_of
from tenprint.model.prints import FINGERS, FingerTemplate, GreyImage, Minutiae, Pixels, TenprintTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import GRID_PPI, Ppi

SURE_FROM = 70
"""Quality of a minutia above which it counts for its finger; what lies above is its weight.

Set by: error-versus-discard of genuine pairs on the odd fingers of four FVC B sets and the odd persons of MINEX III, of 40
to 95 in tens: 70 to 90 are alike there and on the even half; the plain sum of qualities says less, the area with ridges,
their contrast and coherence nothing beyond it (docs/adr/0015, docs/measurements/evaluate-discard.json).
"""

FULL_EVIDENCE = 1200
"""Evidence from which a finger's quality is 100.

Set by: the upper tenth of 398 ink-card prints (MINEX III validation set, 25 persons) lies at 1212. NIST's own labels of
those prints follow it: median 205 for poor, 357 fair, 601 good, 860 very good, 1128 excellent.
"""


def finger_quality(minutiae: Minutiae) -> int:
    """How much a finger has to compare, 0 nothing to 100: the measure named *tenprint-quality*.

    Its `evidence` as a share of `FULL_EVIDENCE`, rounded half up, at most 100. One more minutia never lowers it. It orders
    one extractor's fingers only, and is not NFIQ 2.
    """
    return min(100, (200 * evidence(minutiae) + FULL_EVIDENCE) // (2 * FULL_EVIDENCE))


def finger_template(position: int, image: GreyImage, extractor: Extractor) -> FingerTemplate:
    """The template of one finger, with what was wrong with its image (`quality_reasons.REASONS`). An image whose black
    and white are exchanged is put right first.

    Raises ExtractionFailed, ResolutionUnusable; ValueError if ``position`` is not 1 to 10.
    """
    return examined(position, image, extractor).template


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A finger's template and what it was made from. pixels: as minutiae were taken, (rows, columns) uint8 at 500 ppi."""

    template: FingerTemplate
    measures: Measures
    pixels: Pixels

    @property
    def pattern(self) -> Pattern:
        """What the direction of its ridges shows; about a millisecond."""
        return pattern_of(self.measures)


def examined(position: int, image: GreyImage, extractor: Extractor, *, doubted: bool = False) -> Examined:
    """`finger_template`, with the maps behind its quality and its reasons. Raises: as `finger_template`.

    doubted: its declared resolution is not believed; `codecs.resolution` says so, and intake refuses such a card first.
    """
    if position not in FINGERS:
        raise ValueError(f"finger position {position}; expected 1 to 10")
    pixels = finger_pixels(image)
    measures = measure(pixels)
    inverted = is_inverted(measures)
    if inverted:
        pixels = np.subtract(255, pixels, dtype=np.uint8)
        measures = measure(pixels)
    minutiae = extractor.extract(GreyImage(pixels, Ppi(GRID_PPI)))
    reasons = reasons_of(measures, minutiae=len(minutiae), inverted=inverted, doubted=doubted)
    template = FingerTemplate(position, minutiae, finger_quality(minutiae), extractor.version, reasons)
    return Examined(template, measures, pixels)


def _says_nothing(template: FingerTemplate) -> str:
    """Why a finger without a single minutia gave none, as far as its image tells."""
    said = [f"{REASONS[code].says} {REASONS[code].action}" for code in template.reasons if code != "few_minutiae"]
    return " ".join(["no minutiae were found.", *said[:1]])


def evidence(minutiae: Minutiae) -> int:
    """The sum over minutiae of what their quality has above `SURE_FROM`: 0 to 7650."""
    return sum(max(0, int(quality) - SURE_FROM) for quality in minutiae.points["quality"])


def extract_tenprint(
    images: Mapping[int, GreyImage], extractor: Extractor, *, workers: int
) -> tuple[TenprintTemplate, dict[int, str]]:
    """The templates of one encounter, ascending by position, and for every finger that gave none the reason: `examined_tenprint`."""
    found = examined_tenprint(images, extractor, workers=workers)
    return found.template, found.failures


@dataclass(frozen=True, slots=True, eq=False)
class ExaminedTenprint:
    """template: of the fingers that gave minutiae; failures: why, of every other one; patterns: of the fingers in the template."""

    template: TenprintTemplate
    failures: dict[int, str]
    patterns: dict[int, Pattern]


def examined_tenprint(images: Mapping[int, GreyImage], extractor: Extractor, *, workers: int) -> ExaminedTenprint:
    """The templates of one encounter, ascending by position, with the pattern of each, and for every finger that gave none the reason.

    images:   by position, 1 to 10. workers: fingers extracted at the same time, at least 1.
    Returns:  every position of ``images`` is in exactly one of template and failures. A finger without a single minutia is a failure,
              not an empty template: a missing finger is no evidence, never a contradiction.
    """

    def one(position: int) -> tuple[FingerTemplate, Pattern]:
        found = examined(position, images[position], extractor)
        return found.template, found.pattern

    failures: dict[int, str] = {}
    found: list[FingerTemplate] = []
    patterns: dict[int, Pattern] = {}
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(images))), thread_name_prefix="extract") as pool:
        waiting = {position: pool.submit(one, position) for position in sorted(images)}
        for position, future in waiting.items():
            try:
                template, pattern = future.result()
            except IdentifyError as error:
                failures[position] = str(error)
                continue
            if len(template.minutiae):
                found.append(template)
                patterns[position] = pattern
            else:
                failures[position] = _says_nothing(template)
    return ExaminedTenprint(TenprintTemplate(tuple(found)), failures, patterns)
