"""Enrolment by a repository's owner, and expungement with a receipt.

Bookings enrol in `criminal` only, as a step of the main job; nobody but its owner enrols in `immigration`.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenprint.clock import to_text
from tenprint.errors import ExtractionFailed, NotFound, UsageError
from tenprint.exchange.submission import read_booking
from tenprint.identify.extract.tenprints import extract_tenprint
from tenprint.ids import EncounterId, KeyId, ObjectId, PersonId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.infra.vault.backup import unreadable_after
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.model.prints import GreyImage, TenprintTemplate
from tenprint.refer.referral.fold import replay
from tenprint.refer.referral.state import CaseState
from tenprint.workflow.house import CRIMINAL, House
from tenprint.workflow.image_quality import usable_fingers
from tenprint.workflow.journal import tell_log
from tenprint.workflow.slaps import decode_all
from tenprint.workflow.steps import WORKERS

EXPUNGED_LIST: Final = "expunged.jsonl"
"""The list of expungements (random ids only), beside the ledger's mirror: a restore replays it. Source: design decision 13."""

ENROLLED_FACTS: Final = ("payload", "templates")
"""Private facts of an enrolment that name sealed objects."""

SEALED_FACTS: Final = ("payload", "templates", "candidate_list", "answer", "response")
"""Private facts of a submission's events that name a sealed object. Source: the catalogue of events."""

