"""The programme as one folder: loaded whole or not at all, named by its hash, checked before it is adopted."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tenprint.errors import RuleInvalid, RulesConflict
from tenprint.refer.policy.check import check_rules
from tenprint.refer.policy.edition import read_ahead
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rulebook import RuleBook
from tenprint.workflow.rules import WRITTEN_ON


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped programme that a test may break."""
    copy = tmp_path / "programme"
    shutil.copytree(programme_root(), copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_programme_has_no_fault() -> None:
    """Style example 9: every rule sourced, dated, cased on both sides, in no conflict."""
    assert check_rules(programme_root()) == []


def test_the_programme_says_who_takes_part_and_what_may_be_searched() -> None:
    """Design decisions 8 and 10: consent by default; only a criminal booking with RET=Y enrols, and only in criminal."""
    programme = Programme.load(programme_root())
    criminal, immigration = programme.repositories["criminal"], programme.repositories["immigration"]

    assert ("secure-communities", "consent", timedelta(days=30)) == (
        programme.id,
        programme.profile,
        programme.review_period,
    )
    assert (criminal.tots, criminal.retention_enrols) == (("CAR", "CNA"), True)
    assert (immigration.tots, immigration.review_tots, immigration.retention_enrols) == (("CAR", "CNA"), (), False)
    assert {"examiner", "status-specialist", "charge-officer", "field-officer", "supervisor", "jail-officer", "custodian", "repository-owner", "court-reader",
            "auditor", "programme-authority", "operator", "agency"} == set(programme.roles)  # fmt: skip
    assert programme.level_policies_on(date(2011, 6, 6)) == ("morton-2011",)
    assert len(programme.own_ori) == 9


def test_the_hash_names_the_edition(folder: Path) -> None:
    """One changed word in any file, a renamed or an added file is another edition; a copy is the same one."""
    shipped = Programme.load(programme_root()).hash
    assert shipped == Programme.load(folder).hash

    change(folder / "participation" / "illinois.yaml", "The governor withdraws", "The governor leaves")
    changed = Programme.load(folder).hash
    (folder / "rules" / "hold" / "us-ma-lunn.yaml").rename(folder / "rules" / "hold" / "us-ma.yaml")

    assert len({shipped, changed, Programme.load(folder).hash}) == 3


def test_immigration_can_not_be_opened_wider_by_a_file(folder: Path) -> None:
    """Design decisions 1 and 8: only CAR and CNA, and no booking enrols; a programme that says more is refused."""
    change(
        folder / "programme.yaml",
        "    tots: [CAR, CNA]\n    review_tots: []",
        "    tots: [CAR, CNA, MAP]\n    review_tots: []",
    )
    with pytest.raises(RuleInvalid, match="CAR and CNA only"):
        Programme.load(folder)

    change(folder / "programme.yaml", "[CAR, CNA, MAP]", "[CAR, CNA]")
    change(folder / "programme.yaml", "retention_enrols: false", "retention_enrols: true")
    with pytest.raises(RuleInvalid, match="no enrolment"):
        Programme.load(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("programme.yaml", "profile: consent", "profile: all", "consent, historical"),
        ("programme.yaml", "own_ori: DCTENPRT0", "own_ori: short", "nine characters"),
        ("programme.yaml", "review_days: 30", "review_days: 3000", "at most 90"),
        ("programme.yaml", "review_days: 30", "review_days: 0", "at least 1"),
        ("programme.yaml", "morton-2010, ", "", "list them all"),
        ("programme.yaml", "  supervisor: Decides", "  superior: Decides", "roles supervisor"),
        ("programme.yaml", "id: secure-communities", "id: secure-communities\nid: other", "twice"),
        ("jurisdictions.yaml", "timezone: America/New_York", "timezone: America/Boston", "tz database"),
        ("jurisdictions.yaml", "ori_prefix: MA009", "ori_prefix: MA013", "stands for both"),
        ("levels/sc-sop-2009.yaml", "table: ncic-sop2009.csv", "table: absent.csv", "can't be read"),
        ("levels/ncic-sop2009.csv", "4801,", "4800,", None),
        ("levels/ncic-sop2009.csv", "0102,", "0101,", "each once"),
        ("rules/hold/us-il-cook.yaml", "replaces: null", "replaces: may-hold/us-il-cook/0", "is no rule"),
        ("rules/hold/us-il-cook.yaml", "may-hold/us-il-cook/1", "may-hold/us-ma-lunn/1", "twice"),
    ],
)
def test_a_programme_with_a_fault_is_not_loaded(folder: Path, file: str, old: str, new: str, says: str | None) -> None:
    """Whole or not at all; the file is named."""
    change(folder / file, old, new)

    if says is None:
        assert any("Resisting an officer is Level 1" in fault for fault in check_rules(folder))
        return
    with pytest.raises(RuleInvalid, match=says):
        Programme.load(folder)
    assert check_rules(folder)


