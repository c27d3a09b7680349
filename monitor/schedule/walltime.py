"""From the clock on the wall to an instant, where clocks are put forward and back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.schedule.durations import BadSchedule

_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def parse_time(text: str) -> time:
    """A time of day from `07:00` or `7:00`. Raises BadSchedule."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadSchedule(f"`{text}` is no time of day", "write hours and minutes, like `07:00`")
    hour, minute = int(found[1]), int(found[2])
    if hour == 24 and minute == 0:
        raise BadSchedule(f"`{text}` is no time of day", "midnight is `00:00`")
    if hour > 23 or minute > 59:
        raise BadSchedule(f"`{text}` is no time of day", "times go from `00:00` to `23:59`")
    return time(hour, minute)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which the wall clock in `zone` has come to `at` on `day`.

    An ambiguous time means its first occurrence. A time that is skipped, because the clock is
    put forward over it, means the first instant after the gap (RFC 5545, 3.3.5, would run an
    hour late instead).
    """
    local = datetime.combine(day, at, zone)
    earlier, later = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    if later.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return later
    return _change_between(earlier, later, zone)


def occurrences_of(day: date, at: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Every instant at which the wall clock shows `at` on `day`: none, one or two."""
    local = datetime.combine(day, at, zone)
    candidates = {local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)}
    wanted = local.replace(tzinfo=None)
    return tuple(
        each for each in sorted(candidates) if each.astimezone(zone).replace(tzinfo=None) == wanted
    )


def day_exists(day: date, zone: ZoneInfo) -> bool:
    """False for a day that a place left out when it moved across the date line."""
    start = instant_of(day, time(0), zone).astimezone(zone)
    return start.date() == day


def _change_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `before` that has the offset which holds at `after`."""
    offset = after.astimezone(zone).utcoffset()
    low, high = 0, round((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)
