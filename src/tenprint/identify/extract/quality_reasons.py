"""What is wrong with a print, in words an operator can act on, each with the threshold that found it.

A reason is no verdict on a person: it says what to do at the scanner. Only `UNFIT` reasons keep a finger from being
searched; all others are recorded beside its template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tenprint.identify.extract.quality_measures import Measures

UNFIT: Final = "unfit"
"""The image is no usable print of one finger: it is not searched or enrolled."""

CORRECTED: Final = "corrected"
"""The image was put right before its minutiae were taken."""

NOTED: Final = "noted"
"""The finger is used; whoever captures the next one can do better."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that can be wrong with a print. code: as recorded; effect: unfit, corrected or noted; says: a sentence
    for people; action: what an operator does about it.
    """

    code: str
    effect: str
    says: str
    action: str


REASONS: Final[dict[str, Reason]] = {
    reason.code: reason
    for reason in (
        Reason("no_ridges", UNFIT, "The image shows no friction ridges.",
               "Capture the finger again; check that the scanner or the card shows a print at all."),
        Reason("larger_than_a_finger", UNFIT, "The image shows more ridges than one finger has: a palm, several fingers, "
               "or a wrong scanning resolution.",
               "Send one finger an image, and check the resolution that the record declares."),
        Reason("wrong_resolution", UNFIT, "Ridges lie too far apart, or too close, for the scanning resolution that the record "
               "declares.", "Send the resolution at which the image was scanned, or scan the finger again at 500 or 1000 ppi."),
        Reason("inverted", CORRECTED, "Ridges were white on a dark ground; they were made dark before minutiae were taken.",
               "Set the scanner to dark ridges on a light ground (ANSI/NIST-ITL 1)."),
        Reason("too_small", NOTED, "The print shows too small an area.",
               "Roll the finger from nail to nail, or press it flat in the middle of the glass."),
        Reason("too_dry", NOTED, "Ridges are thin and broken: the finger was too dry, or pressed too lightly.",
               "Moisten the finger, or press a little harder, and capture it again."),
        Reason("too_dark", NOTED, "Ridges run together: the finger was too wet, over-inked, or pressed too hard.",
               "Dry the finger and the glass, use less ink or less pressure, and capture it again."),
        Reason("faint", NOTED, "Ridges hardly differ from the ground.",
               "Clean the glass, use more ink or pressure, or scan the card with more contrast."),
        Reason("smeared", NOTED, "Much of the print has no clear ridges: it was smeared, or covered by something else.",
               "Hold the finger still while it is captured; leave printing and stamps out of the image."),
        Reason("maybe_upside_down", NOTED, "The ridges may run as those of a finger upside down; they were compared as they are.",
               "Check which way the finger or the card lay on the glass."),
        Reason("few_minutiae", NOTED, "Few minutiae were found.",
               "Capture the finger again with more of its area."),
    )
}  # fmt: skip
"""Code -> reason. The order is the order in which a finger's reasons are listed."""

FEWEST_RIDGES_MM2 = 20.0
"""Area with ridges below which an image shows none, mm².

Set by: 717 of 718 research prints (FVC 2002 and 2004, MINEX III) show 28 or more, and the last is blots without ridges;
noise, blank images and gradients show at most 10.
"""

LEAST_CLARITY = 0.10
"""Share of what is inked that shows ridges, below which an image shows none, however large it is.

Set by: 717 of 718 research prints have 0.14 and more, and the last is blots; drawn rectangles have 0.09, noise as coarse
as ridges 0.02.
"""

ONE_FINGER_MM2 = 1600.0
"""Largest area with ridges of one finger, mm².

Set by: a card's block for a rolled finger is 40.6×38.1 mm, 1,548 mm² (FBI FD-249; 804×752 pixels), and NIST's sample card fills
1,036 of them with the finger, its second joint and what the neighbours left. A piece of a palm as small as a block can't be told
from a finger.
"""

SMALL_MM2 = 80.0
"""Area with ridges below which a print is called small, mm². Set by: one plain research print in fifty shows less."""

DRY_DARK = 0.20
"""Share of dark pixels where there are ridges, below which ridges are thin. Set by: the driest one in thirty of the
research prints of optical scanners; ridges and valleys of equal width have 0.5.
"""

