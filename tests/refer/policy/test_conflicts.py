"""Rules that contradict each other are found before a case meets them, with facts, a day and a place that show it."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import made_up
import pytest
from hypothesis import given

from tenprint.errors import NoRuleInForce, RulesConflict
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy import check
from tenprint.refer.policy.answers import answer
from tenprint.refer.policy.assignments import assignments
from tenprint.refer.policy.check import examine
from tenprint.refer.policy.conditions import ALWAYS, FactIs, Group
from tenprint.refer.policy.conflicts import Counterexample, NotSearched, common_days, conflicts, joint_place
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.reach import unreachable
from tenprint.refer.policy.rules import Rule, Scope


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "programme"
    shutil.copytree(programme_root(), copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


@given(made_up.conditions(), made_up.conditions(), made_up.all_facts())
def test_the_search_finds_facts_whenever_there_are_some(one, other, facts) -> None:
    """The values tried stand for all others: whatever truths some facts give two conditions, the search finds facts that give the same."""
    wanted = [(one, one.find(facts).truth is True), (other, other.find(facts).truth is True)]

    found = next(assignments(wanted))

    assert found is not None
    assert [want for _, want in wanted] == [condition.find(found).truth for condition, _ in wanted]


@given(made_up.conditions(), made_up.conditions())
def test_what_the_search_gives_is_what_was_wanted(one, other) -> None:
    """Every assignment makes the first condition true and the second false, with values of the glossary."""
    for found in [*assignments([(one, True), (other, False)])][:5]:
        assert found is None or (one.find(found).truth, other.find(found).truth) == (True, False)


@given(
    made_up.rules(most=3, answers=("refused", "permitted", "required", "required")), made_up.all_facts(), made_up.PLACES
)
def test_a_conflict_that_any_facts_meet_is_found_without_them(rules, facts, place) -> None:
    """What a case would meet, `policy check` meets first: no conflict of two rules stays hidden in the conditions."""
    try:
        answer("made_up", rules, facts, on=made_up.DAY, place=place)
    except RulesConflict:
        assert any(isinstance(found, Counterexample) for found in conflicts(rules))
    except NoRuleInForce:
        pass


@given(made_up.rules(most=3))
def test_every_counterexample_is_one(rules) -> None:
    """The engine, asked with its facts, on its day and at its place, raises RulesConflict."""
    for found in conflicts(rules):
        if isinstance(found, Counterexample):
            with pytest.raises(RulesConflict):
                answer("made_up", rules, found.facts, on=found.day, place=found.place)


def test_a_conflict_is_told_so_that_a_lawyer_can_read_it(tmp_path: Path) -> None:
    """Facts, day and place; both rules; what is allowed and what to do next."""
    rules = [
        made_up.written(tmp_path, "no", "refused", when="{fact: conviction.age_years, at_least: 10, unit: years}", scope="state: MA"),
        made_up.written(tmp_path, "yes", "permitted", when="{fact: conviction.age_years, at_most: 10, unit: years}", scope="state: MA",
                        dates="from: 2012-01-01, until: 2013-01-01"),
    ]  # fmt: skip

    (found,) = conflicts(rules)

    assert isinstance(found, Counterexample)
    assert (found.facts, found.day, found.place) == ({"conviction.age_years": 10}, date(2012, 1, 1), Scope(state="MA"))
    assert re.search(r"no\.yaml: made-up/no/1 and made-up/yes/1 \(yes\.yaml\) contradict each other\. Found: conviction\.age_years = 10, on 2012-01-01, "
                     r"at state MA: .*says refused and .*says permitted.*Allowed: one answer.*Next: change", str(found))  # fmt: skip


JUV, ADULT = FactIs("person.juvenile", "equals", operand=True), FactIs("person.juvenile", "equals", operand=False)
MA, SUFFOLK, NY = Scope(state="MA"), Scope(state="MA", county="Suffolk"), Scope(state="NY")


def pair(
    a: str, b: str, when_a=ALWAYS, when_b=ALWAYS, *, at=(MA, MA), force=(None, None), default=(False, False)
) -> list[Rule]:
    return [
        made_up.rule_of(0, a, when_a, scope=at[0], in_force=force[0], default=default[0]),
        made_up.rule_of(1, b, when_b, scope=at[1], in_force=force[1], default=default[1]),
    ]


@pytest.mark.parametrize(("rules", "conflict"), [
    (pair("refused", "permitted"), True),
    (pair("refused", "required"), True),
    (pair("permitted", "required"), False),
    (pair("refused", "needs_person"), False),
    (pair("refused", "permitted", JUV, ADULT), False),
    (pair("refused", "permitted", JUV, JUV), True),
    (pair("refused", "permitted", at=(MA, NY)), False),
    (pair("refused", "permitted", at=(MA, SUFFOLK)), False),
    (pair("refused", "required", at=(MA, SUFFOLK)), True),
    (pair("refused", "required", at=(SUFFOLK, MA)), True),
    (pair("permitted", "required", JUV, at=(MA, SUFFOLK)), True),
    (pair("required", "permitted", JUV, at=(MA, SUFFOLK)), False),
    (pair("refused", "permitted", default=(False, True)), False),
    (pair("refused", "permitted", default=(True, True)), True),
    (pair("refused", "permitted", force=(InForce(date(2011, 1, 1), date(2011, 2, 1)), InForce(date(2011, 2, 1)))), False),
    (pair("refused", "permitted", force=(InForce(date(2011, 1, 1), date(2011, 2, 2)), InForce(date(2011, 2, 1)))), True),
])  # fmt: skip
def test_only_rules_that_can_meet_can_contradict(rules: list[Rule], conflict: bool) -> None:
    """One tier: a refusal against a permission or duty. Across tiers: a duty against a refusal, or an unmet permission."""
    assert conflict == bool(list(conflicts(rules)))


def test_a_person_asked_by_a_third_rule_is_no_conflict() -> None:
    """The whole book answers, not the pair: where the duty's own tier asks a person first, nothing contradicts."""
    rules = [*pair("required", "refused", at=(MA, SUFFOLK)), made_up.rule_of(2, "needs_person", ALWAYS, scope=MA)]

    assert [] == list(conflicts(rules))


