"""The image of a print record is decoded to exactly what the record claims, or refused by name."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from tenprint.errors import IdentifyError, ImageTooLarge, ImageUnreadable
from tenprint.identify.codecs.limits import MAX_PIXELS
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.records import decode
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PPI = Ppi(500)
SIGNATURE = b"\x89PNG\r\n\x1a\n"

pictures = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40))


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, stream, *, depth=8, colour=0, interlace=0, before=b""):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", stream) + chunk(b"IEND", b"")


def decoded(content, *, compression="PNG", width=8, height=6, bits=8):
    return decode(content, compression=compression, width=width, height=height, bits=bits, ppi=PPI)


def saved(mode, **options):
    out = io.BytesIO()
    Image.new(mode, (8, 6)).save(out, format="PNG", **options)
    return out.getvalue()


@given(pictures)
def test_a_png_comes_back_pixel_for_pixel(pixels):
    """ISO/IEC 15948: PNG is lossless; encode then decode is the identity at every size."""
    height, width = pixels.shape
    image = decoded(encode_png(GreyImage(pixels, PPI)), width=width, height=height)
    assert np.array_equal(image.pixels, pixels)
    assert image.ppi == PPI


@given(pictures)
def test_uncompressed_bytes_are_rows_from_the_top_left(pixels):
    """ANSI/NIST-ITL: with CGA NONE, field 999 holds the rows from top to bottom, left to right, a byte a pixel."""
    height, width = pixels.shape
    image = decoded(pixels.tobytes(), compression="NONE", width=width, height=height)
    assert np.array_equal(image.pixels, pixels)
    image.pixels[0, 0] ^= 1  # the result is its own memory, not a window on the transaction


@given(st.binary(max_size=60), st.integers(1, 12), st.integers(1, 12))
def test_uncompressed_bytes_of_another_length_are_refused(content, width, height):
    """ANSI/NIST-ITL HLL and VLL: the byte count is their product, never more or less."""
    if len(content) == width * height:
        content += b"\0"
    with pytest.raises(ImageUnreadable, match=f"{len(content)} bytes; allowed: {width * height}"):
        decoded(content, compression="NONE", width=width, height=height)


@pytest.mark.parametrize("compression", ["WSQ20", "JPEGB", "JPEGL", "JP2", "JP2L", "PNG"])
def test_bytes_of_another_kind_than_claimed_are_refused(compression):
    """ANSI/NIST-ITL 14.011: the stream must begin as the algorithm named."""
    with pytest.raises(ImageUnreadable, match=r"begin|WSQ"):
        decoded(b"P5 8 6 255 " + bytes(48), compression=compression)


@pytest.mark.parametrize("compression", ["", "none", "GIF", "WSQ", "X" * 1000])
def test_unknown_algorithms_are_refused(compression):
    """ANSI/NIST-ITL 14.011: codes are exact; an unknown one is the sender's fault and is quoted at most in part."""
    with pytest.raises(ImageUnreadable, match="compression") as caught:
        decoded(b"", compression=compression)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("compression", ["NONE", "PNG"])
@pytest.mark.parametrize(
    ("width", "height"), [(60000, 60000), (65536, 1), (1, 65536), (40_001, 1000), (10**12, 10**12)]
)
def test_a_claim_over_the_limit_is_refused_before_any_allocation(compression, width, height):
    """Design section 8: pixel totals are bounded by the claim; 60000×60000 in 2 kB must cost nothing."""
    with pytest.raises(ImageTooLarge, match=f"{width}×{height}"):
        decoded(b"\0" * 2048, compression=compression, width=width, height=height)


def test_a_png_header_over_the_limit_is_refused_whatever_the_record_claims():
    """Design section 8: a PNG that is 60000×60000 inside is too large even if the record says 8×6."""
    bomb = png(60000, 60000, zlib.compress(bytes(2000)))
    with pytest.raises(ImageTooLarge):
        decoded(bomb)


def test_the_largest_size_allowed_is_not_refused_as_too_large():
    """The limit itself is inside: only the missing bytes are named."""
    with pytest.raises(ImageUnreadable):
        decoded(b"", compression="NONE", width=40_000, height=MAX_PIXELS // 40_000)


@pytest.mark.parametrize(("width", "height"), [(0, 6), (8, 0), (-1, 6)])
def test_an_image_without_pixels_is_refused(width, height):
    """ANSI/NIST-ITL: HLL and VLL are at least 1."""
    with pytest.raises(ImageUnreadable, match="1 or more"):
        decoded(b"", compression="NONE", width=width, height=height)


@pytest.mark.parametrize("bits", [0, 1, 16, 24])
def test_other_depths_than_eight_bits_are_refused(bits):
    """ANSI/NIST-ITL BPX: friction ridge images here have 8 bits a pixel."""
    with pytest.raises(ImageUnreadable, match=f"{bits} bits"):
        decoded(b"\0" * 48, compression="NONE", bits=bits)


def test_a_png_of_another_size_than_claimed_is_refused():
    """HLL and VLL must be those of the image; both sizes are named."""
    content = encode_png(GreyImage(np.zeros((6, 8), dtype=np.uint8), PPI))
    with pytest.raises(ImageUnreadable, match="claims 6×8 pixels but its PNG has 8×6"):
        decoded(content, width=6, height=8)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (saved("RGB"), "RGB"),
        (saved("RGBA"), "RGB with alpha"),
        (saved("LA"), "grey with alpha"),
        (saved("P"), "palette"),
        (saved("I;16"), "16 bits"),
        (saved("1"), "1 bits"),
    ],
)
def test_colour_alpha_palette_and_other_depths_are_refused_by_name(content, word):
    """ANSI/NIST-ITL: a print is 8-bit grey; nothing is converted silently."""
    with pytest.raises(ImageUnreadable, match=word):
        decoded(content)