def test_contradicting_documents_stop_the_load(folder: Path) -> None:
    """Two consents of one state on one day: both are named."""
    change(
        folder / "participation" / "massachusetts.yaml",
        "status: REFUSED\n    in_force: {from: 2011-06-03",
        "status: SIGNED\n    in_force: {from: 2010-12-31",
    )

    with pytest.raises(
        RulesConflict, match="consent/ma/negotiating says NEGOTIATING and consent/ma/refused says SIGNED"
    ):
        RuleBook.load(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "rules/hold/us-ma-lunn.cases.yaml",
            "day: 2017-07-23",
            "day: 2017-07-22",
            "no case on 2017-07-23, the day before it begins",
        ),
        (
            "rules/hold/us-ma-lunn.cases.yaml",
            "day: 2017-07-24",
            "day: 2017-07-26",
            "no case on 2017-07-24, its first day",
        ),
        (
            "rules/hold/us-ma-lunn.yaml",
            "until: null",
            "until: 2020-01-01",
            "no case on 2020-01-01, the first day it no longer holds",
        ),
        ("rules/hold/us-ma-lunn.yaml", "source: {title", "quelle: {title", "source"),
        ("rules/hold/us-il-cook.yaml", "agreement.cost_reimbursed", "agreement.costs", "glossary"),
        ("rules/hold/us-il-cook.cases.yaml", "agreement.cost_reimbursed: true", "agreement.costs: true", "glossary"),
        (
            "rules/hold/us-il-cook.cases.yaml",
            "expect: {answer: refused",
            "expect: {answer: required",
            "expected required",
        ),
        (
            "rules/hold/us-il-cook.cases.yaml",
            "because: [agreement.cost_reimbursed]",
            "because: [status.value]",
            "expected because",
        ),
        ("rules/hold/us-ca-santa-clara.cases.yaml", "max_hold_hours: 24", "max_hold_hours: 48", "expected at most 48"),
        ("levels/sc-sop-2009.cases.yaml", 'expect: {level: "1"}', 'expect: {level: "2"}', "expected level 2, found 1"),
        (
            "clocks/release.cases.yaml",
            "2011-06-08T10:00:00-04:00",
            "2011-06-08T10:00:01-04:00",
            "expected 2011-06-08 10:00:01",
        ),
        ("clocks/release.cases.yaml", 'start: "2011-06-06T10', 'start: "9999-12-30T10', "no end within the calendar"),
        (
            "rules/hold/may-hold.cases.yaml",
            "policy, already on the first day\n    day: 2006-09-01",
            "policy, already on the first day\n    day: 2006-09-02",
            "no case on 2006-09-01, its first day, is decided by may-hold/us-citizen/1",
        ),
        (
            "rules/duties/notice-of-the-form.cases.yaml",
            "expect: {answer: no_rule}",
            "expect: {answer: no_rule, because: [status.value]}",
            "nothing beside no_rule",
        ),
        (
            "priorities/pep-2014.cases.yaml",
            "expect: {value: not_allowed}",
            "expect: {value: not_allowed, grounds: [espionage]}",
            "nothing beside not_allowed",
        ),
    ],
)
def test_the_check_finds_what_is_wrong_with_a_rule(folder: Path, file: str, old: str, new: str, says: str) -> None:
    """No source, no case at an edge, a fact outside the glossary, a case that does not come out: each is one line."""
    change(folder / file, old, new)

    assert any(says in fault for fault in check_rules(folder)), check_rules(folder)


def test_the_check_finds_rules_without_cases(folder: Path) -> None:
    """A rule without cases is not accepted."""
    (folder / "rules" / "hold" / "us-ma-lunn.cases.yaml").unlink()

    assert any("no cases beside it" in fault for fault in check_rules(folder))


