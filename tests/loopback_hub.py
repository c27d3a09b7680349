"""A WebSub hub on loopback, in threads of its own: it asks back, and tells its subscribers."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit


class LoopbackHub:
    """Accepts every request and asks back whether it was meant; `agreed` are callbacks that said
    so, with what they had asked, `refused` the others.
    """

    def __init__(self, lease: int = 3600) -> None:
        self.lease = lease
        self.agreed: dict[str, dict[str, str]] = {}
        self.refused: list[str] = []
        self.has_asked = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.hub = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hub"

    def ask_back(self, form: dict[str, str]) -> None:
        query = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": "a challenge",
            "hub.lease_seconds": str(self.lease),
        }
        status, body = call(f"{form['hub.callback']}?{urlencode(query)}")
        if (status, body) != (200, b"a challenge"):
            self.refused.append(form["hub.callback"])
        elif form["hub.mode"] == "unsubscribe":
            self.agreed.pop(form["hub.callback"])
        else:
            self.agreed[form["hub.callback"]] = form
        self.has_asked.set()

    def tell(self, body: bytes, secret: str | None = None) -> list[int]:
        """Push to all subscribers; the statuses of their replies."""
        return [
            call(callback, body, signature(secret or form["hub.secret"], body))[0]
            for callback, form in self.agreed.items()
        ]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.hub.ask_back(dict(parse_qsl(body.decode())))

    def log_message(self, *_: object) -> None:
        pass


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def call(
    url: str, body: bytes | None = None, signed: str = "", method: str = "", **headers: str
) -> tuple[int, bytes]:
    """GET, or POST where there is a body; status and body of the reply."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    lines = {"Content-Type": "application/rss+xml", **headers}
    lines |= {"X-Hub-Signature": signed} if signed else {}
    try:
        connection.request(
            method or ("GET" if body is None else "POST"),
            parts.path + (f"?{parts.query}" if parts.query else ""),
            body,
            lines if body is not None else {},
        )
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
