"""Taking a transaction in: whole or not at all, once, with one answer to come.

A refusal is recorded and answered too (ERRT), so that errors are counted and never become a "no match".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tenprint.errors import (
    DuplicateTransaction,
    ExchangeError,
    FieldInvalid,
    FileTooLarge,
    IdentifyError,
    NotPermitted,
    TenprintError,
    UnknownAgency,
    Where,
)
from tenprint.exchange.header import Header, read_header
from tenprint.exchange.submission import Booking, juvenile_on, read_booking
from tenprint.ids import EventId, KeyId, ObjectId, SubmissionId, fresh
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.answering import write_errt
from tenprint.workflow.house import House
from tenprint.workflow.journal import promise_for, tell_log
from tenprint.workflow.participation import day_at, history_of, place_name
from tenprint.workflow.slaps import decode_all
from tenprint.workflow.submissions import first_event

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Largest transaction read, bytes. Source: ten rolled and four slap images at 1000 ppi, uncompressed, stay below 40 MB."""

FORWARD_DATE: Final = timedelta(hours=24)
"""How far 1.005 DAT may lie ahead, for time zones. Source: EBTS 9.1, field 1.005."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender gets at once. error_code and error_field are set when the transaction was refused."""

    submission: SubmissionId
    state: str
    repeated: bool
    promise: dict[str, Any]
    error_code: str | None = None
    error_field: str | None = None
    message: str = ""


