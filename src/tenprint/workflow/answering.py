"""Exactly one answer to every submission: SRE, ERRT, or the recorded fact that none was asked for (CNA)."""

from __future__ import annotations

from datetime import datetime

from tenprint.clock import to_text
from tenprint.errors import IdentifyError, KeyDestroyed, KeySealed, NotFound, TenprintError
from tenprint.exchange.answers import errt, sre
from tenprint.exchange.header import Header
from tenprint.exchange.submission import Booking
from tenprint.ids import KeyId, ObjectId, SubmissionId
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event, Recorded
from tenprint.workflow.house import CRIMINAL, SYSTEM, House


def answer_tcn(prefix: str, submission: SubmissionId, at: datetime) -> str:
    """The control number of an answer: prefix letter, year and 32 digits of the submission's id; unique and repeatable."""
    return f"{prefix}{at.year:04d}{submission[:32]}"[:40]


def write_errt(house: House, header: Header, error: TenprintError, *, submission: SubmissionId, at: datetime) -> bytes:
    """The ERRT for a refused transaction, in traditional encoding."""
    return errt(header, error, tcn=answer_tcn("E", submission, at), date=at.date(), own_ori=house.programme.own_ori)


def write_sre(house: House, booking: Booking, *, srf: str, submission: SubmissionId, at: datetime) -> bytes:
    """The SRE with finding I or N, in traditional encoding."""
    del house
    return sre(booking, srf="I" if srf == "I" else "N", tcn=answer_tcn("R", submission, at), date=at.date())


def finding(stream: list[Recorded], criminal_stage: str | None) -> str | None:
    """What can be answered about the criminal repository: ``I``, ``N``, ``error``, or None while a person must still look.

    criminal_stage: the identity stage of the submission's criminal case, or None when there is no such case.
    """
    results = {e.public["repository"]: str(e.public["result"]) for e in stream if e.type == events.SEARCH_COMPLETED}
    if CRIMINAL not in results:
        return "error"
    if results[CRIMINAL] == "no_match":
        return "N"
    if results[CRIMINAL] == "candidates":
        return {"established": "I", "refuted": "N"}.get(criminal_stage or "")
    return "error"


def issue(
    house: House, work: UnitOfWork, row: Submission, event: Event, *, state: str, answer: ObjectId | None
) -> None:
    """Record the one answer and move the submission on, inside the caller's transaction."""
    at = house.clock.now()
    version = work.version(events.SUBMISSION, row.id)
    work.append(events.SUBMISSION, row.id, [event], expected=version, actor=SYSTEM.id, role="system", purpose="booking",
                recorded_at=at, key=KeyId(row.key_id))  # fmt: skip
    work.submissions.set(row.id, state=state, answer_object=answer, answer_kind=event.public["kind"], updated_at=at,
                         error_code=event.public["code"])  # fmt: skip


def refuse_for_quality(house: House, row: Submission, booking: Booking, error: IdentifyError) -> bytes:
    """The ERRT for images that can't be used (L0008)."""
    header = Header.of(booking)
    return write_errt(house, header, error, submission=SubmissionId(row.id), at=house.clock.now())


def answer_of(house: House, submission: SubmissionId, *, by: Actor) -> tuple[Submission, bytes | None]:
    """The submission and the bytes of its answer; None while there is none, or when none was asked for.

    Raises NotPermitted outside the caller's ORIs, NotFound for an unknown submission, KeyDestroyed after an expungement.
    """
    row = _visible(house, submission, by=by)
    require(by, "read_submission")
    if row.state == "expunged":
        raise KeyDestroyed(f"submission {submission} was expunged: its answer can't be read again, by anyone")
    if house.vault.is_held_back(KeyId(row.key_id)):
        raise KeySealed(
            f"submission {submission} is sealed by law: its answer is not read again without a court's order"
        )
    if row.answer_object is None:
        return row, None
    return row, house.vault.open(KeyId(row.key_id), ObjectId(row.answer_object))


def _visible(house: House, submission: SubmissionId, *, by: Actor) -> Submission:
    """The submission, if it is one of the caller's; a refused one whose sender is unknown is shown to whoever holds its id."""
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
    if row is None or (row.ori and not in_scope(by, row.ori)):
        raise NotFound(f"no submission {submission} of yours; nothing was returned")
    return row


def state_of(house: House, submission: SubmissionId, *, by: Actor) -> dict[str, object]:
    """What the sender may see of a submission: its state, what each gate said, and which answer there is."""
    row = _visible(house, submission, by=by)
    require(by, "view_work" if "operator" in by.roles else "read_submission")
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission)
    gates = [
        {
            "repository": e.public["repository"],
            "searched": e.public["searched"],
            "reason": e.public["reason"],
            "basis": e.public["basis"],
        }
        for e in stream
        if e.type == events.GATE_DECIDED
    ]
    if house.vault.is_held_back(KeyId(row.key_id)):  # ADR 0013: what was searched and answered is not shown either
        return {"submission": row.id, "state": "sealed", "tot": row.tot, "ori": row.ori, "received_at": to_text(row.received_at),
                "gate": [], "answer": None, "error": None}  # fmt: skip
    return {
        "submission": row.id, "state": row.state, "tot": row.tot, "ori": row.ori, "received_at": to_text(row.received_at),
        "gate": gates, "answer": row.answer_kind, "error": {"code": row.error_code, "field": row.error_field} if row.error_code else None,
    }  # fmt: skip
