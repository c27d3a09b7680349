"""How soon news is found for the same number of requests: our pacing beside three others.

Every policy polls the same invented publishers (two weeks to learn from, three and a half
measured) and is scaled until it makes as many requests as ours. Delays are in minutes.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._newswire import Publisher
from monitor.schedule.pacing import Bounds, pace
from monitor.schedule.rhythms import Rhythm, Shown, learnt
from monitor.schedule.steering import Steered, theta_for

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HISTORY, MEASURED = 14 * 24.0, 24.5 * 24.0
FLOOR, CEILING = 5 / 60, 4.0
ROUND = 6.0
HELD = 40
"""Items that a document holds."""


@dataclass
class Delays:
    """Of each feed its delays in hours, the requests of all, and what nobody ever saw."""

    by_feed: list[list[float]] = field(default_factory=list)
    requests: int = 0
    lost: int = 0


def polled(
    feeds: list[Publisher], wait: Callable[[int, float, int, int], float], chance: random.Random
) -> Delays:
    """Poll each feed from the end of its history on; `wait` says for how long not to.

    It is given the feed, the hour, and how many items there were before and after this poll.
    """
    found = Delays()
    for number, feed in enumerate(feeds):
        items, delays = feed.items, []
        at = HISTORY + chance.random() * 0.5
        seen = bisect_right(items, HISTORY)
        while at < HISTORY + MEASURED:
            found.requests += 1
            before = seen
            seen = bisect_right(items, at, seen)
            delays += [at - each for each in items[before:seen]]
            at += wait(number, at, before, seen)
        found.by_feed.append(delays)
    return found


# --- the policies ------------------------------------------------------------------------------


def fixed(every: float) -> Callable[[int, float, int, int], float]:
    return lambda _feed, _at, _before, _seen: every


def proportional(
    feeds: list[Publisher], factor: float, most: float
) -> Callable[[int, float, int, int], float]:
    """Inversely to the items of the last week, as entry_frequency schedulers do."""

    def wait(feed: int, at: float, _before: int, seen: int) -> float:
        weekly = seen - bisect_right(feeds[feed].items, at - 168)
        return min(max(factor * 168 / max(weekly, 1), FLOOR), most)

    return wait


def by_average_gap(
    feeds: list[Publisher], factor: float
) -> Callable[[int, float, int, int], float]:
    """By the mean pause between the items shown, slower the older the newest is."""

    def wait(feed: int, at: float, _before: int, seen: int) -> float:
        shown = feeds[feed].items[max(0, seen - HELD) : seen]
        if len(shown) < 2:
            return CEILING
        gap = (shown[-1] - shown[0]) / (len(shown) - 1)
        days = (at - shown[-1]) / 24
        slower = 1 if days < 1 else 2 if days < 7 else 4 if days < 30 else 8
        return min(max(factor * gap * slower / 2, FLOOR), CEILING)

    return wait


@dataclass
class Ours:
    """The real module, steered every few hours as the daemon does it every few minutes."""

    feeds: list[Publisher]
    mean: timedelta
    most: float = CEILING
    kept: float | None = None
    """For so many hours an item stands in a document; None where it is the last HELD."""
    decisions: int = 0
    seconds: float = 0.0

    def run(self, chance: random.Random) -> Delays:
        bounds = Bounds(least=timedelta(hours=FLOOR), most=timedelta(hours=self.most))
        instants = [[_instant(at) for at in feed.items] for feed in self.feeds]
        found = Delays(by_feed=[[] for _ in self.feeds])
        due = [HISTORY + chance.random() * 0.5 for _ in self.feeds]
        seen = [bisect_right(feed.items, HISTORY) for feed in self.feeds]
        begun = _instant(HISTORY)
        rhythms: list[Rhythm | None] = [
            learnt(
                None,
                Shown(appeared_at=tuple(self._shown(feed, HISTORY, number, instants)), fresh_at=()),
                since_at=None,
                now=begun,
            )
            for number, feed in enumerate(self.feeds)
        ]
        last = [begun] * len(self.feeds)
        start = HISTORY
        while start < HISTORY + MEASURED:
            end = min(start + ROUND, HISTORY + MEASURED)
            sample = [Steered(rhythm=each, weight=1.0, bounds=bounds) for each in rhythms]
            theta = theta_for(sample, self.mean, _instant(start))
            for number, feed in enumerate(self.feeds):
                items = feed.items
                at = due[number]
                while at < end:
                    found.requests += 1
                    now = _instant(at)
                    before = seen[number]
                    seen[number] = bisect_right(items, at, before)
                    fresh = items[before : seen[number]]
                    found.by_feed[number] += [at - each for each in fresh]
                    if self.kept is not None:
                        found.lost += sum(at - each > self.kept for each in fresh)
                    news = ""
                    begun_at = time.process_time()
                    rhythm = rhythms[number]
                    if fresh:
                        shown = Shown(
                            appeared_at=tuple(self._shown(feed, at, number, instants)),
                            fresh_at=tuple(instants[number][before : seen[number]]),
                        )
                        rhythm = learnt(rhythm, shown, since_at=last[number], now=now)
                        rhythms[number] = rhythm
                    step = pace(
                        rhythm,
                        theta=theta,
                        weight=1.0,
                        mean=self.mean,
                        bounds=bounds,
                        now=now,
                        jitter=chance.random() * 2 - 1,
                        news=news,
                    )
                    self.seconds += time.process_time() - begun_at
                    self.decisions += 1
                    last[number] = now
                    at += step.length / timedelta(hours=1)
                due[number] = at
            start = end
        return found

    def _shown(
        self, feed: Publisher, at: float, number: int, instants: list[list[datetime]]
    ) -> list[datetime]:
        until = bisect_right(feed.items, at)
        if self.kept is None:
            return instants[number][max(0, until - (HELD if at > HISTORY else 100000)) : until]
        return instants[number][bisect_right(feed.items, at - self.kept) : until]


def _instant(hour: float) -> datetime:
    return MONDAY + timedelta(hours=hour)


# --- the figures -------------------------------------------------------------------------------


def scaled(run: Callable[[float], Delays], requests: int, low: float, high: float) -> Delays:
    """The run whose number of requests is that of ours, within 1 %: fewer as the scale grows."""
    for _ in range(14):
        middle = (low * high) ** 0.5
        found = run(middle)
        if abs(found.requests - requests) <= 0.01 * requests:
            break
        low, high = (middle, high) if found.requests > requests else (low, middle)
    return found


def figures(name: str, found: Delays, feeds: list[Publisher]) -> list[str]:
    delays = sorted(each * 60 for one in found.by_feed for each in one)
    by_kind = {
        kind: [
            sum(one) / len(one) * 60
            for feed, one in zip(feeds, found.by_feed, strict=True)
            if one and feed.kind in kind
        ]
        for kind in (("wire", "mid", "low", "rare", "batch"), ("low",), ("rare",))
    }
    means = [sum(each) / max(len(each), 1) for each in by_kind.values()]
    hours = MEASURED * len(feeds)
    return [
        name,
        f"{hours / found.requests * 60:.1f}",
        f"{sum(delays) / len(delays):.1f}",
        f"{delays[int(len(delays) * 0.95)]:.1f}",
        f"{delays[int(len(delays) * 0.99)]:.1f}",
        *(f"{each:.0f}" for each in means),
    ]
