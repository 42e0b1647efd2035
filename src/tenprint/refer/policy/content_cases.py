"""Cases beside priority policies and form editions, and the faults of both: what `check` asks of them.

As for rules: no source, no cases on both sides of a date, a class that no case is decided by, a case that comes out
otherwise: each is a fault, as one line that names the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenprint.errors import NoRuleInForce, ReferError
from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.participation.sources import InForce
from tenprint.refer.participation.strict_yaml import Sheet, sheets
from tenprint.refer.policy.cases import NO_RULE, NOT_ALLOWED, refuse_more
from tenprint.refer.policy.conditions import read_value
from tenprint.refer.policy.form_editions import FORM_FAULTS, Form
from tenprint.refer.policy.levels import STAGES
from tenprint.refer.policy.priorities import PRIORITY_BASES, PRIORITY_VALUES
from tenprint.refer.policy.priority_policies import PriorityPolicy

SUFFIX: Final = ".cases.yaml"
"""Ending of the file of cases that stands beside a policy or a form."""

FILLED: Final = "filled"
"""What a case expects of a form that may be issued so."""

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityCase:
    """A case of a priority policy. value: expected, ``no_rule``, or ``not_allowed`` where the stage does not allow the basis; grounds,
    missing: checked where written.
    """

    name: str
    path: Path
    day: date
    basis: str
    stage: str
    facts: Mapping[str, FactValue]
    value: str
    grounds: tuple[str, ...] | None
    missing: tuple[str, ...] | None

    def fault(self, policy: PriorityPolicy) -> str | None:
        """None when the policy says what the case expects; else what it said."""
        called = f"{self.path}: case {self.name!r}"
        basis = next(b for b in PRIORITY_BASES if b == self.basis)
        stage = next(s for s in STAGES if s == self.stage)
        if self.day in policy.in_force and basis not in policy.bases[stage]:
            found_not = f"{called}: expected {self.value}, found that nothing is said at {stage} by {basis}"
            return None if self.value == NOT_ALLOWED else found_not
        try:
            found = policy.evaluate(self.facts, basis=basis, on=self.day, stage=stage)
        except NoRuleInForce:
            return None if self.value == NO_RULE else f"{called}: expected {self.value}, found {NO_RULE}"
        except ReferError as refused:
            return f"{called}: {refused}"
        if found.value != self.value:
            return f"{called}: expected {self.value}, found {found.value} ({'; '.join(found.reasons)})"
        for what, wanted, got in (("grounds", self.grounds, found.grounds), ("missing", self.missing, found.missing)):
            if wanted is not None and sorted(wanted) != sorted(got):
                return f"{called}: expected {what} {sorted(wanted)}, found {sorted(got)}"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormCase:
    """A case of a form's edition. expect: ``filled``, or the code of the fault."""

    name: str
    path: Path
    day: date
    boxes: tuple[str, ...]
    warrant: str
    conditional: bool
    expect: str

    def fault(self, form: Form) -> str | None:
        """None when the form is filled, or wrong, as the case expects; else what it was."""
        found = form.fault(on=self.day, boxes=frozenset(self.boxes), warrant=self.warrant, conditional=self.conditional)
        got = FILLED if found is None else found.code
        return None if got == self.expect else f"{self.path}: case {self.name!r}: expected {self.expect}, found {got}"


def priority_cases(path: Path) -> Sequence[PriorityCase]:
    """The cases of a priority policy. Raises RuleInvalid."""
    return [_priority_case(sheet, path) for sheet in sheets(path, key="cases")]


def form_cases(path: Path) -> Sequence[FormCase]:
    """The cases of a form's edition. Raises RuleInvalid."""
    return [_form_case(sheet, path) for sheet in sheets(path, key="cases")]


def content_cases(policies: Sequence[PriorityPolicy], forms: Sequence[Form]) -> list[PriorityCase | FormCase]:
    """Every case beside these policies and forms; files that are missing or can't be read are left to `content_faults`."""
    found: list[PriorityCase | FormCase] = []
    for paths, cases_of in (([p.path for p in policies], priority_cases), ([f.path for f in forms], form_cases)):
        for path in paths:
            beside = path.with_name(path.stem + SUFFIX)
            with suppress(ReferError):
                found += cases_of(beside) if beside.is_file() else ()
    return found


