"""What a memorandum of agreement says, as data: its clauses, and the obligations that fall due under it.

An obligation ends with the memorandum. When an agency rescinds, its own obligations end on that day; the state's consent is
the state's, and stands (design decision 10).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from tenprint.errors import RuleInvalid
from tenprint.refer.participation.documents import CONSENT, STATEMENT, Document
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.sources import Source, evidence_of
from tenprint.refer.participation.strict_yaml import Sheet, read

CLAUSES: Final = ("purpose", "termination", "suspension", "no_private_right", "victims_and_witnesses")
"""Kinds of clause. Source: sections of the Illinois, Wyoming and Colorado memoranda (domain 4.1)."""

PERIODS: Final[Mapping[str, int]] = {"quarter": 3}
"""How often an obligation falls due -> months. Source: the Colorado memorandum of 4 January 2011."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One clause, in our own words."""

    kind: str
    says: str
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """What a party owes again and again. every: a key of `PERIODS`; artefact: what it delivers. state: whose memorandum."""

    id: str
    state: str
    party: str
    every: str
    artefact: str
    signed: date
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memorandum:
    """The memorandum whose signature ``document`` records, with every clause known of it."""

    document: str
    state: str
    clauses: tuple[Clause, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One date on which an obligation falls due: the last day for it. status: ``fulfilled``, ``overdue`` or ``coming``.

    overdue_days: whole days since, 0 unless overdue.
    """

    obligation: Obligation
    due: date
    status: str
    overdue_days: int


def load_memoranda(path: Path, history: ParticipationHistory) -> tuple[Memorandum, ...]:
    """From a programme's file; each memorandum's document must be a signature in the history. Raises RuleInvalid."""
    top = Sheet(read(path), str(path))
    common = tuple(_clause(sheet) for sheet in top.tables("every"))
    signed = {d.id: d for d in history.documents if (d.record, d.status) == (CONSENT, "SIGNED")}
    special = {found.document: found for found in (_memorandum(sheet, signed) for sheet in top.tables("memoranda"))}
    top.finish()
    return tuple(
        Memorandum(
            document=name,
            state=document.scope.name,
            clauses=(*common, *(special[name].clauses if name in special else ())),
            obligations=special[name].obligations if name in special else (),
        )
        for name, document in signed.items()
    )


def common_clauses(path: Path) -> tuple[Clause, ...]:
    """The clauses that stand in every memorandum of a programme's file. Raises RuleInvalid."""
    return tuple(_clause(sheet) for sheet in Sheet(read(path), str(path)).tables("every"))


def dues(
    memoranda: Sequence[Memorandum], history: ParticipationHistory, *, on: date, fulfilled: Sequence[tuple[str, date]]
) -> tuple[Due, ...]:
    """Every date up to ``on``, and the next one, on which an obligation fell or falls due. fulfilled: (obligation, due)."""
    done = set(fulfilled)
    found = []
    for obligation in (one for memorandum in memoranda for one in memorandum.obligations):
        for due in _dates(obligation, history, until=on):
            late = (on - due).days
            status = "fulfilled" if (obligation.id, due) in done else "overdue" if late > 0 else "coming"
            found.append(
                Due(obligation=obligation, due=due, status=status, overdue_days=late if status == "overdue" else 0)
            )
    return tuple(sorted(found, key=lambda one: (one.due, one.obligation.id)))


def _dates(obligation: Obligation, history: ParticipationHistory, *, until: date) -> list[date]:
    """Ends of periods after the signature, while the obligation stands; those up to ``until`` and one beyond."""
    found: list[date] = []
    at = _end_of_period(obligation.signed, PERIODS[obligation.every])
    while True:
        if _stands(obligation, history, at):  # else nothing is due then; after a suspension it may be again
            found.append(at)
        if at > until:
            break
        at = _end_of_period(at + timedelta(days=1), PERIODS[obligation.every])
    return found


def _end_of_period(day: date, months: int) -> date:
    last = (day.month - 1) // months * months + months
    return date(day.year, last, monthrange(day.year, last)[1])


def _stands(obligation: Obligation, history: ParticipationHistory, on: date) -> bool:
    if not history.consent(obligation.state, on).stands:
        return False
    return not any(
        d.record == STATEMENT
        and d.status == "RESCINDED_BY_AGENCY"
        and obligation.party in d.claimed_by
        and d.in_force.since <= on
        and (d.scope.kind == "nation" or d.scope.name == obligation.state)
        for d in history.documents
    )


def _memorandum(sheet: Sheet, signed: Mapping[str, Document]) -> Memorandum:
    name = sheet.text("document")
    if name not in signed:
        raise sheet.wrong("document", name, "the id of a document that records a state's signature")
    document = signed[name]
    clauses = tuple(_clause(one) for one in sheet.tables("clauses"))
    obligations = tuple(_obligation(one, document) for one in sheet.tables("obligations"))
    sheet.finish()
    return Memorandum(document=name, state=document.scope.name, clauses=clauses, obligations=obligations)


def _clause(sheet: Sheet) -> Clause:
    source = Source.read(sheet.table("source"))
    clause = Clause(
        kind=sheet.text("kind", choices=CLAUSES),
        says=sheet.text("says"),
        source=source,
        evidence=evidence_of(sheet, source),
    )
    sheet.finish()
    return clause


def _obligation(sheet: Sheet, document: Document) -> Obligation:
    source = Source.read(sheet.table("source"))
    found = Obligation(
        id=sheet.text("id"), state=document.scope.name, party=sheet.text("party"), every=sheet.text("every", choices=PERIODS),
        artefact=sheet.text("artefact"), signed=document.in_force.since, source=source, evidence=evidence_of(sheet, source),
    )  # fmt: skip
    sheet.finish()
    if not found.id.startswith(f"{document.scope.name.lower()}/"):
        raise RuleInvalid(f"{sheet.where}: obligation {found.id}; allowed: the state's two letters, a slash and a name")
    return found
