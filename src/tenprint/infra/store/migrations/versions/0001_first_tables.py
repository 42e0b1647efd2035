"""The first tables: events and their outbox, the work tables, row entries, actors, enrolments, settings."""

import sqlalchemy as sa
from alembic import op

from tenprint.infra.store import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, then the guards that keep history append-only."""
    op.create_table(
        "actor",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("credential_digest", sa.String(length=64), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("oris", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'agency', 'system')", name=op.f("ck_actor_kind")),
        sa.CheckConstraint("state IN ('active', 'revoked')", name=op.f("ck_actor_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
        sa.UniqueConstraint("credential_digest", name=op.f("uq_actor_credential_digest")),
    )
    op.create_table(
        "authority",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("repository", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.String(length=27), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'spent', 'voided')", name=op.f("ck_authority_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
    )
    op.create_index(op.f("ix_authority_submission"), "authority", ["submission"], unique=False)
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=False),
        sa.Column("repository", sa.String(length=64), nullable=False),
        sa.Column("jurisdiction", sa.String(length=200), nullable=True),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    op.create_index(op.f("ix_case_file_closed_at_opened_at"), "case_file", ["closed_at", "opened_at"], unique=False)
    op.create_index(op.f("ix_case_file_submission"), "case_file", ["submission"], unique=False)
    op.create_table(
        "enrolment",
        sa.Column("encounter", sa.String(length=64), nullable=False),
        sa.Column("repository", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("enrolled_at", sa.String(length=27), nullable=False),
        sa.Column("expunged_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("encounter", "repository", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_person"), "enrolment", ["person"], unique=False)
    op.create_index(op.f("ix_enrolment_repository_person"), "enrolment", ["repository", "person"], unique=False)
    op.create_table(
        "event",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("stream", sa.String(length=32), nullable=False),
        sa.Column("stream_id", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("s1", sa.LargeBinary(length=32), nullable=False),
        sa.Column("h1", sa.LargeBinary(length=32), nullable=False),
        sa.Column("h2", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("private_object", sa.String(length=64), nullable=False),
        sa.CheckConstraint("position >= 1", name=op.f("ck_event_position")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_event_version")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_event_id")),
        sa.UniqueConstraint("stream", "stream_id", "version", name=op.f("uq_event_stream_stream_id_version")),
    )
    op.create_index(op.f("ix_event_type_position"), "event", ["type", "position"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setting")),
    )
    op.create_table(
        "submission",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("ori", sa.Text(), nullable=False),
        sa.Column("cri", sa.Text(), nullable=False),
        sa.Column("jurisdiction", sa.String(length=200), nullable=True),
        sa.Column("state_code", sa.String(length=8), nullable=True),
        sa.Column("tot", sa.String(length=8), nullable=False),
        sa.Column("retain", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.Column("payload_object", sa.String(length=64), nullable=True),
        sa.Column("templates_object", sa.String(length=64), nullable=True),
        sa.Column("answer_object", sa.String(length=64), nullable=True),
        sa.Column("answer_kind", sa.String(length=16), nullable=True),
        sa.Column("error_code", sa.String(length=16), nullable=True),
        sa.Column("error_field", sa.String(length=16), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", sa.String(length=27), nullable=True),
        sa.Column("retention_due", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("request_digest", name=op.f("uq_submission_request_digest")),
    )
    op.create_index(op.f("ix_submission_state_received_at"), "submission", ["state", "received_at"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=64), nullable=True),
        sa.Column("submission", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("due", sa.String(length=27), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("raised_at", sa.String(length=27), nullable=False),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_task_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(op.f("ix_task_case_id"), "task", ["case_id"], unique=False)
    op.create_index(op.f("ix_task_state_due"), "task", ["state", "due"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject_stream", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done')", name=op.f("ck_timer_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint(
            "kind",
            "subject_stream",
            "subject_id",
            "due_at",
            name=op.f("uq_timer_kind_subject_stream_subject_id_due_at"),
        ),
    )
    op.create_index(op.f("ix_timer_state_due_at"), "timer", ["state", "due_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column(
            "position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("leaf", sa.LargeBinary(length=65), nullable=False),
        sa.Column("leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["position"], ["event.position"], name=op.f("fk_outbox_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_outbox_leaf_index")),
    )
    op.create_table(
        "row_entry",
        sa.Column(
            "event_position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("leaf_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["event_position"], ["event.position"], name=op.f("fk_row_entry_event_position")),
        sa.PrimaryKeyConstraint("event_position", name=op.f("pk_row_entry")),
        sa.UniqueConstraint("leaf_hash", name=op.f("uq_row_entry_leaf_hash")),
        sa.UniqueConstraint("leaf_index", name=op.f("uq_row_entry_leaf_index")),
    )
    op.create_index(op.f("ix_row_entry_month"), "row_entry", ["month"], unique=False)
    guards.install(op.get_bind())
