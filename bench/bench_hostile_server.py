"""Hostile servers: what each of them costs the polls of healthy feeds, and all of them together."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from _measuring import HOUSE, asked_for_quick, descendants, print_machine, print_table

sys.path.append(str(HOUSE / "tests"))

from hostile_round import Told, poll_together
from hostile_server import CASES, HostileServer

ONE_EVERY = 0.05
GOAL = 0.1
"""Seconds by which a healthy poll may come later for what a hostile server does meanwhile."""


def peak() -> float:
    """The most memory that this process has had at a time, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def measured(
    hostile: HostileServer, good: HostileServer, cases: Sequence[str], healthy: int
) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        return poll_together(
            Path(folder),
            hostile.port,
            cases,
            good_port=good.port,
            healthy=healthy,
            apart=ONE_EVERY,
        )


def row(name: str, told: Told) -> tuple[object, ...]:
    times = sorted(told.healthy)
    ninth = times[int(0.9 * len(times))]
    figures = (statistics.median(times), ninth, times[-1], told.stall)
    polled = next((each for url, each in told.polled.items() if url.endswith(f"/{name}")), None)
    said = (polled.error or f"{polled.new} items") if polled else ""
    return (name, *(f"{each * 1000:,.0f}" for each in figures), said[:60])


def main() -> None:
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    head = ("milliseconds", "median", "p90", "longest", "loop stalled", "its feed says")
    with HostileServer() as hostile, HostileServer() as good:
        usual = measured(hostile, good, (), 60)
        together = measured(hostile, good, tuple(CASES), 60)
        print_table(head, [row("no hostile server", usual), row("all of them", together)])
        later = statistics.quantiles(together.healthy, n=10)[-1]
        later -= statistics.quantiles(usual.healthy, n=10)[-1]
        verdict = "held" if later < GOAL else "MISSED"
        print(f"p90 of healthy polls: {later * 1000:+,.0f} ms (goal: below +100) {verdict}")
        print(f"memory of the daemon's process at most: {peak():,.0f} MB\n")
        names = list(CASES)[:: 9 if quick else 1]
        print_table(head, [row(name, measured(hostile, good, [name], 20)) for name in names])
    assert not descendants(os.getpid()), "something was left running"


if __name__ == "__main__":
    main()
