"""An owner's enrolment from a file keeps the prints, sealed, so that examiners can compare them."""

from __future__ import annotations

from pictures import a_booking

from tenprint.ids import CaseId
from tenprint.workflow import auditing, enrolment, intake, worker
from tenprint.workflow.views import prints


def test_examiners_see_both_prints_of_a_candidate_that_the_owner_enrolled_from_a_file(programme) -> None:
    """Side by side needs both sides; the picture lies under the encounter's key and goes with it."""
    house = programme.house
    owner, examiner = programme.staff("repository-owner"), programme.staff("examiner")
    enrolled = enrolment.enroll_file(house, a_booking("ENROLLED000001", seed=4), "immigration", by=owner)
    intake.take_in(house, a_booking("BOOKED00000001", seed=4), by=programme.agency.actor)
    worker.work_once(house, worker="test")
    with house.store.reader() as reader:
        (file,) = [case for case in reader.cases.list() if case.repository == "immigration"]
    case = CaseId(file.id)

    probe, other = (prints.png_of(house, case, whose, 2, by=examiner) for whose in (prints.PROBE, enrolled.person))
    assert probe[:8] == other[:8] == b"\x89PNG\r\n\x1a\n"
    assert prints.minutiae_of(house, case, enrolled.person, 2, by=examiner)
    assert [] == auditing.fsck(house)

    enrolment.expunge_person(house, enrolled.person, "immigration", reason="test", by=owner)
    assert prints.EXPUNGED == prints.candidates_prints(house, case, enrolled.person, by=examiner).holding
    assert [] == auditing.fsck(house)
