"""Cron lines: minute, hour, day of month, month, day of week, as crontab(5) has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from itertools import product

from monitor.schedule.durations import BadSchedule
from monitor.schedule.weekdays import parse_weekday

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A cron line understood: the times of a day, and the days.

    None means "any". Where both `days` and `weekdays` (Monday is 0) are given, a day that is
    in either will do, as POSIX has it. `every_hour` lines follow real hours, not the wall.
    """

    times: tuple[time, ...]
    every_hour: bool
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def falls_on(self, day: date) -> bool:
        """Whether the line has runs on `day`."""
        if day.month not in self.months:
            return False
        in_month = self.days is not None and day.day in self.days
        in_week = self.weekdays is not None and day.weekday() in self.weekdays
        return in_month or in_week or (self.days is None and self.weekdays is None)


def parse_cron(text: str) -> Cron:
    """A Cron from five fields, like `0 7 * * mon-fri`. Raises BadSchedule."""
    fields = text.lower().split()
    if len(fields) != 5:
        raise BadSchedule(
            f"a cron line has five fields, not {len(fields)}",
            "write minute, hour, day, month and weekday, like `cron 0 7 * * mon-fri`",
        )
    minutes = _field(fields[0], "minute", range(60), int)
    hours = _field(fields[1], "hour", range(24), int)
    days = None if fields[2] == "*" else _field(fields[2], "day of month", range(1, 32), int)
    months = _field(fields[3], "month", range(1, 13), _month)
    weekdays = None if fields[4] == "*" else _weekdays(fields[4])
    if days is not None and weekdays is None:
        _demand_that_it_comes(text, days, months)
    return Cron(
        times=tuple(time(hour, minute) for hour, minute in product(sorted(hours), sorted(minutes))),
        every_hour=len(hours) == 24,
        days=days,
        months=months,
        weekdays=weekdays,
    )


def _field(text: str, name: str, bounds: range, number: Callable[[str], int]) -> frozenset[int]:
    """The numbers that a field like `*/15`, `9-17` or `1,15` stands for."""
    hint = f"the {name} is *, or numbers from {bounds[0]} to {bounds[-1]} like `1,5` `1-5` `*/5`"
    found: set[int] = set()
    for part in text.split(","):
        shape = _PART.fullmatch(part)
        if shape is None:
            raise BadSchedule(f"`{part}` is no {name}", hint)
        try:
            numbers = _numbers(shape, bounds, number)
        except ValueError:
            raise BadSchedule(f"`{part}` is no {name}", hint) from None
        found.update(numbers)
    return frozenset(found)


def _numbers(shape: re.Match[str], bounds: range, number: Callable[[str], int]) -> range:
    """Raises ValueError for what is out of bounds, backwards, or a step of zero."""
    start, end, step = shape.groups()
    if start == "*":
        low, high = bounds[0], bounds[-1]
    else:
        low = number(start)
        high = number(end) if end else (bounds[-1] if step else low)
    if (start == "*" and end) or low not in bounds or high not in bounds or low > high:
        raise ValueError
    return range(low, high + 1, int(step or 1))


def _month(text: str) -> int:
    return _MONTHS.index(text) + 1 if text in _MONTHS else int(text)


def _weekdays(text: str) -> frozenset[int]:
    """Days by name, ranges too; `sat-mon` goes over the end of the week."""
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = parse_weekday(first)
        high = parse_weekday(last) if dash else low
        found.update(day % 7 for day in range(low, (high if high >= low else high + 7) + 1))
    return frozenset(found)


def _demand_that_it_comes(text: str, days: frozenset[int], months: frozenset[int]) -> None:
    if min(days) > max(_LONGEST_MONTHS[month - 1] for month in months):
        raise BadSchedule(f"`{text}` never comes", "none of these months has such a day")
