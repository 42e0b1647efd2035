"""Finger minutiae records of five editions are read, written back byte for byte, and converted at the edge only."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.errors import TemplateInvalid
from tenprint.identify.codecs.minutiae_record import (
    FAILED,
    NOT_REPORTED,
    FingerView,
    MinutiaeRecord,
    QualityNote,
    RecordMinutia,
)
from tenprint.identify.codecs.templates import (
    EDITIONS,
    converted,
    minutiae_by_finger,
    read_template,
    record_of,
    write_template,
)
from tenprint.model.prints import MINUTIA, FingerTemplate, Minutiae, in_order

FILES = {
    "iso-19794-2-2005": "iso19794p2v2005", "iso-19794-2-2011": "iso19794p2v2011", "incits-378-2004": "ansi378v2004",
    "incits-378-2009": "ansi378v2009", "incits-378-2009-am1": "ansi378v2009am1",
}  # fmt: skip
KINDS = {"OTHER": 0, "EITHER": 0, "ENDING": 1, "BIFURCATION": 2}
POSITIONS = {"LEFT_INDEX": 7, "RIGHT_INDEX": 2}


def reference(shared, edition):
    folder = shared / "exchange/templates" / FILES[edition]
    return (folder / f"{folder.name}-sample.dat").read_bytes(), json.loads(
        (folder / f"{folder.name}-sample.json").read_text()
    )


@st.composite
def records(draw):
    """Any record that its edition can hold."""
    edition = draw(st.sampled_from(sorted(EDITIONS)))
    how = EDITIONS[edition]
    scores = st.integers(0, 100) | st.sampled_from([NOT_REPORTED, FAILED]) if how.modern else st.integers(0, 100)
    worth = scores if how.modern else st.integers(1, 100) | st.just(NOT_REPORTED)
    size = (
        draw(st.integers(1, 0x4000)),
        draw(st.integers(1, 0x4000)),
        draw(st.integers(40, 1574)),
        draw(st.integers(40, 1574)),
    )
    iso11 = edition == "iso-19794-2-2011"
    certified = iso11 and draw(st.booleans())
    views = []
    for number in range(draw(st.integers(1, 4))):
        six = not iso11 or draw(st.booleans())
        point = st.builds(RecordMinutia, st.integers(0, 2), st.integers(0, size[0] - 1), st.integers(0, size[1] - 1),
                          st.integers(0, how.steps - 1), worth if six else st.just(NOT_REPORTED))  # fmt: skip
        note = (
            st.builds(QualityNote, scores, *[st.integers(0, 65535)] * 2)
            if how.modern
            else st.builds(QualityNote, scores)
        )
        views.append(FingerView(
            draw(st.integers(0, 10)), number, draw(st.integers(0, 9)),
            tuple(draw(st.lists(note, max_size=3))) if iso11 else (draw(note),), *size,
            tuple(draw(st.lists(point, max_size=12))), draw(st.binary(max_size=30)),
            bytes.fromhex("07db0607ffffffffff00ffff0001") if iso11 else b"",
            draw(st.binary(min_size=3, max_size=3)) * draw(st.integers(0, 2)) if certified else None,
            draw(st.integers(0, 1)) if iso11 else 0, six,
        ))  # fmt: skip
    product = (draw(st.integers(1, 65535)), draw(st.integers(0, 65535))) if how.product else None
    return MinutiaeRecord(
        edition,
        tuple(views),
        product,
        False if iso11 else draw(st.booleans()),
        0 if iso11 else draw(st.integers(0, 0xFFF)),
    )


@pytest.mark.parametrize("edition", FILES)
def test_a_reference_file_says_what_is_expected_and_is_written_back_byte_for_byte(shared, edition):
    """Each edition's reference file, beside its expected content; two of them state a length that is not theirs."""
    content, expected = reference(shared, edition)
    record = read_template(content)
    assert record.edition == edition
    assert write_template(record) == content
    if record.product is not None:
        assert record.product == (expected["vendorId"], expected["subformat"])
    assert len(record.views) == len(expected["fingerprints"])
    for view, wanted in zip(record.views, expected["fingerprints"], strict=True):
        assert (view.position, view.view) == (POSITIONS[wanted["position"]], wanted["view"])
        size = {**expected, **wanted}
        assert (view.width, view.height, view.ppcm_x, view.ppcm_y) == tuple(
            size[name] for name in ("width", "height", "resolutionX", "resolutionY")
        )
        notes = wanted.get("qrecords") or [wanted]
        assert [note.score for note in view.qualities] == [note["quality"] for note in notes]
        assert [(p.kind, p.x, p.y, p.angle, p.quality) for p in view.minutiae] == [
            (KINDS[m["type"]], m["positionX"], m["positionY"], m["angle"], m["quality"]) for m in wanted["minutiae"]
        ]


@given(records())
@settings(max_examples=150)
def test_every_record_comes_back_equal(record):
    """Reading what was written gives the same record; writing what was read gives the same bytes."""
    content = write_template(record)
    assert EDITIONS[record.edition].read(content) == record
    assert write_template(EDITIONS[record.edition].read(content)) == content


