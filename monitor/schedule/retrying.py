"""When to try again: feeds after a poll, deliveries after an attempt, clocks that jump."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import FailureKind, Trouble
from monitor.schedule.durations import format_duration

LONGEST_SILENCE = timedelta(hours=6)
"""A feed that fails is asked at least so often: it may come back, and must never be forgotten."""

LONGEST_REQUESTED = timedelta(hours=24)
"""No server can send us away for longer than this."""

SOONEST_AT_A_WALL = timedelta(hours=1)
"""A bot wall that is knocked at more often only grows firmer."""

_FAILING_SPREAD = 0.5
"""Feeds that fail together, as in an outage, come back over half as long again."""
_FIRST_RETRY = timedelta(seconds=5)
_SOONEST_RETRY = timedelta(seconds=1)
_LATEST_RETRY = timedelta(minutes=15)
_MOST_DOUBLINGS = 20  # keeps the product a timedelta; both ceilings are reached long before


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAt:
    """The delivery is tried again at `at`; `why` is a sentence for the operator."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The delivery goes to the dead letters; `reason` is a sentence for the operator."""

    reason: str


def after_failure(
    *,
    every: timedelta,
    failures: int,
    kind: FailureKind,
    retry_after: timedelta | None,
    now: datetime,
    jitter: float,
) -> datetime | None:
    """When a feed that has just failed is asked again; None for one that is gone.

    `failures` in a row, from 1, double `every`, up to 6 hours; those at a bot wall double no
    less than an hour. `jitter` in [-1, 1] spreads the time over half as long again. A
    Retry-After puts it off, by 24 hours at most.
    """
    if kind is FailureKind.GONE:
        return None
    wait = max(every, SOONEST_AT_A_WALL) if kind is FailureKind.BLOCKED else every
    spread = 1 + _FAILING_SPREAD * (jitter + 1) / 2
    wait = min(wait * _doubled(failures), LONGEST_SILENCE / (1 + _FAILING_SPREAD)) * spread
    asked = min(retry_after or timedelta(), LONGEST_REQUESTED)
    return now + max(wait, asked)


def after_attempt(
    *,
    attempts: int,
    trouble: Trouble,
    retry_after: timedelta | None,
    queued_at: datetime,
    now: datetime,
    chance: float,
    max_age: timedelta,
) -> RetryAt | GiveUp:
    """What becomes of a delivery whose attempt number `attempts` (from 1) has failed.

    Exponential backoff with full jitter: a `chance` in [0, 1] of 5 s doubled per attempt, at
    most 15 minutes (M. Brooker, "Exponential Backoff and Jitter", 2015). Rejected credentials
    are tried every 15 minutes: somebody must act first. The last try is at `max_age`.
    """
    last_try_at = queued_at + max_age
    match trouble:
        case Trouble.PERMANENT:
            return GiveUp(reason="the receiver refuses it for good")
        case Trouble.POISON:
            return GiveUp(reason="this message itself cannot be sent")
        case _ if now >= last_try_at:
            return GiveUp(reason=f"not delivered within {format_duration(max_age)}")
        case Trouble.AUTH:
            wait, why = _LATEST_RETRY, "the credentials are rejected"
        case Trouble.RATE_LIMITED:
            wait, why = _backoff(attempts, chance), "the receiver takes no more for now"
        case Trouble.AMBIGUOUS:
            wait, why = _backoff(attempts, chance), "it may or may not have arrived"
        case Trouble.TEMPORARY:
            wait, why = _backoff(attempts, chance), "the receiver is in trouble"
    asked = min(retry_after or timedelta(), LONGEST_REQUESTED)
    return RetryAt(at=min(now + max(wait, asked), last_try_at), why=why)


def clamp_due(due: datetime, now: datetime, maximum: timedelta) -> datetime:
    """`due`, but no later than `maximum` from `now`: the clock may have been put back."""
    return min(due, now + maximum)


def _backoff(attempts: int, chance: float) -> timedelta:
    ceiling = min(_FIRST_RETRY * _doubled(attempts), _LATEST_RETRY)
    return max(ceiling * chance, _SOONEST_RETRY)


def _doubled(count: int) -> int:
    """1 for the first failure, 2 for the second, 4, 8, ..."""
    return 1 << min(max(count - 1, 0), _MOST_DOUBLINGS)
