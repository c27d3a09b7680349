"""One feed polled while somebody waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.airlock import Airlock
from monitor.cli.opening import asked_of_daemon, open_watch, owned_state, reading_state
from monitor.config.settings import Settings
from monitor.desk import sync, utc_now
from monitor.errors import Temporary
from monitor.model import FeedId
from monitor.once import poll_feed
from monitor.store.archive import count_items
from monitor.store.engine import Store
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.work.requests import Desk, made_due

_PATIENCE = timedelta(seconds=30)
"""Beyond the timeout of a request: the host may be in hand, or there may be much to do."""

_LOOK_EVERY = 0.1


def poll_now(settings: Settings, wanted: str) -> tuple[list[FeedRow], Mapping[FeedId, int]]:
    """The feeds of this name as they stand after a poll, and how many new items each brought.

    Raises Temporary where no poll comes about in time.
    """
    begun = utc_now()
    answer = asked_of_daemon(settings, "poll", wanted)
    if answer is None:
        urls = _polled_here(wanted)
    else:
        told = answer["feeds"]
        urls = {str(url) for url in told} if isinstance(told, list) else set()
    deadline = time.monotonic() + (settings.poll.timeout + _PATIENCE).total_seconds()
    with reading_state(settings) as store:
        while True:
            rows = _rows_of(store, urls)
            if all(_polled_since(row, begun) for row in rows):
                return rows, _new_since(store, rows, begun)
            if time.monotonic() > deadline:
                raise Temporary("the daemon has not polled it in time; it is due, and will be")
            time.sleep(_LOOK_EVERY)


def _polled_here(wanted: str) -> set[str]:
    """Poll without a daemon; the addresses polled."""
    with Airlock() as airlock:
        watch = open_watch(airlock)
        with owned_state(watch.settings) as store:
            sync(store, watch, utc_now())
            named = made_due(wanted, Desk(store=store, watch=watch, now=utc_now()))
            for row in named:
                if not asyncio.run(poll_feed(store, watch, airlock, row)):
                    raise Temporary(f"another process is asking {row.host} just now")
    return {row.url for row in named}


def _rows_of(store: Store, urls: set[str]) -> list[FeedRow]:
    with store.reading() as conn:
        return [row for row in listed_feeds(conn) if row.url in urls]


def _polled_since(row: FeedRow, begun: datetime) -> bool:
    # Instants are stored to the millisecond.
    at = row.state.last_polled_at
    return at is not None and at >= begun - timedelta(milliseconds=1)


def _new_since(store: Store, rows: list[FeedRow], begun: datetime) -> Mapping[FeedId, int]:
    since = begun - timedelta(milliseconds=1)
    with store.reading() as conn:
        return {row.id: count_items(conn, since, feed=row.id) for row in rows}
