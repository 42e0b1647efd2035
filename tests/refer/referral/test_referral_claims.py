"""A claim of citizenship: its own short clock, and what it takes the force from."""

from __future__ import annotations

from datetime import timedelta

from referral_desk import Desk, claim_due, eligible, on_i247a, retold

from tenprint.refer.referral import commands as c


def test_a_claim_ends_the_hold_and_no_clock_stands_still() -> None:
    """Design decision 7: a hold on a detainer alone ends at once; rejected, the claim restores nothing."""
    desk = Desk().held().wait(hours=5)
    desk.do(c.ClaimCitizenship, "person", **claim_due(desk))

    assert (desk.of("ReleaseDue")[0].public["reason"], desk.of("ReleaseDue")[0].effective_at) == (
        "citizenship_claim",
        desk.now,
    )
    assert desk.refused(c.TransferCustody, "custodian") == "RELEASE_DUE"
    desk.do(c.ResolveClaim, "supervisor")
    assert desk.state.running_hold is None
    assert desk.refused(c.MarkReleaseEligible, "custodian") == "CLOCK_STARTED"


def test_while_a_claim_is_open_no_detainer_is_issued_served_honoured_or_in_effect() -> None:
    """Design decision 7, clause by clause."""
    before = Desk().decided()
    before.do(c.ClaimCitizenship, "counsel", **claim_due(before))
    assert before.refused(c.IssueDetainer, "field-officer") == "CITIZENSHIP_CLAIM_OPEN"

    after = Desk().honoured()
    after.do(c.ClaimCitizenship, "jail-officer", **claim_due(after))
    assert not after.state.in_effect(after.state.open_detainer)
    assert after.refused(c.AnswerDetainer, "jail-officer") == "CITIZENSHIP_CLAIM_OPEN"
    assert eligible(after).of("ReleaseDue")[0].public["reason"] == "citizenship_claim"

    unserved = on_i247a()
    unserved.do(c.ClaimCitizenship, "person", **claim_due(unserved))
    assert unserved.refused(c.ServeDetainer, "jail-officer") == "CITIZENSHIP_CLAIM_OPEN"


def test_a_claim_not_upheld_before_the_clock_leaves_the_detainer_as_it_was() -> None:
    """Design decision 7: the claim suspends effect; it decides nothing by itself."""
    desk = Desk().honoured()
    desk.do(c.ClaimCitizenship, "person", **claim_due(desk))
    desk.do(c.ResolveClaim, "supervisor")

    assert len(eligible(desk).of("HoldBegun")) == 1


def test_an_upheld_claim_is_as_a_citizen_found() -> None:
    """Domain 3.5 (b): upheld lifts the detainer for good."""
    desk = Desk().honoured()
    desk.do(c.ClaimCitizenship, "person", **claim_due(desk))
    desk.do(c.ResolveClaim, "supervisor", upheld=True)

    assert desk.of("DetainerLifted")[0].public == {"detainer": "d1", "reason_code": "us_citizen", "automatic": True}
    assert desk.refused(c.IssueDetainer, "field-officer", detainer="d2") == "CITIZEN_STOP"
    assert desk.refused(c.ClaimCitizenship, "person", claim="c2", **claim_due(desk)) == "CITIZEN_STOP"


def test_a_claims_clock_is_short_starts_once_and_calls_a_supervisor() -> None:
    """Design decision 7: its own, shorter clock; overdue, a supervisor is told once."""
    desk = Desk().decided()
    for hours in (0, 48, 72):
        assert desk.refused(c.ClaimCitizenship, "person", due=desk.now + timedelta(hours=hours)) == "CLAIM_CLOCK"
    desk.do(c.ClaimCitizenship, "person", **claim_due(desk))
    assert desk.refused(c.ClaimCitizenship, "person", claim="c2", **claim_due(desk)) == "CITIZENSHIP_CLAIM_OPEN"
    assert desk.refused(c.ResolveClaim, "supervisor", claim="c9") == "CLAIM_NOT_OPEN"

    assert desk.wait(hours=23).do(c.Tick, "system") == []
    assert [e.public["kind"] for e in desk.wait(hours=1).do(c.Tick, "system")] == ["claim_overdue"]
    assert desk.do(c.Tick, "system") == []
    assert desk.state == retold(desk)
