"""The folder that answers "show what was searched": opened entries with their proofs, authorities, and who signed what.

    statement.json            the operator's statement: question, counts, sentences, limits; signed, covers every other file
    entries.jsonl             one opened event a line: index, salt, public half, hash of the private half, tlog-proof
    authorities.jsonl         one search authority a line, as the gate signed it
    repository-<name>.json    the repository's own statement, signed by its key: what its spend log holds for the question
    checkpoint                the published checkpoint under which all of it is proved
    keys.json                 the public keys, for comparison; trust those that you have from elsewhere
    README.txt                how to verify it

Everything that is signed or hashed has one spelling, so that no byte can be changed unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from tenprint.account.claims.opened_entries import OpenedEntry
from tenprint.account.claims.search_list import Counts, Line, Question, Told, counts_of, lines_of, refused_at_the_door
from tenprint.account.statistics.statement import sign_statement, to_json
from tenprint.errors import UsageError
from tenprint.model.protocols import Signer

STATEMENT: Final = "statement.json"
ENTRIES: Final = "entries.jsonl"
AUTHORITIES: Final = "authorities.jsonl"
CHECKPOINT: Final = "checkpoint"
KEYS: Final = "keys.json"
README: Final = "README.txt"

STATEMENT_KIND: Final = "urn:tenprint:searches:1"
"""Type of the operator's statement."""

REPOSITORY_KIND: Final = "urn:tenprint:repository-searches:1"
"""Type of a repository's own statement."""

LISTED: Final = "listed"
"""Authorities of transactions in the list, under which the repository was searched."""

ELSEWHERE: Final = "elsewhere"
"""Of transactions of another place or time, or under no published checkpoint yet."""

OTHER_PURPOSES: Final = "other_purposes"
"""Of a named purpose without a transaction: a study, an audit."""

UNATTRIBUTED: Final = "unattributed"
"""Of a transaction that is not stored: nobody can say whose search it was, so it may be of any list."""

SORTS: Final = (LISTED, ELSEWHERE, OTHER_PURPOSES, UNATTRIBUTED)
"""The sorts under which a repository's statement counts every authority of its log; they add up to all."""

LIMITS: Final = (
    "A search on a copy of the gallery's files leaves no trace here.",
    "That no transaction is missing from the list rests on the receipts that agencies hold: compare their promises with it.",
    "That the repository's log was not cut at its end shows in the public log, which holds the hash of each entry that was spent.",
)
"""What such a folder can't show, said in each."""

_README: Final = """What a programme searched, for one question. It was made to be checked by somebody who trusts nobody:

    tenprint participation verify FOLDER --keys KEYS.json

KEYS.json: the programme's public keys, from a place you trust (its page /public/keys.json, or a letter), not from this folder.
The check needs no database and no secret. It opens every entry against the log's signed checkpoint, counts again, compares with
the gate's signed authorities and with each repository's own signed count, and names the first byte that does not hold.
Formats: C2SP tlog-proof and signed note; RFC 6962 leaf hashes; DSSE envelopes; entry = 0x01, SHA-256(salt, public), SHA-256(private).
"""


def repository_file(name: str) -> str:
    """Name of a repository's own statement."""
    return f"repository-{name}.json"


def predicate_of(question: Question, told: Sequence[Told], repositories: Sequence[str]) -> dict[str, Any]:
    """What a statement says of the opened events: computed by whoever makes it, and again by whoever checks it."""
    lines = lines_of(told, repositories)
    counts = [counts_of(lines, name) for name in repositories]
    return {
        "question": question.to_dict(),
        "counts": {found.repository: _counted(found) for found in counts},
        "says": [found.says(question) for found in counts],
        "refused_at_the_door": len(refused_at_the_door(told)),
        "limits": list(LIMITS),
    }


def _counted(counts: Counts) -> dict[str, Any]:
    found = asdict(counts)
    found["reasons"] = [
        {"answer": answer, "reason": reason, "count": count} for answer, reason, count in counts.reasons
    ]
    found["identities"] = [{"says": says, "left": left, "right": right} for says, left, right in counts.identities()]
    return found


def line_dict(line: Line) -> dict[str, Any]:
    """A line as JSON-ready texts and numbers."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(line).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleContents:
    """Everything that goes into a folder but for the operator's statement. repositories: name -> its signed statement."""

    predicate: Mapping[str, Any]
    entries: Sequence[OpenedEntry]
    authorities: Sequence[bytes]
    repositories: Mapping[str, bytes]
    checkpoint: str
    keys: Mapping[str, bytes]


def write_bundle(folder: Path, contents: BundleContents, *, signer: Signer) -> None:
    """Write the folder, whole. Raises UsageError when it is there already."""
    files = {
        ENTRIES: "".join(entry.line() for entry in contents.entries).encode("utf-8"),
        AUTHORITIES: "".join(f'{{"document":"{document.hex()}"}}\n' for document in contents.authorities).encode("ascii"),
        CHECKPOINT: contents.checkpoint.encode("utf-8"),
        KEYS: to_json({"keys": {name: key.hex() for name, key in contents.keys.items()}, "kind": "Ed25519, 32 bytes, hexadecimal"}),
        README: _README.encode("utf-8"),
        **{repository_file(name): content for name, content in contents.repositories.items()},
    }  # fmt: skip
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    statement = sign_statement(digests, contents.predicate, signer=signer, kind=STATEMENT_KIND)
    unfinished = folder.with_name(f".{folder.name}.part")
    if folder.exists() or unfinished.exists():
        raise UsageError(f"{folder} (or {unfinished.name} beside it) is there already; nothing was written")
    unfinished.mkdir(parents=True)
    for name, content in {**files, STATEMENT: statement}.items():
        (unfinished / name).write_bytes(content)
    unfinished.rename(folder)
