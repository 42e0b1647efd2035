"""The prints of a case, for the people who compare them: the booking's images, the candidate's, and their minutiae.

Only examiners and supervisors are served. What was destroyed, expunged or never kept is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from tenprint.errors import IdentifyError, KeyDestroyed, KeySealed, NotFound, NotPermitted, ObjectMissing
from tenprint.exchange.submission import Booking, read_booking
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.extract.grid import finger_pixels
from tenprint.identify.extract.quality_measures import measure, strokes
from tenprint.identify.extract.tenprints import finger_quality
from tenprint.identify.gallery.candidates import Candidate, CandidateList
from tenprint.ids import CaseId, KeyId, ObjectId, SubmissionId
from tenprint.infra.access.table import Actor
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.prints import FINGERS, FingerTemplate, GreyImage, TenprintTemplate
from tenprint.units import GRID_PPI, MM_PER_INCH, TURN, Ppi
from tenprint.workflow.house import House
from tenprint.workflow.images import PLAIN_THUMBS, decode_record, finger_records
from tenprint.workflow.sealed import refuse_if_sealed
from tenprint.workflow.slaps import plain_of
from tenprint.workflow.views.board import may

log = structlog.get_logger()

PROBE: Final = "probe"
"""Name of the booking's own prints; a candidate's are named by the person's random id."""

KEPT: Final = "kept"
"""Images are there."""

NOT_KEPT: Final = "not_kept"
"""The encounter was enrolled without its images: only a template is held."""

DESTROYED: Final = "destroyed"
"""Images and templates were destroyed, as retention or a rule asked."""

EXPUNGED: Final = "expunged"
"""The key was destroyed: nobody can read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finger:
    """One image. width, height: pixels at 500 ppi, the grid of the minutiae; plain: a plain print stands for a rolled one."""

    position: int
    width: int
    height: int
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Impressions:
    """One encounter's images. holding: kept, not_kept, destroyed or expunged; fingers: empty unless kept."""

    whose: str
    holding: str
    fingers: Mapping[int, Finger]


@dataclass(frozen=True, slots=True)
class Mark:
    """One minutia on the grid of its image. angle: degrees counter-clockwise from +x, y up; kind: 0, 1 or 2."""

    x: int
    y: int
    angle: float
    kind: int
    quality: int


@dataclass(frozen=True, slots=True)
class Opinion:
    """What extraction thought of one finger's image. quality: 0 to 100; reasons: codes of what was wrong with it."""

    quality: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line along the ridges at one place, pixels of the minutiae's grid."""

    x1: float
    y1: float
    x2: float
    y2: float


def may_see_prints(by: Actor) -> bool:
    """Whether this person compares prints: an examiner, or the supervisor who resolves."""
    return may(by, "conclude") or may(by, "resolve_identity")


def require_prints(by: Actor) -> None:
    """Raises NotPermitted to a person who does not compare prints."""
    if not may_see_prints(by):
        raise NotPermitted(
            f"{by.label} may not see prints; needed: one of the roles examiner, supervisor. Nothing was shown."
        )


def probe_prints(house: House, case: CaseId, *, by: Actor) -> Impressions:
    """The booking's images. Raises NotPermitted, NotFound."""
    file, row = _case(house, case, by=by)
    del file
    return _impressions(house, PROBE, _of(house, row))


def candidates_prints(house: House, case: CaseId, person: str, *, by: Actor) -> Impressions:
    """A candidate's images, if a payload of that encounter exists. Raises NotPermitted, NotFound."""
    file, row = _case(house, case, by=by)
    return _impressions(house, person, _encounter(house, _candidate(house, file, row, person)))


