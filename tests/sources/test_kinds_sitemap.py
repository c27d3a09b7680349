"""News sitemaps: pages that are news become entries, the rest is told by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import NoFeed
from monitor.sources.reading import read_feed

URL = "https://wire.example/sitemaps/news.xml"
HEAD = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
)


def read(text):
    return read_feed(text if isinstance(text, bytes) else text.encode(), "", URL)


def page(title, date="2026-11-03T09:00:00+01:00", link="https://wire.example/a", more=""):
    return (
        f"<url><loc>{link}</loc><lastmod>2026-11-03T10:00Z</lastmod><news:news><news:publication>"
        "<news:name>Harbour Wire</news:name><news:language>uk</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date><news:title>{title}</news:title>"
        f"<news:keywords>ports, ferries, ports</news:keywords></news:news>{more}</url>"
    )


def test_a_page_of_news_in_full():
    feed = read(f"{HEAD}{page('Ferry &amp; tug', link='/a?x=1&amp;y=2')}</urlset>")
    (entry,) = feed.entries

    assert (feed.kind, feed.title, feed.site_url) == (
        "sitemap",
        "Harbour Wire",
        "https://wire.example/",
    )
    assert entry.guid == entry.url == "https://wire.example/a?x=1&y=2"
    assert (entry.title, entry.tags, entry.language) == ("Ferry & tug", ("ports", "ferries"), "uk")
    assert entry.published_at == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert entry.updated_at == datetime(2026, 11, 3, 10, tzinfo=UTC)


def test_pages_come_newest_first_and_those_that_are_no_news_not_at_all():
    about = "<url><loc>https://wire.example/about</loc></url>"
    picture = "<image:image xmlns:image='x'><image:title>A photo</image:title></image:image>"
    old, new = page("Old", date="2026-11-02"), page("New", more=picture)
    feed = read(f"{HEAD}{about}{old}{page('Undated', date='soon')}{new}</urlset>")

    assert [entry.title for entry in feed.entries] == ["New", "Old", "Undated"]


def test_of_too_many_pages_the_newest_are_kept():
    minutes = [f"2026-11-03T{n // 60:02}:{n % 60:02}Z" for n in range(1_440)]
    pages = "".join(page(str(n), date=date) for n, date in enumerate(minutes))
    feed = read(f"{HEAD}{pages}{pages}</urlset>")

    assert len(feed.entries) == 2_000
    assert feed.entries[0].title == "1439"
    assert [problem.code for problem in feed.problems] == ["too-many-entries"]


DAMAGE = {
    "an end that fits no start": ("Ferry</news:titel>", "Ferry"),
    "a bare ampersand": ("Ferry & tug", "Ferry & tug"),
    "a name from HTML": ("caf&eacute;", "café"),
    "a tag left open": ("Ferry <b>seized", "Ferry"),
}


@pytest.mark.parametrize(("title", "meant"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_is_badly_written_is_read_all_the_same(title, meant):
    feed = read(f"{HEAD}{page('One')}{page(title)}{page('Three')}</urlset>")

    assert [entry.title for entry in feed.entries] == ["One", meant, "Three"]


def test_a_sitemap_in_utf_16_and_with_a_prefix_is_one():
    text = f"{HEAD}{page('Пором')}</urlset>".replace("urlset", "sm:urlset")

    assert read(text.replace("xmlns=", "xmlns:sm=").encode("utf-16")).entries[0].title == "Пором"


def test_a_news_sitemap_may_have_no_news_at_the_moment():
    assert read(f"{HEAD}</urlset>").entries == ()


def test_a_list_of_sitemaps_names_them_those_with_news_first():
    sitemaps = "".join(
        f"<sitemap><loc>https://wire.example/{name}.xml</loc></sitemap>" for name in ("a", "news-1")
    )

    assert read(f"<sitemapindex>{sitemaps}</sitemapindex>") == NoFeed(
        looks_like="a list of sitemaps",
        feeds=("https://wire.example/news-1.xml", "https://wire.example/a.xml"),
    )


def test_a_sitemap_without_news_is_called_that():
    text = "<urlset><url><loc>https://wire.example/</loc></url></urlset>"

    assert read(text) == NoFeed(looks_like="a sitemap without news")
