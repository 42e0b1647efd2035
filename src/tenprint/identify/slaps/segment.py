"""The fingers of a slap: found, placed and named by the hand that the record claims."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from tenprint.errors import ExtractionFailed
from tenprint.identify.slaps.boxes import Box, honoured
from tenprint.identify.slaps.certainty import chance_right
from tenprint.identify.slaps.fingers import Place, place
from tenprint.identify.slaps.foreground import CELL_PX, STEP, reduced, ridge_cells, steps
from tenprint.identify.slaps.hand import read_hand
from tenprint.identify.slaps.naming import named
from tenprint.identify.slaps.patches import patches
from tenprint.model.prints import FingerSegment, GreyImage
from tenprint.units import GRID_PPI, binary_angle

SHOWN: Final = {13: (2, 3, 4, 5), 14: (10, 9, 8, 7), 15: (6, 1), 11: (1,), 12: (6,)} | {n: (n,) for n in range(1, 11)}
"""Fingers that an image of a position shows, from left to right. Source: ANSI/NIST-ITL 1, friction ridge positions."""

NAME_IN_DOUBT: Final = 50
"""What it takes from a confidence of 100 that fewer fingers were found than expected. Set by: it alone asks for a person."""

UNUSUAL: Final = 90
"""Confidence below which a place is told as unusual. Set by: one finger in eleven of composed slaps, every ninth of them in a wrong place."""

MOST_PIXELS: Final = 16_000_000
"""Largest slap that is looked at, pixels at 500 ppi. Set by: four times the largest scanner for two hands."""


def segment(
    image: GreyImage, fgp: int, *, missing: Collection[int] = (), boxes: Mapping[int, Box] | None = None
) -> tuple[FingerSegment, ...]:
    """The fingers in the image, by ascending position; none when no patch looks like a finger.

    fgp:      what the record says that it shows: 13, 14, 15, or a single finger 1 to 12.
    missing:  fingers that the record calls missing (2.084 AMP, 14.018): they are not looked for.
    boxes:    left, top, right, bottom by position, as the record has them (14.021 SEG). A box that holds a finger is taken as it
              is; one that does not is left, and ``box_disagrees`` says so of the place that was found instead.

    The confidence is the chance in a hundred that a place is right, by composed slaps; `NAME_IN_DOUBT` less where names are in doubt.

    Turned by up to 45 degrees; touching, cut off by an edge, on a card with text and lines. Upside down is not corrected.
    Raises: ExtractionFailed for another position, or an image too large or too small to hold a finger.
    """
    if fgp not in SHOWN:
        raise ExtractionFailed(
            f"position {fgp} shows no fingers that can be told apart; allowed: 1 to 15. Nothing was looked for."
        )
    expected = [finger for finger in SHOWN[fgp] if finger not in missing]
    factor = _factor(image)
    if not expected:
        return ()
    small = reduced(image.pixels, factor)
    if min(small.shape) < 2 * (CELL_PX // STEP):
        return ()
    broad, deviation = ridge_cells(small)
    hand = read_hand(patches(broad, deviation), expected)
    pixel = CELL_PX / STEP * factor
    found: list[FingerSegment] = []
    if hand.pieces:
        differing = steps(small)
        places = [place(piece, hand.turn, differing) for piece in hand.pieces]
        names, doubts = named(places, expected, SHOWN[fgp], hand.turn)
        size = (image.pixels.shape[1], image.pixels.shape[0])
        found = [
            _segment(name, each, doubts, size=size, pixel=pixel, cut=piece.cut, cost=hand.cost / len(places))
            for name, each, piece in zip(names, places, hand.pieces, strict=True)
        ]
    declared = {finger: box for finger, box in (boxes or {}).items() if finger in expected}
    return honoured(found, declared, ridges=broad, cell_px=pixel, scale=image.ppi.value / GRID_PPI)


def _factor(image: GreyImage) -> int:
    """How many pixels of the image are averaged to one on each side, to come near 250 ppi."""
    scale = image.ppi.value / GRID_PPI
    rows, columns = image.pixels.shape
    if rows * columns > MOST_PIXELS * scale * scale:
        raise ExtractionFailed(
            f"a slap of {columns}×{rows} pixels at {image.ppi.value:g} ppi; allowed: {MOST_PIXELS:,} pixels at {GRID_PPI} ppi. "
            "No finger was looked for."
        )
    return max(1, round(STEP * scale))


def _segment(
    position: int,
    found: Place,
    doubts: Sequence[str],
    *,
    size: tuple[int, int],
    pixel: float,
    cut: bool,
    cost: float,
) -> FingerSegment:
    left, top, right, bottom = found.box
    box = (
        max(0, math.floor(left * pixel)), max(0, math.floor(top * pixel)),
        min(size[0], math.ceil(right * pixel)), min(size[1], math.ceil(bottom * pixel)),
    )  # fmt: skip
    reasons = [*found.reasons, *doubts]
    edge = 1.5 * pixel
    if box[0] < edge or box[1] < edge or box[2] > size[0] - edge or box[3] > size[1] - edge:
        reasons.append("cut_by_edge")
    if cut:
        reasons.append("touching")
    confidence = round(100 * chance_right(found, cost))
    if confidence < UNUSUAL:
        reasons.append("unusual_place")
    confidence = max(0, confidence - NAME_IN_DOUBT * len(doubts))
    corners = tuple((x * pixel, y * pixel) for x, y in found.corners)
    return FingerSegment(position, box, corners, binary_angle(found.turn), confidence, tuple(reasons))
