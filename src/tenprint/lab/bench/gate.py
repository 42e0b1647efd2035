"""How many gate decisions a second are recorded, with the commit: in groups as the worker does it, and one by one as the peer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

from tenprint.clock import SetClock
from tenprint.errors import TenprintError, UsageError
from tenprint.ids import KeyId, fresh
from tenprint.infra.store.submissions import Submission
from tenprint.lab.bench.setting import setting
from tenprint.model import events
from tenprint.model.events import Event
from tenprint.wiring import open_house
from tenprint.workflow import auditing
from tenprint.workflow.gating import GROUP, pass_gate, pass_waiting
from tenprint.workflow.house import SYSTEM, House

NOON: Final = datetime(2011, 6, 7, 16, 0, tzinfo=UTC)
"""When the invented transactions are received: a day on which the shipped history permits some places and refuses others."""

WORKLOAD: Final = (
    "receipts of invented transactions, each under its own key, from agencies of every place in turn, in a new data directory; timed: "
    "decisions for every repository, search authorities signed, events sealed and committed, the database and the files flushed"
)
"""What is timed, in words."""


def bench_gate(*, submissions: int, single: int, folder: Path | None = None) -> dict[str, Any]:
    """Decide ``submissions`` in groups, and ``single`` others one by one, in a temporary directory under ``folder``.

    Wall time counts the disk and whatever else the machine does; processor time does not. Raises UsageError for sizes below
    1, TenprintError when a decision is missing afterwards: then no figure is given.
    """
    if min(submissions, single) < 1:
        raise UsageError("a bench needs at least one submission of each kind; nothing was timed")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        house = open_house(Path(place) / "data", clock=SetClock(NOON))
        try:
            alone = _receive(house, single)
            one_by_one = _timed(lambda: [pass_gate(house, row) for row in alone])
            _receive(house, submissions)
            grouped = _timed(lambda: pass_waiting(house))
            decided = _decided(house)
        finally:
            house.close()
    per_submission = len(house.programme.repositories)
    if decided != (submissions + single) * per_submission:
        raise TenprintError(
            f"{decided} decisions are recorded of {(submissions + single) * per_submission}; no figure is given"
        )
    wall, cpu = grouped
    return {
        "gate_per_s_group_commit": round(submissions * per_submission / wall, 1),
        "gate_per_cpu_s_group_commit": round(submissions * per_submission / cpu, 1),
        "gate_per_s_one_by_one": round(single * per_submission / one_by_one[0], 1),
        "times_one_by_one": round(submissions * one_by_one[0] / single / wall, 1),
        "group": GROUP, "submissions": submissions, "one_by_one": single, "decisions_each": per_submission,
        "workload": WORKLOAD, **setting(),
    }  # fmt: skip


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


def _receive(house: House, number: int) -> Sequence[Submission]:
    places = house.programme.history.jurisdictions.all()
    rows = []
    with house.store.unit_of_work() as work:
        for count in range(number):
            place = places[count % len(places)]
            name = fresh()
            house.vault.create_key(KeyId(name))
            row = Submission(
                id=name, request_digest=fresh(), content_digest="", ori=f"{place.ori_prefix}0000", cri=f"{place.ori_prefix}0000",
                jurisdiction=f"{place.county}, {place.state}", state_code=place.state, tot="CAR", retain=False, state="received",
                key_id=name, received_at=NOON + timedelta(microseconds=count), updated_at=NOON,
            )  # fmt: skip
            public = {"ori": row.ori, "cri": row.cri, "jurisdiction": row.jurisdiction, "state": place.state, "tot": "CAR", "ret": False,
                      "juvenile": False, "images": 14}  # fmt: skip
            work.append(events.SUBMISSION, name, [Event(type=events.SUBMISSION_RECEIVED, effective_at=NOON, public=public)], expected=0,
                        actor=SYSTEM.id, role="system", purpose="booking", recorded_at=NOON, key=KeyId(name))  # fmt: skip
            work.submissions.add(row)
            rows.append(row)
    return rows


def _decided(house: House) -> int:
    totals = auditing.accounts(house)["authorities"]
    with house.store.reader() as reader:
        decided = list(reader.events(types=[events.GATE_DECIDED]))
    permitted = sum(bool(event.public["searched"]) for event in decided)
    if permitted != sum(total["issued"] for total in totals.values()):
        raise TenprintError("permissions and issued authorities differ; no figure is given")
    return len(decided)
