"""One number that keeps all feeds within the budget of requests."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.pacing import Bounds, pace
from monitor.schedule.rhythms import Shown, learnt
from monitor.schedule.steering import Steered, first_theta, theta_for, worth_of

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(least=MINUTE, most=4 * HOUR)


def feed(step, *, weight=1.0, bounds=BOUNDS):
    start = MONDAY - 14 * DAY
    appeared = tuple(start + number * step for number in range(int(14 * DAY / step)))
    shown = Shown(appeared_at=appeared, fresh_at=())
    rhythm = learnt(None, shown, since_at=None, now=MONDAY)
    return Steered(rhythm=rhythm, weight=weight, bounds=bounds)


def waits(each, theta, mean, now, rhythm=None):
    return pace(
        rhythm or each.rhythm,
        theta=theta,
        weight=each.weight,
        mean=mean,
        bounds=each.bounds,
        now=now,
        jitter=0.0,
    ).length


def polls_in_a_week(each, step, theta, mean):
    """Of a feed that goes on to bring an item every `step`."""
    rhythm, now, polls, came = each.rhythm, MONDAY, 0, MONDAY
    while now < MONDAY + 7 * DAY:
        polls += 1
        since_at, now = now, now + waits(each, theta, mean, now, rhythm)
        fresh = tuple(came + number * step for number in range(int((now - came) / step)))
        if fresh:
            came = fresh[-1] + step
            shown = Shown(appeared_at=fresh, fresh_at=fresh, partial=True)
            rhythm = learnt(rhythm, shown, since_at=since_at, now=now)
    return polls


STEPS = [step * MINUTE for step in (20, 61, 370, 1450, 4000)]
MIXED = [feed(step) for step in STEPS]
UNKNOWN = Steered(rhythm=None, weight=1.0, bounds=BOUNDS)


@pytest.mark.parametrize("mean", [10 * MINUTE, 30 * MINUTE, HOUR])
def test_polls_come_to_the_budget(mean):
    theta = theta_for(MIXED, mean, MONDAY)
    polls = sum(map(polls_in_a_week, MIXED, STEPS, [theta] * 5, [mean] * 5))
    assert polls == pytest.approx(5 * 7 * DAY / mean, rel=0.1)


@given(st.integers(6, 180).map(lambda each: each * MINUTE), st.floats(1.1, 4))
def test_a_smaller_budget_is_a_greater_theta(mean, factor):
    assert theta_for(MIXED, mean, MONDAY) < theta_for(MIXED, mean * factor, MONDAY)


def test_feeds_that_nothing_is_known_of_have_their_part():
    assert theta_for([*MIXED, UNKNOWN], 30 * MINUTE, MONDAY) == pytest.approx(
        theta_for(MIXED, 30 * MINUTE, MONDAY), rel=0.02
    )


def test_without_any_feed_that_is_known_there_is_a_theta_to_begin_with():
    assert theta_for([], HOUR, MONDAY) == first_theta(HOUR)
    assert theta_for([UNKNOWN] * 3, HOUR, MONDAY) == first_theta(HOUR)


def test_a_budget_that_cannot_be_met_ends_at_the_bounds():
    for bounds, mean in ((Bounds(least=HOUR, most=2 * HOUR), MINUTE), (BOUNDS, 9 * DAY)):
        feeds = [feed(HOUR, bounds=bounds)]
        theta = theta_for(feeds, mean, MONDAY)
        at_bound = bounds.least if mean < bounds.least else bounds.most
        assert waits(feeds[0], theta, mean, MONDAY) == at_bound


def test_steering_twice_is_steering_once():
    assert theta_for(MIXED, HOUR, MONDAY) == theta_for(MIXED, HOUR, MONDAY)


# --- what past hits make of a feed ---------------------------------------------------------------


def test_a_feed_whose_items_match_more_often_is_worth_more():
    assert (
        worth_of(hits=20, items=200, usual=0.05) > worth_of(hits=10, items=200, usual=0.05) == 1.0
    )


@given(st.integers(0, 10**6), st.floats(0, 10**6), st.floats(0, 1))
def test_worth_is_bounded(hits, items, usual):
    assert 0.5 <= worth_of(hits=hits, items=items, usual=usual) <= 4.0


def test_little_evidence_moves_it_little():
    assert worth_of(hits=0, items=2, usual=0.05) >= 0.9
    assert worth_of(hits=0, items=2000, usual=0.05) == 0.5
    assert worth_of(hits=0, items=0, usual=0.05) == 1.0


def test_where_nothing_ever_matched_all_are_worth_the_same():
    assert worth_of(hits=0, items=500, usual=0.0) == 1.0
