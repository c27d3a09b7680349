"""Which stories, or items, a reader asks for: newest first, a page at a time, by indexes alone."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId, ItemId, RuleId, Severity, StoryId
from monitor.store.judgements import Verdict
from monitor.store.schema import feeds, items, judgements, matches, stories, story_items
from monitor.store.statements import chunks

# Beyond, stories are walked through and those with no such item passed over.
_NAMED_AT_ONCE = 3_000
_WALKED_AT_ONCE = 5_000
# What is this severe is rare, and found from its matches; what is less is found from stories.
_RARE = Severity.HIGH

Candidates = Iterator[tuple[int, list[int]]]
"""What is numbered so, newest first, with the items by which it may be found."""


class Shown(enum.StrEnum):
    """Which stories are shown, by what people have said of them."""

    BUT_NOISE = "but-noise"
    UNJUDGED = "unjudged"
    KEPT = "kept"
    NOISE = "noise"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What is asked for: found by this rule, at least so severe, of this feed, judged so."""

    rule: RuleId | None = None
    feed: FeedId | None = None
    severity: Severity = Severity.INFO
    shown: Shown = Shown.BUT_NOISE


def sifted_stories(
    conn: Connection, sieve: Sieve, *, before: int | None, limit: int
) -> tuple[StoryId, ...]:
    """The stories that pass, the one opened last first, of those before that number."""
    query = _stories(sieve).order_by(stories.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(stories.c.id < before)
    return tuple(map(StoryId, conn.execute(query).scalars()))


def sifted_among(conn: Connection, sieve: Sieve, wanted: Iterable[int]) -> set[int]:
    """Those of these stories that pass."""
    return {
        each
        for part in chunks(wanted)
        for each in conn.execute(_stories(sieve).where(stories.c.id.in_(part))).scalars()
    }


def sifted_items(
    conn: Connection, sieve: Sieve, *, before: int | None, limit: int
) -> tuple[ItemId, ...]:
    """The stored items that pass, those stored last first; nobody judges an item."""
    query = _items(sieve).order_by(items.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(items.c.id < before)
    return tuple(map(ItemId, conn.execute(query).scalars()))


def items_among(conn: Connection, sieve: Sieve, wanted: Iterable[int]) -> set[int]:
    """Those of these items that pass."""
    return {
        each
        for part in chunks(wanted)
        for each in conn.execute(_items(sieve).where(items.c.id.in_(part))).scalars()
    }


def stories_with(conn: Connection, among: Collection[int] | None, before: int | None) -> Candidates:
    """The stories that have any of these items (None: any item), newest first, with these items."""
    if among is not None and len(among) <= _NAMED_AT_ONCE:
        pairs = sorted(_stories_of(conn, among), reverse=True)
        rows: Iterable[tuple[int, int]] = (p for p in pairs if before is None or p[0] < before)
    else:
        rows = (p for p in _walked(conn, before) if among is None or p[1] in among)
    for story, found in groupby(rows, key=lambda pair: pair[0]):
        yield story, [item for _, item in found]


def items_with(conn: Connection, among: Collection[int] | None, before: int | None) -> Candidates:
    """These items (None: all), newest first."""
    if among is not None:
        named = (each for each in among if before is None or each < before)
        yield from ((each, [each]) for each in sorted(named, reverse=True))
        return
    while page := sifted_items(conn, Sieve(), before=before, limit=_WALKED_AT_ONCE):
        yield from ((int(each), [int(each)]) for each in page)
        before = page[-1]


def feed_name(conn: Connection, feed: FeedId) -> str:
    """What people call a feed; "" for one that is not there."""
    named = sa.func.coalesce(sa.func.nullif(feeds.c.name, ""), feeds.c.title)
    return str(conn.execute(sa.select(named).where(feeds.c.id == feed)).scalar() or "")


def _stories_of(conn: Connection, among: Iterable[int]) -> Iterator[tuple[int, int]]:
    for part in chunks(among):
        rows = conn.execute(
            sa.select(story_items.c.story_id, story_items.c.item_id).where(
                story_items.c.item_id.in_(part)
            )
        )
        yield from map(tuple, rows)


def _walked(conn: Connection, before: int | None) -> Iterator[tuple[int, int]]:
    """Every story with its items, newest first."""
    at = (before or 2**62, 0)
    pair = (story_items.c.story_id, story_items.c.item_id)
    query = sa.select(*pair).order_by(*map(sa.desc, pair)).limit(_WALKED_AT_ONCE)
    while rows := conn.execute(query.where(sa.tuple_(*pair) < sa.tuple_(*at))).all():
        yield from map(tuple, rows)
        at = (rows[-1].story_id, rows[-1].item_id)


def _stories(sieve: Sieve) -> sa.Select[Any]:
    query = sa.select(stories.c.id).where(stories.c.merged_into.is_(None), *_judged(sieve.shown))
    if sieve.rule is not None:
        query = query.where(stories.c.id.in_(_with_match(matches.c.rule == sieve.rule)))
    if sieve.feed is not None:
        of_feed = sa.select(story_items.c.story_id).join_from(
            items, story_items, story_items.c.item_id == items.c.id
        )
        query = query.where(stories.c.id.in_(of_feed.where(items.c.feed_id == sieve.feed)))
    if sieve.severity >= _RARE:
        severe = _with_match(matches.c.severity >= sa.literal_column(str(int(sieve.severity))))
        query = query.where(stories.c.id.in_(severe))
    elif sieve.severity > Severity.INFO:
        severe = _with_match(matches.c.severity >= int(sieve.severity))
        query = query.where(severe.where(story_items.c.story_id == stories.c.id).exists())
    return query


def _with_match(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    joined = story_items.c.item_id == matches.c.item_id
    return sa.select(story_items.c.story_id).join_from(matches, story_items, joined).where(which)


def _judged(shown: Shown) -> Iterator[sa.ColumnElement[bool]]:
    said = sa.select(judgements.c.story_id)
    match shown:
        case Shown.KEPT | Shown.NOISE:
            verdict = Verdict.KEEP if shown is Shown.KEPT else Verdict.NOISE
            yield stories.c.id.in_(said.where(judgements.c.verdict == verdict.value))
        case Shown.UNJUDGED:
            yield ~said.where(judgements.c.story_id == stories.c.id).exists()
        case Shown.BUT_NOISE:
            noise = said.where(judgements.c.verdict == Verdict.NOISE.value)
            yield ~noise.where(judgements.c.story_id == stories.c.id).exists()
        case Shown.ANY:
            pass


def _items(sieve: Sieve) -> sa.Select[Any]:
    query = sa.select(items.c.id)
    if sieve.feed is not None:
        query = query.where(items.c.feed_id == sieve.feed)
    if sieve.rule is not None or sieve.severity > Severity.INFO:
        matched = sa.select(matches.c.item_id)
        if sieve.rule is not None:
            matched = matched.where(matches.c.rule == sieve.rule)
        if sieve.severity > Severity.INFO:
            matched = matched.where(matches.c.severity >= int(sieve.severity))
        query = query.where(items.c.id.in_(matched))
    return query
