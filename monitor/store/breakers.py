"""Breakers of channels, remembered over restarts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.schedule.breaking import Breaker
from monitor.store.schema import breakers, shifted
from monitor.store.statements import insert_into

_FIELDS = ("failures", "openings", "opened_at", "probe_at", "trouble", "reason")


def read_breaker(conn: Connection, channel: str) -> Breaker | None:
    """What is remembered of a channel; None of one that is well."""
    return read_breakers(conn, channel).get(channel)


def read_breakers(conn: Connection, *channels: str) -> dict[str, Breaker]:
    """What is remembered of these channels, or of all, those of them that are in trouble."""
    query = sa.select(breakers)
    if channels:
        query = query.where(breakers.c.channel.in_(channels))
    return {
        row.channel: Breaker(**{name: getattr(row, name) for name in _FIELDS})
        for row in conn.execute(query)
    }


def put_breaker(conn: Connection, channel: str, breaker: Breaker | None) -> None:
    """Remember what is thought of a channel now."""
    if breaker is None:
        conn.execute(breakers.delete().where(breakers.c.channel == channel))
        return
    values = {name: getattr(breaker, name) for name in _FIELDS}
    conn.execute(
        insert_into(conn, breakers)
        .values(channel=channel, **values)
        .on_conflict_do_update(index_elements=["channel"], set_=values)
    )


def probe_now(conn: Connection, channels: Collection[str], now: datetime) -> None:
    """Let these channels be tried at once: somebody has done something about them."""
    conn.execute(
        breakers.update()
        .where(breakers.c.channel.in_(channels), breakers.c.probe_at > now)
        .values(probe_at=now)
    )


def shift_probes(conn: Connection, by: timedelta) -> None:
    """Move what rests by as much as somebody has set the clock."""
    conn.execute(
        breakers.update()
        .where(breakers.c.probe_at.is_not(None))
        .values(probe_at=shifted(breakers.c.probe_at, by))
    )
