"""A charge at the desk: by code, by the word of a policy that has none, and which of several a rule and the query look at."""

from __future__ import annotations

from datetime import date

import pytest
from casestory import Story, utc

from tenprint.errors import UsageError
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.workflow import charges
from tenprint.workflow.casework import Acted
from tenprint.workflow.deciding import facts_of, place_of
from tenprint.workflow.history import evaluate_level, state_history
from tenprint.workflow.views.case_page import case_page


@pytest.fixture
def story(programme) -> Story:
    """A person of Los Angeles in June 2011, identified."""
    told = Story(programme)
    told.booked_and_found()
    return told


@pytest.fixture
def of_2008(programme) -> Story:
    """Harris County, Texas, in November 2008, when levels went by words."""
    told = Story(programme)
    programme.use_profile("historical")
    told.at(utc(2008, 11, 20, 15))
    told.booked_and_found(ori="TX1010000", by=told.agency("TX1010000"))
    return told


def code(story: Story, charge: str = "1", by: str = "charge-officer", **changes: object) -> Acted:
    facts: dict[str, object] = {
        "ncic": None,
        "reason": "as charged",
        "severity": "unknown",
        "max_penalty_days": None,
        "by": story.staff[by],
    }
    return charges.code_charge(story.house, story.case(), charge=charge, **(facts | changes))  # type: ignore[arg-type]


def held(story: Story) -> dict[str, object]:
    case = story.case()
    return {name: fact.value for name, fact in facts_of(story.house, case, place_of(story.house, case)[0]).items()}


def test_in_2008_a_charge_gets_its_word_and_from_it_a_level(of_2008: Story) -> None:
    """Domain 2.1: levels in words, no codes; what would be Level 1 needs a second person's look."""
    assert "robbery" in case_page(of_2008.house, of_2008.case(), by=of_2008.staff["charge-officer"]).words
    assert code(of_2008, word="robbery").refused is None
    assert ("robbery", None, "awaited") == tuple(
        of_2008.last(events.CHARGE_CODED).public[k] for k in ("word", "ncic", "second_look")
    )
    again = code(of_2008, word="robbery", by="charge-officer")
    assert again.refused is not None
    assert "SECOND_LOOK_BY_SAME_PERSON" == again.refused.code
    done = charges.code_charge(of_2008.house, of_2008.case(), charge="1", ncic=None, word="robbery", reason="as charged", severity="felony",
                            max_penalty_days=None, by=of_2008.programme.staff("charge-officer"))  # fmt: skip
    assert done.refused is None
    assert "agreed" == of_2008.state().charges[0].second_look
    level = evaluate_level(
        of_2008.house,
        of_2008.case(),
        policy="sc-moa-2008",
        basis="charge",
        stage="match",
        by=of_2008.staff["charge-officer"],
    )
    assert level.refused is None
    assert ("sc-moa-2008", "1") == tuple(of_2008.last(events.LEVEL_EVALUATED).public[k] for k in ("policy", "level"))


def test_a_word_that_the_policy_does_not_have_is_refused(of_2008: Story) -> None:
    """A clear error: what is allowed."""
    with pytest.raises(UsageError, match="manslaughter"):
        code(of_2008, word="jaywalking")
    assert events.CHARGE_CODED not in of_2008.types()


def test_a_word_is_refused_where_the_policy_goes_by_codes(story: Story) -> None:
    """A clear error: what is in force, what to give instead, and that nothing was recorded; a charge has one of the two."""
    with pytest.raises(UsageError, match=r"morton-2011.*does not go by words.*Nothing was recorded"):
        code(story, word="robbery")
    refused = code(story).refused
    assert refused is not None
    assert "CHARGE_INVALID" == refused.code
    assert events.CHARGE_CODED not in story.types()


def by_conviction(story: Story) -> str:
    done = evaluate_level(
        story.house,
        story.case(),
        policy="sc-moa-2008",
        basis="conviction",
        stage="removal",
        by=story.staff["charge-officer"],
    )
    assert done.refused is None
    return str(story.last(events.LEVEL_EVALUATED).public["level"])


