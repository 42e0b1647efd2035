"""A month of synthetic events, closed and released: what a stranger can recompute, and what changing one byte does."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenprint.errors import AccountError, NotPermitted, UsageError
from tenprint.ids import CaseId, KeyId, SubmissionId, fresh
from tenprint.infra.store.cases import CaseFile
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow import auditing, closing, releasing
from tenprint.workflow.house import SYSTEM, House
from tenprint.workflow.journal import tell_log

LA, BOSTON, COOK = ("Los Angeles, CA", "CA"), ("Suffolk, MA", "MA"), ("Cook, IL", "IL")
HARRIS = ("Harris, TX", "TX")


def a_submission(
    house: House,
    place: tuple[str, str],
    at: datetime,
    *,
    match: bool = False,
    removed: str | None = None,
    person: str | None = None,
) -> None:
    """The events of one submission as the main job records them, without any print."""
    submission, case = SubmissionId(fresh()), CaseId(fresh())
    key = KeyId(submission)
    house.vault.create_key(key)
    public = {"jurisdiction": place[0], "state": place[1], "ori": "XX0000000", "cri": "XX0000000", "tot": "CAR", "ret": False,
              "juvenile": False, "images": 10}  # fmt: skip
    story = [Event(type=events.SUBMISSION_RECEIVED, effective_at=at, public=public)]
    tale = [Event(type=events.CASE_OPENED, effective_at=at, public={
        "submission": submission, "repository": "immigration", "jurisdiction": place[0], "state": place[1], "ori": "XX0000000",
        "cohort": at.strftime("%Y-%m"), "zone": "strong", "juvenile": False})]  # fmt: skip
    if match:
        tale.append(
            Event(
                type=events.IDENTITY_ESTABLISHED,
                effective_at=at,
                public={"repository": "immigration", "examiners": 2},
                private={} if person is None else {"person": person},
            )
        )
    if removed is not None:
        tale.append(Event(type=events.OUTCOME_RECORDED, effective_at=at + timedelta(days=3),
                          public={"outcome": "removal", "conviction_known": removed}))  # fmt: skip
    with house.store.unit_of_work() as work:
        for stream, stream_id, told in (
            (events.SUBMISSION, submission, story),
            (events.CASE, case, tale if match else []),
        ):
            if told:
                work.append(
                    stream,
                    stream_id,
                    told,
                    expected=0,
                    actor=SYSTEM.id,
                    role="system",
                    purpose="booking",
                    recorded_at=at,
                    key=key,
                )
        if match:
            work.cases.add(CaseFile(id=case, submission=submission, repository="immigration", jurisdiction=place[0], key_id=key,
                                    stage="identified", opened_at=at, zone="strong", updated_at=at))  # fmt: skip


@pytest.fixture
def june(programme):
    """June 2011: Los Angeles 40 submissions with 14 matches, Boston 30 with 24 matches and removals, two small places."""
    house = programme.house
    start = datetime(2011, 6, 8, 15, tzinfo=UTC)
    for n in range(40):
        a_submission(house, LA, start + timedelta(hours=n), match=n < 14)
    for n in range(30):
        a_submission(
            house,
            BOSTON,
            start + timedelta(hours=n),
            match=n < 24,
            removed=("none" if n % 2 else "yes") if n < 24 else None,
        )
    for n in range(5):
        a_submission(house, COOK, start + timedelta(hours=n), match=n < 3)
    for n in range(8):
        a_submission(house, HARRIS, start + timedelta(hours=n), match=True)
    tell_log(house)
    programme.clock.set(datetime(2011, 7, 2, tzinfo=UTC))
    closing.close_month(house, "2011-06", by=programme.operator)
    return releasing.publish_month(house, "2011-06", by=programme.operator)


def cells(verified, key: str):
    return next(line for line in verified["table"] if line["key"] == key)["cells"]


def test_the_table_counts_what_happened_and_hides_small_places(june: Path) -> None:
    """k = 11: totals are exact where no merged row could belong; a place with five submissions shows nothing, zero or not."""
    verified = releasing.verify(june, keys=None)

    assert verified["rows_opened"] > 83 + 49
    assert 83 == cells(verified, "nation")["submissions"]["value"]
    assert 49 == cells(verified, "nation")["matches"]["value"]
    assert (30, 24, 24) == tuple(
        cells(verified, "Suffolk, MA")[c]["value"] for c in ("submissions", "matches", "removals")
    )
    assert 12 == cells(verified, "Suffolk, MA")["removals_no_known_conviction"]["value"]
    cook = cells(verified, "Cook, IL")
    assert {"S"} == {cook[c].get("mark") for c in ("submissions", "matches", "removals", "us_citizens")}
    assert verified["can_not_check"]


def test_one_altered_byte_in_any_released_file_is_found_and_named(june: Path, tmp_path: Path, extent) -> None:
    """A stranger's verification fails and says where, whichever byte was changed."""
    for file in sorted(june.iterdir()):
        content = file.read_bytes()
        for at in extent.pick(range(len(content)), 6):
            copy = tmp_path / "copy"
            shutil.copytree(june, copy)
            (copy / file.name).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            with pytest.raises(AccountError) as refused:
                releasing.verify(copy, keys=None)
            assert str(refused.value), (file.name, at)
            shutil.rmtree(copy)


