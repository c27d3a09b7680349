"""Hubs: which feeds name one, and what has been agreed with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId
from monitor.schedule.leases import is_proven
from monitor.store.feeds import DueFeed, FeedRow, state_of
from monitor.store.schema import feeds, hosts, hubs, shifted, subscriptions
from monitor.store.statements import insert_into

KNOWN_PUSHES = 32
"""So many pushes are remembered of each subscription: one that comes again is no news."""


class SubscriptionState(StrEnum):
    """Where a subscription stands. A hub that is asked again for more stays SUBSCRIBED."""

    ASKING = "asking"
    SUBSCRIBED = "subscribed"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedHub:
    """The hub that a feed (by URL) names, and what the feed is called there."""

    feed: str
    hub: str
    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What was agreed with a hub about one feed, or is to be.

    The hub is asked next at `due_at`, after `attempts` in vain. `first_at` is when last it told
    us anything before a poll did; None again once a poll found what no push had told.
    """

    token: str
    callback: str
    feed_id: FeedId
    hub: str
    topic: str
    secret: str
    due_at: datetime
    state: SubscriptionState = SubscriptionState.ASKING
    attempts: int = 0
    lease_until_at: datetime | None = None
    first_at: datetime | None = None
    known_pushes: tuple[str, ...] = ()
    reason: str = ""

    def __repr__(self) -> str:
        return f"Subscription({self.state}, {self.topic!r} at {self.hub!r})"

    def is_live(self, now: datetime) -> bool:
        """Whether the hub has promised to tell us, up to a time that is still to come."""
        subscribed = self.state is SubscriptionState.SUBSCRIBED
        return subscribed and self.lease_until_at is not None and now < self.lease_until_at

    def is_proven(self, now: datetime) -> bool:
        """Whether it does tell us, and first."""
        return self.is_live(now) and is_proven(self.first_at, self.lease_until_at, now)

    def in_words(self, now: datetime) -> str:
        """Where it stands, for people."""
        if self.is_proven(now):
            return f"its hub {self.hub} tells of news, before any poll does"
        if self.is_live(now):
            return f"its hub {self.hub} has agreed to tell of news, and has yet to prove it"
        return self.reason or f"its hub {self.hub} has been asked"


_NAMES = tuple(each.name for each in fields(Subscription))


def note_hub(conn: Connection, feed_id: FeedId, hub: str, topic: str) -> None:
    """Note the hub that a feed names, "" for none; nothing is written where nothing changed."""
    row = conn.execute(sa.select(hubs).where(hubs.c.feed_id == feed_id)).first()
    if (row.hub, row.topic) == (hub, topic) if row else not hub:
        return
    conn.execute(hubs.delete().where(hubs.c.feed_id == feed_id))
    if hub:
        conn.execute(hubs.insert(), {"feed_id": feed_id, "hub": hub, "topic": topic})


def hubs_named(conn: Connection) -> Mapping[FeedId, NamedHub]:
    """The hub of every feed that is polled and names one."""
    polled = (feeds.c.listed, ~feeds.c.paused, ~feeds.c.gone)
    named = sa.select(hubs, feeds.c.url).join(feeds, feeds.c.id == hubs.c.feed_id).where(*polled)
    return {
        FeedId(row.feed_id): NamedHub(feed=row.url, hub=row.hub, topic=row.topic)
        for row in conn.execute(named)
    }


def all_subscriptions(conn: Connection) -> tuple[Subscription, ...]:
    """Every subscription, those being left included."""
    return tuple(map(_subscription, conn.execute(sa.select(subscriptions))))


def subscription(conn: Connection, token: str) -> Subscription | None:
    """The subscription whose callback has this token."""
    row = conn.execute(sa.select(subscriptions).where(subscriptions.c.token == token)).first()
    return _subscription(row) if row else None


def is_subscribed(conn: Connection, feed_id: FeedId) -> bool:
    """Whether anything was ever agreed about a feed that is not over and done with."""
    found = sa.select(subscriptions.c.token).where(subscriptions.c.feed_id == feed_id).limit(1)
    return conn.execute(found).first() is not None


