"""The other side of every channel, on loopback: a mail server and a web service with scripts."""

import json
import logging
import socket
import threading
import warnings
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

with warnings.catch_warnings():
    # aiosmtpd's modules import parts of the standard library that will go in Python 3.14+.
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult


class Postbox:
    """A handler for aiosmtpd: keeps what arrives and answers as it is told to."""

    def __init__(self):
        self.mails = []
        self.answers = {}
        self.data_answer = "250 kept"
        self.hang_up = False
        self.logins = []
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd
        answer = self.answers.get(address, "250 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd
        if self.data_answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=default)
            self.mails.append((tuple(envelope.rcpt_tos), mail))
        if self.hang_up:
            server.transport.abort()
        return self.data_answer

    def authenticate(self, server, session, envelope, mechanism, login):
        self.logins.append(login.login)
        return AuthResult(success=login.password == b"right", handled=False)


class _Mailserver(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            authenticator=self.handler.authenticate,
            auth_required=False,
            auth_require_tls=False,
            hostname="mail.example",
        )


@pytest.fixture
def postbox():
    box = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = _Mailserver(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


class Web:
    """A web service that answers from a script and keeps what it was sent."""

    def __init__(self):
        self.requests = []
        self.script = []
        self.otherwise = (200, {}, "ok")
        self.port = 0

    def answer(self, status, body="", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append((status, named, body))

    def drop(self):
        self.script.append(None)

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
            if scripted is None:
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
