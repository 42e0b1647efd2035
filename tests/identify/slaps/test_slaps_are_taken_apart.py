"""A slap's fingers are found in their place, under their own position; what is no finger is not one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenprint.errors import ExtractionFailed
from tenprint.exchange.itl import read
from tenprint.exchange.records import number_of
from tenprint.exchange.submission import images_of
from tenprint.identify.codecs.records import decode
from tenprint.identify.slaps.cut import cut_out
from tenprint.identify.slaps.segment import segment
from tenprint.lab.evaluation.slaps import evaluate_slaps, read_prints
from tenprint.lab.population.slap_composer import HANDS, Setting, compose
from tenprint.lab.population.slaps import cards_of_prints, composed_slaps, dealt
from tenprint.model.prints import SURE_SEGMENT, FingerSegment, GreyImage
from tenprint.units import Ppi, radians

CALM = Setting(turn_deg=0, missing=0, touching=0, joints=0, card=0, dirty=0, double=0)
SLAP_FILES = (
    "type-14-amp-nqm-utf8.an2",
    "type-14-tpcard-nqm.an2",
    "type-4-14-slaps.an2",
    "type-4-slaps.an2",
    "type-4-tpcard.an2",
)


@pytest.fixture(scope="module")
def cards() -> list[Mapping[int, GreyImage]]:
    return list(cards_of_prints(11, 3))


def rate(cards: Sequence[Mapping[int, GreyImage]], count: int) -> float:
    made = composed_slaps(cards, count=count, seed=3, setting=Setting(), boxed=False)
    share = evaluate_slaps(made, segment, sure=SURE_SEGMENT, advance=lambda: None)["position_right_share"]
    assert isinstance(share, float)
    return share


def test_fingers_of_invented_people_are_found_in_their_place(cards: list[Mapping[int, GreyImage]]) -> None:
    """Tolerance of NIST SlapSeg: left and right 32 px, tip and base 64 px at 500 ppi; hands turned by up to 30 degrees."""
    assert rate(cards, 15) >= 0.97


@pytest.mark.prints
@pytest.mark.slow
@pytest.mark.parametrize("name", ["2002_DB1_B", "2004_DB1_B"])
def test_fingers_of_real_prints_are_found_in_their_place(prints: Path, name: str, extent) -> None:
    """Single prints of two scanners, cut at their fingertips' length."""
    count = 60 if extent.whole else 10

    cards = dealt(read_prints(prints / "fvc" / name).pool, count=count, seed=3)

    assert rate(cards, count) >= 0.95


@pytest.mark.prints
@pytest.mark.parametrize("name", SLAP_FILES)
def test_slaps_of_a_real_card_show_the_fingers_that_their_records_tell(shared: Path, name: str) -> None:
    """14.022 NQM names the fingers that a person saw, in order; 14.018 AMP those that are missing; others show all four."""
    transaction = read((shared / "exchange" / "nist_itl" / name).read_bytes())
    hands = [image for image in images_of(transaction) if image.position in HANDS]
    assert hands
    for image in hands:
        record = transaction.records[image.record_index]
        tagged = record.type == 14
        missing = {number_of(s[0]) or 0 for s in record.subfields(18)} if tagged else set()
        told = {number_of(s[0]) for s in record.subfields(22)} if tagged else set()
        grey = decode(bytes(image.data), compression=image.compression, width=image.width, height=image.height,
                      bits=image.bits, ppi=Ppi.from_pixels_per_mm(image.pixels_per_mm or 0))  # fmt: skip

        found = segment(grey, image.position, missing=missing)

        assert (told or set(HANDS[image.position]) - missing) == {one.position for one in found}
        middles = {one.position: (one.box[0] + one.box[2]) / 2 for one in found}
        assert sorted(middles, key=lambda finger: middles[finger]) == [f for f in HANDS[image.position] if f in middles]


def test_a_finger_called_missing_is_never_named(cards: list[Mapping[int, GreyImage]]) -> None:
    """2.084 AMP and 14.018: the other fingers keep their own positions."""
    three = {finger: cards[0][finger] for finger in (2, 4, 5)}
    slap = compose(three, 13, np.random.default_rng(1), setting=CALM)

    found = segment(slap.image, 13, missing={3})

    assert [2, 4, 5] == [one.position for one in found]


def test_a_finger_missing_without_a_word_is_not_made_up(cards: list[Mapping[int, GreyImage]]) -> None:
    """Three patches are three fingers, each marked with the reason why its name is in doubt."""
    three = {finger: cards[0][finger] for finger in (2, 3, 4)}
    slap = compose(three, 13, np.random.default_rng(1), setting=CALM)

    found = segment(slap.image, 13)

    assert 3 == len(found)
    assert all("fewer_than_expected" in one.reasons and one.confidence < SURE_SEGMENT for one in found)


