"""What may be said of criminal history, and what follows at once: an event for each statement, and a task if anything changed.

Nothing is overwritten: a correction is a new statement that names the one it corrects [design 5, Criminal history].
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tenprint.model import events as e
from tenprint.model.canonical import Value
from tenprint.model.events import Event
from tenprint.refer.referral import roles
from tenprint.refer.referral.commands import Refused
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.statements import (
    CLAUSES,
    CONVICTED,
    FAVOURABLE,
    KINDS,
    OUTCOMES,
    UNCODED,
    WITHDRAWN,
    FindAggravatedFelony,
    ReviewHistoryChange,
    StateHistory,
    WithdrawFinding,
)
from tenprint.refer.referral.tasks import raise_task

RULE: Final = "design 5, Criminal history"
"""Where the refusals of this file are written."""

_SEVERITIES: Final = frozenset({"felony", "misdemeanor", "infraction", None})


def state_history(state: CaseState, command: StateHistory) -> list[Event] | Refused:
    """HistoryStated. A change that a decision may rest on raises the officer's task; an uncoded text raises the coder's."""
    refused = _shape(command) or _links(state, command) or _item(command.item, command)
    if refused is not None:
        return refused
    stated = Event(
        type=e.HISTORY_STATED,
        effective_at=command.at,
        public={
            "statement": len(state.statements) + 1,
            "kind": command.kind,
            "outcome": command.outcome,
            "charge": command.charge,
            "about": command.about,
            "ncic_coded": bool(command.item.get("ncic")),
            "source": command.source,
            "as_of": command.as_of.isoformat(),
            "asserter": command.asserter,
            "origin": command.origin,
            "fault": command.fault,
            "corrects": command.corrects,
        },
        private={"item": dict(command.item), "reason": command.reason},
    )
    if state.closed:
        return [stated]
    if command.outcome == UNCODED or command.kind == "rap_sheet":
        return [stated, raise_task(state, "code_history", at=command.at, why="literal_text")]
    if command.outcome in FAVOURABLE | {CONVICTED, WITHDRAWN} or command.corrects is not None:
        return [stated, raise_task(state, "history_changed", at=command.at, why=command.outcome or "corrected")]
    return [stated]


def _shape(command: StateHistory) -> Refused | None:
    if command.kind not in KINDS:
        return Refused("STATEMENT_INVALID", f"A statement is one of {', '.join(KINDS)}.", RULE)
    if command.outcome is not None and command.outcome not in OUTCOMES:
        return Refused("STATEMENT_INVALID", f"An outcome is one of {', '.join(sorted(OUTCOMES))}.", RULE)
    if (command.kind == "disposition") != (command.outcome is not None) and command.outcome != WITHDRAWN:
        return Refused("STATEMENT_INVALID", "A disposition has an outcome, and nothing else has one.", RULE)
    if command.outcome == WITHDRAWN and command.corrects is None:
        return Refused("NOTHING_TO_CORRECT", "What is withdrawn is named by its number.", RULE)
    if command.as_of > command.local_day:
        return Refused("AS_OF_IN_FUTURE", "The record's day lies after the act.", RULE)
    if command.by.role == roles.SYSTEM and (
        command.outcome not in {None, UNCODED} or command.item.get("ncic") or command.item.get("word")
    ):
        return Refused(
            "CODED_BY_NOBODY", "Text that a machine read is never coded by it: a person codes.", "domain 3.4 G3"
        )
    return None


def _links(state: CaseState, command: StateHistory) -> Refused | None:
    known = {s.number: s for s in state.statements}
    if command.corrects is not None:
        before = known.get(command.corrects)
        if before is None:
            return Refused("NOTHING_TO_CORRECT", f"There is no statement {command.corrects} to correct.", RULE)
        if before.corrected:
            return Refused("CORRECTED_ALREADY", "That statement was corrected; correct the one that stands.", RULE)
        if before.kind not in {command.kind, "rap_sheet"}:
            return Refused("STATEMENT_INVALID", f"A {before.kind} is corrected by a {before.kind}.", RULE)
    if command.kind == "sentence" and command.outcome != WITHDRAWN:
        of = known.get(command.about or 0)
        if of is None or of.outcome != CONVICTED or not of.speaks:
            return Refused(
                "SENTENCE_WITHOUT_CONVICTION", "A sentence names the standing conviction it belongs to.", RULE
            )
    elif command.about is not None and command.about not in known:
        return Refused("STATEMENT_INVALID", f"There is no statement {command.about}.", RULE)
    return None


def _item(item: Mapping[str, Value], command: StateHistory) -> Refused | None:
    ncic, severity = item.get("ncic"), item.get("severity")
    if ncic is not None and not (isinstance(ncic, str) and len(ncic) == 4 and ncic.isascii() and ncic.isdigit()):
        return Refused("STATEMENT_INVALID", "An NCIC code has four digits.", "domain 2.2")
    if severity is not None and severity not in _SEVERITIES:
        return Refused("STATEMENT_INVALID", "Severity is felony, misdemeanor, infraction, or not known.", "domain 2.2")
    for name in ("max_penalty_days", "days"):
        value = item.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            return Refused("STATEMENT_INVALID", f"{name} is a number of days from 0, or not known.", "domain 2.2")
    if command.kind == "sentence" and command.outcome is None and item.get("days") is None and not item.get("literal"):
        return Refused("STATEMENT_INVALID", "A sentence says its days, or its words.", RULE)
    return None


def find_aggravated_felony(state: CaseState, command: FindAggravatedFelony) -> list[Event] | Refused:
    """AggravatedFelonyFound: a legal conclusion about a known conviction, never drawn from a code [domain 2.3]."""
    if command.clause not in CLAUSES:
        return Refused("CLAUSE_UNKNOWN", "The clause is a letter of INA 101(a)(43), from A to U.", "INA 101(a)(43)")
    if state.conviction_known != "yes":
        return Refused("NO_CONVICTION_KNOWN", "The finding speaks of a conviction, and none is known.", "domain 2.3")
    of = next((s for s in state.statements if s.number == command.statement), None)
    if command.statement is not None and (of is None or of.outcome != CONVICTED or not of.speaks):
        return Refused("NO_CONVICTION_KNOWN", "The statement named is no standing conviction.", "domain 2.3")
    found = Event(
        type=e.AGGRAVATED_FELONY_FOUND,
        effective_at=command.at,
        public={
            "finding": len(state.findings) + 1,
            "found": command.found,
            "clause": command.clause,
            "statement": command.statement,
        },
        private={"reason": command.reason},
    )
    return [found, raise_task(state, "history_changed", at=command.at, why="aggravated_felony")]


def withdraw_finding(state: CaseState, command: WithdrawFinding) -> list[Event] | Refused:
    """AggravatedFelonyWithdrawn."""
    one = next((f for f in state.findings if f.number == command.finding), None)
    if one is None or one.withdrawn:
        return Refused("NO_FINDING", f"No finding {command.finding} stands.", "domain 2.3")
    withdrawn = Event(
        type=e.AGGRAVATED_FELONY_WITHDRAWN,
        effective_at=command.at,
        public={"finding": command.finding},
        private={"reason": command.reason},
    )
    return [withdrawn, raise_task(state, "history_changed", at=command.at, why="finding_withdrawn")]


def review_change(state: CaseState, command: ReviewHistoryChange) -> list[Event] | Refused:
    """HistoryChangeReviewed; a person who was told was told in a language."""
    if not state.history_unreviewed:
        return Refused("NOTHING_TO_REVIEW", "Nothing changed since an officer last looked.", "domain 1.9")
    if command.person_told and not command.language:
        return Refused("LANGUAGE_MISSING", "A notice is given in a language; name it.", "domain 3.5")
    return [
        Event(
            type=e.HISTORY_CHANGE_REVIEWED,
            effective_at=command.at,
            public={
                "statements": len(state.statements),
                "person_told": command.person_told,
                "language": command.language,
            },
            private={"reason": command.reason},
        )
    ]
