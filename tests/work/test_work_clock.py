"""Somebody sets the clock: work goes on from where it was, within a beat."""

import pytest
from house import HOUR, MINUTE, House, timedelta

from monitor.daemon import was_set
from monitor.model import NotSent, Trouble
from monitor.store.feeds import shift_due
from monitor.store.outbox import shift_retries


@pytest.mark.parametrize(
    ("wall", "monotonic", "by"),
    [
        (1002.0, 52.0, 0.0),
        (1006.9, 52.0, 0.0),  # a clock that drifts, or is slewed by NTP
        (1008.0, 52.0, 6.0),
        (4602.0, 52.0, 3600.0),
        (1002.0 - 3600, 52.0, -3600.0),
    ],
)
def test_a_clock_that_was_set_is_told_from_one_that_drifts(wall, monotonic, by):
    assert was_set(950.0, wall=wall, monotonic=monotonic) == by


def test_a_clock_put_back_leaves_feeds_due_when_they_would_have_been(store):
    house = House(store)
    house.serve(("1", "Missile fired"))
    house.poll()
    house.pass_time(timedelta(minutes=15) - HOUR)
    assert house.poll() == []
    store.write(lambda conn: shift_due(conn, -HOUR)).result()
    assert len(house.poll()) == 1


def test_a_clock_put_back_leaves_messages_due_when_they_would_have_been(store):
    house = House(store)
    house.serve(("1", "Missile fired"))
    house.poll()
    house.digest()
    house.receipts = [NotSent(trouble=Trouble.TEMPORARY, reason="451 later")]
    house.deliver()
    house.pass_time(MINUTE - HOUR)
    assert house.deliver() == []
    store.write(lambda conn: shift_retries(conn, -HOUR)).result()
    assert [each.outcome for each in house.deliver()] == ["sent"]


def test_a_clock_put_back_delays_no_alert(store):
    house = House(store)
    house.serve(("1", "Missile fired"))
    house.poll()
    house.pass_time(-HOUR)
    assert len(house.digest()) == 1
