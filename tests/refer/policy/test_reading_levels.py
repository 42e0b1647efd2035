"""Level policies as files and as sentences: what is read, what is refused with where, found and allowed, and each reason as people read it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from tenprint.errors import FactInvalid, NoRuleInForce, RuleInvalid
from tenprint.refer.policy.level_policies import read_policy
from tenprint.refer.policy.levels import AggravatedFelonyFinding, Offence
from tenprint.refer.policy.programme import programme_root

LEVELS = programme_root() / "levels"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped level policies, to be broken."""
    copy = tmp_path / "levels"
    shutil.copytree(LEVELS, copy)
    return copy


def test_a_policy_is_read_whole() -> None:
    """Domain 2.1 and 2.2: every part of the file is what the policy holds."""
    words, codes, counts = (
        read_policy(LEVELS / f"{name}.yaml") for name in ("sc-moa-2008", "sc-sop-2009", "morton-2011")
    )

    assert (words.id, words.version, words.method, words.table, words.table_name) == (
        "sc-moa-2008",
        "1",
        "words",
        {},
        None,
    )
    assert words.title == "Offence levels in the words of the plan and the memoranda of agreement, 2008"
    assert (words.words["murder"], words.words["larceny"], words.words["other"], len(words.words)) == (
        "1",
        "2",
        "3",
        14,
    )
    assert (words.in_force.since, words.in_force.until) == (date(2008, 10, 27), date(2009, 9, 30))
    assert words.bases == {"match": ("charge", "conviction"), "arrest": ("conviction",), "removal": ("conviction",)}
    assert (words.evidence, words.path, words.source.read_on) == (
        "secondary",
        LEVELS / "sc-moa-2008.yaml",
        date(2026, 11, 23),
    )
    assert words.why.startswith("The words give examples, not a table")
    assert (codes.method, codes.table_name, codes.words, len(codes.table)) == (
        "offence_code",
        "ncic-sop2009.csv",
        {},
        458,
    )
    entry = codes.table["8003"]
    assert (entry.code, entry.level, entry.heading, entry.evidence) == (
        "8003",
        "not_an_offence",
        "subject flag",
        "recalled_not_verified",
    )
    assert (counts.method, counts.table, counts.words) == ("felony_count", {}, {})


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("sc-moa-2008.yaml", "method: words", "method: rank", "sc-moa-2008.yaml: method is 'rank'; allowed: words, offence_code, felony_count;"),
        ("sc-moa-2008.yaml", "removal: [conviction]", "removal: []", "bases.removal is (); allowed: charge, conviction;"),
        ("sc-moa-2008.yaml", "arrest: [conviction]", "arrest: [arrest]", "bases.arrest is ('arrest',); allowed: charge, conviction;"),
        ("sc-moa-2008.yaml", "removal: [conviction]", "removed: [conviction]", "bases: unknown keys removed"),
        ("sc-moa-2008.yaml", "version: 1", "version: 0", "version is 0; allowed: an integer of at least 1;"),
        ("sc-moa-2008.yaml", "method: words", "method: words\ntable: a.csv", "table is 'a.csv'; allowed: a file of codes for offence_code, none for felony_count;"),
        ("sc-sop-2009.yaml", "table: ncic-sop2009.csv\n", "", "table is nothing; allowed: a file of codes for offence_code, none for felony_count;"),
        ("sc-moa-2008.yaml", "method: words", "method: felony_count", "allowed: lists of classes by level for method words, else nothing;"),
        ("morton-2011.yaml", "method: felony_count", "method: words", "words is nothing; allowed: lists of classes by level for method words, else nothing;"),
        ("sc-moa-2008.yaml", "[other]", "[other, larceny]", "words: 3 is 'larceny'; allowed: each word under one level;"),
        ("sc-moa-2008.yaml", '  "3": [other]', '  "4": [other]', "words: unknown keys 4"),
        ("sc-moa-2008.yaml", "evidence: secondary", "evidence: secondary\nrank: 1", "sc-moa-2008.yaml: unknown keys rank"),
        ("ncic-sop2009.csv", "code,name", "Code,name", "first line is [['Code', 'name', 'level', 'heading', 'evidence']]; allowed: code,name,level,heading,evidence; nothing"),
        ("ncic-sop2009.csv", "\n0102,", "\n0102,x,", "line 3: 6 columns; allowed: 5; nothing was loaded"),
        ("ncic-sop2009.csv", "\n0102,", "\n102,", "line 3: code '102'; allowed: four digits, each once; nothing was loaded"),
        ("ncic-sop2009.csv", "\n0102,", "\n01O2,", "line 3: code '01O2'; allowed: four digits, each once;"),
        ("ncic-sop2009.csv", "\n0102,", "\n0101,", "line 3: code '0101'; allowed: four digits, each once;"),
        ("ncic-sop2009.csv", "8003,SUBJECT IS A DEPORTED CRIMINAL/AGGRAVATED FELON,not_an_offence", "8003,SUBJECT,5", "level '5', evidence 'recalled_not_verified'; nothing was loaded"),
        ("ncic-sop2009.csv", "subject flag,recalled_not_verified", "subject flag,rumour", "evidence 'rumour'; nothing was loaded"),
    ],
)  # fmt: skip
def test_a_policy_that_breaks_the_language_is_refused(folder: Path, file: str, old: str, new: str, says: str) -> None:
    """House rule 5: the file and the place, what was found, what is allowed; nothing is loaded."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    name = "sc-sop-2009.yaml" if file.endswith(".csv") else file
    with pytest.raises(RuleInvalid) as refused:
        read_policy(folder / name)
    assert says in str(refused.value)
    assert str(folder / file) in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", None])
def test_a_table_that_can_not_be_read_is_refused(folder: Path, content: bytes | None) -> None:
    """Empty, no UTF-8, or not there: never an empty table, under which every code would be unknown."""
    table = folder / "ncic-sop2009.csv"
    table.unlink()
    if content is not None:
        table.write_bytes(content)

    with pytest.raises(RuleInvalid, match=r"ncic-sop2009\.csv.*nothing was loaded"):
        read_policy(folder / "sc-sop-2009.yaml")


def said(policy: str, *offences: Offence, basis: str = "conviction", finding: AggravatedFelonyFinding | None = None,
         known: str | None = None, ended: bool = False) -> tuple[str, tuple[str, ...]]:  # fmt: skip
    """Level and reasons on the policy's first day, at a match."""
    read = read_policy(LEVELS / f"{policy}.yaml")
    found = read.evaluate(offences, basis="charge" if basis == "charge" else "conviction", on=read.in_force.since, stage="match",
                          aggravated_felony=finding, conviction_known=known, charges_ended=ended)  # fmt: skip
    assert (found.policy, found.version, found.basis, found.evaluated_on, found.stage) == (
        policy,
        "1",
        basis,
        read.in_force.since,
        "match",
    )
    assert found.evidence == read.evidence
    return found.level, found.reasons


