"""Rules as law: four answers, unknown is never "no", silence is an error, contradiction is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.errors import FactInvalid, NoRuleInForce, RuleInvalid, RulesConflict
from tenprint.model.facts import FactValue
from tenprint.refer.policy.answers import Answer, answer
from tenprint.refer.policy.cases import Case
from tenprint.refer.policy.check import all_cases
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.questions import QUESTIONS
from tenprint.refer.policy.rules import Rule, Scope, read_rules

ROOT = programme_root()
BOOK = Programme.load(ROOT).rules
SUFFOLK, COOK, SANTA_CLARA = (
    Scope(state="MA", county="Suffolk"),
    Scope(state="IL", county="Cook"),
    Scope(state="CA", county="Santa Clara"),
)
CLEAR: Mapping[str, FactValue] = {"status.value": "overstay", "claim.citizenship_open": False}
ISSUABLE: Mapping[str, FactValue] = {
    **CLEAR,
    "identity.examiners": 2,
    "person.protected": False,
    "person.juvenile": False,
}


@pytest.mark.parametrize("case", all_cases(ROOT), ids=lambda case: f"{case.path.name}: {case.name}")
def test_every_case_comes_out_as_its_author_wrote_it(case: Case) -> None:
    """Style example 9: the cases beside the rules, on both sides of each date."""
    assert case.fault(BOOK) is None


def hold(place: Scope, on: str, **facts: FactValue) -> Answer:
    named = {name.replace("__", "."): value for name, value in facts.items()}
    return BOOK.ask("may_hold", {**CLEAR, **named}, on=date.fromisoformat(on), scope=place)


@pytest.mark.parametrize(
    ("on", "kind"), [("2017-07-23", "permitted"), ("2017-07-24", "refused"), ("2017-07-25", "refused")]
)
def test_in_massachusetts_nobody_is_held_on_a_detainer_from_the_day_of_lunn(on: str, kind: str) -> None:
    """Domain 10.8: on 23 July 2017 the facility's policy, from 24 July nobody."""
    assert kind == hold(Scope(state="MA", county="Middlesex"), on, facility__honours_detainers=True).kind


@pytest.mark.parametrize(
    ("on", "agreement", "kind"),
    [
        ("2011-09-06", False, "permitted"),
        ("2011-09-07", False, "refused"),
        ("2011-09-07", True, "permitted"),
        ("2011-09-07", None, "needs_person"),
    ],
)
def test_cook_county_declines_unless_costs_are_reimbursed(on: str, agreement: bool | None, kind: str) -> None:
    """Domain 10.9: from 7 September 2011; an unknown agreement is neither permission nor refusal."""
    facts: dict[str, FactValue] = {} if agreement is None else {"agreement__cost_reimbursed": agreement}

    assert kind == hold(COOK, on, facility__honours_detainers=True, **facts).kind


@pytest.mark.parametrize(
    ("years", "juvenile", "kind", "hours"),
    [
        (9, False, "permitted", 24),
        (9, True, "refused", None),
        (11, False, "refused", None),
        (10, False, "refused", None),
    ],
)
def test_santa_clara_holds_for_a_day_for_recent_serious_felonies_and_never_juveniles(
    years: int, juvenile: bool, kind: str, hours: int | None
) -> None:
    """Domain 10.10: juvenile declined; nine years and costs paid, at most 24 hours; eleven years declined."""
    found = hold(
        SANTA_CLARA, "2011-10-18", person__juvenile=juvenile, agreement__cost_reimbursed=True, conviction__classes=("serious_felony",),
        conviction__age_years=years, conviction__in_custody_for=False, conviction__years_since_prison=9,
    )  # fmt: skip

    assert (kind, hours) == (found.kind, found.max_hold_hours)


@pytest.mark.parametrize(
    ("change", "kind", "by", "role"),
    [
        ({}, "needs_person", "may-issue-detainer/officer/1", "field-officer"),
        ({"status.value": "USC"}, "refused", "may-issue-detainer/us-citizen/1", None),
        ({"claim.citizenship_open": True}, "refused", "may-issue-detainer/citizenship-claim-open/1", None),
        ({"identity.examiners": 1}, "refused", "may-issue-detainer/two-examiners/1", None),
        ({"person.protected": True}, "needs_person", "may-issue-detainer/protected-person/1", "supervisor"),
        ({"person.juvenile": True}, "needs_person", "may-issue-detainer/juvenile/1", "supervisor"),
    ],
)
def test_a_detainer_is_forbidden_or_a_persons_decision_and_never_permitted(
    change: Mapping[str, FactValue], kind: str, by: str, role: str | None
) -> None:
    """Gate G5, domain 3.6 and 10.15: the engine can forbid; an officer, or for a protected person a supervisor, decides."""
    found = BOOK.ask("may_issue_detainer", {**ISSUABLE, **change}, on=date(2011, 7, 1), scope=SUFFOLK)

    assert (kind, by, role) == (found.kind, found.by, found.role)


