"""The matcher's points: equal in both kernels, blind to order and place, right about the direction of turning."""

from __future__ import annotations

import math
import random
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenprint.errors import TemplateInvalid
from tenprint.identify import _native
from tenprint.identify.match import reference
from tenprint.identify.match.mcc import PreparedFinger, strongest
from tenprint.identify.match.table_file import load

SMALL = st.tuples(st.integers(0, 250), st.integers(0, 250), st.integers(0, 65535), st.integers(0, 100))
FAR = st.tuples(
    st.sampled_from([0, 1, 2, 40, 32768, 65500, 65534, 65535]) | st.integers(0, 65535),
    st.sampled_from([0, 1, 2, 40, 32768, 65500, 65534, 65535]) | st.integers(0, 65535),
    st.sampled_from([0, 1, 16384, 32767, 32768, 65535]) | st.integers(0, 65535),
    st.integers(40, 100),
)
ROWS = st.lists(SMALL, max_size=40) | st.lists(FAR, max_size=25)


def turned(rows, degrees, *, sign):
    """Every row turned counter-clockwise about (1000, 1000) as seen on the page (y down); directions by ``sign`` times that."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    step = sign * round(degrees / 360 * 65536)
    return [
        (
            round(1000 + (x - 230) * c + (y - 270) * s),
            round(1000 - (x - 230) * s + (y - 270) * c),
            (t + step) % 65536,
            q,
        )
        for x, y, t, q in rows
    ]


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS)
@example([], [])
@example([(5, 5, 5, 90)], [(5, 5, 5, 90)])
@example([(5, 5, 5, 90)] * 2, [(5, 5, 5, 90)] * 2)
@example([(65535, 65535, 65535, 90)] * 40, [(65535, 0, 0, 90)] * 3)
@example([(n * 3, n * 3, n, 90) for n in range(60)], [(n * 3, 100, 0, 90) for n in range(60)])
def test_the_native_kernel_returns_what_the_reference_returns(make, native, plain, a, b):
    """Cylinders and points are the same integers, for any minutiae that a template can hold (design decision 12)."""
    first, second = make(a), make(b)
    codes = [(native.prepare_finger(f).code, plain.prepare_finger(f).code) for f in (first, second)]

    assert all(np.array_equal(fast, slow) for fast, slow in codes)
    assert plain.compare_fingers(first, second) == native.compare_fingers(first, second)


@pytest.mark.parametrize("seed", range(6))
def test_the_kernels_agree_where_fingers_are_alike(make, native, plain, draw, disturb, seed):
    """The same finger twice scores high, another one low, and both kernels give the very same points."""
    rows = draw(seed)
    one, again, other = make(rows), make(disturb(rows, seed)), make(draw(seed + 100))
    points = [native.compare_fingers(one, again), native.compare_fingers(one, other)]

    assert [plain.compare_fingers(one, again), plain.compare_fingers(one, other)] == points
    assert points[0] > 1500 > 900 > points[1]


def test_the_kernels_agree_on_the_fullest_template(make, native, plain, draw):
    """255 minutiae, the most that a record holds, are cut to the best hundred in the same way."""
    full = make(draw(3, count=255))
    half = make(draw(3, count=255)[::2])

    assert len(native.prepare_finger(full).code) == 100
    assert plain.compare_fingers(full, half) == native.compare_fingers(full, half)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_order_of_minutiae_is_no_evidence(make, native, draw, disturb, seed, shuffler):
    """An extractor may list its minutiae as it likes: the points stay the same."""
    a, b = draw(seed % 50), disturb(draw(seed % 50), seed)
    b += b[:5]  # ties too: the same minutia twice
    mixed = list(b)
    shuffler.shuffle(mixed)

    assert native.compare_fingers(make(a), make(b)) == native.compare_fingers(make(a), make(mixed))


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS)
def test_probe_and_candidate_may_change_places(make, native, a, b):
    """Points are of a pair, not of a direction."""
    assert native.compare_fingers(make(a), make(b)) == native.compare_fingers(make(b), make(a))


@pytest.mark.parametrize("seed", range(4))
def test_a_shift_changes_nothing(make, native, draw, disturb, seed):
    """Where on the scanner the finger lay is no evidence."""
    a, b = draw(seed), disturb(draw(seed), seed)
    moved = [(x + 517, y + 60001, t, q) for x, y, t, q in b]

    assert native.compare_fingers(make(a), make(b)) == native.compare_fingers(make(a), make(moved))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("degrees", [-90, -60, -20, 20, 60, 90])
def test_directions_are_counter_clockwise_with_y_up(make, native, draw, seed, degrees):
    """A finger turned on the page, its directions turned with it [ISO/IEC 19794-2], is the same finger; with directions
    turned the other way it is not. A matcher can have this wrong and still seem to work."""
    rows = draw(seed)
    same = native.compare_fingers(make(rows), make(rows))
    right = native.compare_fingers(make(rows), make(turned(rows, degrees, sign=1)))
    wrong = native.compare_fingers(make(rows), make(turned(rows, degrees, sign=-1)))

    assert right > 0.75 * same
    assert wrong < 0.5 * right


def test_fingers_turned_by_more_than_a_right_angle_are_not_compared(make, native, draw):
    """The largest turn between matchable cylinders is 90 degrees [MCC10, table 2]: upside down, nothing is in common."""
    rows = draw(1)

    assert native.compare_fingers(make(rows), make(turned(rows, 180, sign=1))) < 900


def test_too_little_to_compare_gives_no_points(make, native):
    """None, one, or lonely minutiae: no cylinder stands, and nothing is in common."""
    lonely = [(100 + 400 * n, 100, 0, 90) for n in range(20)]

    assert native.compare_fingers(make([]), make([])) == 0
    assert native.compare_fingers(make([(5, 5, 5, 90)]), make([(5, 5, 5, 90)])) == 0
    assert native.compare_fingers(make(lonely), make(lonely)) == 0


def test_minutiae_of_poor_quality_are_not_compared(make, native, draw):
    """Below the least quality a minutia neither helps nor harms."""
    rows = draw(1)
    least = load("mcc-lssr-1").scalars["min_quality"]
    noise = [(x, y, t, least - 1) for x, y, t, _ in draw(2)]

    assert native.compare_fingers(make(rows), make(rows)) == native.compare_fingers(make(rows), make(rows + noise))


def test_one_against_many_is_one_against_each(make, native, plain, draw):
    """`compare_many` is a loop, faster; prepared fingers and templates may be mixed."""
    fingers = [make(draw(seed, count=12 + seed)) for seed in range(8)]
    mixed = [native.prepare_finger(f) if n % 2 else f for n, f in enumerate(fingers)]
    expected = [native.compare_fingers(fingers[0], f) for f in fingers]

    assert expected == native.compare_many(fingers[0], mixed)
    assert expected == plain.compare_many(fingers[0], fingers)


def test_cylinders_of_another_version_are_refused(make, native, draw):
    """Cylinders are comparable only under one version of tables and calibration."""
    foreign = PreparedFinger(2, native.prepare_finger(make(draw(1))).code, "mcc-lssr-1/other")

    with pytest.raises(TemplateInvalid, match=re.escape("mcc-lssr-1/other")):
        native.compare_many(make(draw(1)), [foreign])


def test_the_native_door_checks_what_comes_in(native, make, draw):
    """Wrong type, shape, order in memory or range is refused with what was wanted; nothing is read past an end."""
    tables = load("mcc-lssr-1")
    kernel = native._kernel
    code = native.prepare_finger(make(draw(1))).code

    with pytest.raises(TypeError):
        kernel.compare(code.astype(np.int32), code)
    with pytest.raises(TypeError):
        kernel.compare(np.asfortranarray(code), code)
    with pytest.raises(ValueError, match="8"):
        kernel.compare(np.ascontiguousarray(code[:, :7]), code)
    with pytest.raises(ValueError, match="255"):
        kernel.compare(np.zeros((256, 8), dtype=np.uint64), code)
    with pytest.raises(ValueError, match="65535"):
        kernel.prepare(np.array([[0, 0, 65536]], dtype=np.int64))
    with pytest.raises(ValueError, match="places"):
        kernel.search([code], [[code, code]], 1)
    with pytest.raises(ValueError, match="tables"):
        _native.Mcc([tables.scalars["omega"]] * 11, [[0]] * 10)


def test_points_lie_between_0_and_10000(make, native, draw):
    """The scale is fixed: the mean relaxed similarity in ten-thousandths."""
    everything = make(draw(5, count=90))
    points = native.compare_fingers(everything, everything)

    assert 9000 < points <= 10000


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**40), st.integers(-1, 1))
def test_the_square_root_is_the_floor(root, nudge):
    """`isqrt` is exact at and beside perfect squares, where a rounded root would slip."""
    root %= 2**25
    square = max(root * root + nudge, 0)
    found = int(reference.isqrt(np.array([square], dtype=np.int64))[0])

    assert found * found <= square < (found + 1) ** 2


def test_the_best_by_quality_are_kept_whatever_their_order(make, draw):
    """With more than a hundred good minutiae, the choice depends on quality and place, not on the order of the list."""
    rows = draw(7, count=180)
    mixed = list(rows)
    random.Random(1).shuffle(mixed)
    tables = load("mcc-lssr-1")

    assert np.array_equal(strongest(make(rows).minutiae, tables), strongest(make(mixed).minutiae, tables))
