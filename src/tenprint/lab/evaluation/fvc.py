"""Verification on sets in FVC's layout: a folder of ``<finger>_<impression>.tif`` (or png, bmp, pgm)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from tenprint.errors import UsageError
from tenprint.lab.evaluation.metrics import Metrics, verification_metrics
from tenprint.lab.evaluation.templates import IMAGE_ENDINGS, PrintFile, extract_files
from tenprint.model.prints import FingerTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import GRID_PPI, Ppi

Print: TypeAlias = tuple[int, int]
"""Finger and impression, as the file name numbers them."""

Pair: TypeAlias = tuple[Print, Print]
"""Probe and candidate of one comparison."""

SET_PPI = {("2002", "2"): 569.0, ("2004", "3"): 512.0}
"""Sets whose scanner was not 500 ppi, by year and database number. Source: the FVC2002 and FVC2004 pages on the
databases.
"""

FILE_NAME = re.compile(rf"(\d+)_(\d+)\.(?:{'|'.join(IMAGE_ENDINGS)})", re.IGNORECASE)
"""Finger and impression in a file name. Source: the FVC distribution."""

ANY_POSITION = 1
"""Finger position written into these templates, since FVC does not tell it; comparing two fingers does not look at
it.
"""


PreparedT = TypeVar("PreparedT")


class FingerMatcher(Protocol[PreparedT]):
    """What is measured: one finger against many."""

    def prepare_finger(self, template: FingerTemplate, /) -> PreparedT:
        """What the matcher keeps of a template, made once for all its comparisons."""
        ...

    def compare_many(self, probe: PreparedT, candidates: Sequence[PreparedT], /) -> Sequence[int]:
        """A score for each candidate, higher for more alike."""
        ...


@dataclass(frozen=True, slots=True)
class FvcSet:
    """One folder: its name in the report, its files by finger and impression, its scanning resolution."""

    name: str
    files: Mapping[Print, Path]
    ppi: Ppi


@dataclass(frozen=True, slots=True)
class FvcPairs:
    """Comparisons of a set. genuine: every two impressions of a finger, once; impostor: the first impressions of every
    two fingers, once; dense: every impression of one finger with every impression of every later finger.
    """

    genuine: list[Pair]
    impostor: list[Pair]
    dense: list[Pair]


@dataclass(slots=True)
class SetScores:
    """Scores of one set in the order of `FvcPairs`; NaN where an extraction failed."""

    genuine: list[float] = field(default_factory=list)
    impostor: list[float] = field(default_factory=list)
    dense: list[float] = field(default_factory=list)


def fvc_pairs(prints: Iterable[Print]) -> FvcPairs:
    """The comparisons among the prints that there are; 10 fingers × 8 impressions give 280, 45 and 2880.

    FVC's impostors are the lowest-numbered impression of the set; a finger that lacks it takes part in ``dense`` only.
    """
    present = set(prints)
    fingers = sorted({finger for finger, _ in present})
    impressions = sorted({impression for _, impression in present})
    genuine = [
        ((finger, one), (finger, other))
        for finger in fingers
        for index, one in enumerate(impressions)
        for other in impressions[index + 1 :]
    ]
    two_fingers = [(one, other) for index, one in enumerate(fingers) for other in fingers[index + 1 :]]
    impostor = [((one, impressions[0]), (other, impressions[0])) for one, other in two_fingers]
    dense = [((one, a), (other, b)) for one, other in two_fingers for a in impressions for b in impressions]

    def both_present(pairs: list[Pair]) -> list[Pair]:
        return [pair for pair in pairs if pair[0] in present and pair[1] in present]

    return FvcPairs(both_present(genuine), both_present(impostor), both_present(dense))


def set_resolution(folder: Path) -> Ppi:
    """The resolution that a set's name tells: 569 ppi for FVC2002 DB2, 512 for FVC2004 DB3, else 500.

    The name may be spelled ``2002_DB2_B``, ``FVC2002-Db2_a``, or ``Db2_a`` in a folder whose name holds the year.
    """
    database = re.search(r"db[ _-]?(\d)", folder.name, re.IGNORECASE)
    names = [folder.name, *(parent.name for parent in list(folder.parents)[:3])]
    year = next((found[1] for name in names if (found := re.search(r"(?<!\d)(20\d\d)(?!\d)", name))), None)
    if database is None or year is None:
        return Ppi(GRID_PPI)
    return Ppi(SET_PPI.get((year, database[1]), float(GRID_PPI)))


def read_set(folder: Path, *, name: str, ppi: Ppi | None = None) -> FvcSet:
    """The prints in a folder; other files are ignored. Raises UsageError for no folder, no prints, or a print that is
    there twice.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: no such folder. Nothing was evaluated. Give folders of <finger>_<impression>.tif files."
        )
    files: dict[Print, Path] = {}
    for path in sorted(folder.iterdir()):
        found = FILE_NAME.fullmatch(path.name)
        if not found or not path.is_file():
            continue
        key = (int(found[1]), int(found[2]))
        if key in files:
            raise UsageError(
                f"{folder}: {files[key].name} and {path.name} are the same print. Nothing was evaluated. Remove one."
            )
        files[key] = path
    if not files:
        raise UsageError(
            f"{folder}: no file is named <finger>_<impression> with the ending "
            f"{', '.join(IMAGE_ENDINGS)}. Nothing was evaluated."
        )
    return FvcSet(name, files, ppi or set_resolution(folder.resolve()))


