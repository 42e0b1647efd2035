"""Every name that a rule, policy, clock, notice, form or case uses, held against the list that it refers to.

A name that is in no list would never match: the rule would look like law in force and say nothing. Facts with a closed list of
the glossary are checked where they are read (`conditions`, `model.facts`); what a programme itself lists is checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from tenprint.model.facts import FactValue
from tenprint.refer.participation.jurisdictions import ORI
from tenprint.refer.policy.cases import Case, ClockCase, RuleCase
from tenprint.refer.policy.conditions import Condition, FactIs
from tenprint.refer.policy.content_cases import FormCase, PriorityCase
from tenprint.refer.policy.programme import Programme
from tenprint.refer.policy.rules import Scope
from tenprint.refer.policy.vocabularies import FILE, KINDS

SHOWN: Final = 40
"""Most words of a list that a message shows whole; of a longer one it shows those spelt most alike. Set by: a screen."""


@dataclass(frozen=True, slots=True)
class List:
    """What a name may be. names: all of them; called: what the list is, and where it stands."""

    names: frozenset[str]
    called: str

    def fault(self, where: str, found: Iterable[str]) -> Iterator[str]:
        """One line for each name that is not in the list."""
        for name in found:
            if name not in self.names:
                near = get_close_matches(name, sorted(self.names), n=5)
                shown = sorted(self.names) if len(self.names) <= SHOWN else near
                yield (
                    f"{where}: {name!r}, which is no {self.called}. Allowed: {', '.join(shown) or 'only what is listed there'}. "
                    "It would never match. Next: correct the name, or add it to that list with its source."
                )


def lists_of(programme: Programme) -> Mapping[str, List]:
    """Fact of kind text or set, without a closed list of the glossary -> what it may hold in this programme.

    ``submission.ori`` and ``submission.cri`` are left out: they have a shape and no list.
    """
    book = programme.rules
    places = programme.jurisdictions.all()
    tots = {tot for one in programme.repositories.values() for tot in (*one.tots, *one.review_tots)}
    codes = List(_codes(programme), "code of the tables in levels/")
    found = {
        fact: List(book.vocabularies.words(fact) or frozenset(), f"word of {FILE}")
        for facts in KINDS.values()
        for fact in facts
    }
    return found | {
        "charge.ncic": codes,
        "conviction.ncic": codes,
        "offense.ncic": codes,
        "repository.name": List(frozenset(programme.repositories), "repository of programme.yaml"),
        "submission.tot": List(frozenset(tots), "type of transaction of a repository of programme.yaml"),
        "detainer.form": List(frozenset(book.forms), "form in forms/"),
        "detainer.probable_cause": List(_boxes(programme), "box of a form in forms/"),
        "jurisdiction.state": List(frozenset(place.state for place in places), "state of jurisdictions.yaml"),
        "jurisdiction.county": List(frozenset(place.county for place in places), "county of jurisdictions.yaml"),
    }


def misspelt(programme: Programme, cases: Sequence[Case | PriorityCase | FormCase]) -> Iterator[str]:
    """One line for each name that is in no list: file, rule, found, allowed, what to do next."""
    lists = lists_of(programme)
    book = programme.rules
    for rule in book.rules:
        here = f"{rule.path}: {rule.id}"
        yield from _in_condition(f"{here}: when", rule.when, lists)
        yield from _in_scope(here, rule.scope, programme, only=("ori", "facility"))  # the rest is a warning of `reach`
    for policy in book.priority_policies:
        here = f"{policy.path}: {policy.id}"
        conditions = [
            ("requires", policy.requires),
            *((one.code, c) for one in policy.classes for c in (one.when, one.asks_when)),
        ]
        for name, condition in conditions:
            if condition is not None:
                yield from _in_condition(f"{here}: {name}", condition, lists)
    families = List(frozenset(_family(form) for form in book.forms), "family of a form in forms/")
    for clock in book.clocks:
        yield from families.fault(f"{clock.path}: {clock.id}: forms hold", clock.forms)
        yield from _in_scope(f"{clock.path}: {clock.id}", clock.scope, programme)
    for notice in book.notices:
        here = f"{programme.root / 'notices.yaml'}: {notice.id}"
        yield from families.fault(f"{here}: forms hold", notice.forms)
        yield from _in_scope(here, notice.scope, programme)
    for case in cases:
        yield from _in_case(case, programme, lists)


def _in_case(case: Case | PriorityCase | FormCase, programme: Programme, lists: Mapping[str, List]) -> Iterator[str]:
    here = f"{case.path}: case {case.name!r}"
    if isinstance(case, RuleCase | PriorityCase):
        for name, value in case.facts.items():
            yield from _values(f"{here}: {name} is", name, _texts(value), lists)
    elif isinstance(case, FormCase):
        yield from lists["detainer.probable_cause"].fault(f"{here}: boxes hold", case.boxes)
    elif isinstance(case, ClockCase):
        yield from lists["detainer.form"].fault(f"{here}: form is", [case.form])
        yield from _in_scope(here, case.place, programme)


def _in_condition(where: str, condition: Condition, lists: Mapping[str, List]) -> Iterator[str]:
    if not isinstance(condition, FactIs):
        for part in condition.parts:
            yield from _in_condition(where, part, lists)
    elif condition.operator == "in_ranges":
        yield from _in_ranges(f"{where}: {condition.fact} {condition.operator}", condition, lists)
    elif condition.operator not in ("known", "unknown"):
        yield from _values(
            f"{where}: {condition.fact} {condition.operator}", condition.fact, _texts(condition.operand), lists
        )


def _in_ranges(where: str, condition: FactIs, lists: Mapping[str, List]) -> Iterator[str]:
    """A range in which no code of any table lies; a range may hold codes that no table has."""
    codes = lists[condition.fact].names if condition.fact in lists else frozenset()
    for span in _texts(condition.operand):
        first, _, last = span.partition("-")
        if codes and not any(first <= code <= (last or first) for code in codes):
            yield f"{where}: {span!r}, in which no {lists[condition.fact].called} lies. It would never match. Next: correct the range."


def _values(where: str, fact: str, found: Iterable[str], lists: Mapping[str, List]) -> Iterator[str]:
    if fact in ("submission.ori", "submission.cri"):
        for ori in found:
            if not ORI.match(ori):
                yield f"{where}: {ori!r}; allowed: an ORI of nine characters. It would never match. Next: correct it."
    elif fact in lists:
        yield from lists[fact].fault(where, found)


def _in_scope(where: str, scope: Scope, programme: Programme, *, only: Sequence[str] = ()) -> Iterator[str]:
    """The parts of a scope that no place of the programme has. only: the parts looked at; empty: all."""
    places = programme.jurisdictions.all()
    inside = [p for p in places if scope.state in (None, p.state) and scope.county in (None, p.county)]
    kept = {
        "programme": (List(frozenset([programme.id]), "id of programme.yaml"), scope.programme),
        "state": (List(frozenset(p.state for p in places), "state of jurisdictions.yaml"), scope.state),
        "county": (
            List(
                frozenset(p.county for p in places if scope.state in (None, p.state)),
                "county of that state in jurisdictions.yaml",
            ),
            scope.county,
        ),
        "facility": (
            List(frozenset(row.id for row in programme.rules.facilities.all()), "id of facilities.yaml"),
            scope.facility,
        ),
    }
    for part, (names, found) in kept.items():
        if found is not None and (not only or part in only):
            yield from names.fault(f"{where}: {part} is", [found])
    ori = scope.ori
    if (
        ori is not None
        and inside
        and not any(ori.startswith(p.ori_prefix) or p.ori_prefix.startswith(ori) for p in inside)
    ):
        yield (
            f"{where}: ori is {ori!r}, which begins as no place of jurisdictions.yaml in that scope does. Allowed: "
            f"{', '.join(sorted(p.ori_prefix for p in inside)[:SHOWN])}, or a longer one. It would never match. Next: correct it."
        )


def _codes(programme: Programme) -> frozenset[str]:
    return frozenset(code for policy in programme.rules.level_policies for code in policy.table)


def _boxes(programme: Programme) -> frozenset[str]:
    return frozenset(box for form in programme.rules.forms.values() for box in form.boxes)


def _family(form: str) -> str:
    return form.split(" ", 1)[0]


def _texts(value: FactValue | tuple[FactValue, ...]) -> tuple[str, ...]:
    """The texts among the values of a fact or an operand."""
    return tuple(one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, str))