@pytest.mark.parametrize("turn", [-30, 0, 30])
def test_the_lean_of_a_turned_slap_is_told(cards: list[Mapping[int, GreyImage]], turn: int) -> None:
    """Clockwise as the slap is seen."""
    slap = compose(cards[1], 14, np.random.default_rng(5), setting=CALM)
    sheet = Image.new("L", (2000, 2000), int(np.median(slap.image.pixels)))
    sheet.paste(Image.fromarray(slap.image.pixels), (200, 300))
    turned = GreyImage(np.asarray(sheet.rotate(-turn, fillcolor=int(np.median(slap.image.pixels)))), Ppi(500))

    found = segment(turned, 14)

    lean = [(np.degrees(radians(one.rotation)) + 180) % 360 - 180 for one in found]
    assert 4 == len(found)
    assert abs(float(np.mean(lean)) - turn) < 6


@pytest.mark.parametrize(("turn", "lean"), [(-24, 25), (0, 25), (0, -25), (24, -25)])
def test_a_hand_is_turned_as_its_tips_lie(cards: list[Mapping[int, GreyImage]], turn: int, lean: int) -> None:
    """Prints that lean in themselves, all to one side, do not turn the hand: its index and little finger's tips lie lower."""
    y, x = np.mgrid[-130:130, -130:130]
    cos, sin = np.cos(np.radians(lean)), np.sin(np.radians(lean))
    outside = ((cos * x + sin * y) / 110) ** 2 + ((cos * y - sin * x) / 128) ** 2 > 1
    sheet = Image.new("L", (2000, 2000), 255)
    for column, (finger, drop) in enumerate({2: 150, 3: 0, 4: 50, 5: 250}.items()):
        ink = cards[0][finger].pixels
        row, middle = (int(np.median(where)) for where in np.nonzero(ink < 128))
        oval = np.pad(ink, 130, constant_values=255)[row : row + 260, middle : middle + 260].copy()
        oval[outside] = 255
        sheet.paste(Image.fromarray(oval), (300 + 330 * column, 700 + drop))
    turned = GreyImage(np.asarray(sheet.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=255)), Ppi(500))

    found = segment(turned, 13)

    leans = [(np.degrees(radians(one.rotation)) + 180) % 360 - 180 for one in found]
    assert 4 == len(found)
    assert abs(float(np.mean(leans)) - turn) < 8


def test_a_finger_of_unusual_shape_is_trusted_less(cards: list[Mapping[int, GreyImage]]) -> None:
    """A print of which a third of the length is there may be a fingertip or not: its place gets a lower confidence and says why."""
    slap = compose(cards[0], 13, np.random.default_rng(2), setting=CALM)
    (truth,) = (one for one in slap.truth if one.position == 3)
    assert truth.box is not None
    left, top, right, bottom = truth.box
    pixels = slap.image.pixels.copy()
    pixels[top + (bottom - top) // 2 : bottom + 10, left - 5 : right + 5] = int(np.median(pixels))

    plain = {one.position: one for one in segment(slap.image, 13)}
    short = {one.position: one for one in segment(GreyImage(pixels, Ppi(500)), 13)}

    assert plain[3].confidence >= 90
    assert "unusual_place" not in plain[3].reasons
    assert short[3].confidence < 90
    assert "unusual_place" in short[3].reasons
    assert min(short, key=lambda finger: short[finger].confidence) == 3


def test_truth_may_be_the_whole_print_instead_of_its_fingertip() -> None:
    """Nobody has marked where a single print's fingertip ends: both truths can be composed (`evaluate slaps --whole`)."""
    stripes = np.where(np.arange(600)[:, None] % 9 < 5, 30, 255).astype(np.uint8)
    long = np.pad(np.tile(stripes, (1, 240)), 40, constant_values=255)
    cards = [{2: GreyImage(long, Ppi(500))}]

    lengths = []
    for whole in (False, True):
        (slap,) = composed_slaps(cards, count=1, seed=1, setting=replace(CALM, whole=whole), boxed=False)
        (truth,) = slap.truth
        lengths.append(float(np.hypot(*np.subtract(truth.corners[3], truth.corners[0]))))

    assert abs(lengths[0] - 1.6 * 240) < 24
    assert abs(lengths[1] - 600) < 24


def test_wrong_places_are_counted_among_those_of_lowest_confidence(cards: list[Mapping[int, GreyImage]]) -> None:
    """`evaluate slaps` says whether the confidence tells wrong places from right ones."""
    slaps = list(composed_slaps(cards, count=5, seed=3, setting=CALM, boxed=False))

    def off(image: GreyImage, fgp: int, *, missing: Collection[int]) -> list[FingerSegment]:
        """Every index finger 100 px aside, and little trusted."""
        found = []
        for one in segment(image, fgp, missing=missing):
            aside = tuple((x + 100, y) for x, y in one.corners)
            wrong = one.position in {2, 7}
            found.append(replace(one, corners=aside, confidence=5) if wrong else replace(one, confidence=90))
        return found

    found = evaluate_slaps(slaps, off, sure=SURE_SEGMENT, advance=lambda: None)["wrong_by_confidence"]

    assert (18, 4) == (found["fingers"], found["wrong"])
    assert {"fingers": 4, "wrong": 4} == found["lowest"]["0.2"]
    assert {"fingers": 0, "wrong": 0} == found["lowest"]["0.02"]


@pytest.mark.parametrize("turn", [-24, 0, 24])
def test_a_thin_white_crease_ends_a_fingertip_also_at_a_slant(cards: list[Mapping[int, GreyImage]], turn: int) -> None:
    """A middle phalanx as strong as the fingertip, 16 px (0.8 mm) below it, is not the fingertip's; tolerance at the base 64 px."""
    tip = cards[0][3].pixels
    rows = np.flatnonzero((tip < 128).mean(axis=1) > 0.1)
    tip = tip[rows[0] : rows[-1]]
    below = tip[::-1][:300]
    sheet = Image.new("L", (1200, 1200), 255)
    for pixels, top in ((tip, 150), (below, 150 + len(tip) + 16)):
        sheet.paste(Image.fromarray(pixels), (450, top))
    turned = GreyImage(np.asarray(sheet.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=255)), Ppi(500))

    (found,) = segment(turned, 3)

    length = float(np.hypot(*np.subtract(found.corners[3], found.corners[0])))
    assert abs(length - len(tip)) < 64


