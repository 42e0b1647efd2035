"""Finger image records of three editions: read, written back byte for byte, refused by the byte, decoded as transactions are.

No reference file is at hand: three records are laid out here field by field, as public software lays them out, and one was
written by another program.
"""

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint.errors import IdentifyError, ImageTooLarge, ImageUnreadable, ResolutionUnusable
from tenprint.identify.codecs.finger_image_record import (
    PER_CM,
    PER_INCH,
    POSITIONS,
    RATES,
    FingerImage,
    FingerImageRecord,
    decoded,
)
from tenprint.identify.codecs.finger_images import EDITIONS, read_finger_images, record_of, write_finger_images
from tenprint.identify.codecs.iso_19794_4_2005 import COMPRESSIONS, IMPRESSIONS
from tenprint.identify.codecs.iso_19794_4_2011 import ALL_POSITIONS
from tenprint.identify.codecs.iso_19794_4_2011 import COMPRESSIONS as COMPRESSIONS_2011
from tenprint.identify.codecs.iso_19794_4_2011 import IMPRESSIONS as IMPRESSIONS_2011
from tenprint.identify.codecs.jpeg2000 import encode_jpeg2000
from tenprint.identify.codecs.minutiae_record import QualityNote
from tenprint.identify.codecs.png import encode_png
from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PIXELS = np.arange(6, dtype=np.uint8).reshape(2, 3)
OLD = (
    b"FIR\x00010\x00" + (32 + 14 + 6).to_bytes(6, "big") + struct.pack(">HHBB", 0x123, 31, 1, 2)
    + struct.pack(">HHHHBBH", 197, 197, 197, 197, 8, 0, 0) + struct.pack(">IBBBBBHHB", 20, 13, 1, 1, 80, 0, 3, 2, 0)
    + PIXELS.tobytes()
)  # fmt: skip
"""A plain right four of 3×2 pixels, ISO/IEC 19794-4:2005."""
AMERICAN = OLD[:8] + (36 + 14 + 6).to_bytes(6, "big") + b"\x00\x01\x00\x02\xa1\x23" + OLD[16:]
"""The same as INCITS 381-2004 has it."""
NEW = (
    b"FIR\x00020\x00" + struct.pack(">IHBB", 16 + 41 + 5 + 4 + 6 + 7, 1, 1, 1) + struct.pack(">I", 41 + 5 + 4 + 6 + 7)
    + bytes.fromhex("07db0607ffffffffff 07 0102 0304 01 50 0004 0005 01 000102")
    + struct.pack(">BBBHHHHBBBHHI", 15, 3, 1, 1000, 1000, 500, 500, 8, 1, 29, 3, 2, 6) + PIXELS.tobytes()
    + b"\x00\x03\x00\x07abc"
)  # fmt: skip
"""Plain thumbs with a quality, a certificate and extended data, ISO/IEC 19794-4:2011."""
FOREIGN = bytes.fromhex(
    "46495200303230000000007c000201020000003e07db060708090a000b0701020304015000040005010001020f0302018a018a00c500c508000000"
    "0400030000000c000102030405060708090a0b0000002e07db060708090a000b07010203040000070002018a018a00c500c508000000020002000000"
    "0400010405"
)
"""Plain thumbs of 4×3 pixels and a left index of 2×2, as the public package iso19794 0.1.0 wrote them from numbers."""


