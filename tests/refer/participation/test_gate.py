"""The gate: which repository may be searched for which submission, on which day, on what basis."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import UsageError
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.gate import CIVIL_TOTS, PROFILES, REASONS, GateDecision, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.programme import Programme, programme_root

BOSTON, MIDDLESEX, DUPAGE, COOK, ALBANY, HARRIS = (
    "MA0130100",
    "MA0090100",
    "IL0220000",
    "IL0160000",
    "NY0010000",
    "TX1010000",
)
HISTORY = Programme.load(programme_root()).history


def gate(cri: str, day: str, profile: str, *, tot: str = "CAR", repository: str = "immigration", juvenile: bool | None = False,
         history: ParticipationHistory = HISTORY) -> GateDecision:  # fmt: skip
    return decide_gate(
        history=history,
        profile=profile,
        tot=tot,
        cri=cri,
        on=date.fromisoformat(day),
        repository=repository,
        juvenile=juvenile,
    )


def told(decision: GateDecision) -> tuple[str, str]:
    return decision.answer, decision.reason


@pytest.mark.parametrize(
    ("cri", "day", "profile", "reason"),
    [
        # Boston: pilot from 2006, on all of IDENT from November 2008; the state never agreed
        (BOSTON, "2006-09-29", "historical", "not_active"),
        (BOSTON, "2006-09-30", "historical", "active_pilot"),
        (BOSTON, "2011-06-06", "historical", "active_pilot"),
        (BOSTON, "2011-06-06", "consent", "no_consent"),
        (BOSTON, "2012-05-15", "historical", "active_override"),
        # Middlesex: not before 15 May 2012, and then without consent
        (MIDDLESEX, "2011-06-06", "historical", "not_active"),
        (MIDDLESEX, "2012-05-14", "historical", "not_active"),
        (MIDDLESEX, "2012-05-15", "historical", "active_override"),
        (MIDDLESEX, "2012-05-15", "consent", "no_consent"),
        # Illinois: notice received 4 May 2011, last day in force 2 June
        (DUPAGE, "2011-05-03", "consent", "active_moa"),
        (DUPAGE, "2011-05-04", "consent", "active_moa"),
        (DUPAGE, "2011-06-02", "consent", "active_moa"),
        (DUPAGE, "2011-06-03", "consent", "terminated"),
        (DUPAGE, "2011-06-02", "historical", "active_moa"),
        (DUPAGE, "2011-06-03", "historical", "active_override"),
        (COOK, "2011-06-02", "consent", "not_active"),
        # New York: suspended on 1 June 2011; which counties were active is not known
        (ALBANY, "2011-05-31", "consent", "no_rule"),
        (ALBANY, "2011-06-01", "consent", "suspended"),
        (ALBANY, "2012-05-15", "historical", "active_override"),
        # ICE's rescission of 5 August 2011 ends no state's consent
        (HARRIS, "2011-08-04", "consent", "active_moa"),
        (HARRIS, "2011-08-05", "consent", "active_moa"),
        (HARRIS, "2011-08-06", "historical", "active_moa"),
        (HARRIS, "2008-10-26", "consent", "not_active"),
        (HARRIS, "2008-10-27", "consent", "active_moa"),
        ("CA0190000", "2009-08-25", "consent", "active_moa"),
        ("CA0430000", "2010-05-03", "consent", "not_active"),
        ("CA0430000", "2010-05-04", "consent", "active_moa"),
        ("CA0410000", "2010-05-25", "consent", "active_moa"),
        ("CA0380000", "2010-06-08", "consent", "active_moa"),
        ("VA0290000", "2009-03-09", "consent", "active_moa"),
        ("FL0480000", "2010-04-26", "consent", "active_moa"),
        ("MD0190000", "2010-04-06", "consent", "active_moa"),
        ("MD0160000", "2011-04-12", "consent", "not_active"),
        ("CO0160000", "2011-01-05", "consent", "no_rule"),
        ("ZZ0010000", "2011-06-06", "historical", "unknown_jurisdiction"),
        ("MA013", "2011-06-06", "historical", "unknown_jurisdiction"),
    ],
)  # fmt: skip
def test_participation_stood_as_the_documents_say(cri: str, day: str, profile: str, reason: str) -> None:
    """Domain 4.1-4.3, tests 6 and 7: each place on both sides of each of its dates."""
    decision = gate(cri, day, profile)

    assert reason == decision.reason
    assert reason.startswith("active_") == decision.searched == (decision.answer == "permitted")


def test_a_decision_names_its_documents_and_how_well_they_are_known() -> None:
    """Domain 4.4: who claimed what is shown beside what the gate did."""
    decision = gate(DUPAGE, "2011-06-03", "historical")

    assert ("activation/il/dupage", "consent/il/notice", "override/il") == decision.documents == decision.rules
    assert (
        decision.basis,
        decision.evidence,
        decision.jurisdiction and decision.jurisdiction.state,
    ) == ("override", "recalled_not_verified", "IL")


def all_tots(shared: Path) -> list[str]:
    with (shared / "rules" / "ebts91_fields.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    listed = " ".join(row[column] for row in rows for column in ("mandatory_tots", "optional_tots"))
    return sorted(set(re.findall(r"[A-Z]{3,5}", listed)))


def test_of_all_types_of_transaction_only_car_and_cna_open_the_immigration_repository(shared: Path) -> None:
    """Domain 10.4: each TOT of EBTS 9.1 is routed or refused; DEK, DEU, MPR, AMN, applicants and latents are refused."""
    tots = all_tots(shared)

    routed = {tot for tot in tots if gate(HARRIS, "2011-06-06", "historical", tot=tot).searched}

    assert len(tots) >= 60
    assert {"CAR", "CNA"} == routed
    assert {"refused"} == {
        gate(HARRIS, "2011-06-06", "historical", tot=tot).answer for tot in tots if tot not in routed
    }


@pytest.mark.parametrize("tot", sorted(CIVIL_TOTS))
@pytest.mark.parametrize("repository", ["criminal", "immigration"])
def test_a_civil_transaction_opens_nothing(tot: str, repository: str) -> None:
    """Domain 1.9: applicants, deceased, missing persons and amnesia are never routed."""
    assert told(gate(HARRIS, "2011-06-06", "historical", tot=tot, repository=repository)) == (
        "refused",
        "civil_transaction",
    )


@pytest.mark.parametrize(
    ("tot", "answer"),
    [
        ("CAR", "permitted"),
        ("CNA", "permitted"),
        ("CPNU", "needs_person"),
        ("CPDR", "needs_person"),
        ("LFS", "refused"),
        ("XYZ", "refused"),
        ("", "refused"),
    ],
)
def test_the_criminal_repository_takes_bookings_and_asks_about_the_rest(tot: str, answer: str) -> None:
    """Domain 1.4: CPNU and CPDR are a policy question; nobody has answered it, so a person does."""
    assert answer == gate(MIDDLESEX, "2011-06-06", "consent", tot=tot, repository="criminal").answer


def test_an_unknown_agency_is_searched_nowhere() -> None:
    """Unknown is never "elsewhere": a person looks, and nothing is searched."""
    for repository in ("criminal", "immigration"):
        decision = gate("MA9990000", "2011-06-06", "historical", repository=repository)

        assert (decision.answer, decision.searched, decision.jurisdiction) == ("needs_person", False, None)


@pytest.mark.parametrize("juvenile", [True, None])
def test_a_juvenile_or_an_unknown_age_waits_for_a_person(juvenile: bool | None) -> None:
    """Domain 1.9: a juvenile is held back before the search; an unknown age is not "adult"."""
    decision = gate(HARRIS, "2011-06-06", "consent", juvenile=juvenile)

    assert (decision.answer, decision.searched, decision.reason) == ("needs_person", False, "juvenile_review")
    assert gate(MIDDLESEX, "2011-06-06", "consent", juvenile=juvenile).reason == "not_active"


def test_a_repository_without_a_rule_is_never_searched() -> None:
    """Absence of a rule is a person's question."""
    assert told(gate(HARRIS, "2011-06-06", "historical", repository="tourists")) == (
        "needs_person",
        "unknown_repository",
    )


