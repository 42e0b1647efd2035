"""Synthetic prints are reproducible, of the right size and ridge period, and behave in a matcher as prints do."""

import dataclasses

import numpy as np
import pytest

from tenprint.errors import ModelMissing, UsageError
from tenprint.identify.extract.choice import extractor
from tenprint.identify.extract.tenprints import finger_template
from tenprint.identify.match.mcc import Matcher
from tenprint.lab.population.figures import drawn_samples, ridge_period
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.patterns import Pattern
from tenprint.lab.population.people import people, person
from tenprint.lab.population.ridges import skin
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

REAL_TAIL = 775
"""Points that 0.1 % of impostor pairs of real prints reach: pooled dense pairs of FVC2002 DB1 and DB3 B and FVC2004 DB1
and DB3 B, LEADER, matcher mcc-lssr-1.
"""


@pytest.fixture(scope="module")
def leader():
    try:
        return extractor("leader")
    except ModelMissing as error:
        pytest.skip(str(error))


def test_the_same_arguments_give_the_same_pixels():
    """An impression is a function of person, finger, number and quality; a cache of fingers changes nothing."""
    who = person(3, 1)
    first = impression(who, 7, number=2)
    skin.cache_clear()

    assert np.array_equal(first.pixels, impression(person(3, 1), 7, number=2).pixels)
    assert not np.array_equal(first.pixels, impression(who, 7, number=3).pixels)
    assert not np.array_equal(first.pixels, impression(who, 8, number=2).pixels)
    assert not np.array_equal(first.pixels, impression(person(4, 1), 7, number=2).pixels)
    assert not np.array_equal(first.pixels, impression(who, 7, number=2, quality=0.01).pixels)


def test_an_image_is_a_dark_print_on_white_at_500_ppi():
    """At most 352 columns by 512 rows, uint8, white to the very edge, with a share of ridges and of valleys inside."""
    for one in people(8, 6):
        image = impression(one, 1 + one.number)
        pixels = image.pixels

        assert Ppi(500) == image.ppi
        assert np.uint8 == pixels.dtype
        assert pixels.shape[0] <= 512
        assert pixels.shape[1] <= 352
        assert 240 < min(pixels[:, 0].mean(), pixels[:, -1].mean(), np.median(pixels[0]), np.median(pixels[-1]))
        assert 0.04 < np.mean(pixels < 150) < 0.6


@pytest.mark.parametrize("period", [8.0, 9.0, 10.0])
def test_the_measure_of_the_ridge_period_is_right(period):
    """Oblique stripes of a known period are measured within 3 %."""
    row, column = np.mgrid[0:256, 0:256]
    stripes = 128 + 100 * np.cos(2 * np.pi * (0.6 * row + 0.8 * column) / period)

    assert period == pytest.approx(ridge_period(GreyImage(stripes.astype(np.uint8), Ppi(500))), rel=0.03)


def test_ridges_are_eight_to_ten_pixels_apart():
    """0.46 mm is nine pixels at 500 ppi; every pattern and finger has it."""
    periods = [
        ridge_period(impression(dataclasses.replace(person(2, number), patterns=(pattern,) * 10), 1 + number))
        for number, pattern in enumerate(Pattern)
    ]

    assert all(8.0 < period < 10.0 for period in periods), periods


def test_a_white_image_has_no_ridge_period():
    """Absence is an error, never a number."""
    with pytest.raises(UsageError, match="no ridge period"):
        ridge_period(GreyImage(np.full((200, 200), 255, np.uint8), Ppi(500)))


def test_a_worse_quality_spoils_the_print():
    """The same touch at a lower quality covers less of the image."""
    for one in people(12, 4):
        dark = [np.count_nonzero(impression(one, 3, quality=quality).pixels < 250) for quality in (0.05, 0.95)]

        assert dark[0] < dark[1]


@pytest.mark.parametrize(
    ("finger", "arguments"), [(0, {}), (11, {}), (1, {"number": -1}), (1, {"quality": 1.5}), (1, {"quality": -0.1})]
)
def test_what_is_no_finger_number_or_quality_is_refused(finger, arguments):
    """The message says what is allowed, and that nothing was drawn."""
    with pytest.raises(UsageError, match="allowed"):
        impression(person(1, 0), finger, **arguments)


def test_two_impressions_match_and_two_fingers_do_not(leader):
    """A finger's good impressions score far above another finger of the same person and of somebody else."""
    one, other = people(31, 2)
    matcher = Matcher()

    def template(who, finger, number):
        return finger_template(finger, impression(who, finger, number=number, quality=0.8), leader)

    first, again = template(one, 2, 0), template(one, 2, 1)
    genuine = matcher.compare_fingers(first, again)
    strangers = [matcher.compare_fingers(first, other) for other in (template(one, 3, 0), template(other, 2, 0))]

    assert genuine > 1500
    assert max(strangers) < 1000


@pytest.mark.slow
def test_prints_behave_as_real_prints_do(leader, extent):
    """Minutiae of a typical finger 25 to 60; genuine pairs above impostors; the impostors' tail is near real prints'.

    The whole run is 24 people; the sample bounds are wider, since so few pairs have a wide spread.
    """
    persons = [one for one in people(1, 24) if one.number in extent.pick(range(24), 4)]
    found = drawn_samples(persons, [2, 4], 3, leader, workers=2, advance=lambda: None)
    matcher = Matcher()
    prepared = [matcher.prepare_finger(one.template) for one in found]
    genuine, impostor = [], []
    for n, one in enumerate(found):
        for other, score in zip(found[n + 1 :], matcher.compare_many(prepared[n], prepared[n + 1 :]), strict=True):
            same = (one.person, one.finger) == (other.person, other.finger)
            (genuine if same else impostor).append(score)
    missed = np.mean(np.array(genuine) <= np.quantile(impostor, 0.99))
    tail = np.quantile(impostor, 0.999)

    assert 25 <= np.median([one.minutiae for one in found]) <= 60
    assert missed <= (0.03 if extent.whole else 0.2)
    assert abs(tail / REAL_TAIL - 1) < (0.10 if extent.whole else 0.35)
