"""WSQ as IAFIS-IC-0110 (V3) has it: read as NBIS reads it, written so that NBIS reads it as well as its own."""

import io
import itertools
import random
import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint.errors import ExchangeError, IdentifyError, ImageTooLarge, ImageUnreadable
from tenprint.exchange.itl import read
from tenprint.exchange.submission import images_of
from tenprint.identify.codecs.records import decode
from tenprint.identify.codecs.wsq import decode_wsq, encode_wsq, wsq_size
from tenprint.model.prints import GreyImage
from tenprint.units import Ppi

PPI = Ppi(500)
SIDE = 96
BANDS = 64


def ridges(width, height, *, seed=0):
    """Curved ridges of period 9 px with a slow change of grey, and grain; (height, width) uint8."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    phase = 2 * np.pi * np.hypot(x - width * 0.4, y - height * 0.7) / 9.0 + seed
    grain = np.random.default_rng(seed).normal(0, 4, (height, width))
    return np.clip(120 + 70 * np.cos(phase) + 20 * np.sin(x / 40) + grain, 0, 255).astype(np.uint8)


def grey(pixels):
    return GreyImage(np.ascontiguousarray(pixels), PPI)


def psnr(a, b):
    """Peak signal to noise ratio in decibels."""
    error = np.mean((a.astype(float) - b.astype(float)) ** 2)
    return 10 * np.log10(255.0**2 / error) if error else 99.0


def as_close_as_rounding(ours, theirs):
    """NBIS adds in another order in single precision: a pixel on the edge of two greys may fall to either side."""
    difference = np.abs(ours.astype(int) - theirs.astype(int))
    return difference.max() <= 1 and difference.mean() < 0.01


class Nbis:
    """The NBIS coder, through the package `wsq`."""

    @staticmethod
    def decode(content):
        with Image.open(io.BytesIO(content)) as picture:
            return np.array(picture.convert("L"))

    @staticmethod
    def encode(pixels):
        """At its own bitrate of 0.75."""
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "WSQ")
        return out.getvalue()


@pytest.fixture(scope="module")
def nbis():
    """Skips where the oracle is not installed."""
    pytest.importorskip("wsq", reason="the WSQ oracle (dev extra) is not installed")
    return Nbis


# --- a file made by hand --------------------------------------------------------------------------------------------------


def segment(marker, body):
    return struct.pack(">HH", 0xFF00 | marker, len(body) + 2) + body


def tap(value):
    return struct.pack(">BBI", value < 0, 9, round(abs(value) * 10**9))


LOW = (0.852698679, 0.377402856, -0.110624404, -0.023849465, 0.037828456)
HIGH = (0.788485616, -0.418092273, -0.040689418, 0.064538883)
FILTERS = segment(0xA4, bytes([9, 7]) + b"".join(map(tap, LOW + HIGH)))
BINS = segment(0xA5, struct.pack(">BH", 2, 44) + (struct.pack(">BHBH", 1, 250, 1, 300) + bytes(6 * (BANDS - 1))))
SYMBOLS = (1, 2, 100, 101, 102, 103, 104, 105, 106, 180, 183, 150, 254, 107)
CODES = segment(0xA6, bytes([0]) + bytes([0, 0, 0, len(SYMBOLS)] + [0] * 12) + bytes(SYMBOLS))
START, END = b"\xff\xa0", b"\xff\xa1"


def frame(width=SIDE, height=SIDE, *, body=None):
    return segment(0xA2, body or struct.pack(">BBHHBHBHBH", 0, 255, height, width, 0, 128, 2, 100, 2, 0))


def block(*intervals, closing=True):
    """The first block from symbols and (bits, width) pairs; a restart marker stands between two intervals."""
    out = segment(0xA3, b"\0")
    for n, interval in enumerate(intervals):
        bits = "".join(
            format(SYMBOLS.index(s), "04b") if isinstance(s, int) else format(s[0], f"0{s[1]}b") for s in interval
        )
        bits += "1" * (-len(bits) % 8)
        packed = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
        out += packed + (bytes([0xFF, 0xB0 + n % 8]) if n + 1 < len(intervals) else b"")
    return out + (segment(0xA3, b"\0") * 2 if closing else b"")


def made(body, *, head=None, tables=FILTERS + BINS, codes=CODES):
    return START + tables + (head or frame()) + codes + body + END


PLAIN = (183, 150, 180, 254, 107, 1, 2, 183)  # 9 coefficients: 3 -30 0 74 -73 0 0 0 3
"""Subband 0 of a 96×96 image has 3×3 coefficients."""


def decoded(content, *, width=SIDE, height=SIDE):
    return decode(content, compression="WSQ20", width=width, height=height, bits=8, ppi=PPI).pixels


def test_a_picture_made_by_hand_is_read_as_computed_by_hand(nbis):
    """IAFIS-IC-0110: nine times 3 in the coarsest subband is (3 - 0.44)·25 + 15 = 79, through five halvings of gain 2 each."""
    assert (np.full((SIDE, SIDE), int(128 + 79 / 32 + 0.5)) == decoded(made(block((183,) * 9)))).all()
    assert (np.full((SIDE, SIDE), int(128 - 79 / 32 + 0.5)) == decoded(made(block((102, (3, 8)) * 9)))).all()
    assert as_close_as_rounding(decoded(GOOD), nbis.decode(GOOD))
    assert len(np.unique(decoded(GOOD))) > 9


@pytest.mark.parametrize(
    "symbols",
    [
        ((101, (3, 8), 102, (30, 8), 1, 101, (74, 8), 102, (73, 8), 105, (3, 8), 183)),
        ((103, (3, 16), 104, (30, 16), 106, (1, 16), 103, (74, 16), 104, (73, 16), 106, (3, 16), 103, (3, 16))),
        ((183, 150, 105, (0, 8), 180, 101, (74, 8), 107, 180, 101, (0, 8), 102, (0, 8), 183)),
    ],
)
def test_every_symbol_of_the_entropy_coder_is_understood(symbols):
    """IAFIS-IC-0110, table of Huffman inputs: escapes for long runs and large coefficients mean the same as short codes."""
    assert np.array_equal(decoded(made(block(PLAIN))), decoded(made(block(symbols))))


@pytest.mark.parametrize("cuts", [(1,), (2, 5), (1, 2, 3, 4, 5, 6, 7)])
def test_restart_markers_are_passed_over(cuts):
    """IAFIS-IC-0110, restart markers RST0 to RST7: bits before one are filling, coding goes on behind it."""
    edges = (0, *cuts, len(PLAIN))
    intervals = [PLAIN[a:b] for a, b in itertools.pairwise(edges)]
    content = made(segment(0xA7, b"\0\x01") + block(*intervals))

    assert content.count(b"\xff\xb0") == 1
    assert np.array_equal(decoded(made(block(PLAIN))), decoded(content))


def test_a_restart_marker_out_of_turn_is_refused():
    """A lost interval must not shift the coefficients behind it."""
    content = made(block(PLAIN[:3], PLAIN[3:])).replace(b"\xff\xb0", b"\xff\xb1")
    with pytest.raises(ImageUnreadable, match="ends before its coefficients"):
        decoded(content)


def test_filling_before_markers_comments_and_order_of_tables_do_not_matter():
    """IAFIS-IC-0110: bytes 0xFF may fill up before a marker; tables come in any order, comments anywhere."""
    note = segment(0xA8, b"made by hand \xff\xa1 \xff\xa3")
    tail = segment(0xA3, b"\0") + b"\xff\xff" + segment(0xA3, b"\0") + note + b"\xff"
    content = (
        START + note + frame() + CODES + BINS + b"\xff\xff" + FILTERS + note + block(PLAIN, closing=False) + tail + END
    )

    assert np.array_equal(decoded(made(block(PLAIN))), decoded(content + b"trailing bytes"))


def edited(content, old, new):
    assert old in content
    return content.replace(old, new, 1)


GOOD = made(block(PLAIN))
FAULTS = {
    "nothing": (b"", "ends where a marker"),
    "another format": (b"\x89PNG\r\n\x1a\n" * 4, "no WSQ marker"),
    "no start": (GOOD[2:], "does not begin"),
    "no frame header": (START + FILTERS + BINS + CODES + block(PLAIN) + END, "frame header is missing"),
    "no filters": (made(block(PLAIN), tables=BINS), "before the table of filters"),
    "no quantisation": (made(block(PLAIN), tables=FILTERS), "before the table of quantisation"),
    "no Huffman table": (made(block(PLAIN), codes=b""), "Huffman table that was not sent"),
    "Huffman table 8": (made(block(PLAIN), codes=edited(CODES, b"\xa6\0\x21\0", b"\xa6\0\x21\x08")), "number over 7"),
    "too many codes": (made(block(PLAIN), codes=edited(CODES, b"\0\0\0\x0e", b"\x03\0\0\x0b")), "more codes"),
    "more symbols than bytes": (made(block(PLAIN), codes=edited(CODES, b"\0\0\0\x0e", b"\0\0\0\xff")), "wrong length"),
    "a code of no table": (made(block((183, (15, 4), (15, 4), (15, 4), (15, 4), (15, 4)))), "no Huffman table"),
    "a symbol of no meaning": (made(block(PLAIN), codes=edited(CODES, b"\xb7\x96", b"\xff\x96")), "no coefficient"),
    "too few coefficients": (made(block(PLAIN[:-1])), "ends before its coefficients"),
    "too many coefficients": (made(block(PLAIN + PLAIN)), "goes on after"),
    "a run too long": (made(block((*PLAIN[:-1], 100))), "longer than its block"),
    "an escape cut short": (made(block((*PLAIN[:-1], 103, (1, 8)))), "within a coefficient"),
    "a fourth block": (made(block(PLAIN) + segment(0xA3, b"\0")), "more than three"),
    "no block": (made(b""), "no block"),
    "even filters": (made(block(PLAIN), tables=edited(FILTERS, b"\x09\x07", b"\x08\x08") + BINS), "8 and 8 taps"),
    "a filter of 255": (made(block(PLAIN), tables=edited(FILTERS, b"\x09\x07", b"\xff\x07") + BINS), "255 and 7 taps"),
    "an absurd tap": (
        made(block(PLAIN), tables=edited(FILTERS, b"\x07\0\x09", b"\x07\0\0") + BINS),
        "tap out of range",
    ),
    "an absurd exponent": (
        made(block(PLAIN), tables=FILTERS + edited(BINS, b"\x01\0\xfa", b"\xc8\0\xfa")),
        "out of range",
    ),
    "a short quantisation": (made(block(PLAIN), tables=FILTERS + segment(0xA5, bytes(100))), "wrong length"),
    "a short frame": (made(block(PLAIN), head=frame(body=bytes(14))), "frame header has a wrong length"),
    "a second frame of another size": (
        made(block(PLAIN), head=frame() + frame(SIDE, SIDE + 1)),
        "changes the image's size",
    ),
    "a table between blocks": (
        made(block(PLAIN, closing=False) + BINS + segment(0xA3, b"\0") * 2),
        "after the first block",
    ),
    "a segment over the end": (START + struct.pack(">HH", 0xFFA8, 60000) + GOOD[2:], "longer than the file"),
    "a segment of length 1": (START + struct.pack(">HH", 0xFFA8, 1) + GOOD[2:], "longer than the file"),
    "a start within": (made(START + block(PLAIN)), "none of its kind"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_file_is_named(name):
    """Design section 8: uploads are hostile; the refusal says what is wrong and at which byte."""
    content, why = FAULTS[name]
    with pytest.raises(ImageUnreadable, match=why) as caught:
        decode_wsq(content)
    assert "byte " in str(caught.value)


def test_the_file_must_have_the_size_that_the_record_claims():
    """ANSI/NIST-ITL HLL and VLL: the image is exactly what the record claims."""
    for width, height in ((SIDE - 1, SIDE), (SIDE, SIDE + 1)):
        with pytest.raises(ImageUnreadable, match=f"claims {width}×{height} pixels but its WSQ has 96×96"):
            decoded(GOOD, width=width, height=height)


def test_a_claim_over_the_limit_is_refused_from_the_header():
    """Design section 8: pixel totals are bounded before allocation, in the record and in the file."""
    content = made(block(PLAIN), head=frame(60000, 60000))

    with pytest.raises(ImageTooLarge):
        decode_wsq(content)
    with pytest.raises(ImageTooLarge):
        decoded(content, width=60000, height=60000)
    with pytest.raises(ImageUnreadable, match="1 or more"):
        decode_wsq(made(block(PLAIN), head=frame(0, 10)))


def test_a_small_file_cannot_claim_a_large_picture():
    """36 million pixels in 900 bytes: refused before memory is taken, since no code is that short."""
    bins = segment(0xA5, struct.pack(">BH", 2, 44) + struct.pack(">BHBH", 1, 250, 1, 300) * BANDS)
    content = made(block(PLAIN), head=frame(6000, 6000), tables=FILTERS + bins)
    with pytest.raises(ImageUnreadable, match="too short for an image of its size"):
        decode_wsq(content)


# --- against NBIS ---------------------------------------------------------------------------------------------------------


@given(st.integers(83, 170), st.integers(83, 170), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_what_nbis_writes_is_read_as_nbis_reads_it(nbis, width, height, seed):
    """IAFIS-IC-0110, figure of the subbands, at every parity of the sides: odd lengths are where trees differ."""
    content = nbis.encode(ridges(width, height, seed=seed))

    assert (width, height) == wsq_size(content)
    assert as_close_as_rounding(decode_wsq(content), nbis.decode(content))


@given(st.integers(96, 170), st.integers(96, 170), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_what_is_written_nbis_reads_as_well_as_its_own(nbis, width, height, seed):
    """IAFIS-IC-0110 part 3, encoder parameters: the same quality and the same size at the same bitrate."""
    pixels = ridges(width, height, seed=seed)
    content, theirs = encode_wsq(grey(pixels)), nbis.encode(pixels)

    assert as_close_as_rounding(decode_wsq(content), nbis.decode(content))
    assert psnr(pixels, nbis.decode(content)) >= psnr(pixels, nbis.decode(theirs)) - 0.5
    assert len(content) <= 1.03 * len(theirs) + 40


def references(shared):
    """(name, content, width, height) of every different WSQ in the Type-4 and Type-14 records of NIST's reference files."""
    found = {}
    for path in sorted((shared / "exchange" / "nist_itl").glob("*.an2")):
        try:
            transaction = read(path.read_bytes())
        except ExchangeError:  # a file of another version, say: not this room's matter
            continue
        for image in images_of(transaction):
            if image.compression == "WSQ20":
                content = bytes(image.data)
                found.setdefault(
                    content, (f"{path.name} record {image.record_index + 1}", content, image.width, image.height)
                )
    return list(found.values())


