"""The listener: uvicorn on a socket of ours, within the daemon's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

_BACKLOG = 128
_AT_ONCE = 300
"""Connections, of which pages that are open hold one each."""

_HEAD_SECONDS = 10.0
"""How long a request may take to begin."""

_UNREAD_MILLISECONDS = 60_000
"""A connection whose other end has taken nothing for so long is lost."""

_LEAVING_SECONDS = 2


class _Impatient(H11Protocol):
    """Leaves who connects and then says nothing, or says it a letter at a time.

    As many as are let in at once could keep everybody else out otherwise.
    """

    _waits: asyncio.TimerHandle | None = None
    silent_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= _AT_ONCE - 1:
            self._make_room()
        super().connection_made(transport)
        self._wait_for_a_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_silent:
            self._wait_for_a_head()
        else:
            self._wait_no_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self.silent_since = self.loop.time()
        super().on_response_complete()

    @property
    def is_silent(self) -> bool:
        """Whether nothing is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _make_room(self) -> None:
        """Leave who has said nothing for longest: ten seconds each would be long enough for all."""
        others = (each for each in self.connections if isinstance(each, _Impatient))
        silent = [each for each in others if each.is_silent]
        if silent:
            longest = min(silent, key=lambda each: each.silent_since)
            self.connections.discard(longest)
            longest.transport.abort()

    def _wait_for_a_head(self) -> None:
        if self._waits is None:
            self.silent_since = self.loop.time()
            self._waits = self.loop.call_later(_HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None


class _Server(uvicorn.Server):
    """Says when it is up, and leaves signals to the daemon."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(listen: str, app: ASGIApp) -> AsyncIterator[str]:
    """Serve at `host:port` for as long as the context lasts; the address, with the port chosen.

    Raises OSError where that is not possible.
    """
    door = bound(listen)
    config = uvicorn.Config(
        app,
        http=_Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_LEAVING_SECONDS,
        limit_concurrency=_AT_ONCE,
        h11_max_incomplete_event_size=32 * 1024,
        backlog=_BACKLOG,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[door]))
    try:
        await server.up.wait()
        host = listen.rpartition(":")[0]
        yield f"{host}:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await task
        door.close()


def bound(listen: str) -> socket.socket:
    """A socket bound to `host:port`, where an IPv6 address stands in brackets. Raises OSError."""
    host, _, port = listen.rpartition(":")
    family, kind, protocol, _, address = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    door = socket.socket(family, kind, protocol)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(AttributeError):  # there is no such option but on Linux
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
        door.bind(address)
    except OSError:
        door.close()
        raise
    return door
