"""Feeds and hosts: what is polled, what is due, and who has claimed it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Feed, FeedId, FeedState
from monitor.store.rows import change_rows
from monitor.store.schema import Instant, feeds, hosts, items, matches, shifted
from monitor.store.statements import chunks, insert_into

_AS_LISTED = sa.select(feeds.c.url, feeds.c.host, feeds.c.name, feeds.c.listed, feeds.c.address)
_STATE_NAMES = tuple(each.name for each in fields(FeedState))
# By place: pages look at thousands of feeds at a time, and names are looked up one by one.
_STATE_IN = itemgetter(*(list(feeds.c.keys()).index(name) for name in _STATE_NAMES))
_HELD = (
    sa.select(hosts.c.host, hosts.c.lease_token)
    .where(
        hosts.c.host.in_(sa.bindparam("hosts", expanding=True)),
        hosts.c.lease_until_at.is_not(None),
    )
    .order_by(hosts.c.host)
    .with_for_update()
)
_BY_NAME = (
    sa.select(feeds, hosts.c.next_slot_at, hosts.c.waits_because)
    .outerjoin(hosts, hosts.c.host == feeds.c.host)
    .order_by(feeds.c.name, feeds.c.url)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as it stands, for lists: `items` and `matches` count what is stored of it.

    `worth` is what its past hits make of its share of the request budget; until `rests_until_at`
    its whole host is left alone. `pushes` says in words what was agreed with a hub, `pushed`
    whether that can be relied on: see `store.subscriptions.with_pushes`.
    """

    id: FeedId
    url: str
    host: str
    name: str
    paused: bool
    listed: bool
    state: FeedState
    worth: float = 1.0
    rests_until_at: datetime | None = None
    rests_because: str = ""
    pushed: bool = False
    pushes: str = ""
    items: int = 0
    matches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """As much of a feed as lists of thousands need.

    `read`: it has been read well at least once. `doubtful`: something may be wrong with it, beside
    a silence since `last_new_at` that its `rhythm` does not explain; who wants to know looks at all
    of it. A feed that is paused is not doubtful, and its rhythm is left out.
    """

    id: FeedId
    url: str
    name: str
    paused: bool
    read: bool
    doubtful: bool
    last_new_at: datetime | None
    rhythm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed to poll now. `worth` is what its past hits make of its share of the budget."""

    id: FeedId
    url: str
    state: FeedState
    worth: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostClaim:
    """A host that is ours until the lease ends, with those of its feeds that are due."""

    host: str
    token: str
    feeds: tuple[DueFeed, ...]

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from any other claim of any host."""
        return self.host, self.token


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRelease:
    """A host to be given back, and from when on it may be asked again.

    `waits_because` is why it must be left alone until then, "" for no more than its turn.
    """

    claim: HostClaim
    next_slot_at: datetime
    waits_because: str = ""


def sync_feeds(conn: Connection, listed: Iterable[tuple[Feed, str]], now: datetime) -> None:
    """Make the table list exactly these feeds, given with their host.

    New ones are due now. Those no longer listed keep their row, so that what they brought
    stays attributed and a feed that comes back is not new again.
    """
    wanted = {feed.url: (feed, host) for feed, host in listed}
    present: set[str] = set()
    changed: list[tuple[Feed, str]] = []
    back: list[str] = []
    gone: list[str] = []
    # As they are read: all the rows of a hundred thousand feeds at once are a lot.
    for row in conn.execute(_AS_LISTED.execution_options(yield_per=1_000)):
        if row.url not in wanted:
            gone += [row.url] if row.listed else []
            continue
        feed, host = wanted[row.url]
        present.add(feed.url)
        host = row.host if row.address else host  # it has moved, and its host with it
        if (row.host, row.name, row.listed) != (host, feed.name, True):
            changed.append((feed, host))
            back += [] if row.listed else [feed.url]
    fresh = [each for url, each in wanted.items() if url not in present]
    if fresh:
        conn.execute(
            insert_into(conn, feeds).on_conflict_do_nothing(),
            [
                {
                    "url": feed.url,
                    "host": host,
                    "name": feed.name,
                    "listed": True,
                    "next_due_at": now,
                }
                for feed, host in fresh
            ],
        )
    if fresh or changed:
        named = sorted({host for _, host in (*fresh, *changed)})
        conn.execute(
            insert_into(conn, hosts).on_conflict_do_nothing(),
            [{"host": host, "next_slot_at": now} for host in named],
        )
    if changed:
        conn.execute(
            feeds.update().where(feeds.c.url == sa.bindparam("known_url")).values(listed=True),
            [{"known_url": feed.url, "host": host, "name": feed.name} for feed, host in changed],
        )
    if back:
        conn.execute(
            feeds.update()
            .where(feeds.c.url == sa.bindparam("known_url"), feeds.c.gone)
            .values(gone=False, next_due_at=now),
            [{"known_url": url} for url in back],
        )
    if gone:
        conn.execute(
            feeds.update().where(feeds.c.url == sa.bindparam("known_url")).values(listed=False),
            [{"known_url": url} for url in gone],
        )


