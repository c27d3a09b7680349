"""What the rules of a digest have matched of late, and what is watched when nothing matched."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from monitor.digests.routing import hearers
from monitor.model import DigestSpec, Match, RuleVolume, Watching
from monitor.rules.rulebook import Rule
from monitor.store.daily_hits import hits_by_day
from monitor.store.feeds import feeds_watched
from monitor.store.volume import hours_watched, watched_since
from monitor.volume.usual import days_until, volume_of
from monitor.watch import Watch

MOST_CHARTED = 12
"""Rules in the chart of a digest; the others that fired are counted."""


def chart(
    conn: Connection, watch: Watch, spec: DigestSpec, now: datetime
) -> tuple[tuple[RuleVolume, ...], int]:
    """The busiest rules that this digest carries, and how many fired besides.

    What is out of the ordinary comes first.
    """
    days = days_until(now, ZoneInfo(spec.timezone))
    counts = hits_by_day(conn, [days[0].start_at, *(day.end_at for day in days)])
    fired = [rule.id for rule in carried(watch, spec, now) if rule.id in counts]
    hours = hours_watched(conn, days[0].start_at)
    watched_at = watched_since(conn, fired, now)

    volumes = [
        volume_of(watch.cards[rule], counts[rule], days, hours=hours, watched_at=watched_at[rule])
        for rule in fired
    ]
    volumes.sort(key=lambda each: (not each.unusual, -each.today, -sum(each.days), each.rule.id))
    return tuple(volumes[:MOST_CHARTED]), max(0, len(volumes) - MOST_CHARTED)


def carried(watch: Watch, spec: DigestSpec, now: datetime) -> tuple[Rule, ...]:
    """The active rules whose matches a digest hears of."""
    return tuple(
        rule
        for rule in watch.book.active(now)
        if hearers(
            [Match(rule=rule.id, severity=rule.severity, score=0, evidence=())],
            watch.rule_tags,
            [spec],
        )
    )


def watching(conn: Connection, watch: Watch, spec: DigestSpec, now: datetime) -> Watching:
    """What stands behind a digest that has nothing to tell."""
    feeds, failing, read_at = feeds_watched(conn)
    rules = len(carried(watch, spec, now))
    return Watching(feeds=feeds, failing=failing, rules=rules, read_at=read_at)
