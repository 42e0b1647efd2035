"""Conditions: a closed set of operators in three-valued logic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import RuleInvalid
from tenprint.model.facts import FactValue
from tenprint.refer.participation.strict_yaml import Sheet, parse
from tenprint.refer.policy.conditions import OPERATORS, Condition, FactIs, Group, read_condition


def condition(text: str) -> Condition:
    return read_condition(Sheet(parse(text, where="x"), "x"))


@pytest.mark.parametrize(
    ("text", "facts", "truth"),
    [
        ("{fact: status.value, equals: USC}", {"status.value": "USC"}, True),
        ("{fact: status.value, equals: USC}", {"status.value": "LPR"}, False),
        ("{fact: status.value, equals: USC}", {}, None),
        ("{fact: status.value, in: [USC, LPR]}", {"status.value": "LPR"}, True),
        ("{fact: status.value, not_in: [USC, LPR]}", {"status.value": "LPR"}, False),
        ("{fact: status.value, not_in: [USC, LPR]}", {}, None),
        ("{fact: identity.examiners, at_least: 2, unit: examiners}", {"identity.examiners": 2}, True),
        ("{fact: identity.examiners, at_least: 2}", {"identity.examiners": 1}, False),
        ("{fact: identity.examiners, at_most: 2}", {"identity.examiners": 2}, True),
        ("{fact: identity.examiners, more_than: 2}", {"identity.examiners": 2}, False),
        ("{fact: identity.examiners, less_than: 2}", {"identity.examiners": 1}, True),
        ("{fact: conviction.classes, contains: [a, b]}", {"conviction.classes": ("b", "c")}, True),
        ("{fact: conviction.classes, contains: [a, b]}", {"conviction.classes": ()}, False),
        ('{fact: offense.ncic, in_ranges: ["0901-0999", "6300"]}', {"offense.ncic": "0901"}, True),
        ('{fact: offense.ncic, in_ranges: ["0901-0999", "6300"]}', {"offense.ncic": "0999"}, True),
        ('{fact: offense.ncic, in_ranges: ["0901-0999", "6300"]}', {"offense.ncic": "1000"}, False),
        ('{fact: offense.ncic, in_ranges: ["0901-0999", "6300"]}', {"offense.ncic": "6300"}, True),
        ("{fact: status.value, known: true}", {}, False),
        ("{fact: status.value, unknown: true}", {}, True),
        ("{fact: status.value, unknown: true}", {"status.value": "USC"}, False),
        ("{not: {fact: status.value, equals: USC}}", {}, None),
        ("{not: {fact: status.value, equals: USC}}", {"status.value": "LPR"}, True),
        (
            "{all: [{fact: status.value, equals: USC}, {fact: person.juvenile, equals: true}]}",
            {"person.juvenile": False},
            False,
        ),
        (
            "{all: [{fact: status.value, equals: USC}, {fact: person.juvenile, equals: true}]}",
            {"person.juvenile": True},
            None,
        ),
        (
            "{any: [{fact: status.value, equals: USC}, {fact: person.juvenile, equals: true}]}",
            {"person.juvenile": True},
            True,
        ),
        (
            "{any: [{fact: status.value, equals: USC}, {fact: person.juvenile, equals: true}]}",
            {"person.juvenile": False},
            None,
        ),
    ],
)
def test_an_operator_says_true_false_or_unknown(text: str, facts: Mapping[str, FactValue], truth: bool | None) -> None:
    """Kleene's tables, operator by operator, with the fact present and absent."""
    assert truth is condition(text).find(facts).truth


