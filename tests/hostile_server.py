"""A server that plays every trick on whoever polls it, on loopback, in a process of its own.

Run as a program it prints its port and plays until its standard input is closed: `/NAME` plays
the case of that name in CASES, `/good...` serves a feed of one item.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Self

HERE = "127.0.0.1"
XML = b'<?xml version="1.0" encoding="utf-8"?>\n'
OPEN = b'<rss version="2.0"><channel><title>T</title>'
SENTINEL = b"<item><guid>s</guid><title>Sentinel item</title></item>"
CLOSE = b"</channel></rss>"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
HINT = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"


@dataclass(frozen=True)
class Case:
    """What is sent, then how the connection goes on; and what a poll of it must come to.

    `then`: close, hold, reset, or bytes that follow one another for ever, `pause` seconds
    apart. `kind` is that of the failure, "" where the feed must be read with its good item.
    """

    send: Callable[[], bytes]
    then: str | bytes = "close"
    pause: float = 0.0
    kind: str = ""
    says: str = ""


def feed(*items: bytes, head: bytes = XML + OPEN) -> bytes:
    return head + b"".join(items) + SENTINEL + CLOSE


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", b""]
    return b"\r\n".join(lines) + body


def packed(body: bytes) -> bytes:
    return gzip.compress(body, mtime=0)


def gzip_bomb(mebibytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [
        packer.compress(XML + OPEN),
        *(packer.compress(bytes(1 << 20)) for _ in range(mebibytes)),
    ]
    return answer(b"".join(parts) + packer.flush(), b"Content-Encoding: gzip")


def redirect(to: bytes) -> bytes:
    return answer(b"", b"Location: " + to, status=b"302 Found")


def described(markup: bytes) -> bytes:
    escaped = markup.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    return feed(
        b"<item><guid>1</guid><title>A</title><description>%s</description></item>" % escaped
    )


def many_items(count: int) -> bytes:
    row = b"<item><guid>%d</guid><title>Item %d</title></item>"
    return feed(*(row % (n, n) for n in range(count)))


def attributes(count: int) -> bytes:
    return feed(b"<item %s><guid>1</guid></item>" % b" ".join(b'a%d="x"' % n for n in range(count)))


LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n + 1, b"&a%d;" % n * 10) for n in range(9)
)
QUADRATIC = b"<!DOCTYPE x [<!ENTITY a '%s'>]>" % (b"A" * 50_000)
XXE = b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
RULES = "breaks the rules of HTTP"
LARGE = "larger than 10,485,760 bytes"
CASES = {
    # --- Bodies that grow
    "gzip-bomb": Case(lambda: gzip_bomb(256), kind="too large", says=LARGE),
    "brotli": Case(
        lambda: answer(b"\x8b" * 999, b"Content-Encoding: br"), kind="http", says="'br'"
    ),
    "zstd": Case(
        lambda: answer(b"(\xb5/\xfd", b"Content-Encoding: zstd"), kind="http", says="zstd"
    ),
    "gzip-twice": Case(
        lambda: answer(packed(packed(feed())), b"Content-Encoding: gzip, gzip"),
        kind="http",
        says="more than once",
    ),
    "endless-body": Case(
        lambda: CHUNKED, b"10000\r\n" + bytes(65_536) + b"\r\n", kind="too large", says=LARGE
    ),
    "endless-tail": Case(
        lambda: (
            CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
            + b"%x\r\n%s\r\n" % (len(packed(feed())), packed(feed()))
        ),
        b"10000\r\n" + bytes(65_536) + b"\r\n",
        kind="too large",
        says=LARGE,
    ),
    # --- Answers that never come, or never end
    "silent": Case(lambda: b"", "hold", kind="timeout", says="fell silent"),
    "slow-headers": Case(
        lambda: b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", 0.05, "timeout", "no complete answer within"
    ),
    "slow-body": Case(lambda: CHUNKED, b"1\r\nx\r\n", 0.05, "timeout", "no complete answer within"),
    "slow-refusal": Case(
        lambda: b"HTTP/1.1 403 Forbidden\r\n\r\n<html>", b"x", 0.05, "refused", "forbids"
    ),
    "slow-hints": Case(lambda: b"", HINT, 0.2, "timeout", "no complete answer within"),
    "flood-of-hints": Case(lambda: b"", HINT * 999, kind="http", says=RULES),
    # --- Answers that lie
    "too-short": Case(
        lambda: answer(feed()).replace(b"Length: ", b"Length: 9"),
        kind="truncated",
        says="broke off after",
    ),
    "too-long": Case(lambda: answer(feed()) + b"HTTP/1.1 200 OK\r\n\r\nsmuggled"),
    "two-lengths": Case(lambda: answer(feed(), b"Content-Length: 7"), kind="http", says=RULES),
    "huge-length": Case(
        lambda: b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "hold",
        kind="too large",
        says=LARGE,
    ),
    "not-gzip": Case(
        lambda: answer(feed(), b"Content-Encoding: gzip"), kind="http", says="the way it claims"
    ),
    "gzip-cut-off": Case(
        lambda: answer(packed(many_items(99))[:-99], b"Content-Encoding: gzip"),
        kind="truncated",
        says="before its end mark",
    ),
    "wrong-type": Case(lambda: answer(feed(), b"Content-Type: image/png")),
    "wrong-charset": Case(lambda: answer(feed(), b"Content-Type: text/xml; charset=punycode")),
    # --- No HTTP, or too much of it
    "another-language": Case(lambda: b"220 mail ready\r\n", kind="http", says=RULES),
    "bad-chunk": Case(lambda: CHUNKED + b"ZZ\r\nxx", kind="http", says=RULES),
    "closed": Case(lambda: b"", kind="unreachable", says="before it had answered"),
    "reset": Case(lambda: b"", "reset", kind="unreachable", says="before it had answered"),
    "reset-in-the-body": Case(
        lambda: answer(feed())[:120], "reset", kind="truncated", says="broke off after"
    ),
    "many-headers": Case(
        lambda: b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200_000 + b"\r\n", kind="http", says=RULES
    ),
    "long-header": Case(
        lambda: b"HTTP/1.1 200 OK\r\nX: " + b"a" * 8_000_000 + b"\r\n\r\n", kind="http", says=RULES
    ),
    "many-cookies": Case(
        lambda: answer(feed(), *(b"Set-Cookie: c%d=%s" % (n, b"v" * 3_000) for n in range(30)))
    ),
    # --- Ways that lead nowhere, or where nobody may go
    "circle": Case(lambda: redirect(b"/circle"), kind="http", says="round in a circle"),
    "long-way": Case(lambda: redirect(b"x"), kind="http", says="more than 5 times"),
    "to-loopback": Case(
        lambda: redirect(b"http://127.0.0.2/x"), kind="forbidden address", says="loopback"
    ),
    "to-network": Case(
        lambda: redirect(b"http://10.0.0.1/x"), kind="forbidden address", says="private"
    ),
    "to-metadata": Case(
        lambda: redirect(b"http://169.254.169.254/x"), kind="forbidden address", says="metadata"
    ),
    "rebinding": Case(
        lambda: redirect(b"http://rebind.example:81/x"), kind="forbidden address", says="private"
    ),
    "to-a-file": Case(
        lambda: redirect(b"file:///etc/passwd"), kind="forbidden address", says="`file:` address"
    ),
    # --- Documents made to be hard to read
    "laughs": Case(lambda: answer(feed(b"&a9;", head=XML + LAUGHS + OPEN))),
    "quadratic": Case(lambda: answer(feed(b"&a;" * 9_999, head=XML + QUADRATIC + OPEN))),
    "xxe": Case(lambda: answer(feed(b"<item><title>&a;</title></item>", head=XML + XXE + OPEN))),
    "newlines": Case(lambda: answer(feed(head=XML + b"\n" * 100_000 + OPEN))),
    "deep": Case(lambda: answer(feed(b"<a>" * 60_000 + b"</a>" * 60_000))),
    "attributes": Case(lambda: answer(attributes(40_000))),
    "open-comments": Case(lambda: answer(described(b"<!--" * 40_000))),
    "open-tags": Case(lambda: answer(described(b"<a " * 21_800))),
    "misnested": Case(lambda: answer(described(b"<b><p>" * 10_000))),
    "author": Case(lambda: answer(feed(b"<item><author>%s</author></item>" % (b"a-" * 20_000)))),
    "many-items": Case(lambda: answer(many_items(120_000))),
    "nul": Case(lambda: answer(feed(b"<item><title>a\x00\x01b</title></item>"))),
}


def good(path: str) -> bytes:
    item = b"<item><guid>%s</guid><title>Missile %s</title></item>" % ((path.encode(),) * 2)
    return answer(XML + OPEN + item + CLOSE, b"Content-Type: application/rss+xml")


@cache
def sent(name: str) -> bytes:
    return CASES[name].send()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode().strip("/")
        name = path.rstrip("x/") or "x"
        if path.startswith("good"):
            writer.write(good(path))
        elif path.startswith("long-way"):
            writer.write(redirect(b"/%sx" % path.encode()))
        else:
            await play(name if name in CASES else path, reader, writer)
        await writer.drain()
    writer.close()


async def play(name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    case = CASES[name]
    writer.write(sent(name))
    match case.then:
        case "hold":
            await reader.read()
        case "reset":
            await writer.drain()
            await asyncio.sleep(0.05)
            lingering = struct.pack("ii", 1, 0)
            raw = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
            writer.transport.abort()
        case bytes() as piece:
            while not writer.is_closing():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(case.pause)


class HostileServer:
    """The server, in a process of its own: what it does is not held against who polls it."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()


async def main() -> None:
    for name in CASES:  # made now: making them later would take time from those who measure
        sent(name)
    server = await asyncio.start_server(serve, HERE, 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - it is a program
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