def png_of(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> bytes:
    """One finger's image as PNG, 8-bit grey, at its own resolution. Raises NotPermitted; NotFound where none is kept."""
    image = _image(house, case, whose, position, by=by)
    log.info("print shown", case=case, whose="probe" if whose == PROBE else "candidate", position=position, actor=by.id)
    return encode_png(image)


def _image(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> GreyImage:
    file, row = _case(house, case, by=by)
    held = _of(house, row) if whose == PROBE else _encounter(house, _candidate(house, file, row, whose))
    if held is None or not held.payload_object or position not in FINGERS:
        raise NotFound(f"no image of finger {position} is kept here; nothing was shown")
    booking = read_booking(_payload(house, held))
    if position in _plain(booking, held.replaced) and (cut := plain_of(booking, {position}).get(position)) is not None:
        return cut
    record = finger_records(booking).get(position)
    if record is None:
        raise NotFound(f"no image of finger {position} is kept here; nothing was shown")
    return decode_record(record)


def minutiae_of(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> tuple[Mark, ...]:
    """One finger's minutiae as the matcher used them; none where no template is kept. Raises NotPermitted, NotFound."""
    finger = _template(house, case, whose, position, by=by)
    if finger is None:
        return ()
    return tuple(
        Mark(int(p["x"]), int(p["y"]), float(p["theta"]) * 360 / TURN, int(p["kind"]), int(p["quality"]))
        for p in finger.minutiae.points
    )


def opinion_of(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> Opinion | None:
    """What extraction thought of one finger's image; None where no template is kept. Raises NotPermitted, NotFound.

    The quality is computed anew, so that prints of all years are told on one scale.
    """
    finger = _template(house, case, whose, position, by=by)
    return None if finger is None else Opinion(finger_quality(finger.minutiae), finger.reasons)


def flow_of(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> tuple[Stroke, ...]:
    """The direction of the ridges where there are any, measured anew from the image; none where no image can be measured.

    Raises NotPermitted, NotFound.
    """
    image = _image(house, case, whose, position, by=by)
    try:
        maps = measure(finger_pixels(image))
    except IdentifyError:
        return ()
    return tuple(Stroke(*line) for line in strokes(maps))


def _template(house: House, case: CaseId, whose: str, position: int, *, by: Actor) -> FingerTemplate | None:
    file, row = _case(house, case, by=by)
    held = _of(house, row) if whose == PROBE else _encounter(house, _candidate(house, file, row, whose))
    if held is None or not held.templates_object:
        return None
    try:
        sealed = house.vault.open(KeyId(held.key_id), ObjectId(held.templates_object))
    except (KeyDestroyed, ObjectMissing):
        return None
    return TenprintTemplate.from_bytes(sealed).finger(position)


def candidates_of(house: House, file: CaseFile) -> tuple[Candidate, ...] | None:
    """The candidates that an examiner looks at, best first; None once nobody can read the list any more."""
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, SubmissionId(file.submission), private=True)
    for event in reversed(stream):
        if event.type == events.SEARCH_COMPLETED and event.public["repository"] == file.repository:
            sealed = (event.private or {}).get("candidate_list")
            if event.expunged or sealed is None:
                return None
            try:
                listed = CandidateList.from_bytes(house.vault.open(KeyId(file.key_id), ObjectId(str(sealed))))
            except KeyDestroyed:
                return None
            return tuple(candidate for candidate in listed.candidates if candidate.zone != "none")
    return ()


def _case(house: House, case: CaseId, *, by: Actor) -> tuple[CaseFile, Submission]:
    require_prints(by)
    with house.store.reader() as reader:
        file = reader.cases.get(case)
        row = reader.submissions.get(file.submission) if file else None
    if file is None or row is None:
        raise NotFound(f"no case {case}; nothing was shown")
    refuse_if_sealed(house, file)
    return file, row


def _candidate(house: House, file: CaseFile, row: Submission, person: str) -> Candidate:
    del row
    for candidate in candidates_of(house, file) or ():
        if candidate.person == person:
            return candidate
    raise NotFound("no such candidate in this case; nothing was shown")


@dataclass(frozen=True, slots=True)
class _Held:
    """Where an encounter's file and templates lie: of a booking, or of an enrolment by the repository's owner. replaced: positions
    for which a plain print was searched.
    """

    key_id: str
    payload_object: str | None
    templates_object: str | None
    expunged: bool
    replaced: frozenset[int] = frozenset()


def _of(house: House, row: Submission) -> _Held:
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, SubmissionId(row.id), private=True)
    told = [event.private or {} for event in stream if event.type == events.SEQUENCE_CHECKED]
    listed = told[-1].get("replaced") if told else None
    replaced = frozenset(int(str(one)) for one in listed) if isinstance(listed, list | tuple) else frozenset()
    return _Held(row.key_id, row.payload_object, row.templates_object, row.state == "expunged", replaced)


def _encounter(house: House, candidate: Candidate) -> _Held | None:
    """What is kept of the encounter that the candidate was enrolled from; None where nothing is known of it."""
    with house.store.reader() as reader:
        row = reader.submissions.get(candidate.encounter)
        if row is not None:
            return _of(house, row)
        stream = reader.stream(events.REPOSITORY, candidate.encounter, private=True)
    for event in stream:
        if event.type == events.PERSON_ENROLLED:
            kept = event.private or {}
            payload, templates = kept.get("payload"), kept.get("templates")
            if payload is None and not event.expunged:
                return None
            return _Held(candidate.encounter, str(payload), str(templates) if templates else None, event.expunged)
    return None


def _payload(house: House, held: _Held) -> bytes:
    return house.vault.open(KeyId(held.key_id), ObjectId(held.payload_object or ""))


def _impressions(house: House, whose: str, row: _Held | None) -> Impressions:
    if row is None:
        return Impressions(whose=whose, holding=NOT_KEPT, fingers={})
    if row.expunged:
        return Impressions(whose=whose, holding=EXPUNGED, fingers={})
    if not row.payload_object:
        return Impressions(whose=whose, holding=DESTROYED, fingers={})
    try:
        fingers = fingers_of(read_booking(_payload(house, row)), row.replaced)
    except KeyDestroyed:
        return Impressions(whose=whose, holding=EXPUNGED, fingers={})
    except KeySealed:  # a candidate whose own booking was sealed since: there is nothing to compare with
        return Impressions(whose=whose, holding=NOT_KEPT, fingers={})
    except ObjectMissing:
        return Impressions(whose=whose, holding=DESTROYED, fingers={})
    return Impressions(whose=whose, holding=KEPT, fingers=fingers)


def fingers_of(booking: Booking, replaced: Collection[int]) -> dict[int, Finger]:
    """The images that are shown of a booking, in order of position: those that were searched."""
    sizes = {}
    for position, record in finger_records(booking).items():
        ppi = Ppi.from_pixels_per_mm(record.pixels_per_mm or GRID_PPI / MM_PER_INCH)
        sizes[position] = _finger(position, record.width, record.height, ppi, plain=record.position in PLAIN_THUMBS)
    for position, cut in plain_of(booking, _plain(booking, replaced)).items():
        height, width = cut.pixels.shape
        sizes[position] = _finger(position, width, height, cut.ppi, plain=True)
    return dict(sorted(sizes.items()))


def _plain(booking: Booking, replaced: Collection[int]) -> Collection[int]:
    """Fingers of which the plain print is shown: those that it stood in for; all of a card of slaps alone."""
    return replaced if finger_records(booking) else FINGERS


def _finger(position: int, width: int, height: int, ppi: Ppi, *, plain: bool) -> Finger:
    """On the grid of the minutiae; class-500 images are the grid themselves."""
    scale = 1.0 if ppi.is_class_500 else GRID_PPI / ppi.value
    return Finger(
        position=position, width=max(1, round(width * scale)), height=max(1, round(height * scale)), plain=plain
    )
