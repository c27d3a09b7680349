"""The search index: what filling costs, and rules over an archive, narrowed and by a full scan."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from _measuring import asked_for_quick

from monitor.model import Feed
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.rules.yaml_nodes import SourceFile
from monitor.store.archive import iter_items
from monitor.store.engine import Store
from monitor.store.feeds import sync_feeds
from monitor.store.schema import items
from monitor.store.search import BITE, enqueue, index_items, word_frequencies
from monitor.work.searching import Narrower

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ITEMS = (50_000,)
RULES = 50
SCANNED = 3
CHANCE = random.Random(7)


def vocabulary() -> list[str]:
    """60,000 invented words, the first of which are by far the most frequent."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return list(
        dict.fromkeys(
            "".join(CHANCE.choices(syllables, k=CHANCE.choice((1, 2, 2, 3, 3, 4))))
            for _ in range(90_000)
        )
    )[:60_000]


def texts(words: list[str], count: int) -> list[tuple[str, str]]:
    """Headlines and paragraphs in which words are as frequent as Zipf has them."""
    weights = [1 / (rank + 2) for rank in range(len(words))]
    found = []
    for _ in range(count):
        drawn = CHANCE.choices(words, weights, k=110)
        drawn[0] = drawn[0].title()
        found.append((" ".join(drawn[:10]), " ".join(drawn[10:])))
    return found


def rules(words: list[str]) -> list[SourceFile]:
    """Rules such as people write: two or three concepts of three alternatives each."""
    found = []
    for number in range(RULES):
        concepts = [
            [words[int(CHANCE.triangular(60, 20_000, 200))] for _ in range(3)]
            for _ in range(CHANCE.choice((2, 2, 3)))
        ]
        rule = {"title": f"r{number}", "all": concepts}
        found.append(SourceFile(f"r{number}.yaml", json.dumps(rule)))
    return found


def fill(store: Store, words: list[str], count: int) -> None:
    """The archive, spread over the last 30 days."""
    store.write(
        lambda conn: sync_feeds(conn, [(Feed(url="https://wire.example/", name="w"), "h")], NOW)
    ).result()
    step = timedelta(days=30) / count
    for first in range(0, count, 5_000):
        rows = [
            {
                "id": first + number + 1,
                "feed_id": 1,
                "title": title,
                "lead": "",
                "body": body,
                "tags": [],
                "published_at": NOW,
                "first_seen_at": NOW - timedelta(days=30) + step * (first + number),
                "content_hash": b"",
                "outcome": "new",
            }
            for number, (title, body) in enumerate(texts(words, min(5_000, count - first)))
        ]
        store.write(lambda conn, rows=rows: conn.execute(items.insert(), rows)).result()
        store.write(lambda conn, rows=rows: enqueue(conn, [r["id"] for r in rows])).result()


def spent(what) -> tuple[float, object]:  # noqa: ANN001 - anything to call
    """Seconds it took, and what came of it."""
    begun = time.perf_counter()
    found = what()
    return time.perf_counter() - begun, found


def size(path: Path) -> int:
    """Bytes of the file and its log."""
    return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))


def measure(count: int) -> None:
    """One size of archive."""
    words = vocabulary()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        with Store.open(f"sqlite:///{path}") as store:
            fill(store, words, count)
            store.checkpoint()
            before = size(path)
            seconds, _ = spent(lambda: [*iter(lambda: store.write(index_items).result(), 0)])
            store.checkpoint()
            grown = (size(path) - before) / 1e6
            print(
                f"{count:,} items: indexed in {seconds / count * 1e6:.0f} us an item, "
                f"{BITE} a bite; {grown / count * 1_000:.2f} MB per 1,000 items"
            )
            with store.reading() as conn:
                cold, counts = spent(lambda: word_frequencies(conn))
                print(f"  {len(counts):,} words listed in {cold * 1e3:.0f} ms")
                narrower = Narrower(conn)
                book = load_rules(rules(words), [], NOW)
                asked, narrowed, tried = [], [], 0
                scanned = []
                for number, rule in enumerate(book.rules):
                    matcher = Matcher([rule])

                    def hits(among, matcher=matcher):  # noqa: ANN001, ANN202
                        return [
                            each.item_id
                            for each in iter_items(conn, among=among)
                            if matcher.match(each.item)
                        ]

                    took, among = spent(lambda rule=rule: narrower.items_for(rule))
                    asked.append(took)
                    took, found = spent(lambda among=among, hits=hits: hits(among))
                    narrowed.append(asked[-1] + took)
                    tried += len(among)
                    if number < SCANNED:
                        took, all_found = spent(lambda hits=hits: hits(None))
                        scanned.append(took)
                        assert all_found == found
                report("naming what to try", asked)
                report("narrowed", narrowed)
                report("narrowed, the words listed anew", [cold + each for each in narrowed])
                report("full scan", scanned)
                print(
                    f"  {tried / len(asked):,.0f} items tried for a rule; full scan / narrowed: "
                    f"{statistics.median(scanned) / statistics.median(narrowed):.0f}x"
                )


def report(name: str, seconds: list[float]) -> None:
    """Median and 95th percentile."""
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"  {name}: p50 {statistics.median(ordered) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms")


if __name__ == "__main__":
    for each in (2_000,) if asked_for_quick(__doc__) else ITEMS:
        measure(each)