def read_sets(folders: Sequence[Path], *, ppi: Ppi | None = None) -> list[FvcSet]:
    """`read_set` for each folder, named after it, with its parents where two have the same name. Raises UsageError also
    for a folder given twice.
    """
    if not folders:
        raise UsageError("no folder was given. Nothing was evaluated. Give folders of <finger>_<impression>.tif files.")
    places = [folder.resolve() for folder in folders]
    twice = [str(place) for place, count in Counter(places).items() if count > 1]
    if twice:
        raise UsageError(f"{', '.join(twice)}: given twice. Nothing was evaluated.")
    depth = 1
    while len({place.parts[-depth:] for place in places}) < len(places):
        depth += 1
    return [
        read_set(folder, name="/".join(place.parts[-depth:]), ppi=ppi)
        for folder, place in zip(folders, places, strict=True)
    ]


def score_set(one: FvcSet, templates: Mapping[Path, FingerTemplate], matcher: FingerMatcher[PreparedT]) -> SetScores:
    """Compare all pairs of a set, the first of each pair as probe. A pair whose print has no template scores NaN."""
    pairs = fvc_pairs(one.files)
    by_probe: dict[Print, set[Print]] = defaultdict(set)
    for probe, candidate in [*pairs.genuine, *pairs.dense]:
        by_probe[probe].add(candidate)
    prepared = {key: matcher.prepare_finger(templates[path]) for key, path in one.files.items() if path in templates}
    known: dict[Pair, float] = {}
    for probe, candidates in by_probe.items():
        usable = sorted(candidate for candidate in candidates if candidate in prepared)
        if probe not in prepared or not usable:
            continue
        scores = matcher.compare_many(prepared[probe], [prepared[candidate] for candidate in usable])
        known |= {(probe, candidate): float(score) for candidate, score in zip(usable, scores, strict=True)}

    def scored(chosen: list[Pair]) -> list[float]:
        return [known.get(pair, float("nan")) for pair in chosen]

    return SetScores(scored(pairs.genuine), scored(pairs.impostor), scored(pairs.dense))


def summary(scores: Mapping[str, SetScores], *, failures: int) -> dict[str, object]:
    """The report: per set and pooled over sets (one threshold for all), genuine against FVC's and against the dense
    impostors.
    """
    sets: dict[str, dict[str, Metrics]] = {
        name: {
            "fvc": verification_metrics(one.genuine, one.impostor),
            "dense": verification_metrics(one.genuine, one.dense),
        }
        for name, one in scores.items()
    }
    genuine = np.concatenate([one.genuine for one in scores.values()])
    pooled = {
        "fvc": verification_metrics(genuine, np.concatenate([one.impostor for one in scores.values()])),
        "dense": verification_metrics(genuine, np.concatenate([one.dense for one in scores.values()])),
    }
    return {"sets": sets, "pooled": pooled, "failures": failures}


def evaluate_fvc(
    sets: Sequence[FvcSet],
    extractor: Extractor,
    matcher: FingerMatcher[PreparedT],
    *,
    workers: int,
    advance: Callable[[], None],
) -> tuple[dict[str, object], dict[Path, str]]:
    """Extract every print, compare by both protocols, and count.

    workers: images extracted at once. advance: called once for each image done.
    Returns:  the report as `summary` makes it (``failures`` counts images without a template), and the reason of each
    failure.
    """
    files = [PrintFile(path, one.ppi, ANY_POSITION) for one in sets for path in one.files.values()]
    templates, failures = extract_files(files, extractor, workers=workers, advance=advance)
    scores = {one.name: score_set(one, templates, matcher) for one in sets}
    return summary(scores, failures=len(failures)), failures
