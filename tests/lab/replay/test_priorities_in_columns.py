"""Priority policies in columns say of every case what the single-case engine says; a priority is shown as no level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint.lab.replay import priorities
from tenprint.lab.replay.cases import LEVEL, RecordedCase
from tenprint.lab.replay.columns import CaseColumns
from tenprint.lab.replay.difference import Other, compare
from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.policy.conditions import Condition, FactIs
from tenprint.refer.policy.content_cases import priority_cases
from tenprint.refer.policy.priority_policies import PriorityPolicy
from tenprint.refer.policy.programme import Programme, programme_root

POLICIES = Programme.load(programme_root()).rules.priority_policies


def leaves(condition: Condition) -> list[FactIs]:
    return [condition] if isinstance(condition, FactIs) else [leaf for part in condition.parts for leaf in leaves(part)]


def values_of(policy: PriorityPolicy) -> Mapping[str, st.SearchStrategy[FactValue]]:
    """For each fact that the policy names: the values at which its conditions change their mind, and others."""
    conditions = [
        c for c in (policy.requires, *(x for one in policy.classes for x in (one.when, one.asks_when))) if c is not None
    ]
    operands: dict[str, list[FactValue]] = {name: [] for name in policy.names}
    for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
        operands[leaf.fact] += leaf.operand if isinstance(leaf.operand, tuple) else [leaf.operand]
    return {name: _values(name, found) for name, found in sorted(operands.items())}


def _values(name: str, operands: list[FactValue]) -> st.SearchStrategy[FactValue]:
    fact = GLOSSARY[name]
    if fact.choices:
        return st.sampled_from(fact.choices)
    if fact.kind == "bool":
        return st.booleans()
    if fact.kind == "int":
        return st.sampled_from(
            sorted({0, *(int(x) + d for x in operands for d in (-1, 0, 1) if isinstance(x, int) and x + d >= 0)})
        )
    if fact.kind == "date":
        days = [x for x in operands if isinstance(x, date)]
        return st.sampled_from([date(2009, 1, 1), *days, date(2026, 1, 1)])
    texts = [x for x in operands if isinstance(x, str)] + ["another"]
    return (
        st.lists(st.sampled_from(texts), max_size=3, unique=True).map(tuple)
        if fact.kind == "set"
        else st.sampled_from(texts)
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
@settings(max_examples=25)
@given(st.data())
def test_a_column_of_priorities_is_the_single_priorities(policy: PriorityPolicy, data: st.DataObject) -> None:
    """Every shipped policy, in its days and as if in force, with facts absent and facts that contradict each other."""
    cases = data.draw(st.lists(st.builds(
        RecordedCase,
        day=st.dates(date(2008, 1, 1), date(2026, 1, 1)),
        facts=st.fixed_dictionaries({}, optional=dict(values_of(policy))),
        basis=st.sampled_from(["charge", "conviction"]),
        stage=st.sampled_from(["match", "arrest", "removal"]),
    ), min_size=1, max_size=10))  # fmt: skip
    columns = CaseColumns.of(cases)

    for as_if in (False, True):
        found = priorities.priorities(policy, columns, as_if_in_force=as_if)
        of = priorities.always_in_force(policy) if as_if else policy
        for number, case in enumerate(cases):
            value, missing = priorities.priority_of(of, case)
            assert value == priorities.VALUES[found.value[number]]
            expected = missing if value == "needs_person" else ()
            assert expected == tuple(fact for fact, where in found.missing.items() if where[number])


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_the_cases_beside_a_policy_come_out_as_written(policy: PriorityPolicy) -> None:
    """Domain 2.4 to 2.6, as far as a case's basis is one that levels have too."""
    written = [
        case
        for case in priority_cases(policy.path.with_name(policy.path.stem + ".cases.yaml"))
        if case.basis in ("charge", "conviction")
    ]
    columns = CaseColumns.of([
        RecordedCase(day=case.day, facts=case.facts, basis=case.basis, stage=case.stage)  # type: ignore[arg-type]
        for case in written
    ])  # fmt: skip

    found = priorities.priorities(policy, columns, as_if_in_force=False)
    assert [case.value for case in written] == [priorities.VALUES[code] for code in found.value]


def test_a_priority_stands_beside_a_level_and_what_nobody_asked_for_sends_it_to_a_person() -> None:
    """Domain 8, terms 39 and 40: two nouns; the facts of a later policy were not asked for under the earlier one."""
    policy = next(policy for policy in POLICIES if policy.id == "pep-2014")
    row = RecordedCase(day=date(2012, 1, 1), facts={"conviction.known": "yes"}, asked=frozenset({LEVEL}),
                       labels={"recorded": "1", "under": "morton-2011/1 by conviction at match"})  # fmt: skip
    table, missing = compare(CaseColumns.of([row]), Other(policy=policy), by="level", public=False)

    assert ("recorded under", "recorded level", "priority under pep-2014/1") == table.columns
    assert {("morton-2011/1 by conviction at match", "1", "needs_person"): 1} == table.lines
    assert "no level" in table.notes[0]
    assert 1 == missing.lines["conviction.felonies_not_status",]
