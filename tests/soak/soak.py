"""The soak: a real daemon that is killed, locked out and left without room, for minutes on end.

    ./run.sh soak [MINUTES] [--seed N]

The logs of its receivers are the oracle. Ends with 1 when a hit was lost or told twice under
different keys, or a digest went out early or twice.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "work"), str(TESTS / "soak")]

from clock_days import soak_clock
from desk import command, environment, furnish, rss, wirewatch
from feed_server import FeedServer
from real_servers import soak_servers
from receivers import open_receivers

FEEDS = 3
SHOWN = 60
"""Items in a document: a daemon that is down for a minute misses none."""

SETTLING = 300.0
"""Seconds that what waits may take at the end, when nothing fails any more."""

MEGABYTE = 1024 * 1024


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def headline(number: int) -> str:
    """A report of an event of its own, in words that no other has."""
    digest = hashlib.sha256(f"{number}".encode()).digest() * 2
    syllables = [f"{'bdfgklmnprstvz'[byte % 14]}{'aeiou'[byte % 5]}" for byte in digest[:36]]
    words = " ".join("".join(syllables[at : at + 3]) for at in range(0, 36, 3))
    return f"Missile {number} found: {words}"


class Publisher(threading.Thread):
    """Feeds that bring a report every few hundred milliseconds, until told to stop."""

    def __init__(self, server: FeedServer, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._chance = chance
        self._feeds: list[list[int]] = [[] for _ in range(FEEDS)]
        self._ended = threading.Event()
        self.published: dict[int, float] = {}

    def run(self) -> None:
        number = 0
        while not self._ended.wait(self._chance.uniform(0.1, 0.7)):
            number += 1
            feed = self._feeds[number % FEEDS]
            feed.append(number)
            body = rss(*((f"{n}", headline(n)) for n in feed[-SHOWN:]), title=f"W{number % FEEDS}")
            self.published[number] = time.time()
            self._server.documents[f"feed{number % FEEDS}"] = body

    def stop(self) -> None:
        self._ended.set()
        self.join()


class Daemon:
    """`wirewatch run`, started as often as it has to be."""

    def __init__(self, desk: Path) -> None:
        self._desk = desk
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._desk / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command("run"),
                cwd=self._desk,
                env=environment(),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def end(self, how: int) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    @property
    def state(self) -> Path:
        return self._desk / "state" / "wirewatch.db"


# --- What befalls it ----------------------------------------------------------------------


def kill(daemon: Daemon, chance: random.Random) -> None:
    daemon.end(signal.SIGKILL)
    time.sleep(chance.uniform(0, 2))
    daemon.start()


def restart(daemon: Daemon, chance: random.Random) -> None:
    code = daemon.end(signal.SIGTERM)
    # Until it has begun, nothing is under way that it would have to finish.
    assert code in (0, -signal.SIGTERM), f"told to stop, it ended with {code}"
    daemon.start()


def lock(daemon: Daemon, chance: random.Random) -> None:
    """Somebody holds the state locked for longer than the daemon has patience."""
    if not daemon.state.exists():
        return
    with contextlib.closing(sqlite3.connect(daemon.state, timeout=30)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        time.sleep(chance.uniform(2, 9))
        conn.execute("ROLLBACK")


def fill_disk(daemon: Daemon, chance: random.Random) -> None:
    """No room is left where the state lives, for some seconds."""
    ballast = daemon.state.parent / "ballast"
    try:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
        time.sleep(chance.uniform(2, 8))
    finally:
        ballast.unlink(missing_ok=True)


@contextlib.contextmanager
def small_disk(desk: Path, megabytes: int):
    """A file system of its own for the state; whether there is one."""
    state = desk / "state"
    state.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "wirewatch-soak", str(state)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(state)], check=True)


# --- The daemon's part --------------------------------------------------------------------


def soak_daemon(minutes: float, chance: random.Random) -> list[str]:
    """Let it live through `minutes`; the rows of the table, and what is wrong on lines of "!"."""
    documents = {f"feed{number}": rss() for number in range(FEEDS)}
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-soak-") as name,
        FeedServer(documents) as server,
        open_receivers(chance) as receivers,
    ):
        desk = _desk(Path(name) / "desk", server.urls, receivers)
        with small_disk(desk, 64 + int(40 * minutes)) as mounted:
            if not mounted:
                say("SKIPPED: a full disk (a tmpfs cannot be mounted here)")
            misfortunes = [kill] * 6 + [restart] + [lock] * 2 + [fill_disk] * 2 * mounted
            daemon, publisher = Daemon(desk), Publisher(server, chance)
            try:
                daemon.start()
                publisher.start()
                befallen = _live(daemon, minutes * 60, misfortunes, receivers, chance)
                publisher.stop()
                for each in receivers:
                    each.faults.over = True
                # A channel that was away rests for up to half an hour; a new start tries it.
                restart(daemon, chance)
                waited = _settle(publisher.published, receivers)
            finally:
                daemon.end(signal.SIGTERM)
            dead = wirewatch("deadletters", "list", "--json", desk=desk).lines
        return _verdict(publisher.published, receivers, befallen, waited, dead, desk / "log")


def _desk(folder: Path, urls: list[str], receivers) -> Path:
    channels = "".join(
        f'[[channel]]\nname = "{each.name}"\nurl = "{each.url}"\n'
        + 'secret = "tell nobody"\n' * each.url.startswith("http:")
        for each in receivers
    )
    names = json.dumps([each.name for each in receivers])
    furnish(folder, urls, more=f'{channels}[[digest]]\nname = "urgent"\nto = {names}\n')
    config = folder / "config.toml"
    text = config.read_text().replace("[[feed]]", '[[feed]]\nevery = "1s"')
    config.write_text(text.replace("[poll]", '[poll]\nmin = "1s"\nspacing = "0"'))
    return folder


def _live(daemon: Daemon, seconds: float, misfortunes, receivers, chance) -> dict[str, int]:
    """Misfortune after misfortune; how often each befell it."""
    befallen: dict[str, int] = {}
    begun = time.monotonic()
    away = next(each.faults for each in receivers if each.name == "away")
    while (passed := time.monotonic() - begun) < seconds:
        away.away = passed % 180 > 60
        time.sleep(min(chance.uniform(4, 15), max(0.0, seconds - passed)))
        if daemon.process.poll() is not None:
            say(f"it ended by itself with {daemon.process.returncode}; started again")
            befallen["ended by itself"] = befallen.get("ended by itself", 0) + 1
            daemon.start()
            continue
        what = chance.choice(misfortunes)
        befallen[what.__name__] = befallen.get(what.__name__, 0) + 1
        what(daemon, chance)
        heard = ", ".join(f"{each.name} {len(each.heard)}" for each in receivers)
        say(f"{what.__name__}; heard by {heard}")
    return befallen


def _settle(published, receivers) -> float:
    begun = time.monotonic()
    while time.monotonic() - begun < SETTLING:
        if all(len(each.heard) == len(published) for each in receivers):
            break
        time.sleep(0.5)
    time.sleep(3)  # and what should not come has time to
    return time.monotonic() - begun


def _verdict(published, receivers, befallen, waited, dead, log: Path) -> list[str]:
    head = ("channel", "messages", "repeated", "lost", "doubled", "p50 s", "p99 s")
    rows = [
        f"{len(published)} hits; " + ", ".join(f"{what} x{n}" for what, n in befallen.items()),
        f"settled after {waited:.0f} s; events told: {_events(log)}",
        f"{head[0]:9}{''.join(f'{each:>10}' for each in head[1:])}  faults",
    ]
    kills = befallen.get("kill", 0)
    for each in receivers:
        lost = sorted(published.keys() - each.heard.keys())
        delays = sorted(
            min(keys.values()) - published[hit] for hit, keys in each.heard.items()
        ) or [0.0]
        faults = ", ".join(f"{what} {n}" for what, n in sorted(each.faults.counts.items()))
        rows.append(
            f"{each.name:9}{sum(each.copies.values()):>10}{each.repeated:>10}{len(lost):>10}"
            f"{len(each.doubled):>10}{delays[len(delays) // 2]:>10.1f}"
            f"{delays[int(len(delays) * 0.99)]:>10.1f}  {faults}"
        )
        if lost:
            rows.append(f"! {each.name}: lost {lost[:20]}")
        if each.doubled:
            rows.append(f"! {each.name}: told under several keys {each.doubled[:20]}")
        excess = each.repeated - each.faults.counts["lost"] - kills
        if excess > 0:
            rows.append(f"! {each.name}: {excess} repeats that no lost answer or kill explains")
    if dead:
        rows.append(f"! {len(dead)} dead letters: {dead[0]}")
    return rows


def _events(log: Path) -> str:
    told: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            name = json.loads(line)["event"]
            told[name] = told.get(name, 0) + 1
    wanted = ("digest_planned", "delivered", "not_delivered", "trouble", "failed", "given_up")
    return ", ".join(f"{name} {told.get(name, 0)}" for name in wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", nargs="?", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    asked = parser.parse_args()
    say(f"seed {asked.seed}, {asked.minutes:g} minutes")
    os.environ.pop("WIREWATCH_STATE__URL", None)
    parts = [
        ("a daemon to which everything happens", lambda c: soak_daemon(asked.minutes, c)),
        ("a clock that jumps, on the days it is changed", soak_clock),
        ("real servers", lambda _: soak_servers()),
    ]
    wrong = 0
    for name, part in parts:
        say(f"== {name}")
        rows = part(random.Random(asked.seed))
        print("\n".join(rows), flush=True)
        wrong += sum(row.startswith("!") for row in rows)
    say(f"{wrong} findings" if wrong else "all is well: 0 lost, 0 doubled, 0 early")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
