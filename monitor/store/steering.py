"""What steers the pace of all feeds: one theta, a sample of rhythms, what each feed is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import FeedId
from monitor.store.rows import change_rows
from monitor.store.schema import feeds, items, matches, steering
from monitor.store.statements import insert_into

_ONLY = 1
_STEADY = sa.and_(feeds.c.listed, ~feeds.c.paused, ~feeds.c.gone, feeds.c.failures == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyFeed:
    """A feed that is polled and well."""

    id: FeedId
    url: str
    rhythm: str
    worth: float


def theta_of(conn: Connection) -> float | None:
    """The theta in force; None before the first steering."""
    return conn.execute(sa.select(steering.c.theta)).scalar()


def weighed_at(conn: Connection) -> datetime | None:
    """When last it was reckoned what feeds are worth."""
    return conn.execute(sa.select(steering.c.weighed_at)).scalar()


def put_theta(conn: Connection, theta: float) -> None:
    """Let this theta be in force."""
    _put(conn, theta=theta)


def steady_feeds(conn: Connection, *, most: int | None, turn: int) -> Iterator[SteadyFeed]:
    """The feeds that are polled and well; of very many some `most`, each `turn` others.

    They come as they are read: all at once, a hundred thousand are a lot.
    """
    asked = sa.select(feeds.c.id, feeds.c.url, feeds.c.rhythm, feeds.c.worth).where(_STEADY)
    last = conn.execute(sa.select(sa.func.max(feeds.c.id))).scalar() or 0
    if most is not None and last > most:
        # By their ids, which are dense: nothing that is not asked for is read.
        stride = -(-last // most)
        asked = asked.where(feeds.c.id.in_(range(1 + turn % stride, last + 1, stride)))
    for row in conn.execute(asked.execution_options(yield_per=1_000)):
        yield SteadyFeed(id=FeedId(row.id), url=row.url, rhythm=row.rhythm, worth=row.worth)


def hits_by_feed(conn: Connection, since_at: datetime) -> dict[FeedId, int]:
    """How many items of each feed, seen since then, have matched a rule."""
    first = conn.execute(
        sa.select(items.c.id)
        .where(items.c.first_seen_at >= since_at)
        .order_by(items.c.first_seen_at)
        .limit(1)
    ).scalar()
    # Ids grow with time, near enough: matches have no index of their time alone.
    counted = (
        sa.select(items.c.feed_id, sa.func.count(sa.distinct(items.c.id)).label("hits"))
        .join_from(matches, items, items.c.id == matches.c.item_id)
        .where(matches.c.item_id >= (first or 0), items.c.first_seen_at >= since_at)
        .group_by(items.c.feed_id)
    )
    return {FeedId(row.feed_id): row.hits for row in conn.execute(counted)}


def put_worths(conn: Connection, worths: Iterable[tuple[FeedId, float]], now: datetime) -> None:
    """Let these feeds be worth so much from now on."""
    rows = [{"id": feed_id, "worth": worth} for feed_id, worth in worths]
    change_rows(conn, feeds, rows, keys=("id",))
    _put(conn, weighed_at=now)


def _put(conn: Connection, **values: object) -> None:
    conn.execute(
        insert_into(conn, steering)
        .values(id=_ONLY, **values)
        .on_conflict_do_update(index_elements=[steering.c.id], set_=values)
    )