def list_feeds(conn: Connection) -> tuple[FeedRow, ...]:
    """Every feed ever listed, in order of name and address, with its counts."""
    item_counts: dict[int, int] = dict(
        conn.execute(sa.select(items.c.feed_id, sa.func.count()).group_by(items.c.feed_id)).all()
    )
    match_counts: dict[int, int] = dict(
        conn.execute(
            sa.select(items.c.feed_id, sa.func.count())
            .join_from(matches, items, items.c.id == matches.c.item_id)
            .group_by(items.c.feed_id)
        ).all()
    )
    return tuple(
        _feed_row(row, items=item_counts.get(row.id, 0), matches=match_counts.get(row.id, 0))
        for row in conn.execute(_BY_NAME)
    )


def feeds_watched(conn: Connection) -> tuple[int, int, datetime | None]:
    """How many feeds are watched, how many of them fail, and when one was last read well."""
    row = conn.execute(
        sa.select(
            sa.func.count().label("feeds"),
            sa.func.coalesce(sa.func.sum(sa.case((feeds.c.failures > 0, 1), else_=0)), 0).label(
                "failing"
            ),
            sa.func.max(feeds.c.last_ok_at).label("read_at"),
        ).where(feeds.c.listed, ~feeds.c.paused)
    ).one()
    return row.feeds, row.failing, row.read_at


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTally:
    """How many feeds are paused, fail, and have never been polled; `others` are the rest of them.

    Each is counted once. `last_polled_at` is when one of them last was.
    """

    paused: int
    failing: int
    new: int
    others: int
    last_polled_at: datetime | None


def tally_feeds(conn: Connection) -> FeedTally:
    """How the feeds that are listed stand, counted where they lie."""
    c, count = feeds.c, sa.func.count
    failing = ~c.paused & (c.gone | (c.failures > 0))
    new = ~c.paused & ~failing & c.last_polled_at.is_(None)
    row = conn.execute(
        sa.select(
            count().label("listed"),
            count().filter(c.paused).label("paused"),
            count().filter(failing).label("failing"),
            count().filter(new).label("new"),
            sa.func.max(c.last_polled_at).label("polled_at"),
        ).where(c.listed)
    ).one()
    return FeedTally(
        paused=row.paused,
        failing=row.failing,
        new=row.new,
        others=row.listed - row.paused - row.failing - row.new,
        last_polled_at=row.polled_at,
    )


def feeds_polled(conn: Connection) -> tuple[int, datetime | None]:
    """How many feeds are polled, and when the last poll was, or else should have been."""
    row = conn.execute(
        sa.select(
            sa.func.count().label("feeds"),
            sa.func.max(feeds.c.last_polled_at).label("polled_at"),
            sa.func.min(feeds.c.next_due_at).label("due_at"),
        ).where(feeds.c.listed, ~feeds.c.paused, ~feeds.c.gone)
    ).one()
    return row.feeds, row.polled_at or row.due_at


def listed_feeds(conn: Connection) -> tuple[FeedRow, ...]:
    """The feeds that are polled, in order of name and address, without their counts."""
    return tuple(_feed_row(row) for row in conn.execute(_BY_NAME.where(feeds.c.listed)))


def feeds_called(conn: Connection, ids: Iterable[FeedId]) -> tuple[FeedRow, ...]:
    """These feeds, in order of name and address, without their counts."""
    return tuple(
        _feed_row(row)
        for part in chunks(ids)
        for row in conn.execute(_BY_NAME.where(feeds.c.id.in_(part)))
    )


