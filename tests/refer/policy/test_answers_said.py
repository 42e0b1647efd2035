"""What an answer says beside its kind: the rules it rests on, and the least limit on a hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import made_up
import pytest

from tenprint.refer.policy.answers import Answer, answer
from tenprint.refer.policy.conditions import ALWAYS
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.refer.policy.rules import Scope

BOOK = Programme.load(programme_root()).rules
MA, SUFFOLK = Scope(state="MA"), Scope(state="MA", county="Suffolk")


def said(*rules) -> Answer:
    return answer("made_up", rules, {}, on=made_up.DAY, place=SUFFOLK)


def test_a_default_that_was_not_asked_is_no_rule_of_the_answer() -> None:
    """Lunn, 477 Mass. 517 (2017), refuses by itself: the facility's policy, a default, had no part in it."""
    facts = {
        "status.value": "overstay",
        "claim.citizenship_open": False,
        "facility.honours_detainers": True,
        "person.juvenile": False,
    }
    place = Scope(programme="secure-communities", state="MA", county="Suffolk", ori="MA0130000")
    found = BOOK.ask("may_hold", facts, on=date(2018, 1, 1), scope=place)

    assert ("refused", "may-hold/us-ma-lunn/1") == (found.kind, found.by)
    assert ("may-hold/us-ma-lunn/1",) == found.rules
    assert "applies" == next(seen.outcome for seen in found.trace if seen.rule == "may-hold/facility-policy/1"), (
        "the trace names all"
    )


def test_a_default_that_decided_is() -> None:
    """And a special rule that was looked at and silent is not."""
    found = said(
        made_up.rule_of(0, "needs_person", ALWAYS, default=True),
        made_up.rule_of(1, "refused", ALWAYS, scope=Scope(state="NY")),
    )

    assert ("made-up/r0/1",) == found.rules


@pytest.mark.parametrize(("state", "kind", "hours"), [
    ("permitted", "permitted", 24), ("required", "required", 24), ("needs_person", "needs_person", 24), ("refused", "refused", None),
])  # fmt: skip
def test_a_countys_limit_holds_whatever_the_state_says(state: str, kind: str, hours: int | None) -> None:
    """A duty or a question of the state's lifts no limit that the county sets; where nobody may be held there is none."""
    county = replace(made_up.rule_of(1, "permitted", ALWAYS, scope=SUFFOLK), max_hold_hours=24)
    found = said(made_up.rule_of(0, state, ALWAYS, scope=MA), county)

    assert (kind, hours) == (found.kind, found.max_hold_hours)


def test_the_least_of_several_limits_holds() -> None:
    """The state's 48 hours and the county's 24, in either order."""
    rules = [replace(made_up.rule_of(n, "permitted", ALWAYS, scope=scope), max_hold_hours=hours)
             for n, (scope, hours) in enumerate([(MA, 48), (SUFFOLK, 24), (Scope(), 36)])]  # fmt: skip

    assert 24 == said(*rules).max_hold_hours
    assert 24 == said(*reversed(rules)).max_hold_hours


def test_a_limit_of_a_default_that_was_not_asked_binds_nobody() -> None:
    """A default's limit belongs to the default."""
    default = replace(made_up.rule_of(1, "permitted", ALWAYS, default=True), max_hold_hours=12)

    assert said(made_up.rule_of(0, "required", ALWAYS, scope=MA), default).max_hold_hours is None
