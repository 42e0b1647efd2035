"""An officer says in which classes of a priority policy a person is. It is a statement: no task, no detainer, no act follows.

What the policy's conditions give on the facts of the case stands beside what the officer said; a class that the facts rule
out can't be said, and one that they leave open needs what the officer rests it on.
"""

from __future__ import annotations

from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral.commands import DecidePriority, Refused
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.status import ground_refusal, ready

DOCUMENT: Final = "document:"
"""Beginning of a reference to something outside the case, by its code: ``document:final-order``."""


def decide_priority(state: CaseState, command: DecidePriority) -> list[Event] | Refused:
    """PriorityDecided, and nothing else. To be in no class may always be said; a class needs a status that bears it."""
    refused = ready(state)
    if refused is None and state.finding is None:
        refused = Refused("NO_STATUS_RESPONSE", "No specialist has answered the status query.", "domain 3.4 G2")
    if refused is None and command.classes:
        refused = _class_refusal(state, command)
    if refused is not None:
        return refused
    return [
        Event(
            type=e.PRIORITY_DECIDED,
            effective_at=command.at,
            public={
                "policy": command.policy,
                "policy_version": command.policy_version,
                "policy_kind": command.kind,
                "basis": command.basis,
                "stage": command.stage,
                "value": command.value,
                "classes": list(command.classes),
                "conditions_met": list(command.met),
                "conditions_open": list(command.open),
                "rests_on": list(command.rests_on),
                "evidence": command.mark,
                "inputs_hash": command.inputs_hash,
                "on": command.on.isoformat(),
                "reason_code": command.reason_code,
            },
            private={"reason": command.reason, "facts": list(command.facts)},
        )
    ]


def _class_refusal(state: CaseState, command: DecidePriority) -> Refused | None:
    if state.open_claim is not None:
        return Refused("CITIZENSHIP_CLAIM_OPEN", "A claim of citizenship is open.", "design decision 7")
    refused = ground_refusal(state, ground="; ".join(command.classes))
    if refused is not None:
        return refused
    against = sorted(set(command.classes) & set(command.ruled_out))
    if against:
        return Refused(
            "CLASS_DOES_NOT_APPLY",
            f"On the facts of the case {', '.join(against)} can't apply; correct the facts first if they are wrong.",
            f"{command.policy}/{command.policy_version}",
        )
    if not command.rests_on:
        return Refused(
            "EVIDENCE_MISSING", "A class rests on something: a record of the case, or a document.", "domain 3.4 G4"
        )
    unknown = sorted(set(command.rests_on) - references(state))
    unknown = [one for one in unknown if not one.startswith(DOCUMENT) or one == DOCUMENT]
    if unknown:
        there = ", ".join(sorted(references(state))) or "none"
        return Refused(
            "EVIDENCE_UNKNOWN",
            f"The case has no {', '.join(unknown)}; there are: {there}; write document:CODE for another.",
            "domain 3.4 G4",
        )
    return None


def references(state: CaseState) -> frozenset[str]:
    """What of the case a class may rest on: what stands, and was not corrected or withdrawn since."""
    return frozenset(
        (
            *(("response",) if state.finding is not None else ()),
            *(f"charge-{charge.id}" for charge in state.charges),
            *(f"record-{one.number}" for one in state.histories if not one.corrected),
            *(f"statement-{one.number}" for one in state.statements if one.speaks),
            *(f"finding-{one.number}" for one in state.findings if not one.withdrawn),
        )
    )
