"""Type-9 minutiae records, in standard and in M1 fields: read, written back as they were, and converted at the edge only."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.errors import TemplateInvalid, UsageError
from tenprint.exchange.itl import read as read_file
from tenprint.identify.codecs import type_9_m1, type_9_standard
from tenprint.identify.codecs.minutiae_record import FAILED, NOT_REPORTED, FingerView, QualityNote, RecordMinutia
from tenprint.identify.codecs.templates import EDITIONS, read_template
from tenprint.workflow.minutiae_records import fields_of, finger_record, minutiae_seen

STANDARD = ["type-9-10-14.an2", "type-9-13-std.an2", "type-9-14-std.an2"]
M1 = ["type-9-13-9-14-m1.an2", "type-9-13-m1.an2", "type-9-14-m1.an2"]
IAFIS = "type-9-4-iafis.an2"


def transaction(shared, name):
    return read_file((shared / "exchange/nist_itl" / name).read_bytes())


def blocks(shared, name):
    """(record number, fields) of each Type-9 record of a reference file."""
    return [(index + 1, fields_of(record)) for index, record in transaction(shared, name).of_type(9)]


def changed(fields, number, value):
    return tuple((n, value if n == number else v) for n, v in fields)


def standard_fields(minutiae=b"001\x1f02500000000\x1f00\x1fA\x1f255,15", count=b"1"):
    return ((2, b"01"), (3, b"0"), (4, b"S"), (5, b"MADE\x1fM"), (6, b"02"), (7, b"T\x1fUN"), (10, count), (11, b"1"),
            (12, minutiae))  # fmt: skip


def m1_fields(minutiae=b"001\x1f5\x1f6\x1f7\x1f1\x1f0", count=b"1"):
    head = {2: b"01", 3: b"0", 4: b"U", 126: b"27\x1f513\x1f0", 127: b"NONE\x1f0", 128: b"100", 129: b"90", 130: b"2", 131: b"197",
            132: b"197", 133: b"0", 134: b"02", 135: b"254\x1f0000\x1f0"}  # fmt: skip
    return (*head.items(), (136, count), (137, minutiae))


@pytest.mark.parametrize(("name", "codec"), [(n, type_9_standard) for n in STANDARD] + [(n, type_9_m1) for n in M1])
def test_reference_records_come_back_byte_for_byte(shared, name, codec):
    """NIST's ANSI/NIST-ITL 1-2007 reference files: read, written, read again; every field in its place with its bytes."""
    found = blocks(shared, name)
    assert len(found) == (2 if name == "type-9-13-9-14-m1.an2" else 1)
    for number, fields in found:
        record = codec.read(fields, record=number)
        assert codec.write(record) == fields
        assert codec.read(codec.write(record), record=number) == record


def test_what_the_reference_records_say(shared):
    """First minutia, cores, deltas and ridge counts of the same finger, both ways."""
    ((number, fields),) = blocks(shared, "type-9-14-std.an2")
    found = type_9_standard.read(fields, record=number)
    assert (found.idc, found.impression, found.positions, found.counted) == (1, 3, (8,), True)
    assert (found.origin, found.patterns) == (("AFIS/FBI", "M"), (("T", "LS"),))
    assert (found.cores, found.deltas) == ((type_9_standard.Place(1666, 2278),), (type_9_standard.Place(2195, 1638),))
    first = found.minutiae[0]
    assert (first.place, first.angle, first.quality, first.kind) == (type_9_standard.Place(2195, 2030), 101, 0, "D")
    assert first.neighbours[:3] == ((33, 4), (255, 15), (255, 15))

    ((number, fields),) = blocks(shared, "type-9-14-m1.an2")
    m1 = type_9_m1.read(fields, record=number)
    assert (m1.view.width, m1.view.height, m1.view.ppcm_x, m1.view.position) == (800, 768, 197, 8)
    assert m1.view.qualities == (QualityNote(90, 0x000F, 1),)
    assert m1.view.minutiae[0] == RecordMinutia(0, 432, 368, 140, 100)
    assert m1.cores == (type_9_m1.SingularPoint(328, 319, (0,)),)
    assert m1.ridges is not None
    assert m1.ridges.counts[0] == (1, 33, 4)
    assert m1.compliant


