"""Slaps to measure with: of the single prints of invented people, or of given ones, dealt out to hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tenprint.errors import UsageError
from tenprint.lab.population.chance import Purpose, draws
from tenprint.lab.population.impressions import impression
from tenprint.lab.population.people import people
from tenprint.lab.population.slap_composer import HANDS, ComposedSlap, Setting, compose
from tenprint.model.prints import FINGERS, GreyImage

ORDER: Final = (13, 14, 13, 14, 15)
"""Slaps that are composed in turn. Set by: four fingers are harder than two thumbs, and there are twice as many of them."""


def cards_of_prints(seed: int, count: int) -> Iterator[Mapping[int, GreyImage]]:
    """One impression of every finger of persons 0 to count - 1, by position, at 500 ppi; a third of a second a finger.

    Raises: UsageError for a negative seed or count, when the first is asked for.
    """
    for one in people(seed, count):
        yield {finger: impression(one, finger) for finger in FINGERS}


def composed_slaps(
    cards: Sequence[Mapping[int, GreyImage]], *, count: int, seed: int, setting: Setting, boxed: bool
) -> Iterator[ComposedSlap]:
    """That many slaps of the cards in turn, 13, 14, 13, 14 and 15; the same ones for the same arguments.

    cards: single prints by position; a hand without any print of a card is passed over. boxed: as `compose`.
    Raises: UsageError without a card, when the first is asked for.
    """
    if not cards:
        raise UsageError("no prints to compose slaps of. Nothing was composed.")
    for number in range(count):
        card, position = cards[number % len(cards)], ORDER[number % len(ORDER)]
        if not any(finger in card for finger in HANDS[position]):
            position = 13 + number % 2
        if any(finger in card for finger in HANDS[position]):
            yield compose(card, position, draws(seed, Purpose.SLAP, number), setting=setting, boxed=boxed)


def dealt(pool: Sequence[GreyImage], *, count: int, seed: int) -> list[Mapping[int, GreyImage]]:
    """Cards of ten prints from a pool in which nobody says which finger each is. Raises: UsageError for fewer than ten prints."""
    if len(pool) < len(FINGERS):
        raise UsageError(f"{len(pool)} prints; a card needs ten. Nothing was dealt out.")
    cards: list[Mapping[int, GreyImage]] = []
    for number in range(count):
        picked = draws(seed, Purpose.SLAP, number, 1).permutation(len(pool))[: len(FINGERS)]
        cards.append({finger: pool[int(index)] for finger, index in zip(FINGERS, picked, strict=True)})
    return cards