def content_faults(policies: Sequence[PriorityPolicy], forms: Sequence[Form]) -> list[str]:
    """Every fault of the cases of these policies and forms, empty when there is none."""
    found = [fault for policy in policies for fault in _policy_faults(policy)]
    return found + [fault for form in forms for fault in _form_faults(form)]


def _policy_faults(policy: PriorityPolicy) -> Iterator[str]:
    path = policy.path.with_name(policy.path.stem + SUFFIX)
    if not path.is_file():
        yield f"{policy.path}: no cases beside it ({path.name}); a policy without cases is not accepted"
        return
    try:
        cases = priority_cases(path)
    except ReferError as refused:
        yield str(refused)
        return
    yield from (fault for case in cases if (fault := case.fault(policy)) is not None)
    for stage in STAGES:
        yield from _edges(
            f"{policy.id} at {stage}", policy.path, policy.in_force, {c.day for c in cases if c.stage == stage}
        )
        for basis in PRIORITY_BASES:
            if not any((c.stage, c.basis) == (stage, basis) and c.value != NO_RULE for c in cases):
                expected = "what follows" if basis in policy.bases[stage] else NOT_ALLOWED
                yield f"{policy.path}: {policy.id} has no case at {stage} by {basis} on a day on which it holds; add one that expects {expected}"
    decided = {ground for case in cases for ground in case.grounds or ()}
    for code in sorted({one.code for one in policy.classes} - decided):
        yield f"{policy.path}: no case names {code} among its grounds; add one"


def _form_faults(form: Form) -> Iterator[str]:
    path = form.path.with_name(form.path.stem + SUFFIX)
    if not path.is_file():
        yield f"{form.path}: no cases beside it ({path.name}); a form without cases is not accepted"
        return
    try:
        cases = form_cases(path)
    except ReferError as refused:
        yield str(refused)
        return
    yield from (fault for case in cases if (fault := case.fault(form)) is not None)
    yield from _edges(form.id, form.path, form.in_force, {case.day for case in cases})


def _edges(name: str, path: Path, span: InForce, days: set[date]) -> Iterator[str]:
    wanted = [(span.since - _ONE_DAY, "the day before it begins"), (span.since, "its first day")]
    if span.until is not None:
        wanted += [(span.until - _ONE_DAY, "its last day"), (span.until, "the first day it no longer holds")]
    for day, what in wanted:
        if day not in days:
            yield f"{path}: {name} has no case on {day}, {what}; add one"


def _priority_case(sheet: Sheet, path: Path) -> PriorityCase:
    facts: dict[str, FactValue] = {}
    table = sheet.table("facts")
    for name in table.keys():  # noqa: SIM118 - a Sheet is no mapping
        if name not in GLOSSARY:
            raise table.wrong("fact", name, "a fact of the glossary (docs/reference/facts.md)")
        facts[name] = read_value(table, name, table.value(name))
    expect = sheet.table("expect")
    value = expect.text("value", choices=(*PRIORITY_VALUES, NO_RULE, NOT_ALLOWED))
    if value in {NO_RULE, NOT_ALLOWED}:
        refuse_more(expect, value, ("grounds", "missing"))
    case = PriorityCase(
        name=sheet.text("name"),
        path=path,
        day=sheet.day("day"),
        basis=sheet.text("basis", choices=PRIORITY_BASES),
        stage=sheet.text("stage", choices=STAGES),
        facts=facts,
        value=value,
        grounds=expect.texts("grounds") if expect.has("grounds") else None,
        missing=expect.texts("missing") if expect.has("missing") else None,
    )
    for key in ("grounds", "missing"):
        expect.value(key)
    expect.finish()
    sheet.finish()
    return case


def _form_case(sheet: Sheet, path: Path) -> FormCase:
    case = FormCase(
        name=sheet.text("name"),
        path=path,
        day=sheet.day("day"),
        boxes=sheet.texts("boxes"),
        warrant=sheet.text("warrant"),
        conditional=sheet.flag("conditional", absent=False),
        expect=sheet.text("expect", choices=(FILLED, *FORM_FAULTS)),
    )
    sheet.finish()
    return case
