"""Ten fingers: position against position, missing fingers silent, no decision on one finger, zones with a provenance."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import TemplateInvalid
from tenprint.identify.match import table_file, zone
from tenprint.identify.match.mcc import Comparison
from tenprint.model.prints import FINGERS, TenprintTemplate

POINTS = st.integers(0, 10000)
FILE = resources.files("tenprint.identify.match") / "calibration" / "mcc-lssr-1.json"


@pytest.fixture(scope="module")
def calibration():
    return zone.load("mcc-lssr-1")


@pytest.fixture(scope="module")
def person(make, draw, disturb):
    """The ten fingers of made-up person n, as taken for the ``take``-th time, at the positions asked."""

    def fingers(n, take, positions=FINGERS):
        return TenprintTemplate(tuple(make(disturb(draw(n * 10 + p), take * 1000 + p), position=p) for p in positions))

    return fingers


def test_the_mate_is_found_among_others(native, person):
    """The same ten fingers again are strong and come first; nobody else reaches review."""
    gallery = [native.prepare(person(n, 0)) for n in range(6)]
    found = native.search(native.prepare(person(3, 1)), gallery)
    zones = [native.zone(one) for one in found]

    assert max(range(6), key=lambda n: found[n].score) == 3
    assert zones == ["none", "none", "none", "strong", "none", "none"]


def test_both_kernels_fuse_to_the_same_comparison(native, plain, person):
    """Version, points, score and support are equal, finger by finger (design decision 12)."""
    positions = (1, 2, 7)
    fast = native.compare(native.prepare(person(1, 0, positions)), native.prepare(person(1, 1, positions)))
    slow = plain.compare(plain.prepare(person(1, 0, positions)), plain.prepare(person(1, 1, positions)))

    assert native.version == plain.version
    assert slow == fast


def test_a_finger_is_compared_with_the_same_position_only(native, person):
    """Position f against f: the same finger filed under another position is not compared with it."""
    whole = person(1, 0)
    right, left = (replace(whole.finger(2), position=p) for p in (2, 7))
    probe = native.prepare(TenprintTemplate((right,)))
    compared = native.compare(probe, native.prepare(TenprintTemplate((left,))))

    assert dict(compared.fingers) == {}
    assert (compared.common, compared.score, native.zone(compared)) == (0, 0, "none")


def test_a_missing_finger_is_no_evidence(native, person):
    """Taking a finger away from either side leaves every other finger's points as they were."""
    whole, part = native.prepare(person(2, 0)), native.prepare(person(2, 1, (1, 2, 3, 4, 5, 6)))
    full = native.compare(whole, native.prepare(person(2, 1)))
    some = native.compare(whole, part)

    assert {p: full.fingers[p] for p in (1, 2, 3, 4, 5, 6)} == dict(some.fingers)
    assert some == native.compare(part, whole)


def test_a_finger_without_usable_minutiae_counts_as_missing(native, make, person):
    """An empty template neither adds nor takes away."""
    three = person(2, 1, (1, 2, 3))
    with_empty = TenprintTemplate((*three.fingers, make([], position=4)))
    whole = native.prepare(person(2, 0))

    assert native.prepare(with_empty).positions == (1, 2, 3)
    assert native.compare(whole, native.prepare(three)) == native.compare(whole, native.prepare(with_empty))


def test_the_number_of_threads_changes_nothing(native, person):
    """The gallery's order is kept and the points are the same on one thread and on four."""
    gallery = [native.prepare(person(n % 3, n)) for n in range(12)]
    probe = native.prepare(person(1, 77))

    assert native.search(probe, gallery, threads=1) == native.search(probe, gallery, threads=4)


def test_nothing_to_search_gives_no_comparisons(native, person):
    """An empty gallery is not an error."""
    assert native.search(native.prepare(person(1, 0, (2,))), []) == []


def test_a_wiped_template_is_alike_to_nothing(native, person):
    """What expungement overwrites can't be compared any more (design decision 3)."""
    probe, held = native.prepare(person(1, 0, (2, 3))), native.prepare(person(1, 1, (2, 3)))
    held.wipe()

    assert all(not code.any() for code in held.codes if code is not None)
    assert set(native.compare(probe, held).fingers.values()) == {0}


