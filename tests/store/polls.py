"""What a poll brings, in as few words as a test needs."""

import hashlib
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from monitor.model import (
    Decision,
    DigestName,
    Evidence,
    Feed,
    FeedState,
    Hearing,
    Item,
    ItemId,
    Match,
    Outcome,
    PollResult,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store.feeds import sync_feeds, write_states
from monitor.store.items import known_items, record_poll

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def key(*words):
    return hashlib.blake2b(" ".join(map(str, words)).encode(), digest_size=16).digest()


def item(title="Ore carrier leaves port", *, at=NOON, **changes):
    return Item(
        title=title,
        url=f"https://wire.example/{key(title).hex()}",
        guid=f"guid of {title}",
        source="Harbour wire",
        feed="https://wire.example/rss",
        published_at=at,
        first_seen_at=at,
        **changes,
    )


def match(rule="arms", *, severity=Severity.HIGH, text="Ore", version="v1"):
    evidence = Evidence(clause="any", term=text, field="title", start=0, end=len(text), text=text)
    return Match(
        rule=RuleId(rule), severity=severity, score=7, evidence=(evidence,), rule_version=version
    )


def new(number, title=None, *, at=NOON, **changes):
    """A NEW decision for placeholder `-number`."""
    told = item(title or f"Report {number}", at=at)
    decision = Decision(
        outcome=Outcome.NEW,
        id=ItemId(-number),
        of=None,
        reason="not seen before",
        item=told,
        keys=(key("guid", told.title), key("link", told.url)),
        url_key=key("url", told.url),
        content_hash=key("content", told.title, told.lead),
    )
    return replace(decision, **changes)


def alert(number, title=None, *, digest="morning", rule="arms", story=None, at=NOON, **changes):
    """A NEW decision that matched: it opens a story and `digest` must hear of it."""
    told = {
        "matches": (match(rule),),
        "story": StoryId(-100_000 - number if story is None else story),
        "digests": (Hearing(DigestName(digest), f"rule {rule}"),),
    }
    return new(number, title, at=at, **(told | changes))


def seen(decision, real_id):
    """The same entry, met again."""
    return replace(
        decision,
        outcome=Outcome.SEEN,
        id=ItemId(real_id),
        of=ItemId(real_id),
        matches=(),
        story=None,
        digests=(),
    )


def revised(decision, real_id, title, **changes):
    """The same entry, reworded."""
    return replace(
        decision,
        outcome=Outcome.REVISED,
        id=ItemId(real_id),
        of=ItemId(real_id),
        item=replace(decision.item, title=title),
        content_hash=key("content", title),
        **changes,
    )


def list_one_feed(store, url="https://wire.example/rss", *, host="wire.example", now=NOON):
    """List a feed and give its id."""
    feed = Feed(url=url, name="Harbour wire")
    store.write(lambda conn: sync_feeds(conn, [(feed, host)], now)).result()
    return feed_id(store, url)


def feed_id(store, url):
    with store.reading() as conn:
        return conn.exec_driver_sql(f"SELECT id FROM feeds WHERE url = '{url}'").scalar_one()


def record(store, feed, *decisions, now=NOON, state=None):
    """Commit what one poll decided; gives the real id of each placeholder."""
    state = state or FeedState(next_due_at=now + 10 * MINUTE, last_polled_at=now)
    keys = [key for each in decisions for key in each.keys]

    def commit(conn):
        known = known_items(conn, feed, keys)
        result = PollResult(feed_id=feed, decisions=tuple(decisions), known=known)
        write_states(conn, [(feed, FeedState(next_due_at=now), state)])
        return record_poll(conn, result, now)

    return store.write(commit).result()


def rows(store, table):
    with store.reading() as conn:
        return conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()


def write(store, verb, *args, **named):
    """Commit `verb(connection, ...)` and give its answer."""
    return store.write(lambda conn: verb(conn, *args, **named)).result(10)


def read(store, verb, *args, **named):
    """The answer of `verb(connection, ...)` on a connection that only reads."""
    with store.reading() as conn:
        return verb(conn, *args, **named)


def select(store, *columns):
    """All of these columns, as plain tuples in order."""
    with store.reading() as conn:
        return [tuple(row) for row in conn.execute(sa.select(*columns).order_by(*columns))]


def held_back(store, works):
    """Queue `works` while the writer is busy, so that they share one group."""
    gate, entered = threading.Event(), threading.Event()

    def wait(conn):
        entered.set()
        gate.wait(10)

    store.write(wait)
    assert entered.wait(10)
    futures = [store.write(work) for work in works]
    gate.set()
    return futures
