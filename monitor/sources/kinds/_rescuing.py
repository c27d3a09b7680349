"""The second chance: an entry that made the feed parser fail, read by a plainer one."""

from __future__ import annotations

from typing import Any

from lxml import etree

Element = Any
"""An element of lxml, which ships no types."""

_TEXTS = {
    "title": "title",
    "description": "summary",
    "summary": "summary",
    "encoded": "content",
    "content": "content",
}
_WORDS = {
    "guid": "id",
    "id": "id",
    "pubdate": "published",
    "published": "published",
    "issued": "published",
    "date": "published",
    "updated": "updated",
    "modified": "updated",
    "creator": "author",
    "language": "language",
    "origlink": "feedburner_origlink",
}


def rescue(entry: str) -> dict[str, Any]:
    """What a broken entry says, in feedparser's words; {} where it says nothing.

    Only the plain elements are read; the odd one that does harm is left aside.
    """
    # Made anew, as a parser of lxml that has met an error may keep it in its log.
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    try:
        element = etree.fromstring(entry.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return {}
    if element is None:
        return {}
    found: dict[str, Any] = {"links": [], "tags": []}
    for child in element:
        if isinstance(child.tag, str):
            _take(found, child)
    return found


def _take(found: dict[str, Any], child: Element) -> None:
    name = child.tag.rpartition("}")[2].rpartition(":")[2].lower()
    words = "".join(child.itertext()).strip()
    if name in _TEXTS:
        _take_text(found, _TEXTS[name], child)
    elif name in _WORDS:
        found.setdefault(_WORDS[name], words)
    elif name == "link":
        found["links"].append(
            {"href": child.get("href") or words, "rel": child.get("rel", "alternate")}
        )
    elif name in {"category", "subject"}:
        found["tags"].append({"label": child.get("label"), "term": child.get("term") or words})
    elif name == "author":
        named = child.find("{*}name")
        found.setdefault("author", words if named is None else str(named.text or ""))


def _take_text(found: dict[str, Any], key: str, child: Element) -> None:
    inner = "".join(etree.tostring(each, encoding="unicode") for each in child)
    detail = {
        "value": (child.text or "") + inner,
        "type": "text/plain" if child.get("type") == "text" else "text/html",
    }
    if key == "content":
        found.setdefault("content", []).append(detail)
    else:
        found.setdefault(f"{key}_detail", detail)
