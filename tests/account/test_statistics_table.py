"""The month's table and the words around its numbers."""

from __future__ import annotations

import csv
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.account.statistics.columns import K, Row
from tenprint.account.statistics.measures import SUMS
from tenprint.account.statistics.rates import describe, in_words, observed_rate
from tenprint.account.statistics.rows import roll_up
from tenprint.account.statistics.table import NATION, Place, Table, TableFacts, headlines, month_table, to_csv
from tenprint.errors import ReleaseInvalid

POLICY = "sc-sop-2009"
PLACES = (
    Place(key="MA-suffolk", state="MA", name="Suffolk County"),
    Place(key="MA-nantucket", state="MA", name="Nantucket County"),
    Place(key="TX-dallas", state="TX", name="Dallas County"),
)
FACTS = TableFacts(month="2011-06", policy=POLICY, evidence="primary", places=PLACES)


def rows(count: int, measure: str, place: str = "MA-suffolk", **columns: str) -> list[Row]:
    facts = {"policy": POLICY, "basis": "conviction"} if "level" in columns else {}
    return [Row(**{"measure": measure, "event_month": "2011-06", "cohort_month": "2011-06", "jurisdiction": place, "state": place[:2], **facts, **columns})] * count  # fmt: skip


def boston() -> list[Row]:
    """The article's place: 352 removals, of which 183 with no known conviction, 95 Level 1 (domain 5.2)."""
    return [
        *rows(2_000, "submission"), *rows(183, "removal", level="none", conviction="none"), *rows(95, "removal", level="1", conviction="yes"),
        *rows(14, "return", level="2", conviction="yes"), *rows(60, "removal", level="3", conviction="yes"),
    ]  # fmt: skip


def shared_month(seed: int, size: int) -> list[Row]:
    rng = random.Random(seed)
    out: list[Row] = []
    for _ in range(size):
        place = rng.choices([p.key for p in PLACES], [6, 1, 8])[0]
        measure = rng.choices(
            ["submission", "match", "arrest", "removal", "return", "usc", "not-searched/not_active", "other-event"],
            [9, 5, 4, 4, 1, 1, 2, 9],
        )[0]
        leveled = measure in {"match", "arrest", "removal", "return"}
        columns = (
            {"level": rng.choice(["1", "2", "3", "none"]), "conviction": rng.choice(["yes", "none", "unknown"])}
            if leveled
            else {}
        )
        out += rows(1, measure, place, **columns)
    return out


def true_count(measures: set[str], of: list[Row], place: str = "", state: str = "") -> int:
    return sum(
        r.measure in measures and (not place or r.jurisdiction == place) and (not state or r.state == state) for r in of
    )


def test_the_article_s_place_prints_both_counts_and_plain_words() -> None:
    """Domain 10 item 20: 352 removals of which 183 with no known conviction print 52.0 %, and about 1 in 4 Level 1."""
    table = month_table(roll_up(boston()), FACTS)

    assert headlines(table, "MA-suffolk") == [
        "Suffolk County, 2011-06, by month of event: more than half: 183 of 352 (52.0 %) no known conviction [primary]",
        "Suffolk County, 2011-06, by month of event: about 1 in 4: 95 of 352 (27.0 %) Level 1 (sc-sop-2009) [primary]",
    ]
    assert all("not shown" in line for line in headlines(table, "TX-dallas"))


def test_a_small_place_shows_no_cell_and_zero_is_not_told_from_few() -> None:
    """Design decision 3.11: zero not told from suppressed in small areas."""
    few = month_table(roll_up([*boston(), *rows(5, "submission", "MA-nantucket")]), FACTS)
    none = month_table(roll_up(boston()), FACTS)
    for table in (few, none):
        line = table.line("MA-nantucket")
        assert line.small
        assert {"S"} == {str(cell) for cell in line.cells.values()}


