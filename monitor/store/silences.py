"""Silences: adding, listing, ending."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.digests.matchers import BadMatcher, Condition, parse_matcher
from monitor.digests.silencing import Silence
from monitor.model import SilenceId
from monitor.store.held import held_counts
from monitor.store.schema import silences


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRow:
    """A silence for lists: `held` counts the stories and alerts that it has held back."""

    silence: Silence
    created_at: datetime
    ended_at: datetime | None
    held: int

    def holds_at(self, now: datetime) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None and now < self.silence.until_at


def add_silence(
    conn: Connection, matcher: str, *, comment: str, until_at: datetime, now: datetime
) -> SilenceId:
    """Have a silence begin now; its number."""
    adding = silences.insert().values(
        matcher=matcher, comment=comment, until_at=until_at, created_at=now
    )
    return SilenceId(conn.execute(adding.returning(silences.c.id)).scalar_one())


def silences_now(conn: Connection, now: datetime) -> tuple[Silence, ...]:
    """The silences that hold at this instant, the first of them first."""
    return tuple(_silence(row) for row in conn.execute(_HOLDING, {"now": now}))


# Every poll that finds something asks this.
_HOLDING = (
    sa.select(silences)
    .where(silences.c.ended_at.is_(None), silences.c.until_at > sa.bindparam("now"))
    .order_by(silences.c.id)
)


def silences_called(conn: Connection, ids: Collection[SilenceId]) -> tuple[Silence, ...]:
    """These silences; one that was ended before its time ends when it was."""
    if not ids:
        return ()
    rows = conn.execute(sa.select(silences).where(silences.c.id.in_(list(ids))))
    return tuple(_silence(row) for row in rows)


def list_silences(conn: Connection) -> tuple[SilenceRow, ...]:
    """Every silence there has been, the first of them first."""
    held = held_counts(conn)
    rows = conn.execute(sa.select(silences).order_by(silences.c.id))
    return tuple(
        SilenceRow(
            silence=_silence(row),
            created_at=row.created_at,
            ended_at=row.ended_at,
            held=held.get(SilenceId(row.id), 0),
        )
        for row in rows
    )


def end_silence(conn: Connection, silence: SilenceId, now: datetime) -> bool:
    """Have a silence end now; False where none of this number holds."""
    ended = conn.execute(
        silences.update()
        .where(silences.c.id == silence, silences.c.ended_at.is_(None), silences.c.until_at > now)
        .values(ended_at=now)
    )
    return ended.rowcount == 1


def _silence(row: Any) -> Silence:  # noqa: ANN401 - a row of `silences`
    return Silence(
        id=SilenceId(row.id),
        matcher=row.matcher,
        conditions=_conditions(row.matcher),
        until_at=row.ended_at or row.until_at,
        comment=row.comment,
    )


@lru_cache(maxsize=256)
def _conditions(matcher: str) -> tuple[Condition, ...]:
    """None where another version wrote it and this one cannot read it: it holds nothing back."""
    try:
        return parse_matcher(matcher)
    except BadMatcher:
        return ()
