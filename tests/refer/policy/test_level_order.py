"""Levels are ordered and equated under one policy, version and basis; across them every comparison is refused, in full words."""

from __future__ import annotations

import hashlib
import operator
from datetime import date
from itertools import product

import pytest

from tenprint.errors import FactInvalid, LevelsNotComparable
from tenprint.model import canonical
from tenprint.refer.policy.levels import AggravatedFelonyFinding, Level, Offence, inputs_hash

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


INPUTS = {
    "policy": "p", "version": "1", "basis": "charge", "stage": "match", "on": date(2011, 1, 1), "offences": (Offence(basis="charge", ncic="1399"),),
    "aggravated_felony": AggravatedFelonyFinding(found=True, statute="INA 101(a)(43)(F)", found_by="somebody"), "conviction_known": "yes",
}  # fmt: skip


def test_the_inputs_hash_is_over_every_input_under_its_own_name() -> None:
    """A stranger recomputes it from the canonical content; who made a finding is not in it."""
    content = {
        "policy": "p", "version": "1", "basis": "charge", "stage": "match", "on": "2011-01-01",
        "offences": [canonical.encode(Offence(basis="charge", ncic="1399").content())],
        "aggravated_felony": {"found": True, "statute": "INA 101(a)(43)(F)"}, "conviction_known": "yes",
    }  # fmt: skip

    assert hashlib.sha256(canonical.encode(content)).hexdigest() == inputs_hash(**INPUTS)
    assert hashlib.sha256(canonical.encode({**content, "aggravated_felony": None})).hexdigest() == inputs_hash(
        **{**INPUTS, "aggravated_felony": None}
    )


def test_the_order_of_offences_does_not_matter_to_the_hash() -> None:
    """Two lists of the same offences are the same inputs."""
    two = (Offence(basis="charge", ncic="1399"), Offence(basis="charge", ncic="0901"))

    assert inputs_hash(**{**INPUTS, "offences": two}) == inputs_hash(**{**INPUTS, "offences": two[::-1]})


@pytest.mark.parametrize(("facts", "says"), [
    ({"basis": "rumour"}, "an offence's basis is 'rumour'; allowed: charge, conviction; nothing was evaluated"),
    ({"ncic": "139"}, "NCIC code '139'; allowed: four digits; nothing was evaluated. Have a person code the offence."),
    ({"ncic": "13a9"}, "NCIC code '13a9'; allowed: four digits; nothing was evaluated. Have a person code the offence."),
    ({"ncic": "١٢٣٤"}, "NCIC code '١٢٣٤'; allowed: four digits; nothing was evaluated. Have a person code the offence."),
    ({"sentence_days": -1}, "sentence_days is -1; allowed: a number of days from 0; nothing was evaluated"),
    ({"sentence_days": True}, "sentence_days is True; allowed: a number of days from 0; nothing was evaluated"),
    ({"max_penalty_days": -5}, "max_penalty_days is -5; allowed: a number of days from 0; nothing was evaluated"),
])  # fmt: skip
def test_an_offence_that_can_not_be_is_told_in_full(facts: dict, says: str) -> None:
    """Found, allowed, and that nothing was evaluated."""
    with pytest.raises(FactInvalid) as refused:
        Offence(**{"basis": "charge", **facts})

    assert says == str(refused.value)
    assert 0 == Offence(basis="charge", sentence_days=0, max_penalty_days=0).sentence_days


@pytest.mark.parametrize(("statute", "by"), [(" ", "somebody"), ("INA 101(a)(43)(F)", " "), ("", "")])
def test_a_finding_of_an_aggravated_felony_names_its_statute_and_its_author(statute: str, by: str) -> None:
    """A person's conclusion under INA 101(a)(43), never a code's."""
    with pytest.raises(FactInvalid) as refused:
        AggravatedFelonyFinding(found=True, statute=statute, found_by=by)

    assert "an aggravated felony finding needs its statute and the person who made it; nothing was evaluated" == str(
        refused.value
    )
