"""Pools of connections to the web: who may be reached through each, and the limits of all."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor import __version__
from monitor.model import Failed, FailureKind, Secret
from monitor.sources.failing import ForbiddenAddress, Refusal
from monitor.sources.guard import Network, is_forbidden
from monitor.sources.headers import ACCEPT, ACCEPT_ENCODING, user_agent
from monitor.sources.hint_floods import Connector

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]
OpenSocket = Callable[[AddressInfo], socket.socket]

_KEEP_ALIVE = 15.0
_DNS_CACHE = 300
_LONGEST_LINE = 8190
_MOST_HEADERS = 256
_CANONICAL = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
# Whatever else ends in a number is an address too, to those who look names up in C.
_NUMERIC = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """How the web is asked: who asks, how long, how much, and where it may go.

    `contact` goes into the user agent. `timeout` bounds a whole poll, redirects included;
    `connect` the dialling, TLS included; `silence` each wait for bytes. `max_bytes` counts
    the decompressed body. `allow` opens exact networks, `allow_hosts` the private addresses
    of hosts by name, `allow_private` all private ones. `per_host` polls of one host run at a
    time, `concurrency` in all. `proxy` is that of all feeds that name none, `user:password`
    included. `operators_own` says that the addresses asked for are the operator's, and not
    links out of a feed: they may then name what only the proxy knows.
    """

    contact: str = ""
    timeout: timedelta = timedelta(seconds=20)
    connect: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=10)
    max_bytes: int = 10 * 1024 * 1024
    allow: tuple[Network, ...] = ()
    allow_hosts: frozenset[str] = frozenset()
    allow_private: bool = False
    per_host: int = 1
    concurrency: int = 256
    proxy: Secret | None = None
    operators_own: bool = True


def open_socket(info: AddressInfo) -> socket.socket:
    """A socket for an address that has passed the guard."""
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)


class Pools:
    """Sessions for private and public addresses, and for proxies: `async with Pools(...)`.

    Private and public feeds use pools of their own, so that a connection opened for a feed
    that may reach the intranet is never handed to one that may not. A proxy, which the
    operator has named, may lie anywhere: through its pool nothing is asked but proxies.
    """

    def __init__(
        self,
        settings: FetchSettings,
        resolver: AbstractResolver | None,
        opened: OpenSocket,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._opened = opened
        self._tls = tls
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        enter = self._closing.enter_async_context
        public = self._settings.allow_private
        self._public = await enter(self._session(partial(self._dial, allow_private=public)))
        self._private = await enter(self._session(partial(self._dial, allow_private=True)))
        self._proxied = await enter(self._session(self._opened))
        self._names = self._resolver or aiohttp.ThreadedResolver()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()

    def session_for(self, url: URL, *, private: bool) -> aiohttp.ClientSession:
        """The session that may ask `url` itself; `private` opens what this host is."""
        return self._private if private or self._is_listed(url) else self._public

    async def session_of_proxy(
        self, url: URL, *, private: bool, trusted: bool
    ) -> aiohttp.ClientSession:
        """The session that may ask a proxy for `url`. Raises Refusal where it must not.

        The proxy looks names up itself and dials as it likes, so that this is a check before
        use. A name that is unknown here is the proxy's affair only where it is `trusted`, as
        the operator's own: a redirect might name something that only the proxy can see.
        """
        private = private or self._is_listed(url) or self._settings.allow_private
        for address in await self._addresses(url, trusted=trusted):
            forbidden = is_forbidden(address, allow=self._settings.allow, allow_private=private)
            if forbidden:
                raise _forbidden(f"{url.host} must not be asked for: {forbidden}")
        return self._proxied

    async def _addresses(self, url: URL, *, trusted: bool) -> list[str]:
        host = (url.raw_host or "").partition("%")[0]
        if ":" in host or _CANONICAL.fullmatch(host):
            return [host]
        if _NUMERIC.fullmatch(host):
            raise _forbidden("this is no web address")
        try:
            return [each["host"] for each in await self._names.resolve(host, url.port or 0)]
        except OSError:
            if trusted:
                return []
            raise _forbidden(f"{host} is unknown here") from None

    def _is_listed(self, url: URL) -> bool:
        allowed = self._settings.allow_hosts
        return bool(allowed) and not allowed.isdisjoint({url.host or "", url.raw_host or ""})

    def _dial(self, info: AddressInfo, *, allow_private: bool) -> socket.socket:
        # The only place where every spelling, every resolved address and every redirect
        # must pass, with no moment between check and use for a name to change its mind.
        reason = is_forbidden(
            str(info[4][0]), allow=self._settings.allow, allow_private=allow_private
        )
        if reason:
            raise ForbiddenAddress(reason)
        return self._opened(info)

    def _session(self, dial: OpenSocket) -> aiohttp.ClientSession:
        connector = Connector(
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


def _forbidden(reason: str) -> Refusal:
    return Refusal(Failed(kind=FailureKind.FORBIDDEN_ADDRESS, reason=reason))
