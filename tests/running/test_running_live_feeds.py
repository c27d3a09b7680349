"""Real feeds of 2026, served with ETags: read whole, stored once, and not read again."""

import gzip
from collections import Counter

import feedparser
import pytest
import sqlalchemy as sa
from corpus import CORPUS, needs
from desk import furnish, wirewatch
from feed_server import FeedServer

from monitor.store.engine import Store
from monitor.store.feeds import list_feeds
from monitor.store.schema import items

LIVE = CORPUS / "feeds" / "live-2026"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    needs(LIVE),
]


@pytest.fixture(scope="module")
def rounds(tmp_path_factory):
    """Three rounds over all feeds; in the third the server has lost its validators."""
    documents = {path.stem: gzip.decompress(path.read_bytes()) for path in LIVE.glob("*.gz")}
    desk = tmp_path_factory.mktemp("live")
    with FeedServer(documents) as server:
        furnish(desk, server.urls, backfill="0")
        ran = [wirewatch("once", "--all", "--json", desk=desk) for _ in range(2)]
        server.validators = False
        ran.append(wirewatch("once", "--all", "--json", desk=desk))
        yield desk, ran, server, documents


def test_every_feed_is_read_in_the_first_round(rounds):
    _, (first, *_), _, documents = rounds
    (tally,) = first.lines
    assert (first.code, first.err) == (0, "")
    assert (tally["feeds_polled"], tally["failed"]) == (len(documents), 0)


def test_every_feed_gives_at_least_the_items_that_the_reference_parser_finds(rounds):
    desk, _, server, documents = rounds
    with (
        Store.open(f"sqlite:///{desk}/state/wirewatch.db", owner=False) as store,
        store.reading() as conn,
    ):
        stored = {row.url: row.items for row in list_feeds(conn)}
    for name, body in documents.items():
        entries = feedparser.parse(body, sanitize_html=False).entries
        different = len({(each.get("id"), each.get("link"), each.get("title")) for each in entries})
        guids = len({each.get("id") or each.get("link") or each.get("title") for each in entries})
        assert min(guids, different) <= stored[server.url(name)], name


def test_each_item_is_stored_once(rounds):
    desk, (first, *_), _, _ = rounds
    with (
        Store.open(f"sqlite:///{desk}/state/wirewatch.db", owner=False) as store,
        store.reading() as conn,
    ):
        rows = conn.execute(
            sa.select(items.c.feed_id, items.c.guid, items.c.url, items.c.title, items.c.lead)
        ).all()
    (tally,) = first.lines
    assert len(rows) == tally["items_new"] + tally["duplicates"]
    assert [row for row, count in Counter(map(tuple, rows)).items() if count > 1] == []


def test_a_second_round_is_answered_not_modified_and_stores_nothing(rounds):
    _, (_, second, _), server, documents = rounds
    (tally,) = second.lines
    assert (tally["items_new"], tally["not_modified"]) == (0, len(documents))
    assert server.answers[304] == len(documents)


def test_a_third_round_without_validators_stores_nothing_by_the_hash_of_the_body(rounds):
    _, (_, _, third), server, documents = rounds
    (tally,) = third.lines
    assert (tally["items_new"], tally["duplicates"], tally["failed"]) == (0, 0, 0)
    assert server.answers[200] == 2 * len(documents)


def test_what_was_there_before_the_watch_began_is_archived_and_told_to_nobody(rounds):
    desk, (first, *_), _, _ = rounds
    assert first.lines[0]["digests"] == 0
    assert list((desk / "state").glob("digests/*")) == []
