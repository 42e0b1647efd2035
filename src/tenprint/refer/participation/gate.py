"""May this repository be searched for this submission? The one place where participation is enforced.

The answer is a value with its reason; only ``permitted`` lets a search authority be issued. The criminal repository is
open to criminal bookings; the immigration repository only to CAR and CNA, and only where participation stands under the
programme's profile: ``consent`` honours a memorandum alone, ``historical`` also a pilot and a federal override, as they
were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from tenprint.errors import UsageError
from tenprint.refer.participation.documents import Document
from tenprint.refer.participation.history import ParticipationHistory, Standing
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.participation.sources import TEXT_NOT_FOUND, weakest

GateAnswer: TypeAlias = Literal["permitted", "refused", "needs_person"]
Basis: TypeAlias = Literal["moa", "pilot", "override"]

PROFILES: Final = ("consent", "historical")
"""The two participation profiles (design decision 10)."""

REASONS: Final[dict[str, str]] = {
    "criminal_repository": "A criminal booking may be searched in the criminal repository.",
    "active_moa": "The place is active and the state's memorandum stands.",
    "active_pilot": "The place is active and its activation rests on a pilot; the state has not agreed.",
    "active_override": "The place is active by a federal act without the state's consent.",
    "not_active": "The place is not active on this day.",
    "no_consent": "The state has not agreed, and the profile honours nothing else here.",
    "suspended": "The state has suspended its memorandum, and the profile honours nothing else here.",
    "terminated": "The state's memorandum has ended, and the profile honours nothing else here.",
    "civil_transaction": "A civil, applicant, deceased, missing-person or amnesia transaction: no booking.",
    "tot_not_admitted": "This type of transaction never opens this repository.",
    "tot_needs_person": "A criminal transaction of a type about which the programme has no rule of its own.",
    "juvenile_review": "The person is a juvenile, or the age is unknown: a person decides before any search.",
    "unknown_jurisdiction": "The booking agency's place is not known.",
    "no_rule": "No document that was read tells whether the place is active, or what the state agreed to.",
    "unknown_repository": "The programme has no rule for this repository.",
}
"""The closed list of reasons, each with the sentence shown to people."""

CIVIL_TOTS: Final = frozenset(
    {
        *("DOCE", "EMUF", "FANC", "FAUF", "FNDR", "NNDR", "NFAP", "NFUE", "NFUF", "MAP"),
        *("FNCC", "FUFC", "MAPC", "NFFC", "NFDP", "DEK", "DEU", "DEKC", "MPR", "AMN"),
    }
)
"""Transactions that are no criminal booking: applicants, deceased, missing persons, amnesia, and their card-scan twins.
Source: EBTS 9.1 types of transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDecision:
    """The gate's answer for one repository. reason: a key of `REASONS`. searched: True only when permitted.

    basis: on what the immigration search rests, None when it is not searched or needs none. documents: ids of the
    participation documents that decided. evidence: the weakest mark among them, None when none was needed; the mark
    of the ORI prefix stands beside it, in ``jurisdiction.evidence``.
    """

    repository: str
    answer: GateAnswer
    searched: bool
    reason: str
    basis: Basis | None
    profile: str
    documents: tuple[str, ...]
    jurisdiction: Jurisdiction | None
    evidence: str | None

    @property
    def rules(self) -> tuple[str, ...]:
        """The documents that decided, under the name that the event uses."""
        return self.documents

    @property
    def says(self) -> str:
        """The reason as one sentence for people."""
        return REASONS[self.reason]


