"""A restore: data and keys meet again in a new folder, which serves only after it has caught up (design decision 13).

All of it happens in an unfinished folder beside the new one; only the last step gives it its name. A restore that is
refused overwrites the keys it had unpacked and leaves nothing. In order: the backup's files, the keys, the log against
the published checkpoint, the list of expungements; then it may be served.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tenprint.account.ledger import layout
from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.log import Log
from tenprint.account.ledger.note import Checkpoint, verify_note
from tenprint.errors import KeyMissing, LedgerForked, PersonUnknown, UsageError
from tenprint.identify.gallery.durable import LOCK
from tenprint.identify.gallery.gallery import Gallery
from tenprint.ids import EncounterId, KeyId, PersonId, fresh
from tenprint.infra.store.store import Store, UnitOfWork
from tenprint.infra.vault import backup as vault_backup
from tenprint.infra.vault import durable
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.workflow.backup import CONTENTS, DATABASE, SUMMARY, check_data_backup, newest_key_backup
from tenprint.workflow.enrolment import EXPUNGED_LIST, objects_of
from tenprint.workflow.house import LOG_KEY, SYSTEM, House
from tenprint.workflow.journal import LOST_ENTRIES, tell_log

REPLAYED: Final = "replayed_after_restore"
"""Public reason of an expungement that is carried out again in a restored house."""

BATCH: Final = 1024
"""Entries taken from a mirror in one commit. Set by: bounds memory; any value gives the same log."""


@dataclass(frozen=True, slots=True)
class Expungement:
    """One line of the list: random ids only. encounter: the one booking; None for a person as a whole.
    act: delete, seal or unseal; the last word on a key counts.
    """

    person: PersonId
    repository: str
    keys: tuple[KeyId, ...]
    encounter: EncounterId | None = None
    act: str = "delete"


def restore(
    to: Path,
    *,
    data: Path,
    keys: Path,
    wrapping: Path,
    checkpoint: Path,
    expunged: Path,
    open_at: Callable[[Path], House],
    mirror: Path | None = None,
) -> dict[str, Any]:
    """Make the data directory ``to`` from a data backup and a key backup; returns what was brought back and what is lost.

    wrapping:   the wrapping key's file, or a folder of them. open_at: how this installation opens a house (`wiring`).
    checkpoint: the last published checkpoint, from a mirror, witness or agency. mirror: a copy of the log's public files,
                from which entries that the backup lacks are taken. expunged: the current list of expungements.
    Raises UsageError for a place that is taken, KeyMissing when the wrapping key is destroyed or keys are missing,
    ObjectDamaged, CheckpointInvalid, and LedgerForked while the log is behind or beside the checkpoint.
    """
    if to.exists():
        raise UsageError(f"{to} is there already; a restore makes a new data directory. Nothing was restored.")
    summary = check_data_backup(data)
    files = vault_backup.open_keys(newest_key_backup(keys).read_bytes(), wrapping)
    listed = read_expunged(expunged)
    note = checkpoint.read_text("utf-8")
    place = to.resolve()
    unfinished = place.with_name(f".{place.name}.{fresh()[:8]}{durable.TEMPORARY_SUFFIX}")
    durable.make_folder(place.parent)
    try:
        shutil.copytree(data, unfinished, ignore=shutil.ignore_patterns(CONTENTS, SUMMARY))
        unfinished.chmod(0o700)
        for gallery in (unfinished / "gallery").iterdir():
            (gallery / LOCK).touch(mode=0o600)  # empty, so never copied; without it the folder is no gallery
        vault_backup.write_keys(files, unfinished / "keys")
        shutil.copyfile(expunged, unfinished / EXPUNGED_LIST)
        lost = _catch_up(unfinished, note, mirror)
        house = open_at(unfinished)
        try:
            replayed = replay_expunged(house, listed)
        finally:
            house.close()
        unfinished.rename(place)
    except BaseException:
        vault_backup.destroy_folder(unfinished / "keys")
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    durable.sync_folder(place.parent)
    return {
        "data": str(place), "backup_made_at": summary["made_at"], "expunged_again": replayed, "entries_without_event": lost,
        "next": "run `tenprint doctor --fsck --sweep` before serving; entries without an event are in the log, but what they recorded "
                "is lost: tell the agencies that hold receipts for them",
    }  # fmt: skip


def read_expunged(path: Path) -> list[Expungement]:
    """The list of expungements, in order. Raises UsageError for a line that can't be read: a list half read replays half."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            keys = tuple(KeyId(str(key)) for key in entry["keys"])
            only = EncounterId(str(entry["encounter"])) if "encounter" in entry else None
            found.append(
                Expungement(
                    PersonId(str(entry["person"])),
                    str(entry["repository"]),
                    keys,
                    only,
                    str(entry.get("act", "delete")),
                )
            )
        except (ValueError, KeyError, TypeError):
            raise UsageError(
                f"{path}, line {number}: not an expungement (person, repository, keys). Nothing was restored; take the list "
                "from beside the log's mirror again."
            ) from None
    return found


