"""Sets in FVC's layout are read, paired and counted as the competition does it."""

import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenprint.errors import ExtractionFailed, UsageError
from tenprint.lab.evaluation.fvc import evaluate_fvc, fvc_pairs, read_set, read_sets, score_set, set_resolution
from tenprint.model.prints import MINUTIA, Minutiae
from tenprint.units import Ppi

BROKEN, BLANK = 254, 255


class PixelExtractor:
    """Writes the image's first pixel into x and its second into y of one minutia; 254 fails, 255 finds nothing."""

    name = "pixel"
    version = "pixel-1"

    def __init__(self):
        self.seen = set()

    def extract(self, image):
        self.seen.add((image.ppi, image.pixels.shape))
        finger, impression = image.pixels[0, :2]
        if finger == BROKEN:
            raise ExtractionFailed("broken")
        points = np.zeros(0 if finger == BLANK else 1, dtype=MINUTIA)
        points["x"], points["y"] = finger, impression
        return Minutiae(points, 8, 8)


class FingerEquality:
    """Scores 100 minus the distance of impressions for the same finger, else the sum of impressions; remembers its calls."""

    def __init__(self):
        self.pairs = []

    def prepare_finger(self, template):
        return template.minutiae.points[0]

    def compare_many(self, one, candidates):
        result = []
        for other in candidates:
            self.pairs.append(((int(one["x"]), int(one["y"])), (int(other["x"]), int(other["y"]))))
            same = one["x"] == other["x"]
            result.append(100 - abs(int(one["y"]) - int(other["y"])) if same else int(one["y"]) + int(other["y"]))
        return result


def make_set(folder, fingers=(1, 2, 3), impressions=(1, 2), ending="tif", special=None):
    folder.mkdir(parents=True, exist_ok=True)
    for finger in fingers:
        for impression in impressions:
            first = (special or {}).get((finger, impression), finger)
            pixels = np.zeros((4, 4), dtype=np.uint8)
            pixels[0, :2] = first, impression
            Image.fromarray(pixels).save(folder / f"{finger}_{impression}.{ending}")
    return folder


def evaluated(sets, matcher=None):
    calls = []
    report, failures = evaluate_fvc(
        sets, PixelExtractor(), matcher or FingerEquality(), workers=2, advance=lambda: calls.append(1)
    )
    assert len(calls) == sum(len(one.files) for one in sets)
    return report, failures


def test_ten_fingers_by_eight_impressions_give_the_competitions_counts():
    """FVC2002: 280 genuine and 45 impostor comparisons for a B set; 2880 dense ones."""
    pairs = fvc_pairs([(finger, impression) for finger in range(101, 111) for impression in range(1, 9)])
    assert (len(pairs.genuine), len(pairs.impostor), len(pairs.dense)) == (280, 45, 2880)
    for chosen in (pairs.genuine, pairs.impostor, pairs.dense):
        assert len({frozenset(pair) for pair in chosen}) == len(chosen)


def test_pairs_and_their_order_equal_the_independent_scorer(shared):
    """Same lists in the same order: a matcher need not be symmetric."""
    path = shared / "score.py"
    if not path.is_file():
        pytest.skip("the shared scorer is absent")
    spec = importlib.util.spec_from_file_location("shared_score_pairs", path)
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    expected = peer.fvc_pairs(range(101, 106), range(1, 5))
    pairs = fvc_pairs([(finger, impression) for finger in range(101, 106) for impression in range(1, 5)])
    found = [
        [tuple(f"{f}_{i}" for f, i in pair) for pair in part] for part in (pairs.genuine, pairs.impostor, pairs.dense)
    ]
    assert found == [[tuple(pair) for pair in part] for part in expected]


def test_a_missing_file_only_removes_its_own_pairs():
    """Uneven sets are taken as they are; no pair is made up."""
    pairs = fvc_pairs([(1, 1), (1, 2), (2, 2), (3, 1)])
    assert pairs.genuine == [((1, 1), (1, 2))]
    assert pairs.impostor == [((1, 1), (3, 1))]
    assert len(pairs.dense) == 2 + 2 + 1


def test_the_report_has_sets_pooled_and_failures(tmp_path):
    """The agreed JSON: {"sets": {NAME: {"fvc", "dense"}}, "pooled": …, "failures": n}, rates as fractions."""
    sets = read_sets([make_set(tmp_path / "A"), make_set(tmp_path / "B", fingers=(7, 8))])
    report, failures = evaluated(sets)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert set(report) == {"sets", "pooled", "failures"}
    assert {name: set(kinds) for name, kinds in report["sets"].items()} == {
        "A": {"fvc", "dense"},
        "B": {"fvc", "dense"},
    }
    assert (report["failures"], failures) == (0, {})
    counted = {
        name: (kinds["fvc"]["n_genuine"], kinds["fvc"]["n_impostor"], kinds["dense"]["n_impostor"])
        for name, kinds in report["sets"].items()
    }
    assert counted == {"A": (3, 3, 12), "B": (2, 1, 4)}
    assert (report["pooled"]["dense"]["n_genuine"], report["pooled"]["dense"]["n_impostor"]) == (5, 16)
    assert report["pooled"]["dense"]["eer"] == 0.0
    assert report["sets"]["A"]["dense"]["zerofmr_threshold"] == 99.0


