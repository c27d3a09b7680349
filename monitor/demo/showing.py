"""The pages of a tour that is over: what it has found, to be looked at and played with."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor.airlock import Airlock
from monitor.config.settings import Settings, WebSettings
from monitor.desk import delivery_doors, sync
from monitor.store.engine import Store
from monitor.telemetry import RECENT
from monitor.watch import Watch, build_watch
from monitor.web.access import Keys
from monitor.web.app import Site, application
from monitor.web.live import Pulse
from monitor.web.scouting import Scout
from monitor.web.service import Answer, Service
from monitor.web.serving import serving
from monitor.work import delivering
from monitor.work.requests import Desk, carry_out
from monitor.work.searching import fill_index


@dataclass
class Show:
    """A watch that has stopped polling, with its pages. `stands_at` is when the tour ended."""

    settings: Settings
    store: Store
    airlock: Airlock
    stands_at: datetime
    watch: Watch = field(init=False)
    pulse: Pulse = field(default_factory=Pulse)
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.reload()

    def now(self) -> datetime:
        """The tour's clock, which goes on from where it ended."""
        return self.stands_at + timedelta(seconds=time.monotonic() - self._began)

    def reload(self) -> None:
        """Read all files anew; what cannot be used leaves the last good version in force."""
        before: Watch | None = getattr(self, "watch", None)
        fresh = build_watch(
            self.settings, read_opml=self.airlock.read_opml, now=self.now(), before=before
        )
        if before is not None and fresh.errors:
            self.watch = replace(before, refused=fresh.errors)
            return
        self.watch = fresh
        sync(self.store, fresh, self.now(), before=before)

    def act(self, name: str, argument: str) -> Answer:
        """What commands may ask a daemon for; what that queues is delivered at once."""
        desk = Desk(store=self.store, watch=self.watch, now=self.now())
        answer = carry_out(name, argument, desk)
        doors = delivery_doors(self.store, self.now)
        for channel in delivering.due_channels(self.store, self.now()):
            delivering.deliver_channel(doors, self.watch, channel)
        return answer

    def service(self) -> Service:
        """The watch as pages see it."""
        return Service(
            store=self.store,
            watch=lambda: self.watch,
            now=self.now,
            act=self.act,
            reload=self.reload,
            log_lines=lambda: tuple(RECENT),
            discover=Scout(airlock=self.airlock, watch=lambda: self.watch, now=self.now),
            read_opml=self.airlock.read_opml,
            pulse=self.pulse,
            beat_at=self.now,
        )


@contextmanager
def showing(show: Show, listen: str, keys: Keys) -> Iterator[str]:
    """Serve the pages from a thread of their own for as long as the context lasts: the address."""
    fill_index(show.store)
    service = replace(show.service(), feed_key=keys.feed_key)
    site = Site(service=service, keys=lambda: keys)
    up: list[str] = []
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(listen, application(site)) as address:
            up.append(address)
            ready.set()
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="pages", daemon=True)
    thread.start()
    ready.wait()
    if not up:
        raise OSError(f"nothing can be served at {listen}")
    try:
        yield f"http://{up[0]}"
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=5)


def to_play_with(settings: Settings, folder: Path) -> Settings:
    """The settings of a tour, with rules that may be changed: a copy of them in `folder`."""
    rules = folder / "rules"
    shutil.copytree(settings.rules, rules)
    web = WebSettings(listen="127.0.0.1:0", auth="none")
    return replace(settings, rules=rules, web=web)
