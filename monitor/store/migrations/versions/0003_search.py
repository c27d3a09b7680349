"""The search index over the words of items, and near misses."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the index, empty; who opens the state queues every item for it."""
    op.create_table(
        "unindexed",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_unindexed"),
    )
    op.create_table(
        "item_words_cut",
        sa.Column("cut_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("cut_by", name="pk_item_words_cut"),
    )
    op.create_table(
        "near_misses",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_item_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("rule", "clause", "day", name="pk_near_misses"),
    )
    op.create_index("ix_near_misses_day", "near_misses", ["day"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE item_words USING fts5(words, content='', detail=none, "
            "columnsize=0, tokenize=\"ascii tokenchars '_'\")"
        )
        op.execute("CREATE VIRTUAL TABLE word_counts USING fts5vocab('item_words', 'row')")
    else:
        op.execute("CREATE TABLE item_words (item_id BIGINT PRIMARY KEY, words TEXT[] NOT NULL)")
        op.execute("CREATE INDEX ix_item_words_words ON item_words USING gin (words)")
