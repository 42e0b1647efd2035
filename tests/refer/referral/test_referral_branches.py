"""The branch table of domain 1.9, those rows that lie inside a case; status, charges, history, levels, disposition, closing."""

from __future__ import annotations

from datetime import date

import pytest
from referral_desk import NEEDS_PERSON, PERMITTED, REFUSED, REQUIRED, Desk, claim_due

from tenprint.model import facts
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.known import facts_of
from tenprint.refer.referral.status import LAWFUL, STATUSES, UNKNOWN
from tenprint.refer.referral.tasks import open_kinds


def test_a_criminal_identification_never_starts_a_status_query() -> None:
    """Domain 1.9: no match in IDENT, IAFIS candidate confirmed: criminal identification only, no IAQ."""
    desk = Desk().identified(repository="criminal")

    assert desk.refused(c.SendStatusQuery, "status-specialist") == "CRIMINAL_MATCH_NEVER_TRIGGERS"
    assert desk.refused(c.DecideDisposition, "field-officer") == "CRIMINAL_MATCH_NEVER_TRIGGERS"
    assert "status_query" not in {task.kind for task in desk.state.tasks}

    desk.do(c.CloseCase, "system")
    assert desk.of("CaseClosed")[0].public["disposition"] == "criminal_identification_only"


def test_no_query_before_two_examiners() -> None:
    """Domain 3.4 G1: one examiner alone never suffices."""
    desk = Desk().opened()
    assert desk.refused(c.SendStatusQuery, "status-specialist") == "IDENTITY_NOT_ESTABLISHED"
    desk.do(c.RecordConclusion, "examiner", 1)
    assert desk.refused(c.SendStatusQuery, "status-specialist") == "IDENTITY_NOT_ESTABLISHED"


def test_a_default_offence_says_that_it_is_one() -> None:
    """Domain 1.5: OFF/0399 as a default makes an unknown charge look like an immigration offence."""
    desk = Desk().identified()

    assert (
        desk.refused(c.SendStatusQuery, "status-specialist", offense_code="2202", offense_code_source="defaulted")
        == "DEFAULT_NOT_0399"
    )
    assert desk.refused(c.SendStatusQuery, "status-specialist", offense_code="22") == "OFFENSE_CODE_INVALID"
    sent = desk.do(c.SendStatusQuery, "status-specialist", offense_code="0399", offense_code_source="defaulted")
    assert sent[0].public["offense_code_source"] == "defaulted"
    assert desk.refused(c.SendStatusQuery, "status-specialist") == "QUERY_SENT"


def test_an_acknowledgement_is_not_an_answer() -> None:
    """Domain 1.5: ack and IAR are two events."""
    desk = Desk().identified()
    assert desk.refused(c.AcknowledgeStatusQuery, "system") == "NO_QUERY"
    assert desk.refused(c.RecordStatusResponse, "status-specialist") == "NO_QUERY"
    desk.do(c.SendStatusQuery, "status-specialist")
    desk.do(c.AcknowledgeStatusQuery, "system")

    assert desk.state.finding is None
    assert desk.refused(c.AcknowledgeStatusQuery, "system") == "ACKNOWLEDGED"
    assert desk.refused(c.DecideDisposition, "field-officer", disposition="interview") == "NO_STATUS_RESPONSE"


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_what_may_follow_each_status(status: str) -> None:
    """Domain 1.9, row by row: lawful, unknown, citizen, and the rest; no action is open wherever the case is."""
    desk = Desk().answered(status)
    code = (
        ""
        if not isinstance(given := desk.give(c.DecideDisposition, "field-officer", disposition="detainer"), c.Refused)
        else given.code
    )
    no_action = desk.give(c.DecideDisposition, "field-officer")

    expected = (
        "CITIZEN_STOP"
        if status == "USC"
        else "STATUS_UNDETERMINED"
        if status in UNKNOWN
        else "LAWFUL_STATUS"
        if status in LAWFUL
        else ""
    )
    assert code == expected
    assert isinstance(no_action, c.Refused) == (status == "USC")


