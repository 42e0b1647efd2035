"""Writes that survive a crash, and the lock between processes: the only file here that calls fsync, rename and flock.

What power loss can take is what was not yet fsynced; nothing is acknowledged before that. Overwriting reaches the
blocks
that the file system gives back for the same offsets: on copy-on-write file systems and remapping disks the destroyed
key carries the erasure (matching 4.5).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tenprint.errors import GalleryBusy, GalleryError

LOCK: Final = "lock"
"""Name of the file in a gallery folder on which processes lock; it is always empty."""

LOCK_TRIES: Final = 1500
"""Most attempts to get the lock, `LOCK_PAUSE_S` apart: one minute in all.

Set by: far above the longest write measured (a compaction), far below what a person waits for.
"""

LOCK_PAUSE_S: Final = 0.04
"""Seconds between two attempts after the first few. Set by: invisible beside one search."""

ZEROS: Final = bytes(1 << 20)
"""One mebibyte of zeros, written over what must not be read again."""


def fsync_folder(folder: Path) -> None:
    """Make creations, renames and removals in ``folder`` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_at(fd: int, content: bytes, offset: int) -> None:
    """Write all of ``content`` at ``offset``; the system may take it in pieces. Raises OSError."""
    view = memoryview(content)
    while view:
        written = os.pwrite(fd, view, offset)
        view = view[written:]
        offset += written


def create_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that nobody relies on yet, emptying an old one, and make its bytes durable. Raises GalleryError."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        try:
            write_at(fd, content, 0)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise GalleryError(f"{path.name} can't be written ({error.strerror}). Nothing was acknowledged.") from error


def replace_file(path: Path, content: bytes) -> None:
    """Put ``content`` in the place of ``path`` whole or not at all, durably.

    Raises GalleryError; the old content then stands.
    """
    following = path.with_name(path.name + ".next")
    create_file(following, content)
    try:
        following.replace(path)
        fsync_folder(path.parent)
    except OSError as error:
        raise GalleryError(f"{path.name} can't be replaced ({error.strerror}). The old one stands.") from error


def overwrite_and_remove(path: Path) -> None:
    """Overwrite the file with zeros, durably, then remove it. Raises OSError."""
    fd = os.open(path, os.O_WRONLY)
    try:
        size = os.fstat(fd).st_size
        for offset in range(0, size, len(ZEROS)):
            write_at(fd, ZEROS[: size - offset], offset)
        os.fsync(fd)
    finally:
        os.close(fd)
    path.unlink()
    fsync_folder(path.parent)


@contextmanager
def locked(root: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold the folder's lock: shared to read a consistent state, exclusive to write.

    The system frees it when the process dies.

    Raises GalleryError when ``root`` holds no lock file, GalleryBusy after a minute of waiting.
    """
    try:
        fd = os.open(root / LOCK, os.O_RDONLY)
    except OSError as error:
        raise GalleryError(
            f"{root} is not a gallery folder: its lock file can't be opened ({error.strerror})."
        ) from error
    try:
        _wait_for(fd, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH, root)
        yield
    finally:
        os.close(fd)


def _wait_for(fd: int, kind: int, root: Path) -> None:
    for attempt in range(LOCK_TRIES):
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(min(LOCK_PAUSE_S, 0.001 * (attempt + 1)))
        else:
            return
    raise GalleryBusy(
        f"{root}: another process has held the folder for over {LOCK_TRIES * LOCK_PAUSE_S:.0f} s. Nothing was read "
        "or written. "
        "Find that process (fuser on the lock file) and try again."
    )
