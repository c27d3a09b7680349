"""Polling: feeds a second of a whole round, from the socket to the committed row."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import _news
import aiohttp
import feedparser
from _feed_server import FeedServer
from _measuring import (
    HOUSE,
    asked_for_quick,
    descendants,
    median,
    print_machine,
    print_table,
    processor_seconds,
    times,
)

from monitor.airlock import Airlock
from monitor.config.settings import Settings, StateSettings
from monitor.desk import begin, fetch_settings, new_token, utc_now
from monitor.model import DigestName, DigestSpec, Feed, Secret, Severity
from monitor.sources.fetching import Fetcher
from monitor.store.engine import Store
from monitor.store.feeds import make_due
from monitor.watch import Watch, build_watch
from monitor.work import polling
from monitor.work.recording import Recorder

SUSTAINED = 111
"""Polls a second to hold: 100,000 feeds, each every 15 minutes."""

SHARE = 60
"""Per cent of one core that they may take."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round over all feeds: seconds on the clock, and processor seconds of ours."""

    seconds: float
    daemon: float
    airlock: float


@dataclass(kw_only=True)
class House:
    """The daemon's parts, put together as the daemon does."""

    server: FeedServer
    store: Store
    watch: Watch
    fetcher: Fetcher
    airlock: Airlock

    async def poll_all(self, expected: str) -> Round:
        """Poll every feed once; each must come to what is expected."""
        await asyncio.wrap_future(self.store.write(lambda conn: make_due(conn, utc_now())))
        answers: Counter[str] = Counter()
        doors = polling.Doors(
            store=self.store,
            recorder=Recorder(self.store),
            fetch=self.fetcher.fetch,
            read=self.airlock.understand,
            now=utc_now,
            chance=random.random,
        )
        before = time.perf_counter(), time.process_time(), self._airlock_seconds()
        await polling.poll_all_due(
            doors,
            self.watch,
            token=new_token,
            on_polled=lambda polled: answers.update([f"{polled.answer}, {polled.new} new"]),
        )
        after = time.perf_counter(), time.process_time(), self._airlock_seconds()
        if answers != {expected: len(self.watch.feeds)}:
            raise AssertionError(f"expected only `{expected}`, found {dict(answers)}")
        seconds, daemon, airlock = (b - a for a, b in zip(before, after, strict=True))
        return Round(seconds=seconds, daemon=daemon, airlock=airlock)

    def _airlock_seconds(self) -> float:
        return processor_seconds(descendants(os.getpid(), but=[self.server.pid]))


def desk(folder: Path, urls: Sequence[str]) -> Settings:
    """The starter rules, and one digest that hears of everything urgent."""
    return Settings(
        path=folder / "config.toml",
        rules=HOUSE / "rules",
        templates=HOUSE / "templates",
        state=StateSettings(url=Secret(f"sqlite:///{folder / 'wirewatch.db'}")),
        feeds=tuple(Feed(url=url, allow_private=True) for url in urls),
        digests=(DigestSpec(name=DigestName("urgent"), severity=Severity.HIGH),),
    )


async def bare_gets(session: aiohttp.ClientSession, urls: Sequence[str], etag: str) -> float:
    """Seconds to ask for every feed, 64 at a time, with nothing done about the answers."""
    left = iter(urls)

    async def ask() -> None:
        for url in left:
            async with session.get(url, headers={"If-None-Match": etag}) as response:
                await response.read()

    begun = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(64)))
    return time.perf_counter() - begun


