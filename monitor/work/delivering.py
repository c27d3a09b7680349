"""Delivering: take messages out of the outbox, hand them over, record what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
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
from monitor.schedule.breaking import after_receipt
from monitor.store import outbox
from monitor.store.breakers import put_breaker, read_breaker
from monitor.store.engine import Store
from monitor.watch import Watch
from monitor.work.catching_up import merge_waiting

LEASE = timedelta(minutes=10)
"""How long claimed messages are ours."""

LONGEST_HANDOVER = timedelta(minutes=4)
"""A message is begun only while its lease lasts longer than the slowest hand-over takes."""

TOGETHER = 8
"""Messages claimed at a time: one commit for all of them."""

URGENT_MAX_AGE = timedelta(hours=24)
MAX_AGE = timedelta(hours=72)
"""How long a message is tried before it becomes a dead letter."""

Send = Callable[[Delivery], Receipt]
"""The door out, while it is open."""

Open = Callable[[Channel], AbstractContextManager[Send]]
"""Opens the door of a channel: see `monitor.channels.sending.opened`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What delivering needs of the world. `token` makes a new claim token at every call."""

    store: Store
    open: Open
    now: Callable[[], datetime]
    chance: Callable[[], float]
    token: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What one attempt came to. `outcome` is sent, retry or dead.

    `in_trouble`: not the message but the channel is, and the next one would fare no better.
    """

    channel: str
    target: str
    key: str
    outcome: str
    attempts: int
    trouble: str = ""
    answer: str = ""
    seconds: float = 0.0
    in_trouble: bool = False


