"""What a drawn print is like, in numbers that real prints have too: ridge period, minutiae, templates to compare.

Measured by ``tenprint population measure`` with LEADER and mcc-lssr-1, in points of one finger:

    144 prints of 48 fingers (--seed 1 --people 24 --impressions 3 --finger 2 --finger 4): minutiae 20, 38, 63 at the 5th,
    50th and 95th percentile, EER 1.4 %, genuine 1st percentile and median 804 and 3316, impostors' 99.9 % quantile 797.
    320 real prints of 40 fingers (FVC2002 DB1 and DB3 B, FVC2004 DB1 and DB3 B): 16, 37, 60; 0.3 %; 789 and 3228; 775.

So these prints stand in for real ones in rehearsals and in loads. They have never been compared with real ones beyond
that tail: no error rate of a repository may be claimed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from tenprint.errors import UsageError
from tenprint.identify.extract.tenprints import finger_template
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import SyntheticPerson
from tenprint.model.prints import FingerTemplate, GreyImage
from tenprint.model.protocols import Extractor

MATCHING_QUALITY = 50
"""Minutiae of this quality or more are counted. Source: the matcher's tables, ``min_quality``."""

WINDOW = 64
"""Side of the windows whose spectra are averaged, pixels: about seven ridges."""

BAND = (5.0, 16.0)
"""Ridge periods looked for, pixels at 500 ppi."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles that a report gives of every count and measure."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One drawn print. finger: 1 to 10; period: pixels at 500 ppi; template: as the extractor found it, perhaps empty."""

    person: int
    finger: int
    number: int
    period: float
    template: FingerTemplate

    @property
    def minutiae(self) -> int:
        """Minutiae good enough to be matched."""
        return len(self.template.minutiae.at_least(MATCHING_QUALITY))


def ridge_period(image: GreyImage) -> float:
    """Pixels from ridge to ridge: the inverse of the mean frequency in `BAND`, by power, over windows of the contact.

    A figure of the whole contact, for comparing drawn prints with real ones. Whether a scan's claimed resolution can be believed is
    another question, with an answer of its own that may be "unsure": `codecs.resolution.ridge_period`, the median of clear windows.
    Raises: UsageError when no window is at least half in contact.
    """
    ink = 255.0 - image.pixels
    weight = np.outer(np.hanning(WINDOW), np.hanning(WINDOW))
    windows = [
        ink[row : row + WINDOW, column : column + WINDOW]
        for row in range(0, ink.shape[0] - WINDOW + 1, WINDOW // 2)
        for column in range(0, ink.shape[1] - WINDOW + 1, WINDOW // 2)
    ]
    touched = [window for window in windows if np.mean(window > 20) > 0.5]  # ridges are about half of a contact
    touched = touched or [window for window in windows if np.mean(window > 20) > 0.25]
    if not touched:
        raise UsageError("the image has no window with enough ridges in it; no ridge period was measured")
    spectra = [np.abs(np.fft.rfft2((window - window.mean()) * weight)) ** 2 for window in touched]
    frequency = np.hypot(np.fft.rfftfreq(WINDOW)[None, :], np.fft.fftfreq(WINDOW)[:, None])
    inside = (frequency >= 1 / BAND[1]) & (frequency <= 1 / BAND[0])
    power = np.sum([spectrum[inside] / spectrum[inside].sum() for spectrum in spectra], axis=0)
    return float(power.sum() / (power * frequency[inside]).sum())


def drawn_samples(
    persons: Iterable[SyntheticPerson],
    fingers: Sequence[int],
    impressions: int,
    extractor: Extractor,
    *,
    workers: int,
    advance: Callable[[], None],
) -> list[Sample]:
    """Impressions 0 to impressions - 1 of these fingers (1 to 10) of every person, drawn, measured and extracted.

    workers: prints at the same time. advance: called once for each print. Raises: ExtractionFailed, UsageError.
    """

    def one(person: SyntheticPerson, finger: int, number: int) -> Sample:
        image = impression(person, finger, number=number)
        found = Sample(person.number, finger, number, ridge_period(image), finger_template(finger, image, extractor))
        advance()
        return found

    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="population") as pool:
        waiting = [
            pool.submit(one, person, finger, number)
            for person in persons
            for finger in fingers
            for number in range(impressions)
        ]
        return [each.result() for each in waiting]


def spread(values: Sequence[float]) -> dict[str, float]:
    """`QUANTILES` and the mean, keys ``q05`` … ``q95`` and ``mean``. Raises UsageError for no values."""
    if not len(values):
        raise UsageError("no values to summarise; nothing was computed")
    found = {f"q{round(100 * q):02d}": float(np.quantile(values, q)) for q in QUANTILES}
    return found | {"mean": float(np.mean(values))}
