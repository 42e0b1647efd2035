"""What must hold of the engine for all rules and facts, drawn by Hypothesis; and of every shipped rule at each of its dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import made_up
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import NoRuleInForce, RulesConflict
from tenprint.model.facts import FactValue
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.answers import Answer, answer
from tenprint.refer.policy.conditions import ALWAYS, Condition, FactIs, Group
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Rule, Scope

BOOK = Programme.load(programme_root()).rules
ONE_DAY = timedelta(days=1)


def said(rules: list[Rule], facts: Mapping[str, FactValue], place: Scope) -> Answer | str:
    try:
        return answer("made_up", rules, facts, on=made_up.DAY, place=place)
    except (NoRuleInForce, RulesConflict) as silence:
        return type(silence).__name__


def absence_decides(condition: Condition, fact: str) -> bool:
    """Whether a condition asks for a fact's presence or absence on purpose."""
    if isinstance(condition, FactIs):
        return condition.fact == fact and condition.operator in ("known", "unknown")
    return any(absence_decides(part, fact) for part in condition.parts)


@given(made_up.rules(), made_up.facts(), st.sampled_from(sorted(made_up.DOMAIN)), st.data(), made_up.PLACES)
def test_a_fact_more_never_turns_a_refusal_into_a_permission_unless_a_rule_says_so(
    rules, facts, name, data, place
) -> None:
    """The requirement of the engine: only a rule that asks for the fact's presence or absence by name may do so."""
    less = {known: value for known, value in facts.items() if known != name}
    before = said(rules, less, place)
    after = said(rules, {**less, name: data.draw(st.sampled_from(made_up.DOMAIN[name]))}, place)

    if (
        isinstance(before, Answer)
        and before.kind == "refused"
        and isinstance(after, Answer)
        and after.kind == "permitted"
    ):
        assert any(absence_decides(rule.when, name) for rule in rules)


@given(made_up.rules(absence=False), made_up.facts(), made_up.all_facts(), made_up.PLACES)
def test_without_such_rules_more_facts_only_settle_what_was_open(rules, facts, more, place) -> None:
    """What is refused, permitted or required stays so, or is found to be a contradiction; only what asked a person may change."""
    before, after = said(rules, facts, place), said(rules, {**more, **facts}, place)

    if isinstance(before, Answer) and before.kind != "needs_person":
        assert after == "RulesConflict" or (isinstance(after, Answer) and after.kind == before.kind)
    if before == "NoRuleInForce":
        assert "NoRuleInForce" == after, "silence needs every condition to be false"


@given(made_up.conditions(absence=False), made_up.facts(), made_up.all_facts())
def test_kleene_more_facts_never_change_a_truth(condition, facts, more) -> None:
    """Three-valued logic is monotone: unknown may become true or false, true and false stay."""
    before, after = condition.find(facts), condition.find({**more, **facts})

    assert before.truth is None or before.truth is after.truth
    assert after.truth is not None, "with every fact nothing is unknown"
    assert (before.truth is None) == bool(before.missing)
    assert before.missing.isdisjoint(facts)
    assert before.because <= set(facts)


@given(made_up.conditions(), made_up.conditions(), made_up.facts())
def test_kleene_groups_are_the_tables_of_the_book(one, other, facts) -> None:
    """all is the least, any the greatest of false < unknown < true; not turns them round [Kleene 1952, section 64]."""
    rank = {False: 0, None: 1, True: 2}
    a, b = rank[one.find(facts).truth], rank[other.find(facts).truth]

    assert min(a, b) == rank[Group("all", (one, other)).find(facts).truth]
    assert max(a, b) == rank[Group("any", (one, other)).find(facts).truth]
    assert 2 - a == rank[Group("not", (one,)).find(facts).truth]


@given(made_up.rules(), made_up.facts(), made_up.PLACES, st.randoms(use_true_random=False))
def test_the_order_of_the_rules_decides_nothing(rules, facts, place, shuffler) -> None:
    """The same rules in another order: the same answer on the same facts, with the same rules and marks."""
    shuffled = list(rules)
    shuffler.shuffle(shuffled)
    one, other = said(rules, facts, place), said(shuffled, facts, place)

    if isinstance(one, Answer) and isinstance(other, Answer):
        assert (one.kind, one.because, one.missing, one.evidence, one.max_hold_hours) == (
            other.kind, other.because, other.missing, other.evidence, other.max_hold_hours)  # fmt: skip
        tier = {rule.id: rule.scope.tier for rule in rules}
        assert tier[one.by] == tier[other.by], "of several rules of one voice, the first in the files is named"
    else:
        assert one == other


