"""Memory: what the daemon holds after two rounds over its feeds, and how fast it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from _feed_server import FeedServer
from _measuring import (
    HOUSE,
    asked_for_quick,
    descendants,
    memory_of,
    print_machine,
    print_table,
    processor_seconds,
)

from monitor.control import ask, bell_of

GOAL = 200
"""Megabytes of the daemon alone."""

PATIENCE = 80.0


class Log:
    """What a daemon has told so far, one event a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open(encoding="utf-8")
        self._begun = ""
        self.events: list[dict[str, object]] = []

    def wait_for(self, name: str, count: int = 1) -> None:
        """Until so many events of this name have been told."""
        deadline = time.monotonic() + PATIENCE
        while sum(each["event"] == name for each in self.events) < count:
            if time.monotonic() > deadline:
                told = Counter(str(each["event"]) for each in self.events)
                raise TimeoutError(f"waited for {count} x {name}; told so far: {dict(told)}")
            time.sleep(0.05)
            *lines, self._begun = (self._begun + self._file.read()).split("\n")
            self.events += map(json.loads, lines)

    def close(self) -> None:
        self._file.close()


def furnish(folder: Path, urls: Sequence[str]) -> None:
    """The starter rules over these feeds; digests go into a folder."""
    feeds = "".join(f'[[feed]]\nurl = "{url}"\nallow_private = true\n' for url in urls)
    (folder / "config.toml").write_text(
        f"[paths]\nrules = '{HOUSE / 'rules'}'\ntemplates = '{HOUSE / 'templates'}'\n"
        '[[digest]]\nname = "urgent"\nseverity = "high"\n'
        f'[[digest]]\nname = "morning"\ncadence = "daily 07:00"\n{feeds}'
    )


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`wirewatch run` in a process of its own, which is gone in the end."""
    environ = {name: value for name, value in os.environ.items() if "WIREWATCH" not in name}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            cwd=folder,
            env={**environ, "PYTHONPATH": str(HOUSE)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def weighed(name: str, pids: Sequence[int]) -> tuple[str, ...]:
    """Sums over processes. What forked processes share is counted in each of them."""
    found = [memory_of(pid) for pid in pids]
    kinds = ("VmRSS", "VmHWM")
    return (name, str(len(pids)), *(f"{sum(each[kind] for each in found):.0f}" for kind in kinds))


def main(*, feeds: int, hosts: int) -> None:
    with tempfile.TemporaryDirectory() as name, FeedServer(feeds, hosts) as server:
        folder = Path(name)
        furnish(folder, server.urls)
        begun = time.perf_counter()
        rows, notes = [], []
        with daemon(folder) as process:
            log = Log(folder / "log")
            log.wait_for("started")
            notes.append(f"started in {time.perf_counter() - begun:.1f} s")
            rows.append(weighed("daemon, started", [process.pid]))

            for number, kind in enumerate(("all items new", "2 of 30 items new"), 1):
                if number > 1:
                    server.serve(1)
                    ask(bell_of(folder / "state" / "wirewatch.db"), "poll", "")
                begun = time.perf_counter()
                log.wait_for("polled", feeds * number)
                pace = feeds / (time.perf_counter() - begun)
                notes.append(f"round {number}, {kind}: {pace:.0f} feeds/s")
                rows.append(weighed(f"daemon, after round {number}", [process.pid]))
                rows.append(weighed(f"airlock, after round {number}", descendants(process.pid)))

            before = processor_seconds([process.pid])
            time.sleep(5)
            idle = (processor_seconds([process.pid]) - before) / 5
            notes.append(f"idle: {idle:.1%} of a core")
            rows.append(weighed("daemon, at rest", [process.pid]))
            begun = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=30)
            notes.append(f"ended in {time.perf_counter() - begun:.1f} s, exit code {code}")
            log.close()
        failed = sum(each.get("answer") == "failed" for each in log.events)
        if failed:
            raise AssertionError(f"{failed} polls failed")
        print_table((f"{feeds:,} feeds, MB", "processes", "VmRSS", "VmHWM"), rows)
        print(f"goal: the daemon alone under {GOAL} MB", *notes, sep="\n")


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    if quick:
        main(feeds=60, hosts=10)
    else:
        main(feeds=1_000, hosts=100)
