"""Durations as people write them: `90s`, `10m`, `1h30m`, `7d`, `5y`."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=100 * 365)

_SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:[0-9]{1,12}[smhdwy])+")
_PART = re.compile(r"([0-9]+)([smhdwy])")


class BadSchedule(ValueError):
    """A time, duration or cadence that cannot be understood.

    `message` says what was found, `hint` what would be understood; `str()` is both.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message}; {hint}")
        self.message = message
        self.hint = hint


def parse_duration(text: str) -> timedelta:
    """A duration from `90s`, `10m`, `2h`, `7d`, `2w`, `5y`, a sum like `1h30m`, or `0`.

    A day is 24 hours, a year 365 days. Raises BadSchedule.
    """
    stated = text.strip().lower().replace(" ", "")
    if stated == "0":
        return timedelta()
    if not _DURATION.fullmatch(stated):
        hint = "write a number and one of s, m, h, d, w, y, like `10m` or `7d`"
        raise BadSchedule(f"`{text}` is no duration", hint)
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(stated))
    if seconds > LONGEST.total_seconds():
        raise BadSchedule(f"`{text}` is too long", "the longest duration is `100y`")
    return timedelta(seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """The shortest single-unit spelling that is exact to the second: `90m`, `2w`, `0`."""
    seconds = round(duration.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if not seconds:
        return "0"
    unit = next(unit for unit, size in _SECONDS.items() if seconds % size == 0)
    return f"{sign}{seconds // _SECONDS[unit]}{unit}"
