"""The server's own word about its log and releases, its keys, and the check of a receipt that somebody holds.

What a server says of itself is no proof: the page says so, and how to check without it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tenprint.account.claims.release_check import verify_chain
from tenprint.account.ledger.folder import verify_folder
from tenprint.account.ledger.layout import CHECKPOINT
from tenprint.account.ledger.note import Checkpoint, verifier_key, verify_note
from tenprint.account.ledger.promise import Promise, verify_promise
from tenprint.account.ledger.tlog_proof import verify_tlog_proof
from tenprint.errors import AccountError, NotFound, ProofInvalid, TenprintError
from tenprint.workflow.auditing import log_keys
from tenprint.workflow.house import GATE_KEY, LOG_KEY, STATISTICS_KEY, House

FRESH_FOR: Final = timedelta(minutes=10)
"""How long one run of the server's verification is shown again. Set by: reading the whole log is dear, and a page is not."""

LONGEST_RECEIPT: Final = 32_768
"""Most characters of a pasted promise or proof. Source: a proof has at most 63 hashes and 64 signature lines; below 16 kB."""


PUBLIC_FILE: Final = re.compile(r"checkpoint|tile/(entries|[0-7])/(x[0-9]{3}/)*[0-9]{3}(\.p/[0-9]{1,3})?")
"""Paths of a log that everybody may read. Source: C2SP tlog-tiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One public key. fingerprint: SHA-256 of its 32 bytes, hexadecimal; verifier: as log tools take it, or None."""

    name: str
    role: str
    hex: str
    fingerprint: str
    verifier: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the server found when it verified itself. problem: None when all held; entries, published, root: of the log."""

    at: datetime
    problem: str | None
    entries: int
    published: int | None
    root: str
    files: int
    releases: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCheck:
    """What a pasted receipt is worth. standing: kept; pending; overdue: not found where the receipt says, and too late.

    problem: why it was not believed, then all else is empty. index, size: where the entry stands, under which checkpoint;
    proof_from: holder (their own file verified) or server (made now, to be kept by the holder).
    """

    problem: str | None = None
    standing: str = "pending"
    given_at: datetime | None = None
    publish_by: datetime | None = None
    index: int | None = None
    size: int | None = None
    proof_from: str | None = None
    proof: str | None = None


def keys(house: House) -> tuple[Key, ...]:
    """The public keys by which anyone verifies: the log's, the statistics', the gate's and each repository's."""
    log = house.keys.signer(LOG_KEY).public_key
    named = [(house.origin, "log", log), (STATISTICS_KEY, "statistics", house.keys.signer(STATISTICS_KEY).public_key),
             (GATE_KEY, "gate", house.keys.signer(GATE_KEY).public_key)]  # fmt: skip
    named += [
        (f"repository-{n}", "repository", house.keys.signer(f"repository-{n}").public_key)
        for n in sorted(house.galleries)
    ]
    return tuple(
        Key(name=name, role=role, hex=key.hex(), fingerprint=hashlib.sha256(key).hexdigest(),
            verifier=verifier_key(name, key) if role == "log" else None)
        for name, role, key in named
    )  # fmt: skip


def trusted_keys(house: House) -> dict[str, Any]:
    """The keys file that ``stats verify --keys`` and ``participation verify --keys`` take: name -> hexadecimal."""
    return {
        "keys": {key.name: key.hex for key in keys(house)},
        "kind": "Ed25519, 32 bytes, hexadecimal",
    }


def checkpoint_note(house: House) -> str | None:
    """The published checkpoint, verbatim; None before the first publication."""
    path = house.ledger_root / CHECKPOINT
    return path.read_text(encoding="utf-8") if path.is_file() else None


def log_keys_file(house: House) -> dict[str, str]:
    """The keys file that ``tenprint ledger verify FOLDER --keys`` takes: the log's origin -> base64."""
    return {name: base64.b64encode(key).decode("ascii") for name, key in log_keys(house).items()}


def log_file(house: House, path: str) -> bytes:
    """One public file of the log: the checkpoint, a tile or a bundle of entries. Raises NotFound for any other path."""
    file = house.ledger_root / path
    if not PUBLIC_FILE.fullmatch(path) or not file.is_file():
        raise NotFound("the log has no such public file")
    return file.read_bytes()


