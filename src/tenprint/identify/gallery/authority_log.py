"""authorities.log: every search ever made here, chained by hash and signed by the repository (design decision 1).

An *attempt* is one search under an authority; *settled* says that its result is durably recorded elsewhere, so no
retry follows. Issued = spent + voided + open can be checked against it. Each entry holds the authority as its issuer
signed it, so the log alone shows that no search was made without one. It can't show a search on a copy of the files,
and by itself it can't show that its own end was cut off since the manifest's last checkpoint: the public log, which
holds each entry's hash, can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from pathlib import Path
from typing import Final

from tenprint.clock import from_text, to_text
from tenprint.errors import GalleryCorrupt
from tenprint.identify.gallery.fields import field, read_map
from tenprint.identify.gallery.framed_log import FILE_HEADER, FramedLog
from tenprint.identify.gallery.manifest import Manifest, verified
from tenprint.identify.gallery.permission import refusal
from tenprint.ids import AuthorityId
from tenprint.model import canonical
from tenprint.model.protocols import Signer

AUTHORITIES: Final = "authorities.log"
"""Name of the file."""

MAGIC: Final = b"TPAUTHOR"
"""First eight bytes of the file."""

DOMAIN: Final = b"tenprint authorities log v1\n"
"""What each entry's hash and signature begin with."""

ATTEMPT: Final = "attempt"
"""Kind of an entry: one search under an authority."""

SETTLED: Final = "settled"
"""Kind of an entry: the result is recorded; no further attempt under this authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. The fields after ``at`` speak of an attempt and are empty for ``settled``.

    sequence:   from 0. attempt: 1, 2, …; for ``settled`` the number of attempts there were.
    probe:      SHA-256 in hexadecimal of the probe's template. result: the same of the candidate list's content.
    generation: of the gallery compared; searched: encounters; results: candidates in the list; complete: as in the
    list.
    grant, grant_signature: what the issuer signed, and its signature; issuer: the name of its key.
    previous:   hash of the entry before, 32 bytes. signature: the repository's, over `message`.
    """

    sequence: int
    kind: str
    authority: AuthorityId
    attempt: int
    at: datetime
    probe: str = ""
    generation: int = 0
    searched: int = 0
    results: int = 0
    complete: bool = False
    result: str = ""
    issuer: str = ""
    grant: bytes = b""
    grant_signature: bytes = b""
    previous: bytes = b""
    signature: bytes = b""

    def message(self) -> bytes:
        """What the repository signs, and what `hash` is taken of."""
        return DOMAIN + canonical.encode(
            {
                "sequence": self.sequence,
                "kind": self.kind,
                "authority": self.authority,
                "attempt": self.attempt,
                "at": to_text(self.at),
                "probe": self.probe,
                "generation": self.generation,
                "searched": self.searched,
                "results": self.results,
                "complete": self.complete,
                "result": self.result,
                "issuer": self.issuer,
                "grant": self.grant,
                "grant_signature": self.grant_signature,
                "previous": self.previous,
            }
        )

    @property
    def hash(self) -> str:
        """SHA-256 of `message`, 64 hexadecimal digits: the ``log_hash`` of candidate lists."""
        return hashlib.sha256(self.message()).hexdigest()

    def to_body(self) -> bytes:
        """The frame's body: the message without its domain, and the signature."""
        return canonical.encode({"said": self.message()[len(DOMAIN) :], "signature": self.signature})

    @classmethod
    def from_body(cls, body: bytes) -> Entry:
        """The inverse of `to_body`. Raises ValueError."""
        outer = read_map(body)
        found = read_map(field(outer, "said", bytes))
        return cls(
            sequence=field(found, "sequence", int),
            kind=field(found, "kind", str),
            authority=AuthorityId(field(found, "authority", str)),
            attempt=field(found, "attempt", int),
            at=from_text(field(found, "at", str)),
            probe=field(found, "probe", str),
            generation=field(found, "generation", int),
            searched=field(found, "searched", int),
            results=field(found, "results", int),
            complete=field(found, "complete", bool),
            result=field(found, "result", str),
            issuer=field(found, "issuer", str),
            grant=field(found, "grant", bytes),
            grant_signature=field(found, "grant_signature", bytes),
            previous=field(found, "previous", bytes),
            signature=field(outer, "signature", bytes),
        )


@dataclass(slots=True)
class Use:
    """What is known of one authority: the attempts made, for which probe, under which grant; whether it is settled."""

    probe: str
    grant: bytes
    attempts: int = 0
    settled: bool = False


def anchor(manifest: Manifest) -> bytes:
    """What the first entry chains to: the repository's name and key, so that a log can't be moved to another folder."""
    return hashlib.sha256(DOMAIN + canonical.encode([manifest.repository, manifest.public_key])).digest()


