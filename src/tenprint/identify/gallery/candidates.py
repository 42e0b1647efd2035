"""The candidate list: what a search gives. Nobody in it is identified; an examiner concludes (domain 3.4, G1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenprint.identify.gallery.comparing import ZONES, Comparing
from tenprint.identify.gallery.fields import field, read_map
from tenprint.ids import AuthorityId, EncounterId, PersonId
from tenprint.model import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One person whose prints are like the probe's, by their best encounter.

    rank:    1 is the highest score of the list.
    score:   the ten-print score of the matcher that the list names; zone: ``strong``, ``review`` or ``none``.
    fingers: position 1-10 -> score of that finger, for the fingers both have; common: how many those are.
    """

    person: PersonId
    encounter: EncounterId
    rank: int
    score: int
    zone: str
    fingers: Mapping[int, int]
    common: int

    def __post_init__(self) -> None:
        if self.zone not in ZONES:
            raise ValueError(f"zone {self.zone!r}; allowed: {', '.join(ZONES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateList:
    """The answer to one search.

    generation: of the gallery that was compared; whoever was expunged since is left out.
    matcher:    name and version that made the scores.
    searched:   encounters compared with the probe.
    complete:   False when no finger of the probe could be compared with anyone: then no candidate is not "no match".
    candidates: by rank; at most the limit asked for; also those of zone ``none``.
    log_hash:   SHA-256 in hexadecimal of the entry of authorities.log that stands for this attempt.
    attempt:    1 for the first search under the authority, more after crashes.
    """

    repository: str
    authority: AuthorityId
    generation: int
    matcher: str
    searched: int
    complete: bool
    candidates: tuple[Candidate, ...]
    log_hash: str
    attempt: int

    @property
    def zone(self) -> str:
        """The best zone among the candidates; ``none`` when there are none."""
        return max((candidate.zone for candidate in self.candidates), key=ZONES.index, default="none")

    def content(self) -> bytes:
        """All but ``log_hash`` and ``attempt``, canonical; the log entry holds its SHA-256, which ties the two."""
        return canonical.encode(_content(self))

    def to_bytes(self) -> bytes:
        """The whole list in canonical form. It holds scores and person ids: seal it before it is kept."""
        return canonical.encode({"content": _content(self), "log_hash": self.log_hash, "attempt": self.attempt})

    @classmethod
    def from_bytes(cls, content: bytes) -> CandidateList:
        """The inverse of `to_bytes`. Raises ValueError on anything else."""
        outer = read_map(content)
        found: Mapping[str, canonical.Value] = field(outer, "content", Mapping)  # type: ignore[type-abstract]
        return cls(
            repository=field(found, "repository", str),
            authority=AuthorityId(field(found, "authority", str)),
            generation=field(found, "generation", int),
            matcher=field(found, "matcher", str),
            searched=field(found, "searched", int),
            complete=field(found, "complete", bool),
            candidates=tuple(
                _candidate(field({"candidate": item}, "candidate", dict)) for item in field(found, "candidates", list)
            ),
            log_hash=field(outer, "log_hash", str),
            attempt=field(outer, "attempt", int),
        )


def content_hash(found: CandidateList) -> str:
    """SHA-256 in hexadecimal of `CandidateList.content`."""
    return hashlib.sha256(found.content()).hexdigest()


def listed(
    compared: Iterable[tuple[PersonId, EncounterId, Any]],
    matcher: Comparing,
    *,
    limit: int,
    still_held: Callable[[PersonId, EncounterId], bool],
) -> tuple[Candidate, ...]:
    """The best ``limit`` persons, each by their best encounter: score descending, then person id, then encounter id.

    Encounters that share no finger with the probe say nothing and are left out; so is whoever is no longer held.
    """
    comparable = [item for item in compared if item[2].common > 0]
    seen: set[PersonId] = set()
    candidates: list[Candidate] = []
    for person, encounter, one in sorted(comparable, key=lambda item: (-item[2].score, item[0], item[1])):
        if len(candidates) == limit:
            break
        if person not in seen and still_held(person, encounter):
            seen.add(person)
            candidates.append(
                Candidate(
                    person=person,
                    encounter=encounter,
                    rank=len(candidates) + 1,
                    score=int(one.score),
                    zone=matcher.zone(one),
                    fingers={int(position): int(score) for position, score in one.fingers.items()},
                    common=int(one.common),
                )
            )
    return tuple(candidates)


def _content(found: CandidateList) -> dict[str, canonical.Value]:
    return {
        "repository": found.repository,
        "authority": found.authority,
        "generation": found.generation,
        "matcher": found.matcher,
        "searched": found.searched,
        "complete": found.complete,
        "candidates": [
            {
                "person": c.person,
                "encounter": c.encounter,
                "rank": c.rank,
                "score": c.score,
                "zone": c.zone,
                "common": c.common,
                "fingers": [[position, c.fingers[position]] for position in sorted(c.fingers)],
            }
            for c in found.candidates
        ],
    }


def _candidate(item: Mapping[str, canonical.Value]) -> Candidate:
    return Candidate(
        person=PersonId(field(item, "person", str)),
        encounter=EncounterId(field(item, "encounter", str)),
        rank=field(item, "rank", int),
        score=field(item, "score", int),
        zone=field(item, "zone", str),
        fingers=dict(_pair(pair) for pair in field(item, "fingers", list)),
        common=field(item, "common", int),
    )


def _pair(pair: Sequence[object]) -> tuple[int, int]:
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(number, int) for number in pair):
        raise ValueError("a finger's score is a pair of integers")
    return pair[0], pair[1]
