"""What a worker can do: one table. Opened in the nursery only, as it imports the parsers."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from monitor.airlock.frames import Frame, document_to_frame, feed_to_frame, list_to_frame
from monitor.model import Feed, Fetched
from monitor.sources import extracting
from monitor.sources.discovery import discover
from monitor.sources.kinds._decoding import CODECS, decode
from monitor.sources.opml import read_opml
from monitor.sources.reading import read_feed
from monitor.sources.understanding import understand
from monitor.text.html import html_to_text, plain_or_html

Task = Callable[[bytes, Mapping[str, str]], Frame]

_EXAMPLE = "https://example.org/"
_RSS = (
    b'<rss version="2.0"><channel><title>t</title><item><title>&eacute; &lt;b></title>'
    b"<pubDate>Mon, 06 Jan 2025 10:00:00 EST</pubDate><description>&lt;p>x</description></item>"
)
_ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>t</title><link href="/x"/>'
    b"<updated>2025-01-06T10:00:00Z</updated></entry></feed>"
)
_SAMPLES = (
    _RSS,
    _ATOM,
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}',
    b"<html><head><link rel=alternate type=application/rss+xml href=/f></head></html>",
    b"<rss><channel><gml:pos>1</gml:pos><item><title>t</title></item></channel></rss>",
    "<rss><channel><title>Новости дня</title></channel></rss>".encode("cp1251"),
)


def _read_feed(body: bytes, stated: Mapping[str, str]) -> Frame:
    return feed_to_frame(read_feed(body, stated["content_type"], stated["url"]))


def _understand(body: bytes, stated: Mapping[str, str]) -> Frame:
    fetched = Fetched(
        body=body,
        content_type=stated["content_type"],
        etag="",
        last_modified="",
        final_url=stated["final_url"],
    )
    feed = Feed(url=stated["url"], name=stated["name"], language=stated["language"])
    now = datetime.fromisoformat(stated["now"])
    found = understand(fetched, feed, key_flaws=stated["key_flaws"], now=now)
    return document_to_frame(found)


def _html_to_text(body: bytes, _stated: Mapping[str, str]) -> Frame:
    return html_to_text(body.decode("utf-8", "replace"))


def _plain_or_html(body: bytes, _stated: Mapping[str, str]) -> Frame:
    return plain_or_html(body.decode("utf-8", "replace"))


def _discover(body: bytes, stated: Mapping[str, str]) -> Frame:
    return list(discover(decode(body, stated["content_type"]).text, stated["url"]))


def _read_opml(body: bytes, _stated: Mapping[str, str]) -> Frame:
    return list_to_frame(read_opml(body))


def _extract(body: bytes, stated: Mapping[str, str]) -> Frame:
    return extracting.extract(body, stated["content_type"])


TASKS: Mapping[str, Task] = {
    "read_feed": _read_feed,
    "understand": _understand,
    "html_to_text": _html_to_text,
    "plain_or_html": _plain_or_html,
    "discover": _discover,
    "read_opml": _read_opml,
    "extract": _extract,
}


def warm_up(*, articles: bool) -> None:
    """Load all that is loaded at first use: a worker cannot open a file to do so."""
    if articles:
        extracting.warm_up()
    for codec in CODECS:
        codecs.lookup(codec)
    for sample in _SAMPLES:
        fetched = Fetched(
            body=sample, content_type="", etag="", last_modified="", final_url=_EXAMPLE
        )
        understand(fetched, Feed(url=_EXAMPLE), key_flaws="", now=datetime.now(UTC))
    read_opml(f'<opml><body><outline xmlUrl="{_EXAMPLE}"/></body></opml>'.encode())
