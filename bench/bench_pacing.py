"""How soon news is found for the same number of requests: our pacing beside three others.

Every policy polls the same invented publishers (two weeks to learn from, three and a half
measured), none sooner than every five minutes, and is scaled until it makes as many requests as
ours does. Delays are in minutes, from when an item appeared to the poll that saw it; "per feed"
is the mean over feeds of their means. Ours is the real module, and steered as in the daemon.
"""

from __future__ import annotations

import random
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench._measuring import asked_for_quick, print_machine, print_table
from bench._newswire import Publisher, publishers
from monitor.schedule.pacing import Bounds, pace
from monitor.schedule.rhythms import Rhythm, Shown, decode, encode, learnt
from monitor.schedule.steering import Steered, theta_for

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
HISTORY, MEASURED = 14 * 24.0, 24.5 * 24.0
FLOOR, CEILING = 5 / 60, 4.0
STEERED_EVERY = 6.0
SHOWN = 40
"""Items that a document shows, of a feed that shows the last n."""
KEPT = 6.0
"""For so many hours an item stands in a document, of a feed that shows what is recent."""

Policy = Callable[[int, float, int], float]
"""The hours to wait, given the feed, the hour, and how many items it has brought."""


@dataclass
class Found:
    """What a policy came to: of each feed the delays in hours; requests; items never seen."""

    delays: list[list[float]]
    requests: int = 0
    lost: int = 0

    def note(self, feed: int, at: float, appeared: Sequence[float], kept: float) -> None:
        """One poll, and the items that appeared since the one before."""
        self.requests += 1
        for each in appeared:
            if at - each > kept:
                self.lost += 1
            else:
                self.delays[feed].append(at - each)


def polled(feeds: list[Publisher], policy: Policy, kept: float) -> Found:
    """Poll each feed from the end of its history on."""
    chance = random.Random(1)
    found = Found([[] for _ in feeds])
    for number, feed in enumerate(feeds):
        at = HISTORY + chance.random() / 2
        seen = bisect_right(feed.items, HISTORY)
        while at < HISTORY + MEASURED:
            before, seen = seen, bisect_right(feed.items, at, seen)
            found.note(number, at, feed.items[before:seen], kept)
            at += policy(number, at, seen)
    return found


# --- the others --------------------------------------------------------------------------------


def fixed(_: list[Publisher], scale: float) -> Policy:
    """The same interval for all."""
    return lambda _feed, _at, _seen: scale


def by_rate(most: float) -> Callable[[list[Publisher], float], Policy]:
    """Inversely to the items of the last week, as entry-frequency schedulers have it."""

    def policy(feeds: list[Publisher], scale: float) -> Policy:
        def wait(feed: int, at: float, seen: int) -> float:
            weekly = seen - bisect_right(feeds[feed].items, at - 168)
            return max(scale * min(max(168 / max(weekly, 1), FLOOR), most), FLOOR)

        return wait

    return policy


def by_mean_gap(feeds: list[Publisher], scale: float) -> Policy:
    """Half the mean gap of the items shown while news comes, else the longest: empirical."""

    def wait(feed: int, at: float, seen: int) -> float:
        shown = feeds[feed].items[max(0, seen - SHOWN) : seen]
        interval = CEILING
        if len(shown) > 1 and at - shown[-1] < 7 * 24:
            interval = min((shown[-1] - shown[0]) / (len(shown) - 1) / 2, CEILING)
        return max(scale * interval, FLOOR)

    return wait


OTHERS = {
    "fixed": fixed,
    "by rate, to 24 h": by_rate(24.0),
    "by rate, to 4 h": by_rate(4.0),
    "by mean gap": by_mean_gap,
}


def scaled(
    feeds: list[Publisher],
    make: Callable[[list[Publisher], float], Policy],
    requests: int,
    kept: float,
) -> Found:
    """The run that makes as many requests as ours, within 1 %: the greater the scale, the fewer."""
    low, high = 1e-3, 24.0
    for _ in range(16):
        scale = (low * high) ** 0.5
        found = polled(feeds, make(feeds, scale), kept)
        if abs(found.requests - requests) <= 0.01 * requests:
            break
        low, high = (scale, high) if found.requests > requests else (low, scale)
    return found


# --- ours --------------------------------------------------------------------------------------


