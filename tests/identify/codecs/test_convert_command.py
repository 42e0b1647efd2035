"""`tenprint convert` writes what it says, refuses what it must, and never replaces a file."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.errors import ImageUnreadable, TenprintError, UsageError
from tenprint.identify.codecs.finger_images import read_finger_images, write_finger_images
from tenprint.identify.codecs.jpeg2000 import decode_jpeg2000
from tenprint.identify.codecs.templates import read_template
from tenprint.identify.codecs.wsq import wsq_size


def run(*arguments):
    result = CliRunner().invoke(app, ["convert", *map(str, arguments), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


@pytest.fixture
def scan(tmp_path):
    y, x = np.mgrid[:400, :300]
    pixels = (128 + 100 * np.cos(2 * np.pi * (0.8 * x + 0.6 * y) / 18)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    return tmp_path / "scan.png", pixels


def test_an_image_comes_through_jpeg_2000_unchanged(scan, tmp_path):
    """PNG to JP2 without loss and back to raw bytes."""
    source, pixels = scan
    told = run(source, tmp_path / "a.jp2", "--to", "jp2l", "--ppi", 1000)
    assert (told["width"], told["height"], told["doubt"]) == (300, 400, "none")
    assert np.array_equal(decode_jpeg2000((tmp_path / "a.jp2").read_bytes()), pixels)
    run(tmp_path / "a.jp2", tmp_path / "a.raw", "--to", "raw", "--ppi", 1000)
    assert (tmp_path / "a.raw").read_bytes() == pixels.tobytes()


def test_1000_ppi_becomes_wsq_only_at_500(scan, tmp_path):
    """EBTS: WSQ is for 500 ppi; a claim that the ridges contradict is told."""
    source, _ = scan
    with pytest.raises(UsageError, match="WSQ is for 500 ppi"):
        run(source, tmp_path / "a.wsq", "--to", "wsq", "--ppi", 1000)
    run(source, tmp_path / "a.wsq", "--to", "wsq", "--ppi", 1000, "--to-500")
    assert wsq_size((tmp_path / "a.wsq").read_bytes()) == (150, 200)
    assert "0.91 mm" in run(source, tmp_path / "b.png", "--to", "png")["doubt"]


def test_a_file_is_never_replaced_and_nothing_is_left_half_written(scan, tmp_path):
    """An existing target stays as it is; no part file remains after a refusal."""
    source, _ = scan
    (tmp_path / "a.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        run(source, tmp_path / "a.png", "--to", "png", "--ppi", 1000)
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "scan.png"]


def test_a_record_changes_its_edition_and_says_what_is_left_out(shared, tmp_path):
    """ISO 2011 to INCITS 2009: angles are rounded, the extended block and the date are named as left out."""
    source = shared / "exchange/templates/iso19794p2v2011/iso19794p2v2011-sample.dat"
    told = run(source, tmp_path / "out", "--to", "incits-378-2009")
    assert (told["views"], told["minutiae"]) == (2, 49)
    assert told["left out"] == "extended data, date and device, angles rounded"
    assert read_template((tmp_path / "out").read_bytes()).edition == "incits-378-2009"
    run(source, tmp_path / "same", "--to", "iso-19794-2-2011")
    assert (tmp_path / "same").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("content", "to"),
    [
        (b"FIR\x00010\x00", "png"),
        (b"FMR\x00 20\x00", "incits-378-2009"),
        (b"FMR\x00 20\x00", "png"),
        (b"", "png"),
        (b"\xff\xd8\xff", "png"),
    ],
)
def test_bad_input_leaves_no_file(tmp_path, content, to):
    """A cut record, a record as an image, nothing, and half a JPEG."""
    (tmp_path / "in").write_bytes(content)
    with pytest.raises(TenprintError):
        run(tmp_path / "in", tmp_path / "out", "--to", to)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("edition", ["iso-19794-4-2005", "iso-19794-4-2011", "incits-381-2004"])
def test_an_image_goes_into_a_finger_image_record_and_comes_out_again(scan, tmp_path, edition):
    """PNG pixel for pixel; WSQ byte for byte, for it is never coded a second time."""
    source, pixels = scan
    told = run(source, tmp_path / "a.fir", "--to", edition, "--ppi", 1000, "--position", 13, "--impression", 1)
    assert (told["compression"], told["position"], told["impression"], told["width"]) == ("PNG", 13, 1, 300)
    told = run(tmp_path / "a.fir", tmp_path / "a.raw", "--to", "raw")
    assert (told["from"], told["ppi"], told["position"], told["doubt"]) == (edition, 1000.0, 13, "none")
    assert (tmp_path / "a.raw").read_bytes() == pixels.tobytes()
    run(tmp_path / "a.fir", tmp_path / "a.wsq", "--to", "wsq", "--to-500")
    run(tmp_path / "a.wsq", tmp_path / "b.fir", "--to", edition, "--impression", 0)
    assert run(tmp_path / "b.fir", tmp_path / "b.wsq", "--to", "wsq")["left out"].startswith("position, impression")
    assert (tmp_path / "b.wsq").read_bytes() == (tmp_path / "a.wsq").read_bytes()


def test_of_several_images_one_must_be_named(scan, tmp_path):
    """Which finger of a record is meant is not guessed; the others are told as left out."""
    source, _ = scan
    run(source, tmp_path / "a.fir", "--to", "iso-19794-4-2011", "--ppi", 1000, "--position", 2)
    record = read_finger_images((tmp_path / "a.fir").read_bytes())
    two = replace(record, images=(*record.images, replace(record.images[0], position=7)))
    (tmp_path / "two.fir").write_bytes(write_finger_images(two))
    for wrong in ((), ("--image", 3)):
        with pytest.raises(UsageError, match="1 of position 2, 2 of position 7"):
            run(tmp_path / "two.fir", tmp_path / "a.png", "--to", "png", *wrong)
    told = run(tmp_path / "two.fir", tmp_path / "a.png", "--to", "png", "--image", 2)
    assert (told["position"], told["left out"].split(", ")[-1]) == (7, "other images: 1")
    with pytest.raises(UsageError, match="a finger image record becomes"):
        run(tmp_path / "two.fir", tmp_path / "b.fir", "--to", "iso-19794-4-2005")
    with pytest.raises(ImageUnreadable, match="impression that is not known"):
        run(source, tmp_path / "c.fir", "--to", "iso-19794-4-2005")
