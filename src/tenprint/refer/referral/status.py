"""The status query, its answer, and what an officer decides on it [domain 1.5, 1.9; 3.4 G2 and G4]."""

from __future__ import annotations

from typing import Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral.commands import (
    AcknowledgeStatusQuery,
    DecideDisposition,
    PolicyAnswer,
    RecordStatusResponse,
    Refused,
    SendStatusQuery,
)
from tenprint.refer.referral.fold import CITIZEN_EVIDENCE
from tenprint.refer.referral.identity import IMMIGRATION
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.tasks import raise_task, stop_for_citizen

STATUSES: Final = frozenset({
    "USC", "LPR", "nonimmigrant_in_status", "refugee_asylee", "pending_application", "overstay", "EWI", "removal_order",
    "previously_removed", "parolee", "no_record", "unable_to_determine",
})  # fmt: skip
"""What a specialist may find. Source: domain 1.5, the model of the IAR."""

UNKNOWN: Final = frozenset({"no_record", "unable_to_determine"})
"""Statuses that say nothing: no action by default. Source: domain 1.9."""

LAWFUL: Final = frozenset({"LPR", "nonimmigrant_in_status", "refugee_asylee", "pending_application", "parolee"})
"""Statuses that need a separate ground by conviction, decided by a person. Source: domain 1.9, "status lawful"; the
last two stand here
because an application or parole that runs is not a ground for removal by itself: set by the programme, the more
cautious reading."""

EVIDENCE: Final = CITIZEN_EVIDENCE | {"none", "claimed"}
"""What a response may say of evidence of citizenship. Source: domain 1.5, the model of the IAR."""
DISPOSITIONS: Final = frozenset({"no_action", "interview", "notification_request", "charging_document", "detainer"})
"""What an officer may decide. Source: domain 1.9, 3.2; each with a reason code, also no action."""

DEFAULT_OFFENSE: Final = "0399"
"""The immigration catch-all that stands for "no code" in a query. Source: domain 1.5, OFF."""


def _immigration_only(state: CaseState) -> Refused | None:
    if state.repository == IMMIGRATION:
        return None
    return Refused(
        "CRIMINAL_MATCH_NEVER_TRIGGERS",
        f"This case is of repository {state.repository!r}: an identification there starts nothing about immigration.",
        "domain 1.9: no match in IDENT, IAFIS candidate confirmed: no IAQ",
    )


def _identity_stands(state: CaseState) -> Refused | None:
    if state.identity == "disputed":
        return Refused(
            "IDENTITY_DISPUTED", "Identity is in dispute; nothing goes on until it is resolved.", "domain 1.9"
        )
    if state.identity != "established":
        return Refused(
            "IDENTITY_NOT_ESTABLISHED",
            "Two independent examiners have not identified the same candidate.",
            "domain 3.4 G1",
        )
    return None


def ready(state: CaseState) -> Refused | None:
    """None if the case may have consequences at all: the immigration repository, identity established, no citizen."""
    if state.citizen:
        return Refused(
            "CITIZEN_STOP", "The person is found to be a US citizen: the case is stopped for good.", "domain 1.9"
        )
    return _immigration_only(state) or _identity_stands(state)


def juvenile_refusal(state: CaseState, permission: PolicyAnswer | None) -> Refused | None:
    """None for an adult, or where the jurisdiction's rule permits in so many words; an unknown age is not adult."""
    if state.adult or (permission is not None and permission.kind == "permitted"):
        return None
    return Refused(
        "JUVENILE_ON_HOLD", "The person is, or may be, a juvenile: no act without a rule that permits it.", "domain 1.9"
    )


def send_query(state: CaseState, command: SendStatusQuery) -> list[Event] | Refused:
    """StatusQuerySent, once, after identity in the immigration repository is established."""
    refused = ready(state) or juvenile_refusal(state, command.permission)
    if refused is not None:
        return refused
    if state.queried_at is not None:
        return Refused(
            "QUERY_SENT",
            "A status query was sent in this case; its answer may be corrected by the specialist.",
            "domain 1.5",
        )
    code, source = command.offense_code, command.offense_code_source
    if source not in {"coded", "defaulted"} or len(code) != 4 or not code.isdigit():
        return Refused(
            "OFFENSE_CODE_INVALID", "The offence is a four-digit NCIC code, coded or defaulted.", "domain 1.5, OFF"
        )
    if source == "defaulted" and code != DEFAULT_OFFENSE:
        return Refused(
            "DEFAULT_NOT_0399", f"A default is 0399, not {code}; say coded if a person coded it.", "domain 1.5, OFF"
        )
    sent = Event(
        type=e.STATUS_QUERY_SENT,
        effective_at=command.at,
        public={"offense_code_source": source, "in_custody": command.in_custody},
        private={"query": {"offense_code": code, "attention": command.attention}},
    )
    return [sent, raise_task(state, "status_response", at=command.at, why="query_sent")]


