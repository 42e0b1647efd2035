"""A release: written once, verified by a stranger, and no byte of it can be changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenprint.account.claims.release_check import verify_chain, verify_release
from tenprint.account.ledger.entry import row_entry
from tenprint.account.ledger.log import Log
from tenprint.account.statistics.columns import Row
from tenprint.account.statistics.measures import Measure, measures
from tenprint.account.statistics.predicates import one_of
from tenprint.account.statistics.release import LoggedUnder, OpenedRow, ReleaseContext, statement_sha256, write_release
from tenprint.account.statistics.rows import roll_up
from tenprint.account.statistics.statement import open_statement, sign_statement
from tenprint.account.statistics.table import Place, TableFacts, month_table
from tenprint.errors import ReleaseInvalid
from tenprint.ids import fresh_salt

ORIGIN = "example.org/log"
PLACES = (
    Place(key="MA-suffolk", state="MA", name="Suffolk County"),
    Place(key="MA-nantucket", state="MA", name="Nantucket County"),
)


def month_rows(month: str, removals: int = 15) -> list[Row]:
    def some(count: int, measure: str, place: str = "MA-suffolk", **columns: str) -> list[Row]:
        facts = {"measure": measure, "event_month": month, "cohort_month": month, "jurisdiction": place, "state": "MA"}
        return [Row(**(facts | columns))] * count

    return [
        *some(60, "submission"), *some(4, "submission", "MA-nantucket"), *some(removals, "removal", level="1", policy="sc-sop-2009",
        basis="conviction", conviction="yes"), *some(20, "other-event", "MA-nantucket"),
    ]  # fmt: skip


class House:
    """A log, a folder of releases and the two keys."""

    def __init__(self, root: Path, log_key: Any, statistics_key: Any, at: datetime) -> None:
        self.log = Log.create(root / "log", origin=ORIGIN, signer=log_key)
        self.releases = root / "releases"
        self.log_key, self.statistics_key, self.at = log_key, statistics_key, at
        self.keys = {ORIGIN: log_key.public_key, "statistics": statistics_key.public_key}
        self.previous: tuple[str, str] | None = None

    def close(self, month: str, rows: list[Row]) -> list[OpenedRow]:
        salted = [(fresh_salt(), row) for row in roll_up(rows)]
        salted.sort(key=lambda pair: row_entry(pair[0], pair[1].to_bytes()))
        self.log.append([b"\x01" + bytes(64)] * 30)
        first = self.log.append([row_entry(salt, row.to_bytes()) for salt, row in salted])
        self.log.append([b"\x01" + bytes(64)] * 7)
        self.at += timedelta(hours=2)
        self.log.publish(self.at)
        return [OpenedRow(first + i, salt, row) for i, (salt, row) in enumerate(salted)]

    def release(self, month: str, opened: list[OpenedRow], **changes: Any) -> Path:
        size, note = self.log.published() or (0, "")
        proof = self.log.range_proof(opened[0].index, len(opened), size=size) if opened else []
        logged = LoggedUnder(
            origin=ORIGIN,
            public_key=self.log_key.public_key,
            size=size,
            root=self.log.root_at(size),
            note=note,
            proof=proof,
        )
        context = ReleaseContext(
            programme="secure_communities",
            programme_hash="ab" * 32,
            profile="historical",
            code_version="0.1.0",
            previous=self.previous,
        )
        facts = TableFacts(
            month=month, policy="sc-sop-2009", evidence="primary", places=PLACES, closed_gates={"MA-nantucket": 0}
        )
        arguments = {
            "vintage": f"{month}.1",
            "facts": facts,
            "opened": opened,
            "logged": logged,
            "signer": self.statistics_key,
            "context": context,
        }
        path = write_release(self.releases, **(arguments | changes))
        self.previous = (month, statement_sha256(path))
        return path


@pytest.fixture
def house(tmp_path: Path, log_key: Any, statistics_key: Any, noon: datetime) -> House:
    return House(tmp_path, log_key, statistics_key, noon)


@pytest.fixture
def june(house: House) -> Path:
    return house.release("2011-06", house.close("2011-06", month_rows("2011-06")))


def test_a_stranger_recomputes_every_cell_from_the_opened_rows(june: Path, house: House) -> None:
    """Domain 10 item 19: with the folder and two public keys, and without the database."""
    report = verify_release(june, keys=house.keys)

    assert (
        report.rows_opened,
        report.first_index,
        report.keys_from,
        report.signed_by,
        report.log_origin,
    ) == (99, 30, "caller", "statistics", ORIGIN)
    assert report.smallest >= 11
    assert 0 < report.suppressed < report.cells
    assert any("accredited auditor" in line for line in report.can_not_check)


def test_the_report_says_when_the_keys_come_from_the_release_itself(june: Path) -> None:
    """Keys from the same hand show only that the files belong together."""
    assert verify_release(june).keys_from == "the release itself"


def test_one_changed_byte_in_any_file_is_found_and_the_file_is_named(june: Path, house: House) -> None:
    """Every file of the release, the checkpoint among them; spread bytes, first and last."""
    tried = 0
    for path in sorted(june.iterdir()):
        right = path.read_bytes()
        for at in sorted({*range(0, len(right), max(1, len(right) // 10)), len(right) - 1}):
            path.write_bytes(right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :])
            with pytest.raises(ReleaseInvalid, match=path.name):
                verify_release(june, keys=house.keys)
            tried += 1
        path.write_bytes(right)
    verify_release(june, keys=house.keys)

    assert tried >= 80


def test_every_byte_of_the_statement_counts(june: Path, house: House) -> None:
    """DSSE: payload, type, key name, signature and their spelling."""
    path = june / "statement.json"
    right = path.read_bytes()
    for at in range(0, len(right), 7):
        path.write_bytes(right[:at] + bytes([right[at] ^ 2]) + right[at + 1 :])
        with pytest.raises(ReleaseInvalid):
            verify_release(june, keys=house.keys)


def test_a_file_too_many_or_too_few_is_named(june: Path, house: House) -> None:
    """The statement covers all files, and there are no others."""
    (june / "note.txt").write_text("x")
    with pytest.raises(ReleaseInvalid, match=r"not part of a release: note\.txt"):
        verify_release(june, keys=house.keys)
    (june / "note.txt").unlink()
    (june / "rows.jsonl").unlink()
    with pytest.raises(ReleaseInvalid, match=r"missing: rows\.jsonl"):
        verify_release(june, keys=house.keys)


def test_rows_that_were_never_logged_do_not_pass_even_with_the_statistics_key(house: House) -> None:
    """The signer of statistics is not the log: a row added, changed or left out after the close shows."""
    opened = house.close("2011-06", month_rows("2011-06"))
    other = next(o.row for o in opened if o.row != opened[0].row)
    second = row_entry(opened[1].salt, opened[1].row.to_bytes())
    salts = iter(fresh_salt, b"")
    salt = next(
        s for s in salts if row_entry(s, other.to_bytes()) < second
    )  # so that the order of hashes gives nothing away
    path = house.release("2011-06", [OpenedRow(opened[0].index, salt, other), *opened[1:]])
    with pytest.raises(ReleaseInvalid, match="give another root"):
        verify_release(path, keys=house.keys)
    shutil.rmtree(path)
    path = house.release("2011-06", opened[:-1])
    assert (
        verify_release(path, keys=house.keys).rows_opened == 98
    )  # rows left out are found by the auditor, or by the next release


def test_other_keys_are_not_believed(june: Path, house: House) -> None:
    """A caller's own keys decide."""
    swapped = {ORIGIN: house.keys["statistics"], "statistics": house.keys[ORIGIN]}
    with pytest.raises(ReleaseInvalid, match="does not verify"):
        verify_release(june, keys=swapped)
    with pytest.raises(ReleaseInvalid, match="trusted: none"):
        verify_release(june, keys={})