@pytest.mark.parametrize(
    ("policy", "facts", "level", "reason"),
    [
        ("sc-sop-2009", {"ncic": "0399", "code_source": "defaulted"}, "none", "0399 was sent by default, for want of a code: no offence is known from it"),
        ("sc-sop-2009", {}, "needs_person", "an offence has no code: a person must code it"),
        ("sc-sop-2009", {"ncic": "0002"}, "needs_person", "0002 is no code of the table: a person must decide"),
        ("sc-sop-2009", {"ncic": "8003"}, "none", "8003 is a flag about a subject, not an offence"),
        ("sc-sop-2009", {"ncic": "8100"}, "needs_person", "8100 is in no group of the policy: a person must decide"),
        ("sc-moa-2008", {"ncic": "8003", "word": "murder"}, "none", "8003 is a flag about a subject, not an offence"),
        ("sc-moa-2008", {}, "needs_person", "an offence is not put into the policy's words: a person must do so"),
        ("sc-moa-2008", {"word": "arson"}, "needs_person", "the policy's words do not map arson: a person must decide"),
        ("sc-moa-2008", {"word": "murder"}, "1", "murder is Level 1"),
        ("sc-moa-2008", {"word": "fraud"}, "2", "fraud is Level 2"),
        ("sc-moa-2008", {"word": "other"}, "3", "other is Level 3"),
    ],
)  # fmt: skip
def test_each_offence_has_its_level_and_its_reason(policy: str, facts: dict[str, str], level: str, reason: str) -> None:
    """Domain 2.1, 2.2: the reason is a sentence that a person can check."""
    assert said(policy, Offence(basis="conviction", **facts)) == (level, (reason,))  # type: ignore[arg-type]


def test_a_drug_offence_goes_by_its_sentence() -> None:
    """Domain 2.2: over one year Level 1, one year or less Level 2, without a sentence either."""
    heading = read_policy(LEVELS / "sc-sop-2009.yaml").table["3560"].heading
    told = {
        days: said("sc-sop-2009", Offence(basis="conviction", ncic="3560", sentence_days=days))
        for days in (None, 365, 366)
    }

    assert told[None] == ("1-or-2", (f"3560 ({heading}): Level 1 or 2, undetermined without a sentence",))
    assert told[365] == ("2", (f"3560 ({heading}): sentence of one year or less is Level 2",))
    assert told[366] == ("1", (f"3560 ({heading}): sentence over one year is Level 1",))


