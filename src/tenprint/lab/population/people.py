"""Who the invented people are: a name of invented syllables, what a booking asks, and a pattern on each finger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tenprint.errors import UsageError
from tenprint.lab.population.chance import Draws, Purpose, draws
from tenprint.lab.population.patterns import Pattern, drawn_patterns

ONSETS = ("B", "BR", "D", "DR", "F", "G", "H", "K", "KL", "L", "M", "N", "P", "R", "S", "SK", "T", "TR", "V", "W", "Z")
"""Beginnings of a syllable. Set by: easy to say, and no list of anybody's names was used."""

VOWELS = ("A", "E", "I", "O", "U", "AI", "EO", "OU")
"""Middles of a syllable."""

CODAS = ("", "", "", "L", "N", "R", "S", "TH", "X")
"""Ends of a syllable; most have none."""

SEXES = {"M": 0.7, "F": 0.3}
"""2.024 SEX -> share. Set by: bookings have more men; no figure depends on it."""

RACES = {"W": 0.4, "B": 0.2, "A": 0.15, "I": 0.1, "U": 0.15}
"""2.025 RAC -> share; a code, drawn without regard to anything else. Source: EBTS 9.1, 2.025 (codes)."""

EYES = {"BRO": 0.5, "BLU": 0.2, "HAZ": 0.1, "GRN": 0.1, "BLK": 0.05, "GRY": 0.05}
"""2.031 EYE -> share. Source: EBTS 9.1, 2.031 (codes)."""

HAIR = {"BLK": 0.4, "BRO": 0.35, "BLN": 0.1, "GRY": 0.05, "RED": 0.05, "SDY": 0.03, "BAL": 0.02}
"""2.032 HAI -> share. Source: EBTS 9.1, 2.032 (codes)."""

BIRTH_PLACES = {"CA": 0.2, "TX": 0.15, "NY": 0.15, "IL": 0.1, "FL": 0.1, "MA": 0.1, "WA": 0.05, "XX": 0.15}
"""2.020 POB -> share. States and unknown only, since no status may be read from a synthetic person."""

OLDEST, YOUNGEST = date(1935, 1, 1), date(1992, 12, 31)
"""Dates of birth lie between these, so that everybody is an adult in 2011, the programme's middle."""

HEIGHT_INCHES = (67.5, 3.6)
"""Mean and standard deviation. Set by: adults of both sexes together, since height is drawn without regard to sex."""

WEIGHT_POUNDS = (172.0, 30.0)
"""Mean and standard deviation, without regard to height."""


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """Somebody who does not exist, as a booking asks for them.

    seed, number:  decide everything else; the same two give the same person for ever.
    name:          ``LAST,FIRST M``. birth_place: two letters. sex, race: one letter. height: feet and inches, ``508``.
    weight:        pounds, ``172``. eyes, hair: three letters. All as EBTS 9.1 fields 2.018 to 2.032.
    patterns:      class of each finger, positions 1 to 10 in order.

    Attributes are drawn independently of one another, and nothing about them is known to a rule or a level.
    """

    seed: int
    number: int
    name: str
    birth_date: date
    birth_place: str
    sex: str
    race: str
    height: str
    weight: str
    eyes: str
    hair: str
    patterns: tuple[Pattern, ...]


def people(seed: int, count: int) -> Iterator[SyntheticPerson]:
    """Persons 0 to count - 1 of a seed. Person k is the same whatever the count.

    Raises: UsageError for a negative seed or count, when the first is asked for.
    """
    if count < 0:
        raise UsageError(f"{count} people; allowed: 0 or more. Nobody was made.")
    for number in range(count):
        yield person(seed, number)


def person(seed: int, number: int) -> SyntheticPerson:
    """The person of that number, 0 or more. Raises UsageError for a negative seed or number."""
    chance = draws(seed, Purpose.ATTRIBUTES, number)
    sex, race, eyes, hair, birth_place = (_pick(chance, shares) for shares in (SEXES, RACES, EYES, HAIR, BIRTH_PLACES))
    born = OLDEST + timedelta(days=int(chance.integers(0, (YOUNGEST - OLDEST).days + 1)))
    inches = min(83, max(54, round(chance.normal(*HEIGHT_INCHES))))
    pounds = min(400, max(90, round(chance.normal(*WEIGHT_POUNDS))))
    return SyntheticPerson(
        seed=seed,
        number=number,
        name=_name(draws(seed, Purpose.NAME, number)),
        birth_date=born,
        birth_place=birth_place,
        sex=sex,
        race=race,
        height=f"{inches // 12}{inches % 12:02d}",
        weight=f"{pounds:03d}",
        eyes=eyes,
        hair=hair,
        patterns=drawn_patterns(draws(seed, Purpose.PATTERNS, number)),
    )


def _pick(chance: Draws, shares: dict[str, float]) -> str:
    return str(chance.choice(list(shares), p=list(shares.values())))


def _name(chance: Draws) -> str:
    def word(syllables: int) -> str:
        parts = (ONSETS, VOWELS, CODAS)
        return "".join(part[int(chance.integers(len(part)))] for _ in range(syllables) for part in parts)

    last, first = word(int(chance.integers(2, 4))), word(2)
    return f"{last},{first} {chr(ord('A') + int(chance.integers(26)))}"
