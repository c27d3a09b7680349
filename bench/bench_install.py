"""Installing: seconds, and megabytes on disk, of all that Wirewatch stands on.

Needs the network. `--quick` only weighs what is installed already in this environment.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path

from _measuring import HOUSE, asked_for_quick, print_machine, print_table, times

LOCK = HOUSE / "requirements.lock"
GOAL = 120
"""Megabytes of 2**20 bytes, as `du -m` counts."""

NOT_OURS = {"pip", "setuptools"}
"""What a fresh environment brings along."""

NO_NETWORK = re.compile(
    "connection broken|failed to establish|name resolution|timed out|network is unreachable"
    "|cannot connect|max retries",
    re.IGNORECASE,
)


def size_of(distribution: Distribution) -> int:
    """Bytes on disk, in whole blocks as `du` counts them, compiled modules included."""
    paths = {Path(distribution.locate_file(file)).resolve() for file in distribution.files or ()}
    return sum(path.stat().st_blocks * 512 for path in paths if path.is_file())


def weigh(found: Iterable[Distribution]) -> None:
    sizes = sorted(
        (
            (size_of(each), each.metadata["Name"], each.version)
            for each in found
            if each.metadata["Name"] not in NOT_OURS
        ),
        reverse=True,
    )
    total = sum(size for size, _, _ in sizes)
    rows = [
        (f"{name} {version}", f"{size / 2**20:.1f}", f"{size / total:.0%}")
        for size, name, version in sizes[:10]
    ]
    print_table(("ten largest packages", "MB", "share"), rows)
    megabytes = total / 2**20
    print(
        f"{len(sizes)} packages, {megabytes:.1f} MB ({times(megabytes, GOAL)} of {GOAL} MB, "
        f"the goal)"
    )


def installed_here() -> list[Distribution]:
    """What the lock names, as it lies in the environment that runs this."""
    named = {_plain(line) for line in re.findall(r"^([\w.-]+)==", LOCK.read_text(), re.MULTILINE)}
    return [each for each in distributions() if _plain(each.metadata["Name"]) in named]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def install(folder: Path) -> subprocess.CompletedProcess[str]:
    """Install the lock as `./run.sh install` does, without anything from a cache."""
    options = ("--no-deps", "--require-hashes", "--no-cache-dir", "--retries", "1")
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    python = folder / "bin" / "python"
    return subprocess.run(
        [python, "-m", "pip", "install", *quiet, *options, "-r", LOCK],
        capture_output=True,
        text=True,
        check=False,
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder, with_pip=True)
        begun = time.perf_counter()
        done = install(folder)
        seconds = time.perf_counter() - begun
        if done.returncode and NO_NETWORK.search(done.stderr):
            print("skipped: no network")
            return 0
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return 1
        (site,) = folder.glob("lib/python*/site-packages")
        weigh(distributions(path=[str(site)]))
    print(f"installed in {seconds:.0f} s, downloads included, nothing from a cache")
    return 0


if __name__ == "__main__":
    quick = asked_for_quick(__doc__)
    print_machine()
    if quick:
        weigh(installed_here())
    else:
        sys.exit(main())
