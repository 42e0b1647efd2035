"""What falls due: holds that expire, claims that are overdue, prints that must be destroyed. Recorded at its own instant."""

from __future__ import annotations

import structlog

from tenprint.errors import TenprintError
from tenprint.ids import CaseId
from tenprint.model import events
from tenprint.workflow.casework import tick_case
from tenprint.workflow.house import House
from tenprint.workflow.steps import answer_uncompleted, destroy_payload

log = structlog.get_logger()


def tick(house: House) -> int:
    """Handle every timer that is due by the programme's clock; returns how many. Safe to repeat: a timer is done last."""
    now = house.clock.now()
    with house.store.reader() as reader:
        due = list(reader.timers.due(now))
    for timer in due:
        try:
            if timer.subject_stream == events.CASE:
                tick_case(house, CaseId(timer.subject_id), now)
            elif timer.kind == "retention":
                _end_retention(house, timer.subject_id)
        except TenprintError as error:
            # One case that can't be ticked must not stop the clocks of all others; the timer stays and is tried again.
            log.warning("timer failed", kind=timer.kind, subject=timer.subject_id, error=type(error).__name__)
            continue
        with house.store.unit_of_work() as work:
            work.timers.done(timer.id)
    return len(due)


def _end_retention(house: House, submission: str) -> None:
    """RET=N at the end of the programme's period: destroyed now, whether or not its verification is closed."""
    with house.store.reader() as reader:
        row = reader.submissions.get(submission)
    if row is not None and not row.retain and row.payload_object and row.state in {"searched", "answered"}:
        if row.state == "searched":  # nobody concluded in time: that is answered as not completed, never as N
            row = answer_uncompleted(house, row)
        destroy_payload(house, row, reason="retention_period_over")
