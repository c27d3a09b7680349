"""The other side of a chat channel, on loopback: a web service that answers from a script."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Web:
    """A web service that answers from a script and keeps what it was sent."""

    def __init__(self):
        self.requests = []
        self.script = []
        self.otherwise = (200, {}, "ok")
        self.port = 0
        self.over = threading.Event()

    def answer(self, status, body="", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append((status, named, body))

    def drop(self):
        self.script.append(None)

    def hold(self):
        """Answer nothing until the test is over."""
        self.script.append("hold")

    @property
    def bodies(self):
        return [json.loads(body) for _, _, body in self.requests]


@pytest.fixture
def web(monkeypatch):
    service = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.requests.append((self.path, dict(self.headers), body))
            scripted = service.script.pop(0) if service.script else service.otherwise
            if scripted == "hold":
                service.over.wait(30)
            if scripted is None or scripted == "hold":
                self.close_connection = True
                return
            status, headers, text = scripted
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    here = f"http://127.0.0.1:{service.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    from apprise.plugins.discord import NotifyDiscord
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.telegram import NotifyTelegram

    monkeypatch.setattr(NotifySlack, "webhook_url", f"{here}/slack")
    monkeypatch.setattr(NotifyDiscord, "notify_url", f"{here}/discord")
    monkeypatch.setattr(NotifyTelegram, "notify_url", f"{here}/bot")
    yield service
    service.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def logged():
    """Every line, of any level, that reaches whoever listens at the root."""
    lines = []

    class Keeper(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    keeper, root = Keeper(), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keeper)
    root.setLevel(level)