@pytest.mark.parametrize("kind", ["13", "14"])
def test_both_ways_of_one_finger_agree(shared, kind):
    """NIST holds the same minutiae in both: from the lower left in 0.01 mm, half a turn on; from the upper left in pixels.

    13: the latent's image says 500 ppi and its M1 record 197 per centimetre, so a pixel of rounding is left.
    """
    standard, edition = finger_record(transaction(shared, f"type-9-{kind}-std.an2"))
    m1, other = finger_record(transaction(shared, f"type-9-{kind}-m1.an2"))
    assert (edition, other) == ("itl-type-9-standard", "itl-type-9-m1")
    mine, theirs = standard.views[0].minutiae, m1.views[0].minutiae
    assert len(mine) == len(theirs) == 48
    for a, b in zip(mine, theirs, strict=True):
        assert abs(a.x - b.x) <= 1
        assert abs(a.y - b.y) <= 1
        assert a.angle == b.angle
    if kind == "14":
        assert [(a.x, a.y) for a in mine] == [(b.x, b.y) for b in theirs]


def test_a_hundredth_of_a_millimetre_by_hand():
    """At 100 pixels per centimetre ten units are one pixel; y 0 is the lowest row; 0 degrees is half a turn in INCITS 378."""
    fields = standard_fields(b"001\x1f02500000000\x1f00\x1fA\x1e002\x1f00000990359\x1f63\x1fB", b"2")
    view = type_9_standard.view_of(type_9_standard.read(fields, record=3), record=3, width=100, height=100, ppcm=100.0)
    assert view.minutiae == (RecordMinutia(1, 25, 99, 90), RecordMinutia(2, 0, 1, 89))
    assert all(point.quality == NOT_REPORTED for point in view.minutiae)
    with pytest.raises(TemplateInvalid, match=r"record 3, 9\.012, subfield 2 .*inside the image"):
        type_9_standard.view_of(type_9_standard.read(fields, record=3), record=3, width=100, height=90, ppcm=100.0)


def test_no_quality_is_not_the_worst_quality():
    """ANSI/NIST-ITL 1-2011, 8.9.5.12: 0 says that none is available; 1 is the worst. 254 of the finger stays 254."""
    record = type_9_m1.read(m1_fields(b"001\x1f5\x1f6\x1f7\x1f1\x1f0\x1e002\x1f5\x1f6\x1f7\x1f1\x1f1", b"2"), record=3)
    assert [point.quality for point in record.view.minutiae] == [NOT_REPORTED, 1]
    assert record.view.qualities[0].score == NOT_REPORTED
    points = tuple(RecordMinutia(1, 5, 6, 7, quality) for quality in (0, 1, NOT_REPORTED, FAILED))
    view = FingerView(2, 0, 0, (QualityNote(0),), 100, 90, 197, 197, points)
    made = type_9_m1.write(type_9_m1.record_of(view, idc=1))
    assert [n for n, _ in made][:4] == [2, 3, 4, 126]
    assert dict(made)[4] == b"U"
    assert [row[-1:] for row in dict(made)[137].split(b"\x1e")] == [b"1", b"1", b"0", b"0"]


@pytest.mark.parametrize(("codec", "fields"), [(type_9_standard, standard_fields()), (type_9_m1, m1_fields())])
def test_fields_that_nobody_knows_are_kept(codec, fields):
    """Vendors' fields stay in their place byte for byte, also twice and also where they are no text."""
    more = ((200, b"\xff\x00"), *fields[:3], (300, b""), *fields[3:], (200, b"again"))
    record = codec.read(more, record=3)
    assert codec.write(record) == more
    assert record.others[0] == (200, b"\xff\x00")


