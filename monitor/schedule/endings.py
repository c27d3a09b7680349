"""Until when: a day, an instant or a time from now, as people write it, and in words again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from monitor.schedule.durations import LONGEST, BadSchedule, parse_duration

_FAR_OFF = timedelta(days=300)


def end_of(day: date) -> datetime:
    """The first instant after a day (UTC)."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def parse_end(text: str, now: datetime) -> datetime:
    """An end from `2027-01-31` (counted to its end, UTC), `2027-01-31T12:00+01:00` or `7d`.

    `0` is now. An instant without a zone is UTC. Raises BadSchedule.
    """
    for read in (_after(now), _day, _instant):
        try:
            found = read(text.strip())
        except (ValueError, OverflowError):
            continue
        if found - now > LONGEST:
            raise BadSchedule(f"`{text}` is too far off", "`100y` is the farthest")
        return found
    hint = "write a day like `2027-01-31`, or `7d` for a time from now"
    raise BadSchedule(f"`{text}` is no end", hint)


def until_words(until_at: datetime) -> str:
    """`until 2027-01-31 23:59 UTC`: the last minute that counts."""
    return f"until {until_at - timedelta(seconds=1):%Y-%m-%d %H:%M} UTC"


def until_day(until_at: datetime, now: datetime) -> str:
    """`until Sun 31 Jan`: the last day that counts (UTC), with its year where that is far off."""
    last = until_at - timedelta(seconds=1)
    year = f" {last.year}" if last - now > _FAR_OFF else ""
    return f"until {last:%a} {last.day} {last:%b}{year}"


def _after(now: datetime) -> Callable[[str], datetime]:
    return lambda text: now + parse_duration(text)


def _day(text: str) -> datetime:
    return end_of(date.fromisoformat(text))


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
