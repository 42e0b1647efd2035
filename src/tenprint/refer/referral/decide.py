"""The front door: a case and a command in, events or a refusal out. Pure:
the same two give the same answer for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tenprint.model import events as e
from tenprint.model.events import Event
from tenprint.refer.referral import (
    claims,
    commands,
    custody,
    detainer,
    history,
    identity,
    notices,
    priorities,
    record,
    roles,
    statements,
    status,
)
from tenprint.refer.referral.commands import CloseCase, Command, Refused
from tenprint.refer.referral.fold import evolve, replay
from tenprint.refer.referral.state import CaseState

__all__ = ["CaseState", "Refused", "decide", "evolve", "replay"]

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@#,{}+-]{0,99}")


def decide(state: CaseState, command: Command) -> list[Event] | Refused:
    """The events that follow from ``command`` now, oldest first, or why it is refused.

    Before anything else it is checked that the role may ask, that time does not run backwards and that the reason is
    there.
    If a hold's end has come by ``command.at``, its expiry and the release due precede the command's own events; a
    refusal
    carries none of them, so that the ticker still finds them. An empty list: nothing is to be done.
    """
    refused = roles.allowed(command) or _well_formed(command) or _in_time(state, command)
    if refused is not None:
        return refused
    overdue = custody.expire(state, command.at)
    for event in overdue:
        state = evolve(state, event)
    decided = _DECISIONS[type(command)](state, command)
    return decided if isinstance(decided, Refused) else [*overdue, *decided]


def close_case(state: CaseState, command: CloseCase) -> list[Event] | Refused:
    """CaseClosed with its disposition: the officer's, or the one that the case itself gives.
    Nothing may be left running.
    """
    if state.running_hold is not None or state.open_detainer is not None:
        return Refused(
            "DETAINER_OPEN", "A detainer is open; it is lifted, or used up, before the case closes.", "domain 3.4 G8"
        )
    if state.open_claim is not None:
        return Refused("CITIZENSHIP_CLAIM_OPEN", "A claim of citizenship is open.", "design decision 7")
    if state.release_due_at is not None and state.in_custody:
        return Refused("RELEASE_DUE", "Release is due and not recorded.", "domain 3.3")
    given = _disposition_of(state)
    if given is None:
        return Refused(
            "NO_DISPOSITION",
            "A closed case has a disposition: an officer decides first, also for no action.",
            "domain 3.4 G4",
        )
    decides = {roles.FIELD_OFFICER, roles.SUPERVISOR}
    if command.by.role not in decides and given not in {"not_identified", "criminal_identification_only"}:
        return Refused(
            "ROLE_MAY_NOT", f"A case that ends as {given} is closed by a field officer or a supervisor.", "domain 3.4"
        )
    return [
        Event(
            type=e.CASE_CLOSED,
            effective_at=command.at,
            public={"reason_code": command.reason_code, "disposition": given},
            private={"reason": command.reason},
        )
    ]


def _disposition_of(state: CaseState) -> str | None:
    if state.citizen:
        return "us_citizen"
    if "died" in state.outcomes:
        return "deceased"
    if state.identity == "refuted":
        return "not_identified"
    if state.repository == identity.CRIMINAL and state.identity == "established":
        return "criminal_identification_only"
    return state.disposition if state.identity == "established" else None


def _well_formed(command: Command) -> Refused | None:
    if command.REASON and not str(getattr(command, command.REASON)).strip():
        return Refused(
            "REASON_MISSING",
            f"{type(command).__name__} needs its {command.REASON} in words.",
            "domain 3.4: a person decides",
        )
    for name in command.CODES:
        value = getattr(command, name)
        if value is not None and _CODE.fullmatch(str(value)) is None:
            return Refused(
                "NOT_A_CODE", f"{name} becomes public and must be a code, not free text.", "design decision 3"
            )
    for name in ("rules", "boxes", "classes", "rests_on"):
        listed = getattr(command, name, ())
        if isinstance(listed, tuple) and not all(_CODE.fullmatch(item) for item in listed):
            return Refused("NOT_A_CODE", f"{name} become public and must be codes, not free text.", "design decision 3")
    return None


def _in_time(state: CaseState, command: Command) -> Refused | None:
    if not state.opened:
        is_first = isinstance(command, commands.OpenCase)
        return None if is_first else Refused("NOT_OPEN", "No case is open here.", "design 5, Case")
    if state.closed and not isinstance(command, _AFTER_CLOSING):
        return Refused("CLOSED", "The case is closed; a claim may still be raised.", "design 5, Claim at any time")
    if state.last_at is not None and command.at < state.last_at:
        return Refused("TIME_RUNS_BACK", "The act lies before what the case already knows.", "design decision 7")
    return None


_AFTER_CLOSING: Final = (
    commands.ClaimCitizenship,
    commands.ResolveClaim,
    commands.GiveNotice,
    commands.AskRedress,
    commands.Tick,
    statements.StateHistory,
    commands.RecordLevel,
)
"""What a closed case still takes: claims, what is owed, time, and what becomes known of its charges, with the levels that follow."""

# Each decision takes its own command; the table is keyed by exactly that type, which a type checker can't follow.
_DECISIONS: Final[Mapping[type[Command], Callable[[CaseState, Any], list[Event] | Refused]]] = {
    commands.OpenCase: identity.open_case,
    commands.RecordConclusion: identity.record_conclusion,
    commands.RaiseIdentityConflict: identity.raise_conflict,
    commands.SendStatusQuery: status.send_query,
    commands.AcknowledgeStatusQuery: status.acknowledge,
    commands.RecordStatusResponse: status.record_response,
    commands.DecideDisposition: status.decide_disposition,
    commands.CodeCharge: record.code_charge,
    commands.RecordHistory: record.record_history,
    statements.StateHistory: history.state_history,
    statements.FindAggravatedFelony: history.find_aggravated_felony,
    statements.WithdrawFinding: history.withdraw_finding,
    statements.ReviewHistoryChange: history.review_change,
    commands.RecordLevel: record.record_level,
    commands.DecidePriority: priorities.decide_priority,
    commands.IssueDetainer: detainer.issue,
    commands.ServeDetainer: detainer.serve,
    commands.AnswerDetainer: detainer.answer,
    commands.LiftDetainer: detainer.lift,
    commands.MarkReleaseEligible: custody.mark_eligible,
    commands.Tick: custody.tick,
    commands.RecordRelease: custody.record_release,
    commands.TransferCustody: custody.transfer,
    commands.RecordOutcome: custody.record_outcome,
    commands.ClaimCitizenship: claims.claim,
    commands.ResolveClaim: claims.resolve,
    commands.FlagProtected: claims.flag_protected,
    commands.ShortenHold: custody.shorten,
    commands.GiveNotice: notices.give,
    commands.AskRedress: notices.ask,
    commands.CloseCase: close_case,
}
