"""The reject code under which a fault of a print's image is answered.

One code is verified: L0008. Lists of others circulate (L0116 to L0118: sequence, missing fingers, not rolled), but no
document that is open to the public holds them, so that none is ever sent; the sentence behind the code says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ImageReject:
    """code: as the ERRT carries it. text: the standard's sentence. evidence: P primary source, R reported only.

    sent: whether tenprint sends it; a code that is not verified is known, to be read, and never sent.
    """

    code: str
    text: str
    evidence: str
    sent: bool


LOW_QUALITY: Final = ImageReject("L0008", "The quality of the characteristics is too low to be used.", "P", sent=True)
"""Source: the FBI CJIS form for a name check after two image rejects, which quotes code and sentence."""

UNVERIFIED: Final = tuple(
    ImageReject(code, text, "R", sent=False)
    for code, text in (
        ("L0116", "a sequence error"),
        ("L0117", "one or more fingers missing"),
        ("L0118", "imprints not rolled"),
    )
)
"""Numbers that are reported without a source; which of them means what is not known. Never sent."""

REJECT_OF: Final[Mapping[str, ImageReject]] = dict.fromkeys(
    ("no_ridges", "larger_than_a_finger", "wrong_resolution", "inverted", "too_small", "too_dry", "too_dark", "faint", "smeared",
     "maybe_upside_down", "few_minutiae"), LOW_QUALITY,
)  # fmt: skip
"""The code for each reason that `identify.extract.quality_reasons` can give; a test holds the two lists to each other."""
