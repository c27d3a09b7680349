"""Feeds that people add and take out on the pages: written into config.toml, or shown to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.editing import append_feeds, remove_feed
from monitor.errors import NotFound, UnusableFiles, UsageError
from monitor.model import Feed
from monitor.sources.addresses import without_login
from monitor.web.service import Service
from monitor.work.probing import same_address


def known_addresses(service: Service) -> Mapping[str, Feed]:
    """The feeds that are watched, by what all spellings of their addresses have in common."""
    return {same_address(url): feed for url, feed in service.watch().feeds.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedOut:
    """The feeds of a list: new ones, those that are watched, and those that cannot be.

    What stands in it twice, under two spellings, is new once.
    """

    fresh: tuple[Feed, ...]
    known: tuple[Feed, ...]
    refused: tuple[str, ...]
    includes: tuple[str, ...]


def sorted_out(service: Service, opml: bytes) -> SortedOut:
    """What stands in a list. Raises UsageError for what is no OPML."""
    listed, known = service.read_opml(opml), known_addresses(service)
    named: dict[str, Feed] = {}
    for feed in listed.feeds:
        named.setdefault(same_address(feed.url), feed)
    return SortedOut(
        fresh=tuple(feed for address, feed in named.items() if address not in known),
        known=tuple(feed for address, feed in named.items() if address in known),
        refused=listed.refused,
        includes=listed.includes,
    )


def why_not_writable(path: Path) -> str:
    """Why the configuration cannot be changed from here; "" where it can."""
    if not path.is_file():
        return f"there is no file {path}"
    folder = path.resolve().parent
    return "" if os.access(folder, os.W_OK) else f"nothing can be written in {folder}"


def write_feeds(service: Service, feeds: Iterable[Feed]) -> int:
    """Add them to config.toml and have it read; how many did not stand there yet.

    Raises UsageError, and writes nothing then.
    """
    path = _writable(service)
    added = append_feeds(path, feeds, _checking(service))
    service.reload()
    return added


def take_out(service: Service, wanted: str) -> str:
    """Take a feed, by its address or name, out of config.toml: its name.

    Raises UsageError, and writes nothing then.
    """
    watch = service.watch()
    feeds = watch.feeds.values()
    named = [each for each in feeds if wanted in (each.url, without_login(each.url), each.name)]
    if not named:
        known = (name for each in feeds for name in (each.name, without_login(each.url)) if name)
        raise NotFound("feed", without_login(wanted), known)
    if len(named) > 1:
        raise UsageError(f"{len(named)} feeds are called `{wanted}`; say which one by its address")
    (feed,) = named
    name = feed.name or without_login(feed.url)
    if feed.url not in {each.url for each in watch.settings.feeds}:
        lists = ", ".join(each.label for each in watch.settings.opml)
        raise UsageError(f"{name} stands in a list of feeds ({lists}): take it out there")
    remove_feed(_writable(service), feed.url, _checking(service))
    service.reload()
    return name


def _writable(service: Service) -> Path:
    path = service.watch().settings.path
    if why := why_not_writable(path):
        raise UsageError(f"{path.name} cannot be changed from here, since {why}: change it by hand")
    return path


def _checking(service: Service) -> Callable[[Path], None]:
    """What refuses a text that the watch could not be started with."""

    def check(path: Path) -> None:
        try:
            service.check_config(path)
        except UnusableFiles as error:
            first = error.problems[0]
            where = f"line {first.place.line}: " if first.place.line else ""
            raise UsageError(
                f"nothing is changed: what would stand there could not be used, {where}"
                f"{first.message}"
            ) from None

    return check
