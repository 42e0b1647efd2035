"""What the rule language says when a file breaks it: where, found, allowed, and that nothing was loaded, word by word."""

from __future__ import annotations

from pathlib import Path

import made_up
import pytest

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.strict_yaml import Sheet, parse
from tenprint.refer.policy.conditions import OPERATORS, FactIs, read_condition, read_value
from tenprint.refer.policy.rules import Rule, Scope, read_rules

ALL = ", ".join(OPERATORS)
END = "; nothing was loaded. Correct the file."


def refused(text: str) -> str:
    with pytest.raises(RuleInvalid) as error:
        read_condition(Sheet(parse(text, where="x"), "x"))
    return str(error.value)


@pytest.mark.parametrize(("text", "says"), [
    ("{all: []}", "x: all is []; allowed: at least one condition"),
    ("{any: []}", "x: any is []; allowed: at least one condition"),
    ("{fact: weather, equals: 1}", "x: fact is 'weather'; allowed: a fact of the glossary (model/facts.py)"),
    ("{fact: person.age_years, equals: 1, unit: days}", "x: unit is 'days'; allowed: years"),
    ("{fact: status.value, equals: USC, unit: days}", "x: unit is 'days'; allowed: no unit for this fact"),
    ("{fact: status.value}", f"x: operator is nothing; allowed: exactly one of {ALL}"),
    ("{fact: status.value, like: USC}", f"x: operator is 'like'; allowed: exactly one of {ALL}"),
    ("{fact: status.value, equals: USC, in: [LPR]}", f"x: operator is 'equals, in'; allowed: exactly one of {ALL}"),
    ("{fact: status.value, at_least: 3}", "x: at_least is 'status.value'; allowed: facts of kind int, date; status.value is str"),
    ("{fact: conviction.classes, equals: 3}", "x: equals is 'conviction.classes'; allowed: facts of kind bool, int, str, date; conviction.classes is set"),
    ("{fact: status.value, known: false}", "x: known is False; allowed: true"),
    ("{fact: status.value, unknown: null}", "x: unknown is nothing; allowed: true"),
    ("{fact: charge.ncic, in_ranges: []}", 'x: in_ranges is []; allowed: ranges of four-digit codes, such as ["0901-0999", "6300"]'),
    ("{fact: charge.ncic, in_ranges: ['0999-0901']}",
     "x: in_ranges is ['0999-0901']; allowed: ranges of four-digit codes, such as [\"0901-0999\", \"6300\"]"),
    ("{fact: charge.ncic, in_ranges: ['0901', '901']}",
     "x: in_ranges is ['0901', '901']; allowed: ranges of four-digit codes, such as [\"0901-0999\", \"6300\"]"),
    ("{fact: conviction.classes, contains: []}", "x: contains is []; allowed: a list of texts"),
    ("{fact: status.value, in: []}", "x: in is []; allowed: a list of values"),
    ("{fact: status.value, not_in: USC}", "x: not_in is 'USC'; allowed: a list of values"),
    ("{fact: person.juvenile, equals: null}", "x: equals is nothing; allowed: a value of kind bool"),
    ("{fact: status.value, equals: martian}", "x: status.value is 'martian'; allowed: what the glossary says (fact status.value is 'martian'; "),
    ("{all: [{fact: weather, equals: 1}]}", "x: all[0]: fact is 'weather'; allowed: a fact of the glossary (model/facts.py)"),
    ("{not: {fact: weather, equals: 1}}", "x: not: fact is 'weather'; allowed: a fact of the glossary (model/facts.py)"),
    ("{not: {fact: person.juvenile, equals: true}, all: []}", "x: fact is nothing; allowed: a non-empty text"),
])  # fmt: skip
def test_a_wrong_condition_is_told_in_full(text: str, says: str) -> None:
    """Whoever corrects the file needs the key, what stands there, and what may."""
    told = refused(text)

    assert told.startswith(says if says.endswith("'; ") else says + END), told


