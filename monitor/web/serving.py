"""The listener: uvicorn on a socket of ours, within the daemon's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from monitor.web.patience import AT_ONCE, Impatient

_BACKLOG = 128
_UNREAD_MILLISECONDS = 60_000
"""A connection whose other end has taken nothing for so long is lost."""

_LEAVING_SECONDS = 2


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
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=_LEAVING_SECONDS,
        limit_concurrency=AT_ONCE,
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
        with contextlib.suppress(AttributeError):  # elsewhere than on Linux
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
        door.bind(address)
    except OSError:
        door.close()
        raise
    return door
