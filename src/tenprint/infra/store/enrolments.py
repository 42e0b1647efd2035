"""Enrolments: which encounter, under which key, is filed under which person in which repository.

Merging, moving and unlinking people re-files keys here and re-encrypts nothing (design decision 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from tenprint.errors import NotFound
from tenprint.infra.store.mapping import many, one, to_columns
from tenprint.infra.store.tables import ENROLMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One encounter in one repository. submission: None when it did not come from a booking."""

    person: str
    encounter: str
    repository: str
    key_id: str
    submission: str | None
    enrolled_at: datetime
    expunged_at: datetime | None = None


class EnrolmentReads:
    """What may be asked of the enrolments."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, encounter: str, repository: str) -> Enrolment | None:
        """The row, or None."""
        query = select(ENROLMENT).where(ENROLMENT.c.encounter == encounter, ENROLMENT.c.repository == repository)
        return one(self._connection, query, Enrolment)

    def for_person(
        self, person: str, *, repository: str | None = None, present_only: bool = True
    ) -> Sequence[Enrolment]:
        """What is filed under a person, in order of enrolment; expunged ones only when asked for."""
        query = select(ENROLMENT).where(ENROLMENT.c.person == person)
        if repository is not None:
            query = query.where(ENROLMENT.c.repository == repository)
        if present_only:
            query = query.where(ENROLMENT.c.expunged_at.is_(None))
        return many(self._connection, query.order_by(ENROLMENT.c.enrolled_at, ENROLMENT.c.encounter), Enrolment)

    def list(
        self, *, repository: str | None = None, present_only: bool = True, limit: int | None = None
    ) -> Sequence[Enrolment]:
        """Enrolments in order of time."""
        query = select(ENROLMENT).order_by(ENROLMENT.c.enrolled_at, ENROLMENT.c.encounter).limit(limit)
        if repository is not None:
            query = query.where(ENROLMENT.c.repository == repository)
        if present_only:
            query = query.where(ENROLMENT.c.expunged_at.is_(None))
        return many(self._connection, query, Enrolment)


class Enrolments(EnrolmentReads):
    """The enrolments inside a unit of work."""

    def add(
        self,
        *,
        person: str,
        encounter: str,
        repository: str,
        key_id: str,
        enrolled_at: datetime,
        submission: str | None = None,
    ) -> None:
        """File an encounter under a person. The same encounter twice in a repository is refused (StoreError)."""
        row = Enrolment(
            person=person,
            encounter=encounter,
            repository=repository,
            key_id=key_id,
            submission=submission,
            enrolled_at=enrolled_at,
        )
        self._connection.execute(insert(ENROLMENT).values(to_columns(row)))

    def refile(self, encounter: str, repository: str, *, person: str) -> None:
        """File an encounter under another person (merge, move, unlink). Raises NotFound."""
        there = update(ENROLMENT).where(ENROLMENT.c.encounter == encounter, ENROLMENT.c.repository == repository)
        if self._connection.execute(there.values(person=person)).rowcount != 1:
            raise NotFound(f"no encounter {encounter} in {repository}; nothing was filed anew")

    def expunge_encounter(self, encounter: str, repository: str, *, at: datetime) -> bool:
        """Mark one encounter as expunged; False when it was not present any more."""
        here = update(ENROLMENT).where(
            ENROLMENT.c.encounter == encounter, ENROLMENT.c.repository == repository, ENROLMENT.c.expunged_at.is_(None)
        )
        return self._connection.execute(here.values(expunged_at=at)).rowcount == 1

    def expunge(self, person: str, repository: str, *, at: datetime) -> Sequence[str]:
        """Mark what is filed under a person in a repository as expunged; returns the keys to destroy."""
        rows = self.for_person(person, repository=repository)
        here = update(ENROLMENT).where(
            ENROLMENT.c.person == person, ENROLMENT.c.repository == repository, ENROLMENT.c.expunged_at.is_(None)
        )
        self._connection.execute(here.values(expunged_at=at))
        return tuple(sorted({row.key_id for row in rows}))
