"""Key backups: every key of this house in one sealed file, under a wrapping key that lives 30 days at most.

The wrapping key lies in ``keys/wrapping/<day it was made>.key`` and in no backup; its keeper carries a copy to a third
place and destroys it on the same day as this house does. What a destroyed wrapping key sealed can't be opened by anyone.

States of a rotation, named by what is lost if power fails now: *due* (nothing), *overwritten* (the old key; the next
call removes its file), *removed* (nothing), *made* (nothing).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from tenprint.clock import to_text
from tenprint.errors import KeyMissing, ObjectDamaged, UsageError
from tenprint.ids import KeyId, fresh_salt
from tenprint.infra.vault import durable, sealing
from tenprint.model import canonical

WRAPPING: Final = "wrapping"
"""Folder under keys/ that holds the wrapping key. No encounter's key may have this name."""

WRAPPING_DAYS: Final = 30
"""Days a wrapping key lives. Source: design decision 13, replaced and destroyed every 30 days."""

KEY_BACKUP: Final = b"TPk1"
"""First bytes of a key backup; then the layout of `sealing`."""

_ENDING: Final = ".key"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LIST: Final = "destroyed.log"


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """One wrapping key. made_on: the UTC day of its file's name; its repr does not show the secret."""

    made_on: date
    secret: bytes = field(repr=False)

    @property
    def id(self) -> KeyId:
        """A name that says which key, and nothing about it."""
        return KeyId("wrapping-" + hashlib.sha256(b"tenprint wrapping key\n" + self.secret).hexdigest()[:32])

    @property
    def retires_on(self) -> date:
        """The first day on which it is not used any more, and is destroyed."""
        return self.made_on + timedelta(days=WRAPPING_DAYS)

    def is_due(self, today: date) -> bool:
        """Whether it must go. A key dated in the future was made under a wrong clock: nobody could say when it retires."""
        return today >= self.retires_on or self.made_on > today


def wrapping_key(keys: Path) -> WrappingKey | None:
    """The wrapping key in use, due or not; None before the first key backup. Raises KeyMissing when its file is damaged."""
    found = _wrapping_files(keys / WRAPPING)
    return _read_wrapping(found[-1]) if found else None


def rotate(keys: Path, *, today: date) -> tuple[date, ...]:
    """Destroy every wrapping key that is due, and make its successor; returns the days on which the destroyed were made.

    today: the UTC day. Nothing is made where there was none: the first key backup makes it. Idempotent.
    """
    if not (keys / WRAPPING).is_dir():
        return ()
    with durable.locked(keys / ".lock"):
        return _rotated(keys / WRAPPING, today=today)


def seal_keys(keys: Path, *, at: datetime) -> tuple[WrappingKey, bytes, int]:
    """All keys under the wrapping key in use (made or replaced first, if need be): that key, the sealed file, how many.

    Inside are the keys of encounters, the signing keys, the operator's credential and the list of destroyed ids; never a
    wrapping key and never a destroyed one. Cost: all keys in memory, about 0.2 kB each.
    """
    durable.make_folder(keys / WRAPPING)
    with durable.locked(keys / ".lock"):
        _rotated(keys / WRAPPING, today=at.date())
        wrapping = wrapping_key(keys)
        if wrapping is None:
            durable.write_new(keys / WRAPPING / f"{at.date().isoformat()}{_ENDING}", fresh_salt())
            wrapping = wrapping_key(keys)
        files: dict[str, canonical.Value] = {**_key_files(keys)}
    if wrapping is None:
        raise KeyMissing("the wrapping key was removed while it was used; no key backup was made. Try again.")
    content = canonical.encode({"made_at": to_text(at), "files": files})
    return (
        wrapping,
        sealing.encrypt(wrapping.secret, content, kind=KEY_BACKUP, key=wrapping.id),
        len(files) - (_LIST in files),
    )


