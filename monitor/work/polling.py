"""Polling: fetch what is due, understand it, record what it turned out to be."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.config.settings import PollSettings
from monitor.model import (
    Decision,
    Failed,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    Outcome,
    ParsedFeed,
)
from monitor.schedule.rhythms import Shown
from monitor.sources.addresses import host_of, without_login
from monitor.sources.websub import announced
from monitor.store import feeds as feed_rows
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed, HostClaim, HostRelease
from monitor.store.subscriptions import is_pushed
from monitor.watch import Watch
from monitor.work.lateness import Fired, fired_in
from monitor.work.reading import Read, understood_or_failed
from monitor.work.recording import PolledFeed, Recorder, Understood
from monitor.work.remembering import after, is_whole
from monitor.work.scheduling import Steering, news_of, scheduled, shown_by, with_rhythm
from monitor.work.taking_turns import pace_of, rest_asked_for, take_turns, why_it_rests

LEASE = timedelta(minutes=10)
"""How long a claimed host is ours; longer than the slowest round over its feeds."""

FEEDS_PER_CLAIM = 20
HOSTS_AT_ONCE = 256
"""Hosts polled at the same time by one process: most of that time is waiting for slow ones."""

FULL_FETCH_EVERY = timedelta(hours=24)
"""A server that answers 304 for ever is asked for the whole document once a day."""


class Fetch(Protocol):
    """The door to the web: see `monitor.sources.fetching.Fetcher.fetch`."""

    async def __call__(
        self, feed: Feed, state: FeedState, *, now: datetime, unconditional: bool = False
    ) -> FetchOutcome:
        """Fetch one feed; failures are values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What polling needs of the world. `recorder` writes to `store`.

    `readers` are the threads that wait for the airlock, None for those of the event loop.
    """

    store: Store
    recorder: Recorder
    readers: Executor | None = None
    fetch: Fetch
    read: Read
    now: Callable[[], datetime]
    chance: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    theta: float | None = None
    """What keeps all feeds within the budget (see `schedule.pacing`); None before it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll came to. `answer` is changed, unchanged or failed."""

    feed: str
    answer: str
    new: int = 0
    duplicates: int = 0
    revised: int = 0
    fired: tuple[Fired, ...] = ()
    told: int = 0
    archived: int = 0
    took: timedelta | None = None
    error: str = ""
    error_kind: str = ""
    problems: tuple[str, ...] = ()
    gap: bool = False
    """Nothing that it showed was known: something may have come and gone between two polls."""
    rests_until: datetime | None = None
    """Until when its whole host wants to be left alone."""
    moved: str = ""
    """What has become of its address, in words."""

    @property
    def matches(self) -> int:
        """How many matches it has added."""
        return len(self.fired)


async def claim(doors: Doors, *, limit: int, token: str) -> tuple[HostClaim, ...]:
    """Take hold of up to `limit` hosts that have something due."""
    now = doors.now()
    return await asyncio.wrap_future(
        doors.store.write(
            lambda conn: feed_rows.claim_due(
                conn, now=now, limit=limit, per_host=FEEDS_PER_CLAIM, lease=LEASE, token=token
            )
        )
    )


async def poll_all_due(
    doors: Doors,
    watch: Watch,
    *,
    token: Callable[[], str],
    on_polled: Callable[[Polled], None] = lambda _: None,
    hosts_at_once: int = HOSTS_AT_ONCE,
) -> None:
    """Poll until nothing is due any more that was due at the start.

    `token` makes a new claim token at every call. Hosts that another process holds are its own.
    """
    started = doors.now()
    running: set[asyncio.Task[tuple[Polled, ...]]] = set()
    try:
        while True:
            room = room_for(hosts_at_once, beside=len(running))
            claims = await claim(doors, limit=room, token=token()) if room else ()
            running |= {asyncio.ensure_future(poll_host(each, watch, doors)) for each in claims}
            if running:
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for polled in (each for task in done for each in task.result()):
                    on_polled(polled)
                continue
            next_at = await asyncio.to_thread(_next_slot_at, doors.store, started)
            if next_at is None:
                return
            await doors.pause(max((next_at - doors.now()).total_seconds(), 0.01))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def room_for(hosts_at_once: int, *, beside: int) -> int:
    """How many hosts to claim beside those being polled; 0 until it is worth a question."""
    room = hosts_at_once - beside
    return room if not beside or room >= hosts_at_once // 4 else 0


def _next_slot_at(store: Store, now: datetime) -> datetime | None:
    with store.reading() as conn:
        return feed_rows.next_slot_at(conn, now)


async def poll_host(claimed: HostClaim, watch: Watch, doors: Doors) -> tuple[Polled, ...]:
    """Poll the due feeds of one host, politely, then give the host back."""
    pace = pace_of(claimed.host, watch.settings.poll)
    polled: list[Polled] = []
    enough_at = doors.now() + LEASE / 2

    async def ask(due: DueFeed) -> bool:
        polled.append(await poll(due, claimed, watch, doors))
        return polled[-1].rests_until is None and doors.now() < enough_at

    try:
        await take_turns(claimed.feeds, ask, pace, doors.pause)
    finally:
        now = doors.now()
        rests_until = max((each.rests_until for each in polled if each.rests_until), default=None)
        why = ""
        if rests_until:
            why = why_it_rests(rests_until, now, ZoneInfo(watch.settings.timezone))
        await doors.recorder.record(
            HostRelease(
                claim=claimed,
                next_slot_at=max(now + pace.spacing, rests_until or now),
                waits_because=why,
            )
        )
    return tuple(polled)


async def poll(due: DueFeed, claimed: HostClaim, watch: Watch, doors: Doors) -> Polled:
    """Poll one feed. 1. gather: fetch and read; 2. decide; 3. commit, in one transaction.

    A claim that was lost meanwhile (its lease ran out) commits nothing: somebody else has polled.
    """
    feed = watch.feeds.get(due.url)
    now = began_at = doors.now()
    if feed is None:  # the configuration was reloaded between the claim and now
        later = replace(due.state, next_due_at=now + watch.settings.poll.mean)
        await doors.recorder.record(
            PolledFeed(due=due, claimed=claimed, state=later, understood=None, watch=watch, now=now)
        )
        return Polled(feed=due.url, answer="unchanged")
    overdue = due.state.last_full_at is None or now - due.state.last_full_at >= FULL_FETCH_EVERY
    outcome = await doors.fetch(feed, due.state, now=now, unconditional=overdue)
    found = await _taken_in(outcome, due, feed, watch, doors)
    now, listens = doors.now(), watch.settings.web.public_url is not None
    steering = Steering(
        theta=doors.theta,
        worth=due.worth,
        pushed=listens and await asyncio.to_thread(_is_pushed, doors.store, due, now),
    )

    jitter = doors.chance() * 2 - 1
    state = _decided(due, found, feed, watch.settings.poll, steering, now, jitter)
    moved = state.address != due.state.address

    decisions = await doors.recorder.record(
        PolledFeed(
            due=due,
            claimed=claimed,
            state=state,
            understood=found.understood,
            watch=watch,
            now=now,
            moves_to=host_of(state.address or due.url) if moved else "",
            announced=announced(found.outcome, found.heading, due.state.address or due.url)
            if listens
            else None,
        )
    )
    if decisions is None:
        return Polled(feed=due.url, answer="unchanged")
    return replace(
        _summary(due.url, found.outcome, found.heading, decisions, now),
        took=max(doors.now() - began_at, timedelta()),
        gap=state.gap_at == now,
        rests_until=rest_asked_for(found.outcome, claimed.host, feed, watch.settings.poll, now),
        moved=_moved(state) if moved else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """An answer, and what its document holds where that was new and could be read."""

    outcome: FetchOutcome
    digest: bytes = b""
    heading: ParsedFeed | None = None
    understood: Understood | None = None


async def _taken_in(
    outcome: FetchOutcome, due: DueFeed, feed: Feed, watch: Watch, doors: Doors
) -> _Gathered:
    """Read a document that is not the one of the last time."""
    if not isinstance(outcome, Fetched):
        return _Gathered(outcome=outcome)
    digest = body_hash(outcome.body)
    if digest == due.state.body_hash:
        return _Gathered(outcome=outcome, digest=digest)
    read = await asyncio.get_running_loop().run_in_executor(
        doors.readers,
        partial(
            understood_or_failed,
            outcome,
            due,
            feed,
            watch,
            store=doors.store,
            read=doors.read,
            now=doors.now,
        ),
    )
    if isinstance(read, Failed):
        return _Gathered(outcome=read)
    heading, understood = read
    return _Gathered(outcome=outcome, digest=digest, heading=heading, understood=understood)


def _decided(
    due: DueFeed,
    found: _Gathered,
    feed: Feed,
    poll_settings: PollSettings,
    steering: Steering,
    now: datetime,
    jitter: float,
) -> FeedState:
    """The feed's state after this poll: what is remembered and learnt, and when it is due again."""
    outcome = found.outcome
    state = after(due.state, outcome, found.heading, found.digest, now, url=due.url)
    shown: Shown | None = None
    if found.heading is not None and found.understood is not None:
        partly = not is_whole(outcome, found.heading)
        shown = shown_by(found.heading, found.understood, partial=partly)
        state = with_rhythm(state, due.state, shown, now)
    return scheduled(
        state,
        outcome,
        feed,
        poll_settings,
        now,
        jitter,
        steering=steering,
        news=news_of(shown, due.state.last_ok_at, now),
    )


