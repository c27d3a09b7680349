"""What the daemon and the commands share: the clock, claim tokens, the settings of the doors."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import random
import secrets
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from monitor.airlock import Airlock
from monitor.channels.sending import opened
from monitor.channels.urls import secrets_in
from monitor.config.settings import PollSettings, Settings
from monitor.schedule.retrying import LONGEST_REQUESTED
from monitor.sources.addresses import host_of, without_login
from monitor.sources.pools import FetchSettings
from monitor.store.breakers import probe_now
from monitor.store.engine import Store
from monitor.store.feeds import bring_forward, pull_forward, reopen_hosts, sync_feeds
from monitor.store.outbox import reopen_claims
from monitor.watch import Watch
from monitor.work import delivering, digesting
from monitor.work.articles import PAGE_BYTES


def utc_now() -> datetime:
    """The wall clock, the only place where it is read."""
    return datetime.now(UTC)


def new_token() -> str:
    """A name for a claim that nobody else will choose."""
    return secrets.token_hex(8)


def unguessable() -> str:
    """A name that only who was told it can know, fit for an address: 192 bits of chance."""
    return secrets.token_urlsafe(24)


def new_identity() -> str:
    """A name for a state that no other state has."""
    return str(uuid.uuid4())


def steady() -> None:
    """Settle this process for long work, once everything is loaded.

    What is there by now lives on: no need to look through it again for garbage. And threads
    that wait for the interpreter get it sooner than the 5 ms of Python's own: every statement to
    the database gives it up and wants it back.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    sys.setswitchinterval(0.0005)
    let_go()


def let_go() -> None:
    """Give memory back that loading has used and freed: the C library keeps it for next time."""
    with suppress(AttributeError, OSError):  # there with glibc only
        ctypes.CDLL(None).malloc_trim(0)


def fetch_settings(poll: PollSettings) -> FetchSettings:
    """How the web is asked, from `[poll]`."""
    return FetchSettings(
        contact=poll.contact,
        timeout=poll.timeout,
        max_bytes=poll.max_bytes,
        allow=tuple(ip_network(each) for each in poll.allow_networks if _is_network(each)),
        allow_hosts=frozenset(
            each.lower() for each in poll.allow_networks if not _is_network(each)
        ),
        allow_private=poll.allow_private_networks,
        per_host=poll.per_host,
        proxy=poll.proxy,
    )


def _is_network(written: str) -> bool:
    """Whether an entry of `allow_networks` is a network, and not the name of a host."""
    return written[-1:].isdigit() or ":" in written


def page_settings(poll: PollSettings) -> FetchSettings:
    """How articles are asked for: as feeds are, but for smaller documents."""
    return replace(
        fetch_settings(poll),
        max_bytes=min(PAGE_BYTES, poll.max_bytes),
        operators_own=False,
    )


def extractor(pages: Airlock) -> Callable[[bytes, str], Awaitable[str]]:
    """What takes articles out of pages, one after the other.

    Threads are few, and one page may keep its reader busy for seconds: those that wait for it
    must not hold the threads that polls need.
    """
    turn = asyncio.Semaphore()

    async def extract(page: bytes, content_type: str) -> str:
        async with turn:
            return await asyncio.to_thread(pages.extract, page, content_type)

    return extract


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every value in the settings that must not be seen anywhere."""
    found = {value for channel in settings.channels for value in secrets_in(channel.url.reveal())}
    found |= {channel.secret.reveal() for channel in settings.channels if channel.secret}
    tokens = (settings.web.token, settings.web.read_token)
    found |= {each.reveal() for each in tokens if each}
    with suppress(sa.exc.ArgumentError, ValueError):
        password = sa.make_url(settings.state.url.reveal()).password
        found |= {str(password)} if password else set()
    for feed in settings.feeds:
        found |= {secret.reveal() for _, secret in feed.headers}
        found |= {feed.auth.reveal()} if feed.auth else set()
        found |= _values_of(feed.cookie.reveal()) if feed.cookie else set()
        found |= _password_in(feed.url)
        found |= _password_in(feed.proxy.reveal()) if feed.proxy else set()
    proxy = settings.poll.proxy
    found |= _password_in(proxy.reveal()) if proxy else set()
    for opml in settings.opml:
        # A list whose address must not be seen is called by its host alone.
        url = opml.url.reveal() if opml.url else ""
        found |= {url} if url and without_login(url) != opml.label else set()
    return frozenset(value for value in found if len(value) >= 4)


def _values_of(cookie: str) -> set[str]:
    return {cookie, *(pair.partition("=")[2].strip() for pair in cookie.split(";"))}


def _password_in(url: str) -> set[str]:
    password = urlsplit(url).netloc.rpartition("@")[0].partition(":")[2]
    return {password, unquote(password)}


def begin(store: Store, watch: Watch, now: datetime) -> None:
    """Put the state in order at start: claims of the dead are void, feeds are those configured.

    Claims only where one process owns the state: elsewhere a claim may be somebody's who lives.
    What is due later than any schedule allows was reckoned by a clock that was wrong.
    """
    latest = now + max(watch.settings.poll.max, LONGEST_REQUESTED)

    def commit(conn: sa.Connection) -> None:
        if watch.settings.state_file is not None:
            reopen_claims(conn)
            reopen_hosts(conn)
            probe_now(conn, list(watch.channels), now)
        pull_forward(conn, latest)
        _list(conn, watch, now)

    store.write(commit).result()


def sync(store: Store, watch: Watch, now: datetime, *, before: Watch | None = None) -> None:
    """Make the state list the feeds and digests of this watch; `before` was another in force.

    A channel that has changed since is tried at once: that may be the remedy.
    """
    known = before.channels if before else watch.channels
    changed = [name for name, channel in watch.channels.items() if known.get(name) != channel]

    def commit(conn: sa.Connection) -> None:
        _list(conn, watch, now)
        probe_now(conn, changed, now)

    store.write(commit).result()


def delivery_doors(store: Store, now: Callable[[], datetime] = utc_now) -> delivering.Doors:
    """The doors out, as they really are; `now` is another clock in the demo."""
    return delivering.Doors(
        store=store, open=opened, now=now, chance=random.random, token=new_token
    )


def _list(conn: sa.Connection, watch: Watch, now: datetime) -> None:
    listed = ((feed, host_of(feed.url)) for feed in watch.feeds.values())
    latest = [(feed.url, now + feed.every) for feed in watch.feeds.values() if feed.every]
    sync_feeds(conn, listed, now)
    bring_forward(conn, latest)
    digesting.sync_schedules(conn, watch.settings.digests)
