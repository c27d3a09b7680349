"""One number for all feeds: the theta at which their polls come to the budget of requests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.schedule.pacing import Bounds, limits_of
from monitor.schedule.rhythms import SHARES, Intensity, Rhythm, hours, tells

LEAST_WORTH, MOST_WORTH = 0.5, 4.0
"""A feed that never had a hit is watched all the same, and one that has many is not all."""

_UNEVEN = 0.98
"""News in bursts is worth fewer polls than as much news evenly spread, as the cube root is concave:
so much of what `theta_for` reckons, in the simulation of bench_pacing."""

_HOUR = timedelta(hours=1)
_USUAL_ITEMS = 20
_ROUNDS = 40
_CLOSE = 0.001
_SLOWEST, _FASTEST = 1e-6, 1e6  # polls an hour of a feed that brings one item an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """A feed that shares in the budget."""

    rhythm: Rhythm | None
    weight: float
    bounds: Bounds


def first_theta(mean: timedelta) -> float:
    """Theta where no feed is known yet: four items a day are worth a poll every `mean`."""
    return 4 / 24 * (mean / _HOUR) ** 3 / 3


def theta_for(feeds: Sequence[Steered], mean: timedelta, now: datetime) -> float:
    """The theta at which these feeds are polled every `mean`, on average over them and a week.

    At a rate r a feed is polled (r / 3 theta)^(1/3) times an hour, within its bounds. Where the
    budget cannot be met (all at their floors, or windows too short) it is what comes nearest.
    """
    terms = [term for feed in feeds for term in _terms(feed, mean, hours(now))]
    if not any(root for _, root, _, _ in terms):
        return first_theta(mean)
    budget = len(feeds) * (_HOUR / mean) / _UNEVEN
    low, high = _SLOWEST, _FASTEST
    speed = 1 / math.cbrt(3 * first_theta(mean))
    for _ in range(_ROUNDS):
        polls, slope = _polls(terms, speed)
        if abs(polls - budget) <= _CLOSE * budget:
            break
        low, high = (speed, high) if polls < budget else (low, speed)
        # The sum is made of straight lines: Newton finds the place, or at least the next line.
        guess = speed + (budget - polls) / slope if slope else 0.0
        speed = guess if low < guess < high else math.sqrt(low * high)
    return 1 / (3 * speed * speed * speed)


_Term = tuple[float, float, float, float]
"""The part of time, the cube root of the rate, the fewest and the most polls an hour."""


def _terms(feed: Steered, mean: timedelta, now: float) -> list[_Term]:
    limits = limits_of(feed.rhythm, feed.bounds, now)
    least, most = 1 / limits.ceiling, 1 / limits.floor
    if feed.bounds.pushed:
        return [(1.0, 0.0, least, least)]
    if feed.rhythm is None or not tells(feed.rhythm, now):
        return [(1.0, 0.0, max(_HOUR / mean, least), most)]
    expected = Intensity.of(feed.rhythm, now)
    return [
        (share, math.cbrt(feed.weight * expected.within(bucket)), least, most)
        for bucket, share in enumerate(SHARES)
    ]


def _polls(terms: Sequence[_Term], speed: float) -> tuple[float, float]:
    """Polls an hour in sum, and how they grow with `speed`."""
    polls = slope = 0.0
    for share, root, least, most in terms:
        wished = root * speed
        if wished <= least:
            polls += share * least
        elif wished >= most:
            polls += share * most
        else:
            polls += share * wished
            slope += share * root
    return polls, slope


def worth_of(*, hits: int, items: float, usual: float) -> float:
    """What a feed's past hits make of its share of the budget: 0.5 to 4, in tenths.

    How often its items matched, compared to how often all feeds' items do (`usual`). Little
    evidence moves it little: it starts with 20 items that matched as often as usual.
    """
    if not usual:
        return 1.0
    found = (hits + _USUAL_ITEMS * usual) / (items + _USUAL_ITEMS)
    return round(min(max(found / usual, LEAST_WORTH), MOST_WORTH), 1)
