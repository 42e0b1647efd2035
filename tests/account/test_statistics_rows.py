"""Rolled-up rows: at least eleven alike, none lost, nothing told by subtraction."""

from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.account.statistics.columns import ANY, COLUMNS, ORDER, OTHER_EVENT, K, Row, measure_of
from tenprint.account.statistics.rows import roll_up, smallest_combination
from tenprint.errors import ReleaseInvalid
from tenprint.model import events

SKEWED = st.integers(0, 2**16)


def row(measure: str, place: str, level: str, conviction: str = "-", month: str = "2011-06") -> Row:
    return Row(
        measure=measure, event_month="2011-06", cohort_month=month, jurisdiction=place, state=place[:2], policy="sc-sop-2009",
        level=level, basis="conviction", conviction=conviction,
    )  # fmt: skip


def month_of(seed: int, size: int) -> list[Row]:
    """A skewed month: a few large places and measures, many tiny ones."""
    rng = random.Random(seed)
    rows = []
    for _ in range(size):
        measure = rng.choices(
            ["submission", "match", "arrest", "removal", "usc", "other-event"], [30, 12, 8, 6, 1, 40]
        )[0]
        place = rng.choices(["MA-suffolk", "MA-middlesex", "TX-dallas", "TX-x", "CO-denver"], [40, 20, 30, 3, 2])[0]
        rows.append(row(measure, place, rng.choices(["1", "2", "3", "-"], [3, 2, 2, 5])[0], rng.choice(["yes", "none", "unknown"]),
                        rng.choices(["2011-06", "2011-05"], [9, 1])[0]))  # fmt: skip
    return rows


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(0, 500))
def test_every_combination_of_all_columns_stands_for_at_least_eleven(seed: int, size: int) -> None:
    """Design decision 3.4: rolled up so far that every combination of all columns occurs at least 11 times."""
    rolled = roll_up(month_of(seed, size))

    assert all(count >= K for count in Counter(rolled).values())
    assert len(rolled) in {0, size}
    assert (len(rolled) == 0) == (size < K)


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(11, 400))
def test_each_row_stays_itself_or_becomes_less_exact(seed: int, size: int) -> None:
    """Nothing is lost or invented: row i is row i, with some values generalised."""
    rows = month_of(seed, size)
    for before, after in zip(rows, roll_up(rows), strict=True):
        for column in COLUMNS:
            assert after.value(column) in {before.value(column), ANY}


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(11, 400))
def test_the_order_of_rows_does_not_matter(seed: int, size: int) -> None:
    """The same events give the same release, whoever lists them."""
    rows = month_of(seed, size)
    shuffled = rows[:]
    random.Random(seed + 1).shuffle(shuffled)

    assert Counter(roll_up(rows)) == Counter(roll_up(shuffled))


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(11, 400))
def test_no_group_of_one_to_ten_is_left_by_subtraction(seed: int, size: int) -> None:
    """Attack: for every total under every prefix of columns, what the named parts leave over is nothing, or at least eleven events."""
    rows = month_of(seed, size)
    rolled = roll_up(rows)
    for depth in range(len(ORDER)):
        totals: dict[tuple[str, ...], int] = defaultdict(int)
        named: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for after in rolled:
            prefix = tuple(after.value(c) for c in ORDER[:depth])
            totals[prefix] += 1
            if after.value(ORDER[depth]) != ANY:
                named[prefix][after.value(ORDER[depth])] += 1
        for prefix, total in totals.items():
            rest = total - sum(named[prefix].values())
            assert rest == 0 or rest >= K


@settings(max_examples=25, deadline=None)
@given(st.integers(), st.integers(11, 400))
def test_a_value_is_wholly_named_or_wholly_merged(seed: int, size: int) -> None:
    """What the table relies on: a star can't be a value that is named beside it."""
    rows = month_of(seed, size)
    rolled = roll_up(rows)
    for depth, column in enumerate(ORDER):
        how: dict[tuple[tuple[str, ...], str], set[bool]] = defaultdict(set)
        for before, after in zip(rows, rolled, strict=True):
            prefix = tuple(after.value(c) for c in ORDER[:depth])
            how[prefix, before.value(column)].add(after.value(column) == ANY)
        assert all(len(kinds) == 1 for kinds in how.values())


def test_the_smallest_sibling_joins_a_group_that_is_too_small() -> None:
    """Complementary suppression: 3 and 2 hide behind 12, and 40 stays named."""
    rows = (
        [row("match", "MA", "1")] * 3
        + [row("match", "TX", "1")] * 2
        + [row("match", "CO", "1")] * 12
        + [row("match", "NY", "1")] * 40
    )

    assert Counter(r.state for r in roll_up(rows)) == {"*": 17, "NY": 40}


def test_fewer_than_eleven_events_wait_for_the_next_close() -> None:
    """Nothing is released: all are deferred."""
    assert roll_up([row("match", "MA", "1")] * 10) == []
    assert len(roll_up([row("match", "MA", "1")] * 11)) == 11


