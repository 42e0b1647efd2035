"""Whose signatures a participation document needs, and whether one that is handed in may be taken.

A party is written as a scope is: ``nation:US`` (the federal agency), ``state:IL``, ``county:Cook, IL``, ``ori:IL016``. A party
that has ever registered a key of its own signs with such a key alone: from then on nobody in this house can sign, or record,
a document in its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tenprint.errors import UsageError
from tenprint.model.party_signatures import INSIDE, OUTSIDE
from tenprint.refer.participation.documents import (
    ACTIVATION,
    CONSENT,
    OVERRIDE,
    SCOPE_KEYS,
    SECOND_RESPONSE,
    STATEMENT,
    Document,
    Reach,
)

NATION: Final = "nation:US"
"""The federal agency that runs the immigration repository."""

REASONS: Final = (
    "not_a_party", "signed_already", "key_not_registered", "key_of_another_party", "key_not_yet_in_force", "key_revoked",
    "own_key_registered", "same_hand", "other_bytes", "key_known",
)  # fmt: skip
"""Why a signature, a key or a document is refused, for machines."""

_SHAPES: Final = {
    "nation": re.compile(r"US\Z"), "state": re.compile(r"[A-Z]{2}\Z"), "county": re.compile(r"[^,]+, [A-Z]{2}\Z"),
    "ori": re.compile(r"[A-Z]{2}[A-Z0-9]{1,7}\Z"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRefused:
    """A signature, key or document that is not taken. reason: one of `REASONS`; says: what was found, and what to do."""

    reason: str
    says: str

    def __str__(self) -> str:
        return f"{self.says} Nothing was recorded."


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyKey:
    """A public key that a party alone holds the private half of. since: first day in force; until: first day NOT, or None.

    public_key: 32 bytes, Ed25519. fingerprint: see `model.party_signatures.fingerprint`.
    """

    party: str
    fingerprint: str
    public_key: bytes
    since: date
    until: date | None = None

    def stands(self, on: date) -> bool:
        """Whether a signature taken on that day, the party's own, holds."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature on a draft. made: ``inside`` or ``outside``; hand: the house's key, or the fingerprint of the party's own."""

    party: str
    made: str
    hand: str


def party(text: str) -> str:
    """A party's name, checked. Raises UsageError."""
    kind, _, name = text.partition(":")
    if kind not in SCOPE_KEYS or not _SHAPES[kind].match(name):
        raise UsageError(
            f"party {text[:60]!r}; allowed: {NATION}, state:IL, 'county:Cook, IL' or ori:IL016; nothing was recorded"
        )
    return text


def needed(document: Document) -> tuple[tuple[str, ...], ...]:
    """The signatures that make a document hold; each by any one of the parties of its tuple. Empty: no party signs such a one.

    Source: domain 4.1. A memorandum is between the state's bureau and the federal agency; either may end or suspend it. The
    federal agency switches a place on; the place, its state or the agency may switch it off. The copy of the answer is the
    state's choice, an override the federal act. A statement is whose it is.
    """
    state = _state(document.scope)
    places = (str(document.scope),) if document.scope.kind in ("county", "ori") else ()
    own: tuple[str, ...] = () if state is None else (state,)
    anyone = (*places, *own, NATION)
    if document.record == CONSENT:
        both = {
            "SIGNED": (own, (NATION,)),
            "SUSPENDED": (anyone,),
            "TERMINATION_NOTICE": (anyone,),
            "TERMINATED": (anyone,),
        }
        return both.get(document.status, (own,))
    if document.record == ACTIVATION:
        off = ((NATION,),) if document.status in ("SCHEDULED", "ACTIVE") else (anyone,)
        return () if document.status == "UNKNOWN" else off
    alone = {OVERRIDE: (NATION,), SECOND_RESPONSE: own, STATEMENT: anyone}[document.record]
    return (alone,) if alone else ()


def _state(scope: Reach) -> str | None:
    letters = {"state": scope.name, "county": scope.name[-2:], "ori": scope.name[:2]}.get(scope.kind)
    return None if letters is None else f"state:{letters}"


