"""Reading submissions back: the events that count for a sender, lists and counts for those who watch the work."""

from __future__ import annotations

from collections.abc import Sequence

from tenprint.errors import NotFound
from tenprint.ids import SubmissionId
from tenprint.infra.access.table import Actor, in_scope, require
from tenprint.infra.store.submissions import Submission
from tenprint.model import events
from tenprint.model.events import Recorded
from tenprint.workflow.house import House


def first_event(house: House, submission: SubmissionId) -> Recorded:
    """The event that took the submission in, or refused it. Raises NotFound."""
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission)
    if not stream:
        raise NotFound(f"no submission {submission}")
    return stream[0]


def answer_event(house: House, submission: SubmissionId) -> Recorded:
    """The event of the one answer. Raises NotFound while there is none."""
    with house.store.reader() as reader:
        stream = reader.stream(events.SUBMISSION, submission)
    for event in stream:
        if event.type == events.ANSWER_ISSUED:
            return event
    raise NotFound(f"submission {submission} has no answer yet")


def counts(house: House) -> dict[str, int]:
    """Submissions by state."""
    with house.store.reader() as reader:
        return dict(reader.submissions.count_by_state())


def listing(house: House, *, limit: int = 50, by: Actor) -> Sequence[Submission]:
    """The newest submissions, of the caller's ORIs. Raises NotPermitted without a role that sees submissions or the work."""
    require(by, "view_work" if "operator" in by.roles else "read_submission")
    with house.store.reader() as reader:
        rows = reader.submissions.list(limit=None if "*" not in by.oris else limit)
    return [row for row in rows if in_scope(by, row.ori) or ("*" in by.oris and not row.ori)][:limit]
