"""The earlier wordings of items that had matched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.schema import item_revisions
from monitor.store.statements import chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What an item said until then."""

    replaced_at: datetime
    title: str
    lead: str
    body: str


def wordings_of(conn: Connection, ids: Iterable[int]) -> dict[int, tuple[Wording, ...]]:
    """The earlier wordings of these items, oldest first, of those that have any."""
    found: dict[int, tuple[Wording, ...]] = {}
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(item_revisions)
            .where(item_revisions.c.item_id.in_(part))
            .order_by(item_revisions.c.item_id, item_revisions.c.replaced_at)
        )
        for row in rows:
            wording = Wording(
                replaced_at=row.replaced_at, title=row.title, lead=row.lead, body=row.body
            )
            found[row.item_id] = (*found.get(row.item_id, ()), wording)
    return found
