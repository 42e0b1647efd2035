"""Enrolment by a repository's owner, and expungement with a receipt.

Bookings enrol in `criminal` only, as a step of the main job; nobody but its owner enrols in `immigration`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import ExtractionFailed, NotFound
from tenprint.exchange.submission import read_booking
from tenprint.identify.extract.tenprints import extract_tenprint
from tenprint.ids import EncounterId, KeyId, PersonId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.prints import GreyImage, TenprintTemplate
from tenprint.workflow.house import House
from tenprint.workflow.images import decode_all
from tenprint.workflow.journal import tell_log
from tenprint.workflow.steps import MIN_MINUTIAE, WORKERS

EXPUNGED_LIST: Final = "expunged.jsonl"
"""The list of expungements (random ids only), beside the ledger's mirror: a restore replays it. Source: design decision 13."""

KEY_BACKUP_DAYS: Final = 30
"""Days after which no key backup can open what was expunged. Source: design decision 13, the wrapping key is replaced every 30 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Who was enrolled where: random ids only, and how many fingers were usable."""

    person: PersonId
    encounter: EncounterId
    repository: str
    fingers: int


def enroll_file(house: House, data: bytes, repository: str, *, by: Actor, person: PersonId | None = None) -> Enrolled:
    """Enrol the prints of one EBTS file, as an act of the repository's owner. Raises NotPermitted and the errors of reading."""
    return enroll_images(house, decode_all(read_booking(data)), repository, by=by, person=person)


def enroll_images(
    house: House, images: Mapping[int, GreyImage], repository: str, *, by: Actor, person: PersonId | None = None
) -> Enrolled:
    """Enrol grey images by finger position (1-10). A person who is not given is a new one.

    Raises NotPermitted without the role, NotFound for an unknown repository, ExtractionFailed when no finger is usable.
    """
    require(by, f"enroll:{repository}")
    template, _ = extract_tenprint(images, house.extractor(), workers=WORKERS)
    return enroll_template(house, template, repository, by=by, person=person)


def enroll_template(
    house: House, template: TenprintTemplate, repository: str, *, by: Actor, person: PersonId | None = None
) -> Enrolled:
    """Enrol a template that was extracted already. Raises as `enroll_images`."""
    role = require(by, f"enroll:{repository}")
    if repository not in house.galleries:
        raise NotFound(f"no repository {repository!r}; there are {', '.join(sorted(house.galleries))}. Nobody was enrolled.")
    usable = TenprintTemplate(tuple(f for f in template.fingers if len(f.minutiae) >= MIN_MINUTIAE))
    if not usable.fingers:
        raise ExtractionFailed("no finger shows enough minutiae; nobody was enrolled. Capture the prints again.")
    encounter = EncounterId(fresh())
    person = person or PersonId(fresh())
    key = KeyId(encounter)
    house.vault.create_key(key)
    at = house.clock.now()
    house.galleries[repository].enroll(person, encounter, usable, key=key)
    enrolled = Event(
        type=events.PERSON_ENROLLED, effective_at=at, public={"repository": repository, "source": "owner", "fingers": len(usable.fingers)},
        private={"person": person, "encounter": encounter},
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        work.append(events.REPOSITORY, encounter, [enrolled], expected=0, actor=by.id, role=role, purpose="enrolment",
                    recorded_at=at, key=key)  # fmt: skip
        work.enrolments.add(person=person, encounter=encounter, repository=repository, key_id=key, submission=None, enrolled_at=at)
    tell_log(house)
    return Enrolled(person=person, encounter=encounter, repository=repository, fingers=len(usable.fingers))


def expunge_person(house: House, person: PersonId, repository: str, *, reason: str, by: Actor) -> dict[str, Any]:
    """Remove a person from a repository and destroy the keys of all their encounters there; returns the receipt.

    First the gallery (nobody is found any more), then the keys (nothing can be read any more), then the events. Each part is
    idempotent, so that after a crash the same command finishes the work. Raises NotPermitted, NotFound.
    """
    role = require(by, "expunge")
    with house.store.reader() as reader:
        held = reader.enrolments.for_person(person, repository=repository)
    if not held or repository not in house.galleries:
        raise NotFound(f"no person {person} in {repository}; nothing was removed")
    gallery_receipt = house.galleries[repository].expunge(person)
    at = house.clock.now()
    for row in held:
        if row.submission:
            _mark_submission(house, row.submission, KeyId(row.key_id), reason=reason, by=by, role=role)
        house.vault.destroy_key(KeyId(row.key_id))
    receipt = {
        "person": person, "repository": repository, "encounters": len(held), "expunged_at": to_text(at),
        "no_copy_readable_after_days": KEY_BACKUP_DAYS, "gallery_generation": house.galleries[repository].generation,
        "gallery_receipt": base64.b64encode(gallery_receipt.to_bytes()).decode("ascii"),
        "cannot_show": "copies of the files made outside this system",
    }  # fmt: skip
    with (house.root / EXPUNGED_LIST).open("a") as listing:
        listing.write(
            json.dumps(
                {"person": person, "repository": repository, "keys": [r.key_id for r in held], "at": to_text(at)}
            )
            + "\n"
        )
        listing.flush()
        os.fsync(listing.fileno())
    stream_id = fresh()
    key = KeyId(stream_id)
    house.vault.create_key(key)
    gone = Event(type=events.PERSON_EXPUNGED, effective_at=at,
                 public={"repository": repository, "reason": reason, "receipt": str(receipt["gallery_generation"])})  # fmt: skip
    with house.store.unit_of_work() as work:
        work.append(
            events.REPOSITORY,
            stream_id,
            [gone],
            expected=0,
            actor=by.id,
            role=role,
            purpose="redress",
            recorded_at=at,
            key=key,
        )
        work.enrolments.expunge(person, repository, at=at)
    tell_log(house)
    return receipt


def _mark_submission(house: House, submission: str, key: KeyId, *, reason: str, by: Actor, role: str) -> None:
    if house.vault.is_destroyed(key):
        return
    at = house.clock.now()
    event = Event(type=events.SUBMISSION_EXPUNGED, effective_at=at, public={"reason": reason})
    with house.store.unit_of_work() as work:
        version = work.version(events.SUBMISSION, submission)
        work.append(
            events.SUBMISSION,
            submission,
            [event],
            expected=version,
            actor=by.id,
            role=role,
            purpose="redress",
            recorded_at=at,
            key=key,
        )
        work.submissions.set(submission, state="expunged", updated_at=at)
