"""What feedparser found, taken out of its words: nothing of them goes further than here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.sources.kinds._said import HTML, NOTHING, OTHER, PLAIN, Heading, Said, SaidFeed, Text

Value = Any
"""Whatever feedparser puts in: texts, times, lists and mappings of them."""

Found = Mapping[str, Value]

_FORMS = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "": PLAIN,
    "text": PLAIN,
    "html": PLAIN,
}
_KINDS = {"rss090": "rdf", "rss10": "rdf", "cdf": "cdf"}
_KINDS_OF_ROOTS = {"rss": "rss", "feed": "atom", "rdf": "rdf", "channel": "rss"}


def said_feed(found: Found, root: str) -> SaidFeed:
    """All that feedparser found in a document whose root has that local name."""
    version, heading = str(found.get("version") or ""), found["feed"]
    kind = _KINDS.get(version) or ("atom" if version.startswith("atom") else "")
    kind = kind or ("rss" if version.startswith("rss") else _KINDS_OF_ROOTS[root])
    return SaidFeed(
        heading=_heading(heading, kind),
        entries=[said(each) for each in found["entries"]],
        # "atom" is what any <feed> is called that does not name its namespace.
        names_itself=version not in {"", "atom"} or bool(dict.get(heading, "title")),
    )


def said(found: Found) -> Said:
    """What one entry said."""
    summary, contents = _summary(found)
    return Said(
        guid=_string(found, "id").strip(),
        links=_links(found),
        title=_text(found, "title"),
        summary=summary,
        texts=contents,
        authors=_authors(found),
        tags=[_string(tag, "label") or _string(tag, "term") for tag in _list(found, "tags")],
        language=_string(found, "language") or _string(_detail(found, "title"), "language"),
        published=_string(found, "published") or _string(found, "created"),
        updated=_string(found, "updated"),
    )


def _heading(found: Found, kind: str) -> Heading:
    links = _list(found, "links")
    return Heading(
        kind=kind,
        title=_text(found, "title"),
        link=_string(found, "link"),
        language=_string(found, "language"),
        hub=_related(links, "hub"),
        self_link=_related(links, "self"),
        ttl=_string(found, "ttl"),
        period=_string(found, "sy_updateperiod"),
        frequency=_string(found, "sy_updatefrequency"),
    )


def _related(links: list[Found], relation: str) -> str:
    named = (_string(link, "href") for link in links if relation in _string(link, "rel").split())
    return next(named, "")


def _summary(found: Found) -> tuple[Text, list[Text]]:
    """The summary, and all other bodies.

    feedparser gives the first content as summary where there is none, without its type; and
    what it took for a summary last is in the detail, even where it kept another.
    """
    contents = [_stated(each) for each in _list(found, "content")]
    value, detail = _string(found, "summary"), _detail(found, "summary")
    if not detail:
        copied = next((each for each in contents if each.value == value), Text(value, HTML))
        return copied, [each for each in contents if each.value != value]
    summary, other = Text(value, _form(detail)), _stated(detail)
    return summary, contents if other.value == value else [*contents, other]


def _links(found: Found) -> list[str]:
    """The original article if a feed service names it, the alternate, any page, the guid."""
    alternates = [
        _string(link, "href")
        for link in _list(found, "links")
        if link.get("rel", "alternate") == "alternate"
    ]
    guid, link = _string(found, "id").strip(), _string(found, "link")
    if link == guid and "/" not in guid:
        link = ""  # feedparser takes every guid for a link that does not deny being one
    links = [_string(found, "feedburner_origlink"), link, *alternates]
    return [*links, guid] if guid.startswith(("http://", "https://")) else links


def _authors(found: Found) -> list[str]:
    """All authors where there are several; the one as the source wrote it."""
    names = [_string(each, "name") or _string(each, "email") for each in _list(found, "authors")]
    named = list(filter(None, names))
    return named if len(named) > 1 else [_string(found, "author") or "".join(named)]


def _text(found: Found, name: str) -> Text:
    value = _string(found, name)
    return Text(value, _form(_detail(found, name))) if value else NOTHING


def _stated(detail: Found) -> Text:
    return Text(_string(detail, "value"), _form(detail))


def _form(detail: Found) -> str:
    stated = _string(detail, "type")
    return _FORMS.get(stated) or (PLAIN if stated.startswith("text/") else OTHER)


def _detail(found: Found, name: str) -> Found:
    detail = _get(found, f"{name}_detail")
    return detail if isinstance(detail, Mapping) else {}


def _list(found: Found, name: str) -> list[Found]:
    value = _get(found, name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _string(found: Found, name: str) -> str:
    value = _get(found, name)
    return value if isinstance(value, str) else ""


def _get(found: Found, name: str) -> Value:
    # Past feedparser's own lookup, which guesses one key for another and warns of it.
    return dict.get(found, name) if isinstance(found, dict) else found.get(name)