def test_a_day_inside_the_overlap_is_tried(tmp_path: Path) -> None:
    """A third rule that asks a person at first hides the conflict only until it ends."""
    rules = [*pair("required", "refused", at=(MA, SUFFOLK)),
             made_up.rule_of(2, "needs_person", ALWAYS, scope=MA, in_force=InForce(date(2011, 1, 1), date(2012, 1, 1)))]  # fmt: skip

    (found,) = conflicts(rules)

    assert isinstance(found, Counterexample)
    assert date(2012, 1, 1) == found.day


def test_the_place_settles_its_own_facts() -> None:
    """A rule of Massachusetts whose condition wants New York never meets another of Massachusetts."""
    here = FactIs("jurisdiction.state", "equals", "NY")

    assert [] == list(conflicts(pair("refused", "permitted", when_a=here)))
    assert [] != list(conflicts(pair("refused", "permitted", when_a=FactIs("jurisdiction.state", "equals", "MA"))))
    assert [] == list(
        conflicts(
            pair("refused", "permitted", when_a=FactIs("jurisdiction.county", "equals", "Essex"), at=(SUFFOLK, SUFFOLK))
        )
    )


def test_a_condition_too_long_to_search_is_named_and_not_called_sound() -> None:
    """Bounded: the search gives up aloud."""
    names = ["identity.examiners", "person.age_years", "conviction.felonies", "conviction.misdemeanors", "conviction.age_years", "sentence.days",
             "conviction.exactly_one_year", "conviction.years_since_prison"]  # fmt: skip
    many = Group(
        "all", tuple(Group("any", tuple(FactIs(name, "equals", at) for at in range(0, 9, 3))) for name in names)
    )
    never = Group(
        "all",
        (many, FactIs("person.juvenile", "equals", operand=True), FactIs("person.juvenile", "equals", operand=False)),
    )

    (found,) = conflicts(pair("refused", "permitted", when_a=never, when_b=many))

    assert isinstance(found, NotSearched)
    assert "too many combinations" in str(found)
    assert "split the longer condition" in str(found)


@pytest.mark.parametrize(("one", "other", "joint"), [
    (Scope(), MA, MA), (MA, SUFFOLK, SUFFOLK), (MA, NY, None), (Scope(programme="a"), Scope(programme="b"), None),
    (Scope(ori="MA013"), Scope(ori="MA"), Scope(ori="MA0130000")), (Scope(ori="MA013"), Scope(ori="MA014"), None),
    (SUFFOLK, Scope(facility="jail"), Scope(state="MA", county="Suffolk", facility="jail")),
])  # fmt: skip
def test_a_joint_place_lies_in_both(one: Scope, other: Scope, joint: Scope | None) -> None:
    """And is covered by both, where there is one."""
    assert (joint, joint) == (joint_place(one, other), joint_place(other, one))
    if joint is not None:
        assert (True, True) == (one.covers(joint)[0], other.covers(joint)[0])


def test_common_days_are_edges_inside_both_spans() -> None:
    """First and last common day, and every edge between."""
    one, other = InForce(date(2011, 1, 1), date(2011, 12, 1)), InForce(date(2011, 3, 1))
    third = InForce(date(2011, 5, 1), date(2012, 1, 1))

    assert [date(2011, 3, 1), date(2011, 5, 1), date(2011, 11, 30)] == common_days(one, other, [one, other, third])
    assert [date(2011, 3, 1)] == common_days(other, other, [other])
    assert [] == common_days(one, InForce(date(2011, 12, 1)), [])


