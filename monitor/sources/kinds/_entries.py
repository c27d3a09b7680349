"""From what feedparser found in an entry to an Entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitor.model import Entry
from monitor.sources.kinds._dates import instant
from monitor.sources.kinds._links import web_link
from monitor.text.clean import one_line
from monitor.text.html import html_to_text, plain_line, plain_or_html

Value = Any
"""Whatever feedparser puts in: texts, times, lists and mappings of them."""

Found = Mapping[str, Value]

HTML = frozenset(["text/html", "application/xhtml+xml"])
_READABLE = frozenset(["", "text/plain", "text/html", "application/xhtml+xml", "text", "html"])


def to_entry(found: Found, base: str, language: str) -> Entry:
    """An entry as its source stated it; `base` resolves links, `language` is the feed's."""
    title = _detail(found, "title")
    summary = _detail(found, "summary")
    lead = _text(summary)
    return Entry(
        guid=_string(found, "id").strip(),
        url=_link(found, base),
        title=plain_line(_string(title, "value"), is_html=title.get("type") in HTML),
        lead=lead,
        body=more_than(lead, _bodies(found, besides=summary)),
        author=plain_line(_string(found, "author"), is_html=False),
        tags=_tags(found),
        language=_string(found, "language") or _string(title, "language") or language,
        published_at=_instant(found, "published") or _instant(found, "created"),
        updated_at=_instant(found, "updated"),
    )


def more_than(lead: str, bodies: Iterable[str]) -> str:
    """The union of several bodies of text, less those that another one contains.

    Nothing is left where the lead says it all.
    """
    told, kept = _squeezed(lead), list[str]()
    for body in sorted(filter(None, bodies), key=len, reverse=True):
        squeezed = _squeezed(body)
        if squeezed not in told and not any(squeezed in _squeezed(other) for other in kept):
            kept.append(body)
    return "\n".join(kept)


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())


def _bodies(found: Found, *, besides: Found) -> list[str]:
    """Every other text; feedparser gives a content also as summary, and once is enough."""
    said = _string(besides, "value")
    contents = [_text(each) for each in _list(found, "content") if _string(each, "value") != said]
    media = [_text({"value": _string(found, "media_description"), "type": "text/plain"})]
    return contents + media


def _text(detail: Found) -> str:
    value, kind = _string(detail, "value"), _string(detail, "type")
    if kind not in _READABLE and not kind.startswith("text/"):
        return ""
    return html_to_text(value) if kind in HTML else plain_or_html(value)


def _link(found: Found, base: str) -> str:
    """The original article if a feed service names it, the alternate, any page, the guid."""
    alternates = [
        _string(link, "href")
        for link in _list(found, "links")
        if link.get("rel", "alternate") == "alternate"
    ]
    guid, link = _string(found, "id"), _string(found, "link")
    if link == guid and "/" not in guid:
        link = ""  # feedparser takes every guid for a link that does not deny being one
    candidates = [_string(found, "feedburner_origlink"), link, *alternates]
    if guid.startswith(("http://", "https://")):
        candidates.append(guid)
    return next((url for each in candidates if (url := web_link(each, base))), "")


def _tags(found: Found) -> tuple[str, ...]:
    named = (
        one_line(_string(tag, "label") or _string(tag, "term")) for tag in _list(found, "tags")
    )
    return tuple(dict.fromkeys(plain_line(name, is_html=False) for name in named if name))


def _instant(found: Found, name: str) -> datetime | None:
    return instant(_string(found, name), _get(found, f"{name}_parsed"))


def _detail(found: Found, name: str) -> Found:
    detail = _get(found, f"{name}_detail")
    if isinstance(detail, Mapping):
        return detail
    return {"value": _string(found, name), "type": "text/html"}


def _list(found: Found, name: str) -> list[Found]:
    value = _get(found, name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _string(found: Found, name: str) -> str:
    value = _get(found, name)
    return value if isinstance(value, str) else ""


def _get(found: Found, name: str) -> Value:
    # Past feedparser's own lookup, which guesses one key for another and warns of it.
    return dict.get(found, name) if isinstance(found, dict) else found.get(name)
