"""Adding feeds: what a site has to offer, or a list of feeds from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.config.editing import as_toml
from monitor.errors import Temporary, UsageError
from monitor.model import Feed, ParsedFeed
from monitor.sources.addresses import without_login
from monitor.web.config_editing import known_addresses, why_not_writable
from monitor.web.page import Page
from monitor.web.service import Service
from monitor.web.wire import Line
from monitor.work.probing import Discovery, Probe, same_address

MOST_OFFERS = 30
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The address of a site or of a feed."""

    url: Line = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A feed that was read: `watched_as` is its name if it is watched already.

    `lines` are those that add it to config.toml.
    """

    url: str
    kind: str
    title: str
    items: int
    newest_at: datetime | None
    examples: tuple[str, ...]
    remarks: tuple[str, ...]
    watched_as: str | None
    lines: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """What was looked at and is no feed, and why."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything on the page. `fixed` says why config.toml cannot be changed, "" where it can."""

    url: str
    reason: str = ""
    offers: tuple[Offer, ...] = ()
    others: tuple[NotOffered, ...] = ()
    lines: str = ""
    fixed: str = ""


def load(service: Service, asked: Asked) -> Found:
    """Look there; nothing is looked for where no address is given."""
    fixed = why_not_writable(service.watch().settings.path)
    url = address_of(asked.url)
    if not url:
        return Found(url="", fixed=fixed)
    if has_login(url):
        return Found(url=without_login(url), reason=_LOGIN, fixed=fixed)
    try:
        site = service.discover(url)
    except (Temporary, UsageError) as error:
        site = Discovery(reason=str(error))
    known = known_addresses(service)
    return Found(
        url=without_login(url),
        reason=site.reason,
        offers=tuple(_offers(site.feeds[:MOST_OFFERS], known)),
        others=tuple(
            NotOffered(
                url=without_login(each.asked),
                reason=each.found if isinstance(each.found, str) else "it is no feed",
            )
            for each in site.others[:MOST_OFFERS]
        ),
        lines=as_toml([Feed(url=url)]).strip(),
        fixed=fixed,
    )


# It would stay in the history of the browser, and in the address of this very page.
_LOGIN = (
    "a name and a password do not belong into an address here: write the feed into config.toml, "
    "with `auth_env` or `auth_file`"
)


def has_login(url: str) -> bool:
    """Whether an address has a name or a password in it, even one that cannot be asked."""
    return "@" in url.partition("://")[2].partition("/")[0]


def address_of(typed: str) -> str:
    """An address as somebody has typed it, who may have left out the beginning."""
    typed = typed.strip()
    return typed if not typed or "://" in typed else f"https://{typed}"


def _offers(probes: Iterable[Probe], known: Mapping[str, Feed]) -> Iterable[Offer]:
    for each in probes:
        if not isinstance(each.found, ParsedFeed):
            continue
        feed, shown = each.found, without_login(each.asked)
        watched = known.get(same_address(each.asked))
        dates = (entry.published_at or entry.updated_at for entry in feed.entries)
        yield Offer(
            url=shown,
            kind=feed.kind,
            title=feed.title,
            items=len(feed.entries),
            newest_at=max((at for at in dates if at), default=None),
            examples=tuple(entry.title for entry in feed.entries[:_EXAMPLES] if entry.title),
            remarks=tuple(problem.message for problem in feed.problems),
            watched_as=_name_of(watched) if watched else None,
            lines=as_toml([Feed(url=shown, name=feed.title)]).strip(),
        )


def _name_of(feed: Feed) -> str:
    return feed.name or without_login(feed.url)


PAGE = Page(
    name="discover",
    path="/feeds/discover",
    title="Add feeds",
    help="The feeds of a site, each read once, so that one can choose. The web is asked for them.",
    load=load,
    asks=Asked,
    shows=Found,
    asks_elsewhere=True,
    order=4,
)
