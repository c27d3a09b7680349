"""Some days of a newsroom in a few seconds: the real polling against a fake web and clock.

Everything happens in one thread's order, drawn from one seed: hosts are polled one at a time, a
pause moves the clock, and whatever could come in between (a push, another process, the end of
this one) is made to come at the very points where it could do harm.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from fake_web import DAY, HOUR, MINUTE, NOON, SECOND, draw_web
from house import watch

from monitor.config.settings import PollSettings
from monitor.desk import begin, sync
from monitor.model import Cause
from monitor.schedule.retrying import LONGEST_REQUESTED, LONGEST_SILENCE
from monitor.sources.addresses import host_of
from monitor.sources.understanding import understand
from monitor.store.engine import Store
from monitor.store.feeds import shift_due
from monitor.store.schema import digest_entries, feeds, hosts, items, matches, story_items
from monitor.store.subscriptions import Subscription, SubscriptionState, put_subscriptions
from monitor.work import digesting, polling, pushing, steering
from monitor.work.recording import PolledFeed, Recorder

SLACK = 15 * MINUTE
"""A claim of the dead is ours again after ten minutes; a round may take some more."""


class Killed(BaseException):
    """The process is gone: nothing of it is heard again."""


@dataclass(kw_only=True)
class Look:
    """One answer that was committed as good. `due` is when the next was to come."""

    at: datetime
    due: datetime
    gap: bool
    whole: bool
    names: frozenset[str]


@dataclass(kw_only=True)
class Seen:
    """What the oracle knows of one feed."""

    looks: list[Look] = field(default_factory=list)
    absent: list[tuple[datetime, datetime]] = field(default_factory=list)
    wording: dict[str, str] = field(default_factory=dict)
    hot: set[str] = field(default_factory=set)
    limited_until: datetime = NOON


class Mortal(Recorder):
    """The real recorder, whose process may end before a commit or right after it."""

    def __init__(self, newsroom):
        super().__init__(newsroom.store)
        self.newsroom = newsroom
        self.dead = False

    async def record(self, unit):
        self.newsroom.perhaps_die(self)
        recorded = await super().record(unit)
        if recorded is not None and isinstance(unit, PolledFeed):
            self.newsroom.committed(unit)
        self.newsroom.perhaps_die(self)
        return recorded


class Newsroom:
    """A state, a watch and a web. `run` lives through all days; `broken` says what went wrong."""

    def __init__(self, seed, *, feeds=40, days=4, mean=30 * MINUTE):
        self.seed = seed
        self.rng = random.Random(seed)
        self.web = draw_web(self.rng, feeds=feeds, days=days)
        self.by_url = {each.url: each for each in self.web}
        self.true, self.ends, self.drift = NOON, NOON + days * DAY, timedelta()
        self.mean = mean
        self.asleep: set[str] = set()
        self.store = Store.in_memory()
        self.watch = self._watch()
        self.seen = {each.url: Seen() for each in self.web}
        self.asked: list[tuple[datetime, str]] = []
        self.last_asked: dict[str, datetime] = {}
        self.rests: dict[str, datetime] = {}
        self.pending: dict[str, tuple[object, datetime]] = {}
        self.told: dict[tuple[str, int], str] = {}
        self.broken: list[str] = []
        self.counts: Counter[str] = Counter()
        self.chaos = 0.0
        self.names = 0
        self.recorder = Mortal(self)
        self.theta = None
        self.nested = False

    # --- the clock and the doors ------------------------------------------------------------

    def wall(self):
        return self.true + self.drift

    async def pause(self, seconds):
        self.true += timedelta(seconds=seconds)

    def token(self):
        self.names += 1
        return f"token{self.names}"

    def doors(self, recorder=None):
        return polling.Doors(
            store=self.store,
            recorder=recorder or self.recorder,
            fetch=self._fetch,
            read=self._read,
            now=self.wall,
            chance=self._chance,
            pause=self.pause,
            theta=self.theta,
        )

    async def _fetch(self, feed, state, *, now, unconditional=False):
        publisher = self.by_url[feed.url]
        address = state.address or feed.url
        self._mind_manners(host_of(address))
        answer = publisher.answer(
            address, state, self.true, self.wall(), unconditional=unconditional
        )
        self.pending[feed.url] = (answer, self.true)
        wait = getattr(answer.outcome, "retry_after", None)
        if wait and answer.outcome.status in (429, 503):
            host = answer.outcome.answered_by or publisher.host
            rest = self.true + min(wait, LONGEST_REQUESTED)
            if host == host_of(address):
                self.rests[host] = rest
            self.seen[feed.url].limited_until = rest
        fault = publisher.fault_at(self.true)
        slow = fault is not None and fault.kind == "timeout"
        self.true += 20 * SECOND if slow else timedelta(seconds=self.rng.uniform(0.1, 2))
        self.perhaps_die(self.recorder)
        if not self.nested and self.rng.random() < 0.002:
            await self._be_overtaken(feed)
        if publisher.pushes and self.rng.random() < 0.1:
            await self._push(publisher)
        return answer.outcome

    def _read(self, fetched, feed, *, key_flaws, now):
        self.perhaps_die(self.recorder)
        return understand(fetched, feed, key_flaws=key_flaws, now=now)

    def _chance(self):
        """Asked between the reading of a document and its commit: there, too, pushes come."""
        one = self.rng.choice(self.web)
        mine = self.by_url.get(next(reversed(self.pending), ""), one)
        if mine.pushes and self.rng.random() < 0.2:
            pushing_it = threading.Thread(target=lambda: asyncio.run(self._push(mine)))
            pushing_it.start()
            pushing_it.join()
        return self.rng.random()

    async def _be_overtaken(self, feed):
        """So slow an answer that the lease runs out, and another process polls the host."""
        self.counts["overtaken"] += 1
        self.nested, ours = True, self.recorder
        self.true += polling.LEASE + MINUTE
        pending = self.pending.pop(feed.url)
        try:
            await self._round()
        finally:
            self.nested, self.recorder = False, ours
        self.pending[feed.url] = pending

    def _mind_manners(self, host):
        """I5: nobody is asked too soon."""
        last, rest = self.last_asked.get(host), self.rests.get(host)
        spacing = self.watch.settings.poll.spacing
        if last is not None and self.true - last < spacing:
            self.breaks(f"I5: {host} was asked again after {self.true - last}")
        if rest is not None and self.true < rest - SECOND:
            self.breaks(f"I5: {host} was asked {rest - self.true} before it wanted to be")
        self.last_asked[host] = self.true
        self.asked.append((self.true, host))

    # --- what happens -----------------------------------------------------------------------

    def run(self):
        begin(self.store, self.watch, self.wall())
        self._subscribe()
        happenings = self._happenings()
        with asyncio.Runner() as runner:
            while self.true < self.ends:
                while happenings and happenings[0][0] <= self.true:
                    _, work = happenings.pop(0)
                    try:
                        runner.run(work())
                    except Killed:
                        self._rise()
                try:
                    runner.run(self._round())
                except Killed:
                    self._rise()
                self._check_due()
                upcoming = min(self._next_due(), *(at for at, _ in happenings[:1]), self.ends)
                self.true = max(upcoming, self.true + 15 * SECOND)
        self._check_all()
        self.store.close()
        return self.broken

    def _next_due(self):
        """When next anything may be asked, on the true clock."""
        with self.store.reading() as conn:
            rows = conn.execute(
                sa.select(feeds.c.next_due_at, hosts.c.next_slot_at, hosts.c.lease_until_at)
                .join(hosts, hosts.c.host == feeds.c.host)
                .where(feeds.c.listed, ~feeds.c.gone, feeds.c.next_due_at.is_not(None))
            ).all()
        return min(max(each for each in row if each) for row in rows) - self.drift

    async def _round(self):
        started = self.wall()
        await polling.poll_all_due(self.doors(), self.watch, token=self.token, hosts_at_once=1)
        self._check_none_left(started)

    def _happenings(self):
        """What will happen, and when: drawn beforehand, in order."""
        span, rng = self.ends - NOON, self.rng
        found = [(NOON + MINUTE + n * 6 * HOUR, self._steer) for n in range(span // (6 * HOUR))]
        found += [(NOON + (1 + n * 4) * HOUR, self._digest) for n in range(span // (4 * HOUR))]
        for _ in range(span // (8 * HOUR)):
            found.append((NOON + rng.random() * span, self._crash_soon))
            found.append((NOON + rng.random() * span, self._reload))
        for by in (-HOUR, 3 * HOUR, -90 * MINUTE, 10 * MINUTE):
            found.append((NOON + rng.random() * span, lambda by=by: self._set_clock(by)))
        for one in self.web:
            if one.pushes:
                found += [
                    (each.at + SECOND, lambda one=one: self._push(one))
                    for each in one.pieces
                    if each.at >= NOON and rng.random() < 0.8
                ]
        return sorted(found, key=lambda each: each[0])

    async def _steer(self):
        self.theta = steering.steer(self.store, self.watch, self.wall())
        steering.weigh_feeds(self.store, self.wall())

    async def _digest(self):
        digesting.digest_all(self.store, self.watch, self.wall)
        self._check_told_once()

    async def _crash_soon(self):
        self.chaos = 0.05

    def perhaps_die(self, recorder):
        if isinstance(recorder, Mortal) and recorder.dead:
            raise Killed
        if self.chaos and self.rng.random() < self.chaos:
            self.chaos = 0.0
            self.recorder.dead = recorder.dead = True
            self.counts["killed"] += 1
            raise Killed

    def _rise(self):
        """A new process, which may or may not be the only one: then claims are left to expire."""
        self.nested = False
        self.recorder, self.theta = Mortal(self), None
        self.pending.clear()
        self.rests.clear()  # what had been said and was not committed nobody knows any more
        self.true += 5 * SECOND
        if self.rng.random() < 0.5:
            begin(self.store, self.watch, self.wall())

    async def _reload(self):
        """A feed is taken out of the list, or all come back."""
        old = self.watch
        if self.asleep:
            self.asleep.clear()
        else:
            self.asleep = {self.rng.choice(self.web).url}
        for url in self.by_url:
            absent = self.seen[url].absent
            if url in self.asleep:
                absent.append((self.true, self.ends))
            elif absent and absent[-1][1] == self.ends:
                absent[-1] = (absent[-1][0], self.true)
        fresh = self._watch()
        sync(self.store, fresh, self.wall())
        if self.rng.random() < 0.5:  # claimed under the new list, polled under the old one
            self.watch = old
            await self._round()
        self.watch = fresh

    async def _set_clock(self, by):
        self.drift += by
        self.counts["clock set"] += 1
        if by < timedelta():
            self.store.write(lambda conn: shift_due(conn, by)).result()
        else:  # whoever believes the clock is early
            self.rests = {host: rest - by for host, rest in self.rests.items()}

    # --- pushes -----------------------------------------------------------------------------

    def _subscribe(self):
        with self.store.reading() as conn:
            ids = dict(conn.execute(sa.select(feeds.c.url, feeds.c.id)).all())
        agreed = [
            Subscription(
                token=one.url,
                callback="https://desk.example/hooks/x",
                feed_id=ids[one.url],
                hub="http://hub.example/",
                topic=one.url,
                secret="secret",
                due_at=self.ends + DAY,
                state=SubscriptionState.SUBSCRIBED,
                lease_until_at=self.ends + 30 * DAY,
            )
            for one in self.web
            if one.pushes
        ]
        self.store.write(lambda conn: put_subscriptions(conn, agreed)).result()

    async def _push(self, one):
        """The newest of its pieces, or now and then something that is none."""
        pieces = one.visible(self.true)[: self.rng.randrange(1, 3)]
        body = one.body(pieces, self.true) if self.rng.random() < 0.95 else b"<rss"
        if not pieces:
            return
        mac = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        doors = replace(self.doors(), read=understand)
        reply = await pushing.take(one.url, body, "text/xml", f"sha256={mac}", doors, self.watch)
        if reply.pushed is not None and reply.pushed.answer == "read":
            self.counts["pushed"] += 1
            self._promise(one, {each.name: each.title_at(self.true) for each in pieces})

    # --- the oracle -------------------------------------------------------------------------

    def breaks(self, what):
        if len(self.broken) < 50:
            self.broken.append(f"{(self.true - NOON)} {what}")

    def committed(self, unit):
        """A poll is on record: what its answer promised is owed from now on."""
        pending = self.pending.pop(unit.due.url, None)
        if pending is None or unit.state.failures or unit.state.last_ok_at != unit.now:
            return
        answer, at = pending
        one, seen = self.by_url[unit.due.url], self.seen[unit.due.url]
        self._promise(one, answer.promised)
        self.counts["looks"] += 1
        seen.looks.append(
            Look(
                at=at,
                due=unit.state.next_due_at - self.drift,
                gap=unit.state.gap_at == unit.now,
                whole=not getattr(answer.outcome, "partial", False),
                names=frozenset(answer.promised),
            )
        )

    def _promise(self, one, wordings):
        seen = self.seen[one.url]
        seen.wording |= wordings
        seen.hot |= {name for name, title in wordings.items() if "missile" in title}

    def _check_due(self):
        """I4: no feed is forgotten, nor put off for longer than anybody may ask for."""
        latest = self.watch.settings.poll.max
        with self.store.reading() as conn:
            rows = conn.execute(
                sa.select(
                    feeds.c.url, feeds.c.next_due_at, feeds.c.failures, feeds.c.gone, feeds.c.error
                ).where(feeds.c.listed, ~feeds.c.paused)
            ).all()
            slots = conn.execute(sa.select(hosts.c.host, hosts.c.next_slot_at)).all()
        for row in rows:
            if row.gone:
                if not any(each.kind == "gone" for each in self.by_url[row.url].faults):
                    self.breaks(f"I4: {row.url} is taken to be gone")
                continue
            asked = max(self.seen[row.url].limited_until - self.true, timedelta())
            most = max(LONGEST_SILENCE if row.failures else latest, asked) + SLACK
            if row.next_due_at is None or row.next_due_at - self.wall() > most:
                self.breaks(f"I4: {row.url} is due at {row.next_due_at}, now {self.wall()}")
        for host, slot in slots:
            if slot - self.wall() > LONGEST_REQUESTED + SLACK:
                self.breaks(f"I4: {host} rests until {slot}")

    def _check_none_left(self, started):
        """I4: a round leaves nothing that was due, but where a host is held or rests."""
        with self.store.reading() as conn:
            left = conn.execute(
                sa.select(feeds.c.url)
                .join(hosts, hosts.c.host == feeds.c.host)
                .where(
                    feeds.c.listed,
                    ~feeds.c.paused,
                    ~feeds.c.gone,
                    feeds.c.next_due_at <= started,
                    hosts.c.lease_until_at.is_(None),
                    hosts.c.waits_because == "",
                )
            ).all()
        for row in left:
            self.breaks(f"I4: {row.url} was due and is not polled")

    def _check_told_once(self):
        """I3: no line is told twice, and a story again only for what is new about it."""
        with self.store.reading() as conn:
            for row in conn.execute(
                sa.select(digest_entries).where(digest_entries.c.digest_id.is_not(None))
            ):
                line = (row.digest, row.story_id, row.item_id, row.update_id)
                before = self.told.setdefault(line, row.digest_id)
                if before != row.digest_id:
                    self.breaks(f"I3: {line} was told in {before} and in {row.digest_id}")
                if (row.item_id == 0) != (row.cause == Cause.STORY):
                    self.breaks(f"I3: {line} is told again as {row.cause}")

    def _check_all(self):
        self.true += DAY
        digesting.digest_all(self.store, self.watch, self.wall)
        self._check_told_once()
        with self.store.reading() as conn:
            rows = conn.execute(
                sa.select(items.c.id, items.c.title, feeds.c.url).join(
                    feeds, feeds.c.id == items.c.feed_id
                )
            ).all()
            stories = {}
            for item, story in conn.execute(
                sa.select(story_items.c.item_id, story_items.c.story_id)
            ):
                stories.setdefault(item, []).append(story)
            told = {
                story
                for (story,) in conn.execute(
                    sa.select(digest_entries.c.story_id).where(
                        digest_entries.c.digest_id.is_not(None)
                    )
                )
            }
            matched = {item for (item,) in conn.execute(sa.select(matches.c.item_id))}
        self.counts["items"] = len(rows)
        found = {}
        for row in rows:
            found.setdefault((row.url, (row.title.split() or [""])[0]), []).append(row)
        for one in self.web:
            seen = self.seen[one.url]
            latest = {each.name: each.title_at(self.ends) for each in one.pieces}
            for name in sorted(seen.wording):
                there = found.get((one.url, name), [])
                if len(there) != 1:
                    self.breaks(f"I1: {name} of {_habits(one)} is on record {len(there)} times")
                    continue
                (row,) = there
                if not one.stale and row.title not in (seen.wording[name], latest[name]):
                    self.breaks(f"I1: {name} of {_habits(one)} is not as it was last shown")
                mine = stories.get(row.id, [])
                if name in seen.hot and row.id not in matched:
                    self.breaks(f"I3: {name} of {_habits(one)} matched nothing")
                elif name in seen.hot and (len(mine) != 1 or mine[0] not in told):
                    self.breaks(f"I3: {name} of {_habits(one)} is untold, its stories are {mine}")
            self._check_missed(one, {name for url, name in found if url == one.url})
        self._check_budget()

    def _check_missed(self, one, recorded):
        """I2: what stood there long enough is on record; and where it did not, we know it."""
        seen = self.seen[one.url]
        if not seen.looks:
            return
        for index, piece in enumerate(one.pieces):
            starts, leaves = one.stands(index)
            if piece.name in recorded or leaves is None or leaves >= self.ends - SLACK:
                continue
            before = [each for each in seen.looks if each.at < starts]
            if not before or not self._is_calm(one, before[-1].at, leaves + 6 * HOUR):
                continue
            self.counts["missed"] += 1
            in_force = before[-1].due - before[-1].at
            if leaves - starts >= 2 * in_force + SLACK:
                self.breaks(
                    f"I2: {piece.name} of {_habits(one)} stood there for {leaves - starts} "
                    f"at an interval of {in_force}"
                )
            after = next((each for each in seen.looks if each.at >= leaves), None)
            if after and not isinstance(one.shows, timedelta) and not after.gap:
                self.breaks(f"I2: {piece.name} of {_habits(one)} was missed, and nobody knows")

    def _is_calm(self, one, start, end):
        """Whether nothing but honest answers came, and nobody kept us from asking."""
        troubled = [(each.starts, each.ends + DAY) for each in one.faults]
        troubled += self.seen[one.url].absent
        troubled += [(one.moves_at, self.ends)] if one.moves_at else []
        return one.is_honest and all(ends < start or begins > end for begins, ends in troubled)

    def _check_budget(self):
        days = (self.ends - NOON) / DAY
        budget = len(self.web) * days * (DAY / self.mean)
        self.counts["requests"], self.counts["budget"] = len(self.asked), round(budget)
        if len(self.asked) > 1.5 * budget:
            self.breaks(f"I5: {len(self.asked)} requests, where {budget:.0f} are the budget")

    def _watch(self):
        found = watch(feeds=[each.url for each in self.web if each.url not in self.asleep])
        settings = replace(
            found.settings,
            poll=PollSettings(mean=self.mean, backfill=100 * 365 * DAY),
            web=replace(found.settings.web, public_url="https://desk.example/"),
        )
        return replace(found, settings=settings)


def _habits(one):
    return (
        f"{one.url} ({one.pace}, shows {one.shows}, {one.validators}, guids {one.guids}, dates "
        f"{one.dates}{', stale' * one.stale}{', pushes' * one.pushes})"
    )
