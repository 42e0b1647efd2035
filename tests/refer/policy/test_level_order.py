"""Levels are ordered and equated under one policy, version and basis; across them every comparison is refused, in full words."""

from __future__ import annotations

import operator
from datetime import date
from itertools import product

import pytest

from tenprint.errors import LevelsNotComparable
from tenprint.refer.policy.levels import Level, Offence

NAMES = ("1", "2", "3", "none")


def level(name: str, *, policy: str = "p", version: str = "1", basis: str = "charge", stage: str = "match") -> Level:
    return Level(policy=policy, version=version, basis=basis, evaluated_on=date(2011, 1, 1), stage=stage, inputs_hash="0", level=name, reasons=(),  # type: ignore[arg-type]
                 evidence="primary")  # fmt: skip


@pytest.mark.parametrize(("one", "other"), list(product(NAMES, NAMES)))
def test_the_most_serious_is_level_1_and_the_order_is_total(one: str, other: str) -> None:
    """As numbers are: Level 1, the most serious, is the least; no offence with a level comes last."""
    a, b = NAMES.index(one), NAMES.index(other)
    expected = {
        compare: compare(level(one), level(other)) for compare in (operator.lt, operator.le, operator.gt, operator.ge)
    }

    assert {operator.lt: a < b, operator.le: a <= b, operator.gt: a > b, operator.ge: a >= b} == expected
    assert (a == b) == (level(one) == level(other))
    assert (a != b) or hash(level(one)) == hash(level(other))
    assert 4 == len({hash(level(name)) for name in NAMES})


@pytest.mark.parametrize("other", [{"policy": "q"}, {"version": "2"}, {"basis": "conviction"}])
@pytest.mark.parametrize(("compare", "act"), [
    (operator.eq, "equated"), (operator.lt, "ordered"), (operator.le, "ordered"), (operator.gt, "ordered"), (operator.ge, "ordered"),
])  # fmt: skip
def test_across_policies_versions_and_bases_nothing_is_compared(other: dict[str, str], compare, act: str) -> None:
    """The column head that kept its name while its meaning changed: both are shown, each under its own name."""
    theirs = " ".join({"policy": "p", "version": "1", "basis": "charge", **other}.values())
    with pytest.raises(LevelsNotComparable) as refused:
        compare(level("1"), level("1", **other))

    assert f"levels were {act} across policies: p 1 charge and {theirs}; show both, each under its own name" == str(
        refused.value
    )


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("name", ["1-or-2", "needs_person"])
def test_an_undecided_level_has_no_place_in_the_order(compare, name: str) -> None:
    """A person decides it first."""
    for pair in ((level(name), level("1")), (level("1"), level(name))):
        with pytest.raises(
            LevelsNotComparable, match=f"^p: {name} has no place in the order; a person must decide it first$"
        ):
            compare(*pair)
    assert level(name) == level(name)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_a_level_is_compared_with_no_bare_number(compare) -> None:
    """A number without its policy is exactly what misled readers."""
    with pytest.raises(LevelsNotComparable) as refused:
        compare(level("1"), 2)

    assert "a level was compared with 2; allowed: a level of the same policy, version and basis" == str(refused.value)
    assert level("1") != 1


@pytest.mark.parametrize("add", [lambda: level("1") + level("1"), lambda: 1 + level("1"), lambda: sum([level("1")])])
def test_levels_are_counted_never_added(add) -> None:
    """Also by ``sum``."""
    with pytest.raises(LevelsNotComparable) as refused:
        add()

    assert "levels were added (p 1); levels are counted under one policy, never added" == str(refused.value)


def test_an_offences_content_names_every_one_of_its_facts() -> None:
    """What goes into a level's inputs hash: a fact left out, or under another name, would make two inputs one."""
    coded = Offence(
        basis="charge", ncic="1399", code_source="defaulted", sentence_days=10, max_penalty_days=20, severity="felony"
    )

    assert {
        "basis": "charge", "ncic": "1399", "code_source": "defaulted", "sentence_days": 10, "max_penalty_days": 20, "severity": "felony",
    } == coded.content()  # fmt: skip
