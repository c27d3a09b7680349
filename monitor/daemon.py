"""The daemon: a heartbeat over rows that are due, until it is told to stop.

APScheduler only beats: a few interval jobs in UTC, kept in memory. What is due are rows in the
state, so that nothing is lost when the process is, and no job exists for any single feed.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection

from monitor import __version__, callbacks
from monitor.airlock import Airlock
from monitor.channels.linting import lint
from monitor.config.reading import read_config
from monitor.config.settings import PollSettings
from monitor.control import bell_of, listening
from monitor.desk import (
    begin,
    delivery_doors,
    extractor,
    fetch_settings,
    let_go,
    new_identity,
    new_token,
    page_settings,
    secrets_of,
    steady,
    sync,
    unguessable,
    utc_now,
)
from monitor.errors import StoreAway, Temporary, UnusableFiles, WirewatchError
from monitor.events import (
    report_alert,
    report_delivered,
    report_enriched,
    report_list,
    report_planned,
    report_polled,
    report_problems,
    report_published,
)
from monitor.meters import Meters
from monitor.model import Failed, Feed, FeedState, FetchOutcome
from monitor.sources.fetching import Fetcher
from monitor.store.breakers import shift_probes
from monitor.store.engine import Store
from monitor.store.feeds import HostClaim, shift_due
from monitor.store.full_texts import DueText, shift_texts
from monitor.store.housekeeping import SAFE_SQLITE
from monitor.store.outbox import shift_retries
from monitor.store.subscriptions import shift_leases
from monitor.subscriber import Subscriber
from monitor.telemetry import RECENT, event, guard_secrets, notify_systemd
from monitor.watch import Watch, load_watch, signature
from monitor.web.access import Keys
from monitor.web.app import Site, application
from monitor.web.front import Front
from monitor.web.live import Pulse
from monitor.web.scouting import Scout
from monitor.web.service import Service
from monitor.web.tokens import keys_of, make_token
from monitor.web.vitals import BEAT
from monitor.work import (
    alerting,
    articles,
    delivering,
    digesting,
    enriching,
    housekeeping,
    lists,
    polling,
    publishing,
    searching,
    steering,
    weighing,
)
from monitor.work.recording import Recorder
from monitor.work.requests import Answer, Desk, carry_out

GRACE = timedelta(seconds=6)
"""How long work under way may take to finish once the daemon is told to stop."""

DIVERGENCE = timedelta(seconds=5)
"""Wall clock and monotonic clock apart by more than this: somebody has set the clock."""

_WATCHDOG = timedelta(seconds=2)

_READERS = 4
"""Documents read at the same time. More than there are cores: one that is hostile holds a reader
until its time is up, and others must not wait for it."""

_WAITING = 32
"""Documents that wait for a reader in the airlock, where the short ones come first."""


def was_set(apart: float, *, wall: float, monotonic: float) -> float:
    """By how many seconds the wall clock was set; 0.0 when it only drifted.

    `apart` is by how much the two clocks differed before.
    """
    drift = wall - monotonic - apart
    return drift if abs(drift) > DIVERGENCE.total_seconds() else 0.0


def run(path: Path, environ: Mapping[str, str]) -> int:
    """Run the daemon until SIGTERM or SIGINT; the exit code."""
    with Airlock(workers=_READERS) as airlock:
        watch = load_watch(
            path, environ, read_opml=airlock.read_opml, now=utc_now(), lint_channel=lint
        )
        guard_secrets(secrets_of(watch.settings))
        report_problems(watch.problems)
        with Store.open(watch.settings.state.url.reveal()) as store:
            return asyncio.run(Daemon(path, environ, watch, store, airlock).run())


@dataclass
class Daemon:
    """Joins the doors of the world with the work, and keeps both alive."""

    path: Path
    environ: Mapping[str, str]
    watch: Watch
    store: Store
    airlock: Airlock
    pages: Airlock = field(default_factory=lambda: Airlock(articles=True))
    pulse: Pulse = field(default_factory=Pulse)
    meters: Meters = field(default_factory=Meters)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _polling: set[asyncio.Task[Any]] = field(default_factory=set)
    _enriching: set[asyncio.Task[Any]] = field(default_factory=set)
    _senders: dict[str, threading.Thread] = field(default_factory=dict)
    _forced: bool = False
    _weighed_at: datetime | None = None
    _theta: float | None = None
    _code: int = 0
    _beat_at: datetime | None = None

    async def run(self) -> int:
        """Beat until told to stop, then finish what is under way."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._force_reload)
        await asyncio.to_thread(self._begin)
        async with AsyncExitStack() as doors:
            self._doors = doors
            await self._open_web(self.watch.settings.poll)
            self._extract = extractor(doors.enter_context(self.pages))
            self._recorder = Recorder(self.store)
            self._readers = ThreadPoolExecutor(_WAITING, thread_name_prefix="reader")
            doors.callback(self._readers.shutdown, wait=False, cancel_futures=True)
            self._subscriber = Subscriber(
                self.store, lambda: self.watch, self._polling_doors, self._post, self.meters.pushed
            )
            self._front = self._furnish_front()
            self._scheduler = AsyncIOScheduler(timezone=UTC)
            self._beat()
            self._scheduler.start()
            steady()
            notify_systemd("READY=1\nSTATUS=watching", self.environ)
            event(
                "started",
                version=__version__,
                feeds=len(self.watch.feeds),
                rules=len(self.watch.book.rules),
                digests=len(self.watch.settings.digests),
                config=str(self.path),
            )
            if (path := self.watch.settings.state_file) is not None:
                await doors.enter_async_context(listening(bell_of(path), self._asked))
            await self._open_front()
            if not self.watch.feeds:
                event(
                    "no_feeds",
                    level=logging.WARNING,
                    remedy="nothing is watched; add one by `wirewatch feeds add URL`",
                )
            guard = asyncio.create_task(self._guard())
            await self._stop.wait()
            notify_systemd("STOPPING=1", self.environ)
            event("stopping")
            guard.cancel()
            self._scheduler.shutdown(wait=False)
            await self._front.close()
            await self._finish()
        event("stopped")
        return self._code

    async def _open_web(self, poll: PollSettings) -> None:
        """Open the doors to feeds and to articles, open until the daemon leaves."""
        enter = self._doors.enter_async_context
        self._fetcher = await enter(Fetcher(fetch_settings(poll)))
        self._page_fetcher = await enter(Fetcher(page_settings(poll)))

    def _furnish_front(self) -> Front:
        """Put the pages together, with what hubs are answered."""
        service = Service(
            store=self.store,
            watch=lambda: self.watch,
            now=utc_now,
            act=self._asked,
            reload=self._reload_soon(asyncio.get_running_loop()),
            log_lines=lambda: tuple(RECENT),
            discover=Scout(airlock=self.airlock, watch=lambda: self.watch, now=utc_now),
            read_opml=self.airlock.read_opml,
            check_config=lambda path: read_config(path, self.environ, lint),
            pulse=self.pulse,
            meters=self.meters,
            beat_at=lambda: self._beat_at,
            feed_key=lambda name: self._keys().feed_key(name),
        )
        site = Site(service=service, keys=self._keys, stopping=self._stop.is_set)
        hubs = callbacks.routes(self._subscriber.answers)
        return Front(application(site, also=hubs, open_to_all=("/websub/",)))

    async def _open_front(self) -> None:
        """Serve the pages where the configuration says; whoever has the token can sign in."""
        settings = self.watch.settings
        if self._front.is_at(settings.web.listen):
            return
        facts: dict[str, str | None] = {"login": settings.web.auth}
        # Behind a proxy, too, programs need a token, and the addresses of feeds keys that follow.
        if settings.web.auth != "none" and settings.web.token is None:
            facts["token_file"] = str(settings.token_file)
            try:
                await asyncio.to_thread(make_token, settings.token_file, unguessable)
            except OSError as error:
                remedy = "nobody can sign in: set `token_file` of [web]"
                event("no_token", level=logging.ERROR, error=error.strerror, remedy=remedy)
        guard_secrets(secrets_of(settings) | self._keys().secrets)
        facts["for_hubs_at"] = settings.web.public_url
        await self._front.serve(settings.web.listen, **facts)

    def _keys(self) -> Keys:
        return keys_of(self.watch.settings)

    def _reload_soon(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        """What has files read anew at once, from any thread."""

        def hurry() -> None:
            self._force_reload()
            self._hurry("reload")

        def soon() -> None:
            loop.call_soon_threadsafe(hurry)

        return soon

    def _begin(self) -> None:
        """Put the state in order: nobody else holds a claim, and feeds are those configured."""
        if self.watch.settings.state_file is not None:
            _note_old_sqlite()
        begin(self.store, self.watch, utc_now())
        self._signature = signature(self.watch.settings, utc_now())

    # --- the beat -------------------------------------------------------------------------

    def _beat(self) -> None:
        """Set the beats going, from this instant on."""
        for name, work, every in (
            ("poll", self._poll, 1.0),
            ("enrich", self._enrich, 1.0),
            ("subscribe", self._subscribe, 2.0),
            ("volume", self._volume, 60.0),
            ("digest", self._digest, 1.0),
            ("deliver", self._deliver, 0.5),
            ("publish", self._publish, 15.0),
            ("reload", self._reload, 2.0),
            ("housekeep", self._housekeep, 600.0),
            ("index", self._index, 15.0),
            ("steer", self._steer, 300.0),
            ("lists", self._lists, 30.0),
            ("live", self._live, BEAT.total_seconds()),
        ):
            self._scheduler.add_job(
                self._guarded(name, work),
                "interval",
                seconds=every,
                id=name,
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        # A digest that is due at the start shall know of the hits that came before it.
        for name in ("volume", "steer", "lists", "live"):
            self._hurry(name)

    def _hurry(self, name: str) -> None:
        """Let a beat come now, and not in its turn: there is something for it to do."""
        if not self._stop.is_set():
            self._scheduler.modify_job(name, next_run_time=utc_now())

    def _guarded(self, name: str, work: Callable[[], Awaitable[None]]) -> Callable[..., Any]:
        """The one broad `except`: whatever one beat runs into, the next comes."""

        async def beat() -> None:
            if self._stop.is_set():
                return
            try:
                await work()
            except Temporary as error:
                event("trouble", level=logging.ERROR, work=name, error=str(error))
                await asyncio.sleep(2)  # a full disk or a lost server is asked less often
            except Exception:
                logging.getLogger("wirewatch").exception("failed", extra={"facts": {"work": name}})
                await asyncio.sleep(2)

        return beat

    async def _guard(self) -> None:
        """Tell systemd that we live; notice a state that is gone, and a clock that was set.

        APScheduler reckons on the wall clock: put back by an hour, it would sleep for an hour.
        """
        apart = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(_WATCHDOG.total_seconds())
            notify_systemd("WATCHDOG=1", self.environ)
            if not await asyncio.to_thread(self.store.is_in_place):
                event(
                    "state_gone",
                    level=logging.ERROR,
                    remedy="the state was deleted or replaced under a running daemon, which "
                    "would write to nowhere; it stops. Put the file back, or start anew",
                )
                self._code = StoreAway.exit_code
                self._stop.set()
            if drift := was_set(apart, wall=time.time(), monotonic=time.monotonic()):
                apart += drift
                event("clock_set", level=logging.WARNING, by=f"{drift:+.0f}s")
                self._beat()
                if drift < 0:  # put forward, it only makes everything due
                    self._start(self._set_right(timedelta(seconds=drift)))

    async def _set_right(self, drift: timedelta) -> None:
        """Move what is due as the clock was put back, or it would wait for it to catch up."""

        def commit(conn: Connection) -> None:
            shift_due(conn, drift)
            shift_retries(conn, drift)
            shift_probes(conn, drift)
            shift_texts(conn, drift)
            shift_leases(conn, drift)

        await asyncio.wrap_future(self.store.write(commit))

    async def _live(self) -> None:
        """A sign of life of the scheduler, for probes."""
        self._beat_at = utc_now()

    # --- the kinds of work  -----------------------------------------------------------

    async def _poll(self) -> None:
        """Start polling every host that has something due; wait only for room for more."""
        doors = self._polling_doors()
        while not self._stop.is_set():
            busy = self._polling - self._enriching
            if room := polling.room_for(polling.HOSTS_AT_ONCE, beside=len(busy)):
                claims = await polling.claim(doors, limit=room, token=new_token())
                busy |= {self._start(self._poll_host(each, doors)) for each in claims}
                if len(claims) < room:
                    return
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED, timeout=1)

    def _polling_doors(self) -> polling.Doors:
        return polling.Doors(
            store=self.store,
            recorder=self._recorder,
            readers=self._readers,
            fetch=self._fetch,
            read=self.airlock.understand,
            now=utc_now,
            chance=random.random,
            theta=self._theta,
        )

    async def _poll_host(self, claimed: HostClaim, doors: polling.Doors) -> None:
        try:
            for polled in await polling.poll_host(claimed, self.watch, doors):
                report_polled(polled)
                self.meters.polled(polled)
                self.pulse.tell(["feeds", "stories"] if polled.matches else ["feeds"])
                if polled.matches:
                    self._hurry("digest")
        except WirewatchError as error:
            event("trouble", level=logging.ERROR, work=f"poll {claimed.host}", error=str(error))

    async def _enrich(self) -> None:
        """Start fetching the articles that are wanted; wait for none of them."""
        room = enriching.TEXTS_AT_ONCE - len(self._enriching)
        if room <= 0 or not self.watch.reads_articles:
            return
        doors = articles.Doors(
            store=self.store,
            recorder=self._recorder,
            fetch=self._page_fetcher.fetch,
            extract=self._extract,
            now=utc_now,
        )
        for due in await enriching.claim(doors, limit=room, token=new_token()):
            task = self._start(self._enrich_one(due, doors))
            self._enriching.add(task)
            task.add_done_callback(self._enriching.discard)

    async def _enrich_one(self, due: DueText, doors: articles.Doors) -> None:
        try:
            enriched = await enriching.enrich(due, self.watch, doors)
            report_enriched(enriched)
            self.meters.enriched(enriched)
        except WirewatchError as error:
            host = due.claimed.host
            event("trouble", level=logging.ERROR, work=f"enrich {host}", error=str(error))

    async def _fetch(
        self, feed: Feed, state: FeedState, *, now: datetime, unconditional: bool = False
    ) -> FetchOutcome:
        """The current door to the web: it is another one after a reload."""
        return await self._fetcher.fetch(feed, state, now=now, unconditional=unconditional)

    async def _post(
        self, url: str, form: Mapping[str, str], *, now: datetime, allow_private: bool
    ) -> Failed | None:
        """The current door to hubs, likewise."""
        return await self._fetcher.post(url, form, now=now, allow_private=allow_private)

    async def _subscribe(self) -> None:
        await self._open_front()
        await self._subscriber.beat()

    async def _lists(self) -> None:
        """Fetch lists of feeds that are due; a copy that has changed makes the watch reload."""
        for refreshed in await lists.refresh_lists(
            self.watch.settings, self._fetch, self.airlock.read_opml, utc_now()
        ):
            report_list(refreshed)

    async def _volume(self) -> None:
        now = utc_now()
        for alert in await asyncio.to_thread(alerting.watch_volume, self.store, self.watch, now):
            report_alert(alert)
            self.pulse.tell(["stories"])

    async def _digest(self) -> None:
        planned = await asyncio.to_thread(digesting.digest_all, self.store, self.watch, utc_now)
        for each in planned:
            report_planned(each)
            self.meters.planned(each)
        if planned:
            self.pulse.tell(["digests"])
            await self._deliver()

    async def _publish(self) -> None:
        published = await asyncio.to_thread(
            publishing.publish,
            self.store,
            self.watch,
            utc_now(),
            identity=new_identity,
            stopping=self._stop.is_set,
        )
        report_published(published)

    async def _deliver(self) -> None:
        """Give every channel that has something to send a thread of its own.

        A channel that hangs delays no other; the thread is no hindrance to leaving either.
        """
        for channel in await asyncio.to_thread(delivering.due_channels, self.store, utc_now()):
            sender = self._senders.get(channel)
            if sender is None or not sender.is_alive():
                self._senders[channel] = threading.Thread(
                    target=self._send_all, args=(channel,), name=f"send-{channel}", daemon=True
                )
                self._senders[channel].start()

    def _send_all(self, channel: str) -> None:
        try:
            delivering.deliver_channel(
                delivery_doors(self.store),
                self.watch,
                channel,
                stopping=self._stop.is_set,
                on_delivered=self._tell_delivered,
            )
        except Exception as error:  # noqa: BLE001 - told; the next beat tries again
            if not self._stop.is_set():
                event("trouble", level=logging.ERROR, work=f"deliver {channel}", error=str(error))
                time.sleep(2)

    def _tell_delivered(self, delivered: delivering.Delivered) -> None:
        report_delivered(delivered)
        self.meters.delivered(delivered)
        self.pulse.tell(["digests"])

    async def _housekeep(self) -> None:
        gone = await asyncio.to_thread(
            housekeeping.keep_house, self.store, self.watch.settings.state, utc_now()
        )
        if buried := await asyncio.to_thread(
            delivering.bury_overdue, self.store, self.watch, utc_now()
        ):
            event(
                "given_up",
                level=logging.ERROR,
                deliveries=buried,
                remedy="their channels were away for too long; see `wirewatch deadletters list`",
            )
        event("kept_house", items=gone.items, keys=gone.keys, deliveries=gone.deliveries)
        if weighing.is_due(self._weighed_at, utc_now()):
            await self._weigh()

    async def _weigh(self) -> None:
        before = self.watch
        weighed = await asyncio.to_thread(weighing.weigh, self.store, before)
        # Reloaded meanwhile: the next round weighs what is in force then.
        if self.watch is before:
            self.watch, self._weighed_at = weighed, utc_now()

    async def _steer(self) -> None:
        self._theta = await asyncio.to_thread(steering.steer, self.store, self.watch, utc_now())
        await asyncio.to_thread(steering.weigh_feeds, self.store, utc_now())

    async def _index(self) -> None:
        await asyncio.to_thread(searching.fill_index, self.store, stopping=self._stop.is_set)

    async def _reload(self) -> None:
        """Swap in a new watch when a file has changed, whole or not at all."""
        now = utc_now()
        found = await asyncio.to_thread(signature, self.watch.settings, now)
        if found == self._signature and not self._forced:
            return
        self._signature, self._forced = found, False
        notify_systemd(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}", self.environ)
        try:
            fresh = await asyncio.to_thread(self._load, now)
        except UnusableFiles as error:
            report_problems(error.problems)
            self.watch = replace(self.watch, refused=error.problems)
            event(
                "reload_refused",
                level=logging.ERROR,
                problems=len(error.problems),
                remedy="nothing has changed: the last good version runs on until this is mended",
            )
        else:
            await self._swap(fresh, now)
        notify_systemd("READY=1", self.environ)

    def _load(self, now: datetime) -> Watch:
        fresh = load_watch(
            self.path,
            self.environ,
            read_opml=self.airlock.read_opml,
            now=now,
            lint_channel=lint,
            before=self.watch,
        )
        if fresh.errors:
            raise UnusableFiles(fresh.errors)
        return fresh

    async def _swap(self, fresh: Watch, now: datetime) -> None:
        before, self.watch = self.watch, fresh
        known = secrets_of(before.settings) | secrets_of(fresh.settings)
        guard_secrets(known | self._keys().secrets)
        if before.settings.state.url != fresh.settings.state.url:
            event(
                "restart_needed",
                level=logging.WARNING,
                setting="[state] url",
                remedy="it takes effect when Wirewatch is started again",
            )
        if fetch_settings(before.settings.poll) != fetch_settings(fresh.settings.poll):
            # The old door stays open for polls under way; it closes when the daemon does.
            await self._open_web(fresh.settings.poll)
        if before.settings.opml != fresh.settings.opml:
            self._hurry("lists")
        if len(fresh.feeds) < len(before.feeds) / 2:
            event(
                "feeds_dropped",
                level=logging.WARNING,
                before=len(before.feeds),
                now=f"{len(fresh.feeds)}",
                remedy="is config.toml as you meant it?",
            )
        await asyncio.to_thread(sync, self.store, fresh, now, before=before)
        let_go()
        self._signature = await asyncio.to_thread(signature, fresh.settings, now)
        report_problems(fresh.problems)
        self.pulse.tell(["rules", "feeds", "digests"])
        event(
            "reloaded",
            feeds=len(fresh.feeds),
            rules=len(fresh.book.rules),
            digests=len(fresh.settings.digests),
        )

    def _force_reload(self) -> None:
        self._forced = True

    def _asked(self, name: str, argument: str) -> Answer:
        """Carry out what a command asks for."""
        answer = carry_out(
            name,
            argument,
            Desk(store=self.store, watch=self.watch, now=utc_now()),
        )
        event("asked", request=name, argument=argument)
        self.pulse.tell(["feeds", "stories", "digests"])
        return answer

    # --- leaving --------------------------------------------------------------------------

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that nobody waits for, until the daemon leaves."""
        task = asyncio.create_task(work)
        self._polling.add(task)
        task.add_done_callback(self._polling.discard)
        return task

    async def _finish(self) -> None:
        """Let work under way come to its commit; what takes too long is begun again next time."""
        deadline = time.monotonic() + GRACE.total_seconds()
        if self._polling:
            _, late = await asyncio.wait(self._polling, timeout=GRACE.total_seconds())
            if late:
                self.pages.close()
                self.airlock.close()  # threads that wait for an answer get one: no
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for sender in self._senders.values():
            await asyncio.to_thread(sender.join, max(0.0, deadline - time.monotonic()))


def _note_old_sqlite() -> None:
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        event(
            "old_sqlite",
            found=sqlite3.sqlite_version,
            advised=".".join(map(str, SAFE_SQLITE)),
            remedy="safe as long as only Wirewatch writes to the state; leave the file to it",
        )
