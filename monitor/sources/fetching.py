"""The one door to the web: asks a feed what is new, within limits, and never raises."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor import __version__
from monitor.model import (
    Failed,
    FailureKind,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    NotModified,
)
from monitor.sources.addresses import next_address, web_address
from monitor.sources.failing import (
    ForbiddenAddress,
    Refusal,
    broken_off,
    failed_because,
    failed_by_status,
)
from monitor.sources.guard import Network, is_forbidden
from monitor.sources.headers import (
    ACCEPT,
    ACCEPT_ENCODING,
    conditions,
    private_lines,
    user_agent,
    validator,
)
from monitor.sources.inflating import Body

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]
OpenSocket = Callable[[AddressInfo], socket.socket]

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHOLE = frozenset({200, 203, 226})
_KEEP_ALIVE = 15.0
_DNS_CACHE = 300
_LONGEST_LINE = 8190
_MOST_HEADERS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How the web is asked: who asks, how long, how much, and where it may go.

    `contact` goes into the user agent. `timeout` bounds a whole poll, redirects included;
    `connect` the dialling, TLS included; `silence` each wait for bytes. `max_bytes` counts
    the decompressed body. `allow` opens exact networks, `allow_private` all private ones.
    `per_host` polls of one host run at a time, `concurrency` in all.
    """

    contact: str = ""
    timeout: timedelta = timedelta(seconds=20)
    connect: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=10)
    max_bytes: int = 10 * 1024 * 1024
    allow: tuple[Network, ...] = ()
    allow_private: bool = False
    per_host: int = 1
    concurrency: int = 64


def open_socket(info: AddressInfo) -> socket.socket:
    """A socket for an address that has passed the guard."""
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """One question to one feed. `private_lines` are for its own origin only."""

    feed: Feed
    home: URL
    now: datetime
    conditions: dict[str, str]
    private_lines: dict[str, str] = field(repr=False)

    def may_be_private(self, url: URL) -> bool:
        """`allow_private` of a feed covers its own host, not whatever that redirects to."""
        return self.feed.allow_private and url.host == self.home.host

    def shown(self, url: URL) -> str:
        """`url` as it may be kept: as configured where nothing redirected, never with a login."""
        return self.feed.url if url == self.home and "@" not in self.feed.url else str(url)


class Fetcher:
    """Polls feeds over pooled connections: `async with Fetcher(settings) as fetcher`.

    Private and public feeds use pools of their own, so that a connection opened for a feed
    that may reach the intranet is never handed to one that may not. `resolver`, `open_socket`
    and `tls` replace the doors: name lookup, sockets and the trusted certificates.
    """

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        resolver: AbstractResolver | None = None,
        open_socket: OpenSocket = open_socket,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings or FetchSettings()
        self._resolver = resolver
        self._open_socket = open_socket
        self._tls = tls
        # Waiting for a turn must not eat into a poll's own time: hence not the pool's limits.
        self._places = asyncio.Semaphore(self._settings.concurrency)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._public = await self._closing.enter_async_context(
            self._session(allow_private=self._settings.allow_private)
        )
        self._private = await self._closing.enter_async_context(self._session(allow_private=True))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()

    async def fetch(
        self, feed: Feed, state: FeedState, *, now: datetime, unconditional: bool = False
    ) -> FetchOutcome:
        """Ask `feed` what is new. Every trouble is a Failed with a sentence; nothing is raised.

        The validators of `state` are echoed unless `unconditional`. `now` is only the base of
        a Retry-After that names a date.
        """
        try:
            home, userinfo = web_address(feed.url)
            poll = _Poll(
                feed=feed,
                home=home,
                now=now,
                conditions={} if unconditional else conditions(state),
                private_lines=private_lines(feed, userinfo),
            )
            async with self._turn(home.host or ""), self._places:
                return await self._poll_in_time(poll)
        except Exception as error:  # noqa: BLE001  # any bytes may come; a feed never kills the daemon
            return failed_because(error)

    async def _poll_in_time(self, poll: _Poll) -> FetchOutcome:
        limit = self._settings.timeout.total_seconds()
        try:
            async with asyncio.timeout(limit) as deadline:
                return await self._follow(poll)
        except TimeoutError:
            if not deadline.expired():
                raise
            return Failed(
                kind=FailureKind.TIMEOUT, reason=f"no complete answer within {limit:g} seconds"
            )

    async def _follow(self, poll: _Poll) -> FetchOutcome:
        """Go through the redirects one by one; each is dialled through the guard again."""
        url, seen = poll.home, set[URL]()
        lines = poll.conditions | poll.private_lines
        while url not in seen:
            if len(seen) > _MOST_REDIRECTS:
                return _lost(f"the server redirects more than {_MOST_REDIRECTS} times")
            seen.add(url)
            if url.origin() != poll.home.origin():
                lines = poll.conditions  # and it stays so, even if the way leads back
            session = self._private if poll.may_be_private(url) else self._public
            async with session.get(url, headers=lines, allow_redirects=False) as response:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    return await self._understand(response, url, poll)
                url = next_address(url, response.headers["Location"])
        return _lost("the redirects go round in a circle")

    async def _understand(
        self, response: aiohttp.ClientResponse, url: URL, poll: _Poll
    ) -> FetchOutcome:
        etag = validator(response.headers.get("ETag"))
        last_modified = validator(response.headers.get("Last-Modified"))
        if response.status == 304 and poll.conditions:
            return NotModified(etag=etag, last_modified=last_modified)
        if response.status not in _WHOLE:
            return failed_by_status(response.status, response.headers, poll.now)

        body = await self._read(response)
        if not body:
            return Failed(
                kind=FailureKind.NOT_A_FEED,
                reason="the server sent an empty answer",
                status=response.status,
            )
        return Fetched(
            body=body,
            content_type=response.headers.get("Content-Type", ""),
            etag=etag,
            last_modified=last_modified,
            final_url=poll.shown(url),
            status=response.status,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = Body(response.headers.get("Content-Encoding", ""), self._settings.max_bytes)
        announced = response.content_length
        body.expect(announced or 0)
        try:
            async for part in response.content.iter_any():
                body.take(part)
        except (aiohttp.ClientPayloadError, ConnectionError) as error:
            raise Refusal(broken_off(body.received, announced)) from error
        return body.whole()

    def _turn(self, host: str) -> asyncio.Semaphore:
        """One at a time per host: shared news servers ban pollers that come in crowds."""
        return self._hosts.setdefault(host, asyncio.Semaphore(self._settings.per_host))

    def _session(self, *, allow_private: bool) -> aiohttp.ClientSession:
        allow, opened = self._settings.allow, self._open_socket

        def dial(info: AddressInfo) -> socket.socket:
            # The only place where every spelling, every resolved address and every redirect
            # must pass, with no moment between check and use for a name to change its mind.
            if reason := is_forbidden(str(info[4][0]), allow=allow, allow_private=allow_private):
                raise ForbiddenAddress(reason)
            return opened(info)

        connector = aiohttp.TCPConnector(
            limit=0,
            ttl_dns_cache=_DNS_CACHE,
            keepalive_timeout=_KEEP_ALIVE,
            resolver=self._resolver,
            socket_factory=dial,
            ssl=self._tls or True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            headers={
                "User-Agent": user_agent(__version__, self._settings.contact),
                "Accept": ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(
                sock_connect=self._settings.connect.total_seconds(),
                sock_read=self._settings.silence.total_seconds(),
            ),
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            max_headers=_MOST_HEADERS,
        )


def _lost(reason: str) -> Failed:
    return Failed(kind=FailureKind.HTTP, reason=reason)
