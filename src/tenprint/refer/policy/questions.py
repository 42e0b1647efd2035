"""The questions that rules answer: a small closed set, so that a misspelt question is a fault and not a silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.refer.participation.sources import EVIDENCE
from tenprint.refer.policy.rules import Rule


@dataclass(frozen=True, slots=True)
class Question:
    """One question. asks: in words; of: who acts on the answer; against_liberty: it can go against the person's liberty, so that a
    citizen, or anyone whose claim of citizenship is open, is always refused.
    """

    name: str
    asks: str
    of: str
    against_liberty: bool


QUESTIONS: Final[dict[str, Question]] = {
    question.name: question
    for question in (
        Question("may_issue_detainer", "May a detainer or a notification request be issued?", "field-officer", against_liberty=True),
        Question("may_hold", "May the facility hold the person on a detainer alone?", "jail-officer", against_liberty=True),
        Question("may_transfer", "May the facility hand the person over to the immigration agency?", "custodian", against_liberty=True),
        Question("may_notify", "May the facility tell the immigration agency of custody and release?", "jail-officer", against_liberty=True),
        Question("may_give_access", "May the immigration agency question persons in the facility, or use it?", "jail-officer", against_liberty=False),
        Question("must_notify_person", "Must the person be given a copy or a notice?", "jail-officer", against_liberty=False),
        Question("must_notify_agency", "Must the facility tell the immigration agency what it decided?", "jail-officer", against_liberty=False),
        Question("must_report", "Must the agency report in public on detainers?", "jail-officer", against_liberty=False),
        Question("must_seal_record", "Must a booking's record be sealed, now that its charges ended?", "supervisor", against_liberty=False),
        Question("must_delete_record", "Must a booking's record be deleted, now that its charges ended?", "supervisor", against_liberty=False),
        Question("may_delete_record", "May a booking's record be deleted at somebody's request?", "supervisor", against_liberty=False),
    )
}  # fmt: skip
"""Name -> question. Source: the atoms of domain 3.7; records: design decisions 3 and 13. A new question needs a line here, a rule and its cases."""


def undecidable(rules: Sequence[Rule]) -> Iterator[str]:
    """A fault for each rule that decides on a text which was looked for and not found: such a rule can only ask a person."""
    for rule in rules:
        if rule.evidence == EVIDENCE[0] and rule.answer != "needs_person":
            yield f"{rule.path}: {rule.id} answers {rule.answer} on {EVIDENCE[0]}; allowed: needs_person"


def unknown_questions(rules: Sequence[Rule]) -> Iterator[str]:
    """A fault for each rule that answers a question nobody asks."""
    for rule in rules:
        if rule.question not in QUESTIONS:
            yield f"{rule.path}: {rule.id} answers {rule.question}; allowed: {', '.join(QUESTIONS)}"
