"""A booking whose images are WSQ, as nearly every booking's are, goes the way of any other: inspected, taken in, found."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from cards import booking
from pictures import rings
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.errors import ModelMissing
from tenprint.exchange.compose import CardImage
from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.identify.extract.choice import extractor
from tenprint.model import events
from tenprint.workflow import enrolment, intake, worker

FINGERS = (2, 7)
SEED = 20


@cache
def the_extractor():
    try:
        return extractor("leader")
    except ModelMissing as error:
        pytest.skip(str(error))


def wsq_image(finger: int) -> CardImage:
    picture = rings(SEED + finger)
    height, width = picture.pixels.shape
    return CardImage(
        position=finger,
        impression=1,
        width=width,
        height=height,
        ppi=500,
        compression="WSQ20",
        data=encode_wsq(picture),
    )


def a_wsq_booking(tcn: str, **changes: object) -> bytes:
    return booking([wsq_image(finger) for finger in FINGERS], tcn=tcn, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("as_type", [4, 14])
def test_a_person_enrolled_from_scans_is_found_by_a_booking_in_wsq(programme, as_type: int) -> None:
    """EBTS 14.011 WSQ20 and Type-4 GCA 1: what 10:1 and more loses does not hide a person."""
    house = programme.house
    house.extractor = the_extractor
    person = enrolment.enroll_images(
        house, {f: rings(SEED + f) for f in FINGERS}, "immigration", by=programme.staff("repository-owner")
    ).person

    receipt = intake.take_in(house, a_wsq_booking("WSQ00000000001", as_type=as_type), by=programme.agency.actor)
    assert ("received", None) == (receipt.state, receipt.error_code), receipt.message
    worker.work_once(house, worker="test")

    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, receipt.submission)
        (case,) = reader.cases.for_submission(receipt.submission)
        opened = reader.stream(events.CASE, case.id, private=True)[0]
    (extracted,) = [e for e in stream if e.type == events.TEMPLATES_EXTRACTED]
    assert (2, 0) == (extracted.public["fingers"], extracted.public["failed"])
    assert "immigration" == case.repository
    assert person in json.dumps(opened.private)


def test_inspection_lists_wsq_images(tmp_path: Path) -> None:
    """tenprint inspect: the file is a booking without faults, its images named as WSQ20."""
    file = tmp_path / "wsq.eft"
    file.write_bytes(a_wsq_booking("WSQ00000000002"))
    shown = CliRunner().invoke(app, ["inspect", str(file), "--json"])

    assert 0 == shown.exit_code, shown.output
    listing = json.loads(shown.stdout)
    assert (True, True, []) == (listing["readable"], listing["booking"], listing["faults"])
    assert "WSQ20" in shown.stdout


@pytest.mark.parametrize(
    "spoil",
    [
        lambda image: replace(image, data=image.data[: len(image.data) // 2]),
        lambda image: replace(image, width=image.width + 1),
        lambda image: replace(image, data=image.data.replace(b"\xff\xa2", b"\xff\xa8")),
    ],
    ids=["cut", "lying size", "no frame header"],
)
def test_a_damaged_wsq_refuses_the_booking_and_names_the_field(programme, spoil) -> None:
    """EFTS Appendix M: E0002 at 14.999; nothing is half-stored."""
    images = [wsq_image(2), spoil(wsq_image(7))]
    receipt = intake.take_in(programme.house, booking(images, tcn="WSQ00000000003"), by=programme.agency.actor)

    assert ("refused", "14.999") == (receipt.state, receipt.error_field)
    assert receipt.error_code is not None
    assert receipt.error_code.startswith("E0002")
    assert "WSQ" in receipt.message
