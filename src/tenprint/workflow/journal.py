"""How the log learns of events: the outbox, taken in order, and promises that it will be published.

States of an event, named by what is lost if power fails now:
  *sealed*     its private half is an encrypted object; nothing refers to it     (lost; `doctor` sweeps the object)
  *recorded*   event and outbox row are committed together                      (nothing; the log is told at the next start)
  *logged*     its entry is in the log under a signed head                      (nothing; the outbox learns its index by comparing)
  *published*  a public checkpoint covers it                                    (nothing)
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from tenprint.account.claims.opened_entries import OpenedEntry
from tenprint.account.ledger.log import Log
from tenprint.account.ledger.promise import promise
from tenprint.account.ledger.tlog_proof import write_tlog_proof
from tenprint.clock import from_text, to_text
from tenprint.errors import LedgerForked, NotFound
from tenprint.ids import EventId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader
from tenprint.workflow.house import LOG_KEY, SYSTEM, House

PUBLISH_WITHIN: Final = timedelta(hours=2)
"""A promise's deadline. Source: design decision 4, checkpoints are published at most hourly; one more hour for the publisher."""

BATCH: Final = 1024
"""Outbox rows taken into the log at once. Set by: bounds memory; any value gives the same log."""

LOST_ENTRIES: Final = "ledger/lost_entries"
"""Setting: entries of the log whose events a restore could not bring back. They count, so that the log is never set back."""


def tell_log(house: House) -> int:
    """Append every recorded event that the log does not hold yet; returns how many. Safe to repeat after a crash."""
    with house.log() as log:
        told = _adopt(house, log)
        while True:
            with house.store.reader() as reader:
                pending = reader.outbox.pending(BATCH)
            if not pending:
                return told
            first = log.append([row.leaf for row in pending])
            with house.store.unit_of_work() as work:
                for offset, row in enumerate(pending):
                    work.outbox.taken(row.position, first + offset)
            told += len(pending)


def _adopt(house: House, log: Log) -> int:
    """Entries appended just before a crash: find out which outbox or release rows they are."""
    with house.store.reader() as reader:
        lost = int(reader.settings.get(LOST_ENTRIES) or 0)
        known = reader.outbox.logged() + reader.rows.logged() + lost
        if log.size < known:
            raise LedgerForked(f"the log holds {log.size} entries, but {known} were acknowledged; nothing was appended")
        if log.size == known:
            return 0
        events = reader.outbox.pending(log.size - known)
        rows = reader.rows.unlogged()
    with house.store.unit_of_work() as work:
        ahead = iter(events)
        by_entry = {b"\x02" + row.leaf_hash: row for row in rows}
        for index in range(known, log.size):
            entry = log.entry(index)
            if entry in by_entry:
                work.rows.logged_at(by_entry.pop(entry).event_position, index)
                continue
            row = next(ahead, None)
            if row is None or row.leaf != entry:
                raise LedgerForked(
                    f"entry {index} of the log is no event that the store recorded; nothing was appended"
                )
            work.outbox.taken(row.position, index)
    return 0


def promise_for(house: House, event: EventId) -> dict[str, Any]:
    """The signed promise that an event's entry will be published: given with every answer, and the same each time.

    Raises NotFound while the log has not taken the entry.
    """
    with house.store.reader() as reader:
        row = reader.outbox.of_event(event)
        if row is None or row.leaf_index is None:
            raise NotFound("the log has not taken this event's entry yet; ask again in a moment")
        said = reader.settings.get(f"promise/{event}")
        given_at = None if said is None else from_text(said)
    if given_at is None:
        given_at = house.real_clock.now()
        with house.store.unit_of_work() as work:
            work.settings.set(f"promise/{event}", to_text(given_at))
    return {
        **promise(house.keys.signer(LOG_KEY), entry=row.leaf, at=given_at, publish_by=given_at + PUBLISH_WITHIN),
        "index": row.leaf_index,
    }


def publish(house: House, *, force: bool = False, by: Actor = SYSTEM) -> str | None:
    """Publish a checkpoint if the hour allows it; returns the note, or None when it was too early. Raises NotPermitted."""
    require(by, "publish")
    tell_log(house)
    with house.log() as log:
        return log.publish(house.real_clock.now(), force=force)


def proof_for(house: House, event: EventId) -> str:
    """The tlog-proof of an event's entry under the published checkpoint. Raises NotFound before publication."""
    with house.store.reader() as reader:
        row = reader.outbox.of_event(event)
    if row is None or row.leaf_index is None:
        raise NotFound("the log has not taken this event's entry yet")
    with house.log() as log:
        return log.proof_file(row.leaf_index)


def opened_entry(reader: Reader, log: Log, event: EventId, *, index: int, size: int, note: str) -> OpenedEntry:
    """One event's entry, opened for a stranger. index: in the log; size, note: of the published checkpoint, which covers it."""
    s1, public, h2 = reader.public_opening(event)
    proof = write_tlog_proof(index, log.inclusion_proof(index, size), checkpoint=note)
    return OpenedEntry(index=index, s1=s1, public=public, h2=h2, proof=proof)
