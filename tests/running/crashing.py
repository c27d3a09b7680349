"""A warm parent that does jobs of the house in children, which may kill themselves at a point.

Run as a program it reads one job a line, forks for it, and answers how the child ended: its exit
code, or the signal that killed it as a negative number. The product knows nothing of this: only
the doors that it is given are mortal. The receivers live in the process of the test.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

TESTS = Path(__file__).resolve().parents[1]

DISCORD = "discord://417429632418316298/JHZ7lQml277CDHmQKMHI8qBe7bk2ZwO5UKjCiOAF7711o33MyqU344Qpg"

PARTS = 30
"""Reports that make a digest long enough for three messages of a chat."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# --- Jobs, in a child ---------------------------------------------------------------------


class MortalStore:
    """A store whose process dies before, in or after the n-th transaction."""

    def __init__(self, store, moment="", count=0):
        self._store = store
        self._moment = moment
        self._left = count

    def __getattr__(self, name):
        return getattr(self._store, name)

    def write(self, work):
        self._left -= 1
        if self._left != 0:
            return self._store.write(work)
        if self._moment == "before":
            die()

        def dying(conn):
            result = work(conn)
            if self._moment == "in":
                die()
            return result

        future = self._store.write(dying)
        if self._moment == "after":
            future.result()
            die()
        return future


def mortal_door(opened, moment="", count=0):
    """The real door to a channel, whose process dies before or after the n-th message."""
    left = [count]

    @contextlib.contextmanager
    def opening(channel):
        with opened(channel) as send:

            def sending(delivery):
                left[0] -= 1
                if left[0] == 0 and moment == "before":
                    die()
                receipt = send(delivery)
                if left[0] == 0 and moment == "after":
                    die()
                return receipt

            yield sending

    return opening


@dataclass
class Job:
    """What a child is to do, on which state and channel, and where it dies."""

    what: str
    state: str
    channel: str = "json://hook.example/x"
    services: str = ""
    door: str = ""
    moment: str = ""
    count: int = 0

    def carry_out(self) -> None:
        from monitor.channels.sending import opened
        from monitor.store.engine import Store

        if self.services:
            from apprise.plugins.discord import NotifyDiscord

            NotifyDiscord.notify_url = f"{self.services}/discord"
        with Store.open(self.state) as store:
            house = self._house(store)
            at = (self.moment, self.count)
            house.store = MortalStore(store, *at) if self.door == "transaction" else store
            house.open = mortal_door(opened, *(at if self.door == "send" else ()))
            globals()[self.what](house)

    def _house(self, store) -> Any:
        from house import House, watch

        from monitor.config.settings import StateSettings
        from monitor.model import Channel, Secret

        box = Channel(name="box", url=Secret(self.channel), secret=Secret("tell nobody"))
        watched = watch(channels=(box,))
        settings = replace(watched.settings, state=StateSettings(url=Secret(self.state)))
        house = House(store, replace(watched, settings=settings, wording=_WORDING[0]))
        house.now += timedelta(hours=4)  # all that `prepare_...` has done is over
        return house


def headlines(count: int) -> list[str]:
    """Reports of as many events, each in words of its own and long enough for a chat to notice."""
    return [f"Missile {n} found: {' '.join(_words(n))}" for n in range(1, count + 1)]


def _words(number: int) -> list[str]:
    """A dozen words of a language that nobody speaks."""
    digest = hashlib.sha256(f"{number}".encode()).digest() * 2
    syllables = [f"{'bdfgklmnprstvz'[byte % 14]}{'aeiou'[byte % 5]}" for byte in digest[:36]]
    return ["".join(syllables[at : at + 3]) for at in range(0, 36, 3)]


def publish(house, count: int, *, first: int = 0) -> None:
    told = headlines(first + count)
    house.serve(*((f"{n}", headline) for n, headline in enumerate(told)))
    house.poll()


def prepare_report(house) -> None:
    """A report has come in, and no digest was planned for it."""
    house.now -= timedelta(hours=1)
    publish(house, 1)


def prepare_message(house) -> None:
    """The digest of a report waits in the outbox."""
    prepare_report(house)
    house.digest()


def prepare_parts(house) -> None:
    """A digest so long that a chat gets it in several messages waits in the outbox."""
    house.now -= timedelta(hours=1)
    publish(house, PARTS)
    (planned,) = house.digest()
    assert len(planned.parts) >= 3, len(planned.parts)


def prepare_gathered(house) -> None:
    """Three digests wait for a channel that is away, whose next probe is due."""
    from monitor.model import NotSent, Trouble
    from monitor.schedule.breaking import OPENS_AFTER

    house.open = type(house).open.__get__(house)
    house.now -= timedelta(hours=4)  # the feed is due since then
    publish(house, 1)
    house.digest()
    for _ in range(OPENS_AFTER):
        house.receipts = [NotSent(trouble=Trouble.TEMPORARY, reason="away")]
        house.deliver()
        house.now += timedelta(minutes=20)
    for first in (1, 2):
        publish(house, 1, first=first)
        house.digest()
        house.now += timedelta(minutes=20)


def deliver(house) -> None:
    house.deliver()


def digest(house) -> None:
    house.digest()


def add_news(house) -> None:
    """One more report comes in and is planned: the fourth of what has gathered."""
    publish(house, 1, first=3)
    house.digest()


def resume(house) -> None:
    """As a daemon that is started again, until nothing waits any more."""
    from monitor.desk import begin
    from monitor.model import DeliveryState
    from monitor.store.deliveries import list_deliveries

    begin(house.store, house.watch, house.now)
    for _ in range(60):
        house.digest()
        house.deliver()
        with house.store.reading() as conn:
            states = {row.state for row in list_deliveries(conn)}
        if not states & {DeliveryState.PENDING, DeliveryState.SENDING}:
            return
        house.now += timedelta(minutes=1)
    raise AssertionError("it never came to an end")


# --- The warm parent ----------------------------------------------------------------------


class Nursery:
    """The warm parent, as a test sees it."""

    def __init__(self, folder: Path) -> None:
        self._pid_file = folder / "pid"
        self._process = subprocess.Popen(
            [sys.executable, __file__, self._pid_file],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, _ROOMS))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, what: str, **how: object) -> int:
        """Let a child do this; how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, **how}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill_child(self) -> None:
        """Kill the child that is at work now."""
        os.kill(int(self._pid_file.read_text()), signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)


_WORDING: list[Any] = []
"""Templates that were compiled once."""

_ROOMS = (TESTS.parent, TESTS, TESTS / "work")


def _warm_up() -> None:
    """What every child needs, loaded and used once before the first of them is born."""
    import psycopg  # noqa: F401 - a heavy door
    from house import House

    from monitor.channels import services, smtp
    from monitor.store.engine import Store

    assert smtp
    for url in (
        "mailto://127.0.0.1/a@x.example?from=w@x.example",
        "json://hook.example/x",
        DISCORD,
    ):
        assert services.lint(url) == ""
    with Store.in_memory() as store:
        house = House(store)
        publish(house, 1)
        house.digest()
        house.deliver()
    _WORDING.append(house.watch.wording)


def main(pid_file: Path) -> None:
    _warm_up()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            pid_file.write_text(str(os.getpid()))
            code = 1
            try:
                Job(**json.loads(line)).carry_out()
                code = 0
            except BaseException:  # noqa: BLE001 - a child must not live on as a second parent
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - it is the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))