ALBANY, HARRIS = Scope(state="NY", county="Albany"), Scope(state="TX", county="Harris")


@pytest.mark.parametrize("question", ["may_hold", "may_transfer", "may_notify"])
@pytest.mark.parametrize("place", [ALBANY, HARRIS, Scope(state="CT"), Scope()])
def test_nothing_is_done_to_a_known_juvenile_on_a_rule_alone(question: str, place: Scope) -> None:
    """Domain 1.9: on hold for all action. Wherever an adult's answer is a permission or a duty, a person decides; a refusal stands."""
    facts: dict[str, FactValue] = {
        "status.value": "overstay", "claim.citizenship_open": False, "facility.honours_detainers": True,
        "conviction.known": "yes", "conviction.felonies_not_status": 1, "conviction.classes": ("violent_felony",),
    }  # fmt: skip
    for day in (date(2011, 7, 1), date(2014, 7, 1), date(2018, 7, 1), date(2026, 7, 1)):
        adult, unknown, young = (
            BOOK.ask(question, facts | more, on=day, scope=place)
            for more in ({"person.juvenile": False}, {}, {"person.juvenile": True})
        )

        assert young.kind == ("refused" if adult.kind == "refused" else "needs_person"), day
        assert (adult.kind, adult.by) == (unknown.kind, unknown.by), "an unknown age changes nothing here"


@pytest.mark.parametrize("absent", sorted(ISSUABLE))
def test_a_missing_fact_asks_a_person_and_is_named(absent: str) -> None:
    """Design decision 6: unknown is never "no" and never permission."""
    found = BOOK.ask(
        "may_issue_detainer", {k: v for k, v in ISSUABLE.items() if k != absent}, on=date(2011, 7, 1), scope=SUFFOLK
    )

    assert ("needs_person", (absent,)) == (found.kind, found.missing)


def test_an_answer_carries_its_trace_and_its_source() -> None:
    """Design decision 4.5: every rule on the question, what it came to, and the instrument of the one that decided."""
    found = hold(COOK, "2011-09-07", agreement__cost_reimbursed=False)

    outcomes = {seen.rule: seen.outcome for seen in found.trace}
    assert len([rule for rule in BOOK.rules if rule.question == "may_hold"]) == len(outcomes)
    assert {
        "may-hold/us-il-cook/1": "does_not_apply", "may-hold/us-ma-lunn/1": "not_in_force", "may-hold/us-ca-santa-clara/1": "not_in_force",
        "may-hold/us-citizen/1": "does_not_apply", "may-hold/facility-policy/1": "unknown",
    }.items() <= outcomes.items()  # fmt: skip
    assert ("Cook County" in found.citation, "secondary") == (True, found.evidence)
    assert "may-hold/us-il-cook/1" in found.rules


def test_silence_is_an_error_that_names_the_nearest_rule() -> None:
    """Style example 11: nothing is decided, and the message says which rule would be nearest and when it begins."""
    with pytest.raises(NoRuleInForce, match=r"nearest is may-.*in force from 2006-09-01.*a person decides"):
        BOOK.ask("may_hold", CLEAR, on=date(2005, 1, 1), scope=SUFFOLK)
    with pytest.raises(NoRuleInForce, match="no rule at all answers may_deport"):
        BOOK.ask("may_deport", CLEAR, on=date(2011, 1, 1), scope=SUFFOLK)


def test_a_fact_outside_the_glossary_is_refused() -> None:
    """A misspelt fact would be an absent one."""
    with pytest.raises(FactInvalid, match="no fact"):
        BOOK.ask("may_hold", {"claim.citizenship": True}, on=date(2011, 1, 1), scope=SUFFOLK)
    with pytest.raises(FactInvalid, match="wants bool"):
        BOOK.ask("may_hold", {"claim.citizenship_open": "no"}, on=date(2011, 1, 1), scope=SUFFOLK)


RULE = """id: made-up/{name}/1
question: made_up
answers: {answers}
{extra}in_force: {{from: {since}, until: {until}}}
scope: {{{scope}}}
source: {{title: made up, href: null, read_on: null}}
evidence: recalled_not_verified
why: for a test
replaces: null
"""


