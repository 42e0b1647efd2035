"""Criminal history as nouns: arrest, charge, disposition, sentence; and the commands that state, correct and weigh them.

One statement is what one source says of one matter, as of one day. Unknown is not none: a dismissal says nothing of other
matters, and a disposition that nobody has coded is no conviction and no acquittal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Final, Literal

from tenprint.model.canonical import Value
from tenprint.refer.referral.commands import Command

Kind = Literal["arrest", "charge", "disposition", "sentence", "rap_sheet"]

KINDS: Final[tuple[Kind, ...]] = ("arrest", "charge", "disposition", "sentence", "rap_sheet")
"""What a statement can be. ``rap_sheet``: a whole sheet as literal text, for a person to read and code [EBTS 2.075 ERS]."""

CONVICTED: Final = "convicted"
"""The outcome that makes a conviction known."""

UNCODED: Final = "uncoded"
"""The outcome of a court segment that no person has read yet; it says nothing [EBTS 2.051 CSL is free text]."""

WITHDRAWN: Final = "withdrawn"
"""A correction that takes a statement back and says nothing instead."""

FAVOURABLE: Final[frozenset[str]] = frozenset({"acquitted", "dismissed", "not_prosecuted", "vacated"})
"""Outcomes after which the charge stands against nobody. Source: domain 1.9, charges dropped or acquittal; CPL 160.50(3)."""

OUTCOMES: Final[frozenset[str]] = FAVOURABLE | {CONVICTED, UNCODED, WITHDRAWN, "deferred", "pending"}
"""What a disposition can be."""

CLAUSES: Final = tuple("ABCDEFGHIJKLMNOPQRSTU")
"""Subparagraphs of INA 101(a)(43), 8 U.S.C. 1101(a)(43)(A) to (U). Source: the statute's own letters."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as the case's events tell it. number: from 1, in order.

    charge: the booking's own number of the charge it disposes of, "" for an earlier matter. about: number of the statement it
    belongs to (a sentence to its disposition), 0 if none. item: private details, empty once they can't be read. corrected: a
    later statement corrects it.
    """

    number: int
    kind: str
    outcome: str
    charge: str
    about: int
    source: str
    as_of: str
    origin: str
    item: Mapping[str, Value] = field(default_factory=dict)
    corrected: bool = False

    @property
    def speaks(self) -> bool:
        """Whether it still says something: neither corrected nor taken back."""
        return not self.corrected and self.outcome != WITHDRAWN


@dataclass(frozen=True, slots=True)
class Finding43:
    """A person's conclusion under INA 101(a)(43). number: from 1; withdrawn: it no longer stands."""

    number: int
    found: bool
    clause: str
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateHistory(Command):
    """One statement. source: a code, such as rap_sheet or ebts-2.051; as_of: the day of the record; asserter: who says so.

    outcome: of a disposition, else None. charge: the booking's number of the charge disposed of, None for an earlier matter.
    about: the statement that a sentence belongs to. origin: the submission it was read from. fault: code of what was wrong in
    the text it was read from. item: date, literal, ncic, severity, max_penalty_days, days … (private). corrects: an earlier number.
    """

    kind: Kind
    source: str
    as_of: date
    asserter: str
    reason: str
    outcome: str | None = None
    charge: str | None = None
    about: int | None = None
    origin: str | None = None
    fault: str | None = None
    item: Mapping[str, Value] = field(default_factory=dict)
    corrects: int | None = None
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("source", "asserter", "charge", "origin", "fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAggravatedFelony(Command):
    """A named person concludes whether a known conviction is an aggravated felony. clause: one of `CLAUSES`.

    statement: number of the disposition it rests on, None for a record of convictions.
    """

    found: bool
    clause: str
    reason: str
    statement: int | None = None
    REASON: ClassVar[str] = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawFinding(Command):
    """A finding no longer stands. finding: its number."""

    finding: int
    reason: str
    REASON: ClassVar[str] = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHistoryChange(Command):
    """An officer looked at what a changed history changes. person_told: the person, or counsel, was told; language: ISO 639."""

    person_told: bool
    reason: str
    language: str | None = None
    REASON: ClassVar[str] = "reason"
    CODES: ClassVar[tuple[str, ...]] = ("language",)