FAULTS = [
    (standard_fields, 12, b"001\x1f02500000360\x1f00\x1fA", r"9\.012, subfield 1, item 2 \(minutia angle\)"),
    (standard_fields, 12, b"001\x1f0250000000\x1f00\x1fA", r"9\.012, subfield 1, item 2 .*11 digits"),
    (standard_fields, 12, b"002\x1f02500000000\x1f00\x1fA", r"9\.012, subfield 1, item 1 \(index"),
    (standard_fields, 12, b"001\x1f02500000000\x1f64\x1fA", r"9\.012, subfield 1, item 3 .*0 to 63"),
    (standard_fields, 12, b"001\x1f02500000000\x1f00\x1fE", r"9\.012, subfield 1, item 4 .*A, B, C, D"),
    (standard_fields, 12, b"001\x1f02500000000\x1f00\x1fA\x1f002,01", r"9\.012, subfield 1, item 5 .*1 to 1, or 255"),
    (standard_fields, 12, b"001\x1f02500000000\x1f00\x1fA\x1f00101", r"9\.012, subfield 1, item 5 .*comma"),
    (standard_fields, 6, b"02\x1e11", r"9\.006, subfield 2, item 1 .*0 to 10"),
    (standard_fields, 10, b"2", r"9\.012, subfield 1 .*1 of them; allowed: 2"),
    (standard_fields, 4, b"U", r"9\.004, subfield 1, item 1 .*allowed: S"),
    (standard_fields, 5, b"MADE\x1fM\x1eMADE", r"9\.005, subfield 2 .*2 subfields"),
    (standard_fields, 11, b"\xff", r"9\.011, subfield 1 .*no text"),
    (m1_fields, 137, b"001\x1f100\x1f6\x1f7\x1f1\x1f0", r"9\.137, subfield 1, item 2 \(minutia x\).*0 to 99"),
    (m1_fields, 137, b"001\x1f5\x1f90\x1f7\x1f1\x1f0", r"9\.137, subfield 1, item 3 \(minutia y\).*0 to 89"),
    (m1_fields, 137, b"001\x1f5\x1f6\x1f180\x1f1\x1f0", r"9\.137, subfield 1, item 4 .*0 to 179"),
    (m1_fields, 137, b"001\x1f5\x1f6\x1f7\x1f3\x1f0", r"9\.137, subfield 1, item 5 .*0 to 2"),
    (m1_fields, 137, b"001\x1f5\x1f6\x1f7\x1f1\x1f101", r"9\.137, subfield 1, item 6 .*0 to 100"),
    (m1_fields, 137, b"001\x1f5\x1f6\x1f-7\x1f1\x1f0", r"9\.137, subfield 1, item 4 .*'-7'"),
    (m1_fields, 137, b"", r"9\.137, subfield 1 .*mandatory"),
    (m1_fields, 135, b"101\x1f000F\x1f1", r"9\.135, subfield 1, item 1 .*254"),
    (m1_fields, 135, b"90\x1f000G\x1f1", r"9\.135, subfield 1, item 2 .*hexadecimal"),
    (m1_fields, 127, b"NONE\x1e", r"9\.127, subfield 2 .*2 subfields"),
    (m1_fields, 130, b"0", r"9\.130, subfield 1, item 1 .*1 to 2"),
    (m1_fields, 131, b"39", r"9\.131, subfield 1, item 1 .*40 to 1574"),
    (m1_fields, 128, b"100\x1e100", r"9\.128, subfield 2 .*2 subfields"),
]


@pytest.mark.parametrize(("make", "field", "value", "words"), FAULTS)
def test_what_is_out_of_range_is_refused_with_its_place(make, field, value, words):
    """Record, field, subfield and item, what was found and what is allowed; nothing of it is half read."""
    codec = type_9_standard if make is standard_fields else type_9_m1
    assert codec.read(make(), record=3)
    with pytest.raises(TemplateInvalid, match="record 3, " + words):
        codec.read(changed(make(), field, value), record=3)


def test_a_field_that_stands_twice_is_refused():
    """Which of two lists of minutiae is meant is nobody's guess."""
    with pytest.raises(TemplateInvalid, match=r"9\.137.*stands 2 times"):
        type_9_m1.read((*m1_fields(), (137, b"")), record=3)


places = st.builds(type_9_standard.Place, *[st.integers(0, 9999)] * 2)
names = st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), min_size=1, max_size=12)
unknown = st.lists(st.tuples(st.integers(150, 999), st.binary(max_size=8)), max_size=3).map(tuple)


