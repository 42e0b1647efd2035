"""The steps of a submission: gate, extract, search, answer, retain. Each is idempotent and may be killed at any point.

    received ──gate──▶ gated ──extract──▶ extracted ──search──▶ searched ──answer──▶ answered ──retain──▶ closed
                                  └────────── unusable images ──────────▶ refused (ERRT L0008)

A step reads the state, acts, and commits the next state with its events in one transaction; what it did outside the
database before the commit (sealed objects, a spent authority) is found again or swept up, never done twice in effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from tenprint.errors import ExtractionFailed, GalleryError, PersonUnknown, TemplateInvalid
from tenprint.exchange.submission import Booking, read_booking
from tenprint.identify.extract.tenprints import examined_tenprint
from tenprint.identify.gallery.candidates import CandidateList
from tenprint.ids import AuthorityId, CaseId, EncounterId, EventId, KeyId, ObjectId, PersonId, SubmissionId, fresh
from tenprint.infra.store.store import UnitOfWork
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.authority import SearchAuthority, from_document
from tenprint.model.canonical import Value
from tenprint.model.events import Event
from tenprint.model.prints import TenprintTemplate
from tenprint.workflow.answering import finding, issue, refuse_for_quality, write_sre
from tenprint.workflow.casework import identity_stage, open_case
from tenprint.workflow.court_text import adopt_court_segments
from tenprint.workflow.gating import pass_gate
from tenprint.workflow.house import CRIMINAL, SYSTEM, House
from tenprint.workflow.image_quality import reason_counts, reasons_by_finger, refusal
from tenprint.workflow.images import decode_card
from tenprint.workflow.intake import payload_of
from tenprint.workflow.owing import task_due
from tenprint.workflow.slaps import checked_card, has_plain

log = structlog.get_logger()

FINGERS_IN_DOUBT: Final = "card/fingers_in_doubt"
"""Task of an examiner where a card's rolled and plain prints contradict each other; the search goes on with the card as sent."""

MIN_FINGERS: Final = 1
"""Fewest usable fingers in a searchable submission. Source: EBTS 9.1 lets a booking hold one to fourteen images."""

ANSWERED: Final = "CAR"
"""The type of booking that asks for an answer; CNA does not. Source: EBTS 9.1, 1.004 TOT."""

WORKERS: Final = 2
"""Threads that extract one card. Set by: one per core of the smallest supported machine."""


def advance(house: House, row: Submission) -> bool:
    """Do the next step of a submission. True when its state moved; False when it waits for a person."""
    step = STEPS.get(row.state)
    return False if step is None else step(house, row)


