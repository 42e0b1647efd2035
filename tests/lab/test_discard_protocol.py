"""Error versus discard says of a quality how much it knows of missed mates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import UsageError
from tenprint.lab.evaluation.discard import DISCARDED, MEASURES, JudgedPairs, curve, judged


def test_a_quality_that_knows_all_removes_all_misses():
    """ISO/IEC 29794-1: discarding the worst tenth leaves no miss when the worst tenth are the misses."""
    scores = np.arange(1000, dtype=float)
    found = curve(scores, scores, missed=0.10)
    assert found[0] == pytest.approx(0.10)
    assert [value for share, value in zip(DISCARDED, found, strict=True) if share >= 0.10] == [0.0] * 4
    assert found == sorted(found, reverse=True)


def test_a_quality_that_knows_nothing_changes_nothing():
    """Drawn by lot, the share missed stays where it was."""
    draw = np.random.default_rng(1)
    scores = draw.normal(size=40_000)
    assert curve(draw.normal(size=40_000), scores, missed=0.10) == pytest.approx([0.10] * len(DISCARDED), abs=0.01)


def test_a_pair_without_a_template_is_missed():
    """NaN, a print that gave no template, is a miss and not a number that is passed over."""
    scores = np.array([np.nan] * 5 + list(range(10, 105)))
    assert curve(np.arange(100.0), scores, missed=0.05)[0] == pytest.approx(0.05)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_shares_are_shares(scores):
    """Between 0 and 1, whatever was scored; and the report is whole."""
    values = np.array(scores, dtype=float)
    report = judged({"one": JudgedPairs(values, dict.fromkeys(MEASURES, values))})
    assert report["pooled"]["pairs"] == len(scores)
    for name in (*MEASURES, "ideal"):
        assert all(0 <= value <= 1 for curves in report["sets"]["one"][name].values() for value in curves)


def test_no_pairs_is_an_error():
    """Nothing is computed from nothing."""
    with pytest.raises(UsageError, match="two impressions"):
        curve(np.zeros(0), np.zeros(0), missed=0.1)
