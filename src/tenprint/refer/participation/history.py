"""What stood on a day, as the documents say: consent, activation, override and second response, each by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from tenprint.errors import RuleInvalid, RulesConflict
from tenprint.refer.participation.documents import (
    ACTIVATION,
    CONSENT,
    OVERRIDE,
    SECOND_RESPONSE,
    STATEMENT,
    Document,
    first_day_ended,
)
from tenprint.refer.participation.jurisdictions import Jurisdiction, Jurisdictions
from tenprint.refer.participation.machines import TransitionRefused, transition
from tenprint.refer.participation.spans import Spans, Steps, scope_key, steps, turns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A state's own position on a day. status: a consent status, TERMINATED once a notice has run out, None when no
    document says.

    stands: True only while a signed memorandum holds, also during the days of notice. document: the one that decides.
    """

    status: str | None
    stands: bool
    document: Document | None


UNKNOWN_CONSENT = Consent(status=None, stands=False, document=None)
"""The position of a state of which no document tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything the documents say of one place on one day. A None is "no document found", never "no".

    activation: status of the local activation, UNKNOWN or None when no source was found. pilot: that activation rested
    on a pilot. override: the federal act in force, if any. second_response: the choice about the copy back, apart from
    all others. statements: claims made up to that day, newest first; they decide nothing.
    """

    jurisdiction: Jurisdiction
    on: date
    consent: Consent
    activation: Document | None
    override: Document | None
    second_response: Document | None
    statements: tuple[Document, ...]

    @property
    def active(self) -> bool | None:
        """True when the place is switched on, False when it is not, None when no source tells."""
        if self.activation is None or self.activation.status == "UNKNOWN":
            return None
        return self.activation.status == "ACTIVE"

    @property
    def pilot(self) -> bool:
        """True when the place is active and that activation rested on a pilot."""
        return bool(self.active) and self.activation is not None and self.activation.basis == "pilot"


class ParticipationHistory:
    """Every document of participation, and the places they speak of. Immutable: more documents give another history."""

    def __init__(self, documents: Sequence[Document], jurisdictions: Jurisdictions) -> None:
        """Raises RuleInvalid for an id that stands twice or a notice without a memorandum, RulesConflict for two
        documents of one record and scope that begin on one day and disagree.
        """
        self._documents = tuple(documents)
        self._jurisdictions = jurisdictions
        by_record: dict[str, list[Document]] = defaultdict(list)
        ids: set[str] = set()
        for document in self._documents:
            if document.id in ids:
                raise RuleInvalid(f"the participation document {document.id} stands twice; nothing was recorded")
            ids.add(document.id)
            by_record[document.record].append(document)
        self._by_record: Mapping[str, Sequence[Document]] = {
            record: sorted(found, key=lambda d: d.in_force.since) for record, found in by_record.items()
        }
        _refuse_contradictions(self._documents)
        by_state: dict[str, list[Document]] = defaultdict(list)
        for document in self._by_record.get(CONSENT, ()):
            by_state[document.scope.name].append(document)
        for found in by_state.values():
            _check_consent(found)
        _check_machines(self._by_record)
        self._spans = {record: Spans(found) for record, found in self._by_record.items()}
        self._consents = {state: _consent_steps(found) for state, found in by_state.items()}

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every document, in the order given."""
        return self._documents

    @property
    def jurisdictions(self) -> Jurisdictions:
        """The places the documents speak of."""
        return self._jurisdictions

    def with_documents(self, more: Iterable[Document]) -> ParticipationHistory:
        """The history with some more documents, checked together. Raises as the constructor does."""
        return ParticipationHistory((*self._documents, *more), self._jurisdictions)

    def jurisdiction(self, ori: str) -> Jurisdiction | None:
        """The place of an ORI (nine characters), or None when it is unknown."""
        return self._jurisdictions.of(ori)

    def basis(self, ori: str, on: date) -> Standing | None:
        """What the documents say of an ORI's place on a day; None when the place is unknown."""
        place = self.jurisdiction(ori)
        if place is None:
            return None
        override = self._nearest(OVERRIDE, place, ori, on)
        said = [d for d in self._all_of(STATEMENT, place, ori) if d.in_force.since <= on]
        said.sort(key=lambda d: d.in_force.since, reverse=True)
        return Standing(
            jurisdiction=place,
            on=on,
            consent=self.consent(place.state, on),
            activation=self._nearest(ACTIVATION, place, ori, on),
            override=override if override is not None and override.status == "DECLARED" else None,
            second_response=self._nearest(SECOND_RESPONSE, place, ori, on),
            statements=tuple(said),
        )

    def consent(self, state: str, on: date) -> Consent:
        """The state's own position on a day. No act of anybody else changes it.

        A notice of termination leaves the memorandum in force for 30 days from receipt; a later signature withdraws it.
        """
        found = self._consents.get(state)
        return (None if found is None else found.at(on)) or UNKNOWN_CONSENT

    def contradiction(self, document: Document) -> None:
        """Raises RulesConflict when a document of the same record, scope and first day says something else."""
        _refuse_contradictions((*self._documents, document))

    def refusal(self, document: Document) -> TransitionRefused | None:
        """Why ``document`` can't follow what stands for its scope, or can't stand before what comes after it; else None."""
        before = document.in_force.since - timedelta(days=1)
        notice = None
        if document.record == CONSENT:
            consent = self.consent(document.scope.name, before)
            state = consent.status
            stands = consent.document
            notice = stands if stands is not None and stands.status == "TERMINATION_NOTICE" else None
            if notice is not None and document.status == "TERMINATED":
                state = notice.status  # the end may be confirmed after it has come
        else:
            spans = self._spans.get(document.record)
            standing = (
                None if spans is None else spans.standing_of(document.scope, before, county=self._county(document))
            )
            state = None if standing is None else standing.status
        refused = transition(state, document, notice=notice)
        if refused is not None and state is None:
            refused = self._after_a_lapse(refused, document)
        return refused or self._refusal_of_next(document)

    def _after_a_lapse(self, refused: TransitionRefused, document: Document) -> TransitionRefused:
        """The refusal with what lapsed before: it stands no more, and what follows begins anew as the machine draws it."""
        spans = self._spans.get(document.record)
        of_scope = [] if spans is None else spans.of_scope(scope_key(document))
        ended = [d for d in of_scope if d.in_force.until is not None and d.in_force.until <= document.in_force.since]
        if not ended:
            return refused
        last = ended[-1]
        why = (
            f"{last.status} of {last.id} lapsed on {last.in_force.until}: it is begun anew, step by step, by a new act."
        )
        return replace(refused, state=f"lapsed ({last.status} until {last.in_force.until})", why=why)

    def _refusal_of_next(self, document: Document) -> TransitionRefused | None:
        """A document recorded late must leave what follows it possible."""
        spans = self._spans.get(document.record)
        later = [] if spans is None else spans.of_scope(scope_key(document))
        following = next((d for d in later if d.in_force.since > document.in_force.since), None)
        if following is None or (document.in_force.until or date.max) < following.in_force.since:
            return None
        notice = document if document.status == "TERMINATION_NOTICE" else None
        return transition(document.status, following, notice=notice, in_history=True)

    def _county(self, document: Document) -> str | None:
        place = self._jurisdictions.of(f"{document.scope.name:0<9}") if document.scope.kind == "ori" else None
        return None if place is None else f"{place.county}, {place.state}"

    def _nearest(self, record: str, place: Jurisdiction, ori: str, on: date) -> Document | None:
        found = self._spans.get(record)
        return None if found is None else found.nearest(place, ori, on)

    def _all_of(self, record: str, place: Jurisdiction, ori: str) -> list[Document]:
        found = self._spans.get(record)
        return [] if found is None else found.all_of(place, ori)


