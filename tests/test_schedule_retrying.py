"""When feeds and deliveries are tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import FailureKind, Trouble
from monitor.schedule import GiveUp, RetryAt, after_attempt, after_failure, clamp_due

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def failed(times: int, kind: FailureKind = FailureKind.TIMEOUT, **changes: Any) -> timedelta | None:
    given = {
        "every": 10 * MINUTE,
        "failures": times,
        "kind": kind,
        "retry_after": None,
        "now": NOW,
        "jitter": -1.0,
    }
    due = after_failure(**(given | changes))
    return None if due is None else due - NOW


def test_failures_in_a_row_double_the_interval() -> None:
    assert [failed(times) for times in (1, 2, 3, 4)] == [n * MINUTE for n in (10, 20, 40, 80)]


@given(st.integers(0, 10**9))
def test_a_feed_that_never_answers_is_still_asked_four_times_a_day(times: int) -> None:
    wait = failed(times)
    assert wait is not None
    assert 10 * MINUTE <= wait <= 6 * HOUR


def test_feeds_that_fail_together_come_back_apart() -> None:
    waits = [failed(1, jitter=jitter) for jitter in (-1.0, 0.0, 1.0)]
    assert waits == [10 * MINUTE, 12.5 * MINUTE, 15 * MINUTE]
    assert [failed(99, jitter=jitter) for jitter in (-1.0, 1.0)] == [4 * HOUR, 6 * HOUR]


def test_a_bot_wall_is_knocked_at_once_an_hour_at_first_and_ever_more_rarely() -> None:
    assert [failed(times, FailureKind.BLOCKED) for times in (1, 2, 3, 4)] == [
        HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR,
    ]  # fmt: skip
    assert failed(99, FailureKind.BLOCKED, jitter=1.0) == 6 * HOUR


def test_a_server_that_asks_for_time_gets_it_but_not_more_than_a_day() -> None:
    limited = FailureKind.RATE_LIMITED
    assert failed(1, limited, retry_after=HOUR) == HOUR
    assert failed(1, limited, retry_after=MINUTE) == 10 * MINUTE
    assert failed(1, limited, retry_after=1_000 * DAY) == DAY
    assert failed(1, limited, retry_after=HOUR, jitter=-1.0) == HOUR


def test_a_feed_that_is_gone_is_not_asked_again() -> None:
    assert failed(1, FailureKind.GONE) is None


def attempted(trouble: Trouble = Trouble.TEMPORARY, **changes: Any) -> RetryAt | GiveUp:
    given = {
        "attempts": 1,
        "trouble": trouble,
        "retry_after": None,
        "queued_at": NOW,
        "now": NOW,
        "chance": 1.0,
        "max_age": 3 * DAY,
    }
    return after_attempt(**(given | changes))


def wait_of(decision: RetryAt | GiveUp) -> timedelta:
    assert isinstance(decision, RetryAt)
    return decision.at - NOW


def test_attempts_back_off_from_five_seconds_to_a_quarter_of_an_hour() -> None:
    waits = [wait_of(attempted(attempts=n)) for n in (1, 2, 3, 8, 9, 10**6)]
    assert [wait.total_seconds() for wait in waits] == [5, 10, 20, 640, 900, 900]


def test_chance_spreads_attempts_over_the_whole_wait() -> None:
    assert wait_of(attempted(attempts=3, chance=0.5)) == timedelta(seconds=10)
    assert wait_of(attempted(attempts=3, chance=0.0)) == timedelta(seconds=1)


@pytest.mark.parametrize("trouble", [Trouble.PERMANENT, Trouble.POISON])
def test_what_can_never_succeed_is_given_up_at_once(trouble: Trouble) -> None:
    assert isinstance(attempted(trouble), GiveUp)


def test_rejected_credentials_are_tried_slowly_until_the_end() -> None:
    assert wait_of(attempted(Trouble.AUTH, chance=0.0)) == 15 * MINUTE
    assert isinstance(attempted(Trouble.AUTH, now=NOW + 3 * DAY), GiveUp)


def test_a_receiver_that_names_a_time_is_obeyed() -> None:
    assert wait_of(attempted(Trouble.RATE_LIMITED, retry_after=HOUR)) == HOUR
    assert wait_of(attempted(Trouble.TEMPORARY, retry_after=HOUR)) == HOUR


def test_the_last_try_is_at_the_very_end_and_then_it_is_given_up() -> None:
    young = attempted(Trouble.RATE_LIMITED, retry_after=HOUR, max_age=MINUTE)
    assert wait_of(young) == MINUTE
    assert attempted(max_age=MINUTE, now=NOW + MINUTE) == GiveUp(reason="not delivered within 1m")


def test_every_decision_says_why() -> None:
    for trouble in Trouble:
        decision = attempted(trouble)
        assert decision.reason if isinstance(decision, GiveUp) else decision.why


def test_a_clock_that_was_put_back_does_not_strand_what_is_due() -> None:
    assert clamp_due(NOW + 400 * DAY, NOW, 4 * HOUR) == NOW + 4 * HOUR
    assert clamp_due(NOW + HOUR, NOW, 4 * HOUR) == NOW + HOUR
    assert clamp_due(NOW - HOUR, NOW, 4 * HOUR) == NOW - HOUR
