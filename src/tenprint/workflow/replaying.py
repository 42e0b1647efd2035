"""What if another policy, other rules or another profile had been in force: recorded cases replayed, nothing touched."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from tenprint import __version__
from tenprint.account.statistics.columns import K
from tenprint.errors import NoRuleInForce, UsageError
from tenprint.infra.access.table import Actor, require
from tenprint.lab.replay.column_file import digest, load, save
from tenprint.lab.replay.columns import CaseColumns
from tenprint.lab.replay.difference import BY, Other, Table, compare
from tenprint.refer.participation.gate import PROFILES
from tenprint.refer.participation.history import ParticipationHistory
from tenprint.refer.policy.level_policies import LevelPolicy
from tenprint.refer.policy.priority_policies import PriorityPolicy
from tenprint.refer.policy.programme import Programme, programme_root
from tenprint.workflow.archive import Archive
from tenprint.workflow.recorded_cases import recorded_cases

CASES_FILE: Final = "cases.npz"
"""Name of the file of cases in a folder that a replay writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What is asked. policy: id of a level or priority policy. programme: folder of other rules. profile: of the gate.

    first, last: days, both included; None for a file of cases takes all of it. by: see `BY`.
    """

    policy: str | None
    programme: Path | None
    profile: str | None
    first: date | None
    last: date | None
    by: str

    def __post_init__(self) -> None:
        if self.policy is None and self.programme is None and self.profile is None:
            raise UsageError("nothing is different: give --policy, --programme or --profile. Nothing was replayed.")
        if self.by not in BY:
            raise UsageError(f"no breakdown by {self.by!r}; allowed: {', '.join(BY)}. Nothing was replayed.")
        if self.profile is not None and self.profile not in PROFILES:
            raise UsageError(f"no profile {self.profile!r}; allowed: {', '.join(PROFILES)}. Nothing was replayed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Tables, with all that a stranger needs to get the same ones. columns: the cases; for an auditor only."""

    about: Mapping[str, Any]
    tables: Sequence[Table]
    columns: CaseColumns

    def as_json(self) -> dict[str, Any]:
        """As the command prints it, and as it stands in a folder's ``difference.json``."""
        return {**self.about, "tables": [table.as_json() for table in self.tables]}


def replay_archive(archive: Archive, asked: WhatIf, *, by: Actor, full: bool) -> Replayed:
    """Replay what a data directory recorded. The store is only read.

    full: counts under eleven too, and the cases themselves; for auditors. Raises NotPermitted, UsageError, RuleInvalid.
    """
    require(by, "audit" if full else "view_work", purpose="audit")
    if asked.first is None or asked.last is None:
        raise UsageError("a replay of recorded cases needs --from and --to; nothing was replayed")
    with archive.store.reader() as reader:
        reading = recorded_cases(reader, archive.programme, first=asked.first, last=asked.last)
    recorded = {
        "programme": {"id": archive.programme.id, "hash": archive.programme.hash, "profile": reading.profile},
        "log": {"entries": reading.entries, "last_event": reading.position},
        "documents_recorded": reading.documents, "left_out": dict(reading.left_out),
        "referral_cases": reading.cases if full else None,
    }  # fmt: skip
    if not full:
        recorded["left_out"] = {why: n if n >= K else f"fewer than {K}" for why, n in reading.left_out.items()}
    columns = CaseColumns.of(reading.rows)
    return _replayed(
        columns, recorded, asked, base=archive.programme, history=reading.history, profile=reading.profile, full=full
    )


def replay_file(path: Path, asked: WhatIf, *, full: bool) -> Replayed:
    """Replay a file of cases that an auditor's replay wrote, or a researcher made. Raises UsageError, RuleInvalid."""
    columns, recorded = load(path)
    first, last = asked.first or date.min, asked.last or date.max
    columns = columns.where((columns.days >= first.toordinal()) & (columns.days <= last.toordinal()))
    if recorded.get("documents_recorded") and asked.profile is not None:
        raise UsageError(
            f"{path}: {recorded['documents_recorded']} participation documents were recorded where these cases come from, and the file does "
            "not hold them; the gate can't be replayed from it. Nothing was replayed; ask for a replay there."
        )
    unknown = int(recorded.get("documents_recorded") or 0)
    base = Programme.load(programme_root())
    profile = str((recorded.get("programme") or {}).get("profile") or base.profile)
    return _replayed(columns, recorded, asked, base=base, history=base.history, profile=profile, full=full,
                     unknown_documents=unknown)  # fmt: skip


def _replayed(
    columns: CaseColumns, recorded: Mapping[str, Any], asked: WhatIf, *, base: Programme, history: ParticipationHistory, profile: str,
    full: bool, unknown_documents: int = 0,
) -> Replayed:  # fmt: skip
    """unknown_documents: how many participation documents were recorded that are not at hand: then the gate isn't replayed."""
    other = base if asked.programme is None else Programme.load(asked.programme)
    policy = None if asked.policy is None else _policy(other, asked.policy)
    shipped = {document.id for document in base.history.documents}
    since = [document for document in history.documents if document.id not in shipped]
    gate = (asked.programme is not None or asked.profile is not None) and not unknown_documents
    under = Other(
        policy=policy,
        rules=None if asked.programme is None else other.rules.rules,
        history=other.history.with_documents(since) if gate else None,
        profile=asked.profile or profile,
    )
    about = {
        "recorded": dict(recorded),
        "replayed": {
            "policy": None if policy is None else {"id": policy.id, "version": policy.version, "evidence": policy.evidence,
                                                   "source": str(policy.source), "as_if_in_force": True},
            "programme": {"id": other.id, "hash": other.hash, "profile": asked.profile or profile},
        },
        "period": {"from": asked.first, "to": asked.last}, "by": asked.by, "code": __version__, "cases": len(columns),
        "cases_sha256": digest(columns), "k": K, "full": full,
    }  # fmt: skip
    if unknown_documents and asked.programme is not None:
        about["not_replayed"] = (
            f"the gate: {unknown_documents} participation documents were recorded where these cases come from, and the file does not "
            "hold them; ask for a replay there"
        )
    if not full:
        about["cases"] = None  # a total beside the tables would tell how many cases a table that is not shown has
    return Replayed(about=about, tables=compare(columns, under, by=asked.by, public=not full), columns=columns)


def _policy(programme: Programme, name: str) -> LevelPolicy | PriorityPolicy:
    there: list[LevelPolicy | PriorityPolicy] = [*programme.rules.level_policies, *programme.rules.priority_policies]
    found = next((policy for policy in there if policy.id == name), None)
    if found is None:
        raise NoRuleInForce(
            f"no policy {name!r}; there are: {', '.join(policy.id for policy in there)}. Nothing was replayed."
        )
    return found


def write(found: Replayed, folder: Path) -> list[str]:
    """Write ``difference.json`` and a CSV for each table; with full counts also the file of cases. Returns the names.

    Raises UsageError when the folder holds anything.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; nothing was written. Give a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    names = ["difference.json"]
    text = json.dumps(found.as_json(), indent=1, sort_keys=True, default=str)
    (folder / names[0]).write_text(text + "\n", encoding="utf-8")
    for table in found.tables:
        names.append(table.name.replace(": ", "-").replace(" ", "-") + ".csv")
        with (folder / names[-1]).open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            lines.writerow([*table.columns, "cases"])
            lines.writerows([*values, count] for values, count in table.lines.items())
    if found.about["full"]:
        names.append(CASES_FILE)
        save(folder / CASES_FILE, found.columns, about=found.about["recorded"])
    return names
