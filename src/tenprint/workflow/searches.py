"""Show what was searched, and that nothing was: for any agency and period, with proofs that need no trust in us.

Who may ask: an agency for its own ORIs, an auditor for all. Only public halves are opened. Of transactions that no
published checkpoint covers whole, it is said how many there are; they are in the list after the next publication.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from tenprint.account.claims.opened_entries import OpenedEntry
from tenprint.account.claims.search_bundle import (
    ELSEWHERE,
    LISTED,
    OTHER_PURPOSES,
    REPOSITORY_KIND,
    SORTS,
    UNATTRIBUTED,
    BundleContents,
    line_dict,
    predicate_of,
    write_bundle,
)
from tenprint.account.claims.search_check import verify_searches
from tenprint.account.claims.search_list import KINDS, SCOPES, Question, Told, lines_of, refused_at_the_door
from tenprint.account.ledger.note import read_checkpoint
from tenprint.account.statistics.statement import sign_statement
from tenprint.clock import to_text
from tenprint.errors import NotPermitted, UsageError
from tenprint.identify.gallery.authority_log import ATTEMPT
from tenprint.ids import EventId, SubmissionId
from tenprint.infra.access.table import Actor, Reach, in_scope, permission, require
from tenprint.infra.store.store import Reader
from tenprint.infra.store.submissions import Submission
from tenprint.model import canonical, events
from tenprint.workflow.house import LOG_KEY, STATISTICS_KEY, House
from tenprint.workflow.journal import opened_entry, tell_log
from tenprint.workflow.participation import history_of, place_name, profile_of

MARGIN: Final = timedelta(days=2)
"""How far around the asked days receipts are read before each place's own calendar decides. Set by: no zone is further from UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searches:
    """The answer to one question. predicate: what the statement says; lines: one per transaction and repository; note: the
    published checkpoint. entries, authorities: what proves it.
    """

    predicate: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    refused_at_the_door: Sequence[Mapping[str, Any]]
    entries: Sequence[OpenedEntry]
    authorities: Sequence[bytes]
    repositories: Mapping[str, bytes]
    note: str


def question_for(house: House, kind: str, name: str, *, first: date, last: date) -> Question:
    """The question, with the calendar of every place. Raises UsageError for a scope or days that can't be."""
    if kind not in SCOPES or not name:
        raise UsageError(f"scope {kind}:{name}; allowed: one of {', '.join(SCOPES)} with its name; nothing was read")
    if last < first:
        raise UsageError(
            f"from {first} to {last}: no day at all; the last day is not before the first; nothing was read"
        )
    places = history_of(house).jurisdictions.all()
    if kind != "ori" and name not in {place_name(p) if kind == "county" else p.state for p in places}:
        raise UsageError(
            f"no {kind} {name!r} in this programme; see `tenprint participation jurisdictions`; nothing was read"
        )
    return Question(kind=kind, name=name, first=first, last=last, zones={place_name(p): p.timezone for p in places})


def searches(house: House, question: Question, *, by: Actor, proofs: bool = True) -> Searches:
    """Everything that answers ``question``, as of the published checkpoint. proofs: False leaves the proofs out (quicker).

    Raises NotPermitted; UsageError while no checkpoint is published.
    """
    _require(question, by)
    tell_log(house)
    with house.log() as log:
        published = log.published()
        if published is None:
            raise UsageError(
                "no checkpoint is published yet, so nothing can be proved; ask again after the next publication"
            )
        size, note = published
        checkpoint = read_checkpoint(note.rpartition("\n\n")[0] + "\n")
        with house.store.reader() as reader:
            covered, waiting = _covered(reader, _asked(reader, question), question, size)
            opened = [
                opened_entry(reader, log, EventId(event), index=index, size=size, note=note)
                for index, event, _ in covered
                if proofs
            ]
            told = [told for _, _, told in covered]
            begun = {event.submission for event in told if event.type == events.SUBMISSION_RECEIVED}
            authorities = [row.document for one in sorted(begun) for row in reader.authorities.for_submission(one)]
    names = sorted(house.programme.repositories)
    predicate = {
        **predicate_of(question, told, names), "awaiting_publication": waiting,
        "log": {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()},
        "asked_at": to_text(house.real_clock.now()), "programme": house.programme.id, "programme_sha256": house.programme.hash,
        "profile": profile_of(house),
    }  # fmt: skip
    return Searches(
        predicate=predicate, lines=[line_dict(line) for line in lines_of(told, names)],
        refused_at_the_door=[{"index": e.index, "submission": e.submission, **e.facts} for e in refused_at_the_door(told)],
        entries=opened, authorities=authorities, note=note,
        repositories={name: _repository_says(house, name, question, begun) for name in names},
    )  # fmt: skip


def export_searches(house: House, question: Question, folder: Path, *, by: Actor) -> Searches:
    """Write the folder that a stranger can check (`verify`). Raises as `searches`; UsageError when the folder is there."""
    found = searches(house, question, by=by)
    keys = {house.origin: house.keys.signer(LOG_KEY).public_key}
    keys |= {name: house.keys.signer(name).public_key for name in (STATISTICS_KEY, "gate")}
    keys |= {f"repository-{name}": house.keys.signer(f"repository-{name}").public_key for name in found.repositories}
    contents = BundleContents(predicate=found.predicate, entries=found.entries, authorities=found.authorities,
                              repositories=found.repositories, checkpoint=found.note, keys=keys)  # fmt: skip
    write_bundle(folder, contents, signer=house.keys.signer(STATISTICS_KEY))
    return found


