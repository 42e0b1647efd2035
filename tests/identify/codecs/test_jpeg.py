"""JPEG and JPEG 2000 of a record are decoded to what the record claims, or refused by name."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tenprint.errors import IdentifyError, ImageTooLarge, ImageUnreadable
from tenprint.exchange.itl import read
from tenprint.exchange.records import number_of
from tenprint.identify.codecs.jpeg import decode_jpeg
from tenprint.identify.codecs.jpeg2000 import decode_jpeg2000, encode_jpeg2000, jpeg2000_size
from tenprint.identify.codecs.records import decode
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PPI = Ppi(1000)
pictures = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24))


def lossless_jpeg(pixels, predictor, *, table_class=0):
    """ISO/IEC 10918-1, process 14, written out pixel by pixel: 17 codes of five bits, one a size."""
    height, width = pixels.shape
    p = np.pad(pixels.astype(int), ((1, 0), (1, 0))).tolist()
    parts = []
    for y in range(height):
        for x in range(width):
            a, b, c = p[y + 1][x], p[y][x + 1], p[y][x]
            chosen = (a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1)[predictor - 1]
            guess = 128 if x == y == 0 else a if y == 0 else b if x == 0 else chosen
            difference = p[y + 1][x + 1] - guess
            size = abs(difference).bit_length()
            parts.append(f"{size:05b}")
            parts.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}" if size else "")
    bits = "".join(parts)
    bits += "1" * (-len(bits) % 8)
    entropy = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\x00")
    frame = struct.pack(">HBHHB3B", 11, 8, height, width, 1, 1, 0x11, 0)
    table = struct.pack(">HB", 19 + 17, table_class << 4) + bytes([0, 0, 0, 0, 17, *[0] * 11]) + bytes(range(17))
    scan = struct.pack(">HB5B", 8, 1, 1, 0, predictor, 0, 0)
    return b"\xff\xd8\xff\xc3" + frame + b"\xff\xc4" + table + b"\xff\xda" + scan + entropy + b"\xff\xd9"


def jpeg(picture, **options):
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=95, **options)
    return out.getvalue()


def smooth(width=40, height=30):
    y, x = np.mgrid[:height, :width]
    return (128 + 100 * np.sin(x / 5) * np.cos(y / 7)).astype(np.uint8)


@given(pictures, st.integers(1, 7), st.integers(0, 1))
def test_lossless_jpeg_comes_back_pixel_for_pixel(pixels, predictor, table_class):
    """ISO/IEC 10918-1, H.1: every predictor; NIST's files name class 1 for their table, the standard 0."""
    assert np.array_equal(decode_jpeg(lossless_jpeg(pixels, predictor, table_class=table_class)), pixels)


def test_a_lossless_jpeg_longer_than_a_chunk_comes_back():
    """The walk goes on where a chunk of bits ends, also inside a code."""
    pixels = np.random.default_rng(3).integers(0, 256, (300, 500), dtype=np.uint8)
    assert np.array_equal(decode_jpeg(lossless_jpeg(pixels, 4)), pixels)


def test_the_reference_files_of_nist_are_decoded(shared):
    """The JPEG and JPEG 2000 print records of the reference files have exactly the size that they claim."""
    seen = set()
    for name in ("type-10-14-17-piv-index-iris", "type-15-palms", "an2kconvert/valid1.9", "an2kconvert/valid1.4"):
        for record in read((shared / "exchange/nist_itl" / f"{name}.an2").read_bytes()).records:
            compression = record.text(11)
            if record.type not in (13, 14, 15) or compression in ("WSQ20", "NONE", None):
                continue
            width, height = number_of(record.text(6)), number_of(record.text(7))
            data = bytes(record.field(999).value)
            image = decode(data, compression=compression, width=width, height=height, bits=8, ppi=PPI)
            assert image.pixels.std() > 20
            with pytest.raises(ImageUnreadable, match="the record claims"):
                decode(data, compression=compression, width=height + 1, height=width, bits=8, ppi=PPI)
            seen.add(compression)
    assert seen == {"JPEGB", "JPEGL", "JP2L"}


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"optimize": True}])
def test_a_grey_jpeg_is_decoded(options):
    """ISO/IEC 10918-1: baseline and progressive, within the loss of its quantisation."""
    pixels = smooth()
    found = decode(jpeg(Image.fromarray(pixels), **options), compression="JPEGB", width=40, height=30, bits=8, ppi=PPI)
    assert np.abs(found.pixels.astype(int) - pixels).max() < 12