def _is_pushed(store: Store, due: DueFeed, now: datetime) -> bool:
    with store.reading() as conn:
        return is_pushed(conn, due.id, now)


def body_hash(body: bytes) -> bytes:
    """What an unchanged document is known by when the server has no validators."""
    return hashlib.blake2b(body, digest_size=16).digest()


def _moved(state: FeedState) -> str:
    if state.address:
        return f"it has moved for good and is polled at {without_login(state.address)} from now on"
    return "it is polled where it is configured again"


def _summary(
    url: str,
    outcome: FetchOutcome,
    heading: ParsedFeed | None,
    decisions: Sequence[Decision],
    now: datetime,
) -> Polled:
    if isinstance(outcome, Failed):
        return Polled(
            feed=url, answer="failed", error=outcome.reason, error_kind=outcome.kind.value
        )
    count: Mapping[Outcome, int] = {
        kind: sum(d.outcome is kind for d in decisions) for kind in Outcome
    }
    return Polled(
        feed=url,
        answer="changed" if heading else "unchanged",
        new=count[Outcome.NEW],
        duplicates=count[Outcome.DUPLICATE],
        revised=count[Outcome.REVISED],
        fired=fired_in(decisions, now),
        told=sum(bool(d.digests) for d in decisions),
        archived=sum(d.archived for d in decisions),
        problems=tuple(p.message for p in heading.problems) if heading else (),
    )
