"""A month's release: the table, the opened rows it stands on, the proof that they are in the log, and a signed
statement over all files.

Written whole under another name and moved into place; a published month is never written again: late events go to the
next close.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tenprint.account.statistics.columns import ANY, COLUMN_MEANINGS, COLUMNS, NOT_APPLICABLE, K, Row
from tenprint.account.statistics.rows import smallest_combination
from tenprint.account.statistics.statement import sign_statement, to_json
from tenprint.account.statistics.table import SUPPRESSED, Table, TableFacts, month_table, to_csv, to_document
from tenprint.errors import ReleaseInvalid
from tenprint.model.protocols import Signer

STATEMENT: Final = "statement.json"
"""The signed statement; it covers every other file of the folder."""

TABLE_CSV: Final = "table.csv"
"""The table for spreadsheets."""

TABLE_JSON: Final = "table.json"
"""The table with its facts, marks and identities."""

ROWS: Final = "rows.jsonl"
"""One opened row a line, in the order of the log: index, salt, columns."""

PROOF: Final = "proof.json"
"""First index, count and the hashes beside the rows in the tree."""

CHECKPOINT: Final = "checkpoint"
"""The log's signed checkpoint, verbatim."""

DICTIONARY: Final = "dictionary.json"
"""What every column and mark means."""

KEYS: Final = "keys.json"
"""Public keys by name: a convenience; who wants to be sure brings keys learnt elsewhere."""

FILES: Final = (TABLE_CSV, TABLE_JSON, ROWS, PROOF, CHECKPOINT, DICTIONARY, KEYS)
"""The files that the statement covers: all but itself, none besides."""

CAN_RECOMPUTE: Final = (
    "that every opened row was committed to in the log before the checkpoint was signed",
    f"that every combination of the rows' columns stands for at least {K} events",
    "every cell of the table, every mark and every identity, from the opened rows and the facts printed on the table",
    "that no file of the release was changed since it was signed",
)
"""What a stranger can check with the folder and the two public keys."""

CAN_NOT_RECOMPUTE: Final = (
    "that rows and logged events pair one to one: an accredited auditor opens event entries and cosigns that",
    "that every submission was logged: agencies hold signed promises, and search authorities must equal searches",
    "searches while a gate was closed: the number comes from the gate's log, and rows can only contradict it",
    "the names, states and list of places, and the evidence mark of the policy: they are the programme's",
    "how many persons stand behind the events: rows can't be joined",
)
"""What a stranger can't check, said on every release. Source: design decision 3.4."""

_MONTH: Final = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """A row with what opens its entry: its index in the log, its salt (32 bytes) and the rolled-up row."""

    index: int
    salt: bytes
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedUnder:
    """Where the rows are logged: origin and key of the log, size and root of the checkpoint, its signed note, and the
    range proof.
    """

    origin: str
    public_key: bytes
    size: int
    root: bytes
    note: str
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseContext:
    """What the statement says beside numbers. previous: month and SHA-256 of the statement of the release before; None
    for the first.

    profile: participation profile in use; authorities: repository -> issued, spent, voided, open since the beginning: what was
    searched is what was authorised (issued = spent + voided + open); corrections: free text on what late events and corrections this close holds.
    """

    programme: str
    programme_hash: str
    profile: str
    code_version: str
    previous: tuple[str, str] | None
    authorities: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    corrections: str = ""
    extra_keys: Mapping[str, bytes] = field(default_factory=dict)


def suppression_rule(order: Sequence[str]) -> str:
    """The rule in words, part of each statement. order: the columns as the rows were rolled up by them."""
    return (
        f"k = {K}: rows are rolled up column by column ({', '.join(order)}); values with fewer than {K} events are "
        "merged, and the smallest "
        f"remaining value joins while the merged group is under {K}; a cell is shown only if no merged row could belong "
        "to it; places with fewer "
        f"than {K} submissions show no cell; fewer than {K} events in all are deferred to the next close"
    )