def test_a_release_without_rows_is_never_written(house: House) -> None:
    """A check that looked at nothing must not pass."""
    house.close("2011-06", month_rows("2011-06"))
    with pytest.raises(ReleaseInvalid, match="Nothing was written"):
        house.release("2011-06", [])
    assert not house.releases.exists()


def test_rare_combinations_are_never_written(house: House) -> None:
    """k = 11 has no setting."""
    opened = house.close("2011-06", month_rows("2011-06"))
    odd = replace(opened[3], row=replace(opened[3].row, policy="only-one"))
    with pytest.raises(ReleaseInvalid, match="stands for 1 events"):
        house.release("2011-06", [*opened[:3], odd, *opened[4:]])


def test_a_published_month_is_never_written_again(june: Path, house: House) -> None:
    """Domain 5.1 lesson 6: corrections are new releases, never edits."""
    before = (june / "table.csv").read_bytes()
    with pytest.raises(ReleaseInvalid, match="published already"):
        house.release("2011-06", house.close("2011-06", month_rows("2011-06", removals=40)))
    assert before == (june / "table.csv").read_bytes()


def test_a_removed_month_breaks_the_chain(june: Path, house: House) -> None:
    """Domain 10 item 19."""
    house.release("2011-07", house.close("2011-07", month_rows("2011-07")))
    house.release("2011-08", house.close("2011-08", month_rows("2011-08")))
    assert [r.month for r in verify_chain(house.releases, keys=house.keys)] == ["2011-06", "2011-07", "2011-08"]
    shutil.move(house.releases / "2011-07", house.releases.parent / "hidden")
    with pytest.raises(ReleaseInvalid, match=r"2011-08: names as the release before it: 2011-07 .* there is: 2011-06"):
        verify_chain(house.releases, keys=house.keys)
    shutil.rmtree(june)
    with pytest.raises(ReleaseInvalid, match="there is: none"):
        verify_chain(house.releases, keys=house.keys)