@pytest.mark.prints
def test_the_reference_files_are_read_as_nbis_reads_them(nbis, shared):
    """NIST's ANSI/NIST-ITL reference files: WSQ of several makers, single fingers and slaps."""
    files = references(shared)
    wrong = []
    for name, content, width, height in files:
        if not as_close_as_rounding(decoded(content, width=width, height=height), nbis.decode(content)):
            wrong.append(name)

    assert len(files) >= 15, "the reference files were found"
    assert [] == wrong


@pytest.mark.prints
def test_a_file_is_as_near_to_its_original_as_nbis_finds_it(nbis, shared):
    """A slap with its uncompressed original: what the format loses is lost, nothing more."""
    folder = shared / "exchange" / "wsq"
    pixels = decode_wsq((folder / "a001.wsq").read_bytes())
    original = np.frombuffer((folder / "a001.raw").read_bytes(), np.uint8).reshape(pixels.shape)

    assert psnr(original, pixels) == pytest.approx(
        psnr(original, nbis.decode((folder / "a001.wsq").read_bytes())), abs=0.001
    )
    assert psnr(original, pixels) > 35.4


@pytest.mark.prints
def test_reference_prints_are_written_as_well_as_nbis_writes_them(nbis, shared, extent):
    """EBTS Appendix F: 15:1 on average; quality as of NBIS at the same bitrate, and NBIS reads ours."""
    ratios = []
    for name, content, _, _ in extent.pick(references(shared), 8):
        pixels = decode_wsq(content)
        ours, theirs = encode_wsq(grey(pixels)), nbis.encode(pixels)
        read_by_nbis = nbis.decode(ours)

        assert as_close_as_rounding(decode_wsq(ours), read_by_nbis), name
        assert psnr(pixels, read_by_nbis) >= psnr(pixels, nbis.decode(theirs)) - 0.5, name
        assert len(ours) == pytest.approx(len(theirs), rel=0.02), name
        ratios.append(pixels.size / len(ours))

    assert 11 < np.mean(ratios) < 19, ratios


