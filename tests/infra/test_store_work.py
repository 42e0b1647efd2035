"""The work tables: claims, authorities used once, timers, tasks, rows of a close, actors (design 3.1, section 4 row 4)."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from infra_place import NOON, Place

from tenprint.errors import NotFound, StoreError, UsageError
from tenprint.ids import fresh, fresh_salt
from tenprint.infra.store.actors import ActorRow
from tenprint.infra.store.authorities import AuthorityRow, AuthorityTotals
from tenprint.infra.store.cases import CaseFile
from tenprint.infra.store.rows import RowEntry
from tenprint.infra.store.submissions import Submission

MINUTE = timedelta(minutes=1)


def submission(number: int, *, state: str = "received") -> Submission:
    return Submission(
        id=f"s{number}", request_digest=f"d{number}", content_digest="c", ori="MA0130100", cri="MA0130100", jurisdiction="us-ma-suffolk",
        state_code="MA", tot="CAR", retain=True, state=state, key_id=f"s{number}", received_at=NOON + number * MINUTE, updated_at=NOON,
        retention_due=NOON,
    )  # fmt: skip


def add(place: Place, *rows: Submission) -> None:
    with place.store.unit_of_work() as work:
        for row in rows:
            work.submissions.add(row)


def test_a_submission_reads_back_and_is_changed_by_name(place: Place) -> None:
    """The state of a submission is the work queue; idempotent by (ORI, TCN)."""
    add(place, submission(1), submission(2, state="closed"))
    with place.store.unit_of_work() as work:
        work.submissions.set("s1", state="held-gated", attempts=3, answer_kind=None, updated_at=NOON + MINUTE)
        with pytest.raises(NotFound):
            work.submissions.set("s9", attempts=1)
        for wrong in ({"state": "found"}, {"id": "s2"}, {"request_digest": "x"}, {"nothing": 1}):
            with pytest.raises(UsageError):
                work.submissions.set("s1", **wrong)
    with place.store.reader() as reader:
        assert replace(
            submission(1), state="held-gated", attempts=3, updated_at=NOON + MINUTE
        ) == reader.submissions.get("s1")
        assert submission(2, state="closed") == reader.submissions.by_request("d2")
        assert reader.submissions.get("s9") is None
        assert reader.submissions.count_by_state() == {"closed": 1, "held-gated": 1}
        assert [row.id for row in reader.submissions.list()] == ["s2", "s1"]
        assert [row.id for row in reader.submissions.list(oldest_first=True, limit=1)] == ["s1"]
        assert [row.id for row in reader.submissions.list(states=["closed"], retention_due_by=NOON)] == ["s2"]
    with pytest.raises(StoreError, match="UNIQUE"):
        add(place, replace(submission(3), request_digest="d1"))


def test_the_oldest_is_claimed_and_a_claim_that_runs_out_is_taken_again(place: Place) -> None:
    """A worker that dies gives its work back when its lease ends, not before."""
    add(place, submission(2), submission(1), submission(3, state="closed"))

    def claim(worker: str, at: int, skip: tuple[str, ...] = ()) -> str | None:
        with place.store.unit_of_work() as work:
            row = work.submissions.claim_next(
                ["received", "gated"], worker=worker, now=NOON + at * MINUTE, lease=5 * MINUTE, skip=skip
            )
            assert row is None or (row.claimed_by == worker and row.claimed_until == NOON + (at + 5) * MINUTE)
            return row and row.id

    assert [claim("one", 0), claim("two", 1), claim("three", 4)] == ["s1", "s2", None]
    assert [claim("three", 5), claim("three", 5)] == ["s1", None]
    with place.store.unit_of_work() as work:
        work.submissions.release("s1")
    assert [claim("four", 5, skip=("s1",)), claim("four", 5)] == [None, "s1"]


def test_many_workers_never_claim_the_same_submission(place: Place) -> None:
    """Design section 4, row 4: one transaction covers state and work."""
    add(place, *(submission(n) for n in range(20)))
    claimed: list[str] = []

    def work_on(worker: str) -> None:
        while True:
            with place.store.unit_of_work() as work:
                row = work.submissions.claim_next(["received"], worker=worker, now=NOON, lease=MINUTE)
            if row is None:
                return
            claimed.append(row.id)

    threads = [threading.Thread(target=work_on, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(f"s{n}" for n in range(20)) == sorted(claimed)


def authority(name: str, repository: str = "criminal") -> AuthorityRow:
    return AuthorityRow(
        id=name, submission="s1", repository=repository, state="open", document=b"signed", issued_at=NOON
    )


def test_issued_is_spent_and_voided_and_open_and_each_is_used_once(place: Place) -> None:
    """Design decision 1: issued = spent + voided (reason) + open, by repository."""
    with place.store.unit_of_work() as work:
        for row in (authority("a1"), authority("a2"), authority("a3"), authority("b1", "immigration")):
            work.authorities.add(row)
        work.authorities.set_state("a1", "spent", closed_at=NOON, attempts=2)
        work.authorities.set_state("a2", "voided", closed_at=NOON, reason="images unusable")
        for name in ("a1", "a2", "a9"):
            with pytest.raises(StoreError, match="not open"):
                work.authorities.set_state(name, "spent", closed_at=NOON)
        with pytest.raises(UsageError):
            work.authorities.set_state("a3", "open", closed_at=NOON)
        with pytest.raises(UsageError):
            work.authorities.add(replace(authority("a4"), state="spent"))
    with place.store.reader() as reader:
        assert {
            "criminal": AuthorityTotals(issued=3, spent=1, voided=1, open=1),
            "immigration": AuthorityTotals(issued=1, spent=0, voided=0, open=1),
        } == reader.authorities.totals()
        assert replace(authority("a1"), state="spent", closed_at=NOON, attempts=2) == reader.authorities.get("a1")
        assert [row.id for row in reader.authorities.list(state="open")] == ["a3", "b1"]
        assert [row.id for row in reader.authorities.list(repository="immigration")] == ["b1"]
        assert len(reader.authorities.for_submission("s1")) == 4


def test_cases_are_found_by_desk_and_by_submission(place: Place) -> None:
    """Case files are a projection: open ones first opened first."""
    first = CaseFile(
        id="c1",
        submission="s1",
        repository="criminal",
        jurisdiction="us-ma-suffolk",
        key_id="k",
        stage="examiners",
        opened_at=NOON,
        updated_at=NOON,
    )
    second = replace(first, id="c2", repository="immigration", opened_at=NOON + MINUTE, zone="review")
    with place.store.unit_of_work() as work:
        work.cases.add(second)
        work.cases.add(first)
        work.cases.set("c1", stage="closed", closed_at=NOON + MINUTE)
        with pytest.raises(UsageError):
            work.cases.set("c1", submission="s2")
    with place.store.reader() as reader:
        assert [case.id for case in reader.cases.for_submission("s1")] == ["c1", "c2"]
        assert [second] == list(reader.cases.list(open_only=True))
        assert list(reader.cases.list(open_only=True, repository="criminal")) == []
        assert [case.id for case in reader.cases.list(stage="closed", limit=5)] == ["c1"]
        assert reader.cases.get("c1").closed_at == NOON + MINUTE  # type: ignore[union-attr]


def test_tasks_wait_in_order_of_their_due_time_until_they_are_done(place: Place) -> None:
    """A `required` answer opens a task with a due time for a named role (design decision 6)."""
    with place.store.unit_of_work() as work:
        later = work.tasks.add(kind="level", role="supervisor", raised_at=NOON, case_id="c1", due=NOON + MINUTE)
        never = work.tasks.add(kind="look", role="supervisor", raised_at=NOON, case_id="c1")
        first = work.tasks.add(kind="claim", role="examiner", raised_at=NOON, case_id="c2", due=NOON, submission="s1")
    with place.store.reader() as reader:
        assert [first, later, never] == [task.id for task in reader.tasks.list()]
        assert [later, never] == [task.id for task in reader.tasks.list(role="supervisor", case_id="c1")]
        assert [first] == [task.id for task in reader.tasks.list(overdue_at=NOON, submission="s1")]
    with place.store.unit_of_work() as work:
        assert work.tasks.done(first, at=NOON)
        assert not work.tasks.done(first, at=NOON)
        assert work.tasks.done_for_case("c1", at=NOON, kind="look") == 1
        assert [later] == [task.id for task in work.tasks.list()]
        assert len(work.tasks.list(open_only=False)) == 3
        assert work.tasks.get(first).state == "done"  # type: ignore[union-attr]


def test_a_timer_set_twice_rings_once(place: Place) -> None:
    """Steps are idempotent: a repeated step sets the same timer, not another one."""
    subject = {"kind": "retention", "subject_stream": "submission", "subject_id": "s1"}
    with place.store.unit_of_work() as work:
        one = work.timers.add(**subject, due_at=NOON)
        assert one == work.timers.add(**subject, due_at=NOON)
        two = work.timers.add(**subject, due_at=NOON + MINUTE)
    with place.store.unit_of_work() as work:
        assert list(work.timers.due(NOON - MINUTE)) == []
        assert work.timers.next_due() == NOON
        assert [one] == [timer.id for timer in work.timers.due(NOON)]
        assert work.timers.done(one)
        assert not work.timers.done(one)
        assert [two] == [timer.id for timer in work.timers.due(NOON + MINUTE)]
        assert work.timers.done_for("submission", "s1", kind="retention") == 1
        assert len(work.timers.for_subject("submission", "s1", open_only=False)) == 2
        assert work.timers.next_due() is None


def test_the_log_takes_entries_in_order_and_each_index_is_set_once(place: Place) -> None:
    """The outbox is a queue in order of commit; a repeated acknowledgement is the same, another index is refused."""
    told = [place.one() for _ in range(3)]
    with place.store.unit_of_work() as work:
        assert [row.position for row in work.outbox.pending(2)] == [1, 2]
        work.outbox.taken(1, 0)
        work.outbox.taken(1, 0)
        for position, index in ((1, 5), (9, 5)):
            with pytest.raises(StoreError, match="was not recorded"):
                work.outbox.taken(position, index)
        assert [row.position for row in work.outbox.pending()] == [2, 3]
        assert (work.outbox.counts().pending, work.outbox.logged()) == (2, 1)
        assert work.outbox.of_event(told[0].id).leaf_index == 0  # type: ignore[union-attr]
        assert work.outbox.at_index(0).position == 1  # type: ignore[union-attr]
        assert work.outbox.at_index(1) is None
        assert work.outbox.of_event("none") is None


def entry(position: int, month: str = "2011-06") -> RowEntry:
    row, salt = f"row {position}".encode(), fresh_salt()
    return RowEntry(
        event_position=position, month=month, row=row, salt=salt, leaf_hash=hashlib.sha256(salt + row).digest()
    )


def test_a_close_takes_each_event_once_in_order_of_hash(place: Place) -> None:
    """Design decision 4: rows in order of hash; late events go to the next close."""
    for _ in range(3):
        place.one()
    rows = [entry(1), entry(2)]
    with place.store.unit_of_work() as work:
        assert list(work.rows.positions_without()) == [1, 2, 3]
        assert work.rows.add_many(rows) == 2
        assert work.rows.add_many([]) == 0
    with place.store.unit_of_work() as work:
        assert (
            sorted(rows, key=lambda row: row.leaf_hash)
            == list(work.rows.for_month("2011-06"))
            == list(work.rows.unlogged())
        )
        assert [3] == list(work.rows.positions_without()) == [e.position for e in work.events(without_row=True)]
        assert list(work.rows.positions_without(recorded_before=NOON)) == []
        work.rows.logged_at(2, 7)
        work.rows.logged_at(2, 7)
        assert (work.rows.logged(), work.rows.months()) == (1, ("2011-06",))
        assert [row.event_position for row in work.rows.unlogged()] == [1]
        with pytest.raises(StoreError, match="index 8 was not recorded"):
            work.rows.logged_at(2, 8)
    with pytest.raises(StoreError, match="one row"), place.store.unit_of_work() as work:
        work.rows.add_many([entry(1, "2011-07")])


def test_an_actor_signs_in_by_digest_only_while_active(place: Place) -> None:
    """Credentials are kept as digests; a revoked one finds nobody."""
    row = ActorRow(
        id="p1",
        kind="person",
        label="E. Xaminer",
        roles=("examiner",),
        oris=("MA013*",),
        created_at=NOON,
        credential_digest="d" * 64,
    )
    with place.store.unit_of_work() as work:
        work.actors.add(row)
        work.actors.add(replace(row, id="p2", kind="agency", credential_digest=None))
        assert row == work.actors.by_credential("d" * 64) == work.actors.get("p1")
        work.actors.set("p1", roles=("examiner", "supervisor"), state="revoked")
        assert work.actors.by_credential("d" * 64) is None
        assert work.actors.get("p1").roles == ("examiner", "supervisor")  # type: ignore[union-attr]
        assert (
            ["p2"]
            == [actor.id for actor in work.actors.list(active_only=True)]
            == [actor.id for actor in work.actors.list(kind="agency")]
        )
        with pytest.raises(NotFound):
            work.actors.set("p9", state="revoked")
    with pytest.raises(StoreError, match="CHECK"), place.store.unit_of_work() as work:
        work.actors.set("p1", state="superuser")


def test_keys_are_filed_under_a_person_and_expunged_with_them(place: Place) -> None:
    """Design decision 3: merge and unlink re-file keys; expunging a person destroys all of theirs."""
    with place.store.unit_of_work() as work:
        for encounter, person in (("e1", "p1"), ("e2", "p1"), ("e3", "p2")):
            work.enrolments.add(
                person=person, encounter=encounter, repository="criminal", key_id=f"k-{encounter}", enrolled_at=NOON
            )
        work.enrolments.add(
            person="p1", encounter="e1", repository="immigration", key_id="k-e1", enrolled_at=NOON, submission="s1"
        )
        work.enrolments.refile("e3", "criminal", person="p1")
        with pytest.raises(NotFound):
            work.enrolments.refile("e9", "criminal", person="p1")
        assert [row.encounter for row in work.enrolments.for_person("p1", repository="criminal")] == ["e1", "e2", "e3"]
        assert work.enrolments.expunge("p1", "criminal", at=NOON) == ("k-e1", "k-e2", "k-e3")
        assert work.enrolments.expunge("p1", "criminal", at=NOON) == ()
        assert [row.repository for row in work.enrolments.for_person("p1")] == ["immigration"]
        assert len(work.enrolments.list(repository="criminal", present_only=False)) == 3
        assert work.enrolments.get("e1", "criminal").expunged_at == NOON  # type: ignore[union-attr]
    with pytest.raises(StoreError, match="UNIQUE"), place.store.unit_of_work() as work:
        work.enrolments.add(person="p3", encounter="e1", repository="criminal", key_id="k", enrolled_at=NOON)


def test_a_setting_is_the_last_value_set(place: Place) -> None:
    """Small facts of the installation, by name."""
    name = fresh()
    with place.store.unit_of_work() as work:
        work.settings.set(f"promise/{name}", "one")
        work.settings.set(f"promise/{name}", "two")
        work.settings.set("promise_x", "three")
        assert {f"promise/{name}": "two"} == work.settings.all(prefix="promise/")
        work.settings.remove("promise_x")
        work.settings.remove("promise_x")
        assert work.settings.get("promise_x") is None
