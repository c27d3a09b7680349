"""Matches day by day, for every rule: the days that are over are counted once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.model import RuleId
from monitor.store.daily_hits import hits_by_day
from monitor.web.service import Service

DAYS = 30
_DAY = timedelta(days=1)

Daily = Mapping[RuleId, tuple[int, ...]]


def matches_by_day(service: Service, conn: Connection) -> Daily:
    """The matches of every rule that had any in 30 days, the oldest day first, today the last.

    Days are those of the readers' zone.
    """
    today = since_midnight(service)
    starts = [today - number * _DAY for number in range(DAYS - 1, -1, -1)]
    over = service.memory.recall(
        "matches by day", today, lambda: hits_by_day(conn, [each - _TICK for each in starts])
    )
    now = hits_by_day(conn, [today - _TICK, service.now()])
    nothing = (0,) * (DAYS - 1)
    return {
        rule: (*over.get(rule, nothing), *now.get(rule, (0,)))
        for rule in dict.fromkeys((*over, *now))
    }


_TICK = timedelta(milliseconds=1)  # an instant belongs to the stretch that it ends


def since_midnight(service: Service) -> datetime:
    """When today began where people read."""
    local = service.now().astimezone(service.zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
