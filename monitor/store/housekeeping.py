"""Letting go of what is past its keep, in small bites that hold nobody up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.anchors import prune_anchors
from monitor.store.feed_days import prune_failures
from monitor.store.full_texts import forget_texts
from monitor.store.migrating import revision
from monitor.store.near_misses import prune_near_misses
from monitor.store.said import prune_messages
from monitor.store.schema import (
    attempts,
    deliveries,
    digest_entries,
    digests,
    feeds,
    held_entries,
    item_keys,
    item_revisions,
    items,
    judgements,
    matches,
    stories,
    story_items,
    story_kin,
    story_updates,
    story_verdicts,
    unindexed,
    url_keys,
)
from monitor.store.search import withdraw
from monitor.store.volume import prune_hits

KEYS_UNSEEN = timedelta(days=90)
"""A key that no poll has shown for this long will not come back as an old item."""

SAFE_SQLITE = (3, 51, 3)
"""Before this, two connections that write and checkpoint at once could damage a WAL file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much went in one bite; `more` when another bite would find something."""

    items: int = 0
    keys: int = 0
    deliveries: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StateInfo:
    """What `state info` prints."""

    database: str
    version: str
    schema: str
    feeds: int
    items: int
    matches: int
    stories: int
    digests: int
    deliveries_open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCard:
    """What people want to know of the state at a glance: `queued` items are not searched yet."""

    database: str
    version: str
    schema: str
    bytes: int
    items: int
    stories: int
    matches: int
    queued: int
    oldest_at: datetime | None


def prune(
    conn: Connection,
    *,
    now: datetime,
    items_before: datetime,
    matched_before: datetime,
    deliveries_before: datetime,
    limit: int = 100,
) -> Pruned:
    """Delete at most `limit` of each kind that is past its keep.

    Items that matched stay until `matched_before`; what a digest has yet to tell, and what is
    still to be delivered, stays whatever its age. What was said goes with its deliveries. A key
    outlives its item for as long as polls still show it, so that nothing old comes back as new.
    """
    matched = sa.exists().where(matches.c.item_id == items.c.id)
    untold = (
        sa.exists()
        .where(story_items.c.item_id == items.c.id)
        .where(digest_entries.c.story_id == story_items.c.story_id)
        .where(digest_entries.c.digest_id.is_(None))
    )
    old = (
        conn.execute(
            sa.select(items.c.id)
            .where(
                items.c.first_seen_at < max(items_before, matched_before),
                sa.or_(
                    sa.and_(items.c.first_seen_at < items_before, ~matched),
                    sa.and_(items.c.first_seen_at < matched_before, matched),
                ),
                ~untold,
            )
            .order_by(items.c.first_seen_at)
            .limit(limit)
        )
        .scalars()
        .all()
    )
    if old:
        withdraw(conn, old)
        for table in (matches, story_items, story_updates, item_revisions, url_keys):
            conn.execute(table.delete().where(table.c.item_id.in_(old)))
        conn.execute(
            story_verdicts.delete().where(
                sa.or_(story_verdicts.c.item_id.in_(old), story_verdicts.c.other_item.in_(old))
            )
        )
        forget_texts(conn, old)
        conn.execute(items.delete().where(items.c.id.in_(old)))
        _close_empty_stories(conn, matched_before, limit)
    prune_near_misses(conn, now)
    prune_anchors(conn, now)
    stale = conn.execute(
        sa.select(item_keys.c.feed_id, item_keys.c.key)
        .where(item_keys.c.last_seen_at < now - KEYS_UNSEEN)
        .where(~sa.exists().where(items.c.id == item_keys.c.item_id))
        .limit(limit)
    ).all()
    for feed_id, key in stale:
        conn.execute(
            item_keys.delete().where(item_keys.c.feed_id == feed_id, item_keys.c.key == key)
        )
    sent = (
        conn.execute(
            sa.select(deliveries.c.id)
            .where(
                deliveries.c.created_at < deliveries_before,
                deliveries.c.state.not_in(["pending", "sending"]),
            )
            .limit(limit)
        )
        .scalars()
        .all()
    )
    if sent:
        conn.execute(attempts.delete().where(attempts.c.delivery_id.in_(sent)))
        conn.execute(deliveries.delete().where(deliveries.c.id.in_(sent)))
    said = prune_messages(conn, deliveries_before, limit)
    prune_hits(conn, now)
    prune_failures(conn, now)
    return Pruned(
        items=len(old),
        keys=len(stale),
        deliveries=len(sent),
        more=limit in (len(old), len(stale), len(sent), said),
    )


def _close_empty_stories(conn: Connection, opened_before: datetime, limit: int) -> None:
    """Let go of stories that have lost their last report, and of who was told."""
    empty = (
        conn.execute(
            sa.select(stories.c.id)
            .where(
                stories.c.opened_at < opened_before,
                ~sa.exists().where(story_items.c.story_id == stories.c.id),
            )
            .limit(limit)
        )
        .scalars()
        .all()
    )
    if empty:
        for table in (digest_entries, held_entries, judgements):
            conn.execute(table.delete().where(table.c.story_id.in_(empty)))
        conn.execute(
            story_kin.delete().where(
                sa.or_(story_kin.c.story_id.in_(empty), story_kin.c.other_id.in_(empty))
            )
        )
        conn.execute(stories.delete().where(stories.c.id.in_(empty)))


def state_info(conn: Connection) -> StateInfo:
    """Counts and versions."""
    open_ones = deliveries.c.state.in_(["pending", "sending"])
    return StateInfo(
        database=conn.dialect.name,
        version=_version(conn),
        schema=revision(conn),
        feeds=_count(conn, feeds, feeds.c.listed),
        items=_count(conn, items),
        matches=_count(conn, matches),
        stories=_count(conn, stories),
        digests=_count(conn, digests),
        deliveries_open=_count(conn, deliveries, open_ones),
    )


def state_card(conn: Connection) -> StateCard:
    """What is stored, how much of it, and since when."""
    return StateCard(
        database=conn.dialect.name,
        version=_version(conn),
        schema=revision(conn),
        bytes=int(conn.exec_driver_sql(_SIZES[conn.dialect.name]).scalar_one()),
        items=_count(conn, items),
        stories=_count(conn, stories),
        matches=_count(conn, matches),
        queued=_count(conn, unindexed),
        oldest_at=conn.execute(sa.select(sa.func.min(items.c.first_seen_at))).scalar(),
    )


_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def _version(conn: Connection) -> str:
    return ".".join(str(part) for part in conn.dialect.server_version_info or ())


def _count(conn: Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    counting = sa.select(sa.func.count()).select_from(table).where(*where)
    return int(conn.execute(counting).scalar_one())
