"""The rules of one question, compiled to columns: the same tiers, defaults, conflicts and silences as `answers.answer`.

A case's answer is a small number into `KINDS`: a conflict and the absence of a rule are values here too, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.lab.replay.columns import PLACE_PARTS, CaseColumns
from tenprint.lab.replay.kleene import FALSE, TRUE, UNKNOWN, Block, Tables, Truth, as_number, looked_up
from tenprint.refer.policy.rules import AnswerKind, Rule, Scope

KINDS: Final = ("permitted", "refused", "required", "needs_person", "no_rule", "conflict")
"""The four answers, and the two ways to get none: nothing is in force or applies, or two rules contradict each other."""

PERMITTED, REFUSED, REQUIRED, NEEDS_PERSON, NO_RULE, CONFLICT = range(6)

SILENT: Final = -1
"""A tier that says nothing, a rule that did not decide."""

NO_LIMIT: Final = -1
"""No limit of the place's own on a hold."""

ABSENT: Final = -2
"""A rule that is not in force that day, or is about another place; below every truth, so that it never wins."""

BLOCK: Final = 32_768
"""Cases worked on at once. Set by: a column of one byte a case, and the dozen that a rule needs, stay in a core's
second-level cache (512 KiB on the machine measured); any value gives the same answers."""

Kinds: TypeAlias = "NDArray[np.int8]"


@dataclass(frozen=True, slots=True, eq=False)
class AnswerColumns:
    """One answer a case. kind: index into `KINDS`. by: index into ``rules`` of the rule that decided, `SILENT` where
    none did. max_hold_hours: the place's own limit, elapsed hours, or `NO_LIMIT`. All of shape (n,).
    """

    question: str
    rules: tuple[str, ...]
    kind: Kinds
    by: NDArray[np.int16]
    max_hold_hours: NDArray[np.int32]


def ask(question: str, rules: Sequence[Rule], cases: CaseColumns) -> AnswerColumns:
    """The answer of every case, whether or not it asked. Equal to `refer.policy.answers.answer`, case by case."""
    asked = _CompiledRules.of(question, rules, cases)
    kind = np.empty(len(cases), dtype=np.int8)
    by = np.empty(len(cases), dtype=np.int16)
    hours = np.empty(len(cases), dtype=np.int32)
    for rows in blocks(len(cases)):
        kind[rows], by[rows], hours[rows] = asked.answer(cases.part(rows))
    return AnswerColumns(question, tuple(rule.id for rule in asked.rules), kind, by, hours)


def missing(question: str, rules: Sequence[Rule], cases: CaseColumns) -> Mapping[str, NDArray[np.bool_]]:
    """Fact -> the cases that need a person for want of it, as `Answer.missing` names them; facts never missing left out.

    Raises nothing; a case whose answer is not ``needs_person`` misses nothing.
    """
    asked = _CompiledRules.of(question, rules, cases)
    found: dict[str, NDArray[np.bool_]] = {}
    for rows in blocks(len(cases)):
        for fact, where in asked.missing(cases.part(rows)).items():
            found.setdefault(fact, np.zeros(len(cases), dtype=np.bool_))[rows] = where
    return {fact: where for fact, where in sorted(found.items()) if where.any()}


