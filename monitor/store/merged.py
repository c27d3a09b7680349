"""Digests that wait for a channel that is away, and the one that is told in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DeliveryState, Digest, DigestName, Message, Part
from monitor.store.digests import put_row, queue_parts
from monitor.store.said import put_message
from monitor.store.schema import deliveries, digests


class Touched(Exception):
    """Somebody has tried to deliver one of these digests in the meantime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDigest:
    """A digest that waits for one target; `untouched`: no part of it can have arrived there."""

    digest_id: str
    name: DigestName
    target: str
    queued_at: datetime
    untouched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Digests of one name that wait for the same targets of a channel, oldest first."""

    name: DigestName
    targets: frozenset[str]
    digest_ids: tuple[str, ...]
    queued_at: datetime


def waiting_digests(conn: Connection, channel: str) -> tuple[WaitingDigest, ...]:
    """What waits for a channel, by target, the oldest digest first."""
    untouched = sa.func.min(sa.case((_is_untouched(), 1), else_=0))
    waits = sa.func.max(sa.case((deliveries.c.state == DeliveryState.PENDING.value, 1), else_=0))
    open_digests = (
        sa.select(deliveries.c.digest_id)
        .where(deliveries.c.channel == channel, deliveries.c.state == DeliveryState.PENDING.value)
        .distinct()
    )
    rows = conn.execute(
        sa.select(
            deliveries.c.digest_id,
            deliveries.c.target,
            digests.c.name,
            sa.func.min(deliveries.c.id).label("first"),
            sa.func.max(deliveries.c.queued_at).label("queued_at"),
            untouched.label("untouched"),
        )
        .join_from(deliveries, digests, digests.c.id == deliveries.c.digest_id)
        .where(deliveries.c.channel == channel, deliveries.c.digest_id.in_(open_digests))
        .group_by(deliveries.c.digest_id, deliveries.c.target, digests.c.name)
        .having(waits == 1)
        .order_by(sa.text("first"))
    )
    return tuple(
        WaitingDigest(
            digest_id=row.digest_id,
            name=DigestName(row.name),
            target=row.target,
            queued_at=row.queued_at,
            untouched=bool(row.untouched),
        )
        for row in rows
    )


def told_by(conn: Connection, digest_ids: Sequence[str]) -> tuple[str, ...]:
    """The digests that these tell the stories of: themselves, or those they stand in place of."""
    merges = dict(
        conn.execute(
            sa.select(digests.c.id, digests.c.merges).where(digests.c.id.in_(digest_ids))
        ).all()
    )
    found = (each for one in digest_ids for each in merges.get(one, "").split() or [one])
    return tuple(dict.fromkeys(found))


def put_merged(
    conn: Connection,
    digest: Digest,
    message: Message,
    parts: Sequence[Part],
    *,
    channel: str,
    together: Together,
    now: datetime,
) -> None:
    """Queue `parts` of a digest in place of what waits of others, or raise Touched."""
    theirs = sa.and_(
        deliveries.c.channel == channel,
        deliveries.c.target.in_(together.targets),
        deliveries.c.digest_id.in_(together.digest_ids),
    )
    all_of_them = conn.execute(
        sa.select(sa.func.count()).select_from(deliveries).where(theirs)
    ).scalar_one()
    replaced = conn.execute(
        deliveries.update()
        .where(theirs, _is_untouched())
        .values(state=DeliveryState.MERGED.value, answer=f"told by {digest.id} in its place")
    ).rowcount
    if replaced != all_of_them:
        raise Touched(digest.id)
    # It is no run of its cadence: what went before it was planned at its time.
    put_row(conn, digest, at_once=True)
    put_message(conn, message, now, filed=True)
    queue_parts(conn, digest.id, parts, now, queued_at=together.queued_at)


def _is_untouched() -> sa.ColumnElement[bool]:
    return sa.and_(deliveries.c.state == DeliveryState.PENDING.value, ~deliveries.c.maybe_sent)
