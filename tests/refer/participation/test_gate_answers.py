"""Every branch of the gate, with all that its decision says: answer, reason, basis, documents, place and evidence mark."""

from __future__ import annotations

from datetime import date

import pytest

from tenprint.errors import UsageError
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.gate import REASONS, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.sources import InForce, Source
from tenprint.refer.policy.programme import Programme, programme_root

HISTORY = Programme.load(programme_root()).history
BOSTON, MIDDLESEX, DUPAGE, ALBANY, NOWHERE = "MA0130100", "MA0090100", "IL0220000", "NY0010000", "ZZ9990000"
CRIMINAL, IMMIGRATION = "criminal", "immigration"


def decide(cri: str, day: str, *, profile: str = "consent", repository: str = IMMIGRATION, tot: str = "CAR", juvenile: bool | None = False,
           history: ParticipationHistory = HISTORY, **lists: tuple[str, ...]):  # fmt: skip
    return decide_gate(history=history, profile=profile, tot=tot, cri=cri, on=date.fromisoformat(day), repository=repository, juvenile=juvenile,
                       **lists)  # fmt: skip


@pytest.mark.parametrize(("cri", "day", "asked", "answer", "reason", "basis", "documents", "place", "evidence"), [
    (BOSTON, "2011-06-06", {"profile": "historical"}, "permitted", "active_pilot", "pilot", ("activation/ma/boston",), "MA013", "secondary"),
    (BOSTON, "2011-06-06", {}, "refused", "no_consent", None, ("activation/ma/boston", "consent/ma/refused"), "MA013", "secondary"),
    (BOSTON, "2012-05-15", {"profile": "historical"}, "permitted", "active_override", "override",
     ("activation/ma", "consent/ma/refused", "override/ma"), "MA013", "primary"),
    (MIDDLESEX, "2012-05-14", {"profile": "historical"}, "refused", "not_active", None, ("activation/ma/rest",), "MA009", "primary"),
    (DUPAGE, "2011-06-02", {}, "permitted", "active_moa", "moa", ("activation/il/dupage", "consent/il/notice"), "IL022", "recalled_not_verified"),
    (DUPAGE, "2011-06-03", {}, "refused", "terminated", None, ("activation/il/dupage", "consent/il/notice"), "IL022", "recalled_not_verified"),
    (DUPAGE, "2011-06-02", {"juvenile": None}, "needs_person", "juvenile_review", None, ("activation/il/dupage", "consent/il/notice"), "IL022",
     "recalled_not_verified"),
    (ALBANY, "2011-05-31", {}, "needs_person", "no_rule", None, ("activation/ny/unknown", "consent/ny/signed"), "NY001", "recalled_not_verified"),
    (ALBANY, "2011-06-01", {}, "refused", "suspended", None, ("activation/ny/unknown", "consent/ny/suspended"), "NY001", "secondary"),
    (NOWHERE, "2011-06-01", {}, "needs_person", "unknown_jurisdiction", None, (), None, None),
    (NOWHERE, "2011-06-01", {"repository": CRIMINAL}, "needs_person", "unknown_jurisdiction", None, (), None, None),
    (BOSTON, "2011-06-06", {"repository": CRIMINAL}, "permitted", "criminal_repository", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"repository": CRIMINAL, "juvenile": True}, "permitted", "criminal_repository", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"repository": CRIMINAL, "tot": "CPNU"}, "needs_person", "tot_needs_person", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"repository": CRIMINAL, "tot": "LFS"}, "refused", "tot_not_admitted", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"tot": "CPNU"}, "refused", "tot_not_admitted", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"tot": "MAP"}, "refused", "civil_transaction", None, (), "MA013", None),
    (BOSTON, "2011-06-06", {"repository": "tourists"}, "needs_person", "unknown_repository", None, (), "MA013", None),
])  # fmt: skip
def test_a_decision_says_all_that_it_rests_on(
    cri, day, asked, answer, reason, basis, documents, place, evidence
) -> None:
    """Domain 1.9, 4.1-4.4: nothing of a decision may be guessed from another part of it."""
    found = decide(cri, day, **asked)

    assert (found.answer, found.searched, found.reason, found.basis) == (answer, answer == "permitted", reason, basis)
    assert (found.repository, found.profile) == (asked.get("repository", IMMIGRATION), asked.get("profile", "consent"))
    assert (found.documents, found.rules, found.evidence) == (documents, documents, evidence)
    assert place == (found.jurisdiction and found.jurisdiction.ori_prefix)
    assert REASONS[reason] == found.says


