"""Where the log's files lie, and how they are written: C2SP tlog-tiles, path arithmetic and byte layouts only.

``tile/<level>/<index>`` holds 256 hashes of 32 bytes; ``tile/entries/<index>`` holds 256 entries, each behind its
length as two
big-endian bytes. The last, incomplete ones carry their width: ``<index>.p/<width>``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.errors import LedgerCorrupt

TILE: Final = 256
"""Hashes of a full tile, entries of a full bundle. Source: C2SP tlog-tiles (tile height 8)."""

TILE_BITS: Final = 8
"""Levels of the tree that one tile spans. Source: C2SP tlog-tiles."""

HASH_BYTES: Final = 32
"""Length of a hash, bytes. Source: RFC 6962 2.1."""

LONGEST_ENTRY: Final = 65_535
"""Longest entry, bytes. Source: C2SP tlog-tiles, uint16 length prefix."""

MOST_LEVELS: Final = 8
"""Tile levels that a tree of less than 2**63 entries can have. Source: 63 / TILE_BITS, rounded up."""

CHECKPOINT: Final = "checkpoint"
"""The published checkpoint. Source: C2SP tlog-tiles."""

UNPUBLISHED: Final = "unpublished"
"""Our own folder beside the public files: signed head, entries of the incomplete bundle, record of the last
publication.
"""

HEAD: Final = f"{UNPUBLISHED}/head"
"""The latest signed checkpoint, replaced at every commit: what it covers counts, all else does not exist."""

PUBLICATION: Final = f"{UNPUBLISHED}/publication"
"""Signed note with the instant, size and root of the last publication."""

INCOMING: Final = f"{UNPUBLISHED}/incoming"
"""The one name under which a file is written before it is renamed; whatever is found there never counted."""

LOCK: Final = f"{UNPUBLISHED}/lock"
"""Empty file under whose lock the folder is written."""

_NAME: Final = re.compile(r"^tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?$")


@dataclass(frozen=True, slots=True)
class TileName:
    """One file of the tree. level is None for a bundle of entries; width is 256 for a full one."""

    level: int | None
    index: int
    width: int

    @property
    def path(self) -> str:
        """Relative path with forward slashes: 1234067 becomes ``x001/x234/067``."""
        folder = "entries" if self.level is None else str(self.level)
        end = "" if self.width == TILE else f".p/{self.width}"
        return f"tile/{folder}/{digits(self.index)}{end}"


def digits(index: int) -> str:
    """An index in groups of three digits, all but the last behind an ``x``. Raises ValueError below 0."""
    if index < 0:
        raise ValueError(f"no tile has index {index}")
    text = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        text = f"x{index % 1000:03d}/{text}"
    return text


def parse_name(path: str) -> TileName | None:
    """The tile that a relative path names; None when it is not the one right spelling of any."""
    found = _NAME.match(path)
    if not found:
        return None
    level = None if found[1] == "entries" else int(found[1])
    name = TileName(level, int(found[2].replace("x", "").replace("/", "")), int(found[3] or TILE))
    return name if name.path == path and (level or 0) < MOST_LEVELS else None


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries behind their lengths. Raises ValueError when one is longer than 65,535 bytes."""
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise ValueError(
                f"an entry of {len(entry)} bytes; allowed: at most {LONGEST_ENTRY} [C2SP tlog-tiles]; nothing was "
                "appended"
            )
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(content: bytes, count: int, *, where: str, exact: bool = True) -> tuple[list[bytes], int]:
    """The first ``count`` entries and the bytes they take. exact: nothing may follow. Raises LedgerCorrupt with file
    and offset.
    """
    entries: list[bytes] = []
    at = 0
    for number in range(count):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        if len(content) < at + 2 or end > len(content):
            raise LedgerCorrupt(
                f"{where}: byte {at}: entry {number} of {count} runs past the end of the file ({len(content)} bytes)"
            )
        entries.append(content[at + 2 : end])
        at = end
    if exact and at != len(content):
        raise LedgerCorrupt(f"{where}: byte {at}: {len(content) - at} bytes follow the last of {count} entries")
    return entries, at


def hashes_of(content: bytes, width: int, *, where: str) -> list[bytes]:
    """The hashes of a tile. Raises LedgerCorrupt unless there are exactly ``width``."""
    if len(content) != width * HASH_BYTES:
        raise LedgerCorrupt(
            f"{where}: {len(content)} bytes; a tile of width {width} has {width * HASH_BYTES} [C2SP tlog-tiles]"
        )
    return [content[i : i + HASH_BYTES] for i in range(0, len(content), HASH_BYTES)]


def tail_path(bundle_index: int) -> str:
    """Where the entries of the incomplete bundle lie until it is full: our own folder, one file per bundle."""
    return f"{UNPUBLISHED}/{bundle_index:012d}"


def tiles_of(size: int) -> list[TileName]:
    """The incomplete tiles and bundle that a checkpoint of ``size`` needs beside the full ones."""
    names = []
    if size % TILE:
        names.append(TileName(None, size // TILE, size % TILE))
    for level in range(MOST_LEVELS):
        at_level = size >> (TILE_BITS * level)
        if at_level % TILE:
            names.append(TileName(level, at_level // TILE, at_level % TILE))
    return names
