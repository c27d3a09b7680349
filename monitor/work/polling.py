"""Polling: fetch what is due, understand it, record what it turned out to be."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.errors import AirlockFailure, Temporary
from monitor.model import (
    Decision,
    Failed,
    FailureKind,
    Feed,
    FeedId,
    FeedState,
    Fetched,
    FetchOutcome,
    Item,
    KnownItem,
    NoFeed,
    Outcome,
    ParsedFeed,
    PollResult,
    RuleId,
)
from monitor.rules.matching import Examined, NearMiss
from monitor.sources.addresses import host_of, without_login
from monitor.store import feeds as feed_rows
from monitor.store import items as item_rows
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed, HostClaim
from monitor.store.near_misses import record_near_misses
from monitor.stories.deciding import SAME_LINK_FOR, Candidate, Facts, decide
from monitor.stories.identity import DocumentIdentities, Identity, identify
from monitor.text.clean import content_hash, to_item
from monitor.watch import Watch
from monitor.work.hearing import heard, mutings_by_story, without_muted
from monitor.work.remembering import after, scheduled
from monitor.work.taking_turns import pace_of, rest_asked_for, take_turns, why_it_rests

LOGGER = logging.getLogger("wirewatch")

LEASE = timedelta(minutes=10)
"""How long a claimed host is ours; longer than the slowest round over its feeds."""

FEEDS_PER_CLAIM = 20
HOSTS_AT_ONCE = 64
"""Hosts polled at the same time by one process."""

FULL_FETCH_EVERY = timedelta(hours=24)
"""A server that answers 304 for ever is asked for the whole document once a day."""


class Fetch(Protocol):
    """The door to the web: see `monitor.sources.fetching.Fetcher.fetch`."""

    async def __call__(
        self, feed: Feed, state: FeedState, *, now: datetime, unconditional: bool = False
    ) -> FetchOutcome:
        """Fetch one feed; failures are values."""


Read = Callable[[bytes, str, str], ParsedFeed | NoFeed]
"""Body, content type and address to a document understood: the airlock, which blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What polling needs of the world."""

    store: Store
    fetch: Fetch
    read: Read
    now: Callable[[], datetime]
    chance: Callable[[], float]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


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
    rests_until: datetime | None = None
    """Until when its whole host wants to be left alone."""
    moved: str = ""
    """What has become of its address, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Understood:
    """A document ready to be decided on."""

    document: DocumentIdentities
    candidates: tuple[Candidate, ...]
    known: Mapping[bytes, KnownItem]
    parsed: ParsedFeed
    near_misses: tuple[tuple[NearMiss, ...], ...] = ()
    """Of each candidate."""


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
            room = hosts_at_once - len(running)
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
        next_slot = max(now + pace.spacing, rests_until or now)
        why = ""
        if rests_until:
            why = why_it_rests(rests_until, now, ZoneInfo(watch.settings.timezone))
        await asyncio.wrap_future(
            doors.store.write(lambda conn: feed_rows.release_host(conn, claimed, next_slot, why))
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
        await asyncio.wrap_future(
            doors.store.write(lambda conn: feed_rows.write_state(conn, due.id, later))
        )
        return Polled(feed=due.url, answer="unchanged")
    overdue = due.state.last_full_at is None or now - due.state.last_full_at >= FULL_FETCH_EVERY
    outcome = await doors.fetch(feed, due.state, now=now, unconditional=overdue)
    understood: _Understood | None = None
    digest = body_hash(outcome.body) if isinstance(outcome, Fetched) else b""
    if isinstance(outcome, Fetched) and digest != due.state.body_hash:
        understanding = await asyncio.to_thread(
            _understand_or_fail, outcome, due, feed, watch, doors, now
        )
        if isinstance(understanding, Failed):
            outcome = understanding
        else:
            understood = understanding

    now = doors.now()
    jitter = doors.chance() * 2 - 1
    parsed = understood.parsed if understood else None
    state = after(due.state, outcome, parsed, digest, now, url=due.url)
    moved = state.address != due.state.address
    state = scheduled(state, outcome, feed, watch.settings.poll, now, jitter)

    def commit(conn: Connection) -> tuple[Decision, ...] | None:
        if not feed_rows.holds(conn, claimed):
            return None
        if moved:
            feed_rows.move_to_host(conn, due.id, host_of(state.address or due.url), now)
        return _commit(conn, due, state, understood, watch, now)

    decisions = await asyncio.wrap_future(doors.store.write(commit))
    if decisions is None:
        return Polled(feed=due.url, answer="unchanged")
    return replace(
        _summary(due.url, outcome, understood, decisions),
        rests_until=rest_asked_for(outcome, claimed.host, feed, watch.settings.poll, now),
        moved=_moved(state) if moved else "",
    )


def body_hash(body: bytes) -> bytes:
    """What an unchanged document is known by when the server has no validators."""
    return hashlib.blake2b(body, digest_size=16).digest()


def _moved(state: FeedState) -> str:
    if state.address:
        return f"it has moved for good and is polled at {without_login(state.address)} from now on"
    return "it is polled where it is configured again"


def _understand_or_fail(
    fetched: Fetched, due: DueFeed, feed: Feed, watch: Watch, doors: Doors, now: datetime
) -> _Understood | Failed:
    """Whatever a document makes go wrong costs its own feed an error, and nobody else."""
    try:
        return _understand(fetched, due, feed, watch, doors, now)
    except Temporary:
        raise
    except Exception as error:
        LOGGER.exception("poison", extra={"facts": {"feed": feed.url}})
        said = f"{type(error).__name__}: {error}"
        return Failed(kind=FailureKind.POISON, reason=f"reading it met a mistake of ours ({said})")


def _understand(
    fetched: Fetched, due: DueFeed, feed: Feed, watch: Watch, doors: Doors, now: datetime
) -> _Understood | Failed:
    """Bytes to candidates; rules are tried only on what is new or reworded."""
    try:
        parsed = doors.read(fetched.body, fetched.content_type, fetched.final_url)
    except AirlockFailure as failure:
        return Failed(kind=FailureKind.POISON, reason=str(failure))
    if isinstance(parsed, NoFeed):
        return Failed(kind=FailureKind.NOT_A_FEED, reason=_no_feed(parsed))
    items = [to_item(entry, feed, parsed.title, now) for entry in parsed.entries]
    document = identify(items, links_shared=due.state.links_shared)
    hashes = [content_hash(item) for item in items]
    with doors.store.reading() as conn:
        known = item_rows.known_items(
            conn, due.id, [key for each in document.identities for key in each.keys]
        )

    def examined(
        item: Item, identity: Identity, digest: bytes
    ) -> tuple[Candidate, tuple[NearMiss, ...]]:
        before = next((known[key] for key in identity.keys if key in known), None)
        found = Examined((), ())
        if before is None or before.content_hash not in (b"", digest):
            item = watch.in_language(item)
            found = watch.examine(item, feed)
        candidate = Candidate(
            item=item, identity=identity, content_hash=digest, matches=found.matches
        )
        return candidate, found.near_misses

    told = [
        examined(item, identity, digest)
        for item, identity, digest in zip(items, document.identities, hashes, strict=True)
    ]
    return _Understood(
        document=document,
        known=known,
        parsed=parsed,
        candidates=tuple(candidate for candidate, _ in told),
        near_misses=tuple(missed for _, missed in told),
    )


def _no_feed(found: NoFeed) -> str:
    if found.feeds:
        return f"this is no feed but {found.looks_like}; it links to {', '.join(found.feeds[:3])}"
    return f"this is no feed but {found.looks_like}"


def _commit(
    conn: Connection,
    due: DueFeed,
    state: FeedState,
    understood: _Understood | None,
    watch: Watch,
    now: datetime,
) -> tuple[Decision, ...]:
    """Look at what other feeds brought, decide, and write: nobody can come in between."""
    decisions: tuple[Decision, ...] = ()
    if understood is not None:
        first = due.state.first_polled_at is None
        decisions = decide_document(
            conn,
            understood.candidates,
            watch,
            feed_id=due.id,
            known=understood.known,
            archive_before=now - watch.settings.poll.backfill if first else None,
            now=now,
        )
        fresh = any(d.outcome in (Outcome.NEW, Outcome.DUPLICATE) for d in decisions)
        state = replace(
            state,
            links_shared=understood.document.links_shared,
            last_new_at=now if fresh else state.last_new_at,
        )
    result = PollResult(feed_id=due.id, state=state, decisions=decisions)
    real = item_rows.record_poll(conn, result, now)
    if understood is not None:
        record_near_misses(conn, _nearly(decisions, understood.near_misses, real), now)
    return decisions


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


def decide_document(
    conn: Connection,
    candidates: Sequence[Candidate],
    watch: Watch,
    *,
    feed_id: FeedId,
    known: Mapping[bytes, KnownItem],
    archive_before: datetime | None,
    now: datetime,
) -> tuple[Decision, ...]:
    """Decide on these candidates; `known` are those of this feed that have been seen before.

    Nobody else polls this feed while its host is ours, so `known` cannot have changed since it
    was read; what other feeds have brought can, and is asked for here.
    """
    fresh = [each.identity.url_key for each in candidates if each.identity.primary not in known]
    facts = Facts(
        feed_id=feed_id,
        by_key=known,
        by_url=item_rows.items_by_url_key(conn, [key for key in fresh if key], now - SAME_LINK_FOR),
    )
    decisions = decide(
        candidates,
        facts,
        route=lambda found: heard(watch, found),
        archive_before=archive_before,
    )
    if not any(each.digests and each.story is not None and each.story > 0 for each in decisions):
        return decisions  # nobody can have muted what nobody knew
    mutings = mutings_by_story(conn, watch.book.rules, now)
    return tuple(without_muted(each, watch, mutings) for each in decisions)


def _summary(
    url: str, outcome: FetchOutcome, understood: _Understood | None, decisions: Sequence[Decision]
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
        answer="changed" if understood else "unchanged",
        new=count[Outcome.NEW],
        duplicates=count[Outcome.DUPLICATE],
        revised=count[Outcome.REVISED],
        matches=sum(len(d.matches) for d in decisions),
        told=sum(bool(d.digests) for d in decisions),
        archived=sum(d.archived for d in decisions),
        problems=tuple(p.message for p in understood.parsed.problems) if understood else (),
    )
