"""Tables of a replay: side by side, counted whole for an auditor, without small counts for the public."""

from __future__ import annotations

import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from replay_made_up import CASES

from tenprint.account.statistics.columns import ANY, K
from tenprint.errors import UsageError
from tenprint.lab.replay.cases import LEVEL, RecordedCase
from tenprint.lab.replay.column_file import digest, load, save
from tenprint.lab.replay.columns import CaseColumns
from tenprint.lab.replay.difference import Other, compare
from tenprint.lab.replay.gate import GATE, SAID, gate
from tenprint.lab.replay.publication import merge_small
from tenprint.refer.participation.gate import decide_gate
from tenprint.refer.policy.levels import Offence
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope

PROGRAMME = Programme.load(programme_root())
POLICY = next(policy for policy in PROGRAMME.rules.level_policies if policy.id == "morton-2011")
DAY = date(2010, 1, 15)


def convicted(*penalties: int | None, place: str = "Suffolk, MA", recorded: str = "1") -> RecordedCase:
    return RecordedCase(
        day=DAY,
        offences=tuple(Offence(basis="conviction", ncic="4801", max_penalty_days=days) for days in penalties),
        asked=frozenset({LEVEL}),
        labels={
            "recorded": recorded,
            "under": "sc-sop-2009/1 conviction at match",
            "jurisdiction": place,
            "outcome": "none",
        },
    )


def test_resisting_an_officer_was_level_1_and_would_have_been_level_3_side_by_side() -> None:
    """Domain 2.2 and 2.3: 4801 is Level 1 by code, Level 3 by its penalty; each level stands under its own policy's name."""
    cases = CaseColumns.of([convicted(180)] * 12 + [convicted(None)] * 11 + [convicted(180, place="Cook, IL")] * 2)
    (table,) = compare(cases, Other(policy=POLICY), by="level", public=False)

    assert ("recorded under", "recorded", "under morton-2011/1") == table.columns
    under = "sc-sop-2009/1 conviction at match"
    assert {(under, "1", "3"): 14, (under, "1", "needs_person"): 11} == table.lines
    assert {"recorded": 0, "replayed": 11} == table.needs_person
    assert "not compared" in table.notes[0]

    (by_place,) = compare(cases, Other(policy=POLICY), by="jurisdiction", public=False)
    assert 2 == by_place.lines["Cook, IL", under, "1", "3"]


def test_small_places_are_merged_for_the_public_and_the_sum_stays() -> None:
    """Design decision 11: no line of 1 to 10, none by subtraction either; the next smallest place joins the small one."""
    cases = CaseColumns.of([convicted(180)] * 30 + [convicted(180, place="Cook, IL")] * 2)
    (table,) = compare(cases, Other(policy=POLICY), by="jurisdiction", public=True)

    assert {(ANY, "sc-sop-2009/1 conviction at match", "1", "3"): 32} == table.lines
    (few,) = compare(CaseColumns.of([convicted(180)] * 10), Other(policy=POLICY), by="level", public=True)
    assert ({}, None) == (few.lines, few.cases)


COUNTS = st.dictionaries(st.tuples(*[st.sampled_from("abc")] * 3), st.integers(1, 40), max_size=15)


@given(COUNTS)
def test_no_published_line_stands_for_fewer_than_eleven(counts: dict[tuple[str, ...], int]) -> None:
    """k = 11 in every line, and in every sum of lines that share their first columns; nobody is lost or counted twice."""
    shown = merge_small(counts)

    total = sum(counts.values())
    assert sum(shown.values()) == (total if total >= K else 0)
    assert all(count >= K for count in shown.values())
    for values, count in shown.items():
        exact = sum(n for key, n in counts.items() if all(v in (ANY, k) for v, k in zip(values, key, strict=True)))
        assert count <= exact, "a merged line counts only what its own group holds"


def test_a_question_shows_what_changed_and_which_facts_nobody_asked_for() -> None:
    """A fact that no rule asked for then is unknown now: a person must look, and the fact is named."""
    known = {"status.value": "overstay", "claim.citizenship_open": False, "facility.honours_detainers": True}
    cook = Scope(state="IL", county="Cook")
    recorded = {"recorded": "permitted", "jurisdiction": "Cook, IL", "outcome": "removal"}
    cases = CaseColumns.of([
        RecordedCase(day=date(2011, 9, 6), place=cook, facts=known, asked=frozenset({"may_hold"}), labels=recorded),
        RecordedCase(day=date(2011, 9, 7), place=cook, facts=known, asked=frozenset({"may_hold"}), labels=recorded),
    ])  # fmt: skip
    table, missing = compare(cases, Other(rules=PROGRAMME.rules.rules), by="outcome", public=False)

    assert {("removal", "permitted", "permitted"): 1, ("removal", "permitted", "needs_person"): 1} == table.lines
    assert 1 == missing.lines["agreement.cost_reimbursed",]
    assert {"recorded": 0, "replayed": 1} == table.needs_person
    _, told = compare(cases, Other(rules=PROGRAMME.rules.rules), by="outcome", public=True)
    assert {} == told.lines


