"""Ten-print cards are enrolled and searched as persons, and counted by ISO/IEC 19795-1."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from tenprint.errors import UsageError
from tenprint.lab.evaluation.persons import SearchScores, evaluate_persons, identification_metrics, read_cards
from tenprint.model.prints import MINUTIA, Minutiae
from tenprint.units import Ppi


@dataclass
class Score:
    score: int


class PersonMatcher:
    """Scores 10 for each common position with the same person's pixel, else 1."""

    def prepare(self, template):
        return {finger.position: int(finger.minutiae.points[0]["x"]) for finger in template.fingers}

    def search(self, probe, candidates):
        return [
            Score(sum(10 if probe[p] == candidate[p] else 1 for p in probe.keys() & candidate.keys()))
            for candidate in candidates
        ]


class PixelExtractor:
    name = "pixel"
    version = "pixel-1"

    def extract(self, image):
        points = np.zeros(1 if image.pixels[0, 0] else 0, dtype=MINUTIA)
        points["x"] = image.pixels[0, 0]
        return Minutiae(points, 4, 4)


def card(folder, side, person, positions=(2, 3), grey=None):
    folder.mkdir(exist_ok=True)
    for position in positions:
        value = person if grey is None else grey
        Image.new("L", (4, 4), value).save(folder / f"{side}{person:03d}_{position:02d}.png")
    return folder


def evaluated(folder):
    report, _ = evaluate_persons(
        read_cards(folder), PixelExtractor(), PersonMatcher(), ppi=Ppi(500), workers=2, advance=lambda: None
    )
    return report


def scores(rows, mate):
    return SearchScores(np.array(rows, dtype=np.int64), np.array(mate, dtype=np.int64))


def test_persons_are_found_with_all_fingers_of_a_card(tmp_path):
    """Cards a enrolled, cards b searched: every mate scores 20, everybody else 2."""
    for person in (1, 2, 3):
        card(tmp_path, "a", person)
        card(tmp_path, "b", person)
    (tmp_path / "metadata.csv").write_text("file")
    (tmp_path / "black.png").write_bytes(b"")
    report = evaluated(tmp_path)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert (report["persons"], report["searches"], report["rank1"], report["rank1_count"]) == (3, 3, 1.0, 3)
    assert (report["mate_min"], report["nonmate_max"]) == (20, 2)
    assert report["fnir_at_fpir"] == {"0.001": 0.0, "0.01": 0.0, "0.1": 0.0}
    assert report["failures"] == 0


def test_missing_fingers_and_cards_are_allowed(tmp_path):
    """A finger is compared only where both cards have it; a search without a mate has no rank 1."""
    card(tmp_path, "a", 1, positions=(2, 3))
    card(tmp_path, "b", 1, positions=(3, 4))
    card(tmp_path, "a", 2)
    card(tmp_path, "b", 9)
    report = evaluated(tmp_path)
    assert (report["persons"], report["searches"], report["searches_with_mate"]) == (2, 2, 1)
    assert (report["rank1"], report["mate_min"], report["nonmate_max"]) == (1.0, 10, 2)


def test_a_print_without_minutiae_is_counted(tmp_path):
    """One blank image: its person is still searched with the other finger."""
    card(tmp_path, "a", 1)
    card(tmp_path, "b", 1, positions=(2,))
    card(tmp_path, "b", 1, positions=(3,), grey=0)
    card(tmp_path, "a", 2)
    report = evaluated(tmp_path)
    assert (report["failures"], report["mate_min"]) == (1, 10)


def test_a_tie_is_not_rank_one():
    """The mate must be above everybody else, or an examiner would see two firsts."""
    found = identification_metrics(scores([[5, 5], [1, 7]], [0, 1]))
    assert (found["rank1_count"], found["rank1"]) == (1, 0.5)


def test_fnir_is_counted_by_hand():
    """Four searches, best others 1, 2, 3, 50; mates 10, 20, 40, 60. FPIR 0.1 of 4 admits none: threshold over 50, one mate left.

    With eleven searches FPIR 0.1 admits one of them.
    """
    four = scores([[10, 1], [2, 20], [40, 3], [50, 60]], [0, 1, 0, 1])
    found = identification_metrics(four)
    assert found["fnir_at_fpir"] == {"0.001": 0.75, "0.01": 0.75, "0.1": 0.75}
    assert (found["mate_min"], found["nonmate_max"]) == (10, 50)
    eleven = scores([[10, 1], [2, 20], [40, 3], [50, 60], *([[30, 5]] * 7)], [0, 1, 0, 1, *([0] * 7)])
    found = identification_metrics(eleven)
    assert found["fnir_at_fpir"]["0.1"] == 0.0
    assert found["fnir_at_fpir"]["0.01"] == pytest.approx(10 / 11)


def test_a_mate_that_scores_no_more_than_another_person_is_missed():
    """At FPIR 0 the threshold is above the best other score: a mate with that very score is not returned."""
    found = identification_metrics(scores([[5, 5], [1, 7]], [0, 1]))
    assert found["fnir_at_fpir"]["0.001"] == 0.5


def test_rates_without_a_denominator_are_none():
    """No mates, no FNIR; one person alone, nobody else."""
    found = identification_metrics(scores([[5, 3]], [-1]))
    assert (found["rank1"], found["mate_min"], found["nonmate_max"]) == (None, None, 5)
    assert found["fnir_at_fpir"]["0.01"] is None
    alone = identification_metrics(scores([[5]], [0]))
    assert (alone["rank1"], alone["nonmate_max"], alone["fnir_at_fpir"]["0.01"]) == (1.0, None, 0.0)


def test_missing_and_empty_folders_are_usage_errors(tmp_path):
    """The text says which names are read."""
    with pytest.raises(UsageError, match="no such folder"):
        read_cards(tmp_path / "none")
    with pytest.raises(UsageError, match="a001_02"):
        read_cards(tmp_path)
    card(tmp_path, "a", 1)
    with pytest.raises(UsageError, match="0 searched cards"):
        read_cards(tmp_path)
    card(tmp_path, "b", 1, positions=(11,))
    with pytest.raises(UsageError, match="position 11"):
        read_cards(tmp_path)
