"""The tests that the dossier lists for a builder (domain section 10), 6 to 18: one named test each, through these rooms' doors.

4 is `test_gate.py`, over all types of transaction; 5 is `tests/exchange/test_edition_rules.py`; 1-3, 19 and 20 belong to the clock, to
statistics and to claims.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from referral_desk import REFUSED, Desk, eligible, on_i247a

from tenprint.model.facts import FactValue
from tenprint.refer.participation.gate import GateDecision, decide_gate
from tenprint.refer.policy.cases import RuleCase
from tenprint.refer.policy.check import all_cases
from tenprint.refer.policy.levels import Offence
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.roles import ROLES

ROOT = programme_root()
PROGRAMME = Programme.load(ROOT)
BOOK = PROGRAMME.rules
TESTS = Path(__file__).resolve().parents[2]
BASE: dict[str, FactValue] = {
    "status.value": "overstay",
    "claim.citizenship_open": False,
    "facility.honours_detainers": True,
}
COSTS: dict[str, FactValue] = {
    "agreement.cost_reimbursed": True,
    "person.juvenile": False,
    "conviction.classes": ("serious_felony",),
}


def gate(cri: str, day: date, profile: str, tot: str = "CAR") -> GateDecision:
    return decide_gate(
        history=PROGRAMME.history, profile=profile, tot=tot, cri=cri, on=day, repository="immigration", juvenile=False
    )  # fmt: skip


def may_hold(place: Scope, day: date, **facts: FactValue) -> tuple[str, int | None]:
    found = BOOK.ask("may_hold", {**BASE, **{k.replace("__", "."): v for k, v in facts.items()}}, on=day, scope=place)
    return found.kind, found.max_hold_hours


def test_04_only_bookings_are_routed() -> None:
    """Domain 10.4: CAR and CNA go on; deceased, missing, amnesia and applicants are refused, with the reason."""
    day = date(2011, 6, 6)
    said = {
        tot: gate("MA0130100", day, "historical", tot).answer
        for tot in ("CAR", "CNA", "DEK", "DEU", "MPR", "AMN", "MAP", "NFUF", "FAUF")
    }

    assert {tot for tot, answer in said.items() if answer == "permitted"} == {"CAR", "CNA"}
    assert set(said.values()) == {"permitted", "refused"}


@pytest.mark.parametrize(
    ("file", "mark"),
    [
        ("test_answers.py", "def test_a_missing_field_is_named_in_the_message"),
        ("test_edition_rules.py", '("CNA", "2.006", "SGT PEPPER", "ATN is not used in a CNA")'),
        ("test_answers.py", "def test_an_srf_other_than_i_or_n_is_refused_both_ways"),
    ],
)
def test_05_the_validator_has_its_three_cases(file: str, mark: str) -> None:
    """Domain 10.5: CAR without CRI, CNA with ATN, a bad SRF; shown by the room of exchange."""
    assert mark in (TESTS / "exchange" / file).read_text()


def test_06_illinois_ends_thirty_days_after_receipt() -> None:
    """Domain 10.6: routed on 2 June 2011; from 3 June blocked under consent, routed under historical by the override."""
    last, first = date(2011, 6, 2), date(2011, 6, 3)

    assert (gate("IL0220000", last, "consent").searched, gate("IL0220000", first, "consent").searched) == (True, False)
    assert gate("IL0220000", first, "historical").basis == "override"


def test_07_suffolk_in_2011_and_middlesex_not_before_15_may_2012() -> None:
    """Domain 10.7, with the profiles of the requirement: Boston under historical and not under consent."""
    june = date(2011, 6, 15)

    assert (gate("MA0130100", june, "historical").searched, gate("MA0130100", june, "consent").searched) == (
        True,
        False,
    )
    assert [gate("MA0090100", date(2012, 5, d), "historical").searched for d in (14, 15)] == [False, True]


def test_08_lunn_leaves_no_hold() -> None:
    """Domain 10.8: from 24 July 2017 the hold is 0 hours; on the day before the facility's policy."""
    place = Scope(state="MA", county="Middlesex")

    assert [may_hold(place, date(2017, 7, d))[0] for d in (23, 24, 25)] == ["permitted", "refused", "refused"]
    assert BOOK.calendar(on=date(2017, 7, 25), form="I-247A", scope=place).max_counted_hours == 0


def test_09_cook_county_declines_unless_costs_are_agreed() -> None:
    """Domain 10.9: from 7 September 2011 on."""
    place, day = Scope(state="IL", county="Cook"), date(2011, 9, 7)

    assert may_hold(place, day - timedelta(1))[0] == "permitted"
    assert [may_hold(place, day, agreement__cost_reimbursed=agreed)[0] for agreed in (False, True)] == [
        "refused",
        "permitted",
    ]


def test_10_santa_clara() -> None:
    """Domain 10.10: juvenile declined; nine years and costs agreed, at most 24 hours; eleven years declined."""
    place, day = Scope(state="CA", county="Santa Clara"), date(2011, 10, 18)
    known = {name.replace(".", "__"): value for name, value in COSTS.items()}

    assert may_hold(place, day, person__juvenile=True)[0] == "refused"
    assert may_hold(place, day, **known, conviction__age_years=9) == ("permitted", 24)
    eleven: dict[str, FactValue] = {
        "conviction__age_years": 11,
        "conviction__in_custody_for": False,
        "conviction__years_since_prison": 8,
    }
    assert may_hold(place, day, **known, **eleven)[0] == "refused"


