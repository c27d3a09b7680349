"""The newswire on the air: every outlet behind its own loopback address, at a simulated instant."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import selectors
import socket
import threading
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Self

from monitor.demo.newswire.documents import changed_at, document
from monitor.demo.newswire.outlets import Fault, Outlet, outlets
from monitor.demo.newswire.reports import Report
from monitor.model import Feed


class Newswire:
    """Serves all outlets while entered; the clock starts at `start`, when day 1 begins.

    Only what has been published by `at` is served. `advance` moves the clock, never back.
    """

    def __init__(self, start: datetime) -> None:
        self.at = start.astimezone(UTC)
        self.outlets = outlets(self.at)
        self._servers: list[_OutletServer] = []
        self._closing = contextlib.ExitStack()

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The feeds to watch, as an operator would configure them."""
        return tuple(server.feed for server in self._servers)

    @property
    def items(self) -> tuple[Report, ...]:
        """Every report of every outlet, served yet or not, with its labels."""
        return tuple(report for outlet in self.outlets for report in outlet.reports)

    def advance(self, to: datetime) -> None:
        """Move the clock to `to` (aware). Raises ValueError for an instant in its past."""
        if to < self.at:
            raise ValueError(f"the newswire stands at {self.at}; it cannot go back to {to}")
        self.at = to.astimezone(UTC)

    def __enter__(self) -> Self:
        self._servers = [
            _listen(self, outlet, f"127.0.0.{number}")
            for number, outlet in enumerate(self.outlets, start=2)
        ]
        stop, stopped = socket.socketpair()
        thread = threading.Thread(target=self._serve, args=(stopped,), name="newswire")
        for server in self._servers:
            self._closing.callback(server.server_close)
        self._closing.callback(stopped.close)
        self._closing.callback(thread.join)
        self._closing.callback(stop.close)
        thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def _serve(self, stopped: socket.socket) -> None:
        """Hand each caller to a thread of its own until the other end of `stopped` is closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(stopped, selectors.EVENT_READ)
            for server in self._servers:
                selector.register(server, selectors.EVENT_READ, server)
            while True:
                ready = [key.data for key, _ in selector.select()]
                if None in ready:
                    return
                for server in ready:
                    server.handle_request()


class _OutletServer(ThreadingHTTPServer):
    """One outlet at one address."""

    daemon_threads = False  # server_close() waits for answers under way
    timeout = 0

    def __init__(self, wire: Newswire, outlet: Outlet, host: str) -> None:
        self.wire = wire
        self.outlet = outlet
        super().__init__((host, 0), _Handler)

    def server_bind(self) -> None:
        """Bind without asking DNS for a name: without a network, that waits for seconds."""
        TCPServer.server_bind(self)
        host, self.server_port = self.server_address[:2]
        self.server_name = f"{host!s}"

    @property
    def feed(self) -> Feed:
        host, port = self.server_address[:2]
        return Feed(
            url=f"http://{host!s}:{port}{self.outlet.path}",
            name=self.outlet.name,
            tags=self.outlet.tags,
            language=self.outlet.language,
            allow_private=True,
        )


def _listen(wire: Newswire, outlet: Outlet, host: str) -> _OutletServer:
    """A server on `host`, or on 127.0.0.1 where the system knows no other loopback address."""
    try:
        return _OutletServer(wire, outlet, host)
    except OSError:
        return _OutletServer(wire, outlet, "127.0.0.1")


class _Handler(BaseHTTPRequestHandler):
    """Answers as a well-kept web server does: validators, 304, gzip; says nothing on stderr."""

    protocol_version = "HTTP/1.1"
    server_version = "newswire"
    sys_version = ""
    timeout = 5
    server: _OutletServer

    def do_GET(self) -> None:
        outlet, at = self.server.outlet, self.server.wire.at
        if outlet.fault is Fault.FORBIDDEN:
            self._answer(HTTPStatus.FORBIDDEN, b"Subscribers only.\n", "text/plain")
        elif self.path != outlet.path:
            self._answer(HTTPStatus.NOT_FOUND, b"Nothing here.\n", "text/plain")
        else:
            self._feed(document(outlet, at), changed_at(outlet, at))

    def _feed(self, body: bytes, changed: datetime) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        validators = (("ETag", etag), ("Last-Modified", format_datetime(changed, usegmt=True)))
        if self._is_known(etag, changed):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", "", *validators)
        else:
            self._answer(HTTPStatus.OK, body, self.server.outlet.form.value, *validators)

    def _is_known(self, etag: str, changed: datetime) -> bool:
        """Whether the caller holds this version (RFC 9110, section 13.2.2: the ETag decides)."""
        held = self.headers.get("If-None-Match")
        if held is not None:
            return held == etag
        since = self.headers.get("If-Modified-Since")
        return since is not None and changed <= parsedate_to_datetime(since)

    def _answer(
        self, status: HTTPStatus, body: bytes, content_type: str, *headers: tuple[str, str]
    ) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        if status is not HTTPStatus.NOT_MODIFIED:
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, mtime=0)
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Vary", "Accept-Encoding")
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The `Date` header: the simulated instant."""
        del timestamp
        return format_datetime(self.server.wire.at, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Requests are not logged: the demo's screen belongs to the demo."""
