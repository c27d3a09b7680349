"""Pages over a large archive: how long each takes and what it weighs, against a small archive."""

from __future__ import annotations

import gzip
import http.client
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from _measuring import HOUSE, asked_for_quick, median, print_machine, print_table, seconds_of

from monitor.airlock import Airlock
from monitor.config.settings import Settings, StateSettings, WebSettings
from monitor.demo.showing import Show, showing
from monitor.model import DigestName, DigestSpec, Feed, Secret
from monitor.store.engine import Store
from monitor.store.schema import (
    attempts,
    deliveries,
    digest_entries,
    digests,
    feed_failures,
    items,
    judgements,
    matches,
    rule_hits,
    stories,
    story_items,
    watched_hours,
)
from monitor.store.search import enqueue, index_items
from monitor.web.access import Keys
from monitor.web.page import page_shelf

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CHANCE = random.Random(11)
TIMES = 9
BITE = 5_000


def words() -> list[str]:
    """30,000 invented words; the first are by far the most frequent."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    lengths = CHANCE.choices((2, 2, 3, 3, 4), k=60_000)
    drawn = ("".join(CHANCE.choices(syllables, k=length)) for length in lengths)
    return list(dict.fromkeys(drawn))[:30_000]


def write_rules(folder: Path, count: int, known: list[str]) -> None:
    """Rules of two concepts."""
    folder.mkdir()
    for number in range(count):
        one, other = (CHANCE.sample(known[50:8_000], 3) for _ in range(2))
        text = (
            f"title: Rule number {number}\nseverity: {CHANCE.choice(['low', 'medium', 'high'])}\n"
        )
        text += f"all:\n  - [{', '.join(one)}]\n  - [{', '.join(other)}]\n"
        (folder / f"rule-{number:04}.yaml").write_text(text)


def insert(store: Store, table, rows: list[dict]) -> None:  # noqa: ANN001 - any table
    """Many rows, in bites."""
    for first in range(0, len(rows), BITE):
        part = rows[first : first + BITE]
        store.write(lambda conn, part=part: conn.execute(table.insert(), part)).result()


def fill(store: Store, *, count: int, rules: int, feeds: int, known: list[str]) -> None:
    """Half a year of items; every tenth is a report that rules fired on, three to a story."""
    weights = [1 / (rank + 2) for rank in range(len(known))]
    step = timedelta(days=180) / count
    rows, hits, found, members, told, counted = [], [], [], [], [], []
    for number in range(1, count + 1):
        drawn = CHANCE.choices(known, weights, k=70)
        at = NOW - timedelta(days=180) + step * number
        feed = number % feeds + 1
        rows.append(
            {
                "id": number,
                "feed_id": feed,
                "url": f"https://outlet{feed}.example/{number}",
                "title": " ".join(drawn[:9]).capitalize(),
                "lead": " ".join(drawn[9:30]),
                "body": " ".join(drawn[30:]),
                "tags": [],
                "source": f"Outlet {feed}",
                "language": "en",
                "published_at": at - timedelta(minutes=5),
                "first_seen_at": at,
                "content_hash": b"",
                "outcome": "new",
            }
        )
        if number % 10:
            continue
        story = number // 30 + 1
        rule = f"rule-{int(CHANCE.triangular(0, rules - 1, 0)):04}"
        if not found or found[-1]["id"] != story:
            found.append({"id": story, "opened_at": at})
        span = {"clause": "all[0]", "term": drawn[0], "field": "title", "start": 0}
        span |= {"end": len(drawn[0]), "text": drawn[0].capitalize()}
        hits.append(
            {
                "item_id": number,
                "rule": rule,
                "severity": 2,
                "score": 0,
                "evidence": [list(span.values())],
                "matched_at": at,
            }
        )
        members.append({"item_id": number, "story_id": story, "turn": number})
        counted.append(
            {"rule": rule, "origin": number, "source": f"o{feed}", "item_id": number, "hit_at": at}
        )
    for story in found:
        day = story["opened_at"]
        told.append(
            {
                "digest": "morning",
                "story_id": story["id"],
                "item_id": 0,
                "update_id": 0,
                "reason": "a rule of this digest",
                "added_at": day,
                "digest_id": f"{day:%Y-%m-%d}-aaaa" if day < NOW - timedelta(hours=6) else None,
            }
        )
    insert(store, items, rows)
    insert(store, matches, hits)
    insert(store, stories, found)
    insert(store, story_items, members)
    insert(store, rule_hits, counted)
    insert(store, digest_entries, told)
    insert(
        store,
        judgements,
        [
            {"story_id": each["id"], "verdict": CHANCE.choice(["keep", "noise"]), "judged_at": NOW}
            for each in found[::7]
        ],
    )
    days = [NOW - timedelta(days=number) for number in range(179)]
    sent = [
        {"id": f"{day:%Y-%m-%d}-aaaa", "name": "morning", "planned_at": day, "stories": 37}
        for day in days
    ]
    insert(store, digests, sent)
    outbox = [
        {
            "id": number,
            "digest_id": each["id"],
            "channel": "desk",
            "target": "desk@example.org",
            "key": each["id"],
            "state": "sent",
            "attempts": 1,
            "created_at": each["planned_at"],
            "queued_at": each["planned_at"],
            "next_try_at": each["planned_at"],
            "payload": b"x" * 20_000,
        }
        for number, each in enumerate(sent, start=1)
    ]
    insert(store, deliveries, outbox)
    tried = {"number": 1, "ended_at": NOW, "milliseconds": 80, "outcome": "sent"}
    insert(store, attempts, [{"delivery_id": each["id"], **tried} for each in outbox])
    failing = [(feed, day) for feed in range(1, feeds, 20) for day in days[:14:3]]
    insert(
        store,
        feed_failures,
        [{"feed_id": feed, "day": day.date(), "polls": 3} for feed, day in failing],
    )
    hours = [{"hour_at": NOW.replace(minute=0) - timedelta(hours=n)} for n in range(24 * 179)]
    insert(store, watched_hours, hours)
    store.write(lambda conn: enqueue(conn, range(1, count + 1))).result()
    while store.write(index_items).result():
        pass


@contextmanager
def office(*, count: int, rules: int, feeds: int) -> Iterator[str]:
    """The pages of such an archive: where they are."""
    known = words()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rules(folder / "rules", rules, known)
        settings = Settings(
            path=folder / "config.toml",
            rules=folder / "rules",
            templates=HOUSE / "templates",
            state=StateSettings(url=Secret(f"sqlite:///{folder}/wirewatch.db")),
            feeds=tuple(
                Feed(url=f"https://outlet{number}.example/feed", name=f"Outlet {number:04}")
                for number in range(feeds)
            ),
            digests=(DigestSpec(name=DigestName("morning"), cadence="daily 06:00"),),
            web=WebSettings(listen="127.0.0.1:0", auth="none"),
        )
        with Airlock() as airlock, Store.open(settings.state.url.reveal()) as store:
            show = Show(settings=settings, store=store, airlock=airlock, stands_at=NOW)
            fill(store, count=count, rules=rules, feeds=feeds, known=known)
            store.write(lambda conn: conn.exec_driver_sql("ANALYZE")).result()
            with showing(show, settings.web.listen, Keys(full="")) as url:
                yield url


ADDRESSES = {
    "digest": "/digests/morning",
    "sent": f"/sent/{NOW:%Y-%m-%d}-aaaa",
    "story": "/stories/30",
    "rule": "/rules/rule-0001",
    "feed": "/feeds/1",
}


def answered(url: str, path: str) -> tuple[int, bytes]:
    """The status and body of one request."""
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    line.request("GET", path)
    answer = line.getresponse()
    found = answer.status, answer.read()
    line.close()
    return found


def figures(url: str) -> dict[str, tuple[float, float, int, int]]:
    """Of each page: seconds at first and in the median, bytes plain and packed."""
    found = {}
    for page in page_shelf():
        path = ADDRESSES.get(page.name, page.example or page.path)
        status, body = answered(url, path)
        if status != 200 or "{" in path:
            print(f"  {path}: {status}")
            continue
        first = seconds_of(lambda path=path: answered(url, path))
        taken = median(seconds_of(lambda path=path: answered(url, path)) for _ in range(TIMES))
        found[page.name] = (first, taken, len(body), len(gzip.compress(body, 6)))
    return found


def main() -> None:
    """Both archives, side by side."""
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    large = {"count": 20_000, "rules": 100, "feeds": 200} if quick else None
    large = large or {"count": 200_000, "rules": 1_000, "feeds": 2_000}
    with office(count=1_000, rules=10, feeds=20) as url:
        small = figures(url)
    with office(**large) as url:
        found = figures(url)
    print(", ".join(f"{value:,} {name}" for name, value in large.items()), "against 1,000, 10, 20")
    print_table(
        ("page", "ms", "first ms", "small ms", "times", "kB", "packed kB"),
        [
            (
                name,
                f"{taken * 1e3:.1f}",
                f"{first * 1e3:.1f}",
                f"{small[name][1] * 1e3:.1f}",
                f"{taken / small[name][1]:.1f}",
                f"{plain / 1e3:.1f}",
                f"{packed / 1e3:.1f}",
            )
            for name, (first, taken, plain, packed) in found.items()
            if name in small
        ],
    )


if __name__ == "__main__":
    main()
