"""One file for all objects that are sealed in one unit of work: one flush for all of them (group commit).

    offset    bytes  what
    0         4      "TPp1"
    4         4      number n of objects, big-endian
    8         4 n    length of each sealed object, big-endian
    8 + 4 n   ...    the sealed objects one after the other, each in the layout of `sealing`

An object's id is the pack's 24 hexadecimal digits and 8 more for its number within. Each is under its own key, so that
destroying a key destroys what it sealed here too; destroying one object overwrites its bytes, and the file goes with the
last of them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from tenprint.errors import ObjectDamaged
from tenprint.infra.vault import durable

MAGIC: Final = b"TPp1"
"""First four bytes of a pack."""

ENDING: Final = ".pack"
"""Ending of a pack's file name; before it stand the last 22 of the pack's 24 digits, the first two name the folder."""

NAME_DIGITS: Final = 24
"""Hexadecimal digits of a pack's own name. Set by: 96 random bits repeat for nobody, and leave 32 for the number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one object lies in a pack. offset, length: bytes."""

    offset: int
    length: int


def pack(sealed: Sequence[bytes]) -> bytes:
    """A pack's bytes."""
    lengths = b"".join(struct.pack(">I", len(one)) for one in sealed)
    return MAGIC + struct.pack(">I", len(sealed)) + lengths + b"".join(sealed)


def places(path: Path) -> list[Place]:
    """Where each object lies, destroyed ones included. Raises ObjectDamaged; FileNotFoundError when the pack is gone."""
    with path.open("rb") as file:
        return _places(file, path.name)


def _places(file: IO[bytes], name: str) -> list[Place]:
    head = file.read(8)
    count = struct.unpack(">I", head[4:])[0] if len(head) == 8 else 0
    lengths = file.read(4 * count)
    size = os.fstat(file.fileno()).st_size
    found, at = [], 8 + 4 * count
    if head[:4] == MAGIC and len(lengths) == 4 * count:
        for (length,) in struct.iter_unpack(">I", lengths):
            found.append(Place(at, length))
            at += length
    if head[:4] != MAGIC or len(lengths) != 4 * count or at != size:
        raise ObjectDamaged(
            f"the pack {name} is cut short or no pack; nothing of it was read. Restore it from a backup."
        )
    return found


def read(path: Path, number: int) -> bytes | None:
    """One sealed object; None when it was destroyed, or the pack holds no such number. Raises as `places`."""
    with path.open("rb") as file:
        found = _places(file, path.name)
        if number >= len(found):
            return None
        file.seek(found[number].offset)
        sealed = file.read(found[number].length)
    return sealed if any(sealed) else None


def read_all(path: Path) -> dict[int, bytes]:
    """Number -> sealed object, of those that were not destroyed. Raises as `places`."""
    content = path.read_bytes()
    sealed = {number: content[p.offset : p.offset + p.length] for number, p in enumerate(places(path))}
    return {number: one for number, one in sealed.items() if any(one)}


def destroy(path: Path, number: int) -> None:
    """Overwrite one object with zeros, durably; the file goes when nothing else is in it. No error if it is gone already."""
    try:
        found = places(path)
        if number < len(found):
            with path.open("r+b") as file:
                file.seek(found[number].offset)
                file.write(bytes(found[number].length))
                file.flush()
                os.fsync(file.fileno())
        if not read_all(path):
            path.unlink(missing_ok=True)
            durable.sync_folder(path.parent)
    except FileNotFoundError:
        return
