"""Reading a feed that is well-formed: what feedparser would find in it, fifty times as fast.

libxml2 builds the tree and vouches for the document; what is kept of an element is what
feedparser keeps. Where the two might part company, as at elements in the midst of a date, the
document is declined and feedparser is asked itself.
"""

from __future__ import annotations

from lxml import etree

from monitor.sources.kinds._attributes import (
    attributes_of,
    base_of,
    language_of,
    leads_to_a_page,
    resolved,
    target_of,
)
from monitor.sources.kinds._gathered import Gathered
from monitor.sources.kinds._markup import text_of, words_of
from monitor.sources.kinds._names import Declined, Element, name_of
from monitor.sources.kinds._said import PLAIN, Heading, Said, SaidFeed
from monitor.sources.kinds._taking import takers
from monitor.sources.kinds._trees import tree_of

_ENTRIES = frozenset(["item", "entry"])
_KINDS = {"rss": "rss", "feed": "atom", "rdf:rdf": "rdf"}
_UNHEARD = frozenset(["image", "textinput", "items", "rdf:li", "rdf:seq"])


def read_well_formed(text: str) -> SaidFeed:
    """All that a pre-cleaned document says, or Declined.

    Linear in the length of `text`, whatever stands in it.
    """
    root = _tree(text)
    kind = _KINDS.get(name_of(root))
    if kind is None:
        raise Declined
    reader = _Reader(Heading(kind=kind))
    reader.read(root)
    if not reader.entries:
        raise Declined
    return SaidFeed(heading=reader.heading, entries=reader.entries)


def _tree(text: str) -> Element:
    try:
        return tree_of(text)
    except etree.XMLSyntaxError as error:
        raise Declined from error


class _Reader:
    """Goes through a document once, telling entries from what the feed says of itself."""

    def __init__(self, heading: Heading) -> None:
        self.heading = heading
        self.entries: list[Said] = []
        self._takers = takers()
        self._names: dict[str, str] = {}

    def read(self, root: Element) -> None:
        attributes = attributes_of(root)
        self.heading.language = language_of(attributes, "")
        self._read_feed(root, base_of(attributes, ""), self.heading.language)

    def _read_feed(self, element: Element, base: str, language: str) -> None:
        for child in element:
            name = self._names.get(child.tag) or self._named(child)
            if name in _ENTRIES:
                self.entries.append(self._read_entry(child, base, language))
            elif name == "channel":
                attributes = attributes_of(child)
                if "href" in attributes or "lastmod" in attributes:
                    raise Declined  # CDF
                self._read_feed(child, base_of(attributes, base), language_of(attributes, language))
            elif name not in _UNHEARD:
                _take_heading(self.heading, child, name, base)

    def _named(self, element: Element) -> str:
        name = self._names[element.tag] = name_of(element)
        return name

    def _read_entry(self, element: Element, base: str, language: str) -> Said:
        attributes = attributes_of(element) if element.keys() else {}
        if "href" in attributes or "lastmod" in attributes:
            raise Declined
        entry = Gathered(self._takers, base_of(attributes, base), language_of(attributes, language))
        if about := attributes.get("about"):
            entry.words["guid"] = about
        entry.take_all(element, 1)
        return entry.said()


def _take_heading(heading: Heading, element: Element, name: str, base: str) -> None:
    """Keep what one element says of the feed; of several titles the first."""
    if name in {"title", "dc:title"}:
        stated = text_of(element, PLAIN)
        heading.title = heading.title if heading.title.value else stated
    elif name == "link":
        _take_heading_link(heading, attributes_of(element), words_of(element), base)
    elif name in {"id", "guid"} and not heading.link:
        heading.link = resolved(base, words_of(element))
    elif name in {"language", "dc:language"}:
        heading.language = words_of(element)
    elif name == "ttl":
        heading.ttl = words_of(element)
    elif name == "sy:updateperiod":
        heading.period = words_of(element)
    elif name == "sy:updatefrequency":
        heading.frequency = words_of(element)
    elif len(element) and any(
        name_of(each) in _ENTRIES for each in element.iter(etree.Element) if each is not element
    ):
        raise Declined


def _take_heading_link(heading: Heading, attributes: dict[str, str], words: str, base: str) -> None:
    target = target_of(attributes)
    relations = attributes.get("rel", "alternate").lower().split()
    link = resolved(base_of(attributes, base), target or words)
    if not target or ("alternate" in relations and leads_to_a_page(attributes)):
        heading.link = link or heading.link
    if target and "hub" in relations:
        heading.hub = heading.hub or link
    if target and "self" in relations:
        heading.self_link = heading.self_link or link