def acknowledge(state: CaseState, command: AcknowledgeStatusQuery) -> list[Event] | Refused:
    """StatusQueryAcknowledged, once; an acknowledgement is not an answer."""
    if state.queried_at is None:
        return Refused("NO_QUERY", "No status query was sent.", "domain 1.5")
    if state.acknowledged_at is not None:
        return Refused("ACKNOWLEDGED", "The query was acknowledged already.", "domain 1.5")
    return [Event(type=e.STATUS_QUERY_ACKNOWLEDGED, effective_at=command.at)]


def record_response(state: CaseState, command: RecordStatusResponse) -> list[Event] | Refused:
    """StatusResponded; a citizen stops the case at once, else an officer is asked to decide.
    A later response corrects an earlier.
    """
    if state.citizen:
        return Refused(
            "CITIZEN_STOP", "The case is stopped as a citizen's; no later response reopens it.", "domain 1.9"
        )
    if state.queried_at is None:
        return Refused("NO_QUERY", "No status query was sent: there is nothing to answer.", "domain 1.5")
    if command.status not in STATUSES:
        return Refused("STATUS_UNKNOWN_VALUE", f"Allowed: {', '.join(sorted(STATUSES))}.", "domain 1.5, IAR")
    if (
        command.removable_indication not in {"yes", "no", "undetermined"}
        or command.citizenship_evidence not in EVIDENCE
    ):
        return Refused(
            "INDICATION_INVALID", f"Evidence of citizenship is one of {', '.join(sorted(EVIDENCE))}.", "domain 1.5, IAR"
        )
    if command.status_as_of is None and command.status not in UNKNOWN:
        return Refused(
            "AS_OF_MISSING", "A status needs the date of the newest record it rests on.", "domain 1.5, status_as_of"
        )
    if command.status_as_of is not None and command.status_as_of > command.local_day:
        return Refused(
            "AS_OF_IN_FUTURE", "The date of the newest record lies after the response.", "domain 1.5, status_as_of"
        )
    responded = Event(
        type=e.STATUS_RESPONDED,
        effective_at=command.at,
        public={
            "status": command.status,
            "status_as_of": None if command.status_as_of is None else command.status_as_of.isoformat(),
            "stale": command.stale,
            "removable_indication": command.removable_indication,
            "citizenship_evidence": command.citizenship_evidence,
        },
        private={"text": command.text, "sources": list(command.sources), "specialist_note": command.specialist_note},
    )
    if command.status == "USC" or command.citizenship_evidence in CITIZEN_EVIDENCE:
        return [responded, *stop_for_citizen(state, at=command.at)]
    why = "status_unknown" if command.status in UNKNOWN else "status_known"
    return [responded, raise_task(state, "decide_disposition", at=command.at, why=why)]


def ground_refusal(state: CaseState, *, ground: str) -> Refused | None:
    """None if the status bears a detainer: known, and where it is lawful with a ground by a known conviction."""
    if state.finding is None:
        return Refused("NO_STATUS_RESPONSE", "No specialist has answered the status query.", "domain 3.4 G2")
    if state.finding.status in UNKNOWN:
        return Refused(
            "STATUS_UNDETERMINED",
            "The status is not known: no action by default; an interview may be decided.",
            "domain 1.9",
        )
    if state.finding.status in LAWFUL and (not ground.strip() or state.conviction_known != "yes"):
        return Refused(
            "LAWFUL_STATUS",
            "The status is lawful: a ground by a known conviction, stated by the officer, is needed.",
            "domain 1.9",
        )
    return None


def decide_disposition(state: CaseState, command: DecideDisposition) -> list[Event] | Refused:
    """OfficerDecided, always with a reason code. Only no action may follow an unknown status without an interview."""
    refused = ready(state)
    if refused is not None:
        return refused
    if command.disposition not in DISPOSITIONS:
        return Refused("DISPOSITION_UNKNOWN", f"Allowed: {', '.join(sorted(DISPOSITIONS))}.", "domain 1.9")
    if command.disposition == "no_action":
        if state.open_detainer is not None:
            return Refused(
                "DETAINER_OPEN", "A detainer is open; lift it before deciding that nothing follows.", "domain 3.4 G8"
            )
    else:
        refused = juvenile_refusal(state, command.permission)
        if refused is None and command.disposition != "interview":
            refused = ground_refusal(state, ground=command.removability_ground)
        if refused is None and state.finding is None:
            refused = Refused("NO_STATUS_RESPONSE", "No specialist has answered the status query.", "domain 3.4 G2")
        if refused is not None:
            return refused
    evidence = {"ids": list(command.evidence), "removability_ground": command.removability_ground}
    return [
        Event(
            type=e.OFFICER_DECIDED,
            effective_at=command.at,
            public={
                "disposition": command.disposition,
                "reason_code": command.reason_code,
                "basis": command.basis,
                "rules": list(command.rules),
                "level": command.level,
                "policy": command.policy,
            },
            private={"reason": command.reason, "evidence": evidence, "facts": list(command.facts)},
        )
    ]