WET_DARK = 0.66
"""Share of dark pixels where there are ridges, above which they run together. Set by: as `DRY_DARK`, from the wettest."""

FAINT_CONTRAST = 12.0
"""Standard deviation of grey levels where there are ridges, below which they are faint. Set by: one of 100 research prints."""

SMEARED_CLARITY = 0.45
"""Share of what is inked that shows ridges, below which a print is called smeared. Set by: as `FAINT_CONTRAST`, for FVC;
MINEX III, whose cards have printing in the image, one in thirty.
"""

INVERTED_GREY = -25.0
"""Grey levels that what shows no ridges is lighter than what does, below which black and white are exchanged.

Set by: all 718 research prints lie above -20, the median at 60; of their negatives 95 in 100 lie below, but only 14 in
100 of a sensor with a grey ground (FVC 2004 DB3): there, and without any ground, it can't be known and nothing is done.
"""

LEAST_GROUND = 0.03
"""Share of the image that has to be without ridges for `INVERTED_GREY` to count. Set by: 10 cells of a 400×400 image."""

UPRIGHT = -0.30
"""Least uprightness (`uprightness`) of a print that is not called upside down.

Set by: of 718 research prints 6 lie below, most with the tip cut off; turned by half a turn, two in three would.
"""

UPRIGHT_MM2 = 100.0
"""Area with ridges from which uprightness is looked at, mm². Set by: a smaller print shows one part of the pattern only."""

FEW_MINUTIAE = 16
"""Minutiae of a finger below which they are called few. Set by: twice what makes a finger usable at all."""


def is_inverted(measures: Measures) -> bool:
    """Whether ridges are white and the ground dark. False where the image is all ridges, with nothing
    to tell it by.
    """
    ground = ~measures.ridges
    if not measures.ridges.any() or ground.mean() < LEAST_GROUND:
        return False
    return float(np.median(measures.grey[ground])) - measures.over_ridges(measures.grey) < INVERTED_GREY


def uprightness(measures: Measures) -> float:
    """From -1 upside down to 1 upright, as far as ridges tell: over the core they form arches, so that left of the middle
    they rise to the right and right of it they fall. A half turn changes the sign, a mirror does not. That an image is
    mirrored can't be known from one print, since a mirrored right loop is a left loop; the other prints of its card tell
    (`identify.slaps.mirrored`), and `extract.loop_direction` says how rare its loop would be.
    """
    ridges = measures.ridges
    if not ridges.any():
        return 0.0
    columns = np.nonzero(ridges)[1]
    weight = measures.coherence[ridges].astype(np.float64)
    rises = np.sin(2 * measures.orientation[ridges].astype(np.float64)) * np.sign(columns.mean() - columns)
    return float((weight * rises).sum() / weight.sum())


def reasons_of(measures: Measures, *, minutiae: int, inverted: bool = False, doubted: bool = False) -> tuple[str, ...]:
    """The codes of what is wrong, in the order of `REASONS`; empty for a good print.

    measures: of the image as minutiae were taken from it. minutiae: how many. inverted: it was put right before.
    doubted: the declared resolution is not believed (`codecs.resolution`).
    A print without ridges has that reason only: nothing else can be said of it.
    """
    if measures.area_mm2 < FEWEST_RIDGES_MM2 or measures.clarity < LEAST_CLARITY:
        return ("no_ridges",)
    found = {
        "larger_than_a_finger": measures.area_mm2 > ONE_FINGER_MM2,
        "wrong_resolution": doubted,
        "inverted": inverted,
        "too_small": measures.area_mm2 < SMALL_MM2,
        "too_dry": measures.over_ridges(measures.dark) < DRY_DARK,
        "too_dark": measures.over_ridges(measures.dark) > WET_DARK,
        "faint": measures.over_ridges(measures.contrast) < FAINT_CONTRAST,
        "smeared": measures.clarity < SMEARED_CLARITY,
        "maybe_upside_down": measures.area_mm2 >= UPRIGHT_MM2 and uprightness(measures) < UPRIGHT,
        "few_minutiae": minutiae < FEW_MINUTIAE,
    }
    return tuple(code for code in REASONS if found.get(code, False))


def is_unfit(reasons: tuple[str, ...]) -> bool:
    """Whether one of these reasons keeps a finger from being searched."""
    return any(code in REASONS and REASONS[code].effect == UNFIT for code in reasons)
