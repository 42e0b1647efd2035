"""What a priority is: a statement under one policy, of one kind, on one basis, from hashed facts. It is no level.

Levels 1-3 sort offences; priorities sort persons for enforcement; a ground says who may get a detainer; discretion is a
person's. They share numerals and nothing else: a priority is never ordered, equated or added with another policy's,
another kind's, or with a level (domain 8, terms 39 and 40).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NoReturn, TypeAlias

from tenprint.errors import LevelsNotComparable
from tenprint.model import canonical
from tenprint.model.facts import FactValue
from tenprint.refer.policy.levels import Stage

Kind: TypeAlias = Literal["priority", "detainer_ground", "discretion"]
PriorityBasis: TypeAlias = Literal["arrest", "charge", "conviction", "admission"]
PriorityValue: TypeAlias = Literal["1", "2", "3", "listed", "none", "needs_person"]

KINDS: Final[tuple[Kind, ...]] = ("priority", "detainer_ground", "discretion")
"""``priority``: whom to look at first. ``detainer_ground``: who may get a detainer. ``discretion``: factors that only a
person weighs.
"""

PRIORITY_BASES: Final[tuple[PriorityBasis, ...]] = ("arrest", "charge", "conviction", "admission")
"""On which acts a priority rests. Wider than the bases of levels: the act of 2025 asks for arrests and admissions."""

PRIORITY_VALUES: Final[tuple[PriorityValue, ...]] = ("1", "2", "3", "listed", "none", "needs_person")
"""``1`` to ``3``: ranked, 1 first. ``listed``: in a class of a policy that ranks none. ``none``: in no class, which
exempts nobody unless the policy says so. ``needs_person``: undecided.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priority:
    """A priority, a ground for a detainer, or a list of factors, with all that it may be read with.

    policy, version, kind: of the policy file. basis: the acts that counted. value: see `PRIORITY_VALUES`. grounds: codes
    of the classes that apply. open: codes of the classes that may apply; missing: the facts they would need. reasons:
    one sentence each, without person data. inputs_hash: SHA-256, hex, over the canonical inputs. evidence: the weakest
    mark of the policy and the classes that count. Equated and ordered only under one policy, version, kind and basis.
    """

    policy: str
    version: str
    kind: Kind
    basis: PriorityBasis
    evaluated_on: date
    stage: Stage
    inputs_hash: str
    value: PriorityValue
    grounds: tuple[str, ...]
    open: tuple[str, ...]
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    evidence: str

    def __eq__(self, other: object) -> bool:
        self._like(other, "equated")
        return isinstance(other, Priority) and (self.value, self.grounds) == (other.value, other.grounds)

    def __hash__(self) -> int:
        return hash((self.policy, self.version, self.kind, self.basis, self.value, self.grounds))

    def __lt__(self, other: object) -> bool:
        return self._rank() < self._like(other, "ordered")._rank()

    def __le__(self, other: object) -> bool:
        return self._rank() <= self._like(other, "ordered")._rank()

    def __gt__(self, other: object) -> bool:
        return self._rank() > self._like(other, "ordered")._rank()

    def __ge__(self, other: object) -> bool:
        return self._rank() >= self._like(other, "ordered")._rank()

    def __add__(self, other: object) -> NoReturn:
        raise LevelsNotComparable(
            f"priorities were added ({self.policy} {self.value}); they are counted under one policy, never added"
        )

    __radd__ = __add__

    def _like(self, other: object, act: str) -> Priority:
        if not isinstance(other, Priority):
            raise LevelsNotComparable(
                f"a {self.kind} of {self.policy} was {act} with a {type(other).__name__}; a priority is no level; "
                "show both, each under its own name"
            )
        mine, theirs = ((one.policy, one.version, one.kind, one.basis) for one in (self, other))
        if mine != theirs:
            raise LevelsNotComparable(
                f"priorities were {act} across policies: {' '.join(mine)} and {' '.join(theirs)}; "
                "show both, each under its own name"
            )
        return other

    def _rank(self) -> int:
        if self.value not in ("1", "2", "3", "none"):
            raise LevelsNotComparable(f"{self.policy}: {self.value} has no place in an order")
        return ("1", "2", "3", "none").index(self.value)


def facts_hash(facts: Mapping[str, FactValue], *, policy: str, version: str, basis: str, stage: str, on: date) -> str:
    """SHA-256, hex, over the canonical inputs of one evaluation; the order of the facts does not matter."""
    content: canonical.Value = {
        "policy": policy,
        "version": version,
        "basis": basis,
        "stage": stage,
        "on": on.isoformat(),
        "facts": {name: _plain(value) for name, value in facts.items()},
    }
    return hashlib.sha256(canonical.encode(content)).hexdigest()


def _plain(value: FactValue) -> canonical.Value:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, tuple) else value
