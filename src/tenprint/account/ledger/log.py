"""The log: entries appended durably, a head signed at every commit, a checkpoint published at most hourly.

What counts is what the signed head covers. States, by what is lost if power fails now:
  *written*    entries lie in files, but the old head stands          (they never counted; `open` removes them)
  *committed*  the new head is in its place                           (nothing)
  *recorded*   the publication's record is in its place               (nothing; `open` finishes the publication)
  *published*  the checkpoint is in its place                         (nothing)
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tenprint.account.ledger import layout, merkle
from tenprint.account.ledger.disk import Folder
from tenprint.account.ledger.layout import (
    CHECKPOINT,
    HEAD,
    INCOMING,
    MOST_LEVELS,
    PUBLICATION,
    TILE,
    TILE_BITS,
    TileName,
)
from tenprint.account.ledger.note import (
    Checkpoint,
    check_key_name,
    checkpoint_text,
    open_note,
    read_checkpoint,
    sign_note,
    verify_note,
)
from tenprint.account.ledger.tlog_proof import write_tlog_proof
from tenprint.clock import from_text, to_text
from tenprint.errors import CheckpointInvalid, LedgerCorrupt, LedgerForked, ProofInvalid, UsageError
from tenprint.model.protocols import Signer

PUBLISH_EVERY: Final = timedelta(hours=1)
"""Least time between two publications. Source: design decision 3.4, published at most hourly."""

_PUBLICATION_FIRST_LINE: Final = "tenprint/publication/1"
_READS: Final = 8
_CACHED_TILES: Final = 64


class Log:
    """One log in one folder. Writers lock the folder for each write and see what others committed; readers need no
    lock.

    The key's name in every checkpoint is the log's origin: verify with ``{log.origin: public_key}``.
    """

    def __init__(self, root: Path, signer: Signer | None) -> None:
        self._folder = Folder(root)
        self._signer = signer
        self._note = ""
        self._stale = False
        self._head = Checkpoint("", 0, merkle.EMPTY_ROOT)
        self._tail: list[bytes] = []
        self._edge: dict[int, list[bytes]] = {}
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    @classmethod
    def create(cls, root: Path, *, origin: str, signer: Signer) -> Log:
        """Begin an empty log. origin: its scheme-less URL, also the name of its key. Raises LedgerForked if the folder
        holds a log.
        """
        check_key_name(origin)
        log = cls(root, signer)
        with log._folder.lock():
            if any(log._folder.exists(path) for path in (HEAD, CHECKPOINT, PUBLICATION, "tile")):
                raise LedgerForked(
                    f"{root}: there is a log here already; a second one would contradict it. Open it, or choose an "
                    "empty folder"
                )
            log._folder.write(HEAD, _signed(signer, Checkpoint(origin, 0, merkle.EMPTY_ROOT)).encode("utf-8"))
        return cls.open(root, signer=signer)

    @classmethod
    def open(cls, root: Path, *, signer: Signer | None) -> Log:
        """Open the log; with a signer, also finish or undo what a crash left half done.

        Reads O(log size) files. Raises LedgerCorrupt or CheckpointInvalid for damage that it meets (`verify_folder`
        reads all), and
        LedgerForked when the folder lies behind, or beside, what was published.
        """
        log = cls(root, signer)
        if signer is None:
            log._load()
            log._check_published()
            return log
        if not log._folder.exists(HEAD):
            raise LedgerCorrupt(
                f"{root / HEAD}: missing; there is no log here, or its head was lost. Create one, or restore it; "
                "nothing was changed"
            )
        with log._folder.lock():
            log._load()
            log._check_published()
            log._repair(signer)
        return log

    @property
    def origin(self) -> str:
        """The log's name, and its key's."""
        return self._head.origin

    @property
    def size(self) -> int:
        """Committed entries."""
        return self._head.size

    @property
    def root_hash(self) -> bytes:
        """Root over the committed entries, 32 bytes."""
        return self._head.root

    def append(self, entries: Sequence[bytes]) -> int:
        """Append ``entries`` as one commit and sign the new head; returns the index of the first. Durable on return,
        all or none.

        Raises UsageError without a signer, ValueError for an entry over 65,535 bytes. Cost: three flushes, and
        O(entries) hashing.
        """
        signer = self._need_signer()
        added = layout.bundle(entries)
        with self._folder.lock():
            self._reload()
            first = self.size
            if entries:
                self._commit(list(entries), added, signer)
        return first

    def entry(self, index: int) -> bytes:
        """The entry at ``index``. Raises ProofInvalid outside the log, LedgerCorrupt if its bundle is damaged."""
        self._check_index(index, self.size)
        if index // TILE == self.size // TILE:
            return self._tail[index % TILE]
        name = TileName(None, index // TILE, TILE).path
        return layout.unbundle(self._folder.read(name), TILE, where=name)[0][index % TILE]

    def leaf_hash(self, index: int) -> bytes:
        """The leaf hash at ``index``, from the hash tiles. Raises ProofInvalid outside the log."""
        self._check_index(index, self.size)
        return self._subtree(0, index)

    def root_at(self, size: int) -> bytes:
        """The root over the first ``size`` entries. Raises ProofInvalid beyond the log."""
        if not 0 <= size <= self.size:
            raise ProofInvalid(f"the log has {self.size} entries; there is no tree of {size}")
        return merkle.tree_root(size, self._subtree)

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of an entry in the tree of ``size`` entries (default: all committed). Raises ProofInvalid outside
        it.
        """
        size = self._tree_of(size)
        self._check_index(index, size)
        return merkle.inclusion_path(index, size, self._subtree)

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """Proof that the tree of ``old`` entries is the beginning of that of ``new`` (default: all). Raises
        ProofInvalid outside it.
        """
        new = self._tree_of(new)
        if not 0 <= old <= new:
            raise ProofInvalid(f"a tree of {old} entries can't be the beginning of a tree of {new}")
        return merkle.consistency_path(old, new, self._subtree)

    def range_proof(self, first: int, count: int, *, size: int | None = None) -> list[bytes]:
        """Proof that the ``count`` entries from ``first`` on are in the tree of ``size`` entries (default: all)."""
        size = self._tree_of(size)
        if count < 1 or first < 0 or first + count > size:
            raise ProofInvalid(f"{count} entries from {first} on can't be in a tree of {size}")
        return merkle.range_path(first, count, size, self._subtree)

    def signed_head(self) -> str:
        """The signed checkpoint of the latest commit. It is not published: hand out `publish`'s note or a promise
        instead.
        """
        return self._note

    def published(self) -> tuple[int, str] | None:
        """Size and note of the published checkpoint; None before the first publication."""
        note = self._published_note()
        return None if note is None else (self._read(note, CHECKPOINT).size, note)

    def publish(self, at: datetime, *, force: bool = False) -> str | None:
        """Publish a checkpoint of all that is committed, with the incomplete tiles it needs; returns the note.

        at: real time, aware. None, and nothing is written, within an hour of the last publication unless ``force``.
        Nothing new to
        publish gives the standing note again. Raises UsageError without a signer.
        """
        signer = self._need_signer()
        with self._folder.lock():
            self._reload()
            last = self._publication(signer)
            if last and not force and at - last[0] < PUBLISH_EVERY:
                return None
            note = self._published_note()
            if last and note and last[1].size == self.size:
                return note
            for name in layout.tiles_of(self.size):
                self._folder.write(name.path, self._incomplete(name))
            text = f"{_PUBLICATION_FIRST_LINE}\n{to_text(at)}\n" + checkpoint_text(
                self.origin, self.size, self.root_hash
            )
            self._folder.write(PUBLICATION, sign_note(text, name=self.origin, signer=signer).encode("utf-8"))
            self._folder.write(CHECKPOINT, self._note.encode("utf-8"))
            self._drop_outgrown(last[1].size if last else 0)
            return self._note

    def proof_file(self, index: int, extra: bytes | None = None) -> str:
        """The tlog-proof of an entry under the published checkpoint. Raises ProofInvalid while none covers it yet."""
        published = self.published()
        if published is None or index >= published[0]:
            covered = (
                "no checkpoint is published yet"
                if published is None
                else f"the published checkpoint covers {published[0]} entries"
            )
            raise ProofInvalid(f"entry {index}: {covered}; ask again after the next publication")
        size, note = published
        return write_tlog_proof(index, self.inclusion_proof(index, size), checkpoint=note, extra=extra)

    # -- committing ----------------------------------------------------------------------------------------------------

    def _commit(self, entries: list[bytes], added: bytes, signer: Signer) -> None:
        """Write everything the new head will cover, then the head: at that instant all of it begins to count."""
        old, size = self.size, self.size + len(entries)
        tail = self._tail + entries
        full, rest = len(tail) // TILE, len(tail) % TILE
        for number in range(full):
            part = tail[number * TILE : (number + 1) * TILE]
            self._folder.write(TileName(None, old // TILE + number, TILE).path, layout.bundle(part))
        if full and rest:
            self._folder.extend(layout.tail_path(size // TILE), layout.bundle(tail[full * TILE :]), at=0)
        elif not full:
            self._folder.extend(layout.tail_path(old // TILE), added, at=len(layout.bundle(self._tail)))
        edge = self._write_hashes(old, [merkle.leaf_hash(entry) for entry in entries])
        self._tiles.clear()  # tiles beyond the old head may have been cached from a commit that failed
        kept = (self._edge, self._tail, self._head)
        self._edge, self._tail = edge, tail[full * TILE :]
        self._head = Checkpoint(self.origin, size, merkle.EMPTY_ROOT)
        try:
            head = Checkpoint(self.origin, size, merkle.tree_root(size, self._subtree))
            note = _signed(signer, head)
            self._folder.write(HEAD, note.encode("utf-8"))
        except BaseException:
            self._edge, self._tail, self._head = kept
            self._stale = True  # which head stands on disk is unknown: the next write reads it again
            self._tiles.clear()
            raise
        self._head, self._note = head, note
        if full:
            self._folder.remove(layout.tail_path(old // TILE))

    def _write_hashes(self, old: int, leaves: list[bytes]) -> dict[int, list[bytes]]:
        """Write the hash tiles that ``leaves`` complete, and the incomplete ones above them; returns the new right
        edge.
        """
        edge: dict[int, list[bytes]] = {}
        fresh = leaves
        for level in range(MOST_LEVELS):
            hashes = self._edge.get(level, []) + fresh
            first = (old >> (TILE_BITS * level)) // TILE
            above = []
            for number in range(len(hashes) // TILE):
                tile = hashes[number * TILE : (number + 1) * TILE]
                self._folder.write(TileName(level, first + number, TILE).path, b"".join(tile))
                above.append(merkle.complete_root(tile))
            edge[level] = hashes[len(above) * TILE :]
            if level and fresh and edge[level]:
                self._folder.write(TileName(level, first + len(above), len(edge[level])).path, b"".join(edge[level]))
            fresh = above
        return edge

    def _incomplete(self, name: TileName) -> bytes:
        if name.level is None:
            return layout.bundle(self._tail[: name.width])
        return b"".join(self._edge[name.level][: name.width])

    def _drop_outgrown(self, published_before: int) -> None:
        """Incomplete tiles whose full tile is published are no longer needed (C2SP tlog-tiles, partial tiles)."""
        for level in [None, *range(MOST_LEVELS)]:
            shift = TILE_BITS * (level or 0)
            for index in range((published_before >> shift) // TILE, (self.size >> shift) // TILE):
                full = TileName(level, index, TILE).path
                for width in self._folder.names(f"{full}.p"):
                    self._folder.remove(f"{full}.p/{width}")

    # -- opening -------------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Read the head and the right edge under it. A writer may move between two reads: then read again."""
        for _ in range(_READS):
            note = self._folder.read(HEAD).decode("utf-8", "replace")
            try:
                return self._load_under(note)
            except LedgerCorrupt:
                if self._folder.read(HEAD).decode("utf-8", "replace") == note:
                    raise
        raise LedgerCorrupt(
            f"{self._folder.root / HEAD}: changed {_READS} times while it was read; try again when fewer writers are "
            "at work"
        )

    def _load_under(self, note: str) -> None:
        head = self._read(note, HEAD)
        self._head, self._note, self._tail = head, note, []
        self._tiles.clear()
        if head.size % TILE:
            path = layout.tail_path(head.size // TILE)
            self._tail = layout.unbundle(self._folder.read(path), head.size % TILE, where=path, exact=False)[0]
        self._edge = {0: [merkle.leaf_hash(entry) for entry in self._tail]}
        for level in range(1, MOST_LEVELS):
            count = head.size >> (TILE_BITS * level)
            name = TileName(level, count // TILE, count % TILE)
            width = name.width
            self._edge[level] = layout.hashes_of(self._folder.read(name.path), width, where=name.path) if width else []
        if merkle.tree_root(head.size, self._subtree) != head.root:
            raise LedgerCorrupt(
                f"{self._folder.root}: the tiles give another root than the signed head of {head.size} entries; "
                "verify the folder to find the file"
            )

    def _reload(self) -> None:
        """Take over what another process committed since we last looked."""
        if self._stale or self._folder.read(HEAD).decode("utf-8", "replace") != self._note:
            before = self._head
            self._load()
            self._stale = False
            if self.size < before.size or self.root_at(before.size) != before.root:
                raise LedgerForked(
                    f"{self._folder.root / HEAD}: no longer holds the {before.size} entries it held; nothing was "
                    "written"
                )

    def _read(self, note: str, path: str) -> Checkpoint:
        """A checkpoint of ours: verified when we hold the key, else only taken apart (`verify_folder` takes keys)."""
        if self._signer is None:
            return read_checkpoint(note.rpartition("\n\n")[0] + "\n")
        text = note.split("\n", 1)[0]
        try:
            return verify_note(note, {text: self._signer.public_key})
        except (CheckpointInvalid, ValueError) as error:
            raise CheckpointInvalid(f"{self._folder.root / path}: {error}") from error

    def _published_note(self) -> str | None:
        content = self._folder.find(CHECKPOINT)
        return None if content is None else content.decode("utf-8", "replace")

    def _check_published(self) -> None:
        note = self._published_note()
        if note is None:
            return
        shown = self._read(note, CHECKPOINT)
        if shown.origin != self.origin:
            raise LedgerForked(
                f"the published checkpoint is of {shown.origin!r}, the head of {self.origin!r}; nothing was changed"
            )
        self._check_against(shown, "published checkpoint")

    def _check_against(self, shown: Checkpoint, what: str) -> None:
        if shown.size > self.size:
            raise LedgerForked(
                f"the {what} covers {shown.size} entries, the head only {self.size}: the folder was set back. "
                "Nothing was changed; restore the entries from a mirror before anything is appended."
            )
        if self.root_at(shown.size) != shown.root:
            raise LedgerForked(
                f"the {what} of {shown.size} entries has another root than these files: the log was rewritten. "
                "Nothing was changed."
            )

    def _publication(self, signer: Signer) -> tuple[datetime, Checkpoint] | None:
        content = self._folder.find(PUBLICATION)
        if content is None:
            return None
        try:
            text, _ = open_note(content.decode("utf-8", "replace"), {self.origin: signer.public_key})
            first, at, rest = text.split("\n", 2)
            if first != _PUBLICATION_FIRST_LINE:
                raise CheckpointInvalid(f"its first line is not {_PUBLICATION_FIRST_LINE}")
            return from_text(at), read_checkpoint(rest)
        except (CheckpointInvalid, ValueError) as error:
            raise CheckpointInvalid(f"{self._folder.root / PUBLICATION}: {error}") from error

    def _repair(self, signer: Signer) -> None:
        """Finish a publication that was recorded; remove what never counted. Each step may be repeated."""
        recorded, note = self._publication(signer), self._published_note()
        if recorded is None and note is not None:
            raise LedgerCorrupt(
                f"{self._folder.root / PUBLICATION}: missing beside a published checkpoint; nothing was changed. "
                "Restore it"
            )
        if recorded is not None:
            self._check_against(recorded[1], "recorded publication")
            if note is not None and self._read(note, CHECKPOINT).size > recorded[1].size:
                raise LedgerForked(
                    "the published checkpoint is newer than the record of publications; nothing was changed"
                )
            finished = _signed(signer, recorded[1])
            if note != finished:
                self._folder.write(CHECKPOINT, finished.encode("utf-8"))
        for path in self._ahead():
            self._folder.remove(path)
        if self._tail:
            held = len(layout.bundle(self._tail))
            if len(self._folder.read(layout.tail_path(self.size // TILE))) > held:
                self._folder.extend(layout.tail_path(self.size // TILE), b"", at=held)

    def _ahead(self) -> list[str]:
        """Files of a commit that never got its head, furthest first, so that a crash while removing leaves none behind
        a gap.
        """
        found = [INCOMING] if self._folder.exists(INCOMING) else []
        current = layout.tail_path(self.size // TILE) if self._tail else ""
        for name in self._folder.names(layout.UNPUBLISHED):
            path = f"{layout.UNPUBLISHED}/{name}"
            if name.isdecimal() and path != current:
                found.append(path)
        for level in [None, *range(MOST_LEVELS)]:
            count = self.size >> (TILE_BITS * (level or 0))
            index, more = count // TILE, True
            while more:
                full = TileName(level, index, TILE).path
                more = self._folder.exists(full)
                held = count - index * TILE
                found += [
                    f"{full}.p/{w}" for w in self._folder.names(f"{full}.p") if not w.isdecimal() or int(w) > held
                ]
                found += [full] if more else []
                index += 1
        return found[::-1]

    # -- hashes --------------------------------------------------------------------------------------------------------

    def _subtree(self, height: int, index: int) -> bytes:
        level, within = divmod(height, TILE_BITS)
        tile, start = divmod(index << within, TILE)
        return merkle.complete_root(self._hashes(level, tile)[start : start + (1 << within)])

    def _hashes(self, level: int, index: int) -> list[bytes]:
        if index == (self.size >> (TILE_BITS * level)) // TILE:
            return self._edge.get(level, [])
        held = self._tiles.get((level, index))
        if held is None:
            name = TileName(level, index, TILE).path
            held = layout.hashes_of(self._folder.read(name), TILE, where=name)
            if len(self._tiles) >= _CACHED_TILES:
                self._tiles.clear()
            self._tiles[level, index] = held
        return held

    def _tree_of(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise ProofInvalid(f"the log has {self.size} entries; there is no tree of {size}")
        return size

    def _check_index(self, index: int, size: int) -> None:
        if not 0 <= index < size:
            raise ProofInvalid(f"there is no entry {index} among {size}")

    def _need_signer(self) -> Signer:
        if self._signer is None:
            raise UsageError("the log was opened without its key, to be read; nothing was written")
        return self._signer


def _signed(signer: Signer, head: Checkpoint) -> str:
    return sign_note(checkpoint_text(head.origin, head.size, head.root), name=head.origin, signer=signer)
