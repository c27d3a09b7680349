"""The first schema, written out: later changes to `schema.py` must not change the past."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()
KEY = sa.LargeBinary(length=16)


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "deliveries",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=False),
        sa.Column("lease_until_at", INSTANT, nullable=True),
        sa.Column("lease_token", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("key", name="uq_deliveries_key"),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"], unique=False)
    op.create_index("ix_deliveries_digest_id", "deliveries", ["digest_id"], unique=False)
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["channel", "next_try_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_table(
        "digest_entries",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "story_id", name="pk_digest_entries"),
    )
    op.create_index("ix_digest_entries_digest_id", "digest_entries", ["digest_id"], unique=False)
    op.create_index("ix_digest_entries_story_id", "digest_entries", ["story_id"], unique=False)
    op.create_index(
        "ix_digest_entries_untold",
        "digest_entries",
        ["digest", "added_at"],
        unique=False,
        sqlite_where=sa.text("digest_id IS NULL"),
        postgresql_where=sa.text("digest_id IS NULL"),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("since_at", INSTANT, nullable=True),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
    )
    op.create_index("ix_digests_name_planned_at", "digests", ["name", "planned_at"], unique=False)
    op.create_table(
        "feeds",
        sa.Column("id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("listed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("last_modified", sa.Text(), server_default="", nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("next_due_at", INSTANT, nullable=True),
        sa.Column("first_polled_at", INSTANT, nullable=True),
        sa.Column("last_polled_at", INSTANT, nullable=True),
        sa.Column("last_ok_at", INSTANT, nullable=True),
        sa.Column("last_full_at", INSTANT, nullable=True),
        sa.Column("last_new_at", INSTANT, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since_at", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("error_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("links_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feeds"),
        sa.UniqueConstraint("url", name="uq_feeds_url"),
    )
    op.create_index("ix_feeds_host_next_due_at", "feeds", ["host", "next_due_at"], unique=False)
    op.create_index("ix_feeds_next_due_at", "feeds", ["next_due_at"], unique=False)
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_slot_at", INSTANT, nullable=False),
        sa.Column("lease_until_at", INSTANT, nullable=True),
        sa.Column("lease_token", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_table(
        "item_keys",
        sa.Column("feed_id", ID, autoincrement=False, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("feed_id", "key", name="pk_item_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_keys_last_seen_at", "item_keys", ["last_seen_at"], unique=False)
    op.create_table(
        "item_revisions",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("lead", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("item_id", "replaced_at", name="pk_item_revisions"),
    )
    op.create_table(
        "items",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed_id", ID, nullable=False),
        sa.Column("guid", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("lead", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("revised_at", INSTANT, nullable=True),
        sa.Column("content_hash", KEY, nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_items_feed_id_first_seen_at", "items", ["feed_id", "first_seen_at"], unique=False
    )
    op.create_index("ix_items_first_seen_at", "items", ["first_seen_at"], unique=False)
    op.create_table(
        "matches",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), server_default="0", nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("matched_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "rule", name="pk_matches"),
    )
    op.create_index("ix_matches_rule_matched_at", "matches", ["rule", "matched_at"], unique=False)
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("next_run_at", INSTANT, nullable=True),
        sa.Column("last_run_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_schedules"),
    )
    op.create_table(
        "stories",
        sa.Column("id", ID, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stories"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stories_opened_at", "stories", ["opened_at"], unique=False)
    op.create_table(
        "story_items",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("story_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_story_items"),
    )
    op.create_index("ix_story_items_story_id", "story_items", ["story_id"], unique=False)
    op.create_table(
        "url_keys",
        sa.Column("url_key", KEY, nullable=False),
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("url_key", "item_id", name="pk_url_keys"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_url_keys_item_id", "url_keys", ["item_id"], unique=False)
