"""The one thread that writes: many units of work, one commit.

Group commit makes a full fsync nearly free; a savepoint around each unit of work means that
one that fails costs only itself.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from monitor.store.troubles import understood

T = TypeVar("T")
Work = Callable[[Connection], Any]

GROUP = 25
"""Works per commit at most: larger groups hold the interpreter lock for too long."""


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work
    future: Future[Any]
    alone: bool


class Writer:
    """Runs works on one connection, in the order given, in groups that commit as one.

    `undone` is called, in the writing thread, when the work of one or of all was undone.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        where: str = "",
        turn: AbstractContextManager[Any] | None = None,
        undone: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._where = where
        self._turn = turn or nullcontext()
        self._undone = undone
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue `work`; the future resolves after the commit that made it durable.

        A future cancelled before its work began takes the work with it.
        """
        return self._put(work, alone=False)

    def between(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue `work` for the writing connection while no transaction is open on it."""
        return self._put(work, alone=True)

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _put(self, work: Callable[[Connection], T], *, alone: bool) -> Future[T]:
        future: Future[T] = Future()
        # Nothing may be queued behind the None of `close`: nobody would ever run it.
        with self._closing:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._jobs.put(_Job(work, future, alone))
        return future

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            group = self._gather(first)
            wanted = [job for job in group if job.future.set_running_or_notify_cancel()]
            if together := [job for job in wanted if not job.alone]:
                self._commit(together)
            for job in wanted:
                if job.alone:
                    self._run_alone(job)

    def _gather(self, first: _Job) -> list[_Job]:
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            group.append(job)
        return group

    def _commit(self, group: Sequence[_Job]) -> None:
        try:
            with self._turn, self._engine.connect() as conn, conn.begin():
                outcomes = [self._attempt(conn, job.work) for job in group]
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, never swallowed
            self._undone()
            for job in group:
                job.future.set_exception(understood(error, self._where))
            return
        for job, (result, failure) in zip(group, outcomes, strict=True):
            if failure is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(understood(failure, self._where))

    def _run_alone(self, job: _Job) -> None:
        try:
            with self._turn, self._engine.connect() as conn:
                result = job.work(conn)
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits, never swallowed
            job.future.set_exception(understood(error, self._where))
        else:
            job.future.set_result(result)

    def _attempt(self, conn: Connection, work: Work) -> tuple[Any, Exception | None]:
        """Run one work; if it fails, undo it alone.

        Some failures take the whole transaction with them (SQLite out of space, a server gone).
        Whether this one did is asked of the database: then there is no savepoint to go back to,
        and the failure is everybody's.
        """
        savepoint = conn.begin_nested()
        try:
            result = work(conn)
            savepoint.commit()
        except Exception as error:
            self._undone()
            try:
                savepoint.rollback()
            except SQLAlchemyError:
                raise error from None
            if conn.invalidated:
                raise
            return None, error
        return result, None
