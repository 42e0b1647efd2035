"""Mirror images on a card are told to a person, never turned round: rolled against plain, finger against finger, loops to the thumb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from tenprint.errors import ModelMissing
from tenprint.exchange.itl import read
from tenprint.exchange.submission import images_of
from tenprint.identify.codecs.records import decode
from tenprint.identify.extract.choice import extractor
from tenprint.identify.extract.pattern import Pattern
from tenprint.identify.extract.tenprints import finger_template
from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.cut import cut_out
from tenprint.identify.slaps.findings import CERTAIN, SAME
from tenprint.identify.slaps.mirrored import REVERSED, Patterns, mirror
from tenprint.identify.slaps.segment import segment
from tenprint.identify.slaps.sequence import check_sequence
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import person
from tenprint.model.prints import FingerTemplate, GreyImage, TenprintTemplate
from tenprint.units import Ppi

FINGERS = (2, 3, 4, 5, 8)
Prints = Mapping[int, FingerTemplate]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher()


@pytest.fixture(scope="module")
def card() -> tuple[Prints, Prints]:
    """Two impressions of five fingers of an invented person."""
    try:
        chosen = extractor()
    except ModelMissing as error:
        pytest.skip(str(error))
    somebody = person(3, 1)
    rolled, plain = (
        {f: finger_template(f, impression(somebody, f, number=n, quality=0.9), chosen) for f in FINGERS} for n in (0, 1)
    )
    return rolled, plain


def whole(prints: Prints) -> TenprintTemplate:
    return TenprintTemplate(tuple(prints.values()))


def codes(found) -> list[tuple[str, tuple[int, ...], bool]]:
    return [(one.code, one.fingers, one.certain) for one in found.findings]


def test_a_mirrored_template_is_the_template_of_the_mirrored_image(card, matcher: Matcher) -> None:
    """No image is needed for it: minutiae of the mirrored image lie where the mirrored ones do, and twice mirrored is as before."""
    rolled, _ = card
    image = impression(person(3, 1), 2, number=0, quality=0.9)
    turned = finger_template(2, GreyImage(np.ascontiguousarray(image.pixels[:, ::-1]), image.ppi), extractor())

    assert matcher.compare_fingers(mirror(rolled[2]), turned) >= CERTAIN
    assert matcher.compare_fingers(rolled[2], turned) < SAME
    assert mirror(mirror(rolled[2])).to_bytes() == rolled[2].to_bytes()


def test_a_mirrored_rolled_print_is_told_with_its_score_and_not_which_of_the_two(card, matcher: Matcher) -> None:
    """The match is the same whichever of the two was mirrored; it is certain, since neither can be used as it is."""
    rolled, plain = card
    found = check_sequence(whole({**rolled, 3: mirror(rolled[3])}), whole(plain), matcher)

    assert codes(found) == [("mirrored", (3,), True)]
    assert (found.findings[0].points >= CERTAIN, found.findings[0].mirrored) == (True, "")
    assert "can't be known" in found.findings[0].sentence
    assert set(FINGERS) - {3} == set(found.confirmed)
    assert codes(found) == codes(check_sequence(whole(rolled), whole({**plain, 3: mirror(plain[3])}), matcher))


@pytest.mark.parametrize("which", ["rolled", "plain"])
def test_loops_tell_which_of_the_two_is_mirrored(card, matcher: Matcher, which: str) -> None:
    """On a right hand's ring finger a loop opens to the right in 97 of 100: the one that opens to the left is the mirrored one."""
    rolled, plain = (
        {**one, 4: mirror(one[4])} if kind == which else one
        for kind, one in zip(("rolled", "plain"), card, strict=True)
    )
    patterns = {
        kind: {4: Pattern.LEFT_LOOP if kind == which else Pattern.RIGHT_LOOP, 3: Pattern.UNSURE}
        for kind in ("rolled", "plain")
    }

    (told,) = check_sequence(whole(rolled), whole(plain), matcher, patterns=Patterns(**patterns)).findings

    assert (told.code, told.mirrored) == ("mirrored", which)
    assert f"the {which} ones are mirrored" in told.sentence


