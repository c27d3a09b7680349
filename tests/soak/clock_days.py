"""Days on which the clock is changed, and a clock that somebody sets: every digest once, in time.

The real rooms with a clock of our own, on which days take seconds.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import house as small
from receivers import HEADLINE

from monitor.model import DigestName, DigestSpec, NotSent, Sent, Trouble
from monitor.store.breakers import shift_probes
from monitor.store.engine import Store
from monitor.store.feeds import shift_due
from monitor.store.outbox import shift_retries
from monitor.work.delivering import due_channels

ZONE = "Europe/Vienna"
NIGHT = DigestSpec(name=DigestName("night"), cadence="daily 02:30", timezone=ZONE, to=("box",))
AWAKE = DigestSpec(
    name=DigestName("awake"), cadence="now", quiet="22:00-06:30", timezone=ZONE, to=("box",)
)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
STEPS = (1, 3, 5)
"""Minutes between two beats."""

SEASONS = {
    "spring": (date(2026, 3, 28), date(2026, 3, 31)),
    "autumn": (date(2026, 10, 24), date(2026, 10, 27)),
}
"""The first and the last whole day; the clock is changed on the one after the first."""


@dataclass
class Told:
    """What was planned and what was heard."""

    planned: dict[str, list[datetime]] = field(default_factory=dict)
    heard: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    copies: Counter[str] = field(default_factory=Counter)
    published: list[datetime] = field(default_factory=list)
    jumps: int = 0


class Newsroom(small.House):
    """A house whose receiver fails now and then, and remembers what it took."""

    def __init__(self, store, chance, told):
        super().__init__(store, small.watch(digests=(NIGHT, AWAKE)))
        self.chance = chance
        self.told = told
        self.names = {}
        self.shown = []

    def publish(self, headline):
        self.told.published.append(self.now)
        number = len(self.told.published)
        self.shown = [*self.shown[-40:], (f"{number}", headline(number))]
        self.serve(*self.shown)
        self.poll()

    def plan(self):
        for each in self.digest():
            name = str(each.digest.name)
            self.told.planned.setdefault(name, []).append(self.now)
            self.names |= {part.key: name for part in each.parts}

    def send(self, delivery):
        drawn = self.chance.random()
        if drawn < 0.1:
            return NotSent(trouble=Trouble.TEMPORARY, reason="451 later")
        if drawn < 0.15:
            return NotSent(trouble=Trouble.AMBIGUOUS, reason="dropped")
        self.told.copies[delivery.key] += 1
        # Merged ones, planned while the channel was away, tell of one digest as well.
        name = self.names.get(delivery.key, "")
        heard = self.told.heard.setdefault(name, {})
        for hit in HEADLINE.findall(delivery.payload.decode()):
            heard.setdefault(int(hit), set()).add(delivery.key)
        if drawn < 0.2:
            return NotSent(trouble=Trouble.AMBIGUOUS, reason="the answer was lost")
        return Sent(answer="fine")

    def set_clock(self, by):
        """As the daemon does when it notices that somebody has set the clock."""
        self.now += by
        self.told.jumps += 1
        if by < timedelta():
            for shift in (shift_due, shift_retries, shift_probes):
                self.store.write(lambda conn, shift=shift: shift(conn, by)).result()


def soak_clock(chance: random.Random) -> list[str]:
    """Both changes of the clock, each without and with jumps; rows and findings."""
    rows = [f"{'days':24}{'hits':>6}{'jumps':>6}{'night':>7}{'awake':>7}{'repeated':>9}"]
    for season, (first, last) in SEASONS.items():
        for jumping in (False, True):
            told = _live(first, last, chance, jumping=jumping)
            name = f"{season}{', clock set at times' if jumping else ''}"
            counts = (len(told.planned.get(each, ())) for each in ("night", "awake"))
            repeated = sum(told.copies.values()) - len(told.copies)
            rows.append(
                f"{name:24}{len(told.published):>6}{told.jumps:>6}"
                + "".join(f"{count:>7}" for count in counts)
                + f"{repeated:>9}"
            )
            rows += [f"! {name}: {each}" for each in _findings(told, first, last, jumping)]
    return rows


def _live(first: date, last: date, chance: random.Random, *, jumping: bool) -> Told:
    from soak import headline

    told = Told()
    begin = datetime.combine(first, time(0), ZoneInfo(ZONE)).astimezone(UTC)
    end = datetime.combine(last, time(23, 59), ZoneInfo(ZONE)).astimezone(UTC)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{Path(folder) / 'state.db'}") as store,
    ):
        room = Newsroom(store, chance, told)
        room.now = begin - 60 * MINUTE
        room.serve()
        lately = room.now
        while room.now < end:
            if room.now - lately > 45 * MINUTE or room.now < lately:
                lately = room.now
                room.publish(headline)
            room.plan()
            if due_channels(store, room.now):
                room.deliver()
            room.now += chance.choice(STEPS) * MINUTE
            if jumping and chance.random() < 0.01:
                room.set_clock(chance.choice((-1, 1)) * chance.randint(5, 50) * MINUTE)
        while room.now < end + HOUR:
            room.now += MINUTE
            if due_channels(store, room.now):
                room.deliver()
    return told


def _findings(told: Told, first: date, last: date, jumping: bool):
    local = {
        name: [at.astimezone(ZoneInfo(ZONE)) for at in planned]
        for name, planned in told.planned.items()
    }
    runs = Counter(at.date() for at in local.get("night", ()))
    for day in range((last - first).days + 1):
        on = first + timedelta(days=day)
        if runs[on] != 1:
            yield f"the digest of 02:30 went out {runs[on]} times on {on}"
    slack = HOUR if jumping else 5 * MINUTE
    for at in local.get("night", ()):
        due = _instant_of_half_past_two(at.date())
        if not due <= at <= due + slack:
            yield f"the digest of 02:30 went out at {at:%H:%M %Z on %Y-%m-%d}"
    for at in local.get("awake", ()):
        if at.time() >= time(22) or at.time() < time(6, 30):
            yield f"quiet hours were broken at {at:%H:%M %Z on %Y-%m-%d}"
    for name, heard in told.heard.items():
        if twice := [hit for hit, keys in heard.items() if len(keys) > 1]:
            yield f"{name or 'merged'}: told under several keys {twice[:9]}"
    everything = {hit for heard in told.heard.values() for hit in heard}
    evening = datetime.combine(last, time(21), ZoneInfo(ZONE))
    due = {number for number, at in enumerate(told.published, 1) if at < evening}
    if lost := due - everything:
        yield f"lost {sorted(lost)[:9]}"


def _instant_of_half_past_two(day: date) -> datetime:
    """The first time that it is 02:30; 03:00 on the day that has no such time."""
    if day == SEASONS["spring"][0] + timedelta(days=1):
        return datetime.combine(day, time(3), ZoneInfo(ZONE))
    return datetime.combine(day, time(2, 30), ZoneInfo(ZONE)).astimezone(UTC)
