"""kill -9 at any step, restart: no submission lost, none processed twice, the log consistent."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from cards import LOS_ANGELES
from pictures import a_booking
from service import Service, grant, run, wait_until

BOOKINGS = 12


@pytest.mark.slow
def test_a_server_killed_again_and_again_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, extent, request: pytest.FixtureRequest
) -> None:
    """Submissions go in while the server is killed at random moments; in the end each has one answer and the sums close."""
    data = tmp_path / "data"
    agency = grant(data, "agency", LOS_ANGELES, kind="agency")
    moments = random.Random(extent.seed)
    service = Service(data)
    request.addfinalizer(service.kill)
    acknowledged: dict[str, str] = {}
    pending = [f"KILLED{number:06d}" for number in range(BOOKINGS if extent.whole else 6)]
    kills = 0
    while pending or kills < (12 if extent.whole else 4):
        service.start()
        stop_at = time.monotonic() + moments.uniform(0.2, 3.0)
        with service.client(agency) as client:
            while pending and time.monotonic() < stop_at:
                tcn = pending[0]
                answer = client.post("/submissions", content=a_booking(tcn, seed=int(tcn[-3:])))
                assert 202 == answer.status_code, answer.text
                body = answer.json()
                assert acknowledged.setdefault(tcn, body["submission"]) == body["submission"], (
                    "the same file is the same submission"
                )
                if moments.random() < 0.7:
                    pending.pop(0)  # else send it again: agencies do
            time.sleep(max(0.0, stop_at - time.monotonic()))
        service.kill()
        kills += 1
    service.start()
    with service.client(agency) as client:

        def done() -> bool:
            return all(client.get(f"/submissions/{s}").json()["answer"] for s in acknowledged.values())

        assert wait_until(done, within_s=240, step_s=1)
    service.stop()

    report = run(data, "doctor", "--fsck", "--sweep")
    assert [] == run(data, "doctor", "--fsck")["problems"], report["problems"]
    listed = run(data, "submissions", "--limit", "1000")["submissions"]
    assert sorted(acknowledged.values()) == sorted(row["submission"] for row in listed)
    for total in report["authorities"].values():
        assert total["issued"] == total["spent"] + total["voided"] + total["open"]
        assert 0 == total["open"]
    assert [] == run(data, "ledger", "verify")["store_problems"]
