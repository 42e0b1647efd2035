"""A booking with slaps: its plain prints are held against the rolled ones, and stand in where a rolled one is not usable."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from cards import booking

from tenprint.errors import ModelMissing
from tenprint.exchange.compose import CardImage
from tenprint.exchange.itl import read
from tenprint.exchange.submission import read_booking
from tenprint.identify.extract.choice import extractor
from tenprint.ids import KeyId, ObjectId
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.lab.population.slap_composer import Setting, compose
from tenprint.model import events
from tenprint.model.prints import GreyImage, TenprintTemplate
from tenprint.workflow import intake, worker
from tenprint.workflow.inspecting import look
from tenprint.workflow.slaps import plain_of
from tenprint.workflow.views.prints import fingers_of

HAND = (2, 3, 4, 5)
CALM = Setting(turn_deg=0, missing=0, touching=0, joints=0, card=0, dirty=0, double=0)


@cache
def the_extractor():
    try:
        return extractor("leader")
    except ModelMissing as error:
        pytest.skip(str(error))


@cache
def prints(number: int) -> dict[int, GreyImage]:
    somebody = person(5, 1)
    return {finger: impression(somebody, finger, number=number, quality=0.9) for finger in HAND}


def card_image(position: int, image: GreyImage, *, impression_code: int) -> CardImage:
    rows, columns = image.pixels.shape
    return CardImage(position=position, impression=impression_code, width=columns, height=rows, ppi=500,
                     compression="NONE", data=image.pixels.tobytes())  # fmt: skip


def the_events(
    programme, rolled: dict[int, GreyImage], tcn: str, *, private: bool = False, retain: bool = False
) -> dict[str, dict]:
    """Public (or private) halves of a booking's events, by type, after the worker went over it."""
    programme.house.extractor = the_extractor
    slap = compose(prints(1), 13, np.random.default_rng(1), setting=CALM)
    images = [card_image(finger, image, impression_code=1) for finger, image in rolled.items()]
    images.append(card_image(13, slap.image, impression_code=0))
    receipt = intake.take_in(programme.house, booking(images, tcn=tcn, retain=retain), by=programme.agency.actor)
    assert ("received", None) == (receipt.state, receipt.error_code), receipt.message
    worker.work_once(programme.house, worker="test")
    with programme.house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, receipt.submission, private=private)
    return {event.type: dict((event.private if private else event.public) or {}) for event in stream}


def tasks(programme) -> list[tuple[str, str]]:
    """What waits for whom because of the card."""
    with programme.house.store.reader() as reader:
        return [(task.kind, task.role) for task in reader.tasks.list() if task.kind.startswith("card/")]


def test_a_card_in_order_is_confirmed_finger_by_finger(programme) -> None:
    """Counts and codes only: which finger and what was said of it is private."""
    told = the_events(programme, prints(0), "SLAP0000000001")[events.SEQUENCE_CHECKED]

    assert (1, 4, 4, 4, 0, {}) == tuple(
        told[key] for key in ("slaps", "found", "compared", "confirmed", "certain", "findings")
    )
    assert [] == tasks(programme)


def test_exchanged_fingers_are_recorded_and_the_order_stays(programme) -> None:
    """The operator's sentence is private; the search goes on with the card as it was sent."""
    rolled = prints(0) | {2: prints(0)[3], 3: prints(0)[2]}

    told = the_events(programme, rolled, "SLAP0000000002")

    assert {"fingers_swapped": 1} == told[events.SEQUENCE_CHECKED]["findings"]
    assert [("card/fingers_in_doubt", "examiner")] == tasks(programme)
    assert 4 == told[events.TEMPLATES_EXTRACTED]["fingers"]
    assert events.SEARCH_COMPLETED in told


def test_a_plain_print_stands_in_for_a_rolled_one_that_is_not_usable(programme) -> None:
    """Recorded as such, and only where the card is otherwise in order."""
    rolled = prints(0) | {4: GreyImage(np.full((400, 300), 255, np.uint8), prints(0)[4].ppi)}

    told = the_events(programme, rolled, "SLAP0000000003")

    assert 1 == told[events.SEQUENCE_CHECKED]["replaced"]
    assert (4, 0) == tuple(told[events.TEMPLATES_EXTRACTED][key] for key in ("fingers", "failed"))


def test_the_print_that_is_shown_is_the_one_that_was_searched(programme) -> None:
    """Design decision 4: an examiner looks at the image whose minutiae were compared, also where a plain print stands in."""
    blank = GreyImage(np.full((400, 300), 255, np.uint8), prints(0)[4].ppi)
    told = the_events(programme, prints(0) | {4: blank}, "SLAP0000000004", private=True, retain=True)
    house = programme.house
    with house.store.reader() as reader:
        (row,) = reader.submissions.list(limit=9)
    key = KeyId(row.key_id)
    booking = read_booking(house.vault.open(key, ObjectId(row.payload_object)))
    searched = TenprintTemplate.from_bytes(house.vault.open(key, ObjectId(row.templates_object)))

    replaced = told[events.SEQUENCE_CHECKED]["replaced"]
    shown = fingers_of(booking, replaced)

    assert [4] == replaced
    for finger in searched.fingers:
        assert (finger.minutiae.width, finger.minutiae.height) == (
            shown[finger.position].width,
            shown[finger.position].height,
        )
    assert [False, False, True, False] == [shown[position].plain for position in HAND]
    (cut,) = plain_of(booking, replaced).values()
    assert np.mean(cut.pixels < 128) > 0.1, "ridges, and not the blank rolled print"


@pytest.mark.prints
def test_an_inspection_looks_for_the_fingers_that_are_there(shared) -> None:
    """14.018 AMP: NIST's card says that the left ring finger is amputated; no other finger takes its name."""
    the_extractor()
    content = (shared / "exchange" / "nist_itl" / "type-14-amp-nqm-utf8.an2").read_bytes()

    slaps = {seen.record.position: [one.position for one in seen.segments] for seen in look(read(content))}

    assert {13: [2, 3, 4, 5], 14: [7, 8, 10], 15: [1, 6]} == slaps