@pytest.mark.parametrize(("old", "new", "says"), [
    ("id: made-up/a/1", "id: made-up/a/0", "id is 'made-up/a/0'; allowed: topic/version, such as may-hold/us-ma-lunn/1" + END),
    ("answers: refused", "answers: maybe", "answers is 'maybe'; allowed: permitted, refused, required, needs_person" + END),
    ("scope: {}", "scope: {county: Suffolk}", "scope: state is nothing; allowed: the county's state" + END),
    ("why: for a test", "why: for a test\nwhen: null", "when is nothing; allowed: a condition; leave the key out for a rule without one" + END),
    ("why: for a test", "why: for a test\nmax_hold_hours: 4", "max_hold_hours limits a permission, or what a person may decide; this rule answers refused"),
    ("answers: refused", "answers: required", "required without a role; name who must look"),
    ("answers: refused", "answers: needs_person", "needs_person without a role; name who must look"),
])  # fmt: skip
def test_a_wrong_rule_is_told_in_full(tmp_path: Path, old: str, new: str, says: str) -> None:
    """And names its file and its id."""
    made_up.written(tmp_path, "a", "refused")
    path = tmp_path / "a.yaml"
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(RuleInvalid) as error:
        read_rules(path)

    name = new.removeprefix("id: ") if new.startswith("id: ") else "made-up/a/1"
    assert f"{path}: {name}: {says}" == str(error.value)


def test_an_unknown_key_is_told_with_all_that_are_known(tmp_path: Path) -> None:
    """A misspelt key must never be a key less; the message lists every key there is."""
    made_up.written(tmp_path, "a", "refused")
    path = tmp_path / "a.yaml"
    path.write_text(path.read_text() + "wenn: 3\n")

    with pytest.raises(RuleInvalid) as error:
        read_rules(path)

    keys = (
        "answers, default, evidence, id, in_force, max_hold_hours, question, replaces, role, scope, source, when, why"
    )
    assert f"{path}: made-up/a/1: unknown keys wenn; allowed: {keys}; nothing was loaded" == str(error.value)


def test_every_key_of_a_rule_arrives(tmp_path: Path) -> None:
    """Nothing that the file says is lost or taken for something else."""
    text = (
        "id: may-x/a/2\nquestion: may_x\nanswers: permitted\nwhen: {fact: person.juvenile, equals: false}\n"
        "in_force: {from: 2011-01-02, until: 2012-03-04}\nscope: {programme: p, state: MA, county: Suffolk, ori: MA013, facility: jail}\n"
        'source: {title: text, href: "https://example.org", read_on: 2020-01-01}\nevidence: primary\nwhy: w\nreplaces: may-x/a/1\ndefault: true\nrole: supervisor\n'
        "max_hold_hours: 24\n"
    )
    (tmp_path / "a.yaml").write_text(text)
    (found,) = read_rules(tmp_path / "a.yaml")

    assert isinstance(found, Rule)
    assert ("may-x/a/2", "may_x", "permitted", "primary", "w", "may-x/a/1", True, "supervisor", 24, tmp_path / "a.yaml") == (
        found.id, found.question, found.answer, found.evidence, found.why, found.replaces, found.default, found.role, found.max_hold_hours, found.path)  # fmt: skip
    assert Scope(programme="p", state="MA", county="Suffolk", ori="MA013", facility="jail") == found.scope
    assert ("from 2011-01-02 until 2012-03-04 (that day no longer)", "text <https://example.org>") == (
        str(found.in_force),
        str(found.source),
    )
    plain = made_up.written(tmp_path, "b", "refused")
    assert (False, None, None, None) == (plain.default, plain.role, plain.replaces, plain.max_hold_hours)
    (tmp_path / "many.yaml").write_text(
        "rules:\n"
        + "".join("  " + ("- " if n == 0 else "  ") + line + "\n" for n, line in enumerate(text.splitlines()))
    )
    assert [found.id] == [rule.id for rule in read_rules(tmp_path / "many.yaml")]


