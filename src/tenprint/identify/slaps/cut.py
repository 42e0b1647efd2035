"""One finger's picture out of a slap, set upright: what an extractor is given."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PIL import Image

from tenprint.identify.slaps.foreground import CELL_PX
from tenprint.model.prints import FingerSegment, GreyImage
from tenprint.units import GRID_PPI, radians

UPRIGHT: Final = math.radians(5)
"""Lean up to which the pixels are taken as they are. Set by: no extractor notices, and turning blurs a little."""

AROUND_PX: Final = 2 * CELL_PX
"""Margin around the finger, pixels at 500 ppi. Set by: an extractor wants to see where the ridges end."""


def cut_out(slap: GreyImage, finger: FingerSegment) -> GreyImage:
    """The finger's rectangle with a margin, its tip up, at the slap's resolution; what lies beyond the slap is white."""
    lean = (radians(finger.rotation) + math.pi) % (2 * math.pi) - math.pi
    margin = round(AROUND_PX * slap.ppi.value / GRID_PPI)
    rows, columns = slap.pixels.shape
    if abs(lean) <= UPRIGHT:
        left, top, right, bottom = finger.box
        part = slap.pixels[
            max(0, top - margin) : min(rows, bottom + margin), max(0, left - margin) : min(columns, right + margin)
        ]
        return GreyImage(np.ascontiguousarray(part), slap.ppi)
    corners = np.array(finger.corners)
    width = round(float(np.hypot(*(corners[1] - corners[0])))) + 2 * margin
    height = round(float(np.hypot(*(corners[3] - corners[0])))) + 2 * margin
    x, y = corners.mean(axis=0)
    cos, sin = math.cos(lean), math.sin(lean)
    # From the upright picture to the slap: a turn around the finger's middle.
    affine = (cos, -sin, x - cos * width / 2 + sin * height / 2, sin, cos, y - sin * width / 2 - cos * height / 2)
    turned = Image.fromarray(slap.pixels).transform(
        (width, height), Image.Transform.AFFINE, affine, Image.Resampling.BICUBIC, fillcolor=255
    )
    return GreyImage(np.asarray(turned, dtype=np.uint8), slap.ppi)
