"""One host is asked in turn, with pauses, and left alone when it asks for that."""

import asyncio
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from house import HOUR, MINUTE, NOON, House, watch

from monitor.config.settings import PollSettings
from monitor.model import Failed, FailureKind, Feed, Hints, NotModified
from monitor.store.schema import feeds, hosts
from monitor.work.taking_turns import Pace, pace_of, rest_asked_for, take_turns, why_it_rests

FEEDS = tuple(f"http://127.0.0.1/{n}" for n in range(3))
BUSY = Failed(
    kind=FailureKind.RATE_LIMITED,
    reason="the server asks us to come less often (429)",
    status=429,
    retry_after=HOUR,
    answered_by="127.0.0.1",
)


@pytest.fixture
def house(store):
    house = House(store, watch(feeds=FEEDS))
    for url in FEEDS:
        house.serve(("1", f"News {url}"), url=url)
    return house


def taken(count, pace, *, stop_at=None):
    """What happens when `count` things are asked for at this pace, in order."""
    told = []

    async def ask(number):
        told.append(f"ask {number}")
        await asyncio.sleep(0)
        told.append(f"done {number}")
        return number != stop_at

    async def pause(seconds):
        told.append(f"pause {seconds:g}")

    asyncio.run(take_turns(range(count), ask, pace, pause))
    return told


def test_one_at_a_time_waits_for_the_answer_and_then_pauses():
    pace = Pace(at_once=1, spacing=timedelta(seconds=2))
    assert taken(2, pace) == ["ask 0", "done 0", "pause 2", "ask 1", "done 1"]


def test_several_at_a_time_still_start_one_pause_apart():
    pace = Pace(at_once=2, spacing=timedelta(seconds=2))
    told = taken(3, pace)
    assert [each for each in told if not each.startswith("done")] == [
        "ask 0", "pause 2", "ask 1", "pause 2", "ask 2",
    ]  # fmt: skip


def test_without_spacing_as_many_are_asked_at_once_as_may_be():
    told = taken(3, Pace(at_once=2, spacing=timedelta()))
    assert told[:2] == ["ask 0", "ask 1"]
    assert "ask 2" not in told[:3]


def test_after_an_answer_that_says_stop_nothing_more_is_asked():
    assert taken(3, Pace(at_once=1, spacing=timedelta()), stop_at=0) == ["ask 0", "done 0"]


def test_an_error_ends_what_is_asked_beside_it():
    ended = []

    async def ask(number):
        if number == 1:
            raise LookupError
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    with pytest.raises(LookupError):
        asyncio.run(take_turns(range(2), ask, Pace(at_once=2, spacing=timedelta()), asyncio.sleep))
    assert ended == [0]


def test_public_hosts_are_asked_at_the_configured_pace_and_this_machine_at_any():
    poll = PollSettings(per_host=2, spacing=timedelta(seconds=3))
    assert pace_of("wire.example", poll) == Pace(at_once=2, spacing=timedelta(seconds=3))
    assert pace_of("127.0.0.2", poll).spacing == pace_of("localhost", poll).spacing == timedelta()


@pytest.mark.parametrize(
    ("change", "feed", "rests"),
    [
        ({}, {}, True),
        ({"status": 503}, {}, True),
        ({"status": 403, "kind": FailureKind.REFUSED}, {}, True),
        ({"status": 500}, {}, False),
        ({"retry_after": None}, {}, False),
        ({"answered_by": "elsewhere.example"}, {}, False),
        ({}, {"retry_after": "feed"}, False),
    ],
)
def test_a_retry_after_of_the_host_itself_holds_for_all_of_it(change, feed, rests):
    outcome = replace(BUSY, **change)
    asked = rest_asked_for(outcome, "127.0.0.1", Feed(url=FEEDS[0], **feed), PollSettings(), NOON)
    assert asked == (NOON + HOUR if rests else None)


def test_for_all_feeds_a_retry_after_may_be_made_to_hold_for_the_feed_alone():
    poll = PollSettings(retry_after="feed")
    assert rest_asked_for(BUSY, "127.0.0.1", Feed(url=FEEDS[0]), poll, NOON) is None
    ours = Feed(url=FEEDS[0], retry_after="host")
    assert rest_asked_for(BUSY, "127.0.0.1", ours, poll, NOON) == NOON + HOUR


def test_why_a_host_rests_is_told_with_the_hour_and_where_needed_the_day():
    assert why_it_rests(NOON + HOUR, NOON, UTC) == "the host asks to be left alone until 13:00"
    assert why_it_rests(NOON + 24 * HOUR, NOON, UTC).endswith("until 12:00 on 03 Mar")


def test_a_host_that_asks_for_it_is_left_alone_with_all_its_feeds(house):
    house.outcomes[FEEDS[0]] = BUSY
    house.watch = replace_pace(house.watch)
    polled = house.poll()
    assert [each.rests_until for each in polled if each.answer == "failed"] == [NOON + HOUR]
    (host,) = house.rows(hosts)
    assert host.next_slot_at == NOON + HOUR
    assert host.waits_because == "the host asks to be left alone until 13:00"
    house.pass_time(59 * MINUTE)
    assert house.poll() == []
    house.pass_time(MINUTE)
    house.outcomes[FEEDS[0]] = NotModified(etag="", last_modified="")
    assert len(house.poll()) == 3
    assert house.rows(hosts)[0].waits_because == ""


def replace_pace(watched):
    poll = replace(watched.settings.poll, spacing=timedelta())
    return replace(watched, settings=replace(watched.settings, poll=poll))


def test_a_feed_that_moves_for_good_takes_its_politeness_with_it(store):
    house = House(store, watch(feeds=FEEDS[:1]))
    moved = Hints(moved_to="http://127.0.0.9/new")
    told = []
    for _ in range(4):
        house.serve(("1", "Missile fired"), url=FEEDS[0])
        house.outcomes[FEEDS[0]] = replace(house.outcomes[FEEDS[0]], hints=moved)
        told += [each.moved for each in house.poll()]
        house.pass_time(12 * HOUR)
    assert told[:2] == ["", ""]
    assert told[2].startswith("it has moved for good and is polled at http://127.0.0.9/new")
    (row,) = house.rows(feeds)
    assert (row.url, row.host, row.address) == (FEEDS[0], "127.0.0.9", "http://127.0.0.9/new")
