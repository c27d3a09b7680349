"""Hits to count, alerts, and mutes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()


def upgrade() -> None:
    """Create the tables of volume alerts and of mutes; tell digests at once from the others."""
    op.add_column(
        "digests",
        sa.Column("at_once", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "rule_hits",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("origin", ID, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("item_id", ID, nullable=False),
        sa.Column("hit_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("rule", "origin", "source", name="pk_rule_hits"),
    )
    op.create_index("ix_rule_hits_hit_at", "rule_hits", ["hit_at"])
    op.create_index("ix_rule_hits_rule_hit_at", "rule_hits", ["rule", "hit_at"])
    op.create_table(
        "watched_rules",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("since_at", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_watched_rules"),
    )
    op.create_table(
        "watched_hours",
        sa.Column("hour_at", INSTANT, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("hour_at", name="pk_watched_hours"),
    )
    op.create_table(
        "alert_states",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("firing", sa.Boolean(), nullable=False),
        sa.Column("mark_at", INSTANT, nullable=True),
        sa.Column("vocabulary_version", sa.Text(), server_default="", nullable=False),
        sa.Column("warming", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("rule", "alert", name="pk_alert_states"),
    )
    op.create_table(
        "seen_terms",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("rule", "vocabulary", "term", name="pk_seen_terms"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("alert", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("fired_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_fired_at", "alerts", ["fired_at"])
    op.create_table(
        "alert_entries",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("alert_id", ID, autoincrement=False, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "alert_id", name="pk_alert_entries"),
    )
    op.create_index(
        "ix_alert_entries_untold",
        "alert_entries",
        ["digest", "added_at"],
        sqlite_where=sa.text("digest_id IS NULL"),
        postgresql_where=sa.text("digest_id IS NULL"),
    )
    op.create_table(
        "mutes",
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("until_at", INSTANT, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("muted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("story_id", name="pk_mutes"),
    )
    op.create_table(
        "muted_entries",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("story_id", ID, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("muted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("digest", "story_id", name="pk_muted_entries"),
    )