def test_11_california_and_connecticut_factor_by_factor() -> None:
    """Domain 10.11: each ground of the one act and each of the seven factors of the other has a case that it decides alone."""
    cases = [case for case in all_cases(ROOT) if isinstance(case, RuleCase)]
    permitted = {
        by: [x for x in cases if x.by == by and x.answer == "permitted"]
        for by in ("may-hold/us-ca-trust/1", "may-hold/us-ct-13-155/1")
    }
    asked = set().union(*(set(x.facts) for x in permitted["may-hold/us-ct-13-155/1"]))

    assert [x.fault(BOOK) for some in permitted.values() for x in some if x.fault(BOOK)] == []
    assert len(permitted["may-hold/us-ca-trust/1"]) >= 8
    assert len([x for x in permitted["may-hold/us-ct-13-155/1"] if x.path.name == "us-ct.cases.yaml"]) == 7
    assert {"conviction.felonies", "charge.pending", "warrant.arrest_outstanding", "person.known_gang_member", "person.watchlist_match",
            "order.final", "finding.public_safety_risk"} <= asked  # fmt: skip


def test_12_resisting_an_officer_under_two_policies() -> None:
    """Domain 10.12: Level 1 by code, Level 3 by count below one year; exactly one year asks a person."""

    def level(policy: str, day: date, most: int) -> str:
        one = Offence(basis="conviction", ncic="4801", max_penalty_days=most)
        return BOOK.levels(policy, [one], basis="conviction", on=day, stage="removal").level

    assert level("sc-sop-2009", date(2010, 1, 15), 180) == "1"
    assert [level("morton-2010", date(2010, 7, 1), most) for most in (364, 365)] == ["3", "needs_person"]


def test_13_what_has_no_level() -> None:
    """Domain 10.13: drugs without a sentence are 1 or 2; a default code and a subject flag are no offence."""

    def level(**offence: str) -> str:
        one = Offence(basis="charge", **offence)  # type: ignore[arg-type]
        return BOOK.levels("sc-sop-2009", [one], basis="charge", on=date(2010, 1, 15), stage="match").level

    assert [level(ncic="3562"), level(ncic="0399", code_source="defaulted"), level(ncic="8004")] == [
        "1-or-2",
        "none",
        "none",
    ]


def test_14_a_dropped_charge_is_no_conviction() -> None:
    """Domain 10.14: Level 1 by charge at match, none by conviction at removal; each under its basis."""
    charge = Offence(basis="charge", ncic="0999")
    day = date(2010, 1, 15)
    at_match = BOOK.levels("sc-sop-2009", [charge], basis="charge", on=day, stage="match")
    at_removal = BOOK.levels(
        "sc-sop-2009", [charge], basis="conviction", on=day, stage="removal", conviction_known="none"
    )

    assert [(x.level, x.basis) for x in (at_match, at_removal)] == [("1", "charge"), ("none", "conviction")]


@pytest.mark.parametrize("role", sorted(ROLES))
def test_15_a_citizen_gets_no_detainer_from_any_role(role: str) -> None:
    """Domain 10.15: impossible by any role; an open one is lifted at once; the lift is an event that is counted."""
    desk = Desk().issued()
    desk.do(c.RecordStatusResponse, "status-specialist", status="USC")

    assert [event.public["reason_code"] for event in desk.of("DetainerLifted")] == ["us_citizen"]
    assert desk.refused(c.IssueDetainer, role, detainer="d2") in {"CITIZEN_STOP", "ROLE_MAY_NOT"}


def test_16_an_error_is_not_a_no() -> None:
    """Domain 10.16: errors stand beside matches in the table; shown by the room of statistics."""
    assert (
        "def test_an_error_is_neither_a_match_nor_a_non_match"
        in (TESTS / "account" / "test_statistics_table.py").read_text()
    )


def test_17_an_unserved_i247a_starts_no_clock() -> None:
    """Domain 10.17."""
    desk = eligible(on_i247a())

    assert (desk.of("HoldBegun"), desk.of("ReleaseDue")[0].public["reason"]) == ([], "not_served")


def test_18_at_forty_eight_hours_it_is_over_and_a_second_detainer_restarts_nothing() -> None:
    """Domain 10.18: expired at 48:00:00 exactly, not a second before; and no other detainer after it."""
    desk = Desk().held()
    ends = desk.now + timedelta(hours=48)
    desk.now = ends - timedelta(seconds=1)
    assert desk.do(c.Tick, "system") == []
    desk.now = ends
    assert [event.type for event in desk.do(c.Tick, "system")][:2] == ["DetainerExpired", "ReleaseDue"]
    assert desk.of("DetainerExpired")[0].effective_at == ends

    assert desk.refused(c.IssueDetainer, "field-officer", detainer="d2") == "CLOCK_SPENT"
    desk.do(c.RecordRelease, "custodian")


def test_a_refusal_of_the_law_binds_an_answer_that_only_notifies() -> None:
    """Domain 3.7, must_not_notify: where the rules refuse it, "notify only" is refused too."""
    desk = Desk(datetime(2011, 9, 8, 15, 0, tzinfo=UTC)).issued()

    assert (
        desk.refused(c.AnswerDetainer, "jail-officer", answer="notify_only", notification=REFUSED) == "POLICY_REFUSES"
    )
    desk.do(c.AnswerDetainer, "jail-officer", answer="decline", notification=REFUSED)