@dataclass
class Ours:
    """The real module over all feeds in step, steered from time to time."""

    feeds: list[Publisher]
    mean: timedelta
    most: float = CEILING
    kept: float = float("inf")
    theta_seconds: list[float] = field(default_factory=list)

    def run(self) -> Found:
        """What it comes to."""
        self.chance = random.Random(1)
        self.bounds = Bounds(least=timedelta(hours=FLOOR), most=timedelta(hours=self.most))
        self.instants = [[instant(at) for at in feed.items] for feed in self.feeds]
        self.seen = [bisect_right(feed.items, HISTORY) for feed in self.feeds]
        self.due = [HISTORY + self.chance.random() / 2 for _ in self.feeds]
        self.polled_at = [instant(HISTORY)] * len(self.feeds)
        self.rhythms: list[Rhythm | None] = [self.first(each) for each in range(len(self.feeds))]
        self.showed = [0] * len(self.feeds)
        found = Found([[] for _ in self.feeds])
        start = HISTORY
        while start < HISTORY + MEASURED:
            end = min(start + STEERED_EVERY, HISTORY + MEASURED)
            theta = self.steered(start)
            for number in range(len(self.feeds)):
                self.go_on(number, end, theta, found)
            start = end
        return found

    def first(self, number: int) -> Rhythm:
        """What the first document teaches: two weeks of items, or what it still shows."""
        reach = HISTORY if self.kept == float("inf") else self.kept
        appeared = self.between(number, HISTORY - reach, HISTORY)
        shown = Shown(appeared_at=appeared, fresh_at=appeared)
        return learnt(None, shown, since_at=None, now=instant(HISTORY))

    def steered(self, at: float) -> float:
        """The theta at this hour."""
        feeds = [Steered(rhythm=each, weight=1.0, bounds=self.bounds) for each in self.rhythms]
        begun = time.process_time()
        theta = theta_for(feeds, self.mean, instant(at))
        self.theta_seconds.append(time.process_time() - begun)
        return theta

    def go_on(self, number: int, end: float, theta: float, found: Found) -> None:
        """Poll one feed until `end`."""
        items, at = self.feeds[number].items, self.due[number]
        while at < end:
            before = self.seen[number]
            self.seen[number] = bisect_right(items, at, before)
            found.note(number, at, items[before : self.seen[number]], self.kept)
            now = instant(at)
            shown = self.shown(number, at)
            if self.seen[number] > before or len(shown) != self.showed[number]:
                self.learn(number, before, shown, now)
            self.polled_at[number] = now
            wait = pace(
                self.rhythms[number],
                theta=theta,
                weight=1.0,
                mean=self.mean,
                bounds=self.bounds,
                now=now,
                jitter=self.chance.random() * 2 - 1,
            )
            at += wait.length / HOUR
        self.due[number] = at

    def learn(
        self, number: int, before: int, appeared: tuple[datetime, ...], now: datetime
    ) -> None:
        """From the document as it stands."""
        fresh = self.instants[number][before : self.seen[number]]
        shown = Shown(
            appeared_at=appeared, fresh_at=tuple(fresh[-len(appeared) :]) if appeared else ()
        )
        self.rhythms[number] = learnt(
            self.rhythms[number], shown, since_at=self.polled_at[number], now=now
        )
        self.showed[number] = len(appeared)

    def shown(self, number: int, at: float) -> tuple[datetime, ...]:
        """When the items appeared that the document shows."""
        if self.kept == float("inf"):
            seen = self.seen[number]
            return tuple(self.instants[number][max(0, seen - SHOWN) : seen])
        return self.between(number, at - self.kept, at)

    def between(self, number: int, start: float, end: float) -> tuple[datetime, ...]:
        """When its items of these hours appeared."""
        items = self.feeds[number].items
        return tuple(self.instants[number][bisect_right(items, start) : bisect_right(items, end)])


def instant(hour: float) -> datetime:
    """An hour of the simulation."""
    return MONDAY + hour * HOUR


# --- the figures -------------------------------------------------------------------------------


def figures(found: Found, feeds: list[Publisher]) -> list[float]:
    """The interval, then mean, p95 and p99 over items; means over all, low and rare feeds."""
    delays = sorted(each * 60 for one in found.delays for each in one)
    pairs = [
        (feed.kind, fmean(one) * 60) for feed, one in zip(feeds, found.delays, strict=True) if one
    ]

    def over(*kinds: str) -> float:
        return fmean([mean for kind, mean in pairs if kind in kinds] or [0.0])

    return [
        MEASURED * len(feeds) / found.requests * 60,
        fmean(delays),
        delays[int(len(delays) * 0.95)],
        delays[int(len(delays) * 0.99)],
        over("wire", "mid", "low", "rare", "batch"),
        over("low"),
        over("rare"),
    ]


