"""What an officer says under a policy of priorities: a statement that permits and starts nothing."""

from __future__ import annotations

import pytest
from referral_desk import Desk, claim_due

from tenprint.model import events as e
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.referral import commands as c
from tenprint.refer.referral.priorities import references
from tenprint.refer.referral.tasks import open_kinds

P1D = {"classes": ("p1d",), "value": "1", "open": ("p1d",), "rests_on": ("record-1",)}


def known(**facts: object) -> Desk:
    desk = Desk().answered(**facts)
    desk.do(c.RecordHistory, "charge-officer")
    return desk


def test_a_class_is_said_by_a_named_officer_and_nothing_follows() -> None:
    """Domain 2.4 to 2.6, domain 8 term 40: a priority never implies action; no task, no detainer, no disposition."""
    desk = known()
    before, tasks = desk.state, open_kinds(desk.state)
    (said,) = desk.do(c.DecidePriority, "field-officer", **P1D)

    assert (e.PRIORITY_DECIDED, "1", ["p1d"], ["record-1"]) == (
        said.type,
        *(said.public[k] for k in ("value", "classes", "rests_on")),
    )
    assert tasks == open_kinds(desk.state)
    after = desk.state
    assert (before.disposition, before.detainers, before.tasks, before.levels) == (
        after.disposition, after.detainers, after.tasks, after.levels,
    )  # fmt: skip
    assert "NO_DISPOSITION" == desk.refused(c.CloseCase, "field-officer")


def test_priorities_stand_beside_each_other_and_are_never_overwritten() -> None:
    """Domain 2.0: never overwrite; another day's or policy's statement is another entry."""
    desk = known()
    desk.do(c.DecidePriority, "field-officer", **P1D)
    desk.wait(days=1).do(c.DecidePriority, "field-officer")

    assert [("1", ("p1d",)), ("none", ())] == [(one.value, one.classes) for one in desk.state.priorities]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"ruled_out": ("p1d",)}, "CLASS_DOES_NOT_APPLY"),
        ({"rests_on": ()}, "EVIDENCE_MISSING"),
        ({"rests_on": ("record-2",)}, "EVIDENCE_UNKNOWN"),
        ({"rests_on": ("document:",)}, "EVIDENCE_UNKNOWN"),
        ({"rests_on": ("the judge said so",)}, "NOT_A_CODE"),
        ({"classes": ("no code",)}, "NOT_A_CODE"),
    ],
)
def test_a_class_against_the_facts_or_without_evidence_is_refused(facts: dict[str, object], code: str) -> None:
    """Domain 3.4 G4: evidence ids; what the facts rule out can't be said."""
    assert code == known().refused(c.DecidePriority, "field-officer", **{**P1D, **facts})


def test_a_document_outside_the_case_is_named_by_its_code() -> None:
    """An order of removal is not in the case's history: it is named, not copied."""
    known().do(c.DecidePriority, "field-officer", **{**P1D, "rests_on": ("document:order-2014-03",)})


def test_what_was_corrected_bears_nothing_any_more() -> None:
    """A class rests on what stands."""
    desk = known()
    desk.do(c.RecordHistory, "charge-officer", known="none", convictions=0, corrects=1)

    assert frozenset({"response", "record-2"}) == references(desk.state)
    assert "EVIDENCE_UNKNOWN" == desk.refused(c.DecidePriority, "field-officer", **P1D)


def test_no_class_is_said_of_whom_the_status_does_not_bear() -> None:
    """Domain 1.9: a citizen, an unknown status, a lawful one without a known conviction, an open claim; `in none` may be said."""
    assert "CITIZEN_STOP" == Desk().answered("USC").refused(c.DecidePriority, "field-officer")
    assert "IDENTITY_NOT_ESTABLISHED" == Desk().opened().refused(c.DecidePriority, "field-officer")
    assert "NO_STATUS_RESPONSE" == Desk().queried().refused(c.DecidePriority, "field-officer")
    unknown = Desk().answered("unable_to_determine")
    assert "STATUS_UNDETERMINED" == unknown.refused(c.DecidePriority, "field-officer", **P1D)
    unknown.do(c.DecidePriority, "field-officer")
    lawful = Desk().answered("LPR")
    assert "LAWFUL_STATUS" == lawful.refused(c.DecidePriority, "field-officer", **{**P1D, "rests_on": ("response",)})
    claimed = known()
    claimed.do(c.ClaimCitizenship, "person", **claim_due(claimed))
    assert "CITIZENSHIP_CLAIM_OPEN" == claimed.refused(c.DecidePriority, "field-officer", **P1D)


@pytest.mark.parametrize("policy", Programme.load(programme_root()).rules.priority_policies, ids=lambda p: p.id)
def test_what_classes_come_to_is_read_from_the_policy(policy) -> None:
    """Every shipped policy: the best rank counts, unranked classes are `listed`, factors are `weighed`, none is `none`."""
    stage, bases = next((s, b) for s, b in policy.bases.items() if b)
    for one in policy.classes:
        basis = next((b for b in bases if b in one.rests_on or "status" in one.rests_on), None)
        if basis is not None:
            expected = "listed" if one.rank is None else str(one.rank)
            assert expected == policy.stated([one.code], basis=basis, stage=stage)
    assert ("weighed" if policy.kind == "discretion" else "none") == policy.stated([], basis=bases[0], stage=stage)
