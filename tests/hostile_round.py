"""Polling hostile and healthy feeds together, through the same parts as the daemon's."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import sqlalchemy as sa
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.airlock import Airlock
from monitor.config.settings import PollSettings, Settings, StateSettings
from monitor.desk import begin, new_token, utc_now
from monitor.model import Feed, Secret
from monitor.sources.fetching import Fetcher
from monitor.sources.pools import AddressInfo, FetchSettings, open_socket
from monitor.store import feeds as feed_rows
from monitor.store.engine import Store
from monitor.store.schema import feeds
from monitor.watch import build_watch
from monitor.work import polling
from monitor.work.polling import Polled
from monitor.work.recording import Recorder

HERE = "127.0.0.1"
BEAT = 0.005
LIMITS = FetchSettings(
    timeout=timedelta(seconds=2),
    silence=timedelta(seconds=1),
    allow=(ip_network(HERE),),
)
SECRET = Secret("desk:CANARY-hush")
RULE = "title: Arms\nany: [missile]\n"


class Everywhere(AbstractResolver):
    """Every name is here, but for `rebind.example`, which is somewhere else every time."""

    def __init__(self) -> None:
        self._rebound = [HERE, "10.1.2.3"]

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self._rebound.pop(0) if host == "rebind.example" else HERE
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a round came to: each feed's poll, how long the healthy ones took, in seconds.

    `stall` is the longest time for which the event loop did nothing else.
    """

    polled: dict[str, Polled]
    healthy: list[float]
    stall: float
    dialled: set[str]


@dataclass(kw_only=True)
class _Round:
    folder: Path
    hostile: Sequence[str]
    healthy: Sequence[str]
    apart: float

    async def run(self) -> Told:
        """Poll the hostile feeds, and a healthy one every `apart` seconds meanwhile."""
        watched = {url: Feed(url=url, auth=SECRET) for url in (*self.hostile, *self.healthy)}
        rules = self.folder / "rules"
        rules.mkdir(exist_ok=True)
        (rules / "arms.yaml").write_text(RULE)
        settings = Settings(
            path=self.folder / "config.toml",
            rules=rules,
            templates=self.folder / "templates",
            state=StateSettings(url=Secret(f"sqlite:///{self.folder / 'state.db'}")),
            poll=PollSettings(spacing=timedelta(), backfill=timedelta(days=9999)),
            feeds=tuple(watched.values()),
        )
        watch = build_watch(settings, read_opml=lambda _: (), now=utc_now())
        dialled: set[str] = set()

        def dial(info: AddressInfo) -> socket.socket:
            dialled.add(str(info[4][0]))
            if info[4][0] != HERE:
                raise AssertionError(f"{info[4][0]} was dialled")
            return open_socket(info)

        polled: dict[str, Polled] = {}
        took: list[float] = []
        with (
            Store.open(settings.state.url.reveal()) as store,
            Airlock(workers=2) as airlock,
            ThreadPoolExecutor(32) as readers,
        ):
            begin(store, watch, utc_now())
            airlock.read_feed(b"<rss version='2.0'><channel/></rss>", "", "")
            store.write(self._spread).result()
            async with Fetcher(LIMITS, resolver=Everywhere(), open_socket=dial) as fetcher:
                doors = polling.Doors(
                    store=store,
                    recorder=Recorder(store),
                    readers=readers,
                    fetch=fetcher.fetch,
                    read=airlock.understand,
                    now=utc_now,
                    chance=random.random,
                )

                async def poll(claimed: feed_rows.HostClaim, due: float) -> None:
                    for each in await polling.poll_host(claimed, watch, doors):
                        polled[each.feed] = each
                        if each.feed in self._healthy:
                            took.append(time.monotonic() - due)

                heart = asyncio.create_task(heartbeat())
                running: set[asyncio.Task[None]] = set()
                while len(polled) < len(watched):
                    begun = time.monotonic()
                    for claimed in await polling.claim(doors, limit=99, token=new_token()):
                        running.add(asyncio.create_task(poll(claimed, begun)))
                    done = {task for task in running if task.done()}
                    running -= done
                    for task in done:
                        task.result()
                    await asyncio.sleep(BEAT)
                heart.cancel()
                (stall,) = await asyncio.gather(heart, return_exceptions=True)
        assert isinstance(stall, Stalled)
        return Told(polled=polled, healthy=took, stall=stall.seconds, dialled=dialled)

    def __post_init__(self) -> None:
        self._healthy = frozenset(self.healthy)

    def _spread(self, conn: sa.Connection) -> None:
        """Hostile and healthy feeds alike come one by one, spread over the same time."""
        now = utc_now()
        apart = {url: self.apart * n for n, url in enumerate(self.healthy, start=1)}
        span = self.apart * len(self.healthy)
        apart |= {url: span * n / len(self.hostile) for n, url in enumerate(self.hostile)}
        for url, later in apart.items():
            due_at = now + timedelta(seconds=later)
            conn.execute(feeds.update().where(feeds.c.url == url).values(next_due_at=due_at))


class Stalled(Exception):
    """The heart was stopped; carries the longest pause between two of its beats."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def heartbeat() -> None:
    longest = 0.0
    try:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(BEAT)
            longest = max(longest, time.monotonic() - begun - BEAT)
    except asyncio.CancelledError:
        raise Stalled(longest) from None


def poll_together(
    folder: Path, port: int, hostile: Sequence[str], *, good_port: int, healthy: int, apart: float
) -> Told:
    """Poll these cases, each at a host of its own, with `healthy` feeds of other hosts."""
    hosts = {name: f"http://{name}.example:{port}/{name}" for name in hostile}
    if "rebinding" in hosts:
        hosts["rebinding"] = f"http://rebind.example:{port}/rebinding"
    good = [f"http://good{n}.example:{good_port}/good{n}" for n in range(healthy)]
    round_ = _Round(folder=folder, hostile=list(hosts.values()), healthy=good, apart=apart)
    return asyncio.run(round_.run())
