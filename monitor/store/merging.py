"""Merging and splitting: what people say of stories overrules what words had said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.errors import NotFound, UsageError
from monitor.model import Cause, Hearing, ItemId, Joined, Match, StoryId
from monitor.store.anchors import take_turns
from monitor.store.joining import next_turn
from monitor.store.reports import matches_of
from monitor.store.rows import add_rows
from monitor.store.schema import (
    digest_entries,
    items,
    muted_entries,
    mutes,
    stories,
    story_items,
    story_kin,
    story_updates,
    story_verdicts,
)

_HEARS = Callable[[Sequence[Match]], Iterable[Hearing]]


@dataclass(frozen=True, slots=True)
class _Member:
    item: int
    joined: Joined
    like: int | None
    score: float | None


def merge_stories(
    conn: Connection, into: StoryId, others: Collection[StoryId], now: datetime
) -> int:
    """Make other stories part of one; how many reports came to it.

    What a digest has yet to tell of them it tells of the one. Raises NotFound for a story that
    is not there, UsageError for one that is to be merged with itself.
    """
    take_turns(conn)
    if into in others:
        raise UsageError(f"story {into} cannot be merged with itself")
    mine = _members(conn, into)
    moved = 0
    for other in dict.fromkeys(others):
        theirs = _members(conn, other)
        _say(conn, [(theirs[0], mine[0])], same=True, now=now)
        _move_reports(conn, [each.item for each in theirs], into, "merged by hand")
        _move_lines(conn, other, into, theirs[0].item)
        _move_what_hangs_on(conn, other, into)
        conn.execute(stories.update().where(stories.c.id == other).values(merged_into=into))
        moved += len(theirs)
    return moved


def split_story(
    conn: Connection, story: StoryId, wanted: Collection[ItemId], hears: _HEARS, now: datetime
) -> StoryId:
    """Make a story of its own of some reports of one, and of their copies; the new story.

    Every digest that `hears` of their matches tells it, unless it has told those very reports.
    Raises NotFound for a story or report that is not there, UsageError where none would be left.
    """
    take_turns(conn)
    members = _members(conn, story)
    known = {each.item for each in members}
    for item in wanted:
        if item not in known:
            raise NotFound("report", str(item), [str(each) for each in known])
    moved = _with_copies(members, wanted)
    left = [each for each in members if each.item not in moved]
    if not left:
        raise UsageError(f"story {story} has no other report: there is nothing to split off")
    fresh = StoryId(
        conn.execute(stories.insert().values(opened_at=now).returning(stories.c.id)).scalar_one()
    )
    _say(
        conn,
        [(each, left[0]) for each in members if each.item in wanted],
        same=False,
        now=now,
    )
    _move_reports(conn, moved, fresh, "split off by hand")
    if members[0].item in moved:
        _tell_what_is_left(conn, story, left[0].item, now)
    _tell_what_was_split(conn, story, fresh, moved, hears, now)
    return fresh


def merged_into(conn: Connection, story: StoryId) -> StoryId | None:
    """The story that this one is part of now; None for one that stands by itself."""
    found = conn.execute(sa.select(stories.c.merged_into).where(stories.c.id == story)).scalar()
    return None if found is None else StoryId(found)


def _members(conn: Connection, story: StoryId) -> list[_Member]:
    """The reports of a story, the first of them first. Raises NotFound where there are none."""
    rows = conn.execute(
        sa.select(story_items)
        .join(items, items.c.id == story_items.c.item_id)
        .where(story_items.c.story_id == story)
        .order_by(items.c.first_seen_at, items.c.id)
    ).all()
    if not rows:
        raise NotFound("story", str(story), [])
    return [_Member(row.item_id, Joined(row.joined), row.like_item, row.score) for row in rows]


def _with_copies(members: Sequence[_Member], wanted: Collection[int]) -> list[int]:
    """These reports, and those that only repeat one of them."""
    moved = set(wanted)
    for each in members:  # a copy comes after what it repeats
        if each.joined in (Joined.COPY, Joined.LINK) and each.like in moved:
            moved.add(each.item)
    return sorted(moved)


def _say(
    conn: Connection, pairs: Iterable[tuple[_Member, _Member]], *, same: bool, now: datetime
) -> None:
    """Keep what was said, with how alike the reports had seemed."""
    rows = [
        {
            "item_id": one.item,
            "other_item": other.item,
            "same": same,
            "score": one.score,
            "said_at": now,
        }
        for one, other in pairs
    ]
    for row in rows:
        conn.execute(
            story_verdicts.delete().where(
                story_verdicts.c.item_id == row["item_id"],
                story_verdicts.c.other_item == row["other_item"],
            )
        )
    add_rows(conn, story_verdicts, rows)


def _move_reports(conn: Connection, moved: Sequence[int], story: StoryId, reason: str) -> None:
    """Copies stay what they are; whatever else comes by hand."""
    turn = next_turn(conn)
    for at, item in enumerate(moved):
        row = story_items.c.item_id == item
        is_copy = story_items.c.joined.in_([Joined.COPY.value, Joined.LINK.value])
        conn.execute(story_items.update().where(row).values(story_id=story, turn=turn + at))
        conn.execute(
            story_items.update()
            .where(row, ~is_copy)
            .values(joined=Joined.BY_HAND.value, reason=reason)
        )


def _move_lines(conn: Connection, other: StoryId, into: StoryId, lead: int) -> None:
    """Whoever has heard of the one hears of the other as of another report of it."""
    told_of = sa.select(digest_entries.c.digest).where(
        digest_entries.c.story_id == into, digest_entries.c.item_id == 0
    )
    lines = digest_entries.c.story_id == other
    conn.execute(
        digest_entries.update()
        .where(lines, digest_entries.c.item_id == 0, digest_entries.c.digest.in_(told_of))
        .values(story_id=into, item_id=lead, cause=Cause.REPORT.value)
    )
    conn.execute(digest_entries.update().where(lines).values(story_id=into))


def _move_what_hangs_on(conn: Connection, other: StoryId, into: StoryId) -> None:
    """Updates, mutes and kin. What the one has already, it keeps."""
    conn.execute(
        story_updates.update().where(story_updates.c.story_id == other).values(story_id=into)
    )
    for table, column in ((mutes, "story_id"), (muted_entries, "story_id")):
        _move(conn, table, column, other, into)
    for column in ("story_id", "other_id"):
        _move(conn, story_kin, column, other, into)
    conn.execute(story_kin.delete().where(story_kin.c.story_id == story_kin.c.other_id))


def _move(conn: Connection, table: sa.Table, column: str, other: StoryId, into: StoryId) -> None:
    rows = conn.execute(sa.select(table).where(table.c[column] == other)).all()
    conn.execute(table.delete().where(table.c[column] == other))
    moved: list[dict[str, Any]] = [{**row._asdict(), column: into} for row in rows]
    add_rows(conn, table, moved, unless_there=True)


def _tell_what_is_left(conn: Connection, story: StoryId, lead: int, now: datetime) -> None:
    """Whoever was told of a story under a report that is gone hears of what is left of it."""
    told = conn.execute(
        sa.select(digest_entries.c.digest).where(
            digest_entries.c.story_id == story,
            digest_entries.c.item_id == 0,
            digest_entries.c.digest_id.is_not(None),
        )
    ).scalars()
    rows = [
        _line(digest, story, "another report was split off", now)
        | {"item_id": lead, "cause": Cause.REPORT.value}
        for digest in told
    ]
    add_rows(conn, digest_entries, rows, unless_there=True)


def _tell_what_was_split(
    conn: Connection,
    story: StoryId,
    fresh: StoryId,
    moved: Sequence[int],
    hears: _HEARS,
    now: datetime,
) -> None:
    lines = sa.and_(digest_entries.c.story_id == story, digest_entries.c.item_id.in_(moved))
    told = set(
        conn.execute(
            sa.select(digest_entries.c.digest).where(lines, digest_entries.c.digest_id.is_not(None))
        ).scalars()
    )
    conn.execute(digest_entries.delete().where(lines, digest_entries.c.digest_id.is_(None)))
    found = matches_of(conn, moved)
    heard = {
        each.digest: each.reason
        for each in hears([match for mine in found.values() for match in mine])
        if each.digest not in told
    }
    rows = [_line(digest, fresh, reason, now) for digest, reason in heard.items()]
    add_rows(conn, digest_entries, rows, unless_there=True)


def _line(digest: str, story: StoryId, reason: str, now: datetime) -> dict[str, Any]:
    return {
        "digest": digest,
        "story_id": story,
        "item_id": 0,
        "update_id": 0,
        "cause": Cause.STORY.value,
        "reason": reason,
        "added_at": now,
    }
