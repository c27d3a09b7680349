"""The parent's side of nursery and workers: starting, ordering, ending them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from monitor.errors import AirlockFailure

_PATIENCE = 60.0
"""Seconds to wait for the nursery itself: it only has to import and fork."""

_BOOT = (
    "import json, sys; paths = json.loads(sys.argv[2]);"
    "sys.path[:] = paths + [each for each in sys.path if each not in paths];"
    "from monitor.airlock.nursery import main; main(int(sys.argv[1]), articles=len(sys.argv) > 3)"
)

_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All of the environment that is passed on; the rest may hold secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one worker may use: seconds a job, bytes of address space, jobs in its life."""

    seconds: float = 5.0
    memory: int = 512 * 1024 * 1024
    jobs: int = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker as its employer sees it."""

    pid: int
    connection: Connection


class Nursery:
    """Starts the nursery at first use, and again if it is lost. Safe in threads."""

    def __init__(self, limits: Limits, *, articles: bool = False) -> None:
        self._limits = limits
        self._articles = articles
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def hire(self) -> Worker:
        """A fresh worker. Raises AirlockFailure where none can be had."""
        with self._lock:
            if self._closed:
                raise AirlockFailure("The airlock is closed, as the program is ending.")
            try:
                return self._fork()
            except (OSError, ValueError):
                self._stop()  # lost, or speaking nonsense: once more, with a new one
            try:
                return self._fork()
            except (OSError, ValueError) as error:
                self._stop()
                raise AirlockFailure(
                    f"The process that reads documents cannot be started ({error})."
                ) from error

    def end(self, worker: Worker) -> int:
        """End a worker; its exit code, below zero for the signal that ended it.

        0 where it can no longer be known, as the nursery has gone with all its workers.
        """
        worker.connection.close()
        with self._lock:
            if self._control is None:
                return 0
            try:
                return self._ask({"end": worker.pid})
            except (OSError, ValueError):
                self._stop()
                return 0

    def close(self) -> None:
        """End the nursery and all its workers for good, and wait until they are gone."""
        with self._lock:
            self._closed = True
            self._stop()

    def _fork(self) -> Worker:
        if self._control is None:
            self._start()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = self._ask({"fork": asdict(self._limits)}, theirs)
            except (OSError, ValueError):
                ours.close()
                raise
        return Worker(pid=pid, connection=Connection(ours.detach()))

    def _ask(self, order: dict[str, Any], attached: socket.socket | None = None) -> int:
        if self._control is None:
            raise ConnectionError("the nursery is gone")
        fds = [attached.fileno()] if attached else []
        socket.send_fds(self._control, [json.dumps(order).encode("ascii")], fds)
        return int(json.loads(self._control.recv(100)))

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(_PATIENCE)
        with theirs:
            # Isolated from the environment and the working directory: neither need be sane.
            order = [str(theirs.fileno()), json.dumps(_paths())]
            order += ["articles"] if self._articles else []
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and code
                [sys.executable, "-I", "-c", _BOOT, *order],
                pass_fds=[theirs.fileno()],
                cwd="/",
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Ctrl-C is for whoever hired it: a terminal sends it to all of a group.
                process_group=0,
            )
        if not self._control.recv(100):
            raise ConnectionError("it ended before it was ready")

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
            self._process.kill()
            self._process.wait()
            self._process = None


def _paths() -> list[str]:
    """Where this process finds its modules, ours first; without the working directory."""
    ours = str(Path(__file__).parents[2])
    return list(dict.fromkeys([ours, *(path for path in sys.path if os.path.isabs(path))]))  # noqa: PTH117
