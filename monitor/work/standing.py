"""How everything stands at one instant: feeds, lag, what waits, channels, and what is unwell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.config.settings import Settings
from monitor.model import Alert, DeliveryState, DigestName
from monitor.store.archive import count_items, count_matches
from monitor.store.deliveries import ChannelSummary, DeliveryRow, list_deliveries, summarise
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.store.full_texts import count_texts
from monitor.store.near_misses import NearMisses, near_misses_since
from monitor.store.stories import waiting_since
from monitor.store.volume import recent_alerts, warming_alerts
from monitor.work.ailments import Note, is_failing, is_silent
from monitor.work.health import current_notes

NEAR = timedelta(days=7)
"""Near misses of so long are told."""

_DEAD_SHOWN = 5
_ALERTS_SHOWN = 5
_STALLED_LEAST = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCounts:
    """How many feeds there are, and how many of them are in which trouble."""

    listed: int
    failing: int
    silent: int
    paused: int
    never_polled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How everything stands.

    `lag` is by how much the feed is overdue that is so most; `stalled`: by so much that nobody
    can be polling. `waiting_since` is since when each digest has something to tell.
    """

    feeds: FeedCounts
    last_poll_at: datetime | None
    lag: timedelta
    stalled: bool
    items_today: int
    matches_today: int
    articles: Mapping[str, int]
    waiting_since: Mapping[DigestName, datetime | None]
    channels: tuple[ChannelSummary, ...]
    dead: tuple[DeliveryRow, ...]
    notes: tuple[Note, ...]
    alerts: tuple[Alert, ...]
    warming: tuple[tuple[str, str, str], ...]
    near_misses: tuple[NearMisses, ...]

    @property
    def in_trouble(self) -> bool:
        """Whether somebody should look at it."""
        channels = any(each.dead or each.away for each in self.channels)
        return bool(self.feeds.failing) or channels or self.stalled


def how_it_stands(conn: Connection, settings: Settings, now: datetime) -> Standing:
    """How everything stands, from the state alone: whether a daemon runs or not."""
    feeds = listed_feeds(conn)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = {spec.name: waiting_since(conn, spec.name) for spec in settings.digests}
    due = [at for feed in feeds if (at := due_and_why(feed, now)[0]) is not None]
    lag = max(now - min(due), timedelta()) if due else timedelta()
    polled = (feed.state.last_polled_at for feed in feeds if feed.state.last_polled_at)
    return Standing(
        feeds=_counted(feeds, now),
        last_poll_at=max(polled, default=None),
        lag=lag,
        stalled=lag > max(3 * settings.poll.max, _STALLED_LEAST),
        items_today=count_items(conn, day),
        matches_today=sum(count_matches(conn, day).values()),
        articles={state.name.lower(): count for state, count in count_texts(conn).items()},
        waiting_since={name: span[0] if span else None for name, span in spans.items()},
        channels=summarise(conn),
        dead=list_deliveries(conn, state=DeliveryState.DEAD, limit=_DEAD_SHOWN),
        notes=current_notes(conn, settings, feeds, now),
        alerts=recent_alerts(conn, _ALERTS_SHOWN),
        warming=warming_alerts(conn),
        near_misses=near_misses_since(conn, now - NEAR),
    )


def due_and_why(row: FeedRow, now: datetime) -> tuple[datetime | None, str]:
    """When a feed may be polled next, and why then; None is never.

    A host that is left alone holds back what is due sooner: it is not overdue.
    """
    if row.paused or row.state.gone:
        return None, "it is paused" if row.paused else "it is gone for good"
    if row.rests_until_at is not None and row.rests_until_at > max(
        row.state.next_due_at or now, now
    ):
        return row.rests_until_at, row.rests_because
    return row.state.next_due_at, row.state.due_because


def _counted(feeds: Iterable[FeedRow], now: datetime) -> FeedCounts:
    listed = tuple(feeds)
    return FeedCounts(
        listed=len(listed),
        failing=sum(is_failing(feed, now) or feed.state.failures > 0 for feed in listed),
        silent=sum(is_silent(feed, now) for feed in listed),
        paused=sum(feed.paused for feed in listed),
        never_polled=sum(feed.state.last_polled_at is None for feed in listed),
    )
