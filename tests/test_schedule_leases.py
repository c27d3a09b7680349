"""When a hub is asked again, and how long a push proves anything."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.schedule.leases import LONGEST_WAIT, asked_again_at, is_proven, renewal_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("lease", "after"), [(10 * DAY, 9 * DAY), (4 * HOUR, 3 * HOUR), (4 * DAY, 3 * DAY)]
)
def test_a_lease_is_renewed_with_a_quarter_left_but_a_day_at_most(lease, after):
    assert renewal_at(NOON, lease) == NOON + after


def test_a_hub_in_trouble_is_asked_ever_more_rarely_and_never_not_at_all():
    waits = [
        asked_again_at(NOON, attempts, accepted=False, jitter=0.0) - NOON
        for attempts in range(1, 40)
    ]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(minutes=1), LONGEST_WAIT)


def test_a_hub_that_took_the_request_has_an_hour_to_ask_back():
    assert asked_again_at(NOON, 1, accepted=True, jitter=0.0) == NOON + HOUR


def test_a_hub_that_asks_to_wait_is_waited_for():
    at = asked_again_at(NOON, 1, accepted=False, jitter=-1.0, retry_after=2 * DAY)
    assert at == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("first_at", "lease_until_at", "proven"),
    [
        (NOON - HOUR, NOON + DAY, True),
        (NOON - 2 * DAY, NOON + DAY, False),
        (NOON - HOUR, NOON, False),
        (None, NOON + DAY, False),
        (NOON - HOUR, None, False),
    ],
)
def test_a_push_that_came_first_proves_for_a_day_within_its_lease(first_at, lease_until_at, proven):
    assert is_proven(first_at, lease_until_at, NOON) is proven
