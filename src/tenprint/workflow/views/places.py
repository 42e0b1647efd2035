"""Who takes part: for every place, what the gate says on a day under the profile in force, and the documents behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.refer.participation.documents import CONSENT, OVERRIDE, SCOPE_KEYS, STATEMENT, Document
from tenprint.refer.participation.gate import REASONS, decide_gate
from tenprint.refer.participation.history import Standing
from tenprint.workflow.house import IMMIGRATION, House
from tenprint.workflow.participation import day_at, history_of, place_name, profile_of
from tenprint.workflow.views.citations import Citation, citations, cited

NATION: Final = SCOPE_KEYS[-1]
"""Kind of scope of a document that speaks of every place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One of the separate records of a place: what it says that day, who claimed it, and on what authority."""

    record: str
    status: str
    claimed_by: str
    authority: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLine:
    """One place on one day. answer: the gate's, for a booking of an adult; positions: its records, the claims after the acts; what
    speaks of the whole nation stands once, in the table.
    """

    name: str
    state: str
    answer: str
    reason: str
    says: str
    basis: str | None
    evidence: str | None
    prefix_evidence: str
    decided_by: tuple[Citation, ...]
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """Every place on one day, and under which profile. counts: answers of the gate -> places; nation: records of all of them.

    on, until: the first and the last day of the places: they differ where none was asked about and midnight lies between places.
    today: the last local day that has begun at any place.
    """

    on: date
    until: date
    today: date
    profile: str
    programme: str
    lines: tuple[PlaceLine, ...]
    counts: tuple[tuple[str, int], ...]
    nation: tuple[Position, ...]
    marks: tuple[date, ...]


def participation(house: House, *, on: date | None = None) -> Participation:
    """The table of a day; when none is given, of today at each place by the programme's clock: a document holds from a local day."""
    history, profile, known = history_of(house), profile_of(house), citations(house)
    now = house.clock.now()
    lines, days = [], set[date]()
    nation: dict[str, Document] = {}
    for place in sorted(history.jurisdictions.all(), key=lambda p: (p.state, p.name)):
        cri = f"{place.ori_prefix}0000"
        day = on or day_at(place, now)
        days.add(day)
        said = decide_gate(
            history=history, profile=profile, tot="CAR", cri=cri, on=day, repository=IMMIGRATION, juvenile=False
        )
        standing = history.basis(cri, day)
        records = [] if standing is None else _records(standing)
        nation |= {d.id: d for d in records if d.scope.kind == NATION}
        lines.append(
            PlaceLine(
                name=place_name(place), state=place.state, answer=said.answer, reason=said.reason, says=REASONS[said.reason],
                basis=said.basis, evidence=said.evidence, prefix_evidence=place.evidence, decided_by=cited(known, said.documents),
                positions=tuple(_position(d) for d in records if d.scope.kind != NATION),
            )
        )  # fmt: skip
    answers = [line.answer for line in lines]
    counts = tuple((answer, answers.count(answer)) for answer in ("permitted", "refused", "needs_person"))
    told = sorted(nation.values(), key=lambda d: (d.record == STATEMENT, d.in_force.since, d.id))
    today = max((day_at(place, now) for place in history.jurisdictions.all()), default=now.date())
    days = days or {today}
    return Participation(on=min(days), until=max(days), today=today, profile=profile, programme=house.programme.title,
                         lines=tuple(lines), counts=counts, nation=tuple(map(_position, told)),
                         marks=_turning_days(history.documents, today))  # fmt: skip


def _records(standing: Standing) -> list[Document]:
    acts = [standing.activation, standing.consent.document, standing.override, standing.second_response]
    return [*(act for act in acts if act is not None), *standing.statements]


def _position(document: Document) -> Position:
    source = document.source
    href = source.href if source.href and source.href.startswith(("https://", "http://")) else None
    return Position(
        record=document.record, status=document.status, claimed_by=document.claimed_by, authority=document.authority_claimed,
        citation=Citation(id=document.id, kind="document", title=source.title, href=href, evidence=document.evidence,
                          in_force=str(document.in_force), why=document.document),
    )  # fmt: skip


def _turning_days(documents: tuple[Document, ...], today: date) -> tuple[date, ...]:
    """The last days up to today on which a state's or the nation's position changed: worth looking at."""
    turns = {d.in_force.since for d in documents if d.record in {CONSENT, OVERRIDE} and d.in_force.since <= today}
    return tuple(sorted(turns)[-6:])
