"""Log entries that are opened for a stranger: the public half with its salt, the hash of the private half, and the proof."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from tenprint.errors import ReleaseInvalid
from tenprint.model import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEntry:
    """One event's entry, opened. s1: 32 bytes; public: its canonical bytes; h2: hash of the private half, 32 bytes; proof: a
    tlog-proof file's text.
    """

    index: int
    s1: bytes
    public: bytes
    h2: bytes
    proof: str

    @property
    def entry(self) -> bytes:
        """The bytes whose leaf hash the log holds."""
        return b"\x01" + hashlib.sha256(self.s1 + self.public).digest() + self.h2

    def said(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return {
            "index": self.index,
            "s1": self.s1.hex(),
            "public": self.public.hex(),
            "h2": self.h2.hex(),
            "proof": self.proof,
        }

    def line(self) -> str:
        """Its line in a file of entries, in the one spelling."""
        return json.dumps(self.said(), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def read_entry(said: Any, where: str) -> OpenedEntry:
    """The inverse of `OpenedEntry.said`. Raises ReleaseInvalid for anything else, or another spelling of it."""
    try:
        found = OpenedEntry(index=said["index"], s1=bytes.fromhex(said["s1"]), public=bytes.fromhex(said["public"]),
                            h2=bytes.fromhex(said["h2"]), proof=said["proof"])  # fmt: skip
        spelt = found.said()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseInvalid(f"{where}: no opened entry ({error!r})") from None
    sound = type(found.index) is int and isinstance(found.proof, str) and len(found.s1) == len(found.h2) == 32
    if said != spelt or not sound:
        raise ReleaseInvalid(f"{where}: not in the one spelling that an entry has")
    return found


def public_half(public: bytes, *, kinds: Collection[str], where: str, place: str) -> Mapping[str, Any]:
    """An event's public half, of one of ``kinds`` of event; place: what has room for these alone, in words. Raises ReleaseInvalid."""
    try:
        half = canonical.decode(public)
    except ValueError as error:
        raise ReleaseInvalid(f"{where}: its public half can't be read: {error}") from None
    if not isinstance(half, dict) or half.get("half") != "public" or not isinstance(half.get("facts"), dict):
        raise ReleaseInvalid(f"{where}: what is opened is no public half of an event")
    if half.get("type") not in kinds:
        raise ReleaseInvalid(f"{where}: an event of type {half.get('type')!r} has no place in {place}")
    return half