def feed_heads(conn: Connection) -> tuple[FeedHead, ...]:
    """The feeds that are polled, in order of name and address."""
    marks = (feeds.c.address, feeds.c.problems, feeds.c.key_flaws)
    doubtful = sa.or_(
        feeds.c.failures > 0,
        feeds.c.gone,
        feeds.c.gap_at.is_not(None),
        *(mark != "" for mark in marks),
    )
    rows = conn.execute(
        sa.select(
            feeds.c.id,
            feeds.c.url,
            sa.case((feeds.c.name != "", feeds.c.name), else_=feeds.c.title),
            feeds.c.paused,
            feeds.c.last_ok_at.is_not(None),
            sa.and_(~feeds.c.paused, doubtful),
            sa.func.coalesce(feeds.c.last_new_at, feeds.c.first_polled_at),
            sa.case((feeds.c.paused, ""), else_=feeds.c.rhythm),
        )
        .where(feeds.c.listed)
        .order_by(feeds.c.name, feeds.c.url)
    )
    return tuple(
        FeedHead(
            id=FeedId(number),
            url=url,
            name=name,
            paused=paused,
            read=read,
            doubtful=doubtful,
            last_new_at=last_new_at,
            rhythm=rhythm,
        )
        for number, url, name, paused, read, doubtful, last_new_at, rhythm in rows
    )


def feed_names(conn: Connection) -> list[tuple[str, str]]:
    """The name and the address of every feed that is polled."""
    named = sa.select(feeds.c.name, feeds.c.title, feeds.c.url).where(feeds.c.listed)
    return [(name or title, url) for name, title, url in conn.execute(named)]


def make_due(conn: Connection, now: datetime) -> None:
    """Make every listed feed due, whatever its schedule says; pauses still hold.

    So does what a host has asked for itself: it is not ours to overrule.
    """
    conn.execute(
        feeds.update().where(feeds.c.listed, feeds.c.next_due_at > now).values(next_due_at=now)
    )
    conn.execute(
        hosts.update()
        .where(hosts.c.next_slot_at > now, hosts.c.waits_because == "")
        .values(next_slot_at=now)
    )


def make_feed_due(conn: Connection, feed: FeedRow, now: datetime) -> str:
    """Make one feed due now; why its host is left alone all the same, "" where it is not."""
    conn.execute(feeds.update().where(feeds.c.id == feed.id).values(next_due_at=now))
    conn.execute(
        hosts.update()
        .where(hosts.c.host == feed.host, hosts.c.next_slot_at > now, hosts.c.waits_because == "")
        .values(next_slot_at=now)
    )
    waits = sa.select(hosts.c.waits_because).where(
        hosts.c.host == feed.host, hosts.c.next_slot_at > now
    )
    return conn.execute(waits).scalar() or ""


def claim_feed(
    conn: Connection, feed: FeedRow, *, now: datetime, lease: timedelta, token: str
) -> HostClaim | None:
    """Claim the host of one feed for this feed alone; None where it is not free."""
    if not take_hosts(conn, [feed.host], now=now, lease=lease, token=token):
        return None
    due = DueFeed(id=feed.id, url=feed.url, state=feed.state, worth=feed.worth)
    return HostClaim(host=feed.host, token=token, feeds=(due,))


def claim_due(
    conn: Connection, *, now: datetime, limit: int, per_host: int, lease: timedelta, token: str
) -> tuple[HostClaim, ...]:
    """Claim up to `limit` hosts that have a due feed; the longest overdue come first.

    Of each host at most `per_host` due feeds are handed out. A claim whose lease has run out
    (its holder died) is anybody's again. `token` must be new on every call.
    """
    waiting = _waiting(now)
    free = sa.or_(hosts.c.lease_until_at.is_(None), hosts.c.lease_until_at <= now)
    overdue = sa.func.min(feeds.c.next_due_at)
    candidates = [
        row.host
        for row in conn.execute(
            sa.select(feeds.c.host)
            .join(hosts, hosts.c.host == feeds.c.host)
            .where(waiting, free, hosts.c.next_slot_at <= now)
            .group_by(feeds.c.host)
            .order_by(overdue)
            .limit(limit)
        )
    ]
    if not candidates:
        return ()
    ours = take_hosts(conn, candidates, now=now, lease=lease, token=token)
    rank = sa.func.row_number().over(partition_by=feeds.c.host, order_by=feeds.c.next_due_at)
    ranked = (
        sa.select(feeds.c.id.label("feed_id"), rank.label("rank"))
        .where(waiting, feeds.c.host.in_(ours))
        .subquery()
    )
    due: dict[str, list[DueFeed]] = {host: [] for host in candidates if host in ours}
    for row in conn.execute(
        sa.select(feeds)
        .join(ranked, ranked.c.feed_id == feeds.c.id)
        .where(ranked.c.rank <= per_host)
        .order_by(feeds.c.next_due_at)
    ):
        due[row.host].append(
            DueFeed(id=FeedId(row.id), url=row.url, state=state_of(row), worth=row.worth)
        )
    return tuple(
        HostClaim(host=host, token=token, feeds=tuple(found)) for host, found in due.items()
    )


