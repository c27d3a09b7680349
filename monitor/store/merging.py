"""Merging and splitting: what people say of stories overrules what words had said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.errors import NotFound, UsageError
from monitor.model import Cause, Hearing, ItemId, Joined, Match, StoryId
from monitor.store.anchors import take_turns
from monitor.store.joining import next_turn, story_line
from monitor.store.reports import matches_of
from monitor.store.rows import add_rows, change_rows
from monitor.store.schema import (
    digest_entries,
    held_entries,
    items,
    judgements,
    mutes,
    stories,
    story_items,
    story_kin,
    story_updates,
    story_verdicts,
)
from monitor.store.statements import chunks

_LineRow = dict[str, Any]
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
        lines = [*_take_lines(conn, into, _members(conn, into)), *_take_lines(conn, other, theirs)]
        _move_reports(conn, [each.item for each in theirs], into, "merged by hand")
        _put_lines(conn, into, lines)
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
    lines = _take_lines(conn, story, members)
    _move_reports(conn, moved, fresh, "split off by hand")
    _put_lines(conn, fresh, [line for line in lines if line["item_id"] in moved])
    _put_lines(conn, story, [line for line in lines if line["item_id"] not in moved])
    _tell(conn, fresh, hears(_matches(conn, moved)), now)
    heard = hears(_matches(conn, [each.item for each in left]))
    concerned = {line["digest"] for line in lines}
    _tell(conn, story, (each for each in heard if each.digest in concerned), now)
    return fresh


def merged_into(conn: Connection, story: StoryId) -> StoryId | None:
    """The story that this one is part of now; None for one that stands by itself."""
    found = conn.execute(sa.select(stories.c.merged_into).where(stories.c.id == story)).scalar()
    return None if found is None else StoryId(found)


def is_story(conn: Connection, story: StoryId) -> bool:
    """Whether there is, or was before a merge, a story of this number."""
    return conn.execute(sa.select(stories.c.id).where(stories.c.id == story)).first() is not None


def survivors(conn: Connection, wanted: Collection[StoryId]) -> Mapping[StoryId, StoryId]:
    """Where the reports of those of these stories are now that were merged into others."""
    into: dict[StoryId, StoryId] = {}
    unread = set(wanted)
    while unread:
        rows = [
            row
            for part in chunks(unread)
            for row in conn.execute(
                sa.select(stories.c.id, stories.c.merged_into).where(
                    stories.c.id.in_(part), stories.c.merged_into.is_not(None)
                )
            )
        ]
        into |= {StoryId(row.id): StoryId(row.merged_into) for row in rows}
        unread = {StoryId(row.merged_into) for row in rows} - into.keys()
    return {each: _last(each, into) for each in wanted if each in into}


def _last(story: StoryId, into: Mapping[StoryId, StoryId]) -> StoryId:
    while story in into:
        story = into[story]
    return story


def _members(conn: Connection, story: StoryId) -> list[_Member]:
    """The reports of a story, the first of them first.

    Raises NotFound where there are none, UsageError where they are in another story now.
    """
    rows = conn.execute(
        sa.select(story_items)
        .join(items, items.c.id == story_items.c.item_id)
        .where(story_items.c.story_id == story)
        .order_by(items.c.first_seen_at, items.c.id)
    ).all()
    if not rows:
        if (other := merged_into(conn, story)) is not None:
            raise UsageError(f"story {story} was merged into {other}")
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
    conn: Connection, pairs: Sequence[tuple[_Member, _Member]], *, same: bool, now: datetime
) -> None:
    """Keep what was said last of two reports, with how alike they had seemed."""
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
    for one, other in pairs:
        pair = (one.item, other.item)
        conn.execute(
            story_verdicts.delete().where(
                story_verdicts.c.item_id.in_(pair), story_verdicts.c.other_item.in_(pair)
            )
        )
    add_rows(conn, story_verdicts, rows)


def _move_reports(conn: Connection, moved: Sequence[int], story: StoryId, reason: str) -> None:
    """Copies stay what they are, updates go along; whatever else comes by hand."""
    conn.execute(
        story_updates.update().where(story_updates.c.item_id.in_(moved)).values(story_id=story)
    )
    is_copy = story_items.c.joined.in_([Joined.COPY.value, Joined.LINK.value])
    conn.execute(
        story_items.update()
        .where(story_items.c.item_id.in_(moved), ~is_copy)
        .values(joined=Joined.BY_HAND.value, reason=reason)
    )
    rows = [
        {"item_id": item, "story_id": story, "turn": turn}
        for turn, item in enumerate(moved, start=next_turn(conn))
    ]
    change_rows(conn, story_items, rows, keys=("item_id",))


def _take_lines(conn: Connection, story: StoryId, members: Sequence[_Member]) -> list[_LineRow]:
    """The lines that digests have of a story, each about one report; they are put back somewhere.

    The line of the story itself is about the first report that has no line of its own.
    """
    mine = digest_entries.c.story_id == story
    rows = [row._asdict() for row in conn.execute(sa.select(digest_entries).where(mine))]
    conn.execute(digest_entries.delete().where(mine))
    own = {(row["digest"], row["item_id"]) for row in rows if not row["update_id"]}
    lines = []
    for row in rows:
        if not row["item_id"]:
            free = (each.item for each in members if (row["digest"], each.item) not in own)
            row |= {"item_id": next(free, 0), "cause": Cause.REPORT.value}
        if row["item_id"]:
            lines.append(row)
    return lines


def _put_lines(conn: Connection, story: StoryId, lines: Iterable[_LineRow]) -> None:
    """Make these the lines of a story; for each digest the first that it told is the story's."""
    rows = [{**line, "story_id": story} for line in lines]
    rows.sort(key=lambda row: (row["digest_id"] is None, row["added_at"], row["item_id"]))
    headed = set()
    for row in rows:
        if not row["update_id"] and row["digest"] not in headed:
            headed.add(row["digest"])
            row |= {"item_id": 0, "cause": Cause.STORY.value}
    add_rows(conn, digest_entries, rows)


def _matches(conn: Connection, reports: Collection[int]) -> list[Match]:
    return [match for found in matches_of(conn, reports).values() for match in found]


def _tell(conn: Connection, story: StoryId, heard: Iterable[Hearing], now: datetime) -> None:
    """Have a story told by whoever hears of it and has no line of it."""
    rows = [story_line(each, story, now) for each in heard]
    add_rows(conn, digest_entries, rows, unless_there=True)


def _move_what_hangs_on(conn: Connection, other: StoryId, into: StoryId) -> None:
    """Mutes, what was held back or said, and kin. What the one has already, it keeps."""
    for table in (mutes, held_entries, judgements):
        _move(conn, table, "story_id", other, into)
    for column in ("story_id", "other_id"):
        _move(conn, story_kin, column, other, into)
    conn.execute(story_kin.delete().where(story_kin.c.story_id == story_kin.c.other_id))


def _move(conn: Connection, table: sa.Table, column: str, other: StoryId, into: StoryId) -> None:
    rows = conn.execute(sa.select(table).where(table.c[column] == other)).all()
    conn.execute(table.delete().where(table.c[column] == other))
    moved: list[dict[str, Any]] = [{**row._asdict(), column: into} for row in rows]
    add_rows(conn, table, moved, unless_there=True)
