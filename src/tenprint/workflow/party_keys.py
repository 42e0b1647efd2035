"""The parties' own public keys: registered and revoked by named persons, and what the signatures on a document rest on.

Keys, drafts and signatures are one stream, so that no signature is taken on a key that is revoked in the same moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, cast

from tenprint.errors import UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.infra.vault.keyring import verify_with
from tenprint.infra.vault.outside import read_public_key
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.model.party_signatures import OUTSIDE, fingerprint, message, signed_text
from tenprint.refer.participation.documents import Document, Reach
from tenprint.refer.participation.parties import PartyKey, SigningRefused, key_refused, needed, party, recorder_refused
from tenprint.workflow.house import House
from tenprint.workflow.signed_documents import PARTICIPATION_KEY, require_signature, sign_facts

STREAM_ID: Final = "signing"
"""Keys of parties, drafts and signatures on them: one stream, their order matters."""


def party_day(house: House, name: str, at: datetime) -> date:
    """The day at a party's own place; where it has several, the latest of them, so that no key outlives its revocation."""
    places = house.programme.history.jurisdictions.all()
    reach = Reach.parse(name)
    own = [
        p
        for p in places
        if reach.covers(p, p.ori_prefix) or (reach.kind == "ori" and reach.name.startswith(p.ori_prefix))
    ]
    return max((at.astimezone(place.zone).date() for place in own), default=at.date())


def signing(house: House, reader: Reader) -> list[Recorded]:
    """Every event of the stream, each signature of its recorder verified. Raises StoreError."""
    told = reader.stream(events.PARTICIPATION, STREAM_ID)
    for event in told:
        require_signature(house.keys, event)
    return told


def keys_of(told: Sequence[Recorded]) -> tuple[PartyKey, ...]:
    """The keys as those events leave them, in order of registration."""
    ended = {str(e.public["fingerprint"]): date.fromisoformat(str(e.public["in_force_until"]))
             for e in told if e.type == events.PARTY_KEY_REVOKED}  # fmt: skip
    return tuple(
        PartyKey(
            party=str(e.public["party"]), fingerprint=str(e.public["fingerprint"]), public_key=bytes.fromhex(str(e.public["public_key"])),
            since=date.fromisoformat(str(e.public["in_force_from"])), until=ended.get(str(e.public["fingerprint"])),
        )
        for e in told
        if e.type == events.PARTY_KEY_REGISTERED
    )  # fmt: skip


def party_keys(house: House) -> tuple[PartyKey, ...]:
    """Every key that was ever registered for a party."""
    with house.store.reader() as reader:
        return keys_of(signing(house, reader))


def register_key(
    house: House, name: str, public_key: Path, *, since: date, document: str, source: str, by: Actor, content: bytes | None = None
) -> Recorded | SigningRefused:  # fmt: skip
    """Record a party's own public key; from then on nobody in this house signs or records a document in that party's name.

    since: first day on which a signature by it is taken. document, source: what the key was handed over with, in words; content: that
    document's bytes. Raises NotPermitted; UsageError for a party, key or text that can't be.
    """
    role = require(by, "record_participation")
    raw = read_public_key(public_key.read_bytes())
    if raw in house.keys.public_keys().values():
        raise UsageError(
            "this key is on the house's own ring, so the party does not hold it alone; nothing was recorded"
        )
    mark = fingerprint(raw)
    facts: dict[str, Value] = {
        "party": party(name),
        "fingerprint": mark,
        "public_key": raw.hex(),
        "in_force_from": since.isoformat(),
    }
    return _append(
        house, events.PARTY_KEY_REGISTERED, facts, document=document, source=source, by=by, role=role, content=content
    )


