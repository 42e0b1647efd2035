"""Who decides what: one table, tested cell by cell [domain 3.4, gates G1-G9]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tenprint.refer.referral import commands as c
from tenprint.refer.referral import statements as s

SYSTEM: Final = "system"
"""tenprint itself: mechanical steps, clocks; it decides about nobody."""
EXAMINER: Final = "examiner"
"""Compares prints; one of two."""
SUPERVISOR_EXAMINER: Final = "supervisor-examiner"
"""Resolves a dispute of identity by a conclusion of their own."""
STATUS_SPECIALIST: Final = "status-specialist"
"""Sends the status query and answers it."""
CHARGE_OFFICER: Final = "charge-officer"
"""Codes charges and records criminal history."""
FIELD_OFFICER: Final = "field-officer"
"""Decides what follows; issues and lifts detainers; receives custody."""
JAIL_OFFICER: Final = "jail-officer"
"""Answers for the agency that holds the person."""
CUSTODIAN: Final = "custodian"
"""Has the keys: releases, or gives custody."""
OUTCOME_OFFICER: Final = "outcome-officer"
"""Records what came of a case."""
SUPERVISOR: Final = "supervisor"
"""Resolves claims, protected persons and disputed codes."""
COUNSEL: Final = "counsel"
"""Speaks for the person."""
PERSON: Final = "person"
"""The person themselves."""
AGENCY: Final = "agency"
"""The booking agency's own key; it may speak for the person."""
AUDITOR: Final = "auditor"
"""Reads everything, commands nothing."""

ROLES: Final = frozenset({
    SYSTEM, EXAMINER, SUPERVISOR_EXAMINER, STATUS_SPECIALIST, CHARGE_OFFICER, FIELD_OFFICER, JAIL_OFFICER, CUSTODIAN,
    OUTCOME_OFFICER, SUPERVISOR, COUNSEL, PERSON, AGENCY, AUDITOR,
})  # fmt: skip
"""Every role a case knows. An auditor only reads; anyone else may at least raise a claim."""

MAY: Final[Mapping[type[c.Command], frozenset[str]]] = {
    c.OpenCase: frozenset({SYSTEM}),
    c.RecordConclusion: frozenset({EXAMINER, SUPERVISOR_EXAMINER}),
    c.RaiseIdentityConflict: frozenset({SYSTEM, EXAMINER, SUPERVISOR_EXAMINER, STATUS_SPECIALIST, SUPERVISOR}),
    c.SendStatusQuery: frozenset({STATUS_SPECIALIST}),
    c.AcknowledgeStatusQuery: frozenset({SYSTEM, STATUS_SPECIALIST}),
    c.RecordStatusResponse: frozenset({STATUS_SPECIALIST}),
    c.CodeCharge: frozenset({CHARGE_OFFICER, SUPERVISOR}),
    c.RecordHistory: frozenset({CHARGE_OFFICER, FIELD_OFFICER, SUPERVISOR}),
    s.StateHistory: frozenset({SYSTEM, CHARGE_OFFICER, FIELD_OFFICER, SUPERVISOR}),
    s.FindAggravatedFelony: frozenset({FIELD_OFFICER, SUPERVISOR}),
    s.WithdrawFinding: frozenset({FIELD_OFFICER, SUPERVISOR}),
    s.ReviewHistoryChange: frozenset({FIELD_OFFICER, SUPERVISOR}),
    c.RecordLevel: frozenset({SYSTEM, CHARGE_OFFICER, FIELD_OFFICER}),
    c.DecideDisposition: frozenset({FIELD_OFFICER}),
    c.DecidePriority: frozenset({FIELD_OFFICER}),
    c.IssueDetainer: frozenset({FIELD_OFFICER}),
    c.ServeDetainer: frozenset({FIELD_OFFICER, JAIL_OFFICER}),
    c.AnswerDetainer: frozenset({JAIL_OFFICER}),
    c.MarkReleaseEligible: frozenset({JAIL_OFFICER, CUSTODIAN}),
    c.Tick: frozenset({SYSTEM}),
    c.LiftDetainer: frozenset({FIELD_OFFICER, SUPERVISOR, CUSTODIAN}),
    c.ClaimCitizenship: ROLES - {AUDITOR},
    c.ResolveClaim: frozenset({SUPERVISOR}),
    c.FlagProtected: ROLES - {AUDITOR, SYSTEM},
    c.ShortenHold: frozenset({SYSTEM}),
    c.GiveNotice: frozenset({JAIL_OFFICER, FIELD_OFFICER, SUPERVISOR}),
    c.AskRedress: ROLES - {AUDITOR, SYSTEM},
    c.RecordRelease: frozenset({CUSTODIAN}),
    c.TransferCustody: frozenset({CUSTODIAN, FIELD_OFFICER}),
    c.RecordOutcome: frozenset({FIELD_OFFICER, OUTCOME_OFFICER, CUSTODIAN}),
    c.CloseCase: frozenset({SYSTEM, EXAMINER, SUPERVISOR_EXAMINER, FIELD_OFFICER, SUPERVISOR}),
}
"""Command -> roles that may give it.
Where a command asks more of a role (a third conclusion, a court's order), its decision says so.
"""


def allowed(command: c.Command) -> c.Refused | None:
    """None if the actor's role may give this command, else the refusal. A command outside the table is nobody's."""
    may = MAY.get(type(command), frozenset())
    if command.by.role in may:
        return None
    name = type(command).__name__
    who = ", ".join(sorted(may)) or "nobody"
    return c.Refused(
        "ROLE_MAY_NOT",
        f"{name} was asked by the role {command.by.role!r}; allowed: {who}. Nothing was decided.",
        "domain 3.4",
    )
