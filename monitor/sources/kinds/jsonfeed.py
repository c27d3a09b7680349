"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read strictly in what it means, kindly in its types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from monitor.model import Entry, NoFeed, ParsedFeed, ParseProblem
from monitor.sources.discovery import no_feed
from monitor.sources.kinds import MOST_ENTRIES, Source
from monitor.sources.kinds._dates import instant
from monitor.sources.kinds._decoding import decode
from monitor.sources.kinds._entries import more_than
from monitor.sources.kinds._links import web_link
from monitor.text.clean import one_line, tidy
from monitor.text.html import html_to_text, plain_line, plain_or_html

_VERSION = "https://jsonfeed.org/version/"
_OPENINGS = (b"{", b"\xef\xbb\xbf{", b"\xff\xfe{\x00", b"\xfe\xff\x00{", b"{\x00", b"\x00{")


def _accepts(body: bytes, content_type: str) -> bool:
    del content_type  # many are served as text/plain
    return body[:1_000].lstrip().startswith(_OPENINGS)


def _read(body: bytes, content_type: str, url: str) -> ParsedFeed | NoFeed:
    decoded = decode(body, content_type)
    try:
        # parse_int: a number of a million digits is refused as an int, and an id as a float.
        document = json.loads(decoded.text, parse_int=str, strict=False)
    except (ValueError, RecursionError):
        return no_feed(decoded.text, url)
    if not _is_feed(document):
        return no_feed(decoded.text, url)
    problems = [*decoded.problems]
    if not _string(document, "version").startswith(_VERSION):
        problems.append(_problem("no-version", "The document does not name its JSON Feed version."))
    items = [item for item in document["items"] if isinstance(item, Mapping)]
    if len(items) < len(document["items"]):
        problems.append(_problem("unreadable-entry", "Some entries are no objects."))
    if len(items) > MOST_ENTRIES:
        said = f"The document has {len(items)} entries; only the first {MOST_ENTRIES} are kept."
        problems.append(_problem("too-many-entries", said))
    language = _string(document, "language")
    site_url = web_link(_string(document, "home_page_url"), url)
    return ParsedFeed(
        kind="json",
        title=plain_line(_string(document, "title"), is_html=False),
        site_url=site_url,
        language=language,
        entries=tuple(
            _entry(item, url, language, _authors(document)) for item in items[:MOST_ENTRIES]
        ),
        problems=tuple(problems),
        hub=web_link(_hub(document), url),
        self_url=web_link(_string(document, "feed_url"), url),
    )


def _is_feed(document: object) -> bool:
    """A feed names its version, or at least has both a heading and a list of items."""
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        return False
    headings = ("title", "home_page_url", "feed_url")
    named = _string(document, "version").startswith(_VERSION)
    return named or any(_string(document, heading) for heading in headings)


def _entry(item: Mapping[str, Any], base: str, language: str, feed_authors: str) -> Entry:
    lead = plain_or_html(_string(item, "summary"))
    html, text = _string(item, "content_html"), _string(item, "content_text")
    body = more_than(lead, [html_to_text(html), tidy(text)])
    if not lead:
        lead, body = body, ""
    links = (_string(item, "url"), _string(item, "external_url"), _string(item, "id"))
    return Entry(
        guid=_string(item, "id").strip(),
        url=next((link for raw in links if raw and (link := web_link(raw, base))), ""),
        title=plain_line(_string(item, "title"), is_html=False),
        lead=lead,
        body=body,
        author=_authors(item) or feed_authors,
        tags=tuple(dict.fromkeys(filter(None, map(one_line, _strings(item.get("tags")))))),
        language=_string(item, "language") or language,
        published_at=instant(_string(item, "date_published")),
        updated_at=instant(_string(item, "date_modified")),
    )


def _authors(owner: Mapping[str, Any]) -> str:
    """Names of `authors` (1.1) or `author` (1.0), joined."""
    listed = owner.get("authors")
    people = listed if isinstance(listed, list) else [owner.get("author")]
    named = (_string(one, "name") if isinstance(one, Mapping) else one for one in people)
    return ", ".join(one_line(name) for name in named if isinstance(name, str) and name.strip())


def _hub(document: Mapping[str, Any]) -> str:
    """The first hub that speaks WebSub."""
    hubs = document.get("hubs")
    named = (each for each in hubs if isinstance(each, Mapping)) if isinstance(hubs, list) else ()
    spoken = (_string(each, "url") for each in named if _speaks_websub(each))
    return next(filter(None, spoken), "")


def _speaks_websub(hub: Mapping[str, Any]) -> bool:
    return _string(hub, "type").lower() in {"websub", "pubsubhubbub"}


def _strings(value: object) -> Iterable[str]:
    return (each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _string(owner: Mapping[str, Any], name: str) -> str:
    """A text, or a number as text: ids are numbers in many feeds."""
    value = owner.get(name)
    if isinstance(value, float):
        return repr(value)
    return value if isinstance(value, str) else ""


def _problem(code: str, message: str) -> ParseProblem:
    return ParseProblem(code=code, message=message)


SOURCE = Source(
    name="json",
    help="JSON Feed 1.0 and 1.1",
    accepts=_accepts,
    read=_read,
)
