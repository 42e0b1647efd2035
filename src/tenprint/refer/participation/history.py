"""What stood on a day, as the documents say: consent, activation, override and second response, each by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A state's own position on a day. status: a consent status, TERMINATED once a notice has run out, None when no
    document says.

    stands: True only while a signed memorandum holds, also during the days of notice. document: the one that decides.
    """

    status: str | None
    stands: bool
    document: Document | None


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
        for state in {d.scope.name for d in self._records(CONSENT)}:
            _check_consent([d for d in self._records(CONSENT) if d.scope.name == state])

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
        said = [d for d in self._records(STATEMENT) if d.in_force.since <= on and d.scope.covers(place, ori)]
        return Standing(
            jurisdiction=place,
            on=on,
            consent=self.consent(place.state, on),
            activation=self._nearest(ACTIVATION, place, ori, on),
            override=override if override is not None and override.status == "DECLARED" else None,
            second_response=self._nearest(SECOND_RESPONSE, place, ori, on),
            statements=tuple(reversed(said)),
        )

    def consent(self, state: str, on: date) -> Consent:
        """The state's own position on a day. No act of anybody else changes it.

        A notice of termination leaves the memorandum in force for 30 days from receipt; a later signature withdraws it.
        """
        last: Document | None = None
        notice: Document | None = None
        signed = False
        for document in self._records(CONSENT):
            if document.scope.name != state or document.in_force.since > on:
                continue
            last = document
            if document.status == "TERMINATION_NOTICE":
                notice = document
                continue
            signed = document.status == "SIGNED"
            if signed:
                notice = None
        if notice is not None and on >= first_day_ended(notice.in_force.since):
            return Consent(status="TERMINATED", stands=False, document=notice)
        if last is None or on not in last.in_force:
            return Consent(status=None, stands=False, document=None)
        return Consent(status=last.status, stands=signed, document=last)

    def _records(self, record: str) -> Sequence[Document]:
        return self._by_record.get(record, ())

    def _nearest(self, record: str, place: Jurisdiction, ori: str, on: date) -> Document | None:
        """The document in force with the narrowest scope; of those, the latest."""
        found = [d for d in self._records(record) if on in d.in_force and d.scope.covers(place, ori)]
        if not found:
            return None
        narrowest = min(d.scope.rank for d in found)
        return [d for d in found if d.scope.rank == narrowest][-1]


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
