"""A level policy over columns: every offence by one look-up, the most serious of a case by one reduction.

The look-up is made by asking the policy itself about one offence of each kind that occurs; only how the offences of a
case come together is written here, and proven equal to `LevelPolicy.evaluate` case by case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tenprint.errors import FactInvalid, NoRuleInForce
from tenprint.lab.replay.answers import blocks
from tenprint.lab.replay.cases import RecordedCase
from tenprint.lab.replay.columns import CaseColumns, OffenceColumns
from tenprint.refer.participation.sources import InForce
from tenprint.refer.policy.level_policies import MANY_FELONIES, MANY_MISDEMEANORS, ONE_YEAR_DAYS, LevelPolicy
from tenprint.refer.policy.levels import BASES, LEVEL_NAMES, STAGES, AggravatedFelonyFinding, Basis, Offence, Stage

NAMES: Final = (*LEVEL_NAMES, "no_rule", "not_allowed")
"""The level names, and the two ways to get none: the policy is not in force on that day, or gives no level at this stage
on this basis."""

NO_POLICY: Final = NAMES.index("no_rule")
NOT_ALLOWED: Final = NAMES.index("not_allowed")

ORDER: Final = ("1", "needs_person", "1-or-2", "2", "3", "none")
"""Which of a case's offences decides, under a policy by offence codes. Source: `LevelPolicy`, the most serious counts,
and what no policy maps asks a person unless Level 1 is given already."""

_NOT_COUNTED: Final = len(ORDER)
_SENTENCES: Final = (None, ONE_YEAR_DAYS, ONE_YEAR_DAYS + 1)
_FELONY, _MISDEMEANOR, _EXACTLY, _UNKNOWN = range(4)
_WIDTH: Final = 15
"""Bits of each of the four counts that are summed in one number. Set by: four of them fit a signed 64-bit number; a case
with more offences than that is evaluated by itself."""

Levels: TypeAlias = "NDArray[np.int8]"


def levels(policy: LevelPolicy, cases: CaseColumns, *, as_if_in_force: bool) -> Levels:
    """The level of every case under one policy, as an index into `NAMES`, shape (n,).

    as_if_in_force: as though the policy had held on every day. Levels of two policies stand side by side; they are
    never compared.
    """
    if as_if_in_force:
        policy = always_in_force(policy)
    if policy.method not in ("words", "offence_code", "felony_count") or _most_offences(cases) >= 2**_WIDTH:
        return one_by_one(policy, cases)
    found = np.empty(len(cases), dtype=np.int8)
    by_count = policy.method == "felony_count"
    table = _crime_table(policy, cases) if by_count else _offence_table(policy, cases)
    for rows in blocks(len(cases)):
        part = cases.part(rows)
        counted = _Counted.of(part)
        if by_count:
            level = _by_count(counted, table)
            level[part.finding == 1] = NAMES.index("1")
        else:
            level = _one_by_one(counted, table, words=policy.method == "words")
        nothing = counted.none()
        level[nothing] = _of_nothing(part)[nothing]
        found[rows] = _where_allowed(level, policy, part)
    return found


def always_in_force(policy: LevelPolicy) -> LevelPolicy:
    """The policy as though it had held on every day."""
    return replace(policy, in_force=InForce(date.min))


def one_by_one(policy: LevelPolicy, cases: CaseColumns) -> Levels:
    """The same by the single-case engine: for a method that is not compiled, and to prove that the compiled ones agree."""
    return np.array([NAMES.index(level_of(policy, cases.case(n))) for n in range(len(cases))], dtype=np.int8)


def level_of(policy: LevelPolicy, case: RecordedCase) -> str:
    """The level of one case by the single-case engine, as a name of `NAMES`."""
    found = case.aggravated_felony
    try:
        return policy.evaluate(
            case.offences,
            basis=case.basis,
            on=case.day,
            stage=case.stage,
            # a column keeps what was found; by whom and under which clause decides no level
            aggravated_felony=None if found is None else AggravatedFelonyFinding(
                found=found, statute="as recorded", found_by="as recorded"),
            conviction_known=case.conviction_known,
            charges_ended=case.charges_ended,
        ).level  # fmt: skip
    except NoRuleInForce:
        return "no_rule"
    except FactInvalid:
        return "not_allowed"


def _most_offences(cases: CaseColumns) -> int:
    return int(np.diff(cases.offences.offsets).max(initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    """The offences of one block with those that count: of the basis asked for."""

    offences: OffenceColumns
    counts: NDArray[np.bool_]

    @classmethod
    def of(cls, cases: CaseColumns) -> _Counted:
        per_case = np.diff(cases.offences.offsets)
        return cls(cases.offences, cases.offences.basis == np.repeat(cases.basis, per_case))

    def least(self, values: NDArray[np.int8], *, of_none: int) -> NDArray[np.int8]:
        """The least value of each case's offences; ``of_none`` for a case without any."""
        starts, some = self._starts()
        found = np.full(len(some), of_none, dtype=np.int8)
        found[some] = np.minimum.reduceat(values, starts) if len(starts) else of_none
        return found

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sum over each case's offences."""
        starts, some = self._starts()
        found = np.zeros(len(some), dtype=np.int64)
        found[some] = np.add.reduceat(values, starts) if len(starts) else 0
        return found

    def none(self) -> NDArray[np.bool_]:
        """Where no offence counts."""
        nothing: NDArray[np.bool_] = self.least((~self.counts).astype(np.int8), of_none=1) == 1
        return nothing

    def _starts(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where the offences of each case that has some begin, and which those are: with the empty ones left out, each
        ends where the next begins, as ``reduceat`` wants it.
        """
        offsets = self.offences.offsets
        some = offsets[1:] > offsets[:-1]
        return offsets[:-1][some], some


def _offence_table(policy: LevelPolicy, cases: CaseColumns) -> NDArray[np.int8]:
    """Place in `ORDER` by (code, given or defaulted, and the sentence: unknown, short or long; or the word), asked of the
    policy itself.
    """
    codes = [*cases.offences.ncic.values, None]
    word = cases.offences.word
    words = [*(() if word is None else word.values), None]
    last = [(days, None) for days in _SENTENCES] if policy.method == "offence_code" else [(None, one) for one in words]
    table = np.empty((len(codes), 2, len(last)), dtype=np.int8)
    for row, code in enumerate(codes):
        for defaulted in (0, 1):
            for column, (days, named) in enumerate(last):
                one = Offence(basis="conviction", ncic=None if code is None else str(code), sentence_days=days,
                              code_source="defaulted" if defaulted else "coded", word=None if named is None else str(named))  # fmt: skip
                table[row, defaulted, column] = ORDER.index(_alone(policy, one))
    return table


def _crime_table(policy: LevelPolicy, cases: CaseColumns) -> NDArray[np.int8]:
    """1 where an offence is a crime, by (code, given or defaulted, severity): alone, with a short penalty, it has a level."""
    codes = [*cases.offences.ncic.values, None]
    severities = [*cases.offences.severity.values, None]
    table = np.empty((len(codes), 2, len(severities)), dtype=np.int8)
    for row, code in enumerate(codes):
        for defaulted in (0, 1):
            for column, severity in enumerate(severities):
                one = Offence(basis="conviction", ncic=None if code is None else str(code), max_penalty_days=1,
                              code_source="defaulted" if defaulted else "coded", severity=severity)  # type: ignore[arg-type]  # fmt: skip
                table[row, defaulted, column] = _alone(policy, one) != "none"
    return table


def _alone(policy: LevelPolicy, offence: Offence) -> str:
    """What the policy says of one offence alone, at a stage and on a basis that it allows."""
    basis, stage = _allowed(policy)[0]
    one = replace(offence, basis=basis)
    return policy.evaluate([one], basis=basis, on=policy.in_force.since, stage=stage, aggravated_felony=None,
                           conviction_known=None).level  # fmt: skip


def _allowed(policy: LevelPolicy) -> Sequence[tuple[Basis, Stage]]:
    return [(b, s) for s in STAGES for b in BASES if s in policy.bases and b in policy.bases[s]]


def _one_by_one(counted: _Counted, table: NDArray[np.int8], *, words: bool) -> Levels:
    offences = counted.offences
    if words:
        last = np.int32(0) if offences.word is None else offences.word.codes.astype(np.int32)
    else:
        last = (offences.sentence >= 0).astype(np.int32) + (offences.sentence > ONE_YEAR_DAYS)
    cell = (offences.ncic.codes.astype(np.int32) * 2 + offences.defaulted) * table.shape[2] + last
    rank = np.where(counted.counts, table.reshape(-1)[cell], np.int8(_NOT_COUNTED))
    names = np.array([*(NAMES.index(name) for name in ORDER), NAMES.index("none")], dtype=np.int8)
    found: Levels = names[counted.least(rank, of_none=_NOT_COUNTED)]
    return found


def _by_count(counted: _Counted, table: NDArray[np.int8]) -> Levels:
    offences = counted.offences
    cell = offences.ncic.codes.astype(np.int32) * 2 + offences.defaulted
    cell = cell * table.shape[2] + offences.severity.codes
    crime = counted.counts & (table.reshape(-1)[cell] == 1)
    days = offences.penalty
    kind = np.where(
        days < 0,
        _UNKNOWN,
        np.where(days > ONE_YEAR_DAYS, _FELONY, np.where(days == ONE_YEAR_DAYS, _EXACTLY, _MISDEMEANOR)),
    )
    packed = counted.sums(np.where(crime, np.left_shift(np.int64(1), kind * _WIDTH), np.int64(0)))

    def count(which: int) -> NDArray[np.int64]:
        return (packed >> (which * _WIDTH)) & (2**_WIDTH - 1)

    felonies, misdemeanors = count(_FELONY), count(_MISDEMEANOR)
    level = np.full(len(packed), NAMES.index("none"), dtype=np.int8)
    level[misdemeanors > 0] = NAMES.index("3")
    level[(felonies > 0) | (misdemeanors >= MANY_MISDEMEANORS)] = NAMES.index("2")
    level[(count(_EXACTLY) > 0) | (count(_UNKNOWN) > 0)] = NAMES.index("needs_person")
    level[felonies >= MANY_FELONIES] = NAMES.index("1")
    return level


def _of_nothing(cases: CaseColumns) -> Levels:
    """No offence counts: none only where it is known that no conviction is there, or that every charge ended; else a person
    must look.
    """
    known = cases.conviction_known
    empty = np.array([*(value == "none" for value in known.values), False], dtype=np.bool_)[known.codes]
    on_convictions = cases.basis == BASES.index("conviction")
    nothing = np.where(on_convictions, empty, cases.charges_ended)
    return np.where(nothing, NAMES.index("none"), NAMES.index("needs_person")).astype(np.int8)


def _where_allowed(level: Levels, policy: LevelPolicy, cases: CaseColumns) -> Levels:
    allowed = np.zeros((len(BASES), len(STAGES)), dtype=np.bool_)
    for basis, stage in _allowed(policy):
        allowed[BASES.index(basis), STAGES.index(stage)] = True
    level[~allowed[cases.basis, cases.stage]] = NOT_ALLOWED
    in_force = cases.days >= policy.in_force.since.toordinal()
    if policy.in_force.until is not None:
        in_force &= cases.days < policy.in_force.until.toordinal()
    level[~in_force] = NO_POLICY
    return level
