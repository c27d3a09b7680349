"""Subscribing: ask the hubs that feeds name to tell us of news, and keep what was agreed alive."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from monitor.model import Failed, FeedId
from monitor.schedule.leases import asked_again_at
from monitor.sources.addresses import host_of
from monitor.sources.websub import Mode, request
from monitor.store import subscriptions as rows
from monitor.store.engine import Store
from monitor.store.subscriptions import NamedHub, Subscription, SubscriptionState
from monitor.watch import Watch

HUBS_AT_ONCE = 8
MOST_GOODBYES = 3
"""A hub that cannot be told that we leave will notice when the lease ends."""

PATH = "/websub/"


class Ask(Protocol):
    """The door to hubs: see `monitor.sources.fetching.Fetcher.post`."""

    async def __call__(
        self, url: str, form: Mapping[str, str], *, now: datetime, allow_private: bool
    ) -> Failed | None:
        """Send a form; None where it was accepted. Failures are values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What subscribing needs of the world; `token` makes names that nobody can guess."""

    store: Store
    ask: Ask
    now: Callable[[], datetime]
    chance: Callable[[], float]
    token: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of one request; `trouble` is "" where the hub has accepted it."""

    feed: str
    hub: str
    mode: Mode
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Subscriptions to be written, and tokens of those to be forgotten."""

    changed: tuple[Subscription, ...] = ()
    dropped: tuple[str, ...] = ()


async def tend(doors: Doors, watch: Watch) -> tuple[Asked, ...]:
    """Begin, renew and end subscriptions as is due. 1. gather; 2. decide; 3. commit; then ask."""
    base = watch.settings.web.public_url
    if base is None:
        return ()
    now = doors.now()
    named, known = await asyncio.to_thread(_gathered, doors.store)

    plan = planned(named, known, base=base, now=now, token=doors.token)

    if plan != Plan():
        await asyncio.wrap_future(doors.store.write(lambda conn: _write(conn, plan)))
        named, known = await asyncio.to_thread(_gathered, doors.store)
    due = [each for each in known if each.due_at <= now]
    due.sort(key=lambda each: each.due_at)
    asked = (_ask(each, named.get(each.feed_id), watch, doors) for each in due[:HUBS_AT_ONCE])
    return tuple(await asyncio.gather(*asked))


def _gathered(store: Store) -> tuple[Mapping[FeedId, NamedHub], tuple[Subscription, ...]]:
    with store.reading() as conn:
        return rows.hubs_named(conn), rows.all_subscriptions(conn)


def _write(conn: Connection, plan: Plan) -> None:
    rows.put_subscriptions(conn, plan.changed)
    for token in plan.dropped:
        rows.drop_subscription(conn, token)


def planned(
    named: Mapping[FeedId, NamedHub],
    known: Iterable[Subscription],
    *,
    base: str,
    now: datetime,
    token: Callable[[], str],
) -> Plan:
    """What to begin and what to end, by the hubs that feeds name now.

    Callbacks at an address that is ours no more cannot be answered at: such a subscription is
    forgotten, and its hub will notice. Otherwise a hub is told that we leave.
    """
    changed: list[Subscription] = []
    dropped: list[str] = []
    kept: set[FeedId] = set()
    for each in known:
        hub = named.get(each.feed_id)
        if not each.callback.startswith(base.rstrip("/") + PATH) or _is_over(each, now):
            dropped.append(each.token)
        elif each.state is SubscriptionState.LEAVING:
            continue
        elif hub is not None and (hub.hub, hub.topic) == (each.hub, each.topic):
            kept.add(each.feed_id)
        elif each.state is SubscriptionState.DENIED or not (each.attempts or each.lease_until_at):
            dropped.append(each.token)
        else:
            changed.append(replace(each, state=SubscriptionState.LEAVING, attempts=0, due_at=now))
    for feed_id, hub in named.items():
        if feed_id not in kept:
            name = token()
            callback = base.rstrip("/") + PATH + name
            changed.append(
                Subscription(
                    token=name,
                    callback=callback,
                    feed_id=feed_id,
                    hub=hub.hub,
                    topic=hub.topic,
                    secret=token(),
                    due_at=now,
                )
            )
    return Plan(changed=tuple(changed), dropped=tuple(dropped))


def _is_over(left: Subscription, now: datetime) -> bool:
    """Whether there is nobody left to say goodbye to."""
    if left.state is not SubscriptionState.LEAVING:
        return False
    ended = left.lease_until_at is not None and left.lease_until_at <= now
    return ended or left.attempts >= MOST_GOODBYES


async def _ask(each: Subscription, hub: NamedHub | None, watch: Watch, doors: Doors) -> Asked:
    """Ask one hub, and note what it said; unless it has asked back in the meantime."""
    leaving = each.state is SubscriptionState.LEAVING
    mode = Mode.UNSUBSCRIBE if leaving else Mode.SUBSCRIBE
    form = request(mode, callback=each.callback, topic=each.topic, secret=each.secret)
    feed = watch.feeds.get(hub.feed) if hub else None
    near = feed is not None and feed.allow_private and host_of(feed.url) == host_of(each.hub)
    failed = await doors.ask(each.hub, form, now=doors.now(), allow_private=near)
    now, jitter = doors.now(), doors.chance() * 2 - 1

    def commit(conn: Connection) -> None:
        found = rows.subscription(conn, each.token)  # with what was pushed meanwhile
        if found is not None and (found.state, found.due_at) == (each.state, each.due_at):
            rows.put_subscriptions(conn, [after_asking(found, failed, now, jitter)])

    await asyncio.wrap_future(doors.store.write(commit))
    said = failed.reason if failed else ""
    return Asked(feed=hub.feed if hub else each.topic, hub=each.hub, mode=mode, trouble=said)


def after_asking(
    before: Subscription, failed: Failed | None, now: datetime, jitter: float
) -> Subscription:
    """What is remembered of a request: its hub has yet to ask whether we meant it.

    What was promised holds until its end. A hub that had said no is asked afresh.
    """
    state = before.state
    if state is SubscriptionState.DENIED or (
        state is SubscriptionState.SUBSCRIBED and not before.is_live(now)
    ):
        state = SubscriptionState.ASKING
    attempts = before.attempts + 1
    return replace(
        before,
        state=state,
        attempts=attempts,
        reason=failed.reason if failed else "",
        due_at=asked_again_at(
            now,
            attempts,
            accepted=failed is None,
            jitter=jitter,
            retry_after=failed.retry_after if failed else None,
        ),
    )
