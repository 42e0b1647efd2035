"""Cases beside the rules: who, where, which day, which facts, and what must follow. A rule without them is not
accepted.

``may-hold.cases.yaml`` stands beside ``may-hold.yaml``; cases of levels and of clocks likewise. ``no_rule`` as the
expected answer says that on that day nothing in force answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenprint.errors import FactInvalid, NoRuleInForce, ReferError, RulesConflict, UsageError
from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.participation.strict_yaml import Sheet, sheets
from tenprint.refer.policy.conditions import read_value
from tenprint.refer.policy.levels import BASES, LEVEL_NAMES, STAGES, AggravatedFelonyFinding, Offence
from tenprint.refer.policy.rulebook import CASES_SUFFIX, RuleBook
from tenprint.refer.policy.rules import ANSWERS, Scope

NO_RULE: Final = "no_rule"
"""What a case expects on a day on which nothing in force answers."""

NOT_ALLOWED: Final = "not_allowed"
"""What a case expects of a policy that gives nothing at that stage on that basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCase:
    """A case of a rule. answer: one of the four, or ``no_rule``; by: the deciding rule; because, missing: facts,
    checked if given. Of ``no_rule`` nothing more can be expected.
    """

    name: str
    path: Path
    question: str
    day: date
    place: Scope
    facts: Mapping[str, FactValue]
    answer: str
    by: str | None
    because: tuple[str, ...] | None
    missing: tuple[str, ...] | None
    max_hold_hours: int | None

    def fault(self, book: RuleBook) -> str | None:
        """None when the book answers as the case expects; else what it said instead."""
        try:
            found = book.ask(self.question, self.facts, on=self.day, scope=self.place)
        except NoRuleInForce as silence:
            return (
                None if self.answer == NO_RULE else f"{self._called}: expected {self.answer}, found no rule ({silence})"
            )
        except (RulesConflict, FactInvalid) as refused:
            return f"{self._called}: {refused}"
        if (found.kind, found.by) != (self.answer, self.by):
            return f"{self._called}: expected {self.answer} by {self.by}, found {found.kind} by {found.by}"
        if self.because is not None and sorted(self.because) != sorted(found.because):
            return f"{self._called}: expected because {sorted(self.because)}, found {sorted(found.because)}"
        if self.missing is not None and sorted(self.missing) != sorted(found.missing):
            return f"{self._called}: expected missing {sorted(self.missing)}, found {sorted(found.missing)}"
        if self.max_hold_hours != found.max_hold_hours:
            return f"{self._called}: expected at most {self.max_hold_hours} hours, found {found.max_hold_hours}"
        return None

    @property
    def _called(self) -> str:
        return f"{self.path}: case {self.name!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCase:
    """A case of a level policy. level: expected name, ``no_rule``, or ``not_allowed`` where the stage does not allow the basis."""

    name: str
    path: Path
    policy: str
    day: date
    basis: str
    stage: str
    offences: tuple[Offence, ...]
    aggravated_felony: AggravatedFelonyFinding | None
    conviction_known: str | None
    level: str

    def fault(self, book: RuleBook) -> str | None:
        """None when the policy gives the expected level; else what it gave."""
        basis = next(b for b in BASES if b == self.basis)
        stage = next(s for s in STAGES if s == self.stage)
        called = f"{self.path}: case {self.name!r}"
        policy = next((one for one in book.level_policies if one.id == self.policy), None)
        if policy is not None and self.day in policy.in_force and basis not in policy.bases[stage]:
            found_not = f"{called}: expected level {self.level}, found that a level at {stage} by {basis} is not given"
            return None if self.level == NOT_ALLOWED else found_not
        try:
            found: str = book.levels(
                self.policy,
                self.offences,
                basis=basis,
                on=self.day,
                stage=stage,
                aggravated_felony=self.aggravated_felony,
                conviction_known=self.conviction_known,
            ).level
        except NoRuleInForce:
            found = NO_RULE
        except ReferError as refused:
            return f"{called}: {refused}"
        return None if found == self.level else f"{called}: expected level {self.level}, found {found}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCase:
    """A case of a clock. start, expires: wall time in ``timezone`` with its offset; by: the clock that must be chosen,
    or None.
    """

    name: str
    path: Path
    form: str
    place: Scope
    timezone: ZoneInfo
    start: datetime
    by: str | None
    expires: datetime | None

    @property
    def day(self) -> date:
        """The local day on which the clock starts."""
        return self.start.astimezone(self.timezone).date()

    def fault(self, book: RuleBook) -> str | None:
        """None when the chosen clock ends at the expected instant; else what it gave."""
        called = f"{self.path}: case {self.name!r}"
        try:
            rule, found = book.hold_ends(self.start, tz=self.timezone, form=self.form, scope=self.place)
        except NoRuleInForce as silence:
            return None if self.by is None else f"{called}: {silence}"
        except UsageError as refused:  # a hold that would end beyond the calendar
            return f"{called}: {refused}"
        if (rule.id, found) != (self.by, self.expires):
            return f"{called}: expected {self.expires} by {self.by}, found {found.isoformat()} by {rule.id}"
        return None


Case = RuleCase | LevelCase | ClockCase


def beside(path: Path) -> Path:
    """The file of cases that belongs to a rule, level or clock file."""
    return path.with_name(path.stem + CASES_SUFFIX)


