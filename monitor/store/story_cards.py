"""All that is known of one story: who was told what, updates, other languages, what people said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Cause, DigestName, ItemId, StoryId
from monitor.store.schema import (
    digest_entries,
    digests,
    items,
    story_items,
    story_kin,
    story_updates,
    story_verdicts,
)
from monitor.store.statements import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """A line of a digest: `item_id` is None for the story itself, `told_at` while it waits."""

    digest: DigestName
    cause: Cause
    item_id: ItemId | None
    digest_id: str | None
    told_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRow:
    """What a report said that was not known."""

    item_id: ItemId
    said: str
    reason: str
    noted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KinRow:
    """A story in another language that may be of the same event."""

    story: StoryId
    language: str
    reports: int
    title: str
    reason: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """What somebody has said of two reports."""

    item_id: ItemId
    other: ItemId
    same: bool
    said_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """What hangs on a story beside its reports."""

    lines: tuple[ToldLine, ...] = ()
    updates: tuple[UpdateRow, ...] = ()
    kin: tuple[KinRow, ...] = ()
    verdicts: tuple[VerdictRow, ...] = ()


def story_card(conn: Connection, story: StoryId, members: Collection[int]) -> StoryCard:
    """The card of a story that has these reports."""
    return StoryCard(
        lines=lines_of(conn, [story]).get(story, ()),
        updates=updates_of(conn, [story]).get(story, ()),
        kin=_kin(conn, story),
        verdicts=_verdicts(conn, members),
    )


def lines_of(conn: Connection, ids: Iterable[int]) -> dict[int, tuple[ToldLine, ...]]:
    """The lines that digests have told or will tell, by the stories that have any."""
    found: dict[int, tuple[ToldLine, ...]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(digest_entries, digests.c.planned_at)
            .outerjoin(digests, digests.c.id == digest_entries.c.digest_id)
            .where(digest_entries.c.story_id.in_(part))
            .order_by(digest_entries.c.digest, digest_entries.c.added_at, digest_entries.c.item_id)
        )
        for row in rows:
            line = ToldLine(
                digest=DigestName(row.digest),
                cause=Cause(row.cause),
                item_id=ItemId(row.item_id) if row.item_id else None,
                digest_id=row.digest_id,
                told_at=row.planned_at,
                reason=row.reason,
            )
            found[row.story_id] = (*found.get(row.story_id, ()), line)
    return found


def updates_of(conn: Connection, ids: Iterable[int]) -> dict[int, tuple[UpdateRow, ...]]:
    """What reports said anew, by the stories that have any such report, oldest first."""
    found: dict[int, tuple[UpdateRow, ...]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(story_updates)
            .where(story_updates.c.story_id.in_(part))
            .order_by(story_updates.c.id)
        )
        for row in rows:
            update = UpdateRow(
                item_id=ItemId(row.item_id), said=row.said, reason=row.reason, noted_at=row.noted_at
            )
            found[row.story_id] = (*found.get(row.story_id, ()), update)
    return found


def _kin(conn: Connection, story: StoryId) -> tuple[KinRow, ...]:
    rows = conn.execute(
        sa.select(
            story_kin,
            sa.func.count().label("reports"),
            sa.func.min(items.c.language).label("language"),
            sa.func.min(items.c.title).label("title"),
        )
        .join_from(story_kin, story_items, story_items.c.story_id == story_kin.c.other_id)
        .join(items, items.c.id == story_items.c.item_id)
        .where(story_kin.c.story_id == story)
        .group_by(*story_kin.c)
        .order_by(story_kin.c.score.desc(), story_kin.c.other_id)
    )
    return tuple(
        KinRow(
            story=StoryId(row.other_id),
            language=row.language,
            reports=row.reports,
            title=row.title,
            reason=row.reason,
            score=row.score,
        )
        for row in rows
    )


def _verdicts(conn: Connection, members: Collection[int]) -> tuple[VerdictRow, ...]:
    of_these = sa.or_(
        story_verdicts.c.item_id.in_(members), story_verdicts.c.other_item.in_(members)
    )
    rows = conn.execute(
        sa.select(story_verdicts).where(of_these).order_by(story_verdicts.c.said_at)
    )
    return tuple(
        VerdictRow(
            item_id=ItemId(row.item_id),
            other=ItemId(row.other_item),
            same=row.same,
            said_at=row.said_at,
        )
        for row in rows
    )
