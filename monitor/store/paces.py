"""How fast the watch is: from a report's publication to its match."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.schema import MILLISECOND, items, matches

_MOST = 500


def lags(conn: Connection, since_at: datetime) -> list[timedelta]:
    """How long after its publication each of the last items was matched since then, sorted.

    Of an item that gives no date of its own that is nothing; it is left out.
    """
    rows = conn.execute(
        sa.select(
            sa.type_coerce(matches.c.matched_at, sa.BigInteger).label("matched"),
            sa.type_coerce(items.c.published_at, sa.BigInteger).label("published"),
        )
        .join(items, items.c.id == matches.c.item_id)
        .where(
            matches.c.matched_at >= since_at,
            ~items.c.archived,
            items.c.published_at < items.c.first_seen_at,
        )
        .order_by(matches.c.matched_at.desc())
        .limit(_MOST)
    )
    return sorted((row.matched - row.published) * MILLISECOND for row in rows)
