"""What is learnt of feeds: where they have moved, their rhythm, why they are due when they are."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


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
        sa.Column("worth", sa.Float(), nullable=False, server_default="1"),
    ):
        op.add_column("feeds", column)
    op.create_table(
        "steering",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("theta", sa.Float(), nullable=False),
        sa.Column("weighed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_steering"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
