"""What is owed, to whom and by when: due by the rules of the day, given by named people, never a reason to hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cards import BOSTON, LOS_ANGELES
from casestory import REASON, Story, utc

from tenprint.clock import to_text
from tenprint.errors import NotPermitted, RuleInvalid
from tenprint.model import events
from tenprint.refer.policy.notices import read_notices
from tenprint.refer.policy.programme import programme_root
from tenprint.workflow import desk, notices, people


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def table(story: Story, **which: Any) -> dict[str, dict[str, Any]]:
    return {row["what"]: row for row in notices.notices(story.house, by=story.staff["auditor"], **which)}


def give(story: Story, what: str, *, by: str, outcome: str = "told", note: str = "", language: str | None = "es"):
    notice = table(story)[what]["notice"]
    return notices.give_notice(
        story.house, story.case(), notice, outcome=outcome, language=language, note=note, by=story.staff[by]
    )


def test_the_forms_copy_is_owed_at_issue_and_given_by_serving_it_in_a_language(story: Story) -> None:
    """Domain 3.2: from the edition of December 2011 on a copy goes to the person; before, the form knew no such duty."""
    story.at(utc(2011, 12, 5, 16))
    story.booked_and_found()
    for done in (story.query(), story.respond(), story.dispose(), story.issue("I-247 (12/11)")):
        assert done.refused is None, done.refused
    owed = table(story)["form_copy"]
    assert ("person", "jail-officer", None) == (owed["to"], owed["owed_by"], owed["given"])
    assert owed["due"] == to_text(story.house.clock.now())
    assert (owed["rule"], owed["evidence"]) == ("notice/form-copy/1", "recalled_not_verified")
    assert "jail-officer" == story.tasks()["notice_by_jail"]

    story.later(minutes=10)
    assert 600 == table(story, overdue_only=True)["form_copy"]["overdue_s"]
    assert story.serve().refused is None
    assert {} == table(story)
    given = story.last(events.NOTICE_GIVEN).public
    assert ("form_copy", "es", 600) == (given["what"], given["language"], given["late_seconds"])
    assert "notice_by_jail" not in story.tasks()
    assert table(story, case=story.case())["form_copy"]["given"] is not None


def test_an_edition_without_that_duty_owes_no_copy(story: Story) -> None:
    """Domain 3.2: I-247 (08/10), no duty."""
    story.booked_and_found()
    for done in (story.query(), story.respond(), story.dispose(), story.issue()):
        assert done.refused is None, done.refused
    assert {} == table(story)


def test_after_a_transfer_the_custody_decision_is_due_within_48_hours_of_the_arrest(story: Story) -> None:
    """8 CFR 287.3(d): every hour counts, also a weekend's; given by the field office, late or not, with how it ended."""
    story.held()
    story.later(hours=1)
    at = story.house.clock.now()
    assert _transfer(story).refused is None
    owed = table(story)
    assert {"custody_decision", "consular_right"} == set(owed)
    assert owed["custody_decision"]["due"] == to_text(at + timedelta(hours=48))

    story.later(hours=49)
    refused = notices.give_notice(
        story.house, story.case(), owed["custody_decision"]["notice"], outcome="told", language=None, note="",
        by=story.staff["jail-officer"],
    ).refused  # fmt: skip
    assert "ROLE_MAY_NOT" == refused.code
    assert "REASON_MISSING" == give(story, "custody_decision", by="field-officer", outcome="not_possible").refused.code
    assert "OUTCOME_UNKNOWN" == give(story, "custody_decision", by="field-officer", outcome="fine").refused.code
    assert give(story, "custody_decision", by="field-officer", outcome="nta_issued").refused is None
    assert 3600 == story.last(events.NOTICE_GIVEN).public["late_seconds"]
    assert {"consular_right"} == set(table(story))
    assert "field-officer" == story.tasks()["notice_by_field_office"]
    assert give(story, "consular_right", by="supervisor").refused is None
    assert "notice_by_field_office" not in story.tasks()


def _transfer(story: Story):
    granted = people.grant(
        story.house, kind="person", label="receiving", roles=["field-officer"], oris=["*"], by=story.programme.operator
    )
    return desk.transfer(story.house, story.case(), other_key=granted.token, by=story.staff["custodian"])


