"""lemon24/reader over the same feeds, in an environment of its own.

`Peer` makes the environment, which needs the network, and starts this file in it as a program:
each line of its input is an order, each line of its output an answer.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PACKAGES = ("reader", "sgmllib3k")
"""The second is what its own copy of feedparser needs and its release does not name."""


class NoPeer(Exception):
    """It cannot be had; the message says why."""


class Peer:
    """A running peer, with its feeds added and none of them polled yet."""

    def __init__(self, folder: Path, urls: list[str]) -> None:
        python = folder / "peer" / "bin" / "python"
        if not python.exists():
            _run([sys.executable, "-m", "venv", str(folder / "peer")])
            _run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES])
        self._process = subprocess.Popen(
            [str(python), __file__, str(folder / "peer.db")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = self._process.pid
        self.version = str(self._ask(urls))

    def round(self) -> tuple[float, float]:
        """Update every feed; seconds on the clock, and processor seconds."""
        seconds, processor = self._ask("update")
        return float(seconds), float(processor)

    def _ask(self, order: object) -> object:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise NoPeer("it ended at once")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=300)
    if done.returncode:
        raise NoPeer("no network" if "pip" in command else "no environment")


def _serve(path: str) -> None:
    import reader

    shelf = reader.make_reader(path)
    for url in json.loads(sys.stdin.readline()):
        shelf.add_feed(url)
    print(json.dumps(reader.__version__), flush=True)
    while sys.stdin.readline():
        spent, begun = _processor(), time.perf_counter()
        shelf.update_feeds(scheduled=False, workers=10)
        figures = [time.perf_counter() - begun, _processor() - spent]
        print(json.dumps(figures), flush=True)


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    _serve(sys.argv[1])
