"""Standing load: what `wirewatch run` costs while it holds very many feeds, day in, day out.

A state is prepared in which the feeds fall due evenly over their mean interval; half of those
that fall due while measuring answer 304, half have 2 new items of 33.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from _feed_server import FeedServer
from _measuring import (
    HOUSE,
    asked_for_quick,
    descendants,
    print_machine,
    print_table,
    processor_seconds,
    proportional_memory,
)
from bench_memory import Log, daemon

from monitor.airlock import Airlock
from monitor.desk import begin, fetch_settings, new_token, utc_now
from monitor.model import Feed
from monitor.sources.fetching import Fetcher
from monitor.sources.opml import write_opml
from monitor.store import feeds as feed_rows
from monitor.store.engine import Store
from monitor.watch import load_watch
from monitor.work import polling
from monitor.work.recording import Recorder


@dataclass(frozen=True, kw_only=True)
class Load:
    """So many feeds at a mean interval, watched for so long, after so long for starting."""

    feeds: int
    mean: timedelta
    window: timedelta
    warming: timedelta
    goals: str

    @property
    def polled(self) -> int:
        """Feeds that fall due in the window."""
        return int(self.feeds * (self.window / self.mean))


def furnish(folder: Path, urls: list[str], load: Load) -> None:
    """The starter rules over feeds listed in OPML; digests go into a folder."""
    listed = write_opml((Feed(url=url) for url in urls), "Standing load", utc_now())
    (folder / "feeds.opml").write_text(listed)
    (folder / "config.toml").write_text(
        f"[paths]\nrules = '{HOUSE / 'rules'}'\ntemplates = '{HOUSE / 'templates'}'\n"
        f"[poll]\nmean = '{load.mean // timedelta(minutes=1)}m'\nallow_private_networks = true\n"
        '[[digest]]\nname = "urgent"\nseverity = "high"\n[[opml]]\npath = "feeds.opml"\n'
    )


async def prepare(folder: Path, load: Load) -> datetime:
    """Poll once every second feed that will be measured, then spread all; when it begins."""
    with Airlock(workers=2) as airlock:
        watch = load_watch(
            folder / "config.toml",
            {},
            read_opml=airlock.read_opml,
            now=utc_now(),
            lint_channel=lambda _: (),
        )
        with Store.open(watch.settings.state.url.reveal()) as store:
            begin(store, watch, utc_now())
            rows = _rows(store)
            measured = rows[: load.polled]
            later = utc_now() + timedelta(days=1)
            _write(
                store,
                [(row, {"next_due_at": later}) for row in [*rows[load.polled :], *measured[::2]]],
            )
            async with Fetcher(fetch_settings(watch.settings.poll)) as fetcher:
                doors = polling.Doors(
                    store=store,
                    recorder=Recorder(store),
                    fetch=fetcher.fetch,
                    read=airlock.understand,
                    now=utc_now,
                    chance=random.random,
                )
                await polling.poll_all_due(doors, watch, token=new_token)
            return _spread(store, load)


def _spread(store: Store, load: Load) -> datetime:
    begins = utc_now() + load.warming
    rows, changes = _rows(store), []
    for at, row in enumerate(rows):
        measured = at < load.polled
        share = at / load.polled if measured else random.random()
        span = load.window if measured else load.mean - load.window
        due = begins + share * span + (timedelta() if measured else load.window)
        polled = {"next_due_at": due, "last_polled_at": begins - timedelta(hours=1)}
        polled |= {"last_full_at": begins, "first_polled_at": begins}
        if not measured or at % 2 == 0:
            polled |= {"etag": '"edition-1"', "body_hash": b"as it was"}
        changes.append((row, polled))
    _write(store, changes)
    return begins


def _rows(store: Store) -> list[feed_rows.FeedRow]:
    with store.reading() as conn:
        return sorted(feed_rows.listed_feeds(conn), key=lambda row: row.id)


def _write(store: Store, changes: list[tuple[feed_rows.FeedRow, dict[str, object]]]) -> None:
    states = [(row.id, row.state, replace(row.state, **changed)) for row, changed in changes]
    store.write(lambda conn: feed_rows.write_states(conn, states)).result()


def measure(load: Load, hosts: int) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as name, FeedServer(load.feeds, hosts, lean=True) as server:
        folder = Path(name)
        furnish(folder, server.urls, load)
        begins = asyncio.run(prepare(folder, load))
        server.serve(1)
        due = _due_times(folder, load)
        with daemon(folder) as process:
            log = Log(folder / "log")
            log.wait_for("started")
            _wait_until(begins)
            before = _spent(process.pid)
            _wait_until(begins + load.window)
            spent = [now - was for now, was in zip(_spent(process.pid), before, strict=True)]
            memory = [proportional_memory(pid) for pid in [process.pid, *descendants(process.pid)]]
            time.sleep(2)
            log.close()
        lags = sorted(_lags(folder, due))
        seconds = load.window.total_seconds()
        return (
            f"{load.feeds:,} feeds every {load.mean // timedelta(minutes=1)} min",
            f"{len(lags) / seconds:.0f}",
            f"{spent[0] / seconds:.1%}",
            f"{spent[1] / seconds:.1%}",
            f"{memory[0]:.0f}",
            f"{sum(memory[1:]):.0f}",
            f"{lags[len(lags) // 2]:.2f}",
            f"{lags[len(lags) * 99 // 100]:.2f}",
            load.goals,
        )


def _spent(pid: int) -> tuple[float, float]:
    """Processor seconds of the daemon so far, and of the airlock, which starts when needed."""
    return processor_seconds([pid]), processor_seconds(descendants(pid))


def _due_times(folder: Path, load: Load) -> dict[int, datetime]:
    with Store.open(f"sqlite:///{folder / 'state' / 'wirewatch.db'}", owner=False) as store:
        return {row.id: row.state.next_due_at for row in _rows(store)[: load.polled]}


def _lags(folder: Path, due: dict[int, datetime]) -> list[float]:
    """Seconds from due to polled of every feed that was; one that was not is a mistake."""
    with Store.open(f"sqlite:///{folder / 'state' / 'wirewatch.db'}", owner=False) as store:
        polled = {row.id: row.state for row in _rows(store)}
    lags = [(polled[each].last_polled_at - at).total_seconds() for each, at in due.items()]
    if min(lags) < 0 or any(polled[each].failures for each in due):
        raise AssertionError("a feed that was due has not been polled, or failed")
    return lags


def _wait_until(then: datetime) -> None:
    left = (then - utc_now()).total_seconds()
    if left < 0:
        raise AssertionError(f"starting took {-left:.0f} s longer than was left for it")
    time.sleep(left)


LOADS = (
    Load(
        feeds=10_000,
        mean=timedelta(minutes=10),
        window=timedelta(seconds=90),
        warming=timedelta(seconds=20),
        goals="4 %, 250 MB",
    ),
    Load(
        feeds=100_000,
        mean=timedelta(minutes=15),
        window=timedelta(seconds=60),
        warming=timedelta(seconds=90),
        goals="60 %, 200 MB, p99 2 s",
    ),
)
QUICK = (
    Load(
        feeds=200,
        mean=timedelta(minutes=1),
        window=timedelta(seconds=10),
        warming=timedelta(seconds=8),
        goals="",
    ),
)

if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    print_table(
        (
            "feeds",
            "polls/s",
            "daemon, of a core",
            "airlock",
            "daemon MB",
            "airlock MB",
            "lag s, median",
            "p99",
            "goals",
        ),
        [measure(load, hosts=200) for load in (QUICK if quick else LOADS)],
    )
    print("MB are proportional set sizes: what processes share is counted once.")
