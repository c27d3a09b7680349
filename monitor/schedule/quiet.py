"""Quiet hours: news is held until they are over, and never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.schedule.durations import BadSchedule
from monitor.schedule.walltime import instant_of, parse_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """From `start` until `end` on the wall clock; over midnight where `end` is the earlier."""

    start: time
    end: time


def parse_quiet(text: str) -> Quiet | None:
    """Quiet hours from `22:00-06:30`; None from "". Raises BadSchedule."""
    if not text.strip():
        return None
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise BadSchedule(f"`{text}` are no quiet hours", "write two times, like `22:00-06:30`")
    quiet = Quiet(start=parse_time(start), end=parse_time(end))
    if quiet.start == quiet.end:
        raise BadSchedule(f"`{text}` would be quiet for ever, or never", "let the two times differ")
    return quiet


def quiet_until(quiet: Quiet, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The instant, in UTC, at which the quiet hours that hold at `now` end; None if none do."""
    today = now.astimezone(zone).date()
    overnight = timedelta(days=1 if quiet.end < quiet.start else 0)
    for day in (today - timedelta(days=1), today):
        start = instant_of(day, quiet.start, zone)
        end = instant_of(day + overnight, quiet.end, zone)
        if start <= now < end:
            return end
    return None
