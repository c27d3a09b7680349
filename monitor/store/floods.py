"""Which feeds have brought much in a day, and what they bring otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId
from monitor.store.schema import items
from monitor.store.statements import chunks

DAY = timedelta(days=1)
BEFORE = 7 * DAY
"""How far back before this day a habit is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """Items of one feed: those of the last 24 hours, those of the week before that.

    `old` of the first had been published more than a week before they were seen; `share` is
    what part of all feeds' items they are.
    """

    today: int
    before: int
    old: int
    share: float


def floods(conn: Connection, now: datetime, *, least: int) -> Mapping[FeedId, Flood]:
    """Of each feed that has brought at least so many items in the last 24 hours.

    All feeds are counted from an index and the first columns of a row; only of the few that
    have brought much are dates looked at, which in SQLite lie behind the texts.
    """
    since = now - DAY
    counted = conn.execute(
        sa.select(items.c.feed_id, sa.func.count().label("today"))
        .where(items.c.first_seen_at > since)
        .group_by(items.c.feed_id)
    ).all()
    everything = sum(row.today for row in counted)
    today = {row.feed_id: row.today for row in counted if row.today >= least}
    found: dict[FeedId, Flood] = {}
    for part in chunks(list(today)):
        week = items.c.first_seen_at.between(since - BEFORE, since)
        before = _counts(conn, part, week)
        stale = items.c.published_at < since - BEFORE
        old = _counts(conn, part, items.c.first_seen_at > since, stale)
        for feed_id in part:
            found[FeedId(feed_id)] = Flood(
                today=today[feed_id],
                before=before.get(feed_id, 0),
                old=old.get(feed_id, 0),
                share=today[feed_id] / everything,
            )
    return found


def _counts(
    conn: Connection, feed_ids: list[int], *conditions: sa.ColumnElement[bool]
) -> dict[int, int]:
    rows = conn.execute(
        sa.select(items.c.feed_id, sa.func.count())
        .where(items.c.feed_id.in_(feed_ids), *conditions)
        .group_by(items.c.feed_id)
    )
    return {feed_id: count for feed_id, count in rows}  # noqa: C416 - no tuples to mypy
