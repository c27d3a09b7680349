"""What is kept of an entry that is well-formed, element by element, as feedparser keeps it."""

from __future__ import annotations

import re

from monitor.sources.kinds._attributes import (
    attributes_of,
    base_of,
    language_of,
    leads_to_a_page,
    resolved,
    target_of,
)
from monitor.sources.kinds._gathered import Gathered, Taker, Takers
from monitor.sources.kinds._markup import text_of, words_of
from monitor.sources.kinds._names import Declined, Element, name_of
from monitor.sources.kinds._said import HTML, PLAIN

_MAILBOX = re.compile(r"[^\s@]++@\S++ \((.+)\)")  # RSS 2.0: lawyer@boyer.net (Lawyer Boyer)


def _take_within(entry: Gathered, element: Element, depth: int) -> None:
    """Elements that are not known may hold some that are."""
    if len(element):
        entry.take_all(element, depth + 1)


def _take_nothing(_entry: Gathered, _element: Element, _depth: int) -> None:
    """A contributor is no author."""


def _take_other_source(entry: Gathered, _element: Element, _depth: int) -> None:
    """What a source or an image is called is not what the entry is called."""
    entry.title_depth = 0


def _decline(_entry: Gathered, _element: Element, _depth: int) -> None:
    raise Declined


def _words_taker(name: str) -> Taker:
    def take(entry: Gathered, element: Element, depth: int) -> None:
        entry.keep(name, _words_alone(element), depth)

    return take


def _take_guid(entry: Gathered, element: Element, depth: int) -> None:
    words, attributes = _words_alone(element), attributes_of(element) if element.keys() else {}
    if attributes.get("ispermalink", "true") == "true":
        words = resolved(base_of(attributes, entry.base), words)
        entry.guid_link = entry.guid_link or words
    entry.keep("guid", words, depth)


def _take_link(entry: Gathered, element: Element, _depth: int) -> None:
    if not element.keys():
        entry.link = resolved(entry.base, _words_alone(element))
        entry.alternates.append(entry.link)
        return
    attributes = attributes_of(element)
    target = target_of(attributes)
    link = resolved(base_of(attributes, entry.base), target or _words_alone(element))
    if attributes.get("rel", "alternate").lower() == "alternate":
        entry.alternates.append(link)
        if target and not leads_to_a_page(attributes):
            return
    elif target:
        return
    entry.link = link


def _take_title(entry: Gathered, element: Element, depth: int) -> None:
    stated = text_of(element, PLAIN)
    if 0 < entry.title_depth <= depth:
        return
    if entry.keep("title", "", depth):
        entry.title = stated
        if element.keys():
            entry.language = language_of(attributes_of(element), entry.language)
    if stated.value:
        entry.title_depth = depth


def _take_media_title(entry: Gathered, element: Element, depth: int) -> None:
    before = entry.title_depth
    _take_title(entry, element, depth)
    entry.title_depth = before


def _take_description(entry: Gathered, element: Element, depth: int) -> None:
    _take_summary_of(entry, element, depth, HTML)


def _take_summary(entry: Gathered, element: Element, depth: int) -> None:
    _take_summary_of(entry, element, depth, PLAIN)


def _take_summary_of(entry: Gathered, element: Element, depth: int, form: str) -> None:
    if entry.summary is not None and not entry.has_content:
        _take_content_of(entry, element, PLAIN)
        return
    stated = text_of(element, form)
    if not entry.keep("summary", "", depth):
        entry.texts.append(stated)
        return
    if entry.summary is not None:
        entry.texts.append(entry.summary)
    entry.summary = stated


def _take_content(entry: Gathered, element: Element, _depth: int) -> None:
    _take_content_of(entry, element, PLAIN)


def _take_encoded(entry: Gathered, element: Element, _depth: int) -> None:
    _take_content_of(entry, element, HTML)


def _take_content_of(entry: Gathered, element: Element, form: str) -> None:
    entry.has_content = True
    stated = text_of(element, form)
    if stated.value:
        entry.texts.append(stated)


def _take_author(entry: Gathered, element: Element, _depth: int) -> None:
    stated, name = _person(element) if len(element) else _named(words_of(element))
    if stated:
        entry.authors.append((stated, name))


def _person(element: Element) -> tuple[str, str]:
    """A person as elements tell name and address: both together, and the name."""
    parts = {name_of(child): words_of(child) for child in element}
    name = parts.get("name") or parts.get("itunes:name") or ""
    email = parts.get("email") or parts.get("itunes:email") or ""
    if name and email:
        return f"{name} ({email})", name
    return _named(name or email or words_of(element))


def _named(stated: str) -> tuple[str, str]:
    in_mail = _MAILBOX.fullmatch(stated) if "@" in stated else None
    return stated, in_mail[1] if in_mail else stated


def _take_category(entry: Gathered, element: Element, depth: int) -> None:
    if not element.keys():
        entry.tags.append(words_of(element))
        _take_within(entry, element, depth)
        return
    attributes = attributes_of(element)
    term, label = attributes.get("term"), attributes.get("label")
    entry.tags.append(label or term or "")
    if term or not label:
        entry.tags.append(words_of(element))
    _take_within(entry, element, depth)


def _take_itunes_category(entry: Gathered, element: Element, depth: int) -> None:
    entry.tags += (element.get("text") or "", words_of(element))
    _take_within(entry, element, depth)


def _take_keywords(entry: Gathered, element: Element, _depth: int) -> None:
    entry.tags += words_of(element).split(",")


_BY_NAME: dict[str, Taker] = {
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


def takers() -> Takers:
    """What is done with the elements of an entry, for one document."""
    return Takers(_BY_NAME, _take_within)


def _words_alone(element: Element) -> str:
    if len(element):
        raise Declined
    return words_of(element)
