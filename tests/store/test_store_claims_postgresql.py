"""Several processes on one PostgreSQL: what one holds, the others pass over."""

import pytest
from polls import MINUTE, NOON, list_one_feed, read, write

from monitor.model import Feed, Part
from monitor.store import feeds, outbox
from monitor.store.digests import queue_parts
from monitor.store.engine import Store


@pytest.fixture
def pair(postgresql_url):
    with Store.open(postgresql_url) as one, Store.open(postgresql_url) as other:
        yield one, other


def claim_hosts(conn, token):
    return feeds.claim_due(conn, now=NOON, limit=1, per_host=9, lease=5 * MINUTE, token=token)


def claim_message(conn, token):
    how = {"channel": "desk", "now": NOON, "lease": 5 * MINUTE}
    return outbox.claim_deliveries(conn, token=token, limit=1, **how)


def test_a_host_that_another_is_claiming_is_passed_over_and_not_waited_for(pair):
    one, other = pair
    list_one_feed(one)

    def while_claiming(conn):
        return claim_hosts(conn, "one"), write(other, claim_hosts, "other")

    ours, theirs = one.write(while_claiming).result(20)
    assert ([each.host for each in ours], theirs) == (["wire.example"], ())


def test_a_message_that_another_is_claiming_is_passed_over_for_the_next(pair):
    one, other = pair
    parts = [Part(channel="desk", target="", key=key, payload=b"x") for key in ("k1", "k2")]
    write(one, queue_parts, "d1", parts, NOON)

    def while_claiming(conn):
        return claim_message(conn, "one"), write(other, claim_message, "other")

    ours, theirs = one.write(while_claiming).result(20)
    assert [each.key for each in (*ours, *theirs)] == ["k1", "k2"]


def test_feeds_that_two_processes_list_at_once_are_listed_once(pair):
    listed = [(Feed(url=f"https://{n}.example/rss"), f"{n}.example") for n in range(50)]
    futures = [store.write(lambda conn: feeds.sync_feeds(conn, listed, NOON)) for store in pair * 3]
    for future in futures:
        future.result(20)
    assert len(read(pair[0], feeds.listed_feeds)) == 50
