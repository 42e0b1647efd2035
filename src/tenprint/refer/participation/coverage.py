"""What the participation table does not say: states that keep later arrests themselves, and how many places were said to be active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from tenprint.errors import RulesConflict
from tenprint.refer.participation.sources import InForce, Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, sheets

NFF_STATUSES: Final = ("PARTICIPANT", "NOT_PARTICIPANT", "UNKNOWN")
"""Whether a state is in the National Fingerprint File. Source: domain 1.7; UNKNOWN says that it was looked for in vain."""

EXACTNESS: Final = ("exact", "approx", "at_least", "more_than", "range")
"""How a published count is meant. ``range``: from ``jurisdictions`` to ``up_to``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NffRecord:
    """One state's standing in the National Fingerprint File over a stretch of days."""

    state: str
    status: str
    in_force: InForce
    says: str
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCount:
    """How many jurisdictions were said to be active on a day. states: None where the source does not tell."""

    day: date
    jurisdictions: int
    up_to: int | None
    states: int | None
    exactness: str
    source: Source
    evidence: str


def load_nff(path: Path) -> tuple[NffRecord, ...]:
    """From a file with one key, ``nff``. Raises RuleInvalid; RulesConflict for two records of one state on one day."""
    found = tuple(_nff(sheet) for sheet in sheets(path, key="nff"))
    for number, one in enumerate(found):
        for other in found[:number]:
            if one.state == other.state and (
                one.in_force.since in other.in_force or other.in_force.since in one.in_force
            ):
                raise RulesConflict(f"{path}: {one.state} has two records in force on one day; nothing was loaded")
    return found


def nff_on(records: Sequence[NffRecord], state: str, on: date) -> NffRecord | None:
    """The record in force for a state on a day; None when no source tells."""
    return next((record for record in records if record.state == state and on in record.in_force), None)


def load_counts(path: Path) -> tuple[PublishedCount, ...]:
    """From a file with one key, ``counts``, by day. Raises RuleInvalid."""
    return tuple(sorted((_count(sheet) for sheet in sheets(path, key="counts")), key=lambda one: one.day))


def _nff(sheet: Sheet) -> NffRecord:
    source = Source.read(sheet.table("source"))
    record = NffRecord(
        state=sheet.text("state"), status=sheet.text("status", choices=NFF_STATUSES), in_force=InForce.read(sheet.table("in_force")),
        says=sheet.text("says"), source=source, evidence=evidence_of(sheet, source),
    )  # fmt: skip
    sheet.finish()
    return record


def _count(sheet: Sheet) -> PublishedCount:
    source = Source.read(sheet.table("source"))
    count = PublishedCount(
        day=sheet.day("day"), jurisdictions=sheet.whole("jurisdictions", at_least=1), up_to=_whole_or_none(sheet, "up_to"),
        states=_whole_or_none(sheet, "states"), exactness=sheet.text("exactness", choices=EXACTNESS), source=source,
        evidence=evidence_of(sheet, source),
    )  # fmt: skip
    sheet.finish()
    if (count.up_to is None) != (count.exactness != "range"):
        raise sheet.wrong("up_to", count.up_to, "the upper end of a range, and null for any other exactness")
    return count


def _whole_or_none(sheet: Sheet, key: str) -> int | None:
    return None if sheet.value(key) is None else sheet.whole(key, at_least=1)