def test_small_measures_hide_in_events_that_no_column_counts() -> None:
    """Three citizens found do not cost the month its arrests."""
    rows = [row("usc", "MA", "-")] * 3 + [row("arrest", "MA", "-")] * 15 + [row("other-event", "MA", "-")] * 300

    assert Counter(r.measure for r in roll_up(rows)) == {"*": 303, "arrest": 15}


def test_rows_are_not_rolled_up_twice() -> None:
    """A star as input would be taken for a value."""
    with pytest.raises(ValueError, match="rolled up once"):
        roll_up([row("match", ANY, "1")] * 20)


def test_the_rarest_combination_is_found() -> None:
    """What a release checks before it is written."""
    rare = row("match", "MA", "2")

    assert (2, rare) == smallest_combination([row("match", "MA", "1")] * 5 + [rare] * 2)
    assert smallest_combination([]) == (0, None)


@pytest.mark.parametrize(
    ("event", "public", "measure"),
    [
        (events.SUBMISSION_RECEIVED, {}, "submission"),
        (events.IDENTITY_ESTABLISHED, {"repository": "immigration"}, "match"),
        (events.IDENTITY_ESTABLISHED, {"repository": "criminal"}, "other-event"),
        (
            events.GATE_DECIDED,
            {"repository": "immigration", "searched": False, "reason": "not_active"},
            "not-searched/not_active",
        ),
        (
            events.GATE_DECIDED,
            {"repository": "immigration", "searched": False, "reason": "new reason"},
            "not-searched/other",
        ),
        (events.GATE_DECIDED, {"repository": "immigration", "searched": True, "reason": "active_moa"}, "other-event"),
        (events.AUTHORITY_SPENT, {"repository": "immigration"}, "searched"),
        (events.SEARCH_COMPLETED, {"repository": "immigration", "result": "error"}, "search-error"),
        (events.SEARCH_COMPLETED, {"repository": "immigration", "result": "no_match"}, "search-no-match"),
        (events.STATUS_RESPONDED, {"status": "USC"}, "usc"),
        (events.OUTCOME_RECORDED, {"outcome": "removal"}, "removal"),
        (events.OUTCOME_RECORDED, {"outcome": "return"}, "return"),
        (events.DETAINER_ANSWERED, {"answer": "decline"}, "detainer-declined"),
    ],
)
def test_each_event_counts_for_one_measure(event: str, public: dict[str, object], measure: str) -> None:
    """An error is no match and no non-match (domain 10, item 16); the criminal repository is no measure of the programme."""
    assert measure == measure_of(event, public)


def test_every_event_of_the_catalogue_gets_a_row_and_no_other_does() -> None:
    """Design decision 3.4: each event also gets a row entry."""
    assert all(measure_of(name, {}) for name in events.CATALOGUE)
    with pytest.raises(ReleaseInvalid):
        measure_of("NoSuchEvent", {})


@pytest.mark.parametrize(
    ("event", "public", "measure"),
    [
        (events.RELEASE_OVERDUE, {"hours": 1}, "release-overdue"),
        (events.RELEASE_OVERDUE, {"hours": 2}, OTHER_EVENT),
        (events.PERSON_RELEASED, {"overdue_seconds": 0}, OTHER_EVENT),
        (events.PERSON_RELEASED, {"overdue_seconds": 1}, "released-late/under-1h"),
        (events.PERSON_RELEASED, {"overdue_seconds": 3600}, "released-late/under-6h"),
        (events.PERSON_RELEASED, {"overdue_seconds": 86_399}, "released-late/under-24h"),
        (events.PERSON_RELEASED, {"overdue_seconds": 86_400}, "released-late/24h-or-more"),
    ],
)
def test_a_late_release_counts_once_for_its_person_and_by_band(event: str, public: dict, measure: str) -> None:
    """Eleven alerts can be one person's: only the first hour counts, and hours are told by band at the release."""
    assert measure == measure_of(event, public)


@pytest.mark.parametrize(
    ("public", "measure"),
    [
        ({"kind": "disposition", "charge": "1", "outcome": "dismissed", "corrects": None}, "disposition/dismissed"),
        ({"kind": "disposition", "charge": "1", "outcome": "convicted", "corrects": None}, "disposition/convicted"),
        ({"kind": "disposition", "charge": "1", "outcome": "convicted", "corrects": 2}, "disposition/corrected"),
        ({"kind": "disposition", "charge": "1", "outcome": "withdrawn", "corrects": 2}, "disposition/corrected"),
        ({"kind": "disposition", "charge": "1", "outcome": "uncoded", "corrects": None}, OTHER_EVENT),
        ({"kind": "disposition", "charge": "1", "outcome": "pending", "corrects": None}, OTHER_EVENT),
        ({"kind": "disposition", "charge": None, "outcome": "convicted", "corrects": None}, OTHER_EVENT),
        ({"kind": "arrest", "charge": "1", "outcome": None, "corrects": None}, OTHER_EVENT),
    ],
)
def test_a_disposition_of_a_booked_charge_counts_by_its_outcome(public: dict, measure: str) -> None:
    """Domain 1.9: charges dropped or an acquittal. Earlier matters, text that nobody coded and what is pending are no disposition heard."""
    assert measure == measure_of(events.HISTORY_STATED, public)
