"""What stands behind a case: each statement of criminal history, and the state of the booking's record itself.

Statements are shown as they were made, corrected ones too. Whether a record is kept, asked to be sealed or deleted, or deleted
is told to who may see such requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenprint.clock import from_text
from tenprint.infra.access.table import Actor
from tenprint.infra.store.store import Reader
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.refer.referral.retention import replay_request
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.retention import VIEW
from tenprint.workflow.views.board import may
from tenprint.workflow.views.citations import Citation, cited

ITEM: Final = ("date", "literal", "ncic", "severity", "max_penalty_days", "days")
"""Private details of a statement that a page shows, in this order. Source: `tenprint.refer.referral.statements`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One statement. read: it was read from the booking or an answer, nobody wrote it; item: None where the viewer's role reads no details.

    lost: the details were there and can't be read any more.
    """

    number: int
    kind: str
    outcome: str
    charge: str
    about: int
    source: str
    as_of: str
    read: bool
    corrected: bool
    item: tuple[tuple[str, str], ...] | None
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """One request to seal, unseal or delete. stands: undecided, granted, refused or carried_out. answer: of the rules, or empty.

    done_at: when it was carried out; unreadable_after: the day after which no copy of a deleted record can be read.
    """

    id: str
    act: str
    origin: str
    asked_at: datetime
    due: datetime
    stands: str
    answer: str
    evidence: str | None
    rules: tuple[Citation, ...]
    reason_code: str
    done_at: datetime | None
    unreadable_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordState:
    """The booking's record. holding: kept, prints_destroyed or deleted; until: when its period ends, while anything is kept.

    retain: the agency asked for retention (RET=Y). requests: None where the viewer may not see them.
    may_ask: the viewer's roles may ask to seal or delete it.
    """

    holding: str
    retain: bool
    until: datetime | None
    requests: tuple[RequestLine, ...] | None
    may_ask: bool


def statement_lines(state: CaseState, stream: Sequence[Recorded], *, details: bool) -> tuple[StatementLine, ...]:
    """Every statement of a case, in order. details: the viewer's roles read what a source says of the matter."""
    lost = {e.public["statement"] for e in stream if e.type == events.HISTORY_STATED and e.expunged}
    return tuple(
        StatementLine(
            number=one.number, kind=one.kind, outcome=one.outcome, charge=one.charge, about=one.about, source=one.source,
            as_of=one.as_of, read=bool(one.origin), corrected=one.corrected, lost=one.number in lost,
            item=tuple((name, str(one.item[name])) for name in ITEM if one.item.get(name) not in (None, "")) if details else None,
        )
        for one in state.statements
    )  # fmt: skip


def record_state(reader: Reader, row: Submission, known: Mapping[str, Citation], *, by: Actor) -> RecordState:
    """How a booking's record stands, and who asked for what."""
    holding = (
        "deleted"
        if row.state == "expunged"
        else "kept"
        if row.payload_object or row.templates_object
        else "prints_destroyed"
    )
    requests = None
    if may(by, VIEW, ori=row.cri):
        asked = [e for e in reader.events(types=[events.RETENTION_REQUESTED]) if e.public["submission"] == row.id]
        requests = tuple(_request(e, reader.stream(events.RETENTION, e.stream_id), known) for e in asked)
    return RecordState(
        holding=holding,
        retain=row.retain,
        until=row.retention_due if holding == "kept" else None,
        requests=requests,
        may_ask=holding != "deleted" and may(by, "request_retention", ori=row.cri),
    )


def _request(asked: Recorded, stream: Sequence[Recorded], known: Mapping[str, Citation]) -> RequestLine:
    state = replay_request(stream)
    facts = asked.public
    decided = next((e for e in stream if e.type == events.RETENTION_DECIDED), None)
    done = next((e for e in stream if e.type == events.RETENTION_EXECUTED), None)
    stands = "carried_out" if state.executed else {None: "undecided", True: "granted", False: "refused"}[state.granted]
    rules = facts.get("rules")
    return RequestLine(
        id=asked.stream_id, act=state.act, origin=state.origin, asked_at=asked.effective_at, due=from_text(str(facts["due"])),
        stands=stands, answer=state.answer, evidence=str(facts["evidence"]) if facts.get("evidence") else None,
        rules=cited(known, [str(rule) for rule in rules] if isinstance(rules, list | tuple) else []),
        reason_code=str(decided.public["reason_code"]) if decided else "", done_at=done.effective_at if done else None,
        unreadable_after=str(done.public.get("unreadable_after") or "") if done else "",
    )  # fmt: skip