@st.composite
def records(draw):
    """Any record that its edition can hold."""
    edition = draw(st.sampled_from(sorted(EDITIONS)))
    modern = EDITIONS[edition].modern
    scores = st.integers(0, 100) | st.sampled_from([254, 255])
    certified = modern and draw(st.booleans())

    def shared():
        units = draw(st.sampled_from([PER_INCH, PER_CM]))
        scan = tuple(draw(st.integers(RATES[units][0], RATES[units][1])) for _ in "xy")
        rate = tuple(draw(st.integers(RATES[units][0], finest)) for finest in scan)
        names = COMPRESSIONS_2011 if modern else COMPRESSIONS
        return units, scan, rate, draw(st.integers(1, 16)), draw(st.sampled_from(sorted(names.values())))

    once = shared()
    count = draw(st.integers(1, 3))
    position = draw(st.sampled_from(sorted(ALL_POSITIONS if modern else POSITIONS)))
    images = []
    for number in range(count):
        note = st.builds(QualityNote, scores, *[st.integers(0, 65535)] * (2 if modern else 0))
        images.append(FingerImage(
            position, number + (not modern), draw(st.sampled_from(sorted(IMPRESSIONS_2011 if modern else IMPRESSIONS))),
            tuple(draw(st.lists(note, max_size=3))) if modern else (draw(note),),
            draw(st.integers(1, 600)), draw(st.integers(1, 600)), *(shared() if modern else once),
            draw(st.binary(min_size=1, max_size=40)), 1 if modern else count,
            draw(st.binary(max_size=20)) if modern else b"",
            bytes.fromhex("07db0607ffffffffff00ffff0001") if modern else b"",
            draw(st.binary(min_size=3, max_size=3)) * draw(st.integers(0, 2)) if certified else None,
        ))  # fmt: skip
    american = edition == "incits-381-2004"
    return FingerImageRecord(
        edition, tuple(images), (draw(st.integers(1, 65535)), draw(st.integers(0, 65535))) if american else None,
        draw(st.integers(0, 15)) if american else 0, 0 if modern else draw(st.integers(0, 0xFFF)),
        0 if modern else draw(st.sampled_from([10, 20, 30, 31, 40, 41])),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "edition"),
    [(OLD, "iso-19794-4-2005"), (AMERICAN, "incits-381-2004"), (NEW, "iso-19794-4-2011")],
)
def test_a_record_laid_out_by_hand_is_told_apart_read_and_written_back(content, edition):
    """Each field stands where NIST BIOMDI, JMRTD and MOSIP bio-utils have it; editions that begin alike are told apart."""
    record = read_finger_images(content)
    assert record.edition == edition
    assert write_finger_images(record) == content
    (image,) = record.images
    assert (image.width, image.height, image.bits, image.data) == (3, 2, 8, PIXELS.tobytes())
    grey = decoded(image)
    assert np.array_equal(grey.pixels, PIXELS)
    if edition == "iso-19794-4-2011":
        assert (image.position, image.view, image.impression, image.compression) == (15, 3, 29, "PACKED")
        assert (image.qualities, image.certificates) == ((QualityNote(80, 4, 5),), b"\x00\x01\x02")
        assert (image.scan, image.rate, grey.ppi) == ((1000, 1000), (500, 500), Ppi(500))
        assert image.extended == b"\x00\x03\x00\x07abc"
    else:
        assert (image.position, image.view, image.views, image.impression, image.compression) == (13, 1, 1, 0, "NONE")
        assert (record.device, record.level, image.qualities) == (0x123, 31, (QualityNote(80),))
        assert (record.product, record.compliance) == (
            (1, 2) if edition.startswith("incits") else None,
            record.compliance,
        )
        assert record.compliance == (10 if edition.startswith("incits") else 0)
        assert grey.ppi.is_class_500


def test_a_file_of_another_program_is_read_and_written_back():
    """Two representations, one certified, one without quality, per centimetre: what was asked of the other program is there."""
    record = read_finger_images(FOREIGN)
    assert write_finger_images(record) == FOREIGN
    thumbs, index = record.images
    assert [(i.position, i.view, i.impression, i.width, i.height) for i in record.images] == [
        (15, 3, 0, 4, 3),
        (7, 0, 0, 2, 2),
    ]
    assert (thumbs.qualities, thumbs.certificates) == ((QualityNote(80, 4, 5),), b"\x00\x01\x02")
    assert (index.qualities, index.certificates) == ((), b"")
    assert (thumbs.units, thumbs.scan, thumbs.rate) == (PER_CM, (394, 394), (197, 197))
    assert decoded(thumbs).pixels.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert decoded(index).pixels.tolist() == [[0, 1], [4, 5]]


