"""Documents that their parties sign: drafted, exported, signed inside or outside, and recorded when the last one has signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tenprint.errors import NotFound, StoreError, UsageError
from tenprint.ids import ObjectId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.store import Reader, UnitOfWork
from tenprint.infra.vault.keyring import verify_with
from tenprint.infra.vault.outside import read_public_key, read_signature
from tenprint.model import events
from tenprint.model.canonical import Value
from tenprint.model.events import Event, Recorded
from tenprint.model.party_signatures import (
    INSIDE,
    NAMESPACE,
    OUTSIDE,
    RAW,
    fingerprint,
    message,
    signed_text,
    unreadable,
)
from tenprint.refer.participation.documents import CONSENT, Document
from tenprint.refer.participation.machines import TransitionRefused
from tenprint.refer.participation.memoranda import CLAUSES, common_clauses
from tenprint.refer.participation.parties import (
    Signature,
    SigningRefused,
    missing,
    needed,
    party,
    signature_refused,
    standing,
)
from tenprint.workflow.house import LOG_KEY, House
from tenprint.workflow.obligations import FILE
from tenprint.workflow.participation import document_of, read_document, record_in, step_refused
from tenprint.workflow.party_keys import STREAM_ID, keys_of, party_day, signing
from tenprint.workflow.signed_documents import PARTICIPATION_KEY, party_key, sign_facts

SIGNED_FACTS: Final = (
    "record", "scope", "status", "basis", "in_force_from", "in_force_until", "authority_claimed", "claimed_by", "document", "source",
    "evidence", "log", "clauses", "parties",
)  # fmt: skip
"""What goes from a draft into the document that is recorded from it."""

TEXT: Final = "document.txt"
"""File of the bytes to sign."""

EXPLAINED: Final = "how-to-sign.txt"
"""File of the words around them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A document before its parties. given: the signatures that hold today; missing: those still needed, each by any one of its
    parties; recorded: id of the document, once all have signed.
    """

    id: str
    document: Document
    event: Recorded
    given: tuple[Signature, ...]
    missing: tuple[tuple[str, ...], ...]
    recorded: str | None

    @property
    def text(self) -> bytes:
        """What each party signs."""
        return signed_text({**self.event.public, "draft": self.id})


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature was taken. document: recorded by it, when it was the last that was needed."""

    draft: Draft
    party: str
    made: str
    document: Document | None


