"""Signatures on what parties record: Ed25519 by the recording party's own key over every fact, verified at each reading.

A recorded document whose signature does not hold is heeded by nobody: the gate answers nothing at all until a person has
looked, since a missing notice could open it and a forged signature could too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from tenprint.errors import InfraError, KeyMissing, StoreError, UsageError
from tenprint.ids import KeyId, ObjectId
from tenprint.infra.access.table import Actor
from tenprint.infra.vault.files import FileVault
from tenprint.infra.vault.keyring import KeyRing
from tenprint.model import canonical
from tenprint.model.canonical import Value
from tenprint.model.events import Recorded

DOMAIN: Final = b"tenprint participation document v1\n"
"""What the signed bytes begin with, so that no other signature can be passed off as one."""

PARTICIPATION_KEY: Final = KeyId("participation")
"""The key under which documents' bytes and private halves are sealed."""

MOST_BYTES: Final = 20 * 1024 * 1024
"""Largest document that is kept, bytes. Set by: a scanned memorandum of some dozen pages stays far below."""

SIGNED: Final = ("bytes_sha256", "signed_by", "signature")
"""The facts that a signature adds to an event."""


def party_key(actor: Actor) -> str:
    """Name of the key with which an actor signs."""
    return f"party/{actor.id}"


def sign_facts(keys: KeyRing, event_type: str, facts: Mapping[str, Value], content: bytes | None, *, by: Actor
               ) -> dict[str, Value]:  # fmt: skip
    """The facts with the hash of the document's bytes (None when only its words were given), the signer and the signature.

    Raises UsageError for a document that is too large.
    """
    if content is not None and len(content) > MOST_BYTES:
        raise UsageError(f"the document has {len(content)} bytes; at most {MOST_BYTES} are kept; nothing was recorded")
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    signed: dict[str, Value] = {**facts, "bytes_sha256": digest, "signed_by": party_key(by)}
    signer = keys.signer(party_key(by), create=True)
    return {**signed, "signature": signer.sign(_signed_bytes(event_type, signed)).hex()}


def signature_fault(keys: KeyRing, event: Recorded) -> str | None:
    """What is wrong with a recorded document's signature, in words; None when it holds."""
    where = f"participation event {event.id} ({event.public.get('record', event.type)})"
    missing = [name for name in SIGNED if name not in event.public]
    if missing:
        return f"{where} is not signed: it lacks {', '.join(missing)}"
    facts = dict(event.public)
    name, signature = str(facts["signed_by"]), str(facts.pop("signature"))
    if name != f"party/{event.actor}":
        return f"{where} is signed by {name}, but was recorded by {event.actor}"
    try:
        holds = keys.verify(name, _signed_bytes(event.type, facts), bytes.fromhex(signature))
    except (KeyMissing, ValueError, UsageError) as error:
        return f"{where}: {error}"
    return None if holds else f"{where}: the signature of {name} does not verify"


def require_signature(keys: KeyRing, event: Recorded) -> None:
    """Raises StoreError when a recorded document's signature does not hold."""
    fault = signature_fault(keys, event)
    if fault is not None:
        raise StoreError(f"{fault}. Nothing was decided. Keep everything as it is and call the auditor.")


def content_fault(vault: FileVault, event: Recorded) -> str | None:
    """What is wrong with the bytes that were kept with a document; None when they hash to what was signed."""
    name = (event.private or {}).get("content")
    if name is None:
        if event.public.get("bytes_sha256") is not None:
            return f"participation event {event.id}: the document's bytes were signed, and are not kept any more"
        return None
    try:
        digest = hashlib.sha256(vault.open(PARTICIPATION_KEY, ObjectId(str(name)))).hexdigest()
    except InfraError as error:
        return f"participation event {event.id}: {error}"
    if digest != event.public.get("bytes_sha256"):
        return f"participation event {event.id}: the document's bytes are not those that were signed"
    return None


def _signed_bytes(event_type: str, facts: Mapping[str, Value]) -> bytes:
    return DOMAIN + canonical.encode({"type": event_type, "facts": dict(facts)})
