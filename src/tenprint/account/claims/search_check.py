"""Check a folder of searches as a stranger would: from its files and trusted public keys, without a database or any secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tenprint.account.claims import search_bundle as bundle
from tenprint.account.claims.opened_entries import OpenedEntry, read_entry
from tenprint.account.claims.search_list import Question, Told, counts_of, lines_of, told_from
from tenprint.account.ledger.merkle import leaf_hash, verify_inclusion
from tenprint.account.ledger.note import Checkpoint, verify_note
from tenprint.account.ledger.promise import verify_promise
from tenprint.account.ledger.tlog_proof import read_tlog_proof
from tenprint.account.statistics.statement import from_json, open_statement
from tenprint.errors import AccountError, ReleaseInvalid
from tenprint.model import events
from tenprint.model.authority import SearchAuthority, from_document


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """What was checked and found to hold. keys_from: ``caller`` or ``the folder itself`` (which shows only that its files
    belong together). promises: of receipts that were compared, all found in the list. notes: what a reader must not miss.
    """

    question: Mapping[str, Any]
    keys_from: str
    signed_by: str
    log_origin: str
    log_size: int
    entries_opened: int
    authorities: int
    counts: Mapping[str, Any]
    says: tuple[str, ...]
    repositories: Mapping[str, Mapping[str, Any]]
    promises: int
    awaiting_publication: int
    notes: tuple[str, ...]
    can_not_check: tuple[str, ...]


def verify_searches(
    folder: Path, *, keys: Mapping[str, bytes] | None = None, promises: Sequence[Mapping[str, Any]] = ()
) -> SearchReport:
    """Verify a folder. keys: name -> raw public key (the log's origin, ``statistics``, ``gate``, ``repository-<name>``).

    promises: receipts that an agency holds; each must be of an entry in the list. Raises ReleaseInvalid, naming the file
    and place of the first thing that does not hold.
    """
    files = _read_all(folder)
    trusted = keys if keys is not None else _own_keys(files)
    subjects, predicate, signed_by = open_statement(
        files[bundle.STATEMENT], keys=trusted, where=bundle.STATEMENT, kind=bundle.STATEMENT_KIND
    )
    _check_files(files, subjects)
    repositories = _repositories(predicate)
    checkpoint = _checkpoint(files, trusted, predicate)
    told, leaves = _opened(files, checkpoint)
    question = _question(predicate)
    _check_asked(told, question)
    _check_counts(predicate, bundle.predicate_of(question, told, repositories))
    authorities = _check_authorities(files, told, trusted)
    own = {name: _check_repository(files, told, name, question, trusted) for name in repositories}
    _check_promises(promises, leaves, trusted, origin=checkpoint.origin)
    return SearchReport(
        question=predicate["question"], keys_from="caller" if keys is not None else "the folder itself", signed_by=signed_by,
        log_origin=checkpoint.origin, log_size=checkpoint.size, entries_opened=len(told), authorities=authorities,
        counts=predicate["counts"], says=tuple(predicate["says"]), repositories=own, promises=len(promises),
        awaiting_publication=int(predicate["awaiting_publication"]), notes=_notes(predicate, own), can_not_check=bundle.LIMITS,
    )  # fmt: skip


def _notes(predicate: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    found = [
        f"{name}: its own log holds {said['begun_not_recorded']} searches whose result is not recorded; they are not in the count"
        for name, said in own.items()
        if said["begun_not_recorded"]
    ]
    for name, said in own.items():
        if said["authorities"] is None:
            found.append(f"{name}: does not say under whose authorities else it was searched; ask for a new list")
        elif said["authorities"][bundle.UNATTRIBUTED]:
            found.append(
                f"{name}: was searched under {said['authorities'][bundle.UNATTRIBUTED]} authorities of transactions that are not stored; nobody "
                "can say whose they were, so they may belong to this list"
            )
    if predicate["awaiting_publication"]:
        found.append(
            f"{predicate['awaiting_publication']} transactions are under no published checkpoint yet, and not in the list"
        )
    return tuple(found)


def _read_all(folder: Path) -> dict[str, bytes]:
    if not (folder / bundle.STATEMENT).is_file():
        raise ReleaseInvalid(f"{folder}: no {bundle.STATEMENT}: this is no folder of searches")
    if any(not path.is_file() for path in folder.iterdir()):
        raise ReleaseInvalid(f"{folder}: holds something that is no file")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _own_keys(files: Mapping[str, bytes]) -> dict[str, bytes]:
    try:
        named = from_json(files[bundle.KEYS], where=bundle.KEYS)["keys"]
        return {str(name): bytes.fromhex(key) for name, key in named.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ReleaseInvalid(f"{bundle.KEYS}: no map of names to hexadecimal keys") from None


def _check_files(files: Mapping[str, bytes], subjects: Mapping[str, str]) -> None:
    there = set(files) - {bundle.STATEMENT}
    if there != set(subjects):
        missing, extra = sorted(set(subjects) - there), sorted(there - set(subjects))
        raise ReleaseInvalid(
            f"missing: {', '.join(missing) or 'none'}; not covered by the statement: {', '.join(extra) or 'none'}"
        )
    for name in sorted(subjects):
        if hashlib.sha256(files[name]).hexdigest() != subjects[name]:
            raise ReleaseInvalid(f"{name}: it was changed after the statement was signed (its SHA-256 is another)")


def _repositories(predicate: Mapping[str, Any]) -> list[str]:
    counts = predicate.get("counts")
    if not isinstance(counts, dict) or not counts:
        raise ReleaseInvalid(f"{bundle.STATEMENT}: speaks of no repository")
    return sorted(counts)


def _question(predicate: Mapping[str, Any]) -> Question:
    try:
        return Question.from_dict(predicate["question"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReleaseInvalid(f"{bundle.STATEMENT}: its question can't be read ({error})") from None


def _checkpoint(files: Mapping[str, bytes], keys: Mapping[str, bytes], predicate: Mapping[str, Any]) -> Checkpoint:
    try:
        found = verify_note(files[bundle.CHECKPOINT].decode("utf-8"), keys)
    except (AccountError, UnicodeDecodeError, KeyError) as error:
        raise ReleaseInvalid(f"{bundle.CHECKPOINT}: {error}") from None
    stated = {"origin": found.origin, "size": found.size, "root": found.root.hex()}
    if predicate.get("log") != stated:
        raise ReleaseInvalid(f"{bundle.CHECKPOINT}: is {stated}; the statement says {predicate.get('log')}")
    return found


def _opened(files: Mapping[str, bytes], checkpoint: Checkpoint) -> tuple[list[Told], set[bytes]]:
    """Every opened event and its entry, each proved under the checkpoint. In order of index, none twice."""
    note = files[bundle.CHECKPOINT].decode("utf-8")
    told: list[Told] = []
    entries: set[bytes] = set()
    for number, line in enumerate(files[bundle.ENTRIES].decode("utf-8", "replace").splitlines(), 1):
        where = f"{bundle.ENTRIES}: line {number}"
        opened = _entry_of(line, where)
        if told and opened.index <= told[-1].index:
            raise ReleaseInvalid(f"{where}: entry {opened.index} follows {told[-1].index}; each stands once, in order")
        entry = opened.entry
        try:
            proof = read_tlog_proof(opened.proof)
            if proof.checkpoint != note or proof.index != opened.index:
                raise ReleaseInvalid(f"{where}: its proof is of entry {proof.index}, or under another checkpoint")
            verify_inclusion(
                leaf_hash(entry), opened.index, size=checkpoint.size, proof=proof.hashes, root=checkpoint.root
            )
        except AccountError as error:
            raise ReleaseInvalid(f"{where}: {error}") from None
        told.append(told_from(opened.index, opened.public))
        entries.add(entry)
    return told, entries


def _entry_of(line: str, where: str) -> OpenedEntry:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReleaseInvalid(f"{where}: no opened entry ({error!r})") from None
    opened = read_entry(said, where)
    if opened.line() != line + "\n":
        raise ReleaseInvalid(f"{where}: not in the one spelling that an entry has")
    return opened


def _check_asked(told: Sequence[Told], question: Question) -> None:
    """Only transactions that were asked about, and every event belongs to one of them."""
    begun = {e.submission for e in told if e.type == events.SUBMISSION_RECEIVED}
    for event in told:
        first = event.type == events.SUBMISSION_RECEIVED or event.submission not in begun
        if first and not question.covers(event):
            raise ReleaseInvalid(
                f"{bundle.ENTRIES}: entry {event.index} ({event.type}) is not of the scope and days asked about"
            )
        if event.type not in (events.SUBMISSION_RECEIVED, events.SUBMISSION_REFUSED) and event.submission not in begun:
            raise ReleaseInvalid(
                f"{bundle.ENTRIES}: entry {event.index} ({event.type}) is of a transaction whose receipt is not opened"
            )


def _check_counts(said: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if said.get(name) != value:
            raise ReleaseInvalid(
                f"{bundle.STATEMENT}: says {name} = {said.get(name)!r}; the opened entries give {value!r}"
            )
    for name, counts in found["counts"].items():
        for identity in counts["identities"]:
            if identity["left"] != identity["right"]:
                raise ReleaseInvalid(
                    f"{name}: the sums do not close: {identity['says']}: {identity['left']} and {identity['right']}"
                )
    if not isinstance(said.get("awaiting_publication"), int):
        raise ReleaseInvalid(f"{bundle.STATEMENT}: does not say how many transactions await publication")


def _check_authorities(files: Mapping[str, bytes], told: Sequence[Told], keys: Mapping[str, bytes]) -> int:
    """Each authority that was issued, and no other, signed by the gate for a permission that is opened here."""
    issued = {str(e.facts["authority"]): e for e in told if e.type == events.AUTHORITY_ISSUED}
    permitted = {(e.id, e.submission, str(e.facts["repository"])) for e in told
                 if e.type == events.GATE_DECIDED and e.facts.get("answer") == "permitted"}  # fmt: skip
    seen = set()
    for number, line in enumerate(files[bundle.AUTHORITIES].decode("utf-8", "replace").splitlines(), 1):
        where = f"{bundle.AUTHORITIES}: line {number}"
        authority = _authority_of(line, where)
        _check_signed(keys, authority.issuer, authority.signature, authority.signed_bytes(), where)
        if authority.id not in issued or authority.id in seen:
            raise ReleaseInvalid(
                f"{where}: authority {authority.id} was not issued by an opened entry, or stands twice"
            )
        if (authority.gate_decision, authority.submission, authority.repository) not in permitted:
            raise ReleaseInvalid(f"{where}: authority {authority.id} rests on no permission that is opened here")
        seen.add(authority.id)
    if set(issued) - seen:
        raise ReleaseInvalid(f"{bundle.AUTHORITIES}: {len(set(issued) - seen)} issued authorities are not shown")
    return len(seen)


def _authority_of(line: str, where: str) -> SearchAuthority:
    try:
        return from_document(bytes.fromhex(json.loads(line)["document"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ReleaseInvalid(f"{where}: no search authority ({error!r})") from None


def _check_signed(keys: Mapping[str, bytes], name: str, signature: bytes, message: bytes, where: str) -> None:
    key = keys.get(name)
    if key is None:
        raise ReleaseInvalid(
            f"{where}: signed by {name!r}; trusted: {', '.join(sorted(keys)) or 'none'}; it was not believed"
        )
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise ReleaseInvalid(f"{where}: the signature of {name} does not verify") from None


def _check_repository(
    files: Mapping[str, bytes], told: Sequence[Told], name: str, question: Question, keys: Mapping[str, bytes]
) -> Mapping[str, Any]:
    """The repository's own signed word: it searched under exactly the authorities that are recorded as spent."""
    where = bundle.repository_file(name)
    _, said, signer = open_statement(files.get(where, b""), keys=keys, where=where, kind=bundle.REPOSITORY_KIND)
    if signer != f"repository-{name}" or said.get("repository") != name:
        raise ReleaseInvalid(
            f"{where}: signed by {signer} for {said.get('repository')!r}, not by the repository {name}"
        )
    if said.get("question") != question.to_dict():
        raise ReleaseInvalid(f"{where}: answers another question")
    searched = {str(one["authority"]): [str(h) for h in one["hashes"]] for one in said["searches"]}
    mine = [line for line in lines_of(told, [name]) if line.authority is not None]
    states = {str(line.authority): line.state for line in mine}
    for authority in sorted(set(searched) - set(states)):
        raise ReleaseInvalid(f"{where}: the repository was searched under {authority}, which no opened entry issued")
    for authority, state in sorted(states.items()):
        if state == "spent" and authority not in searched:
            raise ReleaseInvalid(
                f"{where}: authority {authority} is recorded as spent; the repository's log does not hold it"
            )
        if state == "voided" and authority in searched:
            raise ReleaseInvalid(
                f"{where}: authority {authority} is recorded as voided; the repository was searched under it"
            )
    for event in told:
        of_here = event.type == events.AUTHORITY_SPENT and event.facts["repository"] == name
        if of_here and str(event.facts["repository_log_hash"]) not in searched[str(event.facts["authority"])]:
            raise ReleaseInvalid(f"{where}: entry {event.index} names a search that the repository's log does not hold")
    counted = counts_of(mine, name).spent
    begun = len(searched) - counted
    return {"log_entries": said["log_entries"], "log_head": said["log_head"], "searched": counted, "begun_not_recorded": begun,
            "authorities": _sorted_authorities(said, listed=len(searched), where=where)}  # fmt: skip


def _sorted_authorities(said: Mapping[str, Any], *, listed: int, where: str) -> Mapping[str, int] | None:
    """Every authority of the repository's log under one sort, adding up to all; None where a statement made before does not say."""
    counts = said.get("authorities")
    if counts is None:
        return None
    if set(counts) != {"all", *bundle.SORTS} or not all(type(n) is int and n >= 0 for n in counts.values()):
        raise ReleaseInvalid(
            f"{where}: authorities are counted as all and by {', '.join(bundle.SORTS)}; found {counts!r}"
        )
    added = sum(counts[sort] for sort in bundle.SORTS)
    if counts["all"] != added or counts[bundle.LISTED] != listed:
        raise ReleaseInvalid(
            f"{where}: the sums do not close: {counts['all']} authorities in its log; by sort {added}; {counts[bundle.LISTED]} of them are "
            f"said to be listed, and {listed} are"
        )
    return dict(counts)


def _check_promises(
    promises: Sequence[Mapping[str, Any]], entries: set[bytes], keys: Mapping[str, bytes], *, origin: str
) -> None:
    """Receipts that an agency holds: the log's key signs promises under the name ``log``."""
    for number, document in enumerate(promises, 1):
        given = verify_promise(document.get("promise", document), keys={**keys, "log": keys[origin]})
        if given.entry not in entries:
            raise ReleaseInvalid(
                f"receipt {number}: its entry is not in the list. Either it is of another scope or time, or a transaction "
                f"was left out: the promise of {given.given_at.isoformat()} is signed by the log; show both to the auditor."
            )
