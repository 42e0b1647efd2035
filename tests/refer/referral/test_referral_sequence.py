"""Fingers in doubt: what an examiner may find, once, and what follows of it; nothing is put in another order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.ids import ActorId
from tenprint.refer.referral.commands import Actor, Refused
from tenprint.refer.referral.sequence import FINDINGS, CardState, ask_retake, examine

AT = datetime(2011, 6, 7, 12, 0, tzinfo=UTC)
EXAMINER = Actor(ActorId("a1"), "examiner")


DOUBTED = CardState(doubted=True)


def found(state: CardState = DOUBTED, **changes):
    said = {"finding": "as_stands", "pairs": (), "shown": True, "reason": "Cores and deltas agree."} | changes
    return examine(state, by=EXAMINER, at=AT, **said)


@pytest.mark.parametrize(
    ("finding", "answered", "follows"),
    [
        ("as_stands", False, "nothing"),
        ("as_stands", True, "nothing"),
        ("swapped", False, "refused"),
        ("swapped", True, "take_again"),
        ("mirrored", False, "refused"),
        ("mirrored", True, "take_again"),
        ("cannot_say", False, "take_again"),
        ("cannot_say", True, "take_again"),
    ],
)
def test_each_finding_has_one_consequence(finding: str, answered: bool, follows: str) -> None:
    """One answer a submission: what is answered stays answered. Which fingers is private; that some are swapped is counted."""
    pairs = ((2, 3),) if finding == "swapped" else ()
    event = found(CardState(doubted=True, answered=answered), finding=finding, pairs=pairs)

    assert event.public == {"finding": finding, "pairs": len(pairs), "follows": follows}
    assert event.private["swapped"] == (["02-03"] if pairs else [])


@pytest.mark.parametrize(
    ("state", "changes", "code"),
    [
        (CardState(), {}, "NOT_IN_DOUBT"),
        (CardState(doubted=True, finding="as_stands"), {}, "EXAMINED"),
        (CardState(doubted=True), {"finding": "perhaps"}, "FINDING_INVALID"),
        (CardState(doubted=True), {"shown": False}, "IMAGES_GONE"),
        (CardState(doubted=True), {"finding": "swapped"}, "PAIRS_INVALID"),
        (CardState(doubted=True), {"pairs": ((2, 3),)}, "PAIRS_INVALID"),
        (CardState(doubted=True), {"reason": "  "}, "REASON_MISSING"),
    ],
)
def test_what_can_t_be_found_is_refused_by_name(state: CardState, changes: dict, code: str) -> None:
    """A refusal is a value with its code; nobody says of images that are gone more than that they can't say."""
    refused = found(state, **changes)

    assert isinstance(refused, Refused)
    assert refused.code == code


@given(st.lists(st.tuples(st.integers(-2, 13), st.integers(-2, 13)), max_size=6))
def test_swapped_fingers_are_ten_and_each_in_one_place(pairs: list[tuple[int, int]]) -> None:
    """A finger of a card lies in one box: it is named once, and numbered 1 to 10."""
    named = [finger for pair in pairs for finger in pair]
    good = bool(pairs) and all(1 <= finger <= 10 for finger in named) and len(set(named)) == len(named)

    assert isinstance(found(finding="swapped", pairs=pairs), Refused) != good


def test_an_agency_is_asked_once_and_only_after_a_finding_that_asks() -> None:
    """No card is asked for again on a machine's word."""
    waits = CardState(doubted=True, finding="cannot_say", follows="take_again")

    assert not isinstance(ask_retake(waits, reason="By telephone.", at=AT), Refused)
    for state, reason, code in (
        (CardState(doubted=True), "By telephone.", "NO_RETAKE"),
        (CardState(doubted=True, finding="as_stands", follows="nothing"), "x", "NO_RETAKE"),
        (CardState(doubted=True, finding="swapped", follows="take_again", asked=True), "x", "ASKED"),
        (waits, " ", "REASON_MISSING"),
    ):
        refused = ask_retake(state, reason=reason, at=AT)
        assert isinstance(refused, Refused)
        assert refused.code == code
    assert set(FINDINGS) == {"as_stands", "swapped", "mirrored", "cannot_say"}
