"""``tenprint population``: pictures on disk, figures as one JSON object."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from tenprint.cli.population import app
from tenprint.errors import ModelMissing, TenprintError
from tenprint.exchange.submission import read_booking
from tenprint.identify.codecs.png import decode_png
from tenprint.identify.codecs.wsq import decode_wsq
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


def test_booking_writes_a_file_that_is_taken_in_as_it_is(tmp_path):
    """EBTS 9.1 Table 2-4 CAR: the file passes our own check, its images decode, and what is missing is said (2.084)."""
    path = tmp_path / "booking.eft"
    asked = ["--seed", "7", "--person", "3", "--finger", "2", "--finger", "7", "--on", "2011-06-07", "--retain"]
    run = CliRunner().invoke(app, ["booking", *asked, "--out", str(path)])
    told, read = json.loads(run.stdout), read_booking(path.read_bytes())

    assert 0 == run.exit_code, run.output
    assert (person(7, 3).name, "CA0190000", True) == (read.name, read.ori, read.retain)
    assert told["tcn"] == read.tcn
    assert [2, 7] == sorted(image.position for image in read.images)
    drawn = impression(person(7, 3), 2).pixels
    (image,) = (one for one in read.images if one.position == 2)
    assert np.abs(decode_wsq(bytes(image.data)).astype(int) - drawn).mean() < 6  # WSQ is lossy


def test_booking_overwrites_nothing_and_says_what_is_wrong(tmp_path):
    """A file that is there stays; a day that is none, and an agency that is none, write nothing."""
    path = tmp_path / "booking.eft"
    path.write_bytes(b"mine")
    there = CliRunner().invoke(app, ["booking", "--finger", "2", "--out", str(path)])
    day = CliRunner().invoke(app, ["booking", "--finger", "2", "--on", "7 June", "--out", str(tmp_path / "a")])
    ori = CliRunner().invoke(app, ["booking", "--finger", "2", "--ori", "nowhere", "--out", str(tmp_path / "b")])

    assert all(isinstance(run.exception, TenprintError) for run in (there, day, ori))
    assert "there already" in str(there.exception)
    assert "YYYY-MM-DD" in str(day.exception)
    assert [path] == list(tmp_path.iterdir())
    assert b"mine" == path.read_bytes()


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
