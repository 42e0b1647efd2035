"""Detainer forms as data: one file an edition, and what each asks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tenprint.refer.policy.clock import expiry
from tenprint.refer.policy.form_editions import HOLDS, Form
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope
from tenprint.refer.referral.forms import FORMS, forms_in_use

BOOK = Programme.load(programme_root()).rules
FRIDAY = {"hour": 18, "tzinfo": ZoneInfo("America/New_York")}


def test_the_case_reads_the_forms_of_the_programme() -> None:
    """Domain 3.2: seven editions, oldest first; before August 2010 none is on record."""
    assert dict(BOOK.forms) == dict(FORMS)
    assert list(FORMS) == ["I-247 (08/10)", "I-247 (12/11)", "I-247 (12/12)", "I-247D", "I-247N", "I-247X", "I-247A"]
    assert forms_in_use(date(2010, 7, 31)) == ()
    assert [form.id for form in forms_in_use(date(2026, 1, 1))] == ["I-247A"]


@pytest.mark.parametrize(
    ("form", "holds", "serve", "warrant", "conditional", "languages"),
    [
        ("I-247 (08/10)", True, False, False, False, 0),
        ("I-247 (12/11)", True, False, False, True, 6),
        ("I-247 (12/12)", True, False, False, True, 6),
        ("I-247D", True, True, False, False, None),
        ("I-247N", False, False, False, False, None),
        ("I-247X", False, False, False, False, None),
        ("I-247A", True, True, True, False, None),
    ],
)
def test_each_edition_asks_what_its_table_says(
    form: str, holds: bool, serve: bool, warrant: bool, conditional: bool, languages: int | None
) -> None:
    """Domain 3.2, line by line; what was not read of a hold is no hold, what was not found of languages is not none."""
    one = FORMS[form]

    assert (one.requests_hold, one.serve_to_take_effect, one.warrant_required, one.conditional) == (
        holds,
        serve,
        warrant,
        conditional,
    )
    assert languages == (None if one.languages is None else len(one.languages))
    assert one.evidence == "secondary"


@pytest.mark.parametrize("form", list(FORMS.values()), ids=list(FORMS))
def test_the_clock_is_the_one_that_the_words_of_the_form_call_for(form: Form) -> None:
    """Domain 3.3: the calendar is part of the edition. A Friday evening tells the three classes apart."""
    day = next(d for n in range(7) if (d := form.used_from + timedelta(days=n)).weekday() == 4)
    start = datetime(day.year, day.month, day.day, **FRIDAY)
    clock = BOOK.calendar(on=day, form=form.id, scope=Scope(state="NY", county="Albany"))
    hours = (expiry(clock, start, start.tzinfo) - start).total_seconds() / 3600

    assert form.hold in HOLDS
    if form.hold == "48_without_weekends_and_holidays":
        assert hours >= 96
    else:
        assert hours == {"48_beyond_release": 48, "none": 0, "not_read": 0}[form.hold], (
            "no hold is taken from what was not read"
        )


def test_alternatives_of_boxes_are_told_to_who_fills_the_form() -> None:
    """Domain 3.2, I-247D: a priority and probable cause, or a transfer; the refusal says so."""
    wrong = FORMS["I-247D"].fault(
        on=date(2015, 6, 1), boxes=frozenset({"priority_gang"}), warrant="none", conditional=False
    )

    assert wrong is not None
    assert wrong.why.endswith("it needs one of priority and one of probable_cause or one of transfer.")
