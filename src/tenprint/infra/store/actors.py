"""Actors: people and agency keys, with their roles and ORIs. A credential is kept as its digest only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tenprint.infra.store.mapping import change, many, one, to_columns
from tenprint.infra.store.tables import ACTOR


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRow:
    """One actor. kind: person, agency or system. state: active or revoked. credential_digest: None: can't sign in."""

    id: str
    kind: str
    label: str
    roles: tuple[str, ...]
    oris: tuple[str, ...]
    created_at: datetime
    credential_digest: str | None = None
    state: str = "active"

    @classmethod
    def from_columns(cls, *, roles: str, oris: str, **rest: Any) -> ActorRow:
        """From the table's columns, where roles and oris are JSON lists."""
        return cls(roles=tuple(json.loads(roles)), oris=tuple(json.loads(oris)), **rest)

    def columns(self) -> dict[str, Any]:
        """The table's columns."""
        return _as_text({field.name: getattr(self, field.name) for field in fields(self)})


class ActorReads:
    """What may be asked of the actors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, actor: str) -> ActorRow | None:
        """The row, or None."""
        return one(self._connection, select(ACTOR).where(ACTOR.c.id == actor), ActorRow)

    def by_credential(self, digest: str) -> ActorRow | None:
        """The *active* actor whose credential has that digest, or None."""
        query = select(ACTOR).where(ACTOR.c.credential_digest == digest, ACTOR.c.state == "active")
        return one(self._connection, query, ActorRow)

    def list(self, *, kind: str | None = None, active_only: bool = False) -> Sequence[ActorRow]:
        """Actors in order of making."""
        query = select(ACTOR).order_by(ACTOR.c.created_at, ACTOR.c.id)
        if kind is not None:
            query = query.where(ACTOR.c.kind == kind)
        if active_only:
            query = query.where(ACTOR.c.state == "active")
        return many(self._connection, query, ActorRow)


class Actors(ActorReads):
    """The actors inside a unit of work."""

    def add(self, row: ActorRow) -> None:
        """Keep a new actor."""
        self._connection.execute(insert(ACTOR).values(to_columns(row)))

    def set(self, actor: str, **changes: Any) -> None:
        """Change columns of one row. Raises NotFound; UsageError for an unknown or fixed column."""
        change(self._connection, ACTOR, actor, _as_text(changes), fixed=frozenset({"kind", "created_at"}))


def _as_text(values: dict[str, Any]) -> dict[str, Any]:
    return {name: json.dumps(list(value)) if name in {"roles", "oris"} else value for name, value in values.items()}
