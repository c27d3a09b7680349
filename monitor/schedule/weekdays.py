"""Days of the week by name. Numbers are refused: tools disagree on which day 0, 1 and 7 are."""

from __future__ import annotations

from monitor.errors import did_you_mean
from monitor.schedule.durations import BadSchedule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def parse_weekday(text: str) -> int:
    """Monday is 0, as in `date.weekday()`. Raises BadSchedule."""
    name = text.strip().lower()
    for names in (WEEKDAYS, _LONG):
        if name in names:
            return names.index(name)
    if name.isdigit():
        raise BadSchedule(
            f"`{text}` is no name of a day",
            "name the days, mon to sun: tools disagree on whether 0, 1 or 7 is Sunday",
        )
    hint = did_you_mean(name, WEEKDAYS + _LONG) or "the days are mon tue wed thu fri sat sun"
    raise BadSchedule(f"`{text}` is no day of the week", hint)
