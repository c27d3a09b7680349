"""Receivers on loopback in a process of their own: a mail server, a web service, ports that hang.

`Receivers` starts this file as a program, which answers orders on its standard input, and ends
when that closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from types import TracebackType
from typing import Self


class Receivers:
    """All of them: ports of the mail server, the web service, and of those that never answer."""

    def __init__(self, hanging: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(hanging)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.mail, self.web, *self.hung = json.loads(self._process.stdout.readline())

    def heard(self) -> dict[int, float]:
        """When each numbered hit was accepted first, in seconds of the wall clock."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return {int(hit): at for hit, at in json.loads(self._process.stdout.readline()).items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=10)


HEARD: dict[str, float] = {}


def hear(body: bytes) -> None:
    now = time.time()
    for hit in re.findall(rb"Missile (\d+) found", body):
        HEARD.setdefault(hit.decode(), now)


class _Mail(asyncio.Protocol):
    """As little of SMTP as smtplib needs."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._left = b""
        self._in_mail = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._left += data
        while True:
            end = b"\r\n.\r\n" if self._in_mail else b"\r\n"
            said, found, left = self._left.partition(end)
            if not found:
                return
            self._left = left
            self._transport.write(self._mail(said) if self._in_mail else self._command(said))

    def _mail(self, mail: bytes) -> bytes:
        self._in_mail = False
        hear(mail)
        return b"250 kept\r\n"

    def _command(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                return b"250-sink\r\n250 SIZE 33554432\r\n"
            case b"DATA":
                self._in_mail = True
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 bye\r\n"
            case _:
                return b"250 fine\r\n"


class _Web(asyncio.Protocol):
    """Says yes to every request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._left = b""

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, found, body = self._left.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if len(body) >= int(length[1] if length else 0):
            self._left = b""
            hear(body)
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


class _Hung(asyncio.Protocol):
    """Takes everything and says nothing."""


async def _serve(hanging: int) -> None:
    loop = asyncio.get_running_loop()
    kinds = (_Mail, _Web, *[_Hung] * hanging)
    servers = [await loop.create_server(kind, "127.0.0.1", 0) for kind in kinds]
    print(json.dumps([each.sockets[0].getsockname()[1] for each in servers]), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(HEARD), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
