"""How often a digest is told: `now`, `rolling`, `daily`, `weekly` or `cron`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.errors import did_you_mean
from monitor.schedule.cron import Cron, parse_cron
from monitor.schedule.durations import BadSchedule
from monitor.schedule.walltime import day_exists, instant_of, occurrences_of, parse_time
from monitor.schedule.weekdays import parse_weekday

_FORMS = "`now`, `rolling`, `daily 07:00`, `weekly mon 07:00` or `cron 0 7 * * mon-fri`"
# 29 February may be eight years away (2096 to 2104).
_HORIZON = 366 * 8 + 2


@dataclass(frozen=True, slots=True)
class Now:
    """As soon as anything is to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolling:
    """The first story at once; then not within `shortest`, and held no longer than `longest`."""

    shortest: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """Every day, at each of `times` on the wall clock."""

    times: tuple[time, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On each of `days` (Monday is 0), at each of `times` on the wall clock."""

    days: tuple[int, ...]
    times: tuple[time, ...]


Cadence = Now | Rolling | Daily | Weekly | Cron


def parse_cadence(text: str) -> Cadence:
    """A cadence from its words. Raises BadSchedule, which says what was wrong and what works."""
    word, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    match word.lower():
        case "now" | "rolling" as plain:
            if rest:
                raise BadSchedule(f"`{plain}` takes nothing after it", f"write `{plain}`")
            return Now() if plain == "now" else Rolling()
        case "daily":
            return Daily(times=_times(rest, "daily 07:00,13:00"))
        case "weekly":
            days, _, times = rest.partition(" ")
            hint = "name days and times, like `weekly mon,thu 07:00`"
            if not days or not times:
                raise BadSchedule(f"`{text}` lacks a day or a time", hint)
            return Weekly(days=_weekdays(days), times=_times(times, "weekly mon 07:00"))
        case "cron":
            return parse_cron(rest.strip("\"'"))
        case _:
            near = did_you_mean(word.lower(), ("now", "rolling", "daily", "weekly", "cron"))
            raise BadSchedule(f"`{text}` is no cadence", near or f"write {_FORMS}")


def next_run(cadence: Cadence, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first run after the instant `after`, in UTC, on the wall clock of `zone`.

    None where no clock decides: `now` and `rolling` wait for news. A time that the clock skips
    runs at the first instant after the gap, a repeated one the first time only; but a cron
    line for every hour follows the real hours.
    """
    match cadence:
        case Now() | Rolling():
            return None
        case Daily() | Weekly() | Cron():
            first = after.astimezone(zone).date() - timedelta(days=1)
            for day in _days_from(first):
                runs = [at for at in _runs_on(day, cadence, zone) if at > after]
                if runs:
                    return min(runs)
            return None


def rolling_due(
    rolling: Rolling,
    *,
    first_waiting_at: datetime,
    last_waiting_at: datetime,
    last_told_at: datetime | None,
) -> datetime:
    """When what waits is told: at once after a pause, else when the burst is over.

    A burst is over when a third of `shortest` has brought nothing new, but nothing is told
    within `shortest` of the last digest, nor held for more than `longest`.
    """
    earliest = first_waiting_at if last_told_at is None else last_told_at + rolling.shortest
    if earliest <= first_waiting_at:
        return first_waiting_at
    lull = last_waiting_at + rolling.shortest / 3
    return max(earliest, min(lull, first_waiting_at + rolling.longest))


def _runs_on(day: date, cadence: Daily | Weekly | Cron, zone: ZoneInfo) -> Iterator[datetime]:
    match cadence:
        case Weekly() if day.weekday() not in cadence.days:
            return
        case Cron() if not cadence.falls_on(day):
            return
        case _ if not day_exists(day, zone):
            return
    for at in cadence.times:
        if isinstance(cadence, Cron) and cadence.every_hour:
            yield from occurrences_of(day, at, zone)
        else:
            yield instant_of(day, at, zone)


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range(_HORIZON))


def _times(text: str, example: str) -> tuple[time, ...]:
    if not text:
        raise BadSchedule("a time of day is missing", f"write `{example}`")
    return tuple(sorted({parse_time(each) for each in text.split(",")}))


def _weekdays(text: str) -> tuple[int, ...]:
    return tuple(sorted({parse_weekday(each) for each in text.split(",")}))