def test_no_search_while_a_gate_is_closed_is_always_shown() -> None:
    """Design decision 3.11: it speaks of the agency, not of a person; rows may contradict it, and few searches are not counted aloud."""
    closed = replace(FACTS, closed_gates={"MA-nantucket": 0, "TX-dallas": 3})
    table = month_table(roll_up(boston()), closed)

    assert tuple(str(table.line(p).cells["immigration_searches"]) for p in ("MA-nantucket", "TX-dallas")) == (
        "0",
        "not zero",
    )
    with pytest.raises(ReleaseInvalid, match="at least 20 stand in the rows"):
        month_table(roll_up([*boston(), *rows(20, "searched", "MA-nantucket")]), closed)


def test_levels_of_two_policies_are_never_added() -> None:
    """Domain 5.1 lesson 3: the level columns speak of one policy; what another one said is ``other``."""
    mixed = [
        *rows(50, "submission"),
        *rows(30, "match", level="1"),
        *rows(20, "match", level="1", policy="morton-2011"),
    ]
    cells = month_table(roll_up(mixed), FACTS).line(NATION).cells

    assert tuple(cells[c].value for c in ("matches", "matches_level_1", "matches_other")) == (50, 30, 20)


def test_an_error_is_neither_a_match_nor_a_non_match() -> None:
    """Domain 10 item 16: the public table shows both."""
    month = [*rows(50, "submission"), *rows(12, "search-error"), *rows(30, "search-no-match")]
    cells = month_table(roll_up(month), FACTS).line("MA-suffolk").cells

    assert (cells["search_errors"].value, cells["search_no_match"].value) == (12, 30)


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.integers(0, 600))
def test_every_shown_cell_is_the_true_count_or_is_not_shown(seed: int, size: int) -> None:
    """A cell is exact or marked: never a number that merged rows made smaller."""
    month = shared_month(seed, size)
    table = month_table(roll_up(month), FACTS)
    for key, measures in (
        ("matches", {"match"}),
        ("removals_and_returns", {"removal", "return"}),
        ("us_citizens", {"usc"}),
        ("submissions", {"submission"}),
    ):
        nation = table.line(NATION).cells[key]
        truth = true_count(measures, month if size >= K else [])
        assert nation.value in {None, truth}
        assert nation.at_least is not None
        assert nation.at_most is not None
        assert nation.at_least <= truth <= nation.at_most
        for place in PLACES:
            assert table.line(place.key).cells[key].value in {None, true_count(measures, month, place=place.key)}


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.integers(0, 600))
def test_no_cell_of_one_to_ten_is_shown_or_left_by_subtraction(seed: int, size: int) -> None:
    """Attack on the printed table: every shown total minus its shown parts, in columns and over places, is nothing or at least eleven."""
    table = month_table(roll_up(shared_month(seed, size)), FACTS)
    for line in table.lines:
        assert all(cell.value is None or cell.value == 0 or cell.value >= K for cell in line.cells.values())
        for rule in SUMS:
            total, parts = line.cells[rule.total].value, [line.cells[p].value for p in rule.parts]
            if total is not None:
                left = total - sum(p or 0 for p in parts)
                assert left == 0 or left >= K
    for key in table.line(NATION).cells:
        for outer, inner in (
            (NATION, ["state/MA", "state/TX"]),
            ("state/MA", ["MA-suffolk", "MA-nantucket"]),
            (NATION, [p.key for p in PLACES]),
        ):
            total = table.line(outer).cells[key].value
            if total is not None:
                left = total - sum(table.line(i).cells[key].value or 0 for i in inner)
                assert left == 0 or left >= K


def test_a_table_that_contradicts_itself_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Domain 5.1 identities: within a cohort, matches can't exceed submissions."""
    month = [*rows(20, "submission"), *rows(30, "match", level="1")]
    assert month_table(roll_up(month), FACTS).line(NATION).cells["matches"].value == 30
    with pytest.raises(ReleaseInvalid, match="matches <= submissions"):
        month_table(roll_up(month), replace(FACTS, count_by="cohort"))


