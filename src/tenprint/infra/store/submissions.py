"""Submissions: the work queue. A worker claims the oldest that can move; a claim that is not given back expires."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, insert, or_, select, update

from tenprint.errors import StoreError, UsageError
from tenprint.infra.store.mapping import change, many, one, to_columns
from tenprint.infra.store.tables import SUBMISSION

STATES: Final = ("received", "gated", "extracted", "searched", "answered", "refused", "closed", "expunged", "waiting")
"""States of a submission; ``waiting`` is a request of deletion that a person decides; ``held-<state>`` is one that was set aside for a person."""

_FIXED: Final = frozenset({"request_digest", "received_at", "key_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One transaction's row. The objects are ids in the vault under ``key_id``; None once destroyed, or not made yet.

    request_digest: SHA-256 of ORI and TCN, None for a refused one. attempts: failures of the present step.
    """

    id: str
    request_digest: str | None
    content_digest: str
    ori: str
    cri: str
    jurisdiction: str | None
    state_code: str | None
    tot: str
    retain: bool
    state: str
    key_id: str
    received_at: datetime
    updated_at: datetime
    payload_object: str | None = None
    templates_object: str | None = None
    answer_object: str | None = None
    answer_kind: str | None = None
    error_code: str | None = None
    error_field: str | None = None
    attempts: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    retention_due: datetime | None = None


class SubmissionReads:
    """What may be asked of the submissions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, submission: str) -> Submission | None:
        """The row, or None."""
        return one(self._connection, select(SUBMISSION).where(SUBMISSION.c.id == submission), Submission)

    def by_request(self, digest: str) -> Submission | None:
        """The row of that (ORI, TCN), or None."""
        return one(self._connection, select(SUBMISSION).where(SUBMISSION.c.request_digest == digest), Submission)

    def count_by_state(self) -> Mapping[str, int]:
        """State -> how many; states that nobody is in are absent."""
        query = select(SUBMISSION.c.state, func.count()).group_by(SUBMISSION.c.state).order_by(SUBMISSION.c.state)
        return dict(self._connection.execute(query).all())

    def list(
        self,
        *,
        states: Collection[str] | None = None,
        retention_due_by: datetime | None = None,
        oldest_first: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[Submission]:
        """Rows by time of arrival, newest first unless told otherwise. offset: how many to leave out before the first."""
        query = select(SUBMISSION)
        if states is not None:
            query = query.where(SUBMISSION.c.state.in_(sorted(states)))
        if retention_due_by is not None:
            query = query.where(SUBMISSION.c.retention_due <= retention_due_by)
        order = (SUBMISSION.c.received_at, SUBMISSION.c.id)
        query = query.order_by(*(order if oldest_first else (c.desc() for c in order)))
        query = query.limit(limit).offset(offset)
        return many(self._connection, query, Submission)

    def received(
        self,
        *,
        since: datetime,
        before: datetime,
        cri: str | None = None,
        ori: str | None = None,
        jurisdiction: str | None = None,
        state_code: str | None = None,
    ) -> Sequence[Submission]:
        """Rows that arrived at ``since`` or later and before ``before``, in order of arrival, refused ones included.

        cri, ori: beginnings of the controlling and the sending agency; either fits when both are given.
        """
        query = select(SUBMISSION).where(SUBMISSION.c.received_at >= since, SUBMISSION.c.received_at < before)
        agencies = [
            column.startswith(beginning, autoescape=True)
            for column, beginning in ((SUBMISSION.c.cri, cri), (SUBMISSION.c.ori, ori))
            if beginning is not None
        ]
        if agencies:
            query = query.where(or_(*agencies))
        if jurisdiction is not None:
            query = query.where(SUBMISSION.c.jurisdiction == jurisdiction)
        if state_code is not None:
            query = query.where(SUBMISSION.c.state_code == state_code)
        return many(self._connection, query.order_by(SUBMISSION.c.received_at, SUBMISSION.c.id), Submission)


class Submissions(SubmissionReads):
    """The submissions inside a unit of work."""

    def add(self, row: Submission) -> None:
        """Keep a new row. A second one of the same (ORI, TCN) is refused with StoreError when the unit of work ends."""
        _check_state(row.state)
        self._connection.execute(insert(SUBMISSION).values(to_columns(row)))

    def set(self, submission: str, **changes: Any) -> None:
        """Change columns of one row. Raises NotFound; UsageError for an unknown column or state."""
        if "state" in changes:
            _check_state(changes["state"])
        change(self._connection, SUBMISSION, submission, changes, fixed=_FIXED)

    def move(self, submissions: Sequence[str], *, state: str, updated_at: datetime) -> None:
        """Put several rows into a state at once. Raises StoreError unless every one of them is there."""
        _check_state(state)
        moved = update(SUBMISSION).where(SUBMISSION.c.id.in_(submissions)).values(state=state, updated_at=updated_at)
        if submissions and self._connection.execute(moved).rowcount != len(submissions):
            raise StoreError(f"of {len(submissions)} submissions some are not there; none was moved to {state}")

    def claim_next(
        self, states: Collection[str], *, worker: str, now: datetime, lease: timedelta, skip: Collection[str] = ()
    ) -> Submission | None:
        """Claim the oldest row in one of ``states`` that nobody holds, or whose claim has run out; else None.

        Atomic: a unit of work is the database's only writer on SQLite, and skips rows that others lock elsewhere.
        """
        free = or_(SUBMISSION.c.claimed_until.is_(None), SUBMISSION.c.claimed_until <= now)
        query = (
            select(SUBMISSION.c.id)
            .where(SUBMISSION.c.state.in_(sorted(states)), free)
            .order_by(SUBMISSION.c.received_at, SUBMISSION.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if skip:
            query = query.where(SUBMISSION.c.id.not_in(sorted(skip)))
        found = self._connection.execute(query).scalar_one_or_none()
        if found is None:
            return None
        self._connection.execute(
            update(SUBMISSION).where(SUBMISSION.c.id == found).values(claimed_by=worker, claimed_until=now + lease)
        )
        return self.get(found)

    def free(self, state: str, *, now: datetime, limit: int) -> Sequence[Submission]:
        """The oldest rows in ``state`` that nobody holds. Inside a unit of work nobody else can take them meanwhile."""
        unheld = or_(SUBMISSION.c.claimed_until.is_(None), SUBMISSION.c.claimed_until <= now)
        query = (
            select(SUBMISSION)
            .where(SUBMISSION.c.state == state, unheld)
            .order_by(SUBMISSION.c.received_at, SUBMISSION.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return many(self._connection, query, Submission)

    def release(self, submission: str) -> None:
        """Give a claim back. No error if nobody holds it."""
        self._connection.execute(
            update(SUBMISSION).where(SUBMISSION.c.id == submission).values(claimed_by=None, claimed_until=None)
        )


def _check_state(state: str) -> None:
    if state.removeprefix("held-") not in STATES:
        raise UsageError(
            f"no submission state {state!r}; allowed: {', '.join(STATES)}, held-<state>; nothing was changed"
        )
