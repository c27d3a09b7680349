"""Delivering: take messages out of the outbox, hand them over, record what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from monitor.model import (
    Channel,
    Delivery,
    DigestSpec,
    NotSent,
    Receipt,
    Sent,
    Trouble,
)
from monitor.schedule import GiveUp, Now, RetryAt, after_attempt, parse_cadence
from monitor.store import outbox
from monitor.store.engine import Store
from monitor.watch import Watch

LEASE = timedelta(minutes=5)
"""How long a claimed message is ours; longer than the slowest hand-over."""

URGENT_MAX_AGE = timedelta(hours=24)
MAX_AGE = timedelta(hours=72)
"""How long a message is tried before it becomes a dead letter."""

Send = Callable[[Channel, Delivery], Receipt]
"""The door out: see `monitor.channels.sending.send`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What delivering needs of the world. `token` makes a new claim token at every call."""

    store: Store
    send: Send
    now: Callable[[], datetime]
    chance: Callable[[], float]
    token: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one attempt came to. `outcome` is sent, retry or dead."""

    channel: str
    target: str
    key: str
    outcome: str
    attempts: int
    trouble: str = ""
    answer: str = ""
    seconds: float = 0.0


def due_channels(store: Store, now: datetime) -> tuple[str, ...]:
    """The channels that have something to send now."""
    with store.reading() as conn:
        return outbox.due_channels(conn, now)


def deliver_next(doors: Doors, watch: Watch, channel: str) -> Delivered | None:
    """Deliver the next due message of a channel; None when there is none.

    1. claim it, so that it is ours even across a crash; 2. hand it over; 3. record the receipt.
    A crash between 2 and 3 sends it again, with the same key.
    """
    token = doors.token()
    started = doors.now()
    delivery = doors.store.write(
        lambda conn: outbox.claim_delivery(
            conn, channel=channel, now=started, lease=LEASE, token=token
        )
    ).result()
    if delivery is None:
        return None

    known = watch.channels.get(channel)
    receipt: Receipt = (
        doors.send(known, delivery)
        if known
        else NotSent(
            trouble=Trouble.PERMANENT, reason=f"no channel `{channel}` is configured any more"
        )
    )

    now = doors.now()
    return doors.store.write(
        lambda conn: _record(
            conn, delivery, receipt, watch, token, started=started, now=now, chance=doors.chance()
        )
    ).result()


def deliver_channel(
    doors: Doors,
    watch: Watch,
    channel: str,
    *,
    stopping: Callable[[], bool] = lambda: False,
    on_delivered: Callable[[Delivered], None] = lambda _: None,
) -> None:
    """Deliver what is due on one channel; leave off at the first sign that it is in trouble.

    A receiver that cannot be reached for one message cannot be for the next: the others stay
    due, and each of them is one try later on.
    """
    while not stopping():
        delivered = deliver_next(doors, watch, channel)
        if delivered is None:
            return
        on_delivered(delivered)
        if delivered.outcome == "retry":
            return


def _record(
    conn: Connection,
    delivery: Delivery,
    receipt: Receipt,
    watch: Watch,
    token: str,
    *,
    started: datetime,
    now: datetime,
    chance: float,
) -> Delivered:
    """Write the outcome into the outbox."""
    if isinstance(receipt, Sent):
        outbox.record_sent(conn, delivery.id, token, answer=receipt.answer, now=now)
        outcome, trouble, answer = "sent", "", receipt.answer
    else:
        trouble, answer = receipt.trouble.value, receipt.reason
        spec = watch.digests.get(outbox.digest_name_of(conn, delivery.id))
        verdict = after_attempt(
            attempts=delivery.attempts,
            trouble=receipt.trouble,
            retry_after=receipt.retry_after,
            queued_at=delivery.queued_at,
            now=now,
            chance=chance,
            max_age=max_age_of(spec),
        )
        match verdict:
            case RetryAt(at=at):
                outbox.record_retry(
                    conn, delivery.id, token, trouble=trouble, answer=answer, next_try_at=at
                )
                outcome = "retry"
            case GiveUp(reason=reason):
                answer = f"{answer} ({reason})"
                outbox.record_dead(conn, delivery.id, token, trouble=trouble, answer=answer)
                outcome = "dead"
    return Delivered(
        channel=delivery.channel,
        target=delivery.target,
        key=delivery.key,
        outcome=outcome,
        attempts=delivery.attempts,
        trouble=trouble,
        answer=answer,
        seconds=(now - started).total_seconds(),
    )


def max_age_of(spec: DigestSpec | None) -> timedelta:
    """How long a message of this digest is worth delivering."""
    urgent = spec is not None and isinstance(parse_cadence(spec.cadence), Now)
    return URGENT_MAX_AGE if urgent else MAX_AGE
