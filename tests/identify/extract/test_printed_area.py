"""The network looks only where there is contrast, and never loses a part of the print."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.identify.codecs.files import read_image_file
from tenprint.identify.extract.area import printed_area
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


def on_white(patch, shape, at):
    image = np.full(shape, 255, dtype=np.uint8)
    image[at[0] : at[0] + patch.shape[0], at[1] : at[1] + patch.shape[1]] = patch
    return image


@settings(deadline=None)
@given(st.integers(48, 120), st.integers(48, 120), st.integers(0, 180), st.integers(0, 180))
def test_a_print_anywhere_is_inside_the_box(height, width, top, left):
    """Whatever its place, no row or column of a ridge pattern is cut off; the box stays inside the image."""
    stripes = np.tile((np.arange(width) % 9 < 4).astype(np.uint8) * 200, (height, 1))
    image = on_white(stripes, (300, 300), (top, left))
    rows, columns = printed_area(image)
    assert 0 <= rows.start <= top
    assert top + height <= rows.stop <= 300
    assert 0 <= columns.start <= left
    assert left + width <= columns.stop <= 300


def test_white_margins_are_left_out():
    """A finger on a large sheet costs what the finger costs; the box is a multiple of 32."""
    noise = np.random.default_rng(3).integers(0, 256, (200, 160), dtype=np.uint8)
    rows, columns = printed_area(on_white(noise, (800, 900), (300, 400)))
    assert rows.stop - rows.start <= 288
    assert columns.stop - columns.start <= 256
    assert (rows.stop - rows.start) % 32 == (columns.stop - columns.start) % 32 == 0


def test_a_speck_of_dust_is_not_a_print():
    """One lonely cell far from the finger does not widen the box."""
    noise = np.random.default_rng(3).integers(0, 256, (160, 160), dtype=np.uint8)
    image = on_white(noise, (600, 600), (32, 32))
    image[560:568, 560:568] = 0
    rows, columns = printed_area(image)
    assert rows.stop < 400
    assert columns.stop < 400


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (15, 300), (100, 100)])
def test_blank_and_faint_images_are_taken_whole(shape):
    """Where nothing stands out, nothing is left out."""
    image = np.full(shape, 200, dtype=np.uint8)
    image[::2] += 3
    assert printed_area(image) == (slice(0, shape[0]), slice(0, shape[1]))


def test_minutiae_keep_their_place_in_the_whole_image(leader, synthetic):
    """Positions count from the image's own top left corner, not from the box."""
    draw, places = synthetic
    large = on_white(draw(), (640, 560), (250, 190))
    found = leader.extract(GreyImage(large, Ppi(500)))
    assert (found.height, found.width) == (640, 560)
    for column, row in places:
        distance = np.hypot(found.points["x"] - (column + 190.0), found.points["y"] - (row + 250.0))
        assert distance.min() <= 4


@pytest.mark.prints
def test_real_prints_of_a_large_scanner_are_cut_to_less_than_two_thirds(prints):
    """FVC2004 DB1: 640×480 scans with the finger in the middle; the work falls by a third at least."""
    for path in sorted((prints / "fvc" / "2004_DB1_B").glob("10[1-3]_1.tif")):
        pixels = read_image_file(path, Ppi(500)).pixels
        assert pixels[printed_area(pixels)].size <= 0.67 * pixels.size
