"""Reading a feed once, for a person who wants to know what it is; and finding those of a site."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from monitor.airlock import Airlock
from monitor.errors import AirlockFailure, UsageError
from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, NoFeed, ParsedFeed
from monitor.sources.addresses import web_address, without_login
from monitor.sources.discovery import sitemaps_in, well_known
from monitor.sources.failing import Refusal
from monitor.sources.fetching import Fetcher
from monitor.sources.known_sites import known_feeds
from monitor.sources.oddities import oddities
from monitor.sources.pools import FetchSettings

Found = ParsedFeed | NoFeed | str
"""What was found, or a sentence on why nothing was."""

Clock = Callable[[], datetime]

PERMITTED_BY = "--allow-private"

_SITEMAPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What was found where: `url` is where it was read in the end, `fetched` the answer there."""

    asked: str
    url: str
    found: Found
    fetched: Fetched | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The feeds of a site, each read once, best first; and what was no feed or could not be had.

    `reason` says why the site's page could not be read, where it could not.
    """

    feeds: tuple[Probe, ...] = ()
    others: tuple[Probe, ...] = ()
    reason: str = ""


async def probed(
    source: str,
    airlock: Airlock,
    manners: FetchSettings,
    *,
    now: Clock,
    allow_private: bool = False,
    known: Feed | None = None,
) -> Probe:
    """What a file or an address holds.

    `known` is the feed as it is configured, with the manners that its server wants.
    """
    if "://" not in source:
        return await asyncio.to_thread(_probed_file, Path(source), airlock, now)
    require_address(source)
    async with Fetcher(manners) as fetcher:
        allow_private = allow_private or (known is not None and known.allow_private)
        return await _Site(airlock, fetcher, now, allow_private, known).probe(source)


def _probed_file(path: Path, airlock: Airlock, now: Clock) -> Probe:
    if not path.is_file():
        raise UsageError(f"there is no file {path}; an address begins with https://")
    url = path.absolute().as_uri()
    body = path.read_bytes()
    fetched = Fetched(body=body, content_type="", etag="", last_modified="", final_url=url)
    return Probe(
        asked=str(path), url=url, found=_read(airlock, fetched, "", now()), fetched=fetched
    )


async def discovered(
    url: str,
    airlock: Airlock,
    manners: FetchSettings,
    *,
    now: Clock,
    allow_private: bool = False,
    permitted_by: str = PERMITTED_BY,
) -> Discovery:
    """The feeds of a site. `permitted_by` is what lets whoever asks reach their own network.

    1. where sites of its kind keep them; 2. what its page is, or announces; 3. where feeds
    usually are; 4. the news sitemaps that its robots.txt names. The last two where nothing else
    has been found.
    """
    require_address(url)
    async with Fetcher(manners) as fetcher:
        site = _Site(airlock, fetcher, now, allow_private, permitted_by=permitted_by)
        page = await site.probe(url)
        if isinstance(page.found, ParsedFeed):
            return Discovery(feeds=(page,))
        announced = page.found.feeds if isinstance(page.found, NoFeed) else ()
        tried = [await site.probe(each) for each in dict.fromkeys((*known_feeds(url), *announced))]
        reason = page.found if isinstance(page.found, str) else ""
        if not _feeds_of(tried) and not reason:
            tried += _feeds_of([await site.probe(each) for each in well_known(page.url)])
        if not _feeds_of(tried) and not reason:
            tried += await site.sitemaps(page.url)
    feeds = tuple(_feeds_of(tried))
    others = tuple(each for each in tried if not isinstance(each.found, ParsedFeed))
    return Discovery(feeds=feeds, others=others, reason="" if feeds else reason)


def _feeds_of(probes: Iterable[Probe]) -> list[Probe]:
    """The feeds among them, each once, however many addresses led there."""
    feeds = (each for each in probes if isinstance(each.found, ParsedFeed))
    return list({each.url: each for each in feeds}.values())


@dataclass(frozen=True, slots=True)
class _Site:
    """The way to the web and back, for one question; `known` is the feed it is about, if one is."""

    airlock: Airlock
    fetcher: Fetcher
    now: Clock
    allow_private: bool
    known: Feed | None = None
    permitted_by: str = PERMITTED_BY

    async def probe(self, url: str) -> Probe:
        """What is found at an address."""
        outcome = await self.fetched(url)
        if isinstance(outcome, str):
            return Probe(asked=url, url=url, found=outcome)
        found = await asyncio.to_thread(_read, self.airlock, outcome, outcome.final_url, self.now())
        return Probe(asked=url, url=outcome.final_url, found=found, fetched=outcome)

    async def sitemaps(self, url: str) -> list[Probe]:
        """What the sitemaps are that robots.txt names, or the lists it names: news first."""
        robots = str(web_address(url)[0].with_path("/robots.txt"))
        outcome = await self.fetched(robots)
        if isinstance(outcome, str):
            return []
        named = sitemaps_in(outcome.body, robots)[:_SITEMAPS]
        tried = [await self.probe(each) for each in named]
        within = [
            each for one in tried if isinstance(one.found, NoFeed) for each in one.found.feeds
        ]
        news = [each for each in within if "news" in each.lower()]
        return [*tried, *[await self.probe(each) for each in news[:_SITEMAPS]]]

    async def fetched(self, url: str) -> Fetched | str:
        """The answer, whatever it holds, or why there is none."""
        feed = replace(self.known or Feed(url=url), url=url, allow_private=self.allow_private)
        outcome = await self.fetcher.fetch(feed, FeedState(), now=self.now(), unconditional=True)
        if isinstance(outcome, Failed):
            guarded = outcome.kind is FailureKind.FORBIDDEN_ADDRESS and not self.allow_private
            return (
                f"{outcome.reason}; {self.permitted_by} permits it" if guarded else outcome.reason
            )
        assert isinstance(outcome, Fetched)  # noqa: S101 - an unconditional question has no 304
        return outcome


def _read(airlock: Airlock, fetched: Fetched, url: str, now: datetime) -> Found:
    try:
        found = airlock.read_feed(fetched.body, fetched.content_type, url)
    except AirlockFailure as error:
        return str(error)
    if isinstance(found, NoFeed):
        return found
    return replace(found, problems=(*found.problems, *oddities(found.entries, now)))


async def read_list(
    url: str,
    airlock: Airlock,
    manners: FetchSettings,
    *,
    now: Clock,
    allow_private: bool = False,
) -> bytes:
    """The bytes of a list of feeds on the web. Raises UsageError with the reason why not."""
    require_address(url)
    async with Fetcher(manners) as fetcher:
        outcome = await _Site(airlock, fetcher, now, allow_private).fetched(url)
    if isinstance(outcome, str):
        raise UsageError(f"{without_login(url)}: {outcome}")
    return outcome.body


def watched_as(url: str, feeds: Iterable[Feed]) -> str:
    """A sentence on what a feed is watched as; "" for one that is not."""
    for feed in feeds:
        if same_address(feed.url) == same_address(url):
            named = f" as `{feed.name}`" if feed.name else ""
            return f"{without_login(url)} is watched already{named}"
    return ""


def same_address(url: str) -> str:
    """What two spellings of one address have in common."""
    try:
        address, _ = web_address(url)
    except Refusal:
        return url
    host = (address.host or "").lower()
    return f"{address.scheme.lower()}://{host}:{address.port}{address.raw_path_qs}"


def require_address(url: str) -> None:
    """Raise UsageError for what is no web address."""
    try:
        web_address(url)
    except Refusal as refusal:
        raise UsageError(f"{without_login(url)}: {refusal.failed.reason}") from None
