"""A signed promise that an entry will be in a published checkpoint by a stated time: given at once with every answer.

Whoever holds a promise, its deadline passed, and the entries under a later checkpoint can show to anyone that it was
not kept:
the promise is signed by the log, and so is the checkpoint that lacks the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.clock import from_text, to_text
from tenprint.errors import ProofInvalid
from tenprint.model import canonical
from tenprint.model.protocols import Signer

PROMISE: Final = "tenprint/promise/1"
"""Name and version of the promise's format; it is inside the signed bytes, so that no other signature can be passed off
as one.
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise whose signature verified: the entry, when it was promised, by when it is to be published, under whose
    key.
    """

    entry: bytes
    given_at: datetime
    publish_by: datetime
    key: str


class Standing(Enum):
    """How a promise stands against the entries under one checkpoint."""

    KEPT = "kept"
    NOT_YET_DUE = "not yet due"
    BROKEN = "broken"


def promise(signer: Signer, *, entry: bytes, at: datetime, publish_by: datetime) -> dict[str, Any]:
    """The signed promise as JSON-ready texts: format, entry (hexadecimal), given_at, publish_by, key, signature
    (hexadecimal).

    Raises ValueError when the deadline is not after ``at`` or an instant has no time zone.
    """
    if publish_by <= at:
        raise ValueError("a promise's deadline lies after the promise")
    facts = {
        "format": PROMISE,
        "entry": entry.hex(),
        "given_at": to_text(at),
        "publish_by": to_text(publish_by),
        "key": signer.name,
    }
    return {**facts, "signature": signer.sign(canonical.encode(facts)).hex()}


def verify_promise(document: Mapping[str, Any], *, keys: Mapping[str, bytes]) -> Promise:
    """The promise, if a trusted key signed it. keys: name of the signer -> raw public key. Facts beside the signed ones
    are ignored.

    Raises ProofInvalid, naming what does not hold.
    """
    missing = {"format", "entry", "given_at", "publish_by", "key", "signature"} - set(document)
    if missing:
        raise ProofInvalid(f"the promise lacks {', '.join(sorted(missing))}; it was not believed")
    facts = {name: str(document[name]) for name in ("format", "entry", "given_at", "publish_by", "key")}
    if facts["format"] != PROMISE:
        raise ProofInvalid(f"a promise of format {facts['format']!r}; this reader knows {PROMISE}")
    trusted = keys.get(facts["key"])
    if trusted is None:
        raise ProofInvalid(
            f"the promise is signed by {facts['key']!r}; trusted: {', '.join(sorted(keys)) or 'none'}; it was not "
            "believed"
        )
    try:
        Ed25519PublicKey.from_public_bytes(trusted).verify(
            bytes.fromhex(str(document["signature"])), canonical.encode(facts)
        )
        return Promise(
            bytes.fromhex(facts["entry"]), from_text(facts["given_at"]), from_text(facts["publish_by"]), facts["key"]
        )
    except InvalidSignature:
        raise ProofInvalid(
            f"the signature of {facts['key']} over the promise does not verify; it was not believed"
        ) from None
    except ValueError as error:
        raise ProofInvalid(f"the promise can't be read ({error}); it was not believed") from None


def standing(given: Promise, *, entries: Iterable[bytes], at: datetime) -> Standing:
    """Whether the promise is kept by ``entries``, all entries under one verified checkpoint that was seen published at
    ``at``.

    BROKEN is proof of misconduct: the deadline has passed and the log's own checkpoint does not hold the entry.
    """
    if any(entry == given.entry for entry in entries):
        return Standing.KEPT
    return Standing.NOT_YET_DUE if at < given.publish_by else Standing.BROKEN
