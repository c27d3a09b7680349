"""Articles: the page that an item links to, asked for as its site wishes, and the text of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from yarl import URL

from monitor.errors import AirlockFailure
from monitor.model import (
    Failed,
    FailureKind,
    Feed,
    FeedState,
    Fetched,
    FetchOutcome,
    Item,
    NotModified,
    Secret,
)
from monitor.sources.addresses import web_address, without_login
from monitor.sources.robots import allows, rules_for
from monitor.store import full_texts as text_rows
from monitor.store.engine import Store
from monitor.work.polling import Fetch
from monitor.work.recording import Recorder

PAGE_BYTES = 2 * 1024 * 1024
"""A larger page is no article; it would keep the extractor busy for long."""

ROBOTS_FOR = timedelta(hours=24)

_NAME = "Wirewatch"
_ACCEPT = ("Accept", Secret("text/html, application/xhtml+xml, */*;q=0.1"))
_PAGES = frozenset({"", "text/html", "application/xhtml+xml"})
_PASSING = frozenset(
    {
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.TRUNCATED,
        FailureKind.RATE_LIMITED,
    }
)
_OF_PAGES = {
    401: "the page asks for a login (401)",
    402: "the page asks for money (402)",
    403: "the server forbids us the page (403)",
    404: "the page is not there (404)",
    410: "the page is gone (410)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What enriching needs of the world.

    `fetch` takes no page larger than PAGE_BYTES; `extract` (page and content type to text) is
    the airlock, and raises AirlockFailure. `recorder` writes to `store`.
    """

    store: Store
    recorder: Recorder
    fetch: Fetch
    extract: Callable[[bytes, str], Awaitable[str]]
    now: Callable[[], datetime]
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Trouble that may pass, and the answer that told of it, if there was one."""

    reason: str
    failed: Failed | None = None

    @property
    def wait(self) -> timedelta:
        """How long we are asked to wait."""
        return (self.failed.retry_after if self.failed else None) or timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Why there is nothing to be had, now or later."""

    reason: str


async def article(item: Item, feed: Feed, spacing: timedelta, doors: Doors) -> str | Later | Never:
    """The text of the article that an item links to, where we may have it."""
    asked = without_login(item.url)
    barred = await _barred(asked, feed, spacing, doors)
    if barred is not None:
        return barred
    page = await doors.fetch(page_of(feed, asked), FeedState(), now=doors.now(), unconditional=True)
    if isinstance(page, Failed):
        return _failed(page)
    if not isinstance(page, Fetched):
        return Never(reason="the server says `not modified` though it was asked for all")
    if _origin(page.final_url) != _origin(asked):
        barred = await _barred(page.final_url, feed, spacing, doors)
        if barred is not None:
            return barred
    kind = page.content_type.partition(";")[0].strip().lower()
    if kind not in _PAGES:
        return Never(reason=f"it is no web page but {kind[:80]}")
    try:
        return await doors.extract(page.body, page.content_type)
    except AirlockFailure as failure:
        return Never(reason=str(failure))


def page_of(feed: Feed, url: str) -> Feed:
    """How to ask for an article of a feed: what was entrusted to us for its own server only."""
    home, userinfo = web_address(feed.url)
    page = URL(url)
    if page.origin() == home.origin():
        return replace(feed, url=url, headers=(_ACCEPT, *feed.headers), auth=feed.auth or userinfo)
    return replace(
        feed,
        url=url,
        headers=(_ACCEPT,),
        auth=None,
        cookie=None,
        allow_private=feed.allow_private and page.host == home.host,
    )


async def _barred(url: str, feed: Feed, spacing: timedelta, doors: Doors) -> Later | Never | None:
    """Why robots.txt keeps us from a page; None where it does not."""
    origin = _origin(url)
    rules = await asyncio.to_thread(_rules_kept, doors.store, origin, doors.now() - ROBOTS_FOR)
    if rules is None:
        asked = page_of(feed, f"{origin}/robots.txt")
        found = _rules(await doors.fetch(asked, FeedState(), now=doors.now(), unconditional=True))
        if isinstance(found, Later):
            return found
        rules, now = found, doors.now()
        keep = partial(
            text_rows.keep_rules,
            origin=origin,
            rules=rules,
            now=now,
            forget_before=now - ROBOTS_FOR,
        )
        await asyncio.wrap_future(doors.store.write(keep))
        await doors.pause(spacing.total_seconds())
    if not allows(rules, url):
        return Never(reason="robots.txt asks programs to leave the page alone")
    return None


def _rules(outcome: FetchOutcome) -> str | Later:
    """What robots.txt asks of us. Who cannot be asked may have said no (RFC 9309, 2.3.1)."""
    match outcome:
        case Fetched():
            return rules_for(_NAME, outcome.body)
        case Failed(status=200 | 204):  # it is there, and empty
            return ""
        case Failed(status=status) if 400 <= status < 500 and status != 429:
            return ""
        case Failed():
            return Later(reason=f"robots.txt: {outcome.reason}", failed=outcome)
        case NotModified():
            return ""  # of nothing that was asked for


def _rules_kept(store: Store, origin: str, since_at: datetime) -> str | None:
    with store.reading() as conn:
        return text_rows.rules_read(conn, origin, since_at)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _failed(failed: Failed) -> Later | Never:
    reason = _OF_PAGES.get(failed.status, failed.reason)
    if failed.kind in _PASSING or failed.status >= 500:
        return Later(reason=reason, failed=failed)
    return Never(reason=reason)
