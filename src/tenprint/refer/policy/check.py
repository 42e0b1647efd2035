"""Whether a programme's folder may be adopted: every fault of its rules, each as one line that names the file.

Refused: a rule without a source, without cases on both sides of each of its dates (a policy: at each stage, and on each basis), with a
fact outside the glossary or a name that is in no list (a class of offences, a registry, a form, a box, a place), in conflict with another
or not searched for one, or whose cases do not come out as written; cases without their rule; a file that is not read; a source read on a
day that has not come; a replacement that leaves a gap or an overlap; two level policies in force on one day.
A rule that can never speak is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from tenprint.errors import NoRuleInForce, ReferError, RulesConflict
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.cases import (
    NO_RULE,
    NOT_ALLOWED,
    Case,
    ClockCase,
    LevelCase,
    RuleCase,
    beside,
    clock_cases,
    level_cases,
    rule_cases,
)
from tenprint.refer.policy.clock import ClockRule, read_clocks
from tenprint.refer.policy.conflicts import conflicts
from tenprint.refer.policy.content_cases import content_cases, content_faults
from tenprint.refer.policy.edition import read_ahead, unread
from tenprint.refer.policy.form_editions import read_form
from tenprint.refer.policy.level_policies import LevelPolicy, read_policy
from tenprint.refer.policy.levels import BASES, STAGES
from tenprint.refer.policy.priority_policies import read_priority_policy
from tenprint.refer.policy.programme import Programme
from tenprint.refer.policy.questions import undecidable, unknown_questions
from tenprint.refer.policy.reach import unreachable
from tenprint.refer.policy.rulebook import CASES_SUFFIX, RuleBook, files
from tenprint.refer.policy.rules import Rule, Scope, read_rules
from tenprint.refer.policy.spelling import misspelt

T = TypeVar("T")

ONE_DAY = timedelta(days=1)
"""The distance between the last day in force and the first day not in force. Source: design decision 5."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a check found. faults: the folder may not be adopted while there is one; warnings: what its author should look at."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def check_rules(root: Path, *, today: date | None = None) -> list[str]:
    """Every fault found, empty when the folder may be adopted (see `examine`)."""
    return list(examine(root, today=today).faults)


def examine(root: Path, *, today: date | None = None) -> Examined:
    """Every fault and warning. Reads the folder; raises nothing for a fault in it.

    today: the caller's day, after which no source can have been read; None where the day is not known: then that is not asked.
    """
    faults: list[str] = list(_stray_cases(root))
    rules = {path: _tried(lambda p=path: read_rules(p), faults) or () for path in files(root / "rules")}  # type: ignore[misc]
    policies = {path: _tried(lambda p=path: (read_policy(p),), faults) or () for path in files(root / "levels")}  # type: ignore[misc]
    clocks = {path: _tried(lambda p=path: read_clocks(p), faults) or () for path in files(root / "clocks")}  # type: ignore[misc]
    _tried_each(read_priority_policy, files(root / "priorities"), faults)
    _tried_each(read_form, files(root / "forms"), faults)
    cases = _cases(rules, policies, clocks, faults)
    programme = _tried(lambda: Programme.load(root), faults)
    faults += unread(root, tables=frozenset(p.table_name for some in policies.values() for p in some if p.table_name))
    faults += read_ahead(root, today=today) if today is not None else ()
    faults += _overlaps([policy for some in policies.values() for policy in some])
    if faults or programme is None:
        return Examined(tuple(dict.fromkeys(faults)))
    book = programme.rules
    faults += [fault for case in cases if (fault := case.fault(book)) is not None]
    faults += _edges(rules, policies, clocks, cases)
    faults += content_faults(book.priority_policies, tuple(book.forms.values()))
    faults += misspelt(programme, [*cases, *content_cases(book.priority_policies, tuple(book.forms.values()))])
    faults += [*unknown_questions(book.rules), *undecidable(book.rules)]
    faults += _replacements(book.rules)
    faults += _in_cases(book, [case for case in cases if isinstance(case, RuleCase)])
    faults += [str(found) for found in conflicts(book.rules)]
    warnings = unreachable(book.rules, programme=programme.id, places=programme.jurisdictions)
    return Examined(tuple(dict.fromkeys(faults)), tuple(dict.fromkeys(warnings)))


