"""Polling: feeds a second of a whole round, from the socket to the committed row."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import _news
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
from _peer import NoPeer, Peer

from monitor.airlock import Airlock
from monitor.config.settings import Settings, StateSettings
from monitor.desk import begin, fetch_settings, new_token, steady, utc_now
from monitor.model import DigestName, DigestSpec, Feed, Secret, Severity
from monitor.sources.fetching import Fetcher
from monitor.store.engine import Store
from monitor.store.feeds import make_due
from monitor.watch import Watch, build_watch
from monitor.work import polling, searching
from monitor.work.recording import Recorder

RULES = 100

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
    others: Sequence[int]
    """Processes that are children of ours and no part of the house."""

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
        return processor_seconds(descendants(os.getpid(), but=self.others))


def desk(folder: Path, urls: Sequence[str]) -> Settings:
    """The starter rules and invented ones, a hundred in all; one digest of what is urgent."""
    rules = folder / "rules"
    shutil.copytree(HOUSE / "rules", rules)
    (rules / "invented.yaml").write_text(_news.rules_about(RULES - 3))
    return Settings(
        path=folder / "config.toml",
        rules=rules,
        templates=HOUSE / "templates",
        state=StateSettings(url=Secret(f"sqlite:///{folder / 'wirewatch.db'}")),
        feeds=tuple(Feed(url=url, allow_private=True) for url in urls),
        digests=(DigestSpec(name=DigestName("urgent"), severity=Severity.HIGH),),
    )


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of round: what every feed must come to, and how many feeds a second are the goal."""

    name: str
    expected: str
    goal: int = 0
    validators: bool = True
    step: int = 0
    """Editions from one round to the next; 17 of them leave no item as it was."""
    most: int = 99


ALL_NEW = 17
KINDS = (
    Kind(name="first poll, all 33 items new", expected="changed, 33 new", step=ALL_NEW, most=1),
    Kind(name="changed, all 33 items new", expected="changed, 33 new", step=ALL_NEW, goal=400),
    Kind(name="changed, 2 of 33 items new", expected="changed, 2 new", step=1),
    Kind(name="every feed answers 304", expected="unchanged, 0 new", goal=2_500),
    Kind(name="200 with the same body", expected="unchanged, 0 new", goal=1_500, validators=False),
)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a kind of round came to, medians: ours, and the peer's if there is one."""

    kind: Kind
    round: Round
    peer: tuple[float, float] | None

    def row(self, feeds: int) -> tuple[str, ...]:
        pace = feeds / self.round.seconds
        both = self.round.daemon + self.round.airlock
        row = (
            self.kind.name,
            f"{pace:,.0f}",
            f"{self.kind.goal:,}" if self.kind.goal else "",
            f"{self.round.daemon / feeds * 1000:.2f}",
            f"{self.round.airlock / feeds * 1000:.2f}",
        )
        if self.peer is None:
            return (*row, "-", "-", "-", "-")
        seconds, processor = self.peer
        return (
            *row,
            f"{feeds / seconds:,.0f}",
            f"{processor / feeds * 1000:.2f}",
            times(pace, feeds / seconds),
            times(processor, both),
        )


async def measure(house: House, peer: Peer | None, repeats: int) -> list[Figures]:
    """Ours and the peer's rounds in turn, so that both see the machine in the same moods."""
    edition, found = 0, []
    house.server.serve(edition)
    for kind in KINDS:
        ours, theirs = [], []
        for _ in range(min(repeats, kind.most)):
            edition += kind.step
            house.server.serve(edition, validators=kind.validators)
            ours.append(await house.poll_all(kind.expected))
            if peer is not None:
                theirs.append(await asyncio.to_thread(peer.round))
        found.append(
            Figures(
                kind=kind,
                round=Round(
                    seconds=median(each.seconds for each in ours),
                    daemon=median(each.daemon for each in ours),
                    airlock=median(each.airlock for each in ours),
                ),
                peer=tuple(median(figures) for figures in zip(*theirs, strict=True))
                if theirs
                else None,
            )
        )
    return found


def show(found: Sequence[Figures], feeds: int) -> None:
    head = ("round", "feeds/s", "goal", "daemon ms", "airlock ms")
    print_table(
        (*head, "reader/s", "reader ms", "pace", "processor"), [each.row(feeds) for each in found]
    )
    mixed = [each.round for each in found if each.kind.name in MIXED]
    daemon, airlock = (
        sum(getattr(each, name) for each in mixed) / feeds / len(mixed) * SUSTAINED * 100
        for name in ("daemon", "airlock")
    )
    print(
        f"{SUSTAINED} polls/s, half of them 304 and half changed, would take {daemon:.0f} % of a "
        f"core in the daemon and {airlock:.0f} % in the airlock (goal: under {SHARE} % together)"
    )


MIXED = ("changed, 2 of 33 items new", "every feed answers 304")


async def main(*, feeds: int, hosts: int, repeats: int) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        FeedServer(feeds, hosts) as server,
        Airlock(workers=2) as airlock,
        ExitStack() as guests,
    ):
        folder = Path(name)
        settings = desk(folder, server.urls)
        watch = build_watch(settings, read_opml=airlock.read_opml, now=utc_now())
        size = len(_news.rss(0, _news.edition(0, 0))) / 1000
        print(
            f"{feeds:,} feeds of {_news.ITEMS} items, {size:.0f} kB each, gzipped, on {hosts} "
            f"hosts; {len(watch.book.rules)} rules"
        )
        peer: Peer | None = None
        try:
            peer = guests.enter_context(Peer(folder, server.urls))
            print(f"lemon24/reader {peer.version}, 10 workers\n")
        except NoPeer as reason:
            print(f"lemon24/reader skipped: {reason}\n")
        with Store.open(settings.state.url.reveal()) as store:
            begin(store, watch, utc_now())
            steady()
            async with Fetcher(fetch_settings(settings.poll)) as fetcher:
                house = House(
                    server=server,
                    store=store,
                    watch=watch,
                    fetcher=fetcher,
                    airlock=airlock,
                    others=[server.pid, *([peer.pid] if peer else [])],
                )
                show(await measure(house, peer, repeats), feeds)
            begun = time.perf_counter()
            filled = searching.fill_index(store)
            pace = filled / (time.perf_counter() - begun)
            print(
                f"the search index then took in {filled:,} items at {pace:,.0f} a second: a "
                f"round of new ones in {feeds * _news.ITEMS / pace:.0f} s"
            )


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    asyncio.run(
        main(feeds=100, hosts=20, repeats=1) if quick else main(feeds=2_000, hosts=200, repeats=3)
    )