def test_each_pair_is_compared_once_with_the_first_as_probe(tmp_path):
    """FVC: no pair twice, no symmetric pair."""
    matcher = FingerEquality()
    sets = read_sets([make_set(tmp_path / "A")])
    evaluated(sets, matcher)
    pairs = fvc_pairs(sets[0].files)
    assert sorted(matcher.pairs) == sorted(pairs.genuine + pairs.dense)


def test_failed_and_empty_extractions_count_as_missed_mates(tmp_path):
    """FVC: REJ_ENROLL counts in genuine tests. 1 of 3 genuine pairs per bad image is missed at every threshold."""
    folder = make_set(tmp_path / "A", special={(1, 1): BROKEN, (2, 2): BLANK})
    report, failures = evaluated(read_sets([folder]))
    assert report["failures"] == 2
    assert {path.name: reason for path, reason in failures.items()} == {
        "1_1.tif": "broken",
        "2_2.tif": "no minutiae were found",
    }
    assert math.isclose(report["sets"]["A"]["dense"]["zerofmr"], 2 / 3)
    assert report["sets"]["A"]["dense"]["zerofnmr"] == 1.0


def test_a_pair_without_a_template_scores_nan_and_never_zero(tmp_path):
    """A failed comparison is no score at all: 0 would be one, and could pass a threshold of 0."""
    one = read_set(make_set(tmp_path / "A", fingers=(1, 2)), name="A")
    scored = score_set(one, {}, FingerEquality())
    assert [len(scored.genuine), len(scored.impostor), len(scored.dense)] == [2, 1, 4]
    assert all(math.isnan(score) for score in [*scored.genuine, *scored.impostor, *scored.dense])


def test_an_unreadable_file_is_a_failure_and_not_the_end(tmp_path):
    """One damaged file of many does not stop an evaluation."""
    folder = make_set(tmp_path / "A")
    (folder / "1_1.tif").write_bytes(b"damaged")
    report, _ = evaluated(read_sets([folder]))
    assert report["failures"] == 1


@pytest.mark.parametrize("ending", ["tif", "png", "bmp", "TIF", "tiff", "pgm"])
def test_names_tell_finger_and_impression(tmp_path, ending):
    """<finger>_<impression> in any of the formats; other files are ignored."""
    folder = make_set(tmp_path / "A", ending=ending.lower())
    for path in list(folder.iterdir()):
        path.rename(path.with_name(f"{path.stem}.{ending}"))
    (folder / "index.txt").write_text("1_1.tif")
    (folder / "x1_1.tif").write_text("no")
    assert sorted(read_set(folder, name="A").files) == [(f, i) for f in (1, 2, 3) for i in (1, 2)]


@pytest.mark.parametrize(
    ("name", "ppi"),
    [
        ("2002_DB2_B", 569),
        ("FVC2002_DB2_B", 569),
        ("fvc2002-Db2_a", 569),
        ("FVC2002/Dbs/Db2_a", 569),
        ("2004_DB3_B", 512),
        ("FVC2004/DB3_A", 512),
        ("2002_DB1_B", 500),
        ("2002_DB3_B", 500),
        ("2004_DB2_B", 500),
        ("2000_DB2_B", 500),
        ("Db2_a", 500),
        ("minex3", 500),
    ],
)
def test_the_name_of_a_set_tells_its_resolution(name, ppi):
    """FVC2002 DB2 was scanned at 569 ppi and FVC2004 DB3 at 512, however the folder is spelled."""
    assert set_resolution(Path("/data") / name) == Ppi(ppi)


def test_a_resolution_given_overrides_the_name(tmp_path):
    """--ppi is for every set; the extractor sees the 500 ppi grid, so that an image at 1000 is half as wide there."""
    sets = read_sets([make_set(tmp_path / "2002_DB2_B")], ppi=Ppi(1000))
    extractor = PixelExtractor()
    evaluate_fvc(sets, extractor, FingerEquality(), workers=1, advance=lambda: None)
    assert extractor.seen == {(Ppi(500), (2, 2))}


def test_sets_of_the_same_name_are_told_apart_by_their_parents(tmp_path):
    """FVC2002/Dbs/Db1_a and FVC2004/Dbs/Db1_a are two sets."""
    one, two = make_set(tmp_path / "2002" / "Db1_a"), make_set(tmp_path / "2004" / "Db1_a")
    assert [found.name for found in read_sets([one, two])] == ["2002/Db1_a", "2004/Db1_a"]


def test_missing_empty_and_repeated_folders_are_usage_errors(tmp_path):
    """The text names the folder and what it should hold."""
    empty = tmp_path / "empty"
    empty.mkdir()
    good = make_set(tmp_path / "good")
    with pytest.raises(UsageError, match="no such folder"):
        read_sets([tmp_path / "none"])
    with pytest.raises(UsageError, match="<finger>_<impression>"):
        read_sets([empty])
    with pytest.raises(UsageError, match="given twice"):
        read_sets([good, good / "." / "../good"])
    with pytest.raises(UsageError, match="no folder"):
        read_sets([])
    Image.new("L", (4, 4)).save(good / "1_1.png")
    with pytest.raises(UsageError, match="same print"):
        read_sets([good])


def test_a_set_of_one_finger_has_no_impostors(tmp_path):
    """A rate without a denominator is refused, not 0."""
    with pytest.raises(UsageError, match="at least one of each"):
        evaluated(read_sets([make_set(tmp_path / "A", fingers=(1,))]))
