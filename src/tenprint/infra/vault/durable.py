"""Files that are on disk when the call returns, and overwritten before they are gone.

An overwrite removes the bytes from the file system's view; a drive that remaps blocks may keep an old copy. That is why
payloads are encrypted and the erasure rests on the key, 32 bytes, not on overwriting the payload.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenprint.ids import fresh

TEMPORARY_SUFFIX: Final = ".part"
"""Ending of a file that is still being written. One left behind by a crash is nobody's: `fsck` names it."""

_CHUNK: Final = 1 << 20
"""Bytes overwritten at once. Set by: bounds memory; any value gives the same file."""


def sync_folder(folder: Path) -> None:
    """Make the folder's entries (created, renamed, removed names) durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make ``folder`` (0700) and its missing parents, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def write_new(path: Path, content: bytes) -> bool:
    """Write ``content`` (0600) under a name that nobody has taken; False, and nothing changed, when it is taken.

    Bytes and name are durable on return; nobody ever sees half of the file.
    """
    part = path.with_name(f".{fresh()}{TEMPORARY_SUFFIX}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def append_line(path: Path, line: str) -> None:
    """Append one line durably. A half line that a crash left at the end is cut off first: it was never acknowledged.

    The caller holds `locked`.
    """
    existed = path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        file.write(line.encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if not existed:
        sync_folder(path.parent)


def overwrite_and_remove(path: Path) -> bool:
    """Overwrite the file with zeros, make that durable, remove it. False when it is not there."""
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        return False
    with file:
        left = os.fstat(file.fileno()).st_size
        while left > 0:
            left -= file.write(bytes(min(left, _CHUNK)))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def remove_part(path: Path) -> None:
    """Remove a file that `write_new` left unfinished; overwritten first, unless it had its name already.

    A crash between the name and the end of `write_new` leaves two names of one file: overwriting one would destroy the other.
    """
    if path.stat().st_nlink > 1:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    else:
        overwrite_and_remove(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes and threads for as long as the block runs."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
