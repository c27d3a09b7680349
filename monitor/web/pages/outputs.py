"""The addresses under which readers subscribe to what rules find and digests tell."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from monitor.web.access import Role
from monitor.web.bulletins import FeedAddress, feed_addresses
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Count, Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`skip` are those on the pages before."""

    limit: Limit = 100
    skip: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The feeds, those of digests first. `needs_key`: an address without its key opens nothing."""

    feeds: tuple[FeedAddress, ...]
    count: int
    needs_key: bool
    is_absolute: bool
    next: str | None


def load(service: Service, asked: Asked) -> Outputs:
    """Make the addresses."""
    web = service.watch().settings.web
    feeds = feed_addresses(service, service.keys())
    until = asked.skip + asked.limit
    return Outputs(
        feeds=tuple(islice(feeds, asked.skip, until)),
        count=len(feeds),
        needs_key=web.auth != "none",
        is_absolute=web.public_url is not None,
        next=f"limit={asked.limit}&skip={until}" if until < len(feeds) else None,
    )


PAGE = Page(
    name="outputs",
    path="/outputs",
    title="Feeds to subscribe to",
    help="The addresses of the Atom and JSON feeds of rules and digests, with their keys.",
    load=load,
    asks=Asked,
    shows=Outputs,
    needs=Role.FULL,
)
