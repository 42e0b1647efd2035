"""One file with which a stranger verifies that the parties to a participation document signed it: made here, and checked here.

    entries       opened log entries with their proofs: the recorded document, and each key that signed it outside, as it was
                  registered and, if it was, revoked
    text          what the parties signed, as they read it
    signatures    of each party: the key (PEM) and the 64 bytes (base64), as OpenSSL takes them

All is JSON in one spelling, and text and signatures must be those that the entries give, so that no byte can be changed unseen.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.account.claims.opened_entries import OpenedEntry, public_half, read_entry
from tenprint.account.ledger.note import Checkpoint, read_checkpoint
from tenprint.account.ledger.tlog_proof import read_tlog_proof, verify_tlog_proof
from tenprint.account.statistics.statement import from_json, to_json
from tenprint.errors import AccountError, ReleaseInvalid
from tenprint.model import events
from tenprint.model.party_signatures import OUTSIDE, fingerprint, key_document, message, signed_text

KIND: Final = "urn:tenprint:signed-document:1"
"""Type of the file."""

OPENED: Final = (events.PARTICIPATION_RECORDED, events.PARTY_KEY_REGISTERED, events.PARTY_KEY_REVOKED)
"""The events that such a file opens."""

LIMITS: Final = (
    "That a key is the party's: compare its fingerprint with the party's own word.",
    "A signature made inside is by a key that the house keeps: it shows what the house did, not what the party did.",
    "That no revocation was left out: ask the programme for the list of keys, and the party for its own.",
    "What the paper says: compare its SHA-256 with the one in the text.",
)
"""What such a file can't show, said in each report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReport:
    """What was checked and found to hold. document: its facts; signatures: party, made (inside or outside), fingerprint, day, and of
    those made outside the log entry in which the key was registered.
    """

    document: Mapping[str, Any]
    signatures: tuple[Mapping[str, Any], ...]
    log_origin: str
    log_size: int
    entries_opened: int
    can_not_check: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    index: int
    type: str
    facts: Mapping[str, Any]


def write_signed_document(entries: Sequence[OpenedEntry]) -> bytes:
    """The file. entries: the recorded document's, and its keys', each with a proof under one checkpoint. Raises ReleaseInvalid."""
    ordered = sorted(entries, key=lambda one: one.index)
    document = _document([_told(one, f"entry {one.index}") for one in ordered])
    return to_json({"kind": KIND, "entries": [one.said() for one in ordered], **_readable(document.facts)})


