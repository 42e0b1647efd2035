"""Ten images become one template; every finger is in it, or has a reason why not."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import ExtractionFailed
from tenprint.identify.extract.tenprints import extract_tenprint, finger_quality
from tenprint.model.prints import MINUTIA, GreyImage, Minutiae
from tenprint.units import Ppi


class Scripted:
    """An extractor whose answer is the image's first pixel: so many minutiae of quality 80; 255 fails."""

    name = "scripted"
    version = "scripted-1"

    def __init__(self):
        self.threads = set()

    def extract(self, image):
        self.threads.add(threading.get_ident())
        count = int(image.pixels[0, 0])
        if count == 255:
            raise ExtractionFailed("scripted to fail")
        return minutiae([80] * count)


def minutiae(qualities):
    points = np.zeros(len(qualities), dtype=MINUTIA)
    points["quality"] = sorted(qualities, reverse=True)
    return Minutiae(points, 100, 100)


def images(**counts):
    return {int(p[1:]): GreyImage(np.full((2, 2), n, dtype=np.uint8), Ppi(500)) for p, n in counts.items()}


def test_every_finger_is_in_the_template_or_has_a_reason():
    """Absence is a named value: failures say why, and a finger without minutiae is no empty template."""
    template, failures = extract_tenprint(images(f10=30, f2=40, f3=255, f7=0), Scripted(), workers=2)
    assert template.positions == (2, 10)
    assert failures[3] == "scripted to fail"
    assert failures[7].startswith(
        "no minutiae were found. The image shows no friction ridges. Capture the finger again"
    )
    assert set(failures) == {3, 7}
    assert [finger.position for finger in template.fingers] == [2, 10]
    assert template.finger(2).extractor == "scripted-1"


@pytest.mark.parametrize("workers", [0, 1, 4, 100])
def test_any_number_of_workers_gives_the_same_template(workers):
    """Order of completion does not show."""
    given_images = images(**{f"f{position}": position * 5 for position in range(1, 11)})
    template, failures = extract_tenprint(given_images, Scripted(), workers=workers)
    assert failures == {}
    assert [len(finger.minutiae) for finger in template.fingers] == [position * 5 for position in range(1, 11)]


def test_no_images_are_no_fingers():
    """An encounter without usable prints is an empty template, not an error."""
    template, failures = extract_tenprint({}, Scripted(), workers=2)
    assert (template.fingers, failures) == ((), {})


@pytest.mark.parametrize("position", [0, 11, 13])
def test_a_position_that_is_no_single_finger_is_a_mistake_of_the_caller(position):
    """ANSI/NIST-ITL positions 1 to 10 only; 0 and the slaps are not fingers."""
    with pytest.raises(ValueError, match="position"):
        extract_tenprint(images(**{f"f{position}": 10}), Scripted(), workers=1)


@given(st.lists(st.integers(0, 100), max_size=255))
def test_quality_is_a_share_of_the_evidence_of_forty_perfect_minutiae(qualities):
    """tenprint-quality: what qualities have above 70, over 1200, in per cent, rounded half up, at most 100."""
    exact = 100 * sum(max(0, quality - 70) for quality in qualities) / 1200
    found = finger_quality(minutiae(qualities))
    assert 0 <= found <= 100
    assert abs(found - min(100, exact)) <= 0.5


@given(st.lists(st.integers(0, 100), max_size=100), st.integers(0, 100))
def test_one_more_minutia_never_lowers_the_quality(qualities, more):
    """tenprint-quality grows with the evidence."""
    assert finger_quality(minutiae([*qualities, more])) >= finger_quality(minutiae(qualities))


def test_a_real_extractor_fills_a_tenprint(leader, synthetic_image):
    """Front door with the network: one finger with ridges, one blank."""
    blank = GreyImage(np.full((80, 80), 255, dtype=np.uint8), Ppi(500))
    template, failures = extract_tenprint({1: synthetic_image, 6: blank}, leader, workers=2)
    assert template.positions == (1,)
    assert set(failures) == {6}
    assert template.finger(1).quality > 0
