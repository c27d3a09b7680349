"""What is remembered of the files that readers find: whose they are, and since when they fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.schema import outputs
from monitor.store.statements import insert_into

_ONLY = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """`identity` is a name of this state that no other has: ids in its feeds begin with it."""

    identity: str
    made_at: datetime
    failing_since_at: datetime | None = None
    trouble: str = ""


def read_outputs(conn: Connection) -> Outputs | None:
    """What is remembered; None before anything was published."""
    row = conn.execute(sa.select(outputs)).first()
    if row is None:
        return None
    return Outputs(
        identity=row.identity,
        made_at=row.made_at,
        failing_since_at=row.failing_since_at,
        trouble=row.trouble,
    )


def begin_outputs(conn: Connection, identity: str, now: datetime) -> Outputs:
    """Take this name, unless there is one; what is remembered then."""
    adding = insert_into(conn, outputs).values(id=_ONLY, identity=identity, made_at=now)
    conn.execute(adding.on_conflict_do_nothing())
    found = read_outputs(conn)
    assert found is not None  # noqa: S101 - it was put there a moment ago
    return found


def note_trouble(conn: Connection, trouble: str, now: datetime) -> None:
    """Remember what keeps the files from being written, and since when; "" for nothing."""
    since = sa.func.coalesce(outputs.c.failing_since_at, sa.literal(now, outputs.c.made_at.type))
    conn.execute(
        outputs.update().values(trouble=trouble, failing_since_at=since if trouble else sa.null())
    )
