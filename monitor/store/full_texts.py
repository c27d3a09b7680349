"""The queue of articles to be fetched, what became of them, and what robots.txt asks of us."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Decision, FeedId, Item, ItemId, KnownItem
from monitor.store import search
from monitor.store.feeds import HostClaim, has_due_feed, take_hosts
from monitor.store.items import known_item, record_matches, wording
from monitor.store.reports import REPORT, reported
from monitor.store.schema import full_texts, hosts, items, robots, shifted
from monitor.store.statements import chunks, insert_into


class TextState(StrEnum):
    """Where an article stands."""

    WAITING = "waiting"
    READ = "read"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An item of which the article is wanted: at which host it lies, and why it is."""

    item_id: int
    host: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueText:
    """An article to fetch now, at a host that is ours until the lease ends."""

    claimed: HostClaim
    item_id: ItemId
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """What became of the article of an item."""

    state: TextState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """An item as it stands, of which the article is wanted."""

    item: Item
    feed_id: FeedId
    known: KnownItem


def want_texts(conn: Connection, wanted: Iterable[Wanted], now: datetime) -> None:
    """Queue articles; one that was ever queued before is not fetched again."""
    rows = [
        {
            "item_id": each.item_id,
            "host": each.host,
            "reason": each.reason,
            "state": TextState.WAITING.value,
            "due_at": now,
        }
        for each in wanted
    ]
    if rows:
        known = [{"host": host, "next_slot_at": now} for host in {row["host"] for row in rows}]
        conn.execute(insert_into(conn, hosts).on_conflict_do_nothing(), known)
        conn.execute(insert_into(conn, full_texts).on_conflict_do_nothing(), rows)


def claim_texts(
    conn: Connection, *, now: datetime, limit: int, lease: timedelta, token: str
) -> tuple[DueText, ...]:
    """Claim up to `limit` hosts that have an article due, and no feed: one article of each.

    The claims are those of polling: whoever holds a host is the only one to ask it anything.
    """
    due = _due(now)
    candidates = list(
        conn.execute(
            sa.select(full_texts.c.host)
            .join(hosts, hosts.c.host == full_texts.c.host)
            .where(due, hosts.c.next_slot_at <= now, ~has_due_feed(hosts.c.host, now))
            .where(sa.or_(hosts.c.lease_until_at.is_(None), hosts.c.lease_until_at <= now))
            .group_by(full_texts.c.host)
            .order_by(sa.func.min(full_texts.c.due_at))
            .limit(limit)
        ).scalars()
    )
    ours = take_hosts(conn, candidates, now=now, lease=lease, token=token) if candidates else ()
    first = (
        sa.select(full_texts)
        .where(due, full_texts.c.host == sa.bindparam("the_host"))
        .order_by(full_texts.c.due_at, full_texts.c.item_id)
        .limit(1)
    )
    return tuple(
        DueText(
            claimed=HostClaim(host=host, token=token, feeds=()),
            item_id=ItemId(row.item_id),
            attempts=row.attempts,
        )
        for host in ours
        for row in conn.execute(first, {"the_host": host})
    )


def next_text_at(conn: Connection, now: datetime, *, due_by: datetime) -> datetime | None:
    """When the next host may be asked for an article that is due by then; None when none is.

    Hosts that somebody holds, that have a feed to be polled first, or that have asked to be left
    alone, are left out.
    """
    return conn.execute(
        sa.select(sa.func.min(hosts.c.next_slot_at))
        .join_from(full_texts, hosts, hosts.c.host == full_texts.c.host)
        .where(_due(due_by), sa.or_(hosts.c.waits_because == "", hosts.c.next_slot_at <= now))
        .where(sa.or_(hosts.c.lease_until_at.is_(None), hosts.c.lease_until_at <= now))
        .where(~has_due_feed(hosts.c.host, now))
    ).scalar()


def short_item(conn: Connection, item_id: ItemId) -> Short | None:
    """An item as it stands; None for one that is gone."""
    row = conn.execute(REPORT.where(items.c.id == item_id)).first()
    known = known_item(conn, item_id)
    if row is None or known is None:
        return None
    return Short(item=reported(row, ()).item, feed_id=FeedId(row.feed_id), known=known)


def record_text(
    conn: Connection, decision: Decision, length: int, now: datetime
) -> Mapping[int, int]:
    """Write what an article makes of its item: its words, and the matches that follow.

    Returns the real id of the placeholder of a story that it begins.

    `length` is how much of the body is the article's. The feed's own words count as they did.
    """
    search.withdraw(conn, [decision.id])
    search.enqueue(conn, [decision.id])
    conn.execute(items.update().where(items.c.id == decision.id).values(**wording(decision.item)))
    _set(conn, decision.id, TextState.READ, reason="", length=length)
    return record_matches(conn, [decision], {}, now)


def put_off(conn: Connection, item_id: ItemId, until: datetime, reason: str) -> None:
    """Try an article again later."""
    conn.execute(
        full_texts.update()
        .where(full_texts.c.item_id == item_id)
        .values(due_at=until, attempts=full_texts.c.attempts + 1, reason=reason)
    )


def give_up(conn: Connection, item_id: ItemId, reason: str) -> None:
    """Fetch an article no more."""
    _set(conn, item_id, TextState.GIVEN_UP, reason=reason)


def text_rows(conn: Connection, ids: Collection[int]) -> dict[int, TextRow]:
    """What became of the articles of these items, where any was wanted."""
    return {
        row.item_id: TextRow(state=TextState(row.state), reason=row.reason)
        for part in chunks(ids)
        for row in conn.execute(sa.select(full_texts).where(full_texts.c.item_id.in_(part)))
    }


def count_texts(conn: Connection) -> Mapping[TextState, int]:
    """How many articles stand where."""
    counted = conn.execute(
        sa.select(full_texts.c.state, sa.func.count()).group_by(full_texts.c.state)
    )
    return {TextState(state): count for state, count in counted}


def forget_texts(conn: Connection, ids: Collection[int]) -> None:
    """Let go of what was noted of these items."""
    conn.execute(full_texts.delete().where(full_texts.c.item_id.in_(ids)))


def shift_texts(conn: Connection, by: timedelta) -> None:
    """Move every due time by as much as somebody has set the clock."""
    conn.execute(full_texts.update().values(due_at=shifted(full_texts.c.due_at, by)))


def rules_read(conn: Connection, origin: str, since_at: datetime) -> str | None:
    """What robots.txt of a site asks of us, if it was read since then."""
    return conn.execute(
        sa.select(robots.c.rules).where(robots.c.origin == origin, robots.c.read_at > since_at)
    ).scalar()


def keep_rules(
    conn: Connection, origin: str, rules: str, now: datetime, forget_before: datetime
) -> None:
    """Keep what robots.txt of a site asks of us, and let go of what was read too long ago."""
    conn.execute(robots.delete().where(robots.c.read_at <= forget_before))
    conn.execute(robots.delete().where(robots.c.origin == origin))
    conn.execute(robots.insert(), {"origin": origin, "rules": rules, "read_at": now})


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(full_texts.c.state == TextState.WAITING.value, full_texts.c.due_at <= now)


def _set(
    conn: Connection, item_id: ItemId, state: TextState, *, reason: str, length: int = 0
) -> None:
    conn.execute(
        full_texts.update()
        .where(full_texts.c.item_id == item_id)
        .values(state=state.value, reason=reason, length=length)
    )
