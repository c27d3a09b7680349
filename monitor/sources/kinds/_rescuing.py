"""The second chance: an entry that made the feed parser fail, read by a plainer one."""

from __future__ import annotations

from lxml import etree

from monitor.sources.kinds._names import Element
from monitor.sources.kinds._said import HTML, NOTHING, PLAIN, Said, Text
from monitor.sources.kinds._trees import tree_of

_DATES = {
    "pubdate": "published",
    "published": "published",
    "issued": "published",
    "date": "published",
    "updated": "updated",
    "modified": "updated",
}


def rescue(entry: str) -> Said | None:
    """What a broken entry says; None where it says nothing.

    Only the plain elements are read, whatever their prefix; the odd one that does harm is
    left aside.
    """
    try:
        element = tree_of(entry, recover=True)
    except etree.XMLSyntaxError:
        return None
    if element is None:
        return None
    said = Said()
    origin = ""
    for child in element:
        if isinstance(child.tag, str):
            name = child.tag.rpartition("}")[2].rpartition(":")[2].lower()
            origin = origin or (_words(child) if name == "origlink" else "")
            _take(said, name, child)
    guid = [said.guid] if said.guid.startswith(("http://", "https://")) else []
    said.links = [origin, *said.links, *guid]
    return said


def _take(said: Said, name: str, child: Element) -> None:
    words = _words(child)
    match name:
        case "title" if said.title is NOTHING:
            said.title = _text(child)
        case "description" | "summary" if said.summary is NOTHING:
            said.summary = _text(child)
        case "description" | "summary" | "encoded" | "content":
            said.texts.append(_text(child))
        case "guid" | "id":
            said.guid = said.guid or words
        case "link" if child.get("rel", "alternate") == "alternate":
            said.links.append(child.get("href") or words)
        case "category" | "subject":
            said.tags.append(child.get("label") or child.get("term") or words)
        case "author" | "creator":
            named = child.find("{*}name")
            said.authors.append(words if named is None else str(named.text or ""))
        case "language":
            said.language = said.language or words
        case _ if name in _DATES:
            date = _DATES[name]
            setattr(said, date, getattr(said, date) or words)


def _words(element: Element) -> str:
    return "".join(element.itertext()).strip()


def _text(child: Element) -> Text:
    inner = "".join(etree.tostring(each, encoding="unicode") for each in child)
    return Text((child.text or "") + inner, PLAIN if child.get("type") == "text" else HTML)
