"""A booking's file of somebody who does not exist: for rehearsals, tutorials and trying a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from tenprint.errors import UsageError
from tenprint.exchange.compose import CardImage, compose_booking
from tenprint.exchange.submission import ChargeText
from tenprint.identify.codecs.wsq import encode_wsq
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import SyntheticPerson
from tenprint.model.prints import FINGERS, GreyImage

CHARGE: Final = "SIMULATED CHARGE"
"""2.047 of every synthetic booking, so that nobody takes one for real."""

DESTINATION: Final = "WVIAFIS0Z"
"""1.007 DAI of the national repository. Source: EBTS 9.1, 1.007."""


def booking_of(
    person: SyntheticPerson,
    *,
    ori: str,
    day: date,
    tcn: str,
    retain: bool,
    tot: str = "CAR",
    fingers: Sequence[int] = FINGERS,
    number: int = 0,
) -> bytes:
    """The bytes of one EBTS 9.1 booking with rolled impressions as WSQ; fingers left out stand in 2.084 as UP.

    ori: arresting and controlling agency (1.008, 2.073); day: of the arrest and of the file; tcn: 1.009, 10 to 40 characters;
    retain: 2.005; number: which impression of each finger, 0 or more.
    Raises: UsageError for no finger; ExchangeError where a field is not as EBTS asks.
    """
    if not fingers:
        raise UsageError("a booking needs at least one finger; nothing was written")
    images = {finger: impression(person, finger, number=number) for finger in sorted(set(fingers))}
    return composed(person, images, ori=ori, day=day, tcn=tcn, retain=retain, tot=tot)


def composed(
    person: SyntheticPerson,
    images: Mapping[int, GreyImage],
    *,
    ori: str,
    day: date,
    tcn: str,
    retain: bool,
    tot: str = "CAR",
) -> bytes:
    """The same from images that were drawn already: finger 1 to 10 -> 500 ppi. Raises ExchangeError."""
    cards = [
        CardImage(position=finger, impression=1, width=image.pixels.shape[1], height=image.pixels.shape[0], ppi=500,
                  compression="WSQ20", data=encode_wsq(image))
        for finger, image in sorted(images.items())
    ]  # fmt: skip
    return compose_booking(
        tot=tot, ori=ori, dai=DESTINATION, cri=[ori], tcn=tcn, date=day, retain=retain, name=person.name,
        birth_date=person.birth_date, birth_place=person.birth_place, sex=person.sex, race=person.race, height=person.height,
        weight=person.weight, eyes=person.eyes, hair=person.hair, arrest_date=day, charges=[ChargeText(day, CHARGE)],
        images=cards, missing=[(finger, "UP") for finger in FINGERS if finger not in images],
    )  # fmt: skip
