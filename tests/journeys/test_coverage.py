"""What parties owe, what "active" covers, the timeline; recorded by those who may, counted, and never told too finely."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from cards import BOSTON, CAMBRIDGE, LOS_ANGELES
from casestory import Story
from pictures import a_booking

from tenprint.errors import NotPermitted, UsageError
from tenprint.lab.bench.gate import bench_gate
from tenprint.model import events
from tenprint.workflow import auditing, coverage, gating, intake, obligations
from tenprint.workflow.participation import signature_faults
from tenprint.workflow.views.timeline import timeline


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def line(story: Story, jurisdiction: str) -> dict[str, object]:
    return {row["jurisdiction"]: row for row in coverage.coverage(story.house, "2011-06")}[jurisdiction]


def test_an_overdue_report_is_counted_until_a_signed_document_shows_it(story: Story) -> None:
    """Colorado's quarterly statistics: overdue on 7 June 2011, then fulfilled; once, and only what is owed."""
    by = story.programme.staff("programme-authority")
    found = obligations.obligations(story.house)
    assert {"fulfilled": 0, "overdue": 1, "coming": 1} == found["counts"]
    assert ("2011-03-31", 68) == (found["obligations"][0]["due"], found["obligations"][0]["overdue_days"])
    shown = {"document": "statistics of the first quarter", "source": "invented for this test", "evidence": "secondary"}
    with pytest.raises(NotPermitted):
        obligations.fulfil(story.house, "co/statistics", due=date(2011, 3, 31), by=story.programme.operator, **shown)
    with pytest.raises(UsageError, match="nothing is due"):
        obligations.fulfil(story.house, "co/statistics", due=date(2011, 4, 1), by=by, **shown)

    obligations.fulfil(story.house, "co/statistics", due=date(2011, 3, 31), by=by, content=b"a report", **shown)

    assert {"fulfilled": 1, "overdue": 0, "coming": 1} == obligations.obligations(story.house)["counts"]
    with pytest.raises(UsageError, match="fulfilled already"):
        obligations.fulfil(story.house, "co/statistics", due=date(2011, 3, 31), by=by, **shown)
    assert [] == signature_faults(story.house)
    assert [] == auditing.fsck(story.house)


def test_an_obligation_is_overdue_by_the_calendar_of_its_state(story: Story) -> None:
    """Colorado, 30 June 2011, 23:30: the last day is not over, though it is July in UTC; an hour later it is."""
    story.at(datetime(2011, 6, 30, 23, 30, tzinfo=ZoneInfo("America/Denver")))
    found = obligations.obligations(story.house, state="CO")
    assert ("2011-06-30", ["overdue", "coming"]) == (found["on"], [row["status"] for row in found["obligations"]])

    story.later(hours=1)
    found = obligations.obligations(story.house, state="CO")
    assert ("2011-07-01", ["overdue", "overdue"]) == (
        found["on"],
        [row["status"] for row in found["obligations"]],
    )
    assert 1 == found["obligations"][1]["overdue_days"]


def test_what_is_not_due_yet_can_not_be_fulfilled(story: Story) -> None:
    """The day is the state's own: on 30 June 2011 in Denver the second quarter's report is due, and not while it is the 29th there."""
    by = story.programme.staff("programme-authority")
    shown = {
        "document": "statistics of the second quarter",
        "source": "invented for this test",
        "evidence": "secondary",
    }
    denver = ZoneInfo("America/Denver")
    for at in (story.house.clock.now(), datetime(2011, 6, 29, 23, 59, tzinfo=denver)):
        story.at(at)
        with pytest.raises(
            UsageError, match=r"due on 2011-06-30, and it is .* in CO: nothing that is not due can be fulfilled"
        ):
            obligations.fulfil(story.house, "co/statistics", due=date(2011, 6, 30), by=by, **shown)
    story.at(datetime(2011, 6, 30, 0, 1, tzinfo=denver))
    obligations.fulfil(story.house, "co/statistics", due=date(2011, 6, 30), by=by, **shown)

    assert 1 == obligations.obligations(story.house)["counts"]["fulfilled"]