def _stray_cases(root: Path) -> Iterator[str]:
    """Files of cases that stand beside no rule, policy, form or clock: nobody would ever run them."""
    for folder in ("rules", "levels", "priorities", "forms", "clocks"):
        for path in sorted((root / folder).rglob(f"*{CASES_SUFFIX}")):
            owner = path.with_name(path.name.removesuffix(CASES_SUFFIX) + ".yaml")
            if not owner.is_file():
                yield f"{path}: cases without a rule: {owner.name} is not beside it. Next: restore that file, or rename or drop this one."


def all_cases(root: Path) -> Sequence[Case]:
    """Every case of a programme's folder. Raises RuleInvalid when a file can't be read."""
    faults: list[str] = []
    found = _cases(
        {path: read_rules(path) for path in files(root / "rules")},
        {path: (read_policy(path),) for path in files(root / "levels")},
        {path: read_clocks(path) for path in files(root / "clocks")},
        faults,
        strict=True,
    )
    return tuple(found)


def _tried_each(read: Callable[[Path], object], paths: Iterable[Path], faults: list[str]) -> None:
    for path in paths:
        _tried(lambda p=path: read(p), faults)  # type: ignore[misc]


def _tried(read: Callable[[], T], faults: list[str]) -> T | None:
    try:
        return read()
    except ReferError as refused:
        faults.append(str(refused))
        return None


def _cases(
    rules: Mapping[Path, tuple[Rule, ...]],
    policies: Mapping[Path, tuple[LevelPolicy, ...]],
    clocks: Mapping[Path, tuple[ClockRule, ...]],
    faults: list[str],
    *,
    strict: bool = False,
) -> list[Case]:
    found: list[Case] = []

    def add(path: Path, read: Callable[[Path], Iterable[Case]]) -> None:
        if not beside(path).is_file():
            faults.append(f"{path}: no cases beside it ({beside(path).name}); a rule without cases is not accepted")
            return
        try:
            found.extend(read(beside(path)))
        except ReferError as refused:
            if strict:
                raise
            faults.append(str(refused))

    for path, some in rules.items():
        if some:
            add(path, lambda p, q=some[0].question: rule_cases(p, question=q))  # type: ignore[misc]
    for path, some_policies in policies.items():
        if some_policies:
            add(path, lambda p, q=some_policies[0].id: level_cases(p, policy=q))  # type: ignore[misc]
    for path in clocks:
        add(path, clock_cases)
    return found


def _edges(
    rules: Mapping[Path, tuple[Rule, ...]],
    policies: Mapping[Path, tuple[LevelPolicy, ...]],
    clocks: Mapping[Path, tuple[ClockRule, ...]],
    cases: Sequence[Case],
) -> Iterator[str]:
    """Each date needs a case on its two sides: the last day before it, and the day itself."""
    for path, some in rules.items():
        for rule in some:
            days = {c.day for c in cases if isinstance(c, RuleCase) and _asks(c, rule, beside(path))}
            yield from _missing_days(rule.id, path, rule.in_force, days)
            decided = {c.day for c in cases if isinstance(c, RuleCase) and c.path == beside(path) and c.by == rule.id}
            yield from _undecided_days(rule, path, days, decided)
    for path, some_policies in policies.items():
        for policy in some_policies:
            own = [c for c in cases if isinstance(c, LevelCase) and c.policy == policy.id]
            for stage in STAGES:
                days = {c.day for c in own if c.stage == stage}
                yield from _missing_days(f"{policy.id} at {stage}", path, policy.in_force, days)
                yield from _missing_bases(policy, stage, own)
    for path, some_clocks in clocks.items():
        for clock in some_clocks:
            days = {c.day for c in cases if isinstance(c, ClockCase) and _times(c, clock, beside(path))}
            yield from _missing_days(clock.id, path, clock.in_force, days)


def _missing_bases(policy: LevelPolicy, stage: str, cases: Sequence[LevelCase]) -> Iterator[str]:
    """Which bases a stage allows is law too: each basis needs a case there, of a level or that none is given."""
    for basis in BASES:
        if not any((c.stage, c.basis) == (stage, basis) and c.level != NO_RULE for c in cases):
            expected = "a level" if basis in policy.bases[stage] else NOT_ALLOWED
            yield (
                f"{policy.path}: {policy.id} has no case at {stage} by {basis} on a day on which it holds; add one that expects {expected}"
            )


