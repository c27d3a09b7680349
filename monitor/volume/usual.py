"""What a day usually brings a rule, and whether this one is out of the ordinary."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from monitor.model import RuleCard, RuleVolume
from monitor.volume.deciding import UNLIKELY, poisson_tail

SHOWN = 14
"""The days of a chart: the one that ends now, and two weeks less a day before it."""

_KNOWN = 7  # days watched, below which nobody can say what is usual
_TIMES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """From a time of day to the same time on the next date, as the clocks there say it."""

    start_at: datetime
    end_at: datetime


def days_until(now: datetime, zone: ZoneInfo, count: int = SHOWN) -> tuple[Day, ...]:
    """The last days, each ending at the time of day that it is now; the oldest first.

    A digest at seven in the morning is about what came since seven yesterday: the hours since
    midnight would be few, and never like a whole day. On the nights on which clocks change, a
    day has 23 or 25 hours.
    """
    local = now.astimezone(zone)
    before = (local.date() - timedelta(days=back) for back in range(count, 0, -1))
    ends = [*(_instant(each, local, zone) for each in before), now]
    return tuple(Day(start_at=start, end_at=end) for start, end in pairwise(ends))


def _instant(on: date, clock: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, clock.time(), zone).astimezone(UTC)


def volume_of(
    rule: RuleCard,
    counts: Sequence[int],
    days: Sequence[Day],
    *,
    hours: Collection[datetime],
    watched_at: datetime,
) -> RuleVolume:
    """A rule's hits of these days, with what is usual and whether the last day is not.

    Only days on which somebody watched, and the rule was there from their beginning, are
    evidence; fewer than a week of them say nothing.
    """
    known = [
        count
        for count, day in zip(counts[:-1], days[:-1], strict=True)
        if day.start_at >= watched_at and any(day.start_at <= at < day.end_at for at in hours)
    ]
    usual = float(median(known)) if len(known) >= _KNOWN else None
    return RuleVolume(
        rule=rule,
        days=tuple(counts),
        usual=usual,
        unusual=usual is not None and is_unusual(counts[-1], usual),
    )


def is_unusual(count: int, usual: float) -> bool:
    """Whether a day is out of the ordinary: twice or half the usual, and no work of chance.

    Both are asked: chance alone finds large numbers unlikely for a trifle more, and twice of
    next to nothing is nothing. Half a hit more keeps quiet weeks from proving that nothing
    ever happens.
    """
    mean = usual + 0.5
    if count > usual:
        return count >= _TIMES * usual and poisson_tail(count, mean) < UNLIKELY
    return count * _TIMES <= usual and _poisson_head(count, mean) < UNLIKELY


def _poisson_head(most: int, mean: float) -> float:
    """How likely `most` events or fewer are where `mean` are usual (Poisson)."""
    return sum(
        math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
        for count in range(most + 1)
    )