def test_boxes_are_in_the_pixels_of_the_image_that_was_sent(cards: list[Mapping[int, GreyImage]]) -> None:
    """14.021 SEG counts the pixels of its own record: at 1000 ppi everything is twice as far away."""
    slap = compose(cards[0], 13, np.random.default_rng(2), setting=CALM)
    rows, columns = slap.image.pixels.shape
    big = Image.fromarray(slap.image.pixels).resize((2 * columns, 2 * rows), Image.Resampling.BICUBIC)

    at_500, at_1000 = segment(slap.image, 13), segment(GreyImage(np.asarray(big), Ppi(1000)), 13)

    assert 4 == len(at_500)
    for one, two in zip(at_500, at_1000, strict=True):
        assert max(abs(2 * a - b) for a, b in zip(one.box, two.box, strict=True)) <= 32


@pytest.mark.parametrize("kind", ["white", "black", "noise", "one pixel", "stripes of paper"])
def test_what_is_no_hand_gives_no_finger(kind: str) -> None:
    """A segmenter that always finds four fingers would hide a wrong or empty image."""
    rng = np.random.default_rng(0)
    pixels = {
        "white": np.full((1000, 1600), 255),
        "black": np.zeros((1000, 1600)),
        "noise": rng.integers(0, 256, (1000, 1600)),
        "one pixel": np.zeros((1, 1)),
        "stripes of paper": np.tile((np.arange(1600) // 60 % 2) * 255, (1000, 1)),
    }[kind].astype(np.uint8)

    assert () == segment(GreyImage(pixels, Ppi(500)), 13)


def test_a_position_that_shows_no_fingers_is_refused() -> None:
    """A palm is not cut into fingers."""
    with pytest.raises(ExtractionFailed, match="position 21"):
        segment(GreyImage(np.full((500, 500), 255, np.uint8), Ppi(500)), 21)


def test_a_box_of_the_record_that_holds_a_finger_is_taken_as_it_is(cards: list[Mapping[int, GreyImage]]) -> None:
    """14.021 SEG: what an operator boxed goes before what a program finds."""
    slap = compose(cards[0], 13, np.random.default_rng(2), setting=CALM)
    boxes = {one.position: (one.box[0] - 20, one.box[1] - 10, one.box[2] + 15, one.box[3] + 30) for one in slap.truth}

    found = segment(slap.image, 13, boxes=boxes)

    assert boxes == {one.position: one.box for one in found}
    assert all(one.reasons == () for one in found)


@pytest.mark.parametrize(
    "box", [(5, 5, 200, 200), (-50, 10, 300, 400), (0, 0, 9999, 9999), (300, 300, 310, 310), (400, 500, 300, 200)]
)
def test_a_box_of_the_record_that_holds_no_finger_is_told_and_not_used(
    cards: list[Mapping[int, GreyImage]], box: tuple[int, int, int, int]
) -> None:
    """14.021 SEG is checked: blank paper, outside, the whole slap, too small, inside out."""
    slap = compose(cards[0], 13, np.random.default_rng(2), setting=CALM)

    plain, found = segment(slap.image, 13), segment(slap.image, 13, boxes={3: box})

    assert [one.box for one in plain] == [one.box for one in found]
    assert ["box_disagrees" in one.reasons for one in found] == [one.position == 3 for one in found]


def test_a_finger_is_cut_out_with_its_tip_up(cards: list[Mapping[int, GreyImage]]) -> None:
    """An extractor is given a finger that does not lean, with a margin of 16 px."""
    slap = compose(cards[1], 14, np.random.default_rng(5), setting=CALM)
    sheet = Image.new("L", (2000, 2000), 255)
    sheet.paste(Image.fromarray(slap.image.pixels), (200, 300))
    turned = GreyImage(np.asarray(sheet.rotate(-30, fillcolor=255)), Ppi(500))

    (one, *_) = segment(turned, 14)
    picture = cut_out(turned, one)
    (again,) = segment(picture, 7)

    lean = (np.degrees(radians(again.rotation)) + 180) % 360 - 180
    assert abs(lean) < 12
    assert picture.pixels.shape[0] > picture.pixels.shape[1]
