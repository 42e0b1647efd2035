"""The files that decide a score can be made again, and what they claim about error rates can be measured."""

from __future__ import annotations

import datetime as dt
import importlib.util
import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tenprint.clock import SetClock
from tenprint.errors import ModelMissing
from tenprint.identify.extract.choice import extractor
from tenprint.identify.match import table_file, zone
from tenprint.lab.training import likelihood, tables, zones
from tenprint.model.prints import MINUTIA, FingerTemplate, GreyImage, Minutiae, TenprintTemplate
from tenprint.units import Ppi

SCORES = st.lists(st.integers(0, 60), min_size=1, max_size=40)


def test_the_committed_tables_are_those_that_the_formulas_give():
    """Regenerating gives the same file, byte for byte (design decision 12)."""
    assert tables.TARGET.read_text(encoding="utf-8") == tables.text(tables.build(tables.PARAMETERS))


def test_the_tables_are_the_curves_they_claim_to_be():
    """Spot checks against the formulas of [MCC10], written out once more here."""
    made = table_file.load("mcc-lssr-1")
    sigma = 28 / 3

    assert len(made.cells) == 52
    assert made.sine[256] == 32768
    assert (
        abs(made.spatial[400] / 2**20 - math.exp(-100.125 / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))) < 1e-6
    )
    assert all(abs(sum(made.directional[k * 256 + d] for k in range(6)) - 2**14) <= 3 for d in range(256))
    assert made.directional[2 * 256 + 235] == max(
        made.directional[2 * 256 : 3 * 256]
    )  # section 3 is centred at -30 degrees
    assert (made.pairs[4], made.pairs[60]) == (6, 12)


@given(SCORES, SCORES)
def test_isotonic_blocks_rise(genuine, impostor):
    """Blocks rise strictly in their share of mates, and lose no score."""
    blocks = likelihood.isotonic(genuine, impostor)
    shares = [mates / (mates + others) for _, mates, others in blocks]

    assert all(low < high for low, high in pairwise(shares))
    assert (sum(b[1] for b in blocks), sum(b[2] for b in blocks)) == (len(genuine), len(impostor))


@given(SCORES, SCORES)
def test_evidence_rises_between_its_bounds(genuine, impostor):
    """Whatever the scores: from 0 points, rising, never outside floor and cap."""
    steps = likelihood.evidence_steps(genuine, impostor, floor=-50, cap=178)
    levels = [level for _, level in steps]

    assert steps[0][0] == 0
    assert levels == sorted(set(levels))
    assert -50 <= levels[0] <= levels[-1] <= 178


def test_tails_of_sums_are_those_of_dice():
    """Two fair coins: at least 0, 1, 2 heads with 1, 3/4, 1/4."""
    assert np.allclose(likelihood.tails(np.array([0.5, 0.5]), 2), [1.0, 0.75, 0.25])


def test_the_careful_mass_takes_the_worst_set_and_raises_it():
    """One non-mate in four supports in the worse of two sets; inflated twofold that is one in two."""
    steps = [(0, -1), (10, 0)]
    mass = likelihood.careful_mass(steps, [[0, 0, 0, 10], [0] * 8], inflation=2.0)

    assert np.allclose(mass, [0.5, 0.5])


class FromPixels:
    """An extractor for made-up images: the grey value names the finger, its remainder the impression."""

    name = "from-pixels"
    version = "from-pixels/1"

    def __init__(self, draw, disturb):
        self.draw, self.disturb = draw, disturb

    def extract(self, image: GreyImage) -> Minutiae:
        finger, impression = divmod(int(image.pixels[0, 0]), 8)
        rows = self.disturb(self.draw(finger), 100 * finger + impression)
        return Minutiae(np.array([(x, y, t, 1, q) for x, y, t, q in rows], dtype=MINUTIA), 500, 500)


