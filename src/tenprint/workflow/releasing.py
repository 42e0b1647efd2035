"""Publishing a closed month: its table, every row opened, and the proof that they are in the log. And verifying one."""

from __future__ import annotations

import base64
import json
from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from tenprint.account.claims.release_check import verify_chain, verify_release
from tenprint.account.statistics.columns import Row, row_of
from tenprint.account.statistics.release import LoggedUnder, OpenedRow, ReleaseContext, statement_sha256, write_release
from tenprint.account.statistics.table import Place, TableFacts
from tenprint.errors import ReleaseInvalid
from tenprint.ids import KeyId
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.rows import RowEntry
from tenprint.model import canonical, events
from tenprint.model.events import Event
from tenprint.refer.participation.gate import decide_gate
from tenprint.workflow.auditing import accounts
from tenprint.workflow.closing import month_of
from tenprint.workflow.house import IMMIGRATION, LOG_KEY, STATISTICS_KEY, House
from tenprint.workflow.journal import tell_log
from tenprint.workflow.participation import history_of, place_name, profile_of

NO_POLICY: Final = "none in force"
"""Policy named on a table of a month in which no level policy was in force: then no level is shown."""


def publish_month(house: House, month: str, *, by: Actor) -> Path | None:
    """Write the release of a closed month; None when it has no row (fewer than eleven events wait for the next close).

    After a crash the same call ends it; a month that is published already is returned as it is. Raises NotPermitted, ReleaseInvalid.
    """
    role = require(by, "publish")
    target = house.releases_root / month
    with house.store.reader() as reader:
        rows = list(reader.rows.for_month(month))
        stream = reader.stream(events.RELEASE, month)
    if not rows:
        return None
    if not target.exists():
        closed_at = next(e.recorded_at for e in stream if e.type == events.MONTH_CLOSED)
        _write(house, month, rows, vintage=f"{month} (closed {closed_at.date().isoformat()})")
    if not any(e.type == events.RELEASE_PUBLISHED for e in stream):
        at = house.clock.now()
        public = {
            "month": month,
            "vintage": _vintage(target),
            "statement_sha256": statement_sha256(target),
            "profile": profile_of(house),
        }
        with house.store.unit_of_work() as work:
            work.append(events.RELEASE, month, [Event(type=events.RELEASE_PUBLISHED, effective_at=at, public=public)],
                        expected=work.version(events.RELEASE, month), actor=by.id, role=role, purpose="accounting", recorded_at=at,
                        key=KeyId("releases"))  # fmt: skip
        tell_log(house)
    return target


def _write(house: House, month: str, rows: Sequence[RowEntry], *, vintage: str) -> None:
    ordered = sorted(rows, key=_index)
    opened = [OpenedRow(_index(row), row.salt, _row_of(row.row)) for row in ordered]
    with house.log() as log:
        log.publish(house.real_clock.now(), force=True)
        published = log.published()
        if published is None:
            raise ReleaseInvalid(f"{month}: the log has no published checkpoint; nothing was written")
        size, note = published
        logged = LoggedUnder(
            origin=house.origin, public_key=house.keys.signer(LOG_KEY).public_key, size=size, root=log.root_at(size), note=note,
            proof=log.range_proof(opened[0].index, len(opened), size=size),
        )  # fmt: skip
    earlier = [r for r in releases(house) if r["month"] < month]
    previous = (earlier[-1]["month"], statement_sha256(Path(earlier[-1]["path"]))) if earlier else None
    house.releases_root.mkdir(parents=True, exist_ok=True)
    write_release(
        house.releases_root, vintage=vintage, facts=_facts(house, month), opened=opened, logged=logged, signer=house.keys.signer(STATISTICS_KEY),
        context=ReleaseContext(programme=house.programme.id, programme_hash=house.programme.hash, profile=profile_of(house),
                               code_version=house.code_version, previous=previous, authorities=accounts(house)["authorities"],
                               corrections="late events of earlier months are counted in this close, under the month in which they happened"),
    )  # fmt: skip


