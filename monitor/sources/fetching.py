"""The one door to the web: asks a feed what is new, within limits, and never raises."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from monitor.model import (
    Failed,
    FailureKind,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    NotModified,
)
from monitor.sources.addresses import next_address, proxy_address, web_address
from monitor.sources.bot_walls import wall_before
from monitor.sources.failing import Refusal, broken_off, failed_because, failed_by_status
from monitor.sources.headers import private_lines, public_lines, validator
from monitor.sources.hints import hints_of
from monitor.sources.inflating import BadEncoding, Body, TooLarge
from monitor.sources.pools import FetchSettings, OpenSocket, Pools, open_socket

_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_WHOLE = frozenset({200, 203, 226})
_ACCEPTED = frozenset({200, 201, 202, 204})
_STILL_A_FORM = frozenset({307, 308})
_LARGEST_NOTICE = 256 * 1024
_NOTICE_WITHIN = timedelta(seconds=2)
"""How much of a page that says no is looked at, and for how long it may come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Poll:
    """One question to one feed. `private_lines` are for its own origin only.

    `home` is where it is configured, `start` where it is asked for since it has moved.
    """

    feed: Feed
    home: URL
    start: URL
    now: datetime
    lines: dict[str, str]
    private_lines: dict[str, str] = field(repr=False)
    proxy: URL | None = field(repr=False)
    operators_own: bool = True

    @property
    def is_conditional(self) -> bool:
        return not self.lines.keys().isdisjoint({"If-None-Match", "If-Modified-Since"})

    def may_be_private(self, url: URL) -> bool:
        """`allow_private` of a feed covers its own host, not whatever that redirects to."""
        return self.feed.allow_private and url.host == self.home.host

    def shown(self, url: URL) -> str:
        """`url` as it may be kept: as configured where nothing redirected, never with a login."""
        return self.feed.url if url == self.home and "@" not in self.feed.url else str(url)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an answer came from; `for_good` when nothing but permanent redirects led there."""

    url: URL
    for_good: bool = True


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
            poll = self._poll(feed, state, now, unconditional=unconditional)
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
            poll = self._poll(hub, FeedState(), now, unconditional=True)
            poll = replace(poll, operators_own=False)
            limit = self._settings.timeout.total_seconds()
            async with self._turn(poll.start.host or ""), self._places, asyncio.timeout(limit):
                return await self._post(poll, form)
        except Exception as error:  # noqa: BLE001  # as above
            return failed_because(error)

    async def _post(self, poll: _Poll, form: Mapping[str, str]) -> Failed | None:
        """Follow the redirects that keep a form a form (WebSub, 5.1)."""
        url = poll.start
        for _ in range(_MOST_REDIRECTS):
            answer = await self._handed_in(url, poll, form)
            if not isinstance(answer, URL):
                return answer
            url = answer
        return _lost(f"the hub redirects more than {_MOST_REDIRECTS} times")

    async def _handed_in(
        self, url: URL, poll: _Poll, form: Mapping[str, str], *, again: bool = True
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
                said = (await self._notice(response)).decode(errors="replace")
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

    def _poll(self, feed: Feed, state: FeedState, now: datetime, *, unconditional: bool) -> _Poll:
        home, userinfo = web_address(feed.url)
        proxy = feed.proxy or self._settings.proxy
        return _Poll(
            feed=feed,
            home=home,
            start=web_address(state.address)[0] if state.address else home,
            now=now,
            lines=public_lines(feed, None if unconditional else state),
            private_lines=private_lines(feed, userinfo),
            proxy=proxy_address(proxy) if proxy else None,
            operators_own=self._settings.operators_own,
        )

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
        place, seen = _Place(url=poll.start), set[URL]()
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
                    return await self._understand(response, place, poll)
                place = _Place(
                    url=next_address(url, response.headers["Location"]),
                    for_good=place.for_good and response.status in _PERMANENT,
                )
        return _lost("the redirects go round in a circle")

    async def _session(self, url: URL, poll: _Poll) -> aiohttp.ClientSession:
        private = poll.may_be_private(url)
        if poll.proxy is None:
            return self._pools.session_for(url, private=private)
        return await self._pools.session_of_proxy(
            url, private=private, trusted=poll.operators_own and url.host == poll.home.host
        )

    async def _understand(
        self, response: aiohttp.ClientResponse, place: _Place, poll: _Poll
    ) -> FetchOutcome:
        etag = validator(response.headers.get("ETag"))
        last_modified = validator(response.headers.get("Last-Modified"))
        moved_to = str(place.url) if place.for_good and place.url != poll.start else ""
        hints = hints_of(response.headers, place.url, moved_to, poll.now)
        if response.status == HTTPStatus.NOT_MODIFIED and poll.is_conditional:
            return NotModified(etag=etag, last_modified=last_modified, hints=hints)
        if response.status not in _WHOLE:
            return await self._refused(response, place, poll)

        body = await self._read(response)
        if wall := wall_before(response.status, response.headers, body):
            return _failed(response, place, poll, wall)
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
            final_url=poll.shown(place.url),
            status=response.status,
            partial=_is_partial(response),
            hints=hints,
        )

    async def _refused(
        self, response: aiohttp.ClientResponse, place: _Place, poll: _Poll
    ) -> Failed:
        """An answer that is no document; its page may tell that it is none of the publisher's."""
        notice = b""
        if "html" in response.headers.get("Content-Type", "html").lower():
            notice = await self._notice(response)
        wall = wall_before(response.status, response.headers, notice)
        failed = _failed(response, place, poll, wall)
        gone_elsewhere = poll.start != poll.home or not place.for_good
        if failed.kind is FailureKind.GONE and gone_elsewhere:
            reason = "where it leads now, the feed is gone (410)"
            return replace(failed, kind=FailureKind.HTTP, reason=reason)
        return failed

    async def _notice(self, response: aiohttp.ClientResponse) -> bytes:
        """As much of a page that says no as comes soon."""
        body = Body("", _LARGEST_NOTICE)
        with suppress(aiohttp.ClientError, OSError, BadEncoding, TooLarge):
            body = Body(response.headers.get("Content-Encoding", ""), _LARGEST_NOTICE)
            soon = min(_NOTICE_WITHIN, self._settings.silence)
            async with asyncio.timeout(soon.total_seconds()):
                async for part in response.content.iter_any():
                    body.take(part)
        return body.so_far()

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


def _failed(response: aiohttp.ClientResponse, place: _Place, poll: _Poll, wall: str = "") -> Failed:
    host = (place.url.host or "").lower()
    return failed_by_status(response.status, response.headers, poll.now, host=host, wall=wall)


def _is_partial(response: aiohttp.ClientResponse) -> bool:
    """Whether an answer holds only what is new (RFC 3229, with the manipulation `feed`)."""
    done = response.headers.get("IM", "").lower()
    return response.status == HTTPStatus.IM_USED or "feed" in done.replace(",", " ").split()


def _lost(reason: str) -> Failed:
    return Failed(kind=FailureKind.HTTP, reason=reason)
