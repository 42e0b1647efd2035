"""Boxes that a record declares (14.021 SEG): taken where they hold a finger, told where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from tenprint.identify.slaps.foreground import Mask
from tenprint.model.prints import FingerSegment

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom, pixels of the image; right and bottom excluded."""

SIDES_PX: Final = (60.0, 800.0)
"""Shortest and longest side of a box that can be a finger's, pixels at 500 ppi. Set by: 3 mm, and 40 mm."""

LEAST_RIDGES: Final = 0.35
"""Share of a box that must be ridges. Set by: a leaning finger fills half of its upright box."""

LEAST_SHARED: Final = 0.3
"""Area shared by a declared and a found box over the area of both, at least. Set by: a neighbour's box shares a tenth."""

DISAGREES: Final = 30
"""What a place loses of its confidence when the record's box says otherwise. Set by: with any other doubt a person looks."""


def honoured(
    found: Sequence[FingerSegment], declared: Mapping[int, Box], *, ridges: Mask, cell_px: float, scale: float
) -> tuple[FingerSegment, ...]:
    """The places with the declared boxes that hold up, by ascending position.

    ridges: cells of ``cell_px`` pixels of the image; scale: pixels of the image for one at 500 ppi.
    """
    places = {one.position: one for one in found}
    for finger, box in declared.items():
        own = places.get(finger)
        if _holds(box, ridges, cell_px=cell_px, scale=scale) and (own is None or _shared(own.box, box) >= LEAST_SHARED):
            left, top, right, bottom = box
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
            kept = tuple(reason for reason in own.reasons if reason == "cut_by_edge") if own else ()
            places[finger] = FingerSegment(finger, box, corners, own.rotation if own else 0, 100 - 10 * len(kept), kept)
        elif own is not None:
            confidence = max(0, own.confidence - DISAGREES)
            places[finger] = replace(own, confidence=confidence, reasons=(*own.reasons, "box_disagrees"))
    return tuple(places[finger] for finger in sorted(places))


def _holds(box: Box, ridges: Mask, *, cell_px: float, scale: float) -> bool:
    """Does a box lie in the image, is it as large as a finger, and are there ridges in it?"""
    left, top, right, bottom = box
    rows, columns = ridges.shape
    sides = ((right - left) / scale, (bottom - top) / scale)
    inside = left >= 0 and top >= 0 and right <= (columns + 1) * cell_px and bottom <= (rows + 1) * cell_px
    if not inside or not SIDES_PX[0] <= min(sides) <= max(sides) <= SIDES_PX[1]:
        return False
    cells = ridges[int(top / cell_px) : int(bottom / cell_px), int(left / cell_px) : int(right / cell_px)]
    return bool(cells.size and cells.mean() >= LEAST_RIDGES)


def _shared(one: Box, other: Box) -> float:
    """Shared area over the area of both together."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, across) * max(0, down)
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) - shared
    return shared / both
