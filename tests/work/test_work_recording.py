"""Recording: many polls, one commit; what fails costs only itself."""

import asyncio
from dataclasses import replace

import pytest
from house import HOUR, NOON, House, watch

from monitor.errors import StoreFull
from monitor.store import feeds as feed_rows
from monitor.store.feed_days import failures_by_day
from monitor.store.feeds import HostRelease
from monitor.work.recording import PolledFeed, Recorder

FEEDS = tuple(f"http://127.0.0.{number}/wire" for number in range(1, 41))


@pytest.fixture
def house(store):
    return House(store, watch(feeds=FEEDS))


def claims(house, token="ours"):
    return house.store.write(
        lambda conn: feed_rows.claim_due(
            conn, now=NOON, limit=100, per_host=10, lease=HOUR, token=token
        )
    ).result()


def polled(house, claimed, **changes):
    """A poll that found nothing new."""
    due = claimed.feeds[0]
    state = replace(due.state, last_polled_at=NOON, next_due_at=NOON + HOUR)
    unit = PolledFeed(
        due=due, claimed=claimed, state=state, understood=None, watch=house.watch, now=NOON
    )
    return replace(unit, **changes)


def record_all(recorder, units):
    async def all_at_once():
        return await asyncio.gather(
            *(recorder.record(unit) for unit in units), return_exceptions=True
        )

    return asyncio.run(all_at_once())


class Counting:
    """A store that counts its commits."""

    def __init__(self, store):
        self.store, self.memory, self.commits = store, store.memory, 0

    def write(self, work):
        self.commits += 1
        return self.store.write(work)


def last_polled(house):
    with house.store.reading() as conn:
        return {row.url: row.state.last_polled_at for row in feed_rows.list_feeds(conn)}


def test_polls_that_end_while_one_is_committed_share_the_next_commit(house):
    counting = Counting(house.store)
    units = [polled(house, each) for each in claims(house)]
    assert record_all(Recorder(counting), units) == [()] * 40
    assert counting.commits <= 3
    assert set(last_polled(house).values()) == {NOON}


def test_a_poll_that_cannot_be_recorded_costs_only_itself(house):
    first, *others = (polled(house, each) for each in claims(house))
    poison = replace(first, state=replace(first.state, last_polled_at="not an instant"))
    failure, *recorded = record_all(Recorder(house.store), [poison, *others])
    assert isinstance(failure, Exception)
    assert recorded == [()] * 39
    assert sum(at == NOON for at in last_polled(house).values()) == 39


def test_what_is_wrong_with_the_store_is_everybodys_and_tried_once(house):
    class Full(Counting):
        def write(self, work):
            self.commits += 1

            def fail(conn):
                raise StoreFull("no space")

            return self.store.write(fail)

    full = Full(house.store)
    failures = record_all(Recorder(full), [polled(house, each) for each in claims(house)])
    assert {type(each) for each in failures} == {StoreFull}
    assert full.commits <= 3


def test_a_claim_that_was_lost_commits_nothing(house):
    (lost, *_) = claims(house)
    assert record_all(Recorder(house.store), [polled(house, replace(lost, token="old"))]) == [None]
    assert set(last_polled(house).values()) == {None}


def test_a_host_is_given_back_with_the_polls_that_came_before_it(house):
    (claimed, *_) = claims(house)
    release = HostRelease(claim=claimed, next_slot_at=NOON)
    assert record_all(Recorder(house.store), [polled(house, claimed), release]) == [(), ()]
    house.store.write(lambda conn: feed_rows.make_due(conn, NOON)).result()
    assert [each.host for each in claims(house, token="again")] == [claimed.host]


def test_who_no_longer_waits_does_not_stop_the_others(house):
    first, second, *_ = (polled(house, each) for each in claims(house))

    async def leave_early():
        recorder = Recorder(house.store)
        leaving = asyncio.ensure_future(recorder.record(first))
        staying = asyncio.ensure_future(recorder.record(second))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(leave_early()) == ()


def failed_today(house):
    with house.store.reading() as conn:
        rows = feed_rows.list_feeds(conn)
        found = failures_by_day(conn, [row.id for row in rows], 1, NOON)
        return {row.url: found[row.id][0] for row in rows if row.id in found}


def test_a_poll_that_fails_is_counted_with_its_day_in_the_same_commit(house):
    failing, well, *_ = claims(house)
    state = replace(failing.feeds[0].state, failures=3, last_polled_at=NOON)
    units = [polled(house, failing, state=state), polled(house, well)]
    record_all(Recorder(house.store), units)
    assert failed_today(house) == {failing.feeds[0].url: 1}


def test_a_poll_whose_claim_was_lost_counts_as_no_failure(house):
    (lost, *_) = claims(house)
    state = replace(lost.feeds[0].state, failures=1)
    record_all(Recorder(house.store), [polled(house, replace(lost, token="old"), state=state)])
    assert failed_today(house) == {}
