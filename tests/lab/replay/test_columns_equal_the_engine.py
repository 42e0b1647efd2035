"""Columns say of every case what the single-case engine says of it: answers, deciders, limits, missing facts, levels."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from replay_made_up import CASES, at, rules, single, told

from tenprint.errors import FactInvalid
from tenprint.lab.replay import answers, levels
from tenprint.lab.replay.cases import RecordedCase
from tenprint.lab.replay.columns import MOST_DAYS, CaseColumns
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.cases import LevelCase, RuleCase
from tenprint.refer.policy.check import all_cases
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Rule

if TYPE_CHECKING:
    from conftest import Extent

ROOT = programme_root()
BOOK = Programme.load(ROOT).rules
DATES = sorted({day for rule in BOOK.rules for day in (rule.in_force.since, rule.in_force.until) if day})


def missing_of(question: str, some: list[Rule] | tuple[Rule, ...], cases: CaseColumns) -> list[tuple[str, ...]]:
    found = answers.missing(question, some, cases)
    return [tuple(fact for fact, where in found.items() if where[n]) for n in range(len(cases))]


@given(rules(), st.lists(CASES, min_size=1, max_size=12))
def test_a_column_of_answers_is_the_single_answers(some: list[Rule], cases: list[RecordedCase]) -> None:
    """Replay's bar: equal on every case, whatever the rules, the facts, the places, the gaps and the contradictions."""
    columns = CaseColumns.of(cases)
    found = answers.ask("made_up", some, columns)
    missing = missing_of("made_up", some, columns)

    for number, case in enumerate(cases):
        one = single("made_up", some, case)
        assert told(one) == at(found, number)
        named = () if isinstance(one, str) or one.kind != "needs_person" else one.missing
        assert named == missing[number]


@pytest.mark.slow
def test_every_case_file_of_the_shipped_rules_comes_out_the_same_in_columns(extent: Extent) -> None:
    """The cases that lawyers wrote beside the rules, each on its own day and on every day on which a rule changes."""
    written = [case for case in all_cases(ROOT) if isinstance(case, RuleCase)]
    asked = [
        (case.question, RecordedCase(day=day, place=case.place, facts=case.facts))
        for case in written
        for day in (case.day, *DATES)
    ]
    for question in BOOK.questions:
        cases = extent.pick([case for about, case in asked if about == question], sample=300)
        columns = CaseColumns.of(cases)
        found = answers.ask(question, BOOK.rules, columns)
        singles = [single(question, BOOK.rules, case) for case in cases]
        assert [told(one) for one in singles] == [at(found, n) for n in range(len(cases))]
        named = [() if isinstance(one, str) or one.kind != "needs_person" else one.missing for one in singles]
        assert named == missing_of(question, BOOK.rules, columns)


@pytest.mark.parametrize("policy", BOOK.level_policies, ids=lambda policy: policy.id)
@settings(max_examples=25)
@given(st.data())
def test_a_column_of_levels_is_the_single_levels(policy: LevelPolicy, data: st.DataObject) -> None:
    """Every shipped policy, in its days and as if in force, over ragged offences; what it does not allow is a value too."""
    cases = data.draw(st.lists(CASES, min_size=1, max_size=12))
    columns = CaseColumns.of(cases)

    for as_if in (False, True):
        of = replace(policy, in_force=InForce(date.min)) if as_if else policy
        expected = [levels.level_of(of, case) for case in cases]
        assert expected == [levels.NAMES[code] for code in levels.levels(policy, columns, as_if_in_force=as_if)]


def test_every_level_case_of_the_shipped_policies_comes_out_as_written() -> None:
    """Domain 2: the cases beside the policies, in columns."""
    for policy in BOOK.level_policies:
        written = [c for c in all_cases(ROOT) if isinstance(c, LevelCase) and c.policy == policy.id]
        columns = CaseColumns.of([_recorded(case) for case in written])
        found = levels.levels(policy, columns, as_if_in_force=False)
        assert [case.level for case in written] == [levels.NAMES[code] for code in found]


def _recorded(case: LevelCase) -> RecordedCase:
    return RecordedCase(
        day=case.day,
        offences=case.offences,
        basis="charge" if case.basis == "charge" else "conviction",
        stage="match" if case.stage == "match" else "arrest" if case.stage == "arrest" else "removal",
        conviction_known=case.conviction_known,
        aggravated_felony=None if case.aggravated_felony is None else case.aggravated_felony.found,
        charges_ended=getattr(case, "charges_ended", False),
    )


@settings(max_examples=25)
@given(st.lists(CASES, min_size=1, max_size=6))
def test_a_case_comes_back_out_of_its_columns(cases: list[RecordedCase]) -> None:
    """What goes in is what comes out; only days beyond any bound of a rule are capped."""
    columns = CaseColumns.of(cases)

    assert [_capped(case) for case in cases] == [columns.case(n) for n in range(len(cases))]


def _capped(case: RecordedCase) -> RecordedCase:
    def capped(days: int | None) -> int | None:
        return None if days is None else min(days, MOST_DAYS)

    some = [
        replace(o, sentence_days=capped(o.sentence_days), max_penalty_days=capped(o.max_penalty_days))
        for o in case.offences
    ]
    return replace(case, offences=tuple(some))


@settings(max_examples=25)
@given(rules(), st.lists(CASES, min_size=5, max_size=12))
def test_blocks_and_selections_change_nothing(some: list[Rule], cases: list[RecordedCase]) -> None:
    """A case's answer does not depend on its neighbours: cut into blocks, or picked out, it is the same."""
    columns = CaseColumns.of(cases)
    whole = answers.ask("made_up", some, columns)
    policy = BOOK.level_policies[0]
    all_levels = levels.levels(policy, columns, as_if_in_force=True)
    picked = np.arange(len(cases)) % 2 == 0
    with BlocksOf(2):
        assert list(whole.kind) == list(answers.ask("made_up", some, columns).kind)
        assert list(all_levels) == list(levels.levels(policy, columns, as_if_in_force=True))
    assert list(whole.kind[picked]) == list(answers.ask("made_up", some, columns.where(picked)).kind)
    assert list(all_levels[picked]) == list(levels.levels(policy, columns.where(picked), as_if_in_force=True))


def test_no_case_at_all_gives_empty_columns() -> None:
    """A period without any case is answered, not refused."""
    columns = CaseColumns.of([])

    assert 0 == len(answers.ask("may_hold", BOOK.rules, columns).kind)
    assert 0 == len(levels.levels(BOOK.level_policies[0], columns, as_if_in_force=True))


def test_a_fact_outside_the_glossary_is_refused_before_any_column_is_made() -> None:
    """As the single-case engine does: a misspelt fact would be an absent one."""
    with pytest.raises(FactInvalid, match="no fact"):
        CaseColumns.of([RecordedCase(day=date(2011, 6, 6), facts={"status": "USC"})])


class BlocksOf:
    """While it lasts, blocks of so many cases."""

    def __init__(self, size: int) -> None:
        self._size, self._before = size, answers.BLOCK

    def __enter__(self) -> None:
        answers.BLOCK = self._size

    def __exit__(self, *_: object) -> None:
        answers.BLOCK = self._before
