"""Finding the feeds of a page, and saying what a document is that is no feed."""

from __future__ import annotations

import pytest

from monitor.model import NoFeed
from monitor.sources.discovery import discover, no_feed, sitemaps_in, well_known
from monitor.sources.reading import read_feed

URL = "https://news.example/world/today"

ANNOUNCED = {
    "rss": '<link rel="alternate" type="application/rss+xml" href="/rss">',
    "atom, loosely": "<LINK REL='home Alternate' TYPE='text/atom+xml; x=1' HREF=/rss>",
    "json": '<link rel=alternate type="application/feed+json" href="/rss">',
    "rdf": '<link rel=alternate type="application/rdf+xml" href="/rss">',
    "rel feed": '<link rel="feed" href="/rss">',
    "by its base": '<base href="https://news.example/x/"><link rel=feed href="../rss">',
    "in the body of a broken page": "<p><b><link rel=feed href=/rss>",
}


@pytest.mark.parametrize("html", ANNOUNCED.values(), ids=ANNOUNCED.keys())
def test_feeds_that_a_page_announces_are_found(html):
    assert discover(html, URL) == ("https://news.example/rss",)


def test_what_is_announced_comes_in_order_and_once_and_bars_mere_hints():
    html = (
        "<link rel=feed href=/b><link rel=feed href=/a><link rel=feed href=/b>"
        '<link rel=alternate hreflang=de href="/de"><link rel=feed href="javascript:x">'
        "<a href=/feed>Feed</a>"
    )

    assert discover(html, URL) == ("https://news.example/b", "https://news.example/a")


def test_links_that_look_like_feeds_are_the_last_resort():
    html = (
        "<a href=/rss.xml>a</a><a href=/about>b</a><a href='?feed=rss'>c</a><a href=/feeds/>d</a>"
        "<a href=/rsstory>e</a><a name=x>f</a>"
    )

    assert discover(html, URL) == (
        "https://news.example/rss.xml",
        "https://news.example/world/today?feed=rss",
        "https://news.example/feeds/",
    )


@pytest.mark.parametrize("html", ["", " ", "\x00", "no markup", "<", "<a href='http://[x/feed'>"])
def test_pages_that_lead_nowhere(html):
    assert discover(html, URL) == ()


def test_no_page_yields_more_than_twenty():
    assert len(discover("".join(f"<link rel=feed href=/{n}>" for n in range(99)), URL)) == 20


def test_well_known_places_are_below_the_page_and_at_the_root():
    places = well_known("https://news.example/blog")

    assert places[0] == "https://news.example/blog/feed"
    assert "https://news.example/feed.xml" in places
    assert all("/x.html" not in place for place in well_known("https://news.example/x.html"))


LOOKS = {
    "\n \t": "an empty document",
    "<!DOCTYPE html><p>Log in": "an HTML page",
    "<div class=x>Log in</div>": "an HTML page",
    '{"error": "not found"}': "a JSON document that is no JSON Feed",
    "%PDF-1.7 ...": "a PDF file",
    "PK\x03\x04...": "a ZIP archive",
    "\x1f\ufffd\x08": "compressed data",
    "\x89PNG\x00\x00": "an image",
    "<?xml version='1.0'?><opml version='2.0'><body/></opml>": "an OPML list of feeds (import it)",
    "<urlset><url/></urlset>": "a sitemap",
    "<soap:Envelope><soap:Body/></soap:Envelope>": "an XML document of another kind (<envelope>)",
    "http://127.0.0.1/feed": "plain text",
}


@pytest.mark.parametrize(("text", "looks_like"), LOOKS.items())
def test_a_document_that_is_no_feed_is_named(text, looks_like):
    assert no_feed(text, URL).looks_like == looks_like


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "an image"),
        (b"GIF89a\x01\x00", "an image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "an image"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "binary data"),
    ],
)
def test_a_binary_file_is_not_called_plain_text(body, looks_like):
    assert read_feed(body, "", "https://wire.example/") == NoFeed(looks_like=looks_like)


def test_the_sitemaps_of_a_robots_file_come_those_of_news_first():
    robots = (
        b"User-agent: *\r\nDisallow: /\r\nSitemap: /pages.xml\nSITEMAP:https://n.example/news.xml\n"
    )
    robots += b"# Sitemap: /no.xml\nSitemap: ftp://n.example/x\nSitemap: \xff\nSitemap: /pages.xml"

    found = sitemaps_in(robots, "https://n.example/robots.txt")

    assert found[:2] == ("https://n.example/news.xml", "https://n.example/pages.xml")
    assert not any("no.xml" in each or each.startswith("ftp") for each in found)