@pytest.mark.parametrize("when", ["", "when: {fact: person.juvenile, equals: true}\n"])
def test_the_check_finds_a_conflict_before_a_case_does(folder: Path, when: str) -> None:
    """Two rules of one rank that answer differently, on the same condition or with the facts of some case."""
    (folder / "rules" / "hold" / "other.yaml").write_text(
        "id: may-hold/other/1\nquestion: may_hold\nanswers: permitted\n"
        + when
        + "in_force: {from: 2018-01-01, until: null}\nscope: {state: MA}\n"
        "source: {title: made up, href: null, read_on: null}\nevidence: recalled_not_verified\nwhy: for a test\nreplaces: null\n"
    )
    facts = "{status.value: overstay, claim.citizenship_open: false, person.juvenile: true}"
    (folder / "rules" / "hold" / "other.cases.yaml").write_text(
        f"cases:\n  - {{name: made up, day: 2017-12-31, place: {{state: MA, county: Suffolk}}, facts: {facts}, expect: {{answer: refused, by: may-hold/us-ma-lunn/1}}}}\n"
    )
    faults = check_rules(folder)

    assert any("may-hold/us-ma-lunn/1" in fault and "may-hold/other/1" in fault for fault in faults)
    assert any("contradict each other" in fault for fault in faults)


def test_a_replaced_rule_leaves_neither_gap_nor_overlap(folder: Path) -> None:
    """The new rule begins on the first day on which the old one no longer holds."""
    change(folder / "rules" / "hold" / "us-il-trust.yaml", "replaces: null", "replaces: may-hold/us-il-cook/1")

    assert any("which it replaces" in fault for fault in check_rules(folder))


