"""Lists of feeds in OPML, as every feed reader writes and reads them (OPML 2.0)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from monitor.errors import UsageError
from monitor.model import Feed, FeedList
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._links import web_link
from monitor.sources.kinds._precleaning import mend, preclean
from monitor.sources.kinds._trees import tree_of
from monitor.text.clean import one_line

Element = Any
"""An element of lxml, which ships no types."""

_DEEPEST = 20
_LONGEST = 200


def read_opml(body: bytes) -> FeedList:
    """The feeds of an OPML document, each URL once, in the order of the document.

    Folders become tags, outermost first; a feed in several folders has the tags of all. Other
    lists that it includes are named, and not followed. Raises UsageError for what is no OPML.
    """
    cleaned = preclean(decode(body, "").text, frozenset(["opml"]))
    if cleaned is None:
        raise UsageError("The document is no OPML: it has no <opml> element.")
    root = tree_of(mend(cleaned).text, recover=True)
    feeds: dict[str, Feed] = {}
    for feed in _feeds(root, ()) if root is not None else ():
        known = feeds.get(feed.url, feed)
        tags = tuple(dict.fromkeys(known.tags + feed.tags))
        feeds[feed.url] = Feed(url=feed.url, name=known.name or feed.name, tags=tags)
    includes = _includes(root) if root is not None else ()
    refused = _refused(root) if root is not None else ()
    return FeedList(
        feeds=tuple(feeds.values()),
        includes=tuple(dict.fromkeys(includes)),
        refused=tuple(dict.fromkeys(refused)),
    )


def write_opml(feeds: Iterable[Feed], title: str, now: datetime) -> str:
    """An OPML document that `read_opml` reads back: tags are folders, one within the other."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head>{_element('title', title)}{_element('dateCreated', format_datetime(now))}</head>",
        "  <body>",
        *_outlines(list(feeds), depth=0, indent="    "),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


def _feeds(outline: Element, folders: tuple[str, ...]) -> Iterator[Feed]:
    """The feeds below an element, each with the names of the folders that it is in."""
    for child in outline:
        if not isinstance(child.tag, str):
            continue
        attributes = {str(name).lower(): str(value) for name, value in child.attrib.items()}
        name = one_line(attributes.get("title") or attributes.get("text") or "")
        url = web_link(attributes.get("xmlurl", ""), "")
        if name == url:
            name = ""  # what readers write for a feed that nobody has named
        if url:
            yield Feed(url=url, name=name, tags=tuple(dict.fromkeys(folders)))
        is_folder = child.tag.lower() == "outline" and name and "xmlurl" not in attributes
        if len(folders) < _DEEPEST:
            yield from _feeds(child, (*folders, name) if is_folder else folders)


def _refused(root: Element) -> Iterator[str]:
    """What stands in the place of an address and is none, as a `file:` or a typing error."""
    for each in root.iter("outline"):
        attributes = {str(name).lower(): str(value) for name, value in each.attrib.items()}
        written = one_line(attributes.get("xmlurl", ""))
        if written and not web_link(written, ""):
            yield written[:_LONGEST]


def _includes(root: Element) -> Iterator[str]:
    """The outlines by which a list includes another (OPML 2.0, "Inclusion")."""
    for each in root.iter("outline"):
        attributes = {str(name).lower(): str(value) for name, value in each.attrib.items()}
        if attributes.get("type", "").strip().lower() == "include":
            yield web_link(attributes.get("url", ""), "") or one_line(attributes.get("text", ""))


def _outlines(feeds: Sequence[Feed], depth: int, indent: str) -> Iterator[str]:
    """Neighbours with the same tag share a folder, so that the order of feeds is kept."""
    for folder, grouped in groupby(feeds, key=lambda feed: "".join(feed.tags[depth : depth + 1])):
        if not folder:
            yield from (f"{indent}{_outline(feed)}" for feed in grouped)
            continue
        yield f"{indent}<outline text={quoteattr(one_line(folder))}>"
        yield from _outlines(list(grouped), depth + 1, f"{indent}  ")
        yield f"{indent}</outline>"


def _outline(feed: Feed) -> str:
    name = quoteattr(one_line(feed.name) or feed.url)
    return f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(feed.url)}/>'


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(one_line(text))}</{tag}>"