def test_one_altered_byte_in_the_log_is_found_and_named(programme, june: Path) -> None:
    """Tiles, entries and checkpoints: the first file that does not hold is named."""
    assert june
    house = programme.house
    files = [p for p in sorted(house.ledger_root.rglob("*")) if p.is_file() and p.stat().st_size]
    assert len(files) >= 4
    for file in files:
        content = file.read_bytes()
        at = len(content) // 2
        file.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        problems = []
        try:
            auditing.verify_log(house)
        except AccountError as error:
            problems.append(str(error))
        file.write_bytes(content)

        assert problems, f"a changed byte in {file.relative_to(house.ledger_root)} went unseen"
        assert file.name in problems[0] or file.parent.name in problems[0], problems[0]
    assert [] == auditing.verify_log(house)["store_problems"]


def test_a_month_is_closed_once_by_who_may_and_late_events_go_to_the_next(programme, june: Path) -> None:
    """Design decision 4: late events and corrections go to the next close, under the month in which they happened."""
    house = programme.house
    with pytest.raises(UsageError, match="is closed"):
        closing.close_month(house, "2011-06", by=programme.operator)
    with pytest.raises(NotPermitted):
        closing.close_month(house, "2011-07", by=programme.staff("examiner"))
    for n in range(12):
        a_submission(house, LA, datetime(2011, 6, 29, n, tzinfo=UTC))
    for _ in range(12):
        programme.staff("examiner")  # other events, so that the rare ones need no submission to hide them
    programme.clock.set(datetime(2011, 8, 1, tzinfo=UTC))
    closing.close_month(house, "2011-07", by=programme.operator)
    release = releasing.publish_month(house, "2011-07", by=programme.operator)
    rows = [json.loads(line)["row"] for line in (release / "rows.jsonl").read_text().splitlines()]

    assert 12 == sum(r["measure"] == "submission" and r["event_month"] == "2011-06" for r in rows)
    assert 2 == len(releasing.verify(june.parent, keys=None)["releases"])


def test_fewer_than_eleven_events_are_not_released(programme) -> None:
    """Nothing is opened that fewer than eleven events stand behind; they wait for the next close."""
    house = programme.house
    with house.store.reader() as reader:
        before = sum(1 for _ in reader.events())
    programme.clock.set(datetime(2011, 7, 2, tzinfo=UTC))
    closed = closing.close_month(house, "2011-06", by=programme.operator)

    assert (0, before) == (closed.rows, closed.deferred)
    assert before < 11
    assert releasing.publish_month(house, "2011-06", by=programme.operator) is None
