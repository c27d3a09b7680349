"""Pages: what people say of stories, and the days on which feeds failed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody has said anything yet, and failures are counted from now on."""
    op.create_table(
        "judgements",
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=False),
        sa.Column("judged_by", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("story_id", name="pk_judgements"),
    )
    op.create_table(
        "feed_failures",
        sa.Column("feed_id", ID, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "day", name="pk_feed_failures"),
    )
    op.add_column(
        "item_words_cut", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "index_bites",
        sa.Column("turn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_ids", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("turn", name="pk_index_bites"),
    )
    op.create_index("ix_matches_severity_item_id", "matches", ["severity", "item_id"])
    op.create_index(
        "ix_deliveries_dead",
        "deliveries",
        ["channel"],
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