def due_channels(store: Store, now: datetime) -> tuple[str, ...]:
    """The channels that have something to send now."""
    with store.reading() as conn:
        return outbox.due_channels(conn, now)


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
    due, and each of them is one try later on. What has gathered while the channel was away is
    told in one message.
    """
    known = watch.channels.get(channel)
    with doors.store.reading() as conn:
        breaker = read_breaker(conn, channel)
    if breaker is not None and breaker.rests(doors.now()):
        return
    if breaker is not None and breaker.is_open and known is not None:
        merge_waiting(doors.store, watch, known, doors.now())
    opened = doors.open(known) if known else _no_door(channel)
    with opened as send:
        while not stopping():
            careful = breaker is not None or (known is not None and known.on_ambiguous == "hold")
            claimed = _Claimed.of(doors, channel, 1 if careful else TOGETHER)
            if claimed is None:
                return
            for delivery, after in claimed.in_turn():
                delivered = _deliver(doors, watch, claimed, delivery, after, send)
                if delivered is None:
                    return
                on_delivered(delivered)
                if delivered.in_trouble:
                    return
                if stopping() or doors.now() > claimed.begin_until_at:
                    claimed.release(after)
                    break
            breaker = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """Messages that are ours for a while."""

    store: Store
    token: str
    deliveries: tuple[Delivery, ...]
    begin_until_at: datetime

    @classmethod
    def of(cls, doors: Doors, channel: str, limit: int) -> _Claimed | None:
        token, now = doors.token(), doors.now()
        deliveries = doors.store.write(
            lambda conn: outbox.claim_deliveries(
                conn, channel=channel, now=now, lease=LEASE, token=token, limit=limit
            )
        ).result()
        if not deliveries:
            return None
        until_at = now + LEASE - LONGEST_HANDOVER
        return cls(store=doors.store, token=token, deliveries=deliveries, begin_until_at=until_at)

    def in_turn(self) -> Sequence[tuple[Delivery, tuple[Delivery, ...]]]:
        """Each with those that come after it."""
        return [(each, self.deliveries[n + 1 :]) for n, each in enumerate(self.deliveries)]

    def release(self, untried: Sequence[Delivery]) -> None:
        """Give back what has not been tried."""
        if untried:
            self.store.write(lambda conn: outbox.release(conn, untried, self.token)).result()


def _deliver(
    doors: Doors,
    watch: Watch,
    claimed: _Claimed,
    delivery: Delivery,
    after: Sequence[Delivery],
    send: Send,
) -> Delivered | None:
    """Hand one message over and record the receipt; None when the claim was lost meanwhile.

    A crash between the two sends it again, with the same key. In trouble, those `after` it are
    given back untried.
    """
    channel = watch.channels.get(delivery.channel)
    held = channel is not None and channel.on_ambiguous == "hold"
    started = doors.now()
    receipt = _UNKNOWN if held and delivery.maybe_sent else send(delivery)
    now = doors.now()
    attempt = outbox.Attempt(
        number=delivery.attempts,
        outcome=outbox.SENT if isinstance(receipt, Sent) else receipt.trouble.value,
        answer=receipt.answer if isinstance(receipt, Sent) else receipt.reason,
        ended_at=now,
        took=max(now - started, timedelta()),
    )
    chance = doors.chance()

    def commit(conn: Connection) -> Delivered | None:
        spec = watch.digests.get(outbox.digest_name_of(conn, delivery.id))
        verdict = _verdict(delivery, receipt, spec, now=now, chance=chance, held=held)
        token = claimed.token
        match verdict:
            case None:
                recorded = outbox.record_sent(conn, delivery, token, attempt)
                outcome, said = "sent", attempt
            case RetryAt(at=at):
                said = attempt
                recorded = outbox.record_retry(conn, delivery, token, said, next_try_at=at)
                outcome = "retry"
            case GiveUp(reason=reason):
                said = replace(attempt, answer=f"{attempt.answer} ({reason})")
                recorded = outbox.record_dead(conn, delivery, token, said)
                outcome = "dead"
        in_trouble = _note_channel(conn, delivery.channel, receipt, now)
        if in_trouble:
            outbox.release(conn, after, token)
        if not recorded:
            return None
        return Delivered(
            channel=delivery.channel,
            target=delivery.target,
            key=delivery.key,
            outcome=outcome,
            attempts=delivery.attempts,
            trouble=said.trouble,
            answer=said.answer,
            seconds=attempt.took.total_seconds(),
            in_trouble=in_trouble,
        )

    return doors.store.write(commit).result()


def _verdict(
    delivery: Delivery,
    receipt: Receipt,
    spec: DigestSpec | None,
    *,
    now: datetime,
    chance: float,
    held: bool,
) -> RetryAt | GiveUp | None:
    """What becomes of a message after this receipt; None when it was sent."""
    if isinstance(receipt, Sent):
        return None
    if held and receipt.trouble is Trouble.AMBIGUOUS:
        return GiveUp(reason="held, since it may have arrived; `deadletters retry` sends it again")
    return after_attempt(
        attempts=delivery.attempts,
        trouble=receipt.trouble,
        retry_after=receipt.retry_after,
        queued_at=delivery.queued_at,
        now=now,
        chance=chance,
        max_age=max_age_of(spec),
    )


_UNKNOWN = NotSent(trouble=Trouble.AMBIGUOUS, reason="it was being sent when the service ended")


def _note_channel(conn: Connection, channel: str, receipt: Receipt, now: datetime) -> bool:
    """Remember what the receipt says of the channel, and tell whether it is in trouble.

    On one that is back, what has waited waits no longer.
    """
    before = read_breaker(conn, channel)
    breaker = after_receipt(before, receipt, now)
    if breaker != before:
        put_breaker(conn, channel, breaker)
    if before is not None and before.is_open and breaker is None:
        outbox.due_at_once(conn, channel, now)
    return breaker is not None


@contextmanager
def _no_door(channel: str) -> Iterator[Send]:
    """In place of the door of a channel that is configured no more."""
    reason = f"no channel `{channel}` is configured any more"
    yield lambda _: NotSent(trouble=Trouble.PERMANENT, reason=reason)


def bury_overdue(store: Store, watch: Watch, now: datetime) -> int:
    """Make dead letters of what has waited too long for channels that are away; how many."""
    buried = 0
    specs = watch.settings.digests
    for age in sorted({max_age_of(spec) for spec in specs}):
        names = [spec.name for spec in specs if max_age_of(spec) == age]
        buried += store.write(
            lambda conn, names=names, age=age: outbox.bury_overdue(  # type: ignore[misc]
                conn, names, now - age
            )
        ).result()
    return buried


def max_age_of(spec: DigestSpec | None) -> timedelta:
    """How long a message of this digest is worth delivering."""
    urgent = spec is not None and isinstance(parse_cadence(spec.cadence), Now)
    return URGENT_MAX_AGE if urgent else MAX_AGE
