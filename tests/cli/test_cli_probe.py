"""`feeds probe` and `feeds discover`: what a document is, and where a site keeps its feeds."""

from datetime import UTC, datetime, timedelta

import pytest
from desk import wirewatch

RSS = b"""<rss version="2.0"><channel><title>A wire</title><item>
<guid>urn:1</guid><title>Missile &amp; shells</title><link>https://wire.example/1</link>
<author>Ada</author><category>sea</category><pubDate>Tue, 24 Nov 2026 10:00:00 +0900</pubDate>
<description>&lt;p&gt;It was &lt;b&gt;seen&lt;/b&gt;&lt;/p&gt;</description>
</item><item><title>Undated</title><link>https://wire.example/2</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>A wire</title><id>urn:f</id>
<updated>2026-11-24T01:00:00Z</updated><entry><id>urn:1</id><title>Missile &amp; shells</title>
<link href="https://wire.example/1"/><updated>2026-11-24T01:00:00Z</updated></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://wire.example/"><title>A wire</title>
</channel><item rdf:about="https://wire.example/1"><title>Missile &amp; shells</title>
<link>https://wire.example/1</link></item></rdf:RDF>"""
JSON = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "A wire", "items": [
{"id": "urn:1", "title": "Missile & shells", "url": "https://wire.example/1",
"content_text": "It was seen", "date_published": "2026-11-24T01:00:00Z"}]}"""
PAGE = b"""<!doctype html><html><head><title>Wire</title>
<link rel="alternate" type="application/rss+xml" href="/wire">
<link rel="alternate" type="application/atom+xml" href="https://wire.example/atom"></head>
<body><p>News</p></body></html>"""
KINDS = [("rss", RSS), ("atom", ATOM), ("rdf", RDF), ("json", JSON)]


def probe(source, *more, desk):
    return wirewatch("feeds", "probe", source, *more, desk=desk)


@pytest.mark.parametrize(("kind", "body"), KINDS)
@pytest.mark.parametrize("place", ["file", "loopback"])
def test_each_kind_of_feed_is_known_from_a_file_and_from_the_web(
    kind, body, place, tmp_path, server
):
    (tmp_path / "feed").write_bytes(body)
    server.documents["feed"] = body
    source = "feed" if place == "file" else server.url("feed")
    ran = probe(source, "--allow-private", "--json", desk=tmp_path)
    first, *items = ran.lines
    assert ran.code == 0
    assert (first["kind"], first["title"], first["items"]) == (kind, "A wire", len(items))
    assert all(problem.keys() == {"code", "message"} for problem in first["problems"])
    assert (items[0]["title"], items[0]["url"]) == ("Missile & shells", "https://wire.example/1")


def test_an_item_is_shown_as_it_would_be_matched(tmp_path):
    (tmp_path / "feed.xml").write_bytes(RSS)
    dated, undated = probe("feed.xml", "--json", desk=tmp_path).lines[1:]
    assert dated == {
        "id": "urn:1",
        "title": "Missile & shells",
        "url": "https://wire.example/1",
        "published_at": "2026-11-24T01:00:00Z",
        "author": "Ada",
        "summary": "It was seen",
        "text": "It was seen",
        "tags": ["sea"],
    }
    assert undated["published_at"] is None
    assert undated["id"]


def test_people_see_kind_title_and_headlines(tmp_path):
    (tmp_path / "feed.xml").write_bytes(RSS)
    ran = probe("feed.xml", desk=tmp_path)
    assert ran.out.startswith("rss: A wire, 2 items\n")
    assert "2026-11-24 01:00" in ran.out


@pytest.mark.parametrize(
    ("body", "looks_like"),
    [
        (PAGE, "HTML"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ""),
        (b"just words\n", "plain text"),
        (b'{"a": 1}', "JSON"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"%PDF-1.7\n", "PDF"),
    ],
)
def test_what_is_no_feed_is_told_by_what_it_looks_like(body, looks_like, tmp_path):
    (tmp_path / "thing").write_bytes(body)
    ran = probe("thing", desk=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "thing is no feed: it looks like " in ran.err
    assert looks_like.lower() in ran.err.lower()


def test_a_page_offers_the_feeds_it_links_to(tmp_path, server):
    server.documents["page"] = PAGE
    ran = probe(server.url("page"), "--allow-private", "--json", desk=tmp_path)
    feeds = [server.url("wire"), "https://wire.example/atom"]
    assert ran.code == 1
    assert ran.lines == [{"kind": None, "looks_like": ran.lines[0]["looks_like"], "feeds": feeds}]
    assert all(f"  {each}\n" in ran.err for each in feeds)


@pytest.mark.parametrize(
    ("path", "reason"), [("gone", "404"), ("broken", "500"), ("wire?", "--allow-private")]
)
def test_what_cannot_be_fetched_is_told_with_its_reason(path, reason, tmp_path, server):
    server.documents["broken"] = None
    allowed = ["--allow-private"] if reason != "--allow-private" else []
    ran = probe(server.url(path), *allowed, desk=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert reason in ran.err


def test_a_feed_that_is_configured_is_asked_in_the_way_it_is_configured(tmp_path, server):
    url = server.url("wire")
    (tmp_path / "config.toml").write_text(f'[[feed]]\nurl = "{url}"\nallow_private = true\n')
    ran = probe(url, "--json", desk=tmp_path)
    assert (ran.code, ran.lines[0]["kind"]) == (0, "rss")


@pytest.mark.parametrize("url", ["ftp://wire.example/rss", "https://", "file:///etc/passwd"])
def test_what_is_no_web_address_is_a_wrong_call(url, tmp_path):
    assert probe(url, "--allow-private", desk=tmp_path).code == 2


def test_a_broken_document_is_read_and_its_problems_are_named(tmp_path):
    (tmp_path / "feed").write_bytes(RSS.replace(b"</item></channel></rss>", b"&nope;"))
    ran = probe("feed", "--json", desk=tmp_path)
    assert ran.code == 0
    assert ran.lines[0]["problems"]


def test_a_probe_needs_no_configuration_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "feed").write_bytes(RSS)
    assert probe("feed", desk=tmp_path).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]


def test_the_card_of_a_feed_says_what_it_offers(tmp_path, server):
    server.documents["feed"] = RSS
    first = probe(server.url("feed"), "--allow-private", "--json", desk=tmp_path).lines[0]
    assert first["url"] == server.url("feed")
    assert (first["newest_at"], first["bytes"]) == ("2026-11-24T01:00:00Z", len(RSS))
    assert first["validators"] == ["ETag"]


def test_a_feed_that_holds_little_comes_with_advice(tmp_path):
    now = datetime.now(UTC)
    dates = [f"{now - timedelta(hours=hours):%a, %d %b %Y %H:%M:%S} GMT" for hours in (1, 4)]
    items = "".join(f"<item><guid>{d}</guid><pubDate>{d}</pubDate></item>" for d in dates)
    (tmp_path / "feed").write_text(f"<rss><channel><title>t</title>{items}</channel></rss>")
    ran = probe("feed", desk=tmp_path)
    assert "covers      3 h\n" in ran.out
    assert "hint: it shows no more than 3 h of news" in ran.err


def discover(url, *more, desk):
    return wirewatch("feeds", "discover", url, "--allow-private", *more, desk=desk)


def test_the_feeds_a_site_announces_are_read_and_shown_to_choose_from(tmp_path, server):
    server.documents["page"] = PAGE.replace(b"https://wire.example/atom", b"/lost")
    ran = discover(server.url("page"), desk=tmp_path)
    header, row = ran.out.splitlines()
    assert header.split() == ["kind", "items", "newest", "title", "address"]
    assert row.split() == ["rss", "3", "-", "Wire", server.url("wire")]
    assert f"not offered: {server.url('lost')}: there is no such feed" in ran.err
    assert ran.code == 0


def test_a_site_that_announces_nothing_is_tried_where_feeds_usually_are(tmp_path, server):
    server.documents |= {"": b"<html><body>News</body></html>", "feed": RSS}
    (found,) = discover(server.url(""), "--json", desk=tmp_path).lines
    assert found == {
        "url": server.url("feed"),
        "kind": "rss",
        "title": "A wire",
        "items": 2,
        "newest_at": "2026-11-24T01:00:00Z",
    }


SITEMAP = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://wire.example/1</loc>
<news:news><news:publication><news:name>Wire</news:name><news:language>en</news:language>
</news:publication><news:publication_date>2026-11-24T01:00:00Z</news:publication_date>
<news:title>A ship</news:title></news:news></url></urlset>"""


def test_the_news_sitemap_of_a_site_without_feeds_is_found_by_its_robots_file(tmp_path, server):
    index = f"<sitemapindex><sitemap><loc>{server.url('news.xml')}</loc></sitemap></sitemapindex>"
    server.documents = {
        "": b"<html><body>News</body></html>",
        "robots.txt": f"User-agent: *\nSitemap: {server.url('all.xml')}\n".encode(),
        "all.xml": index.encode(),
        "news.xml": SITEMAP,
    }
    (found,) = discover(server.url(""), "--json", desk=tmp_path).lines
    assert (found["url"], found["kind"], found["items"]) == (server.url("news.xml"), "sitemap", 1)


def test_a_feed_is_its_own_discovery(tmp_path, server):
    (found,) = discover(server.urls[0], "--json", desk=tmp_path).lines
    assert found["url"] == server.urls[0]


def test_a_page_that_is_away_is_told_with_its_reason(tmp_path, server):
    ran = discover(server.url("gone"), desk=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "404" in ran.err


def test_a_site_without_feeds_is_exit_code_1(tmp_path, server):
    server.documents = {"": b"<html><body>News</body></html>"}
    ran = wirewatch("feeds", "discover", server.url(""), "--allow-private", desk=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "no feed was found" in ran.err