def test_what_is_owed_is_looked_up_in_the_transaction_that_records_it(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody recorded the same fulfilment in the moment before: it is refused by name, and stands once."""
    by = story.programme.staff("programme-authority")
    shown = {"document": "statistics of the first quarter", "source": "invented for this test", "evidence": "secondary"}
    due, real, met = date(2011, 3, 31), story.house.vault.create_key, []

    def meanwhile(key: str) -> None:
        real(key)
        if not met:
            met.append(key)
            obligations.fulfil(story.house, "co/statistics", due=due, by=by, **shown)

    monkeypatch.setattr(story.house.vault, "create_key", meanwhile)
    with pytest.raises(UsageError, match="fulfilled already"):
        obligations.fulfil(story.house, "co/statistics", due=due, by=by, **shown)
    assert 1 == obligations.obligations(story.house)["counts"]["fulfilled"]


def test_bookings_that_were_not_forwarded_stand_beside_coverage_and_small_counts_are_withheld(story: Story) -> None:
    """Domain 1.7 and 4.5: agencies active and agencies that sent; reported by the agency for a month that is over; k = 11."""
    agency = story.programme.agency.actor
    told = {"ori": LOS_ANGELES, "month": "2011-06", "made": 400, "not_forwarded": 100}
    with pytest.raises(UsageError, match="not over"):
        coverage.report_bookings(story.house, by=agency, **told)
    story.book(ori=LOS_ANGELES)
    story.at(datetime(2011, 7, 2, 12, 0, tzinfo=UTC))
    for wrong in ({"not_forwarded": 401}, {"month": "2011-13"}, {"ori": "CA019"}):
        with pytest.raises((UsageError, NotPermitted)):
            coverage.report_bookings(story.house, by=agency, **{**told, **wrong})
    with pytest.raises(NotPermitted):
        coverage.report_bookings(story.house, by=agency, **{**told, "ori": "NY0300000"})
    coverage.report_bookings(story.house, by=agency, **told)

    found = line(story, "Los Angeles, CA")
    assert (1, 1, 1, 1) == tuple(
        found[k] for k in ("agencies", "agencies_active", "agencies_that_sent", "agencies_that_reported")
    )
    assert {coverage.WITHHELD} == {found["received"], found["bookings_made"], found["not_forwarded"]}, (
        "one was received"
    )
    assert "not known" == found["nff"]
    middlesex = line(story, "Middlesex, MA")
    assert (1, 0, 0, "UNKNOWN", "not reported") == tuple(middlesex[k] for k in ("agencies", "agencies_active", "agencies_that_sent", "nff",
                                                                                 "bookings_made"))  # fmt: skip


def test_a_month_that_is_not_over_everywhere_is_not_counted(story: Story) -> None:
    """Design decision 11: of two counts of one running month the difference would tell a small one."""
    with pytest.raises(UsageError, match="2011-06 is not over"):
        coverage.coverage(story.house, "2011-06")
    story.at(datetime(2011, 7, 1, 5, 0, tzinfo=UTC))  # over in Boston, not in Los Angeles
    with pytest.raises(UsageError, match="2011-06 is not over"):
        coverage.coverage(story.house, "2011-06")
    story.at(datetime(2011, 7, 2, 12, 0, tzinfo=UTC))

    assert coverage.coverage(story.house, "2011-06")


def test_a_later_report_corrects_an_earlier_one_which_stays(story: Story) -> None:
    """Corrections are new events; the last one counts."""
    story.at(datetime(2011, 7, 2, 12, 0, tzinfo=UTC))
    agency = story.programme.agency.actor
    first = coverage.report_bookings(story.house, ori=BOSTON, month="2011-06", made=400, not_forwarded=100, by=agency)
    second = coverage.report_bookings(story.house, ori=BOSTON, month="2011-06", made=500, not_forwarded=120, by=agency)

    assert (None, first.id) == (first.public["corrects"], second.public["corrects"])
    assert (500, 120) == (line(story, "Suffolk, MA")["bookings_made"], line(story, "Suffolk, MA")["not_forwarded"])


def test_the_timeline_shows_what_the_gate_did_beside_what_was_claimed(story: Story) -> None:
    """Domain 4.4: 15 May 2012 opens Massachusetts under `historical` and nothing under `consent`."""
    found = {moment.id: moment for moment in timeline(story.house, state="MA")}

    opened = found["activation/ma"]
    answers = {(one.place, one.profile): (one.before, one.answer) for one in opened.gate}
    assert ("refused", "permitted") == answers["Middlesex, MA", "historical"]
    assert ("refused", "refused") == answers["Middlesex, MA", "consent"]
    assert ("permitted", "permitted") == answers["Suffolk, MA", "historical"]
    assert "Commonwealth" in found["consent/ma/none"].claimed_by
    assert 0 == found["statement/ice/2011-08-05"].changed, "the rescission changed no gate"
    assert [m.day for m in timeline(story.house)] == sorted(m.day for m in timeline(story.house))
    with pytest.raises(UsageError, match="no place"):
        timeline(story.house, state="ZZ")


def test_a_group_is_decided_whole_in_order_or_not_at_all(story: Story, monkeypatch) -> None:
    """Group commit: cut before the commit nothing of the group is recorded; done again, each submission has its own events."""
    names = []
    for number, ori in enumerate((BOSTON, CAMBRIDGE, LOS_ANGELES)):
        receipt = story_receive(story, ori, f"GROUP{number:09d}")
        names.append(receipt.submission)
        story.later(seconds=1)
    real = gating.to_document
    calls = []

    def cut(authority):
        calls.append(authority)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(authority)

    with monkeypatch.context() as patched:
        patched.setattr(gating, "to_document", cut)
        with pytest.raises(KeyboardInterrupt):
            gating.pass_waiting(story.house)
    assert [] == decided(story)

    assert 3 == gating.pass_waiting(story.house)
    assert [name for name in names for _ in range(2)] == decided(story)
    assert [] == auditing.fsck(story.house)


def story_receive(story: Story, ori: str, tcn: str):
    return intake.take_in(story.house, a_booking(tcn, ori=ori), by=story.programme.agency.actor)


def decided(story: Story) -> list[str]:
    with story.house.store.reader() as reader:
        return [event.stream_id for event in reader.events(types=[events.GATE_DECIDED])]


def test_one_submission_that_fails_does_not_keep_the_others_of_its_group_from_being_decided(story: Story) -> None:
    """Its key is gone: the group is left as it was, the others are decided one by one, and the bad one is counted."""
    bad = story_receive(story, BOSTON, "BADGROUP000001").submission
    good = story_receive(story, BOSTON, "GOODGROUP00001").submission
    story.house.vault.destroy_key(bad)

    story.work()

    assert {good} == set(decided(story))
    with story.house.store.reader() as reader:
        assert "received" == reader.submissions.get(bad).state


def test_the_bench_counts_what_it_times(tmp_path) -> None:
    """Decisions are counted in the store after they were timed; a figure stands beside its peer."""
    result = bench_gate(submissions=8, single=2, folder=tmp_path)

    assert result["gate_per_s_group_commit"] > 0
    assert result["gate_per_s_one_by_one"] > 0
    assert [] == list(tmp_path.iterdir())
    with pytest.raises(UsageError):
        bench_gate(submissions=0, single=1)
