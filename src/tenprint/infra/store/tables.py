"""The tables, once, in portable SQL. What the migrations make must equal this (a test compares them).

Instants are text of 27 characters (``clock.to_text``): the same order in every database, and readable in any of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from tenprint.clock import from_text, to_text

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of the store; every constraint has a name, so that a migration can speak of it on any database."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as text in UTC with microseconds."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Aware datetime -> text. Raises ValueError on a naive one."""
        del dialect
        return None if value is None else to_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Text -> aware datetime in UTC."""
        del dialect
        return None if value is None else from_text(value)


_ID = String(64)
_BIG = BigInteger().with_variant(Integer, "sqlite")  # only an INTEGER primary key is SQLite's own row number

EVENT: Final = Table(
    "event", METADATA,
    Column("position", _BIG, primary_key=True, autoincrement=False),
    Column("event_id", _ID, nullable=False, unique=True),
    Column("stream", String(32), nullable=False),
    Column("stream_id", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", String(64), nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("effective_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor", _ID, nullable=False),
    Column("role", String(64), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("public", Text, nullable=False),
    Column("s1", LargeBinary(32), nullable=False),
    Column("h1", LargeBinary(32), nullable=False),
    Column("h2", LargeBinary(32), nullable=False),
    Column("key_id", _ID, nullable=False),
    Column("private_object", _ID, nullable=False),
    UniqueConstraint("stream", "stream_id", "version"),
    CheckConstraint("position >= 1", name="position"),
    CheckConstraint("version >= 1", name="version"),
    Index(None, "type", "position"),
)  # fmt: skip
"""What happened, in order of commit. Append-only by triggers; positions and versions leave no gap."""

OUTBOX: Final = Table(
    "outbox", METADATA,
    Column("position", _BIG, ForeignKey("event.position"), primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(65), nullable=False),
    Column("leaf_index", _BIG, unique=True),
)  # fmt: skip
"""The log's entry of each event; leaf_index is NULL until the log has taken it, and is set once."""

SUBMISSION: Final = Table(
    "submission", METADATA,
    Column("id", _ID, primary_key=True),
    Column("request_digest", String(64), unique=True),
    Column("content_digest", String(64), nullable=False),
    Column("ori", Text, nullable=False),
    Column("cri", Text, nullable=False),
    Column("jurisdiction", String(200)),
    Column("state_code", String(8)),
    Column("tot", String(8), nullable=False),
    Column("retain", Boolean(create_constraint=False), nullable=False),
    Column("state", String(16), nullable=False),
    Column("key_id", _ID, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("payload_object", _ID),
    Column("templates_object", _ID),
    Column("answer_object", _ID),
    Column("answer_kind", String(16)),
    Column("error_code", String(16)),
    Column("error_field", String(16)),
    Column("attempts", Integer, nullable=False),
    Column("claimed_by", String(64)),
    Column("claimed_until", Instant),
    Column("retention_due", Instant),
    Index(None, "state", "received_at"),
)  # fmt: skip
"""One row per transaction; its state is the work queue."""

AUTHORITY: Final = Table(
    "authority", METADATA,
    Column("id", _ID, primary_key=True),
    Column("submission", _ID),
    Column("repository", String(64), nullable=False),
    Column("state", String(8), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("reason", String(200)),
    Column("attempts", Integer, nullable=False),
    CheckConstraint("state IN ('open', 'spent', 'voided')", name="state"),
    Index(None, "submission"),
)  # fmt: skip
"""Search authorities as issued; they leave the state open once."""

CASE_FILE: Final = Table(
    "case_file", METADATA,
    Column("id", _ID, primary_key=True),
    Column("submission", _ID, nullable=False),
    Column("repository", String(64), nullable=False),
    Column("jurisdiction", String(200)),
    Column("key_id", _ID, nullable=False),
    Column("stage", String(64), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("zone", String(64)),
    Index(None, "submission"),
    Index(None, "closed_at", "opened_at"),
)  # fmt: skip
"""One row per case; its truth is the case's stream."""

TASK: Final = Table(
    "task", METADATA,
    Column("id", _ID, primary_key=True),
    Column("case_id", _ID),
    Column("submission", _ID),
    Column("kind", String(200), nullable=False),
    Column("role", String(64), nullable=False),
    Column("due", Instant),
    Column("state", String(8), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("done_at", Instant),
    CheckConstraint("state IN ('open', 'done')", name="state"),
    Index(None, "state", "due"),
    Index(None, "case_id"),
)  # fmt: skip
"""What waits for a named role."""

TIMER: Final = Table(
    "timer", METADATA,
    Column("id", _ID, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("subject_stream", String(32), nullable=False),
    Column("subject_id", String(200), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    UniqueConstraint("kind", "subject_stream", "subject_id", "due_at"),
    CheckConstraint("state IN ('open', 'done')", name="state"),
    Index(None, "state", "due_at"),
)  # fmt: skip
"""What falls due without anybody's doing."""

ROW_ENTRY: Final = Table(
    "row_entry", METADATA,
    Column("event_position", _BIG, ForeignKey("event.position"), primary_key=True, autoincrement=False),
    Column("month", String(7), nullable=False),
    Column("row", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("leaf_hash", LargeBinary(32), nullable=False, unique=True),
    Column("leaf_index", _BIG, unique=True),
    Index(None, "month"),
)  # fmt: skip
"""A month's released row of each event (design 3.4); leaf_index is set once."""

ACTOR: Final = Table(
    "actor", METADATA,
    Column("id", _ID, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("label", String(200), nullable=False),
    Column("credential_digest", String(64), unique=True),
    Column("roles", Text, nullable=False),
    Column("oris", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("kind IN ('person', 'agency', 'system')", name="kind"),
    CheckConstraint("state IN ('active', 'revoked')", name="state"),
)  # fmt: skip
"""People and agency keys; a credential is kept as its digest only."""

ENROLMENT: Final = Table(
    "enrolment", METADATA,
    Column("encounter", _ID, primary_key=True),
    Column("repository", String(64), primary_key=True),
    Column("person", _ID, nullable=False),
    Column("key_id", _ID, nullable=False),
    Column("submission", _ID),
    Column("enrolled_at", Instant, nullable=False),
    Column("expunged_at", Instant),
    Index(None, "repository", "person"),
    Index(None, "person"),
)  # fmt: skip
"""Which keys are filed under which person, by repository."""

SETTING: Final = Table(
    "setting", METADATA,
    Column("key", String(200), primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip
"""Small facts of the installation; never a switch that lets anything pass."""
