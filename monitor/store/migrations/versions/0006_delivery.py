"""Delivery: breakers, attempts, what digests said, silences, and what is held back."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What waits to be delivered keeps its age; what was said before was not kept."""
    op.add_column("digests", _text("why"))
    op.add_column("digests", _text("merges"))
    op.add_column("schedules", sa.Column("since_at", sa.BigInteger()))
    op.create_table(
        "messages",
        sa.Column("digest_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.BigInteger()),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest_id", name="pk_messages"),
    )
    op.create_index("ix_messages_written_at", "messages", ["written_at"])
    op.create_index(
        "ix_messages_unfiled",
        "messages",
        ["digest_id"],
        sqlite_where=sa.text("filed_at IS NULL"),
        postgresql_where=sa.text("filed_at IS NULL"),
    )
    queued_at = sa.Column("queued_at", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("deliveries", queued_at)
    op.execute("UPDATE deliveries SET queued_at = created_at")
    op.add_column(
        "deliveries",
        sa.Column("maybe_sent", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "attempts",
        sa.Column("delivery_id", ID, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        _text("answer"),
        sa.PrimaryKeyConstraint("delivery_id", "number", name="pk_attempts"),
    )
    op.create_table(
        "breakers",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger()),
        sa.Column("probe_at", sa.BigInteger()),
        _text("trouble"),
        _text("reason"),
        sa.PrimaryKeyConstraint("channel", name="pk_breakers"),
    )
    op.create_table(
        "silences",
        sa.Column("id", ID, nullable=False),
        sa.Column("matcher", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outputs",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("failing_since_at", sa.BigInteger()),
        _text("trouble"),
        sa.PrimaryKeyConstraint("id", name="pk_outputs"),
    )
    _hold_entries()


def _hold_entries() -> None:
    """What mutes have held back is on record with what silences do; it has been told of enough."""
    op.create_table(
        "held_entries",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("alert_id", ID, autoincrement=False, nullable=False),
        sa.Column("silence_id", ID, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("digest_id", sa.Text()),
        sa.PrimaryKeyConstraint(
            "digest", "story_id", "alert_id", "silence_id", name="pk_held_entries"
        ),
    )
    op.create_index("ix_held_entries_story_id", "held_entries", ["story_id"])
    op.create_index("ix_held_entries_silence_id", "held_entries", ["silence_id"])
    op.execute(
        "INSERT INTO held_entries "
        "(digest, story_id, alert_id, silence_id, reason, held_at, digest_id) "
        "SELECT digest, story_id, 0, 0, reason, muted_at, '' FROM muted_entries"
    )
    op.drop_table("muted_entries")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
