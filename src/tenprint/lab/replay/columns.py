"""Many recorded cases as columns: a code per case into the few different values that occur, ragged offences by offsets.

A rule looks at values, and there are few different ones; so an operator is tried once on each value, by the single-case
engine itself, and a column of cases is one table look-up. The code after the last value stands for "not known".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import UsageError
from tenprint.lab.replay.cases import RecordedCase
from tenprint.model.facts import FactValue, check
from tenprint.refer.policy.levels import BASES, STAGES, Offence
from tenprint.refer.policy.rules import Scope

PLACE_PARTS: Final = ("programme", "state", "county", "ori", "facility")
"""The parts of a `Scope`, each a column."""

MOST_DAYS: Final = 2**31 - 1
"""Longest sentence or penalty that a column tells apart, days. Set by: int32; no rule has a bound anywhere near it."""

Codes: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.int32]"


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """codes: shape (n,), each an index into ``values``; ``len(values)`` is "not known". values: without repeats."""

    codes: Codes
    values: tuple[FactValue, ...]

    @classmethod
    def of(cls, found: Sequence[FactValue | None]) -> Coded:
        """From one value a case, None where it is not known; the values in order of first appearance."""
        values = {value: code for code, value in enumerate(dict.fromkeys(v for v in found if v is not None))}
        codes = [len(values) if value is None else values[value] for value in found]
        return cls(narrow(np.array(codes, dtype=np.int32), len(values)), tuple(values))

    def value(self, number: int) -> FactValue | None:
        """One case's value; None where it is not known."""
        code = int(self.codes[number])
        return None if code == len(self.values) else self.values[code]

    def part(self, rows: slice) -> Coded:
        """Some of the cases, without a copy."""
        return Coded(self.codes[rows], self.values)

    def where(self, rows: NDArray[np.bool_]) -> Coded:
        """The cases that are marked."""
        return Coded(self.codes[rows], self.values)

    def texts(self, *, unknown: str) -> list[str]:
        """One text for each code, ``unknown`` last."""
        return [*(str(value) for value in self.values), unknown]


def narrow(codes: NDArray[np.int32], values: int) -> Codes:
    """Codes 0 to ``values`` in the narrowest type that holds them."""
    if values < 2**8:
        return codes.astype(np.uint8)
    return codes.astype(np.uint16) if values < 2**16 else codes


@dataclass(frozen=True, slots=True, eq=False)
class OffenceColumns:
    """All offences of all cases, one after the other. Case i has those from ``offsets[i]`` to ``offsets[i + 1]``.

    offsets: (n + 1,) int64. basis: index into `BASES`. ncic, severity: coded texts. defaulted: the code was sent for
    want of one. sentence, penalty: days, -1 where not known. word: the class in words that a person gave; None: nobody did.
    """

    offsets: NDArray[np.int64]
    basis: NDArray[np.uint8]
    ncic: Coded
    severity: Coded
    defaulted: NDArray[np.bool_]
    sentence: NDArray[np.int32]
    penalty: NDArray[np.int32]
    word: Coded | None = None

    @classmethod
    def of(cls, found: Sequence[Sequence[Offence]]) -> OffenceColumns:
        """From the offences of each case."""
        flat = [offence for some in found for offence in some]
        return cls(
            offsets=np.cumsum([0, *(len(some) for some in found)], dtype=np.int64),
            basis=np.array([BASES.index(o.basis) for o in flat], dtype=np.uint8),
            ncic=Coded.of([o.ncic for o in flat]),
            severity=Coded.of([o.severity for o in flat]),
            defaulted=np.array([o.code_source == "defaulted" for o in flat], dtype=np.bool_),
            sentence=_days([o.sentence_days for o in flat]),
            penalty=_days([o.max_penalty_days for o in flat]),
            word=Coded.of([o.word for o in flat]),
        )

    def part(self, rows: slice) -> OffenceColumns:
        """The offences of some consecutive cases, without a copy but for the offsets."""
        offsets = self.offsets[rows.start : rows.stop + 1]
        return self._taken(offsets - offsets[0], slice(int(offsets[0]), int(offsets[-1])))

    def where(self, rows: NDArray[np.bool_]) -> OffenceColumns:
        """The offences of the cases that are marked."""
        counts = np.diff(self.offsets)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts[rows], dtype=np.int64)])
        return self._taken(offsets, np.repeat(rows, counts))

    def case(self, number: int) -> tuple[Offence, ...]:
        """The offences of one case, as nouns."""
        return tuple(
            Offence(
                basis=BASES[int(self.basis[at])],
                ncic=_text(self.ncic.value(at)),
                code_source="defaulted" if self.defaulted[at] else "coded",
                sentence_days=None if self.sentence[at] < 0 else int(self.sentence[at]),
                max_penalty_days=None if self.penalty[at] < 0 else int(self.penalty[at]),
                severity=_text(self.severity.value(at)),  # type: ignore[arg-type]
                word=None if self.word is None else _text(self.word.value(at)),
            )
            for at in range(int(self.offsets[number]), int(self.offsets[number + 1]))
        )

    def _taken(self, offsets: NDArray[np.int64], these: slice | NDArray[np.bool_]) -> OffenceColumns:
        return OffenceColumns(
            offsets=offsets,
            basis=self.basis[these],
            ncic=Coded(self.ncic.codes[these], self.ncic.values),
            severity=Coded(self.severity.codes[these], self.severity.values),
            defaulted=self.defaulted[these],
            sentence=self.sentence[these],
            penalty=self.penalty[these],
            word=None if self.word is None else Coded(self.word.codes[these], self.word.values),
        )


