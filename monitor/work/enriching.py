"""Enriching: fetch the article behind a short summary, and match the item again with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.errors import Temporary
from monitor.model import Decision, Feed, Item
from monitor.store import feeds as feed_rows
from monitor.store import full_texts as text_rows
from monitor.store.engine import Store
from monitor.store.feeds import HostRelease
from monitor.store.full_texts import DueText, Short
from monitor.store.story_memory import StoryMemory
from monitor.stories.deciding import Candidate, decide_enriched, matched
from monitor.stories.enriching import says_more, with_text
from monitor.stories.identity import Identity
from monitor.text.language import language_of
from monitor.watch import Watch
from monitor.work.articles import Doors, Later, Never, article
from monitor.work.hearing import heard
from monitor.work.holding import without_held
from monitor.work.lateness import Fired, fired_in
from monitor.work.recording import facts_on, holds_on
from monitor.work.taking_turns import pace_of, rest_asked_for, why_it_rests

LOGGER = logging.getLogger("wirewatch")

LEASE = timedelta(minutes=5)
"""How long a claimed host is ours; longer than two files and a page can take."""

TEXTS_AT_ONCE = 8
"""Articles fetched at the same time by one process, each from another host."""

_KNOWN = Identity(primary=b"")
"""It is known already: by which keys does not matter."""

WAITS = (timedelta(minutes=5), timedelta(minutes=30))
"""How long after each failure that may pass the article is tried again; then it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """What became of one article. `answer` is read, later or given up."""

    item_id: int
    url: str
    answer: str
    reason: str = ""
    fired: tuple[Fired, ...] = ()
    told: bool = False

    @property
    def matches(self) -> int:
        """How many matches it has added."""
        return len(self.fired)


async def claim(doors: Doors, *, limit: int, token: str) -> tuple[DueText, ...]:
    """Take hold of up to `limit` hosts that have an article for us, one article of each."""
    now = doors.now()
    return await asyncio.wrap_future(
        doors.store.write(
            lambda conn: text_rows.claim_texts(conn, now=now, limit=limit, lease=LEASE, token=token)
        )
    )


async def enrich_all_due(
    doors: Doors,
    watch: Watch,
    *,
    token: Callable[[], str],
    on_enriched: Callable[[Enriched], None] = lambda _: None,
) -> None:
    """Fetch every article that was due at the start; those put off are left for another time."""
    started = doors.now()
    while True:
        claims = await claim(doors, limit=TEXTS_AT_ONCE, token=token())
        for each in await asyncio.gather(*(enrich(due, watch, doors) for due in claims)):
            on_enriched(each)
        if not claims:
            next_at = await asyncio.to_thread(_next_text_at, doors.store, doors.now(), started)
            if next_at is None:
                return
            await doors.pause(max((next_at - doors.now()).total_seconds(), 0.01))


def _next_text_at(store: Store, now: datetime, due_by: datetime) -> datetime | None:
    with store.reading() as conn:
        return text_rows.next_text_at(conn, now, due_by=due_by)


async def enrich(due: DueText, watch: Watch, doors: Doors) -> Enriched:
    """Fetch one article and give the host back. 1. gather: page and text; 2. decide; 3. commit."""
    rests_until: datetime | None = None
    try:
        short = await asyncio.to_thread(_short, doors.store, due)
        if short is None:
            found: Later | Never | Decision = Never(reason="the item is gone")
        else:
            found = await _found_or_given_up(short, due, watch, doors)
        rests_until = _rests_until(found, short, due, watch, doors)
        return await _recorded(found, due, short, doors)
    finally:
        now = doors.now()
        pace = pace_of(due.claimed.host, watch.settings.poll)
        zone = ZoneInfo(watch.settings.timezone)
        await doors.recorder.record(
            HostRelease(
                claim=due.claimed,
                next_slot_at=max(now + pace.spacing, rests_until or now),
                waits_because=why_it_rests(rests_until, now, zone) if rests_until else "",
            )
        )


def _rests_until(
    found: Decision | Later | Never, short: Short | None, due: DueText, watch: Watch, doors: Doors
) -> datetime | None:
    """Until when the whole host wants to be left alone; None if it does not."""
    feed = watch.feeds.get(short.item.feed) if short else None
    if not isinstance(found, Later) or found.failed is None or feed is None:
        return None
    poll = watch.settings.poll
    return rest_asked_for(found.failed, due.claimed.host, feed, poll, doors.now())


def _short(store: Store, due: DueText) -> Short | None:
    with store.reading() as conn:
        return text_rows.short_item(conn, due.item_id)


