"""Gauging: how everything stands at one instant, as figures for a graph."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection

from monitor.rules.rulebook import Rule
from monitor.store.deliveries import ChannelSummary, summarise
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.watch import Watch
from monitor.work.ailments import is_failing, is_silent

K = TypeVar("K", bound=enum.StrEnum)


class FeedCondition(enum.StrEnum):
    """What a feed is, above all: each is one of these."""

    HEALTHY = "healthy"
    FAILING = "failing"
    SILENT = "silent"
    NEVER_POLLED = "never_polled"
    PAUSED = "paused"
    GONE = "gone"


class RuleCondition(enum.StrEnum):
    """What a rule is: matched, or why not."""

    ACTIVE = "active"
    OFF = "off"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """The figures.

    `refused` is how many mistakes keep a change of the files from being in force, `broken` how
    many files are not in use.
    """

    feeds: Mapping[FeedCondition, int]
    rules: Mapping[RuleCondition, int]
    channels: tuple[ChannelSummary, ...]
    oldest_pending: timedelta
    last_poll_at: datetime | None
    refused: int
    broken: int

    @property
    def pending(self) -> int:
        """Deliveries that wait, on all channels."""
        return sum(each.pending for each in self.channels)


def gauge(conn: Connection, watch: Watch, now: datetime) -> Gauges:
    """Read the figures."""
    listed = listed_feeds(conn)
    summaries = {each.channel: each for each in summarise(conn)}
    waiting = [each.oldest_pending_at for each in summaries.values() if each.oldest_pending_at]
    polled = (each.state.last_polled_at for each in listed if each.state.last_polled_at)
    return Gauges(
        feeds=_all_of(FeedCondition, Counter(feed_condition(each, now) for each in listed)),
        rules=_all_of(RuleCondition, Counter(rule_condition(r, now) for r in watch.book.rules)),
        channels=tuple(
            summaries.get(name, ChannelSummary(channel=name))
            for name in sorted({*summaries, *watch.channels})
        ),
        oldest_pending=max(now - min(waiting), timedelta()) if waiting else timedelta(),
        last_poll_at=max(polled, default=None),
        refused=len(watch.refused),
        broken=len({each.place.path for each in watch.errors}),
    )


def feed_condition(feed: FeedRow, now: datetime) -> FeedCondition:
    """The first that is so."""
    if feed.paused:
        return FeedCondition.PAUSED
    if feed.state.gone:
        return FeedCondition.GONE
    if feed.state.last_polled_at is None:
        return FeedCondition.NEVER_POLLED
    if feed.state.failures or is_failing(feed, now):
        return FeedCondition.FAILING
    return FeedCondition.SILENT if is_silent(feed, now) else FeedCondition.HEALTHY


def rule_condition(rule: Rule, now: datetime) -> RuleCondition:
    """Whether it is matched by now, or why not."""
    if not rule.enabled:
        return RuleCondition.OFF
    if rule.is_active(now):
        return RuleCondition.ACTIVE
    begun = rule.since is None or rule.since <= now.date()
    return RuleCondition.EXPIRED if begun else RuleCondition.NOT_YET


def _all_of(kinds: type[K], counted: Counter[K]) -> Mapping[K, int]:
    return {kind: counted[kind] for kind in kinds}
