"""Reading a feed once, for a person who wants to know what it is; and writing it down."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from monitor.airlock import Airlock
from monitor.config.settings import PollSettings
from monitor.desk import fetch_settings, utc_now
from monitor.errors import AirlockFailure, UsageError
from monitor.model import Failed, FailureKind, Feed, FeedState, Fetched, NoFeed, ParsedFeed
from monitor.sources.addresses import web_address, without_login
from monitor.sources.discovery import well_known
from monitor.sources.failing import Refusal
from monitor.sources.fetching import Fetcher

Found = ParsedFeed | NoFeed | str
"""What was found, or a sentence on why nothing was."""


async def probed(
    source: str,
    airlock: Airlock,
    poll: PollSettings,
    *,
    allow_private: bool = False,
    known: Feed | None = None,
) -> tuple[str, Found]:
    """The address that was read in the end, and what was found there.

    `known` is the feed as it is configured, with the manners that its server wants.
    """
    if "://" not in source:
        return await asyncio.to_thread(_probed_file, Path(source), airlock)
    require_address(source)
    async with Fetcher(fetch_settings(poll)) as fetcher:
        allow_private = allow_private or (known is not None and known.allow_private)
        return await _probed(source, airlock, fetcher, allow_private=allow_private, known=known)


def _probed_file(path: Path, airlock: Airlock) -> tuple[str, Found]:
    if not path.is_file():
        raise UsageError(f"there is no file {path}; an address begins with https://")
    return path.absolute().as_uri(), _read(airlock, path.read_bytes(), "", "")


async def discovered(
    url: str, airlock: Airlock, poll: PollSettings, *, allow_private: bool = False
) -> tuple[str, ...] | str:
    """The feeds of a site, best first; or a sentence on why it cannot be read."""
    require_address(url)
    async with Fetcher(fetch_settings(poll)) as fetcher:
        final, found = await _probed(url, airlock, fetcher, allow_private=allow_private)
        if isinstance(found, ParsedFeed):
            return (final,)
        if isinstance(found, str):
            return found
        if found.feeds:
            return found.feeds
        tried = [
            await _probed(each, airlock, fetcher, allow_private=allow_private)
            for each in well_known(final)
        ]
    return tuple(dict.fromkeys(each for each, what in tried if isinstance(what, ParsedFeed)))


async def _probed(
    url: str,
    airlock: Airlock,
    fetcher: Fetcher,
    *,
    allow_private: bool,
    known: Feed | None = None,
) -> tuple[str, Found]:
    feed = replace(known or Feed(url=url), allow_private=allow_private)
    outcome = await fetcher.fetch(feed, FeedState(), now=utc_now(), unconditional=True)
    if isinstance(outcome, Failed):
        guarded = outcome.kind is FailureKind.FORBIDDEN_ADDRESS and not allow_private
        return url, f"{outcome.reason}; allow_private permits it" if guarded else outcome.reason
    assert isinstance(outcome, Fetched)  # noqa: S101 - an unconditional question has no 304
    found = await asyncio.to_thread(
        _read, airlock, outcome.body, outcome.content_type, outcome.final_url
    )
    return outcome.final_url, found


def _read(airlock: Airlock, body: bytes, content_type: str, url: str) -> Found:
    try:
        return airlock.read_feed(body, content_type, url)
    except AirlockFailure as error:
        return str(error)


def same_address(url: str) -> str:
    """What two spellings of one address have in common."""
    try:
        return str(web_address(url)[0])
    except Refusal:
        return url


def require_address(url: str) -> None:
    """Raise UsageError for what is no web address."""
    try:
        web_address(url)
    except Refusal as refusal:
        raise UsageError(f"{without_login(url)}: {refusal.failed.reason}") from None


def append_feeds(path: Path, feeds: Iterable[Feed]) -> None:
    """Add [[feed]] tables at the end of a configuration; the rest stays as it was written.

    Written beside the file and moved into its place, so that it is never half there. Raises
    UsageError where nothing can be added at the end.
    """
    path = path.resolve()
    before = path.read_bytes().decode("utf-8")
    added = "".join(_as_toml(feed) for feed in feeds)
    if "\r\n" in before:
        added = added.replace("\n", "\r\n")
    text = before.rstrip("\r\n") + ("\r\n" if "\r\n" in before else "\n") + added
    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        raise UsageError(
            f"{path} writes its feeds in a way that nothing can be added to: write [[feed]] tables"
        ) from None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}); its folder must be writable"
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _as_toml(feed: Feed) -> str:
    lines = ["", "[[feed]]", f"url = {_quoted(feed.url)}"]
    if feed.name:
        lines.append(f"name = {_quoted(feed.name)}")
    if feed.tags:
        lines.append(f"tags = [{', '.join(_quoted(tag) for tag in feed.tags)}]")
    if feed.allow_private:
        lines.append("allow_private = true")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: the escapes of JSON, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
