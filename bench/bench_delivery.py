"""Delivery: from a hit to the receiver's yes, beside channels that hang, and how many a second.

Baselines of the same run: a desk without the other channels, one whose other channels answer, and
the libraries below us without an outbox.
"""

from __future__ import annotations

import hashlib
import json
import random
import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from _measuring import HOUSE, asked_for_quick, print_machine, print_table, seconds_of, times
from _receivers import Receivers
from bench_memory import Log, daemon

sys.path.append(str(HOUSE / "tests"))

import requests
from feed_server import FeedServer

from monitor.channels.composing import compose
from monitor.channels.sending import opened
from monitor.config.settings import Settings
from monitor.desk import new_token
from monitor.model import Channel, DigestName, Message, Part, Secret
from monitor.rendering.wording import Wording
from monitor.rules.loading import load_rules
from monitor.rules.matching import Matcher
from monitor.store.digests import queue_parts
from monitor.store.engine import Store
from monitor.watch import Watch
from monitor.work import delivering

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HANGING = 50
MAIL_SIZE = 32_000


# --- From a hit to the receiver's yes, in the running daemon ------------------------------------


def hit(number: int) -> tuple[str, str]:
    """A report of an event of its own, and its headline."""
    digest = hashlib.sha256(f"{number}".encode()).digest() * 2
    syllables = [f"{'bdfgklmnprstvz'[byte % 14]}{'aeiou'[byte % 5]}" for byte in digest[:36]]
    words = " ".join("".join(syllables[at : at + 3]) for at in range(0, 36, 3))
    return f"{number}", f"Missile {number} found: {words}"


