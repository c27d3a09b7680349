"""The archive: every item kept, streamed so that its size does not matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Reported
from monitor.store.reports import REPORT, matches_of, reported
from monitor.store.schema import items, matches

BATCH = 500


def iter_items(
    conn: Connection,
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    matched_only: bool = False,
    oldest_first: bool = False,
) -> Iterator[Reported]:
    """Stored items with the matches they had: those seen last first, or in the order seen."""
    order = (items.c.first_seen_at, items.c.id)
    query = REPORT.order_by(*(order if oldest_first else map(sa.desc, order))).limit(BATCH)
    if since_at is not None:
        query = query.where(items.c.first_seen_at >= since_at)
    if until_at is not None:
        query = query.where(items.c.first_seen_at < until_at)
    if matched_only:
        query = query.where(sa.exists().where(matches.c.item_id == items.c.id))
    page = query
    while rows := conn.execute(page).all():
        found = matches_of(conn, [row.id for row in rows])
        for row in rows:
            yield reported(row, found.get(row.id, ()))
        page = query.where(_after(rows[-1], oldest_first=oldest_first))


def _after(row: Any, *, oldest_first: bool) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a row
    if oldest_first:
        return sa.and_(
            items.c.first_seen_at >= row.first_seen_at,
            sa.or_(items.c.first_seen_at > row.first_seen_at, items.c.id > row.id),
        )
    return sa.and_(
        items.c.first_seen_at <= row.first_seen_at,
        sa.or_(items.c.first_seen_at < row.first_seen_at, items.c.id < row.id),
    )


def count_items(conn: Connection, since_at: datetime | None = None) -> int:
    """How many items are stored (since then)."""
    query = sa.select(sa.func.count()).select_from(items)
    if since_at is not None:
        query = query.where(items.c.first_seen_at >= since_at)
    return int(conn.execute(query).scalar_one())


def count_matches(conn: Connection, since_at: datetime) -> dict[str, int]:
    """How often each rule has fired since then."""
    return dict(
        conn.execute(
            sa.select(matches.c.rule, sa.func.count())
            .where(matches.c.matched_at >= since_at)
            .group_by(matches.c.rule)
        ).all()
    )
