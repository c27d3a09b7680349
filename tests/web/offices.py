"""A watch that has lived through a day of the invented newswire, with its pages on loopback."""

import http.client
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from canaries import refuse

from monitor.cli.opening import starter_kit
from monitor.config.settings import StateSettings, WebSettings
from monitor.demo.showing import Show, showing
from monitor.demo.touring import tour
from monitor.model import Channel, Secret
from monitor.store.engine import Store
from monitor.web.access import Keys

START = datetime(2026, 11, 20, tzinfo=UTC)
FULL, READ = "full-token-of-this-test", "read-token-of-this-test"
KEYS = Keys(full=FULL, read=(READ,))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    def __post_init__(self):
        refuse(self.text)

    @property
    def json(self):
        return json.loads(self.text)


@dataclass
class Office:
    """A watch with its pages: `show` is the watch, `url` where the pages are."""

    show: Show
    url: str
    folder: Path
    cookie: str = field(default="")

    @property
    def store(self):
        return self.show.store

    def call(self, method, path, *, body=None, headers=()):
        """One request as it is, without a login; redirects are not followed."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        line.request(method, path, body=body, headers=dict(headers))
        answer = line.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        found = Answer(answer.status, named, answer.read().decode("utf-8", "replace"))
        line.close()
        return found

    def get(self, path, token=FULL, **headers):
        """A page, as somebody who holds that token sees it."""
        return self.call("GET", path, headers=_bearing(token, headers))

    def api(self, path, token=FULL, **headers):
        """What the API shows at `/api/v1` and the path."""
        return self.get("/api/v1" + path, token, **headers)

    def do(self, path, token=FULL, **taken):
        """An action by the API."""
        headers = _bearing(token, {"Content-Type": "application/json"})
        return self.call("POST", "/api/v1" + path, body=json.dumps(taken), headers=headers)

    def submit(self, path, token=FULL, headers=(), **fields):
        """A form, as a browser sends it, by somebody who is signed in."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        sent = {**kind, "Sec-Fetch-Site": "same-origin", **_bearing(token, dict(headers))}
        return self.call("POST", path, body=urlencode(fields, doseq=True), headers=sent)


def _bearing(token, headers):
    login = {"Authorization": f"Bearer {token}"} if token else {}
    return {**login, **{name.replace("_", "-"): value for name, value in headers.items()}}


def play_a_day(folder):
    """Play a day of the newswire into a folder: what was configured there, and when it ended."""
    configured = []

    def play():
        moments = tour(starter_kit(), folder, START, days=1, on_settings=configured.append)
        return list(moments)[-1].at

    with ThreadPoolExecutor(1) as apart:  # the thread of a browser has an event loop already
        end = apart.submit(play).result()
    shutil.copytree(starter_kit() / "rules", folder / "rules")
    return folder, configured[0], end


@contextmanager
def offices(played, home, airlock):
    """Opens offices below `home`; `web` are settings of `[web]`, `change(settings)` changes any."""
    folder, configured, end = played
    with ExitStack() as doors:

        def make(*, change=lambda settings: settings, **web):
            here = home / f"desk{len(list(home.iterdir()))}"
            shutil.copytree(folder, here)
            given = WebSettings(listen="127.0.0.1:0", **{"token": Secret(FULL), **web})
            settings = replace(
                configured,
                path=here / "config.toml",
                rules=here / "rules",
                state=StateSettings(url=Secret(f"sqlite:///{here / 'wirewatch.db'}")),
                channels=(Channel(name="files", url=Secret(f"file://{here / 'digests'}")),),
                web=given,
            )
            settings = change(settings)
            store = doors.enter_context(Store.open(settings.state.url.reveal()))
            show = Show(settings=settings, store=store, airlock=airlock, stands_at=end)
            url = doors.enter_context(showing(show, settings.web.listen, KEYS))
            return Office(show=show, url=url, folder=here)

        yield make
