"""How long a task may wait before it is late, as dated data: cited where a source gives a figure, else the programme's own choice.

A span that is over makes a task late and tells so. It decides nothing, and no release clock rests on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, sheets
from tenprint.refer.policy.rules import RULE_ID

KINDS: Final = (
    "examine", "second_examination", "resolve_dispute", "status_query", "status_response", "decide_disposition", "citizen_stop",
    "second_look", "resolve_charge", "code_history", "history_changed", "serve_detainer", "answer_detainer", "required_action",
    "review_hold", "clock_missing", "review_protected", "card/fingers_in_doubt", "card/take_again", "retention_decision",
    "retention_execution",
)  # fmt: skip
"""Tasks that have a span. All others are due at an instant of their own: the end of a hold, a release, a claim, a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpan:
    """One span. kinds: of `KINDS`; within: from raising to due. source, evidence: None for the programme's own choice."""

    id: str
    kinds: tuple[str, ...]
    within: timedelta
    in_force: InForce
    source: Source | None
    evidence: str | None
    why: str


def span_of(spans: Sequence[TaskSpan], kind: str, on: date) -> TaskSpan | None:
    """The span of a kind of task on a day, or None: then such a task is due at once."""
    return next((span for span in spans if kind in span.kinds and on in span.in_force), None)


def spans_on(spans: Sequence[TaskSpan], on: date) -> Mapping[str, timedelta]:
    """Kind of task -> its span on a day."""
    return {kind: span.within for span in spans if on in span.in_force for kind in span.kinds}


def read_spans(path: Path) -> tuple[TaskSpan, ...]:
    """From a file with the one key ``spans``; without the file every task is due at once. Raises RuleInvalid.

    Refused: an id that stands twice, a kind with two spans on one day, a span that has neither a source nor ``own_choice``, or both.
    """
    if not path.is_file():
        return ()
    found = [_read(sheet) for sheet in sheets(path, key="spans")]
    ids = [span.id for span in found]
    if len(set(ids)) != len(ids):
        raise RuleInvalid(f"{path}: an id stands twice; nothing was loaded. Give each span its own version.")
    for n, one in enumerate(found):
        for other in found[n + 1 :]:
            both = sorted(set(one.kinds) & set(other.kinds))
            if both and (one.in_force.since in other.in_force or other.in_force.since in one.in_force):
                raise RuleInvalid(
                    f"{path}: {one.id} and {other.id} both give {both[0]} a span on one day; nothing was loaded"
                )
    return tuple(found)


def _read(sheet: Sheet) -> TaskSpan:
    own = sheet.flag("own_choice", absent=False)
    source = None if own else Source.read(sheet.table("source"))
    span = TaskSpan(
        id=sheet.text("id"),
        kinds=sheet.texts("kinds"),
        within=timedelta(minutes=sheet.whole("within_minutes", at_least=1)),
        in_force=InForce.read(sheet.table("in_force")),
        source=source,
        evidence=None if source is None else evidence_of(sheet, source),
        why=sheet.text("why"),
    )
    sheet.finish()
    if not RULE_ID.match(span.id):
        raise sheet.wrong("id", span.id, "topic/version, such as span/examine/1")
    if not span.kinds or set(span.kinds) - set(KINDS):
        raise sheet.wrong("kinds", ", ".join(span.kinds), f"one or more of {', '.join(KINDS)}")
    return span