def _days(found: Sequence[int | None]) -> NDArray[np.int32]:
    return np.array([-1 if days is None else min(days, MOST_DAYS) for days in found], dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class CaseColumns:
    """n cases. days: proleptic Gregorian ordinals (``date.toordinal``), int32. place, facts, labels: coded columns by name.

    asked: what each case asks, by name, boolean. basis, stage: index into `BASES`, `STAGES`. finding: a person's finding
    of an aggravated felony: -1 none made, 0 found that it is none, 1 found that it is one. charges_ended: every coded
    charge ended without a conviction.
    """

    days: NDArray[np.int32]
    place: Mapping[str, Coded]
    facts: Mapping[str, Coded]
    labels: Mapping[str, Coded]
    asked: Mapping[str, NDArray[np.bool_]]
    basis: NDArray[np.uint8]
    stage: NDArray[np.uint8]
    conviction_known: Coded
    finding: NDArray[np.int8]
    charges_ended: NDArray[np.bool_]
    offences: OffenceColumns

    def __len__(self) -> int:
        return len(self.days)

    @classmethod
    def of(cls, found: Iterable[RecordedCase]) -> CaseColumns:
        """From rows. Raises FactInvalid for a fact outside the glossary, or of another type."""
        cases = tuple(found)
        for case in cases:
            check(case.facts)
        names = sorted({name for case in cases for name in case.facts})
        labels = sorted({name for case in cases for name in case.labels})
        asked = sorted({question for case in cases for question in case.asked})
        return cls(
            days=np.array([case.day.toordinal() for case in cases], dtype=np.int32),
            place={part: Coded.of([getattr(case.place, part) for case in cases]) for part in PLACE_PARTS},
            facts={name: Coded.of([case.facts.get(name) for case in cases]) for name in names},
            labels={name: Coded.of([case.labels.get(name) for case in cases]) for name in labels},
            asked={name: np.array([name in case.asked for case in cases], dtype=np.bool_) for name in asked},
            basis=np.array([BASES.index(case.basis) for case in cases], dtype=np.uint8),
            stage=np.array([STAGES.index(case.stage) for case in cases], dtype=np.uint8),
            conviction_known=Coded.of([case.conviction_known for case in cases]),
            finding=np.array([_finding(case.aggravated_felony) for case in cases], dtype=np.int8),
            charges_ended=np.array([case.charges_ended for case in cases], dtype=np.bool_),
            offences=OffenceColumns.of([case.offences for case in cases]),
        )

    def part(self, rows: slice) -> CaseColumns:
        """Consecutive cases, ``slice(first, after)`` within the columns, without a copy."""
        return CaseColumns(
            days=self.days[rows],
            place={name: column.part(rows) for name, column in self.place.items()},
            facts={name: column.part(rows) for name, column in self.facts.items()},
            labels={name: column.part(rows) for name, column in self.labels.items()},
            asked={name: column[rows] for name, column in self.asked.items()},
            basis=self.basis[rows],
            stage=self.stage[rows],
            conviction_known=self.conviction_known.part(rows),
            finding=self.finding[rows],
            charges_ended=self.charges_ended[rows],
            offences=self.offences.part(rows),
        )

    def where(self, rows: NDArray[np.bool_]) -> CaseColumns:
        """The cases that are marked, in order. rows: (n,) boolean."""
        return CaseColumns(
            days=self.days[rows],
            place={name: column.where(rows) for name, column in self.place.items()},
            facts={name: column.where(rows) for name, column in self.facts.items()},
            labels={name: column.where(rows) for name, column in self.labels.items()},
            asked={name: column[rows] for name, column in self.asked.items()},
            basis=self.basis[rows],
            stage=self.stage[rows],
            conviction_known=self.conviction_known.where(rows),
            finding=self.finding[rows],
            charges_ended=self.charges_ended[rows],
            offences=self.offences.where(rows),
        )

    def case(self, number: int) -> RecordedCase:
        """One case as a row, as the single-case engine takes it."""
        facts = {name: column.value(number) for name, column in self.facts.items()}
        labels = {name: _text(column.value(number)) for name, column in self.labels.items()}
        finding = int(self.finding[number])
        return RecordedCase(
            day=date.fromordinal(int(self.days[number])),
            place=Scope(**{part: _text(column.value(number)) for part, column in self.place.items()}),
            facts={name: value for name, value in facts.items() if value is not None},
            offences=self.offences.case(number),
            basis=BASES[int(self.basis[number])],
            stage=STAGES[int(self.stage[number])],
            conviction_known=_text(self.conviction_known.value(number)),
            aggravated_felony=None if finding < 0 else finding == 1,
            charges_ended=bool(self.charges_ended[number]),
            asked=frozenset(name for name, column in self.asked.items() if column[number]),
            labels={name: label for name, label in labels.items() if label is not None},
        )

    def asking(self, what: str) -> NDArray[np.bool_]:
        """Which cases ask for a level, or put a question of the rules."""
        return self.asked.get(what, np.zeros(len(self), dtype=np.bool_))

    def label(self, name: str) -> Coded:
        """A label's column. Raises UsageError when no case bears it."""
        if name not in self.labels:
            raise UsageError(f"no case bears the label {name!r}; there are: {', '.join(self.labels) or 'none'}")
        return self.labels[name]


def _text(value: FactValue | None) -> str | None:
    return None if value is None else str(value)


def _finding(found: bool | None) -> int:
    return -1 if found is None else int(found)
