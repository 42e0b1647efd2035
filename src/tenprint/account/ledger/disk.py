"""Durable writes inside one folder: a file is there whole or not at all, and stays there when power fails."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenprint.account.ledger.layout import INCOMING, LOCK
from tenprint.errors import LedgerCorrupt


class Folder:
    """The log's folder. Paths are relative, with forward slashes. A writer holds `lock`; readers need none."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises LedgerCorrupt, naming it, when it is missing."""
        content = self.find(path)
        if content is None:
            raise LedgerCorrupt(
                f"{self.root / path}: missing; the log can't be read without it. Restore it from a mirror; nothing "
                "was changed"
            )
        return content

    def find(self, path: str) -> bytes | None:
        """The file's bytes, or None when there is no such file."""
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return (self.root / path).exists()

    def write(self, path: str, content: bytes) -> None:
        """Put the file there whole: written under another name, flushed, renamed, and the rename flushed."""
        target = self.root / path
        incoming = self.root / INCOMING
        self._make(target.parent)
        self._make(incoming.parent)
        with incoming.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(target)
        _flush_folder(target.parent)
        if incoming.parent != target.parent:
            _flush_folder(incoming.parent)

    def extend(self, path: str, content: bytes, *, at: int) -> None:
        """Write ``content`` from byte ``at`` on and cut what was behind it (left by a crash); flushed on return."""
        target = self.root / path
        new = not target.exists()
        self._make(target.parent)
        with target.open("wb" if new else "r+b") as file:
            file.truncate(at)
            file.seek(at)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if new:
            _flush_folder(target.parent)

    def remove(self, path: str) -> None:
        """Remove the file, and its folder when that is a ``.p`` folder now empty. No error if it is gone."""
        target = self.root / path
        target.unlink(missing_ok=True)
        if target.parent.suffix == ".p" and target.parent.exists() and not any(target.parent.iterdir()):
            target.parent.rmdir()

    def names(self, path: str) -> list[str]:
        """Names in a folder, sorted; none when there is no such folder."""
        folder = self.root / path
        return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for writing; waits for another process that does."""
        self._make((self.root / LOCK).parent)
        with (self.root / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