def test_an_interlaced_png_is_decoded():
    """ISO/IEC 15948, 8.2: the passes of a 3×3 image have 1, 0, 0, 1, 1, 2 and 1 rows, a filter byte before each."""
    expected = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8]], dtype=np.uint8)
    # filter byte, then pixels: pass 1; pass 4; pass 5; two rows of pass 6; pass 7 (passes 2 and 3 are empty here)
    rows = [b"\0\x00", b"\0\x02", b"\0\x06\x08", b"\0\x01", b"\0\x07", b"\0\x03\x04\x05"]
    stream = zlib.compress(b"".join(rows))
    image = decoded(png(3, 3, stream, interlace=1), width=3, height=3)
    assert np.array_equal(image.pixels, expected)


@pytest.mark.parametrize("length", range(0, 96, 5))
def test_a_truncated_png_is_refused(length):
    """ISO/IEC 15948, 5.6: a PNG ends with IEND; anything shorter is damaged, never half an image."""
    content = encode_png(GreyImage(np.arange(48, dtype=np.uint8).reshape(6, 8), PPI))
    with pytest.raises(ImageUnreadable):
        decoded(content[: min(length, len(content) - 1)])


def test_a_stream_that_inflates_to_more_than_the_image_is_stopped():
    """Design section 8: 500 MB behind a claim of 8×6 pixels is stopped after one byte too many."""
    packer = zlib.compressobj(9)
    stream = b"".join(packer.compress(bytes(1 << 20)) for _ in range(500)) + packer.flush()
    with pytest.raises(ImageUnreadable, match="more pixel bytes"):
        decoded(png(8, 6, stream))


def test_a_stream_that_inflates_to_less_than_the_image_is_refused():
    """A short stream is never filled up with black."""
    with pytest.raises(ImageUnreadable, match="fewer pixel bytes"):
        decoded(png(8, 6, zlib.compress(bytes(9 * 5))))


def test_a_wrong_chunk_checksum_is_refused():
    """ISO/IEC 15948, 5.5: the CRC of each chunk must hold."""
    content = bytearray(encode_png(GreyImage(np.zeros((6, 8), dtype=np.uint8), PPI)))
    content[-20] ^= 1
    with pytest.raises(ImageUnreadable, match="checksum"):
        decoded(bytes(content))


def test_a_bomb_in_a_text_chunk_never_reaches_a_decoder():
    """Only IHDR, IDAT and IEND are decoded: a text chunk of 200 MB compressed does not matter."""
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))
    image = decoded(png(8, 6, zlib.compress(bytes(9 * 6)), before=bomb))
    assert not image.pixels.any()


def test_an_unknown_filter_is_refused():
    """ISO/IEC 15948, 9.2: filter types are 0 to 4."""
    with pytest.raises(ImageUnreadable, match="can't be decoded"):
        decoded(png(8, 6, zlib.compress(b"\x09" + bytes(9 * 6 - 1))))


@given(
    st.binary(max_size=400),
    st.sampled_from(["NONE", "PNG", "WSQ20", "JPEGB", "JP2", "?"]),
    st.integers(-1, 70000),
    st.integers(-1, 70000),
)
def test_random_bytes_are_an_image_or_a_named_error(content, compression, width, height):
    """Design section 8: uploads are hostile; nothing but IdentifyError leaves the room."""
    try:
        image = decoded(content, compression=compression, width=width, height=height)
    except IdentifyError:
        return
    assert image.pixels.shape == (height, width)


@given(st.data(), pictures)
def test_a_damaged_png_is_an_image_or_a_named_error(data, pixels):
    """Design section 8: bytes changed, cut or repeated anywhere, with checksums made good again, and no warning leaks."""
    height, width = pixels.shape
    header = struct.pack(
        ">IIBBBBB", width, height, *data.draw(st.tuples(*[st.sampled_from([0, 1, 2, 3, 4, 6, 8, 16])] * 5))
    )
    raw = bytearray(zlib.compress(data.draw(st.binary(max_size=height * (width + 1) + 3))))
    for _ in range(data.draw(st.integers(0, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    content = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", bytes(raw)) + chunk(b"IEND", b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            image = decoded(content, width=width, height=height)
        except IdentifyError:
            return
    assert image.pixels.shape == (height, width)