def recorder_refused(document: Document, keys: Iterable[PartyKey]) -> SigningRefused | None:
    """Why the house may not record a document on its own word: one of its parties signs with a key of its own."""
    if document.record == STATEMENT:
        return None  # it decides nothing, and is anybody's claim about anybody
    own = {key.party for key in keys}
    bound = [name for one in needed(document) for name in one if name in own]
    if not bound:
        return None
    return SigningRefused(
        reason="own_key_registered",
        says=f"{', '.join(bound)} signs with a key of its own: {document.record} {document.status} of {document.scope} is drafted and signed "
        "(tenprint participation draft, then sign).",
    )  # fmt: skip


def key_refused(name: str, fingerprint: str, keys: Iterable[PartyKey]) -> SigningRefused | None:
    """Why a key can't be registered: it is known already, for this party or another. A revoked key stays revoked."""
    for key in keys:
        if key.fingerprint == fingerprint:
            return SigningRefused(
                reason="key_known",
                says=f"the key {fingerprint} was registered for {key.party} before; {name} needs a key of its own that is new.",
            )
    return None


def standing(given: Iterable[Signature], keys: Sequence[PartyKey], *, on: date) -> tuple[Signature, ...]:
    """The signatures on a draft that hold on a day: none by a key that was revoked since, none made inside for a party that has
    registered a key of its own since.
    """
    holds = {key.fingerprint for key in keys if key.stands(on)}
    own = {key.party for key in keys}
    return tuple(one for one in given if (one.party not in own if one.made == INSIDE else one.hand in holds))


def missing(document: Document, given: Iterable[Signature]) -> tuple[tuple[str, ...], ...]:
    """The signatures that are still needed; each by any one of the parties of its tuple."""
    signed = {one.party for one in given}
    return tuple(one for one in needed(document) if not signed.intersection(one))


def signature_refused(
    document: Document, wanted: Signature, *, given: Sequence[Signature], keys: Sequence[PartyKey], on: date
) -> SigningRefused | None:
    """Why a signature may not be taken on a day, its bytes apart. given: those that hold already."""
    asked = [one for one in needed(document) if wanted.party in one]
    if not asked:
        who = "; ".join(" or ".join(one) for one in needed(document)) or "no party"
        return _refused("not_a_party", f"{wanted.party} is no party to it; it is signed by: {who}.")
    if not any(wanted.party in one for one in missing(document, given)):
        done = next(one for one in given if one.party in asked[0])
        return _refused("signed_already", f"{done.party} has signed it already.")
    return _outside_refused(wanted, keys, on=on) if wanted.made == OUTSIDE else _inside_refused(wanted, given, keys)


def _outside_refused(wanted: Signature, keys: Sequence[PartyKey], *, on: date) -> SigningRefused | None:
    key = next((one for one in keys if one.fingerprint == wanted.hand), None)
    if key is None:
        return _refused(
            "key_not_registered",
            f"the key {wanted.hand} was never registered for {wanted.party}. Register it first: tenprint participation register-key.",
        )
    if key.party != wanted.party:
        return _refused(
            "key_of_another_party", f"the key {wanted.hand} is registered for {key.party}, not for {wanted.party}."
        )
    if key.since > on:
        return _refused(
            "key_not_yet_in_force",
            f"the key {wanted.hand} is in force from {key.since}; today is {on} at {wanted.party}.",
        )
    if key.until is not None and on >= key.until:
        return _refused(
            "key_revoked", f"the key {wanted.hand} was revoked from {key.until} on; today is {on} at {wanted.party}."
        )
    return None


def _inside_refused(wanted: Signature, given: Sequence[Signature], keys: Sequence[PartyKey]) -> SigningRefused | None:
    if any(key.party == wanted.party for key in keys):
        return _refused(
            "own_key_registered", f"{wanted.party} signs with a key of its own (--signature and --public-key)."
        )
    if any(one.hand == wanted.hand for one in given):
        return _refused("same_hand", "whoever signed inside for one party can't sign for another.")
    return None


def _refused(reason: str, says: str) -> SigningRefused:
    return SigningRefused(reason=reason, says=says)
