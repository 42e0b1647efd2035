"""Bookings made from ink cards beside the checkout: real prints, invented everything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PIL import Image

from tenprint.exchange.compose import CardImage, compose_booking
from tenprint.exchange.submission import ChargeText

FINGERS = (2, 3, 4, 5, 7, 8, 9, 10)
LOS_ANGELES = "CA0190000"
BOSTON = "MA0130100"
CAMBRIDGE = "MA0090000"


@dataclass(frozen=True)
class Card:
    """One ink card: eight fingers, no thumbs."""

    person: int
    card: str
    folder: Path

    def images(self) -> list[CardImage]:
        found = []
        for finger in FINGERS:
            path = self.folder / f"{self.card}{self.person:03d}_{finger:02d}.png"
            if path.exists():
                with Image.open(path) as picture:
                    width, height = picture.size
                found.append(CardImage(position=finger, impression=3, width=width, height=height, ppi=500, compression="PNG",
                                           data=path.read_bytes()))  # fmt: skip
        return found


def eft(card: Card, *, tcn: str, tot: str = "CAR", retain: bool = False, ori: str = LOS_ANGELES, day: date = date(2011, 6, 7),
        **changes: object) -> bytes:  # fmt: skip
    images = card.images()
    present = {image.position for image in images}
    return booking(images, tcn=tcn, tot=tot, retain=retain, ori=ori, day=day, number=card.person,
                   missing=[(finger, "UP") for finger in range(1, 11) if finger not in present], **changes)  # fmt: skip


def booking(images: list[CardImage], *, tcn: str, tot: str = "CAR", retain: bool = False, ori: str = LOS_ANGELES,
            day: date = date(2011, 6, 7), number: int = 1, missing: list[tuple[int, str]] | None = None, **changes: object) -> bytes:  # fmt: skip
    facts: dict[str, object] = dict(  # noqa: C408 - keywords read like the call below
        tot=tot, ori=ori, dai="WVIAFIS0Z", cri=[ori], tcn=tcn, date=day, retain=retain, name=f"SAMPLE,PERSON {chr(65 + number % 26)}",
        birth_date=date(1975, 1 + number % 12, 1 + number % 28), birth_place="XX", sex="M", race="U", height="509", weight="170",
        eyes="BRO", hair="BLK", arrest_date=day, charges=[ChargeText(day, "SHOPLIFTING")], images=images, missing=missing or [],
    )  # fmt: skip
    facts.update(changes)
    return compose_booking(**facts)  # type: ignore[arg-type]
