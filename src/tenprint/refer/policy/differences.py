"""What two editions of a programme say differently: rule by rule in words, and case by case in answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tenprint.errors import NoRuleInForce, ReferError, RulesConflict
from tenprint.refer.policy.cases import NO_RULE, Case, ClockCase, LevelCase, RuleCase
from tenprint.refer.policy.clock import expiry
from tenprint.refer.policy.levels import BASES, STAGES
from tenprint.refer.policy.rulebook import RuleBook
from tenprint.refer.policy.rules import Rule
from tenprint.refer.policy.words import facts_in_words, rule_in_words


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule, level policy or clock that is new, gone, or says something else. lines: one sentence a part."""

    id: str
    kind: Literal["added", "removed", "changed"]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnsweredDifferently:
    """One case that comes out otherwise. case: file and name; asks: what, when, where, with which facts; before, after: the answers."""

    case: str
    asks: str
    before: str
    after: str


def changes(before: RuleBook, after: RuleBook) -> list[Changed]:
    """Every rule, level policy and clock that differs, by id. A new version of a rule is shown against the one that it follows."""
    old, new = {rule.id: rule for rule in before.rules}, {rule.id: rule for rule in after.rules}
    found: list[Changed] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            found.append(Changed(name, "removed", tuple(_whole(old[name]))))
        elif name not in old:
            earlier = _earlier(new[name], old)
            lines = [f"follows {earlier.id}", *between(earlier, new[name])] if earlier else _whole(new[name])
            found.append(Changed(name, "added", tuple(lines)))
        elif lines := between(old[name], new[name]):
            found.append(Changed(name, "changed", tuple(lines)))
    return [*found, *_others(before, after)]


def between(old: Rule, new: Rule) -> list[str]:
    """What one rule says otherwise than another, part by part; empty when both say the same."""
    was, now = rule_in_words(old), rule_in_words(new)
    return [f"{part}: was {was[part]}; is {now[part]}" for part in was if was[part] != now[part]]


def _whole(rule: Rule) -> list[str]:
    return [f"{part}: {said}" for part, said in rule_in_words(rule).items()]


def _earlier(rule: Rule, old: dict[str, Rule]) -> Rule | None:
    """The rule that it replaces, or the highest earlier version of the same topic."""
    if rule.replaces in old:
        return old[str(rule.replaces)]
    topic, _, version = rule.id.rpartition("/")
    below = [
        found
        for name, found in old.items()
        if name.rpartition("/")[0] == topic and int(name.rpartition("/")[2]) < int(version)
    ]
    return max(below, key=lambda found: int(found.id.rpartition("/")[2]), default=None)


def _others(before: RuleBook, after: RuleBook) -> Iterator[Changed]:
    """Level policies and clocks: what is written on their face; their content shows in the cases."""
    for what in ("level_policies", "clocks"):
        was = {x.id: x for x in getattr(before, what)}
        now = {x.id: x for x in getattr(after, what)}
        for name in sorted(was.keys() | now.keys()):
            if name not in now:
                yield Changed(name, "removed", (f"in force: {was[name].in_force}",))
            elif name not in was:
                yield Changed(name, "added", (f"in force: {now[name].in_force}",))
            else:
                parts = (("in force", "in_force"), ("source", "source"), ("evidence", "evidence"))
                lines = tuple(
                    f"{said}: was {getattr(was[name], part)}; is {getattr(now[name], part)}"
                    for said, part in parts
                    if getattr(was[name], part) != getattr(now[name], part)
                )
                if lines:
                    yield Changed(name, "changed", lines)


def answered_differently(before: RuleBook, after: RuleBook, cases: Sequence[Case]) -> list[AnsweredDifferently]:
    """The cases, of both editions, whose answer (not only the deciding rule) changes; each question, day, place and facts once."""
    found: dict[str, AnsweredDifferently] = {}
    for case in cases:
        was, now = outcome(case, before), outcome(case, after)
        if was.partition(" by ")[0] != now.partition(" by ")[0]:
            found.setdefault(asks(case), AnsweredDifferently(f"{case.path.name}: {case.name}", asks(case), was, now))
    return list(found.values())


def asks(case: Case) -> str:
    """What a case asks, in words."""
    if isinstance(case, RuleCase):
        return f"{case.question} on {case.day}, at {case.place}: {facts_in_words(case.facts)}"
    if isinstance(case, LevelCase):
        coded = (
            ", ".join(f"{offence.basis} {offence.ncic or 'without a code'}" for offence in case.offences)
            or "no offence"
        )
        return f"level under {case.policy} on {case.day}, {case.basis} at {case.stage}: {coded}, as {case.name!r}"
    return f"clock of {case.form} from {case.start.isoformat()}, at {case.place}"


def outcome(case: Case, book: RuleBook) -> str:
    """What a book makes of a case, in words, ending in `` by RULE`` where a rule decided; a contradiction is an outcome too."""
    try:
        return _outcome(case, book)
    except NoRuleInForce:
        return NO_RULE
    except RulesConflict as conflict:
        return f"conflict ({conflict})"
    except ReferError as refused:
        return f"refused to answer ({refused})"


def _outcome(case: Case, book: RuleBook) -> str:
    if isinstance(case, RuleCase):
        found = book.ask(case.question, case.facts, on=case.day, scope=case.place)
        limit = "" if found.max_hold_hours is None else f", at most {found.max_hold_hours} hours"
        return f"{found.kind}{limit} by {found.by}"
    if isinstance(case, ClockCase):
        clock = book.calendar(on=case.day, form=case.form, scope=case.place)
        return f"ends {expiry(clock, case.start, case.timezone).isoformat()} by {clock.id}"
    basis, stage = next(b for b in BASES if b == case.basis), next(s for s in STAGES if s == case.stage)
    level = book.levels(case.policy, case.offences, basis=basis, on=case.day, stage=stage, aggravated_felony=case.aggravated_felony,
                        conviction_known=case.conviction_known)  # fmt: skip
    return f"level {level.level} by {level.policy}"
