"""A state that takes no writes for a while: what was sent is recorded all the same, once."""

from concurrent.futures import Future

import pytest
from house import MINUTE, House

from monitor.errors import StoreBusy, StoreFull
from monitor.store.schema import deliveries


class Reluctant:
    """A store that refuses so many writes once a message has been sent."""

    def __init__(self, house, refusals):
        self._house = house
        self._store = house.store
        self.refusals = list(refusals)

    def __getattr__(self, name):
        return getattr(self._store, name)

    def write(self, work):
        if self._house.sent and self.refusals:
            refused = Future()
            refused.set_exception(self.refusals.pop(0))
            return refused
        return self._store.write(work)


def housed(store, refusals):
    house = House(store)
    house.serve(("1", "Missile fired"))
    house.poll()
    house.digest()
    house.store = Reluctant(house, refusals)
    return house


def test_what_was_sent_is_recorded_once_the_state_takes_writes_again(store):
    house = housed(store, [StoreFull("full"), StoreBusy("locked")])
    (delivered,) = house.deliver()
    assert delivered.outcome == "sent"
    assert [row.state for row in house.rows(deliveries)] == ["sent"]
    house.pass_time(30 * MINUTE)
    assert house.deliver() == []
    assert len(house.sent) == 1


def test_a_state_that_stays_full_is_told_and_the_message_comes_again_under_its_key(store):
    house = housed(store, [StoreFull("full")] * 200)
    with pytest.raises(StoreFull):
        house.deliver()
    house.store.refusals.clear()
    house.pass_time(30 * MINUTE)
    assert [each.outcome for each in house.deliver()] == ["sent"]
    first, again = house.sent
    assert first.key == again.key


def test_an_error_that_is_no_passing_trouble_is_not_tried_again(store):
    house = housed(store, [ValueError("broken"), StoreFull("never reached")])
    with pytest.raises(ValueError, match="broken"):
        house.deliver()
    assert len(house.store.refusals) == 1
