"""Names that rules, policies and cases use, held against the lists they refer to: a typo must be a fault, never a silence."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tenprint.errors import RuleInvalid
from tenprint.model.facts import GLOSSARY
from tenprint.refer.policy.cases import Case, clock_cases, level_cases, rule_cases
from tenprint.refer.policy.content_cases import FormCase, PriorityCase, content_cases
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rulebook import files
from tenprint.refer.policy.rules import read_rules
from tenprint.refer.policy.spelling import SHOWN, lists_of, misspelt
from tenprint.refer.policy.vocabularies import Vocabularies

WITH_A_SHAPE = {"submission.ori", "submission.cri"}
"""Text facts that have a shape and no list."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped programme that a test may break."""
    copy = tmp_path / "programme"
    shutil.copytree(programme_root(), copy, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    return copy


def spelt(root: Path) -> list[str]:
    """What is misspelt in a folder, its cases included."""
    programme = Programme.load(root)
    book = programme.rules
    cases: list[Case | PriorityCase | FormCase] = [*content_cases(book.priority_policies, tuple(book.forms.values()))]
    for path in files(root / "rules"):
        cases += rule_cases(path.with_name(path.stem + ".cases.yaml"), question=read_rules(path)[0].question)
    for policy in book.level_policies:
        cases += level_cases(policy.path.with_name(policy.path.stem + ".cases.yaml"), policy=policy.id)
    cases += clock_cases(root / "clocks" / "release.cases.yaml")
    return list(misspelt(programme, cases))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_name_of_the_shipped_programme_is_in_its_list() -> None:
    """Style example 9: nothing in the rules is taken on trust."""
    assert spelt(programme_root()) == []


def test_every_fact_of_texts_has_a_closed_list_or_a_shape() -> None:
    """A new fact of texts needs choices in the glossary or a list here, or a typo in a rule about it would never be seen."""
    listed = set(lists_of(Programme.load(programme_root())))
    open_ = {fact.name for fact in GLOSSARY.values() if fact.kind in ("str", "set") and not fact.choices}

    assert open_ - listed == WITH_A_SHAPE
    assert listed <= open_


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("rules/hold/us-ca-trust.yaml", "serious_felony", "serious_felny",
         ["us-ca-trust/1", "conviction.classes contains", "'serious_felny'", "serious_felony", "vocabularies.yaml"]),
        ("rules/hold/us-ca-trust.yaml", "[sex_offender, arson]", "[sex_ofender, arson]", ["person.registries", "'sex_ofender'", "arson, sex_offender"]),
        ("priorities/laken-riley-2025.yaml", "arrest.classes, contains: [burglary", "arrest.classes, contains: [burglery",
         ["laken-riley-2025: arrested", "'burglery'", "burglary"]),
        ("priorities/laken-riley-2025.yaml", "requires: {fact: finding.inadmissible, equals: true}",
         "requires: {fact: admission.classes, contains: [thefts]}", ["laken-riley-2025: requires", "'thefts'", "theft"]),
        ("priorities/detainer-2012.yaml", 'charge.ncic, in_ranges: ["8001-8099"]', 'charge.ncic, in_ranges: ["8201-8299"]',
         ["charged_felony", "'8201-8299'", "no code of the tables"]),
        ("rules/hold/us-ca-san-francisco.yaml", "{fact: charge.severity, in: [misdemeanor, infraction]}", '{fact: charge.ncic, in: ["5404", "0001"]}',
         ["us-ca-san-francisco-misdemeanor/1", "'0001'", "code of the tables"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", '{fact: detainer.form, equals: "I-247 (12/13)"}',
         ["detainer.form equals", "'I-247 (12/13)'", "I-247 (12/12)"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: detainer.probable_cause, equals: finalorder}",
         ["'finalorder'", "final_order"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: repository.name, equals: imigration}",
         ["'imigration'", "criminal, immigration"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: submission.tot, in: [CAR, CAN]}", ["'CAN'", "CAR"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: jurisdiction.state, equals: MAS}", ["'MAS'", "MA"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: jurisdiction.county, equals: Sufolk}",
         ["'Sufolk'", "Suffolk"]),
        ("rules/hold/us-ma-boston.yaml", "{fact: detainer.warrant, equals: criminal}", "{fact: submission.cri, equals: MA01301}",
         ["'MA01301'", "nine characters"]),
        ("rules/hold/us-ma-boston.yaml", 'ori: "MA01301"', 'ori: "MA01401"', ["us-ma-boston-2014-month/1", "'MA01401'", "MA013"]),
        ("rules/hold/us-ma-boston.yaml", 'ori: "MA01301"', "facility: nashua-street", ["'nashua-street'", "us-ma-suffolk-nashua-street"]),
        ("clocks/release.yaml", "forms: [I-247X]", "forms: [I-274X]",
         ["release.yaml", "'I-274X'", "family of a form", "I-247X"]),
        ("notices.yaml", "forms: [I-247N, I-247A]", "forms: [I-247N, I-247a]", ["notices.yaml", "'I-247a'", "I-247A"]),
        ("clocks/release.cases.yaml", "form: I-247N", "form: I-247M", ["release.cases.yaml", "'I-247M'", "I-247N"]),
        ("forms/i-247d.cases.yaml", "boxes: [final_order]", "boxes: [final_ordr]", ["Probable cause without a priority", "'final_ordr'", "final_order"]),
        ("rules/hold/us-ca-trust.cases.yaml", "conviction.classes: [other]", "conviction.classes: [othr]", ["case", "'othr'", "other"]),
        ("priorities/laken-riley-2025.cases.yaml", "arrest.classes: [other]", "arrest.classes: [nothing]", ["An arrest for something else", "'nothing'"]),
    ],
)  # fmt: skip
def test_a_typo_in_a_name_is_a_fault(folder: Path, file: str, old: str, new: str, says: Sequence[str]) -> None:
    """House rule 5: where, found, allowed, what to do next; the misspelt name would otherwise never match."""
    change(folder / file, old, new)

    faults = spelt(folder)
    assert len(faults) == 1, faults
    assert all(part in faults[0] for part in [*says, "Allowed" if "allowed" not in faults[0] and "no code" not in faults[0] else "",
                                              "It would never match", str(folder)]), faults[0]  # fmt: skip


