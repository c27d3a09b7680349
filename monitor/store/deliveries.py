"""Deliveries as lists show them: how channels stand, rows of the outbox, dead letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DeliveryId, DeliveryState
from monitor.schedule.breaking import Breaker
from monitor.store.breakers import probe_now, read_breakers
from monitor.store.outbox import Attempt
from monitor.store.schema import Instant, attempts, deliveries, is_dead, is_open
from monitor.store.statements import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSummary:
    """How the deliveries of one channel stand; `breaker` is None of one that is well."""

    channel: str
    pending: int = 0
    sent: int = 0
    dead: int = 0
    oldest_pending_at: datetime | None = None
    last_answer: str = ""
    breaker: Breaker | None = None

    @property
    def away(self) -> bool:
        """Whether the channel is taken to be away."""
        return self.breaker is not None and self.breaker.is_open


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One outbox row, for lists."""

    id: DeliveryId
    digest_id: str
    channel: str
    target: str
    key: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    queued_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    trouble: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What waits, since when, and what was given up on which channel."""

    pending: int
    oldest_at: datetime | None
    dead: Mapping[str, int]
    away: frozenset[str]


def outbox_now(conn: Connection) -> Outbox:
    """How the outbox stands, without what has been sent."""
    waiting = conn.execute(
        sa.select(
            sa.func.count().label("pending"), sa.func.min(deliveries.c.created_at).label("oldest")
        ).where(is_open)
    ).one()
    dead = conn.execute(
        sa.select(deliveries.c.channel, sa.func.count())
        .where(is_dead)
        .group_by(deliveries.c.channel)
    ).all()
    known = read_breakers(conn)
    return Outbox(
        pending=waiting.pending,
        oldest_at=waiting.oldest,
        dead=dict(tuple(row) for row in dead),
        away=frozenset(name for name, breaker in known.items() if breaker.is_open),
    )


def summarise(conn: Connection) -> tuple[ChannelSummary, ...]:
    """How the deliveries of every channel stand."""
    count = sa.func.count
    rows = conn.execute(
        sa.select(
            deliveries.c.channel,
            count().filter(is_open).label("pending"),
            count().filter(deliveries.c.state == "sent").label("sent"),
            count().filter(deliveries.c.state == "dead").label("dead"),
            sa.type_coerce(sa.func.min(deliveries.c.created_at).filter(is_open), Instant).label(
                "oldest"
            ),
            sa.func.max(deliveries.c.id).filter(deliveries.c.answer != "").label("last"),
        )
        .group_by(deliveries.c.channel)
        .order_by(deliveries.c.channel)
    ).all()
    answers = dict(
        conn.execute(
            sa.select(deliveries.c.id, deliveries.c.answer).where(
                deliveries.c.id.in_([row.last for row in rows if row.last])
            )
        ).all()
    )
    known = read_breakers(conn)
    return tuple(
        ChannelSummary(
            channel=row.channel,
            pending=row.pending,
            sent=row.sent,
            dead=row.dead,
            oldest_pending_at=row.oldest,
            last_answer=answers.get(row.last, ""),
            breaker=known.get(row.channel),
        )
        for row in rows
    )


def list_deliveries(
    conn: Connection, *, digest_id: str = "", state: DeliveryState | None = None, limit: int = 100
) -> tuple[DeliveryRow, ...]:
    """Outbox rows, newest first, without their payload."""
    query = sa.select(*(c for c in deliveries.c if c.name != "payload")).order_by(
        deliveries.c.id.desc()
    )
    if digest_id:
        query = query.where(deliveries.c.digest_id == digest_id)
    if state is not None:
        query = query.where(deliveries.c.state == state.value)
    return tuple(
        DeliveryRow(
            id=DeliveryId(row.id),
            digest_id=row.digest_id,
            channel=row.channel,
            target=row.target,
            key=row.key,
            state=DeliveryState(row.state),
            attempts=row.attempts,
            created_at=row.created_at,
            queued_at=row.queued_at,
            next_try_at=row.next_try_at,
            sent_at=row.sent_at,
            trouble=row.trouble,
            answer=row.answer,
        )
        for row in conn.execute(query.limit(limit))
    )


def attempts_of(
    conn: Connection, ids: Iterable[DeliveryId]
) -> dict[DeliveryId, tuple[Attempt, ...]]:
    """What came of every attempt to deliver these messages, the first one first."""
    found: dict[DeliveryId, tuple[Attempt, ...]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(attempts)
            .where(attempts.c.delivery_id.in_(part))
            .order_by(attempts.c.delivery_id, attempts.c.number)
        )
        for row in rows:
            attempt = Attempt(
                number=row.number,
                outcome=row.outcome,
                answer=row.answer,
                ended_at=row.ended_at,
                took=timedelta(milliseconds=row.milliseconds),
            )
            found[row.delivery_id] = (*found.get(row.delivery_id, ()), attempt)
    return found


def dead_letters(conn: Connection, channel: str = "") -> tuple[DeliveryId, ...]:
    """The dead letters of a channel, or of all, the oldest first."""
    query = sa.select(deliveries.c.id).where(deliveries.c.state == DeliveryState.DEAD.value)
    if channel:
        query = query.where(deliveries.c.channel == channel)
    return tuple(map(DeliveryId, conn.execute(query.order_by(deliveries.c.id)).scalars()))


def retry_dead(conn: Connection, ids: Collection[DeliveryId], now: datetime) -> int:
    """Try dead letters once more, as if they were new, and at once; how many."""
    channels = {
        channel
        for part in chunks(ids)
        for channel in conn.execute(
            sa.select(deliveries.c.channel).where(deliveries.c.id.in_(part)).distinct()
        ).scalars()
    }
    probe_now(conn, channels, now)
    return _change_dead(
        conn,
        ids,
        state=DeliveryState.PENDING.value,
        queued_at=now,
        next_try_at=now,
        maybe_sent=False,
    )


def drop_dead(conn: Connection, ids: Collection[DeliveryId]) -> int:
    """Give dead letters up: they are never sent and no longer complained of; how many."""
    return _change_dead(conn, ids, state=DeliveryState.DROPPED.value)


def _change_dead(conn: Connection, ids: Collection[DeliveryId], **values: object) -> int:
    return sum(
        conn.execute(
            deliveries.update()
            .where(deliveries.c.id.in_(part), deliveries.c.state == DeliveryState.DEAD.value)
            .values(**values)
        ).rowcount
        for part in chunks(ids)
    )
