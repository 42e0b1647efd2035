"""Two independent examiners, always."""

from __future__ import annotations

from dataclasses import replace

import pytest
from referral_desk import Desk, retold

from tenprint.refer.referral import commands as c
from tenprint.refer.referral.fold import replay

ID1 = (c.SOURCE_IDENTIFICATION, "p1")
ID2 = (c.SOURCE_IDENTIFICATION, "p2")
OUT = (c.SOURCE_EXCLUSION, None)
OPEN = (c.INCONCLUSIVE, None)


def concluded(*conclusions: tuple[str, str | None], third: tuple[str, str | None] | None = None) -> Desk:
    desk = Desk().opened()
    for number, (conclusion, candidate) in enumerate(conclusions, 1):
        desk.do(c.RecordConclusion, "examiner", number, conclusion=conclusion, candidate=candidate)
    if third is not None:
        desk.do(c.RecordConclusion, "supervisor-examiner", 3, conclusion=third[0], candidate=third[1])
    return desk


@pytest.mark.parametrize(
    ("first", "second", "identity"),
    [
        (ID1, ID1, "established"), (ID1, ID2, "disputed"), (ID1, OUT, "disputed"), (OUT, ID1, "disputed"), (ID1, OPEN, "disputed"),
        (OUT, OUT, "refuted"), (OPEN, OPEN, "refuted"), (OUT, OPEN, "refuted"),
    ],
)  # fmt: skip
def test_two_conclusions_say_together_what_one_never_says(first, second, identity) -> None:
    """Design decision 9, domain 1.9: only two identifications of the same candidate establish identity."""
    assert concluded(first).state.identity == "none"
    assert concluded(first, second).state.identity == identity


@pytest.mark.parametrize(
    ("pair", "third", "identity", "examiners"),
    [
        ((ID1, OUT), ID1, "established", 2), ((ID1, ID2), ID2, "established", 2), ((ID1, OUT), OUT, "refuted", 0),
        ((ID1, OPEN), OPEN, "refuted", 0), ((ID1, OUT), ID2, "refuted", 0),
    ],
)  # fmt: skip
def test_a_supervising_examiner_resolves_a_dispute_and_doubt_ends_as_not_identified(
    pair, third, identity, examiners
) -> None:
    """Domain 1.9: a dispute goes to a human examiner; identity still needs two who named the same candidate."""
    desk = concluded(*pair, third=third)

    assert desk.state.identity == identity
    assert [e.public["examiners"] for e in desk.of("IdentityEstablished")] == ([examiners] if examiners else [])
    assert "resolve_dispute" in {t.kind for t in desk.state.tasks}


def test_the_same_examiner_can_not_be_both() -> None:
    """Domain 3.4 G1: two independent ones."""
    desk = concluded(ID1)

    assert desk.refused(c.RecordConclusion, "examiner", 1) == "EXAMINER_CONCLUDED"


def test_nobody_concludes_out_of_turn() -> None:
    """A supervising examiner only resolves; a third examiner does not outvote."""
    assert concluded(ID1).refused(c.RecordConclusion, "supervisor-examiner", 3) == "NOTHING_TO_RESOLVE"
    assert concluded(ID1, OUT).refused(c.RecordConclusion, "examiner", 3) == "NEEDS_SUPERVISOR_EXAMINER"
    assert concluded(ID1, ID1).refused(c.RecordConclusion, "examiner", 3) == "IDENTITY_SETTLED"


def test_an_identification_names_a_candidate_of_the_list() -> None:
    """Design decision 9: a candidate becomes an identification; nobody else does."""
    desk = Desk().opened()

    assert desk.refused(c.RecordConclusion, "examiner", candidate=None) == "CANDIDATE_MISSING"
    assert desk.refused(c.RecordConclusion, "examiner", candidate="p9") == "NOT_A_CANDIDATE"
    assert desk.refused(c.RecordConclusion, "examiner", conclusion="PROBABLY") == "CONCLUSION_UNKNOWN"


def test_a_case_opens_on_candidates_in_a_zone_that_examiners_look_at() -> None:
    """Domain 1.8, 1.9: no candidates, no case; a name never opens one; the same submission opens one case only."""
    assert Desk().refused(c.OpenCase, "system", candidates=()) == "NO_CANDIDATES"
    assert Desk().refused(c.OpenCase, "system", zone="none") == "ZONE_OPENS_NOTHING"
    assert Desk().refused(c.OpenCase, "system", cohort="2011-13") == "COHORT_INVALID"
    assert Desk().opened().refused(c.OpenCase, "system") == "ALREADY_OPEN"


def test_a_conflict_of_repositories_stops_the_query_until_a_supervising_examiner_resolves_it() -> None:
    """Domain 1.9, two candidates / disagreeing identities: no IAQ until resolved."""
    desk = Desk().identified()
    desk.do(c.RaiseIdentityConflict, "system")

    assert desk.refused(c.SendStatusQuery, "status-specialist") == "IDENTITY_DISPUTED"
    assert desk.refused(c.RaiseIdentityConflict, "system") == "CONFLICT_OPEN"

    desk.do(c.RecordConclusion, "supervisor-examiner", 3)

    assert desk.of("IdentityEstablished")[-1].public["examiners"] == 3
    desk.do(c.SendStatusQuery, "status-specialist")


def test_a_conflict_raised_early_makes_two_agreeing_examiners_a_dispute() -> None:
    """Domain 1.9: agreement inside one repository does not settle a conflict with the other."""
    desk = Desk().opened()
    desk.do(c.RaiseIdentityConflict, "examiner", 7)
    desk.do(c.RecordConclusion, "examiner", 1)
    desk.do(c.RecordConclusion, "examiner", 2)

    assert desk.state.identity == "disputed"


def test_a_conflict_ends_a_running_hold_and_a_refutation_lifts_the_detainer() -> None:
    """Design decision 9: a consequence stands on two examiners, or not at all."""
    desk = Desk().held()
    desk.do(c.RaiseIdentityConflict, "supervisor")

    assert desk.of("ReleaseDue")[-1].public["reason"] == "identity_disputed"
    assert desk.state.running_hold is None

    desk.do(c.RecordConclusion, "supervisor-examiner", 3, conclusion=c.SOURCE_EXCLUSION, candidate=None)

    assert desk.of("DetainerLifted")[-1].public == {
        "detainer": "d1",
        "reason_code": "identity_refuted",
        "automatic": True,
    }
    assert desk.state.open_detainer is None


def test_what_can_not_be_read_is_never_an_identification() -> None:
    """Design decision 3: with the private halves destroyed the fold shows no candidate, and no detainer can follow."""
    desk = Desk().decided()
    blind = replay(replace(event, private={}) for event in desk.events)

    assert blind.identity == "established"
    desk.state = blind
    assert desk.refused(c.IssueDetainer, "field-officer") == "IDENTITY_NOT_ESTABLISHED"


def test_the_conclusion_is_public_and_the_candidate_is_not() -> None:
    """Design decision 3: random ids and facts in the public half, the candidate and the notes in the private one."""
    event = concluded(ID1).of("ConclusionRecorded")[0]

    assert "p1" not in repr(event.public)
    assert event.private["candidate"] == "p1"
    assert concluded(ID1, OUT).state == retold(concluded(ID1, OUT))
