"""What the rolled and the plain prints of one card say of each other: the right finger in each box, or not.

Every rolled finger is compared with every plain one, and the fingers of each kind with one another. Nothing is put in
another order: a finding is for a person. Points are those of the matcher `mcc-lssr-1`.

Measured on two inked cards of 25 persons (198 mated fingers; 2,772 pairs of different fingers of one person, 19,111 of two):
points 771 and more have 96.5 % of mated pairs and 16 of the 2,772; 1200 and more 93.4 %, 2 of the 2,772 and 2 of the 19,111.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.identify.match.mcc import Matcher
from tenprint.model.prints import FingerTemplate, TenprintTemplate

SAME: Final = 771
"""Points from which two prints under one position confirm each other. Source: `mcc-lssr-1`, where a finger supports a candidate."""

CERTAIN: Final = 1300
"""Points from which two prints under different positions are told as one finger. Set by: above the 1200 measured, since a card has 180
such pairs."""

DIFFERENT: Final = 693
"""Points below which prints of one position do not confirm each other. Source: `mcc-lssr-1`, the first step of evidence."""

ENOUGH_MINUTIAE: Final = 25
"""Minutiae that both prints must have before their not being alike says anything. Set by: 3 % of mated pairs stay below
`DIFFERENT`, most of them with less.
"""

WHOLE_HAND: Final = 2
"""Fingers that must be found at the other hand's same place before the hands are told as swapped. Set by: one may be chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should look at. code: of `SENTENCES`; fingers: positions concerned, ascending; points: of the
    strongest comparison; certain: so strong that the card should be taken again unless a person sees otherwise.
    """

    code: str
    fingers: tuple[int, ...]
    points: int
    certain: bool

    @property
    def sentence(self) -> str:
        """For the operator: what was found, and what to do."""
        return SENTENCES[self.code].format(fingers=", ".join(f"{finger:02d}" for finger in self.fingers))


SENTENCES: Final = {
    "hands_swapped": "Rolled fingers {fingers} are plain fingers of the other hand: the hands seem to be exchanged. Take the card again.",
    "fingers_swapped": "Rolled fingers {fingers} lie in each other's boxes, by the plain prints. Take these fingers again.",
    "finger_elsewhere": "Of fingers {fingers}, the first one's rolled print is alike the second one's plain print. Look at both.",
    "same_finger_twice": "Fingers {fingers} seem to be one finger taken twice. Take these fingers again.",
    "not_confirmed": "The rolled and the plain print of finger {fingers} are not alike. Look at both.",
}
"""Code of a finding -> what the operator reads."""


@dataclass(frozen=True, slots=True)
class SequenceCheck:
    """compared: fingers that are there rolled and plain; confirmed: those whose two prints are alike; findings: for a person."""

    compared: tuple[int, ...]
    confirmed: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Findings by code: what may be public."""
        return {code: n for code in SENTENCES if (n := sum(found.code == code for found in self.findings))}


def check_sequence(rolled: TenprintTemplate, plain: TenprintTemplate, matcher: Matcher) -> SequenceCheck:
    """Compare a card's rolled with its plain prints, and the fingers of each kind with one another."""
    across = _points(rolled.fingers, plain.fingers, matcher)
    both = tuple(finger for finger in rolled.positions if finger in plain.positions)
    confirmed = tuple(finger for finger in both if across[finger, finger] >= SAME)
    moved = {
        (one, other): points
        for (one, other), points in across.items()
        if one != other and points >= CERTAIN and across.get((one, one), -1) < DIFFERENT
    }
    findings = [*_moved(moved), *_twice(rolled, matcher), *_twice(plain, matcher)]
    told = {finger for found in findings for finger in found.fingers}
    for finger in both:
        prints = (rolled.finger(finger), plain.finger(finger))
        full = all(one is not None and len(one.minutiae) >= ENOUGH_MINUTIAE for one in prints)
        if full and across[finger, finger] < DIFFERENT and finger not in told:
            findings.append(Finding("not_confirmed", (finger,), across[finger, finger], certain=False))
    return SequenceCheck(both, confirmed, tuple(findings))


def _points(
    rolled: Sequence[FingerTemplate], plain: Sequence[FingerTemplate], matcher: Matcher
) -> dict[tuple[int, int], int]:
    prepared = [matcher.prepare_finger(finger) for finger in plain]
    return {
        (one.position, other.position): points
        for one in rolled
        for other, points in zip(plain, matcher.compare_many(one, prepared), strict=True)
    }


def _moved(moved: Mapping[tuple[int, int], int]) -> list[Finding]:
    """Rolled fingers that are found at other plain positions: whole hands, pairs, single ones."""
    crossed = {pair: points for pair, points in moved.items() if abs(pair[0] - pair[1]) == 5}
    if len(crossed) >= WHOLE_HAND:
        fingers = tuple(sorted({one for one, _ in crossed}))
        return [Finding("hands_swapped", fingers, max(crossed.values()), certain=True)]
    found = []
    for (one, other), points in sorted(moved.items()):
        if (other, one) in moved:
            if one < other:
                found.append(Finding("fingers_swapped", (one, other), max(points, moved[other, one]), certain=True))
        else:
            found.append(Finding("finger_elsewhere", (one, other), points, certain=False))
    return found


def _twice(card: TenprintTemplate, matcher: Matcher) -> list[Finding]:
    """Two positions of one kind of print that show one finger."""
    found = []
    prepared = [matcher.prepare_finger(finger) for finger in card.fingers]
    for n, one in enumerate(prepared[:-1]):
        for other, points in zip(prepared[n + 1 :], matcher.compare_many(one, prepared[n + 1 :]), strict=True):
            if points >= CERTAIN:
                pair = tuple(sorted((one.position, other.position)))
                found.append(Finding("same_finger_twice", pair, points, certain=True))
    return found