@pytest.mark.parametrize(("repository", "lists", "permitted"), [
    (IMMIGRATION, {"immigration_tots": ("CNA",), "criminal_tots": ("CAR",)}, False),
    (IMMIGRATION, {"immigration_tots": ("CAR",), "criminal_tots": ("CNA",)}, True),
    (CRIMINAL, {"immigration_tots": ("CAR",), "criminal_tots": ("CNA",)}, False),
    (CRIMINAL, {"immigration_tots": ("CNA",), "criminal_tots": ("CAR",)}, True),
])  # fmt: skip
def test_each_repository_has_its_own_list_of_transactions(repository: str, lists: dict, permitted: bool) -> None:
    """Design decision 1: what opens the criminal repository does not open the immigration repository by that."""
    assert permitted == decide(DUPAGE, "2011-06-02", repository=repository, **lists).searched


def test_a_type_that_a_person_must_admit_is_the_programmes_list() -> None:
    """The programme may name others; a type it does not name is refused."""
    asked = {"repository": CRIMINAL, "tot": "CPNU"}

    assert "needs_person" == decide(BOSTON, "2011-06-06", **asked, review_tots=("CPNU",)).answer
    assert "refused" == decide(BOSTON, "2011-06-06", **asked, review_tots=()).answer


def consent(status: str, since: str, until: str | None = None) -> Document:
    span = InForce(date.fromisoformat(since), date.fromisoformat(until) if until else None)
    return Document(id=f"made-up/{status}/{since}", record="consent", scope=Reach("state", "MD"), status=status, in_force=span, document="made up",
                    claimed_by="the state", authority_claimed="none", source=Source("made up", None, None), evidence="recalled_not_verified")  # fmt: skip


def active(since: str) -> Document:
    return Document(id="made-up/active", record="activation", scope=Reach("state", "MD"), status="ACTIVE", in_force=InForce(date.fromisoformat(since)),
                    document="made up", claimed_by="ICE", authority_claimed="none", source=Source("made up", None, None),
                    evidence="recalled_not_verified")  # fmt: skip


def test_notice_given_during_a_suspension_leaves_the_suspension() -> None:
    """Domain 4.1: thirty days run from the notice, but what is suspended is not searched meanwhile."""
    made_up = ParticipationHistory(
        [
            active("2009-01-01"),
            consent("SIGNED", "2009-01-01", "2010-01-01"),
            consent("SUSPENDED", "2010-01-01", "2010-02-01"),
            consent("TERMINATION_NOTICE", "2010-02-01"),
        ],
        HISTORY.jurisdictions,
    )

    found = decide("MD0110000", "2010-02-10", history=made_up)

    assert ("refused", "suspended", None) == (found.answer, found.reason, found.basis)
    assert "terminated" == decide("MD0110000", "2010-04-10", history=made_up).reason


def test_active_without_any_record_of_consent_asks_a_person() -> None:
    """Unknown is never "no", and never consent: what the state agreed to is a person's question."""
    made_up = ParticipationHistory([active("2009-01-01")], HISTORY.jurisdictions)

    assert ("needs_person", "no_rule") == (
        (found := decide("MD0110000", "2010-02-10", history=made_up)).answer,
        found.reason,
    )


def test_a_profile_that_does_not_exist_decides_nothing() -> None:
    """The whole message: found, allowed, and that nothing was decided."""
    with pytest.raises(UsageError) as refused:
        decide(BOSTON, "2011-06-06", profile="all")

    assert "profile 'all'; allowed: consent, historical; nothing was decided" == str(refused.value)