@given(pictures)
@settings(max_examples=40)
def test_jpeg_2000_without_loss_comes_back_pixel_for_pixel(pixels):
    """ISO/IEC 15444-1: the reversible transform is the identity at every size; boxed and bare."""
    content = encode_jpeg2000(GreyImage(pixels, PPI), lossless=True)
    height, width = pixels.shape
    assert np.array_equal(
        decode(content, compression="JP2L", width=width, height=height, bits=8, ppi=PPI).pixels, pixels
    )
    assert np.array_equal(decode_jpeg2000(content[content.index(b"\xff\x4f\xff\x51") :]), pixels)


def test_jpeg_2000_with_loss_is_a_tenth_and_near():
    """NIST SP 500-289: 1000 ppi images at 1:10."""
    pixels = np.tile(smooth(320, 240), (2, 2))
    content = encode_jpeg2000(GreyImage(pixels, PPI), lossless=False)
    assert len(content) <= pixels.size / 9.5
    found = decode(content, compression="JP2", width=640, height=480, bits=8, ppi=PPI)
    assert np.abs(found.pixels.astype(int) - pixels).mean() < 3


@pytest.mark.parametrize("kind", ["JPEG", "JPEG2000"])
@pytest.mark.parametrize("mode", ["RGB", "LA", "RGBA", "I;16"])
def test_colour_alpha_and_16_bits_are_refused_never_converted(kind, mode):
    """ANSI/NIST-ITL: a print is 8-bit grey."""
    out = io.BytesIO()
    try:
        Image.new(mode, (8, 6)).save(out, format=kind)
    except OSError:
        pytest.skip("the format has no such mode")
    with pytest.raises(ImageUnreadable, match="allowed: 1 of 8"):
        (decode_jpeg if kind == "JPEG" else decode_jpeg2000)(out.getvalue())


def test_a_size_over_the_limit_inside_the_stream_is_refused_before_any_allocation():
    """Design section 8: the stream's own header is checked, whatever the record claims."""
    content = bytearray(encode_jpeg2000(GreyImage(smooth(), PPI), lossless=True))
    at = content.index(b"\xff\x4f\xff\x51") + 8
    content[at : at + 8] = struct.pack(">II", 60000, 60000)
    with pytest.raises(ImageTooLarge):
        jpeg2000_size(bytes(content))
    content = bytearray(jpeg(Image.fromarray(smooth())))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", 60000, 60000)
    with pytest.raises(ImageTooLarge):
        decode_jpeg(bytes(content))


def test_many_tiles_are_refused():
    """A tile a pixel costs memory and time that no print needs."""
    content = bytearray(encode_jpeg2000(GreyImage(np.zeros((300, 300), np.uint8), PPI), lossless=True))
    at = content.index(b"\xff\x4f\xff\x51") + 24
    content[at : at + 8] = struct.pack(">II", 1, 1)
    with pytest.raises(ImageUnreadable, match="90000 tiles; allowed: 4096"):
        decode_jpeg2000(bytes(content))


@pytest.mark.parametrize("build", [
    lambda: jpeg(Image.fromarray(smooth())), lambda: lossless_jpeg(smooth(), 7),
    lambda: encode_jpeg2000(GreyImage(smooth(), PPI), lossless=True),
])  # fmt: skip
def test_a_cut_image_is_refused(build):
    """Never half an image: without its end marker nothing is decoded."""
    content = build()
    for length in range(0, len(content) - 2, max(1, len(content) // 40)):
        with pytest.raises(ImageUnreadable):
            (decode_jpeg2000 if content[:4] == b"\0\0\0\x0c" else decode_jpeg)(content[:length])


@given(st.data(), st.sampled_from(["JPEGB", "JPEGL", "JP2"]))
@settings(max_examples=150)
def test_flipped_bytes_give_an_image_or_a_named_error(data, compression):
    """Design section 8: uploads are hostile; nothing but IdentifyError leaves the room."""
    pixels = smooth(24, 16)
    content = bytearray({
        "JPEGB": lambda: jpeg(Image.fromarray(pixels)), "JPEGL": lambda: lossless_jpeg(pixels, 5),
        "JP2": lambda: encode_jpeg2000(GreyImage(pixels, PPI), lossless=True),
    }[compression]())  # fmt: skip
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = decode(bytes(content), compression=compression, width=24, height=16, bits=8, ppi=PPI)
    except IdentifyError:
        return
    assert image.pixels.shape == (16, 24)


@given(
    st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n"])
)
def test_random_bytes_behind_a_true_beginning_are_refused(tail, magic):
    """Nothing but ImageUnreadable or ImageTooLarge leaves the decoders."""
    with pytest.raises((ImageUnreadable, ImageTooLarge)):
        (decode_jpeg if magic[:2] == b"\xff\xd8" else decode_jpeg2000)(magic + tail)
