"""Extractors beside a reference: what agreement means, and what the command reports."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tenprint.cli.evaluate import app
from tenprint.errors import ModelMissing
from tenprint.identify.extract.choice import extractor
from tenprint.lab.evaluation.extraction import agreement
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, in_order


def template(*places):
    """One finger of minutiae at (x, y, degrees)."""
    points = np.zeros(len(places), dtype=MINUTIA)
    for n, (x, y, degrees) in enumerate(places):
        points[n] = (x, y, round(degrees / 360 * 65536) % 65536, 1, 80)
    return FingerTemplate(1, Minutiae(in_order(points), 400, 400), 50, "leader-1/test")


def test_agreement_counts_pairs_once_within_four_pixels_and_twelve_degrees():
    """Each minutia has one partner at most; a print that one side lacks counts whole."""
    a, b = Path("a"), Path("b")
    one = template((10, 10, 0), (100, 100, 355), (200, 200, 90))
    assert agreement({a: one}, {a: one}) == 1.0
    assert agreement({a: one}, {a: template((14, 10, 0), (100, 100, 5), (205, 200, 90))}) == round(4 / 6, 4)
    assert agreement({a: one}, {a: template((10, 10, 0), (11, 10, 0), (100, 100, 10))}) == round(2 / 6, 4)
    assert agreement({a: one}, {b: one}) == 0.0


def test_the_command_measures_beside_its_reference(tmp_path, fast_prints):
    """Rates of each extractor; points and agreement of all but the reference; nothing without a set and cards."""
    folder = fast_prints
    arguments = ["extraction", str(folder), "--reference", "mindtct", "--extractor", "leader-fast", "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["reference"] == "mindtct"
    assert "agreement" not in report["extractors"]["mindtct"]
    fast = report["extractors"]["leader-fast"]
    assert fast["scanned"]["n_genuine"] == 2
    assert set(fast["points_over_reference"]) == {"eer", "fmr100", "fmr1000", "zerofmr"}
    assert 0 < fast["agreement"] < 1
    refused = CliRunner().invoke(app, ["extraction", "--extractor", "leader"])
    assert refused.exit_code != 0


@pytest.fixture
def fast_prints(tmp_path):
    """Two fingers of two impressions each, drawn."""
    for name in ("mindtct", "leader-fast"):
        try:
            extractor(name)
        except ModelMissing as error:
            pytest.skip(str(error))
    y, x = np.mgrid[0:220, 0:220].astype(float)
    for finger, places in ((1, ((60, 80), (150, 120), (100, 170))), (2, ((80, 60), (130, 160), (180, 90)))):
        for impression in (1, 2):
            phase = 2 * np.pi * (y + 9 * np.sin(x / 50 + finger)) / 9
            for column, row in places:
                phase += np.arctan2(y - row - impression, x - column)
            Image.fromarray((128 + 100 * np.cos(phase)).astype(np.uint8)).save(tmp_path / f"{finger}_{impression}.tif")
    return tmp_path
