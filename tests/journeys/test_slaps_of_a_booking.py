"""A booking with slaps: its plain prints are held against the rolled ones, and stand in where a rolled one is not usable."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from cards import booking
from PIL import Image

from tenprint.cli.inspection_page import line_of, page, summary_of
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
from tenprint.workflow.answering import answer_of
from tenprint.workflow.enrolment import enroll_file
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


def slap_card(tcn: str, *, times: float = 1.0, positions: tuple[int, ...] = (13,), blank: bool = False) -> bytes:
    """A booking of one image, a right slap: as it is, of another scale than claimed, under another position, or of white paper."""
    slap = compose(prints(1), 13, np.random.default_rng(1), setting=CALM).image
    pixels = np.full_like(slap.pixels, 255) if blank else slap.pixels
    size = (int(times * pixels.shape[1]), int(times * pixels.shape[0]))
    pixels = np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
    images = [card_image(position, GreyImage(pixels, slap.ppi), impression_code=0) for position in positions]
    return booking(images, tcn=tcn, retain=True)


def test_a_card_of_slaps_alone_is_searched_by_the_fingers_cut_out_of_it(programme) -> None:
    """EBTS 9.1 asks for one to fourteen images and for no rolled one: the plain prints are searched, marked as plain, shown as what was
    searched and enrolled; and the same person's rolled card finds them."""
    told = the_events(programme, {}, "SLAP0000000005", private=True, retain=True)
    house, rolled = programme.house, [card_image(f, image, impression_code=1) for f, image in prints(0).items()]
    with house.store.reader() as reader:
        (row,) = reader.submissions.list(limit=9)
        public = {e.type: e.public for e in reader.stream(events.SUBMISSION, row.id)}
    again = intake.take_in(house, booking(rolled, tcn="SLAP0000000006"), by=programme.agency.actor)
    worker.work_once(house, worker="test")
    with house.store.reader() as reader:
        found = [
            e.public for e in reader.stream(events.SUBMISSION, again.submission) if e.type == events.SEARCH_COMPLETED
        ]
    key = KeyId(row.key_id)
    card = read_booking(house.vault.open(key, ObjectId(row.payload_object)))
    searched = TenprintTemplate.from_bytes(house.vault.open(key, ObjectId(row.templates_object)))
    shown = fingers_of(card, told[events.SEQUENCE_CHECKED]["replaced"])

    assert (4, 0) == tuple(public[events.TEMPLATES_EXTRACTED][name] for name in ("fingers", "failed"))
    assert (4, 0) == tuple(public[events.SEQUENCE_CHECKED][name] for name in ("replaced", "compared"))
    assert {"no_match"} == {public[events.SEARCH_COMPLETED]["result"]}
    assert dict.fromkeys(HAND, True) == {position: one.plain for position, one in shown.items()}
    assert shown == fingers_of(card, ()), "also of an encounter that the repository's owner enrolled"
    assert HAND == searched.positions
    assert [(f.minutiae.width, f.minutiae.height) for f in searched.fingers] == [
        (shown[position].width, shown[position].height) for position in HAND
    ]
    assert "candidates" == {one["repository"]: one["result"] for one in found}["criminal"]


def test_an_owner_enrols_a_card_of_slaps_alone(programme) -> None:
    """What a booking may be made of, an enrolment may."""
    programme.house.extractor = the_extractor
    owner = programme.staff("repository-owner:criminal")

    assert 4 == enroll_file(programme.house, slap_card("SLAP0000000007"), "criminal", by=owner).fingers


def test_a_card_of_slaps_that_cant_be_used_is_refused_with_what_to_do(programme) -> None:
    """Nothing to cut out: the reject of an unusable card. Ridges of another scale than claimed, and no finger at all: refused at
    take-in, with the record, the field, what was found and what is allowed."""
    programme.house.extractor = the_extractor
    agency = programme.agency.actor

    blank = intake.take_in(programme.house, slap_card("SLAP0000000008", blank=True), by=agency)
    worker.work_once(programme.house, worker="test")
    with programme.house.store.reader() as reader:
        answered = {e.type: e.public for e in reader.stream(events.SUBMISSION, blank.submission)}[events.ANSWER_ISSUED]
    said = answer_of(programme.house, blank.submission, by=agency)[1]
    wide = intake.take_in(programme.house, slap_card("SLAP0000000009", times=1.65), by=agency)
    nobody = intake.take_in(programme.house, slap_card("SLAP0000000010", positions=(0,)), by=agency)

    assert ("received", "ERRT", "L0008") == (blank.state, answered["kind"], answered["code"])
    assert b"Finger 02: The slap of position 13 could not be taken apart. No finger was found in it." in said
    assert ("14.009", True) == (wide.error_field, "a finer scan than claimed" in wide.message), wide.message
    assert ("14.013", True) == (nobody.error_field, "positions 01 to 15" in nobody.message), nobody.message
    assert "found positions 00" in nobody.message


def test_an_inspection_tells_the_quality_of_fingers_that_only_a_slap_shows() -> None:
    """As intake would search them; of a finger that has its own image the slap's print is told by its place alone."""
    the_extractor()
    slap = compose(prints(1), 13, np.random.default_rng(1), setting=CALM).image
    single = card_image(3, prints(0)[3], impression_code=1)

    (alone,) = look(read(slap_card("SLAP0000000011")))
    both = list(look(read(booking([single, card_image(13, slap, impression_code=0)], tcn="SLAP0000000012"))))
    noted = summary_of(alone)["segments"]

    assert (list(HAND), 4) == ([one.position for one in alone.segments], alone.usable_fingers)
    assert [[], [2, 4, 5]] == [sorted(seen.plain) for seen in both]
    assert list(HAND) == [segment["position"] for segment in noted if segment["plain"]["usable"]]
    assert 4 == line_of(alone).count("plain print: quality ") == page("a card", [alone]).count("plain print: quality ")
    assert ", 4 usable fingers" in page("a card", [alone])