async def _found_or_given_up(
    short: Short, due: DueText, watch: Watch, doors: Doors
) -> Decision | Later | Never:
    """Whatever a page makes go wrong costs its own item the article, and nobody else."""
    try:
        return await _found(short, due, watch, doors)
    except Temporary:
        raise
    except Exception as error:
        LOGGER.exception("poison", extra={"facts": {"article": short.item.url}})
        said = f"{type(error).__name__}: {error}"
        return Never(reason=f"reading it met a mistake of ours ({said})")


async def _found(
    short: Short, due: DueText, watch: Watch, doors: Doors
) -> Decision | Later | Never:
    feed = watch.feeds.get(short.item.feed)
    if feed is None:
        return Never(reason="its feed is watched no more")
    pace = pace_of(due.claimed.host, watch.settings.poll)
    text = await article(short.item, feed, pace.spacing, doors)
    if not isinstance(text, str):
        return text
    if not says_more(short.item, text):
        return Never(reason="the page says hardly more than the summary")
    return await _decided(short, text, feed, due, watch, doors)


async def _decided(
    short: Short, text: str, feed: Feed, due: DueText, watch: Watch, doors: Doors
) -> Decision | Later | Never:
    """Match and commit, once more if the feed rewords the item meanwhile."""
    candidate = await asyncio.to_thread(_matched, short, text, feed, watch)
    commit = partial(
        _commit,
        due=due,
        short=short,
        candidate=candidate,
        memory=doors.store.memory,
        length=len(text),
        watch=watch,
        now=doors.now(),
    )
    committed = await asyncio.wrap_future(doors.store.write(commit))
    if committed is not None:
        return committed
    again = await asyncio.to_thread(_short, doors.store, due)
    if again is None:
        return Never(reason="the item is gone")
    return await _decided(again, text, feed, due, watch, doors)


def _matched(short: Short, text: str, feed: Feed, watch: Watch) -> Candidate:
    """The item with its article, in its language, and what it matches now."""
    item = _in_language(with_text(short.item, text), feed, watch)
    plain = Candidate(item=item, identity=_KNOWN, content_hash=short.known.content_hash)
    return matched(plain, item, watch.match(item, feed))


def _in_language(item: Item, feed: Feed, watch: Watch) -> Item:
    """The item in the language of its article, which says more than that of a headline."""
    sample = f"{item.title}\n{item.body[:1_000]}"
    language = language_of(feed.language, declared="", text=sample)
    told = watch.in_language(replace(item, language=language, lead=""))
    return replace(item, language=told.language or item.language)


def _commit(
    conn: Connection,
    *,
    due: DueText,
    short: Short,
    candidate: Candidate,
    memory: StoryMemory,
    length: int,
    watch: Watch,
    now: datetime,
) -> Decision | Later | None:
    """Write what the article makes of the item; None where that is not as it was read any more."""
    if due.claimed.name not in feed_rows.held(conn, [due.claimed]):
        return Later(reason="it took too long")
    if text_rows.short_item(conn, due.item_id) != short:
        return None
    holds = holds_on(conn, [candidate], watch, now)
    decision = decide_enriched(
        candidate,
        short.known,
        facts_on(
            conn,
            [candidate],
            memory,
            feed_id=short.feed_id,
            known={},
            muted=holds.stories,
            now=now,
        ),
        route=lambda found: heard(watch, found),
        modes=watch.story_modes,
    )
    decision = without_held(decision, watch, holds)
    memory.learn(conn, [candidate], [decision], text_rows.record_text(conn, decision, length, now))
    return decision


async def _recorded(
    found: Decision | Later | Never, due: DueText, short: Short | None, doors: Doors
) -> Enriched:
    url = short.item.url if short else ""
    match found:
        case Decision():
            return Enriched(
                item_id=due.item_id,
                url=url,
                answer="read",
                fired=fired_in([found], doors.now()),
                told=bool(found.digests),
            )
        case Later() if due.attempts < len(WAITS):
            until = doors.now() + max(WAITS[due.attempts], found.wait)
            await asyncio.wrap_future(
                doors.store.write(
                    lambda conn: text_rows.put_off(conn, due.item_id, until, found.reason)
                )
            )
            return Enriched(item_id=due.item_id, url=url, answer="later", reason=found.reason)
        case Later() | Never():
            await asyncio.wrap_future(
                doors.store.write(lambda conn: text_rows.give_up(conn, due.item_id, found.reason))
            )
            return Enriched(item_id=due.item_id, url=url, answer="given up", reason=found.reason)
