"""The outbox: claiming messages to deliver and recording what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Delivery, DeliveryId, DeliveryState, Trouble
from monitor.store.schema import attempts, breakers, deliveries, digests, is_open, shifted

SENT = "sent"
"""The outcome of an attempt that succeeded; of any other it is the class of its trouble."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one attempt: `outcome` is sent, or the class of its trouble."""

    number: int
    outcome: str
    answer: str
    ended_at: datetime
    took: timedelta

    @property
    def trouble(self) -> str:
        """The class of its trouble, "" of none."""
        return "" if self.outcome == SENT else self.outcome


def claim_deliveries(
    conn: Connection, *, channel: str, now: datetime, lease: timedelta, token: str, limit: int = 1
) -> tuple[Delivery, ...]:
    """Take the next due messages of a channel; they are marked as being sent before they are.

    A message whose claimer died is anybody's again once its lease has run out. It may have
    been sent; nobody knows.
    """
    due = _due(now)
    candidates = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.channel == channel, due)
        .order_by(deliveries.c.next_try_at, deliveries.c.id)
        .limit(limit)
        # A row that another process is claiming right now is passed over, not waited for.
        .with_for_update(skip_locked=True)
        # Looked up once, whatever the database thinks of it: as a subquery it might be twice.
        .cte("candidates")
    )
    found = conn.execute(
        deliveries.update()
        .where(deliveries.c.id.in_(sa.select(candidates.c.id)), due)
        .values(
            state=DeliveryState.SENDING.value,
            attempts=deliveries.c.attempts + 1,
            lease_until_at=now + lease,
            lease_token=token,
            maybe_sent=sa.or_(
                deliveries.c.maybe_sent, deliveries.c.state == DeliveryState.SENDING.value
            ),
        )
        .returning(*deliveries.c)
    ).all()
    return tuple(
        Delivery(
            id=DeliveryId(row.id),
            channel=row.channel,
            target=row.target,
            key=row.key,
            payload=row.payload,
            attempts=row.attempts,
            queued_at=row.queued_at,
            maybe_sent=row.maybe_sent,
        )
        for row in sorted(found, key=lambda row: (row.next_try_at, row.id))
    )


def release(conn: Connection, claimed: Iterable[Delivery], token: str) -> None:
    """Give claimed messages back that have not been tried: as if they had not been claimed."""
    conn.execute(
        deliveries.update()
        .where(
            deliveries.c.id.in_([each.id for each in claimed]), deliveries.c.lease_token == token
        )
        .values(
            state=DeliveryState.PENDING.value,
            attempts=deliveries.c.attempts - 1,
            lease_until_at=None,
            lease_token="",
        )
    )


def record_sent(conn: Connection, delivery: Delivery, token: str, attempt: Attempt) -> bool:
    """The receiver said yes. False when the claim had been lost to another holder."""
    values = {"state": DeliveryState.SENT.value, "sent_at": attempt.ended_at}
    return _record(conn, delivery, token, attempt, values)


def record_retry(
    conn: Connection, delivery: Delivery, token: str, attempt: Attempt, *, next_try_at: datetime
) -> bool:
    """Not this time: again at `next_try_at`, and what comes after it in its digest not before."""
    values: dict[str, object] = {
        "state": DeliveryState.PENDING.value,
        "next_try_at": next_try_at,
    }
    if attempt.outcome == Trouble.AMBIGUOUS.value:
        values["maybe_sent"] = True
    if not _record(conn, delivery, token, attempt, values):
        return False
    digest_id = (
        sa.select(deliveries.c.digest_id).where(deliveries.c.id == delivery.id).scalar_subquery()
    )
    conn.execute(
        deliveries.update()
        .where(
            deliveries.c.digest_id == digest_id,
            deliveries.c.channel == delivery.channel,
            deliveries.c.target == delivery.target,
            deliveries.c.id > delivery.id,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.next_try_at < next_try_at,
        )
        .values(next_try_at=next_try_at)
    )
    return True


def record_dead(conn: Connection, delivery: Delivery, token: str, attempt: Attempt) -> bool:
    """Given up: a dead letter, until somebody retries or drops it or its keep is over."""
    return _record(conn, delivery, token, attempt, {"state": DeliveryState.DEAD.value})


def _record(
    conn: Connection,
    delivery: Delivery,
    token: str,
    attempt: Attempt,
    values: dict[str, object],
) -> bool:
    done = conn.execute(
        deliveries.update()
        .where(deliveries.c.id == delivery.id, deliveries.c.lease_token == token)
        .values(
            lease_until_at=None,
            lease_token="",
            trouble=attempt.trouble,
            answer=attempt.answer,
            **values,
        )
    )
    if done.rowcount != 1:
        return False
    conn.execute(
        attempts.insert().values(
            delivery_id=delivery.id,
            number=attempt.number,
            ended_at=attempt.ended_at,
            milliseconds=attempt.took // timedelta(milliseconds=1),
            outcome=attempt.outcome,
            answer=attempt.answer,
        )
    )
    return True


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
    """The channels that have something to send now, and are not resting."""
    resting = sa.exists().where(
        breakers.c.channel == deliveries.c.channel, breakers.c.probe_at > now
    )
    return tuple(
        conn.execute(
            sa.select(deliveries.c.channel)
            .where(_due(now), ~resting)
            .distinct()
            .order_by(deliveries.c.channel)
        ).scalars()
    )


def due_at_once(conn: Connection, channel: str, now: datetime) -> None:
    """A channel is well again: what waited for it waits no longer, whatever it was told to."""
    conn.execute(
        deliveries.update()
        .where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.next_try_at > now,
        )
        .values(next_try_at=now)
    )


def bury_overdue(conn: Connection, names: Sequence[str], queued_before: datetime) -> int:
    """Make dead letters of what digests of these names wait to send since before then.

    While a channel is away only one message at a time is tried: the others must not wait for
    ever. Returns how many.
    """
    of_these = sa.select(digests.c.id).where(digests.c.name.in_(names))
    return conn.execute(
        deliveries.update()
        .where(
            deliveries.c.state == DeliveryState.PENDING.value,
            deliveries.c.queued_at < queued_before,
            deliveries.c.digest_id.in_(of_these),
        )
        .values(
            state=DeliveryState.DEAD.value,
            trouble=Trouble.TEMPORARY.value,
            answer=sa.case(
                (deliveries.c.answer == "", "its channel was away until it was too old"),
                else_=deliveries.c.answer + " (too old)",
            ),
        )
    ).rowcount


def shift_retries(conn: Connection, by: timedelta) -> int:
    """Move what waits to be tried by as much as somebody has set the clock; how many."""
    return conn.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.PENDING.value)
        .values(next_try_at=shifted(deliveries.c.next_try_at, by))
    ).rowcount


def reopen_claims(conn: Connection) -> int:
    """At the start of the only process: whoever held a claim is dead; how many were held.

    What was held may have been sent.
    """
    return conn.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.SENDING.value)
        .values(
            state=DeliveryState.PENDING.value,
            lease_until_at=None,
            lease_token="",
            maybe_sent=True,
        )
    ).rowcount


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        is_open,
        deliveries.c.next_try_at <= now,
        sa.or_(deliveries.c.lease_until_at.is_(None), deliveries.c.lease_until_at <= now),
    )
