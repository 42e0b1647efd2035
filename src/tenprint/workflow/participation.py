"""Participation as it stands: the programme's shipped documents, and those that were recorded here since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from tenprint.errors import StoreError, UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader, UnitOfWork
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.gate import GateDecision, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.parties import SigningRefused, recorder_refused
from tenprint.refer.participation.sources import InForce, Source
from tenprint.workflow.adoption import profile_in_use
from tenprint.workflow.house import House
from tenprint.workflow.party_keys import STREAM_ID as SIGNING
from tenprint.workflow.party_keys import keys_of, parties_fault, signing
from tenprint.workflow.signed_documents import (
    PARTICIPATION_KEY,
    content_fault,
    require_signature,
    sign_facts,
    signature_fault,
)

STREAM_ID = "documents"
"""All recorded participation documents are one stream: their order matters."""

SIGNED_TYPES: Final = (
    events.PARTICIPATION_RECORDED, events.OBLIGATION_FULFILLED, events.PARTY_KEY_REGISTERED, events.PARTY_KEY_REVOKED,
    events.DOCUMENT_DRAFTED, events.DOCUMENT_SIGNED,
)  # fmt: skip
"""Events of participation that a party signs."""


def history_of(house: House, reader: Reader | None = None) -> ParticipationHistory:
    """The programme's history together with the documents recorded here, each signature verified.

    Read again only when a document was added; what is kept is the documents, never an answer. Raises StoreError when a
    recorded document's signature does not hold. reader: a unit of work whose decision rests on it; else what is committed now.
    """
    if reader is None:
        with house.store.reader() as opened:
            return history_of(house, opened)
    version = reader.version(events.PARTICIPATION, STREAM_ID)
    if house.history_read is not None and house.history_read[0] == version:
        return house.history_read[1]
    recorded = reader.stream(events.PARTICIPATION, STREAM_ID)
    _require_signatures(house, reader, recorded)
    history = house.programme.history
    if recorded:
        history = history.with_documents([document_of(event) for event in recorded])
    house.history_read = (len(recorded), history)
    return history


def _require_signatures(house: House, reader: Reader, recorded: Sequence[Recorded]) -> None:
    """Raises StoreError unless the recorder's signature on each document holds, and those of its parties where it has them."""
    told = signing(house, reader) if recorded else []
    for event in recorded:
        require_signature(house.keys, event)
        fault = parties_fault(event, document_of(event), told)
        if fault is not None:
            raise StoreError(f"{fault}. Nothing was decided. Keep everything as it is and call the auditor.")


def signature_faults(house: House) -> list[str]:
    """Recorded documents whose signatures, or whose bytes, do not hold, in words; for `doctor`."""
    with house.store.reader() as reader:
        recorded = [*reader.events(stream=events.PARTICIPATION, types=SIGNED_TYPES, private=True)]
    keys = [event for event in recorded if event.stream_id == SIGNING]
    faults = [signature_fault(house.keys, event) for event in recorded]
    faults += [parties_fault(event, document_of(event), keys) for event in recorded if event.stream_id == STREAM_ID]
    return [fault for fault in [*faults, *(content_fault(house.vault, event) for event in recorded)] if fault]


def profile_of(house: House) -> str:
    """The participation profile in use."""
    return profile_in_use(house)


def place_name(place: Jurisdiction) -> str:
    """How a jurisdiction is written in events and tables: county and state."""
    return f"{place.county}, {place.state}"


def day_at(place: Jurisdiction | None, at: datetime) -> date:
    """The day at that place, since rules, documents and birthdays speak of local days; that of UTC where the place is not known."""
    return at.astimezone(place.zone).date() if place else at.date()


def today_at(house: House, cri: str) -> date:
    """Today at an agency's place by the programme's clock (see `day_at`)."""
    return day_at(history_of(house).jurisdiction(cri), house.clock.now())


