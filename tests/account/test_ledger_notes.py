"""Signed notes, checkpoints, proof files, promises and entries: formats that others read."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from tenprint.account.ledger import entry, note, promise, tlog_proof
from tenprint.account.ledger.log import Log
from tenprint.errors import CheckpointInvalid, ProofInvalid

ORIGIN = "example.org/log"
# Published example of the signed-note specification (C2SP signed-note; the PeterNeumann key of golang.org/x/mod/sumdb/note).
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_signed_by_another_program_is_read() -> None:
    """C2SP signed-note: key id, spelling of keys and signatures agree with the Go implementation's published example."""
    name, _, encoded = NEUMANN.split("+", 2)
    public = base64.b64decode(encoded)[1:]

    assert verifier(name, public) == NEUMANN
    assert (NEUMANN_NOTE.partition("\n\n")[0] + "\n", ("PeterNeumann",)) == note.open_note(NEUMANN_NOTE, {name: public})
    with pytest.raises(CheckpointInvalid, match="does not verify"):
        note.open_note(NEUMANN_NOTE.replace("answer", "cause"), {name: public})


def verifier(name: str, public: bytes) -> str:
    return note.verifier_key(name, public)


def test_a_checkpoint_has_three_lines_and_the_key_is_named_after_the_log(log_key: Any) -> None:
    """C2SP tlog-checkpoint: origin, size, base64 of the root, no extension lines."""
    root = hashlib.sha256(b"x").digest()
    text = note.sign_note(note.checkpoint_text(ORIGIN, 7, root), name=ORIGIN, signer=log_key)

    assert [ORIGIN, "7", base64.b64encode(root).decode(), ""] == text.split("\n")[:4]
    assert note.Checkpoint(ORIGIN, 7, root, (ORIGIN,)) == note.verify_note(text, {ORIGIN: log_key.public_key})


def test_signatures_of_strangers_are_ignored_but_one_trusted_must_verify(log_key: Any, statistics_key: Any) -> None:
    """C2SP signed-note: unknown keys are ignored, and a note without a trusted signature is refused."""
    text = note.checkpoint_text(ORIGIN, 0, bytes(32))
    mine = note.sign_note(text, name=ORIGIN, signer=log_key)
    theirs = note.sign_note(text, name="witness.example", signer=statistics_key).rpartition("\n\n")[2]

    assert note.verify_note(mine + theirs, {ORIGIN: log_key.public_key}).signed_by == (ORIGIN,)
    assert {ORIGIN, "witness.example"} == set(
        note.verify_note(
            mine + theirs, {ORIGIN: log_key.public_key, "witness.example": statistics_key.public_key}
        ).signed_by
    )
    with pytest.raises(CheckpointInvalid, match="no signature of a trusted key"):
        note.verify_note(mine, {ORIGIN: statistics_key.public_key})


@pytest.mark.parametrize("size", ["07", "-1", "+7", "7 ", "", "9223372036854775808"])
def test_a_size_has_one_spelling(size: str) -> None:
    """C2SP tlog-checkpoint: decimal, no leading zeros."""
    with pytest.raises(CheckpointInvalid):
        note.read_checkpoint(f"{ORIGIN}\n{size}\n{base64.b64encode(bytes(32)).decode()}\n")


def test_entries_commit_to_each_half_under_its_own_salt() -> None:
    """Design decision 3.4: 0x01, SHA-256(s1 then public), SHA-256(s2 then private); rows 0x02, SHA-256(s3 then row)."""
    s1, s2 = bytes(32), bytes([1]) * 32

    assert b"\x01" + hashlib.sha256(s1 + b"pub").digest() + hashlib.sha256(s2 + b"priv").digest() == entry.event_entry(
        s1, b"pub", s2, b"priv"
    )
    assert b"\x02" + hashlib.sha256(s2 + b"row").digest() == entry.row_entry(s2, b"row")
    with pytest.raises(ValueError, match="32 bytes"):
        entry.row_entry(b"short", b"row")
    with pytest.raises(ValueError, match="each needs its own"):
        entry.event_entry(s1, b"pub", s1, b"priv")


def test_a_proof_file_is_checked_without_the_log(tmp_path: Any, log_key: Any, noon: datetime) -> None:
    """C2SP tlog-proof: header, extra, index, hashes, empty line, checkpoint: enough by itself."""
    log = Log.create(tmp_path / "log", origin=ORIGIN, signer=log_key)
    entries = [b"entry %d" % i for i in range(300)]
    log.append(entries)
    log.publish(noon)
    keys = {ORIGIN: log_key.public_key}
    text = log.proof_file(299, extra=b"slip")

    assert text.split("\n")[:3] == ["c2sp.org/tlog-proof@v1", "extra c2xpcA==", "index 299"]
    assert tlog_proof.verify_tlog_proof(text, entry=entries[299], keys=keys).size == 300
    for wrong in (
        text.replace("index 299", "index 298"),
        text.replace("index 299", "index 0299"),
        text.replace("@v1", "@v2"),
        text.replace("\n\n", "\n", 1),
    ):
        with pytest.raises((ProofInvalid, CheckpointInvalid)):
            tlog_proof.verify_tlog_proof(wrong, entry=entries[299], keys=keys)
    with pytest.raises(ProofInvalid):
        tlog_proof.verify_tlog_proof(text, entry=entries[298], keys=keys)


def test_an_entry_has_no_proof_file_before_it_is_published(tmp_path: Any, log_key: Any, noon: datetime) -> None:
    """Design decision 3.4: the proof follows publication; until then there is a promise."""
    log = Log.create(tmp_path / "log", origin=ORIGIN, signer=log_key)
    log.append([b"a"])
    with pytest.raises(ProofInvalid, match="no checkpoint is published yet"):
        log.proof_file(0)
    log.publish(noon)
    log.append([b"b"])
    log.proof_file(0)
    with pytest.raises(ProofInvalid, match="covers 1 entries"):
        log.proof_file(1)


def test_a_promise_that_is_not_kept_is_proof(log_key: Any, noon: datetime) -> None:
    """Design decision 3.4: a promise not kept is proof of misconduct."""
    keys = {"log": log_key.public_key}
    document = promise.promise(log_key, entry=b"\x01 an entry", at=noon, publish_by=noon + timedelta(hours=2))
    given = promise.verify_promise({**document, "index": 5}, keys=keys)

    assert given.entry == b"\x01 an entry"
    assert promise.Standing.KEPT is promise.standing(given, entries=[b"\x01 an entry"], at=noon)
    assert promise.Standing.NOT_YET_DUE is promise.standing(given, entries=[b"x"], at=noon + timedelta(hours=1))
    assert promise.Standing.BROKEN is promise.standing(given, entries=[b"x"], at=noon + timedelta(hours=2))


@pytest.mark.parametrize("name", ["format", "entry", "given_at", "publish_by", "key", "signature"])
def test_no_part_of_a_promise_can_be_changed(name: str, log_key: Any, noon: datetime) -> None:
    """Every signed fact is under the signature."""
    document = promise.promise(log_key, entry=b"\x01", at=noon, publish_by=noon + timedelta(hours=2))
    changed = document[name].replace("1", "2") if "1" in document[name] else document[name] + "0"
    with pytest.raises(ProofInvalid):
        promise.verify_promise(
            {**document, name: changed}, keys={"log": log_key.public_key, "log0": log_key.public_key}
        )
    with pytest.raises(ProofInvalid, match="lacks"):
        promise.verify_promise({k: v for k, v in document.items() if k != name}, keys={"log": log_key.public_key})
