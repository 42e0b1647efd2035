"""Two editions of a programme, told in words and in the cases that come out otherwise."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import made_up
import pytest
from hypothesis import given

from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.check import all_cases
from tenprint.refer.policy.conditions import ALWAYS, OPERATORS, FactIs, Group
from tenprint.refer.policy.differences import answered_differently, between, changes, outcome
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope
from tenprint.refer.policy.words import COMPARED, condition_in_words, facts_in_words, in_words, rule_in_words

BOOK = Programme.load(programme_root()).rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "programme"
    shutil.copytree(programme_root(), copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edition_differs_in_nothing_from_itself() -> None:
    """No change, and no case answered differently."""
    assert [] == changes(BOOK, BOOK)
    assert [] == answered_differently(BOOK, BOOK, all_cases(programme_root()))


def test_a_later_date_and_another_condition_are_told_in_words_and_in_cases(folder: Path) -> None:
    """Who is covered, from when, under what condition, with what effect; and for whom the answer changes."""
    change(folder / "rules/hold/us-ma-lunn.yaml", "from: 2017-07-24", "from: 2018-01-01")
    change(folder / "rules/hold/us-il-cook.yaml", "scope: {state: IL, county: Cook}", "scope: {state: IL}")
    later = Programme.load(folder).rules

    found = {x.id: x for x in changes(BOOK, later)}

    assert {"may-hold/us-ma-lunn/1", "may-hold/us-il-cook/1"} == set(found)
    assert ("changed", ("in force: was from 2017-07-24; is from 2018-01-01",)) == (
        found["may-hold/us-ma-lunn/1"].kind,
        found["may-hold/us-ma-lunn/1"].lines,
    )
    assert ("covered: was state IL, county Cook; is state IL",) == found["may-hold/us-il-cook/1"].lines
    told = answered_differently(BOOK, later, all_cases(programme_root()))
    lunn = [x for x in told if "us-ma-lunn" in x.case and "2017-07-24" in x.asks]
    assert lunn
    assert all(
        x.before.startswith("refused by may-hold/us-ma-lunn/1")
        and not x.after.startswith("refused by may-hold/us-ma-lunn")
        for x in lunn
    )
    assert all(x.before.partition(" by ")[0] != x.after.partition(" by ")[0] for x in told)


def test_a_rule_that_is_new_or_gone_is_told_whole(folder: Path) -> None:
    """Added and removed rules say everything; a new version says what it follows and what it changes."""
    made_up.written(folder / "rules/hold", "more", "needs_person")
    change(folder / "rules/hold/us-il-cook.yaml", "id: may-hold/us-il-cook/1", "id: may-hold/us-il-cook/2")
    (folder / "rules/hold/us-ma-lunn.yaml").unlink()
    found = {x.id: x for x in changes(BOOK, Programme.load(folder).rules)}

    assert "removed" == found["may-hold/us-ma-lunn/1"].kind
    assert "covered: state MA" in found["may-hold/us-ma-lunn/1"].lines
    assert ("added", True) == (
        found["made-up/more/1"].kind,
        "effect: needs person, supervisor looks" in found["made-up/more/1"].lines,
    )
    assert ("removed", ("follows may-hold/us-il-cook/1",)) == (
        found["may-hold/us-il-cook/1"].kind,
        found["may-hold/us-il-cook/2"].lines,
    )


def test_level_policies_and_clocks_differ_too(folder: Path) -> None:
    """A level policy's dates on its face; its content in its cases. A clock that is gone is named."""
    change(folder / "levels/morton-2011.yaml", "from: 2011-03-02", "from: 2011-04-02")
    change(folder / "clocks/release.yaml", "max_counted_hours: 48", "max_counted_hours: 24")
    later = Programme.load(folder).rules

    assert "morton-2011" in {x.id for x in changes(BOOK, later)}
    told = answered_differently(BOOK, later, all_cases(programme_root()))
    assert any(x.asks.startswith("clock of") and "ends" in x.before for x in told)
    assert any(x.asks.startswith("level under morton-2011") and x.after == "no_rule" for x in told)


def test_two_rules_are_compared_part_by_part() -> None:
    """`tenprint policy diff --rule`: only what differs."""
    one = made_up.rule_of(0, "refused", ALWAYS, scope=Scope(state="MA"))
    other = made_up.rule_of(0, "needs_person", FactIs("person.juvenile", "equals", operand=True), scope=Scope(state="MA"),
                            in_force=InForce(date(2011, 1, 1), date(2012, 1, 1)), default=True)  # fmt: skip

    assert [] == between(one, one)
    assert [
        "in force: was from 2011-01-01; is from 2011-01-01 until 2012-01-01 (that day no longer)",
        "condition: was always; is person.juvenile is yes",
        "effect: was refused; is needs person, supervisor looks; only where no other rule answers",
    ] == between(one, other)


def test_an_outcome_names_answer_limit_and_rule() -> None:
    """Cases as their authors wrote them come out with the rule that decides; silence is an outcome."""
    outcomes = {case.name: outcome(case, BOOK) for case in all_cases(programme_root())}

    assert (
        "permitted, at most 24 hours by may-hold/us-ca-santa-clara/1"
        == outcomes["A serious felony of nine years ago, costs paid, may be held for 24 hours"]
    )
    assert "no_rule" == outcomes["Before the programme's first month no rule answers"]


@pytest.mark.parametrize(("condition", "words"), [
    (ALWAYS, "always"),
    (FactIs("conviction.age_years", "less_than", 10), "conviction.age_years is less than 10 years"),
    (FactIs("conviction.age_years", "known", operand=True), "conviction.age_years is known"),
    (FactIs("status.value", "in", ("USC", "LPR")), "status.value is USC or LPR"),
    (FactIs("person.juvenile", "equals", operand=False), "person.juvenile is no"),
    (FactIs("charge.ncic", "in_ranges", ("0901-0999", "5003")), "charge.ncic lies in 0901-0999 or 5003"),
    (Group("not", (FactIs("status.value", "equals", "USC"),)), "not (status.value is USC)"),
    (Group("all", (FactIs("person.juvenile", "equals", operand=True), Group("any", (FactIs("status.value", "unknown", operand=True), ALWAYS)))),
     "person.juvenile is yes and (status.value is not known or (always))"),
])  # fmt: skip
def test_conditions_are_told_in_words(condition, words: str) -> None:
    """For whoever must sign the rule and does not read YAML."""
    assert words == condition_in_words(condition)


@given(made_up.conditions())
def test_every_condition_can_be_told(condition) -> None:
    """Each operator has its words, and each fact of the condition stands in them."""
    told = condition_in_words(condition)

    assert all(name in told for name in condition.names)
    assert set(OPERATORS) == set(COMPARED)


def test_values_and_facts_are_told_in_words() -> None:
    """Yes and no, not true and false; a set as its texts."""
    assert ["yes", "no", "3", "2011-01-01", "none", "a and b", "USC"] == [
        in_words(value) for value in (True, False, 3, date(2011, 1, 1), (), ("a", "b"), "USC")
    ]
    assert ("no fact at all", "a = yes, b = 1") == (facts_in_words({}), facts_in_words({"a": True, "b": 1}))


def test_a_permission_says_that_it_refuses_where_it_does_not_hold() -> None:
    """What a reader of the YAML would miss."""
    found = rule_in_words(next(rule for rule in BOOK.rules if rule.id == "may-hold/us-ca-santa-clara/1"))

    assert "permitted, at most 24 hours; refused where the condition does not hold" == found["effect"]
    assert {"question", "covered", "in force", "condition", "effect", "source", "evidence", "why"} == set(found)