def test_a_lawful_resident_needs_a_ground_by_a_known_conviction() -> None:
    """Domain 1.9: no detainer unless separate removability ground by conviction, decided by a person."""
    desk = Desk().answered("LPR")
    ground = {"disposition": "detainer", "removability_ground": "INA 237(a)(2)(A)(iii), finding 7"}

    assert desk.refused(c.DecideDisposition, "field-officer", **ground) == "LAWFUL_STATUS"
    desk.do(c.RecordHistory, "charge-officer")
    assert desk.refused(c.DecideDisposition, "field-officer", disposition="detainer") == "LAWFUL_STATUS"
    desk.do(c.DecideDisposition, "field-officer", **ground)
    desk.do(c.IssueDetainer, "field-officer")


def test_an_unknown_status_leads_to_no_action_or_an_interview_by_an_officer() -> None:
    """Domain 1.9, status unknown: no action by default; an officer may interview."""
    desk = Desk().answered("unable_to_determine")

    desk.do(c.DecideDisposition, "field-officer", disposition="interview")
    desk.do(c.DecideDisposition, "field-officer", disposition="no_action")
    assert desk.refused(c.IssueDetainer, "field-officer") == "STATUS_UNDETERMINED"


@pytest.mark.parametrize("evidence", ["derived", "acquired", "naturalised", "us_birth"])
def test_evidence_of_citizenship_stops_whatever_the_status_says(evidence: str) -> None:
    """Domain 1.9: IAR=USC or evidence."""
    desk = Desk().queried()
    desk.do(c.RecordStatusResponse, "status-specialist", status="LPR", citizenship_evidence=evidence)

    assert desk.state.citizen
    assert "citizen_stop" in open_kinds(desk.state)


@pytest.mark.parametrize("stage", ["issued", "honoured", "held"])
def test_a_citizen_found_late_frees_at_once(stage: str) -> None:
    """Domain 10.15: IAR=USC: detainer impossible by any role; open detainer auto-lifted; counted."""
    desk = getattr(Desk(), stage)()
    desk.do(c.RecordStatusResponse, "status-specialist", status="USC")

    assert desk.of("DetainerLifted")[0].public == {"detainer": "d1", "reason_code": "us_citizen", "automatic": True}
    assert [e.public["reason"] for e in desk.of("ReleaseDue")] == (["us_citizen"] if stage == "held" else [])
    assert "citizen_stop" in open_kinds(desk.state)
    for role in ("field-officer", "supervisor", "system", "jail-officer"):
        assert desk.refused(c.IssueDetainer, role, detainer="d2") in {"CITIZEN_STOP", "ROLE_MAY_NOT"}
    assert desk.refused(c.RecordStatusResponse, "status-specialist", status="overstay") == "CITIZEN_STOP"


def test_a_citizen_found_at_the_end_is_recorded_and_stops_the_case() -> None:
    """Domain 1.2 t14: USC found is an outcome, and from then on a stop."""
    desk = Desk().issued()
    desk.do(c.RecordOutcome, "outcome-officer", outcome="usc_found")

    assert desk.state.citizen
    assert desk.state.open_detainer is None
    desk.do(c.CloseCase, "supervisor")
    assert desk.of("CaseClosed")[0].public["disposition"] == "us_citizen"


@pytest.mark.parametrize("juvenile", [True, None])
@pytest.mark.parametrize("permission", [None, REFUSED, REQUIRED, NEEDS_PERSON])
def test_all_action_on_a_juvenile_waits_for_a_rule_that_permits_it(juvenile, permission) -> None:
    """Domain 1.9, 10.10: hold on all action; an unknown age is not adult; only *permitted* permits."""
    desk = Desk().identified(juvenile=juvenile)

    assert desk.refused(c.SendStatusQuery, "status-specialist", permission=permission) == "JUVENILE_ON_HOLD"
    desk = Desk().decided(juvenile=juvenile)
    assert (
        desk.refused(c.DecideDisposition, "field-officer", disposition="interview", permission=permission)
        == "JUVENILE_ON_HOLD"
    )
    assert desk.refused(c.IssueDetainer, "field-officer", permission=permission) == "JUVENILE_ON_HOLD"
    desk.do(c.DecideDisposition, "field-officer")


def test_a_juvenile_detainer_goes_where_the_rule_permits_it() -> None:
    """Domain 1.9: policy per jurisdiction."""
    desk = Desk().decided(juvenile=True)
    desk.do(c.IssueDetainer, "field-officer", permission=PERMITTED)


