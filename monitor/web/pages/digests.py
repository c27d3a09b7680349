"""Digests: what goes out next, what went out and how it fared, channels and dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.digests.planning import GoesOut, next_runs
from monitor.model import DeliveryState, DigestSpec
from monitor.store.deliveries import DeliveryRow, list_deliveries, summarise
from monitor.store.digests import DigestRow, list_digests
from monitor.store.stories import count_untold
from monitor.watch import Watch
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.wire import Limit, Line
from monitor.work.digesting import next_run_of

MOST_DEAD = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`before` is the digest after which the list goes on."""

    before: Line = ""
    limit: Limit = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A digest of the configuration. `next_at` is None where it waits for news.

    `runs` are the next times of its calendar.
    """

    name: str
    cadence: str
    timezone: str
    quiet: str
    to: tuple[str, ...]
    next_at: datetime | None
    why: str
    runs: tuple[datetime, ...]
    stories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A digest that went out: of `messages` deliveries, so many were `sent`."""

    id: str
    name: str
    planned_at: datetime
    stories: int
    messages: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel fares. `away_since` is set while it is taken to be away, `trouble` says why."""

    name: str
    pending: int
    sent: int
    dead: int
    oldest_pending_at: datetime | None
    away_since: datetime | None
    probe_at: datetime | None
    trouble: str
    last_answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that was given up, and why."""

    id: int
    digest: str
    channel: str
    target: str
    queued_at: datetime
    attempts: int
    trouble: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """Everything on the page. `next` is what to ask for older ones."""

    planned: tuple[Planned, ...]
    channels: tuple[ChannelState, ...]
    dead: tuple[Letter, ...]
    more_dead: int
    past: tuple[Past, ...]
    next: str | None


def load(service: Service, asked: Asked) -> Digests:
    """Read what is planned, what waits, and what went out."""
    watch = service.watch()
    with service.store.reading() as conn:
        planned = tuple(_planned(service, conn, spec) for spec in watch.settings.digests)
        channels = tuple(_channels(conn, watch))
        dead = list_deliveries(conn, state=DeliveryState.DEAD, limit=MOST_DEAD)
        past = list_digests(conn, asked.limit + 1, before=asked.before)
    more = len(past) > asked.limit
    shown = past[: asked.limit]
    return Digests(
        planned=planned,
        channels=channels,
        dead=tuple(map(letter, dead)),
        more_dead=max(0, sum(each.dead for each in channels) - len(dead)),
        past=tuple(map(_past, shown)),
        next=query_of(asked, before=shown[-1].id) if more else None,
    )


def _planned(service: Service, conn: Connection, spec: DigestSpec) -> Planned:
    now = service.now()
    timing = next_run_of(service.store, spec, now)
    return Planned(
        name=spec.name,
        cadence=spec.cadence,
        timezone=spec.timezone,
        quiet=spec.quiet,
        to=spec.to,
        next_at=now if isinstance(timing, GoesOut) else timing.until_at,
        why=timing.why,
        runs=next_runs(spec, now),
        stories=count_untold(conn, spec.name),
    )


def _channels(conn: Connection, watch: Watch) -> Iterator[ChannelState]:
    """Those that have been sent anything, and those that have not yet."""
    found = {each.channel: each for each in summarise(conn)}
    for name in dict.fromkeys((*watch.channels, *found)):
        each = found.get(name)
        breaker = each.breaker if each else None
        yield ChannelState(
            name=name,
            pending=each.pending if each else 0,
            sent=each.sent if each else 0,
            dead=each.dead if each else 0,
            oldest_pending_at=each.oldest_pending_at if each else None,
            away_since=breaker.opened_at if breaker else None,
            probe_at=breaker.probe_at if breaker else None,
            trouble=breaker.reason if breaker else "",
            last_answer=each.last_answer if each else "",
        )


def letter(row: DeliveryRow) -> Letter:
    """A dead letter as it is shown."""
    return Letter(
        id=int(row.id),
        digest=row.digest_id,
        channel=row.channel,
        target=row.target,
        queued_at=row.queued_at,
        attempts=row.attempts,
        trouble=row.trouble,
        answer=row.answer,
    )


def _past(row: DigestRow) -> Past:
    return Past(
        id=row.id,
        name=row.name,
        planned_at=row.planned_at,
        stories=row.stories,
        messages=row.deliveries,
        sent=row.sent,
    )


PAGE = Page(
    name="digests",
    path="/digests",
    title="Digests",
    help="What goes out next and what went out, channels, dead letters.",
    load=load,
    asks=Asked,
    shows=Digests,
    label="Digests",
    order=5,
    live=("digests",),
)
