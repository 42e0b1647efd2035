"""Acting on a case: load its events, ask `refer` what follows, append that and nothing else.

command ──▶ who may? ──▶ replay events ──▶ decide ──▶ refused, as a value
                                              └─────▶ events + case file + tasks + timers, one transaction
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from tenprint.clock import from_text, to_text
from tenprint.errors import NotFound, NotPermitted, UsageError
from tenprint.identify.gallery.candidates import CandidateList
from tenprint.ids import CaseId, KeyId, SubmissionId, TaskId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.refer.referral import commands as c
from tenprint.refer.referral import custody, notices
from tenprint.refer.referral import statements as s
from tenprint.refer.referral.decide import decide
from tenprint.refer.referral.fold import evolve, replay
from tenprint.refer.referral.roles import MAY, SUPERVISOR_EXAMINER
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.tasks import NOTICE_TASKS, open_kinds
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.owing import owed_at, spans_at
from tenprint.workflow.wallclock import watch_clock

ACTIONS: dict[type[c.Command], str] = {
    c.RecordConclusion: "conclude", c.RaiseIdentityConflict: "conclude", c.SendStatusQuery: "send_status_query",
    c.AcknowledgeStatusQuery: "respond_status", c.RecordStatusResponse: "respond_status", c.CodeCharge: "code_charge",
    c.RecordHistory: "record_history", c.RecordLevel: "code_charge", c.DecideDisposition: "decide", c.IssueDetainer: "issue_detainer",
    c.ServeDetainer: "serve_detainer", c.AnswerDetainer: "answer_detainer", c.MarkReleaseEligible: "custody",
    c.LiftDetainer: "lift_detainer", c.ClaimCitizenship: "claim", c.ResolveClaim: "resolve_claim", c.FlagProtected: "flag_protected",
    c.GiveNotice: "give_notice", c.AskRedress: "claim",
    c.RecordRelease: "custody", c.TransferCustody: "custody", c.RecordOutcome: "record_outcome", c.CloseCase: "close_case",
    s.StateHistory: "record_history", s.FindAggravatedFelony: "find_aggravated_felony", s.WithdrawFinding: "find_aggravated_felony",
    s.ReviewHistoryChange: "decide", c.DecidePriority: "decide",
}  # fmt: skip
"""Command -> action of the table of access. What is not here only the system does."""

AFTER_CLOSING: frozenset[str] = frozenset({*NOTICE_TASKS.values(), "resolve_claim", "claim_overdue"})
"""Kinds of task that outlive a case: a claim may be raised at any time, and what is owed stays owed. Source: design 5, Claim."""


Follow: TypeAlias = "Callable[[UnitOfWork, Sequence[Recorded], Sequence[Recorded], datetime], Sequence[c.Command]]"
"""What follows by itself in the same transaction: given the case's whole stream, what of it is new, and the time, the system's commands."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of a command: the recorded events, or why nothing was recorded."""

    case: CaseId
    events: tuple[Recorded, ...]
    refused: c.Refused | None = None


def case_state(house: House, case: CaseId) -> CaseState:
    """The case as its events tell it, private halves included where they can still be read. Raises NotFound."""
    with house.store.reader() as reader:
        stream = reader.stream(events.CASE, case, private=True)
    if not stream:
        raise NotFound(f"no case {case}; nothing was done")
    return replay(stream)


def act(
    house: House,
    case: CaseId,
    make: Callable[[c.Actor, datetime, CaseState], c.Command],
    *,
    by: Actor,
    kind: type[c.Command],
    follow: Follow | None = None,
) -> Acted:
    """Carry out one command on a case as a named actor.

    make: builds the command from the acting role, the time and the case; kind: its type, for the tables of access. follow: what
    the system records with it, or neither is.
    Raises NotFound, NotPermitted, StreamMoved (somebody acted in the same moment). A refusal of the rules is a value.
    What fell due in the case is recorded first, by itself, so that it stands whatever becomes of the command.
    """
    watch_clock(house)
    with house.store.reader() as reader:
        file = reader.cases.get(case)
        due = [t for t in reader.timers.for_subject(events.CASE, case) if t.due_at <= house.clock.now()]
    if file is None:
        raise NotFound(f"no case {case}; nothing was done")
    if due:
        tick_case(house, case)
    role = _role_for(house, file, kind, by=by)
    return _carry_out(
        house, file, lambda state, at: make(c.Actor(by.id, role), at, state), by=by, role=role, follow=follow
    )


def case_file(house: House, case: CaseId) -> CaseFile:
    """The file of a case. Raises NotFound."""
    with house.store.reader() as reader:
        file = reader.cases.get(case)
    if file is None:
        raise NotFound(f"no case {case}; nothing was done")
    return file


def controlling_ori(house: House, file: CaseFile) -> str | None:
    """The ORI of the agency that holds the person: what the reach of jail officers, custodians and agencies is checked against."""
    with house.store.reader() as reader:
        row = reader.submissions.get(file.submission)
    return row.cri if row else None