def compared(count: int, minutes: int, seeds: Sequence[int]) -> list[list[str]]:
    """One row a policy: medians over the seeds."""
    rows: dict[str, list[list[float]]] = {}
    for seed in seeds:
        feeds = publishers(count, HISTORY + MEASURED, seed)
        ours = Ours(feeds, timedelta(minutes=minutes)).run()
        rows.setdefault("ours", []).append(figures(ours, feeds))
        for name, make in OTHERS.items():
            other = scaled(feeds, make, ours.requests, float("inf"))
            rows.setdefault(name, []).append(figures(other, feeds))
    return [
        [name, *(f"{median(column):.1f}" for column in zip(*found, strict=True))]
        for name, found in rows.items()
    ]


def lost(count: int, minutes: int) -> list[list[str]]:
    """What nobody sees where documents show six hours only and a day between polls is allowed."""
    feeds = publishers(count, HISTORY + MEASURED, 4)
    ours = Ours(feeds, timedelta(minutes=minutes), most=24.0, kept=KEPT).run()
    found = {"ours, to 24 h": ours} | {
        name: scaled(feeds, OTHERS[name], ours.requests, KEPT)
        for name in ("fixed", "by rate, to 24 h")
    }
    return [
        [
            name,
            f"{MEASURED * len(feeds) / each.requests * 60:.1f}",
            f"{each.lost:,}",
            f"{each.lost + sum(map(len, each.delays)):,}",
        ]
        for name, each in found.items()
    ]


def costs(feeds: list[Publisher]) -> list[list[str]]:
    """Processor time: a decision, reading a rhythm, learning from a document, steering."""
    ours = Ours(feeds, timedelta(minutes=30))
    ours.run()
    rhythms = [each for each in ours.rhythms if each is not None]
    texts = [encode(each) for each in rhythms]
    now = instant(HISTORY + MEASURED)

    def decide() -> None:
        for number, rhythm in enumerate(rhythms):
            pace(
                rhythm,
                theta=0.005,
                weight=1.0,
                mean=ours.mean,
                bounds=ours.bounds,
                now=now + number * timedelta(minutes=7),
                jitter=0.5,
            )

    def read() -> None:
        for text in texts:
            decode(text)

    def learn() -> None:
        for number, text in enumerate(texts):
            appeared = tuple(ours.instants[number][-SHOWN:])
            shown = Shown(appeared_at=appeared, fresh_at=appeared[-1:])
            encode(learnt(decode(text), shown, since_at=now - HOUR, now=now))

    rounds = 20
    return [
        ["a decision", f"{least(decide, rounds) / len(texts) * 1e6:.0f} us"],
        ["reading a rhythm from its text", f"{least(read, rounds) / len(texts) * 1e6:.0f} us"],
        ["learning from a document with news", f"{least(learn, rounds) / len(texts) * 1e6:.0f} us"],
        [
            "steering 400 feeds",
            f"{median(ours.theta_seconds) / len(feeds) * 400 * 1e3:.0f} ms",
        ],
        ["a rhythm, as text", f"{fmean(map(len, texts)):.0f} characters"],
    ]


def least(work: Callable[[], None], rounds: int) -> float:
    """The least processor time of several rounds: the rest is other people's."""
    found: list[float] = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return min(found)


def main() -> None:
    """Print the tables."""
    quick = asked_for_quick(__doc__ or "")
    print_machine()
    count = 40 if quick else 150
    head = ("", "interval", "mean", "p95", "p99", "per feed", "low", "rare")
    for minutes, seeds in ((30, (11,) if quick else (11, 12, 13)), (15, (1,)), (60, (1, 2))):
        print(f"budget: a poll every {minutes} min on average; {len(seeds)} x {count} feeds")
        print_table(head, compared(count, minutes, seeds))
    print("documents that show the last 6 hours only, polled once an hour on average")
    print_table(("", "interval", "lost", "of items"), lost(count, 60))
    print_table(("processor time", ""), costs(publishers(count, HISTORY + MEASURED, 1)))


if __name__ == "__main__":
    main()