def test_charges_that_ended_are_told_and_hold_nobody(story: Story) -> None:
    """Domain 1.9, last row: charges dropped or acquittal; the level is looked at again."""
    story.detained()
    assert story.answer().refused is None
    before = story.house.clock.now()
    assert story.eligible(why="charges_dismissed").refused is None
    assert {"charges_ended"} == set(table(story))
    assert story.state().running_hold.starts == before


@pytest.mark.parametrize(("about", "hours"), [("identity", 24), ("level", 120), ("hold", 1)])
def test_what_the_person_asks_is_answered_by_a_time_and_stops_no_clock(story: Story, about: str, hours: float) -> None:
    """Domain 3.5 (a), (c), (d): each with due time and outcome; asking again starts no clock again."""
    story.held()
    end = story.state().running_hold.expires
    story.later(hours=1)
    at = story.house.clock.now()

    def ask():
        return notices.ask_redress(
            story.house, story.case(), about=about, reason="the person says so", by=story.programme.agency.actor
        )

    assert ask().refused is None
    reply = table(story)[f"reply_{about}"]
    assert ("supervisor", to_text(at + timedelta(hours=hours))) == (reply["owed_by"], reply["due"])
    assert "ASKED_ALREADY" == ask().refused.code
    assert end == story.state().running_hold.expires
    assert give(story, f"reply_{about}", by="supervisor", outcome="not_upheld").refused is None
    assert "not_upheld" == story.last(events.NOTICE_GIVEN).public["outcome"]
    assert ask().refused is None, "a later doubt is a new one"


def test_a_reply_stays_owed_when_the_case_is_closed(story: Story) -> None:
    """Design 5: a claim at any time; what is owed stays owed, and its task stays on the desk."""
    story.booked_and_found()
    story.query()
    story.respond("LPR")
    assert story.dispose("no_action").refused is None
    officer = story.staff["field-officer"]
    assert desk.close(story.house, story.case(), **REASON, by=officer).refused is None
    assert (
        notices.ask_redress(story.house, story.case(), about="identity", reason="not my prints", by=officer).refused
        is None
    )
    assert "supervisor" == story.tasks()["notice_by_supervisor"]
    assert give(story, "reply_identity", by="supervisor", outcome="upheld").refused is None
    assert "notice_by_supervisor" not in story.tasks()


def test_nobody_sees_the_notices_of_cases_that_are_not_theirs(story: Story) -> None:
    """The table of access: own agencies for the jail, nothing for the operator."""
    story.held()
    notices.ask_redress(story.house, story.case(), about="hold", reason="too long", by=story.staff["supervisor"])
    own = story.programme.staff("jail-officer", LOS_ANGELES)
    assert 1 == len(notices.notices(story.house, by=own))
    assert [] == notices.notices(story.house, by=story.programme.staff("jail-officer", BOSTON))
    with pytest.raises(NotPermitted):
        notices.notices(story.house, by=story.programme.operator)


def test_a_claims_time_is_the_programmes_and_never_that_of_a_hold(story: Story) -> None:
    """Design decision 7: its own clock, from the data, shorter than a hold's."""
    story.held()
    story.later(hours=1)
    desk.claim(story.house, story.case(), evidence="", by=story.staff["supervisor"])
    (rule,) = [r for r in story.house.programme.rules.notices if r.on == "claim_raised"]
    claim = story.state().open_claim
    assert claim.raised_at + rule.within == claim.due < claim.raised_at + timedelta(hours=48)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("what: form_copy", "what: fax", "form_copy"),
        ("by: jail-officer", "by: machine", "supervisor"),
        ("within_minutes: 2880", "within_minutes: -1", "at least 0"),
        ("id: notice/form-copy/1", "id: redress/hold/1", "stands twice"),
        ("to: person", "whom: person", "to is nothing"),
    ],
)
def test_a_notice_that_can_not_be_is_refused(tmp_path, old: str, new: str, says: str) -> None:
    """Bad input: closed lists, and nothing is half loaded."""
    text = (programme_root() / "notices.yaml").read_text()
    (tmp_path / "notices.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(RuleInvalid, match=says):
        read_notices(tmp_path / "notices.yaml")
