"""Anchors: how reports that may be copies are found, and forgotten."""

from datetime import timedelta

import pytest
from polls import NOON, alert, item, list_one_feed, read, record, select, write

from monitor.store.anchors import KEPT, add_anchors, prune_anchors, sharing_of
from monitor.store.schema import anchors
from monitor.stories.anchors import VERSION

MINUTE = timedelta(minutes=1)
LOWEST, HIGHEST = -(2**63), 2**63 - 1


@pytest.fixture
def feed(store):
    return list_one_feed(store)


def sharing(store, wanted, since=NOON - timedelta(days=3)):
    return read(store, sharing_of, {b"fresh": wanted}, since).get(b"fresh", ())


def test_items_are_found_by_the_anchors_they_share_those_that_share_most_first(store, feed):
    record(
        store, feed, alert(1, anchors=(1, 2)), alert(2, anchors=(2, 3, 4)), alert(3, anchors=(9,))
    )
    assert sharing(store, (2, 3, 4, 5)) == (2, 1)


def test_at_most_twenty_are_found_the_latest_of_those_that_share_as_much(store, feed):
    record(store, feed, *(alert(n, anchors=(7,)) for n in range(1, 31)))
    assert sharing(store, (7,)) == tuple(range(30, 10, -1))


def test_what_is_older_than_the_window_is_not_found(store, feed):
    record(store, feed, alert(1, anchors=(7,), item=item("Old", at=NOON - timedelta(days=4))))
    record(store, feed, alert(2, anchors=(7,)))
    assert sharing(store, (7,)) == (2,)


def test_anchors_that_other_code_has_cut_are_never_compared(store, feed):
    record(store, feed, alert(1, anchors=(7,)))
    write(store, lambda conn: conn.execute(anchors.update().values(version=VERSION + 1)))
    assert sharing(store, (7,)) == ()


def test_an_anchor_that_is_known_is_noted_once(store, feed):
    record(store, feed, alert(1, anchors=(7, 7)))
    write(store, add_anchors, [(1, (7, 8))])
    assert sorted(select(store, anchors.c.anchor)) == [(7,), (8,)]


def test_old_anchors_are_gone_after_a_day_of_keeping_house_whatever_they_are(store, feed):
    many = (LOWEST, -(2**61), 0, 12_345, 2**62, HIGHEST)
    record(
        store, feed, alert(1, anchors=many, item=item("Old", at=NOON - KEPT - timedelta(hours=1)))
    )
    record(store, feed, alert(2, anchors=many))
    for round_ in range(150):
        write(store, prune_anchors, NOON + round_ * 10 * MINUTE)
    assert {item for _, item in select(store, anchors.c.anchor, anchors.c.item_id)} == {2}