LATE = ("persons", "episodes", "releases_overdue", "released_late", "released_late_under_1h", "released_late_under_6h", "released_late_under_24h",
        "released_late_24h_or_more", "dispositions", "dispositions_convicted", "dispositions_acquitted", "dispositions_dismissed",
        "dispositions_not_prosecuted", "dispositions_vacated", "dispositions_deferred", "dispositions_corrected")  # fmt: skip
"""Columns that came after the release in ``releases/`` was made."""


def test_a_release_made_before_a_column_came_is_verified_by_its_own_columns() -> None:
    """Domain 5.1 lesson 6: a vintage stays what it was. ``releases/2011-06`` was made by an earlier version, with fewer columns."""
    report = verify_release(Path(__file__).parent / "releases" / "2011-06")

    assert report.columns_not_declared == LATE
    assert (report.rows_opened, report.cells, report.smallest >= 11) == (37, 4 * (len(measures("")) - len(LATE)), True)


def test_dispositions_are_a_column_that_adds_up_is_suppressed_and_recomputed(house: House) -> None:
    """Domain 5.1: charges that ended after the referral, by outcome. Fewer than eleven are not shown, nor what would give them away."""
    facts = {"event_month": "2011-06", "cohort_month": "2011-06", "jurisdiction": "MA-suffolk", "state": "MA"}
    heard = {"dismissed": 14, "convicted": 12, "corrected": 11}
    rows = [Row(measure=f"disposition/{outcome}", **facts) for outcome, count in heard.items() for _ in range(count)]
    path = house.release("2011-06", house.close("2011-06", month_rows("2011-06") + rows))
    document = json.loads((path / "table.json").read_text())
    nation = next(line for line in document["lines"] if line["key"] == "nation")["cells"]

    assert (26, 14, 12, 0, 11) == tuple(
        nation[f"dispositions{end}"]["value"] for end in ("", "_dismissed", "_convicted", "_acquitted", "_corrected")
    )
    says = "dispositions = dispositions_convicted + dispositions_acquitted"
    assert {True} == {
        i["holds"] for i in document["identities"] if i["place"] == "nation" and i["says"].startswith(says)
    }
    assert verify_release(path, keys=house.keys).columns_not_declared == ()
    few = [*rows, *(Row(measure="disposition/acquitted", **facts) for _ in range(3))]
    table = month_table(
        roll_up(month_rows("2011-06") + few),
        TableFacts(month="2011-06", policy="sc-sop-2009", evidence="primary", places=PLACES),
    )
    assert (None, None) == tuple(
        table.line("nation").cells[key].value for key in ("dispositions", "dispositions_acquitted")
    )
    assert 14 == table.line("nation").cells["dispositions_dismissed"].value


