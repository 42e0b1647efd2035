"""Persons and episodes beside submissions: what is counted, what is hidden, and what an earlier release goes on to say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.account.statistics.columns import ANY, COLUMNS, COLUMNS_OF, ORDER, Row, order_of, row_of
from tenprint.account.statistics.encounters import EPISODE, EPISODE_GAP, PERSON, SUBMISSION, first_of
from tenprint.account.statistics.rows import roll_up
from tenprint.account.statistics.table import NATION, Place, TableFacts, month_table
from tenprint.model import canonical

NOON = datetime(2011, 6, 7, 12, tzinfo=UTC)
PLACES = (
    Place(key="MA-suffolk", state="MA", name="Suffolk County"),
    Place(key="TX-dallas", state="TX", name="Dallas County"),
)
FACTS = TableFacts(month="2011-06", policy="sc-sop-2009", evidence="primary", places=PLACES)


def submissions(count: int, what: str, place: str = "MA-suffolk") -> list[Row]:
    return [
        Row(measure="submission", event_month="2011-06", cohort_month="2011-06", jurisdiction=place, state=place[:2], first_of=what)
    ] * count  # fmt: skip


def of_version_one(row: Row) -> Row:
    """The row as it was committed to before it said what a submission is the first of."""
    return row_of({name: row.value(name) for name in COLUMNS_OF[1]})


def test_the_same_person_within_a_day_is_one_episode_and_afterwards_another() -> None:
    """Domain 1.9 lines 13 and 14: submissions and persons are both published; at most 24 hours apart is one episode."""
    times = (NOON, NOON + EPISODE_GAP, NOON + 2 * EPISODE_GAP + timedelta(seconds=1))
    said = first_of([("p", at) for at in times])

    assert [PERSON, SUBMISSION, EPISODE] == said
    assert [PERSON, SUBMISSION, SUBMISSION] == first_of(
        [("p", NOON + n * EPISODE_GAP) for n in range(3)]
    )  # the gap counts


def test_who_was_not_identified_is_a_person_of_their_own() -> None:
    """House rule: unknown is never `the same`; persons are never too few."""
    assert [PERSON, PERSON, PERSON] == first_of([(None, NOON), (None, NOON), ("p", NOON)])


def test_what_was_counted_already_stays_counted() -> None:
    """A late event of an earlier day is told after what a close counted: nobody becomes a person twice."""
    assert [PERSON, SUBMISSION] == first_of([("p", NOON), ("p", NOON - timedelta(hours=3))])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 200)), max_size=30))
def test_persons_are_at_most_episodes_and_these_at_most_submissions(met: list[tuple[str | None, int]]) -> None:
    """Each known person begins one episode at least, and is counted once."""
    said = first_of(sorted(((p, NOON + timedelta(hours=h)) for p, h in met), key=lambda pair: pair[1]))
    known = {person for person, _ in met if person is not None}

    assert len(known) + sum(person is None for person, _ in met) == said.count(PERSON)
    assert set(said) <= {PERSON, EPISODE, SUBMISSION}


def test_persons_stand_beside_submissions_where_no_small_group_is_told() -> None:
    """Design decision 3.11: one to ten repeated bookings of a place are not told by subtraction; no other column suffers."""
    month = [
        *submissions(40, PERSON), *submissions(15, SUBMISSION), *submissions(30, PERSON, "TX-dallas"),
        *submissions(3, EPISODE, "TX-dallas"),
    ]  # fmt: skip
    table = month_table(roll_up(month), FACTS)
    suffolk, dallas, nation = (table.line(key).cells for key in ("MA-suffolk", "TX-dallas", NATION))

    assert (55, 40, 40) == tuple(suffolk[c].value for c in ("submissions", "persons", "episodes"))
    assert ("33", "S", "S") == tuple(str(dallas[c]) for c in ("submissions", "persons", "episodes"))
    assert (88, None) == (nation["submissions"].value, nation["persons"].value)
    assert (40, 73) == (nation["persons"].at_least, nation["persons"].at_most)


def test_a_month_without_a_repeated_booking_says_as_many_persons_as_submissions() -> None:
    """Zero repeats can be told: the number of persons equals that of submissions."""
    cells = month_table(roll_up(submissions(20, PERSON)), FACTS).line("MA-suffolk").cells

    assert (20, 20, 20) == tuple(cells[c].value for c in ("submissions", "persons", "episodes"))


def test_a_row_of_an_earlier_version_stays_what_was_committed_to() -> None:
    """Design decision 3.4: a committed row is never written again; what it does not say is not made up."""
    old = of_version_one(submissions(1, PERSON)[0])

    assert {"row": 1, **{name: old.value(name) for name in COLUMNS[:-1]}} == canonical.decode(old.to_bytes())
    assert "first_of" not in old.as_dict()
    assert (ANY, ORDER[:-1]) == (old.first_of, order_of(1))
    table = month_table([old] * 20, FACTS)
    assert (20, "S") == (
        table.line("MA-suffolk").cells["submissions"].value,
        str(table.line("MA-suffolk").cells["persons"]),
    )


@pytest.mark.parametrize("change", [{"first_of": None}, {"version": "2"}, {"level": None}])
def test_a_row_with_other_columns_is_refused(change: dict[str, str | None]) -> None:
    """A row has the columns of one version, no more and no less."""
    columns = {**submissions(1, PERSON)[0].as_dict(), **change}
    with pytest.raises(ValueError, match="row"):
        row_of({name: value for name, value in columns.items() if value is not None} if "level" in change else columns)
