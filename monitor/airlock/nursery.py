"""The nursery: a process with everything imported, which forks workers and buries them.

Run by `nursing.Nursery`, with a socket that carries one JSON order and one JSON reply at a
time: {"fork": {limits}} with the worker's own socket attached, or {"end": pid}. When the
socket closes, the one who gave orders is gone: all workers are ended, and so is the nursery.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
from multiprocessing.connection import Connection

from monitor.airlock.nursing import Limits
from monitor.airlock.tasks import warm_up
from monitor.airlock.worker import serve

_LONGEST_ORDER = 4_096


def main(control_fd: int, *, articles: bool = False) -> None:
    """Serve orders until the socket closes; only with `articles` is their reader at hand."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A terminal or a supervisor sends these to all processes of a service at once; ours
        # is the parent's to end, which may still have work to finish.
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=control_fd)
    warm_up(articles=articles)
    gc.collect()
    gc.freeze()  # so that no collection in a worker copies the pages they all share
    control.sendall(b'{"ready": true}')
    workers: set[int] = set()
    with contextlib.suppress(ConnectionError):
        while _obey(control, workers):
            pass
    for pid in workers:
        _end(pid)


def _obey(control: socket.socket, workers: set[int]) -> bool:
    """Take one order; whether there was one."""
    message, fds, _flags, _address = socket.recv_fds(control, _LONGEST_ORDER, 1)
    if not message:
        return False
    match json.loads(message):
        case {"fork": limits}:
            pid = _fork(fds[0], Limits(**limits), control)
            workers.add(pid)
            reply = pid
        case {"end": pid} if pid in workers:
            workers.discard(pid)
            reply = _end(pid)
        case _:
            reply = 0  # nobody of ours: the number may be another process's by now
    control.sendall(json.dumps(reply).encode("ascii"))
    return True


def _fork(job_fd: int, limits: Limits, control: socket.socket) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        os.close(job_fd)
        return pid
    status = 1
    try:
        control.close()
        serve(Connection(job_fd), limits, parent)
        status = 0
    finally:
        os._exit(status)  # nothing of the nursery's may run on in a worker


def _end(pid: int) -> int:
    """Kill and bury a worker; how it ended: an exit code, or a signal's number below zero.

    A worker that is dying already has had its own end, which the kill does not change.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