def _asks(case: RuleCase, rule: Rule, path: Path) -> bool:
    return case.path == path and case.question == rule.question and rule.scope.covers(case.place)[0] is True


def _times(case: ClockCase, clock: ClockRule, path: Path) -> bool:
    named = not clock.forms or case.form.split(" ")[0] in clock.forms
    return case.path == path and named and clock.scope.covers(case.place)[0] is True


def _undecided_days(rule: Rule, path: Path, days: set[date], decided: set[date]) -> Iterator[str]:
    """A case on the first or last day that another rule decides says nothing of this rule's date."""
    if not decided:
        yield f"{path}: no case is decided by {rule.id}; add one"
        return
    ends = [(rule.in_force.since, "its first day")]
    if rule.in_force.until is not None:
        ends.append((rule.in_force.until - ONE_DAY, "its last day"))
    for day, what in ends:
        if day in days and day not in decided:
            yield f"{path}: no case on {day}, {what}, is decided by {rule.id}; add one"


def _missing_days(name: str, path: Path, span: InForce, days: set[date]) -> Iterator[str]:
    wanted = [(span.since - ONE_DAY, "the day before it begins"), (span.since, "its first day")]
    if span.until is not None:
        wanted += [(span.until - ONE_DAY, "its last day"), (span.until, "the first day it no longer holds")]
    for day, what in wanted:
        if day not in days:
            yield f"{path}: {name} has no case on {day}, {what}; add one"


def _replacements(rules: Sequence[Rule]) -> Iterator[str]:
    """A rule that replaces another begins on the day the other ends: a gap has no rule, an overlap has two."""
    by_id = {rule.id: rule for rule in rules}
    heirs: dict[tuple[str, Scope], str] = {}
    for rule in rules:
        if rule.replaces is None:
            continue
        old = by_id[rule.replaces]
        if old.question != rule.question or old is rule:
            yield f"{rule.path}: {rule.id} replaces {old.id}, which answers {old.question}; allowed: another rule on {rule.question}"
        elif old.in_force.until != rule.in_force.since:
            fault = (
                "a gap" if old.in_force.until is not None and old.in_force.until < rule.in_force.since else "an overlap"
            )
            yield (
                f"{rule.path}: {rule.id} begins on {rule.in_force.since}, "
                f"but {old.id}, which it replaces, is in force {old.in_force}: {fault}. "
                "Next: let the one begin on the first day on which the other is not in force."
            )
        if (first := heirs.setdefault((old.id, rule.scope), rule.id)) != rule.id:
            yield f"{rule.path}: {rule.id} and {first} both replace {old.id}; allowed: one heir in one place"


def _overlaps(policies: Sequence[LevelPolicy]) -> Iterator[str]:
    """Two level policies in force on one day would give one offence two levels.

    Every level policy speaks for the whole programme and for all three stages (`read_policy`), so the days alone keep them apart.
    """
    ordered = sorted(policies, key=lambda policy: (policy.in_force.since, policy.id))
    for at, old in enumerate(ordered):
        for new in ordered[at + 1 :]:
            if new.in_force.since in old.in_force:
                yield (
                    f"{new.path}: level policy {new.id} is in force {new.in_force}, and {old.id} is in force {old.in_force}: an "
                    "overlap. Allowed: one level policy on a day. Next: let the one end (until) on the day on which the other begins."
                )


def _in_cases(book: RuleBook, cases: Sequence[RuleCase]) -> Iterator[str]:
    """Every case's facts on every edge day of its question: a conflict that a real case would meet."""
    for question in book.questions:
        days = sorted(
            {
                day
                for rule in book.rules
                if rule.question == question
                for day in (rule.in_force.since, rule.in_force.until)
                if day
            }
        )
        for case in cases:
            for day in days if case.question == question else ():
                try:
                    book.ask(question, case.facts, on=day, scope=case.place)
                except RulesConflict as conflict:
                    yield f"{case.path}: with the facts of case {case.name!r}: {conflict}"
                except NoRuleInForce:
                    continue
