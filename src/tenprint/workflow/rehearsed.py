"""A rehearsal's booking without images: it enters at the step after extraction and goes the same way from there.

Only for programmes that rehearse: the taking-in says so (no image, purpose ``rehearsal``), and no EFT file exists for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tenprint.ids import KeyId, SubmissionId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.prints import TenprintTemplate
from tenprint.workflow.house import House
from tenprint.workflow.participation import history_of, place_name

PURPOSE = "rehearsal"
"""Purpose of every event that takes such a booking in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedBooking:
    """What is known of a booking that has no images. cri: the booking station; template: extracted elsewhere."""

    cri: str
    template: TenprintTemplate
    juvenile: bool = False


def admit(house: House, booking: RehearsedBooking, *, by: Actor) -> SubmissionId:
    """Take a rehearsed CNA in; the worker takes it through the real gate and all that follows. Raises NotPermitted."""
    role = require(by, "submit", ori=booking.cri)
    at: datetime = house.clock.now()
    place = history_of(house).jurisdiction(booking.cri)
    submission = SubmissionId(fresh())
    key = KeyId(submission)
    house.vault.create_key(key)
    templates = house.vault.seal(key, booking.template.to_bytes())
    name, state = (place_name(place), place.state) if place else (None, None)
    received = Event(
        type=events.SUBMISSION_RECEIVED, effective_at=at,
        public={"ori": booking.cri, "cri": booking.cri, "jurisdiction": name, "state": state, "tot": "CNA", "ret": False,
                "juvenile": booking.juvenile, "images": 0},
        private={"tcn": f"REHEARSED{submission}"},
    )  # fmt: skip
    extracted = Event(
        type=events.TEMPLATES_EXTRACTED, effective_at=at,
        public={"fingers": len(booking.template.fingers), "failed": 0, "missing": 10 - len(booking.template.fingers),
                "extractor": booking.template.fingers[0].extractor},
        private={"templates": templates},
    )  # fmt: skip
    row = Submission(
        id=submission, request_digest=None, content_digest="", ori=booking.cri, cri=booking.cri, jurisdiction=name, state_code=state,
        tot="CNA", retain=False, state="received", key_id=key, received_at=at, updated_at=at, templates_object=templates,
        retention_due=at + house.programme.review_period,
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        work.append(events.SUBMISSION, submission, [received, extracted], expected=0, actor=by.id, role=role, purpose=PURPOSE,
                    recorded_at=at, key=key)  # fmt: skip
        work.submissions.add(row)
    return submission
