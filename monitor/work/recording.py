"""Recording: what polls came to, decided against the store and committed, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.digests.holding import Holds
from monitor.errors import Temporary
from monitor.model import (
    Decision,
    FeedId,
    FeedState,
    ItemId,
    KnownItem,
    Outcome,
    PollResult,
    RuleId,
    StoryId,
)
from monitor.rules.matching import NearMiss
from monitor.sources.websub import Announced
from monitor.store import anchors as anchor_rows
from monitor.store import feeds as feed_rows
from monitor.store import items as item_rows
from monitor.store.anchors import take_turns
from monitor.store.engine import Store
from monitor.store.feed_days import note_failures
from monitor.store.feeds import DueFeed, HostClaim, HostRelease
from monitor.store.full_texts import want_texts
from monitor.store.near_misses import record_near_misses
from monitor.store.story_memory import StoryMemory
from monitor.store.subscriptions import distrust, is_subscribed, note_hub
from monitor.stories.copies import WINDOW
from monitor.stories.deciding import SAME_LINK_FOR, Candidate, Facts, decide
from monitor.watch import Watch
from monitor.work.hearing import heard
from monitor.work.holding import holds_now, without_held
from monitor.work.recognising import known_under
from monitor.work.wanting import texts_wanted

TOGETHER = 25
"""Polls per commit at most: larger groups would keep others waiting for the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A document that has changed, ready to be decided on. `near_misses` are per candidate.

    `renamed` are more keys for items that are known: see `work.recognising`.
    """

    candidates: tuple[Candidate, ...]
    known: Mapping[bytes, KnownItem]
    near_misses: tuple[tuple[NearMiss, ...], ...] = ()
    key_flaws: str = ""
    renamed: Mapping[bytes, ItemId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledFeed:
    """What one poll came to: the feed's state as it will be, and what its document holds.

    `moves_to` is the host that it is polled at from now on, "" where that stays the same.
    """

    due: DueFeed
    claimed: HostClaim
    state: FeedState
    understood: Understood | None
    watch: Watch
    now: datetime
    moves_to: str = ""
    announced: Announced | None = None


Unit = PolledFeed | HostRelease
Recorded = tuple[Decision, ...] | None
"""The decisions on a document; None for a poll whose claim was lost: nothing was committed."""


class Recorder:
    """Commits units in the order they come; those that come during a commit share the next.

    A unit that cannot be committed costs only itself: its group is taken apart and tried again
    one by one. Belongs to one event loop.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Unit, asyncio.Future[Recorded]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def record(self, unit: Unit) -> Recorded:
        """What became of `unit`, once it is durable. Raises what the store raises."""
        future: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append((unit, future))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        return await future

    async def _commit_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            if not await self._tried(group, alone=len(group) == 1):
                for each in group:
                    await self._tried([each], alone=True)

    async def _tried(
        self, group: Sequence[tuple[Unit, asyncio.Future[Recorded]]], *, alone: bool
    ) -> bool:
        units = [unit for unit, _ in group]
        recorded: Sequence[Recorded | Exception]
        try:
            recorded = await asyncio.wrap_future(
                self._store.write(lambda conn: commit(conn, units, self._store.memory))
            )
        except Exception as error:  # noqa: BLE001 - handed to whoever waits, never swallowed
            if not alone and not isinstance(error, Temporary):
                return False
            recorded = [error] * len(group)
        for (_, future), outcome in zip(group, recorded, strict=True):
            if future.done():  # whoever waited for it is gone
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)
        return True


def commit(conn: Connection, units: Sequence[Unit], memory: StoryMemory) -> list[Recorded]:
    """Look at what other feeds brought, decide, and write: nobody can come in between."""
    polled = [unit for unit in units if isinstance(unit, PolledFeed)]
    ours = feed_rows.held(conn, (each.claimed for each in polled))
    states: list[tuple[FeedId, FeedState, FeedState]] = []
    failed: list[tuple[FeedId, datetime]] = []
    recorded: list[Recorded] = []
    for unit in units:
        if isinstance(unit, HostRelease):
            recorded.append(())
        elif unit.claimed.name not in ours:
            recorded.append(None)
        else:
            decisions, state = _decided(conn, unit, memory)
            states.append((unit.due.id, unit.due.state, state))
            if state.failures > unit.due.state.failures:
                failed.append((unit.due.id, unit.now))
            if unit.announced is not None:
                note_hub(conn, unit.due.id, unit.announced.hub, unit.announced.topic)
            if unit.moves_to:
                feed_rows.move_to_host(conn, unit.due.id, unit.moves_to, unit.now)
            recorded.append(decisions)
    feed_rows.write_states(conn, states)
    note_failures(conn, failed)
    feed_rows.release_hosts(conn, (each for each in units if isinstance(each, HostRelease)))
    return recorded


def _decided(
    conn: Connection, unit: PolledFeed, memory: StoryMemory
) -> tuple[tuple[Decision, ...], FeedState]:
    """Decide on a document and record what it brought; the feed's state with that in it."""
    if unit.understood is None:
        return (), unit.state
    first = unit.due.state.first_polled_at is None
    understood = unit.understood
    pushed = _is_subscribed(conn, unit)
    if pushed:
        understood = known_anew(conn, unit.due.id, understood)
    decisions = record_document(
        conn,
        unit.due,
        understood,
        unit.watch,
        memory,
        archive_before=unit.now - unit.watch.settings.poll.backfill if first else None,
        now=unit.now,
    )
    fresh = brings_news(decisions)
    if pushed and fresh:
        distrust(conn, unit.due.id)
    return decisions, replace(
        unit.state,
        key_flaws=unit.understood.key_flaws,
        last_new_at=unit.now if fresh else unit.state.last_new_at,
    )


