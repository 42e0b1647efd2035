"""A minutia's quality as the share that is found again in the same print, turned and grainy."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenprint.lab.evaluation.repeat import BANDS, TURNED, bands, found_again, worse
from tenprint.model.prints import MINUTIA, Minutiae
from tenprint.units import TURN

WIDTH, HEIGHT = 300, 400


def minutiae(rows, width=WIDTH, height=HEIGHT):
    points = np.zeros(len(rows), dtype=MINUTIA)
    for index, (x, y, theta) in enumerate(rows):
        points[index] = (x, y, theta % TURN, 1, 80)
    return Minutiae(points, width, height)


def test_a_dark_dot_lies_where_the_formula_puts_it():
    """The picture's turn and the coordinates' turn are one: else nothing would be found again."""
    pixels = np.full((HEIGHT, WIDTH), 255, np.uint8)
    pixels[100:103, 220:223] = 0
    turned = worse(pixels, 1)
    y, x = np.unravel_index(int(np.argmin(turned)), turned.shape)
    first = minutiae([(221, 101, 0)])
    second = minutiae([(int(x), int(y), round(TURNED / 360 * TURN))], width=turned.shape[1], height=turned.shape[0])
    assert found_again(first, second).tolist() == [True]


@given(st.integers(0, TURN - 1))
def test_the_direction_counts_whatever_its_zero(theta):
    """A minutia at its place that points elsewhere is another one; angles go round."""
    first = minutiae([(150, 200, theta)])
    moved = np.array([(150 - 149.5), (200 - 199.5)])
    turn = math.radians(TURNED)
    x = round(moved[0] * math.cos(turn) + moved[1] * math.sin(turn) + 199.5)
    y = round(moved[1] * math.cos(turn) - moved[0] * math.sin(turn) + 249.5)
    same = minutiae([(x, y, theta + round(TURNED / 360 * TURN))], width=400, height=500)
    other = minutiae([(x, y, theta + TURN // 2)], width=400, height=500)
    assert found_again(first, same).all()
    assert not found_again(first, other).any()
    assert not found_again(first, minutiae([])).any()


def test_each_quality_is_told_in_one_band():
    """The bands cover 30 to 100 once; an empty band has no share."""
    qualities = np.arange(30, 101)
    rows = bands(qualities, qualities >= 60)
    assert sum(row["minutiae"] for row in rows) == 71
    assert [row["found_again"] for row in rows][:3] == [0.0] * 3
    assert [row["found_again"] for row in rows][3:] == [1.0] * 4
    assert bands(np.array([95]), np.array([True]))[0]["found_again"] is None
    assert len(rows) == len(BANDS)
