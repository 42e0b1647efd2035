"""What falls due: holds that expire, claims that are overdue, prints that must be destroyed. Recorded at its own instant."""

from __future__ import annotations

from typing import Final

import structlog

from tenprint.ids import CaseId
from tenprint.infra.store.timers import Timer
from tenprint.model import events
from tenprint.workflow.backup import rotate_wrapping_key
from tenprint.workflow.casework import tick_case
from tenprint.workflow.closings import apply_closings
from tenprint.workflow.house import House
from tenprint.workflow.reception import answer_deletions
from tenprint.workflow.retention import review_dispositions
from tenprint.workflow.steps import answer_uncompleted, destroy_payload
from tenprint.workflow.wallclock import watch_clock

log = structlog.get_logger()

ANSWERED: Final = ("answered", "held-answered")
"""States of a submission whose one answer is given and whose prints are still here."""


def tick(house: House) -> int:
    """Handle every timer that is due by the programme's clock; returns how many. Safe to repeat: a timer is done last.

    Moves of the wall clock are recorded first, then closings shorten holds, then the cases' timers: nobody's release
    waits for a retention period.
    """
    watch_clock(house)
    _close(house)  # what another process recorded and could not carry out, or what began to concern a hold since
    with house.store.reader() as reader:
        due = list(reader.timers.due(house.clock.now()))
    due.sort(key=lambda timer: timer.subject_stream != events.CASE)  # stable: the earliest first among equals
    done = sum(_handle(house, timer) for timer in due)
    answer_deletions(house)
    rotate_wrapping_key(house)
    return done


def expire_first(house: House) -> int:
    """What must precede anything else a process does: what fell due in cases while nobody ran. Returns how many timers."""
    watch_clock(house)
    _close(house)  # what a process recorded just before it was killed
    done, failed = 0, set[str]()
    while True:  # an expiry sets the timer of the release that is then overdue
        with house.store.reader() as reader:
            due = [
                t
                for t in reader.timers.due(house.clock.now())
                if t.subject_stream == events.CASE and t.id not in failed
            ]
        if not due:
            return done
        handled = {timer.id for timer in due if _handle(house, timer)}
        failed |= {timer.id for timer in due} - handled
        done += len(handled)


def _close(house: House) -> None:
    try:
        apply_closings(house)
    except Exception as error:
        # Each hold is guarded by itself; even if the closings can't be read, no clock stands still for them.
        log.warning("closings failed", error=type(error).__name__)


def _handle(house: House, timer: Timer) -> bool:
    """Handle one timer; False where it failed: then it stays, and is tried again."""
    try:
        if timer.subject_stream == events.CASE:
            tick_case(house, CaseId(timer.subject_id))
        elif timer.kind == "retention_review":
            review_dispositions(house, timer.subject_id)
        elif timer.kind == "retention":
            _end_retention(house, timer.subject_id)
    except Exception as error:
        # Whatever is wrong with one case must not stop the clocks of all others.
        log.warning("timer failed", kind=timer.kind, subject=timer.subject_id, error=type(error).__name__)
        return False
    with house.store.unit_of_work() as work:
        work.timers.done(timer.id)
    return True


def _end_retention(house: House, submission: str) -> None:
    """RET=N at the end of the programme's period: destroyed now, whether or not its verification is closed."""
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
    if row is None or row.retain or not (row.payload_object or row.templates_object):
        return
    if row.state not in ANSWERED:  # not searched, or nobody concluded in time: answered as not completed, never as N
        row = answer_uncompleted(house, row)
    if row.state in ANSWERED:
        destroy_payload(house, row, reason="retention_period_over")
