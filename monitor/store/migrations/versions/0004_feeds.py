"""What is learnt of feeds: moves, rhythm, why they are due; full texts and pushes of hubs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns; feeds start without a rhythm and learn it at their next poll."""
    op.add_column("hosts", _text("waits_because"))
    for column in (
        _text("address"),
        _text("moved_to"),
        sa.Column("moved_since_at", sa.BigInteger()),
        sa.Column("moved_count", sa.Integer(), nullable=False, server_default="0"),
        _text("rhythm"),
        _text("due_because"),
        sa.Column("gap_at", sa.BigInteger()),
        _text("problems"),
        sa.Column("worth", sa.Float(), nullable=False, server_default="1"),
    ):
        op.add_column("feeds", column)
    op.create_table(
        "steering",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theta", sa.Float()),
        sa.Column("weighed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_steering"),
    )
    _add_told_notes()
    _add_full_texts()
    _add_pushes()


def _add_told_notes() -> None:
    op.create_table(
        "told_notes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _text("name"),
        sa.Column("grade", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("since_at", sa.BigInteger()),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "kind", "subject", name="pk_told_notes"),
    )


def _add_full_texts() -> None:
    op.create_table(
        "full_texts",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("length", sa.Integer(), nullable=False, server_default="0"),
        _text("reason"),
        sa.PrimaryKeyConstraint("item_id", name="pk_full_texts"),
    )
    op.create_index("ix_full_texts_state_due_at", "full_texts", ["state", "due_at"])
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        _text("rules"),
        sa.PrimaryKeyConstraint("origin", name="pk_robots"),
    )


def _add_pushes() -> None:
    op.create_table(
        "hubs",
        sa.Column("feed_id", ID, autoincrement=False, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", name="pk_hubs"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("lease_until_at", sa.BigInteger()),
        sa.Column("first_at", sa.BigInteger()),
        sa.Column("known_pushes", sa.JSON(), nullable=False),
        _text("reason"),
        sa.PrimaryKeyConstraint("token", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_feed_id", "subscriptions", ["feed_id"])
    op.create_index("ix_subscriptions_due_at", "subscriptions", ["due_at"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
