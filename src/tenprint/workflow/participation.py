"""Participation as it stands: the programme's shipped documents, and those that were recorded here since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from tenprint.errors import UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.gate import GateDecision, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.sources import InForce, Source
from tenprint.workflow.adoption import profile_in_use
from tenprint.workflow.house import House
from tenprint.workflow.signed_documents import (
    PARTICIPATION_KEY,
    content_fault,
    require_signature,
    sign_facts,
    signature_fault,
)

STREAM_ID = "documents"
"""All recorded participation documents are one stream: their order matters."""

SIGNED_TYPES: Final = (events.PARTICIPATION_RECORDED, events.OBLIGATION_FULFILLED)
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
    for event in recorded:
        require_signature(house.keys, event)
    history = house.programme.history
    if recorded:
        history = history.with_documents([document_of(event) for event in recorded])
    house.history_read = (len(recorded), history)
    return history


def signature_faults(house: House) -> list[str]:
    """Recorded documents whose signature, or whose bytes, do not hold, in words; for `doctor`."""
    with house.store.reader() as reader:
        recorded = [*reader.events(stream=events.PARTICIPATION, types=SIGNED_TYPES, private=True)]
    faults = [signature_fault(house.keys, event) for event in recorded]
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
) -> Document | TransitionRefused:
    """Record one dated, sourced document, signed by the recording party's key; or the refusal of a step that can't follow.

    facts: the public facts of ParticipationRecorded but for the signature, dates as ISO texts. content: the document's own
    bytes; they are kept sealed, their hash is public.
    Raises NotPermitted, RuleInvalid (what the document may say), RulesConflict (with what is recorded), UsageError (a date that is
    none); nothing is recorded then.
    """
    role = require(by, "record_participation")
    at = house.clock.now()
    try:
        asked = _read(facts, at.date())
    except (ValueError, KeyError) as error:
        raise UsageError(f"the document can't be read: {error}; nothing was recorded") from None
    key = PARTICIPATION_KEY
    house.vault.create_key(key)
    signed = sign_facts(house.keys, events.PARTICIPATION_RECORDED, dict(facts), content, by=by)
    with house.store.unit_of_work() as work:
        version = work.version(events.PARTICIPATION, STREAM_ID)
        before = [document_of(event) for event in work.stream(events.PARTICIPATION, STREAM_ID)]
        history = house.programme.history.with_documents(before)
        # What contradicts the documents that are there would leave every gate without an answer.
        history.contradiction(asked)
        refused = history.refusal(asked)
        if refused is not None:
            return refused
        history.with_documents([asked])
        sealed = None if content is None else house.vault.seal(key, content)
        event = Event(
            type=events.PARTICIPATION_RECORDED,
            effective_at=at,
            public=signed,
            private={"content": sealed} if sealed else {},
        )
        (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=version, actor=by.id, role=role,
                                  purpose="participation", recorded_at=at, key=key)  # fmt: skip
    return document_of(recorded)


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
