"""What the feeds that we publish tell: the stories of a rule that were news, and past digests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DigestName, ItemId, Message, RuleId, StoryId
from monitor.store.said import unpack
from monitor.store.schema import digests, items, matches, messages, story_items
from monitor.store.statements import chunks

_MOST_REPORTS = 2_000
"""Matches of a rule that are looked at: a story may have hundreds, and fifty stories are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A story that a rule found: its first report that was news, and when that matched."""

    story: StoryId
    item: ItemId
    matched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDigest:
    """A digest that went out, and what it said."""

    id: str
    planned_at: datetime
    message: Message


def rules_changed_after(conn: Connection, turn: int) -> set[RuleId]:
    """The rules that found any story of which a report has come, or changed, after a turn."""
    moved = sa.select(story_items.c.story_id).where(story_items.c.turn > turn)
    return _rules(conn, story_items.c.story_id.in_(moved))


def rules_of_stories(conn: Connection, stories: Collection[StoryId]) -> set[RuleId]:
    """The rules that found any of these stories."""
    return {
        rule for part in chunks(stories) for rule in _rules(conn, story_items.c.story_id.in_(part))
    }


def _rules(conn: Connection, which: sa.ColumnElement[bool]) -> set[RuleId]:
    found = conn.execute(
        sa.select(matches.c.rule)
        .join(story_items, story_items.c.item_id == matches.c.item_id)
        .where(which)
        .distinct()
    )
    return {RuleId(rule) for rule in found.scalars()}


def news_of_rule(conn: Connection, rule: RuleId) -> tuple[News, ...]:
    """The stories that a rule found last, the one with the newest report first.

    What was there before the watch began was no news.
    """
    rows = conn.execute(
        sa.select(story_items.c.story_id, matches.c.item_id, matches.c.matched_at)
        .join_from(matches, items, items.c.id == matches.c.item_id)
        .join(story_items, story_items.c.item_id == matches.c.item_id)
        .where(matches.c.rule == rule, ~items.c.archived)
        .order_by(matches.c.matched_at.desc(), matches.c.item_id.desc())
        .limit(_MOST_REPORTS)
    )
    first: dict[int, News] = {}
    for row in rows:  # a later row of a story is an earlier report of it
        first[row.story_id] = News(
            story=StoryId(row.story_id), item=ItemId(row.item_id), matched_at=row.matched_at
        )
    return tuple(first.values())


def newest_digest(conn: Connection, name: DigestName) -> str:
    """The digest of a name that went out last, of those whose words are kept; "" for none."""
    found = conn.execute(_past(name, digests.c.id).limit(1)).scalar()
    return found or ""


def past_digests(conn: Connection, name: DigestName, limit: int) -> tuple[PastDigest, ...]:
    """The digests of a name that went out last, newest first, of those whose words are kept."""
    columns = (digests.c.id, digests.c.planned_at, messages.c.content)
    return tuple(
        PastDigest(id=row.id, planned_at=row.planned_at, message=unpack(row.content))
        for row in conn.execute(_past(name, *columns).limit(limit))
    )


def _past(name: DigestName, *columns: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .join_from(digests, messages, messages.c.digest_id == digests.c.id)
        # What went to a channel that had been away was told by others before.
        .where(digests.c.name == name, digests.c.merges == "")
        .order_by(digests.c.planned_at.desc(), digests.c.id.desc())
    )
