"""Breakers: when a channel is left alone, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import NotSent, Sent, Trouble
from monitor.schedule.breaking import OPENS_AFTER, Breaker, after_receipt

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def trouble(kind, retry_after=None):
    return NotSent(trouble=kind, reason="why", retry_after=retry_after)


def after(*receipts, before=None, now=NOON):
    for receipt in receipts:
        before = after_receipt(before, receipt, now)
    return before


AWAY = trouble(Trouble.TEMPORARY)


@pytest.mark.parametrize("kind", [Trouble.TEMPORARY, Trouble.AMBIGUOUS])
def test_one_failure_after_the_other_opens_it(kind):
    failures = [trouble(kind)] * OPENS_AFTER
    assert not after(*failures[1:]).is_open
    opened = after(*failures)
    assert (opened.is_open, opened.opened_at, opened.probe_at) == (True, NOON, NOON + MINUTE)
    assert (opened.trouble, opened.reason) == (kind.value, "why")


def test_a_success_between_two_failures_begins_the_count_anew():
    receipts = [*[AWAY] * (OPENS_AFTER - 1), Sent(), AWAY]
    assert after(*receipts) == Breaker(failures=1, trouble="temporary", reason="why")


def test_rejected_credentials_open_it_at_once_for_a_quarter_of_an_hour():
    opened = after(trouble(Trouble.AUTH))
    assert (opened.is_open, opened.probe_at) == (True, NOON + 15 * MINUTE)


def test_one_that_is_away_and_says_for_how_long_is_not_tried_sooner():
    busy = trouble(Trouble.TEMPORARY, timedelta(hours=2))
    assert after(*[busy] * OPENS_AFTER).probe_at == NOON + timedelta(hours=2)


@pytest.mark.parametrize("kind", [Trouble.PERMANENT, Trouble.POISON])
def test_a_receiver_that_refuses_one_message_for_good_is_well(kind):
    assert after(*[AWAY] * OPENS_AFTER, trouble(kind)) is None


def test_one_that_asks_for_patience_gets_it_which_is_no_failure():
    resting = after(trouble(Trouble.RATE_LIMITED, timedelta(seconds=30)))
    assert (resting.failures, resting.is_open) == (0, False)
    assert resting.rests(NOON + timedelta(seconds=29))
    assert not resting.rests(NOON + timedelta(seconds=30))


def test_nobody_is_asked_for_patience_of_longer_than_a_day():
    asked = trouble(Trouble.RATE_LIMITED, timedelta(days=30))
    assert after(asked).probe_at == NOON + timedelta(days=1)


def test_a_failed_probe_doubles_the_rest_up_to_half_an_hour():
    breaker, rests = after(*[AWAY] * OPENS_AFTER), []
    for _ in range(7):
        now = breaker.probe_at
        breaker = after_receipt(breaker, AWAY, now)
        rests.append((breaker.probe_at - now) // MINUTE)
    assert rests == [2, 4, 8, 16, 30, 30, 30]
    assert breaker.opened_at == NOON


def test_a_probe_that_arrives_closes_it():
    assert after(*[AWAY] * OPENS_AFTER, Sent()) is None
