"""Doing the steps: whoever has time takes the next submission under a lease; a dead worker's lease runs out."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from tenprint.errors import StreamMoved, UsageError
from tenprint.ids import SubmissionId, fresh
from tenprint.infra.access.table import Actor, require
from tenprint.infra.store.submissions import Submission
from tenprint.workflow.gating import pass_waiting
from tenprint.workflow.house import House
from tenprint.workflow.journal import publish, tell_log
from tenprint.workflow.steps import STEPS, advance
from tenprint.workflow.ticker import expire_first, tick

log = structlog.get_logger()

LEASE: Final = timedelta(minutes=5)
"""How long a claim holds if nobody can tell whether its worker lives. Set by: a card takes about ten seconds of two cores; thirty times
that. On one machine a dead worker is told by its lock, and its claims are free at once."""

MAX_ATTEMPTS: Final = 5
"""Failed attempts at one step before a person must look. Set by: transient faults (a busy disk) pass within a few."""

IDLE_S: Final = 0.25
"""Pause of an idle worker, seconds. Set by: below what a person waiting for an answer notices."""

PUBLISH_EVERY: Final = timedelta(minutes=15)
"""How often a server asks whether a checkpoint may be published; the log itself allows one an hour. Source: design decision 4."""

WORKING: Final = tuple(STEPS)
"""States that have a next step."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one round did: steps taken, and submissions that wait for a person."""

    steps: int
    waiting: int


def work_once(house: House, *, worker: str) -> Done:
    """Take every submission that can move as far as it goes now. worker: a name that no other worker bears."""
    waiting = 0
    seen: set[str] = set()
    with _present(house, worker):
        _free_claims_of_the_dead(house)
        steps = pass_waiting(house)
        while True:
            now = house.real_clock.now()
            with house.store.unit_of_work() as work:
                row = work.submissions.claim_next(WORKING, worker=worker, now=now, lease=LEASE, skip=seen)
            if row is None:
                break
            moved = _advance_claimed(house, row)
            steps += moved
            seen.add(row.id)
            waiting += not moved
    if steps:
        tell_log(house)
    return Done(steps, waiting)


@contextmanager
def _present(house: House, worker: str) -> Iterator[None]:
    """Hold a lock under the worker's name while it works: the system lets go of it even when the process is killed."""
    folder = house.root / "workers"
    folder.mkdir(exist_ok=True)
    path = folder / worker
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        path.unlink(missing_ok=True)


def _free_claims_of_the_dead(house: House) -> None:
    """Give back what killed workers of this machine had claimed."""
    with house.store.reader() as reader:
        claimed = [row for row in reader.submissions.list(states=WORKING) if row.claimed_by is not None]
    for row in claimed:
        if not _lives(house, row.claimed_by or ""):
            with house.store.unit_of_work() as work:
                now = work.submissions.get(row.id)
                if now is not None and now.claimed_by == row.claimed_by:
                    work.submissions.release(row.id)
            log.info("claim of a dead worker given back", submission=row.id)


def _lives(house: House, worker: str) -> bool:
    path = house.root / "workers" / worker
    try:
        with path.open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    path.unlink(missing_ok=True)
    return False


def _advance_claimed(house: House, row: Submission) -> int:
    """Advance one claimed submission as far as it goes; always give the claim back."""
    moved = 0
    try:
        while advance(house, row):
            moved += 1
            with house.store.reader() as reader:
                now = reader.submissions.get(row.id)
            if now is None or now.state not in WORKING:
                break
            row = now if not now.attempts else _counted_anew(house, now)
    except StreamMoved:
        moved = 0  # a person acted on it in the same moment: the next round sees what they did
    except Exception as error:  # whatever is wrong with one submission must not stop the work on all others
        log.warning("step failed", submission=row.id, state=row.state, error=type(error).__name__)
        _count_failure(house, row, error)
        moved = 0
    finally:
        with house.store.unit_of_work() as work:
            work.submissions.release(row.id)
    return moved


def _counted_anew(house: House, row: Submission) -> Submission:
    """Failures are counted for each step by itself."""
    with house.store.unit_of_work() as work:
        work.submissions.set(row.id, attempts=0)
        return work.submissions.get(row.id) or row


def _count_failure(house: House, row: Submission, error: Exception) -> None:
    """A step that fails again and again is set aside for a person; nothing is guessed in its place."""
    with house.store.unit_of_work() as work:
        now = work.submissions.get(row.id)
        if now is None or now.state != row.state:
            return  # it has moved on meanwhile: the failure is of a step that is over
        attempts = now.attempts + 1
        if attempts < MAX_ATTEMPTS:
            work.submissions.set(row.id, attempts=attempts)
            return
        work.submissions.set(row.id, attempts=attempts, state=f"held-{row.state}", updated_at=house.clock.now())
        work.tasks.add(
            kind=f"failed/{row.state}/{type(error).__name__}",
            role="operator",
            submission=row.id,
            raised_at=house.clock.now(),
        )


def resume_held(house: House, submission: SubmissionId, *, by: Actor) -> None:
    """An operator puts a submission that was set aside back to its step. Raises NotPermitted, UsageError if it was not set aside."""
    require(by, "administer")
    with house.store.unit_of_work() as work:
        row = work.submissions.get(submission)
        if row is None or not row.state.startswith("held-"):
            raise UsageError(f"submission {submission} was not set aside; nothing was changed")
        work.submissions.set(
            submission, state=row.state.removeprefix("held-"), attempts=0, updated_at=house.clock.now()
        )
        for task in work.tasks.list(submission=submission, role="operator"):
            work.tasks.done(task.id, at=house.clock.now())


class Worker:
    """Two background threads until stopped: one works and publishes checkpoints, the other keeps the clocks.

    The clocks have a thread of their own, since nobody's release may wait behind a queue of transactions.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._name = f"worker-{fresh()[:8]}"
        self._stop = threading.Event()
        self._next_publication: datetime | None = None
        self._threads = [
            threading.Thread(target=self._keep_clocks, name=f"{self._name}-clocks", daemon=True),
            threading.Thread(target=self._run, name=self._name, daemon=True),
        ]

    def start(self) -> None:
        """Begin: first whatever fell due while nobody ran, then the work."""
        expire_first(self._house)
        for thread in self._threads:
            thread.start()

    def stop(self, *, timeout_s: float = 60.0) -> None:
        """Finish the step in hand and end; what is left is taken up at the next start."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                done = work_once(self._house, worker=self._name)
                self._publish_when_due()
            except Exception:  # the process edge: a worker that dies silently would stop every clock
                log.exception("worker round failed")
                done = Done(0, 0)
            if not done.steps:
                self._stop.wait(IDLE_S)

    def _keep_clocks(self) -> None:
        while not self._stop.is_set():
            try:
                tick(self._house)
            except Exception:  # as above
                log.exception("clock round failed")
            self._stop.wait(IDLE_S)

    def _publish_when_due(self) -> None:
        """At most hourly; asked for no more often than that, so that an idle server leaves the disk alone."""
        now = self._house.real_clock.now()
        if self._next_publication is None or now >= self._next_publication:
            publish(self._house)
            self._next_publication = now + PUBLISH_EVERY
