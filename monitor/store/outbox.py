"""The outbox: claiming messages to deliver and recording what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Delivery, DeliveryId, DeliveryState
from monitor.store.schema import Instant, deliveries, digests, is_open, shifted


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSummary:
    """How the deliveries of one channel stand."""

    channel: str
    pending: int = 0
    sent: int = 0
    dead: int = 0
    oldest_pending_at: datetime | None = None
    last_answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One outbox row, for lists."""

    id: DeliveryId
    digest_id: str
    channel: str
    target: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None
    trouble: str
    answer: str


def claim_delivery(
    conn: Connection, *, channel: str, now: datetime, lease: timedelta, token: str
) -> Delivery | None:
    """Take the next due message of a channel; it is marked as being sent before it is sent.

    A message whose claimer died is anybody's again once its lease has run out.
    """
    due = _due(now)
    candidate = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.channel == channel, due)
        .order_by(deliveries.c.next_try_at, deliveries.c.id)
        .limit(1)
        # A row that another process is claiming right now is passed over, not waited for.
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = conn.execute(
        deliveries.update()
        .where(deliveries.c.id == candidate, due)
        .values(
            state=DeliveryState.SENDING.value,
            attempts=deliveries.c.attempts + 1,
            lease_until_at=now + lease,
            lease_token=token,
        )
        .returning(*deliveries.c)
    ).first()
    if row is None:
        return None
    return Delivery(
        id=DeliveryId(row.id),
        channel=row.channel,
        target=row.target,
        key=row.key,
        payload=row.payload,
        attempts=row.attempts,
        queued_at=row.queued_at,
    )


def record_sent(
    conn: Connection, delivery: DeliveryId, token: str, *, answer: str, now: datetime
) -> bool:
    """The receiver said yes. False when the claim had been lost to another holder."""
    return _record(
        conn,
        delivery,
        token,
        state=DeliveryState.SENT.value,
        sent_at=now,
        trouble="",
        answer=answer,
    )


def record_retry(
    conn: Connection,
    delivery: DeliveryId,
    token: str,
    *,
    trouble: str,
    answer: str,
    next_try_at: datetime,
) -> bool:
    """Not this time: again at `next_try_at`."""
    return _record(
        conn,
        delivery,
        token,
        state=DeliveryState.PENDING.value,
        next_try_at=next_try_at,
        trouble=trouble,
        answer=answer,
    )


def record_dead(
    conn: Connection, delivery: DeliveryId, token: str, *, trouble: str, answer: str
) -> bool:
    """Given up: a dead letter, until somebody retries or drops it or its keep is over."""
    return _record(
        conn, delivery, token, state=DeliveryState.DEAD.value, trouble=trouble, answer=answer
    )


def digest_name_of(conn: Connection, delivery: DeliveryId) -> str:
    """The name of the digest that a message belongs to; "" when it belongs to none."""
    return (
        conn.execute(
            sa.select(digests.c.name)
            .join_from(deliveries, digests, digests.c.id == deliveries.c.digest_id)
            .where(deliveries.c.id == delivery)
        ).scalar()
        or ""
    )


def due_channels(conn: Connection, now: datetime) -> tuple[str, ...]:
    """The channels that have something to send now."""
    return tuple(
        conn.execute(
            sa.select(deliveries.c.channel)
            .where(_due(now))
            .distinct()
            .order_by(deliveries.c.channel)
        ).scalars()
    )


def shift_retries(conn: Connection, by: timedelta) -> int:
    """Move what waits to be tried by as much as somebody has set the clock; how many."""
    return conn.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.PENDING.value)
        .values(next_try_at=shifted(deliveries.c.next_try_at, by))
    ).rowcount


def reopen_claims(conn: Connection) -> int:
    """At the start of the only process: whoever held a claim is dead; how many were held."""
    return conn.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.SENDING.value)
        .values(state=DeliveryState.PENDING.value, lease_until_at=None, lease_token="")
    ).rowcount


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
    return tuple(
        ChannelSummary(
            channel=row.channel,
            pending=row.pending,
            sent=row.sent,
            dead=row.dead,
            oldest_pending_at=row.oldest,
            last_answer=answers.get(row.last, ""),
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
            state=DeliveryState(row.state),
            attempts=row.attempts,
            created_at=row.created_at,
            next_try_at=row.next_try_at,
            sent_at=row.sent_at,
            trouble=row.trouble,
            answer=row.answer,
        )
        for row in conn.execute(query.limit(limit))
    )


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        is_open,
        deliveries.c.next_try_at <= now,
        sa.or_(deliveries.c.lease_until_at.is_(None), deliveries.c.lease_until_at <= now),
    )


def _record(conn: Connection, delivery: DeliveryId, token: str, **values: object) -> bool:
    done = conn.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery, deliveries.c.lease_token == token)
        .values(lease_until_at=None, lease_token="", **values)
    )
    return done.rowcount == 1
