"""A case from prints drawn by formula to its end, told through the same front doors that the staff use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cards import LOS_ANGELES
from pictures import a_booking, rings

from tenprint.identify.extract.choice import extractor
from tenprint.ids import CaseId, DetainerId, PersonId, SubmissionId
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.prints import GreyImage, Minutiae
from tenprint.workflow import desk, intake, people, ticker, worker
from tenprint.workflow.casework import Acted, case_state
from tenprint.workflow.enrolment import enroll_images
from tenprint.workflow.people import Actor

if TYPE_CHECKING:
    from conftest import Programme

NEW_YORK, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")
FINGERS = (2, 7)
NOTHING = ""
ROLES = (
    "status-specialist",
    "charge-officer",
    "field-officer",
    "supervisor",
    "jail-officer",
    "custodian",
    "repository-owner",
    "auditor",
)
REASON = {"reason_code": "test_code", "reason": "as the test says"}


def local(zone: ZoneInfo, *when: int) -> datetime:
    """An instant given by the facility's own wall clock."""
    return datetime(*when, tzinfo=zone)  # type: ignore[arg-type,misc]


class Remembering:
    """The real extractor, asked once for each picture."""

    def __init__(self) -> None:
        self._real = extractor("leader")
        self._known: dict[bytes, Minutiae] = {}
        self.name, self.version = self._real.name, self._real.version

    def extract(self, image: GreyImage) -> Minutiae:
        picture = image.pixels.tobytes()
        if picture not in self._known:
            self._known[picture] = self._real.extract(image)
        return self._known[picture]


remembering = cache(Remembering)


