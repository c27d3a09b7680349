"""Opening the state: one owner, one writing connection, read-only readers."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import ArgumentError

from monitor.errors import StoreAway, StoreFull, UsageError
from monitor.store.connecting import (
    place_of,
    server_reader,
    server_writer,
    sqlite_reader,
    sqlite_writer,
)
from monitor.store.migrating import migrate, require_current
from monitor.store.owning import OwnedFile
from monitor.store.search import renew_index
from monitor.store.story_memory import StoryMemory
from monitor.store.troubles import understood
from monitor.store.writer import Writer

T = TypeVar("T")

BUSY_TIMEOUT = timedelta(seconds=5)
"""How long to wait for a lock that another program holds before giving up."""

_MIGRATION_LOCK = 0x57495245


class Store:
    """The state. Everything written goes through `write`, everything read through `reading`.

    `memory` is for works that are handed to `write`.
    """

    def __init__(
        self,
        *,
        reader: Engine,
        writer: Engine | None,
        where: str = "",
        owned: OwnedFile | None = None,
        turn: threading.RLock | None = None,
    ) -> None:
        self._reader = reader
        self._where = where
        self._turn = turn
        self._owned = owned
        self._writing = writer
        self.memory = StoryMemory()
        self._writer = (
            Writer(writer, where=where, turn=turn, undone=self.memory.forget)
            if writer is not None
            else None
        )

    @classmethod
    def open(cls, url: str, *, owner: bool = True, busy_timeout: timedelta = BUSY_TIMEOUT) -> Store:
        """Open the state at `url`, creating and migrating it when `owner`.

        A store opened with `owner=False` reads only, and may do so while another process
        owns the state. Raises StoreBusy when an SQLite file has another owner, StoreAway when
        it cannot be opened, UsageError when the URL or the driver is no good, or when the
        state is of another version.
        """
        parsed = _parsed(url)
        try:
            if parsed.get_backend_name() == "sqlite":
                return cls._open_sqlite(_file_of(parsed), busy_timeout, owner=owner)
            return cls._open_server(parsed, busy_timeout, owner=owner)
        except sa.exc.SQLAlchemyError as error:
            raise understood(error, place_of(parsed)) from None

    @classmethod
    def in_memory(cls) -> Store:
        """A fresh state that is gone when closed: for replays and tests.

        There is one connection, so reading and writing take turns: a `write` begins once no
        `reading` is open. Waiting for one inside `reading` is waiting for ever.
        """
        engine = sqlite_writer(None, BUSY_TIMEOUT)
        with engine.begin() as conn:
            _prepare(conn)
        return cls(reader=engine, writer=engine, turn=threading.RLock())

    @classmethod
    def _open_sqlite(cls, path: Path, busy_timeout: timedelta, *, owner: bool) -> Store:
        with contextlib.ExitStack() as undo:
            if not owner:
                if not path.exists():
                    raise StoreAway(f"there is no state at {path} yet; `wirewatch run` creates it")
                reader = _kept(undo, sqlite_reader(path, busy_timeout))
                with reader.connect() as conn:
                    require_current(conn)
                undo.pop_all()
                return cls(reader=reader, writer=None, where=str(path))
            owned = OwnedFile(path)
            undo.callback(owned.release)
            writer = _kept(undo, sqlite_writer(path, busy_timeout))
            with writer.begin() as conn:
                _prepare(conn)
            undo.pop_all()
        reader = sqlite_reader(path, busy_timeout)
        return cls(reader=reader, writer=writer, where=str(path), owned=owned)

    @classmethod
    def _open_server(cls, url: sa.URL, busy_timeout: timedelta, *, owner: bool) -> Store:
        with contextlib.ExitStack() as undo:
            reader = _kept(undo, server_reader(url))
            if not owner:
                with reader.connect() as conn:
                    require_current(conn)
                undo.pop_all()
                return cls(reader=reader, writer=None, where=place_of(url))
            writer = _kept(undo, server_writer(url, busy_timeout))
            with writer.begin() as conn:
                # Several processes may start at once: the first migrates, the others wait.
                conn.execute(sa.text("SET LOCAL lock_timeout = '5min'"))
                conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                _prepare(conn)
            undo.pop_all()
        return cls(reader=reader, writer=writer, where=place_of(url))

    def write(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue `work(connection)`; the future resolves once it is committed."""
        if self._writer is None:
            raise RuntimeError("this store was opened for reading")
        return self._writer.submit(work)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and cannot change it."""
        try:
            with self._turn or contextlib.nullcontext(), self._reader.connect() as conn:
                yield conn
        except sa.exc.SQLAlchemyError as error:
            meant = understood(error, self._where)
            if meant is error:
                raise
            raise meant from error

    def backup(self, target: Path) -> None:
        """Copy an SQLite state, consistent and complete, to `target`, beside a running writer.

        All pages in one step: a copy in small steps starts over at every write. Raises
        StoreAway or StoreFull when `target` cannot be written; an earlier one is then kept.
        """
        if self._reader.dialect.name != "sqlite":
            raise UsageError("a PostgreSQL state is backed up with pg_dump")
        part = target.with_name(target.name + ".part")
        try:
            part.unlink(missing_ok=True)
            with self.reading() as conn, contextlib.closing(sqlite3.connect(part)) as copy:
                source = conn.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)  # noqa: S101 - the dialect says so
                source.backup(copy, pages=-1)
                # One file that can be read from anywhere, also where nothing can be written.
                copy.execute("PRAGMA journal_mode = DELETE")
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(target)
        except (OSError, sqlite3.Error) as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise _no_backup(target, error) from None

    def is_in_place(self) -> bool:
        """Whether the SQLite file is still the one that was opened; a server's always is."""
        return self._owned is None or self._owned.is_in_place()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the SQLite file, so that it does not grow for ever."""
        if self._writer is not None and self._owned is not None:
            self._writer.between(_fold_log).result()

    def close(self) -> None:
        """Finish queued writes, then let go of the state."""
        if self._writer is not None:
            self._writer.close()
        self._reader.dispose()
        if self._writing is not None:
            self._writing.dispose()
        if self._owned is not None:
            self._owned.release()
            self._owned = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _prepare(conn: Connection) -> None:
    """Everything that must be true of a state before it is written to."""
    migrate(conn)
    renew_index(conn)


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: the driver's words would quote parts of the URL, and with them a password.
        raise UsageError(
            "[state] url is no database URL; write sqlite:///state/wirewatch.db"
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _file_of(url: sa.URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise UsageError("[state] url names no file; write sqlite:///state/wirewatch.db")
    return Path(url.database).absolute()


def _no_backup(target: Path, error: OSError | sqlite3.Error) -> StoreAway | StoreFull:
    if isinstance(error, OSError):
        full, what = error.errno == errno.ENOSPC, error.strerror
    else:
        # Of the parts of an extended code, the lowest byte is the plain one.
        plain = getattr(error, "sqlite_errorcode", 0) & 0xFF
        full, what = plain in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR), str(error)
    if full:
        return StoreFull(f"cannot back up to {target}: {what}; free space there, or name another")
    return StoreAway(f"cannot back up to {target}: {what}; name a folder that can be written")


def _kept(undo: contextlib.ExitStack, engine: Engine) -> Engine:
    undo.callback(engine.dispose)
    return engine


def _fold_log(conn: Connection) -> None:
    driver = conn.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - only an owned file has a log
    (waits,) = driver.execute("PRAGMA busy_timeout").fetchone()
    # A long reader must not hold up the writer: what cannot be folded now is folded next time.
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(waits)}")
