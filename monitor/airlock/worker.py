"""The worker: takes a job, answers, takes the next; trusted with nothing but its own end."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from monitor.airlock.frames import Frame
from monitor.airlock.nursing import Limits
from monitor.airlock.tasks import TASKS
from monitor.errors import UsageError

_PR_SET_PDEATHSIG = 1
_GROWTH = 128 * 1024 * 1024
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def serve(connection: Connection, limits: Limits, parent: int) -> None:
    """Do jobs until the other end closes, the worker is used up, or it is killed."""
    _confine(limits, parent)
    grown = _peak_memory() + _GROWTH
    for number in range(1, limits.jobs + 1):
        try:
            order = json.loads(connection.recv_bytes())
            body = connection.recv_bytes()
        except EOFError:
            return
        _grant_processor_time(limits.seconds)
        answer = _answer(order, body)
        answer["last"] = number == limits.jobs or "failed" in answer or _peak_memory() > grown
        # As it is, not escaped: half of the world's letters would take six bytes each.
        connection.send_bytes(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
        if answer["last"]:
            return


def _confine(limits: Limits, parent: int) -> None:
    """No memory to waste, no files, no sockets, no children; gone when the nursery is."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    for what, limit in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _grant_processor_time(seconds: float) -> None:
    """So much more than used so far, in whole seconds; the kernel kills at the limit."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _answer(order: dict[str, Frame], body: bytes) -> dict[str, Frame]:
    try:
        return {"done": TASKS[order["task"]](body, order["stated"])}
    except UsageError as refusal:
        return {"refused": str(refusal)}  # a sentence of ours
    except MemoryError:
        return {"failed": "memory"}
    except Exception as error:  # noqa: BLE001 -- whatever it was, the airlock must hear of it
        # Neither the message nor the source line: both may quote the document.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
        return {"failed": "error", "where": where}


def _peak_memory() -> int:
    """Bytes; macOS counts in bytes, the others in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
