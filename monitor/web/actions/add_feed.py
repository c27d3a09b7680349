"""Add a feed."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import UsageError
from monitor.model import Feed
from monitor.sources.addresses import without_login
from monitor.text.clean import one_line
from monitor.web.action import Action
from monitor.web.config_editing import known_addresses, write_feeds
from monitor.web.nothing import Done
from monitor.web.pages.discover import address_of
from monitor.web.service import Service
from monitor.web.wire import Line
from monitor.work.probing import require_address, same_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The address of a feed, what to call it, and its tags with commas between them.

    `allow_private`: it may lie on your own network.
    """

    url: Line
    name: Line = ""
    tags: Line = ""
    allow_private: bool = False


def do(service: Service, taken: Wanted) -> Done:
    """Write it into config.toml. It is not read before: see the page that discovers feeds.

    Raises UsageError if it is watched already, or config.toml cannot be changed.
    """
    url = address_of(taken.url)
    require_address(url)
    if watched := known_addresses(service).get(same_address(url)):
        name = watched.name or without_login(watched.url)
        raise UsageError(f"{without_login(url)} is watched already as {name}")
    tags = tuple(dict.fromkeys(filter(None, map(one_line, taken.tags.split(",")))))
    feed = Feed(url=url, name=one_line(taken.name), tags=tags, allow_private=taken.allow_private)
    write_feeds(service, [feed])
    return Done(said=f"{feed.name or without_login(url)} is watched within seconds")


ACTION = Action(
    name="add_feed",
    path="/feeds/add",
    help="Add a feed to config.toml.",
    takes=Wanted,
    gives=Done,
    do=do,
    said=lambda done: done.said,
)
