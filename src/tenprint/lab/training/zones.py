"""Fixes evidence and zones of `mcc-lssr-1` on FVC sets: ``python -m tenprint.lab.training.zones SET[@PPI] ...``.

Each set is a folder of ten fingers by eight impressions, ``101_1.tif`` to ``110_8.tif``. Fingers are never compared
across sets, because sets share people. A *virtual person* is one set's ten fingers put on ten positions: persons of one
impression against another are mates, and against a permutation without fixed point they are not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.clock import Clock, SystemClock
from tenprint.identify.extract.choice import EXTRACTORS, extractor
from tenprint.identify.match import kernel, table_file
from tenprint.identify.match.mcc import NAME, strongest
from tenprint.lab.training import likelihood
from tenprint.model.prints import GreyImage, Minutiae
from tenprint.model.protocols import Extractor
from tenprint.units import GRID_PPI, Ppi

TARGET: Final = Path(__file__).resolve().parents[2] / "identify" / "match" / "calibration" / f"{NAME}.json"
"""Where the committed file lies."""

FLOOR: Final = -50
"""Least evidence of one finger, hundredths of a decade. Set by: a mate may have several ruined fingers; not tuned."""

SUPPORT: Final = 100
"""Evidence from which a finger supports a candidate: ten to one. Set by: convention; not tuned."""

INFLATION: Final = 5.0
"""By how much the worst set's tail of non-mated fingers is raised. Set by: allowance for prints unlike these; not
tuned.
"""

REVIEW_TAIL: Final = 1e-6
"""Probability per non-mated person, under independent fingers and the raised tail, of reaching review. Set by: choice.
"""

STRONG_TAIL: Final = 1e-9
"""Likewise for strong. Set by: choice."""

DERANGEMENTS: Final = 400
"""Permutations drawn for each pair of impressions of a set. Set by: running time."""

SEED: Final = 20110606
"""Seed of the permutations and of the choice of fingers. Set by: any number does."""


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSet:
    """Points of every impression of a set against every other: (10, 8, 10, 8) int64, finger and impression twice."""

    name: str
    points: NDArray[np.int64]

    @property
    def genuine(self) -> list[int]:
        """Points of every two impressions of one finger, once (10 x 28)."""
        later = range(8)
        return [int(self.points[f, a, f, b]) for f in range(10) for a in later for b in later if a < b]

    @property
    def impostor(self) -> list[int]:
        """Points of every impression against every one of later fingers (45 x 64)."""
        return [
            int(self.points[f, a, h, b])
            for f in range(10)
            for h in range(f + 1, 10)
            for a in range(8)
            for b in range(8)
        ]


def read_set(folder: Path, ppi: Ppi, extract: Callable[[GreyImage], Minutiae]) -> list[list[Minutiae]]:
    """Minutiae by finger (101 to 110) and impression (1 to 8). Raises FileNotFoundError, and what the extractor
    raises.
    """
    fingers = []
    for finger in range(101, 111):
        row = []
        for impression in range(1, 9):
            with Image.open(folder / f"{finger}_{impression}.tif") as image:
                pixels = np.asarray(image.convert("L"), dtype=np.uint8)
            row.append(extract(GreyImage(pixels, ppi)))
        fingers.append(row)
    return fingers


def score_set(name: str, fingers: Sequence[Sequence[Minutiae]], tables: table_file.Tables) -> ScoredSet:
    """Compare everything in the set with everything."""
    native = kernel.native(tables)
    codes = [native.prepare(strongest(each, tables)) for row in fingers for each in row]
    rows = [[code] for code in codes]
    points = np.concatenate([native.search([code], rows, 1)[:, 0] for code in codes])
    return ScoredSet(name, points.reshape(10, 8, 10, 8))


def shuffled(label: str) -> NDArray[np.int64]:
    """The ten fingers in an order that depends on ``label`` and `SEED` alone, as good as random."""
    keys = [hashlib.sha256(f"{SEED}/{label}/{finger}".encode()).digest() for finger in range(10)]
    return np.array(sorted(range(10), key=keys.__getitem__), dtype=np.int64)


def virtual_persons(sets: Sequence[ScoredSet], steps: likelihood.Steps) -> dict[str, list[list[int]]]:
    """Fused sums of virtual persons by number of fingers: ``mates`` and ``others``, each a list for 1 to 10 fingers.

    The first k of a random order of fingers are compared, so that every k sees the same persons.
    """
    level = np.vectorize(lambda points: likelihood.evidence_of(steps, int(points)), otypes=[np.int64])
    mates: list[list[int]] = [[] for _ in range(10)]
    others: list[list[int]] = [[] for _ in range(10)]
    for scored in sets:
        evidence = level(scored.points)
        for a in range(8):
            for b in range(a + 1, 8):
                for into, count in ((mates, 20), (others, DERANGEMENTS)):
                    for turn in range(count):
                        order = shuffled(f"{scored.name}/{a}/{b}/{turn}")
                        # 1 to 9 places further round a random circle, no finger is in its own place.
                        partner = order if into is mates else np.roll(order, 1 + turn % 9)
                        sums = np.maximum(np.cumsum(evidence[order, a, partner, b]), 0)
                        for k in range(10):
                            into[k].append(int(sums[k]))
    return {"mates": mates, "others": others}


def fix(sets: Sequence[ScoredSet], *, matcher: str, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a calibration file.

    The bound on one finger's evidence is a third of the independent non-mated pairs of fingers at hand, as a likelihood
    ratio: more can't be shown with so few fingers (rule of three). Review is never in reach of one finger, strong never
    of two.
    """
    genuine = [points for each in sets for points in each.genuine]
    impostors = [each.impostor for each in sets]
    independent = 45 * len(sets)
    cap = math.floor(100 * math.log10(independent / 3))
    steps = likelihood.evidence_steps(genuine, [p for each in impostors for p in each], floor=FLOOR, cap=cap)
    mass = likelihood.careful_mass(steps, impostors, inflation=INFLATION)
    top = steps[-1][1]
    persons = virtual_persons(sets, steps)
    review, strong, review_tail, strong_tail = [top + 1], [2 * top + 1], [0.0], [0.0]
    for k in range(1, 11):
        tail = likelihood.tails(mass, k)
        seen = max(persons["others"][k - 1])

        def least(limit: float, *, over: int, tail: NDArray[np.float64] = tail, k: int = k) -> int:
            reached = int(np.argmax(np.append(tail, 0.0) <= limit)) + k * FLOOR
            # All fingers at the bound always reach the zone if there are enough of them; the tail written beside says
            # at what risk.
            return max(over + 1, min(reached, max(k * top, over + 1)))

        review.append(max(least(REVIEW_TAIL, over=top), min(seen + top // 2, k * top)))
        strong.append(max(least(STRONG_TAIL, over=2 * top), review[-1]))
        for limits, into in ((review, review_tail), (strong, strong_tail)):
            at = limits[-1] - k * FLOOR
            into.append(float(f"{tail[at]:.3g}") if at < len(tail) else 0.0)
    measured = {
        "tail_at_review_by_fingers": review_tail,
        "tail_at_strong_by_fingers": strong_tail,
        "virtual_mates": len(persons["mates"][0]),
        "virtual_others": len(persons["others"][0]),
        "least_mate_by_fingers": [0, *map(min, persons["mates"])],
        "mates_in_review_by_fingers": [0.0] + [_share(sums, review[k + 1]) for k, sums in enumerate(persons["mates"])],
        "most_other_by_fingers": [0, *map(max, persons["others"])],
    }
    settings = {
        "floor": FLOOR,
        "cap": cap,
        "inflation": INFLATION,
        "review_tail": REVIEW_TAIL,
        "strong_tail": STRONG_TAIL,
    }
    return {
        "matcher": matcher,
        "provenance": {
            **provenance,
            "independent_impostor_pairs": independent,
            "settings": settings,
            "measured": measured,
        },
        "support": SUPPORT,
        "evidence": [list(step) for step in steps],
        "review": review,
        "strong": strong,
    }


def _share(sums: Sequence[int], threshold: int) -> float:
    return round(sum(1 for each in sums if each >= threshold) / len(sums), 4)


def train(folders: Sequence[tuple[Path, Ppi]], extract: Extractor, clock: Clock) -> dict[str, Any]:
    """Extract, compare and fix, from folders of research prints alone; the content of a calibration file."""
    tables = table_file.load(NAME)
    sets = [score_set(folder.name, read_set(folder, ppi, extract.extract), tables) for folder, ppi in folders]
    provenance = {
        "data_sets": [
            {"name": folder.name, "ppi": ppi.value, "fingers": 10, "impressions": 8} for folder, ppi in folders
        ],
        "extractor": extract.version,
        "date": clock.now().date().isoformat(),
        "made_by": "tenprint.lab.training.zones",
    }
    return fix(sets, matcher=tables.version, provenance=provenance)


def text(content: Mapping[str, Any]) -> str:
    """The file's text, one key a line, so that a change can be read in a diff."""
    provenance = json.dumps(content["provenance"], indent=2).replace("\n", "\n ")
    rest = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items() if key != "provenance"]
    return "{\n" + ",\n".join([*rest, f' "provenance": {provenance}']) + "\n}\n"


def main() -> None:
    """Read the command line, train, and write the file, by default over the committed one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="+", help="a set's folder, with @PPI if it was not scanned at 500 pixels per inch"
    )
    parser.add_argument("--extractor", choices=EXTRACTORS, default=EXTRACTORS[0])
    parser.add_argument("--output", type=Path, default=TARGET)
    given = parser.parse_args()
    folders = []
    for each in given.folder:
        path, _, ppi = each.partition("@")
        folders.append((Path(path), Ppi(float(ppi or GRID_PPI))))
    content = train(folders, extractor(given.extractor), SystemClock())
    given.output.write_text(text(content), encoding="utf-8")


if __name__ == "__main__":
    main()