def verify_signed_document(content: bytes, *, keys: Mapping[str, bytes], where: str = "the file") -> DocumentReport:
    """Verify a file without a database or any secret. keys: the log's origin -> raw public key, which the caller trusts.

    Raises ReleaseInvalid, naming the first thing that does not hold.
    """
    said = from_json(content, where=where)
    if not isinstance(said, dict) or said.get("kind") != KIND or not isinstance(said.get("entries"), list):
        raise ReleaseInvalid(f"{where}: no signed document of kind {KIND}")
    opened = [read_entry(one, f"{where}: entries {number}") for number, one in enumerate(said["entries"], 1)]
    told, checkpoint = _proved(opened, keys, where)
    document = _document(told)
    shown = _readable(document.facts)
    for name in ("text", "signatures"):
        if said.get(name) != shown[name]:
            raise ReleaseInvalid(f"{where}: {name}: not what the opened entries give")
    if set(said) != {"kind", "entries", *shown}:
        raise ReleaseInvalid(f"{where}: holds {', '.join(sorted(set(said) - {'kind', 'entries', *shown}))} besides")
    own = f"{checkpoint.origin} {fingerprint(keys[checkpoint.origin])}"
    if document.facts.get("log") != own:
        raise ReleaseInvalid(
            f"{where}: was signed for the log {document.facts.get('log')!r}; its proofs are of {own!r}"
        )
    signatures = tuple(_signature(one, document, told, where) for one in document.facts["signatures"])
    _complete(document, signatures, where)
    hidden = ("signatures", "signed_by", "signature")
    return DocumentReport(
        document={name: value for name, value in document.facts.items() if name not in hidden}, signatures=signatures,
        log_origin=checkpoint.origin, log_size=checkpoint.size, entries_opened=len(told), can_not_check=LIMITS,
    )  # fmt: skip


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The text and the signatures, as a person and OpenSSL read them."""
    try:
        return {"text": signed_text(facts).decode(), "signatures": [_as_files(one) for one in facts["signatures"]]}
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseInvalid(f"the recorded document can't be read ({error!r})") from None


def _as_files(one: Mapping[str, Any]) -> dict[str, str]:
    der = base64.b64encode(key_document(bytes.fromhex(one["public_key"]))).decode()
    return {
        "party": one["party"], "made": one["made"], "form": one["form"],
        "public_key": f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n",
        "signature": base64.b64encode(bytes.fromhex(one["by_party"])).decode(),
    }  # fmt: skip


def _proved(opened: Sequence[OpenedEntry], keys: Mapping[str, bytes], where: str) -> tuple[list[_Told], Checkpoint]:
    """Every entry under one checkpoint that a trusted key signed, in order of index, none twice."""
    told: list[_Told] = []
    checkpoint: Checkpoint | None = None
    for one in opened:
        place = f"{where}: entry {one.index}"
        try:
            proof = read_tlog_proof(one.proof)
            if proof.index != one.index:
                raise ReleaseInvalid(f"{place}: its proof is of another entry")
            # only the log's own key speaks for the log, whatever else the reader trusts
            origin = read_checkpoint(proof.checkpoint.partition("\n\n")[0] + "\n").origin
            own = {name: key for name, key in keys.items() if name == origin}
            found = verify_tlog_proof(one.proof, entry=one.entry, keys=own)
        except ReleaseInvalid:
            raise
        except AccountError as error:
            raise ReleaseInvalid(f"{place}: {error}") from None
        if checkpoint not in (None, found) or (told and one.index <= told[-1].index):
            raise ReleaseInvalid(f"{place}: under another checkpoint than the first, or out of order")
        checkpoint = found
        told.append(_told(one, place))
    if checkpoint is None:
        raise ReleaseInvalid(f"{where}: opens no entry")
    return told, checkpoint


def _told(one: OpenedEntry, where: str) -> _Told:
    half = public_half(one.public, kinds=OPENED, where=where, place="this file")
    return _Told(one.index, str(half["type"]), half["facts"])


def _document(told: Sequence[_Told]) -> _Told:
    found = [one for one in told if one.type == events.PARTICIPATION_RECORDED]
    if len(found) != 1 or found[0].facts.get("draft") is None:
        raise ReleaseInvalid("it opens no recorded document that parties signed, or more than one")
    return found[0]


def _signature(one: Mapping[str, Any], document: _Told, told: Sequence[_Told], where: str) -> dict[str, Any]:
    place = f"{where}: the signature of {one.get('party')!r}"
    try:
        public_key, made = bytes.fromhex(one["public_key"]), bytes.fromhex(one["by_party"])
        Ed25519PublicKey.from_public_bytes(public_key).verify(made, message(one["form"], signed_text(document.facts)))
        mark, taken = fingerprint(public_key), date.fromisoformat(one["taken_on"])
    except InvalidSignature:
        raise ReleaseInvalid(f"{place} does not verify") from None
    except (KeyError, TypeError, ValueError) as error:
        raise ReleaseInvalid(f"{place} can't be read ({error!r})") from None
    if mark != one.get("fingerprint"):
        raise ReleaseInvalid(f"{place} is by another key than the one whose fingerprint is stated")
    said = {
        "party": one["party"],
        "made": one["made"],
        "form": one["form"],
        "fingerprint": mark,
        "taken_on": one["taken_on"],
    }
    if one["made"] != OUTSIDE:
        return said
    return {
        **said,
        "registered_in_entry": _registration(str(one["party"]), mark, document, told, taken=taken, place=place),
    }


def _registration(party: str, mark: str, document: _Told, told: Sequence[_Told], *, taken: date, place: str) -> int:
    """The entry that registered the key for the party, before the document and in force on the day."""
    for one in told:
        if one.facts.get("fingerprint") != mark or one.index >= document.index:
            continue
        if one.type == events.PARTY_KEY_REVOKED and taken >= date.fromisoformat(str(one.facts["in_force_until"])):
            raise ReleaseInvalid(
                f"{place} was taken on {taken}, and its key was revoked from {one.facts['in_force_until']} on"
            )
    for one in told:
        known = (
            one.type == events.PARTY_KEY_REGISTERED
            and one.index < document.index
            and one.facts.get("fingerprint") == mark
        )
        if known and one.facts.get("party") == party and date.fromisoformat(str(one.facts["in_force_from"])) <= taken:
            return one.index
    raise ReleaseInvalid(
        f"{place} is by a key that no opened entry registers for it before the document, in force on {taken}"
    )


def _complete(document: _Told, signatures: Sequence[Mapping[str, Any]], where: str) -> None:
    signed = [str(one["party"]) for one in signatures]
    for need in document.facts["parties"]:
        if sum(party in str(need).split(" or ") for party in signed) != 1:
            raise ReleaseInvalid(f"{where}: lacks the one signature of {need}")
    if len(signed) != len(document.facts["parties"]):
        raise ReleaseInvalid(f"{where}: is signed by somebody who is no party to it")
