"""What falls due: holds that expire, claims that are overdue, prints that must be destroyed. Recorded at its own instant."""

from __future__ import annotations

from typing import Final

import structlog

from tenprint.ids import CaseId
from tenprint.model import events
from tenprint.workflow.backup import rotate_wrapping_key
from tenprint.workflow.casework import tick_case
from tenprint.workflow.house import House
from tenprint.workflow.steps import answer_uncompleted, destroy_payload

log = structlog.get_logger()

ANSWERED: Final = ("answered", "held-answered")
"""States of a submission whose one answer is given and whose prints are still here."""


def tick(house: House) -> int:
    """Handle every timer that is due by the programme's clock; returns how many. Safe to repeat: a timer is done last."""
    done = 0
    with house.store.reader() as reader:
        due = list(reader.timers.due(house.clock.now()))
    for timer in due:
        try:
            if timer.subject_stream == events.CASE:
                tick_case(house, CaseId(timer.subject_id))
            elif timer.kind == "retention":
                _end_retention(house, timer.subject_id)
        except Exception as error:
            # Whatever is wrong with one case must not stop the clocks of all others; the timer stays and is tried again.
            log.warning("timer failed", kind=timer.kind, subject=timer.subject_id, error=type(error).__name__)
            continue
        with house.store.unit_of_work() as work:
            work.timers.done(timer.id)
        done += 1
    rotate_wrapping_key(house)
    return done


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