def take_hosts(
    conn: Connection, candidates: Collection[str], *, now: datetime, lease: timedelta, token: str
) -> frozenset[str]:
    """Claim those of these hosts that are free; `token` must be new on every call."""
    free = sa.or_(hosts.c.lease_until_at.is_(None), hosts.c.lease_until_at <= now)
    # Passing over what another process is claiming right now: waiting for it gains nothing,
    # and two processes that lock the same hosts in a different order would stop each other.
    untouched = (
        sa.select(hosts.c.host)
        .where(hosts.c.host.in_(candidates), free, hosts.c.next_slot_at <= now)
        .order_by(hosts.c.host)
        .with_for_update(skip_locked=True)
    )
    claimed = conn.execute(
        hosts.update()
        .where(hosts.c.host.in_(untouched))
        .values(lease_token=token, lease_until_at=now + lease)
        .returning(hosts.c.host)
    )
    return frozenset(row.host for row in claimed)


def has_due_feed(host: sa.Column[str], now: datetime) -> sa.ColumnElement[bool]:
    """Whether a feed of this host waits to be polled."""
    return sa.exists().where(feeds.c.host == host, _waiting(now))


def held(conn: Connection, claims: Iterable[HostClaim]) -> frozenset[tuple[str, str]]:
    """Which claims are still ours, as host and token; they stay so until this transaction ends.

    Asked in the transaction that records polls: when a lease ran out and another process polled
    in our place, what we decided is out of date.
    """
    return frozenset(
        (row.host, row.lease_token)
        for part in chunks({each.host for each in claims})
        for row in conn.execute(_HELD, {"hosts": part})
    )


def release_hosts(conn: Connection, released: Iterable[HostRelease]) -> None:
    """Give hosts back; a claim lost to another holder changes nothing."""
    change_rows(
        conn,
        hosts,
        [
            {
                "host": each.claim.host,
                "lease_token": each.claim.token,
                "next_slot_at": each.next_slot_at,
                "lease_until_at": None,
                "waits_because": each.waits_because,
            }
            for each in released
        ],
        keys=("host", "lease_token"),
    )


def move_to_host(conn: Connection, feed_id: FeedId, host: str, now: datetime) -> None:
    """Reckon politeness towards a feed by another host, since its address has changed."""
    conn.execute(
        insert_into(conn, hosts).on_conflict_do_nothing(), [{"host": host, "next_slot_at": now}]
    )
    conn.execute(feeds.update().where(feeds.c.id == feed_id).values(host=host))


def reopen_hosts(conn: Connection) -> int:
    """At the start of the only process: whoever held a host is dead; how many were held."""
    return conn.execute(
        hosts.update()
        .where(hosts.c.lease_until_at.is_not(None))
        .values(lease_until_at=None, lease_token="")
    ).rowcount


def next_due_at(conn: Connection) -> datetime | None:
    """When the next feed is due; None when none is being polled."""
    return conn.execute(
        sa.select(sa.func.min(feeds.c.next_due_at)).where(
            feeds.c.listed, ~feeds.c.paused, ~feeds.c.gone
        )
    ).scalar()


def next_slot_at(conn: Connection, now: datetime) -> datetime | None:
    """When the next host may be asked for what is due by `now`; None when nothing is.

    Hosts that somebody holds are left out: what is due there is being polled. So are those
    that have asked to be left alone: that may take a day.
    """
    free = sa.or_(hosts.c.lease_until_at.is_(None), hosts.c.lease_until_at <= now)
    return conn.execute(
        sa.select(sa.func.min(hosts.c.next_slot_at))
        .join_from(feeds, hosts, hosts.c.host == feeds.c.host)
        .where(
            _waiting(now),
            free,
            sa.or_(hosts.c.waits_because == "", hosts.c.next_slot_at <= now),
        )
    ).scalar()