def rss(numbers: Sequence[int]) -> bytes:
    entries = "".join(
        f"<item><guid isPermaLink='false'>{key}</guid><title>{headline}</title>"
        f"<link>https://wire.example/{key}</link></item>"
        for key, headline in map(hit, numbers)
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{entries}</channel></rss>".encode()


def furnish(folder: Path, feed: str, receivers: Receivers, others: Sequence[int]) -> None:
    """A desk that tells one mailbox, and web services at these ports."""
    names = [f"other{n}" for n in range(len(others))]
    channels = "".join(
        f'[[channel]]\nname = "{name}"\nurl = "json://127.0.0.1:{port}/x"\n'
        for name, port in zip(names, others, strict=True)
    )
    mail = f"mailto://127.0.0.1:{receivers.mail}/a@x.example?from=w@x.example&mode=insecure"
    (folder / "rules").mkdir()
    (folder / "rules" / "arms.yaml").write_text("title: Arms\nseverity: high\nany: [missile]\n")
    (folder / "config.toml").write_text(
        '[poll]\nbackfill = "100y"\nmin = "1s"\nspacing = "0"\n'
        f'[[channel]]\nname = "mail"\nurl = "{mail}"\n{channels}'
        f'[[digest]]\nname = "urgent"\nto = {json.dumps(["mail", *names])}\n'
        f'[[feed]]\nurl = "{feed}"\nevery = "1s"\nallow_private = true\n'
    )


def delays(receivers: Receivers, others: Sequence[int], hits: int) -> list[float]:
    """Seconds from each hit's commit to the mail server's yes.

    The instant of a hit is the daemon's own, set just before its commit.
    """
    with tempfile.TemporaryDirectory() as name, FeedServer({"wire": rss([0])}) as server:
        folder = Path(name)
        furnish(folder, server.url("wire"), receivers, others)
        before = set(receivers.heard())
        first = max(before, default=0) + 1
        with daemon(folder) as process:
            Log(folder / "log").wait_for("polled")
            for number in range(first, first + hits):
                server.documents["wire"] = rss(range(max(first, number - 20), number + 1))
                time.sleep(random.uniform(0.7, 1.3))
            wanted = set(range(first, first + hits))
            deadline = time.monotonic() + 30
            while not wanted <= receivers.heard().keys() and time.monotonic() < deadline:
                time.sleep(0.2)
            assert process.poll() is None
        heard = receivers.heard()
        with Store.open(f"sqlite:///{folder}/state/wirewatch.db") as store:
            matched = matched_at(store)
    return [heard[number] - matched[number].timestamp() for number in sorted(wanted)]


def matched_at(store: Store) -> dict[int, datetime]:
    import sqlalchemy as sa

    from monitor.store.schema import items, matches

    with store.reading() as conn:
        rows = conn.execute(
            sa.select(items.c.title, matches.c.matched_at).join_from(
                matches, items, items.c.id == matches.c.item_id
            )
        )
        return {int(title.split()[1]): at for title, at in rows}


def measure_delays(hits: int) -> None:
    rows = []
    with Receivers(hanging=HANGING) as receivers:
        first: list[float] = []
        for name, others in (
            ("one mailbox", []),
            (f"and {HANGING} web services that answer", [receivers.web] * HANGING),
            (f"and {HANGING} that take and never answer", receivers.hung),
        ):
            found = delays(receivers, others, hits)
            first = first or found
            rows.append(
                (
                    name,
                    len(found),
                    *(f"{ms(at(found)):.0f}" for at in (statistics.median, p99, max)),
                    f"{ms(statistics.median(found) - statistics.median(first)):+.0f}",
                )
            )
    print_table(("ms from hit to yes", "hits", "p50", "p99", "most", "p50 more"), rows)


def p99(found: Sequence[float]) -> float:
    return sorted(found)[min(len(found) - 1, int(len(found) * 0.99))]


def ms(seconds: float) -> float:
    return seconds * 1000


# --- How many a second --------------------------------------------------------------------------


def message(number: int) -> Message:
    key, headline = hit(number)
    page = f"<p>{headline}</p>" + "<p>Officials said the crane was idle.</p>" * (MAIL_SIZE // 45)
    return Message(
        key=f"2026-03-02-{key}",
        digest_id=f"2026-03-02-{key}",
        digest_name=DigestName("urgent"),
        subject=headline,
        text=headline,
        html=page,
        chat=headline,
    )


def watch_of(channel: Channel) -> Watch:
    folder = Path("/nowhere")
    settings = Settings(
        path=folder / "config.toml", rules=folder, templates=folder, channels=(channel,)
    )
    return Watch(
        settings=settings,
        feeds={},
        book=load_rules([], [], NOON),
        matcher=Matcher(()),
        wording=Wording.builtin(),
    )


@contextmanager
def queued(channel: Channel, count: int) -> Iterator[tuple[Store, list[Part]]]:
    """A state on a disk whose outbox holds so many messages."""
    parts = [part for n in range(count) for part in compose(channel, message(n), now=NOON)]
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/state.db") as store,
    ):
        store.write(lambda conn: queue_parts(conn, "d1", parts, NOON)).result()
        yield store, parts


def deliver(store: Store, channel: Channel) -> None:
    doors = delivering.Doors(
        store=store,
        open=opened,
        now=lambda: datetime.now(UTC),
        chance=random.random,
        token=new_token,
    )
    outcomes: list[str] = []
    delivering.deliver_channel(
        doors, watch_of(channel), channel.name, on_delivered=lambda d: outcomes.append(d.outcome)
    )
    assert set(outcomes) == {"sent"}, outcomes


def by_smtplib(port: int, parts: Sequence[Part]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for part in parts:
            server.sendmail("w@x.example", part.target, part.payload)


def by_requests(port: int, parts: Sequence[Part]) -> None:
    with requests.Session() as session:
        for part in parts:
            session.post(f"http://127.0.0.1:{port}/x", data=part.payload).raise_for_status()


def measure_rates(count: int) -> None:
    rows = []
    with Receivers() as receivers:
        mail = f"mailto://127.0.0.1:{receivers.mail}/a@x.example?from=w@x.example&mode=insecure"
        web = f"json://127.0.0.1:{receivers.web}/x"
        kinds: tuple[tuple[str, str, str, Callable[[Sequence[Part]], None]], ...] = (
            ("mails", mail, "smtplib", lambda parts: by_smtplib(receivers.mail, parts)),
            ("webhooks", web, "requests", lambda parts: by_requests(receivers.web, parts)),
        )
        for name, url, below, alone in kinds:
            channel = Channel(name="out", url=Secret(url))
            ours, theirs = [], []
            for _ in range(3):
                with queued(channel, count) as (store, parts):
                    theirs.append(seconds_of(partial(alone, parts)))
                    ours.append(seconds_of(partial(deliver, store, channel)))
            mine, other = statistics.median(ours), statistics.median(theirs)
            rows.append(
                (
                    f"{name}, one connection",
                    f"{count / mine:.0f}",
                    f"{count / other:.0f}",
                    f"{below} alone",
                    times(mine, other),
                )
            )
    print_table(("a second", "from the outbox", "baseline", "which is", "time"), rows)


if __name__ == "__main__":
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    measure_rates(20 if quick else 500)
    measure_delays(5 if quick else 100)