def decide_gate(
    *,
    history: ParticipationHistory,
    profile: str,
    tot: str,
    cri: str,
    on: date,
    repository: str,
    juvenile: bool | None,
    immigration_tots: Sequence[str] = ("CAR", "CNA"),
    criminal_tots: Sequence[str] = ("CAR", "CNA"),
    review_tots: Sequence[str] = ("CPNU", "CPDR", "CARC", "CNAC"),
) -> GateDecision:
    """Whether ``repository`` (``criminal`` or ``immigration``) may be searched for a submission received ``on`` that
    day.

    tot: 1.004; cri: the booking station's ORI, 2.073; juvenile: None when the age or 2.087 does not tell.
    review_tots: criminal types that a person must admit to the criminal repository; they never open ``immigration``.
    Raises UsageError for a profile that does not exist. Every other doubt is an answer, never a search.
    """
    if profile not in PROFILES:
        raise UsageError(f"profile {profile!r}; allowed: {', '.join(PROFILES)}; nothing was decided")
    place = history.jurisdiction(cri)
    by_type = _by_type(
        repository, tot, immigration_tots=immigration_tots, criminal_tots=criminal_tots, review_tots=review_tots
    )
    if by_type is not None:
        return _decision(repository, profile, place, *by_type)
    standing = history.basis(cri, on)
    if place is None or standing is None:
        return _decision(repository, profile, None, "needs_person", "unknown_jurisdiction")
    if repository == "criminal":
        return _decision(repository, profile, place, "permitted", "criminal_repository")
    answer, reason, basis = _by_participation(standing, profile)
    if answer == "permitted" and any(d.evidence == TEXT_NOT_FOUND for d in _deciding(standing, reason, basis)):
        answer, reason, basis = "needs_person", "no_rule", None
    if answer == "permitted" and juvenile is not False:
        answer, reason, basis = "needs_person", "juvenile_review", None
    return _decision(repository, profile, place, answer, reason, basis=basis, standing=standing)


def _by_type(
    repository: str,
    tot: str,
    *,
    immigration_tots: Sequence[str],
    criminal_tots: Sequence[str],
    review_tots: Sequence[str],
) -> tuple[GateAnswer, str] | None:
    """The answer that the type of transaction alone gives; None when the rest must be looked at."""
    if repository not in ("criminal", "immigration"):
        return "needs_person", "unknown_repository"
    if tot in CIVIL_TOTS:
        return "refused", "civil_transaction"
    if tot in (immigration_tots if repository == "immigration" else criminal_tots):
        return None
    if repository == "criminal" and tot in review_tots:
        return "needs_person", "tot_needs_person"
    return "refused", "tot_not_admitted"


def _by_participation(standing: Standing, profile: str) -> tuple[GateAnswer, str, Basis | None]:
    """The answer that participation gives, whatever the person."""
    if standing.active is False:
        return "refused", "not_active", None
    bases = _bases(standing, profile)
    consent = standing.consent
    unsure = consent.status is None
    if not bases and not unsure:
        refusal = {"SUSPENDED": "suspended", "TERMINATED": "terminated"}.get(consent.status or "", "no_consent")
        if consent.status == "TERMINATION_NOTICE":
            refusal = "suspended"  # notice given while suspended: the suspension still holds
        return "refused", refusal, None
    if not bases or standing.active is None:
        return "needs_person", "no_rule", None
    return "permitted", f"active_{bases[0]}", bases[0]


def _bases(standing: Standing, profile: str) -> list[Basis]:
    """What the profile honours of what stands, the strongest first."""
    found: list[Basis] = []
    if standing.consent.stands:
        found.append("moa")
    if profile == "historical":
        if standing.pilot:
            found.append("pilot")
        if standing.override is not None:
            found.append("override")
    return found


def _deciding(standing: Standing, reason: str, basis: Basis | None) -> list[Document]:
    """The documents on which an answer rests."""
    decided = [standing.activation, standing.consent.document]
    if basis == "override":
        decided.append(standing.override)
    if basis == "pilot" or reason == "not_active":
        decided = [standing.activation]
    return [document for document in decided if document is not None]


def _decision(
    repository: str,
    profile: str,
    place: Jurisdiction | None,
    answer: GateAnswer,
    reason: str,
    *,
    basis: Basis | None = None,
    standing: Standing | None = None,
) -> GateDecision:
    documents = [] if standing is None else _deciding(standing, reason, basis)
    marks = [document.evidence for document in documents]
    return GateDecision(
        repository=repository,
        answer=answer,
        searched=answer == "permitted",
        reason=reason,
        basis=basis,
        profile=profile,
        documents=tuple(document.id for document in documents),
        jurisdiction=place,
        evidence=weakest(marks) if marks else None,
    )
