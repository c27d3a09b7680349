"""When a feed is worth asking again: once the waiting of news nobody has seen has piled up.

After K. C. Sia, J. Cho, H.-K. Cho, "Efficient Monitoring Algorithm for Fast News Alerts" (IEEE
TKDE 2007): items come at a rate that follows the hours of the day, and what one poll is worth
depends on when it is made. A feed is polled when the *squared* waiting times of items that are
expected to have come since the last poll add up to `theta`, one number for all feeds: a feed
with a rate r is then polled every (3 theta / r)^(1/3), which for a given number of requests
makes the mean squared delay least. Squared, so that quiet feeds do not wait for half a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from monitor.schedule.rhythms import (
    BURST_LASTS,
    Intensity,
    Rhythm,
    decode,
    hours,
    tells,
)

LONGEST_HINT = timedelta(hours=1)
"""Publishers ask for more than they mean: their wishes count up to this."""

JITTER = 0.05

BURSTING = 0.2
"""So much of what a feed brings is taken to follow on other news of the hour before."""

KNOWN_AFTER = timedelta(days=7)
"""A week that has been watched, weekend included, is a habit."""

LEAST_SILENCE = timedelta(hours=6)
"""No feed is called silent sooner."""

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_TAU = BURST_LASTS / _HOUR
_LEAST_SPELLS = 5.0
_CAUTION = 6.0
_BUSY, _QUIET = 1.5, 0.6
_EXACT = 1 / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Within what the interval of a feed must stay.

    `fresh_for` is what its publisher wishes (ttl or max-age). `pushed`: its hub has proved that
    it tells us of news, so that polls are there only in case it does not.
    """

    least: timedelta
    most: timedelta
    fresh_for: timedelta = timedelta()
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long a feed may wait, and why: a piece of a sentence that follows on "because"."""

    length: timedelta
    because: str


def usual_silence(rhythm: str, now: datetime) -> timedelta | None:
    """How long this feed may bring nothing before that is unusual by its own habit.

    Twice its longest pause, which nights, weekends and batches have all had their part in; up to
    three times where few pauses have been seen. None where that is fewer than five, or less than
    a week: too little to go by.
    """
    known = _pauses(rhythm)
    if known is None:
        return None
    at = min(known.at, hours(now))  # a silence is no part of the habit it is measured by
    if at - known.since < KNOWN_AFTER / _HOUR or known.spells < _LEAST_SPELLS:
        return None
    return max(timedelta(hours=(2 + _CAUTION / known.spells) * known.longest), LEAST_SILENCE)


class _Pauses(NamedTuple):
    """What a rhythm says of pauses between news."""

    since: float
    at: float
    spells: float
    longest: float


@lru_cache(maxsize=4_096)
def _pauses(rhythm: str) -> _Pauses | None:
    """Pages ask this of every feed again and again, and rhythms change with news only."""
    known = decode(rhythm)
    return _Pauses(known.since, known.at, known.spells, known.longest) if known else None


def pace(
    rhythm: Rhythm | None,
    *,
    theta: float,
    weight: float,
    mean: timedelta,
    bounds: Bounds,
    now: datetime,
    jitter: float,
    news: str = "",
) -> Wait:
    """When a feed that has just been polled is worth asking again.

    `theta` is in items x hours squared, `mean` for a feed of which nothing is known. `weight`
    multiplies its rate. `jitter` in [-1, 1] moves the time by 5 %, never out of bounds. `news`
    is what this poll brought, in words like "3 items in 20 min".
    """
    limits = limits_of(rhythm, bounds, hours(now))
    if bounds.pushed:
        wait, because = limits.ceiling, "pushes arrive, polls only make sure"
    elif rhythm is None or not tells(rhythm, hours(now)):
        wait, because = mean / _HOUR, "its rhythm is not known yet"
    else:
        wait, because = _worth(rhythm, theta / weight, limits.ceiling, hours(now), news)
    if wait >= limits.ceiling:
        because = because if bounds.pushed else limits.at_ceiling()
        wait = limits.ceiling * (1 - JITTER * abs(jitter))
    elif wait <= limits.floor:
        because = limits.at_floor()
        wait = limits.floor * (1 + JITTER * abs(jitter))
    else:
        wait *= 1 + JITTER * jitter
    wait = min(max(wait, limits.floor), limits.ceiling)
    return Wait(length=timedelta(hours=wait), because=because)


def in_words(span: timedelta) -> str:
    """A span of time as people say it: `20 min`, `5.5 h`, `3 days`."""
    minutes = span / _MINUTE
    if minutes < 1:
        return f"{span.total_seconds():.0f} s"
    if minutes < 120:
        return f"{minutes:.0f} min"
    size, unit = (1440, "days") if minutes >= 2880 else (60, "h")
    return f"{minutes / size:.1f}".removesuffix(".0") + f" {unit}"


class Limits(NamedTuple):
    """The least and the most hours, and which of several reasons set them.

    A tuple, as `Intensity` is one.
    """

    floor: float
    ceiling: float
    wished: bool
    windowed: bool

    def at_floor(self) -> str:
        """What is said of a wait that comes to the floor."""
        said = "its publisher asks for" if self.wished else "at its floor of"
        return f"{said} {in_words(timedelta(hours=self.floor))}"

    def at_ceiling(self) -> str:
        """What is said of a wait that comes to the ceiling."""
        if self.ceiling <= self.floor and not self.wished:
            return self.at_floor()
        if self.windowed:
            return f"half its window of {in_words(timedelta(hours=2 * self.ceiling))}"
        return f"at its ceiling of {in_words(timedelta(hours=self.ceiling))}"


def limits_of(rhythm: Rhythm | None, bounds: Bounds, at: float) -> Limits:
    """The limits in force at the hour `at`.

    At most half of what a feed holds may go by, but it is polled no sooner than `least`. What is
    lost for ever weighs more than a publisher's wish, our manners more than either.
    """
    least, ceiling, wish = bounds.least / _HOUR, bounds.most / _HOUR, bounds.fresh_for / _HOUR
    windowed = False
    if rhythm is not None:
        half = rhythm.window_at(at) / 2
        windowed = 0 < half < ceiling
        ceiling = half if windowed else ceiling
        wish = max(wish, rhythm.ttl)
    ceiling = max(ceiling, least)
    floor = max(least, min(wish, LONGEST_HINT / _HOUR, ceiling))
    return Limits(floor, ceiling, floor > least, windowed)


def _worth(
    rhythm: Rhythm, target: float, ceiling: float, now: float, news: str
) -> tuple[float, str]:
    """After how many hours the squared waiting of unseen items comes to `target`, and why then.

    The expected rate is constant within an hour of the clock, on top of it a burst that dies
    away: over each such piece the sum is a cubic and a closed form. Sooner where by then half of
    all items that the feed holds would be unseen.
    """
    expected = Intensity.of(rhythm, now)
    burst = BURSTING / _TAU * rhythm.level * math.exp(-max(now - rhythm.at, 0.0) / _TAU)
    held = rhythm.holds / 2 or math.inf
    passed = unseen = waited = squared = 0.0
    for hour in count(int(now)):
        rate = (1 - BURSTING) * expected.during(hour)
        ends = min(hour + 1 - now, ceiling)
        step = ends - passed
        squared_then = squared + step * (2 * waited + step * (unseen + step * rate / 3))
        unseen_then = unseen + step * rate
        # A glance first: even if all of the burst had come at once, it could not be yet.
        at_most = burst * _TAU
        if squared_then + at_most * ends * ends >= target or unseen_then + at_most >= held:
            piece = _Piece(rate, burst, passed, unseen, waited, squared)
            if piece.squared_after(step) >= target or piece.unseen_after(step) >= held:
                part = min(piece.until_squared(target, step), piece.until_unseen(held, step))
                wait = passed + part
                return wait, _reason(expected, burst, now, wait, target, news)
        if ends >= ceiling:
            break
        waited += step * (unseen + step * rate / 2)
        passed, unseen, squared = ends, unseen_then, squared_then
    return ceiling, ""


@dataclass(slots=True)
class _Piece:
    """A stretch of one rate, `passed` hours after the poll, with what had piled up before it.

    The burst is reckoned apart, from the poll on: its integrals over all `passed` are closed.
    """

    rate: float
    burst: float
    passed: float
    unseen: float
    waited: float
    squared: float

    def unseen_after(self, step: float) -> float:
        """Items expected since the poll."""
        gone = 1 - math.exp(-(self.passed + step) / _TAU)
        return self.unseen + step * self.rate + self.burst * _TAU * gone

    def waited_after(self, step: float) -> float:
        """Their waiting times in sum: half of how fast the squares grow."""
        since = self.passed + step
        gone = 1 - math.exp(-since / _TAU)
        steady = self.waited + step * (self.unseen + step * self.rate / 2)
        return steady + self.burst * _TAU * (since - _TAU * gone)

    def squared_after(self, step: float) -> float:
        """The squares of their waiting times in sum."""
        since = self.passed + step
        gone = 1 - math.exp(-since / _TAU)
        steady = self.squared + step * (
            2 * self.waited + step * (self.unseen + step * self.rate / 3)
        )
        return steady + self.burst * _TAU * (since * since - 2 * _TAU * (since - _TAU * gone))

    def until_squared(self, target: float, step: float) -> float:
        """The part of `step` after which the squares reach `target`: Newton, from the right.

        The sum is convex, so that no step goes too far.
        """
        while True:
            excess = self.squared_after(step) - target
            slope = 2 * self.waited_after(step)
            if excess <= 0 or slope <= 0:
                return step
            step, before = max(step - excess / slope, 0.0), step
            if before - step < _EXACT:
                return step

    def until_unseen(self, held: float, step: float) -> float:
        """The part of `step` after which so many items are unseen."""
        if self.unseen_after(step) < held:
            return step
        low, high = 0.0, step
        while high - low > _EXACT:
            middle = (low + high) / 2
            if self.unseen_after(middle) < held:
                low = middle
            else:
                high = middle
        return high


def _reason(
    expected: Intensity, burst: float, now: float, wait: float, target: float, news: str
) -> str:
    """Why so soon, or so late: the burst, or how this hour compares to all."""
    gone = 1 - math.exp(-wait / _TAU)
    by_burst = burst * _TAU * (wait * wait - 2 * _TAU * (wait - _TAU * gone))
    rate = expected.during(int(now))
    if by_burst >= target / 2:
        return f"burst, {news}" if news else "burst that dies down"
    if rate >= _BUSY * expected.rate:
        return f"busy hour, {news or how_often(rate)}"
    if rate <= _QUIET * expected.rate:
        return f"quiet hour, {how_often(rate)}"
    return f"its usual pace, {news or how_often(expected.rate)}"


def how_often(rate: float) -> str:
    """A rate, in items an hour, as people say it."""
    for length, unit in ((1, "an hour"), (24, "a day"), (24 * 7, "a week"), (24 * 30, "a month")):
        if (items := rate * length) >= 0.95:
            return f"about {items:.0f} item{'s' * (round(items) != 1)} {unit}"
    return "hardly any items"