def test_a_protected_person_needs_a_named_supervisors_written_reason() -> None:
    """Domain 3.6: the flag blocks G5 without a named supervisor's written reason."""
    desk = Desk().decided()
    desk.do(c.FlagProtected, "counsel")
    named = c.Actor("sup-9", "supervisor")

    assert desk.refused(c.IssueDetainer, "field-officer") == "PROTECTED_PERSON"
    assert desk.refused(c.IssueDetainer, "field-officer", supervisor=named, supervisor_reason=" ") == "PROTECTED_PERSON"
    assert (
        desk.refused(
            c.IssueDetainer, "field-officer", supervisor=c.Actor("x", "field-officer"), supervisor_reason="why"
        )
        == "PROTECTED_PERSON"
    )
    same = c.Actor("field-officer-1", "supervisor")
    assert (
        desk.refused(c.IssueDetainer, "field-officer", supervisor=same, supervisor_reason="why") == "PROTECTED_PERSON"
    )
    issued = desk.do(c.IssueDetainer, "field-officer", supervisor=named, supervisor_reason="Special circumstances: …")
    assert issued[0].private["supervisor"] == "sup-9"


def test_a_flag_after_issue_calls_a_supervisor() -> None:
    """Domain 3.6: the jail may say so only after it got the form."""
    desk = Desk().issued()
    desk.do(c.FlagProtected, "jail-officer")

    assert "review_protected" in open_kinds(desk.state)


def test_a_dropped_charge_leaves_both_levels_standing() -> None:
    """Domain 10.14: charge-only L1 at match, charge dropped, at removal non-criminal; both shown."""
    desk = Desk().answered()
    desk.do(c.CodeCharge, "charge-officer", 1, ncic="0901", suggested_level="1")
    desk.do(c.CodeCharge, "charge-officer", 2, ncic="0901", suggested_level="1")
    desk.do(c.RecordLevel, "system", level="1", stage="match")
    desk.do(c.RecordHistory, "charge-officer", known="none", convictions=0)
    desk.do(
        c.RecordLevel,
        "system",
        level="none",
        stage="removal",
        basis="conviction",
        conviction_known="none",
        inputs_hash="cd34",
    )

    assert [(x.stage, x.level, x.conviction_known) for x in desk.state.levels] == [
        ("match", "1", "unknown"),
        ("removal", "none", "none"),
    ]


def test_level_one_by_charge_needs_a_second_look_by_another_person() -> None:
    """Domain 3.4 G3."""
    desk = Desk().answered()
    assert desk.refused(c.RecordLevel, "system", level="1") == "SECOND_LOOK_AWAITED"
    desk.do(c.CodeCharge, "charge-officer", 1, suggested_level="1")
    assert desk.refused(c.RecordLevel, "system", level="1") == "SECOND_LOOK_AWAITED"
    assert desk.refused(c.CodeCharge, "charge-officer", 1, suggested_level="1") == "SECOND_LOOK_BY_SAME_PERSON"
    assert "second_look" in open_kinds(desk.state)
    desk.do(c.CodeCharge, "charge-officer", 2)
    desk.do(c.RecordLevel, "system", level="1")
    assert "second_look" not in open_kinds(desk.state)
    desk.do(c.CodeCharge, "charge-officer", 1, charge="2", suggested_level="1")
    assert desk.refused(c.RecordLevel, "system", level="1", inputs_hash="ef56") == "SECOND_LOOK_AWAITED"


def test_two_codes_that_differ_go_to_a_supervisor_who_is_a_third_person() -> None:
    """Domain 3.4 G3: a second look that only ever agrees is none."""
    desk = Desk().answered()
    assert desk.refused(c.CodeCharge, "supervisor", 3) == "NOTHING_TO_RESOLVE"
    desk.do(c.CodeCharge, "charge-officer", 1, ncic="0901", suggested_level="1")
    desk.do(c.CodeCharge, "charge-officer", 2, ncic="5499")

    assert desk.state.charges[0].ncic == "0901"
    assert "resolve_charge" in open_kinds(desk.state)
    assert desk.refused(c.CodeCharge, "charge-officer", 3) == "NEEDS_SUPERVISOR"
    assert desk.refused(c.RecordLevel, "system", level="1") == "SECOND_LOOK_AWAITED"
    desk.do(c.CodeCharge, "supervisor", 3, ncic="5499")
    assert desk.state.charges[0].ncic == "5499"