@st.composite
def standard_records(draw):
    """Any record that the standard fields can hold."""
    count = draw(st.integers(0, 12))
    neighbours = st.lists(st.tuples(st.integers(1, max(1, count)) | st.just(255), st.integers(0, 15)), max_size=8)
    point = st.builds(type_9_standard.StandardMinutia, places, st.integers(0, 359), st.integers(0, 63),
                      st.sampled_from("ABCD"), neighbours.map(tuple))  # fmt: skip
    return type_9_standard.StandardRecord(
        draw(st.integers(0, 255)), draw(st.integers(0, 42)), draw(st.just(()) | st.tuples(names, st.just("A"))),
        tuple(draw(st.lists(st.integers(0, 10), min_size=1, max_size=3))),
        tuple(draw(st.lists(st.tuples(st.sampled_from("TU"), names), max_size=2))),
        tuple(draw(st.lists(places, max_size=2))), tuple(draw(st.lists(places, max_size=2))), draw(st.booleans()),
        tuple(draw(st.lists(point, min_size=count, max_size=count))), draw(unknown),
    )  # fmt: skip


@st.composite
def m1_records(draw):
    """Any record that the M1 fields can hold."""
    width, height, count = draw(st.integers(1, 0x4000)), draw(st.integers(1, 0x4000)), draw(st.integers(0, 12))
    x, y, turn = st.integers(0, width - 1), st.integers(0, height - 1), st.integers(0, 179)
    quality = st.integers(1, 100) | st.just(NOT_REPORTED)
    score = st.integers(0, 100) | st.sampled_from([NOT_REPORTED, FAILED])
    unit = draw(st.sampled_from([1, 2]))
    scale = [draw(st.integers(102, 3999) if unit == 1 else st.integers(40, 1574)) for _ in range(2)]
    ppcm = [round(one / 2.54) if unit == 1 else one for one in scale]
    points = st.lists(st.builds(RecordMinutia, st.integers(0, 2), x, y, turn, quality), min_size=count, max_size=count)
    view = FingerView(
        draw(st.integers(0, 10)), draw(st.integers(0, 15)), draw(st.integers(0, 42)),
        (QualityNote(draw(score), draw(st.integers(0, 0xFFFF)), draw(st.integers(0, 0xFFFF))),), width, height, *ppcm,
        tuple(draw(points)),
    )  # fmt: skip
    triple = st.tuples(st.integers(1, max(1, count)), st.integers(1, max(1, count)) | st.just(255), st.integers(0, 15))
    counts = draw(st.lists(triple, max_size=6 if count else 0))
    ridges = draw(st.none() | st.builds(type_9_m1.RidgeCounts, st.integers(0, 2), st.just(tuple(counts))))
    core = st.builds(type_9_m1.SingularPoint, x, y, st.lists(turn, max_size=1).map(tuple))
    delta = st.builds(type_9_m1.SingularPoint, x, y, st.lists(turn, max_size=3).map(tuple))
    return type_9_m1.M1Record(
        draw(st.integers(0, 255)), view, ("27", "513", draw(names)), draw(st.just(()) | st.tuples(st.just("APPF"), names)),
        (unit, *scale), ridges, tuple(draw(st.lists(core, max_size=2))), tuple(draw(st.lists(delta, max_size=2))),
        draw(unknown),
    )  # fmt: skip


@settings(max_examples=40)
@given(standard_records() | m1_records())
def test_any_record_comes_back(record):
    """What is written is read as the same record, and written as the same fields again."""
    codec = type_9_m1 if isinstance(record, type_9_m1.M1Record) else type_9_standard
    fields = codec.write(record)
    again = codec.read(fields, record=3)
    assert again.others == record.others
    assert codec.write(again) == fields
    assert codec.read(codec.write(again), record=3) == again


@settings(max_examples=40)
@given(m1_records())
def test_every_view_of_ours_becomes_a_record(record):
    """A view with 180 steps, from any edition, is a record with the same points."""
    made = type_9_m1.record_of(record.view, idc=7)
    fields = type_9_m1.write(made)
    assert type_9_m1.read(fields, record=2).view == record.view


