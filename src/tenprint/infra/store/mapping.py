"""Rows in and out: a frozen dataclass has one field for each column, by the same name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, Table, update
from sqlalchemy.engine import Row

from tenprint.errors import NotFound, UsageError

T = TypeVar("T")


def one(connection: Connection, query: Select[Any], kind: type[T]) -> T | None:
    """The only row of ``query`` as a ``kind``, or None."""
    row = connection.execute(query).one_or_none()
    return None if row is None else from_row(row, kind)


def many(connection: Connection, query: Select[Any], kind: type[T]) -> tuple[T, ...]:
    """Every row of ``query`` as a ``kind``, in its order."""
    return tuple(from_row(row, kind) for row in connection.execute(query))


def from_row(row: Row[Any], kind: type[T]) -> T:
    """One row as a ``kind``, by its ``from_columns`` if it has one (for lists that are kept as text)."""
    factory = getattr(kind, "from_columns", kind)
    made: T = factory(**row._asdict())
    return made


def to_columns(record: Any) -> dict[str, Any]:
    """A record's fields as column values."""
    convert = getattr(record, "columns", None)
    if convert is not None:
        made: dict[str, Any] = convert()
        return made
    return {field.name: getattr(record, field.name) for field in fields(record)}


def change(connection: Connection, table: Table, key: str, changes: dict[str, Any], *, fixed: frozenset[str]) -> None:
    """Set columns of the row whose ``id`` is ``key``. Raises NotFound; UsageError for an unknown or fixed column."""
    wrong = sorted(set(changes) - set(table.c.keys()) | set(changes) & (fixed | {"id"}))
    if wrong:
        raise UsageError(f"{table.name} has no column that may be set named {', '.join(wrong)}; nothing was changed")
    if not changes:
        return
    done = connection.execute(update(table).where(table.c.id == key).values(**changes))
    if done.rowcount != 1:
        raise NotFound(f"no {table.name} {key}; nothing was changed")