def test_a_defaulted_code_has_no_level() -> None:
    """Domain 1.5, 10.13: 0399 defaulted: no level."""
    desk = Desk().answered()

    assert (
        desk.refused(c.CodeCharge, "charge-officer", ncic="0399", code_source="defaulted", suggested_level="3")
        == "DEFAULT_HAS_NO_LEVEL"
    )
    assert desk.refused(c.CodeCharge, "charge-officer", ncic="2202", code_source="defaulted") == "DEFAULT_HAS_NO_LEVEL"
    assert desk.refused(c.CodeCharge, "charge-officer", ncic="22") == "CHARGE_INVALID"


def test_unknown_history_is_not_none() -> None:
    """Design 5: unknown ≠ none; a correction is a new event and the old one stays."""
    desk = Desk().answered()
    assert desk.state.conviction_known == "unknown"
    assert desk.refused(c.RecordHistory, "charge-officer", known="none") == "HISTORY_CONTRADICTS"
    assert desk.refused(c.RecordHistory, "charge-officer", convictions=0) == "HISTORY_CONTRADICTS"
    assert desk.refused(c.RecordHistory, "charge-officer", corrects=1) == "NOTHING_TO_CORRECT"
    assert desk.refused(c.RecordHistory, "charge-officer", items=({"ncic": "0901"},)) == "ITEM_WITHOUT_SOURCE"
    assert desk.refused(c.RecordHistory, "charge-officer", as_of=date(2011, 7, 1)) == "AS_OF_IN_FUTURE"
    desk.do(c.RecordHistory, "charge-officer")
    assert desk.state.conviction_known == "yes"
    desk.do(c.RecordHistory, "charge-officer", known="none", convictions=0, corrects=1)
    assert desk.state.conviction_known == "none"
    assert [h.corrected for h in desk.state.histories] == [True, False]


def test_a_level_is_never_overwritten() -> None:
    """Design 5: never overwritten; a retry adds nothing; the same inputs can't give another level."""
    desk = Desk().answered()
    desk.do(c.RecordLevel, "system")

    assert desk.do(c.RecordLevel, "system") == []
    assert desk.refused(c.RecordLevel, "system", level="3") == "LEVEL_CONTRADICTS"
    assert (
        desk.refused(c.RecordLevel, "system", basis="conviction", conviction_known="unknown") == "NO_CONVICTION_KNOWN"
    )
    desk.do(c.RecordLevel, "system", policy="morton-2010", level="3")
    assert len(desk.state.levels) == 2


def test_a_status_says_as_of_when() -> None:
    """Domain 1.5: status_as_of is the Makowski/Gonzalez lesson."""
    desk = Desk().queried()

    assert desk.refused(c.RecordStatusResponse, "status-specialist", status_as_of=None) == "AS_OF_MISSING"
    assert desk.refused(c.RecordStatusResponse, "status-specialist", status_as_of=date(2011, 6, 7)) == "AS_OF_IN_FUTURE"
    earlier = date(2011, 6, 5)  # the day at a place west of UTC, late in the evening
    assert (
        desk.refused(c.RecordStatusResponse, "status-specialist", status_as_of=date(2011, 6, 6), day=earlier)
        == "AS_OF_IN_FUTURE"
    )
    assert desk.refused(c.RecordStatusResponse, "status-specialist", status="alien") == "STATUS_UNKNOWN_VALUE"
    assert (
        desk.refused(c.RecordStatusResponse, "status-specialist", citizenship_evidence="maybe") == "INDICATION_INVALID"
    )
    desk.do(c.RecordStatusResponse, "status-specialist", status="no_record", status_as_of=None)


@pytest.mark.parametrize(
    ("make", "disposition"),
    [
        (lambda d: d.opened(), None), (lambda d: d.answered(), None), (lambda d: d.answered("USC"), "us_citizen"),
        (lambda d: d.decided(), "detainer"),
    ],
)  # fmt: skip
def test_a_closed_case_has_a_disposition(make, disposition) -> None:
    """Design 5: no case ends in silence; no action is a decision with a reason code too."""
    desk = make(Desk())
    if disposition is None:
        assert desk.refused(c.CloseCase, "supervisor") == "NO_DISPOSITION"
        return
    desk.do(c.CloseCase, "supervisor")

    assert desk.of("CaseClosed")[0].public == {"reason_code": "nothing_more", "disposition": disposition}


