"""Identification on ten-print cards in the layout of NIST's MINEX III validation set: ``a001_02.png``, ``b001_02.png``.

Cards a are enrolled, cards b are searched, all fingers of a card at once. The number after the underscore is the finger
position.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError
from tenprint.lab.evaluation.templates import IMAGE_ENDINGS, PrintFile, extract_files
from tenprint.model.prints import FINGERS, FingerTemplate, TenprintTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi

CARD_FILE = re.compile(rf"([ab])(\d+)_(\d\d?)\.(?:{'|'.join(IMAGE_ENDINGS)})", re.IGNORECASE)
"""Card, person and finger position in a file name. Source: the MINEX III validation set."""

FPIR_LIMITS = ("0.001", "0.01", "0.1")
"""False positive identification rates at which FNIR is reported. Source: ISO/IEC 19795-1; decades as NIST reports
them.
"""

PreparedT = TypeVar("PreparedT")


class Scored(Protocol):
    """One comparison of two ten-prints."""

    @property
    def score(self) -> int:
        """The fused score, higher for more alike."""
        ...


class TenprintMatcher(Protocol[PreparedT]):
    """What is measured: one ten-print against many."""

    def prepare(self, template: TenprintTemplate, /) -> PreparedT:
        """What the matcher keeps of a template."""
        ...

    def search(self, probe: PreparedT, candidates: Sequence[PreparedT], /) -> Sequence[Scored]:
        """One comparison for each candidate, in the candidates' order."""
        ...


@dataclass(frozen=True, slots=True)
class Cards:
    """Files of both cards of each person, by person (the digits of the file name) and finger position (1 to 10)."""

    enrolled: Mapping[str, Mapping[int, Path]]
    searched: Mapping[str, Mapping[int, Path]]

    @property
    def images(self) -> int:
        """Number of files."""
        return sum(len(fingers) for card in (self.enrolled, self.searched) for fingers in card.values())


@dataclass(frozen=True, slots=True, eq=False)
class SearchScores:
    """Fused scores of every search against every enrolled person.

    scores:  (searches, persons) int64. mate: (searches,) int64, the column of the same person, or -1 if they are not
    enrolled.
    """

    scores: NDArray[np.int64]
    mate: NDArray[np.int64]


