"""Synthetic people are the same for a seed, look like bookings, and nothing about them predicts anything else."""

import re
from collections import Counter
from datetime import date
from itertools import combinations, pairwise

import numpy as np
import pytest

from tenprint.errors import UsageError
from tenprint.lab.population.patterns import KINSHIP, Pattern
from tenprint.lab.population.people import people, person

MANY = 3000
"""People drawn for shares and independence; about a second."""

CODES = {
    "sex": {"M", "F"},
    "race": {"A", "B", "I", "U", "W"},
    "eyes": {"BLK", "BLU", "BRO", "GRY", "GRN", "HAZ"},
    "hair": {"BAL", "BLK", "BLN", "BRO", "GRY", "RED", "SDY"},
}
ULNAR = [Pattern.RIGHT_LOOP] * 5 + [Pattern.LEFT_LOOP] * 5
"""A loop that opens to the little finger, by position 1 to 10: to the right on a right hand's print."""


@pytest.fixture(scope="module")
def many():
    return list(people(20110606, MANY))


def test_a_seed_decides_who_everybody_is():
    """The same seed gives the same people, another one others, and the count changes nobody."""
    assert list(people(5, 3)) == list(people(5, 8))[:3]
    assert person(5, 2) == list(people(5, 3))[2]
    assert list(people(5, 3)) != list(people(6, 3))
    assert len({one.name for one in people(5, 200)}) > 190


def test_a_person_answers_what_a_booking_asks(many):
    """EBTS 9.1, 2.018 to 2.032: names, codes, heights from 400 to 711, weights to 499, adults of the time."""
    for one in many:
        assert re.fullmatch(r"[A-Z]{2,},[A-Z]{2,} [A-Z]", one.name)
        assert len(one.name) <= 30
        assert re.fullmatch(r"[4-7](0\d|1[01])", one.height)
        assert 400 <= int(one.height) <= 711
        assert re.fullmatch(r"\d{3}", one.weight)
        assert 50 <= int(one.weight) <= 499
        assert date(1935, 1, 1) <= one.birth_date <= date(1992, 12, 31)
        assert re.fullmatch(r"[A-Z]{2}", one.birth_place)
        assert len(one.patterns) == 10
    for name, allowed in CODES.items():
        assert {getattr(one, name) for one in many} <= allowed, name


def test_no_attribute_predicts_another(many):
    """Chi-square of every two attributes, with a bound that one table in some ten thousand passes by chance."""
    columns = {name: [getattr(one, name) for one in many] for name in ("sex", "race", "eyes", "hair", "birth_place")}
    columns["decade"] = [one.birth_date.year // 10 for one in many]
    columns["tall"] = [int(one.height) >= 508 for one in many]
    columns["heavy"] = [int(one.weight) >= 172 for one in many]
    columns["whorls"] = [min(3, sum("whorl" == pattern for pattern in one.patterns)) for one in many]

    for (first, a), (second, b) in combinations(columns.items(), 2):
        statistic, freedom = chi_square(a, b)
        # Wilson and Hilferty: the cube root of chi-square over its freedom is nearly normal; 4 standard deviations.
        bound = freedom * (1 - 2 / (9 * freedom) + 4 * (2 / (9 * freedom)) ** 0.5) ** 3
        assert statistic < bound, (first, second)


def chi_square(a, b):
    """Pearson's statistic of a table of two columns, and its degrees of freedom; rare values are put together."""
    a, b = merged(a), merged(b)
    table = np.zeros((len(set(a)), len(set(b))))
    rows, columns = ({value: n for n, value in enumerate(sorted(set(each), key=str))} for each in (a, b))
    for one, other in zip(a, b, strict=True):
        table[rows[one], columns[other]] += 1
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    return ((table - expected) ** 2 / expected).sum(), (table.shape[0] - 1) * (table.shape[1] - 1)


def merged(values):
    counts = Counter(values)
    return [value if counts[value] >= MANY / 20 else "rare" for value in values]


def test_the_independence_test_sees_dependence(many):
    """The statistic above is far over its bound when one attribute follows another."""
    race = [one.race for one in many]
    follows = [value if n % 4 == 0 else "W" for n, value in enumerate(race)]
    statistic, freedom = chi_square(race, follows)

    assert statistic > 10 * freedom


def test_patterns_have_the_shares_that_fingers_have(many):
    """About 64 % loops, 30 % whorls, 6 % arches; whorls most on thumb and ring, ulnar loops on the little finger."""
    counts = Counter(pattern for one in many for pattern in one.patterns)
    share = {pattern: counts[pattern] / (10 * MANY) for pattern in Pattern}
    by_finger = [Counter(one.patterns[n] for one in many) for n in range(10)]
    whorls = [each[Pattern.WHORL] + each[Pattern.DOUBLE_LOOP] for each in by_finger]
    ulnar = [each[loop] for each, loop in zip(by_finger, ULNAR, strict=True)]

    assert 0.58 < share[Pattern.LEFT_LOOP] + share[Pattern.RIGHT_LOOP] < 0.70
    assert 0.24 < share[Pattern.WHORL] + share[Pattern.DOUBLE_LOOP] < 0.36
    assert 0.03 < share[Pattern.ARCH] + share[Pattern.TENTED_ARCH] < 0.09
    for hand in (0, 5):
        thumb, index, middle, ring, little = range(hand, hand + 5)
        assert min(whorls[thumb], whorls[ring]) > max(whorls[index], whorls[middle], whorls[little])
        assert ulnar[little] == max(ulnar[hand : hand + 5])
        assert ulnar[little] > 0.8 * MANY


def test_fingers_of_a_person_resemble_each_other(many):
    """Two little-related fingers share a whorl more often than chance says, as far as their correlation allows."""
    assert 0 < KINSHIP < 1
    whorl = np.array([[pattern in {"whorl", "double loop"} for pattern in one.patterns] for one in many], dtype=float)
    together = [np.corrcoef(whorl[:, a], whorl[:, b])[0, 1] for a, b in pairwise(range(10))]

    assert 0.15 < np.mean(together) < 0.5


@pytest.mark.parametrize(("seed", "count"), [(-1, 1), (2**32, 1), (1, -1)])
def test_a_seed_or_count_that_is_none_is_refused(seed, count):
    """Seeds are one 32-bit word, counts are not negative."""
    with pytest.raises(UsageError, match="allowed"):
        list(people(seed, count))