@given(records())
@settings(max_examples=100)
def test_every_record_comes_back_equal(record):
    """Reading what was written gives the same record; writing what was read gives the same bytes."""
    content = write_finger_images(record)
    assert EDITIONS[record.edition].read(content) == record
    assert read_finger_images(content) == record


@given(records(), st.data())
@settings(max_examples=100)
def test_cut_and_flipped_bytes_are_refused_or_read_never_a_crash(record, data):
    """A cut record is always refused; a flipped one is read as what it then says, or refused."""
    content = write_finger_images(record)
    with pytest.raises(ImageUnreadable):
        read_finger_images(content[: data.draw(st.integers(0, len(content) - 1))])
    broken = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        again = read_finger_images(bytes(broken))
    except (ImageUnreadable, ImageTooLarge):
        return
    assert write_finger_images(again) == bytes(broken)


@pytest.mark.parametrize(
    ("content", "at", "value", "said"),
    [
        (OLD, 14, b"\x10", "byte 14, capture device with four reserved bits"),
        (OLD, 16, b"\x00\x20", "byte 16, image acquisition level: 32"),
        (OLD, 19, b"\x03", "byte 19, scale units: 3"),
        (OLD, 20, b"\x00\x00", "byte 20, resolution of the scan: 0"),
        (OLD, 24, b"\x00\xc6", "byte 24, resolution of the image: 198"),
        (OLD, 28, b"\x11", "byte 28, bits per pixel: 17"),
        (OLD, 29, b"\x06", "byte 29, compression: 6"),
        (OLD, 31, b"\x01", "byte 30, reserved bytes"),
        (OLD, 32, b"\xff\xff\xff\xff", "byte 32, length of the image: 4294967295"),
        (OLD, 36, b"\x0b", "byte 36, finger or palm position: 11"),
        (OLD, 38, b"\x02", "byte 38, view number: 2"),
        (OLD, 39, b"\x65", "byte 39, image quality: 101"),
        (OLD, 40, b"\x04", "byte 40, impression: 4"),
        (OLD, 41, b"\x00\x00", "byte 41, image width: 0"),
        (OLD, 45, b"\x01", "byte 45, reserved byte"),
        (OLD, 8, b"\x00\x00\x00\x00\x00\x33", "byte 8, length of the record: 51"),
        (AMERICAN, 14, b"\x00\x00", "byte 14, product vendor: 0"),
        (NEW, 12, b"\xff\xff", "byte 12, number of representations"),
        (NEW, 14, b"\x02", "byte 14, certification flag: 2"),
        (NEW, 15, b"\x02", "byte 15, number of positions: 2"),
        (NEW, 22, b"\x0d", "byte 20, date and time"),
        (NEW, 29, b"\x14", "byte 29, capture device technology: 20"),
        (NEW, 44, b"\x27", "byte 44, finger or palm position: 39"),
        (NEW, 45, b"\x10", "byte 45, representation number: 16"),
        (NEW, 56, b"\x07", "byte 56, compression: 7"),
        (NEW, 57, b"\x10", "byte 57, impression: 16"),
        (NEW, 62, b"\xff\xff\xff\xff", "byte 62, length of the image data"),
        (NEW, 4, b"030\x00", "begin as no finger image record"),
    ],
)
def test_what_is_reserved_is_refused_by_its_byte(content, at, value, said):
    """Each reserved, impossible or contradicting value names its byte, what was found and what is allowed."""
    broken = content[:at] + value + content[at + len(value) :]
    with pytest.raises(ImageUnreadable, match=said):
        read_finger_images(broken)


def test_a_claim_of_too_many_pixels_is_refused_before_anything_is_decoded():
    """65535×65535 pixels are four gigabytes; the record has 79 bytes."""
    with pytest.raises(ImageTooLarge, match="iso-19794-4-2011, byte 58: image of 65535×65535"):
        read_finger_images(NEW[:58] + b"\xff" * 4 + NEW[62:])
    with pytest.raises(ImageTooLarge, match="byte 41: image of 65535×65535"):
        read_finger_images(OLD[:41] + b"\xff" * 4 + OLD[45:])


