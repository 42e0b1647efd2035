"""Carrying out what was granted: a booking's record is deleted, sealed, or unsealed, in store, objects and gallery.

Order of a deletion, named by what is lost if power fails after it: *closed* in the store (nothing; the same command goes on),
*overwritten* in the gallery, *destroyed* objects and key (nobody reads it), *listed* for restores, *told* by an event.
Order of a sealing: *told* by an event, *held back* key (nobody but a court reader reads it), *dropped* from every gallery.
"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import NotFound, PersonUnknown, UsageError
from tenprint.ids import CaseId, EncounterId, KeyId
from tenprint.infra.access.table import Actor
from tenprint.infra.store.submissions import Submission
from tenprint.infra.vault.backup import unreadable_after
from tenprint.model import canonical, events
from tenprint.model.events import Event
from tenprint.refer.referral.fold import replay
from tenprint.workflow.casework import stage_of
from tenprint.workflow.enrolment import close_bookings, list_expunged, objects_of, refuse_while_held
from tenprint.workflow.house import CRIMINAL, House

AT_REST: Final = frozenset({"closed", "refused", "expunged"})
"""States of a booking in which no step is left to do. Source: workflow.steps."""

SEALED: Final = "sealed"
"""What lists and pages show of a sealed record, to everyone but a court reader."""


def booking_at_rest(house: House, submission: str) -> Submission:
    """The booking. Raises NotFound, or UsageError while a step or an examiner still works on it."""
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
    if row is None:
        raise NotFound(f"no submission {submission}; nothing was done")
    if row.state not in AT_REST:
        raise UsageError(
            f"the booking is still {row.state}: its searches or its verification are not over. Nothing was done. Ask again "
            "when it is closed."
        )
    return row


def delete_booking(house: House, submission: str, *, reason: str, by: Actor, role: str, at: datetime) -> dict[str, Any]:
    """Destroy all that is private of one booking and its cases, and its encounter in the criminal gallery; the receipt.

    Other bookings of the same person stay. Idempotent: after a crash the same call finishes the work. reason: a code.
    Raises NotFound, UsageError while the booking is worked on, or while a detainer is open or a release is due.
    """
    row = booking_at_rest(house, submission)
    key, encounter = KeyId(row.key_id), EncounterId(row.id)
    with house.vault.under_order(key):
        with house.store.reader() as reader:
            held = reader.enrolments.get(encounter, CRIMINAL)
            objects = objects_of(reader, [row.id], [encounter] if held else [])
        close_bookings(house, [row.id], reason=reason, by=by, role=role, at=at)
    digests = [digest for digest in map(house.vault.digest, objects) if digest]
    gallery = None
    with suppress(PersonUnknown):  # not retained: no gallery ever held it
        gallery = house.galleries[CRIMINAL].expunge_encounter(encounter)
    for sealed in objects:
        house.vault.destroy_object(sealed)
    house.vault.destroy_key(key)
    list_expunged(house, {"person": held.person if held else "", "encounter": encounter, "repository": CRIMINAL, "keys": [key],
                          "at": to_text(at)})  # fmt: skip
    with house.store.unit_of_work() as work:
        work.enrolments.expunge_encounter(encounter, CRIMINAL, at=at)
    return {
        "submission": row.id, "act": "delete", "at": to_text(at), "objects": len(objects), "objects_sha256": digests, "keys": 1,
        "encounters": gallery.encounters if gallery else 0, "gallery_generation": gallery.generation if gallery else None,
        "gallery_receipt": base64.b64encode(gallery.to_bytes()).decode("ascii") if gallery else None,
        "no_copy_readable_after": unreadable_after(house.root / "keys", at=at).isoformat(),
        "cannot_show": "copies of the files, of keys or of a wrapping key that were made outside this system",
    }  # fmt: skip


def seal_booking(house: House, submission: str, *, request: str, by: Actor, role: str, at: datetime) -> dict[str, Any]:
    """Hold the booking's key back: every private half and payload shows *sealed*, and no search finds its prints.

    Idempotent. Raises as `delete_booking`.
    """
    row = booking_at_rest(house, submission)
    key = KeyId(row.key_id)
    with house.vault.under_order(key), house.store.unit_of_work() as work:
        if not is_sealed(work.stream(events.SUBMISSION, row.id)):
            for file in work.cases.for_submission(row.id):
                refuse_while_held(replay(work.stream(events.CASE, file.id, private=True)))
                work.cases.set(file.id, stage=SEALED, updated_at=at, closed_at=file.closed_at or at)
                work.tasks.done_for_case(file.id, at=at)
                work.timers.done_for(events.CASE, file.id)
            work.append(events.SUBMISSION, row.id, [Event(type=events.RECORD_SEALED, effective_at=at, public={"request": request})],
                        expected=work.version(events.SUBMISSION, row.id), actor=by.id, role=role, purpose="redress", recorded_at=at,
                        key=key)  # fmt: skip
    _list(house, row, act="seal", at=at)
    house.vault.hold_back(key)
    house.galleries[CRIMINAL].refresh_sealed()
    return {"submission": row.id, "act": "seal", "at": to_text(at), "objects": 0, "keys": 1,
            "encounters": int(house.galleries[CRIMINAL].person_of(EncounterId(row.id)) is not None), "gallery_generation": None,
            "cannot_show": "copies that were read before the record was sealed"}  # fmt: skip


def unseal_booking(
    house: House, submission: str, *, request: str, by: Actor, role: str, at: datetime
) -> dict[str, Any]:
    """Give the booking's key back. Idempotent. Tasks and clocks that ended with the sealing do not come back."""
    row = booking_at_rest(house, submission)
    key = KeyId(row.key_id)
    with house.vault.under_order(key), house.store.unit_of_work() as work:
        if is_sealed(work.stream(events.SUBMISSION, row.id)):
            for file in work.cases.for_submission(row.id):
                state = replay(work.stream(events.CASE, file.id, private=True))
                work.cases.set(file.id, stage=stage_of(state), updated_at=at, closed_at=at if state.closed else None)
            work.append(events.SUBMISSION, row.id, [Event(type=events.RECORD_UNSEALED, effective_at=at, public={"request": request})],
                        expected=work.version(events.SUBMISSION, row.id), actor=by.id, role=role, purpose="redress", recorded_at=at,
                        key=key)  # fmt: skip
    _list(house, row, act="unseal", at=at)
    house.vault.give_back(key)
    house.galleries[CRIMINAL].refresh_sealed()
    return {
        "submission": row.id,
        "act": "unseal",
        "at": to_text(at),
        "objects": 0,
        "keys": 1,
        "encounters": 0,
        "gallery_generation": None,
    }


def _list(house: House, row: Submission, *, act: str, at: datetime) -> None:
    """A restore seals again what was sealed, from the same list that it deletes by."""
    list_expunged(
        house,
        {
            "person": "",
            "encounter": row.id,
            "repository": CRIMINAL,
            "keys": [row.key_id],
            "act": act,
            "at": to_text(at),
        },
    )


def is_sealed(stream: list[Any]) -> bool:
    """Whether the last word of a booking's events is that its record is sealed."""
    last = [e.type for e in stream if e.type in {events.RECORD_SEALED, events.RECORD_UNSEALED}]
    return last[-1:] == [events.RECORD_SEALED]


def receipt_digest(receipt: dict[str, Any]) -> str:
    """SHA-256, hex, over the canonical receipt: what the event of the execution commits to."""
    return hashlib.sha256(b"tenprint retention receipt v1\n" + canonical.encode(receipt)).hexdigest()


def cases_of(house: House, submission: str) -> list[CaseId]:
    """The cases of a booking."""
    with house.store.reader() as reader:
        return [CaseId(file.id) for file in reader.cases.for_submission(submission)]
