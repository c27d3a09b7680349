"""Steering: the pace at which all feeds together come to the budget of requests."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.model import FeedId
from monitor.schedule.rhythms import Rhythm, arrived_within, decode
from monitor.schedule.steering import Steered, theta_for, worth_of
from monitor.store import steering as rows
from monitor.store.engine import Store
from monitor.store.steering import SteadyFeed
from monitor.watch import Watch
from monitor.work.scheduling import bounds_of

MOST = 400
"""Of more feeds than this a sample is asked: it must not cost more than a few polls."""

WEIGHED_EVERY = timedelta(hours=24)
WEIGHED_OVER = timedelta(days=30)

_GENTLE = 0.2
_ABRUPT = math.log(1.5)
_SAME = 0.005


def steer(store: Store, watch: Watch, now: datetime) -> float:
    """The theta in force from now on, kept for whoever polls next."""
    with store.reading() as conn:
        before = rows.theta_of(conn)
        turn = int(now.timestamp() // 60)
        sample = tuple(rows.steady_feeds(conn, most=MOST, turn=turn))

    found = theta_for(_steered(sample, watch), watch.settings.poll.mean, now)
    theta = found if before is None else _eased(before, found, sampled=len(sample) >= MOST / 2)

    if before is None or abs(theta - before) > _SAME * before:
        store.write(lambda conn: rows.put_theta(conn, theta)).result()
    return theta


def weigh_feeds(store: Store, now: datetime) -> None:
    """Once a day, reckon what every feed is worth by its past hits; write what has changed."""
    came: dict[FeedId, float] = {}
    before: dict[FeedId, float] = {}
    with store.reading() as conn:
        weighed_at = rows.weighed_at(conn)
        if weighed_at is not None and timedelta() <= now - weighed_at < WEIGHED_EVERY:
            return
        hits = rows.hits_by_feed(conn, now - WEIGHED_OVER)
        for feed in rows.steady_feeds(conn, most=None, turn=0):
            came[feed.id] = _came(decode(feed.rhythm), now)
            before[feed.id] = feed.worth
    all_hits, all_items = sum(hits.get(each, 0) for each in came), sum(came.values())
    usual = all_hits / all_items if all_items else 0.0
    worths = (
        (each, worth_of(hits=hits.get(each, 0), items=items, usual=usual))
        for each, items in came.items()
    )
    changed = [(each, worth) for each, worth in worths if worth != before[each]]

    def commit(conn: Connection) -> None:
        rows.put_worths(conn, changed, now)

    store.write(commit).result()


def _steered(sample: tuple[SteadyFeed, ...], watch: Watch) -> list[Steered]:
    """Those of the sample that share in the budget: one with an interval of its own does not."""
    bounds = bounds_of(watch.settings.poll)
    return [
        Steered(rhythm=decode(each.rhythm), weight=feed.weight * each.worth, bounds=bounds)
        for each in sample
        if (feed := watch.feeds.get(each.url)) is not None and feed.every is None
    ]


def _eased(before: float, found: float, *, sampled: bool) -> float:
    """A sample errs a little each time: go a part of the way, unless it is far."""
    apart = math.log(found / before)
    if not sampled or abs(apart) > _ABRUPT:
        return found
    return before * math.exp(_GENTLE * apart)


def _came(rhythm: Rhythm | None, now: datetime) -> float:
    return arrived_within(rhythm, WEIGHED_OVER, now) if rhythm is not None else 0.0
