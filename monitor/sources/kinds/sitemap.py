"""News sitemaps: what a site tells search engines of the news of its last two days.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap; the protocol
around it is that of sitemaps.org. Many newsrooms without a feed have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from monitor.model import Entry, NoFeed, ParsedFeed, ParseProblem
from monitor.sources.discovery import news_first, no_feed
from monitor.sources.kinds import MOST_ENTRIES, Source
from monitor.sources.kinds._dates import instant
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._links import web_link
from monitor.sources.kinds._markup import words_of
from monitor.sources.kinds._names import Element
from monitor.sources.kinds._precleaning import Precleaned, mend, preclean
from monitor.sources.kinds._splitting import PAGES, split_entries
from monitor.sources.kinds._trees import tree_of
from monitor.text.html import plain_line

MOST_SITEMAPS = 20
MOST_RECOVERED = 5_000
"""Pages of a malformed document that are read; a news sitemap has at most 1,000."""

_ROOTS = frozenset(["urlset", "sitemapindex"])
_GLANCE = 64 * 1024
_NEWS = "/sitemap-news/"  # in the namespace, whatever its version


def _accepts(body: bytes, content_type: str) -> bool:
    del content_type  # servers say anything
    head = body[:_GLANCE].replace(b"\x00", b"")
    return b"urlset" in head or b"sitemapindex" in head


def _read(body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
    decoded = decode(body, content_type)
    cleaned = preclean(decoded.text, _ROOTS)
    if cleaned is None:
        return no_feed(decoded.text, url)
    elements, problems = _tree(cleaned)
    if cleaned.root == "sitemapindex":
        return NoFeed(looks_like="a list of sitemaps", feeds=_sitemaps(elements, url))
    pages = [said for page in elements if _name(page) == "url" if "title" in (said := _said(page))]
    if not pages and _NEWS not in cleaned.text[:_GLANCE]:
        return NoFeed(looks_like="a sitemap without news")
    entries = sorted((_entry(page, url) for page in pages), key=_age)
    if len(entries) > MOST_ENTRIES:
        told = f"The document has {len(entries)} entries; only the newest {MOST_ENTRIES} were kept."
        problems = (*problems, ParseProblem(code="too-many-entries", message=told))
    first = pages[0] if pages else {}
    return ParsedFeed(
        kind="sitemap",
        title=plain_line(first.get("name", ""), is_html=False),
        site_url=web_link("/", url),
        language=first.get("language", ""),
        entries=tuple(entries[:MOST_ENTRIES]),
        problems=(*decoded.problems, *problems),
    )


def _tree(cleaned: Precleaned) -> tuple[Iterable[Element], tuple[ParseProblem, ...]]:
    """The elements below the root, and what had to be mended for them to be read.

    Where the document is malformed each page is read by itself, so that none costs another.
    """
    try:
        return tree_of(cleaned.text), cleaned.problems
    except etree.XMLSyntaxError as error:
        mended, told = mend(cleaned), f"The XML is malformed ({error.msg}); what is sound was read."
    try:
        return tree_of(mended.text), mended.problems
    except etree.XMLSyntaxError:
        pages = map(_recovered, split_entries(mended.text, PAGES).entries[:MOST_RECOVERED])
        problem = ParseProblem(code="malformed", message=told)
        return [page for page in pages if page is not None], (*mended.problems, problem)


def _recovered(page: str) -> Element | None:
    try:
        return tree_of(page, recover=True)
    except etree.XMLSyntaxError:
        return None


def _said(page: Element) -> dict[str, str]:
    """What is told of one page, by local names; of the same name the first.

    Only news has a title here: that of a picture is not the page's.
    """
    said = {_name(each): words_of(each) for each in reversed(page) if _name(each) != "title"}
    for news in page:
        if _name(news) == "news":
            for each in news.iter(etree.Element):
                said.setdefault(_name(each), words_of(each))
    return said


def _entry(said: dict[str, str], url: str) -> Entry:
    link = web_link(said.get("loc", ""), url)
    keywords = (plain_line(each, is_html=False) for each in said.get("keywords", "").split(","))
    return Entry(
        guid=link,
        url=link,
        title=plain_line(said["title"], is_html=False),
        tags=tuple(dict.fromkeys(filter(None, keywords))),
        language=said.get("language", ""),
        published_at=instant(said.get("publication_date", "")),
        updated_at=instant(said.get("lastmod", "")),
    )


def _age(entry: Entry) -> float:
    """Newest first; what states no date comes last."""
    return -entry.published_at.timestamp() if entry.published_at else float("inf")


def _sitemaps(elements: Iterable[Element], url: str) -> tuple[str, ...]:
    """The sitemaps of a list, those that by their names hold news first."""
    listed = filter(None, (web_link(link, url) for link in _locations(elements)))
    return news_first(listed)[:MOST_SITEMAPS]


def _locations(elements: Iterable[Element]) -> Iterator[str]:
    for sitemap in elements:
        yield from (words_of(each) for each in sitemap if _name(each) == "loc")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


SOURCE = Source(
    name="sitemap",
    help="News sitemaps (urlset with news:news)",
    accepts=_accepts,
    read=_read,
)
