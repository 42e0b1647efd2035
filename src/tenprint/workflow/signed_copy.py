"""Who signed what, and the file with which a stranger verifies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from tenprint.account.claims.opened_entries import OpenedEntry
from tenprint.account.claims.signed_document import verify_signed_document, write_signed_document
from tenprint.account.ledger.log import Log
from tenprint.errors import NotFound, UsageError
from tenprint.infra.store.store import Reader
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.model.party_signatures import OUTSIDE
from tenprint.workflow.house import House
from tenprint.workflow.journal import opened_entry, tell_log
from tenprint.workflow.participation import STREAM_ID, document_of, history_of
from tenprint.workflow.party_keys import STREAM_ID as SIGNING

PARTIES: Final = "its parties"
"""Whose word a document is that was drafted and signed by all that it needs."""

RECORDER: Final = "whoever recorded it"
"""Of a document that a person of the house recorded: no party signed it here."""

PROGRAMME: Final = "the programme"
"""Of a document that came with the programme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """One party's signature on a recorded document. made: ``inside`` or ``outside`` the house."""

    party: str
    made: str
    fingerprint: str
    taken_on: str

    @property
    def outside(self) -> bool:
        """Whether the party made it with a key that it alone holds."""
        return self.made == OUTSIDE


def signatures(house: House) -> Mapping[str, tuple[SignedBy, ...]]:
    """Document id -> the parties' signatures on it; absent for one that parties did not sign here."""
    with house.store.reader() as reader:
        recorded = reader.stream(events.PARTICIPATION, STREAM_ID)
    return {document_of(event).id: _signed_by(event) for event in recorded if event.public.get("draft") is not None}


def word_of(document_id: str, signed: Mapping[str, tuple[SignedBy, ...]]) -> str:
    """On whose word a document stands."""
    if document_id in signed:
        return PARTIES
    return RECORDER if document_id.startswith("recorded/") else PROGRAMME


def _signed_by(event: Recorded) -> tuple[SignedBy, ...]:
    told = cast("list[dict[str, str]]", event.public["signatures"])
    return tuple(
        SignedBy(party=one["party"], made=one["made"], fingerprint=one["fingerprint"], taken_on=one["taken_on"])
        for one in told
    )


def shown(house: House, document_id: str) -> dict[str, Any]:
    """One document with whose word it is and who signed it. Raises NotFound."""
    document = next((one for one in history_of(house).documents if one.id == document_id), None)
    if document is None:
        raise NotFound(f"no document {document_id[:60]!r}; see `tenprint participation documents`")
    signed = signatures(house)
    return {
        "id": document.id, "record": document.record, "status": document.status, "scope": str(document.scope), "in_force": str(document.in_force),
        "document": document.document, "claimed_by": document.claimed_by, "on_the_word_of": word_of(document.id, signed),
        "signatures": [{"party": one.party, "made": one.made, "fingerprint": one.fingerprint, "taken_on": one.taken_on}
                       for one in signed.get(document.id, ())],
    }  # fmt: skip


def signed_copy(house: House, document_id: str) -> bytes:
    """The file that verifies without us (`verify_copy`), as of the published checkpoint.

    Raises NotFound for a document that no party signed here, UsageError while the checkpoint does not cover it.
    """
    tell_log(house)
    with house.store.reader() as reader, house.log() as log:
        recorded = reader.stream(events.PARTICIPATION, STREAM_ID)
        document = next(
            (e for e in recorded if document_of(e).id == document_id and e.public.get("draft") is not None), None
        )
        if document is None:
            raise NotFound(
                f"no document {document_id[:60]!r} that parties signed here; see `tenprint participation documents`"
            )
        marks = {one.fingerprint for one in _signed_by(document) if one.outside}
        keys = [e for e in reader.stream(events.PARTICIPATION, SIGNING)
                if e.type in (events.PARTY_KEY_REGISTERED, events.PARTY_KEY_REVOKED) and e.public["fingerprint"] in marks]  # fmt: skip
        return write_signed_document(_opened(reader, log, document, keys))


def _opened(reader: Reader, log: Log, document: Recorded, keys: list[Recorded]) -> list[OpenedEntry]:
    """Entries that the checkpoint covers; a revocation that it does not cover yet came after the document."""
    published = log.published()
    size, note = published if published is not None else (0, "")
    places = {
        **reader.outbox.of_stream(events.PARTICIPATION, STREAM_ID),
        **reader.outbox.of_stream(events.PARTICIPATION, SIGNING),
    }
    found = []
    for event in [document, *keys]:
        index = places[event.id]
        if index is None or index >= size:
            if event is document:
                raise UsageError(
                    "no published checkpoint covers this document yet; ask again after the next publication (at most an hour)"
                )
            continue
        found.append(opened_entry(reader, log, event.id, index=index, size=size, note=note))
    return found


def verify_copy(path: Path, *, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Check such a file without a database or any secret. keys: name -> raw public key. Raises ReleaseInvalid."""
    report = verify_signed_document(path.read_bytes(), keys=keys, where=path.name)
    return {
        "document": dict(report.document), "signatures": [dict(one) for one in report.signatures], "log_origin": report.log_origin,
        "log_size": report.log_size, "entries_opened": report.entries_opened, "can_not_check": list(report.can_not_check),
    }  # fmt: skip
