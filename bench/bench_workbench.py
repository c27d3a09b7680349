"""The rule workbench: from a text that is typed to what 30 days of the archive say of it."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _measuring import HOUSE, asked_for_quick, print_machine, print_table
from _news import news

from monitor.config.settings import Settings, StateSettings
from monitor.model import Feed, FeedList, Secret
from monitor.rules.matching import Matcher
from monitor.store.archive import iter_items
from monitor.store.engine import Store
from monitor.store.feeds import sync_feeds
from monitor.store.schema import items
from monitor.store.search import enqueue, index_items
from monitor.watch import Watch, build_watch
from monitor.web.drafts import Draft
from monitor.web.panels import misses, preview, terms
from monitor.web.service import Service
from monitor.work.probing import Discovery

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAYS = 30
FEEDS = 50
BITE = 5_000
WORD = "shipments"


def fill(store: Store, count: int) -> None:
    """Items of invented wires, spread over the days; one in 25 is for the starter rules."""
    listed = [
        (Feed(url=f"https://wire-{n}.example/", name=f"Wire {n}"), f"h{n}") for n in range(FEEDS)
    ]
    store.write(lambda conn: sync_feeds(conn, listed, NOW)).result()
    step = timedelta(days=DAYS) / count
    for first in range(0, count, BITE):
        rows = [row(number, step) for number in range(first, min(count, first + BITE))]
        store.write(lambda conn, rows=rows: conn.execute(items.insert(), rows)).result()
        store.write(lambda conn, rows=rows: enqueue(conn, [r["id"] for r in rows])).result()
    while store.write(index_items).result():
        pass


def row(number: int, step: timedelta) -> dict[str, object]:
    """One item."""
    told = news(number % FEEDS, number // FEEDS)
    at = NOW - timedelta(days=DAYS) + step * number
    return {
        "id": number + 1,
        "feed_id": number % FEEDS + 1,
        "title": told.title,
        "lead": told.lead,
        "body": "",
        "tags": [],
        "url": told.url,
        "source": f"Wire {number % FEEDS}",
        "language": "en",
        "published_at": at,
        "first_seen_at": at,
        "content_hash": b"",
        "outcome": "new",
    }


def measure(service: Service, rule: str, text: str) -> list[object]:
    """What each keystroke costs, and what a scan of everything does."""
    draft = Draft(rule=rule, text=text)
    first = seconds_of(lambda: preview.load(service, draft))
    typed = [text.replace("all:\n", f"all:\n  - [{word}]\n", 1) for word in grown()]
    typed += [text.replace("near: 40", f"near: {n}") for n in range(1, 12)]
    took = [
        seconds_of(lambda each=each: preview.load(service, Draft(rule=rule, text=each)))
        for each in typed
    ]
    seen = preview.load(service, draft).tried
    near = seconds_of(lambda: misses.load(service, draft))
    known = seconds_of(lambda: terms.load(service, draft))
    scanned = seconds_of(lambda: scan(service, rule))
    ordered = sorted(took)
    return [
        rule,
        seen.hits,
        *(f"{1e3 * each:.0f}" for each in (first, statistics.median(took))),
        f"{1e3 * ordered[int(len(ordered) * 0.95)]:.0f}",
        f"{1e3 * near:.0f}",
        f"{1e3 * known:.0f}",
        f"{1e3 * scanned:.0f}",
        f"{scanned / statistics.median(took):.0f}x",
    ]


def seconds_of(work: Callable[[], object]) -> float:
    """Processor time, once: what else the machine does is not counted."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def grown() -> Iterator[str]:
    """A word while it is typed."""
    for end in range(2, len(WORD) + 1):
        yield WORD[:end]


def scan(service: Service, rule: str) -> int:
    """Every item, by the matcher alone."""
    matcher = Matcher([each for each in service.watch().book.rules if each.id == rule])
    with service.store.reading() as conn:
        since_at = NOW - timedelta(days=DAYS)
        return sum(bool(matcher.match(each.item)) for each in iter_items(conn, since_at=since_at))


def watch_of(folder: Path) -> Watch:
    """The starter rules, in force."""
    settings = Settings(
        path=folder / "config.toml",
        rules=HOUSE / "rules",
        templates=HOUSE / "templates",
        state=StateSettings(url=Secret(f"sqlite:///{folder / 'state.db'}")),
    )
    return build_watch(settings, read_opml=lambda _: FeedList(), now=NOW)


def main() -> None:
    """Measure, on an archive of 50,000 items."""
    count = 2_000 if asked_for_quick(__doc__) else 50_000
    print_machine()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        watch = watch_of(folder)
        with Store.open(watch.settings.state.url.reveal()) as store:
            fill(store, count)
            service = Service(
                store=store,
                watch=lambda: watch,
                now=lambda: NOW,
                act=lambda _, __: {},
                discover=lambda _: Discovery(),
                read_opml=lambda _: FeedList(),
            )
            print(f"{count:,} items of {DAYS} days; milliseconds of processor time")
            print_table(
                ["rule", "hits", "first", "typing", "p95", "near misses", "terms", "scan", "ratio"],
                [
                    measure(service, rule.id, Path(rule.place.path).read_text(encoding="utf-8"))
                    for rule in watch.book.rules
                ],
            )


if __name__ == "__main__":
    main()
