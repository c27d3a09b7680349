"""Pushing: what hubs ask us, and what they tell us; values in, values out, without the door."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from monitor.model import Decision, Failed, Fetched, ParsedFeed
from monitor.schedule.leases import DENIED_FOR, renewal_at
from monitor.sources.websub import LEASE_ASKED, Mode, Question, is_signed, question
from monitor.store import subscriptions as rows
from monitor.store.engine import Store
from monitor.store.feeds import DueFeed, write_states
from monitor.store.story_memory import StoryMemory
from monitor.store.subscriptions import Subscription, SubscriptionState
from monitor.stories.identity import in_order
from monitor.watch import Watch
from monitor.work.lateness import Fired, fired_in
from monitor.work.polling import Doors, body_hash
from monitor.work.reading import understood_or_failed
from monitor.work.recording import Understood, brings_news, known_anew, record_document
from monitor.work.scheduling import shown_by, with_rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What one push came to. `answer` is read, repeated, unread or ignored."""

    feed: str
    answer: str
    new: int = 0
    fired: tuple[Fired, ...] = ()
    told: int = 0
    reason: str = ""

    @property
    def matches(self) -> int:
        """How many matches it has added."""
        return len(self.fired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the hub is told, and what became of its push, if it was one."""

    status: int
    body: str = ""
    pushed: Pushed | None = None


NOT_FOUND = Reply(status=404)
GONE = Reply(status=410)
ACCEPTED = 202


def subscribed(store: Store, token: str) -> Subscription | None:
    """The subscription that a callback belongs to; None for one that nobody knows."""
    with store.reading() as conn:
        return rows.subscription(conn, token)


# --- what hubs ask ---------------------------------------------------------------------------


async def answer(token: str, query: Mapping[str, str], store: Store, now: datetime) -> Reply:
    """Tell a hub whether we meant what we asked; only then is anything agreed."""
    asked = question(query)
    if asked is None or await asyncio.to_thread(subscribed, store, token) is None:
        return NOT_FOUND
    return await asyncio.wrap_future(
        store.write(partial(_answer, token=token, asked=asked, now=now))
    )


def _answer(conn: Connection, *, token: str, asked: Question, now: datetime) -> Reply:
    found = rows.subscription(conn, token)
    if found is None or asked.topic != found.topic:
        return NOT_FOUND
    open_to_it = found.state in (SubscriptionState.ASKING, SubscriptionState.SUBSCRIBED)
    match asked.mode:
        case Mode.SUBSCRIBE if open_to_it:
            rows.put_subscriptions(conn, [agreed(found, asked, now)])
        case Mode.UNSUBSCRIBE if found.state is SubscriptionState.LEAVING:
            rows.drop_subscription(conn, token)
        case Mode.DENIED if open_to_it:
            rows.put_subscriptions(conn, [denied(found, asked, now)])
        case _:
            return NOT_FOUND
    return Reply(status=200, body=asked.challenge)


def agreed(before: Subscription, asked: Question, now: datetime) -> Subscription:
    """A subscription that its hub has confirmed, for as long as the hub says."""
    lease = asked.lease or LEASE_ASKED
    return replace(
        before,
        state=SubscriptionState.SUBSCRIBED,
        lease_until_at=now + lease,
        due_at=renewal_at(now, lease),
        attempts=0,
        reason="",
    )


def denied(before: Subscription, asked: Question, now: datetime) -> Subscription:
    """A subscription that its hub refuses, or ends; it is left alone for some days."""
    return replace(
        before,
        state=SubscriptionState.DENIED,
        lease_until_at=None,
        first_at=None,
        due_at=now + DENIED_FOR,
        attempts=0,
        reason=f"the hub says no: {asked.reason or 'it does not say why'}",
    )


# --- what hubs tell --------------------------------------------------------------------------


async def take(
    token: str, body: bytes, content_type: str, signature: str, doors: Doors, watch: Watch
) -> Reply:
    """Take a push the way a poll goes. 1. gather: read it; 2. and 3. decide and commit, at once.

    What was not signed as agreed is accepted and ignored (section 7.1): who sent it learns
    nothing. What cannot be read says that there is news all the same, and the feed is polled.
    """
    found, due = await asyncio.to_thread(_gathered, doors.store, token)
    if found is None:
        return NOT_FOUND
    feed = watch.feeds.get(due.url) if due else None
    if due is None or feed is None or found.state is SubscriptionState.LEAVING:
        return GONE
    if not is_signed(found.secret, signature, body):
        return _taken(Pushed(feed=due.url, answer="ignored", reason="not signed as agreed"))
    digest = body_hash(body).hex()
    if digest in found.known_pushes:
        return _taken(Pushed(feed=due.url, answer="repeated"))
    fetched = Fetched(
        body=body,
        content_type=content_type,
        etag="",
        last_modified="",
        final_url=due.state.address or due.url,
        partial=True,
    )
    read = await asyncio.to_thread(
        understood_or_failed,
        fetched,
        due,
        feed,
        watch,
        store=doors.store,
        read=doors.read,
        now=doors.now,
    )
    if isinstance(read, Failed) or not read[1].candidates:
        poll_at_once = partial(rows.poll_at_once, feed_id=due.id, now=doors.now())
        await asyncio.wrap_future(doors.store.write(poll_at_once))
        reason = read.reason if isinstance(read, Failed) else "it has no entries"
        return _taken(Pushed(feed=due.url, answer="unread", reason=reason))
    commit = partial(
        _commit,
        token=token,
        due=due,
        read=read,
        digest=digest,
        watch=watch,
        memory=doors.store.memory,
        now=doors.now(),
    )
    decisions = await asyncio.wrap_future(doors.store.write(commit))
    return _taken(_summary(due.url, decisions, doors.now()))


def _gathered(store: Store, token: str) -> tuple[Subscription | None, DueFeed | None]:
    with store.reading() as conn:
        found = rows.subscription(conn, token)
        return found, rows.subscribed_feed(conn, found.feed_id) if found else None


def _commit(
    conn: Connection,
    *,
    token: str,
    due: DueFeed,
    read: tuple[ParsedFeed, Understood],
    digest: str,
    watch: Watch,
    memory: StoryMemory,
    now: datetime,
) -> tuple[Decision, ...]:
    """Record what a push brings. What it does not have says nothing: it is no whole document."""
    rows.hold_host_of(conn, due.id)
    before = rows.subscribed_feed(conn, due.id) or due
    heading, understood = read[0], known_anew(conn, due.id, read[1])
    decisions = record_document(
        conn, before, understood, watch, memory, archive_before=None, now=now
    )
    fresh = brings_news(decisions)
    rows.note_push(conn, token, digest, now, came_first=fresh)
    shown = shown_by(heading, understood, partial=True)
    state = with_rhythm(before.state, before.state, shown, now)
    state = replace(
        state,
        key_flaws=in_order((*state.key_flaws.split(), *understood.key_flaws.split())),
        last_new_at=now if fresh else state.last_new_at,
    )
    write_states(conn, [(due.id, before.state, state)])
    return decisions


def _taken(pushed: Pushed) -> Reply:
    return Reply(status=ACCEPTED, pushed=pushed)


def _summary(url: str, decisions: tuple[Decision, ...], now: datetime) -> Pushed:
    return Pushed(
        feed=url,
        answer="read",
        new=sum(brings_news([each]) for each in decisions),
        fired=fired_in(decisions, now),
        told=sum(bool(each.digests) for each in decisions),
    )
