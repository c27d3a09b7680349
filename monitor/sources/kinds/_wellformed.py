"""Reading a feed that is well-formed: what feedparser would find in it, fifty times as fast.

libxml2 builds the tree and vouches for the document; what is kept of an element is what
feedparser keeps. Where the two might part company, as at elements in the midst of a date, the
document is declined and feedparser is asked itself.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from lxml import etree

from monitor.sources.kinds._markup import text_of
from monitor.sources.kinds._names import Element, attributes_of, name_of, words_of
from monitor.sources.kinds._said import HTML, NOTHING, OTHER, PLAIN, Document, Heading, Said, Text

_ENTRIES = frozenset(["item", "entry"])
_KINDS = {"rss": "rss", "feed": "atom", "rdf:rdf": "rdf"}
_UNHEARD = frozenset(["image", "textinput", "items", "rdf:li", "rdf:seq"])


class Declined(Exception):  # noqa: N818 -- no error: the other reader is asked instead
    """The document is not well-formed, or not of the shapes that are known here."""


def read_well_formed(text: str) -> Document:
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
    return Document(heading=reader.heading, entries=reader.entries)


def _tree(text: str) -> Element:
    # Made anew, as a parser that has met an error may keep it in its log.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise Declined from error


class _Reader:
    """Goes through a document once, telling entries from what the feed says of itself."""

    def __init__(self, heading: Heading) -> None:
        self.heading = heading
        self.entries: list[Said] = []
        self._takers: dict[str, _Taker] = {}

    def read(self, root: Element) -> None:
        attributes = attributes_of(root)
        self.heading.language = _language(attributes, "")
        self._read_feed(root, _base(attributes, ""), self.heading.language)

    def _read_feed(self, element: Element, base: str, language: str) -> None:
        for child in element:
            name = name_of(child)
            if name in _ENTRIES:
                self.entries.append(self._read_entry(child, base, language))
            elif name == "channel":
                attributes = attributes_of(child)
                if "href" in attributes or "lastmod" in attributes:
                    raise Declined  # CDF
                self._read_feed(child, _base(attributes, base), _language(attributes, language))
            elif name not in _UNHEARD:
                _take_heading(self.heading, child, name, base)

    def _read_entry(self, element: Element, base: str, language: str) -> Said:
        attributes = attributes_of(element) if element.keys() else {}
        if "href" in attributes or "lastmod" in attributes:
            raise Declined
        entry = _Entry(self._takers, _base(attributes, base), _language(attributes, language))
        if about := attributes.get("about"):
            entry.words["guid"] = about
        entry.take_all(element, 1)
        return entry.said()


def _take_heading(heading: Heading, element: Element, name: str, base: str) -> None:
    """Keep what one element says of the feed; of several titles the first."""
    if name in {"title", "dc:title"}:
        stated = _text(element, PLAIN)
        heading.title = heading.title if heading.title.value else stated
    elif name == "link":
        _take_heading_link(heading, attributes_of(element), words_of(element), base)
    elif name in {"id", "guid"} and not heading.link:
        heading.link = _resolved(base, words_of(element))
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


def _take_heading_link(
    heading: Heading, attributes: dict[str, str], words: str, base: str
) -> None:
    target = _target(attributes)
    relations = attributes.get("rel", "alternate").lower().split()
    link = _resolved(_base(attributes, base), target or words)
    if not target or ("alternate" in relations and _leads_to_a_page(attributes)):
        heading.link = link or heading.link
    if target and "hub" in relations:
        heading.hub = heading.hub or link
    if target and "self" in relations:
        heading.self_link = heading.self_link or link


class _Entry:
    """Gathers what one entry says, element by element.

    Of two elements that say the same thing the one that is less deep counts, else the later;
    of titles the first. No body of text is lost to another.
    """

    __slots__ = (
        "_takers", "alternates", "authors", "base", "depths", "guid_link", "has_content",
        "language", "link", "summary", "tags", "texts", "title", "title_depth", "words",
    )  # fmt: skip

    def __init__(self, takers: dict[str, _Taker], base: str, language: str) -> None:
        self._takers = takers
        self.base, self.language = base, language
        self.words: dict[str, str] = {}
        self.depths: dict[str, int] = {}
        self.title, self.title_depth = NOTHING, 0
        self.summary: Text | None = None
        self.texts: list[Text] = []
        self.has_content = False
        self.link: str | None = None
        self.guid_link = ""
        self.alternates: list[str] = []
        self.authors: list[tuple[str, str]] = []
        self.tags: list[str] = []

    def take_all(self, element: Element, depth: int) -> None:
        takers = self._takers
        for child in element:
            tag = child.tag
            take = takers.get(tag)
            if take is None:
                take = takers[tag] = _taker(name_of(child))
            take(self, child, depth)

    def keep(self, name: str, words: str, depth: int) -> bool:
        """Keep the words under that name, unless such words less deep are kept already."""
        if depth > self.depths.get(name, depth):
            return False
        self.depths[name] = depth
        self.words[name] = words
        return True

    def said(self) -> Said:
        words, texts, summary = self.words.get, self.texts, self.summary
        if summary is None:
            summary = next((each for each in texts if each.form != OTHER), NOTHING)
            texts = [each for each in texts if each is not summary]
        guid = self.words.get("guid", "")
        return Said(
            guid=guid,
            links=self._links(guid),
            title=self.title,
            summary=summary,
            texts=texts,
            authors=self._authors(),
            tags=self.tags,
            language=words("language", "") or self.language,
            published=words("published", "") or words("created", ""),
            updated=words("updated", ""),
        )

    def _links(self, guid: str) -> list[str]:
        link = self.guid_link if self.link is None else self.link
        if link == guid and "/" not in guid:
            link = ""
        links = [self.words.get("origlink", ""), link, *self.alternates]
        return [*links, guid] if guid.startswith(("http://", "https://")) else links

    def _authors(self) -> list[str]:
        if len(self.authors) > 1:
            return [name for _, name in self.authors]
        return [stated for stated, _ in self.authors]


# --- What is kept of each element -------------------------------------------------------------

_Taker = Callable[[_Entry, Element, int], None]


def _take_all(entry: _Entry, element: Element, depth: int) -> None:
    """Elements that are not known may hold some that are."""
    if len(element):
        entry.take_all(element, depth + 1)


def _take_nothing(_entry: _Entry, _element: Element, _depth: int) -> None:
    """A contributor is no author."""


def _take_other_source(entry: _Entry, _element: Element, _depth: int) -> None:
    """What a source or an image is called is not what the entry is called."""
    entry.title_depth = 0


def _decline(_entry: _Entry, _element: Element, _depth: int) -> None:
    raise Declined


def _words_taker(name: str) -> _Taker:
    def take(entry: _Entry, element: Element, depth: int) -> None:
        entry.keep(name, _words_alone(element), depth)

    return take


def _take_guid(entry: _Entry, element: Element, depth: int) -> None:
    words, attributes = _words_alone(element), attributes_of(element)
    if attributes.get("ispermalink", "true") == "true":
        words = _resolved(_base(attributes, entry.base), words)
        entry.guid_link = entry.guid_link or words
    entry.keep("guid", words, depth)


def _take_link(entry: _Entry, element: Element, _depth: int) -> None:
    attributes = attributes_of(element) if element.keys() else {}
    target = _target(attributes)
    link = _resolved(_base(attributes, entry.base), target or _words_alone(element))
    if attributes.get("rel", "alternate").lower() == "alternate":
        entry.alternates.append(link)
        if target and not _leads_to_a_page(attributes):
            return
    elif target:
        return
    entry.link = link


def _take_title(entry: _Entry, element: Element, depth: int) -> None:
    stated = _text(element, PLAIN)
    if stated.form == OTHER:
        raise Declined
    if 0 < entry.title_depth <= depth:
        return
    if entry.keep("title", "", depth):
        entry.title = stated
        entry.language = _language(attributes_of(element), entry.language)
    if stated.value:
        entry.title_depth = depth


def _take_media_title(entry: _Entry, element: Element, depth: int) -> None:
    before = entry.title_depth
    _take_title(entry, element, depth)
    entry.title_depth = before


def _take_description(entry: _Entry, element: Element, depth: int) -> None:
    _take_summary_of(entry, element, depth, HTML)


def _take_summary(entry: _Entry, element: Element, depth: int) -> None:
    _take_summary_of(entry, element, depth, PLAIN)


def _take_summary_of(entry: _Entry, element: Element, depth: int, form: str) -> None:
    if entry.summary is not None and not entry.has_content:
        _take_content_of(entry, element, PLAIN)
        return
    stated = _text(element, form)
    if not entry.keep("summary", "", depth):
        entry.texts.append(stated)
        return
    if entry.summary is not None:
        entry.texts.append(entry.summary)
    entry.summary = stated


def _take_content(entry: _Entry, element: Element, _depth: int) -> None:
    _take_content_of(entry, element, PLAIN)


def _take_encoded(entry: _Entry, element: Element, _depth: int) -> None:
    _take_content_of(entry, element, HTML)


def _take_content_of(entry: _Entry, element: Element, form: str) -> None:
    entry.has_content = True
    stated = _text(element, form)
    if stated.value:
        entry.texts.append(stated)


def _take_author(entry: _Entry, element: Element, _depth: int) -> None:
    """A person: plain words, or elements for name and address."""
    parts = {name_of(child): words_of(child) for child in element}
    name = parts.get("name") or parts.get("itunes:name") or ""
    email = parts.get("email") or parts.get("itunes:email") or ""
    stated = f"{name} ({email})" if name and email else name or email or words_of(element)
    if stated:
        entry.authors.append((stated, name or stated))


def _take_category(entry: _Entry, element: Element, depth: int) -> None:
    attributes = attributes_of(element) if element.keys() else {}
    term, label = attributes.get("term"), attributes.get("label")
    entry.tags.append(label or term or "")
    if term or not label:
        entry.tags.append(words_of(element))
    _take_all(entry, element, depth)


def _take_itunes_category(entry: _Entry, element: Element, depth: int) -> None:
    entry.tags += (element.get("text") or "", words_of(element))
    _take_all(entry, element, depth)


def _take_keywords(entry: _Entry, element: Element, _depth: int) -> None:
    entry.tags += words_of(element).split(",")


_TAKERS: dict[str, _Taker] = {
    **dict.fromkeys(("guid", "id"), _take_guid),
    "link": _take_link,
    "feedburner:origlink": _words_taker("origlink"),
    **dict.fromkeys(("title", "dc:title"), _take_title),
    "media:title": _take_media_title,
    **dict.fromkeys(("description", "dc:description", "media:description"), _take_description),
    **dict.fromkeys(("summary", "itunes:summary"), _take_summary),
    "content": _take_content,
    **dict.fromkeys(("content:encoded", "fullitem"), _take_encoded),
    **dict.fromkeys(("author", "dc:creator", "dc:author", "itunes:author"), _take_author),
    "managingeditor": _take_author,
    **dict.fromkeys(("category", "keywords", "dc:subject", "media:category"), _take_category),
    "itunes:category": _take_itunes_category,
    **dict.fromkeys(("itunes:keywords", "media:keywords", "tags"), _take_keywords),
    **dict.fromkeys(("language", "dc:language"), _words_taker("language")),
    **dict.fromkeys(
        ("published", "issued", "pubdate", "dcterms:issued"), _words_taker("published")
    ),
    **dict.fromkeys(
        ("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified"),
        _words_taker("updated"),
    ),
    **dict.fromkeys(("created", "dcterms:created"), _words_taker("created")),
    **dict.fromkeys(("contributor", "dc:contributor"), _take_nothing),
    **dict.fromkeys(("source", "image"), _take_other_source),
    **dict.fromkeys(
        ("item", "entry", "channel", "feed", "body", "xhtml:body", "abstract", "textinput"),
        _decline,
    ),
}


def _taker(name: str) -> _Taker:
    return _TAKERS.get(name, _take_all)


def _text(element: Element, unstated: str) -> Text:
    if not element.keys():
        return text_of(element, "", unstated)
    attributes = attributes_of(element)
    if attributes.get("mode") == "base64" or attributes.get("type") == "":
        raise Declined
    return text_of(element, attributes.get("type", ""), unstated)


def _words_alone(element: Element) -> str:
    if len(element):
        raise Declined
    return words_of(element)


def _target(attributes: dict[str, str]) -> str:
    return attributes.get("url") or attributes.get("uri") or attributes.get("href") or ""


def _leads_to_a_page(attributes: dict[str, str]) -> bool:
    return attributes.get("type", "html").lower() in {
        "html", "text/html", "xhtml", "application/xhtml+xml",
    }  # fmt: skip


def _language(attributes: dict[str, str], inherited: str) -> str:
    return attributes.get("lang", inherited).replace("_", "-")


def _base(attributes: dict[str, str], inherited: str) -> str:
    stated = attributes.get("base")
    return _resolved(inherited, stated) if stated else inherited


def _resolved(base: str, link: str) -> str:
    if not base or not link:
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return ""
