"""How many recorded cases a core re-evaluates in a second, and how long the gate takes for one.

The peer is the single-case engine on the same cases in the same run; the limit is reading every byte of the columns and
writing every byte of the answers once, as fast as this core copies memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from random import Random
from time import perf_counter_ns, thread_time_ns
from typing import Any, Final

from tenprint.errors import NoRuleInForce, RulesConflict, TenprintError, UsageError
from tenprint.lab.bench.invented_cases import BEGINS, ENDS, invented_cases
from tenprint.lab.bench.setting import cpu_seconds, memory_bytes_per_s, quantile, setting
from tenprint.lab.replay import answers, levels
from tenprint.lab.replay.cases import RecordedCase
from tenprint.lab.replay.columns import CaseColumns, Coded
from tenprint.refer.participation.gate import PROFILES, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.programme import Programme, programme_root

QUESTIONS: Final = ("may_issue_detainer", "may_hold")
"""The questions of the rules that are replayed beside the level. Source: domain 3.4, gates G5 and G6."""

POLICY: Final = "sc-sop-2009"
"""The level policy that is replayed: every offence is looked up in a table of 458 codes. Source: domain 2.2."""

WORKLOAD: Final = (
    "invented cases in order of day, 27 October 2008 to the end of 2014, over the programme's places (a few not known), with every fact that the "
    "rules name (15 in 100 not known) and 0 to 8 offences; of each case the level under one policy, as if in force, and the answers to "
    "may_issue_detainer and may_hold: kind, deciding rule, limit"
)
"""What is timed, in words."""


def bench_policy(*, cases: int, sample: int, gates: int, repeats: int, seed: int, programme: Path | None) -> dict[str, Any]:  # fmt: skip
    """Replay ``cases`` invented cases ``repeats`` times, check ``sample`` of them, and time ``gates`` gate decisions.

    Raises UsageError for sizes below 1; TenprintError when columns and the single-case engine differ on any case.
    """
    if min(cases, sample, gates, repeats) < 1:
        raise UsageError("a bench needs at least one case, one of them checked, one gate decision and one repeat; nothing was timed")  # fmt: skip
    loaded = Programme.load(programme or programme_root())
    columns = invented_cases(loaded, number=cases, seed=seed, questions=QUESTIONS)
    policy = levels.always_in_force(_policy(loaded))
    took = {
        "level": cpu_seconds(lambda: levels.levels(policy, columns, as_if_in_force=False), repeats=repeats),
        **{q: cpu_seconds(lambda q=q: answers.ask(q, loaded.rules.rules, columns), repeats=repeats) for q in QUESTIONS},  # type: ignore[misc]
    }
    speed = cases / sum(took.values())
    picked = [columns.case(n) for n in sorted(Random(seed).sample(range(cases), min(sample, cases)))]  # noqa: S311 - repeatable on purpose
    _refuse_difference(loaded, policy, picked)
    single = len(picked) / cpu_seconds(lambda: [_one(loaded, policy, case) for case in picked], repeats=1)
    bytes_per_case = _bytes_touched(loaded, columns) / cases
    memory = memory_bytes_per_s()
    return {
        "replay_cases_per_s_core": round(speed),
        "single_engine_cases_per_s_core": round(single),
        "times_the_single_engine": round(speed / single, 1),
        "parts_cases_per_s_core": {part: round(cases / seconds) for part, seconds in took.items()},
        "checked_equal": len(picked),
        "limit": {"memory_gb_per_s": round(memory / 1e9, 1), "bytes_per_case": round(bytes_per_case, 1),
                  "cases_per_s": round(memory / bytes_per_case), "share_reached": round(speed * bytes_per_case / memory, 4)},
        **time_gate(loaded.history, calls=gates, seed=seed),
        "workload": {"says": WORKLOAD, "cases": cases, "offences": int(columns.offences.offsets[-1]), "rules": _rules(loaded),
                     "policy": f"{policy.id}/{policy.version}", "repeats": repeats, "seed": seed},
        "programme": {"id": loaded.id, "hash": loaded.hash},
        **setting(),
    }  # fmt: skip


def time_gate(history: ParticipationHistory, *, calls: int, seed: int) -> dict[str, Any]:
    """Time single gate decisions, each with another agency, day, type and profile, one after the other; no answer is kept.

    The history is the programme's own. Wall time counts what else the machine does; processor time does not.
    """
    draw = Random(seed)  # noqa: S311 - a bench is repeatable on purpose
    agencies = [place.ori_prefix + "0100" for place in history.jurisdictions.all()] + ["ZZ9990100"]
    wall, cpu = [], []
    for _ in range(calls):
        asked: dict[str, Any] = {
            "profile": draw.choice(PROFILES), "tot": draw.choice(("CAR", "CAR", "CAR", "CNA", "FAUF")), "cri": draw.choice(agencies),
            "on": date.fromordinal(draw.randint(BEGINS.toordinal(), ENDS.toordinal())),
            "repository": draw.choice(("immigration", "criminal")), "juvenile": draw.choice((False, False, False, True, None)),
        }  # fmt: skip
        began, began_cpu = perf_counter_ns(), thread_time_ns()
        decide_gate(history=history, **asked)
        cpu.append((thread_time_ns() - began_cpu) / 1e6)
        wall.append((perf_counter_ns() - began) / 1e6)
    return {
        "gate_ms_p50": round(quantile(wall, 0.5), 4), "gate_ms_p99": round(quantile(wall, 0.99), 4),
        "gate_cpu_ms_p99": round(quantile(cpu, 0.99), 4), "gate_n": calls, "gate_documents": len(history.documents),
    }  # fmt: skip


def _policy(programme: Programme) -> LevelPolicy:
    found = [policy for policy in programme.rules.level_policies if policy.id == POLICY]
    if not found:
        raise UsageError(
            f"the programme {programme.id} has no level policy {POLICY}, which this bench replays; nothing was timed"
        )
    return found[0]


def _one(
    programme: Programme, policy: LevelPolicy, case: RecordedCase
) -> tuple[str, Mapping[str, tuple[str, str | None]]]:
    """One case by the single-case engine: level, and kind and deciding rule of each answer."""
    said: dict[str, tuple[str, str | None]] = {}
    for question in QUESTIONS:
        try:
            found = programme.rules.ask(question, case.facts, on=case.day, scope=case.place)
            said[question] = (found.kind, found.by)
        except NoRuleInForce:
            said[question] = ("no_rule", None)
        except RulesConflict:
            said[question] = ("conflict", None)
    return levels.level_of(policy, case), said


def _refuse_difference(programme: Programme, policy: LevelPolicy, cases: Sequence[RecordedCase]) -> None:
    """Raises TenprintError for the first case of which columns say something else than the single-case engine."""
    columns = CaseColumns.of(cases)
    level = levels.levels(policy, columns, as_if_in_force=False)
    asked = {question: answers.ask(question, programme.rules.rules, columns) for question in QUESTIONS}
    for number, case in enumerate(cases):
        here = {
            q: (answers.KINDS[a.kind[number]], a.rules[a.by[number]] if a.by[number] >= 0 else None)
            for q, a in asked.items()
        }
        expected = _one(programme, policy, case)
        if (levels.NAMES[level[number]], here) != expected:
            raise TenprintError(
                f"columns say {levels.NAMES[level[number]]}, {here}; the single-case engine says {expected}. No figure is given."
            )


def _rules(programme: Programme) -> dict[str, int]:
    return {question: sum(rule.question == question for rule in programme.rules.rules) for question in QUESTIONS}


def _bytes_touched(programme: Programme, columns: CaseColumns) -> int:
    """Bytes that must be read and written once each: the columns that the rules and the policy look at, and the answers."""
    total = 0
    for question in QUESTIONS:
        some = [rule for rule in programme.rules.rules if rule.question == question]
        facts = {name for rule in some for name in rule.when.names if name in columns.facts}
        parts = {part for rule in some for part in columns.place if getattr(rule.scope, part) is not None}
        looked_at: list[Coded] = [*(columns.facts[name] for name in facts), *(columns.place[part] for part in parts)]
        total += columns.days.nbytes + sum(column.codes.nbytes for column in looked_at) + len(columns) * (1 + 2 + 4)
    offences = columns.offences
    total += offences.offsets.nbytes + offences.basis.nbytes + offences.ncic.codes.nbytes + offences.defaulted.nbytes
    total += (
        offences.sentence.nbytes + columns.basis.nbytes + columns.stage.nbytes + columns.conviction_known.codes.nbytes
    )
    return total + len(columns)