KINDS = st.sampled_from(["permitted", "refused", "required", "needs_person"])
TIERS = st.sampled_from([Scope(), Scope(state="MA"), Scope(state="MA", county="Suffolk"), Scope(ori="MA0130100")])
PLACE = Scope(state="MA", county="Suffolk", ori="MA0130100")


@given(st.lists(st.tuples(KINDS, TIERS), min_size=1, max_size=4))
def test_over_the_tiers_a_refusal_wins_and_never_meets_a_duty(spoken) -> None:
    """Rules without a condition: a narrower permission never lifts a wider refusal; a duty against a refusal is named, not resolved."""
    rules = [made_up.rule_of(n, kind, ALWAYS, scope=scope) for n, (kind, scope) in enumerate(spoken)]
    found = said(rules, {}, PLACE)
    tiers: dict[int, set[str]] = {}
    for kind, scope in spoken:
        tiers.setdefault(scope.tier, set()).add(kind)
    contradiction = any("refused" in kinds and kinds & {"permitted", "required"} for kinds in tiers.values())
    voices = ["refused" if "refused" in kinds else "needs_person" if "needs_person" in kinds else
              "required" if "required" in kinds else "permitted" for kinds in tiers.values()]  # fmt: skip

    if contradiction or {"refused", "required"} <= set(voices):
        assert "RulesConflict" == found
    else:
        assert isinstance(found, Answer)
        assert (
            next(kind for kind in ("refused", "needs_person", "required", "permitted") if kind in voices) == found.kind
        )


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_each_shipped_rule_is_in_force_from_its_first_day_to_the_day_before_its_last_edge(rule: Rule) -> None:
    """Design decision 5: ``until`` is the first day *not* in force."""
    edges = {rule.in_force.since - ONE_DAY: False, rule.in_force.since: True}
    if rule.in_force.until is not None:
        edges |= {rule.in_force.until - ONE_DAY: True, rule.in_force.until: False}
    place = Scope(**{part: getattr(rule.scope, part) for part in ("programme", "state", "county", "ori", "facility")})
    for day, in_force in edges.items():
        try:
            found = answer(rule.question, [replace(rule, when=ALWAYS)], {}, on=day, place=place)
        except NoRuleInForce:
            assert not in_force, day
            continue
        assert in_force, day
        assert [rule.id] == [seen.rule for seen in found.trace if seen.outcome != "not_in_force"]


def test_silence_names_the_nearest_rule_before_and_after() -> None:
    """The nearest in time, when it begins or ended, and that a person decides."""
    early = made_up.rule_of(1, "refused", ALWAYS, in_force=InForce(date(2000, 1, 1), date(2001, 1, 1)))
    late = made_up.rule_of(2, "refused", ALWAYS, in_force=InForce(date(2010, 1, 1), date(2011, 1, 1)))
    other = made_up.rule_of(
        3, "refused", ALWAYS, in_force=InForce(date(2005, 6, 1), date(2005, 6, 2)), scope=Scope(state="NY")
    )

    def nearest(day: date, *rules: Rule) -> str:
        with pytest.raises(NoRuleInForce) as silence:
            answer("made_up", rules, {}, on=day, place=Scope(state="MA"))
        return str(silence.value)

    assert "the nearest is made-up/r1/1, in force from 2000-01-01 until 2001-01-01" in nearest(
        date(2001, 1, 1), early, late, other
    )
    assert "the nearest is made-up/r1/1" in nearest(date(2005, 7, 1), early, late, other)
    assert "the nearest is made-up/r2/1" in nearest(date(2005, 7, 3), early, late, other)
    assert "the nearest is made-up/r2/1" in nearest(date(2020, 1, 1), early, late, other)
    assert "made_up on 2005-06-01 (state MA): no rule is in force here; the nearest is made-up/r3/1" in nearest(
        date(2005, 6, 1), other
    )
    assert nearest(date(2005, 6, 1), other).endswith("(state NY); nothing was decided; a person decides.")
    default = made_up.rule_of(4, "refused", FactIs("person.juvenile", "equals", operand=True))
    with pytest.raises(
        NoRuleInForce,
        match=r"made_up on 2011-07-01 \(everywhere\): 1 rules are in force and none applies; nothing was decided; a person decides\.$",
    ):
        answer("made_up", [default], {"person.juvenile": False}, on=made_up.DAY, place=Scope())
    with pytest.raises(
        NoRuleInForce,
        match=r"^no rule at all answers made_up; nothing was decided\. Add one to the programme's rules\.$",
    ):
        answer("made_up", [], {}, on=made_up.DAY, place=Scope())