def test_a_profile_that_does_not_exist_is_refused() -> None:
    """There are two profiles; no third can be slipped in."""
    with pytest.raises(UsageError, match="allowed: consent, historical"):
        gate(HARRIS, "2011-06-06", "all")


DENVER = "CO0160000"


def test_nothing_is_searched_on_a_document_whose_text_was_not_found() -> None:
    """Domain 10.1: on ``text_not_found`` nothing is decided; the same activation, read somewhere, opens the gate."""
    told_of = Document(
        id="made-up/denver", record="activation", scope=Reach("county", "Denver, CO"), status="ACTIVE", document="a list",
        in_force=InForce(date(2011, 2, 1)), claimed_by="ICE", authority_claimed="none stated",
        source=Source("not found", None, None), evidence="text_not_found",
    )  # fmt: skip

    for profile in PROFILES:
        not_read = gate(DENVER, "2011-06-02", profile, history=HISTORY.with_documents([told_of]))
        assert ("needs_person", "no_rule", None, False) == (*told(not_read), not_read.basis, not_read.searched)
        assert ("made-up/denver", "text_not_found") == (not_read.documents[0], not_read.evidence)
    read = HISTORY.with_documents([replace(told_of, evidence="secondary")])
    assert ("permitted", "active_moa") == told(gate(DENVER, "2011-06-02", "consent", history=read))


DAYS = st.dates(date(2006, 1, 1), date(2014, 12, 31))
PLACES = st.sampled_from([place.ori_prefix + "0000" for place in HISTORY.jurisdictions.all()])


@given(PLACES, DAYS, st.sampled_from([True, False, None]), st.sampled_from(["CAR", "CNA", "CPNU", "MAP"]))
def test_consent_never_permits_what_historical_does_not(cri: str, day: date, juvenile: bool | None, tot: str) -> None:
    """``consent`` honours a part of what ``historical`` honours, and rests on nothing but a memorandum."""
    strict, wide = (gate(cri, day.isoformat(), profile, juvenile=juvenile, tot=tot) for profile in PROFILES)

    assert not strict.searched or wide.searched
    assert strict.basis in (None, "moa")
    assert {strict.reason, wide.reason} <= set(REASONS)
    assert (strict.basis is not None) == strict.searched


@given(
    st.sampled_from(["MA", "IL", "NY", "CO", "TX"]),
    DAYS,
    DAYS,
    st.sampled_from(["override", "activation", "second_response", "statement"]),
)
def test_no_act_of_others_changes_a_states_consent(state: str, day: date, since: date, record: str) -> None:
    """Design decision 10: override, activation, second response and statements never touch the consent record."""
    status = {
        "override": "DECLARED",
        "activation": "ACTIVE",
        "second_response": "DECLINES",
        "statement": "RESCINDED_BY_AGENCY",
    }[record]
    act = Document(
        id="made-up", record=record, scope=Reach("county", f"Everywhere, {state}"), status=status, in_force=InForce(since, None), document="made up for this test",
        claimed_by="nobody", authority_claimed="none", source=Source("made up", None, None), evidence="recalled_not_verified",
    )  # fmt: skip

    assert HISTORY.consent(state, day) == HISTORY.with_documents([act]).consent(state, day)