def _role_for(house: House, file: CaseFile, kind: type[c.Command], *, by: Actor) -> str:
    """The first of the actor's roles that both tables allow for this case."""
    ori = controlling_ori(house, file)
    if (
        kind is c.RecordConclusion
        and "supervisor" in by.roles
        and (file.stage == "disputed" or "examiner" not in by.roles)
    ):
        require(by, "resolve_identity", role="supervisor")
        return SUPERVISOR_EXAMINER
    refused: NotPermitted | None = None
    for role in (role for role in by.roles if role in MAY[kind]):
        try:
            resolving = kind is c.RaiseIdentityConflict and role == "supervisor"
            return require(by, "resolve_identity" if resolving else ACTIONS[kind], role=role, ori=ori)
        except NotPermitted as error:
            refused = error
    if refused is not None:
        raise refused
    require(by, ACTIONS[kind], ori=ori)
    raise NotPermitted(
        f"{by.label} holds no role that may give {kind.__name__}; needed: {', '.join(sorted(MAY[kind]))}. Nothing was done."
    )


def _carry_out(
    house: House, file: CaseFile, make: Callable[[CaseState, datetime], c.Command], *, by: Actor, role: str,
    follow: Follow | None = None,
) -> Acted:  # fmt: skip
    """Load, decide and append under one write transaction, so that nobody can act in between.

    The clock is read inside it: who waited for another's act acts after it. What time alone made due is the system's act.
    """
    case = CaseId(file.id)
    with house.store.unit_of_work() as work:
        if house.vault.is_destroyed(KeyId(file.key_id)):
            return Acted(case, (), _expunged())
        if house.vault.is_held_back(KeyId(file.key_id)):
            return Acted(case, (), _sealed())
        at = house.clock.now()
        stream = work.stream(events.CASE, file.id, private=True)
        state = replace(replay(stream), spans=spans_at(house, at))
        answer = decide(state, make(state, at))
        if isinstance(answer, c.Refused):
            return Acted(case, (), answer)
        overdue = len(custody.expire(state, at))
        recorded = _append(work, file, answer[:overdue], by=SYSTEM, role="system", version=len(stream), at=at)
        recorded += _append(work, file, answer[overdue:], by=by, role=role, version=len(stream) + overdue, at=at)
        row = work.submissions.get(file.submission)
        due = notices.fall_due(state, answer, owed_at(house, row.cri if row else ""))
        recorded += _append(work, file, due, by=SYSTEM, role="system", version=len(stream) + len(answer), at=at)
        _project(work, file, state, [*answer, *due], at=at)
        if follow is not None:
            stands = [*stream, *recorded]
            recorded += _as_system(house, work, file, stands, follow(work, stands, recorded, at), at=at)
    tell_log(house)
    return Acted(case, tuple(recorded))


def _append(
    work: UnitOfWork, file: CaseFile, new: Sequence[Event], *, by: Actor, role: str, version: int, at: datetime
) -> list[Recorded]:
    if not new:
        return []
    return work.append(events.CASE, file.id, new, expected=version, actor=by.id, role=role, purpose="referral", recorded_at=at,
                       key=KeyId(file.key_id))  # fmt: skip


def _sealed() -> c.Refused:
    return c.Refused("SEALED", "The record is sealed by law: nothing is decided in this case.", "design decision 3")


def _expunged() -> c.Refused:
    return c.Refused(
        "EXPUNGED", "The person was expunged: nothing can be decided in this case any more.", "design decision 3"
    )


def _project(work: UnitOfWork, file: CaseFile, state: CaseState, new: Sequence[Event], *, at: datetime) -> None:
    """Keep the case file, the tasks and the timers in step with the events, in the same transaction."""
    for event in new:
        state = evolve(state, event)
        if event.type == events.TASK_RAISED:
            facts = event.public
            work.tasks.add(kind=str(facts["kind"]), role=str(facts["role"]), case_id=file.id, submission=file.submission, raised_at=at,
                           due=from_text(str(facts["due"])), task=TaskId(str(facts["task"])))  # fmt: skip
        if event.type in {events.HOLD_BEGUN, events.HOLD_SHORTENED} and state.hold is not None:
            _set_timer(work, file, "hold_expiry", state.hold.expires)
        if event.type == events.CITIZENSHIP_CLAIMED and state.open_claim is not None:
            _set_timer(work, file, "claim_due", state.open_claim.due)
    alert = custody.next_alert(state)
    if alert is not None and any(event.type in {events.RELEASE_DUE, events.RELEASE_OVERDUE} for event in new):
        _set_timer(work, file, "release_overdue", alert)
    waiting = open_kinds(state) & AFTER_CLOSING if state.closed else open_kinds(state)
    for task in work.tasks.list(case_id=file.id):
        if task.kind not in waiting:
            work.tasks.done(task.id, at=at)
    work.cases.set(file.id, stage=stage_of(state), updated_at=at, closed_at=at if state.closed else None)