def convicted(story: Story, item: dict[str, Value], *, corrects: int | None = None) -> Acted:
    return state_history(story.house, story.case(), kind="disposition", outcome="convicted", source="court", as_of=date(2008, 11, 1),
                         reason="as the sheet says", item=item, corrects=corrects, by=story.staff["charge-officer"])  # fmt: skip


def test_in_2008_a_conviction_stated_in_words_waits_for_a_person_to_map_them(of_2008: Story) -> None:
    """Domain 2.1, 3.4 G3: a literal without a code is nobody's level; a named person says which word it is, and of which policy."""
    literal: dict[str, Value] = {"literal": "THEFT OVER 300, ILL. 1999"}
    assert convicted(of_2008, literal).refused is None
    assert "needs_person" == by_conviction(of_2008)

    assert convicted(of_2008, {**literal, "word": "larceny", "severity": "felony"}, corrects=1).refused is None
    assert "2" == by_conviction(of_2008)
    item = (of_2008.last(events.HISTORY_STATED).private or {})["item"]
    assert ("larceny", literal["literal"]) == (item["word"], item["literal"])
    assert item["word_of"].startswith("sc-moa-2008 1: Memoranda of agreement")


def test_in_2008_a_record_of_convictions_may_go_by_words(of_2008: Story) -> None:
    """As a charge does; a word of none is refused with the words there are, and nothing is recorded."""
    recorded = {
        "known": "yes",
        "source": "rap_sheet",
        "as_of": date(2008, 11, 1),
        "reason": "as the sheet says",
        "corrects": None,
    }
    by = of_2008.staff["charge-officer"]
    with pytest.raises(UsageError, match=r"jaywalking.*manslaughter"):
        charges.record_history(of_2008.house, of_2008.case(), convictions=("jaywalking",), by=by, **recorded)  # type: ignore[arg-type]
    assert events.HISTORY_RECORDED not in of_2008.types()

    done = charges.record_history(
        of_2008.house, of_2008.case(), convictions=("burglary:felony:1825:90",), by=by, **recorded
    )  # type: ignore[arg-type]
    assert done.refused is None
    assert "2" == by_conviction(of_2008)


def test_a_conviction_gets_no_word_where_the_policy_goes_by_codes(story: Story) -> None:
    """As a charge: what is in force, what to give instead, and that nothing was recorded."""
    with pytest.raises(UsageError, match=r"morton-2011.*does not go by words.*Nothing was recorded"):
        convicted(story, {"word": "robbery"})
    assert events.HISTORY_STATED not in story.types()


def test_the_most_serious_charge_that_stands_is_the_case_s_not_the_last_coded(story: Story) -> None:
    """Glossary charge.ncic, domain 1.5 OFF: under the level policy of the day, and without charges that ended."""
    assert code(story, ncic="2202", severity="felony", max_penalty_days=1825).refused is None
    assert code(story, charge="2", ncic="5707", severity="misdemeanor", max_penalty_days=90).refused is None
    assert "2202" == held(story)["charge.ncic"]
    assert story.query().refused is None
    assert "2202" == story.last(events.STATUS_QUERY_SENT).private["query"]["offense_code"]
    state_history(story.house, story.case(), kind="disposition", outcome="dismissed", charge="1", source="court",
                  as_of=story.house.clock.now().date(), reason="as the record says", by=story.staff["charge-officer"])  # fmt: skip
    assert "5707" == held(story)["charge.ncic"]


def test_where_the_policy_can_t_say_which_is_most_serious_nobody_guesses(story: Story) -> None:
    """House rule: unknown is never a default; a rule that asks for the charge then asks a person."""
    assert code(story, ncic="2202", max_penalty_days=1825).refused is None
    assert code(story, charge="2", ncic="5707").refused is None

    assert "charge.ncic" not in held(story)