def replay_expunged(house: House, listed: Sequence[Expungement]) -> int:
    """Carry out again whatever on the list this house still holds; returns how many persons that were. Idempotent.

    Raises UsageError when the house knows an expungement that is not on the list: that list is older than the backup.
    """
    _refuse_old_list(house, listed)
    replayed = 0
    for each in listed:
        present = False
        if each.act != "delete":
            _hold(house, each)
            continue
        with house.store.reader() as reader:
            held = [
                row
                for row in reader.enrolments.for_person(each.person, repository=each.repository)
                if each.encounter in {None, row.encounter}
            ]
            bookings = {row.submission for row in held if row.submission} | (
                {each.encounter} if each.encounter else set()
            )
            with house.vault.under_order(*each.keys):
                sealed = objects_of(reader, sorted(bookings), [row.encounter for row in held])
        for name in sealed:
            house.vault.destroy_object(name)
        gallery = house.galleries.get(each.repository)
        if gallery is not None:
            with suppress(PersonUnknown):
                _erase(gallery, each)
        for key in each.keys:
            present = present or not house.vault.is_destroyed(key)
            house.vault.destroy_key(key)
        replayed += _record(house, each) or present
    tell_log(house)
    return replayed


def _hold(house: House, each: Expungement) -> None:
    """What a court or a rule sealed stays sealed after a restore; a key that is gone needs no sealing."""
    for key in each.keys:
        if not house.vault.is_destroyed(key):
            with suppress(KeyMissing):
                house.vault.hold_back(key) if each.act == "seal" else house.vault.give_back(key)
    if each.repository in house.galleries:
        house.galleries[each.repository].refresh_sealed()


def _erase(gallery: Gallery, each: Expungement) -> None:
    if each.encounter is None:
        gallery.expunge(each.person)
    else:
        gallery.expunge_encounter(each.encounter)


def _record(house: House, each: Expungement) -> bool:
    """Mark what the store still shows of the person, and record that this was done; False when it showed nothing."""
    at, stream = house.clock.now(), fresh()
    key = KeyId(stream)
    with house.store.unit_of_work() as work:
        shown = _close_bookings(house, work, each)
        if each.encounter is None:
            shown = bool(work.enrolments.expunge(each.person, each.repository, at=at)) or shown
        else:
            shown = work.enrolments.expunge_encounter(each.encounter, each.repository, at=at) or shown
        if shown:
            house.vault.create_key(key)
            gone = Event(type=events.PERSON_EXPUNGED, effective_at=at,
                         public={"repository": each.repository, "reason": REPLAYED, "receipt": "replayed"})  # fmt: skip
            work.append(events.REPOSITORY, stream, [gone], expected=0, actor=SYSTEM.id, role="system", purpose="redress",
                        recorded_at=at, key=key)  # fmt: skip
    return shown


def _close_bookings(house: House, work: UnitOfWork, each: Expungement) -> bool:
    """Bookings under a destroyed key. Their own events can't be appended any more: nothing can be sealed under that key."""
    at = house.clock.now()
    closed = False
    for row in work.submissions.list(limit=None):
        if row.key_id not in each.keys or row.state == "expunged":
            continue
        for file in work.cases.for_submission(row.id):
            work.cases.set(file.id, stage="expunged", updated_at=at, closed_at=at)
            work.tasks.done_for_case(file.id, at=at)
            work.timers.done_for(events.CASE, file.id)
        work.timers.done_for(events.SUBMISSION, row.id)
        work.submissions.set(row.id, state="expunged", updated_at=at)
        closed = True
    return closed


