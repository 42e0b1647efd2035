"""Error rates are those of FVC and ISO/IEC 19795-1, equal to an independent implementation of the same definitions."""

import importlib.util
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import UsageError
from tenprint.lab.evaluation.metrics import error_curve, verification_metrics

scores = st.lists(st.integers(0, 12).map(float) | st.floats(0, 1) | st.just(float("nan")), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def peer(shared):
    """The research folder's scorer: other hands, same definitions."""
    path = shared / "score.py"
    if not path.is_file():
        pytest.skip("the shared scorer is absent")
    spec = importlib.util.spec_from_file_location("shared_score", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(genuine=scores, impostor=scores)
def test_every_figure_equals_the_independent_scorer(peer, genuine, impostor):
    """Same keys, same values to the last bit, for ties, failures and any sizes."""
    assert verification_metrics(genuine, impostor) == peer.metrics(genuine, impostor)


@pytest.mark.parametrize("seed", range(5))
def test_large_sets_equal_the_independent_scorer(peer, seed):
    """280 genuine and 2880 dense impostor scores, most impostors at 0, as a matcher gives them."""
    random = np.random.default_rng(seed)
    genuine = np.rint(random.gamma(4, 60, 280))
    impostor = np.rint(random.gamma(1, 10, 2880)) * (random.random(2880) < 0.3)
    genuine[:3] = np.nan
    assert verification_metrics(genuine, impostor) == peer.metrics(genuine, impostor)


def test_perfect_separation_has_no_errors():
    """Thresholds 4 to 5 part the two sets: all rates are 0."""
    found = verification_metrics([5.0, 6.0, 7.0], [1.0, 2.0, 3.0])
    assert [found[key] for key in ("eer", "fmr100", "fmr1000", "fmr10000", "zerofmr", "zerofnmr")] == [0.0] * 6
    assert found["zerofmr_threshold"] == 5.0
    assert (found["n_genuine"], found["n_impostor"]) == (3, 3)


def test_rates_are_counted_by_hand():
    """90 mates at 10 and 10 at 1; 990 others at 0 and 10 at 5: at t = 1 FMR is 1 % and FNMR 0, at t = 10 they are 0 and 10 %."""
    found = verification_metrics([10.0] * 90 + [1.0] * 10, [0.0] * 990 + [5.0] * 10)
    assert (found["fmr100"], found["fmr100_threshold"]) == (0.0, 1.0)
    assert (found["fmr1000"], found["fmr1000_threshold"]) == (0.1, 10.0)
    assert found["zerofmr"] == 0.1
    assert found["zerofnmr"] == pytest.approx(0.01)
    assert (found["eer_low"], found["eer_high"], found["eer"]) == (0.0, 0.01, 0.005)


def test_a_score_equal_to_the_threshold_is_accepted():
    """ISO/IEC 19795-1: at threshold t the score t passes, for mates and for others."""
    curve = error_curve([3.0], [3.0])
    assert curve.thresholds.tolist() == [3.0, math.inf]
    assert curve.fmr.tolist() == [1.0, 0.0]
    assert curve.fnmr.tolist() == [0.0, 1.0]


def test_a_failed_comparison_is_never_accepted():
    """FVC counts a rejected enrolment as a missed mate; as an impostor it is no false match."""
    assert verification_metrics([float("nan"), 9.0], [1.0, 2.0])["zerofmr"] == 0.5
    assert verification_metrics([9.0], [float("nan")])["eer"] == 0.0


def test_figures_are_plain_json_values():
    """A threshold above all scores is None, never Infinity."""
    found = verification_metrics([1.0], [2.0])
    assert found["zerofmr_threshold"] is None
    assert all(value is None or type(value) in (int, float) for value in found.values())


@pytest.mark.parametrize(("genuine", "impostor"), [([], [1.0]), ([1.0], [])])
def test_no_rate_without_comparisons(genuine, impostor):
    """A rate of nothing is not 0."""
    with pytest.raises(UsageError, match="at least one of each"):
        verification_metrics(genuine, impostor)


@given(genuine=scores, impostor=scores)
def test_curves_run_from_everybody_to_nobody(genuine, impostor):
    """FMR never grows with the threshold, FNMR never falls, and above all scores nobody passes."""
    curve = error_curve(genuine, impostor)
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()
    assert (curve.fmr[-1], curve.fnmr[-1]) == (0.0, 1.0)