def test_a_rule_has_one_heir_in_one_place(folder: Path) -> None:
    """Whichever of the heirs comes first in the file: two of one place are named, of two places they are not."""
    row = (
        "  - {{id: may-hold/{name}/1, question: may_hold, answers: refused, in_force: {{from: {since}, until: {until}}}, scope: {scope}, "
        "source: {{title: made up, href: null, read_on: null}}, evidence: recalled_not_verified, why: for a test, replaces: {old}}}\n"
    )
    heirs = (("first", "{state: NV}"), ("second", "{state: UT}"), ("third", "{state: UT}"))
    text = row.format(name="old", since="2012-01-01", until="2018-01-01", scope="{}", old="null") + "".join(
        row.format(name=name, since="2018-01-01", until="null", scope=scope, old="may-hold/old/1")
        for name, scope in heirs
    )
    (folder / "rules" / "hold" / "other.yaml").write_text("rules:\n" + text)
    (folder / "rules" / "hold" / "other.cases.yaml").write_text(
        "cases:\n  - {name: made up, day: 2018-01-01, place: {state: UT}, facts: {}, expect: {answer: refused, by: may-hold/second/1}}\n"
    )

    told = [fault for fault in check_rules(folder) if "both replace" in fault]

    assert 1 == len(told)
    assert "may-hold/third/1 and may-hold/second/1 both replace may-hold/old/1" in told[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("rules/hold/us-ca-santa-clara.yaml", "max_hold_hours: 24", "max_hold_hours: 49", r"at most 48 \[8 CFR 287.7\(d\)\]"),
        ("rules/hold/us-ca-santa-clara.yaml", "max_hold_hours: 24", "max_hold_hours: 99999999999", r"at most 48 \[8 CFR 287.7\(d\)\]"),
        ("rules/retention/us-ny-160-50.yaml", 'href: "https:', 'href: "http:', "href is 'http:.*begins with https://, or null"),
        ("rules/retention/us-ny-160-50.yaml", 'href: "https:', 'href: "javascript:', "begins with https://, or null"),
        ("rules/hold/us-ma-lunn.yaml", "href: null", 'href: "https://x y.org"', "begins with https://, or null"),
        ("rules/hold/us-ma-lunn.yaml", "href: null", 'href: "https://"', "begins with https://, or null"),
        ("levels/morton-2010.yaml", '"ICE memorandum of 30 June 2010, Policy 10072.1"', '"2010 tbd."', "at least 4 letters"),
        ("participation/illinois.yaml", 'title: "', 'title: "? ', "at least 4 letters"),
    ],
)  # fmt: skip
def test_a_limit_or_a_source_that_can_not_be_is_not_loaded(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    """8 CFR 287.7(d): no limit above 48 hours. A source has a name that can be looked for, and an address that nobody can change."""
    if old == 'title: "':
        path = folder / file
        path.write_text(re.sub(r'title: "[^"]*"', 'title: "?"', path.read_text(), count=1))
    else:
        change(folder / file, old, new)

    with pytest.raises(RuleInvalid, match=says):
        Programme.load(folder)
    assert any(str(folder / file) in fault for fault in check_rules(folder))


def test_48_hours_and_4_letters_are_enough(folder: Path) -> None:
    """The bounds themselves are allowed."""
    change(folder / "rules" / "hold" / "us-ca-santa-clara.yaml", "max_hold_hours: 24", "max_hold_hours: 48")
    change(folder / "levels" / "morton-2010.yaml", "ICE memorandum of 30 June 2010, Policy 10072.1", "Memo")

    assert Programme.load(folder)


@pytest.mark.parametrize(("file", "text"), [
    ("rules/hold/us-nv.yaml", "rules: []\n"), ("rules/hold/us-nv.yaml", "rules:\n"), ("rules/hold/us-nv.yaml", "# nothing yet\n"),
    ("clocks/us-nv.yaml", "clocks: []\n"),
])  # fmt: skip
def test_a_file_of_rules_without_a_rule_is_refused(folder: Path, file: str, text: str) -> None:
    """It looks like the law of Nevada, and nothing in it is in force."""
    (folder / file).write_text(text)

    with pytest.raises(RuleInvalid, match=r"us-nv\.yaml"):
        RuleBook.load(folder)
    assert any("us-nv.yaml" in fault and ("at least one" in fault or "empty" in fault) for fault in check_rules(folder))


@pytest.mark.parametrize("file", ["rules/hold/us-ma-lunn.yaml", "participation/illinois.yaml", "programme.yaml", "forms/i-247x.yaml",
                                  "priorities/pep-2014.yaml", "levels/morton-2011.yaml", "clocks/release.yaml"])  # fmt: skip
def test_nobody_has_read_a_source_tomorrow(folder: Path, file: str) -> None:
    """The day is the caller's; a source read on it is fine, one read the day after is a fault that names file and source."""
    path, day = folder / file, date(2027, 3, 1)
    path.write_text(path.read_text().replace("read_on: 2026-11-23", "read_on: 2027-03-02", 1))

    (fault,) = read_ahead(folder, today=day)

    assert str(path) in fault
    assert "read on 2027-03-02; allowed: a day until 2027-03-01" in fault
    assert [] == list(read_ahead(folder, today=day + timedelta(days=1)))


def test_the_check_refuses_a_reading_of_tomorrow(folder: Path) -> None:
    """Only where its caller says which day it is: rules know no time."""
    change(folder / "levels" / "morton-2011.yaml", "read_on: 2026-11-23", "read_on: 2027-03-02")

    assert any("was read on 2027-03-02" in fault for fault in check_rules(folder, today=date(2027, 3, 1)))
    assert check_rules(folder) == []


def test_what_ships_was_read_by_the_day_that_the_code_knows_has_come() -> None:
    """A machine with a clock that is behind does not refuse the shipped programme; that day is its latest reading."""
    assert [] == list(read_ahead(programme_root(), today=WRITTEN_ON))
    assert list(read_ahead(programme_root(), today=WRITTEN_ON - timedelta(days=1)))


@pytest.mark.parametrize(("old", "new", "overlaps"), [
    ("from: 2011-03-02", "from: 2011-03-01", True),
    ("from: 2011-03-02", "from: 2010-06-30", True),
    ("from: 2011-03-02", "from: 2009-01-01", True),
    ("from: 2011-03-02", "from: 2011-03-03", False),
])  # fmt: skip
def test_no_two_level_policies_are_in_force_on_one_day(folder: Path, old: str, new: str, overlaps: bool) -> None:
    """One offence has one level by one policy; a day without a policy has none."""
    change(folder / "levels" / "morton-2011.yaml", old, new)
    faults = [fault for fault in check_rules(folder) if "one level policy on a day" in fault]

    assert overlaps == any("morton-2010" in fault and "morton-2011" in fault for fault in faults)
    assert overlaps == bool(faults)


def test_a_programme_that_does_not_ship_is_named() -> None:
    """The error says which was asked for."""
    with pytest.raises(RuleInvalid, match="no programme 'other'"):
        programme_root("other")
