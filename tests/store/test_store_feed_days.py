"""Days of feeds: what they brought, and on which of them polls failed."""

from polls import DAY, MINUTE, NOON, alert, list_one_feed, new, read, record, write

from monitor.store.feed_days import (
    failures_by_day,
    items_by_day,
    matched_items,
    note_failures,
    prune_failures,
)

TONIGHT = NOON.replace(hour=0)


def test_polls_that_fail_add_up_by_feed_and_day(store):
    write(store, note_failures, [(1, TONIGHT), (1, NOON), (2, NOON)])
    write(store, note_failures, [(1, NOON), (1, NOON - DAY)])
    assert read(store, failures_by_day, [1, 2], 3, NOON) == {1: (0, 1, 3), 2: (0, 0, 1)}


def test_feeds_and_days_that_nobody_asks_for_are_left_out(store):
    write(store, note_failures, [(1, NOON - 3 * DAY), (2, NOON)])
    assert read(store, failures_by_day, [1], 3, NOON) == {}


def test_failures_are_known_for_four_hundred_days(store):
    write(store, note_failures, [(1, NOON - 401 * DAY), (1, NOON - 400 * DAY)])
    write(store, prune_failures, NOON)
    assert read(store, failures_by_day, [1], 500, NOON)[1].index(1) == 99


def test_items_are_counted_on_the_day_that_they_were_seen(store):
    feed = list_one_feed(store)
    record(store, feed, new(1, at=TONIGHT), new(2, at=TONIGHT - MINUTE), new(3, at=NOON))
    record(store, feed, new(4, at=NOON - 3 * DAY))
    assert read(store, items_by_day, [feed], 3, NOON) == {feed: (0, 1, 2)}
    assert read(store, items_by_day, [], 3, NOON) == {}


def test_only_items_that_matched_are_matches_each_once(store):
    feed = list_one_feed(store)
    record(store, feed, alert(1), new(2), alert(3, at=NOON - DAY))
    assert read(store, matched_items, NOON - MINUTE, NOON + MINUTE) == {feed: 1}
    assert read(store, matched_items, NOON - DAY, NOON + MINUTE) == {feed: 2}
