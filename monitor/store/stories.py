"""Stories as digests and pages tell them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DigestName, Reported, Story, StoryId
from monitor.store.reports import REPORT, matches_of, reported
from monitor.store.schema import digest_entries, items, stories, story_items
from monitor.store.statements import chunks
from monitor.store.volume import alerts_waiting


def pending_stories(conn: Connection, digest: DigestName) -> tuple[Story, ...]:
    """What `digest` has not told yet, oldest first."""
    untold = conn.execute(
        sa.select(digest_entries.c.story_id)
        .where(digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None))
        .order_by(digest_entries.c.added_at, digest_entries.c.story_id)
    ).scalars()
    return read_stories(conn, list(untold))


def waiting_since(conn: Connection, digest: DigestName) -> tuple[datetime, datetime] | None:
    """When the first and the last untold story or alert came in; None when all is told."""
    first, last = conn.execute(
        sa.select(
            sa.func.min(digest_entries.c.added_at), sa.func.max(digest_entries.c.added_at)
        ).where(digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None))
    ).one()
    stories_span = None if first is None else (first, last)
    spans = [span for span in (stories_span, alerts_waiting(conn, digest)) if span]
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def told_stories(conn: Connection, digest_id: str) -> tuple[Story, ...]:
    """What a digest that was sent told."""
    return read_stories(
        conn,
        list(
            conn.execute(
                sa.select(digest_entries.c.story_id)
                .where(digest_entries.c.digest_id == digest_id)
                .order_by(digest_entries.c.added_at, digest_entries.c.story_id)
            ).scalars()
        ),
    )


def entry_exists(conn: Connection, digest: DigestName, story: StoryId) -> bool:
    """Whether a digest has heard of a story, told or not."""
    return (
        conn.execute(
            sa.select(digest_entries.c.story_id).where(
                digest_entries.c.digest == digest, digest_entries.c.story_id == story
            )
        ).first()
        is not None
    )


def story_of_item(conn: Connection, item: int) -> StoryId | None:
    """The story that an item belongs to; None while no rule has fired on it."""
    found = conn.execute(
        sa.select(story_items.c.story_id).where(story_items.c.item_id == item)
    ).scalar()
    return None if found is None else StoryId(found)


def recent_stories(conn: Connection, limit: int) -> tuple[Story, ...]:
    """The stories opened last, newest first."""
    ids = conn.execute(
        sa.select(stories.c.id)
        .order_by(stories.c.opened_at.desc(), stories.c.id.desc())
        .limit(limit)
    ).scalars()
    return read_stories(conn, list(ids))


def read_stories(conn: Connection, ids: Sequence[int]) -> tuple[Story, ...]:
    """These stories, in this order; the first report of each leads it."""
    members: dict[int, list[Reported]] = {story: [] for story in ids}
    for part in chunks(ids):
        rows = conn.execute(
            REPORT.add_columns(story_items.c.story_id)
            .join(story_items, story_items.c.item_id == items.c.id)
            .where(story_items.c.story_id.in_(part))
            .order_by(items.c.first_seen_at, items.c.id)
        ).all()
        found = matches_of(conn, [row.id for row in rows])
        for row in rows:
            members[row.story_id].append(reported(row, found.get(row.id, ())))
    return tuple(
        Story(id=StoryId(story), lead=reports[0], others=tuple(reports[1:]))
        for story, reports in members.items()
        if reports
    )