def resting(conn: Connection, now: datetime) -> tuple[tuple[str, str, int], ...]:
    """The hosts that have asked to be left alone: name, why, and how many due feeds wait for it."""
    count = sa.func.count()
    return tuple(
        (row.host, row.waits_because, row.waiting)
        for row in conn.execute(
            sa.select(hosts.c.host, hosts.c.waits_because, count.label("waiting"))
            .join(feeds, feeds.c.host == hosts.c.host)
            .where(_waiting(now), hosts.c.waits_because != "", hosts.c.next_slot_at > now)
            .group_by(hosts.c.host, hosts.c.waits_because)
            .order_by(hosts.c.host)
        )
    )


def set_paused(conn: Connection, url: str, *, paused: bool, now: datetime) -> bool:
    """Pause or resume polling of a feed; False when no such feed is listed.

    A feed that is resumed is due, and asked again even where it was said to be gone.
    """
    values = {"paused": True} if paused else {"paused": False, "gone": False, "next_due_at": now}
    done = conn.execute(feeds.update().where(feeds.c.url == url, feeds.c.listed).values(values))
    return done.rowcount == 1


def bring_forward(conn: Connection, latest: Sequence[tuple[str, datetime]]) -> None:
    """Let no feed (by URL) that is well be due later than its configuration now says."""
    if latest:
        conn.execute(
            feeds.update()
            .where(
                feeds.c.url == sa.bindparam("known_url"),
                feeds.c.next_due_at > sa.bindparam("latest", type_=Instant),
                feeds.c.failures == 0,
            )
            .values(next_due_at=sa.bindparam("latest", type_=Instant)),
            [{"known_url": url, "latest": at} for url, at in latest],
        )


def shift_due(conn: Connection, by: timedelta) -> int:
    """Move every due time by as much as somebody has set the clock; how many."""
    return (
        conn.execute(
            feeds.update()
            .where(feeds.c.next_due_at.is_not(None))
            .values(next_due_at=shifted(feeds.c.next_due_at, by))
        ).rowcount
        + conn.execute(
            hosts.update().values(next_slot_at=shifted(hosts.c.next_slot_at, by))
        ).rowcount
    )


def pull_forward(conn: Connection, latest: datetime) -> int:
    """Clamp due times that lie beyond `latest`, as after a clock that was wrong; how many."""
    return (
        conn.execute(
            feeds.update().where(feeds.c.next_due_at > latest).values(next_due_at=latest)
        ).rowcount
        + conn.execute(
            hosts.update().where(hosts.c.next_slot_at > latest).values(next_slot_at=latest)
        ).rowcount
    )


def write_states(conn: Connection, changed: Iterable[tuple[FeedId, FeedState, FeedState]]) -> None:
    """Replace what is remembered of feeds, each given as it was and as it is.

    Only what has changed is written: most polls change three instants and nothing else.
    """
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for feed_id, before, after in changed:
        row = {
            name: value
            for name in _STATE_NAMES
            if (value := getattr(after, name)) != getattr(before, name)
        }
        if row:
            alike.setdefault(tuple(row), []).append({"id": feed_id, **row})
    for rows in alike.values():
        change_rows(conn, feeds, rows, keys=("id",))


def state_of(row: Any) -> FeedState:  # noqa: ANN401 - a row of `feeds`
    """The FeedState in a row that begins with all columns of `feeds`."""
    return FeedState(**dict(zip(_STATE_NAMES, _STATE_IN(row), strict=True)))


def _feed_row(row: Any, *, items: int = 0, matches: int = 0) -> FeedRow:  # noqa: ANN401 - a row
    return FeedRow(
        id=FeedId(row.id),
        url=row.url,
        host=row.host,
        name=row.name or row.title,
        paused=row.paused,
        listed=row.listed,
        state=state_of(row),
        worth=row.worth,
        rests_until_at=row.next_slot_at if row.waits_because else None,
        rests_because=row.waits_because or "",
        items=items,
        matches=matches,
    )


def _waiting(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(feeds.c.listed, ~feeds.c.paused, ~feeds.c.gone, feeds.c.next_due_at <= now)
