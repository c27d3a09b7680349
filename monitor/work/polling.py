"""Polling: fetch what is due, understand it, record what it turned out to be."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.errors import AirlockFailure, Temporary
from monitor.model import (
    Decision,
    Failed,
    FailureKind,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    KnownItem,
    NoFeed,
    Outcome,
    ParsedFeed,
)
from monitor.rules.matching import NearMiss
from monitor.schedule.rhythms import Shown
from monitor.sources.addresses import host_of, without_login
from monitor.sources.websub import announced
from monitor.store import feeds as feed_rows
from monitor.store import items as item_rows
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed, HostClaim, HostRelease
from monitor.store.reports import texts_of
from monitor.store.statements import chunks
from monitor.store.subscriptions import is_pushed
from monitor.stories.deciding import Candidate, Document
from monitor.stories.enriching import with_text
from monitor.turns import THINKING
from monitor.watch import Watch
from monitor.work.recording import PolledFeed, Recorder, Understood
from monitor.work.remembering import after, is_whole
from monitor.work.scheduling import Steering, news_of, scheduled, shown_by, with_rhythm
from monitor.work.taking_turns import pace_of, rest_asked_for, take_turns, why_it_rests

LOGGER = logging.getLogger("wirewatch")

LEASE = timedelta(minutes=10)
"""How long a claimed host is ours; longer than the slowest round over its feeds."""

_IN_A_ROW = 50
"""Items that a document may have examined before it is another one's turn."""

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


