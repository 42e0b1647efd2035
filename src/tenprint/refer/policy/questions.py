"""The questions that rules answer: a small closed set, so that a misspelt question is a fault and not a silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.refer.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Question:
    """One question. asks: in words; of: who acts on the answer; adverse: it can go against the person's liberty, so that a
    citizen, or anyone whose claim of citizenship is open, is always refused.
    """

    name: str
    asks: str
    of: str
    adverse: bool


QUESTIONS: Final[dict[str, Question]] = {
    question.name: question
    for question in (
        Question("may_issue_detainer", "May a detainer or a notification request be issued?", "field-officer", adverse=True),
        Question("may_hold", "May the facility hold the person on a detainer alone?", "jail-officer", adverse=True),
        Question("may_transfer", "May the facility hand the person over to the immigration agency?", "custodian", adverse=True),
        Question("may_notify", "May the facility tell the immigration agency of custody and release?", "jail-officer", adverse=True),
        Question("may_give_access", "May the immigration agency question persons in the facility, or use it?", "jail-officer", adverse=True),
        Question("must_notify_person", "Must the person be given a copy or a notice?", "jail-officer", adverse=False),
        Question("must_notify_agency", "Must the facility tell the immigration agency what it decided?", "jail-officer", adverse=False),
        Question("must_report", "Must the agency report in public on detainers?", "jail-officer", adverse=False),
    )
}  # fmt: skip
"""Name -> question. Source: the atoms of domain 3.7. A new question needs a line here, a rule and its cases."""


def unknown_questions(rules: Sequence[Rule]) -> Iterator[str]:
    """A fault for each rule that answers a question nobody asks."""
    for rule in rules:
        if rule.question not in QUESTIONS:
            yield f"{rule.path}: {rule.id} answers {rule.question}; allowed: {', '.join(QUESTIONS)}"
