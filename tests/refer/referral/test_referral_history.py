"""Criminal history in a case: statements, corrections, findings, and what they make known [design 5, domain 1.9 and 2.3]."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from referral_desk import START, Desk, actor

from tenprint.model import events as e
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s
from tenprint.refer.referral.decide import Refused, evolve, replay
from tenprint.refer.referral.tasks import open_kinds

CODER = "charge-officer"
CONVICTED = {
    "outcome": "convicted",
    "charge": None,
    "item": {"ncic": "2202", "severity": "felony", "max_penalty_days": 1825},
}


def test_a_statement_is_an_event_whose_public_half_holds_no_words() -> None:
    """Design decision 3: the public half says which kind and which outcome; the item is private."""
    desk = Desk().opened()
    stated, task = desk.do(s.StateHistory, CODER, **CONVICTED)

    assert e.HISTORY_STATED == stated.type
    assert {"ncic", "literal", "severity", "date"}.isdisjoint(stated.public)
    assert stated.public["ncic_coded"]
    assert "2202" == stated.private["item"]["ncic"]
    assert ("history_changed", "field-officer") == (task.public["kind"], task.public["role"])


def test_unknown_is_not_none_and_a_dismissal_says_nothing_of_other_matters() -> None:
    """Design 5: only a record that was searched says none; a conviction makes it yes, with what it rests on."""
    desk = Desk().opened()
    assert ("unknown", ()) == (desk.state.conviction_known, desk.state.conviction_basis)
    desk.do(s.StateHistory, CODER)
    assert "unknown" == desk.state.conviction_known
    desk.do(c.RecordHistory, CODER, known="none", convictions=0, items=())
    assert ("none", ("record-1",)) == (desk.state.conviction_known, desk.state.conviction_basis)
    desk.do(s.StateHistory, CODER, **CONVICTED)
    assert ("yes", ("statement-2",)) == (desk.state.conviction_known, desk.state.conviction_basis)


def test_a_correction_is_a_new_event_and_the_corrected_one_stays() -> None:
    """Design 5: nothing is overwritten; what was corrected speaks no more, and is corrected once."""
    desk = Desk().opened()
    desk.do(s.StateHistory, CODER, **CONVICTED)
    desk.do(s.StateHistory, CODER, outcome="vacated", charge=None, corrects=1)

    assert "unknown" == desk.state.conviction_known
    assert [True, False] == [one.corrected for one in desk.state.statements]
    assert 2 == len(desk.of(e.HISTORY_STATED))
    assert "CORRECTED_ALREADY" == desk.refused(s.StateHistory, CODER, corrects=1)
    assert "NOTHING_TO_CORRECT" == desk.refused(s.StateHistory, CODER, corrects=9)
    desk.do(s.StateHistory, CODER, outcome="withdrawn", charge=None, corrects=2)
    assert [False, False] == [one.speaks for one in desk.state.statements[:2]]


@pytest.mark.parametrize(("facts", "code"), [
    ({"kind": "rumour"}, "STATEMENT_INVALID"),
    ({"outcome": "guilty-ish"}, "STATEMENT_INVALID"),
    ({"outcome": None}, "STATEMENT_INVALID"),
    ({"kind": "arrest", "outcome": "dismissed"}, "STATEMENT_INVALID"),
    ({"outcome": "withdrawn"}, "NOTHING_TO_CORRECT"),
    ({"as_of": date(2011, 6, 7)}, "AS_OF_IN_FUTURE"),
    ({"kind": "sentence", "outcome": None, "item": {"days": 30}}, "SENTENCE_WITHOUT_CONVICTION"),
    ({"item": {"ncic": "22A2"}}, "STATEMENT_INVALID"),
    ({"item": {"severity": "bad"}}, "STATEMENT_INVALID"),
    ({"item": {"max_penalty_days": -1}}, "STATEMENT_INVALID"),
    ({"source": "the court clerk"}, "NOT_A_CODE"),
    ({"reason": " "}, "REASON_MISSING"),
])  # fmt: skip
def test_what_is_no_statement_is_refused_with_its_code(facts: dict[str, object], code: str) -> None:
    """Design 5: a statement names its kind, outcome, source and day; nothing is half recorded."""
    desk = Desk().opened()

    assert code == desk.refused(s.StateHistory, CODER, **facts)
    assert [] == desk.of(e.HISTORY_STATED)


def test_text_that_a_machine_read_is_never_coded_by_it() -> None:
    """EBTS 2.051 and 2.075 are free text: the system keeps the words, a person says what they mean [domain 3.4 G3]."""
    desk = Desk().opened()
    for facts in ({"outcome": "convicted"}, {"outcome": "dismissed"}, {"outcome": "uncoded", "item": {"ncic": "2202"}}):
        assert "CODED_BY_NOBODY" == desk.refused(s.StateHistory, "system", **facts)
    desk.do(s.StateHistory, "system", outcome="uncoded", charge=None, item={"literal": "GUILTY 5 YRS"})

    assert "unknown" == desk.state.conviction_known
    assert "code_history" in open_kinds(desk.state)
    desk.do(s.StateHistory, CODER, corrects=1, **CONVICTED)
    assert "yes" == desk.state.conviction_known
    assert "code_history" not in open_kinds(desk.state)


def test_charges_that_ended_in_the_persons_favour_stand_no_more_until_that_is_corrected() -> None:
    """Domain 1.9, charges dropped or acquittal before removal."""
    desk = Desk().opened()
    desk.do(c.CodeCharge, CODER)
    desk.do(s.StateHistory, CODER, outcome="acquitted")
    assert {"1"} == desk.state.ended_charges
    desk.do(s.StateHistory, CODER, outcome="convicted", corrects=1)
    assert frozenset() == desk.state.ended_charges


def test_a_conviction_of_the_present_charge_is_what_a_conditional_detainer_waits_for() -> None:
    """Form I-247 (12/11): operative only upon conviction; a conviction of an earlier matter is not it."""
    desk = Desk(datetime(2012, 1, 17, 18, tzinfo=UTC)).decided()
    desk.do(c.IssueDetainer, "field-officer", form="I-247 (12/11)", conditional=True)
    desk.do(s.StateHistory, CODER, **CONVICTED)
    assert not desk.state.detainers[0].operative
    desk.do(s.StateHistory, CODER, **{**CONVICTED, "charge": "1"})
    assert desk.state.detainers[0].operative


def test_a_finding_about_an_aggravated_felony_needs_a_conviction_a_clause_and_a_person() -> None:
    """Domain 2.3: a legal conclusion with its statute; never inferred from a code; it can be withdrawn."""
    desk = Desk().opened()
    assert "NO_CONVICTION_KNOWN" == desk.refused(s.FindAggravatedFelony, "field-officer")
    desk.do(s.StateHistory, CODER, **CONVICTED)
    assert desk.state.aggravated_felony is None
    assert "CLAUSE_UNKNOWN" == desk.refused(s.FindAggravatedFelony, "field-officer", clause="Z")
    assert "ROLE_MAY_NOT" == desk.refused(s.FindAggravatedFelony, CODER)
    desk.do(s.FindAggravatedFelony, "field-officer", statement=1)
    assert ("F", True) == (desk.state.aggravated_felony.clause, desk.state.aggravated_felony.found)
    desk.do(s.WithdrawFinding, "supervisor")
    assert desk.state.aggravated_felony is None
    assert "NO_FINDING" == desk.refused(s.WithdrawFinding, "supervisor")
    assert 1 == len(desk.of(e.AGGRAVATED_FELONY_FOUND)), "the event that made it stays"


def test_a_change_waits_for_an_officer_who_says_whether_the_person_was_told() -> None:
    """Domain 1.9, last row: re-evaluate, notify, publish."""
    desk = Desk().answered()
    assert "NOTHING_TO_REVIEW" == desk.refused(s.ReviewHistoryChange, "field-officer")
    desk.do(s.StateHistory, CODER)
    assert "history_changed" in open_kinds(desk.state)
    assert "LANGUAGE_MISSING" == desk.refused(s.ReviewHistoryChange, "field-officer", language=None)
    desk.do(s.ReviewHistoryChange, "field-officer")
    assert "history_changed" not in open_kinds(desk.state)


def test_what_becomes_of_the_charges_is_recorded_after_the_case_is_closed_too() -> None:
    """A court decides when it decides; the closed case takes the statement and raises no task."""
    desk = Desk().answered()
    desk.do(c.DecideDisposition, "field-officer", disposition="no_action")
    desk.do(c.CloseCase, "field-officer")
    (only,) = desk.do(s.StateHistory, CODER)

    assert e.HISTORY_STATED == only.type


STATEMENTS = st.lists(
    st.fixed_dictionaries({
        "outcome": st.sampled_from(["convicted", "dismissed", "acquitted", "vacated", "pending", "withdrawn"]),
        "charge": st.sampled_from([None, "1", "2"]),
        "corrects": st.one_of(st.none(), st.integers(1, 6)),
    }),
    max_size=7,
)  # fmt: skip


@given(STATEMENTS)
def test_a_known_conviction_rests_on_a_statement_that_speaks(given_: list[dict[str, object]]) -> None:
    """Design 5: yes exactly while some conviction is neither corrected nor withdrawn; folding the events again agrees."""
    desk = Desk().opened()
    for number, facts in enumerate(given_):
        desk.now = START + timedelta(minutes=number)
        answer = desk.give(s.StateHistory, CODER, **facts)
        if isinstance(answer, Refused):
            continue
        for event in answer:
            desk.state = evolve(desk.state, event)
        desk.events += answer
    standing = [one for one in desk.state.statements if one.outcome == "convicted" and not one.corrected]

    assert ("yes" if standing else "unknown") == desk.state.conviction_known
    assert len(standing) == len(desk.state.conviction_basis)
    assert desk.state == replay(desk.events)
    assert actor(CODER).role == CODER
