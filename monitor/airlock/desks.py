"""Who gets the next free worker: short documents need not wait for long ones."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from concurrent.futures import Future

from monitor.airlock.nursing import Worker

_BYTES_A_SECOND = 1_000_000


class Desks:
    """So many desks, at each a worker, or None where one is yet to be hired. Safe in threads.

    Whoever waits is served in the order of arrival plus one second for every megabyte to be
    read. A few large documents, which may be made to be slow, so cannot hold up all the small
    ones, nor can these hold them up for longer than that.
    """

    def __init__(self, count: int) -> None:
        self._free: list[Worker | None] = [None] * count
        self._waiting: list[tuple[float, int, Future[Worker | None]]] = []
        self._arrivals = itertools.count()
        self._lock = threading.Lock()

    def take(self, size: int) -> Worker | None:
        """The worker of the next free desk, for a document of `size` bytes; waits for it."""
        turn = self.ask(size)
        try:
            return turn.result()
        except BaseException:  # interrupted while waiting: nobody sits at that desk then
            if not turn.cancel():
                self.give(turn.result())
            raise

    def ask(self, size: int) -> Future[Worker | None]:
        """A place in the queue, which comes to a desk."""
        turn: Future[Worker | None] = Future()
        with self._lock:
            if not self._free:
                due = time.monotonic() + size / _BYTES_A_SECOND
                heapq.heappush(self._waiting, (due, next(self._arrivals), turn))
                return turn
            worker = self._free.pop()
        turn.set_result(worker)
        return turn

    def give(self, worker: Worker | None) -> None:
        """Hand a desk to whoever is next, with the worker that is warm."""
        with self._lock:
            while self._waiting:
                turn = heapq.heappop(self._waiting)[2]
                if turn.set_running_or_notify_cancel():
                    break
            else:
                self._free.append(worker)
                return
        turn.set_result(worker)
