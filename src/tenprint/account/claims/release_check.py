"""Verify a release as a stranger would: from its folder and two public keys, nothing else.

Rows are opened against the log's signed checkpoint, counted, and every cell is computed again. What a stranger can't
check is said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenprint.account.ledger.entry import row_entry
from tenprint.account.ledger.merkle import leaf_hash, verify_range
from tenprint.account.ledger.note import Checkpoint, verify_note
from tenprint.account.statistics import release
from tenprint.account.statistics.columns import K, row_of
from tenprint.account.statistics.measures import declared_measures
from tenprint.account.statistics.rows import smallest_combination
from tenprint.account.statistics.statement import from_json, open_statement, to_json
from tenprint.account.statistics.table import Table, facts_of, month_table, to_csv, to_document
from tenprint.errors import AccountError, ReleaseInvalid


@dataclass(frozen=True, slots=True)
class ReleaseReport:
    """What was checked. keys_from: ``caller``, or ``the release itself``, which shows only that its files belong
    together.

    cells: table cells computed again and found equal; suppressed: how many of them are marked instead of shown;
    open_identities: sums
    that suppressed parts leave open; columns_not_declared: columns of this version that the release does not have: it was
    made before
    they came, or leaves them out; previous: (month, statement's SHA-256) of the release before.
    """

    month: str
    vintage: str
    keys_from: str
    signed_by: str
    log_origin: str
    log_size: int
    rows_opened: int
    first_index: int
    combinations: int
    smallest: int
    cells: int
    suppressed: int
    identities: int
    open_identities: int
    columns_not_declared: tuple[str, ...]
    previous: tuple[str, str] | None
    statement_sha256: str
    can_not_check: tuple[str, ...]


def verify_release(path: Path, *, keys: Mapping[str, bytes] | None = None) -> ReleaseReport:
    """Verify the release in ``path``. keys: name -> raw public key of the statistics signer and of the log (its
    origin).

    Without ``keys`` those of the release's own keys.json are used, and the report says so. Raises ReleaseInvalid,
    naming file and
    place, when anything does not hold; a release without rows never passes.
    """
    files = _read_all(path)
    named = keys if keys is not None else _own_keys(files[release.KEYS])
    subjects, predicate, signed_by = open_statement(files[release.STATEMENT], keys=named)
    _check_files(files, subjects)
    checkpoint = _checkpoint(files[release.CHECKPOINT], named, predicate)
    opened = _open_rows(files[release.ROWS])
    first = _check_logged(files[release.PROOF], opened, checkpoint)
    least, rarest = smallest_combination([row.row for row in opened])
    if least < K:
        raise ReleaseInvalid(f"{release.ROWS}: a combination stands for {least} events, fewer than {K}: {rarest}")
    table = _recompute(files, opened)
    _check_predicate(predicate, table, rows=len(opened))
    cells = [cell for line in table.lines for cell in line.cells.values()]
    previous = predicate["previous"]
    return ReleaseReport(
        month=table.facts.month,
        vintage=str(predicate["vintage"]),
        keys_from="caller" if keys is not None else "the release itself",
        signed_by=signed_by,
        log_origin=checkpoint.origin,
        log_size=checkpoint.size,
        rows_opened=len(opened),
        first_index=first,
        combinations=len({row.row for row in opened}),
        smallest=least,
        cells=len(cells),
        suppressed=sum(cell.value is None for cell in cells),
        identities=len(table.identities),
        open_identities=sum(identity.holds is None for identity in table.identities),
        columns_not_declared=_not_declared(table),
        previous=None if previous is None else (previous["month"], previous["statement_sha256"]),
        statement_sha256=hashlib.sha256(files[release.STATEMENT]).hexdigest(),
        can_not_check=release.CAN_NOT_RECOMPUTE,
    )


def verify_chain(root: Path, *, keys: Mapping[str, bytes] | None = None) -> list[ReleaseReport]:
    """Verify every release under ``root`` and that each names the one before by its hash: a month removed or replaced
    breaks the chain.

    Also: sizes of the log never shrink, no row is opened twice, and no column is left out that an earlier month declared.
    Raises ReleaseInvalid, naming the month.
    """
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise ReleaseInvalid(f"{root}: no release to verify")
    reports: list[ReleaseReport] = []
    for folder in folders:
        report = verify_release(folder, keys=keys)
        if folder.name != report.month:
            raise ReleaseInvalid(f"{folder}: holds the release of {report.month}")
        before = reports[-1] if reports else None
        expected = None if before is None else (before.month, before.statement_sha256)
        if report.previous != expected:
            named = "none" if report.previous is None else f"{report.previous[0]} ({report.previous[1][:16]}…)"
            there = "none" if expected is None else f"{expected[0]} ({expected[1][:16]}…)"
            raise ReleaseInvalid(
                f"{folder.name}: names as the release before it: {named}; there is: {there}. A month was removed or "
                "replaced"
            )
        if before and (
            report.log_size < before.log_size or report.first_index < before.first_index + before.rows_opened
        ):
            raise ReleaseInvalid(f"{folder.name}: its rows or checkpoint lie before those of {before.month}")
        left_out = set(report.columns_not_declared) - set(before.columns_not_declared) if before else set()
        if left_out:
            raise ReleaseInvalid(
                f"{folder.name}: leaves out columns that {reports[-1].month} had: {', '.join(sorted(left_out))}"
            )
        reports.append(report)
    return reports


def _read_all(path: Path) -> dict[str, bytes]:
    if not path.is_dir():
        raise ReleaseInvalid(f"{path}: no such release")
    present = {p.relative_to(path).as_posix() for p in path.rglob("*") if not p.is_dir()}
    wanted = {*release.FILES, release.STATEMENT}
    if present != wanted:
        missing, extra = sorted(wanted - present), sorted(present - wanted)
        raise ReleaseInvalid(
            f"{path}: missing: {', '.join(missing) or 'none'}; not part of a release: {', '.join(extra) or 'none'}"
        )
    return {name: (path / name).read_bytes() for name in sorted(wanted)}


def _own_keys(content: bytes) -> dict[str, bytes]:
    document = from_json(content, where=release.KEYS)
    try:
        return {str(name): bytes.fromhex(key) for name, key in document["keys"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ReleaseInvalid(f"{release.KEYS}: no map of names to hexadecimal keys") from None


def _check_files(files: Mapping[str, bytes], subjects: Mapping[str, str]) -> None:
    if set(subjects) != set(release.FILES):
        raise ReleaseInvalid(
            f"{release.STATEMENT}: covers {', '.join(sorted(subjects))}; a release has "
            f"{', '.join(sorted(release.FILES))}"
        )
    for name in release.FILES:
        found = hashlib.sha256(files[name]).hexdigest()
        if found != subjects[name]:
            raise ReleaseInvalid(
                f"{name}: SHA-256 is {found}; the statement says {subjects[name]}: the file was changed after it was "
                "signed"
            )


def _checkpoint(content: bytes, keys: Mapping[str, bytes], predicate: Mapping[str, Any]) -> Checkpoint:
    try:
        checkpoint = verify_note(content.decode("utf-8"), keys)
    except (AccountError, UnicodeDecodeError) as error:
        raise ReleaseInvalid(f"{release.CHECKPOINT}: {error}") from error
    stated = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
    if predicate.get("log") != stated:
        raise ReleaseInvalid(f"{release.CHECKPOINT}: is {stated}; the statement says {predicate.get('log')}")
    if checkpoint.origin not in checkpoint.signed_by:
        raise ReleaseInvalid(f"{release.CHECKPOINT}: not signed by the log {checkpoint.origin} itself")
    return checkpoint


def _open_rows(content: bytes) -> list[release.OpenedRow]:
    opened = []
    at = 0
    for number, line in enumerate(content.split(b"\n")[:-1] if content.endswith(b"\n") else [content]):
        where = f"{release.ROWS}: line {number + 1}, byte {at}"
        try:
            document = json.loads(line)
            row = release.OpenedRow(document["index"], bytes.fromhex(document["salt"]), row_of(document["row"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ReleaseInvalid(f"{where}: no opened row ({error!r})") from None
        if release.row_line(row).encode("utf-8") != line + b"\n":
            raise ReleaseInvalid(f"{where}: not in the one spelling that a row has")
        opened.append(row)
        at += len(line) + 1
    if not opened:
        raise ReleaseInvalid(f"{release.ROWS}: no row is opened: nothing was verified")
    return opened


def _check_logged(content: bytes, opened: list[release.OpenedRow], checkpoint: Checkpoint) -> int:
    """Every row's entry under the checkpoint's root, in order of its hash; returns the first index."""
    document = from_json(content, where=release.PROOF)
    try:
        first, count = int(document["first"]), int(document["count"])
        hashes = [bytes.fromhex(value) for value in document["hashes"]]
        size = int(document["size"])
    except (KeyError, TypeError, ValueError):
        raise ReleaseInvalid(f"{release.PROOF}: no proof of a range") from None
    if count != len(opened) or size != checkpoint.size:
        raise ReleaseInvalid(
            f"{release.PROOF}: for {count} rows of {size} entries; {len(opened)} are opened under {checkpoint.size}"
        )
    entries = []
    for number, row in enumerate(opened):
        if row.index != first + number:
            raise ReleaseInvalid(
                f"{release.ROWS}: line {number + 1}: index {row.index}; rows follow each other from {first} on"
            )
        entries.append(row_entry(row.salt, row.row.to_bytes()))
    if entries != sorted(entries):
        raise ReleaseInvalid(
            f"{release.ROWS}: rows do not stand in the order of their hashes: their order could tell whose they are"
        )
    try:
        verify_range(
            [leaf_hash(entry) for entry in entries], first, size=checkpoint.size, proof=hashes, root=checkpoint.root
        )
    except AccountError as error:
        raise ReleaseInvalid(f"{release.ROWS} or {release.PROOF}: {error}") from error
    return first


def _recompute(files: Mapping[str, bytes], opened: list[release.OpenedRow]) -> Table:
    document = from_json(files[release.TABLE_JSON], where=release.TABLE_JSON)
    table = month_table([row.row for row in opened], facts_of(document))
    again = to_document(table)
    if to_json(again) != files[release.TABLE_JSON]:
        raise ReleaseInvalid(f"{release.TABLE_JSON}: {_first_difference(document, again)}")
    if to_csv(table).encode("utf-8") != files[release.TABLE_CSV]:
        raise ReleaseInvalid(f"{release.TABLE_CSV}: does not hold the cells that the rows give")
    if to_json(release.dictionary(table)) != files[release.DICTIONARY]:
        raise ReleaseInvalid(
            f"{release.DICTIONARY}: does not say of the declared columns what this version says of them"
        )
    return table


def _not_declared(table: Table) -> tuple[str, ...]:
    declared = {measure.key for measure in table.facts.measures()}
    return tuple(m.key for m in declared_measures(table.facts.policy, None) if m.key not in declared)


def _first_difference(given: Any, computed: Any, path: str = "") -> str:
    if isinstance(given, dict) and isinstance(computed, dict):
        for key in sorted(set(given) | set(computed)):
            if given.get(key) != computed.get(key):
                return _first_difference(given.get(key), computed.get(key), f"{path}.{key}" if path else str(key))
    if isinstance(given, list) and isinstance(computed, list) and len(given) == len(computed):
        for number, (a, b) in enumerate(zip(given, computed, strict=True)):
            if a != b:
                name = a.get("key", number) if isinstance(a, dict) else number
                return _first_difference(a, b, f"{path}[{name}]")
    return f"{path}: the table says {given!r}, the rows give {computed!r}"


def _check_predicate(predicate: Mapping[str, Any], table: Table, *, rows: int) -> None:
    facts = table.facts
    expected = {
        "month": facts.month,
        "count_by": facts.count_by,
        "policy": facts.policy,
        "policy_evidence": facts.evidence,
        "rows": rows,
        "suppression": {"k": K, "rule": release.suppression_rule(table.order)},
        "a_stranger_can_not_recompute": list(release.CAN_NOT_RECOMPUTE),
    }
    for name, value in expected.items():
        if predicate.get(name) != value:
            raise ReleaseInvalid(
                f"{release.STATEMENT}: says {name} = {predicate.get(name)!r}; the release has {value!r}"
            )
    for name in ("vintage", "profile", "programme", "programme_sha256", "code_version", "previous"):
        if name not in predicate:
            raise ReleaseInvalid(f"{release.STATEMENT}: does not say {name}")
