"""What a level is: a statement under one policy, version, basis, day and stage, from hashed inputs, never compared with
another's.

The published series of 2009-2014 kept one set of column heads while the definition changed underneath; so a level here
refuses to be ordered, equated or added across policies, versions or bases.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NoReturn, TypeAlias

from tenprint.errors import FactInvalid, LevelsNotComparable
from tenprint.model import canonical

Basis: TypeAlias = Literal["charge", "conviction"]
Stage: TypeAlias = Literal["match", "arrest", "removal"]
LevelName: TypeAlias = Literal["1", "2", "3", "1-or-2", "none", "needs_person"]

BASES: Final[tuple[Basis, ...]] = ("charge", "conviction")
"""On what a level rests."""

STAGES: Final[tuple[Stage, ...]] = ("match", "arrest", "removal")
"""At which point it was evaluated."""

LEVEL_NAMES: Final[tuple[LevelName, ...]] = ("1", "2", "3", "1-or-2", "none", "needs_person")
"""``1-or-2``: a drug offence without a known sentence; ``none``: no offence that has a level; ``needs_person``:
undecided.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """One charge or conviction as coded by a named person. None is "not known".

    ncic: four-digit uniform offence code. code_source: ``defaulted`` when a query had to send 0399 for want of a code.
    sentence_days: sentence imposed, days. max_penalty_days: longest sentence possible, days (one year is 365).
    severity: felony, misdemeanor or infraction in the words of the state; it decides nothing but that an infraction is
    no crime. word: the class in the words of a policy that has no codes (``rape``, ``other``), given by a person.
    """

    basis: Basis
    ncic: str | None = None
    code_source: Literal["coded", "defaulted"] = "coded"
    sentence_days: int | None = None
    max_penalty_days: int | None = None
    severity: Literal["felony", "misdemeanor", "infraction"] | None = None
    word: str | None = None

    def __post_init__(self) -> None:
        if self.basis not in BASES:
            raise FactInvalid(
                f"an offence's basis is {self.basis!r}; allowed: {', '.join(BASES)}; nothing was evaluated"
            )
        if self.ncic is not None and not (len(self.ncic) == 4 and self.ncic.isascii() and self.ncic.isdigit()):
            raise FactInvalid(
                f"NCIC code {self.ncic!r}; allowed: four digits; nothing was evaluated. Have a person code the offence."
            )
        for name, days in (("sentence_days", self.sentence_days), ("max_penalty_days", self.max_penalty_days)):
            if days is not None and (isinstance(days, bool) or days < 0):
                raise FactInvalid(f"{name} is {days!r}; allowed: a number of days from 0; nothing was evaluated")

    def content(self) -> Mapping[str, canonical.Value]:
        """Its facts, as they go into `Level.inputs_hash`; a word only where one was given, as before there were words."""
        told: dict[str, canonical.Value] = {} if self.word is None else {"word": self.word}
        return {
            **told,
            "basis": self.basis,
            "ncic": self.ncic,
            "code_source": self.code_source,
            "sentence_days": self.sentence_days,
            "max_penalty_days": self.max_penalty_days,
            "severity": self.severity,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AggravatedFelonyFinding:
    """A named person's conclusion under INA 101(a)(43): never inferred from a code. statute: the clause; found_by: who
    concluded.
    """

    found: bool
    statute: str
    found_by: str

    def __post_init__(self) -> None:
        if not self.statute.strip() or not self.found_by.strip():
            raise FactInvalid(
                "an aggravated felony finding needs its statute and the person who made it; nothing was evaluated"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """A level, with all that it may be read with.

    policy, version: of the policy file. level: see `LEVEL_NAMES`. reasons: one sentence each, without person data.
    inputs_hash: SHA-256, hex, over the canonical inputs, so that a replay can show it worked on the same facts.
    evidence: how well the policy itself was verified. Ordered and equated only under one policy, version and basis:
    then ``a < b`` as numbers are, so Level 1, the most serious, is the least. Levels are counted, never added.
    """

    policy: str
    version: str
    basis: Basis
    evaluated_on: date
    stage: Stage
    inputs_hash: str
    level: LevelName
    reasons: tuple[str, ...]
    evidence: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Level):
            return NotImplemented
        self._refuse_other_policy(other, "equated")
        return self.level == other.level

    def __hash__(self) -> int:
        return hash((self.policy, self.version, self.basis, self.level))

    def __lt__(self, other: Level) -> bool:
        return self._rank(other) < other._rank(self)

    def __le__(self, other: Level) -> bool:
        return self._rank(other) <= other._rank(self)

    def __gt__(self, other: Level) -> bool:
        return self._rank(other) > other._rank(self)

    def __ge__(self, other: Level) -> bool:
        return self._rank(other) >= other._rank(self)

    def __add__(self, other: object) -> NoReturn:
        raise LevelsNotComparable(
            f"levels were added ({self.policy} {self.level}); levels are counted under one policy, never added"
        )

    __radd__ = __add__

    def _refuse_other_policy(self, other: Level, act: str) -> None:
        mine, theirs = (self.policy, self.version, self.basis), (other.policy, other.version, other.basis)
        if mine != theirs:
            raise LevelsNotComparable(
                f"levels were {act} across policies: {' '.join(mine)} and {' '.join(theirs)}; "
                "show both, each under its own name"
            )

    def _rank(self, other: Level) -> int:
        if not isinstance(other, Level):
            raise LevelsNotComparable(
                f"a level was compared with {other!r}; allowed: a level of the same policy, version and basis"
            )
        self._refuse_other_policy(other, "ordered")
        if self.level not in ("1", "2", "3", "none"):
            raise LevelsNotComparable(
                f"{self.policy}: {self.level} has no place in the order; a person must decide it first"
            )
        return ("1", "2", "3", "none").index(self.level)


def inputs_hash(
    *,
    policy: str,
    version: str,
    basis: Basis,
    stage: Stage,
    on: date,
    offences: Sequence[Offence],
    aggravated_felony: AggravatedFelonyFinding | None,
    conviction_known: str | None,
    charges_ended: bool = False,
) -> str:
    """SHA-256, hex, over the canonical inputs of one evaluation; the order of the offences does not matter."""
    finding = aggravated_felony
    content: canonical.Value = {
        "policy": policy,
        "version": version,
        "basis": basis,
        "stage": stage,
        "on": on.isoformat(),
        "offences": sorted(canonical.encode(offence.content()) for offence in offences),
        "aggravated_felony": None if finding is None else {"found": finding.found, "statute": finding.statute},
        "conviction_known": conviction_known,
        **({"charges_ended": True} if charges_ended else {}),
    }
    return hashlib.sha256(canonical.encode(content)).hexdigest()
