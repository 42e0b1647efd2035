"""Levels: what a policy makes of offences, and what may never be done with the result."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import FactInvalid, LevelsNotComparable, NoRuleInForce
from tenprint.refer.policy.levels import AggravatedFelonyFinding, Basis, Level, LevelName, Offence, Stage
from tenprint.refer.policy.programme import Programme, programme_root

BOOK = Programme.load(programme_root()).rules
SOP, MORTON = "sc-sop-2009", "morton-2011"
DAYS = {SOP: date(2010, 1, 15), MORTON: date(2011, 6, 6), "morton-2010": date(2010, 8, 1)}


def level(policy: str, *offences: Offence, basis: Basis = "conviction", stage: Stage = "match", known: str | None = None,
          finding: AggravatedFelonyFinding | None = None) -> Level:  # fmt: skip
    return BOOK.levels(
        policy, offences, basis=basis, on=DAYS[policy], stage=stage, aggravated_felony=finding, conviction_known=known
    )


def convicted(ncic: str | None = None, *, sentence: int | None = None, most: int | None = None) -> Offence:
    return Offence(basis="conviction", ncic=ncic, sentence_days=sentence, max_penalty_days=most)


@pytest.mark.parametrize(
    ("policy", "most", "expected"),
    [
        (SOP, None, "1"),
        ("morton-2010", 364, "3"),
        ("morton-2010", 365, "needs_person"),
        ("morton-2010", 366, "2"),
        ("morton-2010", None, "needs_person"),
    ],
)
def test_resisting_an_officer_under_two_policies(policy: str, most: int | None, expected: str) -> None:
    """Domain 10.12: 4801 is Level 1 by code, Level 3 by count if punishable by less than a year; exactly one year asks a person."""
    assert expected == level(policy, convicted("4801", most=most)).level


@pytest.mark.parametrize("basis", ["charge", "conviction"])
def test_drugs_without_a_sentence_stay_undetermined(basis: Basis) -> None:
    """Domain 10.13: Level 1 or 2, and neither is guessed."""
    assert level(SOP, Offence(basis=basis, ncic="3599"), basis=basis).level == "1-or-2"


def test_a_default_code_and_a_subject_flag_are_no_offence() -> None:
    """Domain 10.13: 0399 sent for want of a code gives no level; 8004 is a flag, under every policy."""
    defaulted = Offence(basis="charge", ncic="0399", code_source="defaulted")
    flag = Offence(basis="charge", ncic="8004", max_penalty_days=9999)

    for policy in (SOP, MORTON):
        assert [level(policy, one, basis="charge").level for one in (defaulted, flag)] == ["none", "none"]


def test_a_charge_that_was_dropped_is_no_conviction() -> None:
    """Domain 10.14: Level 1 by charge at match, none by conviction at removal; both are shown, each under its basis."""
    charge = Offence(basis="charge", ncic="0999")
    at_match, at_removal = level(SOP, charge, basis="charge"), level(SOP, charge, stage="removal", known="none")

    assert [(one.level, one.basis, one.stage) for one in (at_match, at_removal)] == [
        ("1", "charge", "match"),
        ("none", "conviction", "removal"),
    ]


@pytest.mark.parametrize("stage", ["arrest", "removal"])
@pytest.mark.parametrize("policy", [SOP, MORTON])
def test_at_arrest_and_removal_only_convictions_count(policy: str, stage: Stage) -> None:
    """Domain summary 22: mixing the two bases is the main misreading of the official tables."""
    with pytest.raises(FactInvalid, match="conviction"):
        level(policy, Offence(basis="charge", ncic="0999"), basis="charge", stage=stage)


def test_unknown_history_is_not_an_empty_one() -> None:
    """Design section 5: unknown is never none."""
    assert [level(MORTON, known=known).level for known in ("none", "unknown", None)] == [
        "none",
        "needs_person",
        "needs_person",
    ]
    assert level(MORTON, basis="charge", known="none").level == "needs_person"


def test_an_aggravated_felony_is_a_persons_finding_with_its_statute() -> None:
    """Domain 2.3: never inferred from a code; without a statute or a person it is no finding."""
    found = AggravatedFelonyFinding(found=True, statute="INA 101(a)(43)(G)", found_by="field-officer")

    assert [
        level(MORTON, convicted("0999", most=300), finding=finding).level
        for finding in (found, replace(found, found=False))
    ] == ["1", "3"]
    for statute, by in (("", "field-officer"), ("INA 101(a)(43)", " ")):
        with pytest.raises(FactInvalid):
            AggravatedFelonyFinding(found=True, statute=statute, found_by=by)


def test_a_level_says_all_it_may_be_read_with() -> None:
    """Domain 2.0: policy, version, basis, day, stage, hash, level, reasons, evidence."""
    one = level(SOP, convicted("4801"))

    assert (SOP, "1", "conviction", DAYS[SOP], "match", "recalled_not_verified") == (
        one.policy, one.version, one.basis, one.evaluated_on, one.stage, one.evidence,
    )  # fmt: skip
    assert len(one.inputs_hash) == 64
    assert one.reasons == ("4801 (resisting an officer) is Level 1",)


def test_the_hash_is_of_the_inputs_and_of_all_of_them() -> None:
    """A replay shows by it that it worked on the same facts; the order of the offences is no fact."""
    one, two = convicted("4801", most=300), convicted("2399", most=300)
    hashes = [
        level(MORTON, one, two), level(MORTON, one), level(MORTON, two), level(MORTON, one, one), level(MORTON, one, two, known="yes"),
        level(MORTON, one, replace(two, sentence_days=3)), level("morton-2010", one, two), level(MORTON, one, two, stage="removal"),
        level(MORTON, one, two, finding=AggravatedFelonyFinding(found=False, statute="INA 101(a)(43)", found_by="a")),
    ]  # fmt: skip

    assert hashes[0].inputs_hash == level(MORTON, two, one).inputs_hash
    assert len(hashes) == len({each.inputs_hash for each in hashes})


ORDERINGS: list[Callable[[Level, Level], bool]] = [
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]
MADE = level(SOP, convicted("4801"))


@pytest.mark.parametrize("compare", ORDERINGS)
@pytest.mark.parametrize(
    "other", [replace(MADE, policy="other"), replace(MADE, version="2"), replace(MADE, basis="charge")]
)
def test_levels_of_different_policies_are_not_compared(compare: Callable[[Level, Level], bool], other: Level) -> None:
    """Domain 2.0: the interface refuses; both are shown, each under its own name."""
    with pytest.raises(LevelsNotComparable):
        compare(MADE, other)


def test_levels_are_never_added() -> None:
    """A level is a name, not a quantity."""
    for add in (lambda: MADE + MADE, lambda: sum([MADE, MADE]), lambda: MADE + 1):  # type: ignore[operator, list-item]
        with pytest.raises(LevelsNotComparable):
            add()


def test_under_one_policy_levels_are_ordered_and_the_undecided_are_not() -> None:
    """1 is before 2 before 3 before none; 1-or-2 and needs_person have no place."""
    names: tuple[LevelName, ...] = ("1", "2", "3", "none")
    ordered = [replace(MADE, level=name) for name in names]

    assert ordered == sorted([ordered[2], ordered[0], ordered[3], ordered[1]])
    assert (replace(MADE, stage="removal"), hash(MADE) == hash(replace(MADE, stage="removal"))) == (MADE, True)
    for name in ("1-or-2", "needs_person"):
        with pytest.raises(LevelsNotComparable, match="person"):
            operator.lt(MADE, replace(MADE, level=name))


@pytest.mark.parametrize(
    ("on", "policies"),
    [
        ("2008-10-26", ()),
        ("2008-10-27", ("sc-moa-2008",)),
        ("2009-09-29", ("sc-moa-2008",)),
        ("2009-09-30", (SOP,)),
        ("2010-06-29", (SOP,)),
        ("2010-06-30", ("morton-2010",)),
        ("2011-03-02", (MORTON,)),
        ("2015-01-05", ()),
    ],
)
def test_each_day_has_its_policies(on: str, policies: tuple[str, ...]) -> None:
    """Domain 2.0: the timeline, with until as the first day not in force."""
    assert policies == BOOK.level_policy_in_force(date.fromisoformat(on))


def test_a_policy_that_is_not_there_is_named() -> None:
    """The error lists the policies there are."""
    with pytest.raises(NoRuleInForce, match="morton-2011"):
        BOOK.levels("pep-2014", [], basis="conviction", on=date(2015, 2, 1), stage="match")


@pytest.mark.parametrize("ncic", ["399", "03990", "039x", "٠٣٩٩", ""])
def test_a_code_that_is_no_code_is_refused(ncic: str) -> None:
    """Four ASCII digits or nothing."""
    with pytest.raises(FactInvalid):
        Offence(basis="charge", ncic=ncic)


def test_the_table_of_2009_has_the_counts_of_its_source() -> None:
    """Domain 2.2: 138 codes of Level 1, 99 of Level 2, 116 of Level 3, 36 by sentence; 69 unmapped, of which 4 are subject flags."""
    (policy,) = [p for p in BOOK.level_policies if p.id == SOP]
    counts: dict[str, int] = {}
    for entry in policy.table.values():
        counts[entry.level] = counts.get(entry.level, 0) + 1

    assert counts == {"1": 138, "2": 99, "3": 116, "by_sentence": 36, "person": 65, "not_an_offence": 4}
    assert {"recalled_not_verified"} == {entry.evidence for entry in policy.table.values()}


(TABLE,) = [p.table for p in BOOK.level_policies if p.id == SOP]
CONVICTIONS = st.lists(
    st.builds(convicted, st.sampled_from(sorted(TABLE)), sentence=st.none() | st.integers(0, 800), most=st.none() | st.sampled_from([30, 364, 365, 366, 3650])),
    min_size=1, max_size=5,
)  # fmt: skip
CAN_BE = {"1": {1}, "2": {2}, "3": {3}, "none": {4}, "1-or-2": {1, 2}, "needs_person": {1, 2, 3, 4}}


@given(st.sampled_from([SOP, MORTON]), CONVICTIONS, st.randoms(use_true_random=False))
def test_the_order_of_offences_is_no_evidence(policy: str, offences: list[Offence], chance: object) -> None:
    """Shuffling changes neither level nor hash."""
    shuffled = list(offences)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = level(policy, *offences), level(policy, *shuffled)

    assert (one.level, one.inputs_hash) == (other.level, other.inputs_hash)


@given(st.sampled_from([SOP, MORTON]), CONVICTIONS, CONVICTIONS)
def test_one_more_offence_never_makes_a_level_less_serious(
    policy: str, offences: list[Offence], more: list[Offence]
) -> None:
    """The most serious decides: what the level can be never moves away from Level 1."""
    before, after = level(policy, *offences).level, level(policy, *offences, *more).level

    assert min(CAN_BE[after]) <= min(CAN_BE[before]) or before == "needs_person"
    assert max(CAN_BE[after]) <= max(CAN_BE[before]) or after == "needs_person"
