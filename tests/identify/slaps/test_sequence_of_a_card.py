"""Rolled against plain prints of one card: swapped, doubled and unconfirmed fingers are told to a person, never put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tenprint.identify.extract.choice import extractor
from tenprint.identify.extract.tenprints import finger_template
from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.sequence import check_sequence
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.model.prints import FingerTemplate, TenprintTemplate

FINGERS = (2, 3, 4, 7, 8, 9)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher()


@pytest.fixture(scope="module")
def card() -> tuple[Mapping[int, FingerTemplate], Mapping[int, FingerTemplate]]:
    """Two impressions of six fingers of an invented person."""
    somebody, chosen = person(3, 1), extractor()
    rolled, plain = (
        {f: finger_template(f, impression(somebody, f, number=n, quality=0.9), chosen) for f in FINGERS} for n in (0, 1)
    )
    return rolled, plain


def put(prints: Mapping[int, FingerTemplate], **moves: int) -> TenprintTemplate:
    """The card with the prints of some boxes taken from others: f2=3 puts finger 3's print into box 2."""
    boxes = {finger: finger for finger in prints} | {int(box[1:]): source for box, source in moves.items()}
    return TenprintTemplate(tuple(replace(prints[source], position=box) for box, source in boxes.items()))


def test_a_card_in_order_is_confirmed_without_a_finding(card, matcher: Matcher) -> None:
    """Two prints of each finger, each in its own box."""
    rolled, plain = card

    found = check_sequence(put(rolled), put(plain), matcher)

    assert FINGERS == found.compared == found.confirmed
    assert () == found.findings


def test_two_fingers_in_each_others_boxes_are_told_once(card, matcher: Matcher) -> None:
    """The plain prints say where each rolled print belongs."""
    rolled, plain = card

    found = check_sequence(put(rolled, f2=3, f3=2), put(plain), matcher)

    assert [("fingers_swapped", (2, 3), True)] == [(one.code, one.fingers, one.certain) for one in found.findings]
    assert (4, 7, 8, 9) == found.confirmed


def test_exchanged_hands_are_one_finding(card, matcher: Matcher) -> None:
    """Right and left hand rolled into each other's row."""
    rolled, plain = card

    found = check_sequence(put(rolled, f2=7, f3=8, f4=9, f7=2, f8=3, f9=4), put(plain), matcher)

    assert [("hands_swapped", FINGERS)] == [(one.code, one.fingers) for one in found.findings]
    assert {"hands_swapped": 1} == found.counts
    assert "Take the card again" in found.findings[0].sentence


def test_one_finger_taken_twice_is_told_with_both_boxes(card, matcher: Matcher) -> None:
    """A finger rolled into two boxes is one finger less."""
    rolled, plain = card

    found = check_sequence(put(rolled, f3=2), put(plain), matcher)

    assert ("same_finger_twice", (2, 3)) in [(one.code, one.fingers) for one in found.findings]


def test_prints_that_are_not_alike_ask_a_person_and_are_not_certain(card, matcher: Matcher) -> None:
    """A finger of somebody else, or too poor a print: nobody can tell which, so nothing is certain."""
    rolled, plain = card
    stranger = finger_template(4, impression(person(3, 2), 4, quality=0.9), extractor())

    found = check_sequence(put({**rolled, 4: stranger}), put(plain), matcher)

    assert [("not_confirmed", (4,), False)] == [(one.code, one.fingers, one.certain) for one in found.findings]


def test_a_card_without_plain_prints_says_nothing(card, matcher: Matcher) -> None:
    """No evidence is no finding."""
    rolled, _ = card

    found = check_sequence(put(rolled), TenprintTemplate(()), matcher)

    assert () == found.compared == found.confirmed == found.findings