class SelfCheck:
    """The server's verification of itself, run at most once per ten minutes and checkpoint. Safe between threads."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._last: Verdict | None = None  # written under _lock
        self._note: str | None = None  # written under _lock: the checkpoint that _last is about

    def verdict(self) -> Verdict:
        """The last run, or a new one. A fault is a verdict with a problem, never an error page."""
        with self._lock:
            now, note = self._house.real_clock.now(), checkpoint_note(self._house)
            if self._last is None or note != self._note or now - self._last.at >= FRESH_FOR:
                self._last, self._note = _run(self._house, now), note
            return self._last


def _run(house: House, now: datetime) -> Verdict:
    trusted = {**log_keys(house), STATISTICS_KEY: house.keys.signer(STATISTICS_KEY).public_key}
    empty = Verdict(at=now, problem=None, entries=0, published=None, root="", files=0, releases=())
    try:
        with house.log():  # nobody appends while the files are read
            report = verify_folder(house.ledger_root, keys=log_keys(house))
        chain = verify_chain(house.releases_root, keys=trusted) if _any_release(house) else []
    except TenprintError as error:
        return Verdict(
            **{name: getattr(empty, name) for name in ("at", "entries", "published", "root", "files", "releases")},
            problem=str(error),
        )
    told = tuple({"month": r.month, "rows": r.rows_opened, "cells": r.cells, "suppressed": r.suppressed, "identities": r.identities,
                  "statement": r.statement_sha256} for r in chain)  # fmt: skip
    return Verdict(at=now, problem=None, entries=report.size, published=report.published, root=report.root.hex(), files=report.files,
                   releases=told)  # fmt: skip


def _any_release(house: House) -> bool:
    root = house.releases_root
    return root.is_dir() and any(p.is_dir() and not p.name.startswith(".") for p in root.iterdir())


def check_receipt(house: House, promise: str, proof: str) -> ReceiptCheck:
    """Check a receipt: the promise's format and signature, then that the entry is under the published checkpoint.

    promise: JSON as the answer carried it. proof: a tlog-proof file, or empty; then the log's own copy is looked up.
    Nothing pasted is kept. Every fault is a ReceiptCheck with a problem.
    """
    if len(promise) > LONGEST_RECEIPT or len(proof) > LONGEST_RECEIPT:
        return ReceiptCheck(
            problem=f"more than {LONGEST_RECEIPT} characters; no receipt is that long. It was not read."
        )
    try:
        document = json.loads(promise)
        if not isinstance(document, dict):
            raise ProofInvalid("the promise is no JSON object; it was not believed")
        document = document.get("promise", document)
        given = verify_promise(document, keys={LOG_KEY: house.keys.signer(LOG_KEY).public_key})
        if proof.strip():
            text = proof.replace("\r\n", "\n").lstrip("\n")
            shown = verify_tlog_proof(
                text if text.endswith("\n") else text + "\n", entry=given.entry, keys=log_keys(house)
            )
            return _kept(given, shown, index=None, proof=None)
        return _looked_up(house, given, document.get("index"))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ReceiptCheck(problem="the promise is not JSON of the kind that answers carry; it was not believed")
    except AccountError as error:
        return ReceiptCheck(problem=str(error))


def _looked_up(house: House, given: Promise, index: object) -> ReceiptCheck:
    """The log's own copy of the entry. The index beside a promise is not signed: it only says where to look."""
    with house.log() as log:
        published = log.published()
        size = published[0] if published else 0
        at = index if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < log.size else None
        if at is not None and log.entry(at) == given.entry and at < size:
            text = log.proof_file(at)
            shown = verify_tlog_proof(text, entry=given.entry, keys=log_keys(house))
            return _kept(given, shown, index=at, proof=text)
    late = house.real_clock.now() >= given.publish_by
    return ReceiptCheck(standing="overdue" if late else "pending", given_at=given.given_at,
                        publish_by=given.publish_by, index=at, size=size)  # fmt: skip


def _kept(given: Promise, shown: Checkpoint, *, index: int | None, proof: str | None) -> ReceiptCheck:
    return ReceiptCheck(standing="kept", given_at=given.given_at, publish_by=given.publish_by, index=index, size=shown.size,
                        proof_from="server" if proof else "holder", proof=proof)  # fmt: skip


def verified_checkpoint(house: House) -> Checkpoint | None:
    """The published checkpoint's origin, size and root, its signature verified; None before publication. Raises CheckpointInvalid."""
    note = checkpoint_note(house)
    return None if note is None else verify_note(note, log_keys(house))
