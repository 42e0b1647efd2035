"""Participation as it stands: the programme's shipped documents, and those that were recorded here since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from tenprint.errors import UsageError
from tenprint.ids import KeyId
from tenprint.infra.access.table import Actor, require
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.gate import GateDecision, decide_gate
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.participation.jurisdictions import Jurisdiction
from tenprint.refer.participation.sources import InForce, Source
from tenprint.workflow.adoption import profile_in_use
from tenprint.workflow.house import House

STREAM_ID = "documents"
"""All recorded participation documents are one stream: their order matters."""


def history_of(house: House) -> ParticipationHistory:
    """The programme's history together with the documents recorded here."""
    with house.store.reader() as reader:
        recorded = reader.stream(events.PARTICIPATION, STREAM_ID)
    history = house.programme.history
    return history.with_documents([document_of(event) for event in recorded]) if recorded else history


def profile_of(house: House) -> str:
    """The participation profile in use."""
    return profile_in_use(house)


def place_name(place: Jurisdiction) -> str:
    """How a jurisdiction is written in events and tables: county and state."""
    return f"{place.county}, {place.state}"


def day_at(place: Jurisdiction | None, at: datetime) -> date:
    """The day at that place, since rules, documents and birthdays speak of local days; that of UTC where the place is not known."""
    return at.astimezone(place.zone).date() if place else at.date()


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


def record_document(house: House, facts: Mapping[str, str | None], *, by: Actor) -> Document:
    """Record one dated, sourced document. facts: the public facts of ParticipationRecorded, dates as ISO texts.

    Raises NotPermitted, RuleInvalid (what the document may say), RulesConflict (with what is recorded), UsageError (a date that is
    none); nothing is recorded then.
    """
    role = require(by, "record_participation")
    at = house.clock.now()
    event = Event(type=events.PARTICIPATION_RECORDED, effective_at=at, public=dict(facts))
    try:
        _read(facts, at.date())
    except (ValueError, KeyError) as error:
        raise UsageError(f"the document can't be read: {error}; nothing was recorded") from None
    key = KeyId("participation")
    house.vault.create_key(key)
    with house.store.unit_of_work() as work:
        version = work.version(events.PARTICIPATION, STREAM_ID)
        before = [document_of(event) for event in work.stream(events.PARTICIPATION, STREAM_ID)]
        # What contradicts the documents that are there would leave every gate without an answer.
        house.programme.history.with_documents([*before, _read(facts, at.date())])
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