def blocks(n: int) -> Iterable[slice]:
    """Consecutive slices of at most `BLOCK` cases."""
    return (slice(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK))


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A rule with what its scope comes to on every value of each part of a place that it names."""

    number: int
    rule: Rule
    covers: Mapping[str, Truth]


@dataclass(frozen=True, slots=True, eq=False)
class _Voices:
    """What one tier says. kind: index into `KINDS`, or `SILENT`. may_require: a duty in it is still unknown.

    weights: its rules with what each comes to, in file order.
    """

    kind: Kinds
    by: NDArray[np.int16]
    may_require: NDArray[np.bool_]
    weights: Sequence[tuple[_Placed, Truth]]


@dataclass(frozen=True, slots=True, eq=False)
class _CompiledRules:
    rules: tuple[Rule, ...]
    placed: tuple[_Placed, ...]
    tables: Tables

    @classmethod
    def of(cls, question: str, rules: Sequence[Rule], cases: CaseColumns) -> _CompiledRules:
        asked = tuple(rule for rule in rules if rule.question == question)
        return cls(asked, tuple(_placed(n, rule, cases) for n, rule in enumerate(asked)), Tables(cases))

    def answer(self, cases: CaseColumns) -> tuple[Kinds, NDArray[np.int16], NDArray[np.int32]]:
        """Kind, deciding rule and limit of one block; defaults are asked only about those that nothing else answers."""
        block = Block(cases, self.tables)
        kind, by, hours = _combined(self._tiers(block, default=False), len(cases))
        silent = kind == NO_RULE
        if silent.any():
            default = _combined(self._tiers(block, default=True), len(cases))
            np.copyto(kind, default[0], where=silent)
            np.copyto(by, default[1], where=silent)
            np.copyto(hours, default[2], where=silent)
        return kind, by, hours

    def missing(self, cases: CaseColumns) -> dict[str, NDArray[np.bool_]]:
        block = Block(cases, self.tables)
        special, common = self._tiers(block, default=False), self._tiers(block, default=True)
        first, _, _ = _combined(special, len(cases))
        second, _, _ = _combined(common, len(cases))
        found: dict[str, NDArray[np.bool_]] = {}
        for voices, needs in (
            *((v, first == NEEDS_PERSON) for v in special),
            *((v, (first == NO_RULE) & (second == NEEDS_PERSON)) for v in common),
        ):
            for placed, weight in voices.weights:
                here = needs & (voices.kind == NEEDS_PERSON) & (weight == UNKNOWN)
                for fact, where in self._missing(placed, block).items():
                    found[fact] = found.get(fact, False) | (here & where)
        return found

    def _missing(self, placed: _Placed, block: Block) -> dict[str, NDArray[np.bool_]]:
        """Facts and parts of the place for want of which one rule is unknown."""
        found = block.missing(placed.rule.when)
        for part, table in placed.covers.items():
            name = f"jurisdiction.{part}" if part in ("state", "county") else f"scope.{part}"
            where = looked_up(table, block.columns.place[part].codes) == UNKNOWN
            found[name] = found.get(name, False) | where
        return found

    def _tiers(self, block: Block, *, default: bool) -> list[_Voices]:
        """What each tier says, the widest first; rules that are in force on no day of the block are left out."""
        days = block.columns.days
        if not len(days):
            return []
        some = [p for p in self.placed if p.rule.default == default and _in_force(p.rule, days.min(), days.max())]
        some.sort(key=lambda p: p.rule.scope.tier)
        tiers = groupby(some, lambda p: p.rule.scope.tier)
        return [_voices([(p, _weight(p, block)) for p in tier]) for _, tier in tiers]


def _placed(number: int, rule: Rule, cases: CaseColumns) -> _Placed:
    covers = {}
    for part in PLACE_PARTS:
        wanted = getattr(rule.scope, part)
        if wanted is not None:
            alone = Scope(**{part: wanted})
            known = [alone.covers(Scope(**{part: str(value)}))[0] for value in cases.place[part].values]
            covers[part] = np.array([as_number(truth) for truth in (*known, None)], dtype=np.int8)
    return _Placed(number, rule, covers)


def _in_force(rule: Rule, first: int, last: int) -> bool:
    """Whether a rule is in force on some day from first to last, ordinals."""
    until = rule.in_force.until
    return rule.in_force.since.toordinal() <= last and (until is None or first < until.toordinal())


def _weight(placed: _Placed, block: Block) -> Truth:
    """What a rule comes to: `ABSENT`, or the truth of its condition as far as its place and day let it speak."""
    rule, cases = placed.rule, block.columns
    weight = block.truth(rule.when)
    if placed.covers:
        here = np.full(len(cases), TRUE, dtype=np.int8)
        for part, table in placed.covers.items():
            here = np.minimum(here, looked_up(table, cases.place[part].codes))
        # A permission that fails would refuse, so where the place is not known it is unknown whatever its condition.
        unsure = np.zeros_like(weight) if rule.answer == "permitted" else np.minimum(weight, UNKNOWN)
        weight = np.where(here == TRUE, weight, np.where(here == UNKNOWN, unsure, ABSENT)).astype(np.int8, copy=False)
    in_force = cases.days >= rule.in_force.since.toordinal()
    if rule.in_force.until is not None:
        in_force &= cases.days < rule.in_force.until.toordinal()
    return weight if in_force.all() else np.where(in_force, weight, np.int8(ABSENT))


def _voices(tier: Sequence[tuple[_Placed, Truth]]) -> _Voices:
    """One tier's voice, as `answers._voice` reasons: contradictions, then refusals, questions, duties, permissions."""
    n = len(tier[0][1])
    certain = {kind: _any(tier, (kind,), TRUE, n) for kind in ("permitted", "refused", "required", "needs_person")}
    open_ = {kind: _any(tier, (kind,), UNKNOWN, n) for kind in ("permitted", "refused", "required", "needs_person")}
    permits, refuses, requires = certain["permitted"], certain["refused"], certain["required"]
    conflict = refuses & (permits | requires)
    duty_open = refuses & open_["required"]
    # A refusal stands against what is unknown; a question does not wait for what could only repeat what is said.
    unsettled = (open_["permitted"] & ~permits) | open_["refused"] | (open_["required"] & ~requires)
    asks = ~refuses & (certain["needs_person"] | unsettled | open_["needs_person"])
    unmet = _any(tier, ("permitted",), FALSE, n)
    kind = np.full(n, SILENT, dtype=np.int8)
    kind[unmet] = REFUSED
    kind[permits] = PERMITTED
    kind[requires] = REQUIRED
    kind[asks] = NEEDS_PERSON
    kind[refuses] = REFUSED
    kind[duty_open] = NEEDS_PERSON
    kind[conflict] = CONFLICT
    by = _first(tier, ("permitted",), FALSE, n)
    for answers, weight, where in (
        (("permitted",), TRUE, permits),
        (("required",), TRUE, requires),
        (_EVERY, UNKNOWN, asks),
        (("needs_person",), TRUE, asks & certain["needs_person"]),
        (("refused",), TRUE, refuses),
        (_EVERY, UNKNOWN, duty_open),
    ):
        if where.any():
            by = np.where(where, _first(tier, answers, weight, n), by)
    may_require = open_["required"] & (kind == NEEDS_PERSON)
    return _Voices(kind, by, may_require, tier)


