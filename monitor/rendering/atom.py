"""A bulletin as Atom (RFC 4287)."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from monitor.rendering.bulletins import AUTHOR, Bulletin, Notice, permitted

ENDING = ".atom"

_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(bulletin: Bulletin) -> bytes:
    """The bulletin as a document."""
    feed = etree.Element(f"{{{_NAMESPACE}}}feed", nsmap={None: _NAMESPACE})
    feed.set(_LANGUAGE, "en")
    _add(feed, "id", bulletin.id)
    _add(feed, "title", bulletin.title)
    if bulletin.about:
        _add(feed, "subtitle", bulletin.about)
    _add(feed, "updated", instant(bulletin.updated_at))
    _author(feed, AUTHOR)
    _add(feed, "generator", AUTHOR)
    _add(feed, "link", rel="self", type="application/atom+xml", href=bulletin.address + ENDING)
    if bulletin.home:
        _add(feed, "link", rel="alternate", href=bulletin.home)
    for notice in bulletin.notices:
        _entry(feed, notice)
    etree.indent(feed, " ")
    document: bytes = etree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _entry(feed: etree._Element, notice: Notice) -> None:
    entry = _add(feed, "entry")
    if notice.language:
        entry.set(_LANGUAGE, notice.language)
    _add(entry, "id", notice.id)
    _add(entry, "title", notice.title)
    if notice.url:
        _add(entry, "link", rel="alternate", href=notice.url)
    _add(entry, "published", instant(notice.published_at))
    _add(entry, "updated", instant(notice.updated_at))
    if notice.author:
        _author(entry, notice.author)
    for tag in notice.tags:
        _add(entry, "category", term=tag)
    if notice.summary:
        _add(entry, "summary", notice.summary)
    _add(entry, "content", notice.html, type="html")


def instant(at: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _author(owner: etree._Element, name: str) -> None:
    _add(_add(owner, "author"), "name", name)


def _add(owner: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(owner, f"{{{_NAMESPACE}}}{name}")
    for key, value in attributes.items():
        element.set(key, permitted(value))
    element.text = permitted(text) or None
    return element
