"""What every benchmark needs: the house on the path, medians, processes, a plain table."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOUSE))

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def asked_for_quick(about: str) -> bool:
    """Whether `--quick` was given: small sizes, to see that a benchmark still runs."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="small sizes; figures mean little")
    return bool(parser.parse_args().quick)


def print_machine() -> None:
    """What the figures below were measured on, and what else the machine was doing."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, {memory:.0f} GB, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, load {load:.1f}"
    )


def print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they must be; the first to the left, figures to the right."""
    lines = [tuple(head), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        first, *others = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join((first, *others)).rstrip())
    print()


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes, once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def median(figures: Iterable[float]) -> float:
    return statistics.median(figures)


def times(figure: float, baseline: float) -> str:
    """A ratio as it is printed."""
    return f"x{figure / baseline:.2f}"


# --- Processes, from /proc --------------------------------------------------------------------


def descendants(pid: int, *, but: Iterable[int] = ()) -> list[int]:
    """All processes below this one, without those in `but` and what is below them."""
    children: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and (stat := _stat(int(each.name))):
            children.setdefault(int(stat[1]), []).append(int(each.name))
    found, left, unwanted = [], [pid], set(but)
    while left:
        below = [each for each in children.get(left.pop(), ()) if each not in unwanted]
        found += below
        left += below
    return found


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes, and of their children that have ended."""
    return sum(sum(map(int, stat[11:15])) for pid in pids if (stat := _stat(pid))) / _TICKS


def memory_of(pid: int) -> dict[str, float]:
    """VmRSS and VmHWM (the most it ever was) of a process, in MB of 2**20 bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "VmHWM")))
    return {name: int(value.split()[0]) / 1024 for name, value in found.items()}


def proportional_memory(pid: int) -> float:
    """MB of a process, what it shares with others divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; nothing for a process that has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
