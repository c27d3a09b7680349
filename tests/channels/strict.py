"""The services themselves, on loopback: they read what they are sent and answer as the real ones.

Apprise sends to addresses of its own; whatever it calls by https is brought here.
"""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import readers
from readers import Heard, Refused
from requests.adapters import HTTPAdapter

from monitor.channels import tap

TOKEN = "CANARYstrictabcdefghijkl"
URLS = {
    "Slack": f"slack://T1234567/B1234567/{TOKEN}/",
    "Discord": f"discord://417429632418316298/{TOKEN}_JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF",
    "Telegram": f"tgram://123456789:{TOKEN}yz_ABCDEFGH/12345/",
    "Matrix": "matrixs://desk:passw0rd@matrix.example/!room:matrix.example",
    "Teams": "workflows://prod.example:443/643e69f83c8944/ABCdefSIGNATURE/",
    "Mattermost": "mmosts://mattermost.example/3ccdd113474722377935511fc85d3dd4",
    "Rocket.Chat": "rockets://3ccdd113474722377935511fc85d3dd4/abcdefghijklmnop@rocket.example/#desk",
    "Zulip": f"zulip://desk@wire/{'a' * 32}/news",
    "Google Chat": "gchat://workspace/key/token",
    "ntfy": "ntfys://ntfy.example/desk",
    "JSON": "jsons://hook.example/x",
    "XML": "xmls://hook.example/xml",
    "form": "forms://hook.example/form",
}


class Services:
    """All of them behind one door. `heard` is what their readers saw, `seen` every request."""

    def __init__(self):
        self.heard, self.seen, self.events = [], [], {}
        self.limited, self.refusal, self.token = "", None, ""

    def answer(self, method, host, path, headers, body):
        """(status, headers, body) for one request."""
        self.seen.append((method, host, path, headers, body))
        if self.limited:
            return 429, {"Retry-After": "30"}, self.limited
        try:
            if self.refusal:
                raise self.refusal
            return 200, {}, self._answer(host, path, headers, body)
        except Refused as refused:
            return refused.status, {}, refused.body

    def _answer(self, host, path, headers, body):
        if path.startswith(("/_matrix/", "/.well-known/")):
            return json.dumps(self._matrix(path, headers, body))
        readers_of = {
            "hooks.slack.com": self._slack,
            "discord.com": self._discord,
            "api.telegram.org": self._telegram,
            "prod.example": self._teams,
            "mattermost.example": lambda body: readers.mattermost(json.loads(body)["text"]),
            "rocket.example": lambda body: readers.rocket(json.loads(body)["text"]),
            "wire.zulipchat.com": self._zulip,
            "chat.googleapis.com": lambda body: readers.google(json.loads(body)["text"]),
            "ntfy.example": self._ntfy,
            "hook.example": lambda body: readers.plain(_generic(path, body)),
        }
        self.heard.append(readers_of[host](body))
        return "ok" if host == "hooks.slack.com" else '{"ok": true, "success": true}'

    def _slack(self, body):
        (attachment,) = json.loads(body)["attachments"]
        (block,) = attachment["blocks"]
        return readers.slack(block["text"]["text"])

    def _discord(self, body):
        sent = json.loads(body)
        return readers.discord(sent["content"], allowed=sent.get("allowed_mentions"))

    def _telegram(self, body):
        sent = json.loads(body)
        if sent["parse_mode"] != "HTML":
            raise Refused(400, '{"ok": false, "description": "no HTML"}')
        return readers.telegram(sent["text"])

    def _zulip(self, body):
        form = parse_qs(body.decode())
        if len(form["topic"][0]) > 60:
            raise Refused(400, '{"msg": "topic too long"}')
        return readers.zulip(form["content"][0])

    def _ntfy(self, body):
        sent = json.loads(body)
        if "markdown" in sent or readers.plain(sent["title"]).woken:
            raise Refused(400, '{"error": "this is no plain text"}')
        return readers.ntfy(sent["message"])

    def _teams(self, body):
        (card,) = json.loads(body)["attachments"]
        assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
        assert not card["content"].get("msteams", {}).get("entities")
        heard = Heard()
        for block in card["content"]["body"]:
            assert block["type"] == "TextBlock"
            heard.add(readers.teams(block["text"]))
        return heard

    def _matrix(self, path, headers, body):
        if path.endswith("/login"):
            self.token = f"syt_{len(self.seen)}"
            return {"access_token": self.token, "user_id": "@desk:matrix.example", "device_id": "D"}
        if "/join/" in path and headers["Authorization"] != f"Bearer {self.token}":
            raise Refused(401, '{"errcode": "M_UNKNOWN_TOKEN", "error": "Token is not active"}')
        if path.startswith("/.well-known/"):
            raise Refused(404, "{}")
        if "/join/" in path:
            return {"room_id": "!room:matrix.example"}
        if found := re.search(r"/send/m\.room\.message/(.+)", path):
            event = json.loads(body)
            if found[1] not in self.events:
                self.events[found[1]] = event
                self.heard.append(readers.matrix(event))
            return {"event_id": "$1"}
        return {"ok": True}


def _generic(path, body):
    text = body.decode()
    if path == "/xml":
        return readers.html.unescape(re.search("(?s)<Message>(.*)</Message>", text)[1])
    return parse_qs(text)["message"][0] if path == "/form" else json.loads(text)["message"]


@contextlib.contextmanager
def services(monkeypatch):
    """They are up, and whatever `requests` is told to call by https comes to them."""
    all_of_them = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, answer = all_of_them.answer(
                self.command, self.headers["X-Meant"], unquote(self.path), dict(self.headers), body
            )
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.encode())))
            self.end_headers()
            self.wfile.write(answer.encode())

        do_GET = do_POST  # noqa: N815 - the standard library's word
        do_PUT = do_POST  # noqa: N815 - the same

        def log_message(self, *args):
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with tap.tapped(""):  # so that it stands below what is put before it now
        send = HTTPAdapter.send

    def brought_here(self, request, *args, **settings):
        meant = urlsplit(request.url)
        here = f"127.0.0.1:{server.server_address[1]}"
        request.url = urlunsplit(("http", here, meant.path, meant.query, ""))
        request.headers["X-Meant"] = meant.hostname
        return send(self, request, *args, **settings)

    monkeypatch.setattr(HTTPAdapter, "send", brought_here)
    try:
        yield all_of_them
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
