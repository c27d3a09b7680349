"""A loopback server of invented feeds, gzipped, in a process of its own with a lock of its own.

`FeedServer` starts this file as a program, which takes orders on its standard input, and ends
when that closes.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
from types import TracebackType
from typing import Self

import _measuring  # noqa: F401 - puts the house on the path
import _news


class FeedServer:
    """So many feeds, spread over so many hosts (addresses 127.0.0.x); all in edition 0.

    A `lean` one keeps one document and puts the feed's number into it when it is asked for.
    """

    def __init__(self, feeds: int, hosts: int, *, lean: bool = False) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(feeds), str(hosts), "lean" if lean else "whole"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self.urls: list[str] = json.loads(self._answer())

    def serve(self, edition: int, *, validators: bool = True) -> None:
        """From now on serve that edition, with an ETag or without."""
        self._process.stdin.write(json.dumps([edition, validators]) + "\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> str:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the feed server has ended")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class _Shelf:
    """The documents as they are served at the moment."""

    def __init__(self, feeds: int) -> None:
        self._feeds = feeds
        self.show(0, validators=True)

    def show(self, edition: int, *, validators: bool) -> None:
        self._etag = f'"edition-{edition}"' if validators else ""
        self._bodies = {
            f"/{feed}".encode(): gzip.compress(
                _news.rss(feed, _news.edition(feed, edition)), compresslevel=6, mtime=0
            )
            for feed in range(self._feeds)
        }

    def body(self, feed: bytes) -> bytes:
        return self._bodies[feed]

    def answer(self, request: bytes) -> bytes:
        etag = self._etag.encode()
        if etag and etag in request:
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % etag
        body = self.body(request.split(b" ", 2)[1])
        line = b"ETag: %s\r\n" % etag if etag else b""
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\n"
            b"Content-Encoding: gzip\r\n%sContent-Length: %d\r\n\r\n%s" % (line, len(body), body)
        )


class _LeanShelf(_Shelf):
    """One document for all: nothing but the names in it differ."""

    def show(self, edition: int, *, validators: bool) -> None:
        self._etag = f'"edition-{edition}"' if validators else ""
        self._document = _news.rss(0, _news.edition(0, edition))

    def body(self, feed: bytes) -> bytes:
        own = self._document.replace(b"wire-0", b"wire-" + feed[1:])
        return gzip.compress(own, compresslevel=1, mtime=0)


class _Connection(asyncio.Protocol):
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._request += data
        if self._request.endswith(b"\r\n\r\n"):
            self._transport.write(self._shelf.answer(self._request))
            self._request = b""


async def _serve(feeds: int, hosts: int, *, lean: bool) -> None:
    shelf = _LeanShelf(feeds) if lean else _Shelf(feeds)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: _Connection(shelf), f"127.0.0.{host}", 0)
        for host in range(1, hosts + 1)
    ]
    origins = ["http://{}:{}".format(*each.sockets[0].getsockname()) for each in servers]
    print(json.dumps([f"{origins[n % hosts]}/{n}" for n in range(feeds)]), flush=True)
    while order := await asyncio.to_thread(sys.stdin.readline):
        edition, validators = json.loads(order)
        shelf.show(edition, validators=validators)
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), lean=sys.argv[3] == "lean"))
