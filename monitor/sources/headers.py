"""Header lines: what a poll says, and which of the things a server says are believed."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.model import Feed, FeedState, Secret
from monitor.schedule.retrying import LONGEST_REQUESTED

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
# Only what is inflated in bounded steps: 1.6 kB of brotli can become a gigabyte in one call.
ACCEPT_ENCODING = "gzip, deflate"

_VISIBLE = re.compile(r"[\x20-\x7e]{1,1024}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_FEWER_THAN_A_DAY_OF_SECONDS = re.compile(r"[0-9]{1,5}")
_DIGITS = re.compile(r"[0-9]+")


class BadHeader(ValueError):
    """A header line from the configuration that HTTP cannot carry; the message names it."""


def user_agent(version: str, contact: str) -> str:
    """An honest name, with somebody to write to: `Wirewatch/1.0 (+ops@example.org)`."""
    name = f"Wirewatch/{version}"
    reachable = re.sub(r"[^\x21-\x7e]|[()\\]", "", contact)
    return f"{name} (+{reachable})" if reachable else name


def validator(value: str | None) -> str:
    """An ETag or Last-Modified as it may be kept and echoed; "" for one no server would mean."""
    return value if value and _VISIBLE.fullmatch(value) else ""


def conditions(state: FeedState) -> dict[str, str]:
    """The lines that ask for nothing but news (RFC 9110, 13.1; RFC 3229 for feeds)."""
    asked = {}
    if etag := validator(state.etag):
        asked = {"If-None-Match": etag, "A-IM": "feed"}
    if last_modified := validator(state.last_modified):
        asked["If-Modified-Since"] = last_modified
    return asked


def public_lines(feed: Feed, state: FeedState | None) -> dict[str, str]:
    """What anybody may read on the way to a feed; `state` where only news are asked for."""
    named = {"User-Agent": feed.user_agent} if feed.user_agent else {}
    return (conditions(state) if state is not None else {}) | named


def private_lines(feed: Feed, userinfo: Secret | None) -> dict[str, str]:
    """The feed's own headers and credentials: for its own origin and nobody else.

    `userinfo` is the `user:password` of its URL, used when `feed.auth` is not set. Raises
    BadHeader, which shows the name of a header but never its value.
    """
    lines = dict(_checked(feed))
    if feed.cookie is not None:
        if not _FIELD.fullmatch(feed.cookie.reveal()):
            raise BadHeader("the configured cookie cannot be sent")
        lines["Cookie"] = feed.cookie.reveal()
    if authorization := _authorization(feed.auth or userinfo):
        lines["Authorization"] = authorization
    return lines


def _checked(feed: Feed) -> Iterator[tuple[str, str]]:
    for name, value in feed.headers:
        if not (_TOKEN.fullmatch(name) and _FIELD.fullmatch(value.reveal())):
            raise BadHeader(f"the configured header {name[:60]!a} cannot be sent")
        if name.lower() != "accept-encoding":
            yield name, value.reveal()


def _authorization(auth: Secret | None) -> str:
    if auth is None:
        return ""
    text = auth.reveal()
    if ":" in text:
        return "Basic " + b64encode(text.encode()).decode()
    if not _FIELD.fullmatch(text):
        raise BadHeader("the configured access token cannot be sent")
    return f"Bearer {text}"


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a server asks to be left alone: seconds or an HTTP date, at most a day.

    None where it asks for nothing that can be understood, such as a negative number.
    """
    text = (value or "").strip()
    if _FEWER_THAN_A_DAY_OF_SECONDS.fullmatch(text):
        return min(timedelta(seconds=int(text)), LONGEST_REQUESTED)
    if _DIGITS.fullmatch(text):
        return LONGEST_REQUESTED
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta()), LONGEST_REQUESTED)
