"""When a feed is worth asking again, and why then."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.pacing import (
    BURSTING,
    Bounds,
    how_often,
    in_words,
    pace,
    usual_silence,
)
from monitor.schedule.rhythms import BURST_LASTS, Intensity, Shown, decode, encode, hours, learnt

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WIDE = Bounds(least=MINUTE, most=DAY)


def known(*appeared_at, now=MONDAY, **more):
    shown = Shown(appeared_at=appeared_at, fresh_at=(), **more)
    return learnt(None, shown, since_at=None, now=now)


def steady(step, days=14, **more):
    """A feed that has brought an item every `step`."""
    start = MONDAY - days * DAY
    return known(*(start + number * step for number in range(int(days * DAY / step))), **more)


def waits(rhythm, *, theta=0.01, weight=1.0, bounds=WIDE, now=MONDAY, jitter=0.0, news=""):
    return pace(
        rhythm,
        theta=theta,
        weight=weight,
        mean=10 * MINUTE,
        bounds=bounds,
        now=now,
        jitter=jitter,
        news=news,
    )


rhythms = st.builds(
    lambda steps, now: known(*(MONDAY - step * MINUTE for step in steps), now=now),
    st.lists(st.integers(0, 40 * 24 * 60), max_size=50),
    st.just(MONDAY),
)
thetas = st.floats(1e-9, 1e6)
instants = st.integers(-900 * 24 * 60, 900 * 24 * 60).map(lambda each: MONDAY + each * MINUTE)


def squares(rhythm, wait, now):
    """The squared waiting times of the items expected within `wait`, summed in small steps."""
    expected, steps = Intensity.of(rhythm, hours(now)), 4000
    tau, length = BURST_LASTS / HOUR, wait / HOUR
    level = rhythm.level * 2.718281828 ** (-(hours(now) - rhythm.at) / tau)
    found = 0.0
    for step in range(steps):
        at = (step + 0.5) / steps * length
        burst = BURSTING / tau * level * 2.718281828 ** (-at / tau)
        rate = (1 - BURSTING) * expected.during(int(hours(now) + at)) + burst
        found += rate * (length - at) ** 2 * length / steps
    return found


@pytest.mark.parametrize("now", [MONDAY, MONDAY + 7.4 * HOUR, MONDAY + 30 * HOUR])
@pytest.mark.parametrize("step", [10 * MINUTE, HOUR, 7 * HOUR])
@pytest.mark.parametrize("theta", [0.001, 0.3])
def test_the_squared_waiting_of_what_is_unseen_comes_to_theta(step, theta, now):
    rhythm = steady(step)
    wait = waits(rhythm, theta=theta, now=now).length
    assert squares(rhythm, wait, now) == pytest.approx(theta, rel=0.02)


def test_a_feed_eight_times_as_busy_is_polled_twice_as_often():
    busy, calm = waits(steady(13 * MINUTE)), waits(steady(104 * MINUTE))
    assert calm.length / busy.length == pytest.approx(2, rel=0.15)


def test_a_weight_multiplies_the_rate():
    rhythm = steady(HOUR)
    assert waits(rhythm).length / waits(rhythm, weight=8.0).length == pytest.approx(2, rel=0.05)


def test_a_feed_is_asked_sooner_in_its_busy_hours():
    mornings = (MONDAY - day * DAY + 7.5 * HOUR for day in range(1, 15) for _ in range(5))
    rhythm = known(*mornings)
    busy, quiet = waits(rhythm, now=MONDAY + 7 * HOUR), waits(rhythm, now=MONDAY + 12 * HOUR)
    assert 2 * busy.length < quiet.length
    assert busy.because.startswith("busy hour, about 4 items an hour")
    assert quiet.because.startswith("quiet hour, about ")


def test_a_burst_makes_a_feed_worth_asking_at_once():
    rhythm, now = steady(12 * HOUR), MONDAY + 5 * HOUR
    fresh = tuple(now - number * 3 * MINUTE for number in range(6, 0, -1))
    shown = Shown(appeared_at=fresh, fresh_at=fresh)
    burst = learnt(rhythm, shown, since_at=now - 20 * MINUTE, now=now)
    assert waits(burst, now=now).length < waits(rhythm, now=now).length / 2
    assert waits(burst, now=now, news="6 items in 20 min").because == "burst, 6 items in 20 min"
    assert waits(burst, now=now + 20 * MINUTE).because == "burst that dies down"
    assert "burst" not in waits(burst, now=now + 5 * HOUR).because


@given(rhythms, thetas, st.floats(-1, 1), instants)
def test_never_sooner_than_the_floor_nor_later_than_the_ceiling(rhythm, theta, jitter, now):
    bounds = Bounds(least=2 * MINUTE, most=4 * HOUR)
    wait = waits(rhythm, theta=theta, bounds=bounds, jitter=jitter, now=now).length
    assert bounds.least <= wait <= bounds.most


@given(rhythms, thetas, thetas, instants)
def test_the_greater_theta_the_longer_the_wait(rhythm, one, other, now):
    sooner, later = (waits(rhythm, theta=theta, now=now).length for theta in sorted((one, other)))
    assert sooner <= later + timedelta(seconds=5)


def test_jitter_is_a_twentieth():
    rhythm = steady(HOUR)
    plain = waits(rhythm).length
    assert waits(rhythm, jitter=1.0).length / plain == pytest.approx(1.05)
    assert waits(rhythm, jitter=-1.0).length / plain == pytest.approx(0.95)


def test_even_at_the_bounds_feeds_do_not_march_in_step():
    bounds = Bounds(least=HOUR, most=2 * HOUR)
    assert waits(steady(MINUTE, days=2), bounds=bounds, jitter=1.0).length == 1.05 * HOUR
    assert waits(known(), theta=1e6, bounds=bounds, now=MONDAY + 9 * DAY, jitter=1.0).length == (
        1.9 * HOUR
    )


def test_a_feed_that_nothing_is_known_of_is_polled_at_the_mean():
    for rhythm in (None, known()):
        wait = waits(rhythm)
        assert (wait.length, wait.because) == (10 * MINUTE, "its rhythm is not known yet")


def test_at_most_half_of_the_window_goes_by():
    short = known(*(MONDAY - number * 18 * MINUTE for number in range(20, 0, -1)))
    wait = waits(short, theta=1e6)
    assert wait.length <= 3 * HOUR
    rare = known(*(MONDAY - 6 * HOUR - number * MINUTE for number in range(10)))
    assert waits(rare, theta=1e6).because in {
        "half its window of 6.2 h",
        "half of what it holds may be new by then",
    }


def test_a_publishers_wish_is_heard_up_to_an_hour():
    rhythm = steady(MINUTE, days=2)
    asked = Bounds(least=MINUTE, most=4 * HOUR, fresh_for=30 * MINUTE)
    assert waits(rhythm, bounds=asked).because == "its publisher asks for 30 min"
    assert waits(steady(MINUTE, days=2, ttl=DAY)).length == HOUR


def test_a_window_that_would_be_overrun_weighs_more_than_a_wish():
    rhythm = known(*(MONDAY - number * MINUTE for number in range(20, 0, -1)), ttl=HOUR)
    assert waits(rhythm).length <= 10 * MINUTE


def test_bounds_are_said_when_they_decide():
    narrow = Bounds(least=2 * MINUTE, most=4 * HOUR)
    assert (
        waits(steady(MINUTE, days=2), theta=1e-7, bounds=narrow).because == "at its floor of 2 min"
    )
    quiet = known(*(MONDAY - 90 * DAY - day * DAY for day in range(3)))
    assert waits(quiet, theta=1e4, bounds=narrow).because == "at its ceiling of 4 h"


def test_while_pushes_arrive_polls_only_make_sure():
    bounds = Bounds(least=MINUTE, most=4 * HOUR, pushed=True)
    wait = waits(steady(HOUR), bounds=bounds)
    assert (wait.length, wait.because) == (4 * HOUR, "pushes arrive, polls only make sure")


# --- silence -----------------------------------------------------------------------------------


def test_a_silence_more_than_twice_as_long_as_any_before_is_unusual():
    hourly = steady(7 * HOUR, days=20)
    assert usual_silence(encode(hourly), MONDAY) == pytest.approx(14 * HOUR, rel=0.1)


def test_where_few_pauses_have_been_seen_a_silence_may_be_longer():
    daily, rare = steady(DAY, days=20), steady(2 * DAY, days=26)
    assert 2 * DAY < usual_silence(encode(daily), MONDAY) < 3 * DAY
    assert 5 * DAY < usual_silence(encode(rare), MONDAY) < 6.4 * DAY


def test_the_silence_itself_does_not_make_it_usual():
    daily = encode(steady(DAY, days=20))
    assert usual_silence(daily, MONDAY + 90 * DAY) == usual_silence(daily, MONDAY)


def test_nights_and_weekends_are_part_of_the_habit():
    office = [
        MONDAY - day * DAY + hour * HOUR
        for day in range(1, 22)
        for hour in range(8, 18)
        if (MONDAY - day * DAY).weekday() < 5
    ]
    silence = usual_silence(encode(known(*sorted(office))), MONDAY)
    assert 4 * DAY < silence < 6 * DAY


def test_of_a_feed_that_has_hardly_been_watched_no_silence_is_unusual():
    assert usual_silence("", MONDAY) is None
    assert usual_silence("nonsense", MONDAY) is None
    assert usual_silence(encode(steady(HOUR, days=3)), MONDAY) is None
    assert usual_silence(encode(steady(9 * DAY, days=27)), MONDAY) is None


def test_a_busy_feed_may_be_silent_for_hours():
    assert usual_silence(encode(steady(10 * MINUTE)), MONDAY) == 6 * HOUR


# --- words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=30), "30 s"),
        (20 * MINUTE, "20 min"),
        (90 * MINUTE, "90 min"),
        (5.5 * HOUR, "5.5 h"),
        (6 * HOUR, "6 h"),
        (3 * DAY, "3 days"),
    ],
)
def test_spans_are_said_as_people_do(span, said):
    assert in_words(span) == said


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (3, "about 3 items an hour"),
        (4 / 24, "about 4 items a day"),
        (1 / 24, "about 1 item a day"),
        (2 / 168, "about 2 items a week"),
        (1 / 720, "about 1 item a month"),
        (1e-6, "hardly any items"),
    ],
)
def test_rates_are_said_as_people_do(rate, said):
    assert how_often(rate) == said


def test_a_rhythm_kept_as_text_gives_the_same_wait():
    rhythm = steady(HOUR)
    kept = waits(decode(encode(rhythm)))
    assert kept.length / waits(rhythm).length == pytest.approx(1, abs=0.01)
