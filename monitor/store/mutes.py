"""Stories muted by hand."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.digests.muting import Muting
from monitor.model import StoryId
from monitor.store.schema import mutes
from monitor.store.statements import insert_into


def put_mute(conn: Connection, muting: Muting, now: datetime) -> None:
    """Mute a story for every rule, or move the end of its mute."""
    values = {"until_at": muting.until_at, "comment": muting.note, "muted_at": now}
    conn.execute(
        insert_into(conn, mutes)
        .values(story_id=muting.story, **values)
        .on_conflict_do_update(index_elements=["story_id"], set_=values)
    )


def mutes_by_hand(conn: Connection, now: datetime) -> tuple[Muting, ...]:
    """The mutes by hand that hold at this instant."""
    return tuple(
        Muting(story=StoryId(row.story_id), until_at=row.until_at, note=row.comment)
        for row in conn.execute(_HOLDING, {"now": now})
    )


# Every poll that finds something asks this.
_HOLDING = sa.select(mutes).where(mutes.c.until_at > sa.bindparam("now")).order_by(mutes.c.story_id)
