"""Many rows with one statement: the same on both databases, whatever their number."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from polls import write

from monitor.store import rows
from monitor.store.schema import feeds, hosts, item_keys

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def all_of(store, *columns):
    with store.reading() as conn:
        return conn.execute(sa.select(*columns).order_by(columns[0])).all()


def key(number):
    return {
        "feed_id": number,
        "key": number.to_bytes(16, "big"),
        "item_id": number * 10,
        "last_seen_at": NOON + timedelta(milliseconds=number),
    }


@pytest.mark.parametrize("count", [0, 1, 3, 4, 63, 64, 85, 1_000])
def test_rows_of_any_number_are_added(store, count):
    write(store, rows.add_rows, item_keys, [key(number) for number in range(count)])
    found = all_of(store, item_keys.c.feed_id, item_keys.c.key, item_keys.c.last_seen_at)
    wanted = [
        (each["feed_id"], each["key"], each["last_seen_at"]) for each in map(key, range(count))
    ]
    assert found == wanted


def test_a_key_that_is_there_can_be_passed_over(store):
    write(store, rows.add_rows, item_keys, [key(1)])
    write(store, rows.add_rows, item_keys, [{**key(1), "item_id": 99}, key(2)], unless_there=True)
    assert all_of(store, item_keys.c.feed_id, item_keys.c.item_id) == [(1, 10), (2, 20)]


def test_a_key_that_is_there_is_a_mistake_otherwise(store):
    write(store, rows.add_rows, item_keys, [key(1)])
    failure = store.write(lambda conn: rows.add_rows(conn, item_keys, [key(1)])).exception(10)
    assert isinstance(failure, sa.exc.IntegrityError)


def test_rows_are_changed_by_all_of_their_keys(store):
    write(store, rows.add_rows, item_keys, [key(number) for number in range(70)])
    changed = [{**key(number), "item_id": number} for number in range(0, 70, 2)]
    changed += [{**key(1), "feed_id": 2, "item_id": 77}]  # feed 2 has no such key
    write(store, rows.change_rows, item_keys, changed, keys=("feed_id", "key"))
    found = dict(all_of(store, item_keys.c.feed_id, item_keys.c.item_id))
    assert found == {number: number * (10 if number % 2 else 1) for number in range(70)}


def test_an_instant_can_be_taken_away_and_texts_lose_what_cannot_be_kept(store):
    row = {"url": "https://a.example/", "title": "a\x00b\ud800c", "next_due_at": NOON}
    write(store, rows.add_rows, feeds, [row | {"body_hash": b"", "host": "a.example"}])
    ((feed_id, title),) = all_of(store, feeds.c.id, feeds.c.title)
    assert title == "abc"
    write(store, rows.change_rows, feeds, [{"id": feed_id, "next_due_at": None}], keys=("id",))
    assert all_of(store, feeds.c.next_due_at) == [(None,)]


def test_an_instant_without_a_zone_is_refused(store):
    row = {"host": "a.example", "next_slot_at": datetime(2026, 3, 2)}  # noqa: DTZ001
    failure = store.write(lambda conn: rows.add_rows(conn, hosts, [row])).exception(10)
    assert "naive" in str(failure)


def test_ids_of_items_rise_and_are_never_given_twice(store):
    first = write(store, rows.new_item_ids, 3)
    assert list(first) == sorted(set(first))
    assert len(first) == 3