# -- what `policy check` says of a folder ------------------------------------------------------------------------------
def test_the_check_reports_a_conflict_that_no_case_meets(folder: Path) -> None:
    """Texas must hold; a made-up federal refusal on a fact that no case names: the facts are found by the search."""
    made_up.written(folder / "rules" / "hold", "made-up", "refused", when="{fact: person.age_years, less_than: 16, unit: years}",
                    question="may_hold", dates="from: 2020-01-01, until: null")  # fmt: skip
    (folder / "rules" / "hold" / "made-up.cases.yaml").write_text(
        "cases:\n  - {name: before, day: 2019-12-31, place: {state: NY}, facts: {status.value: USC}, expect: {answer: refused, by: may-hold/us-citizen/1}}\n"
        "  - {name: from, day: 2020-01-01, place: {state: NY}, facts: {person.age_years: 15}, expect: {answer: refused, by: made-up/made-up/1}}\n"
    )

    faults = [fault for fault in examine(folder).faults if "made-up/made-up/1" in fault]

    assert any(
        "person.age_years = 1" in fault and "tx" in fault.lower() and "contradict" in fault for fault in faults
    ), faults


def test_cases_without_their_rule_are_a_fault(folder: Path) -> None:
    """A renamed rule must not take its tests out of the run unseen."""
    (folder / "rules" / "hold" / "us-ma-lunn.yaml").rename(folder / "rules" / "hold" / "ma-lunn.yaml")

    faults = examine(folder).faults

    assert any("us-ma-lunn.cases.yaml: cases without a rule: us-ma-lunn.yaml" in fault for fault in faults)


@pytest.mark.parametrize(("new", "says"), [
    ("in_force: {from: 2011-09-01, until: null}\nreplaces: made-up/old/1", "an overlap"),
    ("in_force: {from: 2012-09-01, until: null}\nreplaces: made-up/old/1", "a gap"),
    ("in_force: {from: 2012-01-01, until: null}\nreplaces: may-hold/us-ma-lunn/1", "allowed: another rule on made_up"),
    ("in_force: {from: 2012-01-01, until: null}\nreplaces: made-up/old/1", None),
])  # fmt: skip
def test_a_replacement_leaves_neither_gap_nor_overlap(folder: Path, new: str, says: str | None) -> None:
    """The new rule begins on the first day on which the old one is not in force, and answers the same question."""
    rules, cases = folder / "rules" / "hold", []
    made_up.written(rules, "old", "refused", dates="from: 2011-01-01, until: 2012-01-01")
    made_up.written(rules, "new", "refused")
    path = rules / "new.yaml"
    path.write_text(path.read_text().replace("in_force: {from: 2011-01-01, until: null}", new))
    for name, days in {"old": ["2011-01-01", "2011-12-31"], "new": [re.search(r"from: (\S+),", new)[1]]}.items():  # type: ignore[index]
        cases = [
            f"  - {{name: on {d}, day: {d}, place: {{state: NY}}, facts: {{}}, expect: {{answer: refused, by: made-up/{name}/1}}}}"
            for d in days
        ]
        (rules / f"{name}.cases.yaml").write_text("cases:\n" + "\n".join(cases) + "\n")

    faults = [fault for fault in examine(folder).faults if "replaces" in fault]

    assert (faults == []) if says is None else any(says in fault for fault in faults), faults


@pytest.mark.parametrize(("file", "old", "new", "says"), [
    ("hold/us-il-cook.yaml", "county: Cook", "county: Crook", "no place of jurisdictions.yaml is Crook, IL"),
    ("hold/us-il-trust.yaml", "scope: {state: IL}", "scope: {state: ZZ}", "no place of jurisdictions.yaml lies in ZZ"),
    ("hold/us-il-trust.yaml", "scope: {state: IL}", "scope: {programme: other}", "its scope is programme other"),
    ("hold/us-il-cook.yaml", "when: {fact: agreement.cost_reimbursed, equals: true}",
     "when: {all: [{fact: person.age_years, less_than: 5}, {fact: person.age_years, more_than: 5}]}", "no facts meet its condition"),
    ("hold/us-ma-lunn.yaml", "scope: {state: MA}", "scope: {}", "is a default, and may-hold/us-ma-lunn/1 always speaks"),
])  # fmt: skip
def test_a_rule_that_can_never_speak_is_a_warning(folder: Path, file: str, old: str, new: str, says: str) -> None:
    """It decides nothing, but its author thought it would. (Its cases fail as well; here the loaded rules are looked at.)"""
    path = folder / "rules" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    if "default" in says:
        other = folder / "rules" / "hold" / "may-hold.yaml"
        other.write_text(other.read_text().replace("{from: 2006-09-01, until: null", "{from: 2018-01-01, until: null"))
    programme = Programme.load(folder)

    found = list(unreachable(programme.rules.rules, programme=programme.id, places=programme.jurisdictions))

    assert 1 == len([warning for warning in found if says in warning]), found
    assert all("Next: " in warning for warning in found)