_EVERY: Final[tuple[AnswerKind, ...]] = ("permitted", "refused", "required", "needs_person")


def _any(tier: Sequence[tuple[_Placed, Truth]], answers: Sequence[str], weight: int, n: int) -> NDArray[np.bool_]:
    """Where some rule with one of these answers weighs just this."""
    found = np.zeros(n, dtype=np.bool_)
    for placed, weights in tier:
        if placed.rule.answer in answers:
            found |= weights == weight
    return found


def _first(tier: Sequence[tuple[_Placed, Truth]], answers: Sequence[str], weight: int, n: int) -> NDArray[np.int16]:
    """The number of the first such rule, in file order; `SILENT` where there is none."""
    found = np.full(n, SILENT, dtype=np.int16)
    for placed, weights in reversed(tier):
        if placed.rule.answer in answers:
            found[weights == weight] = placed.number
    return found


def _combined(voices: Sequence[_Voices], n: int) -> tuple[Kinds, NDArray[np.int16], NDArray[np.int32]]:
    """Over the tiers: a refusal wins unless a duty is still unknown, a duty against it is a conflict, silence is no rule."""
    said = {kind: np.zeros(n, dtype=np.bool_) for kind in range(len(KINDS))}
    by = {kind: np.full(n, SILENT, dtype=np.int16) for kind in (PERMITTED, REFUSED, REQUIRED, NEEDS_PERSON)}
    may_require = np.zeros(n, dtype=np.bool_)
    for voice in voices:
        may_require |= voice.may_require
        for kind in said:
            here = voice.kind == kind
            said[kind] |= here
            if kind in by:
                np.copyto(by[kind], voice.by, where=here)
    kind_of = np.full(n, NO_RULE, dtype=np.int8)
    decided = np.full(n, SILENT, dtype=np.int16)
    for kind, where in (
        (PERMITTED, said[PERMITTED]),
        (REQUIRED, said[REQUIRED]),
        (NEEDS_PERSON, said[NEEDS_PERSON]),
        (REFUSED, said[REFUSED] & ~may_require),
    ):
        kind_of[where] = kind
        np.copyto(decided, by[kind], where=where)
    conflict = said[CONFLICT] | (said[REFUSED] & said[REQUIRED])
    kind_of[conflict] = CONFLICT
    decided[conflict] = SILENT
    return kind_of, decided, _limits(voices, kind_of)


def _limits(voices: Sequence[_Voices], kind: Kinds) -> NDArray[np.int32]:
    """The least limit among the rules that apply, unless the answer is a refusal or there is none."""
    most = np.iinfo(np.int32).max
    limits = np.full(len(kind), most, dtype=np.int32)
    for voice in voices:
        for placed, weights in voice.weights:
            hours = placed.rule.max_hold_hours
            if hours is not None:
                limits[(weights == TRUE) & (limits > hours)] = hours
    held = (kind == PERMITTED) | (kind == REQUIRED) | (kind == NEEDS_PERSON)
    return np.where(held & (limits < most), limits, NO_LIMIT).astype(np.int32, copy=False)
