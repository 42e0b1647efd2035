"""Verify a log from its files alone: every entry, hash, incomplete tile, head and checkpoint is recomputed.

Works without the signer, and on a mirror that holds only the public files. The first fault is named with file and
place; where a bundle
and a hash tile disagree, the signed root says which of the two is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tenprint.account.ledger import layout, merkle
from tenprint.account.ledger.disk import Folder
from tenprint.account.ledger.layout import (
    CHECKPOINT,
    HASH_BYTES,
    HEAD,
    INCOMING,
    LOCK,
    MOST_LEVELS,
    PUBLICATION,
    TILE,
    TILE_BITS,
    TileName,
)
from tenprint.account.ledger.note import Checkpoint, open_note, read_checkpoint, verify_note
from tenprint.errors import CheckpointInvalid, LedgerCorrupt, LedgerForked

_OWN: Final = {CHECKPOINT, HEAD, PUBLICATION, LOCK}


@dataclass(frozen=True, slots=True)
class Report:
    """What was recomputed. published: size of the published checkpoint, None if there is none; files, bytes: how much
    was read;
    unfinished: files of a commit that has no head yet, which count for nothing and which `Log.open` removes.
    """

    origin: str
    size: int
    root: bytes
    published: int | None
    files: int
    bytes: int
    unfinished: tuple[str, ...]


def verify_folder(root: Path, *, keys: Mapping[str, bytes]) -> Report:
    """Recompute the whole log. keys: log's origin -> raw public key (32 bytes).

    Raises CheckpointInvalid when a note does not verify, LedgerForked when head and published checkpoint contradict
    each other,
    LedgerCorrupt for any other fault: missing, superfluous or altered files, named with byte offset and index.
    """
    return _Check(root, keys).run()


class _Check:
    def __init__(self, root: Path, keys: Mapping[str, bytes]) -> None:
        self.folder = Folder(root)
        self.keys = keys
        self.bytes = 0
        self.read: set[str] = set()
        self.head = Checkpoint("", 0, merkle.EMPTY_ROOT)
        self.shown: Checkpoint | None = None
        self.mirror = False
        self.unfinished_publication = False
        self.roots: dict[int, list[bytes]] = {}
        self.edge: dict[int, list[bytes]] = {}
        self.tail: list[bytes] = []

    def run(self) -> Report:
        head, shown = self._checkpoint(HEAD), self._checkpoint(CHECKPOINT)
        if head is None and shown is None:
            raise LedgerCorrupt(f"{self.folder.root}: neither {HEAD} nor {CHECKPOINT} is there: no log to verify")
        if head is None and self.folder.exists(PUBLICATION):
            raise LedgerCorrupt(f"{HEAD}: missing; this is no mirror, and a log without its head holds nothing signed")
        self.mirror = head is None
        self.head, self.shown = head or shown or self.head, shown
        if shown and (shown.origin != self.head.origin or shown.size > self.head.size):
            raise LedgerForked(
                f"{CHECKPOINT}: {shown.origin} of {shown.size} entries; the head is {self.head.origin} of "
                f"{self.head.size}"
            )
        self._entries()
        self._upper_levels()
        self._roots()
        self._publication()
        unfinished = self._others()
        published = shown.size if shown else None
        return Report(
            self.head.origin, self.head.size, self.head.root, published, len(self.read), self.bytes, tuple(unfinished)
        )

    def _take(self, path: str) -> bytes:
        content = self.folder.read(path)
        self.read.add(path)
        self.bytes += len(content)
        return content

    def _checkpoint(self, path: str) -> Checkpoint | None:
        if not self.folder.exists(path):
            return None
        try:
            return verify_note(_text(self._take(path), path), self.keys)
        except CheckpointInvalid as error:
            raise CheckpointInvalid(f"{path}: {error}") from error

    def _entries(self) -> None:
        """Each bundle against its hash tile; then the incomplete bundle."""
        self.roots[1] = []
        for index in range(self.head.size // TILE):
            name, hashes = TileName(None, index, TILE).path, TileName(0, index, TILE).path
            entries, _ = layout.unbundle(self._take(name), TILE, where=name)
            leaves = [merkle.leaf_hash(entry) for entry in entries]
            held = layout.hashes_of(self._take(hashes), TILE, where=hashes)
            if leaves != held:
                self._blame(index, entries, leaves=leaves, held=held)
            self.roots[1].append(merkle.complete_root(leaves))
        width = self.head.size % TILE
        if width:
            index = self.head.size // TILE
            path = TileName(None, index, width).path if self.mirror else layout.tail_path(index)
            self.tail = layout.unbundle(self._take(path), width, where=path, exact=self.mirror)[0]
        self.edge[0] = [merkle.leaf_hash(entry) for entry in self.tail]

    def _blame(self, index: int, entries: list[bytes], *, leaves: list[bytes], held: list[bytes]) -> None:
        """Say which of two files is wrong: the one whose root the level above does not know."""
        wrong = next(i for i in range(TILE) if leaves[i] != held[i])
        name, hashes = TileName(None, index, TILE).path, TileName(0, index, TILE).path
        offset = len(layout.bundle(entries[:wrong]))
        in_bundle = f"{name}: byte {offset}: entry {index * TILE + wrong} is not what its hash in {hashes} says"
        in_tile = f"{hashes}: byte {wrong * HASH_BYTES}: hash {index * TILE + wrong} is not that of the entry in {name}"
        known = self._parent(index)
        if known == merkle.complete_root(held):
            raise LedgerCorrupt(in_bundle)
        if known == merkle.complete_root(leaves):
            raise LedgerCorrupt(in_tile)
        raise LedgerCorrupt(f"{in_bundle}; the level above agrees with neither")

    def _parent(self, index: int) -> bytes | None:
        """What level 1 says of a level 0 tile: from its full tile, or any incomplete one that is wide enough."""
        name = TileName(1, index // TILE, TILE).path
        for path in [name, *(f"{name}.p/{width}" for width in self.folder.names(f"{name}.p"))]:
            content = self.folder.find(path) or b""
            at = index % TILE * HASH_BYTES
            if len(content) >= at + HASH_BYTES:
                return content[at : at + HASH_BYTES]
        return None

    def _upper_levels(self) -> None:
        for level in range(1, MOST_LEVELS):
            below = self.roots[level]
            self.roots[level + 1] = []
            for index in range(len(below) // TILE):
                right = below[index * TILE : (index + 1) * TILE]
                self._compare(TileName(level, index, TILE), right)
                self.roots[level + 1].append(merkle.complete_root(right))
            self.edge[level] = below[len(below) // TILE * TILE :]
            if self.edge[level]:
                self._compare(TileName(level, len(below) // TILE, len(self.edge[level])), self.edge[level])

    def _compare(self, name: TileName, right: list[bytes]) -> None:
        held = layout.hashes_of(self._take(name.path), name.width, where=name.path)
        for number, (given, computed) in enumerate(zip(held, right, strict=True)):
            if given != computed:
                raise LedgerCorrupt(
                    f"{name.path}: byte {number * HASH_BYTES}: hash {number} is not that of the files it stands over"
                )

    def _roots(self) -> None:
        if merkle.tree_root(self.head.size, self._subtree) != self.head.root:
            raise LedgerCorrupt(
                f"{self._last_bundle()}: entry {self.head.size - len(self.tail)} or a later one is not what the "
                "signed head of "
                f"{self.head.size} entries covers{self._first_odd()}"
            )
        if self.shown and merkle.tree_root(self.shown.size, self._subtree) != self.shown.root:
            raise LedgerForked(
                f"{CHECKPOINT}: the published root of {self.shown.size} entries is not that of these files: the log "
                "was rewritten"
            )

    def _last_bundle(self) -> str:
        index = self.head.size // TILE
        return TileName(None, index, self.head.size % TILE).path if self.mirror else layout.tail_path(index)

    def _first_odd(self) -> str:
        """Where an incomplete bundle differs from published hashes of the same entries, if any are there."""
        name = TileName(0, self.head.size // TILE, TILE).path
        for width in sorted(self.folder.names(f"{name}.p"), key=len):
            content = self.folder.find(f"{name}.p/{width}") or b""
            for number, leaf in enumerate(self.edge[0]):
                held = content[number * HASH_BYTES : (number + 1) * HASH_BYTES]
                if len(held) == HASH_BYTES and held != leaf:
                    offset = len(layout.bundle(self.tail[:number]))
                    index = self.head.size // TILE * TILE + number
                    return f": the first that differs from {name}.p/{width} is entry {index}, byte {offset}"
        return ""

    def _subtree(self, height: int, index: int) -> bytes:
        level, within = divmod(height, TILE_BITS)
        start = index << within
        return merkle.complete_root(self._slice(level, start, start + (1 << within)))

    def _slice(self, level: int, start: int, end: int) -> list[bytes]:
        if level:
            return self.roots[level][start:end]
        tile = start // TILE
        if tile == self.head.size // TILE:
            return self.edge[0][start % TILE : (end - 1) % TILE + 1]
        name = TileName(0, tile, TILE).path
        return layout.hashes_of(self.folder.read(name), TILE, where=name)[start % TILE : (end - 1) % TILE + 1]

    def _publication(self) -> None:
        if self.mirror:
            return
        if not self.folder.exists(PUBLICATION):
            if self.shown:
                raise LedgerCorrupt(f"{PUBLICATION}: missing beside a published checkpoint")
            return
        try:
            text, _ = open_note(_text(self._take(PUBLICATION), PUBLICATION), self.keys)
            recorded = read_checkpoint("\n".join(text.split("\n")[2:]))
        except CheckpointInvalid as error:
            raise CheckpointInvalid(f"{PUBLICATION}: {error}") from error
        if recorded.size > self.head.size or merkle.tree_root(recorded.size, self._subtree) != recorded.root:
            raise LedgerForked(
                f"{PUBLICATION}: the recorded root of {recorded.size} entries is not that of these files"
            )
        if self.shown and self.shown.size > recorded.size:
            raise LedgerForked(f"{CHECKPOINT}: newer than the record of publications")
        self.unfinished_publication = self.shown is None or self.shown.size < recorded.size

    def _others(self) -> list[str]:
        """All files that were not needed: incomplete tiles of earlier publications must hold; what lies ahead of the
        head is unfinished.
        """
        unfinished = [CHECKPOINT] if self.unfinished_publication else []
        needed = {name.path for name in layout.tiles_of(self.shown.size)} if self.shown else set()
        present = {p.relative_to(self.folder.root).as_posix() for p in self.folder.root.rglob("*") if p.is_file()}
        for path in sorted(needed - present):
            full = path.split(".p/")[0]
            if full not in present:
                raise LedgerCorrupt(
                    f"{path}: missing; the published checkpoint of {self.shown.size if self.shown else 0} entries "
                    "needs it"
                )
        if (
            not self.mirror
            and self.head.size % TILE
            and len(self._take(self._last_bundle())) > len(layout.bundle(self.tail))
        ):
            unfinished.append(self._last_bundle())
        for path in sorted(present - self.read - _OWN):
            name = layout.parse_name(path)
            own = path == INCOMING or (path.startswith(f"{layout.UNPUBLISHED}/") and path.rsplit("/", 1)[1].isdecimal())
            if own or (name and self._is_ahead(name)):
                unfinished.append(path)
            elif name is None:
                raise LedgerCorrupt(f"{path}: no file of a log has this name [C2SP tlog-tiles]")
            else:
                self._incomplete(name)
        if LOCK in present:
            self._empty_lock()
        return unfinished

    def _empty_lock(self) -> None:
        if self._take(LOCK):
            raise LedgerCorrupt(f"{LOCK}: byte 0: this file is always empty")

    def _is_ahead(self, name: TileName) -> bool:
        count = self.head.size >> (TILE_BITS * (name.level or 0))
        return name.index * TILE + name.width > count

    def _incomplete(self, name: TileName) -> None:
        """An incomplete tile must be the beginning of what is there now."""
        start = name.index * TILE
        if name.level is None:
            entries, _ = layout.unbundle(self._take(name.path), name.width, where=name.path)
            for number, entry in enumerate(entries):
                leaf = self._slice(0, start + number, start + number + 1)[0]
                if merkle.leaf_hash(entry) != leaf:
                    offset = len(layout.bundle(entries[:number]))
                    raise LedgerCorrupt(f"{name.path}: byte {offset}: entry {start + number} is not the one in the log")
            return
        self._compare(name, self._slice(name.level, start, start + name.width))


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointInvalid(f"{path}: byte {error.start}: not UTF-8 [C2SP signed-note]") from None
