"""What mutes and silences have held back: on record, counted, and told of by the next digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import AlertId, DigestName, Held, SilenceId, StoryId
from monitor.store.schema import alert_entries, digest_entries, held_entries
from monitor.store.statements import chunks, insert_into

_KEY = ("digest", "story_id", "alert_id", "silence_id")
_KEYS_TOGETHER = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A story, or an alert, that a digest has not told, and why. A mute is silence 0."""

    story: StoryId | None
    alert: AlertId | None
    silence: SilenceId
    reason: str

    @property
    def key(self) -> tuple[int, int, int]:
        """What it is known by within a digest."""
        return self.story or 0, self.alert or 0, self.silence


def held_row(held: Held, *, story: int = 0, alert: int = 0) -> HeldRow:
    """What is held back of a digest by this."""
    return HeldRow(
        story=StoryId(story) if story else None,
        alert=AlertId(alert) if alert else None,
        silence=held.silence,
        reason=held.reason,
    )


def note_held(conn: Connection, held: Iterable[tuple[DigestName, HeldRow]], now: datetime) -> None:
    """Record what digests would have told; the latest reason counts, and is told of anew."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for digest, each in held:
        values = (digest, *each.key)
        said = {"reason": each.reason, "held_at": now, "digest_id": None}
        rows[values] = said | dict(zip(_KEY, values, strict=True))
    if rows:
        adding = insert_into(conn, held_entries)
        values_set = {name: adding.excluded[name] for name in ("reason", "held_at", "digest_id")}
        conn.execute(
            adding.on_conflict_do_update(index_elements=_KEY, set_=values_set),
            list(rows.values()),
        )


def hold_back(conn: Connection, digest: DigestName, held: Sequence[HeldRow], now: datetime) -> None:
    """Take what is untold out of a digest, and note why; a later report may bring it back."""
    note_held(conn, ((digest, each) for each in held), now)
    stories = [each.story for each in held if each.story is not None]
    alerts = [each.alert for each in held if each.alert is not None]
    for table, column, ids in (
        (digest_entries, digest_entries.c.story_id, stories),
        (alert_entries, alert_entries.c.alert_id, alerts),
    ):
        for part in chunks(ids):
            conn.execute(
                table.delete().where(
                    table.c.digest == digest, table.c.digest_id.is_(None), column.in_(part)
                )
            )


def held_back(conn: Connection, story: StoryId) -> tuple[tuple[DigestName, str, datetime], ...]:
    """Which digests have not told a story because of a mute or silence: digest, reason, when."""
    return held_lines(conn, [story]).get(story, ())


def held_lines(
    conn: Connection, ids: Iterable[int]
) -> dict[int, tuple[tuple[DigestName, str, datetime], ...]]:
    """The same for many stories, those of them that some digest has not told."""
    found: dict[int, tuple[tuple[DigestName, str, datetime], ...]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(held_entries)
            .where(held_entries.c.story_id.in_(part))
            .order_by(held_entries.c.digest, held_entries.c.held_at, held_entries.c.silence_id)
        )
        for row in rows:
            line = (DigestName(row.digest), row.reason, row.held_at)
            found[row.story_id] = (*found.get(row.story_id, ()), line)
    return found


def held_since(conn: Connection, digest: DigestName) -> tuple[HeldRow, ...]:
    """What has been held back of a digest and that none has told of yet, oldest first."""
    rows = conn.execute(
        sa.select(held_entries)
        .where(held_entries.c.digest == digest, held_entries.c.digest_id.is_(None))
        .order_by(held_entries.c.held_at, held_entries.c.story_id, held_entries.c.alert_id)
    )
    return tuple(
        HeldRow(
            story=StoryId(row.story_id) if row.story_id else None,
            alert=AlertId(row.alert_id) if row.alert_id else None,
            silence=SilenceId(row.silence_id),
            reason=row.reason,
        )
        for row in rows
    )


def tell_held(
    conn: Connection, digest: DigestName, held: Sequence[HeldRow], digest_id: str
) -> None:
    """Remember which digest has told of what was held back."""
    key = sa.tuple_(held_entries.c.story_id, held_entries.c.alert_id, held_entries.c.silence_id)
    for part in chunks((each.key for each in held), _KEYS_TOGETHER):
        conn.execute(
            held_entries.update()
            .where(held_entries.c.digest == digest, key.in_(part))
            .values(digest_id=digest_id)
        )


def held_counts(conn: Connection) -> Mapping[SilenceId, int]:
    """How many stories and alerts each silence has held back, each once."""
    each_one = (
        sa.select(held_entries.c.silence_id, held_entries.c.story_id, held_entries.c.alert_id)
        .where(held_entries.c.silence_id > 0)
        .distinct()
        .subquery()
    )
    rows = conn.execute(
        sa.select(each_one.c.silence_id, sa.func.count().label("held")).group_by(
            each_one.c.silence_id
        )
    )
    return {SilenceId(row.silence_id): row.held for row in rows}


def untold_among(
    conn: Connection, digest: DigestName, wanted: Iterable[StoryId]
) -> tuple[StoryId, ...]:
    """Those of the stories that wait in a digest."""
    return tuple(
        StoryId(each)
        for part in chunks(wanted)
        for each in conn.execute(
            sa.select(digest_entries.c.story_id)
            .where(
                digest_entries.c.digest == digest,
                digest_entries.c.digest_id.is_(None),
                digest_entries.c.story_id.in_(part),
            )
            .distinct()
        ).scalars()
    )


def untold_stories(conn: Connection, digest: DigestName) -> tuple[StoryId, ...]:
    """All stories that wait in a digest."""
    return tuple(
        StoryId(each)
        for each in conn.execute(
            sa.select(digest_entries.c.story_id)
            .where(digest_entries.c.digest == digest, digest_entries.c.digest_id.is_(None))
            .distinct()
        ).scalars()
    )