def test_a_finding_names_what_decided_and_what_is_missing() -> None:
    """The trace must let a person see which fact to look up."""
    both = condition(
        "{all: [{fact: status.value, equals: USC}, {fact: person.juvenile, equals: true}, {fact: person.protected, equals: true}]}"
    )

    assert frozenset({"person.juvenile"}) == both.find({"person.juvenile": False, "person.protected": True}).because
    assert frozenset({"status.value", "person.protected"}) == both.find({"person.juvenile": True}).missing


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{fact: weather, equals: fine}", "glossary"),
        ("{fact: status.value, matches: U.*}", "exactly one of"),
        ("{fact: status.value, equals: USC, in: [USC]}", "exactly one of"),
        ("{fact: status.value}", "exactly one of"),
        ("{fact: status.value, at_least: 2}", "facts of kind"),
        ("{fact: person.juvenile, equals: NO}", "glossary wants bool"),
        ("{fact: status.value, equals: martian}", "allowed"),
        ("{fact: status.value, in: [USC, martian]}", "allowed"),
        ("{fact: status.value, in: []}", "list of values"),
        ("{fact: identity.examiners, at_least: true}", "glossary wants int"),
        ("{fact: identity.examiners, at_least: 2, unit: years}", "unit"),
        ('{fact: offense.ncic, in_ranges: ["0999-0901"]}', "ranges"),
        ("{fact: offense.ncic, in_ranges: [0901-0999, 901]}", "list of texts"),
        ("{fact: status.value, known: false}", "true"),
        ("{all: []}", "at least one"),
        ("{all: [{fact: status.value, equals: USC}], any: []}", "fact"),
    ],
)
def test_a_condition_outside_the_closed_set_is_refused(text: str, says: str) -> None:
    """No operator, fact, unit or value is guessed."""
    with pytest.raises(RuleInvalid, match=says):
        condition(text)


FACTS: Mapping[str, st.SearchStrategy[FactValue]] = {
    "status.value": st.sampled_from(["USC", "LPR", "overstay"]),
    "person.juvenile": st.booleans(),
    "identity.examiners": st.integers(0, 3),
    "conviction.classes": st.sampled_from([(), ("a",), ("a", "b")]),
    "offense.ncic": st.sampled_from(["0901", "3560", "8004"]),
}
LEAVES = st.one_of(
    st.builds(FactIs, st.just("status.value"), st.sampled_from(["in", "not_in"]), st.just(("USC", "LPR"))),
    st.builds(FactIs, st.just("person.juvenile"), st.just("equals"), st.booleans()),
    st.builds(
        FactIs,
        st.just("identity.examiners"),
        st.sampled_from(["at_least", "at_most", "more_than", "less_than"]),
        st.integers(0, 3),
    ),
    st.builds(FactIs, st.just("conviction.classes"), st.just("contains"), st.just(("b",))),
    st.builds(FactIs, st.just("offense.ncic"), st.just("in_ranges"), st.just(("0901-0999",))),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Group, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Group, st.just("not"), inner.map(lambda one: (one,))),
    ),
    max_leaves=8,
)
SOME_FACTS = st.fixed_dictionaries({}, optional=dict(FACTS))


@given(CONDITIONS, SOME_FACTS, SOME_FACTS)
def test_more_facts_settle_what_was_unknown_and_change_nothing_that_was_settled(
    one: Condition, facts: dict[str, FactValue], more: dict[str, FactValue]
) -> None:
    """Without ``known`` and ``unknown``, truth is monotone in what is known; an unknown always names what it misses."""
    before, after = one.find(facts), one.find({**more, **facts})

    assert before.truth is None or before.truth == after.truth
    assert (before.truth is None) == bool(before.missing)
    assert not before.missing & set(facts)
    assert before.because <= set(facts)


@given(CONDITIONS, SOME_FACTS)
def test_a_condition_depends_on_nothing_it_does_not_name(one: Condition, facts: dict[str, FactValue]) -> None:
    """Facts that a condition does not name can be taken away without any change."""
    assert one.find(facts) == one.find({name: value for name, value in facts.items() if name in one.names})


def test_days_compare_as_days() -> None:
    """The order of dates is the calendar's."""
    early, late = date(2011, 6, 2), date(2011, 6, 3)

    assert [FactIs("x", "at_least", late).find({"x": day}).truth for day in (early, late)] == [False, True]


def test_the_operators_are_the_ones_decided() -> None:
    """A new operator needs an ADR: this list is the contract."""
    assert {
        "equals", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "contains", "in_ranges", "known", "unknown",
    } == set(OPERATORS)  # fmt: skip