def test_a_cohort_is_followed_through_later_closes() -> None:
    """Design decision 3.2: rates use cohorts of submission; an event of July counts for June's cohort."""
    june = roll_up([*rows(100, "submission"), *rows(40, "match", level="1")])
    july = roll_up(
        [
            *rows(12, "match", level="1"),
            *rows(80, "submission", cohort_month="2011-07"),
            *rows(20, "match", level="1", cohort_month="2011-07"),
        ]
    )
    table = month_table(june, replace(FACTS, count_by="cohort"), earlier=[july])

    assert (table.line(NATION).cells["submissions"].value, table.line(NATION).cells["matches"].value) == (100, 52)


def test_a_place_named_twice_is_refused() -> None:
    """Each place has one line."""
    with pytest.raises(ReleaseInvalid, match="stands twice"):
        month_table(roll_up(boston()), replace(FACTS, places=(*PLACES, PLACES[0])))


def test_the_csv_holds_the_same_cells() -> None:
    """One line per place, marks in place of numbers that are not shown."""
    table: Table = month_table(roll_up(boston()), FACTS)
    lines = list(csv.DictReader(to_csv(table).splitlines()))

    assert [line.key for line in table.lines] == [line["place"] for line in lines]
    assert (lines[0]["removals_and_returns"], lines[-1]["removals_and_returns"]) == ("352", "S")


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(12_627, 167_882, "7.521"), (29_240, 93_632, "31.23"), (597_527, 9_108_703, "6.560"), (183, 352, "51.99"), (883_270, 15_382_805, "5.742"),
     (3_967, 60_583, "6.548"), (182_896, 883_270, "20.71"), (457, 3_967, "11.52")],
)  # fmt: skip
def test_published_rates_come_out_as_published(part: int, whole: int, said: str) -> None:
    """Domain 10 item 2."""
    rate = observed_rate(part, whole)

    assert said == f"{100 * rate.value:.{len(said.split('.')[1])}f}"
    assert 0 < rate.low < rate.value < rate.high < 1


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (10, 10, 0.6915, 1.0),
        (0, 3000, 0.0, 0.001229),
        (50, 100, 0.3983, 0.6017),
    ],
)
def test_intervals_are_those_of_the_published_tables(part: int, whole: int, low: float, high: float) -> None:
    """Clopper and Pearson 1934, 95 %, two-sided; 0 of n has the closed form 1 - 0.025 ** (1 / n)."""
    rate = observed_rate(part, whole)

    assert (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5)) == (rate.low, rate.high)


def test_a_rate_needs_a_denominator() -> None:
    """0 of 0 is no rate."""
    for part, whole in ((0, 0), (2, 1), (-1, 5)):
        with pytest.raises(ValueError, match="is no rate"):
            observed_rate(part, whole)
    assert describe(183, 352, "no known conviction") == "183 of 352 (52.0 %) no known conviction"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (183, 352, "more than half"),
        (95, 352, "about 1 in 4"),
        (176, 352, "half"),
        (175, 352, "less than half"),
        (0, 9, "none"),
        (9, 9, "all"),
        (1, 100, "about 1 in 100"),
    ],
)
def test_words_can_not_flatter(part: int, whole: int, said: str) -> None:
    """Domain 5.2: the page says more than half, and about 1 in 4."""
    assert said == in_words(part, whole)


def published(shared: Path) -> dict[tuple[str, str, str], int]:
    path = shared / "rules" / "ice_stats.csv"
    if not path.is_file():
        pytest.skip("the published statistics are not in the shared folder")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (line["jurisdiction"].upper(), line["as_of"], line["metric"]): int(float(line["value"]))
            for line in csv.DictReader(file)
            if line["qualifier"] in {"exact", "derived"}
        }


def test_the_published_table_fulfils_our_identities(shared: Path) -> None:
    """Domain 10 item 1: 71,197 + 405,838 = 477,035, in the file as printed."""
    numbers = published(shared)
    at = {
        metric: value
        for (place, as_of, metric), value in numbers.items()
        if place == "UNITED STATES" and as_of == "2011-02-28"
    }

    assert at["ident_matches_total"] == 477_035
    assert {71_197, 405_838} <= set(at.values())
    assert at["ident_matches_total"] == 71_197 + 405_838