def verify(folder: Path, *, keys: Path | None, promises: Sequence[Path] = ()) -> dict[str, Any]:
    """Check a folder without a database or any secret. keys: JSON like ``/public/keys.json``; promises: receipts as JSON files.

    Raises ReleaseInvalid, naming file and place.
    """
    trusted = None if keys is None else keys_from(keys)
    given = [_json_of(path) for path in promises]
    report = asdict(verify_searches(folder, keys=trusted, promises=given))
    return {**report, **{name: list(report[name]) for name in ("says", "notes", "can_not_check")}}


def keys_from(path: Path) -> dict[str, bytes]:
    """Public keys by name, from a file like ``/public/keys.json``. Raises UsageError."""
    try:
        return {str(name): bytes.fromhex(key) for name, key in _json_of(path)["keys"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            f'{path}: no keys file; expected {{"keys": {{name: hexadecimal}}}}; nothing was verified'
        ) from None


def _json_of(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: not JSON; nothing was verified") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path}: no JSON object; nothing was verified")
    return content


def _require(question: Question, by: Actor) -> None:
    """An agency asks for its own ORIs only; a county or state may hold agencies of others."""
    role = require(by, "view_searches")
    if permission("view_searches").roles[role] is Reach.ANYWHERE:
        return
    if question.kind != "ori" or not in_scope(by, question.name):
        raise NotPermitted(
            f"{by.label or by.id} may see the searches of its own ORIs only; nothing was read. Ask an auditor."
        )


def _asked(reader: Reader, question: Question) -> Sequence[Submission]:
    """Rows that may be meant; each place's calendar and the receipt's own facts decide later."""
    since = datetime.combine(question.first, time(), UTC) - MARGIN
    before = datetime.combine(question.last, time(), UTC) + MARGIN
    scope = {
        "ori": {"cri": question.name, "ori": question.name},
        "county": {"jurisdiction": question.name},
        "state": {"state_code": question.name},
    }[question.kind]
    return reader.submissions.received(since=since, before=before, **scope)


def _covered(
    reader: Reader, rows: Sequence[Submission], question: Question, size: int
) -> tuple[list[tuple[int, str, Told]], int]:
    """(index, event id, event) of every transaction asked about that the checkpoint of ``size`` covers whole, by index; and
    how many it does not cover yet.
    """
    found: list[tuple[int, str, Told]] = []
    waiting = 0
    for row in rows:
        indices = reader.outbox.of_stream(events.SUBMISSION, row.id)
        mine = [event for event in reader.stream(events.SUBMISSION, row.id) if event.type in KINDS]
        told = [
            Told(index=_or_beyond(indices[event.id], size), id=event.id, type=event.type, submission=row.id,
                 effective_at=event.effective_at, facts=event.public)
            for event in mine
        ]  # fmt: skip
        if not told or not question.covers(told[0]):
            continue
        if any(event.index >= size for event in told):
            waiting += 1
            continue
        found += [(event.index, event.id, event) for event in told]
    return sorted(found, key=lambda one: one[0]), waiting


def _or_beyond(index: int | None, size: int) -> int:
    """An entry that the log has not taken lies beyond every checkpoint."""
    return size if index is None else index


def _repository_says(house: House, name: str, question: Question, begun: set[str]) -> bytes:
    """The repository's own count from its own log, signed with its own key: which authorities it was searched under.

    Every authority of its whole log falls under one of `SORTS`: none is left out of the count.
    """
    entries = house.galleries[name].entries()
    attempts: dict[str, list[str]] = {}
    sorts: dict[str, str] = {}
    with house.store.reader() as reader:
        for entry in entries:
            if entry.kind == ATTEMPT and entry.authority not in sorts:
                sorts[entry.authority] = _sort_of(reader, entry.grant, begun)
    for entry in entries:
        if entry.kind == ATTEMPT and sorts[entry.authority] == LISTED:
            attempts.setdefault(entry.authority, []).append(entry.hash)
    counted = Counter(sorts.values())
    said = {
        "repository": name, "question": question.to_dict(), "log_entries": len(entries),
        "log_head": entries[-1].hash if entries else None, "authorities": {"all": len(sorts), **{sort: counted[sort] for sort in SORTS}},
        "searches": [{"authority": authority, "hashes": hashes} for authority, hashes in sorted(attempts.items())],
    }  # fmt: skip
    return sign_statement({}, said, signer=house.keys.signer(f"repository-{name}"), kind=REPOSITORY_KIND)


def _sort_of(reader: Reader, grant: bytes, begun: set[str]) -> str:
    """Whose search it was: of the list, of another transaction, for another purpose, or of a transaction that is not stored here."""
    submission = _submission_of(grant)
    if submission is None:
        return OTHER_PURPOSES
    if submission in begun:
        return LISTED
    return ELSEWHERE if reader.submissions.get(SubmissionId(submission)) is not None else UNATTRIBUTED


def _submission_of(grant: bytes) -> str | None:
    """Which transaction a search authority came from, out of what the gate signed; None for a named other purpose."""
    fields = canonical.decode(grant.partition(b"\n")[2])
    submission = fields.get("submission") if isinstance(fields, dict) else None
    return None if submission is None else str(submission)
