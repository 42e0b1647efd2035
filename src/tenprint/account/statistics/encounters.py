"""Which submission is the first of a person in a month, and which the first of an episode: submissions are no persons.

Two submissions are of one person only where examiners identified them; whoever was not identified counts as a person of
their own, so that persons are never too few.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

PERSON: Final = "person"
"""The first submission of its person in the month; it begins an episode too."""

EPISODE: Final = "episode"
"""The first of another episode of a person who was counted in the month before."""

SUBMISSION: Final = "submission"
"""Within an episode that began before: a submission, and nothing else."""

EPISODE_GAP: Final = timedelta(hours=24)
"""Longest time between two submissions of one person that are one episode, the limit included. Source: the Deportation Data
Project's cleaning rule for arrests (same anonymised identifier, a gap of at most 24 hours; read in its documentation, as
the dossier of the programme quotes it). Set by: the programme follows it, so that its counts compare.
"""


def first_of(met: Sequence[tuple[str | None, datetime]]) -> list[str]:
    """What each submission of a month is the first of, in the order given.

    met: person (None where nobody was identified) and instant; earlier ones first, and what a close counted already before
    what it did not: that stays counted as it was. An episode that reaches over the end of a month counts in both, as its
    person does.
    """
    seen: dict[str, list[datetime]] = {}
    found = []
    for person, at in met:
        before = seen.setdefault(person, []) if person is not None else []
        if not before:
            found.append(PERSON)
        elif any(abs(at - other) <= EPISODE_GAP for other in before):
            found.append(SUBMISSION)
        else:
            found.append(EPISODE)
        before.append(at)
    return found
