"""Images come to the 500 ppi grid without aliasing, and images of class 500 are not touched."""

import numpy as np
import pytest

from tenprint.errors import ResolutionUnusable
from tenprint.identify.extract.grid import to_grid
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


def wave(period, side=400):
    """Vertical stripes of a period in pixels."""
    x = np.arange(side)
    return np.tile((128 + 100 * np.cos(2 * np.pi * x / period)).astype(np.uint8), (side, 1))


@pytest.mark.parametrize("ppi", [495.0, 500.0, 500.38, 505.0])
def test_class_500_images_are_not_resampled(ppi):
    """EBTS Appendix F: within 1 % is 500 ppi; 197 pixels per centimetre is 500.38."""
    pixels = wave(9)
    assert to_grid(GreyImage(pixels, Ppi(ppi))) is pixels


@pytest.mark.parametrize(("ppi", "side"), [(1000, 200), (990, 200), (569, 351), (512, 391), (250, 800), (800, 250)])
def test_the_size_follows_the_resolution(ppi, side):
    """Columns and rows are scaled by 500 / ppi, rounded; 1000 ppi is exactly half."""
    assert to_grid(GreyImage(wave(9), Ppi(ppi))).shape == (side, side)


@pytest.mark.parametrize("ppi", [1000, 1200])
def test_detail_beyond_the_grid_disappears_instead_of_folding_back(ppi):
    """NISTIR 7839: stripes of 2.5 px at 1000 ppi can't exist at 500 ppi; plain decimation would show false ridges."""
    centre = to_grid(GreyImage(wave(2.2), Ppi(ppi)))[50:-50, 50:-50]
    assert np.ptp(centre) < 30  # of 200 in the scan


@pytest.mark.parametrize("ppi", [1000, 700])
def test_ridges_survive_the_reduction(ppi):
    """A ridge period of 9 px at 500 ppi keeps most of its contrast."""
    centre = to_grid(GreyImage(wave(9 * ppi / 500), Ppi(ppi)))[50:-50, 50:-50]
    assert np.ptp(centre) > 170


def test_a_scan_below_250_ppi_is_refused():
    """The text says what was found and what is allowed."""
    with pytest.raises(ResolutionUnusable, match=r"200 ppi; allowed: 250"):
        to_grid(GreyImage(wave(4), Ppi(200)))


@pytest.mark.parametrize(("shape", "ppi"), [((1, 50), 1000), ((1, 1), 4000)])
def test_an_image_that_would_vanish_is_refused(shape, ppi):
    """One row at 1000 ppi is no row at 500."""
    with pytest.raises(ResolutionUnusable):
        to_grid(GreyImage(np.zeros(shape, dtype=np.uint8), Ppi(ppi)))