def test_a_missing_view_and_a_double_one_are_refused():
    """The count of views of a position must be what is there; a representation stands once."""
    with pytest.raises(ImageUnreadable, match="images of finger position 13: 1; allowed: 2"):
        read_finger_images(OLD[:37] + b"\x02" + OLD[38:])
    record = read_finger_images(NEW)
    with pytest.raises(ImageUnreadable, match="each position and view number once"):
        write_finger_images(replace(record, images=record.images * 2))


def jpeg(grey):
    out = io.BytesIO()
    Image.fromarray(grey.pixels).save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.parametrize("compression", sorted({"NONE", "PACKED", "WSQ20", "JPEGB", "JP2", "JP2L", "PNG"}))
def test_each_compression_is_decoded_as_in_a_transaction(compression):
    """The same decoders in the same processes; a size that the stream contradicts is refused there."""
    y, x = np.mgrid[:120, :100]
    grey = GreyImage((128 + 100 * np.cos(2 * np.pi * (0.8 * x + 0.6 * y) / 9)).astype(np.uint8), Ppi(500))
    data = {
        "NONE": grey.pixels.tobytes, "PACKED": grey.pixels.tobytes, "WSQ20": lambda: encode_wsq(grey),
        "JP2": lambda: encode_jpeg2000(grey, lossless=False), "JP2L": lambda: encode_jpeg2000(grey, lossless=True),
        "PNG": lambda: encode_png(grey), "JPEGB": lambda: jpeg(grey),
    }[compression]()  # fmt: skip
    how = {"edition": "iso-19794-4-2011", "compression": compression, "ppi": Ppi(500), "position": 2}
    record = record_of(data, size=(100, 120), impression=None, **how)
    (image,) = read_finger_images(write_finger_images(record)).images
    off = np.abs(decoded(image).pixels.astype(int) - grey.pixels).max()
    assert off == 0 if compression not in ("WSQ20", "JPEGB", "JP2") else off < 40
    with pytest.raises(ImageUnreadable):
        decoded(replace(image, width=101))


def test_axes_that_differ_and_other_depths_are_never_guessed():
    """One resolution stands for both axes, and a pixel has 8 bits, or nothing is decoded."""
    (image,) = read_finger_images(NEW).images
    with pytest.raises(ResolutionUnusable, match="500×400"):
        decoded(replace(image, rate=(500, 400)))
    with pytest.raises(ImageUnreadable, match="4 bits per pixel"):
        decoded(replace(image, bits=4))


def test_an_edition_that_can_not_say_unknown_is_not_written_by_guess():
    """2005 has no code for an unknown impression and no level for 700 ppi; what can't be held is refused."""
    how = {"compression": "NONE", "size": (3, 2), "position": 1}
    for edition in ("iso-19794-4-2005", "incits-381-2004"):
        with pytest.raises(ImageUnreadable, match="impression that is not known"):
            record_of(b"abcdef", edition=edition, ppi=Ppi(500), impression=None, **how)
        with pytest.raises(ImageUnreadable, match="image acquisition level"):
            record_of(b"abcdef", edition=edition, ppi=Ppi(700), impression=0, **how)
        with pytest.raises(ImageUnreadable, match="impression: 29"):
            write_finger_images(record_of(b"abcdef", edition=edition, ppi=Ppi(500), impression=29, **how))
    with pytest.raises(IdentifyError, match="edition 'x'"):
        record_of(b"abcdef", edition="x", ppi=Ppi(500), impression=0, **how)
    record = record_of(b"abcdef", edition="iso-19794-4-2011", ppi=Ppi.from_pixels_per_cm(197), impression=None, **how)
    assert (record.images[0].units, record.images[0].rate) == (PER_CM, (197, 197))
