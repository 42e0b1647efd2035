"""From the rules in force to one answer, with every rule that was looked at.

The order of thought, tier by tier (everywhere, programme, state, county, ORI, facility):

1. In a tier, rules whose condition is true speak. Two that contradict each other are a fault of the data: RulesConflict.
2. Where a condition is unknown, the tier needs a person, and the missing facts are named, unless the unknown rule could only
   say what is said already, or a refusal stands that no duty could lift.
3. A ``permitted`` rule whose condition is false refuses, if no other permission in the tier holds or might hold.
4. Over the tiers a refusal wins: a permission says only that *its* instrument does not forbid. A duty against a refusal is
   RulesConflict: a person, not the engine, resolves it.
5. ``default`` rules are looked at only when nothing else speaks. If they too are silent there is no rule: NoRuleInForce.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Literal, TypeAlias

from tenprint.errors import FactInvalid, NoRuleInForce, RulesConflict
from tenprint.model.facts import AssertedFact, FactValue, check
from tenprint.refer.participation.sources import weakest
from tenprint.refer.policy.rules import AnswerKind, Rule, Scope

Given: TypeAlias = "Mapping[str, FactValue | AssertedFact]"
"""Facts by name: asserted ones, or bare values, which count as given with the question."""

Verdict: TypeAlias = Literal["applies", "does_not_apply", "unknown", "elsewhere", "not_in_force"]

GIVEN: Final = "given with the question"
"""Source of a bare value."""

ASKER: Final = "whoever asked"
"""Who asserts a bare value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One rule that was looked at. outcome: see `Verdict`; because: facts that decided; missing: facts that were
    absent, or stale.

    facts: those that decided, with source, as-of and asserter. stale: (fact, why it may not be relied on) of those missing.
    default: the rule is asked only where no other speaks.
    """

    rule: str
    answers: AnswerKind
    outcome: Verdict
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    facts: tuple[AssertedFact, ...] = ()
    stale: tuple[tuple[str, str], ...] = ()
    default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of the four answers. Nothing in it holds, releases or searches anyone.

    by: id of the rule that decided. missing: absent facts for which a person is needed. because: facts that decided.
    role: who must look, if the rule says. trace: every rule on the question. citation: its source. max_hold_hours: the
    least limit of the places' own among all that permits or requires a hold, whatever a wider or narrower rule adds, beside
    the clock; elapsed hours, or None; a refusal has none. evidence: the weakest mark of the rules that decided.
    """

    question: str
    kind: AnswerKind
    by: str
    because: tuple[str, ...]
    missing: tuple[str, ...]
    role: str | None
    max_hold_hours: int | None
    trace: tuple[Considered, ...]
    citation: str
    evidence: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that applied, were unknown, or refused for an unmet condition; defaults only where a default decided."""
        consulted = any(c.default for c in self.trace if c.rule == self.by)
        spoke = tuple(c.rule for c in self.trace if c.default == consulted and c.outcome in ("applies", "unknown"))
        return spoke if self.by in spoke else (self.by, *spoke)

    @property
    def facts(self) -> tuple[AssertedFact, ...]:
        """The facts that decided, with source, as-of and asserter, by name."""
        found = {fact.name: fact for seen in self.trace for fact in seen.facts if fact.name in self.because}
        return tuple(found[name] for name in sorted(found))

    @property
    def stale(self) -> Mapping[str, str]:
        """The missing facts that somebody asserted, but that are too old to rely on, each with the reason."""
        return {name: why for seen in self.trace for name, why in seen.stale if name in self.missing}


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A rule that is in force here, or may be, with what its condition came to."""

    rule: Rule
    truth: bool | None
    because: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Voice:
    """What one tier says. may_require: a duty in it is still unknown."""

    kind: AnswerKind
    rules: tuple[_Weighed, ...]
    missing: tuple[str, ...] = ()
    may_require: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The facts that may be relied on, by value; who asserted them; and why others may not be relied on."""

    values: Mapping[str, FactValue]
    asserted: Mapping[str, AssertedFact]
    stale: Mapping[str, str]
    on: date

    @classmethod
    def of(cls, facts: Given, on: date) -> _Known:
        asserted = {name: fact for name, fact in facts.items() if isinstance(fact, AssertedFact)}
        for name, fact in asserted.items():
            if fact.name != name:
                raise FactInvalid(f"the fact {fact.name} was given as {name}; nothing was decided")
        stale = {name: why for name, fact in asserted.items() if (why := fact.stale(on)) is not None}
        bare = {name: fact for name, fact in facts.items() if not isinstance(fact, AssertedFact)}
        check(bare)
        kept = {name: fact.value for name, fact in asserted.items() if name not in stale}
        return cls({**bare, **kept}, asserted, stale, on)

    def deciding(self, names: Iterable[str]) -> tuple[AssertedFact, ...]:
        """Those of the names that are known, as asserted."""
        return tuple(
            self.asserted.get(name)
            or AssertedFact(name=name, value=self.values[name], source=GIVEN, as_of=self.on, asserted_by=ASKER)
            for name in names
            if name in self.values
        )


def answer(question: str, rules: Sequence[Rule], facts: Given, *, on: date, place: Scope) -> Answer:
    """The answer to ``question`` on a day at a place. Raises FactInvalid, NoRuleInForce or RulesConflict."""
    known = _Known.of(facts, on)
    asked = [rule for rule in rules if rule.question == question]
    weighed: list[_Weighed] = []
    trace: list[Considered] = []
    for rule in asked:
        trace.append(_consider(rule, known, on=on, place=place))
        if trace[-1].outcome in ("applies", "does_not_apply", "unknown"):
            truth = {"applies": True, "does_not_apply": False}.get(trace[-1].outcome)
            weighed.append(_Weighed(rule, truth, trace[-1].because, trace[-1].missing))
    for default in (False, True):
        group = [w for w in weighed if w.rule.default == default]
        voices = _voices(group, question, on)
        if voices:
            return _combined(question, voices, tuple(trace), on=on, limit=_limit(group))
    raise NoRuleInForce(_silence(question, asked, len(weighed), on=on, place=place))


def _consider(rule: Rule, known: _Known, *, on: date, place: Scope) -> Considered:
    def seen(outcome: Verdict, because: Iterable[str] = (), missing: Iterable[str] = ()) -> Considered:
        decided, absent = tuple(sorted(because)), tuple(sorted(missing))
        return Considered(
            rule=rule.id,
            answers=rule.answer,
            outcome=outcome,
            because=decided,
            missing=absent,
            facts=known.deciding(decided),
            stale=tuple((name, known.stale[name]) for name in absent if name in known.stale),
            default=rule.default,
        )

    if on not in rule.in_force:
        return seen("not_in_force")
    here, parts = rule.scope.covers(place)
    if here is False:
        return seen("elsewhere")
    finding = rule.when.find(known.values)
    if here is None:
        # a permission that fails here would refuse, so whether the place is covered decides even then
        if finding.truth is False and rule.answer != "permitted":
            return seen("does_not_apply", finding.because)
        return seen("unknown", missing=(*parts, *finding.missing))
    if finding.truth is None:
        return seen("unknown", missing=finding.missing)
    return seen("applies" if finding.truth else "does_not_apply", finding.because)


def _voices(weighed: Sequence[_Weighed], question: str, on: date) -> list[_Voice]:
    """What each tier says, the narrowest last; silent tiers are left out."""
    by_tier = sorted(weighed, key=lambda w: w.rule.scope.tier)
    said = (_voice(tuple(group), question, on) for _, group in groupby(by_tier, key=lambda w: w.rule.scope.tier))
    return [voice for voice in said if voice is not None]


def _voice(tier: tuple[_Weighed, ...], question: str, on: date) -> _Voice | None:
    certain = tuple(w for w in tier if w.truth)
    open_rules = tuple(w for w in tier if w.truth is None)
    decisive = tuple(w for w in certain if w.rule.answer != "needs_person")
    kinds = {w.rule.answer for w in decisive}
    if len(kinds) > 1 and kinds != {"permitted", "required"}:
        raise RulesConflict(_both(question, on, decisive))
    missing = tuple(sorted({fact for w in open_rules for fact in w.missing}))
    may_require = any(w.rule.answer == "required" for w in open_rules)
    if "refused" in kinds:
        if may_require:
            return _Voice("needs_person", open_rules, missing, may_require=True)
        return _Voice("refused", decisive)
    asks = tuple(w for w in certain if w.rule.answer == "needs_person")
    if asks or any(w.rule.answer not in kinds for w in open_rules):
        return _Voice("needs_person", asks or open_rules, missing, may_require=may_require)
    if kinds:
        kind: AnswerKind = "required" if "required" in kinds else "permitted"
        return _Voice(kind, tuple(w for w in decisive if w.rule.answer == kind))
    unmet = tuple(w for w in tier if w.truth is False and w.rule.answer == "permitted")
    return _Voice("refused", unmet) if unmet else None


def _limit(group: Sequence[_Weighed]) -> int | None:
    """The least limit among the rules that apply, elapsed hours; None without one."""
    hours = [w.rule.max_hold_hours for w in group if w.truth and w.rule.max_hold_hours is not None]
    return min(hours, default=None)


def _combined(
    question: str, voices: Sequence[_Voice], trace: tuple[Considered, ...], *, on: date, limit: int | None
) -> Answer:
    by_kind: dict[AnswerKind, list[_Voice]] = {}
    for voice in voices:
        by_kind.setdefault(voice.kind, []).append(voice)
    refused, asking = by_kind.get("refused", []), by_kind.get("needs_person", [])
    if refused and "required" in by_kind:
        raise RulesConflict(_both(question, on, [refused[-1].rules[0], by_kind["required"][-1].rules[0]]))
    kind: AnswerKind
    if refused and not any(voice.may_require for voice in voices):
        chosen, kind = refused, "refused"
    elif asking:
        chosen, kind = asking, "needs_person"
    else:
        kind = "required" if "required" in by_kind else "permitted"
        chosen = by_kind[kind]
    spoke = [w for voice in chosen for w in voice.rules]
    first = chosen[-1].rules[0]
    roles = [w.rule.role for w in spoke if w.rule.role is not None and w.truth]
    return Answer(
        question=question,
        kind=kind,
        by=first.rule.id,
        because=tuple(sorted({fact for w in spoke for fact in w.because})),
        missing=tuple(sorted({fact for voice in chosen for fact in voice.missing})),
        role=roles[-1] if roles else None,
        max_hold_hours=None if kind == "refused" else limit,
        trace=trace,
        citation=str(first.rule.source),
        evidence=weakest(w.rule.evidence for w in spoke),
    )


def _both(question: str, on: date, rules: Sequence[_Weighed]) -> str:
    said = " and ".join(f"{w.rule.id} says {w.rule.answer}" for w in rules)
    return f"{question} on {on}: {said}; nothing was decided. A person must correct the rules or decide the case."


def _silence(question: str, asked: Sequence[Rule], in_force: int, *, on: date, place: Scope) -> str:
    """Why there is no rule: the nearest in time is named, and when it ended or begins."""
    if not asked:
        return f"no rule at all answers {question}; nothing was decided. Add one to the programme's rules."
    if in_force:
        return (
            f"{question} on {on} ({place}): {in_force} rules are in force and none applies; "
            "nothing was decided; a person decides."
        )
    here = [rule for rule in asked if rule.scope.covers(place)[0] is not False]

    def distance(rule: Rule) -> int:
        if on < rule.in_force.since:
            return (rule.in_force.since - on).days
        return (on - rule.in_force.until).days if rule.in_force.until is not None else 0

    nearest = min(here or asked, key=distance)
    return (
        f"{question} on {on} ({place}): no rule is in force here; the nearest is {nearest.id}, "
        f"in force {nearest.in_force} ({nearest.scope}); nothing was decided; a person decides."
    )