def _set_timer(work: UnitOfWork, file: CaseFile, kind: str, due: datetime) -> None:
    work.timers.add(kind=kind, subject_stream=events.CASE, subject_id=file.id, due_at=due)


def stage_of(state: CaseState) -> str:
    """One word for lists: where a case stands."""
    if state.closed:
        return "closed"
    if state.identity in {"none", "disputed"}:
        return "examination" if state.identity == "none" else "disputed"
    if state.identity == "refuted":
        return "refuted"
    if state.citizen:
        return "citizen"
    if state.outcomes:
        return "outcome"
    if state.running_hold:
        return "hold"
    if state.release_due_at is not None and state.in_custody:
        return "release_due"
    if state.open_detainer:
        return "detainer"
    if state.disposition:
        return "disposed"
    return "response" if state.finding else "query" if state.queried_at else "identified"


def open_case(
    house: House, work: UnitOfWork, row: Submission, found: CandidateList, *, juvenile: bool | None, case: CaseId
) -> None:
    """Open the case for one repository's candidates, inside the transaction that records the search."""
    at = house.clock.now()
    command = c.OpenCase(
        by=c.Actor(SYSTEM.id, "system"), at=at, submission=SubmissionId(row.id), repository=found.repository,
        jurisdiction=row.jurisdiction or "", state=row.state_code or "", ori=row.cri, cohort=to_text(row.received_at)[:7],
        zone=found.zone, juvenile=juvenile, candidates=tuple(str(x.person) for x in found.candidates if x.zone != "none"),
    )  # fmt: skip
    answer = decide(CaseState(spans=spans_at(house, at)), command)
    if isinstance(answer, c.Refused):
        raise UsageError(f"the case could not be opened: {answer.code}, {answer.why}")
    file = CaseFile(id=case, submission=row.id, repository=found.repository, jurisdiction=row.jurisdiction, key_id=row.key_id,
                    stage="examination", opened_at=at, zone=found.zone, updated_at=at)  # fmt: skip
    work.append(
        events.CASE,
        case,
        answer,
        expected=0,
        actor=SYSTEM.id,
        role="system",
        purpose="referral",
        recorded_at=at,
        key=KeyId(row.key_id),
    )
    work.cases.add(file)
    _project(work, file, CaseState(), answer, at=at)


def record_as_system(house: House, work: UnitOfWork, file: CaseFile, given: Sequence[c.Command]) -> None:
    """Record what a machine read, inside the caller's transaction: one command after the other, a refused one left out."""
    _as_system(house, work, file, work.stream(events.CASE, file.id, private=True), given, at=house.clock.now())


def _as_system(
    house: House,
    work: UnitOfWork,
    file: CaseFile,
    stream: Sequence[Recorded],
    given: Sequence[c.Command],
    *,
    at: datetime,
) -> list[Recorded]:
    """The system's commands, one after the other, a refused one left out. stream: the case's, as it stands."""
    state, recorded = replace(replay(stream), spans=spans_at(house, at)), list[Recorded]()
    for command in given:
        answer = decide(state, command)
        if isinstance(answer, c.Refused):
            continue
        version = len(stream) + len(recorded)
        recorded += _append(work, file, answer, by=SYSTEM, role="system", version=version, at=at)
        _project(work, file, state, answer, at=at)
        for event in answer:
            state = evolve(state, event)
    return recorded


def identity_stage(house: House, row: Submission, repository: str) -> str | None:
    """Where the examiners are with a submission's case in a repository: open, established, refuted, disputed; None without a case."""
    with house.store.reader() as reader:
        for file in reader.cases.for_submission(row.id):
            if file.repository == repository:
                state = replay(reader.stream(events.CASE, file.id, private=True))
                return "open" if state.identity == "none" else state.identity
    return None


def shorten_hold(house: House, case: CaseId, *, expires: datetime, document: str) -> None:
    """A recorded closing ends the case's running hold by an instant; a hold that ends sooner stays as it is."""
    with house.store.reader() as reader:
        file = reader.cases.get(case)
    if file is not None:
        _carry_out(house, file, lambda _, now: c.ShortenHold(
            by=c.Actor(SYSTEM.id, "system"), at=now, expires=expires, document=document), by=SYSTEM, role="system")  # fmt: skip


def tick_case(house: House, case: CaseId) -> None:
    """Let time pass for a case: what fell due is recorded at its own instant, also after downtime."""
    with house.store.reader() as reader:
        file = reader.cases.get(case)
    if file is not None:
        _carry_out(
            house, file, lambda _, now: c.Tick(by=c.Actor(SYSTEM.id, "system"), at=now), by=SYSTEM, role="system"
        )
