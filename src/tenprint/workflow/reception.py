"""The door for transactions: bookings go to the main job, requests of deletion (CDEL) to whoever must decide them."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Final

from tenprint.errors import (
    ExchangeError,
    FieldInvalid,
    KeyDestroyed,
    KeySealed,
    NotPermitted,
    ObjectMissing,
    TransactionNotAuthorized,
    UsageError,
    Where,
)
from tenprint.exchange.deletion import REQUEST, Deletion, read_deletion, write_answer, write_deletion
from tenprint.exchange.header import read_header
from tenprint.exchange.submission import read_booking
from tenprint.ids import KeyId, ObjectId, SubmissionId, fresh
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.refer.referral.retention import replay_request
from tenprint.workflow import intake, retention
from tenprint.workflow.answering import answer_tcn
from tenprint.workflow.erasing import booking_at_rest
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.intake import MAX_FILE_BYTES, Receipt, payload_of, receipt_of, refuse, request_digest
from tenprint.workflow.journal import tell_log

WAITING: Final = "waiting"
"""State of a CDEL that a person has not decided yet."""

MESSAGES: Final = {
    "deleted": "The record of the arrest was deleted. Receipt {digest}. No copy can be read after {after}.",
    "refused": "The request was looked at and refused. Reason {code}.",
}
"""What an answer says, without person data. Source: EBTS 9.1, 2.060 MSG, at most 300 characters."""


def receive(house: House, data: bytes, *, by: Actor) -> Receipt:
    """Take one transaction in, whatever its type. Raises NotPermitted; other faults give a Receipt in state ``refused``."""
    if read_header(data[:MAX_FILE_BYTES]).tot == REQUEST:
        return take_in_deletion(house, data, by=by)
    return intake.take_in(house, data, by=by)


def take_in_deletion(house: House, data: bytes, *, by: Actor) -> Receipt:
    """Take one CDEL in: only the agency that controls the arrest may ask. A supervisor decides; CDELR answers.

    Raises NotPermitted for a sender that may not submit. The same file again gives the same receipt.
    """
    role = require(by, "submit")
    at = house.clock.now()
    try:
        asked = read_deletion(data)
        if not in_scope(by, asked.ori):
            raise NotPermitted(f"{by.label} may not submit for ORI {asked.ori}; nothing was taken in")
        digest, content = request_digest(asked.ori, asked.tcn), hashlib.sha256(data).hexdigest()
        with house.store.reader() as reader:
            before = reader.submissions.by_request(digest)
        if before is not None and before.content_digest == content:
            return receipt_of(house, before, repeated_send=True)
        booking = _arrest(house, asked)
        if before is not None:
            raise FieldInvalid(
                "this (ORI, TCN) was already used", where=Where(1, 0, 9), allowed="a TCN that is unique per transaction"
            )
    except ExchangeError as error:
        return refuse(house, read_header(data), error, by=by, role=role, at=at, stage="take-in")
    row = _record(house, data, asked, booking, by=by, role=role, at=at)
    return receipt_of(house, row, repeated_send=False)


def _record(
    house: House, data: bytes, asked: Deletion, booking: Submission, *, by: Actor, role: str, at: datetime
) -> Submission:
    """The CDEL's own row and the request for a supervisor, in one unit of work: a crash leaves both or neither."""
    name = SubmissionId(fresh())
    key = KeyId(name)
    house.vault.create_key(key)
    payload = house.vault.seal(key, data)
    row = Submission(
        id=name, request_digest=request_digest(asked.ori, asked.tcn), content_digest=hashlib.sha256(data).hexdigest(),
        ori=asked.ori, cri=asked.cri, jurisdiction=booking.jurisdiction,
        state_code=booking.state_code, tot=REQUEST, retain=False, state=WAITING, key_id=key, received_at=at, updated_at=at,
        payload_object=payload,
    )  # fmt: skip

    def together(work: UnitOfWork, request: str) -> None:
        received = Event(type=events.DELETION_RECEIVED, effective_at=at, private={"tcn": asked.tcn, "payload": payload},
                         public={"ori": asked.ori, "cri": asked.cri, "jurisdiction": booking.jurisdiction, "state": booking.state_code,
                                 "tot": REQUEST, "request": request})  # fmt: skip
        work.append(events.SUBMISSION, name, [received], expected=0, actor=by.id, role=role, purpose="redress", recorded_at=at,
                    key=key)  # fmt: skip
        work.submissions.add(row)

    retention.request(
        house, booking.id, act="delete", origin="agency", reason=f"CDEL {asked.tcn}", by=by, together=together
    )
    return row