@settings(max_examples=100)
@given(st.data())
def test_bytes_of_chance_are_refused_or_come_back(data):
    """One field's bytes changed anywhere: a named refusal, or a record that is written and read as the same."""
    more = ((8, b"02500100"), (9, b"00010002\x1e00030004"), (13, b"A"))
    others = (
        (138, b"0\x1f0\x1f0\x1e001\x1f255\x1f15"),
        (139, b"5\x1f6\x1f7"),
        (140, b"5\x1f6\x1f7\x1f8\x1f9"),
        (141, b"1"),
    )
    codec, fields = data.draw(
        st.sampled_from([(type_9_standard, (*standard_fields(), *more)), (type_9_m1, (*m1_fields(), *others))])
    )
    field, value = data.draw(st.sampled_from(fields))
    at = data.draw(st.integers(0, len(value)))
    noise = data.draw(st.binary(max_size=3) | st.sampled_from([b"\x1e", b"\x1f", b"0", b"9"]))
    try:
        record = codec.read(changed(fields, field, value[:at] + noise + value[at + 1 :]), record=3)
    except TemplateInvalid as error:
        place = str(error)[:12]
    else:
        place = None
    if place is not None:
        assert place == "record 3, 9."
        return
    assert codec.read(codec.write(record), record=3) == record


def test_fields_of_others_are_told_and_never_guessed(shared):
    """IAFIS keeps its minutiae in 9.014 to 9.023, which are not read: the count is unknown, not 0, and nothing is converted."""
    (seen,) = minutiae_seen(transaction(shared, IAFIS))
    assert seen.minutiae is None
    assert "not read" in seen.fault
    with pytest.raises(TemplateInvalid, match="record 3: its minutiae are in fields that are not read"):
        finger_record(transaction(shared, IAFIS))


def test_the_listing_counts_minutiae(shared):
    """`tenprint inspect`: record, count, position and edition of each Type-9 record."""
    source = str(shared / "exchange/nist_itl/type-9-13-9-14-m1.an2")
    listed = json.loads(CliRunner().invoke(app, ["inspect", source, "--json"]).stdout)["minutiae"]
    assert [(one["record"], one["minutiae"], one["edition"]) for one in listed] == [
        (3, 48, "itl-type-9-m1"), (5, 48, "itl-type-9-m1")
    ]  # fmt: skip
    assert (
        "minutiae in record 5: 48 minutiae, position 08, itl-type-9-m1"
        in CliRunner().invoke(app, ["inspect", source]).stdout
    )


def convert(*arguments):
    result = CliRunner().invoke(app, ["convert", *map(str, arguments), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


@pytest.mark.parametrize("to", sorted(EDITIONS))
@pytest.mark.parametrize("name", ["type-9-14-std.an2", "type-9-13-m1.an2"])
def test_a_type_9_record_becomes_a_record_of_any_edition(shared, tmp_path, name, to):
    """`tenprint convert`: every edition holds the 48 minutiae, and what is left out is said."""
    told = convert(shared / "exchange/nist_itl" / name, tmp_path / "out", "--to", to)
    assert told["minutiae"] == 48
    assert "ridge counts" in told["left out"]
    (view,) = read_template((tmp_path / "out").read_bytes()).views
    assert len(view.minutiae) == 48
    assert (view.width, view.height) == (800, 768)
    if "std" in name:
        assert {point.quality for point in view.minutiae} == {NOT_REPORTED}


def test_which_of_several_records_is_asked(shared, tmp_path):
    """Two Type-9 records: none is chosen by itself; a number that is none of them is refused with those that are."""
    source = shared / "exchange/nist_itl/type-9-13-9-14-m1.an2"
    with pytest.raises(UsageError, match=r"Type-9 records 3, 5.*--record"):
        convert(source, tmp_path / "out", "--to", "incits-378-2009")
    with pytest.raises(UsageError, match="record 4 is none of Type-9"):
        convert(source, tmp_path / "out", "--to", "incits-378-2009", "--record", 4)
    assert not (tmp_path / "out").exists()
    assert convert(source, tmp_path / "out", "--to", "incits-378-2009", "--record", 5)["minutiae"] == 48


def test_standard_fields_without_their_image_are_not_converted(shared):
    """9.012 measures from the lower left corner of an image that the record does not describe: its size is never guessed."""
    whole = transaction(shared, "type-9-14-std.an2")
    with pytest.raises(TemplateInvalid, match="0 image records with IDC 1"):
        finger_record(type(whole)(whole.records[:3]))
