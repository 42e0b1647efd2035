"""`tenprint bench policy`: every figure beside its peer and its limit, and none at all where columns are wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tenprint.errors import TenprintError, UsageError
from tenprint.lab.bench.invented_cases import invented_cases
from tenprint.lab.bench.policy import QUESTIONS, bench_policy
from tenprint.lab.replay import answers, levels
from tenprint.refer.policy.programme import Programme, programme_root

TENPRINT = Path(sys.executable).with_name("tenprint")
SMALL = {"cases": 3_000, "sample": 60, "gates": 200, "repeats": 1, "seed": 7, "programme": None}


def test_the_command_gives_speed_peer_limit_and_setting() -> None:
    """Law, point 7: the two figures, the single-case engine in the same run, the workload, seed, machine and commit."""
    run = subprocess.run(
        [str(TENPRINT), "bench", "policy", "--cases", "60000", "--sample", "60", "--gates", "200", "--repeats", "1", "--seed", "7", "--json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(run.stdout)

    assert 100_000 <= found["replay_cases_per_s_core"], "the bar of replay"
    assert found["replay_cases_per_s_core"] > found["single_engine_cases_per_s_core"] > 0
    assert 0 < found["gate_ms_p50"] <= found["gate_ms_p99"]
    assert (60, 200, 7, 60_000) == (
        found["checked_equal"],
        found["gate_n"],
        found["workload"]["seed"],
        found["workload"]["cases"],
    )
    assert 0 < found["limit"]["share_reached"] < 1
    assert {"machine", "commit", "version", "programme"} <= set(found)


def test_the_same_seed_invents_the_same_cases() -> None:
    """A figure can be run again: the work is drawn from the seed alone."""
    programme = Programme.load(programme_root())
    one, same, other = (invented_cases(programme, number=200, seed=seed, questions=QUESTIONS) for seed in (1, 1, 2))

    assert [one.case(n) for n in range(200)] == [same.case(n) for n in range(200)]
    assert [one.case(n) for n in range(200)] != [other.case(n) for n in range(200)]
    assert {0, 8} <= set(np.diff(one.offences.offsets).tolist()) <= set(range(9))


@pytest.mark.parametrize("broken", ["levels", "answers"])
def test_a_difference_from_the_single_case_engine_gives_no_figure(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A speed of wrong answers is none."""
    if broken == "levels":
        monkeypatch.setattr(levels, "ORDER", ("2", "needs_person", "1-or-2", "1", "3", "none"))
    else:
        monkeypatch.setattr(answers, "PERMITTED", answers.REFUSED)

    with pytest.raises(TenprintError, match="No figure is given"):
        bench_policy(**SMALL)


def test_a_bench_of_nothing_is_refused() -> None:
    """Sizes below one are a call's fault, told before anything is timed."""
    with pytest.raises(UsageError, match="at least one case"):
        bench_policy(**{**SMALL, "cases": 0})
