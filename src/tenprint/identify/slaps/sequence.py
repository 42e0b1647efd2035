"""What the prints of one card say of each other: the right finger in each box and the right way round, or not.

Every rolled finger is compared with every plain one, and the fingers of each kind with one another; mirror images are looked for too
(`identify.slaps.mirrored`). Nothing is put in another order or turned round: a finding is for a person. Points are those of the matcher `mcc-lssr-1`.

Measured on two inked cards of 25 persons (198 mated fingers; 2,772 pairs of different fingers of one person, 19,111 of two):
points 771 and more have 96.5 % of mated pairs and 16 of the 2,772; 1200 and more 93.4 %, 2 of the 2,772 and 2 of the 19,111.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.identify.match.mcc import Matcher
from tenprint.identify.slaps.findings import (
    CERTAIN,
    DIFFERENT,
    ENOUGH_MINUTIAE,
    SAME,
    SENTENCES,
    WHOLE_HAND,
    Finding,
)
from tenprint.identify.slaps.mirrored import Patterns, loops_to_the_thumb, mirror, mirrored_between
from tenprint.model.prints import FingerTemplate, TenprintTemplate

NOTHING_TOLD: Final = Patterns()
"""No pattern of any finger is known."""


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


def check_sequence(
    rolled: TenprintTemplate, plain: TenprintTemplate, matcher: Matcher, *, patterns: Patterns = NOTHING_TOLD
) -> SequenceCheck:
    """Compare a card's rolled with its plain prints, and the fingers of each kind with one another, as they are and mirrored.

    patterns: of both kinds of print, for what the direction of loops says.
    """
    across = _points(rolled.fingers, plain.fingers, matcher)
    both = tuple(finger for finger in rolled.positions if finger in plain.positions)
    confirmed = tuple(finger for finger in both if across[finger, finger] >= SAME)
    moved = {
        (one, other): points
        for (one, other), points in across.items()
        if one != other and points >= CERTAIN and across.get((one, one), -1) < DIFFERENT
    }
    unexplained = set(rolled.positions) - set(confirmed) - {one for one, _ in moved}
    findings = [
        *_moved(moved), *_twice(rolled, matcher), *_twice(plain, matcher),
        *mirrored_between(rolled, plain, matcher, unexplained=unexplained, patterns=patterns),
        *loops_to_the_thumb(patterns),
    ]  # fmt: skip
    told = {finger for found in findings if found.code != "mirrored_or_other_hand" for finger in found.fingers}
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
    """Two positions of one kind of print that show one finger, as it is or once mirrored."""
    found = []
    prepared = [matcher.prepare_finger(finger) for finger in card.fingers]
    probes = {
        "same_finger_twice": prepared,
        "mirrored_twice": [matcher.prepare_finger(mirror(f)) for f in card.fingers],
    }
    for code, ones in probes.items():
        for n, one in enumerate(ones[:-1]):
            for other, points in zip(prepared[n + 1 :], matcher.compare_many(one, prepared[n + 1 :]), strict=True):
                if points >= CERTAIN:
                    pair = tuple(sorted((one.position, other.position)))
                    found.append(Finding(code, pair, points, certain=True))
    return found
