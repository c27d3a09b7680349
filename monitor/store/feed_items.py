"""What one feed has brought: its items, newest first, and what came of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId, RuleId
from monitor.store.schema import items, matches, story_items


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtItem:
    """An item and what was decided on it: `reason` says why. `rules` are those that matched."""

    id: int
    title: str
    url: str
    published_at: datetime
    first_seen_at: datetime
    revised_at: datetime | None
    outcome: str
    reason: str
    archived: bool
    story: int | None
    rules: tuple[RuleId, ...]


def items_of_feed(
    conn: Connection, feed: FeedId, *, limit: int, skip: int = 0
) -> tuple[BroughtItem, ...]:
    """So many of its items, those seen last first."""
    rows = conn.execute(
        sa.select(
            items.c.id,
            items.c.title,
            items.c.url,
            items.c.published_at,
            items.c.first_seen_at,
            items.c.revised_at,
            items.c.outcome,
            items.c.reason,
            items.c.archived,
            story_items.c.story_id,
        )
        .outerjoin_from(items, story_items, story_items.c.item_id == items.c.id)
        .where(items.c.feed_id == feed)
        .order_by(items.c.first_seen_at.desc(), items.c.id.desc())
        .limit(limit)
        .offset(skip)
    ).all()
    rules: dict[int, tuple[RuleId, ...]] = {}
    fired = sa.select(matches.c.item_id, matches.c.rule).order_by(matches.c.rule)
    for item, rule in conn.execute(fired.where(matches.c.item_id.in_([row.id for row in rows]))):
        rules[item] = (*rules.get(item, ()), RuleId(rule))
    return tuple(
        BroughtItem(
            id=row.id,
            title=row.title,
            url=row.url,
            published_at=row.published_at,
            first_seen_at=row.first_seen_at,
            revised_at=row.revised_at,
            outcome=row.outcome,
            reason=row.reason,
            archived=row.archived,
            story=row.story_id,
            rules=rules.get(row.id, ()),
        )
        for row in rows
    )


def rules_on_feed(conn: Connection, feed: FeedId, since_at: datetime) -> Mapping[RuleId, int]:
    """How many of its items seen since then each rule matched, the busiest rule first."""
    count = sa.func.count().label("items")
    rows = conn.execute(
        sa.select(matches.c.rule, count)
        .join_from(items, matches, matches.c.item_id == items.c.id)
        .where(items.c.feed_id == feed, items.c.first_seen_at >= since_at)
        .group_by(matches.c.rule)
        .order_by(count.desc(), matches.c.rule)
    )
    return {RuleId(row.rule): row.items for row in rows}