def open_keys(sealed: bytes, wrapping: Path) -> dict[str, bytes]:
    """Path below keys/ -> content. wrapping: a wrapping key's file, or a folder of them.

    Raises KeyMissing when none of them sealed this backup (after 30 days it exists nowhere), ObjectDamaged when the file
    was changed or cut.
    """
    fault = sealing.damage_of(sealed, kind=KEY_BACKUP)
    if fault:
        raise ObjectDamaged(f"the key backup {fault}; nothing was restored. Take another key backup.")
    offered = [_read_wrapping(path) for path in ([wrapping] if wrapping.is_file() else _wrapping_files(wrapping))]
    fitting = next((key for key in offered if sealing.key_mark(key.id) == sealed[4:36]), None)
    if fitting is None:
        raise KeyMissing(
            f"none of the {len(offered)} wrapping keys in {wrapping} sealed this key backup; nothing was restored. A wrapping "
            f"key is destroyed {WRAPPING_DAYS} days after it was made, and what it sealed can't be opened by anyone then "
            "[design decision 13]. Take a newer key backup, and the wrapping key of its date."
        )
    return _contents(sealing.decrypt(fitting.secret, sealed, kind=KEY_BACKUP, key=fitting.id))


def write_keys(files: dict[str, bytes], keys: Path) -> None:
    """Put restored keys into an empty folder, each 0600 and durable. Raises UsageError when a file is there already."""
    for name, content in sorted(files.items()):
        path = keys / name
        durable.make_folder(path.parent)
        if not durable.write_new(path, content):
            raise UsageError(f"{path} is there already; keys are restored into a new folder only")


def destroy_folder(keys: Path) -> None:
    """Overwrite and remove every file of a keys folder that was never served, such as a refused restore's."""
    for path in sorted(keys.rglob("*")):
        if path.is_file():
            durable.overwrite_and_remove(path)


def unreadable_after(keys: Path, *, at: datetime) -> date:
    """The day after which no key backup can open what is destroyed at ``at``: at the latest 30 days later.

    Without a wrapping key, or with one that is destroyed this day anyway, no copy outlives the day itself.
    """
    wrapping = wrapping_key(keys)
    if wrapping is None or wrapping.is_due(at.date()):
        return at.date()
    return wrapping.retires_on


def _rotated(folder: Path, *, today: date) -> tuple[date, ...]:
    destroyed = []
    for path in _wrapping_files(folder):
        made_on = date.fromisoformat(path.name.removesuffix(_ENDING))
        if WrappingKey(made_on, b"").is_due(today):
            durable.overwrite_and_remove(path)
            destroyed.append(made_on)
    if destroyed and not _wrapping_files(folder):
        durable.write_new(folder / f"{today.isoformat()}{_ENDING}", fresh_salt())
    return tuple(destroyed)


def _wrapping_files(folder: Path) -> list[Path]:
    """In order of the day they were made."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.glob(f"*{_ENDING}") if _DAY.fullmatch(p.name.removesuffix(_ENDING)))


def _read_wrapping(path: Path) -> WrappingKey:
    day = path.name.removesuffix(_ENDING)
    secret = path.read_bytes()
    if not _DAY.fullmatch(day) or len(secret) != sealing.KEY_BYTES:
        raise KeyMissing(
            f"{path}: {len(secret)} bytes; a wrapping key is {sealing.KEY_BYTES} bytes in a file named by its day, such as "
            "2011-06-07.key. Nothing was sealed or opened."
        )
    return WrappingKey(date.fromisoformat(day), secret)


def _key_files(keys: Path) -> dict[str, bytes]:
    """Everything under keys/ but wrapping keys, locks, unfinished files and what a crash left of a destroyed key."""
    log = keys / _LIST
    destroyed = set(log.read_text("ascii").splitlines()) if log.exists() else set()
    found = {}
    for path in sorted(keys.rglob("*")):
        name = path.relative_to(keys).as_posix()
        if (
            path.is_file()
            and not path.name.startswith(".")
            and not name.startswith(f"{WRAPPING}/")
            and name not in destroyed
            and path.name not in destroyed
        ):
            found[name] = path.read_bytes()
    return found


def _contents(plain: bytes) -> dict[str, bytes]:
    found = canonical.decode(plain)
    files = found.get("files") if isinstance(found, dict) else None
    if not isinstance(files, dict):
        raise ObjectDamaged("the key backup holds no keys; nothing was restored. Take another key backup.")
    checked: dict[str, bytes] = {}
    for name, content in files.items():
        parts = Path(name).parts
        if not isinstance(content, bytes) or not parts or name.startswith("/") or ".." in parts or parts[0] == WRAPPING:
            raise ObjectDamaged(f"the key backup holds {name!r}, which is no key's place; nothing was restored")
        checked[name] = content
    return checked