def _as_known(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _append(work: UnitOfWork, house: House, row: Submission, new: list[Event]) -> list[EventId]:
    version = work.version(events.SUBMISSION, row.id)
    recorded = work.append(events.SUBMISSION, row.id, new, expected=version, actor=SYSTEM.id, role="system", purpose="booking",
                           recorded_at=house.clock.now(), key=KeyId(row.key_id))  # fmt: skip
    return [event.id for event in recorded]


def _still(work: UnitOfWork, row: Submission) -> bool:
    """Another worker may have taken the step already: then there is nothing left to do."""
    now = work.submissions.get(row.id)
    return now is not None and now.state == row.state


def extract(house: House, row: Submission) -> bool:
    """Decode and extract all fingers; without any usable one the submission is refused with L0008 and its authorities voided."""
    if row.templates_object is not None:  # a rehearsed booking came with its template
        with house.store.unit_of_work() as work:
            if _still(work, row):
                work.submissions.set(row.id, state="extracted", updated_at=house.clock.now())
        return True
    booking = read_booking(payload_of(house, row))
    extractor = house.extractor()
    images = decode_card(booking)  # its resolution was held against its ridges at take-in
    found = examined_tenprint(images.fingers, extractor, workers=WORKERS)
    template, failures = found.template, found.failures
    missing = {one.position for one in booking.missing}
    card = checked_card(booking.images, images.every, found, missing=missing, extractor=extractor, workers=WORKERS)
    usable = card.usable
    if not images.fingers:  # slaps alone: what is told of the fingers is told of their plain prints
        template, failures = card.plain, dict(card.failures)
    if len(usable.fingers) < MIN_FINGERS:
        return _refuse_unusable(house, row, booking, refusal(template, failures))
    sealed = house.vault.seal(KeyId(row.key_id), usable.to_bytes())
    done = Event(
        type=events.TEMPLATES_EXTRACTED,
        effective_at=house.clock.now(),
        public={"fingers": len(usable.fingers), "failed": len({*failures, *template.positions} - {*usable.positions}),
                "missing": len(booking.missing), "extractor": extractor.version, "reasons": reason_counts(template)},
        private={"templates": sealed, "failures": {f"{position:02d}": why for position, why in sorted(failures.items())},
                 "conditions": reasons_by_finger(template)},
    )  # fmt: skip
    told = has_plain(booking.images) or bool(
        card.check.findings
    )  # rolled prints alone are compared too: only a finding is told
    new = [done] if not told else [done, Event(type=events.SEQUENCE_CHECKED, effective_at=done.effective_at,
                                                   public=card.public, private=card.private)]  # fmt: skip
    with house.store.unit_of_work() as work:
        if _still(work, row):
            _append(work, house, row, new)
            if card.asks_a_person:
                work.tasks.add(kind=FINGERS_IN_DOUBT, role="examiner", submission=row.id, raised_at=done.effective_at,
                               due=task_due(house, FINGERS_IN_DOUBT, done.effective_at))  # fmt: skip
            work.submissions.set(row.id, state="extracted", templates_object=sealed, updated_at=house.clock.now())
            return True
    house.vault.destroy_object(sealed)  # another worker was faster
    return True


def _refuse_unusable(house: House, row: Submission, booking: Booking, error: ExtractionFailed) -> bool:
    answer = house.vault.seal(KeyId(row.key_id), refuse_for_quality(house, row, booking, error))
    at = house.clock.now()
    with house.store.unit_of_work() as work:
        if not _still(work, row):
            house.vault.destroy_object(answer)
            return True
        void_open(house, work, row, reason="image_quality")
        refused = Event(type=events.SUBMISSION_REFUSED, effective_at=at, public={
            "ori": row.ori, "jurisdiction": row.jurisdiction, "state": row.state_code, "tot": row.tot, "code": "L0008", "field": None,
            "stage": "extract"})  # fmt: skip
        _append(work, house, row, [refused])
        event = Event(type=events.ANSWER_ISSUED, effective_at=at, public={"kind": "ERRT", "srf": None, "code": "L0008"},
                      private={"answer": answer})  # fmt: skip
        issue(house, work, row, event, state="answered", answer=answer)
    return True


def void_open(house: House, work: UnitOfWork, row: Submission, *, reason: str) -> None:
    """Close what is still open: voided, or spent if the repository was searched and a crash took the result."""
    for authority in work.authorities.for_submission(row.id):
        attempts = house.galleries[authority.repository].attempts(AuthorityId(authority.id))
        if authority.state == "open" and attempts:
            used = [e for e in house.galleries[authority.repository].spent() if e.authority == authority.id][-1]
            spent = _spent_event(house, authority.id, authority.repository, log_hash=used.hash, attempts=attempts)
            lost = _error_event(
                house, authority.id, authority.repository, "the result was lost and the search given up"
            )
            _append(work, house, row, [spent, lost])
            work.authorities.set_state(authority.id, "spent", closed_at=house.clock.now(), attempts=attempts)
        elif authority.state == "open":
            voided = Event(type=events.AUTHORITY_VOIDED, effective_at=house.clock.now(),
                           public={"authority": authority.id, "repository": authority.repository, "reason": reason})  # fmt: skip
            _append(work, house, row, [voided])
            work.authorities.set_state(authority.id, "voided", closed_at=house.clock.now(), reason=reason)


def search(house: House, row: Submission) -> bool:
    """Search each repository for which an authority is open, one after the other, each under its own authority."""
    with house.store.reader() as reader:
        authorities = reader.authorities.for_submission(row.id)
    open_ones = [a for a in authorities if a.state == "open"]
    settle_spent(house, row)
    if open_ones:
        sealed = house.vault.open(KeyId(row.key_id), ObjectId(row.templates_object or ""))
        probe = TenprintTemplate.from_bytes(sealed)
        failed: GalleryError | TemplateInvalid | None = None
        for authority in open_ones:
            try:
                _search_one(house, row, probe, from_document(authority.document))
            except (
                GalleryError,
                TemplateInvalid,
            ) as error:  # of one repository: the other one is searched all the same
                failed = error
        if failed is not None:
            raise failed
    with house.store.unit_of_work() as work:
        if _still(work, row):
            work.submissions.set(row.id, state="searched", updated_at=house.clock.now())
    return True


def settle_spent(house: House, row: Submission) -> None:
    """Recorded just before a crash: the gallery may not know yet that no retry will come."""
    with house.store.reader() as reader:
        spent = [a for a in reader.authorities.for_submission(row.id) if a.state == "spent"]
    for authority in spent:
        house.galleries[authority.repository].settle(AuthorityId(authority.id), at=house.clock.now())


def _search_one(house: House, row: Submission, probe: TenprintTemplate, authority: SearchAuthority) -> None:
    gallery = house.galleries[authority.repository]
    try:
        found = gallery.search(probe, authority, at=house.clock.now())
    except (GalleryError, TemplateInvalid) as error:
        _record_search_error(house, row, authority, str(error))
        raise
    zone, sealed = found.zone, house.vault.seal(KeyId(row.key_id), found.to_bytes())
    result = "candidates" if zone in {"review", "strong"} else "no_match" if found.complete else "incomplete"
    done = Event(
        type=events.SEARCH_COMPLETED, effective_at=house.clock.now(),
        public={"repository": authority.repository, "authority": authority.id, "result": result, "zone": zone,
                "candidates": sum(c.zone != "none" for c in found.candidates), "matcher": found.matcher,
                "gallery_generation": found.generation},
        private={"candidate_list": sealed, "error": None},
    )  # fmt: skip
    spent = _spent_event(house, authority.id, authority.repository, log_hash=found.log_hash, attempts=found.attempt)
    with house.store.unit_of_work() as work:
        held = work.authorities.get(authority.id)
        open_still = held is not None and held.state == "open"
        if open_still:
            _append(work, house, row, [spent, done])
            work.authorities.set_state(authority.id, "spent", closed_at=house.clock.now(), attempts=found.attempt)
            if result == "candidates":
                _open_case(house, work, row, found)
    if not open_still:
        house.vault.destroy_object(sealed)
    gallery.settle(AuthorityId(authority.id), at=house.clock.now())


def _spent_event(house: House, authority: str, repository: str, *, log_hash: str, attempts: int) -> Event:
    return Event(
        type=events.AUTHORITY_SPENT, effective_at=house.clock.now(),
        public={"authority": authority, "repository": repository, "repository_log_hash": log_hash, "attempts": attempts},
    )  # fmt: skip


def _open_case(house: House, work: UnitOfWork, row: Submission, found: CandidateList) -> None:
    received = work.stream(events.SUBMISSION, row.id)[0]
    case = CaseId(fresh())
    open_case(house, work, row, found, juvenile=_as_known(received.public["juvenile"]), case=case)
    adopt_court_segments(house, work, row, case)


def _record_search_error(house: House, row: Submission, authority: SearchAuthority, why: str) -> None:
    """An error is its own result: recorded and counted, neither match nor no match; the authority stays open for a retry."""
    with house.store.unit_of_work() as work:
        _append(work, house, row, [_error_event(house, authority.id, authority.repository, why)])


def _error_event(house: House, authority: str, repository: str, why: str) -> Event:
    return Event(
        type=events.SEARCH_COMPLETED, effective_at=house.clock.now(),
        public={"repository": repository, "authority": authority, "result": "error", "zone": "none", "candidates": 0,
                "matcher": house.galleries[repository].matcher_version, "gallery_generation": -1},
        private={"candidate_list": None, "error": why},
    )  # fmt: skip


def answer(house: House, row: Submission) -> bool:
    """Give the one answer, once nobody has to look at the criminal candidates any more. CNA: none was asked for."""
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, row.id)
    found = finding(stream, identity_stage(house, row, CRIMINAL))
    if found is None:
        return False
    at = house.clock.now()
    if found == "error":
        answer_uncompleted(house, row)
        return True
    content = None
    if row.tot == ANSWERED:
        booking = read_booking(payload_of(house, row))
        content = house.vault.seal(
            KeyId(row.key_id), write_sre(house, booking, srf=found, submission=SubmissionId(row.id), at=at)
        )
    event = Event(
        type=events.ANSWER_ISSUED, effective_at=at,
        public={"kind": "SRE" if row.tot == ANSWERED else "none", "srf": found, "code": None},
        private={"answer": content} if content else {},
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        if _still(work, row):
            issue(house, work, row, event, state="answered", answer=content)
            return True
    if content is not None:
        house.vault.destroy_object(content)
    return True


def answer_uncompleted(house: House, row: Submission) -> Submission:
    """Answer with ERRT: the criminal search was not permitted, or not completed. An error never becomes a no match.

    From any state before the answer; authorities that are still open are closed. Returns the submission as it is afterwards.
    """
    content = None
    if row.payload_object is not None:  # a rehearsed booking came without a file, and nobody waits for its answer
        booking = read_booking(payload_of(house, row))
        error = ExtractionFailed(
            "The criminal repository could not be searched completely with these images; this is no finding of N."
        )
        content = house.vault.seal(KeyId(row.key_id), refuse_for_quality(house, row, booking, error))
    event = Event(type=events.ANSWER_ISSUED, effective_at=house.clock.now(),
                  public={"kind": "ERRT" if content else "none", "srf": None, "code": "L0008"},
                  private={"answer": content} if content else {})  # fmt: skip
    with house.store.unit_of_work() as work:
        issued = _still(work, row)
        if issued:
            void_open(house, work, row, reason="not_completed")
            issue(house, work, row, event, state="answered", answer=content)
        now = work.submissions.get(row.id) or row
    if issued:
        settle_spent(house, row)
    elif content is not None:
        house.vault.destroy_object(content)
    return now


def retain(house: House, row: Submission) -> bool:
    """RET=Y enrols in the criminal repository only; RET=N destroys images and templates when its verification closes."""
    verification_open = any(
        identity_stage(house, row, name) in {"open", "disputed"} for name in house.programme.repositories
    )
    if verification_open:
        return False
    if row.retain and row.answer_kind != "ERRT":
        return _enrol(house, row)
    return destroy_payload(house, row, reason="answered_not_retained" if not row.retain else "refused")


def _enrol(house: House, row: Submission) -> bool:
    gallery = house.galleries[CRIMINAL]
    template = TenprintTemplate.from_bytes(house.vault.open(KeyId(row.key_id), ObjectId(row.templates_object or "")))
    before = gallery.person_of(EncounterId(row.id))  # enrolled just before a crash
    person = before or established_person(house, row) or PersonId(fresh())
    try:
        gallery.enroll(person, EncounterId(row.id), template, key=KeyId(row.key_id))
    except PersonUnknown:  # expunged since the examiners concluded: an id is never used again
        person = PersonId(fresh())
        gallery.enroll(person, EncounterId(row.id), template, key=KeyId(row.key_id))
    at = house.clock.now()
    enrolled = Event(
        type=events.PERSON_ENROLLED, effective_at=at, public={"repository": CRIMINAL, "source": "booking", "fingers": len(template.fingers)},
        private={"person": person, "encounter": row.id},
    )  # fmt: skip
    with house.store.unit_of_work() as work:
        if _still(work, row):
            work.append(events.REPOSITORY, row.id, [enrolled], expected=0, actor=SYSTEM.id, role="system", purpose="booking",
                        recorded_at=at, key=KeyId(row.key_id))  # fmt: skip
            work.enrolments.add(
                person=person,
                encounter=row.id,
                repository=CRIMINAL,
                key_id=row.key_id,
                submission=row.id,
                enrolled_at=at,
            )
            work.submissions.set(row.id, state="closed", updated_at=at)
    return True


def established_person(house: House, row: Submission) -> PersonId | None:
    """Whom two examiners found in the criminal repository for this submission, or None."""
    with house.store.reader() as reader:
        for case in reader.cases.for_submission(row.id):
            if case.repository == CRIMINAL:
                for event in reader.stream(events.CASE, case.id, private=True):
                    if event.type == events.IDENTITY_ESTABLISHED and event.private:
                        return PersonId(str(event.private["person"]))
    return None


def destroy_payload(house: House, row: Submission, *, reason: str) -> bool:
    """Destroy the images and templates of a submission; the record of what happened stays.

    First destroyed, then recorded: after a crash in between the step is done again, and nothing said to be gone is still there.
    """
    at = house.clock.now()
    with house.store.reader() as reader:
        before = reader.submissions.get(row.id)
    if before is None or before.state != row.state:
        return True
    for name in (row.payload_object, row.templates_object):
        if name:
            house.vault.destroy_object(ObjectId(name))
    with house.store.unit_of_work() as work:
        if not _still(work, row):
            return True
        gone = Event(
            type=events.PAYLOAD_DESTROYED, effective_at=at, public={"what": "images and templates", "reason": reason}
        )
        _append(work, house, row, [gone])
        work.submissions.set(row.id, state="closed", updated_at=at, payload_object=None, templates_object=None)
        work.timers.done_for(events.SUBMISSION, row.id, kind="retention")
    return True


STEPS: Final[Mapping[str, Callable[[House, Submission], bool]]] = {
    "received": pass_gate,
    "gated": extract,
    "extracted": search,
    "searched": answer,
    "answered": retain,
}
"""State -> the step that leaves it. A state without a step is an end, or waits for a person."""
