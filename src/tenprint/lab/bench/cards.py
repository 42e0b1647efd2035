"""The card that is timed when none is given."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Final

from tenprint.lab.population.bookings import booking_of
from tenprint.lab.population.people import person

SHARED_VARIABLE: Final = "TENPRINT_SHARED"
"""Environment variable that names the folder of research data; without it ``shared`` beside the checkout."""

RESEARCH_CARD: Final = Path("exchange") / "nist_itl" / "type-14-tpcard-nqm.an2"
"""A real ten-print card in that folder: ten rolled blocks of 804 × 752 pixels as WSQ. Source: NIST's ANSI/NIST-ITL sample files."""

DRAWN_DAY: Final = date(2011, 6, 6)
DRAWN_SEED: Final = 20110606
"""Day and seed of the card that is drawn where the research data is absent. Set by: the rehearsed month."""


def usual_card(folder: Path) -> Path:
    """The research card, or where it is absent one of somebody who does not exist, written into ``folder``."""
    shared = Path(os.environ.get(SHARED_VARIABLE) or Path(__file__).resolve().parents[5] / "shared")
    if (shared / RESEARCH_CARD).is_file():
        return shared / RESEARCH_CARD
    drawn = folder / "drawn-card.eft"
    drawn.write_bytes(
        booking_of(person(DRAWN_SEED, 0), ori="CA0190000", day=DRAWN_DAY, tcn="DRAWNCARD0000000001", retain=False)
    )
    return drawn
