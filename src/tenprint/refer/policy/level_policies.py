"""The level policies, read from their files: in words (2008), by code (2009), by counts of felonies (2010 and 2011).

The most serious offence decides. An offence that the policy does not map goes to a person, unless another offence gives
Level 1 already, above which there is nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

from tenprint.errors import FactInvalid, NoRuleInForce, RuleInvalid
from tenprint.refer.participation.sources import EVIDENCE, InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read
from tenprint.refer.policy.levels import (
    BASES,
    STAGES,
    AggravatedFelonyFinding,
    Basis,
    Level,
    LevelName,
    Offence,
    Stage,
    inputs_hash,
)

Method: TypeAlias = Literal["words", "offence_code", "felony_count"]

_METHODS: Final[tuple[Method, ...]] = ("words", "offence_code", "felony_count")

ONE_YEAR_DAYS: Final = 365
"""A penalty of exactly this many days is "one year" and lies in neither of the memo's two sets. Set by: days in a
common year; 366 days, "a year and a day", is more than one year. Source: memo of 30 June 2010, "punishable by more than
one year".
"""

MANY_MISDEMEANORS: Final = 3
"""Misdemeanours that make Level 2. Source: memo of 30 June 2010, "three or more crimes each punishable by less than one
year".
"""

MANY_FELONIES: Final = 2
"""Felonies that make Level 1. Source: memo of 30 June 2010, "two or more crimes each punishable by more than one
year".
"""

SUBJECT_FLAGS: Final = "80"
"""First two digits of codes that flag a subject (8003, 8004 …): no offence under any policy. Source: NCIC codes."""

_TABLE_LEVELS: Final = ("1", "2", "3", "by_sentence", "person", "not_an_offence")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One offence code in a policy's table. level: 1, 2, 3, ``by_sentence``, ``person`` (not mapped) or
    ``not_an_offence``.
    """

    code: str
    name: str
    level: str
    heading: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPolicy:
    """One level policy. bases: which bases each stage allows. table: offence code -> entry, for method
    ``offence_code``. words: class in the policy's words -> level, for method ``words``.
    """

    id: str
    version: str
    title: str
    method: Method
    in_force: InForce
    bases: Mapping[str, tuple[str, ...]]
    table: Mapping[str, CodeEntry]
    table_name: str | None
    words: Mapping[str, str]
    source: Source
    evidence: str
    why: str
    path: Path

    def evaluate(
        self,
        offences: Sequence[Offence],
        *,
        basis: Basis,
        on: date,
        stage: Stage,
        aggravated_felony: AggravatedFelonyFinding | None,
        conviction_known: str | None,
        charges_ended: bool = False,
    ) -> Level:
        """The level of these offences, of which only those of ``basis`` count.

        conviction_known: ``yes``, ``none`` or ``unknown`` (glossary conviction.known). No offence gives ``none`` only
        where it is known that there is none. charges_ended: every coded charge ended without a conviction, so that no offence by
        charge is known to be none. Raises NoRuleInForce outside the policy's days, FactInvalid for a basis
        the stage does not allow.
        """
        if on not in self.in_force:
            raise NoRuleInForce(f"level policy {self.id} on {on}: in force {self.in_force}; no level was given")
        if stage not in self.bases or basis not in self.bases[stage]:
            allowed = "; ".join(f"{s}: {' or '.join(b)}" for s, b in self.bases.items())
            raise FactInvalid(
                f"{self.id}: a level at {stage} by {basis}; allowed: {allowed} [{self.source.title}]; none was given"
            )
        counted = [offence for offence in offences if offence.basis == basis]
        if not counted:
            level, reasons = _of_nothing(basis, conviction_known, charges_ended=charges_ended)
        elif self.method != "felony_count":
            level, reasons = self._one_by_one(counted)
        else:
            level, reasons = _by_count(counted, aggravated_felony)
        return Level(
            policy=self.id,
            version=self.version,
            basis=basis,
            evaluated_on=on,
            stage=stage,
            inputs_hash=inputs_hash(
                policy=self.id,
                version=self.version,
                basis=basis,
                stage=stage,
                on=on,
                offences=offences,
                aggravated_felony=aggravated_felony,
                conviction_known=conviction_known,
                charges_ended=charges_ended,
            ),
            level=level,
            reasons=reasons,
            evidence=self.evidence,
        )

    def _one_by_one(self, offences: Sequence[Offence]) -> tuple[LevelName, tuple[str, ...]]:
        each = [self._one(offence) for offence in offences]
        found = {level for level, _ in each}
        reasons = tuple(dict.fromkeys(reason for _, reason in each))
        order: tuple[LevelName, ...] = ("1", "needs_person", "1-or-2", "2", "3")
        return next((level for level in order if level in found), "none"), reasons

    def _one(self, offence: Offence) -> tuple[LevelName, str]:
        if offence.code_source == "defaulted":
            return (
                "none",
                f"{offence.ncic or 'code'} was sent by default, for want of a code: no offence is known from it",
            )
        if self.method == "words":
            return self._in_words(offence)
        if offence.ncic is None:
            return "needs_person", "an offence has no code: a person must code it"
        entry = self.table.get(offence.ncic)
        if entry is None:
            return "needs_person", f"{offence.ncic} is no code of the table: a person must decide"
        if entry.level == "not_an_offence":
            return "none", f"{entry.code} is a flag about a subject, not an offence"
        if entry.level == "person":
            return "needs_person", f"{entry.code} is in no group of the policy: a person must decide"
        if entry.level == "by_sentence":
            return _by_sentence(entry, offence.sentence_days)
        level = _named(entry.level)
        return level, f"{entry.code} ({entry.heading}) is Level {level}"

    def _in_words(self, offence: Offence) -> tuple[LevelName, str]:
        if offence.ncic is not None and offence.ncic.startswith(SUBJECT_FLAGS):
            return "none", f"{offence.ncic} is a flag about a subject, not an offence"
        if offence.word is None:
            return "needs_person", "an offence is not put into the policy's words: a person must do so"
        if offence.word not in self.words:
            return "needs_person", f"the policy's words do not map {offence.word}: a person must decide"
        level = _named(self.words[offence.word])
        return level, f"{offence.word} is Level {level}"