def is_pushed(conn: Connection, feed_id: FeedId, now: datetime) -> bool:
    """Whether pushes of a feed can be relied on, so that polls only make sure."""
    rows = conn.execute(sa.select(subscriptions).where(subscriptions.c.feed_id == feed_id))
    return any(each.is_proven(now) for each in map(_subscription, rows))


def with_pushes(conn: Connection, rows: Iterable[FeedRow], now: datetime) -> list[FeedRow]:
    """Feeds for lists, with what was agreed with their hubs."""
    found = {
        each.feed_id: each
        for each in all_subscriptions(conn)
        if each.state is not SubscriptionState.LEAVING
    }
    return [
        replace(row, pushed=found[row.id].is_proven(now), pushes=found[row.id].in_words(now))
        if row.id in found
        else row
        for row in rows
    ]


def put_subscriptions(conn: Connection, changed: Iterable[Subscription]) -> None:
    """Write subscriptions, new or as they are now."""
    rows = [
        {name: getattr(each, name) for name in _NAMES}
        | {"state": each.state.value, "known_pushes": list(each.known_pushes)}
        for each in changed
    ]
    if rows:
        adding = insert_into(conn, subscriptions)
        conn.execute(
            adding.on_conflict_do_update(
                index_elements=["token"],
                set_={name: adding.excluded[name] for name in _NAMES if name != "token"},
            ),
            rows,
        )


def drop_subscription(conn: Connection, token: str) -> None:
    """Forget a subscription: its callback is unknown from now on."""
    conn.execute(subscriptions.delete().where(subscriptions.c.token == token))


def note_push(
    conn: Connection, token: str, digest: str, now: datetime, *, came_first: bool
) -> None:
    """Note a push that was read, and whether it brought what no poll had."""
    found = subscription(conn, token)
    if found is None:
        return
    values: dict[str, Any] = {"known_pushes": [*found.known_pushes, digest][-KNOWN_PUSHES:]}
    if came_first:
        values["first_at"] = now
    conn.execute(subscriptions.update().where(subscriptions.c.token == token).values(values))


def distrust(conn: Connection, feed_id: FeedId) -> None:
    """A poll found what no push had told: a feed's pushes have to prove themselves anew."""
    conn.execute(
        subscriptions.update()
        .where(subscriptions.c.feed_id == feed_id, subscriptions.c.first_at.is_not(None))
        .values(first_at=None)
    )


def subscribed_feed(conn: Connection, feed_id: FeedId) -> DueFeed | None:
    """A feed as a push finds it; None for one that is not polled any more."""
    row = conn.execute(
        sa.select(feeds).where(feeds.c.id == feed_id, feeds.c.listed, ~feeds.c.paused)
    ).first()
    return DueFeed(id=feed_id, url=row.url, state=state_of(row)) if row else None


def hold_host_of(conn: Connection, feed_id: FeedId) -> None:
    """Let no poll of this feed be recorded by another process until this transaction ends."""
    host = sa.select(feeds.c.host).where(feeds.c.id == feed_id).scalar_subquery()
    conn.execute(sa.select(hosts.c.host).where(hosts.c.host == host).with_for_update()).all()


def poll_at_once(conn: Connection, feed_id: FeedId, now: datetime) -> None:
    """A push said that there is news, and not what: ask for it."""
    conn.execute(
        feeds.update()
        .where(feeds.c.id == feed_id, feeds.c.next_due_at > now)
        .values(next_due_at=now)
    )


def shift_leases(conn: Connection, by: timedelta) -> None:
    """Move every time by as much as somebody has set the clock."""
    moved = ("due_at", "lease_until_at")
    conn.execute(
        subscriptions.update().values({name: shifted(subscriptions.c[name], by) for name in moved})
    )


def _subscription(row: Any) -> Subscription:  # noqa: ANN401 - a row of `subscriptions`
    return Subscription(
        **{name: getattr(row, name) for name in _NAMES}
        | {
            "state": SubscriptionState(row.state),
            "known_pushes": tuple(row.known_pushes),
            "feed_id": FeedId(row.feed_id),
        }
    )
