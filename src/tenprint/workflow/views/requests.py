"""Requests to seal, unseal or delete: what is asked, on what grounds, who must act next and by when. Nobody is named.

A sealed booking shows that it is sealed: neither its place nor its case. The words of a request are read by those who decide, and by
auditors; the codes and rules by everybody who may see requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from tenprint.clock import from_text
from tenprint.errors import NotFound
from tenprint.ids import CaseId, KeyId
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.store import Reader
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.refer.referral.retention import RetentionState, replay_request
from tenprint.workflow.casework import case_file
from tenprint.workflow.erasing import AT_REST
from tenprint.workflow.house import CRIMINAL, House
from tenprint.workflow.participation import history_of
from tenprint.workflow.retention import VIEW, execution_task
from tenprint.workflow.sealed import refuse_if_sealed
from tenprint.workflow.views.board import may
from tenprint.workflow.views.citations import Citation, citations, cited, span_cited

PAGE: Final = 20
"""Requests on one page, the earliest due first. Set by: about ten screens of a phone."""

READS_WORDS: Final = frozenset({"supervisor", "auditor"})
"""Roles that read why somebody asked or decided: who decides, and who audits."""

NEXT: Final[Mapping[str, str]] = {"undecided": "supervisor", "granted": "repository-owner"}
"""Where a request stands -> the role that must act. Source: the table of access, `decide_retention` and `expunge:*`."""

RECEIPT: Final = ("receipt_sha256", "objects", "keys", "encounters", "gallery_generation", "unreadable_after")
"""What of a receipt is public. Source: `RetentionExecuted`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request. stands: undecided, granted, refused or carried_out; moot: its booking was deleted meanwhile, so nobody must act.

    due: when the next act is due, None when none is; left_s: seconds until then; why_due: the span that says so. acts: the role that must
    act, or empty; mine: the viewer may. answer: of the rules, or empty where none is in force; rules: with their sources. cases: those
    that the viewer may open.
    """

    id: str
    act: str
    origin: str
    stands: str
    moot: bool
    sealed: bool
    cases: tuple[str, ...]
    place: str | None
    tz: tzinfo | None
    asked_at: datetime
    due: datetime | None
    left_s: int
    why_due: tuple[Citation, ...]
    acts: str
    mine: bool
    answer: str
    evidence: str | None
    rules: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStep:
    """One thing that was done. what: asked, granted, refused or carried_out; code: its public reason, or the court order's.

    words: None where the viewer's roles don't read them; lost: they were there and can't be read any more.
    """

    what: str
    at: datetime
    role: str
    mine: bool
    code: str
    words: str | None
    lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPage:
    """One request with all that was done. offer: decide, execute, unseal, or empty; barred: why the viewer's role may not act here.

    receipt: what is public of it, once it was carried out.
    """

    row: RequestRow
    steps: tuple[RequestStep, ...]
    offer: str
    barred: str
    receipt: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsPage:
    """Requests that the viewer may see. rows: those of ``page`` (from 1), of ``count`` that fit; late: how many of these are overdue.

    everything: decided and carried out ones too; mine: how many wait for the viewer.
    """

    rows: tuple[RequestRow, ...]
    count: int
    late: int
    mine: int
    everything: bool
    page: int
    pages: int
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPage:
    """What can be asked about the booking of a case. ready: False while a step or an examiner still works on it, or it was deleted.

    acts, origins: what the viewer may choose. open: requests about it that nobody has decided or carried out yet.
    """

    case: str
    submission: str
    place: str | None
    state: str
    ready: bool
    acts: tuple[str, ...]
    origins: tuple[str, ...]
    open: int


def requests_page(house: House, *, by: Actor, everything: bool = False, page: int = 1) -> RequestsPage:
    """Requests, those that wait for the viewer first, then by due time. Raises NotPermitted to a role that may see none."""
    require(by, VIEW)
    known = citations(house)
    with house.store.reader() as reader:
        asked = list(reader.events(types=[events.RETENTION_REQUESTED]))
        rows = [
            _row(house, reader, event, reader.stream(events.RETENTION, event.stream_id), known, by=by)
            for event in asked
            if may(by, VIEW, ori=str(event.public["ori"]))
        ]
    fitting = [row for row in rows if everything or row.acts]
    ordered = sorted(fitting, key=lambda x: (not x.mine, x.due is None, x.due or x.asked_at, x.id))
    pages = max(1, -(-len(ordered) // PAGE))
    page = max(1, min(page, pages))
    return RequestsPage(
        rows=tuple(ordered[(page - 1) * PAGE : page * PAGE]), count=len(ordered), late=sum(x.left_s < 0 for x in ordered),
        mine=sum(x.mine for x in ordered), everything=everything, page=page, pages=pages, now=house.clock.now(),
    )  # fmt: skip


def request_page(house: House, name: str, *, by: Actor) -> RequestPage:
    """One request. Raises NotFound, NotPermitted."""
    require(by, VIEW)
    reads = bool(READS_WORDS & set(by.roles))
    with house.store.reader() as reader:
        stream = reader.stream(events.RETENTION, name, private=reads)
        if not stream:
            raise NotFound(f"no request {name}; nothing was shown")
        require(by, VIEW, ori=str(stream[0].public["ori"]))
        row = _row(house, reader, stream[0], stream, citations(house), by=by)
    offer, barred = _offer(row, str(stream[0].public["ori"]), by=by)
    done = next((e for e in stream if e.type == events.RETENTION_EXECUTED), None)
    told = [(fact, done.public.get(fact)) for fact in RECEIPT] if done else []
    return RequestPage(
        row=row, steps=tuple(_step(e, by=by, reads=reads) for e in stream), offer=offer, barred=barred,
        receipt=tuple((fact, str(value)) for fact, value in told if value not in (None, "")),
    )  # fmt: skip


def ask_page(house: House, case: CaseId, *, by: Actor) -> AskPage:
    """What the viewer may ask about the booking of a case. Raises NotFound, NotPermitted, KeySealed for a sealed record."""
    file = case_file(house, case)
    with house.store.reader() as reader:
        row = reader.submissions.get(file.submission)
        if row is None:
            raise NotFound(f"no booking of case {case}; nothing was shown")
        require(by, "view_case", ori=row.cri)
        role = require(by, "request_retention", ori=row.cri)
        refuse_if_sealed(house, file)
        asked = [e for e in reader.events(types=[events.RETENTION_REQUESTED]) if e.public["submission"] == row.id]
        states = [replay_request(reader.stream(events.RETENTION, e.stream_id)) for e in asked]
    owns = role == "agency" and in_scope(by, row.cri)
    return AskPage(
        case=file.id, submission=row.id, place=file.jurisdiction, state=row.state,
        ready=row.state in AT_REST and row.state != "expunged", acts=("seal", "delete"),
        origins=("agency", "person", "order") if owns else ("person", "order"),
        open=sum(s.granted is not False and not s.executed for s in states),
    )  # fmt: skip


def _row(
    house: House, reader: Reader, asked: Recorded, stream: Sequence[Recorded], known: Mapping[str, Citation], *, by: Actor
) -> RequestRow:  # fmt: skip
    state, facts, now = replay_request(stream), asked.public, house.clock.now()
    booking = reader.submissions.get(state.submission)
    sealed = booking is not None and house.vault.is_held_back(KeyId(booking.key_id))
    stands = "carried_out" if state.executed else {None: "undecided", True: "granted", False: "refused"}[state.granted]
    moot = not state.executed and (booking is None or booking.state == "expunged")
    acts = "" if moot else NEXT.get(stands, "")
    task = (
        reader.tasks.get(asked.stream_id if stands == "undecided" else execution_task(asked.stream_id))
        if acts
        else None
    )
    due = (task.due if task else from_text(str(facts["due"]))) if acts else None
    why_due = span_cited(house, known, task.kind, raised_at=task.raised_at, due=task.due) if task else ()
    place = history_of(house).jurisdiction(str(facts["ori"])) if not sealed else None
    rules = facts.get("rules")
    return RequestRow(
        id=asked.stream_id, act=state.act, origin=state.origin, stands=stands, moot=moot, sealed=sealed,
        cases=() if sealed or booking is None else _cases(reader, booking, by=by),
        place=booking.jurisdiction if booking is not None and not sealed else None, tz=place.zone if place else None,
        asked_at=asked.effective_at, due=due, why_due=why_due, left_s=round((due - now).total_seconds()) if due else 0, acts=acts,
        mine=_may_act(state, stands, by=by) and bool(acts), answer=state.answer,
        evidence=str(facts["evidence"]) if facts.get("evidence") else None,
        rules=cited(known, [str(rule) for rule in rules] if isinstance(rules, list | tuple) else []),
    )  # fmt: skip


def _cases(reader: Reader, booking: Submission, *, by: Actor) -> tuple[str, ...]:
    seen = may(by, "view_case", ori=booking.cri)
    return tuple(file.id for file in reader.cases.for_submission(booking.id)) if seen else ()


def _holds(stands: str, *, by: Actor) -> bool:
    """Whether the viewer's roles are those that the table of access asks for, wherever the request stands."""
    action = {"undecided": "decide_retention", "granted": f"expunge:{CRIMINAL}"}.get(stands)
    return action is not None and may(by, action)


