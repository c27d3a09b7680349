"""Anchors: by which the reports are found that a fresh one may be a copy of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import ItemId
from monitor.store.rows import add_rows
from monitor.store.schema import anchors, items
from monitor.stories.anchors import VERSION
from monitor.stories.copies import MOST_CANDIDATES, WINDOW

KEPT = WINDOW + timedelta(days=1)
"""How long anchors are kept: a little longer than copies are looked for."""

# A prime, so that who keeps house at the same hours every day comes to all parts as well.
_PARTS = 149
_ROUND = timedelta(minutes=10)

_ONE_AT_A_TIME = 0x5354_4F52


# What has a lower id is older: ids grow with time, but for the few that came at once.
_FIRST_SINCE = (
    sa.select(items.c.id)
    .where(items.c.first_seen_at >= sa.bindparam("since_at"))
    .order_by(items.c.first_seen_at, items.c.id)
    .limit(1)
)


def add_anchors(conn: Connection, found: Iterable[tuple[int, Sequence[int]]]) -> None:
    """Note by which anchors items can be found."""
    rows = [
        {"anchor": anchor, "item_id": item, "version": VERSION}
        for item, theirs in found
        for anchor in dict.fromkeys(theirs)
    ]
    add_rows(conn, anchors, rows, unless_there=True)


def sharing_of(
    conn: Connection, wanted: Mapping[bytes, Sequence[int]], since_at: datetime
) -> dict[bytes, tuple[ItemId, ...]]:
    """For each of these entries, by its anchors, the items seen since then that share some.

    Those that share most come first, at most MOST_CANDIDATES.
    """
    since = conn.execute(_FIRST_SINCE, {"since_at": since_at}).scalar()
    if since is None:
        return {}
    return {key: _sharing_with(conn, theirs, since) for key, theirs in wanted.items() if theirs}


def _sharing_with(conn: Connection, theirs: Sequence[int], since: int) -> tuple[ItemId, ...]:
    named = {f"a{n}": each for n, each in enumerate(theirs)}
    found = conn.execute(_sharing(len(theirs)), {"since": since} | named)
    return tuple(ItemId(item) for item in found.scalars())


@cache
def _sharing(count: int) -> sa.Select[Any]:
    """The statement for that many anchors: there are few lengths, and each is worked out once."""
    return (
        sa.select(anchors.c.item_id)
        .where(
            anchors.c.anchor.in_([sa.bindparam(f"a{n}") for n in range(count)]),
            anchors.c.item_id >= sa.bindparam("since"),
            anchors.c.version == VERSION,
        )
        .group_by(anchors.c.item_id)
        .order_by(sa.func.count().desc(), anchors.c.item_id.desc())
        .limit(MOST_CANDIDATES)
    )


def take_turns(conn: Connection) -> None:
    """Let no other process decide on reports until this transaction ends.

    Two copies that come to two processes at the same instant would else both be news.
    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))


def prune_anchors(conn: Connection, now: datetime) -> None:
    """Forget the anchors, of one part of all, of items that no copy is looked for any more.

    Their table is in the order of the anchors, in which the old stand among the new. So each round
    reads one part of it; which one follows from the hour, so that all have their turn.
    """
    oldest = conn.execute(_FIRST_SINCE, {"since_at": now - KEPT}).scalar()
    if oldest is None:
        return
    part = int(now.timestamp() // _ROUND.total_seconds()) % _PARTS
    width = 2**64 // _PARTS + 1
    first = part * width - 2**63
    conn.execute(
        anchors.delete().where(
            anchors.c.anchor.between(first, min(first + width - 1, 2**63 - 1)),
            anchors.c.item_id < oldest,
        )
    )
