"""One offline-verifiable file per entry: index, inclusion proof and signed checkpoint (c2sp.org/tlog-proof@v1).

It is what an agency keeps beside its answer. The extra line is not authenticated, and is never believed here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tenprint.account.ledger.merkle import leaf_hash, verify_inclusion
from tenprint.account.ledger.note import Checkpoint, verify_note
from tenprint.errors import ProofInvalid

HEADER: Final = "c2sp.org/tlog-proof@v1"
"""First line. Source: C2SP tlog-proof."""

MOST_HASHES: Final = 63
"""Longest inclusion proof that is read. Source: a tree of less than 2**63 entries."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The parts of a proof file, unverified. extra is None when there is no such line."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None


def write_tlog_proof(index: int, hashes: Sequence[bytes], *, checkpoint: str, extra: bytes | None = None) -> str:
    """The file's text. checkpoint: the signed note, verbatim."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {base64.b64encode(extra).decode('ascii')}")
    lines.append(f"index {index}")
    lines += [base64.b64encode(value).decode("ascii") for value in hashes]
    return "\n".join(lines) + "\n\n" + checkpoint


def read_tlog_proof(text: str) -> TlogProof:
    """Take a proof file apart. Raises ProofInvalid, naming the line, for anything but the one right spelling."""
    head, empty, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not empty or lines[0] != HEADER:
        raise ProofInvalid(
            f"line 1: not a proof file; its first line is {HEADER!r}, and an empty line precedes the checkpoint"
        )
    extra = None
    rest = lines[1:]
    if rest and rest[0].startswith("extra "):
        extra = _decoded(rest.pop(0).removeprefix("extra "), line=2)
    before = len(lines) - len(rest)
    text_of_index = rest[0].removeprefix("index ") if rest and rest[0].startswith("index ") else ""
    if not text_of_index.isascii() or not text_of_index.isdecimal() or str(int(text_of_index)) != text_of_index:
        raise ProofInvalid(f"line {before + 1}: no 'index <decimal>' [C2SP tlog-proof]")
    if len(rest) - 1 > MOST_HASHES:
        raise ProofInvalid(f"{len(rest) - 1} hashes; at most {MOST_HASHES} are read")
    hashes = tuple(_decoded(line, line=before + 2 + number) for number, line in enumerate(rest[1:]))
    return TlogProof(int(text_of_index), hashes, checkpoint, extra)


def verify_tlog_proof(text: str, *, entry: bytes, keys: Mapping[str, bytes]) -> Checkpoint:
    """The verified checkpoint that holds ``entry``. keys: log's origin -> raw public key. Raises ProofInvalid or
    CheckpointInvalid.
    """
    proof = read_tlog_proof(text)
    checkpoint = verify_note(proof.checkpoint, keys)
    verify_inclusion(leaf_hash(entry), proof.index, size=checkpoint.size, proof=proof.hashes, root=checkpoint.root)
    return checkpoint


def _decoded(text: str, *, line: int) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProofInvalid(f"line {line}: not base64 [RFC 4648 section 4]") from None
    if base64.b64encode(content).decode("ascii") != text:
        raise ProofInvalid(f"line {line}: not canonical base64 [RFC 4648 section 4]")
    return content
