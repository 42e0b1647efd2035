"""`tenprint inspect --html`: every image of a file as intake would see it, in a page that needs nothing else."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from cards import booking
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.errors import ModelMissing
from tenprint.exchange.compose import CardImage
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.identify.extract.choice import extractor
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.patterns import Pattern
from tenprint.lab.population.people import people, person
from tenprint.lab.population.slap_composer import Setting
from tenprint.lab.population.slaps import composed_slaps
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi


def card_image(position, image):
    rows, columns = image.pixels.shape
    return CardImage(
        position=position, impression=3, width=columns, height=rows, ppi=500, compression="PNG", data=encode_png(image)
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    try:
        extractor()
    except ModelMissing as error:
        pytest.skip(str(error))
    good = impression(person(1, 1), 2, quality=0.9)
    negative = GreyImage(255 - impression(person(1, 1), 3, quality=0.9).pixels, Ppi(500))
    noise = GreyImage(np.random.default_rng(1).integers(0, 256, (300, 260)).astype(np.uint8), Ppi(500))
    path = tmp_path_factory.mktemp("inspected") / "card.eft"
    path.write_bytes(
        booking([card_image(2, good), card_image(3, negative), card_image(4, noise)], tcn="INSPECT0000001")
    )
    return path


def inspected(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def test_every_image_is_judged_in_words_and_as_json(file: Path) -> None:
    """Quality, reasons with what to do, and whether intake would search the finger; in the terminal and for machines."""
    listed = json.loads(inspected(file, "--prints", "--json"))["prints"]
    assert [(one["position"], one["usable"], [r["code"] for r in one["reasons"]]) for one in listed] == [
        (2, True, []),
        (3, True, ["inverted"]),
        (4, False, ["no_ridges"]),
    ]
    assert listed[0]["quality"] > 40
    assert len(listed[0]["points"]) == listed[0]["minutiae"]
    text = inspected(file, "--prints")
    assert "right ring: quality " in text
    assert "no_ridges: The image shows no friction ridges. Capture the finger again" in text


def test_a_slap_is_drawn_with_the_place_and_name_of_each_finger(tmp_path: Path) -> None:
    """Positions 13 to 15: boxes and confidence as JSON, leaning rectangles with names on the picture."""
    one = person(1, 2)
    slap = next(
        composed_slaps(
            [{f: impression(one, f) for f in (2, 3, 4, 5)}], count=1, seed=4, setting=Setting(turn_deg=5.0), boxed=False
        )
    )
    path, page = tmp_path / "slap.eft", tmp_path / "slap.html"
    single = card_image(2, impression(one, 2, quality=0.9))
    path.write_bytes(booking([single, card_image(13, slap.image)], tcn="INSPECT0000002"))
    listed = json.loads(inspected(path, "--html", page, "--json"))["prints"]
    found = next(one for one in listed if one["position"] == 13)
    assert {segment["position"] for segment in found["segments"]} <= {2, 3, 4, 5}
    assert len(found["segments"]) >= 3
    text = page.read_text(encoding="utf-8")
    assert text.count('<polygon class="segment') == len(found["segments"])
    assert ">index</text>" in text


def test_the_page_holds_its_pictures_and_asks_nobody(file: Path, tmp_path: Path) -> None:
    """Self-contained: no script, no address outside the file; SVG over PNG with every minutia."""
    page = tmp_path / "card.html"
    inspected(file, "--html", page)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert set(re.findall(r'(?:src|href)="(.{5})', text)) == {"data:"}
    assert text.count("<svg") == 3
    listed = json.loads(inspected(file, "--prints", "--json"))["prints"]
    assert text.count('class="m q') == sum(one["minutiae"] for one in listed)
    assert "Not usable" in text


def test_the_page_shows_where_minutiae_were_looked_for(file: Path, tmp_path: Path) -> None:
    """What lies outside the searched area was never looked at; every minutia lies inside."""
    page = tmp_path / "card.html"
    inspected(file, "--html", page)
    drawings = re.findall(r"<svg.*?</svg>", page.read_text(encoding="utf-8"), re.DOTALL)
    assert drawings
    for drawing in drawings:
        (found,) = re.findall(r'class="place" x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', drawing)
        left, top, width, height = map(int, found)
        for x, y in re.findall(r'class="m q\d" transform="translate\((\d+) (\d+)\)', drawing):
            assert left <= int(x) < left + width
            assert top <= int(y) < top + height


def test_the_folder_has_a_picture_and_a_drawing_for_each_image(file: Path, tmp_path: Path) -> None:
    """PNG and SVG lie beside the page and the numbers; the SVG names the PNG."""
    inspected(file, "--out", tmp_path / "seen")
    names = sorted(path.name for path in (tmp_path / "seen").iterdir())
    assert names == [
        "003-02.png",
        "003-02.svg",
        "004-03.png",
        "004-03.svg",
        "005-04.png",
        "005-04.svg",
        "index.html",
        "prints.json",
    ]
    assert 'href="003-02.png"' in (tmp_path / "seen" / "003-02.svg").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_named(file: Path, tmp_path: Path) -> None:
    """A usage error with the path, not a traceback."""
    result = CliRunner().invoke(app, ["inspect", str(file), "--html", str(tmp_path / "no" / "card.html")])
    assert result.exit_code != 0


@pytest.mark.parametrize(
    ("kind", "usable", "code"),
    [
        ("as it is", True, None),
        ("inverted", True, "inverted"),
        ("noise", False, "no_ridges"),
        ("one pixel", False, "no_ridges"),
        ("twice the resolution", False, "wrong_resolution"),
    ],
)
def test_one_image_that_came_in_no_transaction_is_looked_at_too(
    file: Path, tmp_path: Path, kind: str, usable: bool, code: str | None
) -> None:
    """Refused or corrected, with the reason: a single image is told by its first bytes, whatever its name says."""
    del file  # skips without the network
    good = impression(person(1, 1), 2, quality=0.9).pixels
    pixels = {
        "as it is": good,
        "inverted": 255 - good,
        "noise": np.random.default_rng(1).integers(0, 256, (300, 260)).astype(np.uint8),
        "one pixel": good[:1, :1],
        "twice the resolution": good.repeat(2, axis=0).repeat(2, axis=1),
    }[kind]
    path = tmp_path / "image.bin"
    path.write_bytes(encode_png(GreyImage(np.ascontiguousarray(pixels), Ppi(500))))

    (told,) = json.loads(inspected(path, "--json", "--html", tmp_path / "page.html"))["prints"]

    assert usable == told["usable"]
    assert ([] if code is None else [code]) == [r["code"] for r in told["reasons"]][: 1 if code else None]
    assert "in no transaction" in (tmp_path / "page.html").read_text()
    assert "unknown finger" in inspected(path)


def test_a_palm_and_a_damaged_image_are_refused_with_where_and_why(file: Path, tmp_path: Path) -> None:
    """A palm is larger than a finger, and is not searched as one; a file cut off says at which byte."""
    del file
    palm, cut = tmp_path / "palm.png", tmp_path / "cut.wsq"
    palm.write_bytes(encode_png(GreyImage(np.full((2500, 2500), 200, np.uint8), Ppi(500))))
    cut.write_bytes(encode_wsq(impression(person(1, 1), 2))[:300])

    (told,) = json.loads(inspected(palm, "--json"))["prints"]
    damaged = CliRunner().invoke(app, ["inspect", str(cut)])

    assert not told["usable"]
    assert "allowed for one finger: 1 to 1,500,000 pixels" in told["error"]
    assert (3, True) == (damaged.exit_code, "byte " in damaged.output)


def test_a_loop_that_opens_to_the_thumb_is_shown_and_advised_on(tmp_path: Path) -> None:
    """A single print can't be doubted for it, since some people's loops open so: it stays usable, and the operator is told what to check.
    Without a declared finger nobody knows where the thumb is."""
    somebody = next(one for one in people(1, 40) if one.patterns[4] is Pattern.RIGHT_LOOP)
    image = impression(somebody, 5, quality=0.9)
    path = tmp_path / "little.png"
    path.write_bytes(encode_png(GreyImage(np.ascontiguousarray(image.pixels[:, ::-1]), image.ppi)))

    (one,) = json.loads(inspected(path, "--position", 5, "--json"))["prints"]
    text = inspected(path, "--position", 5)
    (nameless,) = json.loads(inspected(path, "--json"))["prints"]

    assert (one["usable"], one["pattern"], one["opens_to_the_thumb"]) == (True, "left_loop", True)
    assert [r["code"] for r in one["reasons"] if r["effect"] == "noted"][-1:] == ["loop_to_the_thumb"]
    assert "pattern: left loop, opens to the thumb's side" in text
    assert "Check that the image is not mirrored" in text
    assert (nameless["pattern"], nameless["opens_to_the_thumb"]) == ("left_loop", None)
    assert "loop_to_the_thumb" not in {r["code"] for r in nameless["reasons"]}