def test_the_shipped_rules_can_all_speak() -> None:
    """No fault and no warning."""
    found = examine(programme_root())

    assert ((), ()) == (found.faults, found.warnings)


# -- what hides a conflict from the search -----------------------------------------------------------------------------
def _codes(first: int, last: int) -> FactIs:
    return FactIs("charge.ncic", "in", tuple(f"{code:04d}" for code in range(first, last)))


def test_a_person_asked_for_all_codes_but_one_hides_no_conflict_on_that_one() -> None:
    """However many codes a third rule hands to a person, the last one is found: it is searched for, not waited for."""
    rules = [
        *pair("refused", "required", _codes(1000, 1250), _codes(1000, 1250), at=(MA, SUFFOLK)),
        made_up.rule_of(2, "needs_person", _codes(1000, 1249), scope=SUFFOLK),
    ]

    (found,) = conflicts(rules)

    assert isinstance(found, Counterexample)
    assert {"charge.ncic": "1249"} == found.facts


def _open_on(number: int, code: str, fact: str) -> Rule:
    """A permission beside the duty that stays unknown on one code, and can't be false there: a person is asked."""
    either = Group("any", tuple(FactIs(fact, "equals", operand=way) for way in (True, False)))
    when = Group("all", (FactIs("charge.ncic", "equals", code), either))
    return made_up.rule_of(number, "permitted", when, scope=SUFFOLK)


def test_a_combination_that_asks_a_person_is_not_the_last_one_tried() -> None:
    """Two rules that are open on one code each: the third code, where neither speaks, is tried as well."""
    rules = [
        *pair("refused", "required", _codes(1001, 1004), _codes(1001, 1004), at=(MA, SUFFOLK)),
        _open_on(2, "1001", "person.juvenile"),
        _open_on(3, "1002", "person.protected"),
    ]

    (found,) = conflicts(rules)

    assert isinstance(found, Counterexample)
    assert "1003" == found.facts["charge.ncic"]


def test_what_was_not_tried_is_not_called_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Used up is not finished: the pair is named as not searched."""
    monkeypatch.setattr("tenprint.refer.policy.conflicts.MOST_SOLUTIONS", 1)
    rules = [
        *pair("refused", "required", _codes(1001, 1004), _codes(1001, 1004), at=(MA, SUFFOLK)),
        _open_on(2, "1001", "person.juvenile"),
        _open_on(3, "1002", "person.protected"),
    ]

    (found,) = conflicts(rules)

    assert isinstance(found, NotSearched)


def test_a_pair_not_searched_is_a_fault_of_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning would be read after the rules are in force."""
    unknown = NotSearched(*pair("refused", "permitted"))
    monkeypatch.setattr(check, "conflicts", lambda _: iter([unknown]))

    assert str(unknown) in examine(folder).faults


@given(
    made_up.rules(most=4, answers=("refused", "required", "needs_person")), made_up.all_facts(), made_up.PLACES
)  # fmt: skip
def test_no_conflict_hides_behind_rules_that_ask_a_person(rules, facts, place) -> None:
    """With rules among them that ask a person: what a case would meet, the check meets, or says that it did not look."""
    try:
        answer("made_up", rules, facts, on=made_up.DAY, place=place)
    except RulesConflict:
        assert list(conflicts(rules))
    except NoRuleInForce:
        pass


# -- what lies in the folder and is not read ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["rules/hold/us-nv.yml", "rules/hold/us-nv.yaml.bak", "rule/us-nv.yaml", "levels/old.csv", "us-nv.yaml",
                                  "participation/more/nevada.yaml", "rules/hold/table.csv", "holidays/US-NV.YAML"])  # fmt: skip
def test_a_file_that_is_not_read_is_a_fault(folder: Path, name: str) -> None:
    """A rule saved as .yml looks like law in force and is none; no edition carries what nobody reads."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("this is: [not even a rule\n")

    faults = [fault for fault in examine(folder).faults if str(folder / name) in fault]

    assert faults, name
    assert any("not read" in fault and "Next: " in fault for fault in faults)


def test_an_empty_folder_that_is_not_read_is_a_fault(folder: Path) -> None:
    """Also without a file in it: somebody meant to put law there."""
    (folder / "rule").mkdir()

    assert any("a folder of the edition that is not read" in fault for fault in examine(folder).faults)