def revoke_key(
    house: House, mark: str, *, until: date, document: str, source: str, by: Actor, content: bytes | None = None
) -> Recorded | SigningRefused:  # fmt: skip
    """Record that a key signs nothing any more. until: the first day NOT in force, today at the party's place or later.

    What was signed with it before stays signed: a party that takes its word back does so by a document. Raises NotPermitted; UsageError
    for a key that is not registered, is revoked already, or a day that is past.
    """
    role = require(by, "record_participation")
    known = {key.fingerprint: key for key in party_keys(house)}
    key = known.get(mark)
    if key is None or key.until is not None:
        found = "is not registered" if key is None else f"was revoked from {key.until} on"
        raise UsageError(f"the key {mark[:80]} {found}; see `tenprint participation keys`; nothing was recorded")
    today = party_day(house, key.party, house.clock.now())
    if until < max(today, key.since):
        raise UsageError(
            f"a revocation does not reach back: the key is in force from {key.since}, and it is {today} at {key.party}; nothing was recorded"
        )
    facts: dict[str, Value] = {"party": key.party, "fingerprint": mark, "in_force_until": until.isoformat()}
    return _append(
        house, events.PARTY_KEY_REVOKED, facts, document=document, source=source, by=by, role=role, content=content
    )


def _append(
    house: House, event_type: str, facts: dict[str, Value], *, document: str, source: str, by: Actor, role: str, content: bytes | None
) -> Recorded | SigningRefused:  # fmt: skip
    if not document.strip() or not source.strip():
        raise UsageError("a key needs the words of the document it came with, and its source; nothing was recorded")
    house.vault.create_key(PARTICIPATION_KEY)
    at = house.clock.now()
    with house.store.unit_of_work() as work:
        told = signing(house, work)
        if event_type == events.PARTY_KEY_REGISTERED:
            refused = key_refused(str(facts["party"]), str(facts["fingerprint"]), keys_of(told))
            if refused is not None:
                return refused
        signed = sign_facts(house.keys, event_type, {**facts, "document": document, "source": source}, content, by=by)
        sealed = None if content is None else house.vault.seal(PARTICIPATION_KEY, content)
        event = Event(type=event_type, effective_at=at, public=signed, private={"content": sealed} if sealed else {})
        (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=len(told), actor=by.id, role=role,
                                  purpose="participation", recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    return recorded


def parties_fault(event: Recorded, document: Document, told: Sequence[Recorded]) -> str | None:
    """What is wrong with the parties' signatures on a recorded document, in words; None when all hold, or none were asked for.

    told: the stream of keys and signatures. A document recorded on the house's word alone is a fault where a party of it had a key of
    its own by then.
    """
    where = f"participation event {event.id} ({document.record})"
    known = keys_of([one for one in told if one.position < event.position])
    if event.public.get("draft") is None:
        refused = recorder_refused(document, known)
        return None if refused is None else f"{where}: {refused.says}"
    keys = {key.fingerprint: key for key in known}
    needs = [" or ".join(one) for one in needed(document)]
    try:
        text, signatures = signed_text(event.public), cast("list[dict[str, Any]]", event.public["signatures"])
        faults = (_signature_fault(one, text, keys) for one in signatures)
        fault = next((found for found in faults if found), None)
        signed = {str(one["party"]) for one in signatures}
    except (KeyError, TypeError, ValueError) as error:
        return f"{where}: its parties' signatures can't be read ({error!r})"
    if fault is None and event.public["parties"] != needs:
        fault = f"it says that {event.public['parties']!r} must sign; needed: {needs!r}"
    unsigned = [one for one in needs if not signed.intersection(one.split(" or "))]
    if fault is None and unsigned:
        fault = f"lacks the signature of {', '.join(unsigned)}"
    return None if fault is None else f"{where}: {fault}"


def _signature_fault(one: dict[str, Any], text: bytes, keys: dict[str, PartyKey]) -> str | None:
    name, mark = str(one["party"]), str(one["fingerprint"])
    public_key = bytes.fromhex(str(one["public_key"]))
    if fingerprint(public_key) != mark:
        return f"the key of {name} is not the one whose fingerprint is stated"
    if one["made"] == OUTSIDE:
        key = keys.get(mark)
        if key is None or key.party != name or not key.stands(date.fromisoformat(str(one["taken_on"]))):
            return f"{name} signed with a key that was not registered and in force for it"
    elif any(key.party == name for key in keys.values()):
        return f"{name} has a key of its own, and was signed for inside"
    if not verify_with(public_key, message(str(one["form"]), text), bytes.fromhex(str(one["by_party"]))):
        return f"the signature of {name} does not verify"
    return None