def draft_document(
    house: House, facts: Mapping[str, str | None], *, clauses: Sequence[str] = (), by: Actor, content: bytes | None = None
) -> Draft | TransitionRefused:  # fmt: skip
    """Put a document before its parties. It decides nothing until all have signed; a step that can't follow is refused at once.

    facts, content: as of `participation.record_document`. clauses: ``kind: words``, beside those that stand in every memorandum. Raises
    NotPermitted, RuleInvalid, RulesConflict; UsageError for a document that no party signs, or a text that can't be read as it stands.
    """
    role = require(by, "record_participation")
    at = house.clock.now()
    asked = read_document(facts, at.date())
    needs = needed(asked)
    if not needs:
        raise UsageError(
            f"no party signs {asked.record} {asked.status} of {asked.scope}; see `participation record`; nothing was recorded"
        )
    told: dict[str, Value] = {**facts, "log": log_name(house), "clauses": _clauses(house, asked, clauses),
                              "parties": [" or ".join(one) for one in needs]}  # fmt: skip
    hidden = unreadable([text for text in (*facts.values(), *clauses) if text is not None])
    if hidden is not None:
        raise UsageError(
            f"{hidden[:60]!r} holds a line break or a character that nobody can see, so nobody can read what they sign; nothing was recorded"
        )
    house.vault.create_key(PARTICIPATION_KEY)
    with house.store.unit_of_work() as work:
        refused = step_refused(house, work, asked)
        if refused is not None:
            return refused
        signed = sign_facts(house.keys, events.DOCUMENT_DRAFTED, told, content, by=by)
        sealed = None if content is None else house.vault.seal(PARTICIPATION_KEY, content)
        event = Event(
            type=events.DOCUMENT_DRAFTED, effective_at=at, public=signed, private={"content": sealed} if sealed else {}
        )
        (recorded,) = work.append(events.PARTICIPATION, STREAM_ID, [event], expected=work.version(events.PARTICIPATION, STREAM_ID),
                                  actor=by.id, role=role, purpose="participation", recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    return draft(house, recorded.id)


def log_name(house: House) -> str:
    """The log that a document belongs to: its origin and the fingerprint of its key, so that no other house can use the signature."""
    return f"{house.origin} {fingerprint(house.keys.signer(LOG_KEY).public_key)}"


def _clauses(house: House, asked: Document, more: Sequence[str]) -> list[str]:
    """The clauses of a memorandum in words, in the text that is signed; none of any other document but those that are given."""
    for one in more:
        kind, _, says = one.partition(": ")
        if kind not in CLAUSES or not says.strip():
            raise UsageError(
                f"clause {one[:60]!r}; allowed: one of {', '.join(CLAUSES)}, a colon, a space and words; nothing was recorded"
            )
    common = common_clauses(house.programme.root / FILE) if (asked.record, asked.status) == (CONSENT, "SIGNED") else ()
    return [*(f"{clause.kind}: {clause.says}" for clause in common), *more]


def drafts(house: House) -> tuple[Draft, ...]:
    """Every draft, in order, with who has signed. Raises StoreError when a recorder's signature does not hold."""
    with house.store.reader() as reader:
        told = signing(house, reader)
        recorded = _recorded(reader)
    return tuple(_draft(house, event, told, recorded) for event in told if event.type == events.DOCUMENT_DRAFTED)


def draft(house: House, draft_id: str, reader: Reader | None = None) -> Draft:
    """One draft, by its id. Raises NotFound."""
    if reader is None:
        with house.store.reader() as opened:
            return draft(house, draft_id, opened)
    told = signing(house, reader)
    event = next((one for one in told if one.type == events.DOCUMENT_DRAFTED and one.id == draft_id), None)
    if event is None:
        raise NotFound(f"no draft {draft_id[:40]!r}; see `tenprint participation drafts`; nothing was done")
    return _draft(house, event, told, _recorded(reader))


def _recorded(reader: Reader) -> dict[str, str]:
    """Draft -> the document recorded from it."""
    found = reader.events(stream=events.PARTICIPATION, types=(events.PARTICIPATION_RECORDED,))
    return {str(e.public["draft"]): f"recorded/{e.id}" for e in found if e.public.get("draft") is not None}


def _draft(house: House, event: Recorded, told: Sequence[Recorded], recorded: Mapping[str, str]) -> Draft:
    document = document_of(event)
    given = _given(house, event, told)
    return Draft(
        id=event.id,
        document=document,
        event=event,
        given=given,
        missing=missing(document, given),
        recorded=recorded.get(event.id),
    )


def _given(house: House, event: Recorded, told: Sequence[Recorded]) -> tuple[Signature, ...]:
    at = house.clock.now()
    keys = keys_of(told)
    found: list[Signature] = []
    for one in _signatures(event, told):
        found += standing([_signature(one)], keys, on=party_day(house, str(one.public["party"]), at))
    return tuple(found)


def _signatures(event: Recorded, told: Sequence[Recorded]) -> list[Recorded]:
    return [one for one in told if one.type == events.DOCUMENT_SIGNED and one.public["draft"] == event.id]


def _signature(event: Recorded) -> Signature:
    return Signature(
        party=str(event.public["party"]), made=str(event.public["made"]), hand=str(event.public["fingerprint"])
    )


def export_draft(house: House, draft_id: str, folder: Path) -> Draft:
    """Write the bytes to sign, and in words beside them what they say and how to sign. Raises NotFound, UsageError (the folder is there)."""
    found = draft(house, draft_id)
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise UsageError(f"{folder} is there already; nothing was written") from None
    (folder / TEXT).write_bytes(found.text)
    (folder / EXPLAINED).write_text(explained(found), encoding="utf-8")
    return found


def explained(found: Draft) -> str:
    """What is signed, by whom, from when, with which clauses, and how."""
    document, facts = found.document, found.event.public
    clauses = "".join(f"  - {clause}\n" for clause in cast("Sequence[str]", facts["clauses"])) or "  none\n"
    needs = "".join(f"  - {one}\n" for one in cast("Sequence[str]", facts["parties"]))
    attached = facts["bytes_sha256"]
    return (
        f"What you sign: {document.record} {document.status} of {document.scope}, {document.in_force}\n"
        f"In words: {document.document}\nClaimed by: {document.claimed_by}; authority claimed: {document.authority_claimed}\n"
        f"The document itself: {'not attached' if attached is None else f'SHA-256 {attached} (compare: sha256sum FILE)'}\n"
        f"Clauses:\n{clauses}Signed by:\n{needs}\n"
        f"The file {TEXT} holds the exact bytes. Read it: it says all of the above and nothing else. Change nothing in it.\n\n"
        f"With OpenSSL, once: openssl genpkey -algorithm ed25519 -out my-key.pem; openssl pkey -in my-key.pem -pubout -out my-key.pub.pem\n"
        f"Then:               openssl pkeyutl -sign -inkey my-key.pem -rawin -in {TEXT} -out document.sig\n"
        f"Or with OpenSSH:    ssh-keygen -Y sign -f my-key -n {NAMESPACE} {TEXT}    (writes {TEXT}.sig)\n\n"
        f"Hand in the signature and the public key, never the private one:\n"
        f"  tenprint participation sign {found.id} --party PARTY --signature document.sig --public-key my-key.pub.pem\n"
        "The public key must have been registered for you before: tenprint participation register-key.\n"
    )


def sign_inside(
    house: House, draft_id: str, *, party_name: str, by: Actor
) -> Signed | SigningRefused | TransitionRefused:
    """Sign a draft for a party that has no key of its own, with the acting person's key on the house's ring.

    Raises NotPermitted, NotFound, UsageError; nothing is recorded then.
    """
    require(by, "record_participation")
    hand = party_key(by)
    known = house.keys.public_keys().get(hand)  # made only once it is known that it may sign
    wanted = Signature(party=party(party_name), made=INSIDE, hand="" if known is None else fingerprint(known))
    with house.store.unit_of_work() as work:
        found, told = _open_draft(house, work, draft_id)
        if refused := _refused(house, found, wanted, told):
            return refused
        signer = house.keys.signer(hand, create=True)
        return _take(
            house,
            work,
            found,
            _facts(house, wanted, RAW, signer.public_key, signer.sign(found.text)),
            told=told,
            by=by,
        )


def sign_outside(
    house: House, draft_id: str, *, party_name: str, signature: Path, public_key: Path, by: Actor
) -> Signed | SigningRefused | TransitionRefused:
    """Attach a signature that a party made elsewhere, by a key that was registered for it before.

    by: who hands it in. Raises NotPermitted, NotFound; UsageError for a file that is no key or no signature. Nothing is recorded then.
    """
    require(by, "record_participation")
    raw = read_public_key(public_key.read_bytes())
    form, made = read_signature(signature.read_bytes())
    wanted = Signature(party=party(party_name), made=OUTSIDE, hand=fingerprint(raw))
    with house.store.unit_of_work() as work:
        found, told = _open_draft(house, work, draft_id)
        if refused := _refused(house, found, wanted, told):
            return refused
        if not verify_with(raw, message(form, found.text), made):
            return SigningRefused(
                reason="other_bytes",
                says=f"the signature does not verify: it is by another key, or over other bytes than those of draft {found.id}. Export it again, "
                "and sign the file as it is.",
            )  # fmt: skip
        return _take(house, work, found, _facts(house, wanted, form, raw, made), told=told, by=by)


def _open_draft(house: House, work: Reader, draft_id: str) -> tuple[Draft, Sequence[Recorded]]:
    return draft(house, draft_id, work), signing(house, work)


def _refused(house: House, found: Draft, wanted: Signature, told: Sequence[Recorded]) -> SigningRefused | None:
    """Whether the signature may be taken, before anybody looks at its bytes."""
    on = party_day(house, wanted.party, house.clock.now())
    return signature_refused(found.document, wanted, given=found.given, keys=keys_of(told), on=on)


def _facts(house: House, wanted: Signature, form: str, public_key: bytes, made: bytes) -> dict[str, Value]:
    """One signature as the log states it: enough for anybody to verify it."""
    return {
        "party": wanted.party, "made": wanted.made, "form": form, "fingerprint": fingerprint(public_key), "public_key": public_key.hex(),
        "by_party": made.hex(), "taken_on": party_day(house, wanted.party, house.clock.now()).isoformat(),
    }  # fmt: skip


def _take(
    house: House, work: UnitOfWork, found: Draft, facts: Mapping[str, Value], *, told: Sequence[Recorded], by: Actor
) -> Signed | TransitionRefused:  # fmt: skip
    """Record a signature that holds, and with the last one the document: both, or neither."""
    role, at = require(by, "record_participation"), house.clock.now()
    taken = Signature(party=str(facts["party"]), made=str(facts["made"]), hand=str(facts["fingerprint"]))
    last = not missing(found.document, (*found.given, taken))
    if last and (refused := step_refused(house, work, found.document)):
        return refused
    house.vault.create_key(PARTICIPATION_KEY)
    signed = sign_facts(house.keys, events.DOCUMENT_SIGNED, {**facts, "draft": found.id}, None, by=by)
    event = Event(type=events.DOCUMENT_SIGNED, effective_at=at, public=signed)
    work.append(events.PARTICIPATION, STREAM_ID, [event], expected=len(told), actor=by.id, role=role, purpose="participation",
                recorded_at=at, key=PARTICIPATION_KEY)  # fmt: skip
    document = _record(house, work, found, [*_kept(found, told), facts], by=by) if last else None
    return Signed(draft=draft(house, found.id, work), party=taken.party, made=taken.made, document=document)


def _kept(found: Draft, told: Sequence[Recorded]) -> list[Mapping[str, Value]]:
    """The facts of the signatures that still hold; of a party that signed anew, its last."""
    names = ("party", "made", "form", "fingerprint", "public_key", "by_party", "taken_on")
    holding = {(one.party, one.hand) for one in found.given}
    return [{name: event.public[name] for name in names} for event in _signatures(found.event, told)
            if (str(event.public["party"]), str(event.public["fingerprint"])) in holding]  # fmt: skip


def _record(
    house: House, work: UnitOfWork, found: Draft, signatures: Sequence[Mapping[str, Value]], *, by: Actor
) -> Document:
    facts = {name: found.event.public[name] for name in SIGNED_FACTS}
    name = (work.event(found.event.id, private=True).private or {}).get("content")
    content = None if name is None else house.vault.open(PARTICIPATION_KEY, ObjectId(str(name)))
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    if digest != found.event.public["bytes_sha256"]:
        raise StoreError(
            f"the bytes kept with draft {found.id} are not those that were signed; nothing was recorded. Call the auditor."
        )
    return record_in(house, work, {**facts, "draft": found.id, "signatures": signatures}, content, by=by)
