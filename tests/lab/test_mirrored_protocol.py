"""Mirrored prints are counted on cards of two impressions a finger: patterns, doubted cards, and mates that are found again."""

import json

import pytest
from typer.testing import CliRunner

from tenprint.cli.evaluate import app
from tenprint.errors import ModelMissing
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.extract.choice import extractor
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person

FINGERS = (3, 4, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three fingers of two invented people on two cards each."""
    try:
        extractor()
    except ModelMissing as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("cards")
    for number in (1, 2):
        for finger in FINGERS:
            for touch, side in enumerate("ab"):
                image = impression(person(3, number), finger, number=touch, quality=0.9)
                (folder / f"{side}{number:03d}_{finger:02d}.png").write_bytes(encode_png(image))
    return folder


def test_every_print_is_counted_once_and_mates_are_found_mirrored(folder):
    """Denominators: each print has one pattern, each finger one pair; nothing is told to be mirrored that is not."""
    told = CliRunner().invoke(app, ["mirrored", str(folder), "--json"])
    report = json.loads(told.output)

    assert (12, 2, 0) == (report["prints"], report["persons"], report["failures"])
    names = ("ulnar", "radial", "whorl", "unsure")
    assert {f"{f:02d}": 4 for f in FINGERS} == {f: sum(one[n] for n in names) for f, one in report["patterns"].items()}
    repeated = report["repeated"]
    assert 6 == repeated["fingers"] == sum(n for name, n in repeated.items() if name != "fingers")
    assert 0 == repeated["both_sides"]
    assert (4, 2) == (report["cards"]["cards"], report["rolled_and_plain"]["cards"])
    assert 0 == report["cards"]["doubted_as_declared"] == report["rolled_and_plain"]["doubted_as_declared"]
    mates = report["mates"]
    assert (6, 6, 12, 18) == tuple(mates[kind] for kind in ("mates", "own", "person", "others"))
    assert mates["mates_found"] >= 5
    assert 0 == mates["own_told"] == mates["person_told"] == mates["others_told"]


def test_the_table_says_what_is_published_beside_what_was_seen(folder):
    """For people, without JSON."""
    told = CliRunner().invoke(app, ["mirrored", str(folder)])
    assert told.exit_code == 0
    assert "3.00 %" in told.output
    assert "of 6 found" in told.output
