"""``tenprint population``: pictures on disk, figures as one JSON object."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tenprint.cli.population import app
from tenprint.errors import ModelMissing
from tenprint.identify.codecs.png import decode_png
from tenprint.identify.extract.choice import extractor
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person


def test_draw_writes_ten_fingers_and_says_whose(tmp_path):
    """The files hold the very pixels, and the person is printed as JSON."""
    run = CliRunner().invoke(app, ["draw", "--seed", "7", "--person", "3", "--out", str(tmp_path / "new")])
    files = sorted(path.name for path in (tmp_path / "new").iterdir())

    assert 0 == run.exit_code, run.output
    assert [f"000003_{finger:02d}_0.png" for finger in range(1, 11)] == files
    assert person(7, 3).name == json.loads(run.stdout)["name"]
    pixels = decode_png((tmp_path / "new" / files[4]).read_bytes())
    assert np.array_equal(impression(person(7, 3), 5).pixels, pixels)


def test_measure_prints_every_figure(tmp_path):
    """Ridge period, minutiae, error rates and impostor quantiles, of synthetic and of other prints, in one object."""
    try:
        extractor("mindtct")
    except ModelMissing as error:
        pytest.skip(str(error))
    drawn = CliRunner().invoke(app, ["draw", "--seed", "9", "--out", str(tmp_path), "--impressions", "2"])
    assert 0 == drawn.exit_code
    for path in list(tmp_path.iterdir()):  # into the layout of FVC: finger_impression
        _person, finger, touch = path.stem.split("_")
        path.rename(tmp_path / f"{int(finger)}_{touch}.png")
    arguments = ["measure", "--people", "2", "--impressions", "2", "--finger", "2", "--seed", "9"]
    run = CliRunner().invoke(app, [*arguments, "--extractor", "mindtct", "--reference", str(tmp_path), "--json"])
    report = json.loads(run.stdout)

    assert 0 == run.exit_code, run.output
    assert 4 == report["synthetic"]["images"]
    assert (2, 4) == (report["synthetic"]["n_genuine"], report["synthetic"]["n_impostor"])
    assert 8 < report["synthetic"]["ridge_period"]["q50"] < 10
    assert 5 < report["synthetic"]["minutiae"]["q50"] < 100
    assert (10, 180) == (report["reference"]["n_genuine"], report["reference"]["n_impostor"])
    ours, theirs = (report[side]["impostor"]["q99.9"] for side in ("synthetic", "reference"))
    assert report["impostor_q99.9_ratio"] == pytest.approx(ours / theirs)
