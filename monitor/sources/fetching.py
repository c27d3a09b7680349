"""The one door to the web: asks a feed what is new, within limits, and never raises."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor.model import Failed, FailureKind, Feed, FeedState, FetchOutcome
from monitor.sources.addresses import next_address
from monitor.sources.answers import notice_of, outcome_of
from monitor.sources.failing import failed_because, failed_by_status
from monitor.sources.polls import Place, Poll
from monitor.sources.pools import FetchSettings, OpenSocket, Pools, open_socket

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPTED = frozenset({200, 201, 202, 204})
_STILL_A_FORM = frozenset({307, 308})


class Fetcher:
    """Polls feeds over pooled connections: `async with Fetcher(settings) as fetcher`.

    `resolver`, `open_socket` and `tls` replace the doors: name lookup, sockets and the trusted
    certificates.
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
        self._pools = Pools(self._settings, resolver, open_socket, tls)
        # Waiting for a turn must not eat into a poll's own time: hence not the pool's limits.
        self._places = asyncio.Semaphore(self._settings.concurrency)
        self._hosts: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __aenter__(self) -> Self:
        await self._pools.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._pools.__aexit__(kind, error, trace)

    async def fetch(
        self, feed: Feed, state: FeedState, *, now: datetime, unconditional: bool = False
    ) -> FetchOutcome:
        """Ask `feed` what is new. Every trouble is a Failed with a sentence; nothing is raised.

        It is asked at its own address, or at that of `state`, to which it has moved. The
        validators of `state` are echoed unless `unconditional`. `now` is only the base of
        dates that answers name.
        """
        try:
            poll = Poll.of(feed, state, self._settings, now=now, unconditional=unconditional)
            async with self._turn(poll.start.host or ""), self._places:
                return await self._poll_in_time(poll)
        except Exception as error:  # noqa: BLE001  # any bytes may come; a feed never kills the daemon
            return failed_because(error)

    async def post(
        self, url: str, form: Mapping[str, str], *, now: datetime, allow_private: bool
    ) -> Failed | None:
        """Send a form to a hub; None where it was accepted. Nothing is raised.

        It passes the guard as any poll does; `allow_private` opens this one host.
        """
        hub = Feed(url=url, allow_private=allow_private)
        try:
            poll = Poll.of(hub, FeedState(), self._settings, now=now)
            poll = replace(poll, operators_own=False)
            limit = self._settings.timeout.total_seconds()
            async with self._turn(poll.start.host or ""), self._places, asyncio.timeout(limit):
                return await self._post(poll, form)
        except Exception as error:  # noqa: BLE001  # as above
            return failed_because(error)

    async def _post(self, poll: Poll, form: Mapping[str, str]) -> Failed | None:
        """Follow the redirects that keep a form a form (WebSub, 5.1)."""
        url = poll.start
        for _ in range(_MOST_REDIRECTS):
            answer = await self._handed_in(url, poll, form)
            if not isinstance(answer, URL):
                return answer
            url = answer
        return _lost(f"the hub redirects more than {_MOST_REDIRECTS} times")

    async def _handed_in(
        self, url: URL, poll: Poll, form: Mapping[str, str], *, again: bool = True
    ) -> URL | Failed | None:
        """What became of a form, or where else it is to be handed in."""
        session = await self._session(url, poll)
        try:
            async with session.post(
                url, data=form, headers=poll.lines, allow_redirects=False, proxy=poll.proxy
            ) as response:
                if response.status in _ACCEPTED:
                    return None
                if response.status in _STILL_A_FORM and "Location" in response.headers:
                    return next_address(url, response.headers["Location"])
                said = (await notice_of(response, self._settings)).decode(errors="replace")
                failed = failed_by_status(response.status, response.headers, poll.now)
                shown = f"the hub answered {response.status}: {' '.join(said.split())[:200]}"
                return replace(failed, reason=shown.rstrip(": "))
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # A connection that was kept open and closed at this very moment: aiohttp sends no
            # form twice by itself, but asking a hub twice does no harm.
            if not again:
                raise
            return await self._handed_in(url, poll, form, again=False)

    async def _poll_in_time(self, poll: Poll) -> FetchOutcome:
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

    async def _follow(self, poll: Poll) -> FetchOutcome:
        """Go through the redirects one by one; each is dialled through the guard again."""
        place, seen = Place(url=poll.start), set[URL]()
        lines = poll.lines | poll.private_lines
        while (url := place.url) not in seen:
            if len(seen) > _MOST_REDIRECTS:
                return _lost(f"the server redirects more than {_MOST_REDIRECTS} times")
            seen.add(url)
            if url.origin() != poll.home.origin():
                lines = poll.lines  # and it stays so, even if the way leads back
            session = await self._session(url, poll)
            async with session.get(
                url, headers=lines, allow_redirects=False, proxy=poll.proxy
            ) as response:
                if response.status not in _REDIRECTS or "Location" not in response.headers:
                    return await outcome_of(response, place, poll, self._settings)
                place = Place(
                    url=next_address(url, response.headers["Location"]),
                    for_good=place.for_good and response.status in _PERMANENT,
                )
        return _lost("the redirects go round in a circle")

    async def _session(self, url: URL, poll: Poll) -> aiohttp.ClientSession:
        private = poll.may_be_private(url)
        if poll.proxy is None:
            return self._pools.session_for(url, private=private)
        return await self._pools.session_of_proxy(
            url, private=private, trusted=poll.operators_own and url.host == poll.home.host
        )

    def _turn(self, host: str) -> asyncio.Semaphore:
        """One at a time per host: shared news servers ban pollers that come in crowds."""
        return self._hosts.setdefault(host, asyncio.Semaphore(self._settings.per_host))


def _lost(reason: str) -> Failed:
    return Failed(kind=FailureKind.HTTP, reason=reason)
