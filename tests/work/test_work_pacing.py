"""Real polls at the pace that each feed's rhythm asks for, steered to the budget."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from house import HOUR, MINUTE, NOON, WIRE, House, watch

from monitor.model import Failed, FailureKind, Fetched, Hints, NotModified
from monitor.schedule.rhythms import decode
from monitor.schedule.steering import first_theta
from monitor.store.schema import feeds
from monitor.store.steering import hits_by_feed, steady_feeds, theta_of
from monitor.work.steering import steer, weigh_feeds

DAY = timedelta(days=1)
NO_HINTS = Hints()


@pytest.fixture
def house(store):
    return House(store)


def document(*appeared_at, partial=False, hints=NO_HINTS, title="Missile"):
    """A feed whose items are named after the minute in which they appeared."""
    entries = "".join(
        f"<item><guid>{at:%d%H%M}</guid><title>{title} {at:%d %H:%M}</title>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for at in appeared_at
    )
    return Fetched(
        body=f"<rss version='2.0'><channel>{entries}</channel></rss>".encode(),
        content_type="",
        etag="",
        last_modified="",
        final_url=WIRE,
        partial=partial,
        hints=hints,
    )


def every(step, start, end):
    return [start + number * step for number in range(int((end - start) / step))]


LAST_DAYS = every(HOUR, NOON - 10 * DAY, NOON)


def polled(house, outcome):
    """The result of the next poll, and the row that it left."""
    house.outcomes[WIRE] = outcome
    (row,) = house.rows(feeds)
    house.now = max(house.now, row.next_due_at)
    (result,) = house.poll()
    (row,) = house.rows(feeds)
    return result, row


def configured(store, **poll):
    house = House(store)
    settings = replace(house.watch.settings, poll=replace(house.watch.settings.poll, **poll))
    house.watch = replace(house.watch, settings=settings)
    return house


def test_the_first_document_teaches_the_rhythm(house):
    _, row = polled(house, document(*LAST_DAYS))
    assert decode(row.rhythm).holds == 240
    assert row.due_because == "its usual pace, about 1 item an hour"
    assert 2 * MINUTE < row.next_due_at - NOON < 10 * MINUTE


def test_news_is_named_as_the_reason(house):
    polled(house, document(*LAST_DAYS))
    result, row = polled(house, document(*LAST_DAYS, house.now + MINUTE, house.now + 2 * MINUTE))
    assert result.new == 2
    assert "2 items in " in row.due_because


def test_a_poll_without_news_writes_nothing_of_the_rhythm(house):
    _, first = polled(house, document(*LAST_DAYS))
    _, unmodified = polled(house, NotModified(etag="", last_modified=""))
    _, same = polled(house, document(*LAST_DAYS, title="Missile again"))
    assert first.rhythm == unmodified.rhythm == same.rhythm


def test_a_document_of_which_nothing_is_known_is_a_possible_gap(house):
    polled(house, document(*every(HOUR, NOON - 10 * HOUR, NOON)))
    result, row = polled(house, document(*every(MINUTE, NOON + 10 * MINUTE, NOON + 20 * MINUTE)))
    assert result.gap
    assert row.gap_at == house.now
    assert row.next_due_at - house.now <= 10 * MINUTE
    assert decode(row.rhythm).slides


@pytest.mark.parametrize("partial", [True, False])
def test_deltas_and_documents_with_something_known_are_none(house, partial):
    shown = every(HOUR, NOON - 10 * HOUR, NOON)
    polled(house, document(*shown))
    fresh = [NOON + MINUTE, NOON + 2 * MINUTE]
    result, row = polled(house, document(*fresh, *([] if partial else shown[-1:]), partial=partial))
    assert (result.new, result.gap, row.gap_at) == (2, False, None)


def test_half_of_a_short_window_is_the_longest_wait(store):
    house = configured(store, mean=DAY, max=DAY)
    _, row = polled(house, document(*every(3 * MINUTE, NOON - HOUR, NOON)))
    assert row.next_due_at - NOON <= 30 * MINUTE


def test_a_publisher_is_asked_no_sooner_than_it_wishes(house):
    fresh_for = Hints(fresh_for=20 * MINUTE)
    _, row = polled(house, document(*LAST_DAYS, hints=fresh_for))
    assert row.due_because == "its publisher asks for 20 min"
    assert row.next_due_at - NOON >= 20 * MINUTE


def test_an_interval_of_its_own_is_kept_exactly(store):
    watched = watch()
    feed = replace(watched.feeds[WIRE], every=17 * MINUTE)
    house = House(store, replace(watched, feeds={WIRE: feed}))
    _, row = polled(house, document(*LAST_DAYS, hints=Hints(fresh_for=HOUR)))
    assert row.next_due_at - NOON == 17 * MINUTE
    assert row.due_because == "fixed, every 17 min"


def test_failures_put_a_feed_off_and_say_so(house):
    _, well = polled(house, document(*LAST_DAYS))
    failed = Failed(kind=FailureKind.TIMEOUT, reason="no answer")
    for count, said in enumerate(("its last poll failed", "2 polls failed in a row"), 1):
        _, row = polled(house, failed)
        wait = row.next_due_at - house.now
        assert row.due_because == said
        assert wait > (count / 2) * (well.next_due_at - NOON)
    asked = replace(failed, kind=FailureKind.RATE_LIMITED, retry_after=3 * HOUR)
    assert polled(house, asked)[1].due_because == "its host asks to wait 3 h"


def test_a_state_without_a_rhythm_learns_it_from_the_next_document(house):
    _, row = polled(house, document(*LAST_DAYS))
    broken = feeds.update().values(rhythm="0 something else")
    house.store.write(lambda conn: conn.execute(broken).rowcount).result()
    _, row = polled(house, document(*LAST_DAYS, title="Reworded"))
    assert decode(row.rhythm).holds == 240


# --- steering ----------------------------------------------------------------------------------


def test_theta_is_kept_for_whoever_polls_next(house):
    assert steer(house.store, house.watch, NOON) == first_theta(house.watch.settings.poll.mean)
    polled(house, document(*LAST_DAYS))
    theta = steer(house.store, house.watch, NOON)
    with house.store.reading() as conn:
        assert theta_of(conn) == theta
    assert steer(house.store, house.watch, NOON) == theta


def test_a_smaller_budget_makes_theta_greater(store):
    thetas = []
    for mean in (10 * MINUTE, 40 * MINUTE):
        house = configured(store, mean=mean)
        polled(house, document(*LAST_DAYS))
        thetas.append(steer(store, house.watch, NOON))
    assert thetas[0] < thetas[1]


def test_feeds_whose_items_match_are_worth_more(store):
    other = "http://127.0.0.1/other"
    house = House(store, watch(feeds=(WIRE, other)))
    house.outcomes[WIRE] = document(*LAST_DAYS)
    house.outcomes[other] = document(*LAST_DAYS, title="Weather")
    house.poll()
    weigh_feeds(store, NOON + HOUR)
    with store.reading() as conn:
        worths = {row.url: row.worth for row in steady_feeds(conn, most=None, turn=0)}
        assert list(hits_by_feed(conn, NOON - DAY).values()) == [240]
    assert worths[WIRE] > 1.5
    assert worths[other] == 0.5


def test_feeds_are_weighed_once_a_day(house):
    polled(house, document(*LAST_DAYS))
    for at, worth in ((NOON, 1.0), (NOON + 23 * HOUR, 3.0), (NOON + DAY, 1.0)):
        weigh_feeds(house.store, at)
        (row,) = house.rows(feeds)
        assert row.worth == worth
        house.store.write(
            lambda conn: conn.execute(feeds.update().values(worth=3.0)).rowcount
        ).result()


def test_of_very_many_feeds_each_turn_asks_others(store):
    urls = tuple(f"http://127.0.0.1/{number}" for number in range(50))
    House(store, watch(feeds=urls))
    with store.reading() as conn:
        asked = [{row.url for row in steady_feeds(conn, most=10, turn=turn)} for turn in range(5)]
    assert all(len(each) == 10 for each in asked)
    assert set.union(*asked) == set(urls)


def test_feeds_that_fail_or_have_an_interval_of_their_own_share_in_no_budget(house):
    polled(house, document(*LAST_DAYS))
    polled(house, Failed(kind=FailureKind.TIMEOUT, reason="no answer"))
    mean = house.watch.settings.poll.mean
    assert steer(house.store, house.watch, NOON) == first_theta(mean)