def _index(row: RowEntry) -> int:
    if row.leaf_index is None:
        raise ReleaseInvalid(
            "a row of the month is not in the log yet; nothing was written. Close the month again to finish it."
        )
    return row.leaf_index


def _row_of(content: bytes) -> Row:
    fields = canonical.decode(content)
    if not isinstance(fields, dict):
        raise ReleaseInvalid("a kept row is no row; nothing was written. Run `tenprint doctor --fsck`.")
    return row_of({name: str(value) for name, value in fields.items() if name != "row"})


def _vintage(target: Path) -> str:
    envelope = json.loads((target / "statement.json").read_bytes())
    return str(json.loads(base64.b64decode(envelope["payload"]))["predicate"]["vintage"])


def _facts(house: House, month: str) -> TableFacts:
    """What is printed on the table beside its cells: the programme's places, the policy in force, and the gates that stayed shut."""
    history = history_of(house)
    first, last = _days(month)
    policies = [p for p in house.programme.rules.level_policies if last in p.in_force]
    return TableFacts(
        month=month,
        policy=f"{policies[-1].id}/{policies[-1].version}" if policies else NO_POLICY,
        evidence=policies[-1].evidence if policies else NO_POLICY,
        places=tuple(Place(key=place_name(p), state=p.state, name=p.name) for p in history.jurisdictions.all()),
        closed_gates=_closed_gates(house, month, first=first, last=last),
    )


def _days(month: str) -> tuple[date, date]:
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def _closed_gates(house: House, month: str, *, first: date, last: date) -> dict[str, int]:
    """Places whose gate refused every booking on every day of the month, and how often they were searched all the same (0)."""
    history, profile = history_of(house), profile_of(house)
    searched: Counter[str] = Counter()
    with house.store.reader() as reader:
        for event in reader.events(types=[events.AUTHORITY_SPENT]):
            if event.public["repository"] == IMMIGRATION and month_of(event.effective_at) == month:
                found = reader.stream(events.SUBMISSION, event.stream_id)[0].public.get("jurisdiction")
                searched[str(found)] += 1
    closed = {}
    for place in history.jurisdictions.all():
        cri = f"{place.ori_prefix}0000"
        answers = {
            decide_gate(history=history, profile=profile, tot="CAR", cri=cri, on=date(first.year, first.month, day), repository=IMMIGRATION,
                        juvenile=False).answer
            for day in range(1, last.day + 1)
        }  # fmt: skip
        if answers == {"refused"}:
            closed[place_name(place)] = searched[place_name(place)]
    return closed


def releases(house: House) -> list[dict[str, Any]]:
    """The published releases, by month."""
    if not house.releases_root.is_dir():
        return []
    folders = sorted(p for p in house.releases_root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return [{"month": folder.name, "vintage": _vintage(folder), "path": str(folder)} for folder in folders]


def verify(release: Path, *, keys: Path | None) -> dict[str, Any]:
    """Verify a release from its folder alone, or a folder of releases with their chain. Raises ReleaseInvalid naming file and place."""
    trusted = (
        None
        if keys is None
        else {name: bytes.fromhex(key) for name, key in json.loads(keys.read_text())["keys"].items()}
    )
    if not (release / "statement.json").exists() and any((p / "statement.json").exists() for p in release.iterdir()):
        return {"releases": [_report(asdict(r)) for r in verify_chain(release, keys=trusted)]}
    report = verify_release(release, keys=trusted)
    table = json.loads((release / "table.json").read_bytes())
    return {**_report(asdict(report)), "rows_counted": report.rows_opened, "table": table["lines"]}


def _report(report: dict[str, Any]) -> dict[str, Any]:
    return {**report, "previous": None if report["previous"] is None else list(report["previous"])}