def _refuse_old_list(house: House, listed: Sequence[Expungement]) -> None:
    named = {(each.person, each.repository) for each in listed if each.encounter is None and each.act == "delete"}
    single = {(each.encounter, each.repository) for each in listed if each.encounter and each.act == "delete"}
    with house.store.reader() as reader:
        known = {
            (row.person, row.repository)
            for row in reader.enrolments.list(present_only=False)
            if row.expunged_at is not None and (row.encounter, row.repository) not in single
        }
    if known - named:
        raise UsageError(
            f"the list of expungements lacks {len(known - named)} that the backup itself knows: it is not the current one. "
            "Nothing was restored; take the list from beside the log's mirror."
        )


def _catch_up(root: Path, note: str, mirror: Path | None) -> int:
    """Bring the restored log up to the checkpoint; returns how many entries have no event any more."""
    signer = KeyRing(root / "keys").signer(LOG_KEY)
    vault = FileVault(root / "objects", root / "keys")
    _refuse_without_keys(vault)
    log = Log.open(root / "ledger", signer=signer)
    trusted = {log.origin: signer.public_key}
    shown = verify_note(note, trusted)
    if mirror is not None:
        _append_from(mirror, log, trusted)
    if log.size < shown.size:
        raise LedgerForked(
            f"the restored log has {log.size} entries, the published checkpoint covers {shown.size}: {shown.size - log.size} are "
            "missing, and a log that was set back may not serve [design decision 13]. Nothing was restored. Name a mirror of the "
            "log that covers the checkpoint (--mirror DIR), or take a newer data backup."
        )
    _check_same(log, shown, "the published checkpoint")
    return _settle(root, log, vault)


def _refuse_without_keys(vault: FileVault) -> None:
    faults = vault.fsck(set(vault.objects()))
    if faults:
        raise KeyMissing(
            f"key backup and data backup do not fit: {faults[0]}"
            + (f", and {len(faults) - 1} more" if len(faults) > 1 else "")
            + ". Nothing was restored. Take a key backup that was made after the data backup."
        )


def _append_from(mirror: Path, log: Log, trusted: Mapping[str, bytes]) -> None:
    """Append what the mirror's published checkpoint covers beyond the log, once both are known to be one log."""
    verify_folder(mirror, keys=trusted)
    shown = verify_note((mirror / layout.CHECKPOINT).read_text("utf-8"), trusted)
    for first in range(log.size, shown.size, BATCH):
        log.append([_entry(mirror, index, shown.size) for index in range(first, min(first + BATCH, shown.size))])
    _check_same(log, shown, "the mirror's checkpoint")


def _entry(mirror: Path, index: int, size: int) -> bytes:
    tile = index // layout.TILE
    width = min(layout.TILE, size - tile * layout.TILE)
    name = layout.TileName(None, tile, width).path
    return layout.unbundle((mirror / name).read_bytes(), width, where=name)[0][index % layout.TILE]


def _check_same(log: Log, shown: Checkpoint, what: str) -> None:
    if log.root_at(shown.size) != shown.root:
        raise LedgerForked(
            f"{what} of {shown.size} entries has another root than the restored log: they are two logs. Nothing was restored."
        )


def _settle(root: Path, log: Log, vault: FileVault) -> int:
    """Tell the store where its waiting entries stand in the log, and how many entries are of events that it has lost."""
    store = Store.open(f"sqlite:///{root / DATABASE}", sealer=vault)
    try:
        with store.unit_of_work() as work:
            lost = int(work.settings.get(LOST_ENTRIES) or 0)
            waiting = {row.leaf: row.position for row in work.outbox.pending()}
            rows = {b"\x02" + row.leaf_hash: row.event_position for row in work.rows.unlogged()}
            for index in range(work.outbox.logged() + work.rows.logged() + lost, log.size):
                entry = log.entry(index)
                if entry in waiting:
                    work.outbox.taken(waiting.pop(entry), index)
                elif entry in rows:
                    work.rows.logged_at(rows.pop(entry), index)
                else:
                    lost += 1
            work.settings.set(LOST_ENTRIES, str(lost))
    finally:
        store.close()
    return lost
