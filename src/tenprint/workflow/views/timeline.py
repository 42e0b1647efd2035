"""The participation timeline: who claimed what, when, under what authority, and what the gate in fact did on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tenprint.errors import UsageError
from tenprint.refer.participation.documents import Document
from tenprint.refer.participation.gate import PROFILES, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.workflow.house import IMMIGRATION, House
from tenprint.workflow.participation import history_of, place_name
from tenprint.workflow.signed_copy import SignedBy, signatures, word_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GateThen:
    """What the gate answers for one place on that day under one profile. before: its answer on the eve."""

    place: str
    profile: str
    before: str
    answer: str
    reason: str
    basis: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One document on its first day. gate: of every place it speaks of, under every profile; changed: how many of these
    answers differ from the eve's. word_of: on whose word it stands; signed: by which of its parties, and where.
    """

    day: date
    id: str
    record: str
    status: str
    scope: str
    document: str
    claimed_by: str
    authority_claimed: str
    source: str
    evidence: str
    gate: tuple[GateThen, ...]
    changed: int
    word_of: str
    signed: tuple[SignedBy, ...]


def timeline(house: House, *, state: str | None = None) -> tuple[Moment, ...]:
    """Every document of a state, with the nation's, or of all, by first day; consent before activation before the rest.

    Raises UsageError for a state that the programme does not know.
    """
    history = history_of(house)
    places = [p for p in history.jurisdictions.all() if state is None or p.state == state]
    if not places and not any(d.scope.name == state for d in history.documents):
        raise UsageError(f"no place of state {state!r} in this programme; see `tenprint participation jurisdictions`")
    told = [d for d in history.documents if state is None or _speaks_of(d, state, places)]
    order = ("consent", "activation", "override", "second_response", "statement")
    told.sort(key=lambda d: (d.in_force.since, order.index(d.record), d.id))
    signed = signatures(house)
    return tuple(_moment(history, d, places, signed) for d in told)


def _speaks_of(document: Document, state: str, places: Sequence[Jurisdiction]) -> bool:
    covered = any(document.scope.covers(place, f"{place.ori_prefix}0000") for place in places)
    return covered or (document.scope.kind == "state" and document.scope.name == state)


def _moment(
    history: ParticipationHistory, document: Document, places: Sequence[Jurisdiction], signed: Mapping[str, tuple[SignedBy, ...]]
) -> Moment:  # fmt: skip
    spoken_of = [place for place in places if document.scope.covers(place, _ori(document, place))]
    gate = tuple(_gate_then(history, document, place, profile) for place in spoken_of for profile in PROFILES)
    return Moment(
        day=document.in_force.since, id=document.id, record=document.record, status=document.status, scope=str(document.scope),
        document=document.document, claimed_by=document.claimed_by, authority_claimed=document.authority_claimed,
        source=str(document.source), evidence=document.evidence, gate=gate, changed=sum(one.before != one.answer for one in gate),
        word_of=word_of(document.id, signed), signed=signed.get(document.id, ()),
    )  # fmt: skip


def _ori(document: Document, place: Jurisdiction) -> str:
    """An agency of the place that the document speaks of: the one it names, if it names one there."""
    named = document.scope.kind == "ori" and document.scope.name.startswith(place.ori_prefix)
    return f"{document.scope.name:0<9}" if named else f"{place.ori_prefix}0000"


def _gate_then(history: ParticipationHistory, document: Document, place: Jurisdiction, profile: str) -> GateThen:
    day = document.in_force.since
    before, then = (
        decide_gate(
            history=history,
            profile=profile,
            tot="CAR",
            cri=_ori(document, place),
            on=on,
            repository=IMMIGRATION,
            juvenile=False,
        )
        for on in (date.fromordinal(day.toordinal() - 1), day)
    )
    return GateThen(
        place=place_name(place),
        profile=profile,
        before=before.answer,
        answer=then.answer,
        reason=then.reason,
        basis=then.basis,
    )
