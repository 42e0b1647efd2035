"""Priorities, grounds for a detainer and discretion: data like levels, and never levels."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import FactInvalid, LevelsNotComparable, NoRuleInForce, RuleInvalid
from tenprint.model.facts import GLOSSARY, FactValue
from tenprint.refer.policy.check import check_rules
from tenprint.refer.policy.levels import Level, Offence
from tenprint.refer.policy.priorities import Priority, PriorityBasis
from tenprint.refer.policy.priority_policies import PriorityPolicy, read_priority_policy
from tenprint.refer.policy.programme import Programme, programme_root

ROOT = programme_root()
BOOK = Programme.load(ROOT).rules
POLICIES = {policy.id: policy for policy in BOOK.priority_policies}
PEP = date(2015, 6, 1)


def pep(facts: dict[str, FactValue], *, policy: str = "pep-2014") -> Priority:
    return BOOK.priority(policy, facts, basis="conviction", on=PEP, stage="removal")


def a_level() -> Level:
    return BOOK.levels(
        "sc-sop-2009",
        [Offence(basis="conviction", ncic="0999")],
        basis="conviction",
        on=date(2010, 1, 15),
        stage="removal",
    )


@pytest.mark.parametrize(
    ("on", "ids"),
    [
        ("2010-06-29", set()),
        ("2010-06-30", {"morton-2010-priorities"}),
        ("2011-03-01", {"morton-2010-priorities"}),
        ("2011-03-02", {"morton-2011-priorities"}),
        ("2011-06-16", {"morton-2011-priorities"}),
        ("2011-06-17", {"morton-2011-priorities", "pd-2011"}),
        ("2012-12-20", {"morton-2011-priorities", "pd-2011"}),
        ("2012-12-21", {"morton-2011-priorities", "pd-2011", "detainer-2012"}),
        ("2015-01-04", {"morton-2011-priorities", "pd-2011", "detainer-2012"}),
        ("2015-01-05", {"pep-2014", "pep-2014-detainer"}),
        ("2017-01-24", {"pep-2014", "pep-2014-detainer"}),
        ("2017-01-25", {"pep-2014", "pep-2014-detainer", "eo13768-2017"}),
        ("2017-02-20", {"eo13768-2017"}),
        ("2021-01-19", {"eo13768-2017"}),
        ("2021-01-20", {"interim-2021"}),
        ("2025-01-20", {"eo14159-2025"}),
        ("2025-01-29", {"eo14159-2025", "laken-riley-2025"}),
    ],
)
def test_each_day_has_its_priority_policies(on: str, ids: set[str]) -> None:
    """Domain 2.0: the timeline, with until as the first day not in force."""
    assert ids == set(BOOK.priority_policies_in_force(date.fromisoformat(on)))


def test_every_policy_of_the_timeline_is_there_once() -> None:
    """Domain 2.0, line by line: four give levels, the others priorities, grounds or factors; no id is in both."""
    levels = {policy.id for policy in BOOK.level_policies}

    assert levels == {"sc-moa-2008", "sc-sop-2009", "morton-2010", "morton-2011"}
    assert set(POLICIES) - {"pep-2014-detainer"} == {
        "morton-2010-priorities", "morton-2011-priorities", "pd-2011", "detainer-2012", "pep-2014", "eo13768-2017", "interim-2021", "eo14159-2025", "laken-riley-2025",
    }  # fmt: skip
    assert not levels & set(POLICIES)


@pytest.mark.parametrize(
    ("policy", "mark"),
    [("pd-2011", "recalled_not_verified"), ("interim-2021", "recalled_not_verified"), ("eo14159-2025", "recalled_not_verified"),
     ("detainer-2012", "confirmed"), ("pep-2014", "secondary"), ("eo13768-2017", "secondary"), ("laken-riley-2025", "secondary")],
)  # fmt: skip
def test_each_policy_says_how_well_it_is_known(policy: str, mark: str) -> None:
    """Domain 2: recalled, read at second hand, or confirmed by two copies; what is recalled has no day on which it was read."""
    assert mark == POLICIES[policy].evidence
    assert (POLICIES[policy].source.read_on is None) == (mark == "recalled_not_verified")


def test_discretion_is_a_persons_and_shows_its_factors() -> None:
    """Domain 2.0, pd-2011: factors, never a value."""
    found = BOOK.priority(
        "pd-2011", {"conviction.known": "none"}, basis="conviction", on=date(2012, 1, 2), stage="removal"
    )

    assert (found.value, found.kind, found.grounds, found.missing) == ("needs_person", "discretion", (), ())
    assert len(found.reasons) == 1 + len(POLICIES["pd-2011"].factors) > 10


def test_the_weakest_class_weighs_on_the_mark() -> None:
    """Domain 2.5: the list of significant misdemeanours is partly recalled, and the answer that rests on it says so."""
    clear: dict[str, FactValue] = dict.fromkeys(
        ("finding.national_security", "finding.border_apprehension", "finding.gang_participation"), False
    )
    known: dict[str, FactValue] = {
        "conviction.felonies_not_status": 0, "conviction.exactly_one_year": 0, "conviction.gang_element": False, "conviction.aggravated_felony": False,
        "conviction.misdemeanors_counted": 0, "entry.unlawful": False, "finding.visa_abuse": False, "order.final": False,
    }  # fmt: skip
    felony = pep(
        {
            **clear,
            **known,
            "conviction.felonies_not_status": 1,
            "conviction.classes": (),
            "conviction.longest_custody_days": 0,
        }
    )
    listed = pep({**clear, **known, "conviction.classes": ("dui",)})

    assert [(one.value, one.evidence) for one in (felony, listed)] == [
        ("1", "secondary"),
        ("2", "recalled_not_verified"),
    ]


def test_an_arrest_counts_under_the_act_of_2025_alone() -> None:
    """Domain 2.6: basis=arrest is in the schema; no other policy knows it but those whose text is not known."""
    assert {p.id for p in BOOK.priority_policies if "arrest" in p.bases["match"]} == {
        "laken-riley-2025",
        "eo14159-2025",
        "pd-2011",
    }
    with pytest.raises(FactInvalid, match="arrest"):
        BOOK.priority("pep-2014", {}, basis="arrest", on=PEP, stage="match")


def test_a_level_is_asked_of_level_policies_and_a_priority_of_the_others() -> None:
    """Domain 8, terms 39 and 40: two nouns."""
    with pytest.raises(NoRuleInForce, match="no level policy 'pep-2014'"):
        BOOK.levels("pep-2014", [], basis="conviction", on=PEP, stage="match")
    with pytest.raises(NoRuleInForce, match="no priority policy 'morton-2011'"):
        BOOK.priority("morton-2011", {}, basis="conviction", on=PEP, stage="match")


MADE = pep({"finding.national_security": True})
COMPARE: list[Callable[[object, object], bool]] = [
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]


@pytest.mark.parametrize("compare", COMPARE)
@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, policy="other"), replace(MADE, version="2"), replace(MADE, basis="charge"), replace(MADE, kind="detainer_ground"),
        a_level(), "1", 1, None,
    ],
)  # fmt: skip
def test_priorities_are_compared_within_one_policy_only(
    compare: Callable[[object, object], bool], other: object
) -> None:
    """Domain 2.0: across policies, versions, bases and kinds, and with a level, it is refused, from either side."""
    with pytest.raises(LevelsNotComparable):
        compare(MADE, other)
    with pytest.raises(LevelsNotComparable):
        compare(other, MADE)


def test_priorities_are_never_added() -> None:
    """A priority is a name, not a quantity."""
    for add in (lambda: MADE + MADE, lambda: sum([MADE, MADE]), lambda: MADE + 1, lambda: a_level() + MADE):  # type: ignore[operator, list-item]
        with pytest.raises(LevelsNotComparable):
            add()


def test_under_one_policy_priorities_are_ordered_and_the_unranked_are_not() -> None:
    """1 before 2 before 3 before none; listed and needs_person have no place."""
    ordered = [replace(MADE, value=value) for value in ("1", "2", "3", "none")]

    assert [one.value for one in sorted([ordered[2], ordered[0], ordered[3], ordered[1]])] == ["1", "2", "3", "none"]
    assert (replace(MADE, stage="match"), hash(replace(MADE, stage="match"))) == (MADE, hash(MADE))
    for value in ("listed", "needs_person"):
        with pytest.raises(LevelsNotComparable, match="no place"):
            operator.lt(MADE, replace(MADE, value=value))


def test_the_hash_is_of_what_the_policy_looks_at() -> None:
    """A replay shows by it that it worked on the same facts; a fact that the policy never looks at changes nothing."""
    facts: dict[str, FactValue] = {
        "finding.national_security": True,
        "conviction.classes": ("dui", "burglary"),
        "entry.present_since": date(2015, 1, 1),
    }
    one = pep(facts)

    assert one.inputs_hash == pep({**facts, "conviction.classes": ("burglary", "dui"), "bond.posted": True}).inputs_hash
    others = [
        pep({**facts, "conviction.classes": ()}),
        pep({**facts, "entry.present_since": date(2015, 1, 2)}),
        pep({}),
    ]
    assert len({one.inputs_hash, *(o.inputs_hash for o in others)}) == 4


def test_a_known_empty_history_settles_every_fact_of_convictions() -> None:
    """Design section 5: none is not unknown, and what contradicts it is refused."""
    with pytest.raises(FactInvalid, match=r"conviction\.felonies"):
        pep({"conviction.known": "none", "conviction.felonies": 1})
    assert set(pep({"conviction.known": "none"}).open) < set(pep({"conviction.known": "unknown"}).open)


KINDS: dict[str, st.SearchStrategy[FactValue]] = {
    "bool": st.booleans(), "int": st.integers(0, 120), "date": st.dates(date(2010, 1, 1), date(2020, 1, 1)),
    "set": st.sampled_from([(), ("dui",), ("burglary",), ("illegal_entry",), ("other",)]), "str": st.sampled_from(["5403", "8004"]),
}  # fmt: skip


def values(policy: PriorityPolicy) -> st.SearchStrategy[dict[str, FactValue]]:
    named = {n: GLOSSARY[n] for n in sorted(policy.names - {"conviction.known"})}
    return st.fixed_dictionaries(
        {}, optional={n: st.sampled_from(f.choices) if f.choices else KINDS[f.kind] for n, f in named.items()}
    )


@given(st.data())
def test_one_more_fact_never_turns_a_priority_into_another(data: st.DataObject) -> None:
    """What is decided with some facts stays decided with more: unknown was never taken for no."""
    policy = data.draw(st.sampled_from(list(POLICIES.values())))
    some, more = data.draw(values(policy)), data.draw(values(policy))
    basis: PriorityBasis = data.draw(st.sampled_from(policy.bases["match"]))

    def said(facts: dict[str, FactValue]) -> Priority:
        return policy.evaluate(facts, basis=basis, on=policy.in_force.since, stage="match")

    before, after = said(some), said({**more, **some})
    if before.value != "needs_person":
        assert before.value == after.value
    assert set(before.grounds) <= set(after.grounds)
    assert not set(before.missing) & set(some)


@given(st.data())
def test_facts_of_another_basis_change_nothing(data: st.DataObject) -> None:
    """Domain summary 22: a charge is nothing by conviction, an arrest nothing by charge."""
    policy = data.draw(st.sampled_from(list(POLICIES.values())))
    some = data.draw(values(policy))
    basis: PriorityBasis = data.draw(st.sampled_from(policy.bases["match"]))
    others = {"arrest", "charge", "conviction", "admission"} - {basis}
    own = {name: value for name, value in some.items() if name.partition(".")[0] not in others}

    found, alone = (policy.evaluate(f, basis=basis, on=policy.in_force.since, stage="match") for f in (some, own))
    assert (found.value, found.grounds, found.open) == (alone.value, alone.grounds, alone.open)


@pytest.mark.parametrize(
    ("policy", "old", "new", "says"),
    [
        ("pep-2014", "fact: conviction.aggravated_felony, equals: true", "fact: charge.pending, equals: true", "facts of conviction"),
        ("pep-2014", "    rank: 3\n", "", "a rank for every class"),
        ("pep-2014", "    rank: 3\n", "    rank: 4\n", "1, 2 or 3"),
        ("pep-2014", "code: p1b", "code: p1a", "each code once"),
        ("pep-2014", "kind: priority", "kind: detainer_ground", "no other kind ranks"),
        ("pep-2014", "kind: priority", "kind: level", "kind is 'level'"),
        ("pep-2014", "otherwise: none", "otherwise: exempt", "otherwise is 'exempt'"),
        ("pep-2014", "evidence: secondary\n", "evidence: text_not_found\n", "otherwise is 'none'"),
        ("pep-2014", "removal: [conviction]", "removal: [rumour]", "removal is"),
        ("laken-riley-2025", "requires: {fact: finding.inadmissible, equals: true}", "requires: null", "requires is nothing"),
        ("laken-riley-2025", "rests_on: [arrest]", "rests_on: [suspicion]", "rests_on is"),
        ("pd-2011", "kind: discretion", "kind: priority\notherwise: none", "classes is 'priority'"),
        ("eo14159-2025", "evidence: recalled_not_verified", "evidence: primary", "read_on"),
    ],
)  # fmt: skip
def test_a_policy_that_breaks_the_language_is_refused(
    tmp_path: Path, policy: str, old: str, new: str, says: str
) -> None:
    """A class by conviction that looks at a charge, a rank in one class only, an unread source that calls itself primary."""
    text = (ROOT / "priorities" / f"{policy}.yaml").read_text()
    assert old in text
    (tmp_path / f"{policy}.yaml").write_text(text.replace(old, new, 1))

    with pytest.raises(RuleInvalid, match=says) as refused:
        read_priority_policy(tmp_path / f"{policy}.yaml")
    assert policy in str(refused.value)


def broken(tmp_path: Path, name: str, old: str, new: str) -> list[str]:
    root = tmp_path / "programme"
    copytree(ROOT, root, ignore=lambda _, names: [n for n in names if n.startswith("__")])
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new, 1))
    return check_rules(root)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("priorities/pep-2014.cases.yaml", "day: 2015-01-04", "day: 2015-01-03", "the day before it begins"),
        ("priorities/pep-2014.cases.yaml", "day: 2017-02-20", "day: 2017-02-21", "first day it no longer holds"),
        ("priorities/laken-riley-2025.cases.yaml", "grounds: [admitted]", "missing: []", "no case names admitted"),
        ("priorities/laken-riley-2025.cases.yaml", "value: listed, grounds: [admitted]", "value: none", "expected none, found listed"),
        ("priorities/eo13768-2017.cases.yaml", "grounds: [charged]", "grounds: [convicted]", "expected grounds"),
        ("forms/i-247a.cases.yaml", "expect: WARRANT_REQUIRED", "expect: filled", "expected filled, found WARRANT_REQUIRED"),
        ("forms/i-247a.cases.yaml", "day: 2017-04-01", "day: 2017-03-31", "the day before it begins"),
        ("forms/i-247a.yaml", "hold: 48_beyond_release", "hold: 72", "hold is 72"),
        ("forms/i-247a.yaml", "groups: [transfer]", "groups: [transport]", "groups of"),
        ("forms/i-247a.yaml", "must_tick: []", "must_tick: [felony]", "must_tick is"),
        ("forms/i-247a.yaml", "warrant: required", "warrant: required\nrenewable: true", "unknown keys renewable"),
        ("programme.yaml", "pd-2011, pep-2014,", "pd-2011,", "list them all"),
        ("rules/hold/us-ca-san-francisco.yaml", "evidence: recalled_not_verified", "evidence: text_not_found", "answers refused on text_not_found"),
        ("rules/hold/us-ma-lunn.yaml", "question: may_hold", "question: may_keep", "answers may_keep; allowed"),
    ],
)  # fmt: skip
def test_check_finds_a_planted_fault(tmp_path: Path, name: str, old: str, new: str, says: str) -> None:
    """`tenprint policy check` refuses what has no case on a side of its dates, or comes out otherwise."""
    faults = broken(tmp_path, name, old, new)

    assert any(says in fault for fault in faults), faults


def test_check_finds_a_policy_or_form_without_cases(tmp_path: Path) -> None:
    """No cases, not accepted."""
    root = tmp_path / "programme"
    copytree(ROOT, root, ignore=lambda _, names: [n for n in names if n.startswith("__")])
    for name in ("priorities/pd-2011", "forms/i-247n"):
        (root / f"{name}.cases.yaml").unlink()

    faults = check_rules(root)
    assert sum("no cases beside it" in fault for fault in faults) == 2