def test_deceased_and_refuted_cases_close_with_their_own_disposition() -> None:
    """Domain 1.9: deceased in IDENT: close; no one identified: nothing follows."""
    dead = Desk().queried()
    dead.do(c.RecordOutcome, "custodian", outcome="died")
    assert dead.refused(c.CloseCase, "system") == "ROLE_MAY_NOT"
    dead.do(c.CloseCase, "supervisor")
    assert dead.of("CaseClosed")[0].public["disposition"] == "deceased"

    nobody = Desk().opened()
    for number in (1, 2):
        nobody.do(c.RecordConclusion, "examiner", number, conclusion=c.SOURCE_EXCLUSION, candidate=None)
    nobody.do(c.CloseCase, "examiner")
    assert nobody.of("CaseClosed")[0].public["disposition"] == "not_identified"


def test_nothing_is_left_running_in_a_closed_case() -> None:
    """Domain 3.4: a detainer, a claim or a release that is due keeps the case open."""
    assert Desk().issued().refused(c.CloseCase, "supervisor") == "DETAINER_OPEN"
    claimed = Desk().decided()
    claimed.do(c.ClaimCitizenship, "person", **claim_due(claimed))
    assert claimed.refused(c.CloseCase, "supervisor") == "CITIZENSHIP_CLAIM_OPEN"
    due = Desk().decided()
    due.do(c.MarkReleaseEligible, "custodian")
    assert due.refused(c.CloseCase, "supervisor") == "RELEASE_DUE"


def test_no_action_waits_until_the_open_detainer_is_lifted() -> None:
    """Domain 3.4 G8: the record can't say that nothing follows while something does."""
    desk = Desk().issued()

    assert desk.refused(c.DecideDisposition, "field-officer") == "DETAINER_OPEN"
    desk.do(c.LiftDetainer, "supervisor")
    desk.do(c.DecideDisposition, "field-officer")


def test_a_claim_may_be_raised_when_the_case_is_closed_and_nothing_else_may() -> None:
    """Design 5: claim at any time."""
    desk = Desk().decided()
    desk.do(c.CloseCase, "supervisor")

    assert desk.refused(c.IssueDetainer, "field-officer") == "CLOSED"
    desk.do(c.ClaimCitizenship, "counsel", **claim_due(desk))
    desk.do(c.ResolveClaim, "supervisor", upheld=True)
    assert desk.state.citizen


def test_outcomes_come_from_the_list() -> None:
    """Domain 3.8: removal and return stay apart; free words are no outcome."""
    desk = Desk().decided()

    assert desk.refused(c.RecordOutcome, "outcome-officer", outcome="deported") == "OUTCOME_UNKNOWN"
    desk.do(c.RecordOutcome, "outcome-officer", outcome="removal", conviction_known="none")
    desk.do(c.RecordOutcome, "outcome-officer", outcome="return")
    assert desk.state.outcomes == ("removal", "return")


def test_the_case_states_facts_of_the_glossary_and_leaves_out_what_it_does_not_know() -> None:
    """Design decision 6: unknown is a fact's absence, never a default."""
    young = Desk().opened(juvenile=None)
    assert (
        facts_of(young.state)
        .keys()
        .isdisjoint({"person.juvenile", "person.protected", "status.value", "detainer.form"})
    )
    assert facts_of(young.state)["identity.examiners"] == 0

    desk = Desk().honoured()
    desk.do(c.FlagProtected, "counsel")
    stated = facts_of(desk.state)
    facts.check(stated)
    assert stated == {
        "repository.name": "immigration", "jurisdiction.state": "MA", "identity.examiners": 2, "claim.citizenship_open": False,
        "conviction.known": "unknown", "person.juvenile": False, "person.protected": True, "status.value": "overstay",
        "status.removable": "yes", "detainer.form": "I-247 (08/10)", "detainer.served": True, "detainer.warrant": "none",
    }  # fmt: skip