def rule(
    tmp_path: Path,
    name: str,
    answers: str,
    *,
    when: str = "",
    since: str = "2011-01-01",
    until: str = "null",
    scope: str = "",
    extra: str = "",
) -> Rule:
    if answers in ("needs_person", "required"):
        extra += "role: supervisor\n"
    if when:
        extra += f"when: {when}\n"
    (tmp_path / f"{name}.yaml").write_text(
        RULE.format(name=name, answers=answers, since=since, until=until, scope=scope, extra=extra)
    )
    return read_rules(tmp_path / f"{name}.yaml")[0]


def ask(
    rules: list[Rule], facts: Mapping[str, FactValue], place: Scope | None = None, on: date = date(2011, 6, 6)
) -> Answer:
    return answer("made_up", rules, facts, on=on, place=place or Scope(state="MA", county="Suffolk"))


def test_two_rules_that_disagree_are_both_named(tmp_path: Path) -> None:
    """RulesConflict: the engine does not choose between two laws of one rank."""
    rules = [rule(tmp_path, "yes", "permitted", scope="state: MA"), rule(tmp_path, "no", "refused", scope="state: MA")]

    with pytest.raises(RulesConflict, match=r"made-up/yes/1 says permitted and made-up/no/1 says refused"):
        ask(rules, {})


@pytest.mark.parametrize(
    ("wide", "narrow", "kind"),
    [("refused", "permitted", "refused"), ("permitted", "refused", "refused"), ("permitted", "required", "required"), ("needs_person", "permitted", "needs_person"),
     ("needs_person", "refused", "refused"), ("required", "needs_person", "needs_person"), ("required", "refused", None), ("refused", "required", None)],
)  # fmt: skip
def test_over_the_tiers_a_refusal_wins_and_a_duty_against_it_is_a_conflict(
    tmp_path: Path, wide: str, narrow: str, kind: str | None
) -> None:
    """A permission says only that its own instrument does not forbid; a duty against a refusal is nobody's to resolve but a person's."""
    rules = [
        rule(tmp_path, "wide", wide, scope="state: MA"),
        rule(tmp_path, "narrow", narrow, scope="state: MA, county: Suffolk"),
    ]

    if kind is None:
        with pytest.raises(RulesConflict):
            ask(rules, {})
    else:
        assert kind == ask(rules, {}).kind


@pytest.mark.parametrize(
    ("unsure", "kind"),
    [("required", "needs_person"), ("permitted", "refused"), ("needs_person", "refused"), ("refused", "refused")],
)
def test_a_refusal_stands_against_what_is_unknown_unless_it_might_be_a_duty(
    tmp_path: Path, unsure: str, kind: str
) -> None:
    """A rule that could not change the answer does not delay it."""
    maybe = "{fact: status.value, equals: overstay}"

    for scope in ("state: MA", ""):
        rules = [
            rule(tmp_path, "no", "refused", scope="state: MA"),
            rule(tmp_path, "maybe", unsure, when=maybe, scope=scope),
        ]
        assert kind == ask(rules, {}).kind


def test_a_place_that_is_not_known_may_be_the_one_a_rule_is_about(tmp_path: Path) -> None:
    """Unknown is never "elsewhere": the missing part of the place is named."""
    rules = [rule(tmp_path, "no", "refused", scope="state: MA, county: Suffolk"), rule(tmp_path, "yes", "permitted")]

    assert ((a := ask(rules, {}, Scope(state="MA"))).kind, a.missing) == ("needs_person", ("jurisdiction.county",))
    assert (
        (a := ask(rules, {}, Scope())).kind,
        a.missing,
    ) == ("needs_person", ("jurisdiction.county", "jurisdiction.state"))
    assert ask(rules, {}, Scope(state="NY")).kind == "permitted"


def test_a_default_speaks_only_where_nothing_else_does(tmp_path: Path) -> None:
    """The general default never contradicts a special rule, and is silent while one is unknown."""
    rules = [
        rule(tmp_path, "no", "refused", when="{fact: status.value, equals: USC}"),
        rule(tmp_path, "yes", "permitted", extra="default: true\n"),
    ]

    assert [ask(rules, f).kind for f in ({"status.value": "USC"}, {"status.value": "LPR"}, {})] == [
        "refused",
        "permitted",
        "needs_person",
    ]


def test_a_rule_may_make_absence_itself_decide(tmp_path: Path) -> None:
    """Only ``known`` and ``unknown`` look at absence: then a fact more may change the answer, because a rule says so."""
    rules = [
        rule(tmp_path, "no", "refused", when="{fact: status.value, unknown: true}"),
        rule(tmp_path, "yes", "permitted", when="{fact: status.value, known: true}"),
    ]

    assert [ask(rules, f).kind for f in ({}, {"status.value": "LPR"})] == ["refused", "permitted"]