def bare_parses(bodies: Sequence[bytes]) -> float:
    """Seconds to have feedparser read these documents."""
    begun = time.perf_counter()
    for body in bodies:
        feedparser.parse(body)
    return time.perf_counter() - begun


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of round: what every feed must come to, and what it is measured against.

    `prepare` gets the number of the repetition; `baseline` gives feeds a second. `most` is 1
    for what can happen only once.
    """

    name: str
    expected: str
    baseline: Callable[[], Awaitable[float]]
    unit: str
    prepare: Callable[[int], None] = lambda _: None
    most: int = 99


FIRST = "first poll, all 30 items new"
UNCHANGED = "every feed answers 304"
CHANGED = "changed, 2 of 30 items new"
SAME = "200 with the same body"


def kinds_of(house: House, session: aiohttp.ClientSession, repeats: int) -> tuple[Kind, ...]:
    server, urls = house.server, list(house.watch.feeds)
    sample = [_news.rss(feed, _news.edition(feed, 1)) for feed in range(min(len(urls), 100))]

    async def parses() -> float:
        return len(sample) / bare_parses(sample)

    async def unchanged() -> float:
        return len(urls) / await bare_gets(session, urls, '"edition-0"')

    async def whole() -> float:
        return len(urls) / await bare_gets(session, urls, '"none"')

    return (
        Kind(
            name=FIRST,
            expected=f"changed, {_news.ITEMS} new",
            baseline=parses,
            unit="feedparser.parse",
            most=1,
        ),
        Kind(name=UNCHANGED, expected="unchanged, 0 new", baseline=unchanged, unit="aiohttp GET"),
        Kind(
            name=CHANGED,
            expected=f"changed, {_news.BROUGHT} new",
            prepare=lambda each: server.serve(each + 1),
            baseline=parses,
            unit="feedparser.parse",
        ),
        Kind(
            name=SAME,
            expected="unchanged, 0 new",
            prepare=lambda _: server.serve(repeats, validators=False),
            baseline=whole,
            unit="aiohttp GET",
        ),
    )


async def measure(house: House, repeats: int) -> None:
    """Rounds and their baseline in turn, so that both see the machine in the same moods."""
    rows, spent = [], {}
    feeds = len(house.watch.feeds)
    async with aiohttp.ClientSession() as session:
        for kind in kinds_of(house, session, repeats):
            rounds, baselines = [], []
            for each in range(min(repeats, kind.most)):
                kind.prepare(each)
                baselines.append(await kind.baseline())
                rounds.append(await house.poll_all(kind.expected))
            pace, bare = feeds / median(each.seconds for each in rounds), median(baselines)
            daemon = median(each.daemon for each in rounds) / feeds * 1000
            airlock = median(each.airlock for each in rounds) / feeds * 1000
            spent[kind.name] = daemon, airlock
            rows.append(
                (
                    kind.name,
                    f"{pace:,.0f}",
                    f"{daemon:.2f}",
                    f"{airlock:.2f}",
                    f"{bare:,.0f} {kind.unit}",
                    times(pace, bare),
                )
            )
    print_table(("round", "feeds/s", "daemon ms", "airlock ms", "baseline/s", "ratio"), rows)
    mix = zip(spent[UNCHANGED], spent[CHANGED], strict=True)
    daemon, airlock = (sum(each) / 2 * SUSTAINED / 10 for each in mix)
    print(
        f"{SUSTAINED} polls/s, half of them 304 and half changed, would take {daemon:.0f} % of a "
        f"core in the daemon and {airlock:.0f} % in the airlock (goal: under {SHARE} %)"
    )


async def main(*, feeds: int, hosts: int, repeats: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        FeedServer(feeds, hosts) as server,
        Airlock(workers=2) as airlock,
    ):
        settings = desk(Path(folder), server.urls)
        watch = build_watch(settings, read_opml=airlock.read_opml, now=utc_now())
        size = len(_news.rss(0, _news.edition(0, 0))) / 1000
        print(f"{feeds:,} feeds of {_news.ITEMS} items, {size:.0f} kB each, on {hosts} hosts\n")
        with Store.open(settings.state.url.reveal()) as store:
            begin(store, watch, utc_now())
            async with Fetcher(fetch_settings(settings.poll)) as fetcher:
                house = House(
                    server=server, store=store, watch=watch, fetcher=fetcher, airlock=airlock
                )
                await measure(house, repeats)


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    asyncio.run(
        main(feeds=100, hosts=20, repeats=1) if quick else main(feeds=1_000, hosts=100, repeats=3)
    )