@dataclass
class Story:
    """One programme with its staff; ``case`` and ``submission`` are those of the last booking."""

    programme: Programme
    staff: dict[str, Actor] = field(default_factory=dict)
    examiners: list[Actor] = field(default_factory=list)
    submission: SubmissionId = NOTHING  # type: ignore[assignment]
    person: PersonId = NOTHING  # type: ignore[assignment]
    detainer: DetainerId = NOTHING  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.house.extractor = remembering
        self.staff = {role: self.programme.staff(role) for role in ROLES}
        self.examiners = [self.programme.staff("examiner") for _ in range(3)]

    @property
    def house(self):
        return self.programme.house

    def at(self, when: datetime) -> None:
        self.programme.clock.set(when)

    def later(self, **span: float) -> None:
        self.programme.clock.advance(timedelta(**span))

    def enrol(self, seed: int = 1, repository: str = "immigration") -> PersonId:
        """The repository's owner enrols the prints of a seed."""
        images = {finger: rings(seed * 20 + finger) for finger in FINGERS}
        self.person = enroll_images(self.house, images, repository, by=self.staff["repository-owner"]).person
        return self.person

    def agency(self, ori: str) -> Actor:
        return people.grant(
            self.house, kind="agency", label=ori, roles=["agency"], oris=[ori], by=self.programme.operator
        ).actor

    def book(
        self,
        seed: int = 1,
        *,
        ori: str = LOS_ANGELES,
        by: Actor | None = None,
        tcn: str = "BOOK0000000001",
        **changes: Any,
    ) -> Submission:
        """A booking with the prints of a seed, taken in and worked as far as it goes without a person."""
        day = self.house.clock.now().date()
        receipt = intake.take_in(
            self.house, a_booking(tcn, seed=seed, ori=ori, day=day, **changes), by=by or self.programme.agency.actor
        )
        assert receipt.error_code is None, receipt.message
        self.submission = receipt.submission
        self.work()
        return self.row()

    def work(self) -> None:
        worker.work_once(self.house, worker="test")

    def row(self) -> Submission:
        with self.house.store.reader() as reader:
            return reader.submissions.get(self.submission)

    def told(self, *, private: bool = False) -> list[Recorded]:
        """The events of the submission."""
        with self.house.store.reader() as reader:
            return reader.stream(events.SUBMISSION, self.submission, private=private)

    def case(self, repository: str = "immigration") -> CaseId:
        with self.house.store.reader() as reader:
            (file,) = [f for f in reader.cases.for_submission(self.submission) if f.repository == repository]
        return CaseId(file.id)

    def tale(self, repository: str = "immigration") -> list[Recorded]:
        """The events of the case."""
        with self.house.store.reader() as reader:
            return reader.stream(events.CASE, self.case(repository), private=True)

    def types(self, repository: str = "immigration") -> list[str]:
        return [event.type for event in self.tale(repository)]

    def last(self, kind: str, repository: str = "immigration") -> Recorded:
        return [event for event in self.tale(repository) if event.type == kind][-1]

    def state(self, repository: str = "immigration"):
        return case_state(self.house, self.case(repository))

    def tasks(self) -> dict[str, str]:
        """Open tasks: kind to role."""
        return {task["kind"]: task["role"] for task in desk.tasks(self.house, by=self.staff["auditor"])}

    def conclude(self, examiner: int = 0, conclusion: str = "SOURCE_IDENTIFICATION", *, repository: str = "immigration",
                 candidate: str | None = None, by: Actor | None = None) -> Acted:  # fmt: skip
        if conclusion == "SOURCE_IDENTIFICATION" and candidate is None:
            candidate = self.state(repository).candidates[0]
        return desk.conclude(self.house, self.case(repository), conclusion=conclusion, reasons="ridge detail", candidate=candidate,
                             by=by or self.examiners[examiner])  # fmt: skip

    def identify(self, repository: str = "immigration") -> None:
        for examiner in (0, 1):
            assert self.conclude(examiner, repository=repository).refused is None
        self.work()

    def query(self, **changes: Any) -> Acted:
        facts: dict[str, Any] = {
            "attention": "D. Specialist",
            "offense": None,
            "in_custody": True,
            "by": self.staff["status-specialist"],
        }
        return desk.query(self.house, self.case(), **(facts | changes))

    def respond(self, status: str = "overstay", **changes: Any) -> Acted:
        facts: dict[str, Any] = {"as_of": date(2010, 1, 1), "stale": False, "removable": "yes", "citizenship_evidence": "none",
                                 "text": "as found", "sources": ("one",), "by": self.staff["status-specialist"]}  # fmt: skip
        return desk.respond(self.house, self.case(), status=status, **(facts | changes))

    def dispose(self, disposition: str = "detainer", **changes: Any) -> Acted:
        facts: dict[str, Any] = {**REASON, "removability_ground": "", "asserted": [], "by": self.staff["field-officer"]}
        return desk.dispose(self.house, self.case(), disposition=disposition, **(facts | changes))

    def issue(self, form: str = "I-247 (08/10)", **changes: Any) -> Acted:
        facts: dict[str, Any] = {"officer_class": "deportation_officer", "boxes": ("investigation_initiated",), "warrant": "none",
                                 "recipient": "the county jail", **REASON, "conditional": False, "supersedes": None, "asserted": [],
                                 "by": self.staff["field-officer"]}  # fmt: skip
        done = desk.issue_detainer(self.house, self.case(), form=form, **(facts | changes))
        if done.refused is None:
            self.detainer = DetainerId(str(self.last(events.DETAINER_ISSUED).public["detainer"]))
        return done

    def serve(self) -> Acted:
        return desk.serve_detainer(self.house, self.case(), self.detainer, language="es", by=self.staff["jail-officer"])

    def answer(self, answer: str = "honour", **changes: Any) -> Acted:
        facts: dict[str, Any] = {
            **REASON,
            "asserted": ["facility.honours_detainers=yes"],
            "by": self.staff["jail-officer"],
        }
        return desk.answer_detainer(self.house, self.case(), self.detainer, answer=answer, **(facts | changes))

    def eligible(self, at: datetime | None = None, why: str = "bail_posted") -> Acted:
        return desk.mark_eligible(self.house, self.case(), why=why, eligible_at=at, by=self.staff["jail-officer"])

    def released(self) -> Acted:
        return desk.record_release(self.house, self.case(), released_at=None, by=self.staff["custodian"])

    def tick(self) -> int:
        return ticker.tick(self.house)

    def booked_and_found(self, **booking: Any) -> None:
        """A person of the immigration repository is booked, and two examiners say so."""
        self.enrol()
        self.book(**booking)
        self.identify()

    def detained(self, form: str = "I-247 (08/10)", *, issue: dict[str, Any] | None = None, **booking: Any) -> None:
        """As far as an issued and served detainer."""
        self.booked_and_found(**booking)
        for done in (self.query(), self.respond(), self.dispose(), self.issue(form, **(issue or {})), self.serve()):
            assert done.refused is None, done.refused

    def held(self, at: datetime | None = None, **booking: Any) -> None:
        """As far as a running hold."""
        self.detained(**booking)
        for done in (self.answer(), self.eligible(at)):
            assert done.refused is None, done.refused
        assert self.state().running_hold is not None


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type,misc]
