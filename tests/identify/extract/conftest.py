"""Synthetic ridges with minutiae at known places, and the installed extractors."""

import numpy as np
import pytest

from tenprint.errors import ModelMissing
from tenprint.identify.extract.choice import extractor
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

SPIRALS = ((90, 80, 1), (210, 90, -1), (80, 200, -1), (200, 210, 1), (150, 145, 1))
"""Column, row and sign of the phase spirals of `ridges`; each is one minutia."""


def ridges(ppi=500, size=300):
    """Wavy ridges of period 9 px at 500 ppi, with one dislocation at each place of `SPIRALS`, on white; (rows, columns) uint8."""
    scale = ppi / 500
    side = round(size * scale)
    y, x = np.mgrid[0:side, 0:side] / scale
    phase = 2 * np.pi * (y + 8 * np.sin(x / 60)) / 9
    for column, row, sign in SPIRALS:
        phase = phase + sign * np.arctan2(y - row, x - column)
    grey = 128 + 100 * np.cos(phase)
    inside = (x - size / 2) ** 2 + (y - size / 2) ** 2 < (0.46 * size) ** 2
    return np.where(inside, grey, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def synthetic():
    """`ridges` as a function, and the places of its minutiae as (column, row)."""
    return ridges, [(column, row) for column, row, _ in SPIRALS]


@pytest.fixture(scope="session", params=["leader", "leader-fast", "mindtct", "leader-onnx"])
def installed(request):
    """Each extractor that is installed."""
    try:
        return extractor(request.param)
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def leader():
    """The default extractor."""
    try:
        return extractor("leader")
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def reference():
    """The published graph in ONNX Runtime."""
    try:
        return extractor("leader-onnx")
    except ModelMissing as error:
        pytest.skip(str(error))


@pytest.fixture
def synthetic_image():
    """One synthetic finger at 500 ppi."""
    return GreyImage(ridges(), Ppi(500))
