"""How often mirrored prints are found, and how often prints are wrongly told to be mirrored, on the cards of `persons`.

Card a of a person stands for the rolled prints of a card, card b for its plain ones: each finger is there twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Any, Final

from tenprint.errors import IdentifyError
from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.loop_direction import (
    DOUBTED,
    INDEX_FINGERS,
    RADIAL_INDEX_LOOPS,
    RADIAL_OTHER_LOOPS,
    opens_to_the_thumb,
    strongest_doubt,
    together,
)
from tenprint.identify.extract.pattern import Pattern, pattern_of
from tenprint.identify.extract.tenprints import examined
from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.findings import CERTAIN, MIRROR_IMAGE
from tenprint.identify.slaps.mirrored import mirror
from tenprint.lab.evaluation.persons import Cards
from tenprint.model.prints import FingerTemplate
from tenprint.model.protocols import Extractor
from tenprint.units import Ppi

TURNED: Final = {Pattern.LEFT_LOOP: Pattern.RIGHT_LOOP, Pattern.RIGHT_LOOP: Pattern.LEFT_LOOP}
"""A loop -> the one that its mirrored image shows; other patterns stay."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenPrint:
    """One print. ms: of a core, for its pattern alone."""

    template: FingerTemplate
    pattern: Pattern
    ms: float


Seen = Mapping[str, Mapping[int, SeenPrint]]
"""Prints by person and finger."""


def evaluate_mirrored(
    cards: Cards, extractor: Extractor, matcher: Matcher, *, ppi: Ppi, workers: int, advance: Callable[[], None]
) -> tuple[dict[str, Any], dict[Path, str]]:
    """Patterns, doubted cards and mirrored mates of the cards, as plain values; and why a print gave none.

    workers: prints at the same time. advance: called once a print.
    """
    found, failures = _seen(cards, extractor, ppi=ppi, workers=workers, advance=advance)
    a, b = (
        {person: {f: found[path] for f, path in fingers.items() if path in found} for person, fingers in card.items()}
        for card in (cards.enrolled, cards.searched)
    )
    took = sorted(one.ms for one in found.values())
    report = {
        "prints": len(found), "persons": len({*a, *b}), "extractor": extractor.version, "matcher": matcher.version,
        "patterns": _patterns([*a.values(), *b.values()]), "repeated": _repeated(a, b),
        "cards": _doubted([_told(prints) for prints in (*a.values(), *b.values())]),
        "rolled_and_plain": _doubted([together(_told(a[person]), _told(b[person])) for person in sorted({*a} & {*b})]),
        "evidence_needed": DOUBTED, "mates": _mates(a, b, matcher),
        "pattern_ms_per_print_core_p50": round(took[len(took) // 2], 2) if took else None, "failures": len(failures),
    }  # fmt: skip
    return report, failures


def _seen(
    cards: Cards, extractor: Extractor, *, ppi: Ppi, workers: int, advance: Callable[[], None]
) -> tuple[dict[Path, SeenPrint], dict[Path, str]]:
    files = [
        (path, finger)
        for card in (cards.enrolled, cards.searched)
        for one in card.values()
        for finger, path in one.items()
    ]
    found: dict[Path, SeenPrint] = {}
    failures: dict[Path, str] = {}

    def one(file: tuple[Path, int]) -> None:
        path, finger = file
        try:
            print_ = examined(finger, read_image_file(path, ppi), extractor)
        except IdentifyError as error:
            failures[path] = str(error)
        else:
            began = thread_time()
            pattern = pattern_of(print_.measures)
            found[path] = SeenPrint(print_.template, pattern, 1000 * (thread_time() - began))
        advance()

    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="evaluate") as pool:
        list(pool.map(one, files))
    return found, failures


def _told(prints: Mapping[int, SeenPrint]) -> dict[int, Pattern]:
    return {finger: one.pattern for finger, one in prints.items()}


def _patterns(cards: Sequence[Mapping[int, SeenPrint]]) -> dict[str, Any]:
    """By finger: loops to the little finger and to the thumb, whorls, unsure; and what is published of its loops."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for prints in cards:
        for finger, one in prints.items():
            to_thumb = opens_to_the_thumb(finger, one.pattern)
            counts[finger][one.pattern.value if to_thumb is None else "radial" if to_thumb else "ulnar"] += 1
    return {
        f"{finger:02d}": {name: counts[finger][name] for name in ("ulnar", "radial", "whorl", "unsure")}
        | {"published_radial_share_of_loops": RADIAL_INDEX_LOOPS if finger in INDEX_FINGERS else RADIAL_OTHER_LOOPS}
        for finger in sorted(counts)
    }


def _repeated(a: Seen, b: Seen) -> dict[str, int]:
    """The two prints of a finger: alike, of the two sides, a loop and a whorl, or one of them unsure."""
    counts = dict.fromkeys(("fingers", "alike", "both_sides", "loop_and_whorl", "one_unsure", "both_unsure"), 0)
    for _, _, one, other in _pairs(a, b):
        told = {one.pattern, other.pattern}
        counts["fingers"] += 1
        if Pattern.UNSURE in told:
            counts["both_unsure" if len(told) == 1 else "one_unsure"] += 1
        elif len(told) == 1:
            counts["alike"] += 1
        else:
            counts["loop_and_whorl" if Pattern.WHORL in told else "both_sides"] += 1
    return counts


def _pairs(a: Seen, b: Seen) -> Iterator[tuple[str, int, SeenPrint, SeenPrint]]:
    for person in sorted({*a} & {*b}):
        for finger in sorted({*a[person]} & {*b[person]}):
            yield person, finger, a[person][finger], b[person][finger]


def _doubted(cards: Sequence[Mapping[int, Pattern]]) -> dict[str, int]:
    """Cards that are doubted by their loops: as they are, and with every print mirrored."""
    turned = [{finger: TURNED.get(pattern, pattern) for finger, pattern in card.items()} for card in cards]
    return {
        "cards": len(cards),
        "doubted_as_declared": sum(strongest_doubt(card) is not None for card in cards),
        "doubted_when_mirrored": sum(strongest_doubt(card) is not None for card in turned),
    }


def _mates(a: Seen, b: Seen, matcher: Matcher) -> dict[str, int]:
    """Mates of which one is mirrored and found to be; and pairs of prints as they are that are told to be mirror images: of one finger, of
    one person's fingers, of two persons.
    """
    plain = [
        (person, finger, matcher.prepare_finger(one.template))
        for person, prints in b.items()
        for finger, one in prints.items()
    ]
    counts = Counter(
        dict.fromkeys(("mates", "mates_found", "own", "own_told", "person", "person_told", "others", "others_told"), 0)
    )
    for person, prints in a.items():
        for finger, one in prints.items():
            image = mirror(one.template)
            if finger in b.get(person, {}):
                counts["mates"] += 1
                mate = mirror(b[person][finger].template)  # as its mirrored image would give it
                counts["mates_found"] += matcher.compare_many(image, [mate])[0] >= MIRROR_IMAGE
            for (whose, which, _), points in zip(
                plain, matcher.compare_many(image, [p for *_, p in plain]), strict=True
            ):
                kind = "others" if whose != person else "own" if which == finger else "person"
                counts[kind] += 1
                counts[f"{kind}_told"] += points >= (MIRROR_IMAGE if kind == "own" else CERTAIN)
    return dict(counts)
