"""Stories muted by hand, and what mutes of any kind have held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.digests.muting import Muting
from monitor.model import DigestName, StoryId
from monitor.store.schema import digest_entries, muted_entries, mutes, stories
from monitor.store.statements import insert_into


def put_mute(conn: Connection, muting: Muting, now: datetime) -> bool:
    """Mute a story for every rule, or move the end of its mute; False without such a story."""
    if conn.execute(sa.select(stories.c.id).where(stories.c.id == muting.story)).first() is None:
        return False
    values = {"until_at": muting.until_at, "comment": muting.note, "muted_at": now}
    conn.execute(
        insert_into(conn, mutes)
        .values(story_id=muting.story, **values)
        .on_conflict_do_update(index_elements=["story_id"], set_=values)
    )
    return True


def mutes_by_hand(conn: Connection, now: datetime) -> tuple[Muting, ...]:
    """The mutes by hand that hold at this instant."""
    return tuple(
        Muting(story=StoryId(row.story_id), until_at=row.until_at, note=row.comment)
        for row in conn.execute(
            sa.select(mutes).where(mutes.c.until_at > now).order_by(mutes.c.story_id)
        )
    )


def hold_back(
    conn: Connection, digest: DigestName, held: Iterable[tuple[StoryId, str]], now: datetime
) -> None:
    """Take untold stories out of a digest, and note why; a later report may bring them back."""
    rows = [
        {"digest": digest, "story_id": story, "reason": reason, "muted_at": now}
        for story, reason in held
    ]
    note_held(conn, rows)
    conn.execute(
        digest_entries.delete().where(
            digest_entries.c.digest == digest,
            digest_entries.c.digest_id.is_(None),
            digest_entries.c.story_id.in_([row["story_id"] for row in rows]),
        )
    )


def note_held(conn: Connection, rows: Sequence[dict[str, object]]) -> None:
    """Record what a digest would have told but for a mute; the latest reason counts."""
    if rows:
        adding = insert_into(conn, muted_entries)
        values = {name: adding.excluded[name] for name in ("reason", "muted_at")}
        conn.execute(
            adding.on_conflict_do_update(index_elements=["digest", "story_id"], set_=values),
            list(rows),
        )


def held_back(conn: Connection, story: StoryId) -> tuple[tuple[DigestName, str, datetime], ...]:
    """Which digests have not told a story because of a mute: digest, reason, when."""
    rows = conn.execute(
        sa.select(muted_entries)
        .where(muted_entries.c.story_id == story)
        .order_by(muted_entries.c.digest)
    )
    return tuple((DigestName(row.digest), row.reason, row.muted_at) for row in rows)


def untold_among(
    conn: Connection, digest: DigestName, wanted: Iterable[StoryId]
) -> tuple[StoryId, ...]:
    """Those of the stories that wait in a digest."""
    return tuple(
        StoryId(each)
        for each in conn.execute(
            sa.select(digest_entries.c.story_id).where(
                digest_entries.c.digest == digest,
                digest_entries.c.digest_id.is_(None),
                digest_entries.c.story_id.in_(list(wanted)),
            )
        ).scalars()
    )
