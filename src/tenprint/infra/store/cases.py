"""Case files: one row per case, so that desks find theirs without reading every stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tenprint.infra.store.mapping import change, many, one, to_columns
from tenprint.infra.store.tables import CASE_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Where a case stands. The truth is the case's stream; zone and stage are what the caller found there last."""

    id: str
    submission: str
    repository: str
    jurisdiction: str | None
    key_id: str
    stage: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    zone: str | None = None


class CaseReads:
    """What may be asked of the case files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, case: str) -> CaseFile | None:
        """The row, or None."""
        return one(self._connection, select(CASE_FILE).where(CASE_FILE.c.id == case), CaseFile)

    def for_submission(self, submission: str) -> Sequence[CaseFile]:
        """The cases of one submission, in order of opening."""
        query = (
            select(CASE_FILE)
            .where(CASE_FILE.c.submission == submission)
            .order_by(CASE_FILE.c.opened_at, CASE_FILE.c.id)
        )
        return many(self._connection, query, CaseFile)

    def list(
        self,
        *,
        open_only: bool = False,
        repository: str | None = None,
        stage: str | None = None,
        limit: int | None = None,
    ) -> Sequence[CaseFile]:
        """Case files, in order of opening."""
        query = select(CASE_FILE).order_by(CASE_FILE.c.opened_at, CASE_FILE.c.id).limit(limit)
        if open_only:
            query = query.where(CASE_FILE.c.closed_at.is_(None))
        if repository is not None:
            query = query.where(CASE_FILE.c.repository == repository)
        if stage is not None:
            query = query.where(CASE_FILE.c.stage == stage)
        return many(self._connection, query, CaseFile)


class Cases(CaseReads):
    """The case files inside a unit of work."""

    def add(self, row: CaseFile) -> None:
        """Keep a new case file."""
        self._connection.execute(insert(CASE_FILE).values(to_columns(row)))

    def set(self, case: str, **changes: Any) -> None:
        """Change columns of one row. Raises NotFound; UsageError for an unknown or fixed column."""
        change(
            self._connection,
            CASE_FILE,
            case,
            changes,
            fixed=frozenset({"submission", "repository", "key_id", "opened_at"}),
        )
