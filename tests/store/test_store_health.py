"""What health is read from: floods of items, and what each digest has told."""

from datetime import timedelta

from polls import DAY, NOON

from monitor.model import DigestName, FeedId
from monitor.store.floods import Flood, floods
from monitor.store.schema import items
from monitor.store.told_notes import ToldNote, record_told, told_to

MORNING = DigestName("morning")


def put(store, feed, count, *, at=NOON, published_at=None):
    row = {
        "feed_id": feed,
        "tags": [],
        "published_at": published_at or at,
        "first_seen_at": at,
        "content_hash": b"",
    }
    store.write(lambda conn: conn.execute(items.insert(), [row] * count)).result()


def found(store, least=3):
    with store.reading() as conn:
        return floods(conn, NOON + timedelta(hours=1), least=least)


def test_a_flood_is_counted_against_the_week_before_it(store):
    put(store, 1, 3)
    put(store, 1, 1, published_at=NOON - 30 * DAY)
    put(store, 1, 2, at=NOON - 2 * DAY)
    put(store, 1, 9, at=NOON - 9 * DAY)
    put(store, 2, 1)
    assert found(store) == {FeedId(1): Flood(today=4, before=2, old=1, share=0.8)}


def test_who_brings_little_is_not_looked_at(store):
    put(store, 1, 2)
    assert found(store) == {}


def note(subject="a", *, grade=0):
    return ToldNote(
        kind="failing", subject=subject, name="A", grade=grade, since_at=NOON, told_at=NOON
    )


def test_what_was_told_is_kept_for_each_digest_until_it_is_over(store):
    store.write(lambda conn: record_told(conn, MORNING, [note("a"), note("b")], [])).result()
    store.write(lambda conn: record_told(conn, MORNING, [note("a", grade=1)], [])).result()
    store.write(lambda conn: record_told(conn, MORNING, [], [("failing", "b")])).result()
    with store.reading() as conn:
        assert told_to(conn, MORNING) == (note("a", grade=1),)
        assert told_to(conn, DigestName("evening")) == ()
