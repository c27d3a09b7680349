"""The names of feed elements, as feedparser knows them: whatever the prefix, whatever the case."""

from __future__ import annotations

from typing import Any

Element = Any
"""An element of lxml, which ships no types."""


class Declined(Exception):
    """The document is not well-formed, or not of a shape that is known."""


# By namespace in lower case. Feed formats share one vocabulary, so theirs have no prefix.
_PREFIXES = {
    **dict.fromkeys(
        (
            "http://blogs.law.harvard.edu/tech/rss",
            "http://purl.org/rss/1.0/",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://purl.org/rss/1.0/modules/rss091#",
            "http://purl.org/atom/ns#",
            "http://www.w3.org/2005/atom",
        ),
        "",
    ),
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
_USERLAND = "backend.userland.com/rss"


def name_of(element: Element) -> str:
    """`local` or `prefix:local` in lower case; the prefix is the usual one of its namespace."""
    space, _, local = element.tag.rpartition("}")
    local = local.lower()
    if not space:
        return str(local)
    uri = space[1:].lower()
    prefix = _PREFIXES.get(uri)
    if prefix is None:
        prefix = "" if _USERLAND in uri else (element.prefix or "").lower()
    return f"{prefix}:{local}" if prefix else str(local)
