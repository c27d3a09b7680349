"""Stories: copies, later reports, updates, other languages, and what people say of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Reports that are there keep their stories; they are not compared with what comes.

    That a feed's links are shared is found anew at its next poll, which names its items anew.
    """
    op.add_column("feeds", _text("key_flaws"))
    op.drop_column("feeds", "links_shared")
    op.add_column("stories", sa.Column("merged_into", ID))
    for column in (
        _text("joined", "first"),
        sa.Column("like_item", ID),
        sa.Column("score", sa.Float()),
        sa.Column("turn", ID, nullable=False, server_default="0"),
    ):
        op.add_column("story_items", column)
    op.create_index("ix_story_items_turn", "story_items", ["turn"])
    _add_tables()
    _widen_digest_entries()


def _add_tables() -> None:
    op.create_table(
        "anchors",
        sa.Column("anchor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("anchor", "item_id", name="pk_anchors"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "story_updates",
        sa.Column("id", ID, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        _text("reason"),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_story_updates"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_story_updates_story_id", "story_updates", ["story_id"])
    op.create_index("ix_story_updates_item_id", "story_updates", ["item_id"])
    op.create_table(
        "story_kin",
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("other_id", ID, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", "other_id", name="pk_story_kin"),
    )
    op.create_index("ix_story_kin_other_id", "story_kin", ["other_id"])
    op.create_table(
        "story_verdicts",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("other_item", ID, autoincrement=False, nullable=False),
        sa.Column("same", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float()),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "other_item", name="pk_story_verdicts"),
    )
    op.create_index("ix_story_verdicts_other_item", "story_verdicts", ["other_item"])


def _widen_digest_entries() -> None:
    """A primary key cannot be widened on SQLite: the rows move to a table of that name."""
    op.rename_table("digest_entries", "digest_entries_before")
    for name in ("story_id", "digest_id", "untold"):
        op.drop_index(f"ix_digest_entries_{name}", table_name="digest_entries_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE digest_entries_before DROP CONSTRAINT pk_digest_entries")
    op.create_table(
        "digest_entries",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", ID, autoincrement=False, nullable=False, server_default="0"),
        sa.Column("update_id", ID, autoincrement=False, nullable=False, server_default="0"),
        _text("cause", "story"),
        _text("reason"),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("digest_id", sa.Text()),
        sa.PrimaryKeyConstraint(
            "digest", "story_id", "item_id", "update_id", name="pk_digest_entries"
        ),
    )
    op.execute(
        "INSERT INTO digest_entries (digest, story_id, reason, added_at, digest_id)"
        " SELECT digest, story_id, reason, added_at, digest_id FROM digest_entries_before"
    )
    op.drop_table("digest_entries_before")
    op.create_index("ix_digest_entries_story_id", "digest_entries", ["story_id"])
    op.create_index("ix_digest_entries_digest_id", "digest_entries", ["digest_id"])
    op.create_index(
        "ix_digest_entries_untold",
        "digest_entries",
        ["digest", "added_at"],
        sqlite_where=sa.text("digest_id IS NULL"),
        postgresql_where=sa.text("digest_id IS NULL"),
    )


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)