def test_a_mirrored_slap_is_one_finding_of_its_whole_hand(card, matcher: Matcher) -> None:
    """Plain fingers 2 to 5 in the reversed order, each mirrored: what a scanner does that reverses the picture of a slap."""
    rolled, plain = card
    reversed_slap = {REVERSED[f]: replace(mirror(plain[f]), position=REVERSED[f]) for f in (2, 3, 4, 5)} | {8: plain[8]}

    found = check_sequence(whole(rolled), whole(reversed_slap), matcher)

    assert codes(found) == [("hand_mirrored", (2, 3, 4, 5), True)]
    assert (8,) == found.confirmed


def test_a_mirrored_print_in_another_box_is_told_with_both_boxes(card, matcher: Matcher) -> None:
    """A left hand's finger in a right hand's box looks so, once it was mirrored to fit."""
    rolled, plain = card
    found = check_sequence(whole({2: rolled[2], 8: replace(mirror(rolled[3]), position=8)}), whole(plain), matcher)

    assert ("mirrored_elsewhere", (8, 3), False) in codes(found)


def test_one_finger_taken_twice_once_mirrored_is_told_without_plain_prints(card, matcher: Matcher) -> None:
    """The fingers of one kind are held against one another as mirror images too."""
    rolled, _ = card
    found = check_sequence(whole({**rolled, 5: replace(mirror(rolled[3]), position=5)}), TenprintTemplate(()), matcher)

    assert codes(found) == [("mirrored_twice", (3, 5), True)]


def test_a_card_whose_every_print_is_mirrored_is_known_by_its_loops_alone(card, matcher: Matcher) -> None:
    """Rolled and plain agree with one another; that three loops and more open to the thumb's side is left as evidence, by finger."""
    rolled, plain = ({f: mirror(one) for f, one in prints.items()} for prints in card)
    loops = {f: Pattern.LEFT_LOOP if f <= 5 else Pattern.RIGHT_LOOP for f in FINGERS}

    quiet = check_sequence(whole(rolled), whole(plain), matcher)
    (told,) = check_sequence(whole(rolled), whole(plain), matcher, patterns=Patterns(rolled=loops)).findings

    assert () == quiet.findings
    assert ("mirrored_or_other_hand", FINGERS, False) == (told.code, told.fingers, told.certain)
    assert told.points == sum(told.evidence.values())
    assert set(FINGERS) == set(told.evidence)


@pytest.mark.slow
@pytest.mark.parametrize(("fgp", "confirmed"), [(13, (2, 3, 4)), (14, (7, 8, 9, 10))])
def test_a_real_card_with_mirrored_rolled_prints_is_told_finger_by_finger(
    shared, matcher: Matcher, fgp: int, confirmed: tuple[int, ...]
) -> None:
    """NIST's sample card of rolled and plain prints: as it is nothing is mirrored; with its rolled prints mirrored the fingers that
    confirmed each other are told, and with its slap mirrored that is one finding of the hand. A print may stay below the points."""
    path = shared / "exchange" / "nist_itl" / "type-14-tpcard-nqm.an2"
    if not path.exists():
        pytest.skip("NIST's sample card is not in the shared folder")
    records = {record.position: record for record in images_of(read(path.read_bytes()))}
    slap = decoded(records[fgp])
    plain = {one.position: finger_template(one.position, cut_out(slap, one), extractor()) for one in segment(slap, fgp)}
    turned = {REVERSED[f]: replace(mirror(one), position=REVERSED[f]) for f, one in plain.items()}
    rolled = {f: finger_template(f, decoded(records[f]), extractor()) for f in confirmed}

    quiet = check_sequence(whole(rolled), whole(plain), matcher)
    one_by_one = check_sequence(whole({f: mirror(one) for f, one in rolled.items()}), whole(plain), matcher)
    hand = check_sequence(whole(rolled), whole(turned), matcher)

    assert not {one.code for one in quiet.findings} - {"not_confirmed"}
    assert confirmed == quiet.confirmed
    told = {one.fingers[0] for one in one_by_one.findings if one.code == "mirrored"}
    assert told <= set(confirmed)
    assert len(told) >= 3
    assert [confirmed] == [one.fingers for one in hand.findings if one.code == "hand_mirrored"]


def decoded(record) -> GreyImage:
    return decode(
        bytes(record.data), compression=record.compression, width=record.width, height=record.height, bits=record.bits,
        ppi=Ppi.from_pixels_per_mm(record.pixels_per_mm),
    )  # fmt: skip
