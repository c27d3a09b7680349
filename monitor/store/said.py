"""What digests said: every message in words, kept to be filed in the archive and sent again."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Attachment, DigestName, Message
from monitor.store.schema import deliveries, messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfiled:
    """A message that is not in the archive yet, and the channels that it was queued for."""

    message: Message
    channels: frozenset[str]


def pack(message: Message) -> bytes:
    """A message as bytes to be kept."""
    fields = asdict(message)
    fields["attachments"] = [
        each | {"content": base64.b64encode(each["content"]).decode()}
        for each in fields["attachments"]
    ]
    return zlib.compress(json.dumps(fields).encode())


def unpack(content: bytes) -> Message:
    """The message that was packed."""
    fields = json.loads(zlib.decompress(content))
    attachments = tuple(
        Attachment(**each | {"content": base64.b64decode(each["content"])})
        for each in fields["attachments"]
    )
    name = DigestName(fields["digest_name"])
    return Message(**fields | {"attachments": attachments, "digest_name": name})


def put_message(conn: Connection, message: Message, now: datetime, *, filed: bool = False) -> None:
    """Keep what a digest says; `filed`: the archive has it already, in other words."""
    row = {
        "digest_id": message.digest_id,
        "written_at": now,
        "filed_at": now if filed else None,
        "content": pack(message),
    }
    conn.execute(messages.insert(), row)


def read_message(conn: Connection, digest_id: str) -> Message | None:
    """What a digest said; None where that is not kept, or not any more."""
    content = conn.execute(
        sa.select(messages.c.content).where(messages.c.digest_id == digest_id)
    ).scalar()
    return None if content is None else unpack(content)


def unfiled(conn: Connection, limit: int) -> tuple[Unfiled, ...]:
    """Messages that are not in the archive yet."""
    rows = conn.execute(
        sa.select(messages.c.digest_id, messages.c.content)
        .where(messages.c.filed_at.is_(None))
        .order_by(messages.c.digest_id)
        .limit(limit)
    ).all()
    queued = conn.execute(
        sa.select(deliveries.c.digest_id, deliveries.c.channel)
        .where(deliveries.c.digest_id.in_([row.digest_id for row in rows]))
        .distinct()
    ).all()
    return tuple(
        Unfiled(
            message=unpack(row.content),
            channels=frozenset(each.channel for each in queued if each.digest_id == row.digest_id),
        )
        for row in rows
    )


def mark_filed(conn: Connection, digest_ids: Iterable[str], now: datetime) -> None:
    """These need no filing any more."""
    conn.execute(
        messages.update().where(messages.c.digest_id.in_(list(digest_ids))).values(filed_at=now)
    )


def prune_messages(conn: Connection, before: datetime, limit: int) -> int:
    """Let go of what was said before then, at most `limit`; how much went."""
    old = sa.select(messages.c.digest_id).where(messages.c.written_at < before).limit(limit)
    ids = conn.execute(old).scalars().all()
    if ids:
        conn.execute(messages.delete().where(messages.c.digest_id.in_(ids)))
    return len(ids)