def read_cards(folder: Path) -> Cards:
    """The cards in a folder. Missing fingers and cards are allowed; other files are ignored.

    Raises: UsageError for no folder, no enrolled or no searched card, a position outside 1 to 10, or a print that is
    there twice.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: no such folder. Nothing was evaluated. Give a folder of a001_02.png and b001_02.png files."
        )
    cards: dict[str, dict[str, dict[int, Path]]] = {"a": defaultdict(dict), "b": defaultdict(dict)}
    for path in sorted(folder.iterdir()):
        found = CARD_FILE.fullmatch(path.name)
        if not found or not path.is_file():
            continue
        fingers, position = cards[found[1].lower()][found[2]], int(found[3])
        if position not in FINGERS:
            raise UsageError(f"{path}: finger position {position}; allowed: 1 to 10. Nothing was evaluated.")
        if position in fingers:
            raise UsageError(
                f"{folder}: {fingers[position].name} and {path.name} are the same print. Nothing was evaluated."
            )
        fingers[position] = path
    if not cards["a"] or not cards["b"]:
        raise UsageError(
            f"{folder}: {len(cards['a'])} enrolled cards (a001_02.png …) and {len(cards['b'])} searched cards "
            "(b001_02.png …); needs one of each at least. Nothing was evaluated."
        )
    return Cards(dict(cards["a"]), dict(cards["b"]))


def identification_metrics(found: SearchScores) -> dict[str, object]:
    """Rates as fractions, for a gallery that is searched to the end.

    rank1:         mates with a score above every other person's / searches whose person is enrolled; ``rank1_count``
    the
                   numerator, ``searches_with_mate`` the denominator. A tie is not rank 1.
    mate_min, nonmate_max:  lowest score of a mate, highest score of anybody else; None where there is none.
    fnir_at_fpir:  lowest share of mates below a threshold at which at most that share of searches brings anybody else;
    the key
                   is the FPIR allowed. A search's own mate is left out when its FPIR is counted (ISO/IEC 19795-1).
    Rates without a denominator are None.
    """
    searches, persons = found.scores.shape
    others = np.ones((searches, persons), dtype=bool)
    mated = np.flatnonzero(found.mate >= 0)
    others[mated, found.mate[mated]] = False
    lowest = np.iinfo(np.int64).min
    best_other = np.max(np.where(others, found.scores, lowest), axis=1, initial=lowest)
    mates = found.scores[mated, found.mate[mated]]
    first = int(np.count_nonzero(mates > best_other[mated]))
    opposed = best_other[others.any(axis=1)]
    return {
        "persons": persons,
        "searches": searches,
        "searches_with_mate": len(mated),
        "rank1": first / len(mated) if len(mated) else None,
        "rank1_count": first,
        "mate_min": int(mates.min()) if len(mates) else None,
        "nonmate_max": int(opposed.max()) if len(opposed) else None,
        "fnir_at_fpir": {limit: _fnir(mates, opposed, float(limit)) for limit in FPIR_LIMITS},
    }


def _fnir(mates: NDArray[np.int64], opposed: NDArray[np.int64], allowed: float) -> float | None:
    """Lowest FNIR over thresholds with FPIR at most ``allowed``; None without mates."""
    if not len(mates):
        return None
    admitted = math.floor(allowed * len(opposed) + 1e-9)  # searches that may bring somebody else
    if admitted >= len(opposed):
        return 0.0
    barrier = np.sort(opposed)[::-1][admitted]  # the threshold must be above this score
    return int(np.count_nonzero(mates <= barrier)) / len(mates)


def search_scores(
    enrolled: Mapping[str, TenprintTemplate],
    searched: Mapping[str, TenprintTemplate],
    matcher: TenprintMatcher[PreparedT],
) -> SearchScores:
    """Search every card against every enrolled one, in ascending order of person. Raises UsageError if either is
    empty.
    """
    if not enrolled or not searched:
        raise UsageError("no card gave a template on one of the two sides. Nothing was evaluated.")
    names = sorted(enrolled)
    gallery = [matcher.prepare(enrolled[name]) for name in names]
    rows = [
        [comparison.score for comparison in matcher.search(matcher.prepare(searched[name]), gallery)]
        for name in sorted(searched)
    ]
    mate = [names.index(name) if name in enrolled else -1 for name in sorted(searched)]
    return SearchScores(np.array(rows, dtype=np.int64), np.array(mate, dtype=np.int64))


def evaluate_persons(
    cards: Cards,
    extractor: Extractor,
    matcher: TenprintMatcher[PreparedT],
    *,
    ppi: Ppi,
    workers: int,
    advance: Callable[[], None],
) -> tuple[dict[str, object], dict[Path, str]]:
    """Extract every print, enrol cards a, search cards b, and count.

    ppi: of every file. workers: images extracted at once. advance: called once for each image done.
    Returns:  `identification_metrics` with ``failures``, the number of images without a template, and the reason of
    each. A card
              without any template is enrolled or searched with no finger: its scores are 0, so it counts as missed.
    """
    files = [
        PrintFile(path, ppi, position)
        for card in (cards.enrolled, cards.searched)
        for fingers in card.values()
        for position, path in fingers.items()
    ]
    templates, failures = extract_files(files, extractor, workers=workers, advance=advance)
    found = search_scores(_tenprints(cards.enrolled, templates), _tenprints(cards.searched, templates), matcher)
    return identification_metrics(found) | {"failures": len(failures)}, failures


def _tenprints(
    card: Mapping[str, Mapping[int, Path]], templates: Mapping[Path, FingerTemplate]
) -> dict[str, TenprintTemplate]:
    return {
        person: TenprintTemplate(tuple(templates[path] for _, path in sorted(fingers.items()) if path in templates))
        for person, fingers in card.items()
    }