def _may_act(state: RetentionState, stands: str, *, by: Actor) -> bool:
    """Whoever asked does not decide, and whoever decided does not carry out."""
    before = state.asked_by if stands == "undecided" else state.decided_by
    return _holds(stands, by=by) and by.id != before


def _offer(row: RequestRow, ori: str, *, by: Actor) -> tuple[str, str]:
    if row.stands == "carried_out" and row.act == "seal" and row.sealed:
        return ("unseal" if may(by, "request_retention", ori=ori) else ""), ""
    if not row.acts or not _holds(row.stands, by=by):
        return "", ""
    if not row.mine:
        return "", "asked" if row.stands == "undecided" else "decided"
    return ("decide" if row.stands == "undecided" else "execute"), ""


def _step(event: Recorded, *, by: Actor, reads: bool) -> RequestStep:
    facts = event.public
    what = {events.RETENTION_REQUESTED: "asked", events.RETENTION_EXECUTED: "carried_out"}.get(
        event.type, "granted" if facts.get("granted") is True else "refused"
    )
    words = str((event.private or {}).get("reason") or "") if reads else None
    return RequestStep(
        what=what, at=event.effective_at, role=event.role, mine=event.actor == by.id,
        code=str(facts.get("reason_code") or facts.get("order") or ""), words=words,
        lost=reads and (event.expunged or event.sealed),
    )  # fmt: skip