def test_a_contradiction_names_both_rules_and_that_nothing_was_decided() -> None:
    """RulesConflict within a tier and over two tiers, in the same words."""
    within = [made_up.rule_of(1, "refused", ALWAYS), made_up.rule_of(2, "permitted", ALWAYS)]
    over = [made_up.rule_of(1, "refused", ALWAYS), made_up.rule_of(2, "required", ALWAYS, scope=Scope(state="MA"))]
    for rules, kind in ((within, "permitted"), (over, "required")):
        with pytest.raises(RulesConflict) as conflict:
            answer("made_up", rules, {}, on=made_up.DAY, place=PLACE)
        assert (f"made_up on 2011-07-01: made-up/r1/1 says refused and made-up/r2/1 says {kind}; nothing was decided. "
                "A person must correct the rules or decide the case.") == str(conflict.value)  # fmt: skip


OPEN = FactIs("conviction.age_years", "at_least", 3)


def test_an_open_duty_keeps_a_refusal_from_being_the_last_word_in_any_tier() -> None:
    """A duty that may yet hold, beside a refusal of its own tier or of another, asks a person and names the missing fact."""
    wide, narrow = Scope(state="MA"), Scope(state="MA", county="Suffolk")
    for scopes in ((wide, wide), (wide, narrow), (narrow, wide)):
        rules = [
            made_up.rule_of(1, "refused", ALWAYS, scope=scopes[0]),
            made_up.rule_of(2, "required", OPEN, scope=scopes[1]),
        ]
        found = answer("made_up", rules, {}, on=made_up.DAY, place=PLACE)

        assert ("made_up", "needs_person", "made-up/r2/1", ("conviction.age_years",), None) == (
            found.question, found.kind, found.by, found.missing, found.role)  # fmt: skip


def test_a_refusal_of_another_tier_does_not_end_what_a_duty_left_open() -> None:
    """The duty is open in the tier of one refusal; a second refusal elsewhere does not settle it."""
    rules = [
        made_up.rule_of(1, "refused", ALWAYS),
        made_up.rule_of(2, "required", OPEN),
        made_up.rule_of(3, "refused", ALWAYS, scope=Scope(state="MA")),
    ]

    found = answer("made_up", rules, {}, on=made_up.DAY, place=PLACE)

    assert ("needs_person", ("conviction.age_years",)) == (found.kind, found.missing)


def test_a_place_that_is_not_known_leaves_open_only_what_it_could_change() -> None:
    """A permission whose condition fails would refuse there, so it stays open; any other rule that fails says nothing anywhere."""
    suffolk, young = Scope(state="MA", county="Suffolk"), FactIs("person.juvenile", "equals", operand=True)
    rules = [
        made_up.rule_of(1, "permitted", young, scope=suffolk),
        made_up.rule_of(2, "refused", young, scope=suffolk),
        made_up.rule_of(3, "refused", ALWAYS, scope=Scope(state="NY")),
    ]

    found = answer("made_up", rules, {"person.juvenile": False}, on=made_up.DAY, place=Scope(state="MA"))

    assert [
        ("permitted", "unknown", (), ("jurisdiction.county",)),
        ("refused", "does_not_apply", ("person.juvenile",), ()),
        ("refused", "elsewhere", (), ()),
    ] == [(seen.answers, seen.outcome, seen.because, seen.missing) for seen in found.trace]
    assert ("needs_person", "made-up/r1/1") == (found.kind, found.by)


@pytest.mark.parametrize(("operator", "truths"), [
    ("at_least", (False, True, True)), ("at_most", (True, True, False)), ("more_than", (False, False, True)), ("less_than", (True, False, False)),
])  # fmt: skip
def test_each_comparison_below_at_and_above_its_bound(operator: str, truths: tuple[bool, ...]) -> None:
    """Numbers and days alike."""
    assert truths == tuple(
        FactIs("person.age_years", operator, 18).find({"person.age_years": age}).truth for age in (17, 18, 19)
    )


def test_asking_for_presence_names_the_fact_that_decided() -> None:
    """Also where the fact is absent: its absence decided."""
    for facts in ({}, {"status.value": "USC"}):
        assert frozenset(["status.value"]) == FactIs("status.value", "known", operand=True).find(facts).because
