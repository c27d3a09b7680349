"""A loopback server that plays scripted answers, and a poll of it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Self

from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.model import Feed, FeedState, FetchOutcome
from monitor.sources.fetching import Fetcher
from monitor.sources.pools import AddressInfo, FetchSettings, open_socket

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DOCUMENT = b"<rss version='2.0'><channel><item><guid>1</guid></item></channel></rss>"
HERE = "127.0.0.1"
HOME = FetchSettings(
    allow=(ip_network(HERE),),
    max_bytes=200_000,
)


def answer(body: bytes = DOCUMENT, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {location}", status=status)


@dataclass
class Held:
    """Bytes, after which the server says nothing more and keeps the connection open."""

    data: bytes


@dataclass
class Endless:
    """A beginning, and then one piece for ever, with a pause between two of them."""

    start: bytes
    piece: bytes
    pause: float = 0.0


@dataclass
class Slow:
    """An answer that comes whole, but late."""

    data: bytes
    delay: float


Script = bytes | Held | Endless | Slow


@dataclass(frozen=True)
class Identity:
    """A certificate of a server, and the belief in it."""

    server: ssl.SSLContext
    trusted: ssl.SSLContext


class Server:
    """Plays one script per request, the last one again and again; remembers requests."""

    def __init__(self, *scripts: Script, keep_alive: bool = False) -> None:
        self.scripts = list(scripts)
        self._keep_alive = keep_alive
        self.requests: list[str] = []
        self.asked = asyncio.Event()
        self._talks: list[asyncio.Task[None] | None] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HERE, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        talks = [talk for talk in self._talks if talk is not None]
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    @property
    def connections(self) -> int:
        return len(self._talks)

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}/feed"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.append(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                await self._talk(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(request.decode("latin-1"))
            self.asked.set()
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            await self._play(script, reader, writer)
            if not self._keep_alive:
                return

    async def _play(
        self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        match script:
            case bytes():
                writer.write(script.replace(b"{port}", str(self.port).encode()))
            case Held(data):
                writer.write(data)
                await reader.read()
            case Slow(data, delay):
                await asyncio.sleep(delay)
                writer.write(data)
            case Endless(start, piece, pause):
                writer.write(start)
                while not writer.is_closing():
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
        await writer.drain()


class Names(AbstractResolver):
    """Name service from a table; a name that is not in it does not exist."""

    def __init__(self, table: dict[str, Sequence[str]]) -> None:
        self._table = table

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host.lower() not in self._table:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._table[host.lower()]
        ]

    async def close(self) -> None:
        pass


@dataclass
class Dialler:
    """Opens sockets, or only pretends to; either way it remembers for which addresses."""

    dials: bool = True
    addresses: list[str] = field(default_factory=list)

    def __call__(self, info: AddressInfo) -> socket.socket:
        self.addresses.append(str(info[4][0]))
        if not self.dials:
            raise ConnectionRefusedError
        return open_socket(info)


def poll(
    *scripts: Script,
    state: FeedState | None = None,
    settings: FetchSettings = HOME,
    unconditional: bool = False,
    **feed: Any,
) -> tuple[FetchOutcome, Server]:
    """Poll a server that plays `scripts` once; the outcome, and the server to ask about it."""

    async def run() -> tuple[FetchOutcome, Server]:
        async with Server(*scripts) as server, Fetcher(settings) as fetcher:
            outcome = await fetcher.fetch(
                Feed(url=server.url, **feed),
                state or FeedState(),
                now=NOW,
                unconditional=unconditional,
            )
            return outcome, server

    return asyncio.run(run())


def header(request: str, name: str) -> str | None:
    """The value of a header line in a recorded request; None if it is not there."""
    lines: Iterable[tuple[str, str, str]] = (
        line.partition(": ") for line in request.split("\r\n")[1:]
    )
    return next((value for key, _, value in lines if key.lower() == name.lower()), None)
