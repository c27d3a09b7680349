"""The feeds: how each is doing and why, what it brings, and when it is polled next."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from monitor.model import Feed, FeedId
from monitor.sources.addresses import without_login
from monitor.store.feeds import FeedHead, FeedRow, feed_heads, feeds_called
from monitor.store.floods import floods
from monitor.web.feed_line import Diagnosis, FeedLine, Health, diagnosed, lines_of
from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.wire import Limit, Line, Number
from monitor.work.ailments import FLOOD_LEAST, is_silence


class Shown(enum.StrEnum):
    """Which feeds are shown."""

    ALL = "all"
    TROUBLE = "trouble"
    SILENT = "silent"
    PAUSED = "paused"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which feeds: those in a state whose name, address or tags say `q`; `page` by `page`."""

    state: Shown = Shown.ALL
    q: Line = ""
    page: Number = 1
    limit: Limit = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A choice of feeds, and how many it would show."""

    state: Shown
    label: str
    feeds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Everything on the page. `found` is how many there are beyond those that are shown."""

    tabs: tuple[Tab, ...]
    feeds: tuple[FeedLine, ...]
    found: int
    first: int
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A feed, and what is wrong with it where anything may be."""

    head: FeedHead
    diagnosis: Diagnosis | None

    @property
    def name(self) -> str:
        return self.head.name or without_login(self.head.url)


_CHOICES: Mapping[Shown, tuple[str, Callable[[_Known], bool]]] = {
    Shown.ALL: ("All", lambda _: True),
    Shown.TROUBLE: ("In trouble", lambda each: bool(each.diagnosis and each.diagnosis.notes)),
    Shown.SILENT: (
        "Silent",
        lambda each: bool(each.diagnosis and each.diagnosis.health is Health.SILENT),
    ),
    Shown.PAUSED: ("Paused", lambda each: each.head.paused),
    Shown.UNREAD: ("Never read", lambda each: not each.head.read),
}


def load(service: Service, asked: Asked) -> Feeds:
    """Read how they are doing; those that are not shown are only counted."""
    watch, now = service.watch(), service.now()
    said = asked.q.casefold().strip()
    first = (asked.page - 1) * asked.limit
    with service.store.reading() as conn:
        flooding = floods(conn, now, least=FLOOD_LEAST)

        def diagnoses(ids: Iterable[FeedId]) -> dict[FeedId, tuple[FeedRow, Diagnosis]]:
            rows = feeds_called(conn, ids)
            return {row.id: (row, diagnosed(row, flooding.get(row.id), now)) for row in rows}

        heads = [
            head
            for head in feed_heads(conn)
            if not said or _says(head, watch.feeds.get(head.url), said)
        ]
        doubtful = diagnoses(
            head.id
            for head in heads
            if head.doubtful
            or head.id in flooding
            or (not head.paused and is_silence(head.last_new_at, head.rhythm, now))
        )
        known = [
            _Known(head=head, diagnosis=doubtful[head.id][1] if head.id in doubtful else None)
            for head in heads
        ]
        _, wanted = _CHOICES[asked.state]
        found = sorted(filter(wanted, known), key=lambda each: each.name.casefold())
        shown = [each.head.id for each in found[first : first + asked.limit]]
        rows = doubtful | diagnoses(each for each in shown if each not in doubtful)
        lines = lines_of(service, conn, [rows[each] for each in shown], now)
    return Feeds(
        tabs=tuple(
            Tab(state=state, label=label, feeds=sum(map(fits, known)))
            for state, (label, fits) in _CHOICES.items()
        ),
        feeds=lines,
        found=len(found),
        first=first + 1,
        next=query_of(asked, page=asked.page + 1) if first + asked.limit < len(found) else None,
        previous=query_of(asked, page=asked.page - 1) if asked.page > 1 else None,
    )


def _says(head: FeedHead, feed: Feed | None, wanted: str) -> bool:
    said = (head.name, without_login(head.url), *(feed.tags if feed else ()))
    return any(wanted in each.casefold() for each in said)


PAGE = Page(
    name="feeds",
    path="/feeds",
    title="Feeds",
    help="Every feed: how it is doing and why, what it brings, when it is polled next.",
    load=load,
    asks=Asked,
    shows=Feeds,
    label="Feeds",
    order=4,
    live=("feeds",),
)
