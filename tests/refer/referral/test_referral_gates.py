"""Who decides what: the role table, cell by cell, and what every command needs."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from referral_desk import DEFAULTS, START, Desk, claim_due

from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s
from tenprint.refer.referral.decide import Refused, decide
from tenprint.refer.referral.forms import FORMS
from tenprint.refer.referral.roles import MAY, ROLES

# One letter per role, written down again by hand from domain 3.4:
# y system, e examiner, E supervisor-examiner, s status-specialist, h charge-officer, f field-officer, j jail-officer,
# k custodian, o outcome-officer, S supervisor, l counsel, p person, b agency,
# a auditor
LETTERS = {
    "y": "system", "e": "examiner", "E": "supervisor-examiner", "s": "status-specialist", "h": "charge-officer", "f": "field-officer",
    "j": "jail-officer", "k": "custodian", "o": "outcome-officer", "S": "supervisor", "l": "counsel", "p": "person", "b": "agency", "a": "auditor",
}  # fmt: skip
GATES = {
    c.OpenCase: "y", c.RecordConclusion: "eE", c.RaiseIdentityConflict: "yeEsS", c.SendStatusQuery: "s", c.AcknowledgeStatusQuery: "ys",
    c.RecordStatusResponse: "s", c.CodeCharge: "hS", c.RecordHistory: "hfS", c.RecordLevel: "yhf", c.DecideDisposition: "f", c.DecidePriority: "f",
    c.IssueDetainer: "f", c.ServeDetainer: "fj", c.AnswerDetainer: "j", c.MarkReleaseEligible: "jk", c.Tick: "y", c.LiftDetainer: "fSk",
    c.ClaimCitizenship: "yeEshfjkoSlpb", c.ResolveClaim: "S", c.FlagProtected: "eEshfjkoSlpb", c.RecordRelease: "k",
    c.TransferCustody: "kf", c.RecordOutcome: "fok", c.CloseCase: "yeEfS",
    s.StateHistory: "yhfS", s.FindAggravatedFelony: "fS", s.WithdrawFinding: "fS", s.ReviewHistoryChange: "fS",
    c.ShortenHold: "y", c.GiveNotice: "jfS", c.AskRedress: "eEshfjkoSlpb",
}  # fmt: skip


def commands() -> set[type[c.Command]]:
    named = {**vars(c), **vars(s)}.values()
    return {k for k in named if isinstance(k, type) and issubclass(k, c.Command) and k is not c.Command}


def test_the_hand_written_table_names_every_command_and_every_role() -> None:
    """Domain 3.4: no command and no role is outside the table."""
    assert commands() == set(GATES) == set(MAY)
    assert set(LETTERS.values()) == ROLES


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("kind", sorted(GATES, key=lambda k: k.__name__))
def test_each_command_is_open_to_exactly_its_roles(kind: type[c.Command], role: str) -> None:
    """Domain 3.4, cell by cell: a role outside its gate is refused before anything else is looked at."""
    desk = Desk() if kind is c.OpenCase else Desk().held()
    facts = claim_due(desk) if kind is c.ClaimCitizenship else {}
    answer = desk.give(kind, role, 9, **facts)
    code = answer.code if isinstance(answer, Refused) else ""

    letter = next(k for k, v in LETTERS.items() if v == role)
    assert (code == "ROLE_MAY_NOT") == (letter not in GATES[kind] or (kind is c.LiftDetainer and role == "custodian"))


def test_an_unknown_role_may_do_nothing() -> None:
    """Design decision 14: no bypass; a role nobody named is nobody's."""
    for kind in GATES:
        desk = Desk().held()
        facts = claim_due(desk) if kind is c.ClaimCitizenship else {}

        assert desk.refused(kind, "administrator", **facts) == "ROLE_MAY_NOT"


def test_no_command_extends_pauses_or_renews_a_hold() -> None:
    """Domain 3.4 G7: extend hold: nobody."""
    forbidden = ("extend", "pause", "renew", "suspend", "restart", "prolong")

    assert [k.__name__ for k in commands() if any(word in k.__name__.lower() for word in forbidden)] == []


@pytest.mark.parametrize("kind", sorted((k for k in GATES if k.REASON), key=lambda k: k.__name__))
def test_where_a_person_decides_a_blank_reason_is_refused(kind: type[c.Command]) -> None:
    """Domain 3.4: a decision without its reason is none."""
    role = LETTERS[GATES[kind][-1]]

    assert Desk().held().refused(kind, role, **{kind.REASON: " \n"}) == "REASON_MISSING"


def test_what_becomes_public_can_not_be_free_text() -> None:
    """Design decision 3: public facts hold codes, never words about a person."""
    desk = Desk().answered()

    assert desk.refused(c.DecideDisposition, "field-officer", reason_code="John Doe said so") == "NOT_A_CODE"
    assert desk.refused(c.DecideDisposition, "field-officer", rules=("some words here",)) == "NOT_A_CODE"


def test_every_command_is_frozen_keyword_only_and_aware_of_its_time_zone() -> None:
    """House style: a command is a value; an instant without a zone is an error of the caller."""
    for kind in commands():
        assert kind.__dataclass_params__.frozen
        assert all(f.kw_only for f in dataclasses.fields(kind))
    with pytest.raises(ValueError, match="time zone"):
        c.Tick(by=c.Actor("x", "system"), at=datetime(2011, 6, 6))


def test_nothing_but_opening_happens_to_a_case_that_is_not_open() -> None:
    """A case begins with candidates of a search."""
    for kind, letters in GATES.items():
        if kind is c.OpenCase:
            continue
        facts = {"due": START + timedelta(hours=24)} if kind is c.ClaimCitizenship else {}

        assert Desk().refused(kind, LETTERS[letters[0]], **facts) == "NOT_OPEN", kind


def test_time_does_not_run_backwards_in_a_case() -> None:
    """Design decision 7: no act is dated before what the case already knows, so no clock is moved by a date."""
    desk = Desk().held()
    desk.now -= timedelta(seconds=1)

    assert desk.refused(c.RecordRelease, "custodian") == "TIME_RUNS_BACK"


def test_deciding_twice_gives_the_same_events() -> None:
    """Decisions are pure: state and command alone give the answer, task ids included."""
    desk = Desk().answered()
    command = c.ClaimCitizenship(
        by=c.Actor("x", "person"), at=desk.now, **DEFAULTS[c.ClaimCitizenship], **claim_due(desk)
    )

    assert decide(desk.state, command) == decide(desk.state, command)


def test_a_detainer_is_issued_on_a_form_of_the_programme_that_runs() -> None:
    """Domain 3.2: editions are the programme's data; a form of another programme is not in use, and those that are get named."""
    shipped = FORMS["I-247 (08/10)"]
    other = dataclasses.replace(shipped, id="I-247 (local)")
    desk = Desk().decided()

    answer = desk.give(c.IssueDetainer, "field-officer", editions={other.id: other})
    assert isinstance(answer, Refused)
    assert ("FORM_NOT_IN_USE", True) == (answer.code, other.id in answer.why)
    desk.do(c.IssueDetainer, "field-officer", editions={other.id: other}, form=other.id)
    assert other.id == desk.state.detainers[-1].form
