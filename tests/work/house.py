"""A small house for use cases: a watch of a few feeds, doors that answer from a script."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from desk import rss

from monitor.config.settings import PollSettings, Settings
from monitor.desk import sync
from monitor.model import Channel, DigestName, DigestSpec, Feed, Fetched, Secret, Sent
from monitor.rendering.wording import Wording
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.sources.understanding import understand
from monitor.watch import Watch
from monitor.work import delivering, digesting, polling
from monitor.work.recording import Recorder

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
WIRE = "http://127.0.0.1/wire"
ARMS = "title: Arms\nseverity: high\nany: [missile]\n"


def watch(*, feeds=(WIRE,), rules=ARMS, digests=None, channels=None, backfill=timedelta(days=9999)):
    book = load_rules([SourceFile("arms.yaml", rules)], [], NOON)
    assert not [each for each in book.problems if each.level.value == "error"]
    specs = digests or (DigestSpec(name=DigestName("urgent"), to=("box",)),)
    return Watch(
        settings=Settings(
            path=Path("/desk/config.toml"),
            rules=Path("/desk/rules"),
            templates=Path("/desk/templates"),
            poll=PollSettings(backfill=backfill),
            feeds=tuple(Feed(url=url, allow_private=True) for url in feeds),
            channels=channels or (Channel(name="box", url=Secret("json://hook.example/x")),),
            digests=specs,
        ),
        feeds={url: Feed(url=url, allow_private=True) for url in feeds},
        book=book,
        matcher=Matcher(book.active(NOON)),
        wording=Wording.builtin(),
    )


class House:
    """One store and one watch, with a clock that stands still until it is moved."""

    def __init__(self, store, watched=None):
        self.store = store
        self.watch = watched or watch()
        self.now = NOON
        self.outcomes = {}
        self.asked = []
        self.sent = []
        self.receipts = []
        sync(store, self.watch, self.now)

    async def _fetch(self, feed, state, *, now, unconditional=False):
        self.asked.append((feed.url, state.etag, unconditional))
        outcome = self.outcomes[feed.url]
        return outcome() if callable(outcome) else outcome

    def serve(self, *items, url=WIRE, etag="", title="Wire"):
        body = rss(*items, title=title)
        self.outcomes[url] = Fetched(
            body=body, content_type="", etag=etag, last_modified="", final_url=url
        )

    def polling_doors(self, read=understand):
        return polling.Doors(
            store=self.store,
            recorder=Recorder(self.store),
            fetch=self._fetch,
            read=read,
            now=lambda: self.now,
            chance=lambda: 0.5,
        )

    def poll(self, *, read=understand):
        """One round over what is due; the results in the order they came."""
        polled = []
        tokens = iter(range(1000))
        asyncio.run(
            polling.poll_all_due(
                self.polling_doors(read),
                self.watch,
                token=lambda: f"{self.now} {next(tokens)}",
                on_polled=polled.append,
            )
        )
        return polled

    def digest(self):
        return digesting.digest_all(self.store, self.watch, lambda: self.now)

    @contextlib.contextmanager
    def open(self, channel):
        yield self.send

    def send(self, delivery):
        self.sent.append(delivery)
        return self.receipts.pop(0) if self.receipts else Sent(answer="fine")

    def deliver(self, channel="box"):
        """Everything due on a channel."""
        delivered = []
        tokens = iter(range(1000))
        doors = delivering.Doors(
            store=self.store,
            open=self.open,
            now=lambda: self.now,
            chance=lambda: 0.5,
            token=lambda: f"{self.now} d{next(tokens)}",
            pause=self.pass_time,
        )
        delivering.deliver_channel(doors, self.watch, channel, on_delivered=delivered.append)
        return delivered

    def rows(self, table):
        with self.store.reading() as conn:
            return conn.execute(table.select()).all()

    def pass_time(self, by):
        self.now += by
