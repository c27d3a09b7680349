"""Finding feeds: those a page links to, and what a document is that is no feed itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from monitor.model import NoFeed
from monitor.sources.kinds._links import web_link

Element = Any
"""An element of lxml, which ships no types."""

_MOST = 20
_LONGEST_PAGE = 2 * 1024 * 1024
_FEED_TYPES = re.compile(r"(?:application|text)/(?:rss|atom|rdf|feed)(?:\+(?:xml|json))?\b|\bjson")
_HINTS = re.compile(
    r"(?:\.(?:rss|atom|rdf)|/(?:rss|atom|feed|index)\.(?:xml|json)|/(?:feed|rss|atom|rdf)s?)/?"
    r"(?:$|\?)|[?&](?:feed|format|type)=(?:rss|atom)",
    re.IGNORECASE,
)
_WELL_KNOWN = (
    "feed",
    "rss",
    "feed.xml",
    "rss.xml",
    "atom.xml",
    "index.xml",
    "feed/atom",
    "feed.json",
)
_LOOKS = (
    (re.compile(r"\s*$"), "an empty document"),
    (re.compile(r"%PDF-"), "a PDF file"),
    (re.compile(r"[\ufffd\x89‰]PNG|GIF8|(?:\ufffd|ÿ)(?:\ufffd|Ø)(?:\ufffd|ÿ)"), "an image"),
    (re.compile(r"PK\x03\x04"), "a ZIP archive"),
    (re.compile(r"\x1f\x8b|\x1f\ufffd|\x1f‹"), "compressed data"),
    (re.compile(r"\s*[\[{]"), "a JSON document that is no JSON Feed"),
)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|script|div|p|a|h[1-6])(?=[\s>])", re.IGNORECASE
)
_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]{0,40})(?::([\w.-]{1,40}))?(?=[\s/>])")
_XML_LOOKS = {
    "opml": "an OPML list of feeds (import it)",
    "urlset": "a sitemap",
    "sitemapindex": "a list of sitemaps",
    "svg": "an SVG image",
}


def no_feed(text: str, url: str, *, binary: bool = False) -> NoFeed:
    """What a decoded document looks like that is no feed, and the feeds it links to.

    `binary` says that its bytes had a NUL among the first, which decoding drops.
    """
    for shape, name in _LOOKS:
        if shape.match(text):
            return NoFeed(looks_like=name)
    if binary and "<" not in text[:1_000]:
        return NoFeed(looks_like="binary data")
    element = _ELEMENT.search(text)
    root = (element[2] or element[1]).lower() if element else ""
    if root in _XML_LOOKS:
        return NoFeed(looks_like=_XML_LOOKS[root])
    if _HTML.search(text[:_LONGEST_PAGE]):
        return NoFeed(looks_like="an HTML page", feeds=discover(text, url))
    if element and text.lstrip().startswith("<"):
        return NoFeed(looks_like=f"an XML document of another kind (<{root}>)")
    return NoFeed(looks_like="plain text")


def discover(html: str, url: str) -> tuple[str, ...]:
    """The feeds that an HTML page at `url` links to, best first, at most 20.

    Those it announces (`link rel=alternate`); if it announces none, the links that look
    like feeds.
    """
    page = html[:_LONGEST_PAGE].replace("\x00", "").encode("utf-8", "ignore")
    if not page.strip():
        return ()
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)
    root = etree.fromstring(b"<body>" + page if b"<" not in page else page, parser)
    if root is None:
        return ()
    base = next((web_link(each.get("href", ""), url) for each in root.iter("base")), "") or url
    announced = [web_link(href, base) for href in _announced(root)]
    links = announced or [web_link(each.get("href", ""), base) for each in root.iter("a")]
    likely = (link for link in links if link and (announced or _HINTS.search(link)))
    return tuple(dict.fromkeys(likely))[:_MOST]


def well_known(url: str) -> tuple[str, ...]:
    """Where feeds often are, for a site that announces none: candidates to be tried."""
    parts = urlsplit(url)
    site = f"{parts.scheme}://{parts.netloc}/"
    folders = dict.fromkeys([url if url.endswith("/") else f"{url}/", site])
    if parts.query or "." in parts.path.rpartition("/")[2]:
        folders = dict.fromkeys([site])
    return tuple(urljoin(folder, name) for folder in folders for name in _WELL_KNOWN)


_SITEMAP = re.compile(rb"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


def sitemaps_in(robots: bytes, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt at `url` names, those of news first (RFC 9309, 2.2.4)."""
    named = (web_link(found.decode("utf-8", "replace"), url) for found in _SITEMAP.findall(robots))
    return news_first(link for link in named if link)


def news_first(links: Iterable[str]) -> tuple[str, ...]:
    """Each link once, those that by their names hold news before the others."""
    return tuple(sorted(dict.fromkeys(links), key=lambda link: "news" not in link.lower()))


def _announced(root: Element) -> Iterator[str]:
    for link in root.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower()
        # "feed" is the relation once proposed for pages whose feed is no alternate of them.
        if "feed" in relations or ("alternate" in relations and _FEED_TYPES.search(kind)):
            yield link.get("href") or ""
