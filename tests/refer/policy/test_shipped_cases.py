"""The shipped cases, read afresh and asked one by one: they are the specification of the shipped rules."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tenprint.refer.policy.cases import Case, LevelCase, beside, clock_cases, level_cases, rule_cases
from tenprint.refer.policy.check import check_rules
from tenprint.refer.policy.content_cases import content_faults, priority_cases
from tenprint.refer.policy.form_editions import read_form
from tenprint.refer.policy.level_policies import read_policy
from tenprint.refer.policy.levels import BASES, STAGES
from tenprint.refer.policy.priorities import PRIORITY_BASES
from tenprint.refer.policy.priority_policies import read_priority_policy
from tenprint.refer.policy.programme import programme_root
from tenprint.refer.policy.rulebook import RuleBook, files
from tenprint.refer.policy.rules import read_rules

ROOT = programme_root()


def cases_of(folder: str) -> list[Case]:
    """Every case of one folder of the shipped programme."""
    found: list[Case] = []
    for path in files(ROOT / folder):
        if folder == "levels":
            found += level_cases(beside(path), policy=read_policy(path).id)
        elif folder == "clocks":
            found += clock_cases(beside(path))
        else:
            found += rule_cases(beside(path), question=read_rules(path)[0].question)
    return found


@pytest.mark.parametrize("folder", ["levels", "clocks", "rules"])
def test_every_shipped_case_comes_out_as_written(folder: str) -> None:
    """Style example 5: the cases beside a rule are its specification, in the rule's own words."""
    book, cases = RuleBook.load(ROOT), cases_of(folder)

    assert cases
    assert [fault for case in cases if (fault := case.fault(book)) is not None] == []


def test_every_shipped_case_of_a_priority_or_form_comes_out_as_written() -> None:
    """Domain 2.3 to 2.6 and 3.2."""
    policies = [read_priority_policy(path) for path in files(ROOT / "priorities")]
    forms = [read_form(path) for path in files(ROOT / "forms")]

    assert content_faults(policies, forms) == []


def test_every_stage_and_basis_has_its_case() -> None:
    """Domain summary 22: which basis counts at a match, an arrest, a removal is law; a level at removal rests on convictions alone."""
    for path in files(ROOT / "levels"):
        own = [c for c in level_cases(beside(path), policy=read_policy(path).id) if c.level != "no_rule"]
        assert {(c.stage, c.basis) for c in own} == {(stage, basis) for stage in STAGES for basis in BASES}
        assert {(c.stage, c.basis) for c in own if c.level == "not_allowed"} == {
            ("arrest", "charge"),
            ("removal", "charge"),
        }
    for path in files(ROOT / "priorities"):
        told = {(c.stage, c.basis) for c in priority_cases(beside(path)) if c.value != "no_rule"}
        assert told == {(stage, basis) for stage in STAGES for basis in PRIORITY_BASES}


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("levels/morton-2011.yaml", "removal: [conviction]", "removal: [charge, conviction]", "expected level not_allowed, found "),
        ("levels/morton-2011.yaml", "match: [charge, conviction]", "match: [conviction]", "at match by charge is not given"),
        ("priorities/pep-2014.yaml", "removal: [conviction]", "removal: [charge, conviction]", "expected not_allowed, found "),
        ("priorities/laken-riley-2025.yaml", "removal: [arrest, ", "removal: [", "nothing is said at removal by arrest"),
        ("levels/morton-2011.cases.yaml", "day: 2015-01-05, basis: conviction, stage: removal", "day: 2015-01-05, basis: conviction, stage: arrest",
         "morton-2011 at removal has no case on 2015-01-05, the first day it no longer holds"),
        ("levels/morton-2011.cases.yaml", "stage: arrest, offences: [], expect: {level: not_allowed}", "stage: arrest, offences: [], expect: {level: no_rule}",
         "expected level no_rule"),
        ("priorities/pep-2014.cases.yaml", "basis: arrest, stage: removal", "basis: arrest, stage: match",
         "pep-2014 has no case at removal by arrest on a day on which it holds; add one that expects not_allowed"),
    ],
)  # fmt: skip
def test_the_check_demands_cases_of_every_stage_and_basis(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    """A stage whose bases could be changed without any case that notices is law without a test."""
    folder = tmp_path / "programme"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    faults = check_rules(folder)
    assert any(says in fault for fault in faults), faults


def test_a_level_case_tells_a_wrong_level_and_a_policy_out_of_force() -> None:
    """A case that can't fail is no case."""
    book = RuleBook.load(ROOT)
    case = next(c for c in cases_of("levels") if isinstance(c, LevelCase) and c.level == "3")

    assert case.fault(book) is None
    assert "expected level 2, found 3" in str(_as(case, level="2").fault(book))
    assert "expected level no_rule, found 3" in str(_as(case, level="no_rule").fault(book))
    assert "expected level not_allowed, found 3" in str(_as(case, level="not_allowed").fault(book))
    assert "expected level 3, found no_rule" in str(_as(case, policy="no-such-policy").fault(book))


def _as(case: LevelCase, *, level: str | None = None, policy: str | None = None) -> LevelCase:
    return LevelCase(
        name=case.name, path=case.path, policy=policy or case.policy, day=case.day, basis=case.basis, stage=case.stage,
        offences=case.offences, aggravated_felony=case.aggravated_felony, conviction_known=case.conviction_known, level=level or case.level,
    )  # fmt: skip