def document_of(event: Recorded) -> Document:
    """A recorded document back as the noun that `refer` reasons with."""
    facts = event.public
    return Document(
        id=f"recorded/{event.id}",
        record=str(facts["record"]),
        scope=Reach.parse(str(facts["scope"])),
        status=str(facts["status"]),
        in_force=InForce(date.fromisoformat(str(facts["in_force_from"])), _day(facts["in_force_until"])),
        document=str(facts["document"]),
        claimed_by=str(facts["claimed_by"]),
        authority_claimed=str(facts["authority_claimed"]),
        source=Source(str(facts["source"]), None, event.recorded_at.date()),
        evidence=str(facts["evidence"]),
        basis=None if facts["basis"] is None else str(facts["basis"]),
    )


def _day(value: Value) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def record_document(
    house: House, facts: Mapping[str, str | None], *, by: Actor, content: bytes | None = None
) -> Document | TransitionRefused | SigningRefused:
    """Record one dated, sourced document on the recorder's word, signed by their key; or the refusal of a step that can't follow.

    facts: the public facts of ParticipationRecorded but for the signatures, dates as ISO texts. content: the document's own
    bytes; they are kept sealed, their hash is public. Refused where a party of the document signs with a key of its own.
    Raises NotPermitted, RuleInvalid (what the document may say), RulesConflict (with what is recorded), UsageError (a date that is
    none); nothing is recorded then.
    """
    require(by, "record_participation")
    asked = read_document(facts, house.clock.now().date())
    house.vault.create_key(PARTICIPATION_KEY)
    with house.store.unit_of_work() as work:
        refused = recorder_refused(asked, keys_of(signing(house, work))) or step_refused(house, work, asked)
        if refused is not None:
            return refused
        return record_in(house, work, dict(facts), content, by=by)


def step_refused(house: House, work: Reader, asked: Document) -> TransitionRefused | None:
    """Why a document can't follow what is recorded, or None. Raises RuleInvalid, RulesConflict."""
    history = house.programme.history.with_documents(
        [document_of(event) for event in work.stream(events.PARTICIPATION, STREAM_ID)]
    )
    # What contradicts the documents that are there would leave every gate without an answer.
    history.contradiction(asked)
    refused = history.refusal(asked)
    if refused is None:
        history.with_documents([asked])
    return refused


def record_in(
    house: House, work: UnitOfWork, facts: Mapping[str, Value], content: bytes | None, *, by: Actor
) -> Document:
    """Append a document that was checked, signed by the recorder, in a unit of work that others may share."""
    role, at = require(by, "record_participation"), house.clock.now()
    signed = sign_facts(house.keys, events.PARTICIPATION_RECORDED, facts, content, by=by)
    sealed = None if content is None else house.vault.seal(PARTICIPATION_KEY, content)
    event = Event(
        type=events.PARTICIPATION_RECORDED,
        effective_at=at,
        public=signed,
        private={"content": sealed} if sealed else {},
    )
    (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=work.version(events.PARTICIPATION, STREAM_ID),
                              actor=by.id, role=role, purpose="participation", recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    return document_of(recorded)


def read_document(facts: Mapping[str, str | None], today: date) -> Document:
    """The document that those facts describe, before it is recorded. Raises RuleInvalid; UsageError for a date that is none."""
    try:
        return _read(facts, today)
    except (ValueError, KeyError) as error:
        raise UsageError(f"the document can't be read: {error}; nothing was recorded") from None


def _read(facts: Mapping[str, str | None], today: date) -> Document:
    return Document(
        id="to-record", record=str(facts["record"]), scope=Reach.parse(str(facts["scope"])), status=str(facts["status"]),
        in_force=InForce(date.fromisoformat(str(facts["in_force_from"])), _day(facts["in_force_until"])), document=str(facts["document"]),
        claimed_by=str(facts["claimed_by"]), authority_claimed=str(facts["authority_claimed"]),
        source=Source(str(facts["source"]), None, today), evidence=str(facts["evidence"]), basis=facts["basis"],
    )  # fmt: skip


def gate_answers(
    house: House, cri: str, *, on: date, tot: str = "CAR", profile: str | None = None
) -> Sequence[GateDecision]:
    """What the gate would say for a booking of an adult by ``cri`` on a day, for every repository; nothing is recorded."""
    return [
        decide_gate(
            history=history_of(house),
            profile=profile or profile_of(house),
            tot=tot,
            cri=cri,
            on=on,
            repository=name,
            juvenile=False,
        )
        for name in house.programme.repositories
    ]
