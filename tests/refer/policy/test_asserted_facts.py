"""Facts as assertions: each says from where, as of when and by whom; one too old to rely on counts as unknown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tenprint.errors import FactInvalid
from tenprint.model.facts import GLOSSARY, STATUS_LASTS_DAYS, AssertedFact, FactValue
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope

BOOK = Programme.load(programme_root()).rules
DAY = date(2011, 7, 1)
SUFFOLK = Scope(state="MA", county="Suffolk")


def said(name: str, value: FactValue, as_of: date | None = DAY, **more: bool) -> AssertedFact:
    return AssertedFact(name=name, value=value, source="a test", as_of=as_of, asserted_by="examiner a1", **more)


CLEAR = {
    "status.value": said("status.value", "overstay"),
    "claim.citizenship_open": said("claim.citizenship_open", value=False),
    "identity.examiners": said("identity.examiners", 2),
    "person.protected": said("person.protected", value=False),
    "person.juvenile": said("person.juvenile", value=False),
}


def test_an_answer_shows_for_each_deciding_fact_where_it_comes_from() -> None:
    """Design section 5: source, as-of and asserter; a decision that rests on a fact can name who answers for it."""
    facts = {**CLEAR, "status.value": said("status.value", "USC")}

    found = BOOK.ask("may_issue_detainer", facts, on=DAY, scope=SUFFOLK)

    assert ("refused", (facts["status.value"],)) == (found.kind, found.facts)
    shown = next(seen for seen in found.trace if seen.rule == "may-issue-detainer/us-citizen/1")
    assert [("status.value", "str", "USC", DAY, "examiner a1")] == [
        (f.name, f.kind, f.value, f.as_of, f.asserted_by) for f in shown.facts
    ]


def test_a_bare_value_counts_as_given_with_the_question() -> None:
    """A lawyer's question, or a case beside a rule: it holds on the day asked about, and nobody else answers for it."""
    found = BOOK.ask("may_issue_detainer", {"status.value": "USC"}, on=DAY, scope=SUFFOLK)

    assert [("given with the question", DAY, "whoever asked")] == [
        (f.source, f.as_of, f.asserted_by) for f in found.facts
    ]


@pytest.mark.parametrize(
    ("age", "kind"), [(0, "refused"), (STATUS_LASTS_DAYS, "refused"), (STATUS_LASTS_DAYS + 1, "needs_person")]
)
def test_a_fact_past_its_time_counts_as_unknown_and_says_why(age: int, kind: str) -> None:
    """Domain 5.3 F19, brief rule 6: stale is unknown, and unknown is never "no": a person is asked."""
    old = said("status.value", "LPR", DAY - timedelta(days=age))
    rule_says = BOOK.ask("may_issue_detainer", {**CLEAR, "status.value": old, "identity.examiners": said("identity.examiners", 1)},
                         on=DAY, scope=SUFFOLK)  # fmt: skip
    assert "refused" == rule_says.kind, "one examiner is refused whatever the status"

    found = BOOK.ask("may_issue_detainer", {**CLEAR, "status.value": old}, on=DAY, scope=SUFFOLK)
    stale = kind == "needs_person"
    assert (("status.value",) if stale else ()) == found.missing
    assert ([] if not stale else ["stale: as of 2008-06-30, and it may be relied on for 1095 days only"]) == list(
        found.stale.values()
    )


def test_no_age_makes_a_citizen_unknown() -> None:
    """Domain 1.9, Makowski: records grow old towards citizenship, never away from it."""
    found = BOOK.ask(
        "may_hold",
        {"status.value": said("status.value", "USC", date(1990, 1, 1), outdated=True)},
        on=DAY,
        scope=SUFFOLK,
    )

    assert "refused" == found.kind


@pytest.mark.parametrize(("fact", "why"), [
    (said("status.value", "overstay", None), "nobody stated as of when"),
    (said("status.value", "overstay", outdated=True), "too old to rely on"),
    (said("conviction.known", "none", date(2009, 1, 1)), "365 days only"),
])  # fmt: skip
def test_what_can_not_be_dated_or_is_called_outdated_is_stale(fact: AssertedFact, why: str) -> None:
    """A limited fact without its day, or one whose own source calls it outdated, is not relied on."""
    assert why in (fact.stale(DAY) or "")


@pytest.mark.parametrize("fact", [
    said("conviction.known", "yes", date(1990, 1, 1)), said("person.juvenile", False, None),
    said("identity.examiners", 2, date(1990, 1, 1)), said("person.protected", True, date(1990, 1, 1), outdated=True),
])  # fmt: skip
def test_what_has_no_limit_does_not_grow_stale_by_age(fact: AssertedFact) -> None:
    """Only facts whose glossary entry limits them age; but whatever its source calls outdated does."""
    assert (fact.stale(DAY) is None) == (not fact.outdated)


@pytest.mark.parametrize(
    ("name", "value", "source", "by"),
    [
        ("status.value", "martian", "s", "b"),
        ("no.such", 1, "s", "b"),
        ("status.value", "USC", " ", "b"),
        ("status.value", "USC", "s", ""),
    ],
)
def test_an_assertion_without_value_source_or_asserter_is_refused(
    name: str, value: FactValue, source: str, by: str
) -> None:
    """Nothing rests on a fact that nobody answers for."""
    with pytest.raises(FactInvalid, match="nothing was decided"):
        AssertedFact(name=name, value=value, source=source, as_of=DAY, asserted_by=by)


def test_a_fact_under_anothers_name_is_refused() -> None:
    """A mistake of the caller never becomes a fact."""
    with pytest.raises(FactInvalid, match=r"status\.value was given as status\.removable"):
        BOOK.ask("may_hold", {"status.removable": CLEAR["status.value"]}, on=DAY, scope=SUFFOLK)


def test_every_limit_of_the_glossary_is_a_number_of_days_and_its_exceptions_are_values() -> None:
    """A typing error in the glossary must not become a fact that lasts for ever."""
    limited = [fact for fact in GLOSSARY.values() if fact.lasts_days is not None]

    assert {"status.value", "status.removable", "conviction.known"} <= {fact.name for fact in limited}
    assert all(fact.lasts_days and fact.lasts_days > 0 for fact in limited)
    assert all(set(fact.lasting) <= set(fact.choices) for fact in GLOSSARY.values() if fact.lasting)
