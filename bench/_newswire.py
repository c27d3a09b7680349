"""Invented publishers: when their items appear, hour by hour, over weeks.

Wires, papers, weekly and rare blogs, publishers in batches, dead feeds; each with the hours of
its own time zone, quieter weekends, and every second with bursts: news that follows on news.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

MIX = (
    ("wire", 0.15, 45.0),
    ("mid", 0.33, 4.0),
    ("low", 0.25, 0.45),
    ("rare", 0.10, 1 / 21),
    ("batch", 0.12, 0.0),
    ("dead", 0.05, 0.0),
)
"""Kind, part of all feeds, items a day (a batch publisher has its times instead)."""

_BRANCHING = 0.4
_BURST_HOURS = 0.5
_WEEKEND = 0.45


@dataclass(frozen=True, slots=True)
class Publisher:
    """One feed; `items` are hours since the start, in their order."""

    kind: str
    items: tuple[float, ...]


def publishers(count: int, hours: float, seed: int) -> list[Publisher]:
    """So many of them in the mix, over `hours` that begin with a Monday."""
    chance = random.Random(seed)
    made: list[Publisher] = []
    for kind, part, rate in MIX:
        for number in range(round(count * part)):
            spread = rate * chance.lognormvariate(0, 0.4)
            made.append(Publisher(kind, _items(kind, spread, hours, number % 2 == 1, chance)))
    return made


def _items(
    kind: str, rate: float, hours: float, bursts: bool, chance: random.Random
) -> tuple[float, ...]:
    zone = chance.choice((-8, -5, 0, 1, 2, 3, 5.5, 8, 9))
    base = rate * (1 - _BRANCHING) if bursts else rate
    if kind == "batch":
        return tuple(_in_batches(hours, zone, chance))
    found = _first_ones(base / 24, hours, zone, chance)
    if bursts:
        found = sorted(each for at in found for each in _followed(at, hours, chance))
    return tuple(found)


def _in_batches(hours: float, zone: float, chance: random.Random) -> list[float]:
    """A handful of items at once, at one to three times of every working day, nearly on time."""
    times = [chance.uniform(7, 19) for _ in range(chance.randint(1, 3))]
    found: list[float] = []
    for day in range(-1, int(hours // 24) + 2):
        for of_day in times:
            at = day * 24 + of_day - zone + chance.gauss(0, 1 / 6)
            if day % 7 < 5 and chance.random() < 0.85 and 0 <= at < hours:
                found += [at] * chance.randint(3, 12)
    return sorted(found)


def _first_ones(rate: float, hours: float, zone: float, chance: random.Random) -> list[float]:
    """A Poisson process that knows day from night and weekends (by thinning)."""
    most = rate * 1.9 * 7 / (5 + 2 * _WEEKEND)
    found: list[float] = []
    at = 0.0
    while rate:
        at += chance.expovariate(most)
        if at >= hours:
            break
        local = at + zone
        by_day = 1 + 0.9 * math.cos((local % 24 - 14) / 24 * 2 * math.pi)
        by_week = (1.0 if (local // 24) % 7 < 5 else _WEEKEND) * 7 / (5 + 2 * _WEEKEND)
        if chance.random() < rate * by_day * by_week / most:
            found.append(at)
    return found


def _followed(at: float, hours: float, chance: random.Random) -> list[float]:
    """An item and all that follow on it (a Hawkes process, as its clusters)."""
    cluster, unfollowed = [at], [at]
    while unfollowed:
        parent = unfollowed.pop()
        while chance.random() < _BRANCHING / (1 + _BRANCHING):
            child = parent + chance.expovariate(1 / _BURST_HOURS)
            if child < hours:
                cluster.append(child)
                unfollowed.append(child)
    return cluster