@settings(max_examples=20)
@given(st.lists(st.tuples(
    st.dates(date(2009, 1, 1), date(2013, 12, 31)), st.sampled_from(["MA0130100", "CA0190000", "IL0160000", "ZZ9990000", None]),
    st.sampled_from(["CAR", "CNA", "FAUF"]), st.sampled_from(["immigration", "criminal"]), st.sampled_from([True, False, None]),
), max_size=15), st.sampled_from(["consent", "historical"]))  # fmt: skip
def test_the_gate_in_columns_is_the_gate(
    asked: list[tuple[date, str | None, str, str, bool | None]], profile: str
) -> None:
    """Every different question is the gate's own; an unknown age or agency stays unknown."""
    cases = CaseColumns.of([
        RecordedCase(day=day, place=Scope(ori=ori), asked=frozenset({GATE}),
                     facts={"submission.tot": tot, "repository.name": repository, **({} if juvenile is None else {"person.juvenile": juvenile})})
        for day, ori, tot, repository, juvenile in asked
    ])  # fmt: skip
    expected = [
        decide_gate(history=PROGRAMME.history, profile=profile, tot=tot, cri=ori or "", on=day, repository=repository, juvenile=juvenile).answer
        for day, ori, tot, repository, juvenile in asked
    ]  # fmt: skip

    assert expected == [SAID[code] for code in gate(PROGRAMME.history, profile, cases)]


def test_boston_in_june_2011_is_searched_under_historical_and_not_under_consent() -> None:
    """Law: the same recorded booking, replayed under the other profile."""
    boston = RecordedCase(
        day=date(2011, 6, 7), place=Scope(ori="MA0130100"), asked=frozenset({GATE}),
        facts={"submission.tot": "CAR", "repository.name": "immigration", "person.juvenile": False},
        labels={"recorded": "permitted", "under": "historical"},
    )  # fmt: skip
    (table,) = compare(
        CaseColumns.of([boston]), Other(history=PROGRAMME.history, profile="consent"), by="level", public=False
    )

    assert {("historical", "immigration", "permitted", "refused"): 1} == table.lines


@settings(max_examples=25)
@given(st.lists(CASES, max_size=8))
def test_a_file_of_cases_reads_back_as_the_same_cases(cases: list[RecordedCase]) -> None:
    """A stranger with the same file has the same cases, known by one hash, and gets the same tables."""
    columns = CaseColumns.of(cases)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.npz"
        named = save(path, columns, about={"for": "a test"})
        again, about = load(path)

    assert ({"for": "a test"}, named) == (about, digest(again))
    assert [columns.case(n) for n in range(len(cases))] == [again.case(n) for n in range(len(cases))]


def _change(arrays: dict[str, np.ndarray], what: str) -> None:
    match what:
        case "a code beyond its values":
            arrays["labels/recorded:codes"] = np.full_like(arrays["labels/recorded:codes"], 9)
        case "offsets that step back":
            arrays["offences/offsets"] = arrays["offences/offsets"][::-1].copy()
        case "a column that is missing":
            del arrays["days"]
        case "another day":
            arrays["days"] = arrays["days"] + np.int32(1)
        case "a fact outside the glossary":
            arrays["facts/weather:codes"] = np.zeros(3, dtype=np.uint8)
            arrays["facts/weather:values"] = np.frombuffer(b'["fine"]', dtype=np.uint8)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("a code beyond its values", "labels/recorded:codes has values"),
        ("offsets that step back", "offences/offsets"),
        ("a column that is missing", "days"),
        ("another day", "not those that the file names by hash"),
        ("a fact outside the glossary", "no fact 'weather'"),
    ],
)
def test_a_damaged_file_is_refused_and_says_where(what: str, says: str, tmp_path: Path) -> None:
    """House rule 5: what is wrong is named, and nothing is replayed."""
    path = tmp_path / "cases.npz"
    save(path, CaseColumns.of([convicted(180), convicted(400, 3), convicted()]), about={})
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    _change(arrays, what)
    np.savez(path, **arrays)

    with pytest.raises(UsageError, match=says):
        load(path)


def test_what_is_no_file_of_cases_is_refused(tmp_path: Path) -> None:
    """Any other file, and one of another format."""
    path = tmp_path / "cases.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(UsageError, match="no file of cases"):
        load(path)
    np.savez(path, header=np.frombuffer(b'{"format": "tenprint-cases-99"}', dtype=np.uint8))
    with pytest.raises(UsageError, match="allowed: tenprint-cases-1"):
        load(path)
    with pytest.raises(UsageError, match="no breakdown by 'month'"):
        compare(CaseColumns.of([convicted(180)]), Other(policy=POLICY), by="month", public=False)


def test_a_day_more_is_another_run() -> None:
    """The hash names the cases, not the file: any other day, fact or offence gives another."""
    one, other = convicted(180), convicted(181)

    assert digest(CaseColumns.of([one])) != digest(CaseColumns.of([other]))
    later = RecordedCase(day=DAY + timedelta(1))
    assert digest(CaseColumns.of([later])) != digest(CaseColumns.of([RecordedCase(day=DAY)]))
