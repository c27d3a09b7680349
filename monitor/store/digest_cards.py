"""All that is known of one digest that went out: what it said, and how its deliveries fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.errors import NotFound, UsageError
from monitor.model import DigestName, Message
from monitor.store.deliveries import DeliveryRow, attempts_of, list_deliveries
from monitor.store.outbox import Attempt
from monitor.store.said import read_message
from monitor.store.schema import deliveries, digests

_MOST_DELIVERIES = 10_000
_MOST_NAMED = 5_000
_MOST_OFFERED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestCard:
    """A digest. `message` is None where what it said is not kept; deliveries are oldest first."""

    id: str
    name: DigestName
    planned_at: datetime
    why: str
    stories: int
    message: Message | None
    deliveries: tuple[tuple[DeliveryRow, tuple[Attempt, ...]], ...] = ()


def digest_id_of(conn: Connection, wanted: str) -> str:
    """The digest that is called so, or the only one whose id begins so.

    Raises NotFound, which offers the nearest, and UsageError where there are several.
    """
    begins = digests.c.id.startswith(wanted, autoescape=True)
    found = conn.execute(
        sa.select(digests.c.id).where(begins).order_by(digests.c.id).limit(_MOST_OFFERED + 1)
    ).scalars()
    ids = [str(each) for each in found] if wanted else []
    if wanted in ids or len(ids) == 1:
        return ids[0]
    if ids:
        more = ", …" if len(ids) > _MOST_OFFERED else ""
        named = ", ".join(ids[:_MOST_OFFERED])
        raise UsageError(f"more than one digest begins with `{wanted}`: {named}{more}")
    newest = sa.select(digests.c.id).order_by(digests.c.planned_at.desc()).limit(_MOST_NAMED)
    raise NotFound("digest", wanted, conn.execute(newest).scalars())


def digest_card(conn: Connection, digest_id: str) -> DigestCard:
    """The card of a digest that is there."""
    row = conn.execute(sa.select(digests).where(digests.c.id == digest_id)).one()
    sent = list_deliveries(conn, digest_id=digest_id, limit=_MOST_DELIVERIES)
    tried = attempts_of(conn, [each.id for each in sent])
    return DigestCard(
        id=row.id,
        name=DigestName(row.name),
        planned_at=row.planned_at,
        why=row.why,
        stories=row.stories,
        message=read_message(conn, digest_id),
        deliveries=tuple((each, tried.get(each.id, ())) for each in reversed(sent)),
    )


def keys_of(conn: Connection, digest_id: str) -> frozenset[str]:
    """The keys under which a digest has been queued."""
    return frozenset(
        conn.execute(
            sa.select(deliveries.c.key).where(deliveries.c.digest_id == digest_id)
        ).scalars()
    )
