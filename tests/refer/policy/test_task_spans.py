"""How long tasks may wait: dated data, cited or said to be the programme's own choice, one span for a kind on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tenprint.errors import RuleInvalid
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.spans import KINDS, read_spans, span_of, spans_on
from tenprint.refer.referral.state import CaseState
from tenprint.refer.referral.tasks import DUTIES, raise_task

JUNE = date(2011, 6, 7)
OWN_TIME = {
    "hold_ends",
    "release",
    "release_overdue",
    "resolve_claim",
    "claim_overdue",
    "notice_by_jail",
    "notice_by_field_office",
    "notice_by_supervisor",
}
ONE = """spans:
  - id: span/one/1
    kinds: [examine]
    within_minutes: 60
    own_choice: true
    in_force: {from: 2010-01-01, until: 2011-01-01}
    why: An hour.
"""


def spans(folder: Path, text: str):
    path = folder / "task_spans.yaml"
    path.write_text(text)
    return read_spans(path)


def test_every_task_has_a_span_or_an_instant_of_its_own() -> None:
    """No kind of task is forgotten: a duty is named in the data, or its due time is that of a hold, a release, a claim or a notice."""
    found = Programme.load(programme_root()).rules.task_spans

    assert set(DUTIES) - set(KINDS) == OWN_TIME
    assert set(spans_on(found, JUNE)) == set(KINDS)
    assert timedelta(hours=2) == span_of(found, "examine", JUNE).within
    assert all((span.source is None) == (span.evidence is None) and span.why for span in found)
    assert span_of(found, "examine", date(2006, 8, 31)) is None


def test_a_task_is_due_by_the_span_of_its_day_and_at_once_without_one() -> None:
    """Unknown is never "no hurry": a task without a span is late from its first second."""
    at = datetime(2011, 6, 7, 12, tzinfo=UTC)

    def due(state: CaseState, **more):
        return raise_task(state, "examine", at=at, why="test", **more).public["due"]

    assert due(CaseState(spans={"examine": timedelta(hours=3)})) == "2011-06-07T15:00:00.000000Z"
    assert due(CaseState()) == "2011-06-07T12:00:00.000000Z"
    assert (
        due(CaseState(spans={"examine": timedelta(hours=3)}), due=at + timedelta(days=1))
        == "2011-06-08T12:00:00.000000Z"
    )


def test_a_span_holds_on_its_days_only(tmp_path: Path) -> None:
    """The first day not in force is no longer in force; the next span begins on it."""
    later = (
        ONE[len("spans:\n") :]
        .replace("one/1", "one/2")
        .replace("60", "90")
        .replace("2010-01-01, until: 2011-01-01", "2011-01-01, until: null")
    )
    found = spans(tmp_path, ONE + later)

    assert [None, 60, 60, 90] == [
        span and span.within / timedelta(minutes=1)
        for span in (
            span_of(found, "examine", date(*day))
            for day in ((2009, 12, 31), (2010, 1, 1), (2010, 12, 31), (2011, 1, 1))
        )
    ]
    assert () == read_spans(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[examine]", "[examin]", "kinds"),
        ("[examine]", "[]", "kinds"),
        ("within_minutes: 60", "within_minutes: 0", "within_minutes"),
        ("    own_choice: true\n", "", "source"),
        ("    why: An hour.\n", "", "why"),
        (
            "own_choice: true",
            'own_choice: true\n    source: {title: "A book", href: null, read_on: null}',
            "unknown keys source",
        ),
        ("span/one/1", "one", "id"),
        ("    why: An hour.\n", "    why: An hour.\n" + ONE[len("spans:\n") :], "stands twice"),
        (
            "    why: An hour.\n",
            "    why: An hour.\n" + ONE[len("spans:\n") :].replace("one/1", "two/1"),
            "both give examine a span",
        ),
    ],
)
def test_what_is_wrong_in_the_data_is_refused_by_name(tmp_path: Path, old: str, new: str, why: str) -> None:
    """A misspelt kind, a span without source or word of choice, two spans on one day: nothing is loaded."""
    assert old in ONE
    with pytest.raises(RuleInvalid, match=why):
        spans(tmp_path, ONE.replace(old, new))
