"""Backups: keys and what they open never lie together; what is searched is never copied (design decision 13).

A data backup is a state in which a crash might have left the house: one snapshot of the database, and the objects, cold
records of the galleries, log and releases that it refers to. `restoring` brings it back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tenprint.account.ledger.layout import INCOMING, LOCK
from tenprint.clock import to_text
from tenprint.errors import ObjectDamaged, UsageError
from tenprint.identify.gallery import durable as gallery_folder
from tenprint.identify.gallery.authority_log import AUTHORITIES
from tenprint.identify.gallery.manifest import MANIFEST
from tenprint.identify.gallery.records import RECORDS
from tenprint.infra.access.table import Actor, require
from tenprint.infra.vault import backup as vault_backup
from tenprint.infra.vault import durable
from tenprint.workflow.house import House
from tenprint.workflow.journal import publish

DATABASE: Final = "tenprint.db"
"""The snapshot's name, in the backup as in the data directory."""

CONTENTS: Final = "contents.sha256"
"""List of every file of a data backup: SHA-256 in hexadecimal, two spaces, path. Read by ``sha256sum --check`` too."""

SUMMARY: Final = "backup.json"
"""When, of which programme, up to which entry of the log: for the person who chooses a backup."""

COLD_RECORDS: Final = (RECORDS, MANIFEST, AUTHORITIES)
"""What of a gallery's folder is copied. Source: design decision 13, hot tiers are never backed up but rebuilt from these."""

_NOT_COPIED: Final = frozenset({INCOMING, LOCK})
_STAMP: Final = "%Y-%m-%dT%H%M%SZ"
_KEY_FILE: Final = "keys-*.tpk"
_DATA_FOLDER: Final = "data-*"


def rotate_wrapping_key(house: House) -> tuple[str, ...]:
    """Destroy and replace the wrapping key once it is 30 days old; returns the days on which the destroyed were made.

    Costs one look at a folder when nothing is due: the ticker may call it every round.
    """
    destroyed = vault_backup.rotate(house.root / "keys", today=house.clock.now().date())
    return tuple(day.isoformat() for day in destroyed)


def back_up_keys(house: House, to: Path, *, by: Actor) -> dict[str, Any]:
    """Write all keys as one sealed file into the folder ``to``; returns which wrapping key opens it, and until when it lives.

    Raises NotPermitted without the role, UsageError for a folder inside the data directory or beside a data backup.
    """
    require(by, "administer")
    _refuse_place(house, to, beside=_DATA_FOLDER, what="a data backup")
    at = house.clock.now()
    wrapping, sealed, keys = vault_backup.seal_keys(house.root / "keys", at=at)
    path = to / f"keys-{at.strftime(_STAMP)}.tpk"
    if not durable.write_new(path, sealed):
        raise UsageError(f"{path} is there already; no key backup was made. Wait a second and try again.")
    return {
        "file": str(path), "keys": keys, "made_at": to_text(at), "wrapping_key": f"keys/{vault_backup.WRAPPING}/{wrapping.made_on}.key",
        "can_be_opened_before": wrapping.retires_on.isoformat(),
        "next": "keep a copy of the wrapping key in a third place, and destroy it on that day: this house destroys its own then",
    }  # fmt: skip


def back_up_data(house: House, to: Path, *, by: Actor) -> dict[str, Any]:
    """Write everything but keys and hot tiers into a new folder in ``to``; returns where, and up to which entry of the log.

    A checkpoint is published first if the hour allows it. Objects are copied while the house works; it waits for the
    snapshot, the log, the cold records and whatever objects came since. The list of expungements is not inside: a restore
    takes the current one from elsewhere. Raises NotPermitted, UsageError for a folder inside the data directory or beside
    a key backup.
    """
    require(by, "administer")
    _refuse_place(house, to, beside=_KEY_FILE, what="a key backup")
    publish(house)
    at = house.clock.now()
    name = f"data-{at.strftime(_STAMP)}"
    if (to / name).exists():
        raise UsageError(f"{to / name} is there already; no data backup was made. Wait a second and try again.")
    unfinished = to / f".{name}{durable.TEMPORARY_SUFFIX}"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    durable.make_folder(unfinished)
    _copy_objects(house.root / "objects", unfinished / "objects")
    # Under both locks nothing is recorded or logged; objects and cold records may run ahead of the database, as after a crash.
    with house.log() as log, house.store.unit_of_work():
        house.store.snapshot(unfinished / DATABASE)
        _copy_objects(house.root / "objects", unfinished / "objects")
        _copy_tree(house.ledger_root, unfinished / "ledger")
        _copy_tree(house.releases_root, unfinished / "releases")
        for repository in sorted(house.galleries):
            _copy_cold(house.root / "gallery" / repository, unfinished / "gallery" / repository)
        published = log.published()
        summary = {
            "format": 1, "made_at": to_text(at), "programme": house.programme.id, "code_version": house.code_version,
            "ledger_entries": log.size, "published_entries": published[0] if published else 0,
        }  # fmt: skip
    _write(unfinished / SUMMARY, json.dumps(summary, indent=1, sort_keys=True).encode())
    files = _list_contents(unfinished)
    unfinished.rename(to / name)
    durable.sync_folder(to)
    return {"folder": str(to / name), "files": files, **summary,
            "expunged_list": "not inside: keep the current one beside the log's mirror"}  # fmt: skip