@given(records(), st.sampled_from(sorted(EDITIONS)))
@settings(max_examples=150)
def test_a_conversion_keeps_places_kinds_and_angles(record, edition):
    """Only units change: an angle moves by less than half a step of each edition; unknown quality never becomes 0."""
    other = converted(record, edition)
    assert EDITIONS[edition].read(write_template(other)) == other
    near = 0.5 * 65536 / EDITIONS[edition].steps + 1
    for before, after in zip(record.views, other.views, strict=True):
        assert [(p.kind, p.x, p.y) for p in before.minutiae] == [(p.kind, p.x, p.y) for p in after.minutiae]
        for old, new in zip(before.minutiae, after.minutiae, strict=True):
            turn = old.angle * 65536 / EDITIONS[record.edition].steps - new.angle * 65536 / EDITIONS[edition].steps
            assert abs((turn + 32768) % 65536 - 32768) <= near
            assert (new.quality == NOT_REPORTED) == (
                old.quality == NOT_REPORTED or (old.quality == FAILED and new.quality != FAILED)
            )


@given(st.data(), st.sampled_from(sorted(FILES)))
@settings(max_examples=300)
def test_damaged_records_are_read_or_refused_by_name(shared, data, edition):
    """Design section 8: cut or with flipped bytes, nothing but TemplateInvalid leaves the room; what is read is written back."""
    content = bytearray(reference(shared, edition)[0])
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        record = read_template(damaged)
        again = write_template(record)
    except TemplateInvalid:
        return
    assert again == damaged


@pytest.mark.parametrize(("edition", "at", "value", "name"), [
    ("iso-19794-2-2005", 12, 0x10, "capture equipment"), ("iso-19794-2-2005", 23, 1, "reserved byte"),
    ("iso-19794-2-2005", 24, 11, "finger position"), ("iso-19794-2-2005", 28, 0xC0, "minutia kind and x"),
    ("iso-19794-2-2005", 30, 0x40, "two reserved bits"), ("iso-19794-2-2005", 33, 101, "minutia quality"),
    ("iso-19794-2-2011", 14, 2, "certification flag"), ("incits-378-2009", 16, 0x40, "device compliance"),
])  # fmt: skip
def test_reserved_bits_and_values_out_of_range_are_refused_with_their_byte(shared, edition, at, value, name):
    """Every field is bounded, and the error says where."""
    content = bytearray(reference(shared, edition)[0])
    content[at] = value
    with pytest.raises(TemplateInvalid, match=name) as caught:
        EDITIONS[edition].read(bytes(content))
    assert "byte " in str(caught.value)


def test_angles_of_another_unit_are_carried_but_not_understood(shared):
    """INCITS 378-2004 counts in two degrees; the reference file has angles up to 249, which can't be."""
    record = read_template(reference(shared, "incits-378-2004")[0])
    with pytest.raises(TemplateInvalid, match=r"angle 249.*0 to 179"):
        minutiae_by_finger(record, unknown_quality=50)
    with pytest.raises(TemplateInvalid, match="angle 249"):
        converted(record, "iso-19794-2-2011")


def test_unknown_quality_is_the_callers_to_decide_and_zero_stays_zero():
    """A minutia without a reported quality is not one of the worst quality."""
    points = (RecordMinutia(0, 5, 6, 64, NOT_REPORTED), RecordMinutia(1, 7, 8, 128, 0))
    view = FingerView(2, 0, 0, (QualityNote(NOT_REPORTED),), 100, 100, 197, 197, points, capture=b"\xff" * 9 + bytes(5))
    found = minutiae_by_finger(MinutiaeRecord("iso-19794-2-2011", (view,)), unknown_quality=60)[2, 0].points
    assert [(int(p["kind"]), int(p["theta"]), int(p["quality"])) for p in found] == [(0, 16384, 60), (1, 32768, 0)]
    assert converted(MinutiaeRecord("iso-19794-2-2011", (view,)), "iso-19794-2-2005").views[0].minutiae[1].quality == 1


def test_a_1000_ppi_record_comes_to_our_grid():
    """394 pixels per centimetre is 1000 ppi: places and size are halved."""
    view = FingerView(2, 0, 0, (QualityNote(50),), 800, 600, 394, 394, (RecordMinutia(1, 400, 300, 0, 9),))
    found = minutiae_by_finger(MinutiaeRecord("iso-19794-2-2005", (view,)), unknown_quality=0)[2, 0]
    assert (found.width, found.height) == (400, 300)
    assert (int(found.points["x"][0]), int(found.points["y"][0])) == (200, 150)


@pytest.mark.parametrize("edition", sorted(EDITIONS))
def test_our_own_templates_survive_every_edition(edition):
    """Places, kinds and order are the same; an angle is within half a step of the edition."""
    rng = np.random.default_rng(5)
    points = np.zeros(60, MINUTIA)
    for name, most in {"x": 500, "y": 600, "theta": 65536, "kind": 3}.items():
        points[name] = rng.integers(0, most, 60)
    points["quality"] = rng.permutation(np.arange(20, 80))
    ours = FingerTemplate(8, Minutiae(in_order(points), 500, 600), 77, "any")
    record = read_template(write_template(record_of([ours, replace(ours, position=3)], edition)))
    found = minutiae_by_finger(record, unknown_quality=0)[8, 0]
    for name in ("x", "y", "kind", "quality"):
        assert np.array_equal(found.points[name], ours.minutiae.points[name])
    turn = found.points["theta"].astype(int) - ours.minutiae.points["theta"].astype(int)
    assert np.abs((turn + 32768) % 65536 - 32768).max() <= 65536 / EDITIONS[edition].steps / 2 + 1
