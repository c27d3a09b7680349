"""Many rows with one statement: the way in for what every poll writes.

The driver of SQLite lets go of the interpreter lock for every statement and has to get it back:
row by row, beside a thread that is matching, a thousand rows would wait a second. So rows go in
together; statements are worked out once for each set of columns, and their text is of few
lengths, which the driver keeps prepared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from monitor.store.schema import Instant, Words, items, milliseconds, storable
from monitor.store.statements import insert_into

Row = Mapping[str, Any]

_LENGTHS = (64, 32, 16, 8, 4, 2, 1)
_SQLITE = sqlite.dialect()


def add_rows(
    conn: Connection, table: sa.Table, rows: Sequence[Row], *, unless_there: bool = False
) -> None:
    """Insert rows that all name the same columns; `unless_there` passes over known keys."""
    if not rows:
        return
    if conn.dialect.name != "sqlite":
        adding = insert_into(conn, table)
        conn.execute(adding.on_conflict_do_nothing() if unless_there else adding, rows)
        return
    columns = tuple(rows[0])
    handed = [_handed(table, columns, row) for row in rows]
    head = f"INSERT {'OR IGNORE ' if unless_there else ''}INTO {table.name} ({', '.join(columns)})"
    for part in _parts(handed):
        conn.exec_driver_sql(f"{head} {_values(len(part), len(columns))}", _flat(part))


def change_rows(
    conn: Connection, table: sa.Table, rows: Sequence[Row], *, keys: tuple[str, ...]
) -> None:
    """Update the rows that these name by their `keys`; all name the same columns."""
    if not rows:
        return
    columns = tuple(rows[0])
    changed = [column for column in columns if column not in keys]
    if conn.dialect.name != "sqlite":
        conn.execute(
            table.update()
            .where(*(table.c[key] == sa.bindparam(f"the_{key}") for key in keys))
            .values({column: sa.bindparam(f"new_{column}") for column in changed}),
            [{f"{'the' if c in keys else 'new'}_{c}": row[c] for c in columns} for row in rows],
        )
        return
    place = {column: f"new.column{number}" for number, column in enumerate(columns, start=1)}
    sets = ", ".join(f"{column} = {place[column]}" for column in changed)
    where = " AND ".join(f"{table.name}.{key} = {place[key]}" for key in keys)
    handed = [_handed(table, columns, row) for row in rows]
    for part in _parts(handed):
        values = _values(len(part), len(columns))
        conn.exec_driver_sql(
            f"UPDATE {table.name} SET {sets} FROM ({values}) AS new WHERE {where}",  # noqa: S608 - names of ours
            _flat(part),
        )


def new_item_ids(conn: Connection, count: int) -> Sequence[int]:
    """Ids that no item has or had, in rising order, for the holder of this transaction."""
    if conn.dialect.name == "sqlite":
        last = conn.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = 'items'").scalar()
        first = (last or 0) + 1
        return range(first, first + count)
    sequence = sa.func.pg_get_serial_sequence(items.name, items.c.id.name)
    drawn = sa.select(sa.func.nextval(sequence)).select_from(
        sa.func.generate_series(1, sa.bindparam("count"))
    )
    return sorted(conn.execute(drawn, {"count": count}).scalars())


def _handed(table: sa.Table, columns: tuple[str, ...], row: Row) -> list[Any]:
    return [
        row[name] if process is None or row[name] is None else process(row[name])
        for name, process in _processes(table, columns)
    ]


@cache
def _processes(
    table: sa.Table, columns: tuple[str, ...]
) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """What becomes of the values of each column before the driver gets them."""
    return tuple((name, _process(table.c[name].type)) for name in columns)


def _process(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """As SQLAlchemy would, but for its detours: most of the time of an insert goes there."""
    match kind:
        case Instant():
            return milliseconds
        case Words():
            return storable
        case sa.JSON():
            return json.dumps
        case sa.LargeBinary() | sa.Integer() | sa.Text() | sa.Boolean():
            return None
        case _:
            return kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)


def _parts(rows: Sequence[list[Any]]) -> Iterator[Sequence[list[Any]]]:
    start = 0
    while start < len(rows):
        length = next(each for each in _LENGTHS if each <= len(rows) - start)
        yield rows[start : start + length]
        start += length


@cache
def _values(rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"VALUES {', '.join([row] * rows)}"


def _flat(rows: Sequence[list[Any]]) -> tuple[Any, ...]:
    return tuple(chain.from_iterable(rows))
