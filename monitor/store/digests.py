"""Digests: recording what was told, and when the next one is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Digest, DigestName, Message, Part
from monitor.store.said import put_message
from monitor.store.schema import deliveries, digest_entries, digests, schedules
from monitor.store.statements import chunks, insert_into
from monitor.store.volume import tell_alerts

_LINES_TOGETHER = 300
"""Three values each: databases bound how many one statement may name."""


class AlreadyTold(Exception):
    """Another digest has told one of these stories in the meantime; plan again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRow:
    """A digest that was planned, for lists."""

    id: str
    name: DigestName
    planned_at: datetime
    stories: int
    deliveries: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRow:
    """When a digest runs next; `cadence` and `timezone` are those it was reckoned with."""

    name: DigestName
    cadence: str
    timezone: str
    next_run_at: datetime | None
    last_run_at: datetime | None
    since_at: datetime | None = None


def put_digest(
    conn: Connection,
    digest: Digest,
    parts: Sequence[Part],
    now: datetime,
    *,
    message: Message | None = None,
    at_once: bool = False,
) -> None:
    """Queue the digest's messages and mark its stories told: both or neither.

    `message` is what it says, kept to be read and sent again. One that went out `at_once`,
    before its time, counts as no run of its cadence.

    Exactly the lines that it tells are: what has come in since its planning stays untold.
    Raises AlreadyTold, and changes nothing, when one of them was told meanwhile.
    """
    lines = [
        (story.id, line.item_id or 0, line.update_id)
        for story in digest.stories
        for line in story.lines
    ]
    told = sum(_tell(conn, digest, part) for part in chunks(lines, _LINES_TOGETHER))
    alerts = [alert.id for alert in digest.alerts]
    if told != len(lines) or not tell_alerts(conn, digest.name, alerts, digest.id):
        raise AlreadyTold(digest.id)
    put_row(conn, digest, at_once=at_once)
    if message is not None:
        put_message(conn, message, now)
    queue_parts(conn, digest.id, parts, now)


def put_row(conn: Connection, digest: Digest, *, at_once: bool) -> None:
    """Note that a digest was planned."""
    conn.execute(
        digests.insert(),
        {
            "id": digest.id,
            "name": digest.name,
            "planned_at": digest.planned_at,
            "since_at": digest.since_at,
            "stories": len(digest.stories),
            "at_once": at_once,
            "why": digest.why,
            "merges": " ".join(digest.merges),
        },
    )


def _tell(conn: Connection, digest: Digest, lines: Sequence[tuple[int, int, int]]) -> int:
    """Mark lines told; how many were not told before."""
    key = sa.tuple_(digest_entries.c.story_id, digest_entries.c.item_id, digest_entries.c.update_id)
    return conn.execute(
        digest_entries.update()
        .where(
            digest_entries.c.digest == digest.name,
            digest_entries.c.digest_id.is_(None),
            key.in_(lines),
        )
        .values(digest_id=digest.id)
    ).rowcount


def queue_parts(
    conn: Connection,
    digest_id: str,
    parts: Sequence[Part],
    now: datetime,
    *,
    queued_at: datetime | None = None,
) -> None:
    """Put finished messages into the outbox, due at once; `queued_at`: as old as from then."""
    rows = [
        {
            "digest_id": digest_id,
            "channel": part.channel,
            "target": part.target,
            "key": part.key,
            "payload": part.payload,
            "state": "pending",
            "created_at": now,
            "queued_at": queued_at or now,
            "next_try_at": now,
        }
        for part in parts
    ]
    if rows:
        conn.execute(deliveries.insert(), rows)


def last_digest_at(conn: Connection, name: DigestName) -> datetime | None:
    """When this digest was last planned by its cadence, or by hand."""
    return conn.execute(
        sa.select(sa.func.max(digests.c.planned_at)).where(
            digests.c.name == name, ~digests.c.at_once
        )
    ).scalar()


def list_digests(conn: Connection, limit: int, *, before: str = "") -> tuple[DigestRow, ...]:
    """The digests planned last, newest first, with how many of their messages have gone out.

    `before`: those after this one in the list.
    """
    of_digest = sa.select(sa.func.count()).where(deliveries.c.digest_id == digests.c.id)
    query = (
        sa.select(
            digests,
            of_digest.scalar_subquery().label("deliveries"),
            of_digest.where(deliveries.c.state == "sent").scalar_subquery().label("sent"),
        )
        .order_by(digests.c.planned_at.desc(), digests.c.id.desc())
        .limit(limit)
    )
    if before:
        at = sa.select(digests.c.planned_at).where(digests.c.id == before).scalar_subquery()
        order = sa.tuple_(digests.c.planned_at, digests.c.id)
        query = query.where(order < sa.tuple_(at, sa.literal(before)))
    return tuple(
        DigestRow(
            id=row.id,
            name=DigestName(row.name),
            planned_at=row.planned_at,
            stories=row.stories,
            deliveries=row.deliveries,
            sent=row.sent,
        )
        for row in conn.execute(query)
    )


def digest_ids(conn: Connection, prefix: str) -> frozenset[str]:
    """The ids in use that begin with `prefix` (a date), so that a new one differs."""
    return frozenset(
        conn.execute(sa.select(digests.c.id).where(digests.c.id.startswith(prefix))).scalars()
    )


def read_schedules(conn: Connection) -> dict[DigestName, ScheduleRow]:
    """When each digest runs next."""
    return {
        DigestName(row.name): ScheduleRow(
            name=DigestName(row.name),
            cadence=row.cadence,
            timezone=row.timezone,
            next_run_at=row.next_run_at,
            last_run_at=row.last_run_at,
            since_at=row.since_at,
        )
        for row in conn.execute(sa.select(schedules))
    }


def set_schedule(conn: Connection, row: ScheduleRow) -> None:
    """Remember when a digest runs next."""
    values = {
        "cadence": row.cadence,
        "timezone": row.timezone,
        "next_run_at": row.next_run_at,
        "last_run_at": row.last_run_at,
        "since_at": row.since_at,
    }
    conn.execute(
        insert_into(conn, schedules)
        .values(name=row.name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def drop_schedules(conn: Connection, keep: Sequence[DigestName]) -> None:
    """Forget the schedules of digests that are configured no more."""
    conn.execute(schedules.delete().where(schedules.c.name.not_in(list(keep))))
