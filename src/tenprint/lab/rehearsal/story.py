"""The script of the demonstration: June 2011 in five places, with people who exist nowhere.

24 people are enrolled over both repositories; 16 bookings arrive as EBTS files with WSQ images over HTTP; 300 more arrive without images,
as templates of earlier impressions with noise, and go the same way from the gate on. Two agencies' states agreed, one is a pilot, one
withdraws in the first days of the month, one is not active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from tenprint.lab.rehearsal.cast import BOSTON, CAMBRIDGE, HARRIS, LAKE, LOS_ANGELES
from tenprint.model.prints import FingerTemplate, Minutiae, TenprintTemplate, in_order
from tenprint.units import TURN

BEGINS: Final = datetime(2011, 6, 1, 15, 0, tzinfo=UTC)
"""First booking of the month, by the programme's clock."""

ENDS: Final = datetime(2011, 7, 5, 12, 0, tzinfo=UTC)
"""When the month is closed and released, by the programme's clock."""

IN_IMMIGRATION: Final = range(16)
"""Numbers of the synthetic people enrolled in `immigration`; 10 to 15 are in both."""

IN_CRIMINAL: Final = range(10, 24)
"""Numbers of the synthetic people enrolled in `criminal`."""

ENROLLED: Final = 24
"""Synthetic people who are enrolled: the first of `PEOPLE`, over both repositories."""

PEOPLE: Final = 30
"""Synthetic people whose prints are drawn: 24 enrolled and six who are only booked."""

WITHOUT_IMAGES: Final = 300
"""Bookings that arrive as templates: so many that the month's table has open cells as well as suppressed ones."""

KNOWN_SHARE: Final = 0.38
"""Share of those bookings that show somebody enrolled in `immigration`. Set by: the demonstration needs matches in each place; the
historical programme saw about 6 %."""


@dataclass(frozen=True, slots=True, order=True)
class Booking:
    """One booking of the script. at: by the programme's clock; person: number of the synthetic person; images: as an EBTS file."""

    at: datetime
    ori: str
    person: int
    images: bool
    retain: bool = False


def with_images() -> list[Booking]:
    """The 16 bookings that arrive as files."""
    plan = [
        (LOS_ANGELES, (0, 10, 20, 24, 3), (2, 6, 9, 14, 22)), (BOSTON, (1, 11, 26), (3, 10, 21)), (LAKE, (2, 27, 4, 28), (1, 2, 7, 15)),
        (CAMBRIDGE, (5, 21, 29), (4, 13, 24)),
    ]  # fmt: skip
    found = [
        Booking(BEGINS + timedelta(days=day - 1, minutes=11 * person), ori, person, images=True)
        for ori, persons, days in plan
        for person, day in zip(persons, days, strict=True)
    ]
    return sorted([*found, Booking(BEGINS + timedelta(days=25), LOS_ANGELES, 25, images=True, retain=True)])


def without_images(draw: Random) -> list[Booking]:
    """The bookings that arrive as templates; person -1 is somebody nobody knows."""
    found = []
    for number in range(WITHOUT_IMAGES):
        ori = draw.choices((LOS_ANGELES, HARRIS, BOSTON, LAKE, CAMBRIDGE), (42, 20, 18, 12, 8))[0]
        person = draw.choice(IN_IMMIGRATION) if draw.random() < KNOWN_SHARE else -1
        found.append(
            Booking(BEGINS + timedelta(hours=2.2 * number, minutes=draw.randrange(60)), ori, person, images=False)
        )
    return found


def template_for(booking: Booking, known: Sequence[TenprintTemplate], draw: Random) -> TenprintTemplate:
    """A noisy copy of an earlier impression; for somebody unknown, fingers of ten different people, each at another's position."""
    if booking.person >= 0:
        return TenprintTemplate(tuple(_noisy(finger, draw) for finger in known[booking.person].fingers))
    owners = draw.sample(range(len(known)), 10)
    fingers = []
    for position, owner in zip(range(1, 11), owners, strict=True):
        other = known[owner].finger(
            position % 10 + 1
        )  # never the position it was captured at: nobody's finger is where it belongs
        if other is not None:
            fingers.append(_noisy(FingerTemplate(position, other.minutiae, other.quality, other.extractor), draw))
    return TenprintTemplate(tuple(fingers))


def _noisy(finger: FingerTemplate, draw: Random) -> FingerTemplate:
    """Some minutiae missed, the rest moved by a pixel or two and turned by a few degrees."""
    points = finger.minutiae.points[[draw.random() < 0.9 for _ in range(len(finger.minutiae))]].copy()
    for point in points:
        point["x"] = min(max(int(point["x"]) + round(draw.gauss(0.0, 1.3)), 0), 65535)
        point["y"] = min(max(int(point["y"]) + round(draw.gauss(0.0, 1.3)), 0), 65535)
        point["theta"] = (int(point["theta"]) + round(draw.gauss(0.0, 4.0 / 360.0 * TURN))) % TURN
    return FingerTemplate(
        finger.position,
        Minutiae(in_order(points), finger.minutiae.width, finger.minutiae.height),
        finger.quality,
        finger.extractor,
    )
