"""What a case knows, in the words that a rule may use; what it doesn't know is absent, never a default."""

from __future__ import annotations

from tenprint.model.facts import FactValue
from tenprint.refer.referral.state import CaseState


def facts_of(state: CaseState) -> dict[str, FactValue]:
    """Facts of the glossary (`tenprint.model.facts`) that the case itself can state, for whoever asks the policy.

    A protected person is stated only when somebody asserted it; juvenile only when the age is known; the detainer's
    facts only while one is open. ``identity.examiners``: distinct examiners of the candidate who is identified, else 0.
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
    return facts
