"""Replaying: recorded items through the whole decision, with their own times as the clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from sqlalchemy import Connection

from monitor.config.settings import Settings
from monitor.model import (
    DigestName,
    DigestSpec,
    Feed,
    FeedId,
    Item,
    Outcome,
    PollResult,
)
from monitor.rendering.wording import Wording
from monitor.rules.matching import Matcher
from monitor.rules.rulebook import Rule, RuleBook
from monitor.store.engine import Store
from monitor.store.feeds import list_feeds, sync_feeds
from monitor.store.items import known_items, record_poll
from monitor.store.stories import entry_exists, story_of_item
from monitor.stories.deciding import Candidate
from monitor.stories.identity import identify
from monitor.text.clean import content_hash
from monitor.watch import Watch
from monitor.work.recording import decide_document

EVERYTHING = DigestSpec(name=DigestName("replay"))
"""The digest that hears of every match: what it hears of first is what would be told."""

_TOGETHER = 200


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
    items = iter(recorded)
    desk = _Desk(book, replace(settings, digests=(EVERYTHING,)))
    with Store.in_memory() as store:
        while batch := list(islice(items, _TOGETHER)):
            yield from store.write(partial(desk.decide, batch)).result()


class _Desk:
    """Feeds and ids seen so far."""

    def __init__(self, book: RuleBook, settings: Settings) -> None:
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
        candidate = Candidate(
            item=item,
            identity=identity,
            content_hash=content_hash(recorded.item),
            matches=watch.match(item, recorded.feed),
        )
        before = known_items(conn, feed_id, identity.keys)
        (decision,) = decide_document(
            conn,
            [candidate],
            watch,
            feed_id=feed_id,
            known=before,
            archive_before=None,
            now=now,
        )
        known = decision.story is not None and entry_exists(conn, EVERYTHING.name, decision.story)
        result = PollResult(feed_id=feed_id, decisions=(decision,), known=before)
        real = record_poll(conn, result, now)
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
            told=bool(decision.digests) and not known,
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
