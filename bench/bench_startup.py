"""Start-up: how long a command takes that a person waits for, against bare Python."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

from _measuring import (
    HOUSE,
    asked_for_quick,
    median,
    print_machine,
    print_table,
    seconds_of,
    times,
)

GOAL = 150
"""Milliseconds until `--help` is there."""

BASE, CLICK = "python -c pass", 'python -c "import click"'
COMMANDS = {
    BASE: ("-c", "pass"),
    CLICK: ("-c", "import click"),
    "wirewatch --help": ("-m", "monitor", "--help"),
    "wirewatch --version": ("-m", "monitor", "--version"),
    "wirewatch check": ("-m", "monitor", "check"),
    "wirewatch config show": ("-m", "monitor", "config", "show"),
}


def run(arguments: Sequence[str]) -> None:
    """Run Python to its end, in the house and with its starter configuration."""
    environ = {name: value for name, value in os.environ.items() if "WIREWATCH" not in name}
    subprocess.run(
        [sys.executable, *arguments],
        cwd=HOUSE,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def main(repeats: int) -> None:
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for each in range(repeats + 1):
        for name, arguments in COMMANDS.items():
            took = seconds_of(partial(run, arguments)) * 1000
            if each:  # the first time fills the caches
                found[name].append(took)
    medians = {name: median(figures) for name, figures in found.items()}
    rows = [
        (
            name,
            f"{took:.0f}",
            f"{min(found[name]):.0f}",
            times(took, medians[BASE]),
            times(took, medians[CLICK]),
            f"under {GOAL} ms" if name == "wirewatch --help" else "",
        )
        for name, took in medians.items()
    ]
    head = (f"median of {repeats}", "ms", "least ms", "of bare Python", "of click", "goal")
    print_table(head, rows)


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    main(repeats=2 if quick else 15)
