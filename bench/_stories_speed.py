"""How many matched reports a second are compared, placed and stored beside a million others."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import _news
import sqlalchemy as sa
from _measuring import HOUSE, print_table, seconds_of
from sqlalchemy import Connection

from monitor.config.settings import Settings
from monitor.model import (
    DigestName,
    DigestSpec,
    FeedId,
    Item,
    Joined,
    Match,
    RuleId,
    Severity,
)
from monitor.rendering.wording import Wording
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.store.anchors import sharing_of
from monitor.store.engine import Store
from monitor.store.items import known_items
from monitor.store.rows import add_rows, new_item_ids
from monitor.store.schema import anchors, items, story_items
from monitor.store.statements import chunks
from monitor.stories.anchors import VERSION
from monitor.stories.copies import WINDOW
from monitor.stories.deciding import Candidate, matched
from monitor.stories.identity import identify
from monitor.text.clean import content_hash
from monitor.watch import Watch
from monitor.work.recording import TOGETHER, Understood, record_items

sys.path.insert(0, str(HOUSE / "tests"))
from postgresql import Server, find_binaries

_ANCHORS = 10
_OPEN = (1_000, 10_000)
_MATCH = (Match(rule=RuleId("all"), severity=Severity.HIGH, score=0, evidence=()),)
_NOW = _news.EPOCH + timedelta(days=400)
_PART = 20_000
_DOCUMENT = 10


def print_tables(*, quick: bool = False) -> None:
    """Reports a second, and milliseconds a lookup, beside so many stored reports."""
    stored = 20_000 if quick else 1_000_000
    print(f"Speed, beside {stored:,} reports of the last three days")
    print()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'state.db'}"
        with Store.open(url) as store:
            _fill(store, stored)
            size = _anchor_bytes(store) / stored
            rows = [_measured(store, _watch(), number) for number in _OPEN]
            lookups = [_lookups("SQLite", store, "p99 1 ms")]
    print_table(("reports in open stories", "reports/s", "ms each", "copies", "goal"), rows)
    if (binaries := find_binaries()) is not None:
        server = Server.start(binaries)
        try:
            with Store.open(server.url("postgres")) as store:
                _fill(store, stored)
                _through(store, _watch(), _reports(10_000_000, 500))
                lookups.append(_lookups("PostgreSQL", store, "4,000 a second"))
        finally:
            server.stop()
    print_table(("lookup of copies", "a second", "p50 ms", "p99 ms", "goal"), lookups)
    print(f"Anchors take {size:.0f} bytes a report in SQLite (goal: 250 in all).")


def _watch() -> Watch:
    """One digest that hears of everything; the matches are given."""
    here = Path(__file__).parent
    return Watch(
        settings=Settings(
            path=here / "config.toml",
            rules=here,
            templates=here,
            digests=(DigestSpec(name=DigestName("desk")),),
        ),
        feeds={},
        book=load_rules([], [], _NOW),
        matcher=Matcher(()),
        wording=Wording.builtin(),
    )


def _fill(store: Store, count: int) -> None:
    """So many reports of the last three days, every one with anchors, none of them alike."""
    chance = random.Random(7)
    since = _NOW - WINDOW + timedelta(hours=1)
    step = (WINDOW - timedelta(hours=2)) / count

    def some(conn: Connection, first: int) -> None:
        ids = new_item_ids(conn, min(_PART, count - first))
        told = [
            {
                "id": item,
                "feed_id": item % 500,
                "tags": [],
                "title": f"Report {item}",
                "lead": "x" * 300,
                "published_at": since + at * step,
                "first_seen_at": since + at * step,
                "content_hash": b"x" * 16,
            }
            for at, item in enumerate(ids, start=first)
        ]
        found = [
            {"anchor": chance.getrandbits(63), "item_id": item, "version": VERSION}
            for item in ids
            for _ in range(_ANCHORS)
        ]
        add_rows(conn, items, told)
        add_rows(conn, anchors, found)

    for first in range(0, count, _PART):
        store.write(lambda conn, first=first: some(conn, first)).result()


def _anchor_bytes(store: Store) -> float:
    with store.reading() as conn:
        found = conn.exec_driver_sql("SELECT sum(pgsize) FROM dbstat WHERE name = 'anchors'")
        return float(found.scalar_one())


def _reports(first: int, count: int) -> Iterator[Item]:
    """Invented reports, every second of them a shortened copy of the one before."""
    for number in range(first, first + count):
        told = _news.news(number // 2, number // 2)
        words = told.lead.split()
        lead = " ".join(words[:25]) if number % 2 else told.lead
        yield Item(
            title=told.title,
            lead=lead,
            url=f"https://wire-{number % 2}.example/{number}",
            guid=f"{number}",
            language="en",
            published_at=_NOW,
            first_seen_at=_NOW,
        )


def _candidates(told: Sequence[Item]) -> list[Candidate]:
    return [
        matched(Candidate(item=one, identity=identity, content_hash=content_hash(one)), one, _MATCH)
        for one, identity in zip(told, identify(told).identities, strict=True)
    ]


def _measured(store: Store, watch: Watch, open_reports: int) -> tuple[object, ...]:
    """Reports through traits, candidates, the decision and the commit, ten to a document."""
    first = 10_000_000 + _joined(store)
    while (there := _joined(store)) < open_reports:
        _through(store, watch, _reports(first, 1_000))
        first += 1_000
    told = list(_reports(first, 4_000))
    seconds = seconds_of(lambda: _through(store, watch, told))
    copies = sum(row.joined == Joined.COPY for row in _latest(store, len(told)))
    rate = len(told) / seconds
    return f"{there:,}", f"{rate:,.0f}", f"{1e3 / rate:.2f}", f"{copies / len(told):.0%}", "2,000"


def _through(store: Store, watch: Watch, told: Iterable[Item]) -> None:
    """Record documents as polls do: 25 to a commit."""
    documents = chunks(told, _DOCUMENT)
    for some in chunks(documents, TOGETHER):
        store.write(lambda conn, some=some: _record(conn, store, watch, some)).result()


def _record(
    conn: Connection, store: Store, watch: Watch, documents: Sequence[Sequence[Item]]
) -> None:
    for told in documents:
        feed = FeedId(1 + hash(told[0].guid) % 500)
        candidates = _candidates(told)
        keys = [key for each in candidates for key in each.identity.keys]
        record_items(
            conn,
            Understood(candidates=tuple(candidates), known=known_items(conn, feed, keys)),
            watch,
            store.memory,
            feed_id=feed,
            archive_before=None,
            now=_NOW,
        )


def _joined(store: Store) -> int:
    with store.reading() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(story_items)).scalar_one())


def _latest(store: Store, count: int) -> Sequence[Any]:
    with store.reading() as conn:
        return conn.execute(
            sa.select(story_items.c.joined).order_by(story_items.c.item_id.desc()).limit(count)
        ).all()


def _lookups(database: str, store: Store, goal: str) -> tuple[object, ...]:
    """Candidates of one report at a time, of which half have some."""
    wanted = [each.anchors for each in _candidates(list(_reports(10_000_000, 4_000)))]
    spent = []
    with store.reading() as conn:
        for theirs in wanted:
            begun = time.perf_counter()
            sharing_of(conn, {b"": theirs}, _NOW - WINDOW)
            spent.append(time.perf_counter() - begun)
    spent.sort()
    p50, p99 = (spent[len(spent) * part // 100] * 1e3 for part in (50, 99))
    return database, f"{len(spent) / sum(spent):,.0f}", f"{p50:.2f}", f"{p99:.2f}", goal
