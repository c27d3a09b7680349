"""The outputs: at which addresses feed readers find what rules and digests have."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.web.page import Page
from monitor.web.queries import query_of
from monitor.web.service import Service
from monitor.web.subscribing import Subscription, feed_addresses
from monitor.web.wire import Limit, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`find` is part of a name or title; `after` is the place in the list where to go on."""

    find: Line = ""
    after: Line = ""
    limit: Limit = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Feeds with their addresses. `next` is the query of the next page.

    `whole`: the addresses are whole, and otherwise lack the name under which this is reached.
    `keyed`: whoever has an address can read the feed, without a login.
    """

    subscriptions: tuple[Subscription, ...]
    feeds: int
    whole: bool
    keyed: bool
    next: str | None


def _load(service: Service, asked: Asked) -> Outputs:
    watch = service.watch()
    keyed = watch.settings.web.auth != "none"
    found = sorted(
        (
            each
            for each in feed_addresses(watch, service.feed_key if keyed else lambda _: "")
            if asked.find.casefold() in f"{each.name}\n{each.title}".casefold()
        ),
        key=_place,
    )
    rest = [each for each in found if _place(each) > asked.after]
    shown = rest[: asked.limit]
    more = len(rest) > len(shown)
    return Outputs(
        subscriptions=tuple(shown),
        feeds=len(found),
        whole=bool(watch.settings.web.public_url),
        keyed=keyed and bool(service.feed_key("")),
        next=query_of(asked, after=_place(shown[-1])) if more else None,
    )


def _place(subscription: Subscription) -> str:
    return f"{subscription.kind}/{subscription.name}"


PAGE = Page(
    name="outputs",
    path="/outputs",
    title="Outputs",
    help="The addresses of feeds for readers. Each opens its feed to whoever has it, so that "
    "only those who may change things are told.",
    load=_load,
    asks=Asked,
    shows=Outputs,
    secret=True,
)
