"""The rules asked from the command line: made-up facts, two editions, and a recorded case as it was known on a day."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from casestory import LOS_ANGELES, Story
from typer.testing import CliRunner

from tenprint.cli.main import app
from tenprint.errors import NotFound, NotPermitted, TenprintError, UsageError
from tenprint.model import events
from tenprint.refer.policy.programme import programme_root
from tenprint.workflow import explaining

ASK = ["policy", "ask", "may_hold", "--on", "2017-07-24", "--state", "MA", "--county", "Suffolk"]
CLEAR = [
    "--fact",
    "status.value=overstay",
    "--fact",
    "claim.citizenship_open=no",
    "--fact",
    "facility.honours_detainers=yes",
]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_a_lawyer_asks_with_facts_of_their_own() -> None:
    """No store, no key: the answer, its citation and evidence mark, and every rule that was looked at."""
    found = json.loads(run(*ASK, *CLEAR, "--json"))

    assert ("refused", "may-hold/us-ma-lunn/1", "secondary") == (found["answer"], found["by"], found["evidence"])
    assert "Lunn" in found["citation"]
    assert {"rule", "answers", "outcome", "because", "missing", "in_force", "scope", "citation", "evidence"} == set(
        found["considered"][0]
    )
    assert "may_hold: refused" in run(*ASK, *CLEAR)


def test_what_is_not_said_is_missing_and_named() -> None:
    """Unknown is never "no": a person is asked, and the fact is named with the reason."""
    found = json.loads(
        run(
            "policy",
            "ask",
            "may_hold",
            "--on",
            "2011-07-01",
            "--state",
            "NY",
            "--fact",
            "claim.citizenship_open=no",
            "--json",
        )
    )

    assert "needs_person" == found["answer"]
    assert {"fact": "status.value", "why": "nobody asserted it"} in found["missing"]


def test_silence_is_an_answer_that_decides_nothing() -> None:
    """Before the programme's first day no rule answers, and the nearest is named."""
    found = json.loads(run("policy", "ask", "may_hold", "--on", "2005-07-01", "--state", "NY", "--json"))

    assert ("nothing decided", "NoRuleInForce") == (found["answer"], found["error"])


@pytest.mark.parametrize(("arguments", "says"), [
    (["policy", "ask", "may_fly", "--on", "2011-01-01"], "allowed: may"),
    (["policy", "ask", "may_hold", "--on", "2011-01-01", "--county", "Suffolk"], "county needs its state"),
    (["policy", "ask", "may_hold", "--on", "2011-01-01", "--fact", "weather=fine"], "no fact of the glossary"),
    (["policy", "diff"], "two folders"),
    (["policy", "diff", "--rule", "may-hold/us-ma-lunn/1", "may-hold/nowhere/1"], "no rule 'may-hold/nowhere/1'"),
])  # fmt: skip
def test_a_question_that_can_not_be_asked_says_what_can(arguments: list[str], says: str) -> None:
    """Found, allowed, and that nothing was decided."""
    with pytest.raises(TenprintError, match=says):
        run(*arguments)


def test_two_editions_are_compared_in_words(tmp_path: Path) -> None:
    """A rule that begins later, and the cases that come out otherwise."""
    later = tmp_path / "later"
    shutil.copytree(programme_root(), later, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    path = later / "rules" / "hold" / "us-ma-lunn.yaml"
    path.write_text(path.read_text().replace("from: 2017-07-24", "from: 2018-01-01"))

    found = json.loads(run("policy", "diff", str(programme_root()), str(later), "--json"))

    assert ["may-hold/us-ma-lunn/1"] == [change["id"] for change in found["changes"]]
    assert any(case["before"].startswith("refused") for case in found["cases"])
    told = run("policy", "diff", str(programme_root()), str(later))
    assert "in force: was from 2017-07-24; is from 2018-01-01" in told
    assert "answered differently: us-ma-lunn.cases.yaml" in told
    rule = json.loads(run("policy", "diff", "--rule", "may-hold/us-ma-lunn/1", "may-hold/us-il-trust/1", "--json"))
    assert "covered: was state MA; is state IL" in rule["changes"][0]["says"]


@pytest.fixture
def story(programme) -> Story:
    return Story(programme)


def question(found: dict, name: str) -> dict:
    return next(asked for asked in found["questions"] if asked["question"] == name)


def test_a_case_is_explained_as_it_was_known_on_a_day(story: Story) -> None:
    """Facts recorded and effective by then, with source, as-of and asserter; what the decision recorded; and no texts."""
    story.booked_and_found()
    before = story.house.clock.now()
    story.later(hours=1)
    for done in (story.query(), story.respond(), story.dispose(), story.issue(), story.serve(), story.answer()):
        assert done.refused is None, done.refused
    case, auditor = story.case(), story.staff["auditor"]

    now = explaining.explain(story.house, case, as_of=None, by=auditor)
    then = explaining.explain(story.house, case, as_of=before, by=auditor)

    hold = question(now, "may_hold")
    assert ("permitted", "may-hold/facility-policy/1") == (hold["answer"], hold["by"])
    (fact,) = [fact for fact in hold["facts"] if fact["fact"] == "facility.honours_detainers"]
    assert "asserted with event DetainerAnswered" in fact["source"]
    assert fact["asserted_by"] == f"jail-officer {story.staff['jail-officer'].id}"
    status = next(fact for fact in now["stage_facts"] if fact["fact"] == "status.value")
    assert ("2010-01-01", True) == (status["as_of"], status["asserted_by"].startswith("status-specialist"))
    (said,) = hold["recorded"]
    assert (events.DETAINER_ANSWERED, "permitted", story.last(events.DETAINER_ANSWERED).public["rules"]) == (
        said["event"],
        said["permitted"],
        said["rules"],
    )
    assert {"asked again", "recorded"} == {gate["says"] for gate in now["may_search"]}

    assert [] == question(then, "may_hold")["recorded"]
    assert "needs_person" == question(then, "may_hold")["answer"]
    assert not any(fact["fact"] == "status.value" for fact in then["stage_facts"])
    assert "as the test says" not in json.dumps([now, then]), "a reason in words stays sealed"
    with pytest.raises(NotFound, match="not yet opened"):
        explaining.explain(story.house, case, as_of=before - timedelta(days=400), by=auditor)
    with pytest.raises(UsageError, match="time zone"):
        explaining.explain(story.house, case, as_of=before.replace(tzinfo=None), by=auditor)


def test_only_whoever_decides_or_reviews_sees_the_facts_of_a_case(story: Story) -> None:
    """The table of access: an examiner must stay blind to them, an agency's officer sees their own cases only."""
    story.booked_and_found(ori=LOS_ANGELES)
    for who in (story.examiners[0], story.staff["status-specialist"], story.programme.operator):
        with pytest.raises(NotPermitted):
            explaining.explain(story.house, story.case(), as_of=None, by=who)
    for role in ("auditor", "supervisor", "field-officer", "jail-officer"):
        assert explaining.explain(story.house, story.case(), as_of=None, by=story.staff[role])["questions"]