def take_in(house: House, data: bytes, *, by: Actor) -> Receipt:
    """Take one EBTS file in. Raises NotPermitted when the sender may not submit at all, or not for that ORI.

    Every other fault of the file gives a Receipt in state ``refused`` with the code and field that the ERRT carries.
    """
    role = require(by, "submit")
    at = house.clock.now()
    header = read_header(data[:MAX_FILE_BYTES])
    try:
        if len(data) > MAX_FILE_BYTES:
            raise FileTooLarge(f"{len(data)} bytes", allowed=f"at most {MAX_FILE_BYTES} bytes")
        booking = read_booking(data)
        jurisdictions = _check_agencies(house, booking, by=by)
        _check_dates(booking, at)
        digest = request_digest(booking.ori, booking.tcn)
        content = hashlib.sha256(data).hexdigest()
        repeated = _already(house, digest, content)
        if repeated:
            return receipt_of(house, repeated, repeated_send=True)
        decode_all(booking)
    except (ExchangeError, IdentifyError) as error:
        return refuse(house, header, error, by=by, role=role, at=at, stage="take-in")
    submission = SubmissionId(fresh())
    key = KeyId(submission)
    house.vault.create_key(key)
    payload = house.vault.seal(key, data)
    received = Event(
        type=events.SUBMISSION_RECEIVED,
        effective_at=at,
        public={
            "ori": booking.ori,
            "cri": booking.cri[0],
            "jurisdiction": jurisdictions[0],
            "state": jurisdictions[1],
            "tot": booking.tot,
            "ret": booking.retain,
            "juvenile": juvenile_on(booking, day_at(history_of(house).jurisdiction(booking.cri[0]), at)),
            "images": len(booking.images),
        },
        private={"tcn": booking.tcn, "payload": payload},
    )
    row = Submission(
        id=submission, request_digest=digest, content_digest=content, ori=booking.ori, cri=booking.cri[0],
        jurisdiction=jurisdictions[0], state_code=jurisdictions[1], tot=booking.tot, retain=booking.retain,
        state="received", key_id=key, received_at=at, updated_at=at, payload_object=payload,
        retention_due=None if booking.retain else at + house.programme.review_period,
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        # Two senders of the same bytes at once: the unique digest lets one through, the other finds it.
        existing = work.submissions.by_request(digest)
        if existing is None:
            work.append(events.SUBMISSION, submission, [received], expected=0, actor=by.id, role=role, purpose="booking",
                        recorded_at=at, key=key)  # fmt: skip
            work.submissions.add(row)
            if row.retention_due is not None:
                work.timers.add(
                    kind="retention", subject_stream=events.SUBMISSION, subject_id=submission, due_at=row.retention_due
                )
    if existing is not None:
        house.vault.destroy_key(key)
        house.vault.destroy_object(payload)
        return take_in(house, data, by=by)
    return receipt_of(house, row, repeated_send=False)


def request_digest(ori: str, tcn: str) -> str:
    """SHA-256 over (ORI, TCN), hexadecimal: the idempotency key, without keeping the control number in the clear."""
    return hashlib.sha256(b"tenprint request\n" + ori.encode() + b"\n" + tcn.encode()).hexdigest()


def refuse(
    house: House, header: Header, error: TenprintError, *, by: Actor, role: str, at: datetime, stage: str
) -> Receipt:
    """Record that a transaction was refused, with the ERRT that says why; nothing else of it is kept."""
    submission = SubmissionId(fresh())
    key = KeyId(submission)
    house.vault.create_key(key)
    code, field = error.code, _field_of(error)
    place = history_of(house).jurisdiction(header.cri or header.ori or "")
    answer = house.vault.seal(key, write_errt(house, header, error, submission=submission, at=at))
    refused = Event(
        type=events.SUBMISSION_REFUSED,
        effective_at=at,
        public={"ori": _registered(house, header.ori), "jurisdiction": place_name(place) if place else None, "state": place.state if place else None,
                "tot": _tot(header),
                "code": code, "field": field, "stage": stage},
        private={"message": str(error)[:2000], "tcn": header.tcn or ""},
    )  # fmt: skip
    answered = Event(
        type=events.ANSWER_ISSUED,
        effective_at=at,
        public={"kind": "ERRT", "srf": None, "code": code},
        private={"answer": answer},
    )
    row = Submission(  # an agency nobody knows is not kept in the clear; whoever holds the random id may fetch the ERRT
        id=submission, request_digest=None, content_digest="", ori=_registered(house, header.ori) or "", cri=(header.cri or "") if place else "",
        jurisdiction=place_name(place) if place else None, state_code=place.state if place else None, tot=_tot(header) or "", retain=False,
        state="refused", key_id=key, received_at=at, updated_at=at, answer_object=answer, answer_kind="ERRT",
        error_code=code, error_field=field,
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        work.append(events.SUBMISSION, submission, [refused, answered], expected=0, actor=by.id, role=role, purpose="booking",
                    recorded_at=at, key=key)  # fmt: skip
        work.submissions.add(row)
    return receipt_of(house, row, repeated_send=False, message=str(error))


def _tot(header: Header) -> str | None:
    """1.004 if it can be a type of transaction at all: an unknown text is not kept in the clear."""
    return header.tot if header.tot and len(header.tot) <= 5 and header.tot.isalpha() and header.tot.isascii() else None


def _check_agencies(house: House, booking: Booking, *, by: Actor) -> tuple[str, str]:
    if _registered(house, booking.ori) is None:
        raise UnknownAgency(
            f"originating agency {booking.ori!r} is not registered here",
            where=Where(record_type=1, record_index=0, field=8),
            next_step="Register the agency (tenprint access grant --kind agency --ori …), or correct 1.008 ORI.",
        )
    if not in_scope(by, booking.ori):
        raise NotPermitted(f"{by.label} may not submit for ORI {booking.ori}; nothing was taken in")
    place = history_of(house).jurisdiction(booking.cri[0])
    if place is None:
        raise UnknownAgency(
            f"controlling agency {booking.cri[0]!r} lies in no jurisdiction of this programme",
            where=Where(record_type=2, record_index=1, field=73),
            next_step="Correct 2.073 CRI; the programme's jurisdictions are listed by `tenprint participation jurisdictions`.",
        )
    return place_name(place), place.state


def _registered(house: House, ori: str | None) -> str | None:
    """The ORI if some active agency is registered for it, else None: an unknown text is not kept in the clear."""
    if not ori:
        return None
    with house.store.reader() as reader:
        known = any(a.kind == "agency" and a.state == "active" and in_scope(a, ori) for a in reader.actors.list())
    return ori if known else None


def _check_dates(booking: Booking, at: datetime) -> None:
    if booking.date > (at + FORWARD_DATE).date():
        raise FieldInvalid(
            f"1.005 DAT is {booking.date.isoformat()}", where=Where(record_type=1, record_index=0, field=5),
            allowed="a date at most 24 hours ahead", source="EBTS 9.1, 1.005",
        )  # fmt: skip


def _already(house: House, digest: str, content: str) -> Submission | None:
    with house.store.reader() as reader:
        found = reader.submissions.by_request(digest)
    if found is None or found.content_digest == content:
        return found
    raise DuplicateTransaction(
        "this (ORI, TCN) was already used for a transaction with other content",
        where=Where(record_type=1, record_index=0, field=9),
        allowed="a TCN that is unique per transaction", source="EBTS 9.1, 1.009",
    )  # fmt: skip


def _field_of(error: TenprintError) -> str | None:
    return error.where.tag if isinstance(error, ExchangeError | IdentifyError) else None


def receipt_of(house: House, row: Submission, *, repeated_send: bool, message: str = "") -> Receipt:
    """What the sender gets: the submission, its state, and the signed promise that its first event will be published."""
    tell_log(house)
    return Receipt(
        submission=SubmissionId(row.id), state=row.state, repeated=repeated_send,
        promise=promise_for(house, EventId(first_event(house, SubmissionId(row.id)).id)),
        error_code=row.error_code, error_field=row.error_field, message=message,
    )  # fmt: skip


def payload_of(house: House, row: Submission) -> bytes:
    """The transaction's bytes. Raises KeyDestroyed or ObjectMissing once it was expunged or destroyed."""
    return house.vault.open(KeyId(row.key_id), ObjectId(row.payload_object or ""))
