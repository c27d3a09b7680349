"""The feeds: how each is doing and why, what it brings, and when it is polled next."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from monitor.model import Feed
from monitor.sources.addresses import without_login
from monitor.store.feeds import FeedRow, listed_feeds
from monitor.store.floods import floods
from monitor.web.feed_line import Diagnosis, FeedLine, Health, diagnosed, lines_of
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Limit, Line, Number
from monitor.work.ailments import FLOOD_LEAST, name_of


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
    limit: Limit = 50


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


_Row = tuple[FeedRow, Diagnosis]

_CHOICES: Mapping[Shown, tuple[str, Callable[[_Row], bool]]] = {
    Shown.ALL: ("All", lambda _: True),
    Shown.TROUBLE: ("In trouble", lambda each: each[1].in_trouble),
    Shown.SILENT: ("Silent", lambda each: each[1].health is Health.SILENT),
    Shown.PAUSED: ("Paused", lambda each: each[0].paused),
    Shown.UNREAD: ("Never read", lambda each: each[0].state.last_ok_at is None),
}


def load(service: Service, asked: Asked) -> Feeds:
    """Read how they are doing; of those that are not shown only what the tabs count."""
    watch, now = service.watch(), service.now()
    with service.store.reading() as conn:
        flooding = floods(conn, now, least=FLOOD_LEAST)
        rows = [
            (row, diagnosed(row, flooding.get(row.id), now))
            for row in listed_feeds(conn)
            if _is_meant(row, watch.feeds.get(row.url), asked.q.casefold().strip())
        ]
        _, wanted = _CHOICES[asked.state]
        found = sorted(filter(wanted, rows), key=lambda each: name_of(each[0]).casefold())
        first = (asked.page - 1) * asked.limit
        lines = lines_of(service, conn, found[first : first + asked.limit], now)
    return Feeds(
        tabs=tuple(
            Tab(state=state, label=label, feeds=sum(map(fits, rows)))
            for state, (label, fits) in _CHOICES.items()
        ),
        feeds=lines,
        found=len(found),
        first=first + 1,
        next=_page(asked, asked.page + 1) if first + asked.limit < len(found) else None,
        previous=_page(asked, asked.page - 1) if asked.page > 1 else None,
    )


def _is_meant(row: FeedRow, feed: Feed | None, wanted: str) -> bool:
    said = (name_of(row), without_login(row.url), *(feed.tags if feed else ()))
    return not wanted or any(wanted in each.casefold() for each in said)


def _page(asked: Asked, number: int) -> str:
    return urlencode(
        {"state": asked.state.value, "q": asked.q, "page": number, "limit": asked.limit}
    )


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
