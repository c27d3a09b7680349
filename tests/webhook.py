"""The other side of a webhook or a chat, on loopback: keeps what arrives, then answers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request: where it went, under which key, and what it said."""

    path: str
    key: str
    body: bytes


@dataclass
class Webhook:
    """What it was sent, in order. `taken` is called before a sender hears of it.

    `answers` decides what becomes of a request: a status; "lost", which keeps the request but
    hangs up instead of answering; or "dropped", which hangs up and keeps nothing.
    """

    received: list[Received] = field(default_factory=list)
    taken: Callable[[], None] = lambda: None
    answers: Callable[[], int | str] = lambda: 200
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A sender that was killed hangs up in the middle: that is what it is for."""


@contextlib.contextmanager
def open_webhook() -> Iterator[Webhook]:
    """A web service that is up, and down again afterwards."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = hook.answers()
            if answer in {"lost", 200}:
                key = self.headers.get("Idempotency-Key", "")
                hook.received.append(Received(path=self.path, key=key, body=body))
                hook.taken()
            if isinstance(answer, str):
                self.close_connection = True
                return
            self.send_response_only(answer)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
