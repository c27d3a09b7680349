"""The search index: which items have which words. It narrows; whoever asks decides himself.

Words are kept as they are written, cut from the text as the lexicon of rules cuts it, so that
rules can say which of all words they could mean. Items in the queue `unindexed` are not in the
index, or not as they read now, and belong to every answer. Filling takes items off the queue
in the transaction that puts their words into the index: whatever ends the process, each item
is in one of the two. An index whose words were cut by another version, or by a Python with other
letters, says nothing to who reads, and is emptied by who opens the state to write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.cutting import cut_by, decoded, encoded, tokens_of, words_of
from monitor.store.rows import add_rows
from monitor.store.schema import index_bites, item_words_cut, items, unindexed
from monitor.store.statements import chunks

BITE = 500
"""Items put into the index in one transaction."""

_TEXTS = (items.c.id, items.c.title, items.c.lead, items.c.body)
# FTS5 holds one query's words in a tree it copies as it grows.
_ASKED_AT_ONCE = 400
_BITES_KEPT = 200
# Listing all words of an archive takes as long as cutting some thousand texts.
_WORTH_CUTTING = 2_000


def renew_index(conn: Connection) -> bool:
    """Empty the index and queue all items if its words were cut otherwise than they now are.

    Taking an item out of the index on SQLite means saying what its words were, which are cut
    anew from its text: an index of other words would be corrupted without a sign of it. Whether
    anything had to be done. To be called by who owns the state, before anything is written.
    """
    if is_index_current(conn):
        return False
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO item_words (item_words) VALUES ('delete-all')")
    else:
        conn.exec_driver_sql("DELETE FROM item_words")
    conn.execute(unindexed.delete())
    conn.execute(unindexed.insert().from_select(["item_id"], sa.select(items.c.id)))
    conn.execute(index_bites.delete())
    conn.execute(item_words_cut.delete())
    conn.execute(item_words_cut.insert(), {"cut_by": cut_by()})
    return True


def index_turn(conn: Connection) -> int:
    """How often items have been put into the index."""
    return int(conn.execute(sa.select(item_words_cut.c.turn)).scalar() or 0)


def words_put(conn: Connection, since: int) -> list[str] | None:
    """The words of each item put into the index since that turn; None where that is long ago."""
    now = index_turn(conn)
    bites = conn.execute(
        sa.select(index_bites.c.item_ids).where(index_bites.c.turn > since).order_by("turn")
    ).scalars()
    put = [item for bite in bites for item in bite]
    if now - since > _BITES_KEPT or now < since or len(put) > _WORTH_CUTTING:
        return None
    return [
        word
        for part in chunks(put)
        for row in conn.execute(sa.select(*_TEXTS).where(items.c.id.in_(part)))
        for word in words_of(row)
    ]


def is_index_current(conn: Connection) -> bool:
    """Whether the words in the index were cut as they would be now."""
    return conn.execute(sa.select(item_words_cut.c.cut_by)).scalar() == cut_by()


def index_items(conn: Connection, limit: int = BITE) -> int:
    """Put at most `limit` items of the queue into the index; how many were taken off it."""
    queued = (
        conn.execute(sa.select(unindexed.c.item_id).order_by(unindexed.c.item_id).limit(limit))
        .scalars()
        .all()
    )
    if not queued:
        return 0
    rows = conn.execute(sa.select(*_TEXTS).where(items.c.id.in_(queued))).all()
    _put(conn, rows)
    conn.execute(unindexed.delete().where(unindexed.c.item_id.in_(queued)))
    return len(queued)


def enqueue(conn: Connection, item_ids: Iterable[int]) -> None:
    """Queue new items for the index."""
    add_rows(conn, unindexed, [{"item_id": each} for each in item_ids], unless_there=True)


def withdraw(conn: Connection, item_ids: Collection[int]) -> None:
    """Take items out of the index and off the queue, while their wording is still there."""
    if not item_ids:
        return
    queued = set(
        conn.execute(
            sa.select(unindexed.c.item_id).where(unindexed.c.item_id.in_(item_ids))
        ).scalars()
    )
    held = [item_id for item_id in item_ids if item_id not in queued]
    if held:
        rows = conn.execute(sa.select(*_TEXTS).where(items.c.id.in_(held))).all()
        _take(conn, rows)
    conn.execute(unindexed.delete().where(unindexed.c.item_id.in_(item_ids)))


def word_frequencies(conn: Connection) -> Mapping[str, int]:
    """Every word in the index, as it is written, with the number of items that have it."""
    if not is_index_current(conn):
        return {}
    if conn.dialect.name == "sqlite":
        found = conn.exec_driver_sql("SELECT term, doc FROM word_counts")
        return {decoded(term): count for term, count in found}
    found = conn.exec_driver_sql("SELECT w, count(*) FROM item_words, unnest(words) w GROUP BY w")
    return {word: count for word, count in found}  # noqa: C416 - rows are no pairs to mypy


def items_indexed(conn: Connection) -> int:
    """How many items are in the index."""
    if not is_index_current(conn):
        return 0
    held = sa.select(sa.func.count()).select_from(items)
    queued = sa.select(sa.func.count()).select_from(unindexed)
    return int(conn.execute(held).scalar_one()) - int(conn.execute(queued).scalar_one())


def items_queued(conn: Connection) -> set[int]:
    """The items that belong to every answer: all, of an index of another version."""
    column = unindexed.c.item_id if is_index_current(conn) else items.c.id
    return set(conn.execute(sa.select(column)).scalars())


def items_with(conn: Connection, any_of: Collection[str]) -> set[int]:
    """The items in the index that have at least one of these words."""
    found: set[int] = set()
    for part in chunks(any_of, _ASKED_AT_ONCE):
        if conn.dialect.name == "sqlite":
            query = " OR ".join(f'"{encoded(word)}"' for word in part)
            rows = conn.exec_driver_sql(
                "SELECT rowid FROM item_words WHERE item_words MATCH ?", (query,)
            )
        else:
            rows = conn.exec_driver_sql(
                "SELECT item_id FROM item_words WHERE words && %s::text[]", (part,)
            )
        found.update(row[0] for row in rows)
    return found


def _note_bite(conn: Connection, rows: Sequence[Any]) -> None:
    """Remember what was put into the index last: who knows its words need not list them anew."""
    further = item_words_cut.update().values(turn=item_words_cut.c.turn + 1)
    turn = conn.execute(further.returning(item_words_cut.c.turn)).scalar_one()
    conn.execute(index_bites.insert(), {"turn": turn, "item_ids": [row.id for row in rows]})
    conn.execute(index_bites.delete().where(index_bites.c.turn <= turn - _BITES_KEPT))


def _put(conn: Connection, rows: Sequence[Any]) -> None:
    if not rows:
        return
    _note_bite(conn, rows)
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO item_words (rowid, words) VALUES (?, ?)",
            [(row.id, tokens_of(row)) for row in rows],
        )
    else:
        conn.exec_driver_sql(
            "INSERT INTO item_words (item_id, words) VALUES (%s, %s) "
            "ON CONFLICT (item_id) DO UPDATE SET words = excluded.words",
            [(row.id, words_of(row)) for row in rows],
        )


def _take(conn: Connection, rows: Sequence[Any]) -> None:
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO item_words (item_words, rowid, words) VALUES ('delete', ?, ?)",
            [(row.id, tokens_of(row)) for row in rows],
        )
    else:
        ids = [row.id for row in rows]
        conn.exec_driver_sql("DELETE FROM item_words WHERE item_id = ANY(%s)", (ids,))
