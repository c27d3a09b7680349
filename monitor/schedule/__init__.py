"""When: every due time is decided here, from values alone; `now` is always an argument."""

from monitor.schedule.cadences import (
    Cadence,
    Daily,
    Now,
    Rolling,
    Weekly,
    next_run,
    parse_cadence,
    rolling_due,
)
from monitor.schedule.cron import Cron
from monitor.schedule.durations import BadSchedule, format_duration, parse_duration
from monitor.schedule.quiet import Quiet, parse_quiet, quiet_until
from monitor.schedule.retrying import (
    GiveUp,
    RetryAt,
    after_attempt,
    after_failure,
    clamp_due,
)

__all__ = [
    "BadSchedule",
    "Cadence",
    "Cron",
    "Daily",
    "GiveUp",
    "Now",
    "Quiet",
    "RetryAt",
    "Rolling",
    "Weekly",
    "after_attempt",
    "after_failure",
    "clamp_due",
    "format_duration",
    "next_run",
    "parse_cadence",
    "parse_duration",
    "parse_quiet",
    "quiet_until",
    "rolling_due",
]