def test_training_reads_folders_and_writes_a_sound_file(tmp_path, draw, disturb):
    """From images to a calibration file that the matcher takes, with its provenance."""
    folders = []
    for name in ("1999_DB1_B", "1999_DB2_B"):
        folder = tmp_path / name
        folder.mkdir()
        for finger in range(10):
            for impression in range(8):
                pixels = np.full((4, 4), finger * 8 + impression, dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{101 + finger}_{impression + 1}.tif")
        folders.append((folder, Ppi(500)))
    clock = SetClock(dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    content = zones.train(folders, FromPixels(draw, disturb), clock)
    made = zone.parse(zones.text(content).encode())

    assert made.matcher == table_file.load("mcc-lssr-1").version
    assert made.provenance["data_sets"][0]["name"] == "1999_DB1_B"
    assert (made.provenance["extractor"], made.provenance["date"]) == ("from-pixels/1", "2026-11-23")
    assert made.evidence[-1] <= 100 * math.log10(90 / 3)


def leader():
    try:
        return extractor("leader")
    except ModelMissing as missing:
        pytest.skip(str(missing))


@pytest.mark.slow
@pytest.mark.prints
def test_equal_error_rate_on_real_prints(native, shared, prints, extent):
    """FVC2002 DB1_B, every impression against every one of other fingers: EER at most 0.36 %, which is one mate of 280
    (whole); in a sample of three impressions of four fingers, no pair of non-mates is above the median mate."""
    score = importlib.util.spec_from_file_location("score", shared / "score.py")
    metrics = importlib.util.module_from_spec(score)
    score.loader.exec_module(metrics)
    fingers = extent.pick(range(101, 111), 4)
    impressions = extent.pick(range(1, 9), 3)
    found = leader()
    prepared = {}
    for f in fingers:
        for i in impressions:
            with Image.open(prints / "fvc" / "2002_DB1_B" / f"{f}_{i}.tif") as image:
                minutiae = found.extract(GreyImage(np.asarray(image.convert("L")), Ppi(500)))
            template = FingerTemplate(1, minutiae, 50, found.version)
            prepared[f"{f}_{i}"] = native.prepare_finger(template)
    genuine, _, dense = metrics.fvc_pairs(fingers, impressions)
    mates, others = (
        [native.compare_many(prepared[a], [prepared[b]])[0] for a, b in pairs] for pairs in (genuine, dense)
    )

    assert max(others) < sorted(mates)[len(mates) // 2]
    if extent.whole:
        assert metrics.metrics(mates, others)["eer"] <= 0.0036


@pytest.mark.slow
@pytest.mark.prints
def test_ink_cards_find_their_mates_and_nobody_else(native, prints, extent):
    """MINEX III ink cards, never trained on: every mate is first and reaches review, nobody else reaches it."""
    cards = {}
    for path in sorted((prints / "minex3").glob("*.png")):
        if named := re.fullmatch(r"([ab])(\d{3})_(\d{2})", path.stem):
            cards.setdefault(named[2], {}).setdefault(named[1], {})[int(named[3])] = path
    found = leader()

    def template(paths):
        fingers = []
        for position, path in paths.items():
            with Image.open(path) as image:
                minutiae = found.extract(GreyImage(np.asarray(image.convert("L")), Ppi(500)))
            fingers.append(FingerTemplate(position, minutiae, 50, found.version))
        return native.prepare(TenprintTemplate(tuple(fingers)))

    positions = extent.pick([2, 3, 4, 5, 7, 8, 9, 10], 6)
    people = [
        {side: {p: path for p, path in paths.items() if p in positions} for side, paths in cards[name].items()}
        for name in extent.pick(sorted(cards), 2)
    ]
    gallery = [template(sides["a"]) for sides in people]
    for n in extent.pick(range(len(people)), 1):
        compared = native.search(template(people[n]["b"]), gallery)

        assert max(range(len(people)), key=lambda m: compared[m].score) == n
        assert [native.zone(one) != "none" for one in compared] == [m == n for m in range(len(people))]