@pytest.mark.parametrize(("scope", "text", "tier"), [
    (Scope(), "everywhere", 0), (Scope(programme="p"), "programme p", 1), (Scope(state="MA"), "state MA", 2),
    (Scope(state="MA", county="Suffolk"), "state MA, county Suffolk", 3), (Scope(ori="MA013"), "ori MA013", 4),
    (Scope(state="MA", facility="jail"), "state MA, facility jail", 5),
])  # fmt: skip
def test_a_scope_is_told_by_its_parts_and_ranked_by_its_narrowest(scope: Scope, text: str, tier: int) -> None:
    """The widest part first."""
    assert (text, tier) == (str(scope), scope.tier)


@pytest.mark.parametrize(("scope", "place", "covered", "missing"), [
    (Scope(), Scope(), True, ()),
    (Scope(programme="p"), Scope(), None, ("scope.programme",)),
    (Scope(state="MA", county="Suffolk"), Scope(), None, ("jurisdiction.state", "jurisdiction.county")),
    (Scope(state="MA", county="Suffolk"), Scope(state="MA"), None, ("jurisdiction.county",)),
    (Scope(state="MA", county="Suffolk"), Scope(county="Essex"), False, ()),
    (Scope(ori="MA013"), Scope(ori="MA0130100"), True, ()),
    (Scope(ori="MA013"), Scope(ori="MA0140100"), False, ()),
    (Scope(ori="MA013", facility="jail"), Scope(ori="MA0130100"), None, ("scope.facility",)),
    (Scope(facility="jail"), Scope(facility="jail 2"), False, ()),
    (Scope(state="M"), Scope(state="MA"), False, ()),
])  # fmt: skip
def test_a_scope_covers_a_place_or_names_what_is_not_known_of_it(
    scope: Scope, place: Scope, covered: bool | None, missing: tuple[str, ...]
) -> None:
    """Unknown is never elsewhere; only an ORI is a beginning."""
    assert (covered, missing) == scope.covers(place)


def test_operands_arrive_as_they_are_written(tmp_path: Path) -> None:
    """``known`` is true, a range may be of one code, a value of a set is a list; a file's fault names the file."""
    known = read_condition(Sheet(parse("{fact: status.value, known: true}", where="x"), "x"))
    one_code = read_condition(Sheet(parse("{fact: charge.ncic, in_ranges: ['0901-0901']}", where="x"), "x"))
    set_sheet = Sheet(parse("{v: [a, b]}", where="x"), "x")

    assert (FactIs("status.value", "known", operand=True), FactIs("charge.ncic", "in_ranges", ("0901-0901",))) == (
        known,
        one_code,
    )
    assert ("a", "b") == read_value(set_sheet, "conviction.classes", set_sheet.value("v"))
    made_up.written(tmp_path, "a", "refused")
    path = tmp_path / "a.yaml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("id:")))
    with pytest.raises(RuleInvalid, match=r"a\.yaml: id is nothing"):
        read_rules(path)
    path.write_text("rules:\n  - {id: 3}\n")
    with pytest.raises(RuleInvalid, match=r"a\.yaml: rules\[0\]: id is 3"):
        read_rules(path)


def test_a_list_of_rules_keeps_its_file(tmp_path: Path) -> None:
    """Messages about a rule name the file it stands in, also when it is one of many."""
    one = made_up.written(tmp_path, "a", "refused")
    body = (tmp_path / "a.yaml").read_text()
    (tmp_path / "b.yaml").write_text(
        "rules:\n"
        + "".join("  " + ("- " if n == 0 else "  ") + line + "\n" for n, line in enumerate(body.splitlines()))
    )

    (found,) = read_rules(tmp_path / "b.yaml")

    assert (one.id, tmp_path / "b.yaml") == (found.id, found.path)
