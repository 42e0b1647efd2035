"""Sealing, unsealing and deleting a booking's record: who asks, what the rules say, who decides, who carries it out.

    asked ──▶ decided by a named person ──▶ carried out by another ──▶ answered
      │              └──▶ refused, with its reason (counted)
      └── by a rule that is in force, by the agency that owns the arrest, by a court's order, or for the person

``required`` never acts by itself: it raises a task for a named person [design decision 6].
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from tenprint.model import events as e
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral.commands import Actor, PolicyAnswer, Refused

Act = Literal["delete", "seal", "unseal"]
Origin = Literal["rule", "agency", "order", "person"]

ACTS: Final[tuple[Act, ...]] = ("delete", "seal", "unseal")
"""What can be asked. Sealed: only a court reader reads it. Deleted: nobody reads it, ever."""

ORIGINS: Final[tuple[Origin, ...]] = ("rule", "agency", "order", "person")
"""Why it is asked. ``order``: a court's order, named by its code; ``person``: the person concerned, or counsel."""

RULE: Final = "design decisions 3 and 6"
"""Where the refusals of this file are written."""

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
"""What a public reason or an order's name looks like. Source: design decision 3."""


@dataclass(frozen=True, slots=True)
class RetentionState:
    """A request as its events tell it. answer: of the rules, ``""`` where none is in force. granted: None while undecided."""

    act: str = ""
    submission: str = ""
    origin: str = ""
    answer: str = ""
    asked_by: str = ""
    granted: bool | None = None
    decided_by: str = ""
    executed: bool = False


def replay_request(events: Iterable[Recorded]) -> RetentionState:
    """The request that these events tell, in their order; ``RetentionState()`` before any."""
    state = RetentionState()
    for event in events:
        facts = event.public
        if event.type == e.RETENTION_REQUESTED:
            told = {name: str(facts.get(name) or "") for name in ("act", "submission", "origin", "answer")}
            state = replace(state, **told, asked_by=event.actor)  # type: ignore[arg-type]
        elif event.type == e.RETENTION_DECIDED:
            state = replace(state, granted=facts.get("granted") is True, decided_by=event.actor)
        elif event.type == e.RETENTION_EXECUTED:
            state = replace(state, executed=True)
    return state


def request(*, act: str, submission: str, origin: str, ori: str, answer: PolicyAnswer | None, question: str, order: str | None,
            due: str, reason: str, at: datetime) -> Event | Refused:  # fmt: skip
    """RetentionRequested. answer: what the rules say of it, None where none is in force; order: code of a court's order."""
    if act not in ACTS or origin not in ORIGINS:
        return Refused("REQUEST_INVALID", f"Allowed: {', '.join(ACTS)}, asked by {', '.join(ORIGINS)}.", RULE)
    if (origin == "order") != bool(order) or (order and not CODE.fullmatch(order)):
        return Refused(
            "ORDER_MISSING", "A court's order is named by a code, such as a docket number, and by nothing else.", RULE
        )
    if act == "unseal" and origin != "order":
        return Refused("ORDER_MISSING", "Only a court's order opens a sealed record.", RULE)
    if not reason.strip():
        return Refused("REASON_MISSING", "A request has its reason in words.", RULE)
    said = {"answer": answer.kind if answer else None, "rules": list(answer.by) if answer else [],
            "evidence": answer.evidence if answer else None}  # fmt: skip
    return Event(type=e.RETENTION_REQUESTED, effective_at=at, private={"reason": reason},
                 public={"act": act, "submission": submission, "origin": origin, "ori": ori, "question": question, "order": order,
                         "due": due, **said})  # fmt: skip


def decide(
    state: RetentionState, *, by: Actor, granted: bool, reason_code: str, reason: str, at: datetime
) -> Event | Refused:
    """RetentionDecided, once, by a named person who did not ask. What a rule refuses only a court's order grants."""
    if not state.act:
        return Refused("NO_REQUEST", "There is no such request.", RULE)
    if state.granted is not None:
        return Refused("DECIDED", "The request was decided; ask again if something changed.", RULE)
    if by.id == state.asked_by:
        return Refused("DECIDED_BY_WHO_ASKED", "Whoever asked can't decide it too.", RULE)
    if granted and state.answer == "refused" and state.origin != "order":
        return Refused("RULE_REFUSES", "The rules in force refuse it; only a court's order grants it.", RULE)
    if not CODE.fullmatch(reason_code) or not reason.strip():
        return Refused("REASON_MISSING", "A decision has a reason as a code, which is counted, and in words.", RULE)
    return Event(type=e.RETENTION_DECIDED, effective_at=at, private={"reason": reason},
                 public={"act": state.act, "submission": state.submission, "granted": granted, "reason_code": reason_code})  # fmt: skip


def may_execute(state: RetentionState, *, by: Actor) -> Refused | None:
    """None if this person may carry it out now: granted, not done yet, and not by whoever decided it."""
    if not state.granted:
        return Refused("NOT_GRANTED", "Nobody has granted the request; nothing was carried out.", RULE)
    if state.executed:
        return Refused("EXECUTED", "The request was carried out already.", RULE)
    if by.id == state.decided_by:
        return Refused("EXECUTED_BY_WHO_DECIDED", "Another person carries out what one person decided.", RULE)
    return None


def executed(state: RetentionState, *, receipt: Mapping[str, str | int | None], at: datetime) -> Event:
    """RetentionExecuted with what the receipt says in public: digests, counts and the day after which no copy can be read."""
    return Event(
        type=e.RETENTION_EXECUTED, effective_at=at, public={"act": state.act, "submission": state.submission, **receipt}
    )