def test_a_tenprint_of_another_version_is_refused(native, person):
    """A probe prepared under other tables or calibration is not compared."""
    one = native.prepare(person(1, 0, (2,)))

    with pytest.raises(TemplateInvalid, match="Prepare them again"):
        native.search(one, [replace(one, version="mcc-lssr-1/other/other")])


@settings(max_examples=200)
@given(POINTS, st.integers(1, 10))
def test_no_decision_rests_on_one_finger(calibration, points, compared):
    """One finger, however alike, never reaches review: the evidence of one is below every threshold (matching study, 13)."""
    score, supporting = calibration.fuse([points])

    assert calibration.zone(score, compared=compared, supporting=supporting) == "none"


@settings(max_examples=200)
@given(st.lists(POINTS, max_size=10))
def test_strong_needs_three_fingers(calibration, points):
    """Fewer than three supporting fingers are for review at most."""
    score, supporting = calibration.fuse(points)
    zones = calibration.zone(score, compared=len(points), supporting=supporting)

    assert supporting >= 3 or zones != "strong"
    assert calibration.zone(10**6, compared=10, supporting=2) == "review"
    assert calibration.zone(10**6, compared=10, supporting=3) == "strong"


@settings(max_examples=200)
@given(st.lists(POINTS, min_size=1, max_size=10), st.integers(0, 9), POINTS)
def test_more_alike_is_never_less_evidence(calibration, points, at, more):
    """Fused scores and support rise with every finger's points."""
    higher = [max(p, more) if n == at % len(points) else p for n, p in enumerate(points)]

    assert all(low <= high for low, high in zip(calibration.fuse(points), calibration.fuse(higher), strict=True))


def test_two_fingers_can_reach_review_and_ten_can_reach_strong(calibration):
    """Thresholds are in reach of good fingers: a zone that nobody can reach would be a silent no."""
    for compared in range(2, 11):
        score, supporting = calibration.fuse([10000] * compared)

        assert calibration.zone(score, compared=compared, supporting=supporting) == (
            "strong" if compared > 2 else "review"
        )


def test_the_zones_say_where_they_come_from(calibration):
    """Fixed on FVC sets alone, by a named extractor and date, for exactly these tables."""
    made = calibration.provenance

    assert calibration.matcher == table_file.load("mcc-lssr-1").version
    assert all(name["name"].startswith(("2000_", "2002_", "2004_")) for name in made["data_sets"])
    assert len(made["data_sets"]) >= 4
    assert made["independent_impostor_pairs"] == 45 * len(made["data_sets"])
    assert 10 ** (calibration.evidence[-1] / 100) <= made["independent_impostor_pairs"] / 3
    assert made["extractor"]
    assert dt.date.fromisoformat(made["date"]) >= dt.date(2026, 1, 1)
    assert made["measured"]["mates_in_review_by_fingers"][8] == 1.0


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("review", [0] * 11),
        ("review", [900] * 10),
        ("strong", [1] * 11),
        ("evidence", []),
        ("evidence", [[0, 10], [500, 5]]),
        ("evidence", [[5, 10]]),
    ],
)
def test_an_unsound_calibration_is_refused(part, value):
    """Falling evidence, or a review zone in reach of one finger, is never used."""
    content = json.loads(FILE.read_bytes()) | {part: value}

    with pytest.raises(TemplateInvalid, match="not sound"):
        zone.parse(json.dumps(content).encode())


def test_a_comparison_counts_its_fingers():
    """`common` is what the zones go by."""
    assert Comparison(score=3, fingers={2: 10, 7: 20}, supporting=0).common == 2


def test_points_are_read_from_the_tables_of_the_version():
    """The version names the tables' bytes: another byte is another version; a table that lacks a part is refused."""
    text = (resources.files("tenprint.identify.match") / "tables" / "mcc-lssr-1.json").read_bytes()
    content = json.loads(text)
    del content["tables"]["arctan"]

    assert table_file.parse(text).version != table_file.parse(text + b"\n").version
    assert np.all(np.diff(table_file.parse(text).root) > 0)
    with pytest.raises(TemplateInvalid, match="arctan"):
        table_file.parse(json.dumps(content).encode())