def _consent_steps(documents: Sequence[Document]) -> Steps[Consent]:
    """A state's position as a step function of the day. documents: of that state, by first day."""
    notices = {first_day_ended(d.in_force.since) for d in documents if d.status == "TERMINATION_NOTICE"}
    return steps(turns_of(documents) | notices, lambda on: _consent_on(documents, on))


def _consent_on(documents: Sequence[Document], on: date) -> Consent:
    last: Document | None = None
    notice: Document | None = None
    signed = False
    for document in documents:
        if document.in_force.since > on:
            break
        last = document
        if notice is not None and document.in_force.since >= first_day_ended(notice.in_force.since):
            notice = None  # the memorandum has ended, and something else has come since
        if document.status == "TERMINATION_NOTICE":
            notice = document
            continue
        signed = document.status == "SIGNED"
        if signed:
            notice = None
    if notice is not None and on >= first_day_ended(notice.in_force.since):
        return Consent(status="TERMINATED", stands=False, document=notice)
    if last is None or on not in last.in_force:
        return UNKNOWN_CONSENT
    return Consent(status=last.status, stands=signed, document=last)


def _refuse_contradictions(documents: Iterable[Document]) -> None:
    """Two documents of one record and scope that begin on one day must say the same; statements may differ, they decide
    nothing.
    """
    first: dict[tuple[str, str, date], Document] = {}
    for document in documents:
        if document.record == STATEMENT:
            continue
        key = (document.record, str(document.scope), document.in_force.since)
        other = first.setdefault(key, document)
        if (other.status, other.basis) != (document.status, document.basis):
            raise RulesConflict(
                f"{other.id} says {other.status} and {document.id} says {document.status}, "
                f"both {document.record} of {document.scope} "
                f"from {document.in_force.since}; nothing was recorded. Correct one of them."
            )


def _check_machines(by_record: Mapping[str, Sequence[Document]]) -> None:
    """Each record of each scope goes from state to state as its machine draws it, gaps of a gathered history allowed."""
    last: dict[tuple[str, str], Document] = {}
    for record, documents in by_record.items():
        for document in documents:
            key = (record, str(document.scope))
            before = last.get(key)
            last[key] = document
            if before is not None and document.in_force.since <= (before.in_force.until or date.max):
                state, notice = _state_left(before, document)
                refused = transition(state, document, notice=notice, in_history=True)
                if refused is not None:
                    raise RuleInvalid(f"document {document.id} after {before.id}: {refused}")


def _state_left(before: Document, document: Document) -> tuple[str, Document | None]:
    """The state in which ``before`` leaves its record on the eve of ``document``, and the notice that runs then."""
    if before.status != "TERMINATION_NOTICE":
        return before.status, None
    ended = document.in_force.since > first_day_ended(before.in_force.since) and document.status != "TERMINATED"
    return ("TERMINATED", None) if ended else (before.status, before)


def _check_consent(documents: Sequence[Document]) -> None:
    """A notice, suspension or termination needs a memorandum before it; a notice runs by its own 30 days, not by
    ``until``.
    """
    signed = False
    for document in documents:
        if document.status in ("SUSPENDED", "TERMINATION_NOTICE", "TERMINATED") and not signed:
            raise RuleInvalid(
                f"document {document.id}: {document.status} of {document.scope} without a memorandum signed before it"
            )
        if document.status == "TERMINATION_NOTICE" and document.in_force.until is not None:
            raise RuleInvalid(
                f"document {document.id}: a notice has no until; the memorandum ends 30 days after receipt"
            )
        signed = signed or document.status == "SIGNED"
