"""What feeds brought day by day, and on which days polls of them failed. Days are those of UTC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import FeedId
from monitor.store.schema import feed_failures, items, matches, milliseconds
from monitor.store.statements import insert_for

KEPT = timedelta(days=400)
"""For so long it is known on which days a feed failed."""

_DAY = timedelta(days=1)
_MILLISECONDS = _DAY // timedelta(milliseconds=1)

Daily = Mapping[FeedId, tuple[int, ...]]


@cache
def _counting(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement that counts on where a feed has failed that day; every failed poll says it."""
    adding = insert_for(dialect, feed_failures)
    return adding.on_conflict_do_update(
        index_elements=["feed_id", "day"],
        set_={"polls": feed_failures.c.polls + adding.excluded.polls},
    )


def note_failures(conn: Connection, failed: Iterable[tuple[FeedId, datetime]]) -> None:
    """Count polls that failed, each given as the feed and when it was polled."""
    counted = Counter((feed_id, at.date()) for feed_id, at in failed)
    if counted:
        # In one order: two processes that lock the same rows in another would stop each other.
        rows = [
            {"feed_id": feed_id, "day": day, "polls": polls}
            for (feed_id, day), polls in sorted(counted.items())
        ]
        conn.execute(_counting(conn.dialect.name), rows)


def prune_failures(conn: Connection, now: datetime) -> None:
    """Forget the days that are past their keep."""
    conn.execute(feed_failures.delete().where(feed_failures.c.day < (now - KEPT).date()))


def failures_by_day(
    conn: Connection, feed_ids: Collection[FeedId], days: int, now: datetime
) -> Daily:
    """How many polls failed on each of the last days, today the last; of feeds that had any."""
    first = now.date() - (days - 1) * _DAY
    rows = conn.execute(
        sa.select(feed_failures).where(
            feed_failures.c.feed_id.in_(feed_ids), feed_failures.c.day >= first
        )
    )
    return _spread(((row.feed_id, (row.day - first).days, row.polls) for row in rows), days)


def items_by_day(conn: Connection, feed_ids: Collection[FeedId], days: int, now: datetime) -> Daily:
    """How many items were first seen on each of the last days, today the last, by an index."""
    first = _midnight(now) - (days - 1) * _DAY
    seen_at = sa.type_coerce(items.c.first_seen_at, sa.BigInteger)
    day = ((seen_at - milliseconds(first)) // _MILLISECONDS).label("day")
    rows = conn.execute(
        sa.select(items.c.feed_id, day, sa.func.count().label("items"))
        .where(items.c.feed_id.in_(feed_ids), items.c.first_seen_at >= first)
        .where(items.c.first_seen_at <= now)
        .group_by(items.c.feed_id, day)
    )
    return _spread(((row.feed_id, int(row.day), row.items) for row in rows), days)


def matched_items(conn: Connection, since_at: datetime, until_at: datetime) -> Mapping[FeedId, int]:
    """How many items first seen between the two matched, of each feed that had any."""
    matched = sa.exists().where(matches.c.item_id == items.c.id)
    rows = conn.execute(
        sa.select(items.c.feed_id, sa.func.count().label("items"))
        .where(items.c.first_seen_at >= since_at, items.c.first_seen_at < until_at, matched)
        .group_by(items.c.feed_id)
    )
    return {FeedId(row.feed_id): row.items for row in rows}


def _spread(counted: Iterable[tuple[int, int, int]], days: int) -> Daily:
    found: dict[FeedId, list[int]] = {}
    for feed_id, day, count in counted:
        if 0 <= day < days:
            found.setdefault(FeedId(feed_id), [0] * days)[day] += count
    return {feed_id: tuple(counts) for feed_id, counts in found.items()}


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
