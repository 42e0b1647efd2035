"""The only unit conversions. One grid (500 ppi), one angle convention, converted at the edge.

Direction of a minutia: binary angle in [0, 65536), counter-clockwise from +x with y pointing *up* (ISO/IEC 19794-2),
although pixel rows count downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TURN = 65536
"""Steps of a binary angle in one full turn. Source: template record v1, theta is an unsigned 16-bit integer."""

GRID_PPI = 500
"""All templates live on this grid, pixels per inch. Source: ANSI/NIST-ITL class resolution 19.69 pixels per millimetre."""

MM_PER_INCH = 25.4
"""Source: international inch."""


@dataclass(frozen=True, slots=True, order=True)
class Ppi:
    """A scanning resolution in pixels per inch; 100 to 4000, so that pixels per centimetre can't pass unnoticed."""

    value: float

    def __post_init__(self) -> None:
        if not 100.0 <= self.value <= 4000.0:
            raise ValueError(
                f"resolution {self.value:g} ppi; expected 100 to 4000 (pixels per centimetre passed by mistake?)"
            )

    @classmethod
    def from_pixels_per_cm(cls, value: float) -> Ppi:
        """197 pixels per centimetre is 500.38 ppi: why 500 ppi files do not come back as exactly 500."""
        return cls(value * MM_PER_INCH / 10.0)

    @classmethod
    def from_pixels_per_mm(cls, value: float) -> Ppi:
        """19.69 pixels per millimetre (1.011 NSR) is 500.126 ppi."""
        return cls(value * MM_PER_INCH)

    @property
    def is_class_500(self) -> bool:
        """True within 1 % of 500 ppi, the tolerance of EBTS Appendix F; such images are not resampled."""
        return abs(self.value - GRID_PPI) <= 0.01 * GRID_PPI


def binary_angle(radians: float) -> int:
    """The nearest of 65536 steps of a direction in radians (any real); the result is in [0, 65536)."""
    return round(radians / (2.0 * math.pi) * TURN) % TURN


def radians(angle: int) -> float:
    """A binary angle as radians in [0, 2 pi)."""
    return (angle % TURN) * (2.0 * math.pi) / TURN