def _is_subscribed(conn: Connection, unit: PolledFeed) -> bool:
    """Whether somebody pushes what this feed brings, as nobody does without an address of ours."""
    return unit.watch.settings.web.public_url is not None and is_subscribed(conn, unit.due.id)


def known_anew(conn: Connection, feed_id: FeedId, understood: Understood) -> Understood:
    """A document with what is known of it at this instant: a push may have come meanwhile."""
    known = known_under(conn, feed_id, understood.candidates, understood.renamed)
    return replace(understood, known=known)


def brings_news(decisions: Sequence[Decision]) -> bool:
    """Whether any of these is an item that had not been seen."""
    return any(d.outcome in (Outcome.NEW, Outcome.DUPLICATE) for d in decisions)


def record_document(
    conn: Connection,
    feed: DueFeed,
    understood: Understood,
    watch: Watch,
    memory: StoryMemory,
    *,
    archive_before: datetime | None,
    now: datetime,
) -> tuple[Decision, ...]:
    """Decide on a document, polled or pushed, and write all that it brings but the feed's state."""
    item_rows.rename_items(conn, feed.id, understood.renamed, now)
    decisions, real = record_items(
        conn,
        understood,
        watch,
        memory,
        feed_id=feed.id,
        archive_before=archive_before,
        now=now,
    )
    missed = understood.near_misses
    record_near_misses(conn, _nearly(decisions, missed, real), now)
    want_texts(conn, texts_wanted(decisions, missed, real, watch, watch.feeds.get(feed.url)), now)
    return decisions


def record_items(
    conn: Connection,
    understood: Understood,
    watch: Watch,
    memory: StoryMemory,
    *,
    feed_id: FeedId,
    archive_before: datetime | None,
    now: datetime,
) -> tuple[tuple[Decision, ...], Mapping[int, int]]:
    """Decide on these candidates and write them; with the real id of every placeholder.

    Nobody else polls this feed while its host is ours, so what is known of it cannot have changed
    since it was read, but by a push (see `known_anew`). What other feeds have brought can, and is
    asked for here.
    """
    candidates, known = understood.candidates, understood.known
    holds = holds_on(conn, candidates, watch, now)
    facts = facts_on(
        conn,
        candidates,
        memory,
        feed_id=feed_id,
        known=known,
        muted=holds.stories,
        now=now,
    )
    decisions = decide(
        candidates,
        facts,
        route=lambda found: heard(watch, found),
        modes=watch.story_modes,
        archive_before=archive_before,
    )
    decisions = tuple(without_held(each, watch, holds) for each in decisions)
    real = item_rows.record_poll(
        conn, PollResult(feed_id=feed_id, decisions=decisions, known=known), now
    )
    memory.learn(conn, candidates, decisions, real)
    return decisions, real


def facts_on(
    conn: Connection,
    candidates: Sequence[Candidate],
    memory: StoryMemory,
    *,
    feed_id: FeedId,
    known: Mapping[bytes, KnownItem],
    muted: Collection[StoryId],
    now: datetime,
) -> Facts:
    """What the store knows that these candidates are compared with."""
    fresh = [each.identity.url_key for each in candidates if each.identity.primary not in known]
    facts = Facts(
        feed_id=feed_id,
        by_key=known,
        by_url=item_rows.items_by_url_key(conn, [key for key in fresh if key], now - SAME_LINK_FOR),
    )
    compared = [each for each in candidates if each.traits is not None]
    if not compared:
        return facts
    take_turns(conn)
    sharing = anchor_rows.sharing_of(
        conn, {each.identity.primary: each.anchors for each in compared}, now - WINDOW
    )
    reworded = [known[key] for each in compared for key in each.identity.keys if key in known]
    same_link = [each for found in facts.by_url.values() for each in found]
    ids = {item for found in sharing.values() for item in found}
    ids |= {each.id for each in (*reworded, *same_link) if each.story is not None}
    reports = memory.reports(conn, ids)
    return replace(
        facts,
        alike={
            key: tuple(reports[item] for item in found if item in reports)
            for key, found in sharing.items()
        },
        reports=reports,
        open_stories=memory.open_stories(conn, now),
        muted=muted,
    )


def holds_on(
    conn: Connection, candidates: Sequence[Candidate], watch: Watch, now: datetime
) -> Holds:
    """Every mute and silence that holds now, where any of these may be told of."""
    if not any(each.matches for each in candidates):
        return Holds()
    return holds_now(conn, watch.book.rules, now)


def _nearly(
    decisions: Sequence[Decision],
    near_misses: Sequence[tuple[NearMiss, ...]],
    real: Mapping[int, int],
) -> Iterator[tuple[RuleId, str, int]]:
    """The near misses of items that are new: the same news again would count twice."""
    for decision, missed in zip(decisions, near_misses, strict=True):
        if decision.outcome is Outcome.NEW:
            for each in missed:
                yield each.rule, each.clause, real[decision.id]
