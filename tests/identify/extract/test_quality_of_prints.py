"""What is wrong with a print is said in a code that an operator can act on, whatever picture an agency sends."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tenprint.errors import ExtractionFailed, TemplateInvalid
from tenprint.exchange.image_rejects import REJECT_OF, UNVERIFIED
from tenprint.exchange.itl import read
from tenprint.exchange.submission import images_of
from tenprint.identify.codecs.records import decode
from tenprint.identify.codecs.resolution import finger_doubt
from tenprint.identify.extract.quality_measures import measure
from tenprint.identify.extract.quality_reasons import REASONS, UNFIT, is_inverted, is_unfit, reasons_of, uprightness
from tenprint.identify.extract.tenprints import examined, finger_template
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.model.prints import FINGERS, MINUTIA, FingerTemplate, GreyImage, Minutiae
from tenprint.units import Ppi

WHITE = 255


class Generous:
    """An extractor that sees forty minutiae in anything: what an image is must not depend on it."""

    name, version = "generous", "generous-1"

    def extract(self, image):
        points = np.zeros(40, dtype=MINUTIA)
        points["quality"] = 90
        return Minutiae(points, image.pixels.shape[1], image.pixels.shape[0])


def codes(pixels, extractor=None, ppi=500):
    return finger_template(2, GreyImage(np.ascontiguousarray(pixels), Ppi(ppi)), extractor or Generous()).reasons


def waves(rows, columns, *, thick=0.0, contrast=100.0, period=9.0):
    """Ridges of a period on white, in a disc; thick: 0 ridges as wide as valleys, above 0 wider."""
    y, x = np.mgrid[0:rows, 0:columns]
    ridge = np.sin(2 * np.pi * (y + 20 * np.sin(x / 90)) / period) + thick > 0
    grey = np.where(ridge, WHITE - contrast, WHITE)
    inside = ((y - rows / 2) / (0.46 * rows)) ** 2 + ((x - columns / 2) / (0.46 * columns)) ** 2 < 1
    return np.where(inside, grey, WHITE).astype(np.uint8)


def finger(number, *, quality=0.9):
    return impression(person(1, number), 2, quality=quality).pixels


draw = np.random.default_rng(20111115)
COARSE = np.kron(draw.integers(0, 256, (140, 110)), np.ones((3, 3))).astype(np.uint8)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 900), 128, np.uint8),
        np.full((420, 330), WHITE, np.uint8),
        np.zeros((420, 330), np.uint8),
        np.tile(np.linspace(0, 255, 330).astype(np.uint8), (420, 1)),
        draw.integers(0, 256, (420, 330)).astype(np.uint8),
        COARSE,
    ],
    ids=["one pixel", "one row", "white", "black", "gradient", "noise", "coarse noise"],
)
def test_what_is_no_print_is_unfit_whatever_the_extractor_sees_in_it(pixels):
    """A picture without friction ridges is never searched, though an extractor may find minutiae in noise."""
    assert codes(pixels) == ("no_ridges",)
    assert is_unfit(codes(pixels))


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (waves(300, 260, thick=-0.88), "too_dry"),
        (waves(300, 260, thick=0.75), "too_dark"),
        (waves(150, 110), "too_small"),
        (waves(300, 260, contrast=18), "faint"),
        (waves(1100, 1100), "larger_than_a_finger"),
    ],
)
def test_each_condition_has_its_reason(pixels, reason):
    """Ridges drawn with one fault have the reason for that fault."""
    assert reason in codes(pixels)


def test_a_rolled_card_as_it_is_sent_has_ten_usable_fingers(shared):
    """Rolled blocks of 40 mm hold second joints and neighbours too: that is a finger all the same (NIST's sample, 804×752 pixels)."""
    content = (shared / "exchange" / "nist_itl" / "type-14-tpcard-nqm.an2").read_bytes()
    records = {record.position: record for record in images_of(read(content)) if record.position in FINGERS}
    assert len(records) == 10
    for record in records.values():
        image = decode(bytes(record.data), compression=record.compression, width=record.width, height=record.height,
                       bits=record.bits, ppi=Ppi.from_pixels_per_mm(record.pixels_per_mm))  # fmt: skip
        assert not is_unfit(reasons_of(measure(image.pixels), minutiae=100)), record.position


def test_a_smeared_print_is_called_so():
    """Over two thirds of the ink no ridges are left, grain only."""
    pixels = waves(360, 300).copy()
    pixels[:240] = draw.integers(60, 240, (240, 300))
    assert "smeared" in codes(pixels)


def test_good_ridges_have_no_reason():
    """Nothing is said of a print with which nothing is wrong."""
    assert codes(waves(320, 260)) == ()


def test_a_palm_or_a_slap_for_a_finger_is_refused_by_its_size():
    """Over 1.5 million pixels at 500 ppi no extractor looks; below, the area of ridges tells."""
    with pytest.raises(ExtractionFailed, match="single fingers"):
        codes(waves(1300, 1300))
    assert is_unfit(codes(waves(1100, 1100)))


def test_black_and_white_exchanged_is_put_right_and_said(leader, synthetic_image):
    """The negative of a print gives the same minutiae as the print, types included, and the reason ``inverted``."""
    right = finger_template(2, synthetic_image, leader)
    negative = GreyImage(255 - synthetic_image.pixels, synthetic_image.ppi)
    corrected = finger_template(2, negative, leader)
    assert "inverted" in corrected.reasons
    assert "inverted" not in right.reasons
    assert corrected.minutiae.points.tobytes() == right.minutiae.points.tobytes()


@pytest.mark.prints
def test_negatives_of_research_prints_are_found_and_no_print_is_taken_for_one(prints, extent):
    """Where the ground is light; FVC 2004 DB3 has a grey ground, by which nobody can tell."""
    files = [
        f
        for f in sorted(prints.glob("fvc/*/*.tif")) + sorted(prints.glob("minex3/[ab]*.png"))
        if "2004_DB3" not in str(f)
    ]
    chosen = [np.asarray(Image.open(path).convert("L")) for path in extent.pick(files, 60)]
    assert not any(is_inverted(measure(pixels)) for pixels in chosen)
    found = sum(is_inverted(measure(255 - pixels)) for pixels in chosen)
    assert found >= 0.9 * len(chosen)


def test_a_dark_stamp_on_a_print_is_no_negative():
    """A hole punched in a card is black, and the card around the print stays white."""
    pixels = waves(320, 260).copy()
    pixels[240:300, 100:160] = 0
    assert not is_inverted(measure(pixels))


@pytest.mark.parametrize("number", range(4))
def test_half_a_turn_changes_the_sign_of_uprightness_and_a_mirror_does_not(number):
    """Ridges arch over the core: that tells up from down. A mirrored right loop is a left loop: no single print tells it."""
    pixels = finger(number)
    upright = uprightness(measure(pixels))
    assert upright > 0.1
    assert uprightness(measure(pixels[::-1, ::-1])) == pytest.approx(-upright, abs=0.1)
    assert uprightness(measure(pixels[:, ::-1])) == pytest.approx(upright, abs=0.1)


def test_a_print_upside_down_is_said_to_be_perhaps_so():
    """It is compared as it is, since the matcher knows no upright; the operator is told."""
    pixels = max((finger(number) for number in range(6)), key=lambda one: uprightness(measure(one)))
    assert "maybe_upside_down" not in codes(pixels)
    assert "maybe_upside_down" in codes(pixels[::-1, ::-1])


@pytest.mark.parametrize("factor", [2, 1.4])
def test_measures_are_of_the_500_ppi_grid(factor):
    """The same finger scanned finer has the same reasons and area: mm, not pixels, decide."""
    pixels = waves(170, 150)
    finer = np.asarray(
        Image.fromarray(pixels).resize((round(150 * factor), round(170 * factor)), Image.Resampling.BICUBIC)
    )
    assert codes(finer, ppi=500 * factor) == codes(pixels)


@pytest.mark.parametrize(("claimed", "believed"), [(500, True), (1000, False), (260, False)])
def test_a_claimed_resolution_that_the_ridges_do_not_fit_is_unfit(claimed, believed):
    """Intake refuses such a card; of a single finger it is a reason, and nothing is guessed right."""
    image = GreyImage(finger(1), Ppi(claimed))
    found = examined(2, image, Generous(), doubted=finger_doubt(image) is not None).template
    assert ("wrong_resolution" in found.reasons) is not believed
    assert is_unfit(found.reasons) is not believed


def test_same_pixels_same_measures():
    """Deterministic: nothing in it is drawn by lot."""
    pixels = finger(3, quality=0.3)
    one, two = measure(pixels), measure(pixels.copy())
    assert all(np.array_equal(getattr(one, name), getattr(two, name)) for name in one.__slots__)


@pytest.mark.prints
def test_no_research_print_is_unfit_but_blots(prints, extent):
    """FVC and MINEX III: people could compare all of them, so none may be refused; b005_03 is blots of ink."""
    files = sorted(prints.glob("fvc/*/*.tif")) + sorted(prints.glob("minex3/[ab]*.png"))
    unfit = [
        path.name
        for path in extent.pick(files, 60)
        if path.name != "b005_03.png" and is_unfit(codes(np.asarray(Image.open(path).convert("L"))))
    ]
    assert unfit == []
    assert codes(np.asarray(Image.open(prints / "minex3" / "b005_03.png").convert("L"))) == ("no_ridges",)


def test_every_reason_has_a_sentence_an_action_and_a_reject():
    """EBTS: L0008 is verified; the other L numbers are reported only, and are never sent."""
    assert set(REJECT_OF) == set(REASONS)
    assert {reject.code for reject in REJECT_OF.values() if reject.sent} == {"L0008"}
    assert not any(reject.sent for reject in UNVERIFIED)
    for reason in REASONS.values():
        assert reason.says.endswith(".")
        assert reason.action.endswith(".")
    assert {code for code, reason in REASONS.items() if reason.effect == UNFIT} == {
        "no_ridges", "larger_than_a_finger", "wrong_resolution",
    }  # fmt: skip


@given(st.lists(st.sampled_from(sorted(REASONS)), unique=True), st.integers(0, 100))
def test_reasons_travel_with_the_template(reasons, quality):
    """Template record version 2 holds the reasons; without any it is version 1, byte for byte as before."""
    points = np.zeros(3, dtype=MINUTIA)
    made = FingerTemplate(4, Minutiae(points, 300, 400), quality, "leader-1/x/avx2", tuple(reasons))
    record = made.to_bytes()
    assert record[:4] == (b"TPT2" if reasons else b"TPT1")
    read = FingerTemplate.from_bytes(record)
    assert (read.position, read.quality, read.extractor, read.reasons) == (
        4,
        quality,
        "leader-1/x/avx2",
        tuple(reasons),
    )
    assert read.to_bytes() == record


@pytest.mark.parametrize("length", [1, 200, 60000])
def test_a_record_whose_reasons_are_longer_than_it_is_refused(length):
    """The length of the reasons is checked against the record's, checksum or not."""
    made = FingerTemplate(4, Minutiae(np.zeros(3, dtype=MINUTIA), 300, 400), 7, "x", ("too_dry",)).to_bytes()
    wrong = made[:14] + length.to_bytes(2, "little") + made[16:-32]
    with pytest.raises(TemplateInvalid):
        FingerTemplate.from_bytes(wrong + hashlib.sha256(wrong).digest())


def test_a_print_without_ridges_has_that_reason_only():
    """Nothing else can be said of it."""
    assert reasons_of(measure(np.zeros((300, 300), np.uint8)), minutiae=0) == ("no_ridges",)


def test_the_explanation_lists_every_reason_and_no_other():
    """docs/explanation/quality-of-a-print.md is held to the code."""
    text = (Path(__file__).resolve().parents[3] / "docs" / "explanation" / "quality-of-a-print.md").read_text(
        encoding="utf-8"
    )
    listed = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    assert listed == list(REASONS)
