"""Connections as each database wants them: who may write, how long to wait, what is durable."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import QueuePool, StaticPool

from monitor.errors import UsageError

READERS = 4

_ALIVE = {
    "application_name": "wirewatch",
    "connect_timeout": 10,
    # A server that vanished behind a firewall is noticed in a minute, not in two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


def place_of(url: sa.URL) -> str:
    """Where a state lives, for messages: no user, no password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    host = url.host or url.query.get("host")
    return f"{url.database} on {host}" if host else str(url.database)


def sqlite_writer(path: Path | None, busy_timeout: timedelta) -> Engine:
    """The one connection that writes and checkpoints; None for a state in memory."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=None if path is None else str(path)),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False},
    )
    _speak_sqlite(engine, busy_timeout, writes=True)
    return engine


def sqlite_reader(path: Path, busy_timeout: timedelta) -> Engine:
    """Connections that cannot write, for any process."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro", uri=True, check_same_thread=False
        )

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=READERS)
    _speak_sqlite(engine, busy_timeout, writes=False)
    return engine


def server_writer(url: sa.URL, busy_timeout: timedelta) -> Engine:
    """One writing connection to PostgreSQL, which gives up waiting for a lock after a while."""
    milliseconds = busy_timeout // timedelta(milliseconds=1)
    return _server(url, f"-c lock_timeout={milliseconds}", pool_size=1)


def server_reader(url: sa.URL) -> Engine:
    """Connections to PostgreSQL that see one state in all of a transaction, and cannot write."""
    return _server(
        url,
        "-c default_transaction_read_only=on",
        pool_size=READERS,
        isolation_level="REPEATABLE READ",
    )


def _server(url: sa.URL, options: str, **how: Any) -> Engine:  # noqa: ANN401 - as create_engine
    named = url.query.get("options", "")
    theirs = named if isinstance(named, str) else " ".join(named)
    connect_args = {
        **{key: value for key, value in _ALIVE.items() if key not in url.query},
        "options": f"{theirs} {options}".strip(),
    }
    try:
        return sa.create_engine(
            url, max_overflow=0, pool_pre_ping=True, connect_args=connect_args, **how
        )
    except (ModuleNotFoundError, NoSuchModuleError):
        raise UsageError(
            f"no driver for {url.drivername}; write postgresql+psycopg://... and install "
            "`wirewatch[postgresql]`"
        ) from None


def _speak_sqlite(engine: Engine, busy_timeout: timedelta, *, writes: bool) -> None:
    """Begin transactions ourselves.

    A deferred one that turns to writing fails at once when another has committed in between,
    whatever the busy timeout says.
    """
    milliseconds = busy_timeout // timedelta(milliseconds=1)

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        del record
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
        if writes:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def on_begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
