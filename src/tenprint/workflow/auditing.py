"""Is everything whole? The log from its files, the store against the log, the galleries, the sealed objects, the counts."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tenprint.account.ledger.folder import Report, verify_folder
from tenprint.errors import TenprintError, UsageError
from tenprint.identify.gallery.fsck import fsck as fsck_gallery
from tenprint.identify.match.mcc import Matcher
from tenprint.ids import KeyId
from tenprint.model import events
from tenprint.workflow.house import LOG_KEY, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.participation import signature_faults


def verify_log_folder(folder: Path, *, keys: Path | None) -> dict[str, Any]:
    """Verify a log's folder, or a mirror of it, from its files alone. keys: JSON of name -> base64 public key.

    Raises LedgerCorrupt or CheckpointInvalid naming the file and place of the first fault, UsageError without keys.
    """
    if keys is None:
        raise UsageError(
            "a log outside the data directory is verified with keys you trust: give --keys FILE (name -> base64)"
        )
    trusted = {name: base64.b64decode(key) for name, key in json.loads(keys.read_text()).items()}
    return _as_json(verify_folder(folder, keys=trusted))


def verify_log(house: House) -> dict[str, Any]:
    """Verify this installation's log, and that every recorded event is in it. Raises as `verify_log_folder`."""
    report = _as_json(
        verify_folder(house.ledger_root, keys=log_keys(house))
    )  # from the files, before anything is appended
    tell_log(house)
    problems = _against_log(house)
    return {**report, "store_problems": problems}


def log_keys(house: House) -> dict[str, bytes]:
    """The log's origin and public key: what its checkpoints are verified with."""
    return {house.origin: house.keys.signer(LOG_KEY).public_key}


def _as_json(report: Report) -> dict[str, Any]:
    return {**asdict(report), "root": report.root.hex(), "unfinished": list(report.unfinished)}


def _against_log(house: House) -> list[str]:
    with house.log() as log:
        return house.store.fsck(log.entry)


def accounts(house: House) -> dict[str, Any]:
    """The sums that must close: authorities issued = spent + voided + open, and exactly one answer per finished submission."""
    with house.store.reader() as reader:
        totals = {name: asdict(total) for name, total in reader.authorities.totals().items()}
        return {"authorities": totals, "submissions": dict(reader.submissions.count_by_state())}


def fsck(house: House, *, sweep: bool = False) -> list[str]:
    """Every problem in words; empty when all is sound.

    sweep: destroy what a crash left: sealed objects that nothing refers to, files half written, and encounters in a gallery that no event tells of.
    Raises UsageError for a sweep while another process has the data directory open.
    """
    # sealed records are checked like all others; nothing of them is shown, and what only they refer to is no orphan
    with house.vault.under_order(*house.vault.held_back()):
        if sweep:
            with house.alone():
                _sweep(house)
        return _faults(house)


def _faults(house: House) -> list[str]:
    problems: list[str] = []
    try:
        verify_folder(house.ledger_root, keys=log_keys(house))
        tell_log(house)
        problems += _against_log(house)
    except TenprintError as error:
        problems.append(f"log: {error}")
    for name in house.galleries:
        key = house.keys.signer(f"repository-{name}").public_key
        problems += [
            f"gallery {name}: {problem}" for problem in fsck_gallery(house.root / "gallery" / name, public_key=key)
        ]
        problems += [f"gallery {name}: encounter {encounter} is enrolled, but no event tells of it: a crash left it"
                     for encounter in _untold(house, name)]  # fmt: skip
        problems += [
            f"gallery {name}: encounter {encounter} is filed here, but can't be found"
            for encounter in _lost(house, name)
        ]
    problems += signature_faults(house)
    problems += _accounting(house)
    referenced = house.store.referenced_objects()
    problems += [f"vault: {fault}" for fault in house.vault.fsck(referenced)]
    return problems


def _sweep(house: House) -> None:
    for orphan in house.vault.orphans(house.store.referenced_objects()):
        house.vault.destroy_object(orphan)
    house.vault.sweep_parts()
    for name in house.galleries:
        for encounter in _untold(house, name):
            house.vault.destroy_key(KeyId(encounter))  # an encounter is enrolled under the key of its own name


def _untold(house: House, repository: str) -> list[str]:
    """Encounters in the gallery that were never filed; not those that the worker is about to file."""
    with house.store.reader() as reader:
        filed = {row.encounter for row in reader.enrolments.list(repository=repository, present_only=False)}
        coming = {row.id for row in reader.submissions.list(states=("answered", "held-answered"))}
    return sorted(set(house.galleries[repository].encounters()) - filed - coming)


def _lost(house: House, repository: str) -> list[str]:
    """Encounters that are filed and not expunged, but not in the gallery."""
    with house.store.reader() as reader:
        present = reader.enrolments.list(repository=repository)
        filed = {row.encounter for row in present if not house.vault.is_held_back(KeyId(row.key_id))}
    return sorted(filed - set(house.galleries[repository].encounters()))


def _accounting(house: House) -> list[str]:
    problems = []
    with house.store.reader() as reader:
        for repository, total in reader.authorities.totals().items():
            if total.issued != total.spent + total.voided + total.open:
                problems.append(f"authorities of {repository} do not add up: {total}")
            spent_there = {str(entry.authority) for entry in house.galleries[repository].spent()}
            spent_here = {a.id for a in reader.authorities.list(repository=repository, state="spent")}
            voided = {a.id for a in reader.authorities.list(repository=repository, state="voided")}
            if voided & spent_there:
                problems.append(
                    f"{len(voided & spent_there)} authorities of {repository} are voided here, but were used there"
                )
            if spent_here - spent_there:
                problems.append(
                    f"{len(spent_here - spent_there)} authorities of {repository} are spent here but not in its own log"
                )
        for row in reader.submissions.list(limit=None):
            answers = [e for e in reader.stream(events.SUBMISSION, row.id) if e.type == events.ANSWER_ISSUED]
            done = row.state in {"refused", "answered", "closed"}
            if len(answers) != (1 if done else 0) and row.state != "expunged":
                problems.append(f"submission {row.id} in state {row.state} has {len(answers)} answers")
    return problems


def describe(house: House) -> dict[str, Any]:
    """What this installation is made of, for `tenprint doctor`."""
    with house.log() as log:
        size = log.size
    return {
        "version": house.code_version, "programme": house.programme.id, "programme_hash": house.programme.hash, "extractor": _extractor(house),
        "matcher": Matcher().version, "galleries": {name: len(gallery) for name, gallery in house.galleries.items()},
        "ledger_entries": size, **accounts(house),
    }  # fmt: skip


def _extractor(house: House) -> str:
    try:
        return house.extractor().version
    except TenprintError as error:
        return f"missing: {error}"
