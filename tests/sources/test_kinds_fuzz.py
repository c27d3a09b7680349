"""Whatever a document holds: reading it raises nothing, and one bad item costs no other."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.model import NoFeed, ParsedFeed
from monitor.sources.reading import read_feed

URL = "https://wire.example/feed"
PIECES = (
    "<", ">", "&", "&#0;", "&#xD800;", "&nbsp;", "&x;", '"', "'", "]]>", "<![CDATA[", "<!--", "-->",
    "<?x", "?>", "<!DOCTYPE x [", "<title>", "</title>", "<link/>", "</link>", "<guid", "<q:z>",
    "</item>", "</channel>", "</rss>", "<media:group>", "<description><p>", "</description>", "<b",
    " xmlns:q=''", " xmlns='x'", "=", "/", "\x00", "\x85", "\ufffe", "é", "<script>", "<a x=1 x=2>",
    "<content type='xhtml'>", "<svg/>", "<gml:pos>1</gml:pos>", "<source>", "<image>", "<textarea>",
)  # fmt: skip
ITEM = (
    '<item><guid isPermaLink="false">{0}</guid><title>Report {0}</title><link>/{0}</link>'
    "<description>&lt;p&gt;Text {0}&lt;/p&gt;</description><dc:creator>A</dc:creator>"
    "<pubDate>Tue, 03 Nov 2026 08:00:00 GMT</pubDate></item>"
)
RSS = '<rss xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>W</title>{}</channel></rss>'
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>W</title><entry><id>1</id><title type="html">'
    'T</title><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x</p></div>'
    '</content><link rel="alternate" href="/1"/><updated>2026-11-03T08:00:00Z</updated></entry>'
    "</feed>"
)
SITEMAP = (
    '<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/1</loc>'
    "<news:news><news:title>T</news:title></news:news></url></urlset>"
)
JSON = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1, "title": "T"}]}'
SAMPLES = (RSS.format(ITEM.format(1)), ATOM, SITEMAP, JSON)


@st.composite
def damaged(draw, text):
    """The text with up to six pieces put in, or stretches taken out, anywhere."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([start, start + 1, start + 7]))
        text = text[:start] + draw(st.sampled_from(("", *PIECES))) + text[end:]
    return text


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SAMPLES).flatmap(damaged), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_a_damaged_document_is_a_feed_or_none_and_raises_nothing(text, codec):
    outcome = read_feed(text.encode(codec, "replace"), "", URL)

    assert isinstance(outcome, ParsedFeed | NoFeed)


@settings(max_examples=100, deadline=None)
@given(damaged(ITEM.format(1)[6:-7]))
@example("<title>Report 1</item><item><title>Report 1")
def test_an_item_that_is_whole_is_there_whatever_another_holds(inner):
    text = RSS.format(f"{ITEM.format(0)}<item>{inner}</item>{ITEM.format(2)}{ITEM.format(3)}")
    outcome = read_feed(text.encode("utf-8", "replace"), "", URL)
    titles = [entry.title for entry in outcome.entries]

    assert {"Report 0", "Report 2", "Report 3"} <= {*titles}
