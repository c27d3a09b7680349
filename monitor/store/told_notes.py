"""Notes on health that a digest has told, kept for as long as what they say is so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DigestName
from monitor.store.schema import told_notes
from monitor.store.statements import insert_into


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNote:
    """A note as it was told: of what kind, of what, how bad, and since when it had been so."""

    kind: str
    subject: str
    name: str
    grade: int
    since_at: datetime | None
    told_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by within a digest."""
        return self.kind, self.subject


def told_to(conn: Connection, digest: DigestName) -> tuple[ToldNote, ...]:
    """The notes that a digest has told and that are not over, in the order of their keys."""
    columns = [column for column in told_notes.c if column.name != "digest"]
    rows = conn.execute(
        sa.select(*columns)
        .where(told_notes.c.digest == digest)
        .order_by(told_notes.c.kind, told_notes.c.subject)
    )
    return tuple(ToldNote(**row._mapping) for row in rows)  # noqa: SLF001 - SQLAlchemy's own word


def record_told(
    conn: Connection,
    digest: DigestName,
    told: Sequence[ToldNote],
    over: Iterable[tuple[str, str]],
) -> None:
    """Remember what a digest has told, and forget what is over, given by its keys."""
    ended = [{"the_kind": kind, "the_subject": subject} for kind, subject in over]
    if ended:
        conn.execute(
            told_notes.delete().where(
                told_notes.c.digest == digest,
                told_notes.c.kind == sa.bindparam("the_kind"),
                told_notes.c.subject == sa.bindparam("the_subject"),
            ),
            ended,
        )
    if told:
        adding = insert_into(conn, told_notes)
        conn.execute(
            adding.on_conflict_do_update(
                index_elements=["digest", "kind", "subject"],
                set_={name: adding.excluded[name] for name in _CHANGING},
            ),
            [{"digest": digest, **asdict(each)} for each in told],
        )


_CHANGING = ("name", "grade", "since_at", "told_at")