def rule_cases(path: Path, *, question: str) -> Sequence[RuleCase]:
    """The cases of a rule file; ``question`` is asked where a case names none. Raises RuleInvalid."""
    return [_rule_case(sheet, path, question) for sheet in sheets(path, key="cases")]


def level_cases(path: Path, *, policy: str) -> Sequence[LevelCase]:
    """The cases of a level policy. Raises RuleInvalid, or FactInvalid for an offence that can't be."""
    return [_level_case(sheet, path, policy) for sheet in sheets(path, key="cases")]


def clock_cases(path: Path) -> Sequence[ClockCase]:
    """The cases of a file of clocks. Raises RuleInvalid."""
    return [_clock_case(sheet, path) for sheet in sheets(path, key="cases")]


def _rule_case(sheet: Sheet, path: Path, question: str) -> RuleCase:
    facts: dict[str, FactValue] = {}
    if sheet.has("facts"):
        table = sheet.table("facts")
        for name in table.keys():  # noqa: SIM118 - a Sheet is no mapping
            if name not in GLOSSARY:
                raise table.wrong("fact", name, "a fact of the glossary (model/facts.py)")
            facts[name] = read_value(table, name, table.value(name))
    else:
        sheet.value("facts")
    expect = sheet.table("expect")
    answer = expect.text("answer", choices=(*ANSWERS, NO_RULE))
    if answer == NO_RULE:
        refuse_more(expect, answer, ("because", "missing", "max_hold_hours"))
    case = RuleCase(
        name=sheet.text("name"),
        path=path,
        question=sheet.text_or_none("question") or question,
        day=sheet.day("day"),
        place=Scope.read(sheet.table("place")),
        facts=facts,
        answer=answer,
        by=None if answer == NO_RULE else expect.text("by"),
        because=expect.texts("because") if expect.has("because") else None,
        missing=expect.texts("missing") if expect.has("missing") else None,
        max_hold_hours=expect.whole("max_hold_hours") if expect.has("max_hold_hours") else None,
    )
    expect.finish()
    sheet.finish()
    return case


def refuse_more(expect: Sheet, answer: str, keys: Sequence[str]) -> None:
    """Raises RuleInvalid where a case that expects no answer expects details of one: nobody would ever check them."""
    for key in keys:
        if expect.has(key):
            raise expect.wrong(key, expect.value(key), f"nothing beside {answer}, of which there is nothing to check")


def _level_case(sheet: Sheet, path: Path, policy: str) -> LevelCase:
    expect = sheet.table("expect")
    finding = None
    if sheet.has("aggravated_felony"):
        table = sheet.table("aggravated_felony")
        finding = AggravatedFelonyFinding(
            found=table.flag("found", absent=False), statute=table.text("statute"), found_by=table.text("found_by")
        )
        table.finish()
    case = LevelCase(
        name=sheet.text("name"),
        path=path,
        policy=policy,
        day=sheet.day("day"),
        basis=sheet.text("basis", choices=BASES),
        stage=sheet.text("stage", choices=STAGES),
        offences=tuple(_offence(table) for table in sheet.tables("offences")),
        aggravated_felony=finding,
        conviction_known=sheet.text_or_none("conviction_known", choices=("yes", "none", "unknown")),
        level=expect.text("level", choices=(*LEVEL_NAMES, NO_RULE, NOT_ALLOWED)),
    )
    sheet.value("aggravated_felony")
    expect.finish()
    sheet.finish()
    return case


def _offence(sheet: Sheet) -> Offence:
    source = sheet.text_or_none("code_source", choices=("coded", "defaulted"))
    severity = sheet.text_or_none("severity", choices=("felony", "misdemeanor", "infraction"))
    offence = Offence(
        basis="charge" if sheet.text("basis", choices=BASES) == "charge" else "conviction",
        ncic=sheet.text_or_none("ncic"),
        code_source="defaulted" if source == "defaulted" else "coded",
        sentence_days=sheet.whole("sentence_days") if sheet.has("sentence_days") else None,
        max_penalty_days=sheet.whole("max_penalty_days") if sheet.has("max_penalty_days") else None,
        word=sheet.text_or_none("word"),
        severity=None
        if severity is None
        else "felony"
        if severity == "felony"
        else "misdemeanor"
        if severity == "misdemeanor"
        else "infraction",
    )
    sheet.finish()
    return offence


def _clock_case(sheet: Sheet, path: Path) -> ClockCase:
    expect = sheet.table("expect")
    by = expect.text_or_none("by")
    name = sheet.text("timezone")
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as refused:
        raise sheet.wrong("timezone", name, "a name of the tz database") from refused
    case = ClockCase(
        name=sheet.text("name"),
        path=path,
        form=sheet.text("form"),
        place=Scope.read(sheet.table("place")),
        timezone=zone,
        start=_instant(sheet, "start"),
        by=by,
        expires=None if by is None else _instant(expect, "expires"),
    )
    expect.finish()
    sheet.finish()
    return case


def _instant(sheet: Sheet, key: str) -> datetime:
    """An instant with its offset: 2011-06-06T10:00:00-04:00."""
    text = sheet.text(key)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as refused:
        raise sheet.wrong(key, text, "an instant with its offset, such as 2011-06-06T10:00:00-04:00") from refused
    if at.tzinfo is None:
        raise sheet.wrong(key, text, "an instant with its offset")
    return at
