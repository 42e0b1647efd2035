"""A rule: one answer to one question, under a condition, in a place, for a time, with its source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read
from tenprint.refer.policy.conditions import ALWAYS, Condition, read_condition

AnswerKind: TypeAlias = Literal["permitted", "refused", "required", "needs_person"]

ANSWERS: Final[tuple[AnswerKind, ...]] = ("permitted", "refused", "required", "needs_person")
"""The four answers (design decision 6). ``required`` opens a task for a named person and holds nobody."""

RULE_ID: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*/[1-9][0-9]*\Z")
"""Shape of a rule's id: topic, then version: ``may-hold/us-ma-lunn/1``."""

LONGEST_HOLD_HOURS: Final = 48
"""Most hours a rule or a clock may state. Source: 8 CFR 287.7(d), "not to exceed 48 hours"; a file that says more is refused."""

_PARTS: Final = ("programme", "state", "county", "ori", "facility")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A place. In a rule, None means "any"; in a question, None means "not known", which never means "elsewhere".

    programme: its id. state: two letters. county: name, with its state. ori: prefix in a rule, nine characters in a
    question.
    """

    programme: str | None = None
    state: str | None = None
    county: str | None = None
    ori: str | None = None
    facility: str | None = None

    @classmethod
    def read(cls, sheet: Sheet) -> Scope:
        """From a table with any of the five keys. Raises RuleInvalid; a county needs its state."""
        scope = cls(**{part: sheet.text_or_none(part) for part in _PARTS})
        sheet.finish()
        if scope.county is not None and scope.state is None:
            raise sheet.wrong("state", None, "the county's state")
        return scope

    @property
    def tier(self) -> int:
        """How narrow the scope is: 0 everywhere, 1 programme, 2 state, 3 county, 4 ORI, 5 facility."""
        return max((at + 1 for at, part in enumerate(_PARTS) if getattr(self, part) is not None), default=0)

    def covers(self, place: Scope) -> tuple[bool | None, tuple[str, ...]]:
        """Whether this scope of a rule covers a place: True, False, or None with the parts of the place that are not
        known.
        """
        unknown = []
        for part in _PARTS:
            wanted, found = getattr(self, part), getattr(place, part)
            if wanted is None:
                continue
            if found is None:
                unknown.append(f"jurisdiction.{part}" if part in ("state", "county") else f"scope.{part}")
            elif not (found.startswith(wanted) if part == "ori" else found == wanted):
                return False, ()
        return (None, tuple(unknown)) if unknown else (True, ())

    def __str__(self) -> str:
        parts = [f"{part} {getattr(self, part)}" for part in _PARTS if getattr(self, part) is not None]
        return ", ".join(parts) or "everywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as its file writes it.

    answer: what follows when ``when`` is true. A ``permitted`` rule whose condition is false refuses, naming the facts
    that failed. default: looked at only where no other rule answers. role: who must look, for ``needs_person`` and
    ``required``. max_hold_hours: a limit of the place's own, elapsed hours, 0 to `LONGEST_HOLD_HOURS`, that comes with
    ``permitted``, or that stands whatever the person decides who is asked by ``needs_person``.
    path: its file, for messages.
    """

    id: str
    question: str
    answer: AnswerKind
    when: Condition
    in_force: InForce
    scope: Scope
    source: Source
    evidence: str
    why: str
    replaces: str | None
    default: bool
    role: str | None
    max_hold_hours: int | None
    path: Path


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of one file: a table that is a rule, or a table with the one key ``rules``. Raises RuleInvalid."""
    top = Sheet(read(path), str(path))
    if top.keys() == ("rules",):
        rules = tuple(_read(sheet, path) for sheet in top.tables("rules"))
        if not rules:
            raise top.wrong("rules", None, "at least one rule; a file without one looks like law in force and is none")
        return rules
    return (_read(top, path),)


def _read(sheet: Sheet, path: Path) -> Rule:
    name = sheet.text("id")
    sheet.where = f"{path}: {name}"
    if not RULE_ID.match(name):
        raise sheet.wrong("id", name, "topic/version, such as may-hold/us-ma-lunn/1")
    answer = next(a for a in ANSWERS if a == sheet.text("answers", choices=ANSWERS))
    source = Source.read(sheet.table("source"))
    rule = Rule(
        id=name,
        question=sheet.text("question"),
        answer=answer,
        when=read_condition(sheet.table("when")) if sheet.has("when") else ALWAYS,
        in_force=InForce.read(sheet.table("in_force")),
        scope=Scope.read(sheet.table("scope")),
        source=source,
        evidence=evidence_of(sheet, source),
        why=sheet.text("why"),
        replaces=sheet.text_or_none("replaces"),
        default=sheet.flag("default", absent=False),
        role=sheet.text_or_none("role"),
        max_hold_hours=sheet.whole("max_hold_hours") if sheet.has("max_hold_hours") else None,
        path=path,
    )
    if "when" in sheet.keys() and not sheet.has("when"):  # noqa: SIM118 - an empty condition must not mean "always"
        raise sheet.wrong("when", None, "a condition; leave the key out for a rule without one")
    sheet.value("when")
    sheet.value("max_hold_hours")
    sheet.finish()
    if rule.answer in ("needs_person", "required") and rule.role is None:
        raise RuleInvalid(f"{sheet.where}: {rule.answer} without a role; name who must look")
    if rule.max_hold_hours is not None and rule.answer not in ("permitted", "needs_person"):
        raise RuleInvalid(
            f"{sheet.where}: max_hold_hours limits a permission, or what a person may decide; this rule answers {rule.answer}"
        )
    if rule.max_hold_hours is not None and rule.max_hold_hours > LONGEST_HOLD_HOURS:
        raise sheet.wrong(
            "max_hold_hours",
            rule.max_hold_hours,
            f"at most {LONGEST_HOLD_HOURS} [8 CFR 287.7(d)]: a place may shorten a hold on a detainer, none may lengthen it",
        )
    return rule
