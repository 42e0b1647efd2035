"""Criminal history from its sources to its levels: what was found at match stays; what is known at removal is beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from casestory import Story
from pictures import a_booking

from tenprint.errors import ExchangeError, FieldInvalid, UsageError
from tenprint.exchange.answers import sre
from tenprint.exchange.submission import CourtSegment, read_booking
from tenprint.model import events
from tenprint.workflow import auditing, charges, closing, court_text, desk, history, intake, retention, ticker

COURT = {"source": "court", "as_of": date(2011, 6, 6), "reason": "the court's record"}


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def code(story: Story, **changes) -> None:
    facts = {"charge": "1", "ncic": "2399", "reason": "text", "severity": "felony", "max_penalty_days": 800}
    for officer in (story.staff["charge-officer"], story.programme.staff("charge-officer")):
        done = charges.code_charge(story.house, story.case(), **(facts | changes), by=officer)
        assert done.refused is None
        if done.events[0].public["second_look"] == "none":
            return


def level(story: Story, basis: str, stage: str):
    return history.evaluate_level(story.house, story.case(), policy="morton-2011", basis=basis, stage=stage,
                                  by=story.staff["charge-officer"])  # fmt: skip


def levels(story: Story) -> list[tuple[str, str, str, str | None]]:
    return [(x.stage, x.basis, x.level, x.after) for x in story.state().levels]


def state(story: Story, **changes):
    facts = {"kind": "disposition", **COURT, "by": story.staff["charge-officer"]} | changes
    return history.state_history(story.house, story.case(), **facts)


def test_a_charge_dropped_before_removal_leaves_both_levels_and_no_conviction_known(story: Story) -> None:
    """Domain 10 test 14: charge-only Level 1 at match, charge dropped: at removal no conviction known; both are shown and counted."""
    story.booked_and_found()
    code(story)
    code(story, charge="2")
    assert "1" == level(story, "charge", "match").events[0].public["level"]
    charges.record_history(story.house, story.case(), known="none", source="rap_sheet", as_of=date(2011, 6, 6), reason="searched",
                        convictions=(), corrects=None, by=story.staff["charge-officer"])  # fmt: skip
    for charge in ("1", "2"):
        assert state(story, outcome="dismissed", charge=charge).refused is None
    assert "none" == level(story, "conviction", "removal").events[0].public["level"]

    told = levels(story)
    assert ("match", "charge", "1", None) == told[0]
    assert ("match", "charge", "none", "statement-2") in told
    assert ("removal", "conviction", "none", None) == told[-1]
    assert "history_changed" in story.tasks()
    shown = history.show_history(story.house, story.case(), by=story.staff["field-officer"])
    assert ("none", ["record-1"]) == (shown["conviction_known"], shown["rests_on"])
    assert told == [(x["stage"], x["basis"], x["level"], x["after"]) for x in shown["levels"]]

    done = history.review_change(story.house, story.case(), person_told=True, language="es", reason="told in person",
                                 by=story.staff["field-officer"])  # fmt: skip
    assert done.refused is None
    assert "history_changed" not in story.tasks()
    desk.record_outcome(
        story.house,
        story.case(),
        outcome="removal",
        conviction_known="none",
        reason="order",
        by=story.staff["field-officer"],
    )
    with story.house.store.reader() as reader:
        tale = reader.stream(events.CASE, story.case())
        streams = closing._Streams(reader)
        match = closing._standing(tale, "match", tale[0])
        removal = closing._row(tale[-1], streams)
    assert ("1", "charge") == (match["level"], match["basis"]), "statistics at match count what was found at match"
    assert ("none", "conviction", "none") == (removal.level, removal.basis, removal.conviction)


def test_a_level_by_charge_does_not_outlive_its_charge_when_the_policy_has_ended(story: Story) -> None:
    """Domain 1.9, last row: morton-2011 ended on 2014-11-20; charges dismissed in 2015 change what it says, as of its last day."""
    story.booked_and_found()
    code(story)
    code(story, charge="2")
    assert "1" == level(story, "charge", "match").events[0].public["level"]
    policy = next(p for p in story.house.programme.rules.level_policies if p.id == "morton-2011")
    last = policy.in_force.until - timedelta(days=1)
    story.at(datetime(2015, 6, 8, 15, tzinfo=UTC))
    for charge in ("1", "2"):
        assert state(story, outcome="dismissed", charge=charge, as_of=date(2015, 6, 8)).refused is None
    again = story.state().levels[-1]
    assert ("match", "charge", "statement-2") == (again.stage, again.basis, again.after)
    assert "1" != again.level
    event = [e for e in story.tale() if e.type == events.LEVEL_EVALUATED][-1]
    assert last.isoformat() == event.public["on"]
    assert history.POLICY_ENDED in event.public["reasons"]


def test_a_later_conviction_and_its_correction_each_give_a_level_of_their_own(story: Story) -> None:
    """Design 5, Level: never overwritten; each re-evaluation names the change that caused it and has its own inputs."""
    story.booked_and_found()
    level(story, "conviction", "match")
    state(story, outcome="convicted", item=charges.coded_offence("2202:felony:1825", sentence=False))
    state(story, kind="sentence", about=1, item={"days": 400})
    state(story, outcome="vacated", corrects=1)

    found = levels(story)
    assert [("needs_person", None), ("2", "statement-1")] == [(x[2], x[3]) for x in found[:2]]
    assert ("needs_person", "statement-3") == (found[-1][2], found[-1][3])
    hashes = [x.inputs_hash for x in story.state().levels]
    assert len(set(hashes[:3])) == 3


def test_a_statement_and_the_levels_it_changes_are_recorded_together_or_not_at_all(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level that stands on what is not true any more is never read: where the evaluation fails, the statement is not recorded."""
    story.booked_and_found()
    level(story, "conviction", "match")
    before = story.types()
    real = history.level_of

    def failing(*_: object, **__: object) -> None:
        raise OSError("an error nobody planned for")

    monkeypatch.setattr(history, "level_of", failing)
    with pytest.raises(OSError, match="nobody planned for"):
        state(story, outcome="convicted", item=charges.coded_offence("2202:felony:1825", sentence=False))
    assert before == story.types()

    monkeypatch.setattr(history, "level_of", real)
    done = state(story, outcome="convicted", item=charges.coded_offence("2202:felony:1825", sentence=False))
    assert events.LEVEL_EVALUATED == done.events[-1].type
    assert 1 == len({event.recorded_at for event in done.events})
    assert [] == auditing.fsck(story.house)


