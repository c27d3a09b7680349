"""Replaying: recorded items through the whole decision, with their own times as the clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from monitor.config.settings import Settings
from monitor.model import (
    Cause,
    Decision,
    DigestName,
    DigestSpec,
    Feed,
    FeedId,
    Item,
    Joined,
    Outcome,
)
from monitor.rendering.wording import Wording
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import Rule, RuleBook
from monitor.store.engine import Store
from monitor.store.feeds import list_feeds, sync_feeds
from monitor.store.items import known_items
from monitor.store.stories import story_of_item
from monitor.store.story_memory import StoryMemory
from monitor.stories.deciding import Candidate, matched
from monitor.stories.identity import identify
from monitor.text.clean import content_hash
from monitor.watch import Watch
from monitor.work.recording import Understood, record_items

EVERYTHING = DigestSpec(name=DigestName("replay"))
"""The digest that hears of every match: what it hears of first is what would be told."""

_TOGETHER = 200

_NEIGHBOURS = 3
_NEAR = timedelta(days=2)
"""So many items on either side make a date plain, where most of them are so near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An item from a recording: the id it has there, and the feed that brought it."""

    id: str
    item: Item
    feed: Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What became of one item, in the contract's words. `of` is the id in the recording."""

    item: str
    outcome: Outcome
    of: str | None
    reason: str
    story: int | None
    rules: tuple[str, ...]
    told: bool


def replay(recorded: Iterable[Recorded], book: RuleBook, settings: Settings) -> Iterator[Replayed]:
    """Decide on every item in order, on a fresh state in memory. Yields as it goes."""
    items = steadied(recorded)
    with Store.in_memory() as store:
        desk = _Desk(book, replace(settings, digests=(EVERYTHING,)), store.memory)
        while batch := list(islice(items, _TOGETHER)):
            yield from store.write(partial(desk.decide, batch)).result()


def steadied(recorded: Iterable[Recorded]) -> Iterator[Recorded]:
    """The items with a clock that no single wrong date can move.

    A date from another century on one item among others of one day is its feed's mistake: that
    item came when its neighbours did.
    """
    before: deque[datetime] = deque(maxlen=_NEIGHBOURS)
    after: deque[Recorded] = deque()
    items = iter(recorded)
    while True:
        after.extend(islice(items, _NEIGHBOURS + 1 - len(after)))
        if not after:
            return
        each = after.popleft()
        at = each.item.first_seen_at
        then = time_of([*before, *(one.item.first_seen_at for one in after)])
        if then is not None and abs(at - then) > _NEAR:
            at = then
            published_at = min(each.item.published_at, at)
            item = replace(each.item, first_seen_at=at, published_at=published_at)
            each = replace(each, item=item)
        before.append(at)
        yield each


def time_of(neighbours: Sequence[datetime]) -> datetime | None:
    """When most of these were; None for too few, and for those that agree on no time."""
    if len(neighbours) < _NEIGHBOURS:
        return None
    middle = sorted(neighbours)[len(neighbours) // 2]
    near = sum(abs(each - middle) <= _NEAR for each in neighbours)
    return middle if near * 2 > len(neighbours) else None


class _Desk:
    """Feeds and ids seen so far."""

    def __init__(self, book: RuleBook, settings: Settings, memory: StoryMemory) -> None:
        self._memory = memory
        self._book = book
        self._settings = settings
        self._feeds: dict[str, FeedId] = {}
        self._listed: dict[str, Feed] = {}
        self._names: dict[int, str] = {}
        self._watch: Watch | None = None
        self._active: tuple[Rule, ...] = ()

    def decide(self, batch: list[Recorded], conn: Connection) -> list[Replayed]:
        """Decide on a batch, item by item."""
        return [self._one(conn, each) for each in batch]

    def _one(self, conn: Connection, recorded: Recorded) -> Replayed:
        now = recorded.item.first_seen_at
        watch = self._at(recorded)
        feed_id = self._feed(conn, recorded)
        (identity,) = identify([recorded.item]).identities
        item = watch.in_language(recorded.item)
        plain = Candidate(item=item, identity=identity, content_hash=content_hash(recorded.item))
        (decision,), real = record_items(
            conn,
            Understood(
                candidates=(matched(plain, item, watch.match(item, recorded.feed)),),
                known=known_items(conn, feed_id, identity.keys),
            ),
            watch,
            self._memory,
            feed_id=feed_id,
            archive_before=None,
            now=now,
        )
        item_id = int(real.get(decision.id, decision.id))
        self._names.setdefault(item_id, recorded.id)
        fired = decision.outcome is not Outcome.SEEN
        return Replayed(
            item=recorded.id,
            outcome=decision.outcome,
            of=self._names.get(decision.of) if decision.of is not None else None,
            reason=decision.reason,
            story=story_of_item(conn, item_id),
            rules=tuple(match.rule for match in decision.matches) if fired else (),
            told=any(_is_told(each.cause, decision) for each in decision.digests),
        )

    def _at(self, recorded: Recorded) -> Watch:
        """The rules that are active on the day of the item."""
        day = recorded.item.first_seen_at
        active = self._book.active(day)
        if self._watch is None or active != self._active:
            self._active = active
            self._watch = Watch(
                settings=self._settings,
                feeds={},
                book=self._book,
                matcher=Matcher(active),
                wording=Wording.builtin(),
            )
        return self._watch

    def _feed(self, conn: Connection, recorded: Recorded) -> FeedId:
        url = recorded.feed.url
        if url not in self._feeds:
            self._listed[url] = recorded.feed
            listed = [(feed, feed.url) for feed in self._listed.values()]
            sync_feeds(conn, listed, recorded.item.first_seen_at)
            self._feeds = {row.url: row.id for row in list_feeds(conn)}
        return self._feeds[url]


def _is_told(cause: Cause, decision: Decision) -> bool:
    """Whether an item makes a line of its own, in the one digest, which hears of everything.

    Whoever hears of the story again has been told of it, unless this is its first report.
    """
    return cause is not Cause.STORY or decision.joined is Joined.FIRST
