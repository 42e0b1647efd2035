"""Images come to 500 ppi by the recommended filter, and a claimed resolution is held against the ridges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint.errors import ResolutionUnusable
from tenprint.identify.codecs.resolution import card_doubt, finger_doubt, ridge_period, to_500
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


def ridges(period, *, angle=0.3, side=400, noise=0.0, ppi=500):
    """A plane wave of a period in pixels, with noise of a standard deviation in grey levels."""
    y, x = np.mgrid[:side, :side]
    wave = 128 + 90 * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    wave = wave + np.random.default_rng(7).normal(0, noise, wave.shape) if noise else wave
    return GreyImage(np.clip(wave, 0, 255).astype(np.uint8), Ppi(ppi))


def grain(size, side=400):
    small = np.random.default_rng(size).integers(0, 256, (side // size, side // size), dtype=np.uint8)
    return GreyImage(np.asarray(Image.fromarray(small).resize((side, side), Image.BICUBIC)), Ppi(500))


@settings(max_examples=25)
@given(st.floats(4.0, 24.0), st.floats(0, np.pi))
def test_a_pure_wave_gives_its_period(period, angle):
    """The period is that of the pixels, at any angle, from 250 to 1000 ppi of an adult's finger."""
    found = ridge_period(ridges(period, angle=angle))
    assert found == pytest.approx(period, rel=0.05)


@settings(max_examples=25)
@given(st.floats(7.0, 20.0), st.floats(0, 40))
def test_noise_does_not_move_the_period(period, noise):
    """A noisy scan is measured right or not at all."""
    found = ridge_period(ridges(period, noise=noise))
    assert found is None or found == pytest.approx(period, rel=0.06)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 12, 16])
def test_grain_without_ridges_is_not_judged(size):
    """Noise of any grain, white or smoothed, has no period."""
    assert ridge_period(grain(size)) is None
    assert finger_doubt(grain(size)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (95, 95), (47, 300), (300, 47), (6000, 6000)])
def test_a_blank_or_tiny_image_is_not_judged(shape):
    """Unsure, quickly and without much memory, is the answer for images of one pixel or without ink."""
    assert ridge_period(GreyImage(np.full(shape, 230, dtype=np.uint8), Ppi(500))) is None


@pytest.mark.parametrize(("period", "ppi", "believed"), [
    (9, 500, True), (18, 1000, True), (6.2, 500, True), (12.5, 500, True), (4.6, 256, True),
    (18, 500, False), (9, 1000, False), (4.5, 500, False), (9, 1270, False), (24, 500, False),
])  # fmt: skip
def test_a_false_claim_is_told_with_what_was_measured(period, ppi, believed):
    """Ridges of fingers lie 0.46 mm apart in the mean: half or double of that is a false claim of resolution."""
    doubt = finger_doubt(ridges(period, ppi=ppi))
    assert (doubt is None) is believed
    if doubt is not None:
        assert "mm" in doubt
        assert ("finer scan" if period / ppi > 0.02 else "coarser scan") in doubt


def test_a_card_is_judged_by_the_median_where_one_finger_is_not_enough():
    """Periods of 0.70 mm are believed of one finger, not of three; two believed ones outvote it."""
    wide, usual = ridges(13.8), ridges(9)
    assert card_doubt({1: wide}) is None
    position, doubt = card_doubt({1: wide, 2: wide, 3: wide})
    assert position is None
    assert "median of 3" in doubt
    assert card_doubt({1: wide, 2: usual, 3: usual}) is None
    assert card_doubt({}) is None
    assert card_doubt({1: usual, 7: ridges(18)})[0] == 7


def test_the_halving_is_the_recommended_gaussian():
    """NISTIR 7839: sigma 0.8475, radius 4, then every second pixel; written out here as a plain two-dimensional sum."""
    pixels = np.random.default_rng(1).integers(0, 256, (40, 50), dtype=np.uint8)
    offsets = np.arange(-4, 5)
    taps = np.exp(-0.5 * (offsets / 0.8475) ** 2)
    kernel = np.outer(taps, taps) / taps.sum() ** 2
    padded = np.pad(pixels.astype(float), 4, mode="edge")
    expected = [[(padded[y : y + 9, x : x + 9] * kernel).sum() for x in range(0, 50, 2)] for y in range(0, 40, 2)]
    found = to_500(GreyImage(pixels, Ppi(1000)))
    assert found.ppi == Ppi(500)
    assert np.abs(found.pixels - np.array(expected)).max() <= 0.501


def test_an_image_of_class_500_is_not_touched():
    """EBTS Appendix F: 197 pixels per centimetre, 500.38 ppi, is 500 ppi."""
    image = GreyImage(np.zeros((5, 5), np.uint8), Ppi.from_pixels_per_cm(197))
    assert to_500(image) is image


def test_a_coarse_scan_is_refused():
    """Below 250 ppi ridges are not sampled."""
    with pytest.raises(ResolutionUnusable, match="allowed: 250"):
        to_500(GreyImage(np.zeros((50, 50), np.uint8), Ppi(249)))


@pytest.mark.prints
@pytest.mark.slow
@pytest.mark.parametrize("of", ["minex3/*.png", "fvc/*_DB*/*.tif"])
def test_research_prints_are_judged_right_at_three_scales(prints, extent, of):
    """Prints of known resolution are never doubted; doubled and halved, none is measured as if it were right."""
    files = [f for f in sorted(prints.glob(of)) if not f.name.startswith("artificial")]
    judged = 0
    for file in extent.pick(files, 12):
        image = Image.open(file).convert("L")
        assert finger_doubt(GreyImage(np.asarray(image), Ppi(500))) is None, file.name
        base = ridge_period(GreyImage(np.asarray(image), Ppi(500)))
        for scale in (0.5, 2.0):
            size = (round(image.width * scale), round(image.height * scale))
            scaled = ridge_period(GreyImage(np.asarray(image.resize(size, Image.LANCZOS)), Ppi(500)))
            if base is not None and scaled is not None:
                judged += 1
                assert scaled == pytest.approx(base * scale, rel=0.35), file.name
    assert judged >= 12