def write_release(
    root: Path,
    *,
    vintage: str,
    facts: TableFacts,
    opened: Sequence[OpenedRow],
    logged: LoggedUnder,
    signer: Signer,
    context: ReleaseContext,
) -> Path:
    """Write ``<root>/<month>/`` and return it. vintage: name of this publication, such as ``2011-06 (closed
    2011-07-05)``.

    opened: all rows of this close, one after the other in the log. Raises ReleaseInvalid, with nothing written, when
    the month is
    published already, no row is opened, indices have gaps, a combination stands for fewer than eleven events, or the
    table contradicts
    itself.
    """
    if not _MONTH.match(facts.month):
        raise ReleaseInvalid(f"{facts.month!r} is no month; allowed: yyyy-mm. Nothing was written")
    target, incoming = root / facts.month, root / f".{facts.month}.incoming"
    if target.exists():
        raise ReleaseInvalid(
            f"{target}: this month is published already; late events go to the next close. Nothing was written"
        )
    _check_rows(opened, logged)
    table = month_table([row.row for row in opened], facts)
    contents = _contents(table, opened, logged, signer, context)
    predicate = _predicate(vintage, table, opened, logged, context)
    subjects = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    contents[STATEMENT] = sign_statement(subjects, predicate, signer=signer)
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    for name, content in contents.items():
        with (incoming / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _flush(incoming)
    incoming.rename(target)
    _flush(root)
    return target


def _check_rows(opened: Sequence[OpenedRow], logged: LoggedUnder) -> None:
    if not opened:
        raise ReleaseInvalid("no row is opened: a release without rows proves nothing. Nothing was written")
    first = opened[0].index
    for number, row in enumerate(opened):
        if row.index != first + number:
            raise ReleaseInvalid(
                f"row {number} has index {row.index}; rows stand one after the other from {first} on. Nothing was "
                "written"
            )
    if first < 0 or first + len(opened) > logged.size:
        raise ReleaseInvalid(
            f"rows up to {first + len(opened) - 1} are not under a checkpoint of {logged.size}. Nothing was written"
        )
    least, rarest = smallest_combination([row.row for row in opened])
    if least < K:
        raise ReleaseInvalid(
            f"a combination stands for {least} events, fewer than {K}: {rarest}. Roll the rows up first. Nothing was "
            "written"
        )


def _contents(
    table: Table, opened: Sequence[OpenedRow], logged: LoggedUnder, signer: Signer, context: ReleaseContext
) -> dict[str, bytes]:
    keys = {**context.extra_keys, signer.name: signer.public_key, logged.origin: logged.public_key}
    return {
        TABLE_CSV: to_csv(table).encode("utf-8"),
        TABLE_JSON: to_json(to_document(table)),
        ROWS: "".join(row_line(row) for row in opened).encode("utf-8"),
        PROOF: to_json(
            {
                "first": opened[0].index,
                "count": len(opened),
                "size": logged.size,
                "hashes": [h.hex() for h in logged.proof],
            }
        ),
        CHECKPOINT: logged.note.encode("utf-8"),
        DICTIONARY: to_json(dictionary(table)),
        KEYS: to_json(
            {"keys": {name: key.hex() for name, key in keys.items()}, "kind": "Ed25519, 32 bytes, hexadecimal"}
        ),
    }


def _predicate(
    vintage: str, table: Table, opened: Sequence[OpenedRow], logged: LoggedUnder, context: ReleaseContext
) -> dict[str, Any]:
    previous = context.previous
    return {
        "month": table.facts.month,
        "vintage": vintage,
        "count_by": table.facts.count_by,
        "policy": table.facts.policy,
        "policy_evidence": table.facts.evidence,
        "programme": context.programme,
        "programme_sha256": context.programme_hash,
        "profile": context.profile,
        "code_version": context.code_version,
        "rows": len(opened),
        "search_authorities": {name: _shown(counts) for name, counts in sorted(context.authorities.items())},
        "log": {"origin": logged.origin, "size": logged.size, "root": logged.root.hex()},
        "suppression": {"k": K, "rule": suppression_rule(table.order)},
        "previous": None if previous is None else {"month": previous[0], "statement_sha256": previous[1]},
        "corrections": context.corrections,
        "a_stranger_can_recompute": list(CAN_RECOMPUTE),
        "a_stranger_can_not_recompute": list(CAN_NOT_RECOMPUTE),
    }


def _shown(counts: Mapping[str, int]) -> dict[str, int | str]:
    """The counts of one repository, or marks in place of all of them while any is 1 to 10."""
    if counts["issued"] != counts["spent"] + counts["voided"] + counts["open"]:
        raise ReleaseInvalid(f"search authorities do not add up: {dict(counts)}. Nothing was written")
    hide = any(0 < count < K for count in counts.values())
    return dict.fromkeys(counts, SUPPRESSED) if hide else dict(counts)


def row_line(opened: OpenedRow) -> str:
    """One line of rows.jsonl: JSON in one spelling. The row's committed bytes are `Row.to_bytes` of its columns."""
    columns = ", ".join(f'"{name}": {_quoted(value)}' for name, value in opened.row.as_dict().items())
    return f'{{"index": {opened.index}, "salt": "{opened.salt.hex()}", "row": {{{columns}}}}}\n'


def _quoted(text: str) -> str:
    return to_json(text).decode("utf-8").strip()


def dictionary(table: Table) -> dict[str, Any]:
    """What every column that the table declares, every value and mark of a release means. Row columns: those of the version of its
    rows.
    """
    return {
        "row_columns": {name: COLUMN_MEANINGS[name] for name in COLUMNS if name in table.order},
        "row_values": {
            ANY: "generalised: one of several values",
            NOT_APPLICABLE: "the column does not speak of this event",
        },
        "table_columns": {m.key: m.says for m in table.facts.measures()},
        "marks": {SUPPRESSED: "not shown; zero is not told from suppressed"},
        "row_commitment": "entry = 0x02 || SHA-256(salt || row); leaf hash = SHA-256(0x00 || entry) [RFC 6962 2.1]",
        "row_encoding": "tag-length-value: a map of texts and one integer ('row': version), keys sorted "
        "[tenprint.model.canonical]",
    }


def statement_sha256(release: Path) -> str:
    """SHA-256 of a release's statement file, as the next release names it."""
    return hashlib.sha256((release / STATEMENT).read_bytes()).hexdigest()


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