REASON_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
"""What a public reason looks like. Source: design decision 3, no words about a person in a public half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """Who was enrolled where: random ids only, and how many fingers were usable."""

    person: PersonId
    encounter: EncounterId
    repository: str
    fingers: int


def enroll_file(house: House, data: bytes, repository: str, *, by: Actor, person: PersonId | None = None) -> Enrolled:
    """Enrol the prints of one EBTS file, as an act of the repository's owner. Raises NotPermitted and the errors of reading."""
    require(by, f"enroll:{repository}")
    template, _ = extract_tenprint(decode_all(read_booking(data)), house.extractor(), workers=WORKERS)
    return enroll_template(house, template, repository, by=by, person=person, payload=data)


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
    house: House,
    template: TenprintTemplate,
    repository: str,
    *,
    by: Actor,
    person: PersonId | None = None,
    payload: bytes | None = None,
) -> Enrolled:
    """Enrol a template that was extracted already. Raises as `enroll_images`.

    payload: the EBTS file it came from, kept sealed under the encounter's key so that examiners can compare the prints.
    """
    role = require(by, f"enroll:{repository}")
    if repository not in house.galleries:
        raise NotFound(
            f"no repository {repository!r}; there are {', '.join(sorted(house.galleries))}. Nobody was enrolled."
        )
    usable = usable_fingers(template)
    if not usable.fingers:
        raise ExtractionFailed("no finger shows enough minutiae; nobody was enrolled. Capture the prints again.")
    if person is not None:
        with house.store.reader() as reader:
            if not reader.enrolments.for_person(person, repository=repository):
                raise NotFound(
                    f"no person {person} in {repository}; nobody was enrolled. Without a person a new one is made."
                )
    encounter = EncounterId(fresh())
    person = person or PersonId(fresh())
    key = KeyId(encounter)
    house.vault.create_key(key)
    at = house.clock.now()
    kept = {"templates": house.vault.seal(key, usable.to_bytes())}
    if payload is not None:
        kept["payload"] = house.vault.seal(key, payload)
    house.galleries[repository].enroll(person, encounter, usable, key=key)
    enrolled = Event(
        type=events.PERSON_ENROLLED, effective_at=at, public={"repository": repository, "source": "owner", "fingers": len(usable.fingers)},
        private={"person": person, "encounter": encounter, **kept},
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        work.append(events.REPOSITORY, encounter, [enrolled], expected=0, actor=by.id, role=role, purpose="enrolment",
                    recorded_at=at, key=key)  # fmt: skip
        work.enrolments.add(
            person=person, encounter=encounter, repository=repository, key_id=key, submission=None, enrolled_at=at
        )
    tell_log(house)
    return Enrolled(person=person, encounter=encounter, repository=repository, fingers=len(usable.fingers))


def expunge_person(house: House, person: PersonId, repository: str, *, reason: str, by: Actor) -> dict[str, Any]:
    """Remove a person from a repository and destroy the keys of all their encounters there; returns the receipt.

    Their encounters: those enrolled under them, and bookings that two examiners found to be them, unless another repository
    holds the booking. reason: a code, which is counted. First the bookings are closed, then the gallery (nobody is found any
    more), then the objects and keys (nothing can be read any more), then the event. Each part is idempotent, so that after a crash the
    same command finishes the work. Raises NotPermitted, NotFound, UsageError for a reason that is no code, or while a detainer
    of theirs is open or a release is due: nobody's hold may lose its record while it runs.
    """
    with house.vault.under_order(*house.vault.held_back()):  # a sealed booking of theirs goes too
        return _expunge_person(house, person, repository, reason=reason, by=by)


def _expunge_person(house: House, person: PersonId, repository: str, *, reason: str, by: Actor) -> dict[str, Any]:
    role = require(by, f"expunge:{repository}")
    if REASON_CODE.fullmatch(reason) is None:
        raise UsageError(
            f"{reason!r} becomes public and must be a code, such as court_order; words about a person go elsewhere. Nothing was removed."
        )
    with house.store.reader() as reader:
        held = reader.enrolments.for_person(person, repository=repository)
        found = _found_to_be(reader, person, repository)
        objects = objects_of(
            reader, [*found, *(row.submission for row in held if row.submission)], [row.encounter for row in held]
        )
    if not held or repository not in house.galleries:
        raise NotFound(f"no person {person} in {repository}; nothing was removed")
    at = house.clock.now()
    bookings = sorted({row.submission for row in held if row.submission} | set(found))
    close_bookings(house, bookings, reason=reason, by=by, role=role, at=at)
    gallery_receipt = house.galleries[repository].expunge(person)
    keys = sorted({row.key_id for row in held} | set(found.values()))
    for sealed in objects:
        house.vault.destroy_object(sealed)
    for name in keys:
        house.vault.destroy_key(KeyId(name))
    generation = gallery_receipt.generation
    list_expunged(house, {"person": person, "repository": repository, "keys": keys, "at": to_text(at)})
    stream_id = fresh()
    key = KeyId(stream_id)
    house.vault.create_key(key)
    gone = Event(type=events.PERSON_EXPUNGED, effective_at=at,
                 public={"repository": repository, "reason": reason, "receipt": str(generation)})  # fmt: skip
    with house.store.unit_of_work() as work:
        if work.enrolments.expunge(
            person, repository, at=at
        ):  # else the same command runs twice, and the other one told it
            work.append(events.REPOSITORY, stream_id, [gone], expected=0, actor=by.id, role=role, purpose="redress", recorded_at=at,
                        key=key)  # fmt: skip
    tell_log(house)
    return {
        "person": person, "repository": repository, "encounters": len(held), "bookings": len(bookings), "expunged_at": to_text(at),
        "gallery_generation": generation, "gallery_receipt": base64.b64encode(gallery_receipt.to_bytes()).decode("ascii"),
        "no_copy_readable_after": unreadable_after(house.root / "keys", at=at).isoformat(),
        "cannot_show": "copies of the files, of keys or of a wrapping key that were made outside this system",
    }  # fmt: skip


def _found_to_be(reader: Reader, person: PersonId, repository: str) -> dict[str, str]:
    """Submission -> key of the bookings in which two examiners identified the person there, and which no other repository holds."""
    found = {}
    for file in reader.cases.list(repository=repository):
        row = reader.submissions.get(file.submission)
        if row is None or (repository != CRIMINAL and row.retain):
            continue
        for event in reader.stream(events.CASE, file.id, private=True):
            if event.type == events.IDENTITY_ESTABLISHED and (event.private or {}).get("person") == person:
                found[row.id] = row.key_id
    return found


def objects_of(reader: Reader, submissions: Sequence[str], encounters: Sequence[str]) -> list[ObjectId]:
    """The sealed payloads of bookings and enrolments: destroyed one by one too, since what names them can't be read once the key is gone."""
    found = set()
    for submission in submissions:
        row = reader.submissions.get(submission)
        if row is not None:
            found |= {row.payload_object, row.templates_object, row.answer_object}
        for event in reader.stream(events.SUBMISSION, submission, private=True):
            facts = event.private or {}
            found |= {str(facts[name]) for name in SEALED_FACTS if facts.get(name)}
    for encounter in encounters:
        for event in reader.stream(events.REPOSITORY, encounter, private=True):
            found |= {str((event.private or {})[name]) for name in ENROLLED_FACTS if (event.private or {}).get(name)}
    return sorted(ObjectId(name) for name in found if name)


def close_bookings(
    house: House, submissions: Sequence[str], *, reason: str, by: Actor, role: str, at: datetime
) -> None:
    """Mark bookings and their cases as expunged, all in one transaction; nothing is done to one that was marked before."""
    with house.store.unit_of_work() as work:
        for submission in submissions:
            row = work.submissions.get(submission)
            if row is None or row.state == "expunged":
                continue
            for file in work.cases.for_submission(submission):
                refuse_while_held(replay(work.stream(events.CASE, file.id, private=True)))
                work.cases.set(file.id, stage="expunged", updated_at=at, closed_at=at)
                work.tasks.done_for_case(file.id, at=at)
                work.timers.done_for(events.CASE, file.id)
            event = Event(type=events.SUBMISSION_EXPUNGED, effective_at=at, public={"reason": reason})
            work.append(events.SUBMISSION, submission, [event], expected=work.version(events.SUBMISSION, submission), actor=by.id,
                        role=role, purpose="redress", recorded_at=at, key=KeyId(row.key_id))  # fmt: skip
            work.submissions.set(
                submission,
                state="expunged",
                updated_at=at,
                payload_object=None,
                templates_object=None,
                answer_object=None,
            )


def refuse_while_held(state: CaseState) -> None:
    """Raises UsageError while a detainer is open or a release is due: nobody's hold may lose its record while it runs."""
    due = state.release_due_at is not None and state.in_custody
    if state.open_detainer is not None or state.running_hold is not None or due:
        raise UsageError(
            "a detainer of this person is open, or a release is due and not recorded: lift it, or record the release, first. "
            "Nothing was removed."
        )


def list_expunged(house: House, line: Mapping[str, Any]) -> None:
    """Keep what a restore must replay: random ids only, durable before the event says it."""
    with (house.root / EXPUNGED_LIST).open("a") as listing:
        listing.write(json.dumps(line) + "\n")
        listing.flush()
        os.fsync(listing.fileno())
