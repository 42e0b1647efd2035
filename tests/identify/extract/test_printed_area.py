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


def form_around(print_at, shape=(752, 804)):
    """The box of a card's form: grain, a line across, printed words, a pen stroke and the corner of the next print; no finger."""
    draw = np.random.default_rng(5)
    sheet = np.clip(draw.normal(235, 6, shape), 0, 255)
    sheet[700:704] = 20
    for column in range(250, 500, 22):  # letters of 25 pixels
        sheet[20:45, column : column + 4] = sheet[20:24, column : column + 16] = sheet[32:36, column : column + 12] = 20
    for n in range(200):
        sheet[100 + 2 * n : 103 + 2 * n, 760 - n // 6 : 764 - n // 6] = 40
    stripes = np.tile((np.arange(300) % 9 < 4) * 180.0 + 40, (260, 1))
    sheet[620:, :60] = stripes[:132, :60]
    sheet[print_at[0] : print_at[0] + 260, print_at[1] : print_at[1] + 300] = stripes
    return sheet.astype(np.uint8)


def test_a_form_around_the_print_is_left_out():
    """Words, lines, writing, grain and a neighbour's corner are no part of the print; all of the print is inside."""
    rows, columns = printed_area(form_around((220, 280)))
    assert 220 - 64 <= rows.start <= 220
    assert 480 <= rows.stop <= 480 + 64
    assert 280 - 64 <= columns.start <= 280
    assert 580 <= columns.stop <= 580 + 64


def test_a_print_in_two_parts_is_taken_whole():
    """A broad white scar through the print, the lower part a third of it: both parts are inside."""
    image = form_around((220, 280))
    image[320:380, 280:580] = 235
    rows, _ = printed_area(image)
    assert rows.start <= 220
    assert rows.stop >= 480


@pytest.mark.slow
@pytest.mark.prints
def test_no_minutia_worth_comparing_lies_outside(leader, prints, extent):
    """From quality 45 on minutiae are compared: none that the network finds in the whole picture is cut off. Scans and ink."""
    files = sorted((prints / "fvc").glob("*/*.tif")) + sorted((prints / "minex3").glob("[ab]*_*.png"))
    assert files
    for file in extent.pick(files, 6):
        pixels = read_image_file(file, Ppi(500)).pixels
        rows, columns = printed_area(pixels)
        for x, y, confidence, *_ in leader.find(np.ascontiguousarray(pixels), least=0.45):
            assert rows.start <= y < rows.stop, (file.name, x, y, confidence)
            assert columns.start <= x < columns.stop, (file.name, x, y, confidence)


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
