"""What the two databases say differently, and what both say only in bounded pieces."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")


def insert_into(conn: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of `conn`."""
    return insert_for(conn.dialect.name, table)


def insert_for(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """The same for a dialect by its name: for statements that are worked out once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def chunks(values: Iterable[T], size: int = 1_000) -> Iterator[list[T]]:
    """`values` in lists of at most `size`: databases bound how many one statement may name."""
    rest = iter(values)
    while part := list(itertools.islice(rest, size)):
        yield part
