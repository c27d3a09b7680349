"""Feeds that come and go: what is watched already, and what config.toml gains and loses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from monitor.config.editing import append_feeds, as_toml, is_writable, remove_feed
from monitor.errors import UnusableFiles, UsageError
from monitor.model import Feed, FeedList
from monitor.sources.addresses import web_address, without_login
from monitor.sources.failing import Refusal
from monitor.watch import Watch

CheckConfig = Callable[[str], None]
"""Raises UnusableFiles where a text could not be used as config.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The feeds of a list: those to be watched from now on, and those that are already."""

    fresh: tuple[Feed, ...]
    known: tuple[Feed, ...]


def sift(listed: FeedList, watch: Watch) -> Sifted:
    """Which feeds of a list are new here, whatever their addresses are spelt like."""
    watched = {same_address(url) for url in watch.feeds}
    fresh: dict[str, Feed] = {}
    known: list[Feed] = []
    for feed in listed.feeds:
        address = same_address(feed.url)
        if address in watched or address in fresh:
            known.append(feed)
        else:
            fresh[address] = feed
    return Sifted(fresh=tuple(fresh.values()), known=tuple(known))


def watched_as(url: str, feeds: Iterable[Feed]) -> str:
    """A sentence on what a feed is watched as; "" for one that is not."""
    wanted = same_address(url)
    for feed in feeds:
        if same_address(feed.url) == wanted:
            named = f" as `{feed.name}`" if feed.name else ""
            return f"{without_login(url)} is watched already{named}"
    return ""


def same_address(url: str) -> str:
    """What two spellings of one address have in common."""
    try:
        return str(web_address(url)[0])
    except Refusal:
        return url


def why_not_writable(watch: Watch) -> str:
    """Why feeds cannot be added to config.toml from here; "" where they can."""
    path = watch.settings.path
    if is_writable(path):
        return ""
    return f"{path} cannot be written from here: copy the lines into it where it is kept"


def lines_of(feed: Feed) -> str:
    """What config.toml would gain by a feed."""
    return as_toml(feed).strip("\n")


def take_in(watch: Watch, feeds: Iterable[Feed], check: CheckConfig) -> int:
    """Write feeds into config.toml, if it can be used after that; how many were not there yet.

    Raises UsageError, with the lines to copy where it cannot be written.
    """
    chosen = tuple(feeds)
    if why := why_not_writable(watch):
        lines = "\n\n".join(map(lines_of, chosen[:_MOST_LINES]))
        raise UsageError(f"{why}\n\n{lines}")
    return append_feeds(watch.settings.path, chosen, _told(check))


_MOST_LINES = 20


def take_out(watch: Watch, feed: Feed, check: CheckConfig) -> tuple[int, int]:
    """Take a feed out of config.toml; the lines it had. Raises UsageError where that is no way."""
    name = feed.name or without_login(feed.url)
    if feed.url not in {each.url for each in watch.settings.feeds}:
        lists = ", ".join(opml.label for opml in watch.settings.opml)
        raise UsageError(f"{name} stands in a list of feeds ({lists}): take it out there")
    path = watch.settings.path
    if not is_writable(path):
        origin = place_of(watch, feed) or path
        raise UsageError(f"{path} cannot be written from here: {name} stands at {origin}")
    return remove_feed(path, feed.url, _told(check))


def place_of(watch: Watch, feed: Feed) -> str:
    """Where a feed of config.toml stands, as `config.toml:12`; "" where that is not known."""
    urls = [each.url for each in watch.settings.feeds]
    if feed.url not in urls:
        return ""
    return watch.settings.origins.get(f"feed.{urls.index(feed.url)}.url", "")


def _told(check: CheckConfig) -> CheckConfig:
    """The check, with what it finds as a sentence for whoever asked."""

    def told(text: str) -> None:
        try:
            check(text)
        except UnusableFiles as error:
            first = error.problems[0]
            hint = f" ({first.hint})" if first.hint else ""
            raise UsageError(
                "nothing is written, since the configuration could not be used after that: "
                f"{first.place}: {first.message}{hint}"
            ) from None

    return told
