"""The search index: which items have which words. It narrows; whoever asks decides himself.

Words are kept as they are written, cut from the text as the lexicon of rules cuts it, so that
rules can say which of all words they could mean. Items in the queue `unindexed` are not in the
index, or not as they read now, and belong to every answer. Filling takes items off the queue
in the transaction that puts their words into the index: whatever ends the process, each item
is in one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.schema import items, unindexed
from monitor.store.statements import chunks, insert_into
from monitor.text.tokens import words

BITE = 500
"""Items put into the index in one transaction."""

_TEXTS = (items.c.id, items.c.title, items.c.lead, items.c.body)
# FTS5 holds one query's words in a tree it copies as it grows.
_ASKED_AT_ONCE = 400
_ESCAPED = re.compile(r"_(?:_([0-9a-f]{2})|([a-z]))")
_TO_ESCAPE = re.compile(r"[\x00-\x2f:-`{-\x7f]")


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
    _put(conn, {row.id: words_of(row) for row in rows})
    conn.execute(unindexed.delete().where(unindexed.c.item_id.in_(queued)))
    return len(queued)


def enqueue(conn: Connection, item_ids: Iterable[int]) -> None:
    """Queue new items for the index."""
    rows = [{"item_id": item_id} for item_id in item_ids]
    if rows:
        conn.execute(insert_into(conn, unindexed).on_conflict_do_nothing(), rows)


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
        _take(conn, {row.id: words_of(row) for row in rows})
    conn.execute(unindexed.delete().where(unindexed.c.item_id.in_(item_ids)))


def word_frequencies(conn: Connection) -> Mapping[str, int]:
    """Every word in the index, as it is written, with the number of items that have it."""
    if conn.dialect.name == "sqlite":
        found = conn.exec_driver_sql("SELECT term, doc FROM word_counts")
        return {_decoded(term): count for term, count in found}
    found = conn.exec_driver_sql("SELECT w, count(*) FROM item_words, unnest(words) w GROUP BY w")
    return {word: count for word, count in found}  # noqa: C416 - rows are no pairs to mypy


def items_indexed(conn: Connection) -> int:
    """How many items are in the index."""
    held = sa.select(sa.func.count()).select_from(items)
    queued = sa.select(sa.func.count()).select_from(unindexed)
    return int(conn.execute(held).scalar_one()) - int(conn.execute(queued).scalar_one())


def items_queued(conn: Connection) -> set[int]:
    """The items that belong to every answer."""
    return set(conn.execute(sa.select(unindexed.c.item_id)).scalars())


def items_with(conn: Connection, any_of: Collection[str]) -> set[int]:
    """The items in the index that have at least one of these words."""
    found: set[int] = set()
    for part in chunks(any_of, _ASKED_AT_ONCE):
        if conn.dialect.name == "sqlite":
            query = " OR ".join(f'"{_encoded(word)}"' for word in part)
            rows = conn.exec_driver_sql(
                "SELECT rowid FROM item_words WHERE item_words MATCH ?", (query,)
            )
        else:
            rows = conn.exec_driver_sql(
                "SELECT item_id FROM item_words WHERE words && %s::text[]", (part,)
            )
        found.update(row[0] for row in rows)
    return found


def words_of(row: Any) -> list[str]:  # noqa: ANN401 - a row of _TEXTS
    """The distinct words of an item, sorted, cut as the lexicon cuts a text."""
    stretches = {
        stretch for text in (row.title, row.lead, row.body) if text for stretch in text.split()
    }
    return sorted({word for stretch in stretches for word in _cut(stretch)})


@lru_cache(maxsize=65_536)
def _cut(stretch: str) -> tuple[str, ...]:
    return tuple(words(stretch))


def _put(conn: Connection, found: Mapping[int, Sequence[str]]) -> None:
    if not found:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO item_words (rowid, words) VALUES (?, ?)", _tokens(found))
    else:
        conn.exec_driver_sql(
            "INSERT INTO item_words (item_id, words) VALUES (%s, %s) "
            "ON CONFLICT (item_id) DO UPDATE SET words = excluded.words",
            [(item_id, list(each)) for item_id, each in found.items()],
        )


def _take(conn: Connection, found: Mapping[int, Sequence[str]]) -> None:
    if not found:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO item_words (item_words, rowid, words) VALUES ('delete', ?, ?)",
            _tokens(found),
        )
    else:
        conn.exec_driver_sql("DELETE FROM item_words WHERE item_id = ANY(%s)", (list(found),))


def _tokens(found: Mapping[int, Sequence[str]]) -> list[tuple[int, str]]:
    return [(item_id, " ".join(map(_encoded, each))) for item_id, each in found.items()]


@lru_cache(maxsize=65_536)
def _encoded(word: str) -> str:
    """A word as a token that FTS5 neither cuts nor folds: `US` is `_u_s`, `F-16` is `_f__2d16`."""
    return _TO_ESCAPE.sub(_escaped, word)


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    return f"_{letter.lower()}" if letter.isalpha() else f"__{ord(letter):02x}"


def _decoded(token: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2].upper(), token)
