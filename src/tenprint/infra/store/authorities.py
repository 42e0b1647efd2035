"""Search authorities: issued = spent + voided + open, by repository (design decision 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from tenprint.errors import StoreError, UsageError
from tenprint.infra.store.mapping import many, one, to_columns
from tenprint.infra.store.tables import AUTHORITY


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRow:
    """One authority as issued. state: open, spent or voided. attempts: searches begun under it, retries included."""

    id: str
    submission: str | None
    repository: str
    state: str
    document: bytes
    issued_at: datetime
    closed_at: datetime | None = None
    reason: str | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityTotals:
    """One repository's count. ``issued == spent + voided + open`` always."""

    issued: int
    spent: int
    voided: int
    open: int


class AuthorityReads:
    """What may be asked of the authorities."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, authority: str) -> AuthorityRow | None:
        """The row, or None."""
        return one(self._connection, select(AUTHORITY).where(AUTHORITY.c.id == authority), AuthorityRow)

    def for_submission(self, submission: str) -> Sequence[AuthorityRow]:
        """Those of one submission, in order of issue."""
        query = (
            select(AUTHORITY)
            .where(AUTHORITY.c.submission == submission)
            .order_by(AUTHORITY.c.issued_at, AUTHORITY.c.id)
        )
        return many(self._connection, query, AuthorityRow)

    def list(self, *, state: str | None = None, repository: str | None = None) -> Sequence[AuthorityRow]:
        """All, or those in a state or of a repository, in order of issue."""
        query = select(AUTHORITY).order_by(AUTHORITY.c.issued_at, AUTHORITY.c.id)
        if state is not None:
            query = query.where(AUTHORITY.c.state == state)
        if repository is not None:
            query = query.where(AUTHORITY.c.repository == repository)
        return many(self._connection, query, AuthorityRow)

    def totals(self) -> Mapping[str, AuthorityTotals]:
        """Repository -> counts, for every repository that an authority was ever issued for."""
        query = select(AUTHORITY.c.repository, AUTHORITY.c.state, func.count()).group_by(
            AUTHORITY.c.repository, AUTHORITY.c.state
        )
        counts: dict[str, dict[str, int]] = {}
        for repository, state, count in self._connection.execute(query):
            counts.setdefault(repository, {})[state] = count
        return {
            repository: AuthorityTotals(
                issued=sum(by.values()), spent=by.get("spent", 0), voided=by.get("voided", 0), open=by.get("open", 0)
            )
            for repository, by in sorted(counts.items())
        }


class Authorities(AuthorityReads):
    """The authorities inside a unit of work."""

    def add(self, *rows: AuthorityRow) -> None:
        """Keep newly issued authorities."""
        for row in rows:
            if row.state != "open":
                raise UsageError(f"an authority is issued open, not {row.state!r}; nothing was kept")
        if rows:
            self._connection.execute(insert(AUTHORITY), [to_columns(row) for row in rows])

    def set_state(
        self, authority: str, state: str, *, closed_at: datetime, reason: str | None = None, attempts: int | None = None
    ) -> None:
        """Close an open authority as spent or voided. Raises StoreError unless it is open: it is used once."""
        if state not in {"spent", "voided"}:
            raise UsageError(f"an authority becomes spent or voided, not {state!r}; nothing was changed")
        changes = {"state": state, "closed_at": closed_at, "reason": reason}
        if attempts is not None:
            changes["attempts"] = attempts
        still_open = update(AUTHORITY).where(AUTHORITY.c.id == authority, AUTHORITY.c.state == "open")
        if self._connection.execute(still_open.values(**changes)).rowcount != 1:
            found = self.get(authority)
            raise StoreError(
                f"authority {authority} is {found.state if found else 'unknown'}, not open; it was not made {state}. "
                "An authority is used once: issue another one from a new decision."
            )
