"""The shelf of source kinds: every module here that exports `SOURCE` is one we can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.model import NoFeed, ParsedFeed

MOST_ENTRIES = 2_000
"""Of a document with more only so many are kept, the newest where their order can be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A kind of document that holds news.

    `accepts(body, content_type)` is a glance that may be wrong; `read(body, content_type, url)`
    is the last word. Both take any bytes whatever and raise nothing.
    """

    name: str
    help: str
    accepts: Callable[[bytes, str], bool]
    read: Callable[[bytes, str, str], ParsedFeed | NoFeed]