def test_nothing_is_none_only_where_that_is_known() -> None:
    """Design 5, criminal history: unknown is not none; a charge that ended is none."""
    assert said("sc-sop-2009", basis="charge", ended=True) == (
        "none",
        ("every charge ended without a conviction: none stands",),
    )
    assert said("sc-sop-2009", basis="charge") == ("needs_person", ("no charge is coded: a person must code it",))
    assert said("sc-sop-2009", basis="charge", known="none") == (
        "needs_person",
        ("no charge is coded: a person must code it",),
    )
    assert said("sc-sop-2009", known="none") == (
        "none",
        ("no conviction is known, and the history was found to be empty",),
    )
    unknown = (
        "needs_person",
        ("no conviction is recorded and the history is not known to be empty: unknown is not none",),
    )
    assert [said("sc-sop-2009", known=known) for known in (None, "unknown", "yes")] == [unknown] * 3
    assert said("sc-sop-2009", ended=True) == unknown


def test_the_counts_are_told() -> None:
    """Memorandum of 30 June 2010: more than one year, less, exactly one year, unknown; and that no finding is recorded."""
    year, less, more, open_ = (Offence(basis="conviction", max_penalty_days=days) for days in (365, 364, 366, None))
    no_finding = "no finding about an aggravated felony is recorded; one would make it Level 1"
    asks = "a penalty of exactly one year, or unknown, is in neither set: a person must decide"
    found = AggravatedFelonyFinding(found=True, statute="INA 101(a)(43)(G)", found_by="officer")
    none = AggravatedFelonyFinding(found=False, statute="INA 101(a)(43)(G)", found_by="officer")

    def told(*offences: Offence, finding: AggravatedFelonyFinding | None = None) -> tuple[str, tuple[str, ...]]:
        return said("morton-2011", *offences, finding=finding)

    counts = "{} punishable by more than one year, {} by less, {} by exactly one year, {} unknown"
    assert told(more, more, year, open_, less) == ("1", (counts.format(2, 1, 1, 1), no_finding))
    assert told(more, year) == ("needs_person", (counts.format(1, 0, 1, 0), no_finding, asks))
    assert told(less, open_, finding=none) == ("needs_person", (counts.format(0, 1, 0, 1), asks))
    assert told(more, finding=none) == ("2", (counts.format(1, 0, 0, 0),))
    assert told(less, less, less, finding=none) == ("2", (counts.format(0, 3, 0, 0),))
    assert told(less, less, finding=none) == ("3", (counts.format(0, 2, 0, 0),))
    assert told(less, finding=found) == ("1", ("aggravated felony, found by a person under INA 101(a)(43)(G)",))
    infraction = Offence(basis="conviction", max_penalty_days=0, severity="infraction")
    flag = Offence(basis="conviction", ncic="8003", max_penalty_days=900)
    default = Offence(basis="conviction", ncic="0399", code_source="defaulted", max_penalty_days=900)
    assert told(infraction, flag, default, finding=none) == (
        "none", (counts.format(0, 0, 0, 0), "infractions, default codes and flags about a subject are no crimes"),
    )  # fmt: skip


def test_a_day_or_a_basis_outside_the_policy_is_refused_by_name() -> None:
    """House rule 5: what was asked, what is allowed, on which source; no level is given."""
    policy = read_policy(LEVELS / "morton-2011.yaml")
    one = [Offence(basis="charge", max_penalty_days=90)]

    with pytest.raises(
        NoRuleInForce,
        match=r"level policy morton-2011 on 2011-03-01: in force from 2011-03-02 until .*; no level was given",
    ):
        policy.evaluate(
            one, basis="charge", on=date(2011, 3, 1), stage="match", aggravated_felony=None, conviction_known=None
        )
    with pytest.raises(FactInvalid) as refused:
        policy.evaluate(
            one, basis="charge", on=date(2011, 3, 2), stage="removal", aggravated_felony=None, conviction_known=None
        )
    assert str(refused.value) == (
        "morton-2011: a level at removal by charge; allowed: match: charge or conviction; arrest: conviction; removal: conviction "
        "[ICE memorandum of 2 March 2011, reissue of Policy 10072.1]; none was given"
    )


def test_what_a_level_rests_on_is_in_its_hash() -> None:
    """Design 5, Level: another day, offence, finding, or knowledge of the history is another input."""
    policy = read_policy(LEVELS / "morton-2011.yaml")
    less, more = (Offence(basis="charge", max_penalty_days=days) for days in (90, 900))
    finding = AggravatedFelonyFinding(found=False, statute="INA 101(a)(43)(G)", found_by="officer")

    def hashed(offences: Sequence[Offence], *, on: int = 2, known: str | None = None, found: AggravatedFelonyFinding | None = None,
               ended: bool = False) -> str:  # fmt: skip
        return policy.evaluate(offences, basis="charge", on=date(2011, 3, on), stage="match", aggravated_felony=found,
                               conviction_known=known, charges_ended=ended).inputs_hash  # fmt: skip

    assert hashed([less]) == hashed([less])
    others = [
        hashed([more]),
        hashed([less], on=3),
        hashed([less], known="none"),
        hashed([less], found=finding),
        hashed([less], ended=True),
    ]
    assert len({hashed([less]), *others}) == 6
