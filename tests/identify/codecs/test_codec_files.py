"""Image files of research sets are read as grey pixels, or refused by name."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint.errors import IdentifyError, ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.files import read_image_file
from tenprint.units import Ppi

PIXELS = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


@pytest.mark.parametrize("ending", ["tif", "png", "pgm", "bmp"])
def test_grey_files_come_back_pixel_for_pixel(tmp_path, ending):
    """The four formats of the public sets are lossless."""
    path = tmp_path / f"101_1.{ending}"
    Image.fromarray(PIXELS).save(path)
    image = read_image_file(path, Ppi(500))
    assert np.array_equal(image.pixels, PIXELS)


def test_the_resolution_tag_of_a_file_is_ignored(tmp_path):
    """FVC's TIFF tags are wrong: the protocol tells the resolution, the file does not."""
    path = tmp_path / "101_1.tif"
    Image.fromarray(PIXELS).save(path, dpi=(72, 72))
    assert read_image_file(path, Ppi(569)).ppi == Ppi(569)


def test_the_content_decides_the_format_and_not_the_name(tmp_path):
    """A file is what its first bytes say."""
    path = tmp_path / "101_1.tif"
    Image.fromarray(PIXELS).save(path, format="PNG")
    assert np.array_equal(read_image_file(path, Ppi(500)).pixels, PIXELS)


@pytest.mark.parametrize("mode", ["RGB", "P", "1"])
def test_colour_palette_and_bilevel_files_become_grey(tmp_path, mode):
    """White stays white and black stays black, 255 and 0."""
    path = tmp_path / "x.png"
    picture = Image.new("L", (4, 2), 255)
    picture.putpixel((1, 0), 0)
    picture.convert(mode).save(path)
    pixels = read_image_file(path, Ppi(500)).pixels
    assert pixels[0, 1] == 0
    assert np.count_nonzero(pixels == 255) == 7


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16"])
def test_alpha_and_sixteen_bits_are_refused(tmp_path, mode):
    """What has no single grey value is not guessed."""
    path = tmp_path / "x.png"
    Image.new(mode, (4, 2)).save(path)
    with pytest.raises(ImageUnreadable, match=r"x\.png.*mode"):
        read_image_file(path, Ppi(500))


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\xff\xd8\xff\xe0", b"hello", b"II*\0", b"BM", b"P5\n", b"\x89PNG"]
)
def test_a_file_that_is_not_an_image_is_named(tmp_path, content):
    """The path is in the text, so that one bad file of 800 is found."""
    path = tmp_path / "bad.tif"
    path.write_bytes(content)
    with pytest.raises(ImageUnreadable, match=r"bad\.tif"):
        read_image_file(path, Ppi(500))


def test_a_missing_file_or_a_folder_is_unreadable(tmp_path):
    """Nothing there, or no file, is the same kind of error."""
    for path in (tmp_path / "none.tif", tmp_path):
        with pytest.raises(ImageUnreadable):
            read_image_file(path, Ppi(500))


@pytest.mark.parametrize(
    "content",
    [
        b"P5\n60000 60000\n255\n",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60000, 60000, 1, 8, 0, 0, 0, 0, 0, 0) + bytes(1024),
    ],
)
def test_a_claim_of_3600_million_pixels_is_refused_without_a_warning(tmp_path, content):
    """Design section 8: our own limit speaks first, so no library warns about bombs."""
    path = tmp_path / "huge.img"
    path.write_bytes(content)
    with pytest.raises(ImageTooLarge, match="60000×60000"):
        read_image_file(path, Ppi(500))


def test_a_file_of_more_bytes_than_any_image_is_not_read(tmp_path):
    """A sparse file of 1 GB is refused by its size."""
    path = tmp_path / "big.tif"
    with path.open("wb") as out:
        out.truncate(1 << 30)
    with pytest.raises(ImageTooLarge, match="1,073,741,824 bytes"):
        read_image_file(path, Ppi(500))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([b"II*\0", b"MM\0*", b"\x89PNG\r\n\x1a\n", b"P5 ", b"P2 ", b"BM", b""]), st.binary(max_size=300))
def test_random_files_are_an_image_or_a_named_error(tmp_path, start, rest):
    """Nothing but IdentifyError leaves the room, whatever follows the first bytes."""
    path = tmp_path / "fuzz"
    path.write_bytes(start + rest)
    try:
        image = read_image_file(path, Ppi(500))
    except IdentifyError:
        return
    assert image.pixels.size >= 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(["tif", "lzw", "packbits", "bmp", "pgm", "png"]), st.data())
def test_an_image_with_bytes_changed_cut_out_or_doubled_is_an_image_or_a_named_error(tmp_path, ending, data):
    """Design section 8: real files that were damaged, not only random ones; no warning of a library leaks."""
    path = tmp_path / "whole"
    compression = {"lzw": "tiff_lzw", "packbits": "packbits"}.get(ending)
    kind = {"tif": "TIFF", "lzw": "TIFF", "packbits": "TIFF", "bmp": "BMP", "pgm": "PPM", "png": "PNG"}[ending]
    Image.fromarray(PIXELS).save(path, format=kind, **({"compression": compression} if compression else {}))
    content = path.read_bytes()
    at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    between = data.draw(st.sampled_from(["", "twice"]) | st.binary(max_size=8))
    path.write_bytes(content[:at] + (content[at:end] * 2 if between == "twice" else between or b"") + content[end:])
    try:
        told = str(read_image_file(path, Ppi(500)).pixels.size)
    except IdentifyError as refused:
        told = str(refused)
    assert told.isdigit() or str(path) in told


def test_a_transparent_grey_level_is_refused(tmp_path):
    """A PNG may call one grey value transparent (tRNS): what would lie behind it is not guessed."""
    path = tmp_path / "x.png"
    Image.fromarray(PIXELS).save(path, transparency=0)
    with pytest.raises(ImageUnreadable, match="without alpha"):
        read_image_file(path, Ppi(500))