def check_data_backup(folder: Path) -> dict[str, Any]:
    """Compare every file of a data backup with its list; returns its summary.

    Raises UsageError when it is none, or holds keys; ObjectDamaged naming the first file that differs, lacks or is extra.
    """
    if not (folder / CONTENTS).is_file() or not (folder / SUMMARY).is_file():
        raise UsageError(f"{folder} is no data backup: {CONTENTS} or {SUMMARY} is not in it. Nothing was restored.")
    if (folder / "keys").exists():
        raise UsageError(
            f"{folder} holds keys beside what they open [design decision 13]. Nothing was restored; remove them."
        )
    listed = {}
    for line in (folder / CONTENTS).read_text().splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    found = dict(_digests(folder))
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            state = "is missing" if name not in found else "is not on the list" if name not in listed else "was changed"
            raise ObjectDamaged(f"{folder / name} {state}. Nothing was restored; take another backup.")
    summary: dict[str, Any] = json.loads((folder / SUMMARY).read_bytes())
    return summary


def newest_key_backup(place: Path) -> Path:
    """``place`` itself when it is a file, else the newest key backup in that folder. Raises UsageError when there is none."""
    if place.is_file():
        return place
    found = sorted(place.glob(_KEY_FILE)) if place.is_dir() else []
    if not found:
        raise UsageError(f"{place} is no key backup and holds none (keys-….tpk); nothing was restored")
    return found[-1]


def _refuse_place(house: House, to: Path, *, beside: str, what: str) -> None:
    """No backup inside the house, and never keys and data in one folder."""
    root, place = house.root.resolve(), to.resolve()
    if place == root or root in place.parents:
        raise UsageError(f"{to} is inside the data directory; no backup was made. Name a folder on another disk.")
    if next(to.glob(beside), None) is not None:
        raise UsageError(
            f"{to} holds {what}; keys are never in the same backup as what they open [design decision 13]. No backup was made."
        )
    durable.make_folder(place)


def _copy_objects(source: Path, target: Path) -> None:
    """Bring the copy level with the source: add what is new, remove what was destroyed meanwhile. Objects never change."""
    here = set(_files(source))
    for name in sorted(here):
        if not (target / name).exists():
            _copy_file(source / name, target / name)
    for name in set(_files(target)) - here:
        durable.overwrite_and_remove(target / name)


def _copy_tree(source: Path, target: Path) -> None:
    for name in sorted(_files(source)):
        if name not in _NOT_COPIED:
            _copy_file(source / name, target / name)


def _copy_cold(source: Path, target: Path) -> None:
    with gallery_folder.locked(source, exclusive=False):
        for name in COLD_RECORDS:
            _copy_file(source / name, target / name)


def _copy_file(source: Path, target: Path) -> None:
    """Durable, 0600; a file that was destroyed on purpose in this moment is left out, as it will be from now on."""
    durable.make_folder(target.parent)
    try:
        content = source.open("rb")
    except FileNotFoundError:
        return
    with content, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _files(folder: Path) -> Iterator[str]:
    """Paths below ``folder`` of its finished files."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != durable.TEMPORARY_SUFFIX:
            yield path.relative_to(folder).as_posix()


def _list_contents(folder: Path) -> int:
    lines = [f"{digest}  {name}\n" for name, digest in _digests(folder)]
    _write(folder / CONTENTS, "".join(lines).encode())
    return len(lines)


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for name in sorted(_files(folder)):
        if name != CONTENTS:
            with (folder / name).open("rb") as file:
                yield name, hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    durable.write_new(path, content)