# --- the way there and back -----------------------------------------------------------------------------------------------


@given(st.integers(96, 260), st.integers(96, 260), st.sampled_from([0.75, 1.5, 2.25]), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_print_comes_back_close_to_itself(width, height, bitrate, seed):
    """Lossy, but by a known measure: noise well below the ridges, less at a higher bitrate; the same file each time."""
    pixels = ridges(width, height, seed=seed)
    content = encode_wsq(grey(pixels), bitrate=bitrate)

    assert psnr(pixels, decoded(content, width=width, height=height)) > {0.75: 27, 1.5: 31, 2.25: 34}[bitrate]
    assert content == encode_wsq(grey(pixels), bitrate=bitrate)


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_an_even_grey_comes_back_exactly(level):
    """Every variance is zero: no subband is sent, the mean says it all."""
    pixels = np.full((100, 120), level, dtype=np.uint8)
    assert np.array_equal(pixels, decode_wsq(encode_wsq(grey(pixels))))


def test_hard_edges_survive_a_high_bitrate(nbis):
    """Coefficients beyond 74 use the escapes of 8 and 16 bits, and long white runs those for zeros."""
    y, x = np.mgrid[0:300, 0:333]
    pixels = np.where((x // 48 + y // 48) % 2 & (x < 200), 255, 0).astype(np.uint8)
    content = encode_wsq(grey(pixels), bitrate=8.0)

    assert psnr(pixels, decode_wsq(content)) > 45
    assert as_close_as_rounding(decode_wsq(content), nbis.decode(content))


def test_the_comment_says_what_the_file_is():
    """NIST_COM, as files in the field carry it."""
    content = encode_wsq(grey(ridges(200, 150)), bitrate=0.75)
    length = int.from_bytes(content[4:6], "big")

    assert content[:4] == b"\xff\xa0\xff\xa8"
    assert content[6 : 4 + length].decode("ascii").split("\n") == [
        "NIST_COM 9", "PIX_WIDTH 200", "PIX_HEIGHT 150", "PIX_DEPTH 8", "PPI 500", "LOSSY 1", "COLORSPACE GRAY", "COMPRESSION WSQ",
        "WSQ_BITRATE 0.750000",
    ]  # fmt: skip
    assert content.endswith(END)


def test_what_cannot_be_written_is_refused():
    """Readers differ on lines shorter than a filter; a bitrate outside bits a pixel is a mistake of the caller."""
    with pytest.raises(ImageUnreadable, match="95×200"):
        encode_wsq(grey(ridges(95, 200)))
    for bitrate in (0.0, -1.0, 8.1, float("nan")):
        with pytest.raises(ValueError, match="bitrate"):
            encode_wsq(grey(ridges(96, 96)), bitrate=bitrate)


# --- hostile bytes --------------------------------------------------------------------------------------------------------

PRINT = encode_wsq(grey(ridges(160, 141)))


@pytest.mark.parametrize("part", range(20))
def test_a_file_cut_anywhere_is_refused(part):
    """A file without its end marker is damaged, never half an image."""
    for length in range(part, len(PRINT), 20):
        with pytest.raises(ImageUnreadable):
            decode_wsq(PRINT[:length])


@pytest.mark.parametrize("seed", range(8))
def test_changed_bytes_give_an_image_or_a_named_error_in_bounded_time(seed):
    """Design section 8: nothing but IdentifyError leaves the room, whatever byte is changed, cut out or doubled."""
    chance = random.Random(seed)
    outcomes = set()
    began = time.process_time()
    for _ in range(250):
        content = bytearray(chance.choice((PRINT, GOOD)))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(min(len(content), chance.choice((700, 10**6))))
            kind = chance.randrange(4)
            if kind == 0:
                content[at] = chance.randrange(256)
            elif kind == 1:
                content[at] ^= 1 << chance.randrange(8)
            elif kind == 2:
                del content[at : at + chance.randint(1, 5)]
            else:
                content[at:at] = content[at : at + chance.randint(1, 40)]
        try:
            height, width = decoded_as_claimed(bytes(content)).shape
        except IdentifyError:
            outcomes.add("refused")
            continue
        assert (width, height) == wsq_size(bytes(content))
        outcomes.add("decoded")

    assert {"refused", "decoded"} == outcomes
    assert time.process_time() - began < 20


def decoded_as_claimed(content):
    """Pictures over two million pixels are left alone here: they only cost time."""
    width, height = wsq_size(content)
    if width * height > 2_000_000:
        raise ImageTooLarge("not tried")
    return decode_wsq(content)


@given(st.binary(max_size=600), st.booleans(), st.integers(0, 700))
@settings(deadline=None)
def test_random_bytes_are_an_image_or_a_named_error(content, headed, keep):
    """As above, with bytes that nobody meant."""
    try:
        pixels = decoded((PRINT[:keep] if headed else START) + content, width=160, height=141)
    except IdentifyError:
        return
    assert (141, 160) == pixels.shape