def compose_deletion(house: House, *, ori: str, cri: str, tcn: str, tcr: str, arrest_date: str) -> bytes:
    """The bytes of a CDEL to this programme, dated today. Raises ExchangeError, UsageError for a date that is none."""
    try:
        day = date.fromisoformat(arrest_date)
    except ValueError:
        raise UsageError(f"{arrest_date!r} is no date CCYY-MM-DD; nothing was written") from None
    return write_deletion(
        ori=ori, dai=house.programme.own_ori, tcn=tcn, tcr=tcr, cri=cri, day=house.clock.now().date(), arrest_date=day
    )


def _arrest(house: House, asked: Deletion) -> Submission:
    """The booking that the request names, at rest and open to its agency.

    One refusal for absent, foreign, differing, sealed and still worked on: nobody learns of others' arrests, or of a sealing.
    """
    refused = TransactionNotAuthorized(
        "no arrest of this controlling agency that can be deleted now has that control number and date",
        where=Where(1, 0, 10),
        allowed="1.010 TCR: the TCN of a booking whose 2.073 CRI and 2.045 DOA are the request's own",
        source="EBTS 9.1, 2.073: the first CRI is the authority to change a criminal record",
    )
    with house.store.reader() as reader:
        row = reader.submissions.by_request(request_digest(asked.ori, asked.tcr))
    if row is None or row.cri != asked.cri or row.state == "expunged" or house.vault.is_held_back(KeyId(row.key_id)):
        raise refused
    try:
        booking_at_rest(house, row.id)
        if read_booking(payload_of(house, row)).arrest_date != asked.arrest_date:
            raise refused
    except (KeySealed, UsageError):
        raise refused from None
    except (KeyDestroyed, ObjectMissing):
        pass  # prints were destroyed (RET=N): the control number alone names the arrest
    return row


def answer_deletions(house: House) -> int:
    """Write the CDELR of every CDEL that was decided and, if granted, carried out; returns how many. Safe to repeat."""
    done = 0
    with house.store.reader() as reader:
        waiting = list(reader.submissions.list(states=(WAITING,), limit=None))
    for row in waiting:
        with house.store.reader() as reader:
            name = str(reader.stream(events.SUBMISSION, row.id)[0].public["request"])
            stream = reader.stream(events.RETENTION, name)
        state, facts = replay_request(stream), stream[-1].public
        if state.granted is False:
            message = MESSAGES["refused"].format(code=facts["reason_code"])
        elif state.executed:
            message = MESSAGES["deleted"].format(digest=facts["receipt_sha256"], after=facts["unreadable_after"])
        else:
            continue
        _answer(house, row, message)
        done += 1
    return done


def _answer(house: House, row: Submission, message: str) -> None:
    """The answer names no person; the request's own file is destroyed with it."""
    at, key = house.clock.now(), KeyId(row.key_id)
    asked = read_deletion(payload_of(house, row))
    content = write_answer(asked, tcn=answer_tcn("D", SubmissionId(row.id), at), day=at.date(), message=message)
    sealed = house.vault.seal(key, content)
    event = Event(
        type=events.ANSWER_ISSUED,
        effective_at=at,
        public={"kind": "CDELR", "srf": None, "code": None},
        private={"answer": sealed},
    )
    with house.store.unit_of_work() as work:
        work.append(events.SUBMISSION, row.id, [event], expected=work.version(events.SUBMISSION, row.id), actor=SYSTEM.id, role="system",
                    purpose="redress", recorded_at=at, key=key)  # fmt: skip
        work.submissions.set(
            row.id, state="closed", answer_object=sealed, answer_kind="CDELR", payload_object=None, updated_at=at
        )
    if row.payload_object:
        house.vault.destroy_object(ObjectId(row.payload_object))
    tell_log(house)
