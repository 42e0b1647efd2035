"""An officer says in which classes of a dated policy somebody is: at the desk, on the page, in a replay; and nothing follows."""

from __future__ import annotations

import pytest
from casestory import Story
from test_policy_replay import asked, replayed

from tenprint.errors import FactInvalid, NoRuleInForce, NotPermitted, UsageError
from tenprint.model import events
from tenprint.workflow import charges, desk
from tenprint.workflow.casework import Acted
from tenprint.workflow.priorities import decide_priority, look_at_priority
from tenprint.workflow.views.case_page import case_page

MORTON = "morton-2011-priorities"


@pytest.fixture
def story(programme) -> Story:
    """A person of Los Angeles in June 2011 whose status is known, with a conviction on record."""
    told = Story(programme)
    told.booked_and_found()
    for done in (told.query(), told.respond()):
        assert done.refused is None, done.refused
    charges.record_history(told.house, told.case(), known="yes", source="rap_sheet", as_of=told.house.clock.now().date(), reason="read",
                        convictions=("2202:felony:1825",), corrects=None, by=told.staff["charge-officer"])  # fmt: skip
    return told


def say(story: Story, **changes: object) -> Acted:
    facts: dict[str, object] = {
        "policy": MORTON, "basis": "conviction", "stage": "match", "classes": ("p1b",), "rests_on": ("record-1",), "reason_code": "conviction",
        "reason": "The judgment is on file.", "asserted": (), "by": story.staff["field-officer"],
    }  # fmt: skip
    return decide_priority(story.house, story.case(), **(facts | changes))  # type: ignore[arg-type]


def test_an_officer_s_class_is_recorded_under_its_policy_and_shown_with_its_source(story: Story) -> None:
    """Domain 2.0: policy, version, basis, day, hash of the inputs, reason; the page shows rule, citation and evidence mark."""
    before = story.tasks()
    assert say(story).refused is None
    said = story.last(events.PRIORITY_DECIDED)
    page = case_page(story.house, story.case(), by=story.staff["field-officer"])
    (line,) = page.priorities

    assert (MORTON, "1", "1", ["p1b"], ["p1b"], "secondary") == tuple(
        said.public[k] for k in ("policy", "policy_version", "value", "classes", "conditions_met", "evidence")
    )
    assert 64 == len(str(said.public["inputs_hash"]))
    assert before == story.tasks()
    assert ("priority", "1", "secondary") == (line.kind, line.value, line.evidence)
    assert "convicted of a crime" in line.classes[0][1]
    assert "10072.1" in line.rules[0].title
    shown = desk.show_case(story.house, story.case(), by=story.staff["auditor"])
    assert ["p1b"] == shown["priorities"][0]["classes"]
    assert shown["levels"] == []


def test_what_the_facts_rule_out_and_what_the_policy_does_not_have_is_refused(story: Story) -> None:
    """A class against an asserted fact; a class, a basis, a stage or a policy that is not there; another role."""
    against = say(story, classes=("p1c",), asserted=("finding.gang_participation=no",))
    assert against.refused is not None
    assert "CLASS_DOES_NOT_APPLY" == against.refused.code
    with pytest.raises(FactInvalid, match="no class p9"):
        say(story, classes=("p9",))
    with pytest.raises(NoRuleInForce, match="pep-2014"):
        say(story, policy="pep-2014", classes=("p1d",))
    with pytest.raises(UsageError, match="allowed: arrest, charge"):
        say(story, basis="rumour")
    with pytest.raises(FactInvalid):
        say(story, basis="charge")
    with pytest.raises(NotPermitted):
        say(story, by=story.staff["charge-officer"])
    assert events.PRIORITY_DECIDED not in story.types()


def test_the_officer_looks_before_saying_and_nothing_is_recorded(story: Story) -> None:
    """What holds, what may, what is missing, with the source; unknown is never `does not hold`."""
    count = len(story.tale())
    found = look_at_priority(story.house, story.case(), policy=MORTON, basis="conviction", stage="match",
                             asserted=("warrant.arrest_outstanding=no",), by=story.staff["field-officer"])  # fmt: skip
    condition = {one["class"]: one["condition"] for one in found["classes"]}

    assert ("holds", "does not hold", "may hold") == (condition["p1b"], condition["p1d"], condition["p2a"])
    assert found["source"]
    assert count == len(story.tale())


def test_a_replay_counts_what_officers_said_beside_what_the_conditions_give(story: Story) -> None:
    """`policy replay`: the officer's value under its own policy's name, and the replayed policy's beside it; compared with nothing."""
    assert say(story).refused is None
    assert say(story, classes=(), rests_on=()).refused is None
    tables = {table.name: table for table in replayed(story, asked(policy=MORTON)).tables}
    lines = tables["priority said by officers, priority"].lines

    under = f"{MORTON}/1 by conviction at match"
    assert {(under, "1", "1"): 1, (under, "none", "1"): 1} == lines
    levels = {table.name: table for table in replayed(story, asked(policy="morton-2011")).tables}
    assert {(under, "1"): 1, (under, "none"): 1} == levels["priority"].lines