def test_a_clock_of_a_place_that_no_booking_comes_from_is_a_fault(folder: Path) -> None:
    """8 CFR 287.7(d), domain 3.3: a misspelt state in a shorter clock would leave the longer one in its place."""
    change(folder / "clocks" / "release.yaml", "scope: {state: MA}", "scope: {state: MS}")
    change(folder / "notices.yaml", "scope: {}", "scope: {programme: secure-community}")

    faults = spelt(folder)
    assert len(faults) == 2, faults
    assert "'MS'" in faults[0]
    assert "state of jurisdictions.yaml" in faults[0]
    assert "'secure-community'" in faults[1]


def test_a_county_is_looked_for_in_its_state(folder: Path) -> None:
    """Suffolk is in Massachusetts as in New York; a county of another state is no place."""
    change(folder / "clocks" / "release.yaml", "scope: {state: MA}", "scope: {state: MA, county: Los Angeles}")

    (fault,) = spelt(folder)
    assert "'Los Angeles'" in fault
    assert "county of that state" in fault


def test_a_long_list_shows_what_is_spelt_most_alike(folder: Path) -> None:
    """A reader of the message finds the word that was meant; a short list is shown whole."""
    change(
        folder / "rules/hold/us-ma-boston.yaml",
        "{fact: detainer.warrant, equals: criminal}",
        '{fact: charge.ncic, equals: "541"}',
    )
    (fault,) = spelt(folder)

    assert "Allowed: 54" in fault
    assert fault.count(",") < SHOWN


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("programme.yaml", "tots: [CAR, CNA]", "tots: [CAR, CAN]", "tots is .*CAN"),
        ("programme.yaml", "review_tots: [CPNU", "review_tots: [CPUN", "review_tots is .*CPUN"),
        ("programme.yaml", "flow: edit_checks", "flow: edit_check", "flow is 'edit_check'; allowed: gate, edit_checks"),
        ("vocabularies.yaml", "registries:", "registrys:", "unknown keys registrys"),
        ("vocabularies.yaml", "      arson: registered", "      arson: ''\n      fire: registered", "arson is ''"),
        ("vocabularies.yaml", "evidence: confirmed", "evidence: rumour", "evidence is 'rumour'"),
    ],
)  # fmt: skip
def test_a_programme_with_a_name_outside_its_list_is_not_loaded(
    folder: Path, file: str, old: str, new: str, says: str
) -> None:
    """EBTS 9.1 (domain 1.4), domain 6.3: a repository that a misspelt type would open is opened by nothing."""
    change(folder / file, old, new)

    with pytest.raises(RuleInvalid, match=says):
        Programme.load(folder)


def test_a_programme_without_the_file_has_no_word(folder: Path) -> None:
    """Then every class that a rule names is a fault; none is let through for want of a list."""
    (folder / "vocabularies.yaml").unlink()

    faults = spelt(folder)
    assert Vocabularies.load(folder / "vocabularies.yaml").words("conviction.classes") == frozenset()
    assert any("only what is listed there" in fault and "'serious_felony'" in fault for fault in faults)
    assert Vocabularies.load(folder / "vocabularies.yaml").words("charge.severity") is None


def test_every_word_says_what_it_means_and_where_it_stands() -> None:
    """House rule 8: a class is a word of an instrument, with its source and evidence mark."""
    terms = Programme.load(programme_root()).rules.vocabularies.terms

    assert {term.name for term in terms["registries"]} == {"sex_offender", "arson"}
    assert all(term.says and term.source.title and term.evidence for some in terms.values() for term in some)