@dataclass(slots=True)
class AuthorityLog:
    """The log of one folder, with what it says so far.

    The caller holds the folder's lock and, in a process, the gallery's mutex.
    """

    root: Path
    manifest: Manifest
    uses: dict[AuthorityId, Use] = attribute(default_factory=dict)
    entries: int = 0
    head: bytes = b""
    end: int = FILE_HEADER.size

    @property
    def file(self) -> FramedLog:
        """The framed file."""
        return FramedLog(self.root / AUTHORITIES, MAGIC)

    def refresh(self) -> None:
        """Take in what was appended since.

        The chain is followed for all of it; the signature of the last entry vouches for all.

        Raises GalleryCorrupt.
        """
        last = None
        for last, end in self._following(self.end):
            self._admit(last)
            self.end = end
        if last is not None:
            self._check_signature(last)

    def verified(self) -> list[Entry]:
        """Every entry from the start, each with chain, signature, order and the issuer's signature verified.

        Raises GalleryCorrupt.
        """
        fresh = AuthorityLog(self.root, self.manifest)
        whole = []
        for entry, _end in fresh._following(FILE_HEADER.size):
            fresh._admit(entry)
            fresh._check_signature(entry)
            fresh._check_grant(entry)
            whole.append(entry)
            if entry.sequence + 1 == self.manifest.entries and entry.hash != self.manifest.head:
                raise _broken(entry.sequence, "the entry is not the one that the manifest's checkpoint names")
        if len(whole) < self.manifest.entries:
            raise _broken(
                len(whole), f"the log ends here; the manifest's checkpoint counts {self.manifest.entries} entries"
            )
        return whole

    def check_attempt(self, authority: AuthorityId, *, probe: str, grant: bytes) -> int:
        """The number of the attempt that may now be made. Raises AuthorityRefused when none may."""
        use = self.uses.get(authority)
        if use is None:
            return 1
        where = f"{self.manifest.repository}: authority {authority}"
        once = "each authority once; a retry with the identical probe only until the result is recorded"
        if use.settled:
            raise refusal(f"{where} is spent and its result is recorded", once, "Ask the gate for a new authority.")
        if use.probe != probe:
            raise refusal(f"{where} is spent on another probe", once, "Ask the gate for an authority for this probe.")
        if use.grant != grant:
            raise refusal(
                f"{where} was spent under another text with the same id",
                once,
                "Tell the issuer: an id was signed twice.",
            )
        return use.attempts + 1

    def append(self, entry: Entry, signer: Signer) -> Entry:
        """Chain, sign and write one entry durably; returns it as written.

        Its sequence, previous and signature are set here.
        """
        chained = replace(entry, sequence=self.entries, previous=self.head or anchor(self.manifest))
        signed = replace(chained, signature=signer.sign(chained.message()))
        end = self.file.append(signed.to_body(), end=self.end)
        self._admit(signed)
        self.end = end
        return signed

    def _following(self, start: int) -> Iterator[tuple[Entry, int]]:
        for frame in self.file.frames(start):
            try:
                entry = Entry.from_body(frame.body)
            except ValueError as error:
                raise GalleryCorrupt(f"{AUTHORITIES}, byte {frame.start}: {error}. Nothing was searched.") from error
            yield entry, frame.end

    def _admit(self, entry: Entry) -> None:
        if entry.sequence != self.entries or entry.previous != (self.head or anchor(self.manifest)):
            raise _broken(entry.sequence, "the chain is broken: an entry was changed, removed or put in")
        use = self.uses.get(entry.authority)
        if entry.kind == ATTEMPT:
            use = use or Use(entry.probe, entry.grant)
            if use.settled or use.probe != entry.probe or use.grant != entry.grant or entry.attempt != use.attempts + 1:
                raise _broken(entry.sequence, f"an attempt under {entry.authority} that was not allowed")
            use.attempts += 1
            self.uses[entry.authority] = use
        elif entry.kind == SETTLED and use is not None and not use.settled:
            use.settled = True
        else:
            raise _broken(entry.sequence, f"an entry of kind {entry.kind!r} that settles nothing")
        self.entries += 1
        self.head = bytes.fromhex(entry.hash)

    def _check_signature(self, entry: Entry) -> None:
        if not verified(self.manifest.public_key, entry.signature, entry.message()):
            raise _broken(entry.sequence, "the repository's signature does not hold")

    def _check_grant(self, entry: Entry) -> None:
        if entry.kind != ATTEMPT:
            return
        key = self.manifest.issuers.get(entry.issuer, b"")
        _, _, said = entry.grant.partition(b"\n")
        try:
            named = read_map(said)
        except ValueError:
            named = {}
        right = named.get("id") == entry.authority and named.get("repository") == self.manifest.repository
        if not right or not verified(key, entry.grant_signature, entry.grant):
            raise _broken(
                entry.sequence, "the search was made without an authority of a known issuer for this repository"
            )


def _broken(sequence: int, what: str) -> GalleryCorrupt:
    return GalleryCorrupt(
        f"{AUTHORITIES}, entry {sequence}: {what}. Nothing was searched. Keep the folder as it is and call the auditor."
    )