@pytest.mark.parametrize(
    ("name", "broken", "says"),
    [
        ("answers: refused", "answers: NO", "answers is 'NO'"),
        ("source: {title: made up, href: null, read_on: null}\n", "", "source"),
        ("title: made up, ", "", "title is nothing"),
        ("until: null", "till: null", "until is nothing"),
        ("from: 2011-01-01, until: null", "from: 2011-01-01, until: 2011-01-01", "no day at all"),
        ("evidence: recalled_not_verified", "evidence: primary", "read_on"),
        ("evidence: recalled_not_verified", "evidence: sure", "evidence is 'sure'"),
        ("why: for a test", "why: ''", "why is ''"),
        ("id: made-up/a/1", "id: made-up/a", "topic/version"),
        ("scope: {}", "scope: {county: Suffolk}", "county's state"),
        ("scope: {}", "scope: {planet: Earth}", "unknown keys planet"),
        ("scope: {}", "scope: {}\nwhen: null", "when is nothing"),
        ("scope: {}", "scope: {}\nwenn: {}", "unknown keys wenn"),
        ("scope: {}", "scope: {}\nmax_hold_hours: 4", "limits a permission"),
        ("answers: refused", "answers: required", "without a role"),
    ],
)
def test_a_rule_that_breaks_the_language_is_refused(tmp_path: Path, name: str, broken: str, says: str) -> None:
    """No source, no dates, no reason, a misspelt key: RuleInvalid names the file and what is wrong."""
    rule(tmp_path, "a", "refused")
    text = (tmp_path / "a.yaml").read_text()
    assert name in text
    (tmp_path / "a.yaml").write_text(text.replace(name, broken))

    with pytest.raises(RuleInvalid, match=says) as refused:
        read_rules(tmp_path / "a.yaml")
    assert "a.yaml" in str(refused.value)


VALUES: Mapping[str, st.SearchStrategy[FactValue]] = {
    "status.value": st.sampled_from(["USC", "LPR", "overstay", "EWI"]),
    "claim.citizenship_open": st.booleans(),
    "facility.honours_detainers": st.booleans(),
    "agreement.cost_reimbursed": st.booleans(),
    "person.juvenile": st.booleans(),
    "person.protected": st.booleans(),
    "identity.examiners": st.integers(0, 3),
    "conviction.classes": st.sampled_from([(), ("serious_felony",), ("other",)]),
    "conviction.age_years": st.integers(0, 20),
    "conviction.in_custody_for": st.booleans(),
    "conviction.years_since_prison": st.integers(0, 20),
}
SOME = st.fixed_dictionaries({}, optional=dict(VALUES))
SCOPES = st.sampled_from(
    [SUFFOLK, COOK, SANTA_CLARA, Scope(state="TX", county="Harris"), Scope(state="NY"), Scope(state="IL"), Scope()]
)
DAYS = st.sampled_from(
    sorted({day + timedelta(days=d) for rule in BOOK.rules for day in [rule.in_force.since] for d in (-1, 0, 1)})
)


def said(question: str, facts: Mapping[str, FactValue], on: date, place: Scope) -> Answer | None:
    try:
        return BOOK.ask(question, facts, on=on, scope=place)
    except NoRuleInForce:
        return None


@given(st.sampled_from(BOOK.questions), SOME, SOME, DAYS, SCOPES)
def test_one_more_fact_never_turns_a_decision_into_its_opposite(
    question: str, facts: dict[str, FactValue], more: dict[str, FactValue], on: date, place: Scope
) -> None:
    """The shipped rules never rest on a fact's absence: what is refused, permitted or required with some facts stays so with more."""
    before, after = said(question, facts, on, place), said(question, {**more, **facts}, on, place)

    if before is not None and before.kind != "needs_person":
        assert after is not None
        assert before.kind == after.kind
    if before is not None and before.missing:
        assert not set(before.missing) & set(facts)


@given(st.sampled_from(BOOK.questions), SOME, DAYS, SCOPES)
def test_a_citizen_and_an_open_claim_are_never_held_and_never_asked_for(
    question: str, facts: dict[str, FactValue], on: date, place: Scope
) -> None:
    """Design decision 7, domain 10.15: whatever else is known, wherever, the answer is refused."""
    for fact in ({"status.value": "USC"}, {"claim.citizenship_open": True}):
        found = said(question, {**facts, **fact}, on, place)

        assert found is None or found.kind == "refused" or not QUESTIONS[question].against_liberty