def test_a_changed_cell_of_an_earlier_release_is_found_by_computing_it(house: House, june: Path) -> None:
    """Its own columns are computed again, not believed: a number signed by the statistics key that the rows do not give."""
    columns = tuple(m.key for m in measures("sc-sop-2009") if m.key not in LATE)
    facts = TableFacts(month="2011-07", policy="sc-sop-2009", evidence="primary", places=PLACES, columns=columns)
    rows = house.close("2011-07", month_rows("2011-07"))
    path = house.release("2011-07", rows, facts=facts)
    right = (path / "table.json").read_text()

    assert verify_release(path, keys=house.keys).columns_not_declared == LATE
    assert {line.key: tuple(line.cells) for line in month_table([r.row for r in rows], facts).lines}[
        "nation"
    ] == columns

    wrong = right.replace('"value": 15', '"value": 51').encode()
    resign(path, house, table=wrong)
    with pytest.raises(ReleaseInvalid, match=r"table.json: .* the table says 51, the rows give 15"):
        verify_release(path, keys=house.keys)


def test_a_column_that_this_version_does_not_know_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a column counts can't be checked by whoever does not know it: nothing is half verified."""
    later = (*measures("sc-sop-2009"), Measure("flights", one_of("measure", "flight"), "what a later version counts"))
    with monkeypatch.context() as newer:
        newer.setattr("tenprint.account.statistics.measures.measures", lambda _: later)
        path = house.release("2011-06", house.close("2011-06", month_rows("2011-06")))
        assert verify_release(path, keys=house.keys).columns_not_declared == ()

    with pytest.raises(ReleaseInvalid, match="does not know: flights; nothing was verified"):
        verify_release(path, keys=house.keys)


def test_a_column_is_never_left_out_again_nor_those_on_which_marks_rest(june: Path, house: House) -> None:
    """A month that declares less than the one before hides a number; no table goes without submissions and searches."""
    every = tuple(m.key for m in measures("sc-sop-2009"))
    facts = TableFacts(month="2011-07", policy="sc-sop-2009", evidence="primary", places=PLACES)
    rows = house.close("2011-07", month_rows("2011-07"))
    for columns, why in (((*every, "matches"), "declared twice"), (every[1:], "goes without: submissions")):
        with pytest.raises(ReleaseInvalid, match=why):
            house.release("2011-07", rows, facts=replace(facts, columns=columns))
    house.release("2011-07", rows, facts=replace(facts, columns=tuple(c for c in every if c != "us_citizens")))

    with pytest.raises(ReleaseInvalid, match="2011-07: leaves out columns that 2011-06 had: us_citizens"):
        verify_chain(house.releases, keys=house.keys)


def resign(path: Path, house: House, *, table: bytes) -> None:
    """Put another table in its place and have the statistics key sign for it."""
    subjects, predicate, _ = open_statement((path / "statement.json").read_bytes(), keys=house.keys)
    (path / "table.json").write_bytes(table)
    subjects["table.json"] = hashlib.sha256(table).hexdigest()
    (path / "statement.json").write_bytes(sign_statement(subjects, predicate, signer=house.statistics_key))