def _named(level: str) -> LevelName:
    return "1" if level == "1" else "2" if level == "2" else "3"


def _by_sentence(entry: CodeEntry, days: int | None) -> tuple[LevelName, str]:
    if days is None:
        return "1-or-2", f"{entry.code} ({entry.heading}): Level 1 or 2, undetermined without a sentence"
    if days > ONE_YEAR_DAYS:
        return "1", f"{entry.code} ({entry.heading}): sentence over one year is Level 1"
    return "2", f"{entry.code} ({entry.heading}): sentence of one year or less is Level 2"


def _of_nothing(
    basis: Basis, conviction_known: str | None, *, charges_ended: bool
) -> tuple[LevelName, tuple[str, ...]]:
    if basis == "charge" and charges_ended:
        return "none", ("every charge ended without a conviction: none stands",)
    if basis == "conviction" and conviction_known == "none":
        return "none", ("no conviction is known, and the history was found to be empty",)
    if basis == "conviction":
        return "needs_person", (
            "no conviction is recorded and the history is not known to be empty: unknown is not none",
        )
    return "needs_person", ("no charge is coded: a person must code it",)


def _by_count(
    offences: Sequence[Offence], finding: AggravatedFelonyFinding | None
) -> tuple[LevelName, tuple[str, ...]]:
    crimes = [offence for offence in offences if _is_crime(offence)]
    if finding is not None and finding.found:
        return "1", (f"aggravated felony, found by a person under {finding.statute}",)
    penalties = [offence.max_penalty_days for offence in crimes]
    felonies = sum(1 for days in penalties if days is not None and days > ONE_YEAR_DAYS)
    misdemeanors = sum(1 for days in penalties if days is not None and days < ONE_YEAR_DAYS)
    exactly = sum(1 for days in penalties if days == ONE_YEAR_DAYS)
    unknown = sum(1 for days in penalties if days is None)
    told = f"{felonies} punishable by more than one year, {misdemeanors} by less"
    counts: tuple[str, ...] = (f"{told}, {exactly} by exactly one year, {unknown} unknown",)
    if finding is None:
        counts += ("no finding about an aggravated felony is recorded; one would make it Level 1",)
    if felonies >= MANY_FELONIES:
        return "1", counts
    if exactly or unknown:
        return "needs_person", (
            *counts,
            "a penalty of exactly one year, or unknown, is in neither set: a person must decide",
        )
    if felonies or misdemeanors >= MANY_MISDEMEANORS:
        return "2", counts
    if misdemeanors:
        return "3", counts
    return "none", (*counts, "infractions, default codes and flags about a subject are no crimes")


