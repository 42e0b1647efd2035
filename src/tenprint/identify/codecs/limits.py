"""What is read at all: checked against the claim, before anything is allocated."""

from __future__ import annotations

from tenprint.errors import ImageTooLarge, ImageUnreadable

MAX_PIXELS = 40_000_000
"""Most pixels of one image. Set by: a palm at 1000 ppi has 24 million (EBTS Appendix F sizes); room to spare, 40 MB of
memory.
"""

MAX_SIDE = 65535
"""Most pixels on one side. Source: ANSI/NIST-ITL, HLL and VLL are two-byte numbers in the binary records."""

MAX_FILE_BYTES = 4 * MAX_PIXELS
"""Most bytes of an image file that is read for evaluation: four channels of the largest image."""


def check_size(width: int, height: int) -> None:
    """Raises ImageUnreadable for an empty image, ImageTooLarge over 65535 on a side or 40 million pixels."""
    if width < 1 or height < 1:
        raise ImageUnreadable(
            f"image of {width}×{height} pixels; allowed: 1 or more on each side. It was not decoded. "
            "Correct HLL and VLL."
        )
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageTooLarge(
            f"image of {width}×{height} pixels; allowed: {MAX_SIDE} on a side and {MAX_PIXELS:,} in all. "
            "It was not decoded and nothing was allocated. Send single fingers at 500 or 1000 ppi."
        )
