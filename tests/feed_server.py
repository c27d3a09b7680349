"""A loopback web server for feeds, in threads of its own, that keeps count of what it answered."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class FeedServer:
    """Serves `documents` (path to body) with ETags unless `validators` is False.

    `answers` counts status codes. A body of None is answered with 500, a path in `busy` with
    429 and the wish to be left alone for an hour.
    """

    def __init__(self, documents: dict[str, bytes | None], *, validators: bool = True) -> None:
        self.documents = documents
        self.validators = validators
        self.busy: set[str] = set()
        self.answers: Counter[int] = Counter()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.feeds = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path}"

    @property
    def urls(self) -> list[str]:
        return [self.url(path) for path in self.documents]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A caller that was killed hangs up in the middle: that is what it is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        feeds: FeedServer = self.server.feeds
        path = self.path.lstrip("/")
        body = feeds.documents.get(path, b"")
        if path in feeds.busy:
            self._answer(429, b"", retry_after="3600")
        elif path not in feeds.documents:
            self._answer(404, b"no such feed")
        elif body is None:
            self._answer(500, b"out of order")
        else:
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"' if feeds.validators else ""
            if etag and self.headers.get("If-None-Match") == etag:
                self._answer(304, b"", etag)
            else:
                self._answer(200, body, etag)

    def _answer(self, status: int, body: bytes, etag: str = "", retry_after: str = "") -> None:
        self.server.feeds.answers[status] += 1
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
