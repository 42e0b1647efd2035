"""What a check of one card can find, and the sentences in which an operator reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

SAME: Final = 771
"""Points from which two prints under one position confirm each other. Source: `mcc-lssr-1`, where a finger supports a candidate."""

CERTAIN: Final = 1300
"""Points from which two prints under different positions are told as one finger, mirrored or not. Set by: above the 1200 measured, since
a card has 180 such pairs. Mirrored, none of 1,386 pairs of different fingers of one person reach it, 1 of 38,016 pairs of two persons."""

MIRROR_IMAGE: Final = 1000
"""Points from which the two prints of one position are told to be mirror images, and those of two fingers and more in a mirrored slap's
order. Set by: that is asked once or twice for each finger whose prints are not alike; of 198 fingers whose prints are, the highest has 839
mirrored (MINEX III validation set), of 1,386 pairs of one person's fingers the highest 963; 94.9 % of mirrored mates pass.
"""

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
    """One thing that a person should look at. code: of `SENTENCES`; fingers: positions concerned, ascending, in a pair the finger that
    was looked for first; points: of the strongest comparison, or of the evidence; certain: so strong that the card should be taken again
    unless a person sees otherwise; mirrored: rolled or plain, where the loops tell which of the two is, else empty; evidence: by finger.
    """

    code: str
    fingers: tuple[int, ...]
    points: int
    certain: bool
    mirrored: str = ""
    evidence: Mapping[int, int] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """For the operator: what was found, and what to do."""
        said = SENTENCES[self.code].format(fingers=", ".join(f"{finger:02d}" for finger in self.fingers))
        return f"{said} {WHICH[self.mirrored]}" if self.code in MIRRORED else said


SENTENCES: Final = {
    "hands_swapped": "Rolled fingers {fingers} are plain fingers of the other hand: the hands seem to be exchanged. Take the card again.",
    "fingers_swapped": "Rolled fingers {fingers} lie in each other's boxes, by the plain prints. Take these fingers again.",
    "finger_elsewhere": "Of fingers {fingers}, the first one's rolled print is alike the second one's plain print. Look at both.",
    "same_finger_twice": "Fingers {fingers} seem to be one finger taken twice. Take these fingers again.",
    "mirrored": "The rolled and the plain print of finger {fingers} are mirror images of each other. Take the finger again.",
    "hand_mirrored": "Rolled fingers {fingers} are mirror images of plain ones that lie in the reversed order: a slap seems to be mirrored. "
    "Take the card again.",
    "mirrored_elsewhere": "Of fingers {fingers}, the first one's rolled print is a mirror image of the second one's plain print. Look at both.",
    "mirrored_twice": "Fingers {fingers} are mirror images of each other: one finger seems to have been taken twice, once mirrored. Take "
    "these fingers again.",
    "mirrored_or_other_hand": "The loops of fingers {fingers} open to the thumb's side, which is rare: the images may be mirrored, or of the "
    "other hand. Look at the card, and take it again where that is so.",
    "not_confirmed": "The rolled and the plain print of finger {fingers} are not alike. Look at both.",
}  # fmt: skip
"""Code of a finding -> what the operator reads."""

MIRRORED: Final = frozenset({"mirrored", "hand_mirrored"})
"""Findings of which the one or the other kind of print is mirrored."""

WHICH: Final = {
    "rolled": "By the direction of their loops the rolled ones are mirrored.",
    "plain": "By the direction of their loops the plain ones are mirrored.",
    "": "Which of the two is mirrored can't be known from that.",
}
"""Which kind of print is mirrored -> the sentence behind `MIRRORED`."""