class Read(Protocol):
    """The door to the airlock, which blocks: see `monitor.sources.understanding.understand`."""

    def __call__(
        self, fetched: Fetched, feed: Feed, *, links_shared: bool, now: datetime
    ) -> Document | NoFeed:
        """A document understood; what outlives its limits raises AirlockFailure."""


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
    matches: int = 0
    told: int = 0
    archived: int = 0
    error: str = ""
    error_kind: str = ""
    problems: tuple[str, ...] = ()
    gap: bool = False
    """Nothing that it showed was known: something may have come and gone between two polls."""
    rests_until: datetime | None = None
    """Until when its whole host wants to be left alone."""
    moved: str = ""
    """What has become of its address, in words."""


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
    now = doors.now()
    if feed is None:  # the configuration was reloaded between the claim and now
        later = replace(due.state, next_due_at=now + watch.settings.poll.mean)
        await doors.recorder.record(
            PolledFeed(due=due, claimed=claimed, state=later, understood=None, watch=watch, now=now)
        )
        return Polled(feed=due.url, answer="unchanged")
    overdue = due.state.last_full_at is None or now - due.state.last_full_at >= FULL_FETCH_EVERY
    outcome = await doors.fetch(feed, due.state, now=now, unconditional=overdue)
    heading: ParsedFeed | None = None
    understood: Understood | None = None
    digest = body_hash(outcome.body) if isinstance(outcome, Fetched) else b""
    if isinstance(outcome, Fetched) and digest != due.state.body_hash:
        found = await asyncio.get_running_loop().run_in_executor(
            doors.readers, understood_or_failed, outcome, due, feed, watch, doors
        )
        if isinstance(found, Failed):
            outcome = found
        else:
            heading, understood = found

    now = doors.now()
    jitter = doors.chance() * 2 - 1
    state = after(due.state, outcome, heading, digest, now, url=due.url)
    moved = state.address != due.state.address
    listens = watch.settings.web.public_url is not None
    pushed = listens and await asyncio.to_thread(_is_pushed, doors.store, due, now)
    shown: Shown | None = None
    if heading is not None and understood is not None:
        partial = not is_whole(outcome, heading)
        shown = shown_by(heading, understood, partial=partial)
        state = with_rhythm(state, due.state, shown, now)
    state = scheduled(
        state,
        outcome,
        feed,
        watch.settings.poll,
        now,
        jitter,
        steering=Steering(theta=doors.theta, worth=due.worth, pushed=pushed),
        news=news_of(shown, due.state.last_ok_at, now),
    )
    decisions = await doors.recorder.record(
        PolledFeed(
            due=due,
            claimed=claimed,
            state=state,
            understood=understood,
            watch=watch,
            now=now,
            moves_to=host_of(state.address or due.url) if moved else "",
            announced=announced(outcome, heading, due.state.address or due.url)
            if listens
            else None,
        )
    )
    if decisions is None:
        return Polled(feed=due.url, answer="unchanged")
    return replace(
        _summary(due.url, outcome, heading, decisions),
        gap=state.gap_at == now,
        rests_until=rest_asked_for(outcome, claimed.host, feed, watch.settings.poll, now),
        moved=_moved(state) if moved else "",
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


def understood_or_failed(
    fetched: Fetched, due: DueFeed, feed: Feed, watch: Watch, doors: Doors
) -> tuple[ParsedFeed, Understood] | Failed:
    """Whatever a document makes go wrong costs its own feed an error, and nobody else."""
    try:
        return _understood(fetched, due, feed, watch, doors)
    except Temporary:
        raise
    except Exception as error:
        LOGGER.exception("poison", extra={"facts": {"feed": feed.url}})
        said = f"{type(error).__name__}: {error}"
        return Failed(kind=FailureKind.POISON, reason=f"reading it met a mistake of ours ({said})")


def _understood(
    fetched: Fetched, due: DueFeed, feed: Feed, watch: Watch, doors: Doors
) -> tuple[ParsedFeed, Understood] | Failed:
    """Bytes to candidates; rules are tried only on what is new or reworded."""
    try:
        document = doors.read(fetched, feed, links_shared=due.state.links_shared, now=doors.now())
    except AirlockFailure as failure:
        return Failed(kind=FailureKind.POISON, reason=str(failure))
    if isinstance(document, NoFeed):
        return Failed(kind=FailureKind.NOT_A_FEED, reason=_no_feed(document))
    with THINKING, doors.store.reading() as conn:
        known = item_rows.known_items(
            conn, due.id, [key for each in document.candidates for key in each.identity.keys]
        )
        texts = texts_of(conn, _reworded(document.candidates, known))
    told = []
    for some in chunks(document.candidates, _IN_A_ROW):
        with THINKING:
            told += [_examined(each, known, texts, feed, watch) for each in some]
    return document.heading, Understood(
        candidates=tuple(candidate for candidate, _ in told),
        known=known,
        near_misses=tuple(missed for _, missed in told),
        links_shared=document.links_shared,
    )


def _reworded(candidates: Iterable[Candidate], known: Mapping[bytes, KnownItem]) -> set[int]:
    """The known items of which the feed now says something else."""
    return {
        before.id
        for each in candidates
        for key in each.identity.keys
        if (before := known.get(key)) and before.content_hash not in (b"", each.content_hash)
    }


def _examined(
    candidate: Candidate,
    known: Mapping[bytes, KnownItem],
    texts: Mapping[int, str],
    feed: Feed,
    watch: Watch,
) -> tuple[Candidate, tuple[NearMiss, ...]]:
    """A candidate with the rules that fire on it, and what it only just fails.

    An article that was fetched is read along with what its feed says now.
    """
    before = next((known[key] for key in candidate.identity.keys if key in known), None)
    if before is not None and before.content_hash in (b"", candidate.content_hash):
        return candidate, ()
    item = with_text(candidate.item, texts.get(before.id, "") if before else "")
    item = watch.in_language(item)
    found = watch.examine(item, feed)
    return replace(candidate, item=item, matches=found.matches), found.near_misses


def _no_feed(found: NoFeed) -> str:
    if found.feeds:
        return f"this is no feed but {found.looks_like}; it links to {', '.join(found.feeds[:3])}"
    return f"this is no feed but {found.looks_like}"


def _summary(
    url: str, outcome: FetchOutcome, heading: ParsedFeed | None, decisions: Sequence[Decision]
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
        matches=sum(len(d.matches) for d in decisions),
        told=sum(bool(d.digests) for d in decisions),
        archived=sum(d.archived for d in decisions),
        problems=tuple(p.message for p in heading.problems) if heading else (),
    )
