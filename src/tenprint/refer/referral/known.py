"""What a case knows, in the words that a rule may use; what it doesn't know is absent, never a default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Recorded
from tenprint.model.facts import AssertedFact, FactValue
from tenprint.refer.referral.fold import evolve
from tenprint.refer.referral.state import CaseState, Charge

Gravest = Callable[[Sequence[Charge]], Charge | None]
"""Which of several charges is the most serious under the policy asked; None where it does not say."""


def only(charges: Sequence[Charge]) -> Charge | None:
    """The one charge there is; of several, no policy being asked, none is known to be the most serious."""
    return charges[0] if len(charges) == 1 else None


RESTATES: Final[Mapping[str, tuple[str, ...]]] = {
    e.STATUS_RESPONDED: ("status.value", "status.removable"),
    e.HISTORY_RECORDED: ("conviction.",),
    e.CHARGE_CODED: ("charge.",),
    e.IDENTITY_ESTABLISHED: ("identity.examiners",),
    e.CITIZENSHIP_CLAIMED: ("claim.citizenship_open",),
    e.CITIZENSHIP_RESOLVED: ("claim.citizenship_open",),
    e.PROTECTED_PERSON_FLAGGED: ("person.protected",),
}
"""What an event says anew even where the value stays the same: beginnings of names of facts."""

AS_OF: Final[Mapping[str, str]] = {
    e.STATUS_RESPONDED: "status_as_of",
    e.HISTORY_RECORDED: "as_of",
    e.HISTORY_STATED: "as_of",
}
"""The public fact of an event in which it says as of which day its records are; others speak of their own day."""


def facts_of(state: CaseState, *, gravest: Gravest = only) -> dict[str, FactValue]:
    """Facts of the glossary (`tenprint.model.facts`) that the case itself can state, for whoever asks the policy.

    A protected person is stated only when somebody asserted it; juvenile only when the age is known; the detainer's
    facts only while one is open. The charge's: of the most serious one that still stands, as ``gravest`` says.
    ``identity.examiners``: distinct examiners of the candidate who is identified, else 0.
    """
    candidate = state.known_candidate
    facts: dict[str, FactValue] = {
        "repository.name": state.repository,
        "jurisdiction.state": state.us_state,
        "identity.examiners": 0 if candidate is None else len(state.identifiers(candidate)),
        "claim.citizenship_open": state.open_claim is not None,
        "conviction.known": state.conviction_known,
    }
    if state.juvenile is not None:
        facts["person.juvenile"] = state.juvenile
    if state.protected:
        facts["person.protected"] = True
    if state.finding is not None:
        facts["status.value"] = state.finding.status
        facts["status.removable"] = state.finding.removable
    detainer = state.open_detainer
    if detainer is not None:
        facts["detainer.form"] = detainer.form
        facts["detainer.served"] = detainer.served_at is not None
        facts["detainer.warrant"] = detainer.warrant
    charge = gravest([charge for charge in state.charges if charge.id not in state.ended_charges])
    if charge is not None:
        facts["charge.code_source"] = charge.code_source
        if charge.ncic:
            facts["charge.ncic"] = charge.ncic
    return facts


def assertions(
    stream: Iterable[Recorded], *, day_of: Callable[[datetime], date], gravest: Gravest = only
) -> dict[str, AssertedFact]:
    """The same facts, each with the event that it comes from, as of when, and who recorded that event.

    stream: the case's events with their private halves, in order. day_of: the place's calendar day of an instant.
    gravest: as `facts_of`.
    A fact is the last event's that changed it or said it anew (`RESTATES`).
    """
    state, before = CaseState(), dict[str, FactValue]()
    found: dict[str, AssertedFact] = {}
    weighed: dict[tuple[Charge, ...], Charge | None] = {}  # few events change the charges

    def once(charges: Sequence[Charge]) -> Charge | None:
        key = tuple(charges)
        if key not in weighed:
            weighed[key] = gravest(charges)
        return weighed[key]

    for event in stream:
        state = evolve(state, event)
        now = facts_of(state, gravest=once)
        said = RESTATES.get(event.type, ())
        for name, value in now.items():
            if before.get(name) != value or (said and name.startswith(said)):
                found[name] = _asserted(name, value, event, day_of)
        found = {name: fact for name, fact in found.items() if name in now}
        before = now
    return found


def _asserted(name: str, value: FactValue, event: Recorded, day_of: Callable[[datetime], date]) -> AssertedFact:
    told = event.public.get(AS_OF.get(event.type, ""))
    return AssertedFact(
        name=name,
        value=value,
        source=f"event {event.type}, {event.version} of the case",
        as_of=date.fromisoformat(told) if isinstance(told, str) else day_of(event.effective_at),
        asserted_by=f"{event.role} {event.actor}",
        outdated=event.type == e.STATUS_RESPONDED and event.public.get("stale") is True,
    )
