"""The archive: every item kept, streamed so that its size does not matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId, Reported, RuleId
from monitor.store.reports import REPORT, matches_of, reported
from monitor.store.schema import EPOCH, items, matches
from monitor.store.statements import chunks

BATCH = 500


def iter_items(
    conn: Connection,
    *,
    since_at: datetime | None = None,
    until_at: datetime | None = None,
    matched_only: bool = False,
    oldest_first: bool = False,
    among: Collection[int] | None = None,
    bare: bool = False,
) -> Iterator[Reported]:
    """Stored items with the matches they had: those seen last first, or in the order seen.

    `among` names the only items that are asked for; `bare` ones come without their matches.
    """
    if among is not None:
        yield from _iter_named(conn, among, since_at, bare=bare)
        return
    order = (items.c.first_seen_at, items.c.id)
    query = REPORT.order_by(*(order if oldest_first else map(sa.desc, order))).limit(BATCH)
    if since_at is not None:
        query = query.where(items.c.first_seen_at >= since_at)
    if until_at is not None:
        query = query.where(items.c.first_seen_at < until_at)
    if matched_only:
        query = query.where(sa.exists().where(matches.c.item_id == items.c.id))
    page = query
    while rows := conn.execute(page).all():
        found = {} if bare else matches_of(conn, [row.id for row in rows])
        for row in rows:
            yield reported(row, found.get(row.id, ()))
        page = query.where(_after(rows[-1], oldest_first=oldest_first))


def _iter_named(
    conn: Connection, ids: Collection[int], since_at: datetime | None, *, bare: bool
) -> Iterator[Reported]:
    """These items, those seen last first."""
    seen = sa.select(items.c.first_seen_at, items.c.id)
    if since_at is not None:
        seen = seen.where(items.c.first_seen_at >= since_at)
    found = [row for part in chunks(ids) for row in conn.execute(seen.where(items.c.id.in_(part)))]
    found.sort(key=lambda row: (row.first_seen_at, row.id), reverse=True)
    for page in chunks([row.id for row in found], BATCH):
        rows = {row.id: row for row in conn.execute(REPORT.where(items.c.id.in_(page)))}
        had = {} if bare else matches_of(conn, page)
        for item_id in page:
            yield reported(rows[item_id], had.get(item_id, ()))


def archived_among(conn: Connection, ids: Iterable[int]) -> set[int]:
    """Those of these items that were there before the watch began."""
    return {
        each
        for part in chunks(ids)
        for each in conn.execute(
            sa.select(items.c.id).where(items.c.id.in_(part), items.c.archived)
        ).scalars()
    }


def items_by_day(conn: Connection, since_at: datetime) -> dict[date, int]:
    """How many items were first seen on each day (UTC)."""
    seen_at = sa.type_coerce(items.c.first_seen_at, sa.BigInteger)
    rows = conn.execute(
        sa.select((seen_at // sa.literal_column("86400000")).label("day"), sa.func.count())
        .where(items.c.first_seen_at >= since_at)
        .group_by("day")
    )
    return {(EPOCH + timedelta(days=int(number))).date(): count for number, count in rows}


def matched_by(conn: Connection, rule: RuleId) -> set[int]:
    """The items on which the running version of a rule has fired."""
    return set(conn.execute(sa.select(matches.c.item_id).where(matches.c.rule == rule)).scalars())


def _after(row: Any, *, oldest_first: bool) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a row
    if oldest_first:
        return sa.and_(
            items.c.first_seen_at >= row.first_seen_at,
            sa.or_(items.c.first_seen_at > row.first_seen_at, items.c.id > row.id),
        )
    return sa.and_(
        items.c.first_seen_at <= row.first_seen_at,
        sa.or_(items.c.first_seen_at < row.first_seen_at, items.c.id < row.id),
    )


def count_items(
    conn: Connection, since_at: datetime | None = None, *, feed: FeedId | None = None
) -> int:
    """How many items are stored (since then; of this feed)."""
    query = sa.select(sa.func.count()).select_from(items)
    if feed is not None:
        query = query.where(items.c.feed_id == feed)
    if since_at is not None:
        query = query.where(items.c.first_seen_at >= since_at)
    return int(conn.execute(query).scalar_one())


def count_matches(conn: Connection, since_at: datetime) -> dict[str, int]:
    """How often each rule has fired since then."""
    return dict(
        conn.execute(
            sa.select(matches.c.rule, sa.func.count())
            .where(matches.c.matched_at >= since_at)
            .group_by(matches.c.rule)
        ).all()
    )
