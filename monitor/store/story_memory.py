"""What reports are compared with, kept in memory for as long as it is what the store says."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Decision, FeedId, Item, ItemId, Joined, StoryId
from monitor.store.joining import last_turn
from monitor.store.reports import matches_of
from monitor.store.schema import items, story_items
from monitor.store.statements import chunks
from monitor.stories.copies import Report
from monitor.stories.deciding import Candidate, is_member
from monitor.stories.grouping import MOST_OPEN, OPEN_FOR, OpenStories
from monitor.stories.placing import sketched
from monitor.stories.traits import MOST_CHARACTERS, Traits, traits_of

MOST_TRAITS = 1_024
"""Reports of which the words are kept in memory, some fifteen kilobytes each."""

_BEFORE_ALL = -1


class StoryMemory:
    """The words of the reports read last, and the open stories.

    For the writing thread alone. Whatever a transaction that failed has left here is forgotten
    with all the rest, and read again: see `forget`.
    """

    def __init__(self) -> None:
        self._traits: OrderedDict[int, Traits] = OrderedDict()
        self._open: OpenStories | None = None
        self._turn = _BEFORE_ALL

    def forget(self) -> None:
        """Begin anew with what the store says."""
        self._traits.clear()
        self._open = None

    def reports(self, conn: Connection, ids: Collection[int]) -> dict[ItemId, Report]:
        """These items as they are compared, those of them that have a story."""
        rows = [row for part in chunks(ids) for row in conn.execute(_IN_STORIES, {"ids": part})]
        unread = [row.item_id for row in rows if row.item_id not in self._traits]
        for part in chunks(unread):
            for row in conn.execute(_WORDS, {"ids": part}):
                self._traits[row.id] = traits_of(_item(row))
        found = {
            ItemId(row.item_id): Report(
                id=ItemId(row.item_id),
                feed_id=FeedId(row.feed_id),
                traits=self._traits[row.item_id],
                seen_at=row.first_seen_at,
                story=StoryId(row.story_id),
            )
            for row in rows
        }
        for item in found:
            self._traits.move_to_end(item)
        while len(self._traits) > MOST_TRAITS:
            self._traits.popitem(last=False)
        return found

    def open_stories(self, conn: Connection, now: datetime) -> OpenStories:
        """The stories that a report may be of, as of now."""
        if self._open is None:
            self._open, self._turn = OpenStories(), _BEFORE_ALL
        since_at = (now - OPEN_FOR).replace(minute=0, second=0, microsecond=0)
        self._open.forget(since_at)
        changed = conn.execute(_CHANGED, {"turn": self._turn, "most": MOST_OPEN}).all()
        if changed:
            self._turn = changed[0].turn
            self._take_in(conn, [row.item_id for row in reversed(changed)], since_at, self._open)
        return self._open

    def learn(
        self,
        conn: Connection,
        candidates: Sequence[Candidate],
        decisions: Sequence[Decision],
        real: Mapping[int, int],
    ) -> None:
        """Take note of what was written of a document that was decided on with this memory.

        `real` are the ids that took the places of placeholders.
        """
        has_matched = False
        for candidate, decision in zip(candidates, decisions, strict=True):
            if decision.story is None:
                continue
            has_matched |= bool(decision.matches)
            item = ItemId(real.get(decision.id, decision.id))
            self._traits.pop(item, None)
            if candidate.traits is not None:
                self._traits[item] = candidate.traits
            if self._open is not None:
                story = StoryId(real.get(decision.story, decision.story))
                self._open.rename(decision.id, item, story)
        if has_matched:
            self._turn = last_turn(conn) or self._turn

    def _take_in(
        self, conn: Connection, ids: list[int], since_at: datetime, into: OpenStories
    ) -> None:
        for part in chunks(ids):
            rows = {row.id: row for row in conn.execute(_MEMBERS, {"ids": part})}
            found = matches_of(conn, rows)
            for item in part:
                row = rows.get(item)
                if row is None or row.first_seen_at < since_at:
                    continue
                told = _item(row)
                into.add(
                    ItemId(item),
                    StoryId(row.story_id),
                    FeedId(row.feed_id),
                    sketched(told, traits_of(told), found.get(item, ())),
                    row.first_seen_at,
                )


def _item(row: Any) -> Item:  # noqa: ANN401 - a row of one of the statements below
    return Item(
        title=row.title,
        lead=row.lead,
        body=row.body,
        language=row.language,
        published_at=row.first_seen_at,
        first_seen_at=row.first_seen_at,
    )


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_MOST = MOST_CHARACTERS + 1
_WORDS = sa.select(
    items.c.id,
    items.c.title,
    sa.func.substr(items.c.lead, 1, _MOST).label("lead"),
    sa.func.substr(items.c.body, 1, _MOST).label("body"),
    items.c.language,
    items.c.first_seen_at,
).where(items.c.id.in_(_IDS))
_IN_STORIES = (
    sa.select(story_items.c.item_id, story_items.c.story_id, items.c.feed_id, items.c.first_seen_at)
    .join_from(story_items, items, items.c.id == story_items.c.item_id)
    .where(story_items.c.item_id.in_(_IDS))
)
_JOINED = [each.value for each in Joined if is_member(each)]
_MEMBERS = _WORDS.add_columns(items.c.feed_id, story_items.c.story_id).join_from(
    items,
    story_items,
    sa.and_(
        story_items.c.item_id == items.c.id,
        story_items.c.joined.in_(_JOINED),
    ),
)
_CHANGED = (
    sa.select(story_items.c.item_id, story_items.c.turn)
    .where(story_items.c.turn > sa.bindparam("turn"), story_items.c.joined.in_(_JOINED))
    .order_by(story_items.c.turn.desc())
    .limit(sa.bindparam("most"))
)