def _is_crime(offence: Offence) -> bool:
    """False for an infraction, a code sent by default and a flag about a subject."""
    if offence.severity == "infraction" or offence.code_source == "defaulted":
        return False
    return offence.ncic is None or not offence.ncic.startswith(SUBJECT_FLAGS)


def read_policy(path: Path) -> LevelPolicy:
    """One level policy and, if it names one, its table of codes beside it. Raises RuleInvalid."""
    sheet = Sheet(read(path), str(path))
    bases_sheet = sheet.table("bases")
    bases: dict[str, tuple[str, ...]] = {stage: bases_sheet.texts(stage) for stage in STAGES}
    bases_sheet.finish()
    for stage, allowed in bases.items():
        if not allowed or not set(allowed) <= set(BASES):
            raise sheet.wrong(f"bases.{stage}", allowed, ", ".join(BASES))
    method = next(m for m in _METHODS if m == sheet.text("method", choices=_METHODS))
    source = Source.read(sheet.table("source"))
    table = sheet.text_or_none("table")
    if (table is not None) != (method == "offence_code"):
        raise sheet.wrong("table", table, "a file of codes for offence_code, none for felony_count")
    policy = LevelPolicy(
        id=sheet.text("id"),
        version=str(sheet.whole("version", at_least=1)),
        title=sheet.text("title"),
        method=method,
        in_force=InForce.read(sheet.table("in_force")),
        bases=bases,
        table=_read_table(path.parent / table) if table is not None else {},
        table_name=table,
        words=_read_words(sheet, method),
        source=source,
        evidence=evidence_of(sheet, source),
        why=sheet.text("why"),
        path=path,
    )
    sheet.finish()
    return policy


def _read_words(sheet: Sheet, method: Method) -> dict[str, str]:
    """``words: {level: [classes]}``, wanted by method ``words`` and refused for another."""
    if sheet.has("words") != (method == "words"):
        raise sheet.wrong("words", sheet.value("words"), "lists of classes by level for method words, else nothing")
    if method != "words":
        sheet.value("words")
        return {}
    table = sheet.table("words")
    words: dict[str, str] = {}
    for level in ("1", "2", "3"):
        for word in table.texts(level):
            if word in words:
                raise table.wrong(level, word, "each word under one level")
            words[word] = level
    table.finish()
    return words


def _read_table(path: Path) -> dict[str, CodeEntry]:
    columns = ["code", "name", "level", "heading", "evidence"]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as refused:
        raise RuleInvalid(f"{path}: can't be read as a table ({refused}); nothing was loaded") from refused
    if not rows or rows[0] != columns:
        raise RuleInvalid(f"{path}: first line is {rows[:1]}; allowed: {','.join(columns)}; nothing was loaded")
    table: dict[str, CodeEntry] = {}
    for line, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            raise RuleInvalid(f"{path}, line {line}: {len(row)} columns; allowed: {len(columns)}; nothing was loaded")
        entry = CodeEntry(*row)
        if not (len(entry.code) == 4 and entry.code.isascii() and entry.code.isdigit()) or entry.code in table:
            raise RuleInvalid(
                f"{path}, line {line}: code {entry.code!r}; allowed: four digits, each once; nothing was loaded"
            )
        if entry.level not in _TABLE_LEVELS or entry.evidence not in EVIDENCE:
            raise RuleInvalid(
                f"{path}, line {line}: level {entry.level!r}, evidence {entry.evidence!r}; nothing was loaded"
            )
        table[entry.code] = entry
    return table