def test_a_disposition_whose_review_was_cut_is_reviewed_at_the_next_tick(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer is set with the statement itself, and is done only when the rules of the place were asked."""
    story.booked_and_found()
    code(story)
    asked: list[str] = []

    def cut(*_: object) -> None:
        raise OSError("cut")

    with monkeypatch.context() as died:
        died.setattr(history, "review_dispositions", cut)
        with pytest.raises(OSError, match="cut"):
            state(story, outcome="dismissed", charge="1")
    monkeypatch.setattr(ticker, "review_dispositions", lambda _, submission: asked.append(submission))
    story.tick()
    story.tick()
    assert [story.submission] == asked


def test_a_disposition_of_a_sealed_record_is_asked_about_later_and_not_dropped(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a sealed record is read; what the law requires after its dismissal is still to be asked once it is open again."""
    story.book()
    monkeypatch.setattr(story.house.vault, "is_held_back", lambda _: True)
    assert [] == retention.review_dispositions(story.house, story.submission)
    with story.house.store.reader() as reader:
        timers = reader.timers.for_subject(events.SUBMISSION, story.submission)
    assert [story.house.clock.now() + retention.ASK_AGAIN] == [t.due_at for t in timers if t.kind == "retention_review"]


def test_a_finding_makes_the_level_and_its_withdrawal_unmakes_it(story: Story) -> None:
    """Domain 2.3: an aggravated felony is a person's finding with its clause, and nothing else makes it."""
    story.booked_and_found()
    state(story, outcome="convicted", item=charges.coded_offence("2202:felony:1825", sentence=False))
    assert "2" == level(story, "conviction", "match").events[0].public["level"]
    officer = story.staff["field-officer"]
    found = history.find_aggravated_felony(
        story.house, story.case(), found=True, clause="F", reason="one year, violence", statement=1, by=officer
    )
    assert [events.AGGRAVATED_FELONY_FOUND, events.TASK_RAISED, events.LEVEL_EVALUATED] == [
        e.type for e in found.events
    ]
    assert "1" == found.events[-1].public["level"]
    assert "INA 101(a)(43)(F)" in found.events[-1].public["reasons"][0]
    gone = history.withdraw_finding(story.house, story.case(), finding=1, reason="sentence reduced", by=officer)
    assert ("2", "finding-withdrawn-1") == (gone.events[-1].public["level"], gone.events[-1].public["after"])


def test_court_segments_of_a_booking_are_kept_as_words_that_a_person_codes(story: Story) -> None:
    """EBTS 2.051: structured where the standard is (the date), literal where it is not; never coded by the machine."""
    story.enrol()
    story.book(
        court=(
            CourtSegment(date(2009, 3, 4), "BURGLARY 2ND DEGREE", "GUILTY 16 MONTHS"),
            CourtSegment(None, "DUI", "DISMISSED"),
        )
    )
    first, second = story.state().statements

    assert ["uncoded", "uncoded"] == [first.outcome, second.outcome]
    assert {"date": "2009-03-04", "literal": "BURGLARY 2ND DEGREE", "provision": "GUILTY 16 MONTHS"} == dict(first.item)
    assert story.submission == first.origin
    stated = [e for e in story.tale() if e.type == events.HISTORY_STATED]
    assert [None, "CDD_ABSENT"] == [e.public["fault"] for e in stated]
    assert all("BURGLARY" not in str(e.public) for e in stated)
    assert ("unknown", "charge-officer") == (story.state().conviction_known, story.tasks()["code_history"])
    state(story, outcome="convicted", corrects=1, item=charges.coded_offence("2202:felony", sentence=False))
    state(story, outcome="dismissed", corrects=2)
    assert "yes" == story.state().conviction_known
    assert "code_history" not in story.tasks()


def test_a_rap_sheet_is_kept_only_with_the_booking_that_it_answers(story: Story) -> None:
    """EBTS 2.075, 1.010: literal text with its provenance; bad content is a named error and the case stays as it was."""
    story.booked_and_found()
    row = story.row()
    booking = read_booking(a_booking("BOOK0000000001", day=story.house.clock.now().date()))
    answer = sre(booking, srf="I", tcn="R2011000000001", date=date(2011, 6, 6), rap_sheet="ARREST 2009-03-04 BURGLARY")
    before, by = len(story.tale()), story.staff["charge-officer"]
    with pytest.raises(ExchangeError):
        court_text.adopt_rap_sheet(story.house, story.case(), answer[:-40], reason="x", by=by)
    with pytest.raises(UsageError, match="no rap sheet"):
        court_text.adopt_rap_sheet(story.house, story.case(), sre(booking, srf="N", tcn="R2011000000001", date=date(2011, 6, 6)), reason="x",
                                   by=by)  # fmt: skip
    other = sre(booking, srf="I", tcn="R2011000000001", date=date(2011, 6, 6), rap_sheet="ARREST").replace(
        b"BOOK", b"KOOB"
    )
    with pytest.raises(UsageError, match="another transaction"):
        court_text.adopt_rap_sheet(story.house, story.case(), other, reason="x", by=by)
    assert before == len(story.tale())
    assert (
        court_text.adopt_rap_sheet(story.house, story.case(), answer, reason="criminal answer", by=by).refused is None
    )

    (sheet,) = story.state().statements
    assert ("rap_sheet", "ARREST 2009-03-04 BURGLARY", row.id) == (sheet.kind, sheet.item["literal"], sheet.origin)
    assert "unknown" == story.state().conviction_known
    assert [] == auditing.fsck(story.house)


def test_a_court_date_that_is_no_date_is_answered_with_its_field(story: Story) -> None:
    """EBTS 2.051 CDD: the agency is told which field, and sends it again; nothing is half taken in."""
    good = a_booking(
        "COURT000000001", court=(CourtSegment(date(2009, 3, 4), "DUI", "GUILTY"),), day=datetime.now(tz=UTC).date()
    )
    bad = good.replace(b"20090304\x1f", b"20091344\x1f")
    with pytest.raises(FieldInvalid):
        read_booking(bad)
    receipt = intake.take_in(story.house, bad, by=story.programme.agency.actor)
    assert ("refused", "2.051") == (receipt.state, receipt.error_field)


def test_what_courts_decide_after_the_referral_is_counted_once_by_its_outcome(story: Story) -> None:
    """The release's dispositions: of booked charges, heard after the identification. A correction counts as one and is not taken off;
    coding what was text until then corrects nothing that was counted."""
    story.booked_and_found()
    said = [
        {"outcome": "dismissed", "charge": "1"},
        {"outcome": "convicted", "charge": "1", "corrects": 1},
        {"outcome": "pending", "charge": "2"},
        {"outcome": "acquitted", "charge": "2", "corrects": 3},
        {"outcome": "convicted"},
    ]
    for one in said:
        assert state(story, **one).refused is None
    with story.house.store.reader() as reader:
        tale = reader.stream(events.CASE, story.case())
        streams = closing._Streams(reader)
        heard = [closing._row(e, streams).measure for e in tale if e.type == events.HISTORY_STATED]
        established = next(e.position for e in tale if e.type == events.IDENTITY_ESTABLISHED)
        told = next(e for e in tale if e.type == events.HISTORY_STATED)
        early = [e for e in tale if e.position < established]

    assert [
        "disposition/dismissed",
        "disposition/corrected",
        "other-event",
        "disposition/acquitted",
        "other-event",
    ] == heard[-5:]
    assert "other-event" == closing._heard([e for e in early if e.type != events.IDENTITY_ESTABLISHED], told)
    criminal = [replace(tale[0], public={**tale[0].public, "repository": "criminal"}), *tale[1:]]
    assert "other-event" == closing._heard(criminal, told)
    between = [
        replace(e, position=2 * told.position + 1 if e.type == events.IDENTITY_ESTABLISHED else 2 * e.position)
        for e in tale
    ]
    again = next(e for e in between if e.type == events.HISTORY_STATED and e.public["corrects"] == 1)
    assert "disposition/convicted" == closing._heard(between, again), "what it corrects was heard before the referral"


def test_an_outcome_is_heard_once_whoever_says_it_again_and_however_often_it_is_corrected(story: Story) -> None:
    """A correction counts as one only where something was counted before; what two sources say is one outcome of one charge."""
    story.booked_and_found()
    said = [
        ({"outcome": "pending", "charge": "1"}, "other-event"),
        ({"outcome": "pending", "charge": "1", "corrects": 1}, "other-event"),
        ({"outcome": "convicted", "charge": "1", "corrects": 2}, "disposition/convicted"),  # nothing was counted before
        ({"outcome": "convicted", "charge": "1"}, "other-event"),  # the state's record says what the court said
        ({"outcome": "vacated", "charge": "1"}, "disposition/vacated"),  # another outcome, heard later
        ({"outcome": "withdrawn", "corrects": 5}, "disposition/corrected"),  # a withdrawal need not name the charge
        ({"outcome": "vacated", "charge": "1"}, "disposition/vacated"),  # the first one was taken back
    ]
    for one, _ in said:
        assert state(story, **one).refused is None, one
    with story.house.store.reader() as reader:
        tale, streams = reader.stream(events.CASE, story.case()), closing._Streams(reader)
        heard = [closing._row(e, streams).measure for e in tale if e.type == events.HISTORY_STATED]

    assert [measure for _, measure in said] == heard[-len(said) :]


def test_nothing_is_dated_after_the_day_at_the_place(story: Story) -> None:
    """Los Angeles, 7 June 2011, 23:30: it is the 8th in UTC, and a record or status of the 8th has not come yet. An hour later it has."""
    story.booked_and_found()
    story.at(datetime(2011, 6, 7, 23, 30, tzinfo=ZoneInfo("America/Los_Angeles")))
    assert story.query().refused is None
    officer, tomorrow = story.staff["charge-officer"], date(2011, 6, 8)

    def asked() -> list[str | None]:
        record = charges.record_history(story.house, story.case(), known="none", source="rap_sheet", as_of=tomorrow, reason="searched",
                                        convictions=(), corrects=None, by=officer)  # fmt: skip
        done = (record, state(story, outcome="dismissed", charge="1", as_of=tomorrow), story.respond(as_of=tomorrow))
        return [one.refused and one.refused.code for one in done]

    assert ["AS_OF_IN_FUTURE"] * 3 == asked()
    assert state(story, outcome="dismissed", charge="1", as_of=date(2011, 6, 7)).refused is None
    story.later(hours=1)
    assert [None, None, None] == asked()
